//! The canonical built-ins of WASI 0.3 that a hostile guest imports: those of streams and futures
//! of every kind, of sets of waitables, subtasks, contexts and tasks. This module must never know
//! what the adapter answers.

use super::{ABI, ASYNC_ABI, Import, Param};
use anyhow::{Context, Result};
use wit_parser::{
    Function, FutureIntrinsic, Resolve, SizeAlign, StreamIntrinsic, TypeDefKind, TypeId,
    WasmImport, WorldId, WorldItem, WorldKey,
};

/// Streams of bytes, by their readable ends.
pub const BYTES: &str = "bytes";
/// Streams of directory entries.
pub const ENTRIES: &str = "entries";
/// Streams of nothing.
pub const EMPTY: &str = "empty";
/// Futures of what became of an operation on files.
pub const FILES: &str = "files";
/// Futures of what became of a standard stream.
pub const STDIO: &str = "stdio";
/// Futures of the trailers of a request.
pub const TRAILERS: &str = "trailers";
/// Futures of nothing.
pub const UNIT: &str = "unit";

/// What ends an operation that is pending, by whether it is `async`. The host refuses what is not
/// for an end in a set.
const CANCELS: [(bool, &str, &str); 2] = [
    (false, "cancel-read", "cancel-write"),
    (true, "cancel-read, async", "cancel-write, async"),
];

/// A kind of streams or futures, as the world names it: by a function that mentions it.
struct Kind<'r> {
    name: &'static str,
    is_stream: bool,
    mention: Mention<'r>,
    /// Another one, for built-ins that block: `wit-component` gives both the same one otherwise.
    blocking: Option<Mention<'r>>,
    /// The bytes of an element.
    size: usize,
}

/// A function that mentions a type.
#[derive(Clone, Copy)]
struct Mention<'r> {
    interface: &'r WorldKey,
    func: &'r Function,
    /// None where nothing is carried.
    ty: Option<TypeId>,
}

/// All built-ins.
pub(super) fn all(resolve: &Resolve, world: WorldId) -> Result<Vec<Import>> {
    let mut imports = waiting();
    for kind in kinds(resolve, world)? {
        match kind.is_stream {
            true => streams(resolve, &kind, &mut imports),
            false => futures(resolve, &kind, &mut imports),
        }
    }
    Ok(imports)
}

fn kinds(resolve: &Resolve, world: WorldId) -> Result<Vec<Kind<'_>>> {
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve)?;
    let find = |interface: &str, function: &str| {
        let mut imports = resolve.worlds[world].imports.iter();
        let found = imports.find_map(|(key, item)| match item {
            WorldItem::Interface { id, .. } if resolve.name_world_key(key) == interface => {
                Some((key, resolve.interfaces[*id].functions.get(function)?))
            }
            _ => None,
        });
        found.with_context(|| format!("`{interface}` has no `{function}`"))
    };
    let files = "wasi:filesystem/types@0.3.2";
    let read = find(files, "[method]descriptor.read-via-stream")?;
    let list = find(files, "[method]descriptor.read-directory")?;
    let append = find(files, "[method]descriptor.append-via-stream")?;
    let input = find("wasi:cli/stdin@0.3.2", "read-via-stream")?;
    let output = find("wasi:cli/stdout@0.3.2", "write-via-stream")?;
    let mut known = vec![
        (BYTES, (read, Some(0)), Some((input, Some(0)))),
        (ENTRIES, (list, Some(0)), None),
        (EMPTY, (read, None), Some((list, None))),
        (FILES, (read, Some(1)), Some((append, Some(1)))),
        (STDIO, (input, Some(1)), Some((output, Some(1)))),
        (UNIT, (read, None), Some((list, None))),
    ];
    if let Ok(request) = find("wasi:http/types@0.3.2", "[static]request.new") {
        known.push((TRAILERS, (request, Some(1)), None));
    }
    let kinds = known.into_iter().map(|(name, first, second)| {
        let first = mention(resolve, first);
        let element = first.ty.and_then(|ty| match &resolve.types[ty].kind {
            TypeDefKind::Stream(element) | TypeDefKind::Future(element) => *element,
            _ => None,
        });
        Kind {
            name,
            is_stream: [BYTES, ENTRIES, EMPTY].contains(&name),
            mention: first,
            blocking: second.map(|second| mention(resolve, second)),
            size: element.map_or(0, |element| sizes.size(&element).size_wasm32()),
        }
    });
    Ok(kinds.collect())
}

/// A function, and which of the types in it that are streams or futures.
type Which<'r> = ((&'r WorldKey, &'r Function), Option<usize>);

fn mention<'r>(resolve: &Resolve, ((interface, func), which): Which<'r>) -> Mention<'r> {
    Mention {
        interface,
        func,
        ty: which.map(|which| func.find_futures_and_streams(resolve)[which]),
    }
}

fn named(name: &str, (module, field): (String, String), params: Vec<Param>) -> Import {
    Import {
        name: name.to_string(),
        module,
        field,
        wide: vec![false; params.len()],
        params,
        result: Some(false),
        area: None,
    }
}

/// The handle of a readable end, and of a writable one.
fn ends(kind: &Kind<'_>) -> (Param, Param) {
    let writable = format!("{}, writable", kind.name);
    (
        Param::Handle(kind.name.to_string()),
        Param::Handle(writable),
    )
}

