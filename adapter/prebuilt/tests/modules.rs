//! The modules that are relinked keep their contract with the engine: these names, with these core
//! types, and what the engine's reader of modules needs. Names and types come from WIT.

mod wit;

use std::collections::{BTreeMap, BTreeSet};

use wasi_virt_adapter::{HOST, PLAIN, WRITE};
use wasi_virt_layout::abi;
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, ValType};
use wit::Version;
use wit_parser::TypeDefKind;
use wit_parser::abi::{AbiVariant, WasmType};

/// The interfaces that the adapter serves for a version.
fn served(version: Version) -> &'static [&'static str] {
    match version {
        Version::P2 => &[
            "wasi:cli/environment",
            "wasi:cli/stderr",
            "wasi:cli/stdin",
            "wasi:cli/stdout",
            "wasi:clocks/monotonic-clock",
            "wasi:clocks/timezone",
            "wasi:clocks/wall-clock",
            "wasi:config/runtime",
            "wasi:config/store",
            "wasi:filesystem/preopens",
            "wasi:filesystem/types",
            "wasi:io/error",
            "wasi:io/poll",
            "wasi:io/streams",
            "wasi:random/insecure",
            "wasi:random/insecure-seed",
            "wasi:random/random",
        ],
        Version::P3 => &[
            "wasi:cli/environment",
            "wasi:cli/stderr",
            "wasi:cli/stdin",
            "wasi:cli/stdout",
            "wasi:clocks/monotonic-clock",
            "wasi:clocks/system-clock",
            "wasi:clocks/timezone",
            "wasi:filesystem/preopens",
            "wasi:filesystem/types",
            "wasi:random/insecure",
            "wasi:random/insecure-seed",
            "wasi:random/random",
        ],
    }
}

/// The interfaces of which network rules check, answer or call functions.
fn network(version: Version) -> &'static [&'static str] {
    match version {
        Version::P2 => &[
            "wasi:http/outgoing-handler",
            "wasi:http/types",
            "wasi:sockets/ip-name-lookup",
            "wasi:sockets/tcp",
            "wasi:sockets/udp",
        ],
        Version::P3 => &[
            "wasi:http/client",
            "wasi:http/types",
            "wasi:sockets/ip-name-lookup",
            "wasi:sockets/types",
        ],
    }
}

/// The functions that network rules check.
const CHECKED: [&str; 13] = [
    "wasi:http/client@0.3#send",
    "wasi:http/outgoing-handler#handle",
    "wasi:sockets/tcp#[method]tcp-socket.start-bind",
    "wasi:sockets/tcp#[method]tcp-socket.start-connect",
    "wasi:sockets/tcp#[method]tcp-socket.start-listen",
    "wasi:sockets/types@0.3#[method]tcp-socket.bind",
    "wasi:sockets/types@0.3#[method]tcp-socket.connect",
    "wasi:sockets/types@0.3#[method]tcp-socket.listen",
    "wasi:sockets/types@0.3#[method]udp-socket.bind",
    "wasi:sockets/types@0.3#[method]udp-socket.connect",
    "wasi:sockets/types@0.3#[method]udp-socket.send",
    "wasi:sockets/udp#[method]outgoing-datagram-stream.send",
    "wasi:sockets/udp#[method]udp-socket.start-bind",
];

/// The functions of the host's that the adapter answers under network rules.
const ANSWERED: [&str; 16] = [
    "wasi:http/types#[constructor]outgoing-request",
    "wasi:http/types#[method]outgoing-request.body",
    "wasi:http/types#[method]outgoing-request.headers",
    "wasi:http/types#[method]outgoing-request.set-authority",
    "wasi:http/types#[method]outgoing-request.set-method",
    "wasi:http/types#[method]outgoing-request.set-path-with-query",
    "wasi:http/types#[method]outgoing-request.set-scheme",
    "wasi:http/types#[resource-drop]outgoing-request",
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address",
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.subscribe",
    "wasi:sockets/ip-name-lookup#[resource-drop]resolve-address-stream",
    "wasi:sockets/ip-name-lookup#resolve-addresses",
    "wasi:sockets/udp#[method]incoming-datagram-stream.receive",
    "wasi:sockets/udp#[method]incoming-datagram-stream.subscribe",
    "wasi:sockets/udp#[method]udp-socket.stream",
    "wasi:sockets/udp#[resource-drop]incoming-datagram-stream",
];

