//! What types are made of: which other types they mention, and which of those have a name. This
//! module must never write a type.

use crate::wasi::types::parts;
use std::collections::BTreeMap;
use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

/// Which types have a named type in them, of one interface or of any. Each is looked at once.
pub(super) struct Mentions<'a> {
    resolve: &'a Resolve,
    interface: Option<InterfaceId>,
    known: BTreeMap<TypeId, bool>,
}

impl<'a> Mentions<'a> {
    /// Of what `interface` names, or anybody.
    pub(super) fn of(resolve: &'a Resolve, interface: Option<InterfaceId>) -> Self {
        Mentions {
            resolve,
            interface,
            known: BTreeMap::new(),
        }
    }

    pub(super) fn function(&mut self, function: &Function) -> bool {
        let params = function.params.iter().map(|param| &param.ty);
        params.chain(&function.result).any(|ty| self.ty(ty))
    }

    pub(super) fn id(&mut self, id: TypeId) -> bool {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let definition = &self.resolve.types[id];
        let here = match self.interface {
            Some(interface) => {
                definition.name.is_some() && definition.owner == TypeOwner::Interface(interface)
            }
            None => definition.name.is_some(),
        };
        let found = here || self.parts(&definition.kind);
        self.known.insert(id, found);
        found
    }

    /// Whether what a type is made of has them.
    pub(super) fn parts(&mut self, kind: &TypeDefKind) -> bool {
        parts(kind).iter().any(|ty| self.ty(ty))
    }

    fn ty(&mut self, ty: &Type) -> bool {
        match ty {
            Type::Id(id) => self.id(*id),
            _ => false,
        }
    }
}
