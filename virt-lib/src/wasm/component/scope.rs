//! A component with the components nested in it, each as items with their types. This module must
//! never be given bytes that were not validated.

use super::item::{Item, Kind};
use super::read::items;
use crate::error::{Error, Result, Stage};
use std::collections::BTreeMap;
use std::ops::Range;
use wasmparser::types::Types;
use wasmparser::{
    BinaryReaderError, Encoding, Parser, Payload, ValidPayload, Validator, WasmFeatures,
};

/// One component.
pub(crate) struct Scope<'a> {
    pub items: Vec<Item<'a>>,
    pub types: Types,
    /// The components nested in it, by the positions of their items.
    pub inner: BTreeMap<usize, Scope<'a>>,
}

impl<'a> Scope<'a> {
    /// Reads the component `bytes`. Ranges of items are those of `bytes`, however deep they lie.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] where the bytes are no valid component.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self> {
        let types = types(bytes).map_err(|error| Error::internal(Stage::Relink, error))?;
        Self::build(bytes, 0..bytes.len(), &mut types.into_iter())
    }

    /// `types` are those of all components, the inner before the outer.
    fn build(
        bytes: &'a [u8],
        range: Range<usize>,
        types: &mut dyn Iterator<Item = Types>,
    ) -> Result<Self> {
        let items = items(bytes, range)?;
        let mut inner = BTreeMap::new();
        for (at, item) in items.iter().enumerate() {
            if let Kind::Component(range) = &item.kind {
                inner.insert(at, Self::build(bytes, range.clone(), types)?);
            }
        }
        let lost = || Error::internal(Stage::Relink, "a component has no types");
        let types = types.next().ok_or_else(lost)?;
        Ok(Scope {
            items,
            types,
            inner,
        })
    }
}

/// The types of each component, as they end.
fn types(bytes: &[u8]) -> std::result::Result<Vec<Types>, BinaryReaderError> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    let (mut around, mut found) = (Vec::new(), Vec::new());
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        if let Payload::Version { encoding, .. } = payload {
            around.push(encoding);
        }
        if let ValidPayload::End(types) = validator.payload(&payload)?
            && around.pop() == Some(Encoding::Component)
        {
            found.push(types);
        }
    }
    Ok(found)
}
