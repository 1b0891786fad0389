//! The world of a hostile guest, and the guest itself: a core module written by hand that calls
//! whatever the test asks, with whatever arguments, and whose `realloc` does what it likes.

use super::control;
use crate::paths::root;
use anyhow::{Context, Result, anyhow};
use std::fmt::Write;
use std::fs;
use std::sync::OnceLock;
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

/// The interfaces that the guest imports.
const IMPORTS: [&str; 30] = [
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:cli/environment@0.2.12",
    "wasi:cli/exit@0.2.12",
    "wasi:cli/stdin@0.2.12",
    "wasi:cli/stdout@0.2.12",
    "wasi:cli/stderr@0.2.12",
    "wasi:cli/terminal-input@0.2.12",
    "wasi:cli/terminal-output@0.2.12",
    "wasi:cli/terminal-stdin@0.2.12",
    "wasi:cli/terminal-stdout@0.2.12",
    "wasi:cli/terminal-stderr@0.2.12",
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:clocks/wall-clock@0.2.12",
    "wasi:random/random@0.2.12",
    "wasi:random/insecure@0.2.12",
    "wasi:random/insecure-seed@0.2.12",
    "wasi:filesystem/types@0.2.12",
    "wasi:filesystem/preopens@0.2.12",
    "wasi:sockets/network@0.2.12",
    "wasi:sockets/instance-network@0.2.12",
    "wasi:sockets/ip-name-lookup@0.2.12",
    "wasi:sockets/tcp@0.2.12",
    "wasi:sockets/tcp-create-socket@0.2.12",
    "wasi:sockets/udp@0.2.12",
    "wasi:sockets/udp-create-socket@0.2.12",
    "wasi:config/store@0.2.0-rc.1",
    "test:blob/store@0.1.0",
    "test:shapes/shapes@0.1.0",
];

/// Interfaces outside of WASI that carry resources of it. Their host is `tests/src/custom.rs`, and
/// `tests/src/shapes.rs` that of the files.
const STREAMS: &str = "package test:blob@0.1.0;
interface store {
  use wasi:io/streams@0.2.12.{input-stream};
  use wasi:io/poll@0.2.12.{pollable};
  open: func(name: string) -> result<input-stream, string>;
  ready: func() -> pollable;
  measure: func(body: input-stream) -> u64;
  peek: func(body: borrow<input-stream>) -> option<list<u8>>;
}";
const FILES: &str = "package test:shapes@0.1.0;
interface shapes {
  use wasi:filesystem/types@0.2.12.{descriptor};
  open: func(name: string) -> result<descriptor, string>;
  size: func(file: borrow<descriptor>) -> option<u64>;
  keep: func(file: descriptor) -> u64;
}";

/// What a core parameter stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// A handle of this resource.
    Handle(String),
    /// The address of a string.
    Text,
    /// The address of a list whose elements have so many bytes.
    List(usize),
    /// The length of the string or list before.
    Length,
    /// A part of another value.
    Number,
    /// Where the result goes.
    Result,
}

/// A core function that the guest imports.
#[derive(Clone, Debug)]
pub struct Import {
    /// `package:name/interface#function`, without the version.
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

/// The guest as a component, and the core functions that it imports, numbered as it numbers them.
pub struct World {
    pub component: Vec<u8>,
    pub imports: Vec<Import>,
}

impl World {
    /// The number of a function.
    pub fn number(&self, name: &str) -> usize {
        let found = self.imports.iter().position(|import| import.name == name);
        found.unwrap_or_else(|| panic!("the guest does not import `{name}`"))
    }
}

/// The one world.
pub fn world() -> Result<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    let made = WORLD.get_or_init(|| make().map_err(|error| format!("{error:?}")));
    made.as_ref().map_err(|error| anyhow!("{error}"))
}

fn make() -> Result<World> {
    let mut resolve = Resolve::default();
    for package in [
        "io",
        "clocks",
        "filesystem",
        "random",
        "sockets",
        "cli",
        "config",
    ] {
        let path = root().join(format!("wit/deps/{package}.wit"));
        resolve.push_str(&path, &fs::read_to_string(&path)?)?;
    }
    resolve.push_str("streams.wit", STREAMS)?;
    resolve.push_str("files.wit", FILES)?;
    let imports: String = (IMPORTS.iter())
        .map(|name| format!("import {name};\n"))
        .collect();
    let params: Vec<String> = (0..ARGUMENTS).map(|n| format!("a{n}: u64")).collect();
    let package = resolve.push_str(
        "guest.wit",
        &format!(
            "package test:hostile;\nworld guest {{\n{imports}\
             export call: func(number: u32, {}) -> u64;\n}}",
            params.join(", ")
        ),
    )?;
    let world = resolve.select_world(&[package], Some("guest"))?;
    let imports = all(&resolve, world)?;
    let mut module = wat::parse_str(module(&imports)?)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    let component = ComponentEncoder::default()
        .module(&module)?
        .validate(true)
        .encode()?;
    Ok(World { component, imports })
}

/// Everything that a world imports.
fn all(resolve: &Resolve, world: WorldId) -> Result<Vec<Import>> {
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve)?;
    let mut imports = Vec::new();
    for (key, item) in &resolve.worlds[world].imports {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let interface = &resolve.interfaces[*id];
        for function in interface.functions.values() {
            imports.push(call(resolve, &sizes, key, function)?);
        }
        for (_, resource) in &interface.types {
            if let TypeDefKind::Resource = resolve.types[*resource].kind {
                imports.push(drop(resolve, key, *resource));
            }
        }
    }
    Ok(imports)
}

