//! The adapter's core module for one artifact: the prebuilt module with the configuration past its
//! memory, without what the plan does not need, and with calls into the component's memories by
//! way of its table. This module must never know the component.

use crate::error::{Error, ProblemKind, Result, Stage};
use crate::policy::Policy;
use crate::specialize::limits::limit_memory;
use crate::wasm::module::{Emitted, Item, Module, Op, Signature};
use std::collections::BTreeSet;
use wasi_virt_layout::abi;
use wasm_encoder::ValType;
use wasmparser::{BinaryReaderError, ExternalKind, Parser, Payload};

/// The functions that an adapter calls for one memory, in the order of its table: name, parameters
/// after the context, results.
pub(crate) const SLOTS: [(&str, &[ValType], &[ValType]); 9] = {
    const I: ValType = ValType::I32;
    const L: ValType = ValType::I64;
    [
        (abi::app::SIZE, &[], &[I]),
        (abi::app::LOAD_8, &[I], &[I]),
        (abi::app::LOAD, &[I, I], &[]),
        (abi::app::STORE_8, &[I, I], &[]),
        (abi::app::STORE_32, &[I, I], &[]),
        (abi::app::STORE_64, &[I, L], &[]),
        (abi::app::STORE, &[I, L, L, L, L, L, L, L, L], &[]),
        (abi::app::REALLOC, &[I, I, I, I], &[I]),
        (abi::app::PAYLOAD, &[I, I, I], &[]),
    ]
};

/// What one adapter has to have.
pub(crate) struct Needs<'n> {
    pub prebuilt: &'n [u8],
    pub configuration: &'n [u8],
    pub layer: u32,
    /// The exports that are called.
    pub exports: &'n BTreeSet<String>,
    /// How many contexts there are: a memory of the component, with or without a realloc, each.
    pub contexts: u32,
}

/// Makes the module. `reaches` says which host functions the adapter may call.
///
/// # Errors
///
/// [`Error::Invalid`] for more files than a memory can index; [`Error::Internal`] for a prebuilt
/// module that is not as expected.
pub(crate) fn specialize(
    needs: &Needs<'_>,
    policy: &Policy,
    reaches: impl Fn(&str) -> bool,
) -> Result<Emitted> {
    let mut module = Module::read(needs.prebuilt)?;
    place_configuration(&mut module, needs.configuration, needs.layer)?;
    limit_memory(&mut module, policy.adapter_memory)?;
    let always = [abi::SINK, abi::REALLOC];
    module
        .exports
        .retain(|name, _| always.contains(&name.as_str()) || needs.exports.contains(name));
    let imports: Vec<_> = module
        .imports()
        .map(|(id, from, name)| (id, from.to_string(), name.to_string()))
        .collect();
    for (id, from, name) in imports {
        match from.as_str() {
            abi::app::MODULE => {
                let slot = SLOTS.iter().position(|(known, ..)| *known == name);
                let slot = slot.ok_or_else(|| unexpected(&from, &name))?;
                let (_, params, results) = SLOTS[slot];
                let signature = module.signature(Signature {
                    params: params.to_vec(),
                    results: results.to_vec(),
                });
                module.replace(id, |args| {
                    let values = args.iter().skip(1).map(|arg| Op::Get(*arg));
                    let mut ops: Vec<Op> = values.collect();
                    ops.push(Op::Slot(slot as u32));
                    // A component with one context needs no arithmetic.
                    if let (Some(context), true) = (args.first(), needs.contexts > 1) {
                        let size = Op::Const(SLOTS.len() as i32);
                        ops.extend([Op::Get(*context), size, Op::Mul, Op::Add]);
                    }
                    ops.push(Op::CallTable(signature));
                    ops
                });
            }
            abi::stream::BUILT_INS if !writes(needs.exports, &name) => {
                module.replace(id, |_| vec![Op::Unreachable]);
            }
            abi::stream::BUILT_INS if name == abi::stream::built_in::ENDED => {
                if !needs.exports.contains(abi::trace::BLOCKED) {
                    module.remove(id);
                }
            }
            abi::payload::MODULE | abi::stream::BUILT_INS => {}
            abi::trace::MODULE => match module.exports.get(logging(&name)) {
                Some(Item::Function(log)) => {
                    let log = *log;
                    module.replace(id, |args| {
                        let args = args.iter().map(|arg| Op::Get(*arg));
                        args.chain([Op::Call(log)]).collect()
                    });
                }
                _ => module.remove(id),
            },
            abi::HOST if reaches(&name) => {}
            abi::HOST => module.replace(id, |_| vec![Op::Unreachable]),
            _ => return Err(unexpected(&from, &name)),
        }
    }
    module.reserve(needs.contexts * SLOTS.len() as u32);
    module.emit()
}

