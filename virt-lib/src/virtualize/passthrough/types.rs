//! WIT types as component types. One walk serves every place that types are written to, a *space*:
//! an instance type, a component's own index space, or the shims around an interface with
//! resources. This module must never decide what a type is called; that is the space's.

use crate::error::{Error, Result, Stage};
use std::collections::{BTreeMap, HashMap};
use wasm_encoder::{
    ComponentDefinedTypeEncoder, ComponentFuncTypeEncoder, ComponentValType, PrimitiveValType,
};
use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId};

/// Where types are written to.
pub(crate) trait Space {
    /// A new type, and its index.
    fn defined(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>);

    /// A new function type, and its index.
    fn function(&mut self) -> (u32, ComponentFuncTypeEncoder<'_>);

    /// The index of a type that is not to be defined here. Resources are always found, or made.
    ///
    /// # Errors
    ///
    /// A resource that does not exist here.
    fn find(&mut self, id: TypeId) -> Result<Option<u32>>;

    /// Gives the type defined at `index` its name; returns the index to refer to it by.
    ///
    /// # Errors
    ///
    /// A resource in it that does not exist here.
    fn name(&mut self, id: TypeId, name: &str, index: u32) -> Result<u32>;
}

/// Writes types to a space, each once.
pub(crate) struct Types<'a, S> {
    pub space: S,
    pub written: WrittenTypes<'a>,
    functions: HashMap<Signature<'a>, u32>,
}

/// What two functions have in common if they share a type.
type Signature<'a> = (bool, Vec<(&'a str, Type)>, Option<Type>);

/// The types written to a space so far. The hash maps are looked up, never iterated.
pub(crate) struct WrittenTypes<'a> {
    resolve: &'a Resolve,
    known: BTreeMap<TypeId, u32>,
    anonymous: HashMap<&'a TypeDefKind, u32>,
}

impl WrittenTypes<'_> {
    /// The index of a type written before.
    pub(super) fn get(&self, id: TypeId) -> Option<u32> {
        let known = self.known.get(&id).copied();
        known.or_else(|| {
            let definition = &self.resolve.types[id];
            match definition.name {
                None => self.anonymous.get(&definition.kind).copied(),
                Some(_) => None,
            }
        })
    }
}

impl<'a, S: Space> Types<'a, S> {
    pub(crate) fn new(resolve: &'a Resolve, space: S) -> Self {
        Types {
            space,
            written: WrittenTypes {
                resolve,
                known: BTreeMap::new(),
                anonymous: HashMap::new(),
            },
            functions: HashMap::new(),
        }
    }

    /// The index of the type of a function.
    pub(crate) fn function(&mut self, function: &'a Function) -> Result<u32> {
        let params = function.params.iter();
        let key = (
            function.kind.is_async(),
            params
                .map(|param| (param.name.as_str(), param.ty))
                .collect(),
            function.result,
        );
        if let Some(index) = self.functions.get(&key) {
            return Ok(*index);
        }
        let mut params = Vec::with_capacity(function.params.len());
        for param in &function.params {
            params.push((param.name.as_str(), self.value(&param.ty)?));
        }
        let result = self.optional(function.result.as_ref())?;
        let (index, mut encoder) = self.space.function();
        encoder
            .async_(function.kind.is_async())
            .params(params)
            .result(result);
        self.functions.insert(key, index);
        Ok(index)
    }

    /// The index of a type by its identifier.
    pub(super) fn id(&mut self, id: TypeId) -> Result<u32> {
        match self.value(&Type::Id(id))? {
            ComponentValType::Type(index) => Ok(index),
            ComponentValType::Primitive(ty) => {
                let (index, encoder) = self.space.defined();
                encoder.primitive(ty);
                Ok(index)
            }
        }
    }

    /// A type as it is referred to, where there is one.
    pub(super) fn optional(&mut self, ty: Option<&Type>) -> Result<Option<ComponentValType>> {
        ty.map(|ty| self.value(ty)).transpose()
    }