/// The functions of the host's that the adapter calls under network rules.
const BEGUN: [&str; 2] = [
    "wasi:sockets/ip-name-lookup@0.3#resolve-addresses",
    "wasi:sockets/types@0.3#[method]udp-socket.receive",
];

/// What goes on with these.
const OF_BEGUN: [(&str, usize, usize); 4] = [
    (abi::begun::JOIN, 2, 0),
    (abi::begun::EVENT, 3, 1),
    (abi::begun::WOKEN, 3, 1),
    (abi::begun::CANCEL, 2, 1),
];

/// What writes the log of `--debug`.
const LOG: [(&str, &[ValType], &[ValType]); 9] = {
    use ValType::{I32, I64};
    [
        (abi::trace::TEXT, &[I64], &[]),
        (abi::trace::NEXT, &[], &[]),
        (abi::trace::SCALAR, &[I32, I64], &[]),
        (abi::trace::TAKE, &[I64, I32], &[]),
        (abi::trace::QUOTED, &[I32], &[]),
        (abi::trace::LINE, &[], &[]),
        (abi::trace::DENIED, &[I32], &[I32]),
        (abi::trace::BLOCKED, &[I32; 3], &[]),
        (abi::trace::UNBLOCKED, &[I32; 2], &[I32]),
    ]
};

/// Streams and futures of the application.
const STREAMS: [(&str, &[ValType], &[ValType]); 41] = {
    use ValType::{I32, I64};
    use abi::stream;
    [
        (stream::U8_READ, &[I32; 4], &[I32]),
        (stream::U8_DROP_READABLE, &[I32], &[I32]),
        (stream::U8_NEW, &[I64], &[]),
        (stream::U8_HELD, &[I32], &[I32]),
        (stream::U8_CAPTURED, &[I32], &[I32]),
        (stream::U8_WRITE, &[I32; 4], &[I32]),
        (stream::U8_BLOCKED, &[I32], &[]),
        (stream::U8_DROP_WRITABLE, &[I32], &[I32]),
        (stream::U8_LOWER, &[I32], &[I32]),
        (stream::ENTRY_READ, &[I32; 4], &[I32]),
        (stream::ENTRY_DROP_READABLE, &[I32], &[I32]),
        (stream::ENTRY_LOWER, &[I32; 2], &[I32]),
        (stream::FS_READ, &[I32; 3], &[I32]),
        (stream::FS_CANCEL_READ, &[I32], &[I32]),
        (stream::FS_CANCEL_READ_SYNC, &[I32], &[I32]),
        (stream::FS_DROP_READABLE, &[I32], &[I32]),
        (stream::FS_LOWER, &[I32; 2], &[I32]),
        (stream::CLI_READ, &[I32; 3], &[I32]),
        (stream::CLI_CANCEL_READ, &[I32], &[I32]),
        (stream::CLI_CANCEL_READ_SYNC, &[I32], &[I32]),
        (stream::CLI_DROP_READABLE, &[I32], &[I32]),
        (stream::CLI_LOWER, &[I32; 2], &[I32]),
        (stream::JOIN, &[I32; 2], &[I32]),
        (stream::JOINED, &[I32], &[I32]),
        (stream::GONE, &[I32], &[I32]),
        (stream::SET_DROP, &[I32], &[]),
        (stream::SET_POLL, &[I32], &[]),
        (stream::UNIT_HELD, &[I32], &[I32]),
        (stream::UNIT_LOWER, &[I32], &[I32]),
        (stream::PUMP_WAIT, &[I32], &[]),
        (stream::PUMP_EVENT, &[I32; 3], &[I32]),
        (stream::PUMP_POLL, &[], &[]),
        (stream::PUMP_YIELD, &[], &[]),
        (stream::PUMP_EXIT, &[], &[I32]),
        (stream::PUMP_BLOCK, &[I32], &[]),
        (stream::PUMP_WOKEN, &[I32; 4], &[I32]),
        (stream::PUMP_UNTIL, &[I32], &[I64]),
        (stream::PUMP_UNTIL_DONE, &[I32], &[I64]),
        (stream::PUMP_CAME, &[I32; 2], &[I32]),
        (stream::PLACE_NEW, &[], &[I32]),
        (stream::PLACE_TAKE, &[I32], &[I64]),
    ]
};

