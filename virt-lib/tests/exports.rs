//! Components that export interfaces with resources of the adapter's.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::{component, component_with};
use wasi_virt::{Access, Policy, StdioMode, plan};

const SERVER: &str = "import wasi:cli/stdout@0.2.6; import wasi:http/outgoing-handler@0.2.6;
    export wasi:http/incoming-handler@0.2.6;";

fn ignored() -> Policy {
    Policy {
        stdout: StdioMode::Ignore,
        ..Policy::default()
    }
}

fn imports(component: &[u8], policy: &Policy) -> Vec<String> {
    let output = plan(component, policy, &[]).unwrap();
    assert!(output.report.sizes.adapter > 0);
    output.report.imports_after
}

fn refusal(component: &[u8], policy: &Policy) -> String {
    plan(component, policy, &[]).unwrap_err().to_string()
}

/// Types alone reach nobody: a server keeps them when HTTP is denied, and nothing else.
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
    let allowed = Policy {
        http: Access::Allow,
        ..ignored()
    };
    let left = imports(&server, &allowed);
    assert!(left.contains(&"wasi:http/outgoing-handler@0.2.6".to_string()));
}

/// Without anything virtual that shares its types a server needs no bridge.
#[test]
fn a_server_whose_types_are_the_hosts_needs_no_bridge() {
    let server = component("0.2.6", "export wasi:http/incoming-handler@0.2.6;");
    let output = plan(&server, &Policy::default(), &[]).unwrap();
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

/// Resources of the component's own pass, those of the adapter's cross wherever they are in a value.
#[test]
fn interfaces_outside_wasi_cross() {
    let world = "import wasi:cli/stdout@0.2.6; export test:mine/files; export test:mine/more;";
    let component = component_with(OWN, "0.2.6", world);
    let policy = Policy {
        fs: Access::Allow,
        ..ignored()
    };
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

/// What a bridge cannot carry is refused, all of it at once.
#[test]
fn what_cannot_cross_is_named() {
    let borrowed = component(
        "0.2.6",
        "import wasi:cli/stdout@0.2.6;
        export looks: interface { use wasi:io/streams@0.2.6.{input-stream}; look: func(s: borrow<input-stream>); }
        export peek: func(s: borrow<input-stream>);
        use wasi:io/streams@0.2.6.{input-stream};",
    );
    let says = refusal(&borrowed, &ignored());
    assert!(
        says.contains("export `looks`: its function `look` borrows"),
        "{says}"
    );
    assert!(says.contains("export `peek` is a bare function"), "{says}");
    let denied = component(
        "0.2.6",
        "import wasi:cli/stdout@0.2.6;
        export serve: interface { use wasi:sockets/tcp@0.2.6.{tcp-socket}; serve: func(s: tcp-socket); }",
    );
    let says = refusal(&denied, &ignored());
    assert!(says.contains("`--allow-sockets`"), "{says}");
}
