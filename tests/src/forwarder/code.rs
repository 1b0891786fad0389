//! The component under test: a core module that passes on what it is given, byte by byte, and that
//! sees what a denied call does to its memory.

use super::{Answer, Subject, text};
use crate::wasi;
use anyhow::{Context, Result};
use std::fmt::Write;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};
use wit_parser::{Function, Resolve, SizeAlign, WorldId, WorldItem};

/// Bytes that everything lies in; a copy of them lies behind.
const ROOM: u32 = 1 << 18;

/// What `get` gives a handle of, by its number.
pub const VIRTUAL: [&str; 4] = ["input-stream", "output-stream", "pollable", "descriptor"];

/// A component, and what it was made of.
pub struct Made {
    pub bytes: Vec<u8>,
    pub resolve: Resolve,
    pub sizes: SizeAlign,
    world: WorldId,
}

/// Makes the component.
pub fn component(subject: &Subject) -> Result<Made> {
    let text = text::package(subject);
    let mut resolve = wasi::resolve().clone();
    let package = resolve
        .push_source("guest.wit", &text)
        .with_context(|| text.clone())?;
    let world = resolve.select_world(&[package], Some("guest"))?;
    let mut sizes = SizeAlign::default();
    sizes.fill(&resolve)?;
    let mut made = Made {
        bytes: Vec::new(),
        resolve,
        sizes,
        world,
    };
    let code = made.code(subject)?;
    let mut module = wat::parse_str(&code).with_context(|| code.clone())?;
    embed_component_metadata(
        &mut module,
        &made.resolve,
        world,
        StringEncoding::UTF8,
        false,
    )?;
    made.bytes = ComponentEncoder::default().module(&module)?.encode()?;
    Ok(made)
}

impl Made {
    /// An imported or exported function, by its interface without a version.
    pub fn function(&self, interface: &str, name: &str) -> Result<&Function> {
        let world = &self.resolve.worlds[self.world];
        let mut items = world.imports.values().chain(world.exports.values());
        let found = items.find_map(|item| match item {
            WorldItem::Interface { id, .. } => {
                let full = self.resolve.id_of(*id)?;
                let path = full.split('@').next()?;
                (path == interface).then(|| self.resolve.interfaces[*id].functions.get(name))?
            }
            _ => None,
        });
        found.with_context(|| format!("{interface}#{name}"))
    }

    fn signature(&self, function: &Function, variant: AbiVariant) -> WasmSignature {
        self.resolve.wasm_signature(variant, function)
    }

    /// Size and alignment of the result.
    fn room(&self, function: &Function) -> (usize, usize) {
        let Some(ty) = &function.result else {
            return (0, 1);
        };
        (
            self.sizes.size(ty).size_wasm32(),
            self.sizes.align(ty).align_wasm32(),
        )
    }

    fn code(&self, subject: &Subject) -> Result<String> {
        let mut imports = String::new();
        let mut code = RUNTIME.replace("$ROOM", &ROOM.to_string());
        self.sources(&mut imports, &mut code)?;
        for (n, function) in subject.passed.iter().enumerate() {
            for name in [format!("f{n}"), format!("lent{n}")] {
                self.import(&mut imports, "test:property/given", &name, &name)?;
            }
            code += &self.echo(n, function.has_option)?;
            code += &self.hand(n)?;
        }
        for (n, function) in subject.refused.iter().enumerate() {
            let name = format!("r{n}");
            self.import(&mut imports, "test:property/closed", &name, &name)?;
            code += &self.checked(&name, &function.result)?;
        }
        for (n, function) in subject.methods.iter().enumerate() {
            let name = format!("m{n}");
            let method = format!("[method]gate.{name}");
            self.import(&mut imports, "test:property/closed", &method, &name)?;
            code += &self.checked(&name, &function.result)?;
        }
        imports += "(import \"test:property/closed\" \"[resource-drop]gate\" (func $drop-gate (param i32)))\n";
        code += "(func (export \"test:property/refused#drop-gate\") (param i32) (call $drop-gate (local.get 0)))\n";
        Ok(format!("(module\n{imports}{code})"))
    }

