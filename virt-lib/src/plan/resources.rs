//! Which resources a component's functions mention, and which import each comes from. This module
//! must never decide who serves them.

use crate::plan::layout::{Abi, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, Operand};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId,
    ComponentInstanceTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

/// The resources of a function's type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentioned {
    /// Those that a call gives away or lends.
    pub params: BTreeSet<ResourceId>,
    /// Those that a call gets.
    pub results: BTreeSet<ResourceId>,
}

/// The resources of a function.
pub(crate) fn of_function(types: TypesRef<'_>, function: ComponentFuncTypeId) -> Mentioned {
    let function = &types[function];
    let mut mentioned = Mentioned::default();
    for (_, ty) in &function.params {
        of_value(types, ty, &mut mentioned.params);
    }
    if let Some(ty) = &function.result {
        of_value(types, ty, &mut mentioned.results);
    }
    mentioned
}

/// Adds the resources that a value of this type carries.
pub(crate) fn of_value(
    types: TypesRef<'_>,
    ty: &ComponentValType,
    found: &mut BTreeSet<ResourceId>,
) {
    let ComponentValType::Type(id) = ty else {
        return;
    };
    let mut inner = |ty: &ComponentValType| of_value(types, ty, found);
    match &types[*id] {
        ComponentDefinedType::Own(resource) | ComponentDefinedType::Borrow(resource) => {
            found.insert(resource.resource());
        }
        ComponentDefinedType::Primitive(_)
        | ComponentDefinedType::Flags(_)
        | ComponentDefinedType::Enum(_) => {}
        ComponentDefinedType::Record(record) => record.fields.values().for_each(inner),
        ComponentDefinedType::Tuple(tuple) => tuple.types.iter().for_each(inner),
        ComponentDefinedType::Variant(variant) => {
            let cases = variant.cases.values();
            cases.filter_map(|case| case.ty.as_ref()).for_each(inner);
        }
        ComponentDefinedType::List { element, .. }
        | ComponentDefinedType::FixedLengthList { element, .. } => inner(element),
        ComponentDefinedType::Map { key, value, .. } => {
            inner(key);
            inner(value);
        }
        ComponentDefinedType::Option { ty, .. } => inner(ty),
        ComponentDefinedType::Result { ok, err, .. } => ok.iter().chain(err).for_each(inner),
        ComponentDefinedType::Future { ty, .. } | ComponentDefinedType::Stream { ty, .. } => {
            ty.iter().for_each(inner);
        }
    }
}

/// The functions that an instance exports, by name.
pub(crate) fn functions(
    types: TypesRef<'_>,
    instance: ComponentInstanceTypeId,
) -> BTreeMap<String, ComponentFuncTypeId> {
    let exports = types[instance].exports.iter();
    let function =
        |(name, item): (&String, &wasmparser::component_types::ComponentItem)| match item.ty {
            ComponentEntityType::Func(id) => Some((name.clone(), id)),
            _ => None,
        };
    exports.filter_map(function).collect()
}

/// The resources that an instance exports, by name, its own and those of others.
pub(crate) fn exported(
    types: TypesRef<'_>,
    instance: ComponentInstanceTypeId,
) -> BTreeMap<String, ResourceId> {
    let exports = types[instance].exports.iter();
    let resource =
        |(name, item): (&String, &wasmparser::component_types::ComponentItem)| match item.ty {
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Resource(id),
                ..
            } => Some((name.clone(), id.resource())),
            _ => None,
        };
    exports.filter_map(resource).collect()
}

/// Adds what the host gives when it calls an exported item: the resources of its parameters.
pub(crate) fn given(
    types: TypesRef<'_>,
    item: &ComponentEntityType,
    found: &mut BTreeSet<ResourceId>,
) {
    let params = |id| of_function(types, id).params;
    each_function(types, item, &mut |id| found.extend(params(id)));
}

/// Adds what the host gets when it calls an exported item: the resources of its results.
pub(crate) fn returned(
    types: TypesRef<'_>,
    item: &ComponentEntityType,
    found: &mut BTreeSet<ResourceId>,
) {
    let results = |id| of_function(types, id).results;
    each_function(types, item, &mut |id| found.extend(results(id)));
}

/// Calls `act` for an item that is a function, and for every function in one that is an instance.
fn each_function(
    types: TypesRef<'_>,
    item: &ComponentEntityType,
    act: &mut dyn FnMut(ComponentFuncTypeId),
) {
    match item {
        ComponentEntityType::Func(id) => act(*id),
        ComponentEntityType::Instance(id) => {
            for item in types[*id].exports.values() {
                each_function(types, &item.ty, act);
            }
        }
        _ => {}
    }
}

