//! Copies types and functions from one interface to another inside a [`Resolve`], following every
//! mention of a mapped interface to its target. Small value types used from another package are written
//! out where they are used, so that an interface never needs another for the sake of a `datetime`.

use crate::types::root;
use std::collections::BTreeMap;
use wit_parser::{
    Function, Handle, InterfaceId, PackageId, Resolve, Type, TypeDef, TypeDefKind, TypeId,
    TypeOwner,
};

pub(super) struct Mapper<'a> {
    resolve: &'a mut Resolve,
    targets: &'a BTreeMap<InterfaceId, InterfaceId>,
    /// The package whose interface is being copied.
    package: Option<PackageId>,
}

impl<'a> Mapper<'a> {
    /// `targets` says where the types of an interface are to be found; an interface that is not in it
    /// stays as it is.
    pub(super) fn new(
        resolve: &'a mut Resolve,
        targets: &'a BTreeMap<InterfaceId, InterfaceId>,
    ) -> Self {
        Mapper {
            resolve,
            targets,
            package: None,
        }
    }

    /// Maps every named type of `from`, adding to its target what is missing there.
    pub(super) fn adopt_types(&mut self, from: InterfaceId, to: InterfaceId) {
        self.package = self.resolve.interfaces[from].package;
        for ty in self.resolve.interfaces[from]
            .types
            .values()
            .copied()
            .collect::<Vec<_>>()
        {
            if from == to {
                let kind = self.kind(self.resolve.types[ty].kind.clone());
                self.resolve.types[ty].kind = kind;
            } else {
                self.type_id(ty);
            }
        }
    }

    /// Maps the functions of `from` that `keep` names into `to`, where they are missing.
    pub(super) fn adopt_functions(
        &mut self,
        from: InterfaceId,
        to: InterfaceId,
        keep: impl Fn(&str) -> bool,
    ) {
        self.package = self.resolve.interfaces[from].package;
        let functions: Vec<Function> = self.resolve.interfaces[from]
            .functions
            .values()
            .filter(|f| keep(&f.name))
            .cloned()
            .collect();
        for function in functions {
            if from != to
                && self.resolve.interfaces[to]
                    .functions
                    .contains_key(&function.name)
            {
                continue;
            }
            let function = self.function(function);
            self.resolve.interfaces[to]
                .functions
                .insert(function.name.clone(), function);
        }
    }

    fn function(&mut self, mut function: Function) -> Function {
        for param in &mut function.params {
            param.ty = self.ty(param.ty);
        }
        function.result = function.result.map(|ty| self.ty(ty));
        if let Some(id) = function.kind.resource_mut() {
            *id = self.type_id(*id);
        }
        function
    }

    fn ty(&mut self, ty: Type) -> Type {
        match ty {
            Type::Id(id) => Type::Id(self.type_id(id)),
            primitive => primitive,
        }
    }

    /// The counterpart of a type, made if there is none yet.
    pub(super) fn type_id(&mut self, id: TypeId) -> TypeId {
        let definition = &self.resolve.types[id];
        let TypeOwner::Interface(owner) = definition.owner else {
            return match definition.name {
                Some(_) => id,
                None => self.anonymous(id),
            };
        };
        let Some(target) = self.targets.get(&owner).copied() else {
            return id;
        };
        let Some(name) = definition.name.clone() else {
            return self.anonymous(id);
        };
        if let Some(there) = self.resolve.interfaces[target].types.get(&name) {
            return *there;
        }
        let mut copy: TypeDef = definition.clone();
        copy.owner = TypeOwner::Interface(target);
        let outer = std::mem::replace(&mut self.package, self.resolve.interfaces[owner].package);
        copy.kind = self.kind(copy.kind);
        self.package = outer;
        let there = self.resolve.types.alloc(copy);
        self.resolve.interfaces[target].types.insert(name, there);
        there
    }

    fn anonymous(&mut self, id: TypeId) -> TypeId {
        let mut copy = self.resolve.types[id].clone();
        let kind = self.kind(copy.kind.clone());
        if kind == copy.kind {
            return id;
        }
        copy.kind = kind;
        self.resolve.types.alloc(copy)
    }

    fn kind(&mut self, mut kind: TypeDefKind) -> TypeDefKind {
        match &mut kind {
            TypeDefKind::Type(Type::Id(id)) => {
                let definition = &self.resolve.types[root(self.resolve, *id)];
                let foreign = match definition.owner {
                    TypeOwner::Interface(owner) => {
                        self.resolve.interfaces[owner].package != self.package
                    }
                    _ => false,
                };
                if foreign && is_leaf(&definition.kind) {
                    return definition.kind.clone();
                }
                *id = self.type_id(*id);
            }
            TypeDefKind::Record(record) => {
                for field in &mut record.fields {
                    field.ty = self.ty(field.ty);
                }
            }
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => *id = self.type_id(*id),
            TypeDefKind::Tuple(tuple) => {
                for ty in &mut tuple.types {
                    *ty = self.ty(*ty);
                }
            }
            TypeDefKind::Variant(variant) => {
                for case in &mut variant.cases {
                    case.ty = case.ty.map(|ty| self.ty(ty));
                }
            }
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _)
            | TypeDefKind::Type(ty) => *ty = self.ty(*ty),
            TypeDefKind::Map(key, value) => {
                *key = self.ty(*key);
                *value = self.ty(*value);
            }
            TypeDefKind::Result(result) => {
                result.ok = result.ok.map(|ty| self.ty(ty));
                result.err = result.err.map(|ty| self.ty(ty));
            }
            TypeDefKind::Future(ty) | TypeDefKind::Stream(ty) => *ty = ty.map(|ty| self.ty(ty)),
            TypeDefKind::Resource
            | TypeDefKind::Flags(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Unknown => {}
        }
        kind
    }
}

/// Whether a type names no other type.
fn is_leaf(kind: &TypeDefKind) -> bool {
    let primitive = |ty: &Type| !matches!(ty, Type::Id(_));
    match kind {
        TypeDefKind::Flags(_) | TypeDefKind::Enum(_) => true,
        TypeDefKind::Record(record) => record.fields.iter().all(|field| primitive(&field.ty)),
        TypeDefKind::Type(ty) => primitive(ty),
        TypeDefKind::Variant(variant) => variant
            .cases
            .iter()
            .all(|case| case.ty.iter().all(primitive)),
        _ => false,
    }
}
