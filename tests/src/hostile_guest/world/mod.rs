//! The worlds of hostile guests, and the guests themselves: a core module written by hand that
//! calls whatever the test asks, with whatever arguments, and whose `realloc` does what it likes.
//! This module must never call anything.

mod built_in;
mod module;
pub mod p2;
pub mod p3;

use crate::paths::root;
use anyhow::{Context, Result, ensure};
use std::fs;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, FlatTypes, WasmType};
use wit_parser::{
    Function, Handle, LiftLowerAbi, ManglingAndAbi, Resolve, ResourceIntrinsic, SizeAlign, Type,
    TypeDefKind, TypeId, WasmImport, WorldId, WorldItem, WorldKey,
};

/// The most arguments that a core function has.
pub const ARGUMENTS: usize = 15;

/// The pages of the guest's memory: at the start, and at the most. No adapter's has these.
pub const PAGES: (u64, u64) = (2, 5);

/// What a guest imports.
struct Interfaces {
    imports: &'static [&'static str],
    /// Packages that are not WASI's.
    own: &'static [&'static str],
    /// Whether it is a guest of WASI 0.3, and has its built-ins.
    is_async: bool,
    /// Parts of the names of functions that are left out.
    without: &'static [&'static str],
}

/// What a core parameter stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// A handle of this resource, or an end of streams of this kind.
    Handle(String),
    /// The address of a string.
    Text,
    /// The address of a list whose elements have so many bytes.
    List(usize),
    /// The address of a list that is written, of such elements.
    Buffer(usize),
    /// The length of the string or list before.
    Length,
    /// The address of a value of so many bytes.
    Value(usize),
    /// Where so many bytes are written.
    Place(usize),
    /// A part of another value.
    Number,
    /// Where the result goes.
    Result,
}

/// A core function that the guest imports.
#[derive(Clone, Debug)]
pub struct Import {
    /// `package:name/interface#function`, without the version, or a kind of streams in place of the
    /// interface. In a guest of WASI 0.3, interfaces of 0.2 end in `@0.2`.
    pub name: String,
    module: String,
    field: String,
    pub params: Vec<Param>,
    /// Whether each parameter has 64 bits.
    pub wide: Vec<bool>,
    /// Whether the result has 64 bits, where there is one.
    result: Option<bool>,
    /// The bytes of the result, where the last parameter says where it goes.
    pub area: Option<usize>,
}

impl Import {
    /// The ranges of the memory that a call may write to.
    pub fn written(&self, arguments: &[u64]) -> Vec<std::ops::Range<usize>> {
        let address = |at: usize| {
            arguments
                .get(at)
                .map_or(0, |number| *number as u32 as usize)
        };
        let params = self.params.iter().enumerate();
        let written = params.filter_map(|(at, param)| {
            let len = match param {
                Param::Result => self.area.unwrap_or(0),
                Param::Place(len) => *len,
                Param::Buffer(size) => address(at + 1).saturating_mul(*size),
                _ => return None,
            };
            Some(address(at)..address(at) + len)
        });
        written.collect()
    }
}

/// The guest as a component, and the core functions that it imports, numbered as it numbers them.
pub struct World {
    pub component: Vec<u8>,
    pub imports: Vec<Import>,
    /// Whether it is a guest of WASI 0.3.
    pub is_async: bool,
}

impl World {
    /// The number of a function.
    pub fn number(&self, name: &str) -> usize {
        let found = self.imports.iter().position(|import| import.name == name);
        found.unwrap_or_else(|| panic!("the guest does not import `{name}`"))
    }

    /// A function.
    pub fn import(&self, name: &str) -> Result<&Import> {
        let found = self.imports.iter().find(|import| import.name == name);
        found.with_context(|| format!("the guest does not import `{name}`"))
    }

    fn new(interfaces: &Interfaces) -> Result<World> {
        let is_async = interfaces.is_async;
        let mut resolve = Resolve::default();
        resolve.features.insert("clocks-timezone".to_string());
        const OLD: &[&str] = &[
            "io",
            "clocks",
            "filesystem",
            "random",
            "sockets",
            "cli",
            "config",
            "http",
        ];
        const LATEST: &[&str] = &["clocks", "filesystem", "random", "sockets", "cli"];
        let latest = if is_async { LATEST } else { &[] };
        for (folder, packages) in [("deps", OLD), ("p3", latest)] {
            for package in packages {
                let path = root().join(format!("wit/{folder}/{package}.wit"));
                resolve.push_str(&path, &fs::read_to_string(&path)?)?;
            }
        }
        for own in interfaces.own {
            resolve.push_str("own.wit", own)?;
        }
        let package = resolve.push_str("guest.wit", &text(interfaces))?;
        let world = resolve.select_world(&[package], Some("guest"))?;
        let mut imports = all(&resolve, world, is_async)?;
        if is_async {
            imports.extend(built_in::all(&resolve, world)?);
        }
        imports.retain(|import| {
            let is_out = |part: &&str| import.name.contains(part);
            !interfaces.without.iter().any(is_out)
        });
        let mut module = wat::parse_str(module::text(&imports, is_async)?)?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
        let component = ComponentEncoder::default()
            .module(&module)?
            .validate(true)
            .encode()?;
        Ok(World {
            component,
            imports,
            is_async,
        })
    }
}

