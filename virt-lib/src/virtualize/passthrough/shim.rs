//! The instance that is exported for an interface. Methods are named by their resource, which only
//! a component can give its name: an interface goes through a *shim*, a component that takes types
//! and functions in under short names and gives them out under theirs. A shim must never hold code.

use super::mentions::Mentions;
use super::root::RootSpace;
use super::types::{Space, Types, WrittenTypes};
use crate::error::{Error, Result, Stage};
use wasm_encoder::{
    Alias, ComponentBuilder, ComponentDefinedTypeEncoder, ComponentExportKind,
    ComponentFuncTypeEncoder, ComponentOuterAliasKind, ComponentTypeRef, TypeBounds,
};
use wit_parser::{Function, InterfaceId, Resolve, TypeDefKind, TypeId, TypeOwner};

/// The types of the component around.
type Outside<'r, 'a> = Types<'a, RootSpace<'r, 'a>>;

/// Makes the instance of an interface with these functions, which were lifted; returns its index.
pub(crate) fn instance<'a>(
    outside: &mut Outside<'_, 'a>,
    id: InterfaceId,
    functions: &[(&'a Function, u32)],
) -> Result<u32> {
    let resolve = outside.space.root.resolve;
    let interface = &resolve.interfaces[id];
    let space = Inward {
        resolve,
        builder: ComponentBuilder::default(),
        outside,
        named: Mentions::of(resolve, None),
        arguments: Vec::new(),
    };
    let mut inward = Types::new(resolve, space);
    for id in interface.types.values() {
        inward.id(*id)?;
    }
    let mut inside = Vec::new();
    for (function, index) in functions {
        let ty = inward.function(function)?;
        let kind = ComponentExportKind::Func;
        inside.push(
            inward
                .space
                .import(kind, ComponentTypeRef::Func(ty), *index),
        );
    }
    let Types { space, written, .. } = inward;
    let Inward {
        builder, arguments, ..
    } = space;
    let space = Outward {
        resolve,
        builder,
        interface: id,
        inward: written,
        own: Mentions::of(resolve, Some(id)),
    };
    let mut outward = Types::new(resolve, space);
    for id in interface.types.values() {
        outward.id(*id)?;
    }
    for ((function, _), index) in functions.iter().zip(inside) {
        let ty = if outward.space.own.function(function) {
            Some(ComponentTypeRef::Func(outward.function(function)?))
        } else {
            None
        };
        let builder = &mut outward.space.builder;
        builder.export(function.name.as_str(), ComponentExportKind::Func, index, ty);
    }
    let shim = outward.space.builder;
    let builder = &mut outside.space.root.builder;
    let shim = builder.component(None, shim);
    let arguments = arguments
        .iter()
        .enumerate()
        .map(|(number, (kind, at))| (argument(number), *kind, *at));
    Ok(builder.instantiate(None, shim, arguments.collect::<Vec<_>>()))
}

/// The name of an import of a shim.
fn argument(number: usize) -> String {
    format!("a{number}")
}

/// The shim's imports: everything with a name is imported under a short one.
struct Inward<'w, 'r, 'a> {
    resolve: &'a Resolve,
    builder: ComponentBuilder,
    outside: &'w mut Outside<'r, 'a>,
    named: Mentions<'a>,
    /// What is given for each import: its kind, and where it is outside.
    arguments: Vec<(ComponentExportKind, u32)>,
}

impl Inward<'_, '_, '_> {
    fn import(&mut self, kind: ComponentExportKind, ty: ComponentTypeRef, outside: u32) -> u32 {
        let name = argument(self.arguments.len());
        self.arguments.push((kind, outside));
        self.builder.import(name.as_str(), ty)
    }

    fn import_type(&mut self, bounds: TypeBounds, outside: u32) -> u32 {
        let kind = ComponentExportKind::Type;
        self.import(kind, ComponentTypeRef::Type(bounds), outside)
    }
}

impl Space for Inward<'_, '_, '_> {
    fn defined(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>) {
        self.builder.type_defined(None)
    }

    fn function(&mut self) -> (u32, ComponentFuncTypeEncoder<'_>) {
        self.builder.type_function(None)
    }

    fn find(&mut self, id: TypeId) -> Result<Option<u32>> {
        let kind = &self.resolve.types[id].kind;
        if matches!(kind, TypeDefKind::Resource) {
            let outside = self.outside.id(id)?;
            return Ok(Some(self.import_type(TypeBounds::SubResource, outside)));
        }
        // What is made of named types is written out again: they have new names here.
        if self.named.parts(kind) {
            return Ok(None);
        }
        let outside = self.outside.id(id)?;
        let alias = self.builder.alias(
            None,
            Alias::Outer {
                kind: ComponentOuterAliasKind::Type,
                count: 1,
                index: outside,
            },
        );
        Ok(Some(if needs_name(kind) {
            self.import_type(TypeBounds::Eq(alias), outside)
        } else {
            alias
        }))
    }

    fn name(&mut self, id: TypeId, _: &str, index: u32) -> Result<u32> {
        if !needs_name(&self.resolve.types[id].kind) {
            return Ok(index);
        }
        let outside = self.outside.id(id)?;
        Ok(self.import_type(TypeBounds::Eq(index), outside))
    }
}

/// Whether a component may mention a type of this kind outside only by a name.
fn needs_name(kind: &TypeDefKind) -> bool {
    matches!(
        kind,
        TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Flags(_)
    )
}

/// The shim's exports: what the interface names is exported under its name.
struct Outward<'a> {
    resolve: &'a Resolve,
    builder: ComponentBuilder,
    interface: InterfaceId,
    inward: WrittenTypes<'a>,
    /// What has types of this interface in it, which are new ones once they are exported.
    own: Mentions<'a>,
}

impl Space for Outward<'_> {
    fn defined(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>) {
        self.builder.type_defined(None)
    }

    fn function(&mut self) -> (u32, ComponentFuncTypeEncoder<'_>) {
        self.builder.type_function(None)
    }

    fn find(&mut self, id: TypeId) -> Result<Option<u32>> {
        let definition = &self.resolve.types[id];
        if self.own.parts(&definition.kind) {
            return Ok(None);
        }
        let Some(index) = self.inward.get(id) else {
            return Err(Error::internal(
                Stage::Specialize,
                "a type of a shim's exports is not among its imports",
            ));
        };
        match &definition.name {
            Some(name) => self.name(id, name, index).map(Some),
            None => Ok(Some(index)),
        }
    }

    fn name(&mut self, id: TypeId, name: &str, index: u32) -> Result<u32> {
        if self.resolve.types[id].owner != TypeOwner::Interface(self.interface) {
            return Ok(index);
        }
        let kind = ComponentExportKind::Type;
        Ok(self.builder.export(name, kind, index, None))
    }
}
