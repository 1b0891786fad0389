//! The Ruby program that tests virtualize: npm's `ruby.wasm`, which its JavaScript host drives by
//! exports, made a plain command of WASI 0.1 that runs /app/main.rb; and Ruby's standard library as
//! a folder, which that module lacks. Nothing outside target/ and tests/ruby/node_modules is
//! touched.

use crate::guests;
use crate::npm;
use crate::run::{root, run, target};
use anyhow::{Context, Result, ensure};
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use walrus::ir::{LoadKind, MemArg, StoreKind};
use walrus::{
    DataKind, ExportItem, FunctionBuilder, FunctionId, ImportKind, InstrSeqBuilder, LocalId,
    MemoryId, Module, ValType,
};

const PREVIEW1: &str = "wasi_snapshot_preview1";

/// The arguments that npm's host starts Ruby with, but for gems, which no test needs.
const ARGS: [&str; 4] = ["ruby.wasm", "--disable=gems", "-EUTF-8", "-e_=0"];

/// What Ruby evaluates then.
const START: &str = include_str!("../../tests/ruby/start.rb");

const COPY: &str = include_str!("../../tests/ruby/copy_library.rb");

/// Builds `target/fixtures/ruby.wasm` and the folder `ruby-library` unless what they are made from
/// is unchanged.
pub fn run_stage() -> Result<()> {
    let package = root().join("tests/ruby");
    let mark = guests::folder().join("ruby.made-from");
    let lock = fs::read_to_string(package.join("package-lock.json"))?;
    let made_from = format!("{lock}{START}{COPY}{}", include_str!("ruby.rs"));
    if fs::read_to_string(&mark).is_ok_and(|text| text == made_from) {
        return Ok(());
    }
    npm::install(&package)
        .context("Ruby cannot be had from npm: or leave it out with `--without=ruby`")?;
    let dist = package.join("node_modules/@ruby/3.4-wasm-wasi/dist");
    let ruby = guests::folder().join("ruby.wasm");
    fs::write(&ruby, command(&dist.join("ruby.wasm"))?)?;
    library(&dist)?;
    fs::write(mark, made_from)?;
    Ok(())
}

/// Lets the module that has the library copy it out.
fn library(dist: &Path) -> Result<()> {
    let folder = guests::folder();
    let work = folder.join("ruby-library.part");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let whole = folder.join("ruby-library");
    if whole.exists() {
        fs::remove_dir_all(&whole)?;
    }
    fs::create_dir_all(work.join("app"))?;
    fs::create_dir_all(work.join("out"))?;
    fs::write(work.join("app/main.rb"), COPY)?;
    let module = work.join("ruby.wasm");
    fs::write(&module, command(&dist.join("ruby+stdlib.wasm"))?)?;
    let wasmtime = target().join(format!("debug/wasmtime{EXE_SUFFIX}"));
    run(Command::new(wasmtime)
        .args(["run", "-C", "compiler=winch", "-C", "cache=n"])
        .args([
            "--dir",
            &mapped(&work, "app"),
            "--dir",
            &mapped(&work, "out"),
        ])
        .arg(&module))
    .context("copying Ruby's standard library")?;
    let files = count(&work.join("out"))?;
    ensure!(
        files > 500,
        "Ruby's standard library has {files} files only"
    );
    fs::rename(work.join("out"), whole)?;
    fs::remove_dir_all(work)?;
    Ok(())
}

fn mapped(work: &Path, name: &str) -> String {
    format!("{}::/{name}", work.join(name).display())
}

/// The files below a folder.
fn count(folder: &PathBuf) -> Result<usize> {
    let mut files = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files += match entry.file_type()?.is_dir() {
            true => count(&entry.path())?,
            false => 1,
        };
    }
    Ok(files)
}

