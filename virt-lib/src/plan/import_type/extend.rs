//! Adds to the type of an imported instance what WIT says it has. This module must never redefine
//! what the type has already.

use super::ImportType;
use crate::error::{Error, Result};
use wasmparser::{
    ComponentAlias, ComponentDefinedType, ComponentExternName, ComponentFuncType,
    ComponentOuterAliasKind, ComponentType, ComponentTypeRef, ComponentValType,
    InstanceTypeDeclaration, PrimitiveValType, TypeBounds, VariantCase,
};
use wit_parser::{
    Function, Handle, Interface, InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeId,
    TypeOwner,
};

impl<'a> ImportType<'a> {
    /// Makes sure that a function or type is exported that WIT gives to `interface`, with what it
    /// needs. The name is without version. Types that are exported already are used as they are;
    /// that they mean the same is not checked. All calls take the same `resolve`.
    ///
    /// `outer` may know a type of another interface: interface without version, and name, give the
    /// index around, as [`ImportType::encode`] takes it. Other value types are written out.
    ///
    /// # Errors
    ///
    /// WIT does not know it, or it needs a resource of another interface that neither the type nor
    /// `outer` has.
    pub(crate) fn extend(
        &mut self,
        resolve: &'a Resolve,
        interface: &str,
        name: &str,
        outer: &mut dyn FnMut(&str, &str) -> Option<u32>,
    ) -> Result<()> {
        if let Some(export) = self
            .export(name)
            .and_then(|at| self.declarations.get_mut(at))
        {
            export.wanted = true;
            return Ok(());
        }
        let unknown = || Error::component(format!("WASI has no `{name}` in `{interface}`"));
        let id = find(resolve, interface).ok_or_else(unknown)?;
        let of = &resolve.interfaces[id];
        let mut extend = Extend {
            to: self,
            resolve,
            id,
            of,
            outer,
        };
        if let Some(function) = of.functions.get(name) {
            return extend.function(function);
        }
        let ty = of.types.get(name).ok_or_else(unknown)?;
        extend.id(*ty).map(|_| ())
    }
}

struct Extend<'t, 'a> {
    to: &'t mut ImportType<'a>,
    resolve: &'a Resolve,
    id: InterfaceId,
    of: &'a Interface,
    outer: &'t mut dyn FnMut(&str, &str) -> Option<u32>,
}