/// The adapter's own built-ins.
const BUILT_INS: [(&str, &[ValType], &[ValType]); 31] = {
    use ValType::{I32, I64};
    use abi::stream::built_in;
    [
        (built_in::STREAM_NEW, &[], &[I64]),
        (built_in::STREAM_READ, &[I32; 3], &[I32]),
        (built_in::STREAM_WRITE, &[I32; 3], &[I32]),
        (built_in::STREAM_DROP_READABLE, &[I32], &[]),
        (built_in::STREAM_DROP_WRITABLE, &[I32], &[]),
        (built_in::FUTURE_NEW, &[], &[I64]),
        (built_in::FUTURE_READ, &[I32; 2], &[I32]),
        (built_in::FUTURE_WRITE, &[I32; 2], &[I32]),
        (built_in::FUTURE_CANCEL_READ, &[I32], &[I32]),
        (built_in::FUTURE_DROP_READABLE, &[I32], &[]),
        (built_in::FUTURE_DROP_WRITABLE, &[I32], &[]),
        (built_in::ENTRY_NEW, &[], &[I64]),
        (built_in::ENTRY_WRITE, &[I32; 3], &[I32]),
        (built_in::ENTRY_DROP_WRITABLE, &[I32], &[]),
        (built_in::FS_NEW, &[], &[I64]),
        (built_in::FS_WRITE, &[I32; 2], &[I32]),
        (built_in::FS_DROP_WRITABLE, &[I32], &[]),
        (built_in::CLI_NEW, &[], &[I64]),
        (built_in::CLI_WRITE, &[I32; 2], &[I32]),
        (built_in::CLI_DROP_WRITABLE, &[I32], &[]),
        (built_in::HTTP_NEW, &[], &[I64]),
        (built_in::HTTP_WRITE, &[I32; 2], &[I32]),
        (built_in::HTTP_DROP_READABLE, &[I32], &[]),
        (built_in::HTTP_DROP_WRITABLE, &[I32], &[]),
        (built_in::SET_NEW, &[], &[I32]),
        (built_in::SET_POLL, &[I32; 2], &[I32]),
        (built_in::SET_DROP, &[I32], &[]),
        (built_in::JOIN, &[I32; 2], &[]),
        (built_in::SUBTASK_DROP, &[I32], &[]),
        (built_in::SUBTASK_CANCEL, &[I32], &[I32]),
        (built_in::ENDED, &[I32; 3], &[]),
    ]
};

/// What the tests look at of a module.
#[derive(Default)]
struct Module {
    types: Vec<FuncType>,
    /// The type of every function, imported or not.
    functions: Vec<usize>,
    imports: Vec<(String, String)>,
    exports: BTreeMap<String, (ExternalKind, usize)>,
    memories: u32,
    tables: u32,
}

impl Module {
    fn read(bytes: &[u8]) -> Module {
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.expect("a module") {
                Payload::TypeSection(section) => module.types.extend(
                    section
                        .into_iter_err_on_gc_types()
                        .map(|ty| ty.expect("the type of a function")),
                ),
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.expect("an import");
                        let TypeRef::Func(ty) = import.ty else {
                            panic!("{import:?}")
                        };
                        module.functions.push(ty as usize);
                        module
                            .imports
                            .push((import.module.to_string(), import.name.to_string()));
                    }
                }
                Payload::FunctionSection(section) => module
                    .functions
                    .extend(section.into_iter().map(|ty| ty.expect("a type") as usize)),
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.expect("an export");
                        let item = (export.kind, export.index as usize);
                        module.exports.insert(export.name.to_string(), item);
                    }
                }
                Payload::MemorySection(section) => module.memories += section.count(),
                Payload::TableSection(section) => module.tables += section.count(),
                Payload::ElementSection(section) => module.tables += section.count(),
                _ => {}
            }
        }
        module
    }

    fn signature(&self, function: usize) -> Signature {
        let ty = &self.types[self.functions[function]];
        (ty.params().to_vec(), ty.results().to_vec())
    }
}

