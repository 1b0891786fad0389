//! The copies of WASI's text that the engine keeps, made from `wit/deps`: compiled for
//! `cargo xtask wit` only. This module must never read a file.

use super::release::NEWEST;
use super::signature::describe;
use wit_parser::{Resolve, UnresolvedPackageGroup};

/// The packages of `wasi.wit`, each after those that it needs.
const PACKAGES: [&str; 7] = [
    "io",
    "clocks",
    "filesystem",
    "random",
    "sockets",
    "cli",
    "http",
];

/// The package that has releases of its own.
const CONFIG: &str = "config";

/// The interfaces that the adapter's own code serves.
const SERVED: [&str; 16] = [
    "cli/environment",
    "cli/stdin",
    "cli/stdout",
    "cli/stderr",
    "io/error",
    "io/poll",
    "io/streams",
    "filesystem/types",
    "filesystem/preopens",
    "clocks/wall-clock",
    "clocks/monotonic-clock",
    "random/random",
    "random/insecure",
    "random/insecure-seed",
    "config/store",
    "config/runtime",
];

/// `wasi.wit`: every package without comments, where `read` gives the text of a package.
pub fn text(read: &dyn Fn(&str) -> String) -> String {
    let mut text = format!(
        "package wasi-virt:wasi;\nworld everything {{\n  include wasi:cli/imports@{NEWEST};\n  \
         include wasi:http/imports@{NEWEST};\n}}\n"
    );
    for package in PACKAGES {
        let wit = read(package);
        let (first, rest) = wit.split_once(";\n").expect("a package has a name");
        text += &format!("{first} {{\n");
        for line in rest.lines() {
            let code = line.split("//").next().unwrap_or_default().trim_end();
            if !code.is_empty() {
                text += &format!("{code}\n");
            }
        }
        text += "}\n";
    }
    text
}

/// `adapter_types.txt`: the type of every function that the adapter's own code serves.
pub fn adapter_types(read: &dyn Fn(&str) -> String) -> String {
    let mut resolve = Resolve::default();
    for package in PACKAGES.into_iter().chain([CONFIG]) {
        let group = UnresolvedPackageGroup::parse(package, &read(package)).expect("WIT");
        resolve.push_group(group).expect("a package");
    }
    let mut table = String::new();
    for interface in SERVED {
        let name = format!("wasi:{interface}@");
        let (id, _) = resolve
            .interfaces
            .iter()
            .find(|(id, _)| resolve.id_of(*id).is_some_and(|id| id.starts_with(&name)))
            .expect("an interface of WASI");
        for function in resolve.interfaces[id].functions.values() {
            let ty = describe(&resolve, function).expect("a type that the adapter serves");
            table += &format!("wasi:{interface}#{} = {ty}\n", function.name);
        }
    }
    table
}