fn streams(resolve: &Resolve, kind: &Kind<'_>, imports: &mut Vec<Import>) {
    use StreamIntrinsic as S;
    let (readable, writable) = ends(kind);
    let name = kind.name;
    let mut add = |intrinsic: S, is_async: bool, short: &str, params: Vec<Param>| {
        let is_blocking = short.ends_with(", blocking");
        let mention = if is_blocking {
            kind.blocking
        } else {
            Some(kind.mention)
        };
        let Some(mention) = mention else { return };
        let import = WasmImport::StreamIntrinsic {
            interface: Some(mention.interface),
            func: mention.func,
            ty: mention.ty,
            intrinsic,
            exported: false,
            async_: is_async,
        };
        let abi = if is_async { ASYNC_ABI } else { ABI };
        let import = resolve.wasm_import_name(abi, import);
        imports.push(named(&format!("{name}#{short}"), import, params));
    };
    let read = [readable.clone(), Param::Buffer(kind.size), Param::Length];
    let write = [writable.clone(), Param::List(kind.size), Param::Length];
    add(S::New, false, "new", vec![]);
    add(S::Read, true, "read", read.to_vec());
    add(S::Read, false, "read, blocking", read.into());
    add(S::Write, true, "write", write.to_vec());
    add(S::Write, false, "write, blocking", write.into());
    for (is_async, read, write) in CANCELS {
        add(S::CancelRead, is_async, read, vec![readable.clone()]);
        add(S::CancelWrite, is_async, write, vec![writable.clone()]);
    }
    add(S::DropReadable, false, "drop-readable", vec![readable]);
    add(S::DropWritable, false, "drop-writable", vec![writable]);
    imports.iter_mut().for_each(without_result);
}

fn futures(resolve: &Resolve, kind: &Kind<'_>, imports: &mut Vec<Import>) {
    use FutureIntrinsic as F;
    let (readable, writable) = ends(kind);
    let name = kind.name;
    let mut add = |intrinsic: F, is_async: bool, short: &str, params: Vec<Param>| {
        let is_blocking = short.ends_with(", blocking");
        let mention = if is_blocking {
            kind.blocking
        } else {
            Some(kind.mention)
        };
        let Some(mention) = mention else { return };
        let import = WasmImport::FutureIntrinsic {
            interface: Some(mention.interface),
            func: mention.func,
            ty: mention.ty,
            intrinsic,
            exported: false,
            async_: is_async,
        };
        let abi = if is_async { ASYNC_ABI } else { ABI };
        let import = resolve.wasm_import_name(abi, import);
        imports.push(named(&format!("{name}#{short}"), import, params));
    };
    let read = [readable.clone(), Param::Place(kind.size)];
    let write = [writable.clone(), Param::Value(kind.size)];
    add(F::New, false, "new", vec![]);
    add(F::Read, true, "read", read.to_vec());
    add(F::Write, true, "write", write.to_vec());
    add(F::Write, false, "write, blocking", write.into());
    // Where the adapter answers, the engine refuses a `future.read` that blocks.
    if kind.mention.ty.is_none() {
        add(F::Read, false, "read, blocking", read.into());
    }
    for (is_async, read, write) in CANCELS {
        add(F::CancelRead, is_async, read, vec![readable.clone()]);
        add(F::CancelWrite, is_async, write, vec![writable.clone()]);
    }
    add(F::DropReadable, false, "drop-readable", vec![readable]);
    add(F::DropWritable, false, "drop-writable", vec![writable]);
    imports.iter_mut().for_each(without_result);
}

/// Corrects the results of what gives two ends, or nothing.
fn without_result(import: &mut Import) {
    let (_, function) = import.name.split_once('#').unwrap_or_default();
    match function {
        "new" => import.result = Some(true),
        "drop-readable" | "drop-writable" => import.result = None,
        _ => {}
    }
}

/// The rest of the built-ins, named as the specification names them.
fn waiting() -> Vec<Import> {
    let set = || Param::Handle("set".into());
    let waitable = || Param::Handle("waitable".into());
    let subtask = || Param::Handle("subtask".into());
    let root = |name: &str, field: &str, params: Vec<Param>, result: Option<bool>| {
        let place = ("$root".to_string(), format!("[{field}]"));
        Import {
            result,
            ..named(&format!("canon#{name}"), place, params)
        }
    };
    let some = Some(false);
    let mut all = vec![
        root("waitable-set.new", "waitable-set-new", vec![], some),
        root("waitable-set.drop", "waitable-set-drop", vec![set()], None),
        root(
            "waitable.join",
            "waitable-join",
            vec![waitable(), set()],
            None,
        ),
        root("subtask.drop", "subtask-drop", vec![subtask()], None),
        root("subtask.cancel", "subtask-cancel", vec![subtask()], some),
        root("backpressure.inc", "backpressure-inc", vec![], None),
        root("backpressure.dec", "backpressure-dec", vec![], None),
        root("thread.yield", "thread-yield", vec![], some),
    ];
    for name in ["wait", "poll"] {
        let params = vec![set(), Param::Place(8)];
        let field = format!("waitable-set-{name}");
        all.push(root(&format!("waitable-set.{name}"), &field, params, some));
    }
    all.push(root("context.get", "context-get-0", vec![], some));
    all.push(root(
        "context.set",
        "context-set-0",
        vec![Param::Number],
        None,
    ));
    let task = "[export]$root".to_string();
    all.push(Import {
        module: task.clone(),
        field: "[task-return]task".to_string(),
        wide: vec![true],
        ..root("task.return", "", vec![Param::Number], None)
    });
    all.push(Import {
        module: task,
        ..root("task.cancel", "task-cancel", vec![], None)
    });
    all
}