/// The module as a command: without the functions of its JavaScript host, with a `_start` that does
/// what that host does.
fn command(path: &Path) -> Result<Vec<u8>> {
    let mut module = Module::from_file(path).with_context(|| path.display().to_string())?;
    without_host(&mut module)?;
    let start = Start::find(&module)?.build(&mut module);
    let exports: Vec<_> = module.exports.iter().map(|export| export.id()).collect();
    for export in exports {
        if module.exports.get(export).name != "memory" {
            module.exports.delete(export);
        }
    }
    module.exports.add("_start", start);
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// Puts traps in the place of what the JavaScript host provides. A Ruby object is its own handle.
fn without_host(module: &mut Module) -> Result<()> {
    let imports: Vec<(String, FunctionId)> = module
        .imports
        .iter()
        .filter(|import| import.module != PREVIEW1)
        .filter_map(|import| match import.kind {
            ImportKind::Function(function) => Some((import.name.clone(), function)),
            _ => None,
        })
        .collect();
    for (name, function) in imports {
        module.replace_imported_func(function, |(body, args)| match name.as_str() {
            "resource_new_rb-abi-value" | "resource_get_rb-abi-value" => {
                body.local_get(args[0]);
            }
            _ => {
                body.unreachable();
            }
        })?;
    }
    Ok(())
}

/// What `_start` calls.
struct Start {
    memory: MemoryId,
    initialize: FunctionId,
    realloc: FunctionId,
    ruby_init: FunctionId,
    evaluate: FunctionId,
    exit: FunctionId,
}

impl Start {
    fn find(module: &Module) -> Result<Start> {
        let function = |start: &str| {
            let found = module.exports.iter().find_map(|export| match export.item {
                ExportItem::Function(id) if export.name.starts_with(start) => Some(id),
                _ => None,
            });
            found.with_context(|| format!("ruby.wasm has no export `{start}`"))
        };
        Ok(Start {
            memory: module.get_memory_id()?,
            initialize: function("_initialize")?,
            realloc: function("cabi_realloc")?,
            ruby_init: function("ruby-init: ")?,
            evaluate: function("rb-eval-string-protect: ")?,
            exit: module
                .imports
                .get_func(PREVIEW1, "proc_exit")
                .context("ruby.wasm has no exit")?,
        })
    }

    /// Starts Ruby with its arguments, evaluates the program, and exits with 1 if it raised.
    fn build(self, module: &mut Module) -> FunctionId {
        let list = module.locals.add(ValType::I32);
        let text = module.locals.add(ValType::I32);
        let mut start = FunctionBuilder::new(&mut module.types, &[], &[]);
        start.name("start_ruby".into());
        let mut body = start.func_body();
        body.call(self.initialize);
        self.allocate(&mut body, 8 * ARGS.len(), 4, list);
        for (offset, arg) in (0..).step_by(8).zip(ARGS) {
            let len = self.text(module, &mut body, arg, text);
            for (at, value) in [(offset, None), (offset + 4, Some(len))] {
                body.local_get(list);
                match value {
                    None => body.local_get(text),
                    Some(len) => body.i32_const(len),
                };
                body.store(self.memory, StoreKind::I32 { atomic: false }, word(at));
            }
        }
        body.local_get(list)
            .i32_const(size(ARGS.len()))
            .call(self.ruby_init);
        let len = self.text(module, &mut body, START, text);
        // It answers with the address of a handle and of a status, which is not 0 if something was
        // raised.
        body.local_get(text)
            .i32_const(len)
            .call(self.evaluate)
            .load(self.memory, LoadKind::I32 { atomic: false }, word(4))
            .if_else(
                None,
                |raised| {
                    raised.i32_const(1).call(self.exit);
                },
                |_| {},
            );
        start.finish(vec![], &mut module.funcs)
    }

    /// Has Ruby allocate, and keeps the address.
    fn allocate(&self, body: &mut InstrSeqBuilder<'_>, len: usize, align: usize, kept: LocalId) {
        body.i32_const(0)
            .i32_const(0)
            .i32_const(size(align))
            .i32_const(size(len))
            .call(self.realloc)
            .local_set(kept);
    }

    /// Puts a text that ends with NUL, as Ruby wants it, into Ruby's memory; gives its length.
    fn text(
        &self,
        module: &mut Module,
        body: &mut InstrSeqBuilder<'_>,
        text: &str,
        kept: LocalId,
    ) -> i32 {
        let bytes = [text.as_bytes(), &[0]].concat();
        let len = bytes.len();
        let data = module.data.add(DataKind::Passive, bytes);
        self.allocate(body, len, 1, kept);
        body.local_get(kept)
            .i32_const(0)
            .i32_const(size(len))
            .memory_init(self.memory, data);
        size(len)
    }
}

fn size(len: usize) -> i32 {
    i32::try_from(len).expect("a short text")
}

fn word(offset: u64) -> MemArg {
    MemArg { align: 4, offset }
}