    fn values<'t>(
        &mut self,
        types: impl Iterator<Item = &'t Type>,
    ) -> Result<Vec<ComponentValType>> {
        types.map(|ty| self.value(ty)).collect()
    }

    /// A type as it is referred to.
    fn value(&mut self, ty: &Type) -> Result<ComponentValType> {
        let id = match ty {
            Type::Id(id) => *id,
            primitive => return Ok(ComponentValType::Primitive(self::primitive(primitive)?)),
        };
        if let Some(index) = self.written.get(id) {
            return Ok(ComponentValType::Type(index));
        }
        let definition = &self.written.resolve.types[id];
        let index = match self.space.find(id)? {
            Some(index) => index,
            None => {
                let index = match (self.definition(&definition.kind)?, &definition.name) {
                    (ComponentValType::Type(index), _) => index,
                    (primitive, None) => return Ok(primitive),
                    (ComponentValType::Primitive(ty), Some(_)) => {
                        let (index, encoder) = self.space.defined();
                        encoder.primitive(ty);
                        index
                    }
                };
                match &definition.name {
                    Some(name) => self.space.name(id, name, index)?,
                    None => index,
                }
            }
        };
        self.written.known.insert(id, index);
        if definition.name.is_none() {
            self.written.anonymous.insert(&definition.kind, index);
        }
        Ok(ComponentValType::Type(index))
    }

    fn definition(&mut self, kind: &'a TypeDefKind) -> Result<ComponentValType> {
        let index = match kind {
            TypeDefKind::Type(ty) => return self.value(ty),
            TypeDefKind::Record(record) => {
                let types = self.values(record.fields.iter().map(|field| &field.ty))?;
                let (index, encoder) = self.space.defined();
                let names = record.fields.iter().map(|field| field.name.as_str());
                encoder.record(names.zip(types).collect::<Vec<_>>());
                index
            }
            TypeDefKind::Variant(variant) => {
                let mut cases = Vec::with_capacity(variant.cases.len());
                for case in &variant.cases {
                    cases.push((case.name.as_str(), self.optional(case.ty.as_ref())?));
                }
                let (index, encoder) = self.space.defined();
                encoder.variant(cases);
                index
            }
            TypeDefKind::Tuple(tuple) => {
                let types = self.values(tuple.types.iter())?;
                let (index, encoder) = self.space.defined();
                encoder.tuple(types);
                index
            }
            TypeDefKind::Flags(flags) => {
                let (index, encoder) = self.space.defined();
                encoder.flags(flags.flags.iter().map(|flag| flag.name.as_str()));
                index
            }
            TypeDefKind::Enum(cases) => {
                let (index, encoder) = self.space.defined();
                encoder.enum_type(cases.cases.iter().map(|case| case.name.as_str()));
                index
            }
            TypeDefKind::Option(ty) => {
                let ty = self.value(ty)?;
                let (index, encoder) = self.space.defined();
                encoder.option(ty);
                index
            }
            TypeDefKind::Result(result) => {
                let ok = self.optional(result.ok.as_ref())?;
                let err = self.optional(result.err.as_ref())?;
                let (index, encoder) = self.space.defined();
                encoder.result(ok, err);
                index
            }
            TypeDefKind::List(ty) => {
                let ty = self.value(ty)?;
                let (index, encoder) = self.space.defined();
                encoder.list(ty);
                index
            }
            TypeDefKind::FixedLengthList(ty, length) => {
                let ty = self.value(ty)?;
                let (index, encoder) = self.space.defined();
                encoder.fixed_length_list(ty, *length);
                index
            }
            TypeDefKind::Map(key, value) => {
                let (key, value) = (self.value(key)?, self.value(value)?);
                let (index, encoder) = self.space.defined();
                encoder.map(key, value);
                index
            }
            TypeDefKind::Future(ty) => {
                let ty = self.optional(ty.as_ref())?;
                let (index, encoder) = self.space.defined();
                encoder.future(ty);
                index
            }
            TypeDefKind::Stream(ty) => {
                let ty = self.optional(ty.as_ref())?;
                let (index, encoder) = self.space.defined();
                encoder.stream(ty);
                index
            }
            TypeDefKind::Handle(Handle::Own(id)) => {
                let resource = self.id(*id)?;
                let (index, encoder) = self.space.defined();
                encoder.own(resource);
                index
            }
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                let resource = self.id(*id)?;
                let (index, encoder) = self.space.defined();
                encoder.borrow(resource);
                index
            }
            TypeDefKind::Resource | TypeDefKind::Unknown => {
                return Err(Error::internal(
                    Stage::Specialize,
                    "a resource has no definition where its type is written",
                ));
            }
        };
        Ok(ComponentValType::Type(index))
    }
}

fn primitive(ty: &Type) -> Result<PrimitiveValType> {
    Ok(match ty {
        Type::Bool => PrimitiveValType::Bool,
        Type::U8 => PrimitiveValType::U8,
        Type::U16 => PrimitiveValType::U16,
        Type::U32 => PrimitiveValType::U32,
        Type::U64 => PrimitiveValType::U64,
        Type::S8 => PrimitiveValType::S8,
        Type::S16 => PrimitiveValType::S16,
        Type::S32 => PrimitiveValType::S32,
        Type::S64 => PrimitiveValType::S64,
        Type::F32 => PrimitiveValType::F32,
        Type::F64 => PrimitiveValType::F64,
        Type::Char => PrimitiveValType::Char,
        Type::String => PrimitiveValType::String,
        Type::ErrorContext => PrimitiveValType::ErrorContext,
        Type::Id(_) => {
            return Err(Error::internal(Stage::Specialize, "not a primitive type"));
        }
    })
}