    /// Imports a function under a name for the code.
    fn import(&self, out: &mut String, interface: &str, name: &str, label: &str) -> Result<()> {
        let function = self.function(interface, name)?;
        let signature = self.signature(function, AbiVariant::GuestImport);
        let version = match interface.starts_with("wasi:") {
            true => format!("@{}", text::WASI),
            false => String::new(),
        };
        writeln!(
            out,
            "(import \"{interface}{version}\" \"{name}\" (func ${label}{}))",
            core_type(&signature)
        )?;
        Ok(())
    }

    /// What gives virtual handles.
    fn sources(&self, imports: &mut String, code: &mut String) -> Result<()> {
        for (interface, name, label) in [
            ("wasi:cli/stdin", "get-stdin", "get-stdin"),
            ("wasi:cli/stdout", "get-stdout", "get-stdout"),
            (
                "wasi:io/streams",
                "[method]input-stream.subscribe",
                "subscribe",
            ),
            (
                "wasi:filesystem/preopens",
                "get-directories",
                "get-directories",
            ),
        ] {
            self.import(imports, interface, name, label)?;
        }
        *code += SOURCES;
        Ok(())
    }

    /// Shows the values to the host, then gives them to it.
    fn echo(&self, n: usize, has_option: bool) -> Result<String> {
        let function = self.function("test:property/given", &format!("f{n}"))?;
        let import = self.signature(function, AbiVariant::GuestImport);
        let export = self.signature(function, AbiVariant::GuestExport);
        let count = export.params.len();
        let room = match has_option {
            true => "(call $alloc (i32.const 12) (i32.const 4))",
            false => "",
        };
        let body = format!(
            "(call $lent{n} {args} {room}) {call}",
            args = locals(count),
            call = self.call(&format!("f{n}"), &import, count, self.room(function)),
        );
        Ok(self.export("taken", &format!("f{n}"), &export, &body))
    }

    /// Calls a denied function, and looks at the memory before and after.
    fn checked(&self, name: &str, result: &Answer) -> Result<String> {
        let function = self.function("test:property/refused", name)?;
        let export = self.signature(function, AbiVariant::GuestExport);
        // Handles of what is denied are numbers outside: the core types are the same.
        let import = self.signature(function, AbiVariant::GuestImport);
        let (size, align) = self.room(function);
        let count = export.params.len();
        let call = self.call(name, &import, count, (size, align));
        let size = if import.retptr { size } else { 0 };
        let check = format!("(call $compare (local.get $ret) (i32.const {size}))");
        debug_assert!(import.retptr || !matches!(result, Answer::Nothing) || size == 0);
        let body = format!("(call $snapshot) {call} {check}");
        Ok(self.export("refused", name, &export, &body))
    }

    /// A call with the parameters of the function around it; leaves the result, or where it is.
    fn call(
        &self,
        name: &str,
        import: &WasmSignature,
        count: usize,
        (size, align): (usize, usize),
    ) -> String {
        let args = locals(count);
        match import.retptr {
            true => format!(
                "(local.set $ret (call $alloc (i32.const {size}) (i32.const {align}))) \
                 (call ${name} {args} (local.get $ret)) (local.get $ret)"
            ),
            false => format!("(call ${name} {args})"),
        }
    }

    fn export(&self, interface: &str, name: &str, export: &WasmSignature, body: &str) -> String {
        let results: String = export
            .results
            .iter()
            .map(|ty| format!(" {}", core(*ty)))
            .collect();
        let after = match results.is_empty() {
            true => String::new(),
            false => format!("(param{results})"),
        };
        format!(
            "(func (export \"test:property/{interface}#{name}\"){ty} (local $ret i32) {body})\n\
             (func (export \"cabi_post_test:property/{interface}#{name}\") {after} (call $reset))\n",
            ty = core_type(export)
        )
    }