impl<'a> Extend<'_, 'a> {
    fn function(&mut self, function: &'a Function) -> Result<()> {
        let params = function.params.iter();
        let params = params.map(|param| Ok((param.name.as_str(), self.value(&param.ty)?)));
        let params = params.collect::<Result<_>>()?;
        let result = self.optional(function.result.as_ref())?;
        let ty = self.define(ComponentType::Func(ComponentFuncType {
            async_: function.kind.is_async(),
            params,
            result,
        }))?;
        self.export(&function.name, ComponentTypeRef::Func(ty))?;
        Ok(())
    }

    fn define(&mut self, ty: ComponentType<'a>) -> Result<u32> {
        self.index(InstanceTypeDeclaration::Type(ty))
    }

    /// Adds what defines a type.
    fn index(&mut self, declaration: InstanceTypeDeclaration<'a>) -> Result<u32> {
        let index = self.to.push(declaration)?;
        index.ok_or_else(|| Error::component("a declaration defines no type"))
    }

    fn export(&mut self, name: &'a str, ty: ComponentTypeRef) -> Result<Option<u32>> {
        let name = ComponentExternName {
            name,
            implements: None,
            version_suffix: None,
            external_id: None,
        };
        self.to.push(InstanceTypeDeclaration::Export { name, ty })
    }

    /// Adds the export of a type; gives the index to use it by.
    fn named(&mut self, name: &'a str, bounds: TypeBounds) -> Result<u32> {
        let index = self.export(name, ComponentTypeRef::Type(bounds))?;
        index.ok_or_else(|| Error::component("a declaration defines no type"))
    }

    fn optional(&mut self, ty: Option<&Type>) -> Result<Option<ComponentValType>> {
        ty.map(|ty| self.value(ty)).transpose()
    }

    fn value(&mut self, ty: &Type) -> Result<ComponentValType> {
        use ComponentValType::Primitive;
        Ok(match ty {
            Type::Id(id) => ComponentValType::Type(self.id(*id)?),
            Type::Bool => Primitive(PrimitiveValType::Bool),
            Type::U8 => Primitive(PrimitiveValType::U8),
            Type::U16 => Primitive(PrimitiveValType::U16),
            Type::U32 => Primitive(PrimitiveValType::U32),
            Type::U64 => Primitive(PrimitiveValType::U64),
            Type::S8 => Primitive(PrimitiveValType::S8),
            Type::S16 => Primitive(PrimitiveValType::S16),
            Type::S32 => Primitive(PrimitiveValType::S32),
            Type::S64 => Primitive(PrimitiveValType::S64),
            Type::F32 => Primitive(PrimitiveValType::F32),
            Type::F64 => Primitive(PrimitiveValType::F64),
            Type::Char => Primitive(PrimitiveValType::Char),
            Type::String => Primitive(PrimitiveValType::String),
            Type::ErrorContext => Primitive(PrimitiveValType::ErrorContext),
        })
    }

    /// The index of a type, which is added if it is not there.
    fn id(&mut self, id: TypeId) -> Result<u32> {
        if let Some(index) = self.to.known.get(&id) {
            return Ok(*index);
        }
        let resolve = self.resolve;
        let ty = &resolve.types[id];
        let index = match &ty.name {
            None => {
                let definition = self.definition(&ty.kind)?;
                self.define(ComponentType::Defined(definition))?
            }
            Some(name) if ty.owner == TypeOwner::Interface(self.id) => self.own(ty, name)?,
            Some(name) => self.foreign(id, ty, name)?,
        };
        self.to.known.insert(id, index);
        Ok(index)
    }

    /// A type that the interface has under this name.
    fn own(&mut self, ty: &'a TypeDef, name: &'a str) -> Result<u32> {
        if let Some(index) = self.to.exported_type(name) {
            return Ok(index);
        }
        let bounds = match &ty.kind {
            TypeDefKind::Resource => TypeBounds::SubResource,
            TypeDefKind::Type(Type::Id(id)) => TypeBounds::Eq(self.id(*id)?),
            kind => {
                let definition = self.definition(kind)?;
                TypeBounds::Eq(self.define(ComponentType::Defined(definition))?)
            }
        };
        self.named(name, bounds)
    }

    /// A type that another interface has under this name.
    fn foreign(&mut self, id: TypeId, ty: &'a TypeDef, name: &'a str) -> Result<u32> {
        let owner = match ty.owner {
            TypeOwner::Interface(owner) => path(self.resolve, owner),
            _ => None,
        };
        let of = owner.as_deref().unwrap_or_default();
        if let Some(index) = (self.outer)(of, name) {
            return self.index(InstanceTypeDeclaration::Alias(ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::Type,
                count: 1,
                index,
            }));
        }
        let definition = match &ty.kind {
            TypeDefKind::Type(Type::Id(id)) => return self.id(*id),
            TypeDefKind::Resource => {
                // A name that the interface gives to it, and under which it is exported.
                let uses = self
                    .of
                    .types
                    .iter()
                    .filter(|(_, used)| crate::wasi::types::root(self.resolve, **used) == id);
                let mut uses = uses.filter_map(|(name, _)| self.to.exported_type(name));
                return uses.next().ok_or_else(|| {
                    Error::component(format!(
                        "the component does not import the resource `{name}` of `{of}`"
                    ))
                });
            }
            kind => self.definition(kind)?,
        };
        let index = self.define(ComponentType::Defined(definition))?;
        // What the interface uses gets its name there. What only that needs gets one here.
        let must_be_named = matches!(
            ty.kind,
            TypeDefKind::Record(_)
                | TypeDefKind::Variant(_)
                | TypeDefKind::Enum(_)
                | TypeDefKind::Flags(_)
        );
        let is_used = |used: &TypeId| crate::wasi::types::root(self.resolve, *used) == id;
        if !must_be_named || self.of.types.values().any(is_used) {
            return Ok(index);
        }
        if self.to.export(name).is_some() || self.of.types.contains_key(name) {
            return Err(Error::component(format!(
                "another type has the name of type `{name}` of `{of}`"
            )));
        }
        self.named(name, TypeBounds::Eq(index))
    }

    fn definition(&mut self, kind: &'a TypeDefKind) -> Result<ComponentDefinedType<'a>> {
        Ok(match kind {
            TypeDefKind::Type(ty) => match self.value(ty)? {
                ComponentValType::Primitive(ty) => ComponentDefinedType::Primitive(ty),
                ComponentValType::Type(_) => return Err(unknown()),
            },
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let fields = fields.map(|field| Ok((field.name.as_str(), self.value(&field.ty)?)));
                ComponentDefinedType::Record(fields.collect::<Result<_>>()?)
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| {
                    Ok(VariantCase {
                        name: case.name.as_str(),
                        ty: self.optional(case.ty.as_ref())?,
                    })
                });
                ComponentDefinedType::Variant(cases.collect::<Result<_>>()?)
            }
            TypeDefKind::Tuple(tuple) => {
                let types = tuple.types.iter().map(|ty| self.value(ty));
                ComponentDefinedType::Tuple(types.collect::<Result<_>>()?)
            }
            TypeDefKind::Flags(flags) => ComponentDefinedType::Flags(
                flags.flags.iter().map(|flag| flag.name.as_str()).collect(),
            ),
            TypeDefKind::Enum(cases) => ComponentDefinedType::Enum(
                cases.cases.iter().map(|case| case.name.as_str()).collect(),
            ),
            TypeDefKind::Option(ty) => ComponentDefinedType::Option(self.value(ty)?),
            TypeDefKind::Result(result) => ComponentDefinedType::Result {
                ok: self.optional(result.ok.as_ref())?,
                err: self.optional(result.err.as_ref())?,
            },
            TypeDefKind::List(ty) => ComponentDefinedType::List(self.value(ty)?),
            TypeDefKind::FixedLengthList(ty, length) => {
                ComponentDefinedType::FixedLengthList(self.value(ty)?, *length)
            }
            TypeDefKind::Map(key, value) => {
                ComponentDefinedType::Map(self.value(key)?, self.value(value)?)
            }
            TypeDefKind::Future(ty) => ComponentDefinedType::Future(self.optional(ty.as_ref())?),
            TypeDefKind::Stream(ty) => ComponentDefinedType::Stream(self.optional(ty.as_ref())?),
            TypeDefKind::Handle(Handle::Own(id)) => ComponentDefinedType::Own(self.id(*id)?),
            TypeDefKind::Handle(Handle::Borrow(id)) => ComponentDefinedType::Borrow(self.id(*id)?),
            TypeDefKind::Resource | TypeDefKind::Unknown => return Err(unknown()),
        })
    }
}

fn unknown() -> Error {
    Error::component("a type of WASI has no definition")
}

/// An interface by its name without version.
fn find(resolve: &Resolve, wanted: &str) -> Option<InterfaceId> {
    let (package, name) = wanted.split_once('/')?;
    let mut packages = resolve.package_names.iter();
    let (_, id) = packages.find(|(known, _)| {
        package.split_once(':') == Some((known.namespace.as_str(), known.name.as_str()))
    })?;
    resolve.packages[*id].interfaces.get(name).copied()
}

/// The name of an interface without version.
fn path(resolve: &Resolve, id: InterfaceId) -> Option<String> {
    let interface = &resolve.interfaces[id];
    let package = &resolve.packages[interface.package?].name;
    let name = interface.name.as_ref()?;
    Some(format!("{}:{}/{name}", package.namespace, package.name))
}