const ABI: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);

fn call(
    resolve: &Resolve,
    sizes: &SizeAlign,
    interface: &WorldKey,
    func: &Function,
) -> Result<Import> {
    let interface = Some(interface);
    let (module, field) = resolve.wasm_import_name(ABI, WasmImport::Func { interface, func });
    let signature = resolve.wasm_signature(AbiVariant::GuestImport, func);
    anyhow::ensure!(
        !signature.indirect_params,
        "`{field}` has too many parameters"
    );
    let size = |ty: &Type| sizes.size(ty).size_wasm32();
    let mut params = Vec::new();
    for param in &func.params {
        flatten(resolve, sizes, &param.ty, &mut params);
    }
    params.extend(signature.retptr.then_some(Param::Result));
    anyhow::ensure!(
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

fn ty(is_wide: bool) -> &'static str {
    if is_wide { "i64" } else { "i32" }
}

/// The core module: it imports everything, and calls each by its number.
fn module(imports: &[Import]) -> Result<String> {
    let mut text = String::from("(module\n");
    for (n, import) in imports.iter().enumerate() {
        let params = import.wide.iter().map(|wide| ty(*wide));
        let params: Vec<&str> = params.collect();
        let result = import.result.map(ty).unwrap_or_default();
        writeln!(
            text,
            "(import {:?} {:?} (func $f{n} (param {}) (result {result})))",
            import.module,
            import.field,
            params.join(" "),
        )?;
    }
    let (first, most) = PAGES;
    writeln!(text, "(memory (export \"memory\") {first} {most})")?;
    let arguments = "i64 ".repeat(ARGUMENTS);
    writeln!(
        text,
        "(func $call (export \"call\") (param i32 {arguments}) (result i64)"
    )?;
    let labels: Vec<String> = (0..imports.len()).map(|n| format!("$b{n}")).collect();
    for label in labels.iter().rev() {
        write!(text, "(block {label} ")?;
    }
    writeln!(
        text,
        "(br_table {} (local.get 0)))",
        labels.join(" ").as_str()
    )?;
    for (n, import) in imports.iter().enumerate() {
        anyhow::ensure!(import.params.len() <= ARGUMENTS, "{import:?}");
        let mut call = format!("(call $f{n}");
        for (at, wide) in import.wide.iter().enumerate() {
            let argument = format!("(local.get {})", at + 1);
            match wide {
                true => write!(call, " {argument}")?,
                false => write!(call, " (i32.wrap_i64 {argument})")?,
            }
        }
        call.push(')');
        let value = match import.result {
            Some(true) => call,
            Some(false) => format!("(i64.extend_i32_u {call})"),
            None => format!("{call} (i64.const 0)"),
        };
        // The last label has no block around it that is left.
        let end = if n + 1 < imports.len() { ")" } else { "" };
        writeln!(text, "{value} return {end}")?;
    }
    writeln!(text, ")")?;
    text.push_str(&realloc());
    text.push(')');
    Ok(text)
}

/// The guest's `realloc`: what it does is said at [`control`], and what it was asked is noted
/// there.
fn realloc() -> String {
    let load = |at: usize| format!("(i32.load (i32.const {at}))");
    let store = |at: usize, value: &str| format!("(i32.store (i32.const {at}) {value})");
    let add = |at: usize, by: &str| store(at, &format!("(i32.add {} {by})", load(at)));
    let callback: String = (0..ARGUMENTS)
        .map(|n| format!("(i64.load (i32.const {})) ", control::ARGUMENTS + 8 * n))
        .collect();
    let note = |offset: usize, value: &str| {
        format!(
            "(i32.store offset={} (i32.shl (i32.and {} (i32.const {})) (i32.const 3)) {value})",
            control::LOG + offset,
            load(control::COUNT),
            control::LOG_MASK,
        )
    };
    format!(
        "(func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (local $at i32)
        {ask_old} {ask_align}
        (block $bump (block $grow (block $callback (block $trap (block $fixed
            (br_table $bump $fixed $trap $callback $grow $bump {mode}))
        (local.set $at {value}) {note_at} {note_len} {count} (return (local.get $at)))
        unreachable)
        {disarm} (drop (call $call {number} {callback})) (br $bump))
        (drop (memory.grow {value})) (br $bump))
        (local.set $at (i32.and (i32.add {heap} (i32.sub (local.get 2) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get 2))))
        {set_heap} {note_at} {note_len} {count} (local.get $at))",
        ask_old = store(control::ASKED, "(local.get 0)"),
        ask_align = store(control::ASKED + 4, "(local.get 2)"),
        mode = load(control::MODE),
        value = load(control::VALUE),
        number = load(control::NUMBER),
        disarm = store(control::MODE, "(i32.const 0)"),
        heap = load(control::HEAP),
        set_heap = store(control::HEAP, "(i32.add (local.get $at) (local.get 3))"),
        note_at = note(0, "(local.get $at)"),
        note_len = note(4, "(local.get 3)"),
        count = add(control::COUNT, "(i32.const 1)"),
    )
}

/// An interface's function as the guest knows it.
pub fn import(name: &str) -> Result<&'static Import> {
    let found = world()?.imports.iter().find(|import| import.name == name);
    found.with_context(|| format!("the guest does not import `{name}`"))
}
