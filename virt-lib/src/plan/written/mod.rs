//! Writes out a value type that a kept item needs and whose import vanishes: as definitions of its
//! structure. This module must never write a resource, and never decide what is kept.

use std::collections::BTreeMap;
use wasm_encoder::ComponentDefinedTypeEncoder;
use wasm_encoder::reencode::{ReencodeComponent, RoundtripReencoder};
use wasmparser::component_types::{
    self, AliasableResourceId, ComponentDefinedTypeId, ComponentValType as Typed,
};
use wasmparser::{ComponentDefinedType, ComponentValType, VariantCase, types::TypesRef};

/// Where definitions go, and what is there already.
pub(crate) trait Space<'a> {
    /// Adds a definition, whose indices are of this space; gives its index.
    fn define(&mut self, definition: ComponentDefinedType<'a>) -> u32;

    /// The index of a resource type, if it is there.
    fn resource(&mut self, id: AliasableResourceId) -> Option<u32>;
}

/// The types that were written out to one space.
pub(crate) struct WrittenTypes<'a> {
    types: TypesRef<'a>,
    known: BTreeMap<ComponentDefinedTypeId, u32>,
}

impl<'a> WrittenTypes<'a> {
    pub(crate) fn new(types: TypesRef<'a>) -> Self {
        WrittenTypes {
            types,
            known: BTreeMap::new(),
        }
    }

    /// Writes out a type and what it is made of, each once; gives its index.
    ///
    /// # Errors
    ///
    /// A resource in it that the space does not have.
    pub(crate) fn define(
        &mut self,
        id: ComponentDefinedTypeId,
        space: &mut impl Space<'a>,
    ) -> Result<u32, AliasableResourceId> {
        let root = root(self.types, id);
        if let Some(index) = self.known.get(&root) {
            return Ok(*index);
        }
        let definition = self.definition(root, space)?;
        let index = space.define(definition);
        self.known.insert(root, index);
        Ok(index)
    }

    fn definition(
        &mut self,
        id: ComponentDefinedTypeId,
        space: &mut impl Space<'a>,
    ) -> Result<ComponentDefinedType<'a>, AliasableResourceId> {
        use component_types::ComponentDefinedType as Type;
        // Everything that was validated is there.
        let Some(ty) = self.types.get(id) else {
            unreachable!("a type of another component");
        };
        Ok(match ty {
            Type::Primitive(ty) => ComponentDefinedType::Primitive(*ty),
            Type::Record(record) => {
                let fields = record.fields.iter();
                let fields = fields.map(|(name, ty)| Ok((name.as_str(), self.value(*ty, space)?)));
                ComponentDefinedType::Record(fields.collect::<Result<_, _>>()?)
            }
            Type::Variant(variant) => {
                let cases = variant.cases.iter().map(|(name, case)| {
                    Ok(VariantCase {
                        name: name.as_str(),
                        ty: self.optional(case.ty, space)?,
                    })
                });
                ComponentDefinedType::Variant(cases.collect::<Result<_, _>>()?)
            }
            Type::List { element, .. } => ComponentDefinedType::List(self.value(*element, space)?),
            Type::Map { key, value, .. } => {
                ComponentDefinedType::Map(self.value(*key, space)?, self.value(*value, space)?)
            }
            Type::FixedLengthList {
                element, length, ..
            } => ComponentDefinedType::FixedLengthList(self.value(*element, space)?, *length),
            Type::Tuple(tuple) => {
                let types = tuple.types.iter().map(|ty| self.value(*ty, space));
                ComponentDefinedType::Tuple(types.collect::<Result<_, _>>()?)
            }
            Type::Flags(names) => {
                ComponentDefinedType::Flags(names.iter().map(|name| name.as_str()).collect())
            }
            Type::Enum(names) => {
                ComponentDefinedType::Enum(names.iter().map(|name| name.as_str()).collect())
            }
            Type::Option { ty, .. } => ComponentDefinedType::Option(self.value(*ty, space)?),
            Type::Result { ok, err, .. } => ComponentDefinedType::Result {
                ok: self.optional(*ok, space)?,
                err: self.optional(*err, space)?,
            },
            Type::Own(id) => ComponentDefinedType::Own(space.resource(*id).ok_or(*id)?),
            Type::Borrow(id) => ComponentDefinedType::Borrow(space.resource(*id).ok_or(*id)?),
            Type::Future { ty, .. } => ComponentDefinedType::Future(self.optional(*ty, space)?),
            Type::Stream { ty, .. } => ComponentDefinedType::Stream(self.optional(*ty, space)?),
        })
    }

    fn value(
        &mut self,
        ty: Typed,
        space: &mut impl Space<'a>,
    ) -> Result<ComponentValType, AliasableResourceId> {
        Ok(match ty {
            Typed::Primitive(ty) => ComponentValType::Primitive(ty),
            Typed::Type(id) => ComponentValType::Type(self.define(id, space)?),
        })
    }

    fn optional(
        &mut self,
        ty: Option<Typed>,
        space: &mut impl Space<'a>,
    ) -> Result<Option<ComponentValType>, AliasableResourceId> {
        ty.map(|ty| self.value(ty, space)).transpose()
    }
}