    /// Calls a function with a handle in one place, and zeros everywhere else.
    fn hand(&self, n: usize) -> Result<String> {
        let mut branches = String::new();
        for (label, lent) in [(format!("f{n}"), 0), (format!("lent{n}"), 1)] {
            let function = self.function("test:property/given", &label)?;
            let signature = self.signature(function, AbiVariant::GuestImport);
            let params = match signature.retptr {
                true => &signature.params[..signature.params.len() - 1],
                false => &signature.params[..],
            };
            let mut args = String::new();
            for (at, ty) in params.iter().enumerate() {
                let _ = match core(*ty) {
                    "i32" if signature.indirect_params => write!(args, "(local.get $ptr) "),
                    "i32" => write!(
                        args,
                        "(select (local.get 0) (i32.const 0) (i32.eq (local.get 1) (i32.const {at}))) "
                    ),
                    ty => write!(args, "({ty}.const 0) "),
                };
            }
            if signature.retptr {
                args += "(local.get $ret)";
            }
            let answer = match signature.retptr || signature.results.is_empty() {
                true => "",
                false => "(drop)",
            };
            write!(
                branches,
                "(if (i32.eq (local.get 2) (i32.const {lent})) (then (call ${label} {args}) {answer}))"
            )?;
        }
        Ok(format!(
            "(func (export \"test:property/taken#hand{n}\") (param i32 i32 i32) (result i32) \
             (local $ret i32) (local $ptr i32) \
             (local.set $ptr (call $alloc (i32.const 4096) (i32.const 8))) \
             (local.set $ret (call $alloc (i32.const 4096) (i32.const 8))) \
             (i32.store (i32.add (local.get $ptr) (local.get 1)) (local.get 0)) \
             (i32.store8 (local.get $ret) (i32.const 255)) \
             {branches} (i32.load8_u (local.get $ret)))\n"
        ))
    }
}

fn locals(count: usize) -> String {
    (0..count).map(|n| format!("(local.get {n}) ")).collect()
}

fn core_type(signature: &WasmSignature) -> String {
    let mut text = String::new();
    for (what, types) in [("param", &signature.params), ("result", &signature.results)] {
        if !types.is_empty() {
            let types: String = types.iter().map(|ty| format!(" {}", core(*ty))).collect();
            let _ = write!(text, " ({what}{types})");
        }
    }
    text
}

fn core(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
    }
}

/// Memory that only grows until the result is out, and the check of what a call changes in it.
const RUNTIME: &str = r#"
(memory (export "memory") 8)
(global $next (mut i32) (i32.const 1024))
(func $alloc (param $size i32) (param $align i32) (result i32) (local $at i32)
  (local.set $at (i32.and
    (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
    (i32.sub (i32.const 0) (local.get $align))))
  (global.set $next (i32.add (local.get $at) (local.get $size)))
  (if (i32.gt_u (global.get $next) (i32.const $ROOM)) (then (unreachable)))
  (memory.fill (local.get $at) (i32.const 0) (local.get $size))
  (local.get $at))
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
  (call $alloc (local.get 3) (local.get 2)))
(func $reset (global.set $next (i32.const 1024)))
(func $snapshot (memory.copy (i32.const $ROOM) (i32.const 0) (i32.const $ROOM)))
(func $compare (param $ret i32) (param $size i32) (local $at i32) (local $end i32)
  (local.set $end (i32.add (local.get $ret) (local.get $size)))
  (loop $again
    (if (i64.ne
          (i64.load (local.get $at))
          (i64.load (i32.add (local.get $at) (i32.const $ROOM))))
      (then (call $word (local.get $at) (local.get $ret) (local.get $end))))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (br_if $again (i32.lt_u (local.get $at) (i32.const $ROOM)))))
(func $word (param $at i32) (param $ret i32) (param $end i32) (local $last i32)
  (local.set $last (i32.add (local.get $at) (i32.const 8)))
  (loop $again
    (if (i32.and
          (i32.or
            (i32.lt_u (local.get $at) (local.get $ret))
            (i32.ge_u (local.get $at) (local.get $end)))
          (i32.ne
            (i32.load8_u (local.get $at))
            (i32.load8_u (i32.add (local.get $at) (i32.const $ROOM)))))
      (then (call $memory-was-touched)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $at) (local.get $last)))))
(func $memory-was-touched (unreachable))
"#;

/// Handles of the resources in [`VIRTUAL`].
const SOURCES: &str = r#"
(func (export "test:property/taken#get") (param i32) (result i32) (local $ret i32)
  (if (i32.eq (local.get 0) (i32.const 0)) (then (return (call $get-stdin))))
  (if (i32.eq (local.get 0) (i32.const 1)) (then (return (call $get-stdout))))
  (if (i32.eq (local.get 0) (i32.const 2)) (then (return (call $subscribe (call $get-stdin)))))
  (local.set $ret (call $alloc (i32.const 8) (i32.const 4)))
  (call $get-directories (local.get $ret))
  (i32.load (i32.load (local.get $ret))))
"#;