/// The export that logs what an import of the adapter reports.
fn logging(import: &str) -> &'static str {
    match import {
        abi::trace::ON_REFUSED => abi::trace::REFUSED,
        _ => abi::trace::MISSING,
    }
}

/// Whether a built-in is called: those that write values only where virtual ends are lowered.
fn writes(exports: &BTreeSet<String>, built_in: &str) -> bool {
    let lower = match built_in.split_once('.') {
        Some(("stream-entry", _)) => abi::stream::ENTRY_LOWER,
        Some(("future-fs", _)) => abi::stream::FS_LOWER,
        Some(("future-cli", _)) => abi::stream::CLI_LOWER,
        _ => return true,
    };
    exports.contains(lower)
}

/// The names of the functions that a prebuilt module exports.
pub(crate) fn served(prebuilt: &[u8]) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(prebuilt) {
        if let Payload::ExportSection(exports) = payload.map_err(unreadable)? {
            for export in exports {
                let export = export.map_err(unreadable)?;
                if export.kind == ExternalKind::Func {
                    names.insert(export.name.to_string());
                }
            }
            break;
        }
    }
    Ok(names)
}

fn unreadable(error: BinaryReaderError) -> Error {
    Error::internal(Stage::Specialize, error)
}

fn unexpected(module: &str, name: &str) -> Error {
    Error::internal(
        Stage::Specialize,
        format!("the adapter imports `{module}` `{name}`"),
    )
}

/// Places the configuration after the initial memory, and says so where the adapter looks for it.
fn place_configuration(module: &mut Module, configuration: &[u8], layer: u32) -> Result<()> {
    let lacks = || Error::internal(Stage::Specialize, "the adapter lacks its configuration");
    let Some(Item::Global(global)) = module.exports.remove(abi::CONFIG) else {
        return Err(lacks());
    };
    let pointer = module.constant(global).ok_or_else(lacks)?;
    let too_large = |_| {
        Error::invalid(
            ProblemKind::TooLarge,
            "the index of the file tree exceeds 2 GiB; mount fewer files",
        )
    };
    let at = i32::try_from(module.memory_end()).map_err(too_large)?;
    let len = i32::try_from(configuration.len()).map_err(too_large)?;
    if len > 0 {
        module.data(at, configuration.to_vec());
    }
    let place = [at.to_le_bytes(), len.to_le_bytes(), layer.to_le_bytes()].concat();
    module.data(pointer, place);
    module.extend_memory(at as u64 + len as u64);
    Ok(())
}

/// The host functions that these exports of a prebuilt module call, of those that
/// `is_open` holds for.
pub(crate) fn calls(
    prebuilt: &[u8],
    exports: &BTreeSet<String>,
    is_open: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    if exports.is_empty() {
        return Ok(Vec::new());
    }
    let needs = Needs {
        prebuilt,
        configuration: &[],
        layer: 1,
        exports,
        contexts: 1,
    };
    let imports = specialize(&needs, &Policy::default(), is_open)?.imports;
    let of_host = imports
        .into_iter()
        .filter(|import| import.name.0 == abi::HOST);
    Ok(of_host.map(|import| import.name.1).collect())
}
