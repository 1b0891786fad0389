//! The WIT that the engine has of the adapter's own imports says what wit/host says.

#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeMap;
use wit_parser::abi::AbiVariant;
use wit_parser::{Resolve, UnresolvedPackageGroup};

/// Every function of every interface in packages `host:*`: its name, parameters, result and core type.
fn functions(resolve: &Resolve) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (id, interface) in resolve.interfaces.iter() {
        let Some(name) = resolve.id_of(id) else {
            continue;
        };
        for function in interface.functions.values() {
            let names: Vec<_> = function.params.iter().map(|param| &param.name).collect();
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            found.insert(
                format!("{name}#{}", function.name),
                format!("{names:?} {signature:?}"),
            );
        }
    }
    found
}

#[test]
fn it_is_what_wit_host_says() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap();
    let mut ours = Resolve::default();
    for package in ["io", "clocks", "cli", "filesystem", "config"] {
        let text = read(&format!("virt-lib/src/world/host/{package}.wit"));
        let more = match package {
            "cli" => read("virt-lib/src/world/host/stderr.wit"),
            _ => String::new(),
        };
        ours.push_source(package, &(text + &more)).unwrap();
    }
    let mut theirs = Resolve::default();
    for package in [
        "io",
        "clocks",
        "filesystem",
        "random",
        "sockets",
        "cli",
        "config",
    ] {
        let text = read(&format!("wit/host/{package}.wit"));
        theirs
            .push_group(UnresolvedPackageGroup::parse(package, &text).unwrap())
            .unwrap();
    }
    let (ours, theirs) = (functions(&ours), functions(&theirs));
    assert!(ours.len() > 15, "{ours:?}");
    for (name, signature) in &ours {
        assert_eq!(theirs.get(name), Some(signature), "{name}");
    }
    for interface in [
        "host:io/error@",
        "host:io/poll@",
        "host:io/streams@",
        "host:cli/environment@",
        "host:filesystem/types@",
        "host:filesystem/preopens@",
        "host:config/store@",
        "host:config/runtime@",
    ] {
        for name in theirs.keys().filter(|name| name.starts_with(interface)) {
            assert!(ours.contains_key(name), "ours lacks `{name}`");
        }
    }
}
