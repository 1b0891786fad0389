//! Components to test with, and what the validator says of them.

use crate::error::Result;
use crate::plan::written::parts;
use crate::plan::{Files, Plan};
use crate::policy::Policy;
use crate::read::inspect::Component;
use crate::wasi;
use crate::wasi::Wasi;
use crate::wasm::component::Encoded;
use std::collections::BTreeMap;
use wasm_encoder::InstanceType;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId,
    ComponentInstanceTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::{Types, TypesRef};
use wasmparser::{
    ComponentType, InstanceTypeDeclaration, Parser, Payload, Validator, WasmFeatures,
};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId};

/// Validates a component, all features on.
pub(crate) fn validate(bytes: &[u8]) -> Types {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    match validator.validate_all(bytes) {
        Ok(types) => types,
        Err(error) => panic!("{error}\n{bytes:?}"),
    }
}

pub(crate) fn wat(text: &str) -> (Vec<u8>, Types) {
    let bytes = wat::parse_str(text).unwrap();
    let types = validate(&bytes);
    (bytes, types)
}

/// A component of wit-component's that imports all functions of WASI at `version`, no more.
pub(crate) fn everything(version: &str) -> Vec<u8> {
    let version = wasi::release::parse(version).unwrap();
    let (resolve, world) = wasi::everything(&version).unwrap();
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = dummy_module(&resolve, world, abi);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap().encode().unwrap()
}

/// A component of wit-component's that imports the files of WASI 0.3 and calls all functions in
/// this way.
pub(crate) fn files_0_3(abi: LiftLowerAbi) -> Vec<u8> {
    let resolve = wasi::newer().unwrap();
    let mut worlds = resolve.worlds.iter();
    let (world, _) = worlds
        .find(|(_, world)| {
            let package = &resolve.packages[world.package.unwrap()];
            package.name.name == "filesystem"
        })
        .unwrap();
    calling_all(&resolve, world, abi)
}

fn calling_all(resolve: &Resolve, world: WorldId, abi: LiftLowerAbi) -> Vec<u8> {
    let mut module = dummy_module(resolve, world, ManglingAndAbi::Legacy(abi));
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap().encode().unwrap()
}

/// The same of a component that has these exports as well.
pub(crate) fn with_files_0_3(exports: &str, abi: LiftLowerAbi) -> Vec<u8> {
    let mut resolve = wasi::newer().unwrap();
    let text = format!(
        "package test:app; world app {{ include wasi:filesystem/imports@0.3.2; {exports} }}"
    );
    let package = resolve.push_source("app.wit", &text).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    calling_all(&resolve, world, abi)
}

/// Plans for a component, and hands on what came of it.
pub(crate) fn planned<T>(
    bytes: &[u8],
    policy: &Policy,
    files: Files,
    then: impl FnOnce(&Component, Result<Plan<'_>>) -> T,
) -> T {
    let component = Component::read(bytes).unwrap();
    let wasi = Wasi::default();
    let plan = Plan::new(&component, policy, files, &wasi, Vec::new());
    then(&component, plan)
}

/// What is wrong with a component of this text under a policy.
pub(crate) fn refused(text: &str, policy: &Policy, files: Files) -> String {
    let bytes = ::wat::parse_str(text).unwrap();
    planned(&bytes, policy, files, |_, plan| {
        plan.err().expect("nothing is refused").to_string()
    })
}

/// A relinked component that was verified.
pub(crate) struct Relinked {
    pub written: Encoded,
    /// The names of its imports.
    pub imports: Vec<String>,
}

/// Relinks a component and verifies the result.
pub(crate) fn verified(component: &Component, plan: &Plan<'_>, policy: &Policy) -> Relinked {
    let (written, imports) =
        crate::virtualize::relinked(component, plan, &|_| Vec::new(), policy).unwrap();
    Relinked { written, imports }
}

/// What becomes of a component of this text, verified.
pub(crate) fn relinked(text: &str, policy: &Policy) -> Relinked {
    let bytes = ::wat::parse_str(text).unwrap();
    planned(&bytes, policy, Files::default(), |component, plan| {
        verified(component, &plan.unwrap(), policy)
    })
}

/// WASI as WIT, newest release.
pub(crate) fn wasi() -> Resolve {
    let newest = wasi::release::parse(wasi::release::DEFAULT_WASI_VERSION).unwrap();
    wasi::everything(&newest).unwrap().0
}

/// WIT as component types.
pub(crate) fn encoded(resolve: &Resolve, world: &str) -> Types {
    let (_, world) = resolve
        .worlds
        .iter()
        .find(|(_, it)| it.name == world)
        .unwrap();
    validate(&wit_component::encode(resolve, world.package.unwrap(), false).unwrap())
}

/// The instances that a world of [`encoded`] imports.
pub(crate) fn imports(types: TypesRef<'_>, world: &str) -> Vec<(String, ComponentInstanceTypeId)> {
    let Some(ComponentEntityType::Type {
        referenced: ComponentAnyTypeId::Component(id),
        ..
    }) = types.component_item_for_export(world).map(|item| item.ty)
    else {
        panic!("no world");
    };
    let mut exports = types[id].exports.values();
    let Some(ComponentEntityType::Component(id)) = exports.next().map(|item| item.ty) else {
        panic!("no component in the world");
    };
    let imports = types[id].imports.iter();
    imports
        .filter_map(|(name, item)| match item.ty {
            ComponentEntityType::Instance(id) => Some((name.clone(), id)),
            _ => None,
        })
        .collect()
}

/// The functions that an instance type exports.
pub(crate) fn functions(
    types: TypesRef<'_>,
    id: ComponentInstanceTypeId,
) -> Vec<(String, ComponentFuncTypeId)> {
    let exports = types[id].exports.iter();
    exports
        .filter_map(|(name, item)| match item.ty {
            ComponentEntityType::Func(id) => Some((name.clone(), id)),
            _ => None,
        })
        .collect()
}

/// The declarations of the last instance type at the root of a component.
pub(crate) fn last_instance_type(bytes: &[u8]) -> Vec<InstanceTypeDeclaration<'_>> {
    let mut found = None;
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ComponentTypeSection(section) = payload.unwrap() {
            for ty in section {
                if let ComponentType::Instance(declarations) = ty.unwrap() {
                    found = Some(declarations.into_vec());
                }
            }
        }
    }
    found.unwrap()
}