/// The handles that a lowered function takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    /// The parameters that are handles, with their resources.
    pub flat: Vec<(Operand, ResourceId)>,
    /// The resources of handles that lie inside of other values.
    pub buried: BTreeSet<ResourceId>,
}

impl Taken {
    /// The resources of all handles.
    pub(crate) fn all(&self) -> impl Iterator<Item = ResourceId> {
        let flat = self.flat.iter().map(|(_, resource)| *resource);
        flat.chain(self.buried.iter().copied())
    }
}

/// The handles that a function takes, lowered `async` or not.
pub(crate) fn taken(types: TypesRef<'_>, function: ComponentFuncTypeId, is_async: bool) -> Taken {
    let mut taken = Taken::default();
    let params: Vec<_> = types[function].params.iter().map(|(_, ty)| *ty).collect();
    let places = places(types, &params, is_async);
    for (ty, place) in params.iter().zip(places) {
        match (handle(types, ty), place) {
            (Some(resource), Some(place)) => taken.flat.push((place, resource)),
            _ => of_value(types, ty, &mut taken.buried),
        }
    }
    taken
}

/// Where each parameter begins, if it is a handle.
fn places(
    types: TypesRef<'_>,
    params: &[ComponentValType],
    is_async: bool,
) -> Vec<Option<Operand>> {
    let most = match is_async {
        true => MAX_FLAT_ASYNC_PARAMS,
        false => MAX_FLAT_PARAMS,
    };
    let lens = params.iter().map(|ty| flat_len(types, ty));
    let mut starts = vec![0_u32];
    for len in lens {
        let last = starts.last().copied().unwrap_or_default();
        starts.push(last.saturating_add(len));
    }
    if starts.pop().is_none_or(|all| all as usize <= most) {
        let params = starts.into_iter();
        return params.map(|index| Some(Operand::param(index))).collect();
    }
    let (offsets, _) = Abi { types }.fields(params);
    let in_memory = |offset: u64| {
        Some(Operand::Memory {
            offset: offset.try_into().ok()?,
            width: 4,
        })
    };
    offsets.into_iter().map(in_memory).collect()
}

/// The resource of a type that is a handle.
fn handle(types: TypesRef<'_>, ty: &ComponentValType) -> Option<ResourceId> {
    let ComponentValType::Type(id) = ty else {
        return None;
    };
    match &types[*id] {
        ComponentDefinedType::Own(resource) | ComponentDefinedType::Borrow(resource) => {
            Some(resource.resource())
        }
        _ => None,
    }
}

/// How many core values a value is, up to a few more than a function may have.
fn flat_len(types: TypesRef<'_>, ty: &ComponentValType) -> u32 {
    let ComponentValType::Type(id) = ty else {
        return match ty {
            ComponentValType::Primitive(wasmparser::PrimitiveValType::String) => 2,
            _ => 1,
        };
    };
    let sum = |parts: &mut dyn Iterator<Item = &ComponentValType>| {
        parts.fold(0, |sum: u32, ty| sum.saturating_add(flat_len(types, ty)))
    };
    let most = |parts: &mut dyn Iterator<Item = &ComponentValType>| {
        1 + parts.map(|ty| flat_len(types, ty)).max().unwrap_or(0)
    };
    match &types[*id] {
        ComponentDefinedType::Primitive(ty) => flat_len(types, &ComponentValType::Primitive(*ty)),
        ComponentDefinedType::Record(record) => sum(&mut record.fields.values()),
        ComponentDefinedType::Tuple(tuple) => sum(&mut tuple.types.iter()),
        ComponentDefinedType::Variant(variant) => {
            most(&mut variant.cases.values().filter_map(|case| case.ty.as_ref()))
        }
        ComponentDefinedType::Option { ty, .. } => most(&mut std::iter::once(ty)),
        ComponentDefinedType::Result { ok, err, .. } => most(&mut ok.iter().chain(err)),
        ComponentDefinedType::FixedLengthList {
            element, length, ..
        } => flat_len(types, element).saturating_mul(*length),
        ComponentDefinedType::List { .. } | ComponentDefinedType::Map { .. } => 2,
        ComponentDefinedType::Flags(flags) => (flags.len() as u32).div_ceil(32),
        ComponentDefinedType::Enum(_)
        | ComponentDefinedType::Own(_)
        | ComponentDefinedType::Borrow(_)
        | ComponentDefinedType::Future { .. }
        | ComponentDefinedType::Stream { .. } => 1,
    }
}
