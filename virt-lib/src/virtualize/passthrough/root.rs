//! A component under construction, with the instances it imports: interfaces become instance types,
//! and what is theirs is aliased where it is used. This module must never decide what is imported.

use super::types::{Space, Types};
use crate::error::{Error, Result, Stage};
use std::collections::BTreeMap;
use wasm_encoder::{
    Alias, ComponentBuilder, ComponentDefinedTypeEncoder, ComponentExportKind, ComponentExternName,
    ComponentFuncTypeEncoder, ComponentOuterAliasKind, ComponentTypeRef, InstanceType, TypeBounds,
};
use wit_parser::{InterfaceId, Resolve, TypeDefKind, TypeId, TypeOwner};

/// A component and what it has so far.
pub(crate) struct Root<'a> {
    pub resolve: &'a Resolve,
    pub builder: ComponentBuilder,
    /// The imported instance of an interface.
    pub instances: BTreeMap<InterfaceId, u32>,
    /// Resources, and types aliased from instances.
    pub types: BTreeMap<TypeId, u32>,
}

impl<'a> Root<'a> {
    pub(crate) fn new(resolve: &'a Resolve) -> Self {
        Root {
            resolve,
            builder: ComponentBuilder::default(),
            instances: BTreeMap::new(),
            types: BTreeMap::new(),
        }
    }

    /// Imports an instance of an interface with these of its types and functions.
    pub(crate) fn import_interface(
        &mut self,
        id: InterfaceId,
        name: ComponentExternName<'_>,
        wants_type: impl Fn(TypeId) -> bool,
        wants_function: impl Fn(&str) -> bool,
    ) -> Result<u32> {
        let interface = &self.resolve.interfaces[id];
        let mut types = Types::new(
            self.resolve,
            InstanceSpace {
                interface: id,
                ty: InstanceType::new(),
                root: self,
            },
        );
        for ty in interface.types.values() {
            if wants_type(*ty) {
                types.id(*ty)?;
            }
        }
        for function in interface.functions.values() {
            if wants_function(&function.name) {
                let ty = types.function(function)?;
                let space = &mut types.space;
                space.ty.export(&function.name, ComponentTypeRef::Func(ty));
            }
        }
        let ty = types.space.ty;
        let ty = self.builder.type_instance(None, &ty);
        let instance = self.builder.import(name, ComponentTypeRef::Instance(ty));
        self.instances.insert(id, instance);
        Ok(instance)
    }

    /// A type that is known here or that an imported instance has.
    pub(crate) fn find(&mut self, id: TypeId) -> Option<u32> {
        if let Some(index) = self.types.get(&id) {
            return Some(*index);
        }
        let definition = &self.resolve.types[id];
        let (TypeOwner::Interface(owner), Some(name)) = (definition.owner, &definition.name) else {
            return None;
        };
        let instance = *self.instances.get(&owner)?;
        let kind = ComponentExportKind::Type;
        let index = self.builder.alias_export(instance, name, kind);
        self.types.insert(id, index);
        Some(index)
    }
}

/// An instance type: what it defines under a name, it exports.
struct InstanceSpace<'r, 'a> {
    root: &'r mut Root<'a>,
    interface: InterfaceId,
    ty: InstanceType,
}

impl InstanceSpace<'_, '_> {
    fn owns(&self, id: TypeId) -> bool {
        self.root.resolve.types[id].owner == TypeOwner::Interface(self.interface)
    }
}

impl Space for InstanceSpace<'_, '_> {
    fn defined(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>) {
        (self.ty.type_count(), self.ty.ty().defined_type())
    }

    fn function(&mut self) -> (u32, ComponentFuncTypeEncoder<'_>) {
        (self.ty.type_count(), self.ty.ty().function())
    }

    fn find(&mut self, id: TypeId) -> Result<Option<u32>> {
        let definition = &self.root.resolve.types[id];
        let is_resource = matches!(definition.kind, TypeDefKind::Resource);
        let index = self.ty.type_count();
        if self.owns(id) {
            let Some(name) = definition.name.as_deref().filter(|_| is_resource) else {
                return Ok(None);
            };
            let bounds = ComponentTypeRef::Type(TypeBounds::SubResource);
            self.ty.export(name, bounds);
            return Ok(Some(index));
        }
        match self.root.find(id) {
            Some(outer) => {
                self.ty.alias(Alias::Outer {
                    kind: ComponentOuterAliasKind::Type,
                    count: 1,
                    index: outer,
                });
                Ok(Some(index))
            }
            None if is_resource => Err(missing(self.root.resolve, id)),
            None => Ok(None),
        }
    }

    fn name(&mut self, id: TypeId, name: &str, index: u32) -> Result<u32> {
        if !self.owns(id) {
            return Ok(index);
        }
        let exported = self.ty.type_count();
        let bounds = ComponentTypeRef::Type(TypeBounds::Eq(index));
        self.ty.export(name, bounds);
        Ok(exported)
    }
}

/// A component's own types. Those of a world are imported, all others have no name.
pub(crate) struct RootSpace<'r, 'a> {
    pub root: &'r mut Root<'a>,
}

impl Space for RootSpace<'_, '_> {
    fn defined(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>) {
        self.root.builder.type_defined(None)
    }

    fn function(&mut self) -> (u32, ComponentFuncTypeEncoder<'_>) {
        self.root.builder.type_function(None)
    }

    fn find(&mut self, id: TypeId) -> Result<Option<u32>> {
        if let Some(index) = self.root.find(id) {
            return Ok(Some(index));
        }
        let definition = &self.root.resolve.types[id];
        if !matches!(definition.kind, TypeDefKind::Resource) {
            return Ok(None);
        }
        let (TypeOwner::World(_), Some(name)) = (definition.owner, &definition.name) else {
            return Err(missing(self.root.resolve, id));
        };
        let bounds = ComponentTypeRef::Type(TypeBounds::SubResource);
        let index = self.root.builder.import(name.as_str(), bounds);
        self.root.types.insert(id, index);
        Ok(Some(index))
    }

    fn name(&mut self, id: TypeId, name: &str, index: u32) -> Result<u32> {
        let TypeOwner::World(_) = self.root.resolve.types[id].owner else {
            return Ok(index);
        };
        let bounds = ComponentTypeRef::Type(TypeBounds::Eq(index));
        let index = self.root.builder.import(name, bounds);
        self.root.types.insert(id, index);
        Ok(index)
    }
}

fn missing(resolve: &Resolve, id: TypeId) -> Error {
    let name = resolve.types[id]
        .name
        .as_deref()
        .unwrap_or("without a name");
    Error::internal(
        Stage::Specialize,
        format!(
            "the resource `{}` is not at hand where its type is written",
            name.escape_debug()
        ),
    )
}
