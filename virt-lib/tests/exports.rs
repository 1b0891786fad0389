//! Components that export interfaces with resources of the adapter.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::{component, component_with};
use wasi_virt::{Access, Policy, Segment, StdioMode, virtualize};

const SERVER: &str = "import wasi:cli/stdout@0.2.6; import wasi:http/outgoing-handler@0.2.6;
    export wasi:http/incoming-handler@0.2.6;";

fn ignored() -> Policy {
    Policy::default().with(|changed| {
        changed.stdout = StdioMode::Ignore;
    })
}

fn imports(component: &[u8], policy: &Policy) -> Vec<String> {
    let output = virtualize(component, policy, &[]).unwrap();
    assert!(output.report.sizes.adapter > 0);
    output.report.imports_after
}

/// Types alone reach nothing: a server keeps them when HTTP is denied, and nothing else.
#[test]
fn a_server_keeps_the_types_of_http_alone() {
    let server = component("0.2.6", SERVER);
    let mut left = imports(&server, &ignored());
    left.sort();
    assert_eq!(
        left,
        [
            "wasi:http/types@0.2.6",
            "wasi:io/error@0.2.6",
            "wasi:io/poll@0.2.6",
            "wasi:io/streams@0.2.6"
        ]
    );
    let allowed = ignored().with(|changed| {
        changed.http = Access::Allow.into();
    });
    let left = imports(&server, &allowed);
    assert!(left.contains(&"wasi:http/outgoing-handler@0.2.6".to_string()));
}

/// Without anything virtual that shares its types a server needs no bridge.
#[test]
fn a_server_whose_types_are_the_hosts_needs_no_bridge() {
    let server = component("0.2.6", "export wasi:http/incoming-handler@0.2.6;");
    let output = virtualize(&server, &Policy::default(), &[]).unwrap();
    assert!(
        output
            .report
            .imports_after
            .contains(&"wasi:http/types@0.2.6".to_string())
    );
}

const OWN: &str = "
package test:mine {
    interface files {
        use wasi:io/streams@0.2.6.{input-stream};
        use wasi:io/poll@0.2.6.{pollable};
        use wasi:filesystem/types@0.2.6.{descriptor};
        resource reader {
            constructor(source: input-stream, name: string);
            read: func(len: u32) -> list<u8>;
            join: static func(readers: list<reader>, other: borrow<reader>) -> reader;
        }
        record request { body: option<input-stream>, wait: list<pollable>, names: list<string> }
        variant answer { none, one(input-stream), both(tuple<reader, input-stream>), text(string) }
        handle: func(request: request, limit: u64) -> result<answer, string>;
        open: func(directory: descriptor) -> tuple<descriptor, u32>;
    }
    interface more {
        use files.{reader, request};
        again: func(reader: reader, request: request) -> reader;
    }
}";

/// Resources of the component's own pass, those of the adapter's cross wherever they are in a
/// value.
#[test]
fn interfaces_outside_wasi_cross() {
    let world = "import wasi:cli/stdout@0.2.6; export test:mine/files; export test:mine/more;";
    let component = component_with(OWN, "0.2.6", world);
    let policy = ignored().with(|changed| {
        changed.host_preopens = Access::Allow;
    });
    let left = imports(&component, &policy);
    assert!(
        left.contains(&"wasi:filesystem/types@0.2.6".to_string()),
        "{left:?}"
    );
    assert!(
        left.contains(&"wasi:io/streams@0.2.6".to_string()),
        "{left:?}"
    );
    let plain = component_with(
        "package test:other { interface i { use wasi:io/streams@0.2.6.{input-stream}; f: func(s: input-stream) -> u32; } }",
        "0.2.6",
        "import wasi:cli/stdout@0.2.6; export plain: interface { use wasi:io/streams@0.2.6.{input-stream}; f: func(s: input-stream) -> u32; }",
    );
    imports(&plain, &ignored());
}

/// What is handed in by exports is the host's, lent or given, and stays so beside what is virtual.
#[test]
fn what_exports_lend_is_the_hosts() {
    let borrowed = component(
        "0.2.6",
        "import wasi:cli/stdout@0.2.6;
        export looks: interface { use wasi:io/streams@0.2.6.{input-stream}; look: func(s: borrow<input-stream>); }
        export peek: func(s: borrow<input-stream>);
        use wasi:io/streams@0.2.6.{input-stream};",
    );
    let left = imports(&borrowed, &ignored());
    assert!(
        left.contains(&"wasi:io/streams@0.2.6".to_string()),
        "{left:?}"
    );
    // A bare type gives nothing.
    let open = |name: &String| name.starts_with("wasi:io/") || name == "input-stream";
    assert!(left.iter().all(open), "{left:?}");
}

/// A resource of a denied interface is known to the host alone: its import has no function left.
#[test]
fn a_denied_resource_in_an_export_leaves_its_type() {
    let denied = component(
        "0.2.6",
        "import wasi:cli/stdout@0.2.6; import wasi:sockets/tcp@0.2.6;
        export serve: interface { use wasi:sockets/tcp@0.2.6.{tcp-socket}; serve: func(s: tcp-socket); }",
    );
    let output = virtualize(&denied, &ignored(), &[]).unwrap();
    let left = &output.report.imports_after;
    assert!(
        left.contains(&"wasi:sockets/tcp@0.2.6".to_string()),
        "{left:?}"
    );
    let mut bytes = Vec::new();
    for segment in &output.segments {
        match segment {
            Segment::Bytes(own) => bytes.extend_from_slice(own),
            Segment::Component { offset, len } => {
                bytes.extend_from_slice(&denied[*offset as usize..(*offset + *len) as usize]);
            }
            Segment::File { .. } => panic!("a file"),
        }
    }
    for import in wasi_virt::inspect(&bytes).unwrap().imports {
        if import.name.starts_with("wasi:sockets/") {
            assert_eq!(import.functions, [""; 0], "{}", import.name);
        }
    }
}
