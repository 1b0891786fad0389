//! Where a function takes handles, and what becomes of a virtual one there, as docs/security.md has
//! it under *Handles that leave*.

use super::code::Made;
use anyhow::Result;
use wit_parser::abi::{AbiVariant, FlatTypes, WasmType};
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

/// A handle among what a function takes.
#[derive(Clone, Debug)]
pub struct Place {
    pub resource: String,
    /// The number of a core argument, or so many bytes into the memory that holds all of them.
    pub at: u32,
    /// Whether it is an argument of its own, where the artifact looks at it.
    pub is_guarded: bool,
}

impl Made {
    /// The handles that an imported function takes for certain, whatever else it is given.
    pub fn places(&self, name: &str) -> Result<Vec<Place>> {
        let function = self.function("test:property/given", name)?;
        let signature = self
            .resolve
            .wasm_signature(AbiVariant::GuestImport, function);
        let types: Vec<Type> = function.params.iter().map(|param| param.ty).collect();
        let mut places = Vec::new();
        let mut walk = Walk {
            made: self,
            is_spilled: signature.indirect_params,
            places: &mut places,
        };
        walk.all(&types, 0, true);
        Ok(places)
    }
}

struct Walk<'m> {
    made: &'m Made,
    is_spilled: bool,
    places: &'m mut Vec<Place>,
}

impl Walk<'_> {
    /// Parts of one value from a place on.
    fn all(&mut self, types: &[Type], start: u32, is_guarded: bool) {
        let sizes = &self.made.sizes;
        let offsets = sizes.field_offsets(types.iter());
        let mut flat = start;
        for (offset, ty) in offsets {
            let at = match self.is_spilled {
                true => start + offset.size_wasm32() as u32,
                false => flat,
            };
            self.one(ty, at, is_guarded);
            flat += self.count(ty);
        }
    }

    fn one(&mut self, ty: &Type, at: u32, is_guarded: bool) {
        let Type::Id(id) = ty else { return };
        match &self.made.resolve.types[*id].kind {
            TypeDefKind::Type(ty) => self.one(ty, at, is_guarded),
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => self.places.push(Place {
                resource: self.resource(*id),
                at,
                is_guarded,
            }),
            TypeDefKind::Record(record) => {
                let types: Vec<Type> = record.fields.iter().map(|field| field.ty).collect();
                self.all(&types, at, false);
            }
            TypeDefKind::Tuple(tuple) => self.all(&tuple.types, at, false),
            _ => {}
        }
    }

    fn resource(&self, mut id: TypeId) -> String {
        let types = &self.made.resolve.types;
        while let TypeDefKind::Type(Type::Id(of)) = types[id].kind {
            id = of;
        }
        types[id].name.clone().unwrap_or_default()
    }

    /// How many core values a value is.
    fn count(&self, ty: &Type) -> u32 {
        let mut room = [WasmType::I32; 256];
        let mut flat = FlatTypes::new(&mut room);
        self.made.resolve.push_flat(ty, &mut flat);
        flat.to_vec().len() as u32
    }
}