/// The package of the guest's world.
fn text(interfaces: &Interfaces) -> String {
    let imports = interfaces.imports.iter();
    let imports: String = imports.map(|name| format!("import {name};\n")).collect();
    let params: Vec<String> = (0..ARGUMENTS).map(|n| format!("a{n}: u64")).collect();
    let (marker, task) = match interfaces.is_async {
        true => ("async ", "export task: async func(at: u32) -> u64;\n"),
        false => ("", ""),
    };
    format!(
        "package test:hostile;\nworld guest {{\n{imports}{task}\
         export call: {marker}func(number: u32, {}) -> u64;\n}}",
        params.join(", ")
    )
}

/// Everything that a world imports from interfaces.
fn all(resolve: &Resolve, world: WorldId, is_async: bool) -> Result<Vec<Import>> {
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve)?;
    let mut imports = Vec::new();
    for (key, item) in &resolve.worlds[world].imports {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let interface = &resolve.interfaces[*id];
        let mut of_interface = Vec::new();
        let is_latest = resolve.name_world_key(key).contains("@0.3.");
        for function in interface.functions.values() {
            of_interface.push(call(resolve, &sizes, key, (function, false))?);
            if function.kind.is_async() {
                of_interface.push(call(resolve, &sizes, key, (function, true))?);
            }
        }
        for (_, resource) in &interface.types {
            if let TypeDefKind::Resource = resolve.types[*resource].kind {
                of_interface.push(drop(resolve, key, *resource));
            }
        }
        if is_async && !is_latest {
            of_interface.iter_mut().for_each(age);
        }
        imports.extend(of_interface);
    }
    Ok(imports)
}

/// Names what is of WASI 0.2 apart from what is of 0.3.
fn age(import: &mut Import) {
    import.name = import.name.replacen('#', "@0.2#", 1);
    for param in &mut import.params {
        if let Param::Handle(of) = param {
            *of = format!("{of}@0.2");
        }
    }
}

const ABI: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
const ASYNC_ABI: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::AsyncCallback);

/// A function, lowered with `async` or without.
fn call(
    resolve: &Resolve,
    sizes: &SizeAlign,
    interface: &WorldKey,
    (func, is_async): (&Function, bool),
) -> Result<Import> {
    let interface = Some(interface);
    let (abi, variant) = match is_async {
        true => (ASYNC_ABI, AbiVariant::GuestImportAsync),
        false => (ABI, AbiVariant::GuestImport),
    };
    let (module, field) = resolve.wasm_import_name(abi, WasmImport::Func { interface, func });
    let signature = resolve.wasm_signature(variant, func);
    let size = |ty: &Type| sizes.size(ty).size_wasm32();
    let mut params = Vec::new();
    if signature.indirect_params {
        let all = sizes.params(func.params.iter().map(|param| &param.ty));
        params.push(Param::Value(all.size.size_wasm32()));
    } else {
        for param in &func.params {
            flatten(resolve, sizes, &param.ty, &mut params);
        }
    }
    params.extend(signature.retptr.then_some(Param::Result));
    ensure!(
        params.len() == signature.params.len(),
        "`{field}`: {params:?}"
    );
    Ok(Import {
        name: name(&module, &field),
        module,
        field,
        params,
        wide: signature.params.iter().map(is_wide).collect(),
        result: signature.results.first().map(is_wide),
        area: func.result.filter(|_| signature.retptr).as_ref().map(size),
    })
}

fn drop(resolve: &Resolve, interface: &WorldKey, resource: TypeId) -> Import {
    let import = WasmImport::ResourceIntrinsic {
        interface: Some(interface),
        resource,
        intrinsic: ResourceIntrinsic::ImportedDrop,
    };
    let (module, field) = resolve.wasm_import_name(ABI, import);
    Import {
        name: name(&module, &field),
        module,
        field,
        params: vec![Param::Handle(
            resolve.types[resource].name.clone().unwrap_or_default(),
        )],
        wide: vec![false],
        result: None,
        area: None,
    }
}

/// Adds the core parameters of a value.
fn flatten(resolve: &Resolve, sizes: &SizeAlign, ty: &Type, params: &mut Vec<Param>) {
    let kind = match ty {
        Type::String => return params.extend([Param::Text, Param::Length]),
        Type::Id(id) => Some(&resolve.types[*id].kind),
        _ => None,
    };
    match kind {
        Some(TypeDefKind::Type(ty)) => flatten(resolve, sizes, ty, params),
        Some(TypeDefKind::List(ty)) => {
            let size = sizes.size(ty).size_wasm32();
            params.extend([Param::List(size), Param::Length]);
        }
        Some(TypeDefKind::Handle(Handle::Own(of) | Handle::Borrow(of))) => {
            // A resource that is used elsewhere has another type there, of the same name.
            let name = resolve.types[*of].name.clone();
            params.push(Param::Handle(name.unwrap_or_default()));
        }
        // Functions take streams of bytes alone.
        Some(TypeDefKind::Stream(_)) => params.push(Param::Handle(built_in::BYTES.into())),
        _ => {
            let mut storage = [WasmType::I32; Resolve::MAX_FLAT_PARAMS];
            let mut flat = FlatTypes::new(&mut storage);
            resolve.push_flat(ty, &mut flat);
            params.extend(flat.to_vec().iter().map(|_| Param::Number));
        }
    }
}

fn is_wide(ty: &WasmType) -> bool {
    matches!(ty, WasmType::I64 | WasmType::PointerOrI64)
}

fn name(module: &str, field: &str) -> String {
    let interface = module.split('@').next().unwrap_or(module);
    format!("{interface}#{field}")
}