/// Whether a type has to have a name where an import or export uses it.
pub(crate) fn needs_name(types: TypesRef<'_>, id: ComponentDefinedTypeId) -> bool {
    use component_types::ComponentDefinedType as Type;
    matches!(
        types[id],
        Type::Record(_) | Type::Variant(_) | Type::Enum(_) | Type::Flags(_)
    )
}

/// Whether a name for this type is all that an import or export needs that uses it. Otherwise a
/// record, variant, enumeration or set of flags inside of it has to have a name as well.
pub(crate) fn needs_one_name(types: TypesRef<'_>, id: ComponentDefinedTypeId) -> bool {
    let mut todo = parts(&types[id]);
    while let Some(ty) = todo.pop() {
        let Typed::Type(id) = ty else { continue };
        if needs_name(types, id) {
            return false;
        }
        todo.extend(parts(&types[id]));
    }
    true
}

/// The types that a type is made of.
pub(crate) fn parts(ty: &component_types::ComponentDefinedType) -> Vec<Typed> {
    use component_types::ComponentDefinedType as Type;
    match ty {
        Type::Record(record) => record.fields.values().copied().collect(),
        Type::Tuple(tuple) => tuple.types.to_vec(),
        Type::Variant(variant) => variant.cases.values().filter_map(|case| case.ty).collect(),
        Type::Option { ty, .. }
        | Type::List { element: ty, .. }
        | Type::FixedLengthList { element: ty, .. } => vec![*ty],
        Type::Map { key, value, .. } => vec![*key, *value],
        Type::Result { ok, err, .. } => ok.iter().chain(err).copied().collect(),
        Type::Future { ty, .. } | Type::Stream { ty, .. } => ty.iter().copied().collect(),
        Type::Primitive(_) | Type::Flags(_) | Type::Enum(_) | Type::Own(_) | Type::Borrow(_) => {
            vec![]
        }
    }
}

/// What an alias stands for in the end.
pub(crate) fn root(types: TypesRef<'_>, mut id: ComponentDefinedTypeId) -> ComponentDefinedTypeId {
    while let Some(next) = types.peel_alias(id) {
        id = next;
    }
    id
}

/// Encodes a definition, its indices as they are.
pub(crate) fn encode(definition: ComponentDefinedType<'_>, to: ComponentDefinedTypeEncoder<'_>) {
    let encoded = RoundtripReencoder.parse_component_defined_type(to, definition);
    encoded.unwrap_or_else(|error| unreachable!("indices stay as they are: {error}"));
}

#[cfg(test)]
mod tests;