type Signature = (Vec<ValType>, Vec<ValType>);

/// Whether a build has directories of the host's, and network rules.
const BUILDS: [(bool, bool); 3] = [(false, false), (true, false), (true, true)];

fn modules() -> [Module; 3] {
    [PLAIN, HOST, WRITE].map(Module::read)
}

/// The core types of all functions of interfaces, drops included, as `canon lower` has them without
/// `async`.
fn lowered(interfaces: fn(Version) -> &'static [&'static str]) -> BTreeMap<String, Signature> {
    let types = |types: &[WasmType]| {
        let ty = |ty: &WasmType| match ty {
            WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
            WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
            WasmType::F32 => ValType::F32,
            WasmType::F64 => ValType::F64,
        };
        types.iter().map(ty).collect::<Vec<_>>()
    };
    let mut found = BTreeMap::new();
    for version in Version::ALL {
        let resolve = version.read();
        for interface in interfaces(version) {
            let key = version.key(interface);
            let id = wit::interface(&resolve, interface);
            for function in resolve.interfaces[id].functions.values() {
                let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
                let signature = (types(&signature.params), types(&signature.results));
                found.insert(format!("{key}#{}", function.name), signature);
            }
            for (name, id) in &resolve.interfaces[id].types {
                if matches!(resolve.types[*id].kind, TypeDefKind::Resource) {
                    let name = format!("{key}#{}{name}", abi::DROP);
                    found.insert(name, (vec![ValType::I32], Vec::new()));
                }
            }
        }
    }
    found
}

/// Every function of every interface that is served is exported, with the context first, and
/// nothing else is.
#[test]
fn exports() {
    for (module, (has_host, has_net)) in modules().iter().zip(BUILDS) {
        let mut known = BTreeSet::from([abi::MEMORY, abi::CONFIG, abi::REALLOC, abi::SINK]);
        let function = |name: &str| match module.exports.get(name) {
            Some((ExternalKind::Func, function)) => module.signature(*function),
            _ => panic!("no export {name}"),
        };
        assert_eq!(module.exports[abi::MEMORY].0, ExternalKind::Memory);
        assert_eq!(module.exports[abi::CONFIG].0, ExternalKind::Global);
        let numbers = |count| vec![ValType::I32; count];
        assert_eq!(function(abi::REALLOC), (numbers(4), numbers(1)));
        assert_eq!(function(abi::SINK), (vec![ValType::I64; 8], Vec::new()));
        for (name, params, results) in LOG.into_iter().chain(STREAMS) {
            assert_eq!(
                function(name),
                (params.to_vec(), results.to_vec()),
                "{name}"
            );
            known.insert(name);
        }
        if has_host {
            known.insert(abi::HIDDEN);
            known.insert(abi::trace::MISSING);
            assert_eq!(function(abi::trace::MISSING), (numbers(1), Vec::new()));
            assert_eq!(function(abi::HIDDEN), (numbers(1), numbers(1)));
        }
        if has_net {
            known.insert(abi::trace::REFUSED);
            assert_eq!(function(abi::trace::REFUSED), (numbers(1), Vec::new()));
        }
        let mut begun = BTreeSet::new();
        let (mut answered, of_network) = (lowered(served), lowered(network));
        let ruled = has_net.then_some(ANSWERED).into_iter().flatten();
        answered.extend(ruled.map(|name| (name.to_string(), of_network[name].clone())));
        for (name, (params, results)) in &answered {
            let params = [&[ValType::I32], &params[..]].concat();
            assert_eq!(&function(name), &(params, results.clone()), "{name}");
            known.insert(name);
        }
        let checked = CHECKED.map(|name| (format!("{}{name}", abi::CHECK), &of_network[name]));
        let with_headers = [
            "wasi:http/client@0.3#send",
            "wasi:http/outgoing-handler#handle",
        ];
        let with_headers =
            with_headers.map(|name| (format!("{}{name}", abi::HEADERS), &of_network[name]));
        for (name, (params, results)) in checked.iter().chain(&with_headers).filter(|_| has_net) {
            // The result goes to memory.
            assert_eq!(results, &[]);
            let params = [&[ValType::I32], &params[..]].concat();
            assert_eq!(function(name), (params, numbers(1)), "{name}");
            known.insert(name);
        }
        for name in BEGUN.iter().filter(|_| has_net) {
            let (params, _) = &of_network[*name];
            let params = [&[ValType::I32], &params[..]].concat();
            let name = format!("{}{name}", abi::begun::BEGIN);
            assert_eq!(function(&name), (params, numbers(1)), "{name}");
            begun.insert(name);
        }
        for (name, params, results) in OF_BEGUN.into_iter().filter(|_| has_net) {
            let expected = (numbers(params), numbers(results));
            assert_eq!(function(name), expected, "{name}");
            known.insert(name);
        }
        known.extend(begun.iter().map(String::as_str));
        let exported: BTreeSet<_> = module.exports.keys().map(String::as_str).collect();
        assert_eq!(exported, known);
    }
}