/// A component with some WAT at its root and an import `x` of this type.
pub(crate) fn importing(root: &[u8], ty: &InstanceType) -> Vec<u8> {
    // The sections of `root` as they are, and two more.
    let mut bytes = root.to_vec();
    let index = validate(root).as_ref().component_type_count();
    let mut types = wasm_encoder::ComponentTypeSection::new();
    types.instance(ty);
    let mut imports = wasm_encoder::ComponentImportSection::new();
    imports.import("x", wasm_encoder::ComponentTypeRef::Instance(index));
    for section in [
        &types as &dyn wasm_encoder::ComponentSection,
        &imports as &dyn wasm_encoder::ComponentSection,
    ] {
        section.append_to_component(&mut bytes);
    }
    bytes
}

/// Names of resources.
pub(crate) type Resources = BTreeMap<ResourceId, String>;

/// Names the resources of an instance that have no name yet.
pub(crate) fn name_resources(
    types: TypesRef<'_>,
    id: ComponentInstanceTypeId,
    resources: &mut Resources,
) {
    for (name, item) in &types[id].exports {
        if let ComponentEntityType::Type {
            created: ComponentAnyTypeId::Resource(id),
            ..
        } = item.ty
        {
            resources
                .entry(id.resource())
                .or_insert_with(|| name.clone());
        }
    }
}

/// A function's type in text.
pub(crate) fn describe_function(
    types: TypesRef<'_>,
    resources: &Resources,
    id: ComponentFuncTypeId,
) -> String {
    let function = &types[id];
    let describe = |ty| describe(types, resources, ty);
    let params = function.params.iter();
    let params: Vec<_> = params.map(|(name, ty)| (name, describe(*ty))).collect();
    format!(
        "{} {params:?} {:?}",
        function.async_,
        function.result.map(describe)
    )
}

/// A type in text, without identities but those of resources.
pub(crate) fn describe(types: TypesRef<'_>, resources: &Resources, ty: ComponentValType) -> String {
    let ComponentValType::Type(id) = ty else {
        return format!("{ty:?}");
    };
    let parts: Vec<_> = parts(&types[id])
        .into_iter()
        .map(|ty| describe(types, resources, ty))
        .collect();
    use ComponentDefinedType as Type;
    let head = match &types[id] {
        Type::Record(record) => format!("{:?}", record.fields.keys().collect::<Vec<_>>()),
        Type::Variant(variant) => {
            let cases = variant.cases.iter();
            let cases = cases.map(|(name, case)| (name, case.ty.is_some()));
            format!("{:?}", cases.collect::<Vec<_>>())
        }
        Type::Enum(names) | Type::Flags(names) => format!("{names:?}"),
        Type::FixedLengthList { length, .. } => length.to_string(),
        Type::Result { ok, err, .. } => format!("{} {}", ok.is_some(), err.is_some()),
        Type::Primitive(ty) => format!("{ty:?}"),
        Type::Own(id) | Type::Borrow(id) => {
            resources.get(&id.resource()).cloned().unwrap_or_default()
        }
        _ => String::new(),
    };
    let kind = format!("{:?}", std::mem::discriminant(&types[id]));
    format!("{kind} {head} {parts:?}")
}
