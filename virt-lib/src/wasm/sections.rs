//! Where the sections of modules and components lie. This module must never be given bytes that
//! were not validated, and never looks inside a section.
//!
//! wasmparser's parser goes into each section and each nested component. Only the frames are wanted
//! here, and they are the same at every level, so they are read one by one.

use crate::error::{Error, Result, Stage};
use std::ops::Range;
use wasm_encoder::{ComponentSectionId, SectionId};
use wasmparser::{BinaryReader, BinaryReaderError};

/// The length of the magic number and the version field.
pub(crate) const HEADER: usize = 8;

/// Section identifier of a custom section, at every level.
pub(crate) const CUSTOM_SECTION: u8 = SectionId::Custom as u8;
/// Section identifier of a nested component, at component level.
pub(crate) const COMPONENT_SECTION: u8 = ComponentSectionId::Component as u8;
/// Section identifier of a core module, at component level.
pub(crate) const CORE_MODULE_SECTION: u8 = ComponentSectionId::CoreModule as u8;
/// Section identifier of the data section of a core module.
pub(crate) const DATA_SECTION: u8 = SectionId::Data as u8;

/// One section: its identifier and where it lies.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub id: u8,
    /// The whole section, identifier and size included.
    pub whole: Range<usize>,
    /// Its contents.
    pub contents: Range<usize>,
}

/// The sections of a module or component that starts at `bytes[0]`.
pub(crate) fn sections(bytes: &[u8]) -> Result<Vec<Section>> {
    let mut reader = BinaryReader::new(bytes.get(HEADER..).unwrap_or_default(), 0);
    let mut found = Vec::new();
    while !reader.eof() {
        found.push(section(&mut reader).map_err(framing)?);
    }
    Ok(found)
}

fn section(reader: &mut BinaryReader<'_>) -> std::result::Result<Section, BinaryReaderError> {
    let start = HEADER + position(reader);
    let id = reader.read_u8()?;
    let len = reader.read_var_u32()? as usize;
    let contents = HEADER + position(reader);
    reader.read_bytes(len)?;
    Ok(Section {
        id,
        whole: start..contents + len,
        contents: contents..contents + len,
    })
}

/// The number that `bytes` start with, such as that of a section's entries, and what follows it.
pub(crate) fn number(bytes: &[u8]) -> Result<(u32, &[u8])> {
    let mut reader = BinaryReader::new(bytes, 0);
    let number = reader.read_var_u32().map_err(framing)?;
    Ok((number, &bytes[position(&reader)..]))
}

/// How far a reader is that began at 0.
fn position(reader: &BinaryReader<'_>) -> usize {
    reader.original_position() as usize
}

fn framing(error: BinaryReaderError) -> Error {
    Error::internal(
        Stage::Inspect,
        format!("section framing does not match the validated input: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn overlong_size_is_refused() {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        bytes.extend_from_slice(&[CORE_MODULE_SECTION, 200]);
        assert!(sections(&bytes).is_err());
        bytes.extend_from_slice(&[1, 0]);
        assert!(sections(&bytes).is_err());
    }

    #[test]
    fn sections_lie_one_after_another() {
        let bytes = b"\0asm\x0d\0\x01\0\0\x81\0x\x01\0";
        let found = sections(bytes).unwrap();
        let found: Vec<_> = found
            .into_iter()
            .map(|section| (section.id, section.whole, section.contents))
            .collect();
        assert_eq!(found, [(0, 8..12, 11..12), (1, 12..14, 14..14)]);
    }
}