/// Every import is one of the contract's, with its core type.
#[test]
fn imports() {
    let numbers = |count| vec![ValType::I32; count];
    let longs = |count| vec![ValType::I64; count];
    let app: BTreeMap<&str, Signature> = BTreeMap::from([
        (abi::app::SIZE, (numbers(1), numbers(1))),
        (abi::app::LOAD_8, (numbers(2), numbers(1))),
        (abi::app::LOAD, (numbers(3), Vec::new())),
        (abi::app::STORE_8, (numbers(3), Vec::new())),
        (abi::app::STORE_32, (numbers(3), Vec::new())),
        (
            abi::app::STORE_64,
            ([numbers(2), longs(1)].concat(), Vec::new()),
        ),
        (
            abi::app::STORE,
            ([numbers(2), longs(8)].concat(), Vec::new()),
        ),
        (abi::app::REALLOC, (numbers(5), numbers(1))),
        (abi::app::PAYLOAD, (numbers(4), Vec::new())),
    ]);
    assert!(abi::app::ALL.iter().all(|name| app.contains_key(name)));
    assert_eq!(abi::stream::built_in::ALL, BUILT_INS.map(|(name, ..)| name));
    let payload = (numbers(3), Vec::new());
    let one = (numbers(1), Vec::new());
    let built_ins = BUILT_INS.map(|(name, params, results)| {
        let signature: Signature = (params.to_vec(), results.to_vec());
        (name, signature)
    });
    let built_ins = BTreeMap::from(built_ins);
    let host: BTreeMap<String, Signature> = lowered(served)
        .into_iter()
        .chain(lowered(network))
        .collect();
    let of_begun = |name: &str| {
        let (interface, function) = name.split_once('#')?;
        let function = function.strip_prefix(abi::begun::LOWER)?;
        let (params, _) = host.get(&format!("{interface}#{function}"))?;
        Some((params.clone(), numbers(1)))
    };
    for (module, (has_host, has_net)) in modules().iter().zip(BUILDS) {
        let mut files = 0;
        for (function, (from, name)) in module.imports.iter().enumerate() {
            let expected = match from.as_str() {
                abi::app::MODULE => app.get(name.as_str()),
                abi::payload::MODULE if name == abi::payload::READ => Some(&payload),
                abi::trace::MODULE if name == abi::trace::ON_MISSING && has_host => Some(&one),
                abi::trace::MODULE if name == abi::trace::ON_REFUSED && has_net => Some(&one),
                abi::HOST if name.contains(abi::begun::LOWER) => {
                    assert!(has_net);
                    let expected = of_begun(name);
                    assert_eq!(Some(module.signature(function)), expected, "{from} {name}");
                    continue;
                }
                abi::HOST => host.get(name),
                abi::stream::BUILT_INS => built_ins.get(name.as_str()),
                _ => None,
            };
            assert_eq!(Some(&module.signature(function)), expected, "{from} {name}");
            files += u32::from(name.starts_with("wasi:filesystem/"));
        }
        assert_eq!(files != 0, has_host);
    }
}

/// Each export stands on its own, so that the engine can remove the others, and runs anywhere.
#[test]
fn one_memory_and_no_table() {
    for module in modules() {
        assert_eq!((module.memories, module.tables), (1, 0));
    }
}
