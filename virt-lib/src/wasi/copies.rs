//! The copies of WASI's text that the engine keeps, made from `wit/deps`: compiled for
//! `cargo xtask wit` only. This module must never read a file.

use super::name::key;
use super::network::{is_of_secrets, is_ruled};
use super::release::{NEWEST, NEWEST_0_3};
use super::signature::describe;
use wit_parser::{InterfaceId, Resolve, UnresolvedPackageGroup};

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

/// The packages of WASI 0.3, each after those that it needs.
const PACKAGES_0_3: [&str; 5] = ["clocks", "filesystem", "random", "sockets", "cli"];

/// The interfaces of WASI 0.2 that network rules know.
const NETWORK: [&str; 9] = [
    "sockets/network",
    "sockets/instance-network",
    "sockets/tcp",
    "sockets/tcp-create-socket",
    "sockets/udp",
    "sockets/udp-create-socket",
    "sockets/ip-name-lookup",
    "http/types",
    "http/outgoing-handler",
];

/// The same of WASI 0.3.
const NETWORK_0_3: [&str; 4] = [
    "sockets/types",
    "sockets/ip-name-lookup",
    "http/types",
    "http/client",
];

/// The interfaces of WASI 0.2 that the adapter's own code serves.
const SERVED: [&str; 18] = [
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
    "clocks/timezone",
    "random/random",
    "random/insecure",
    "random/insecure-seed",
    "config/store",
    "config/runtime",
    "sockets/ip-name-lookup",
];

/// The same of WASI 0.3.
const SERVED_0_3: [&str; 13] = [
    "cli/environment",
    "cli/stdin",
    "cli/stdout",
    "cli/stderr",
    "filesystem/types",
    "filesystem/preopens",
    "clocks/system-clock",
    "clocks/monotonic-clock",
    "clocks/timezone",
    "random/random",
    "random/insecure",
    "random/insecure-seed",
    "sockets/ip-name-lookup",
];

/// What network rules call of the host to decide.
const CALLED: [&str; 34] = [
    "wasi:sockets/tcp#[method]tcp-socket.local-address",
    "wasi:sockets/udp#[method]udp-socket.local-address",
    "wasi:http/types#[method]fields.clone",
    "wasi:http/types#[method]fields.get",
    "wasi:http/types#[method]fields.set",
    "wasi:http/types#[method]outgoing-request.method",
    "wasi:http/types#[method]outgoing-request.scheme",
    "wasi:http/types#[method]outgoing-request.authority",
    "wasi:http/types#[method]outgoing-request.path-with-query",
    "wasi:http/types#[method]outgoing-request.headers",
    "wasi:http/types#[method]outgoing-request.set-method",
    "wasi:http/types#[method]outgoing-request.set-scheme",
    "wasi:http/types#[method]outgoing-request.set-authority",
    "wasi:http/types#[method]outgoing-request.set-path-with-query",
    "wasi:sockets/types@0.3#[method]tcp-socket.get-local-address",
    "wasi:sockets/types@0.3#[method]tcp-socket.get-address-family",
    "wasi:sockets/types@0.3#[method]udp-socket.get-local-address",
    "wasi:sockets/types@0.3#[method]udp-socket.get-remote-address",
    "wasi:http/types@0.3#[method]fields.clone",
    "wasi:http/types@0.3#[method]fields.get",
    "wasi:http/types@0.3#[method]fields.set",
    "wasi:http/types@0.3#[method]request-options.clone",
    "wasi:http/types@0.3#[method]request.get-options",
    "wasi:http/types@0.3#[static]request.consume-body",
    "wasi:http/types@0.3#[static]request.new",
    "wasi:http/types@0.3#[method]request.get-method",
    "wasi:http/types@0.3#[method]request.get-scheme",
    "wasi:http/types@0.3#[method]request.get-authority",
    "wasi:http/types@0.3#[method]request.get-path-with-query",
    "wasi:http/types@0.3#[method]request.get-headers",
    "wasi:http/types@0.3#[method]request.set-method",
    "wasi:http/types@0.3#[method]request.set-scheme",
    "wasi:http/types@0.3#[method]request.set-authority",
    "wasi:http/types@0.3#[method]request.set-path-with-query",
];

/// `wasi.wit`: every package without comments, where `read` gives the text of a package.
pub fn text(read: &dyn Fn(&str) -> String) -> String {
    let mut text = format!(
        "package wasi-virt:wasi;\nworld everything {{\n  include wasi:cli/imports@{NEWEST};\n  \
         include wasi:http/imports@{NEWEST};\n}}\n"
    );
    text += &without_comments(&PACKAGES, read);
    text
}

/// `wasi_0_3.wit`: the same of WASI 0.3.
pub fn text_0_3(read: &dyn Fn(&str) -> String) -> String {
    let mut text = format!(
        "package wasi-virt:wasi;\nworld everything {{\n  include wasi:cli/imports@{NEWEST_0_3};\n  \
         import wasi:http/types@{NEWEST_0_3};\n  import wasi:http/client@{NEWEST_0_3};\n}}\n"
    );
    text += &without_comments(&PACKAGES_0_3, read);
    text += &without_comments(&["http"], read);
    text
}

fn without_comments(packages: &[&str], read: &dyn Fn(&str) -> String) -> String {
    let mut text = String::new();
    for package in packages {
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

/// `adapter_types.txt`: the type of every function that the adapter's own code serves, unstable
/// ones among them. `read` gives the text of a package of 0.2, and `read_0_3` that of one of 0.3.
pub fn adapter_types(read: &dyn Fn(&str) -> String, read_0_3: &dyn Fn(&str) -> String) -> String {
    let packages: Vec<&str> = PACKAGES.into_iter().chain([CONFIG]).collect();
    let packages_0_3: Vec<&str> = PACKAGES_0_3.into_iter().chain(["http"]).collect();
    let mut table = types(&packages, &SERVED, read, |_| true);
    table += &types(&packages, &NETWORK, read, is_used);
    table += &types(&packages_0_3, &SERVED_0_3, read_0_3, |_| true);
    table += &types(&packages_0_3, &NETWORK_0_3, read_0_3, is_used);
    table
}

/// `network_functions.txt`: the functions of `wasi:sockets` and `wasi:http` that network rules may
/// leave to the host, with what is unstable.
pub fn network_functions(
    read: &dyn Fn(&str) -> String,
    read_0_3: &dyn Fn(&str) -> String,
) -> String {
    let mut table = String::new();
    let packages_0_3: Vec<&str> = PACKAGES_0_3.into_iter().chain(["http"]).collect();
    let of_0_2 = (PACKAGES.as_slice(), &NETWORK[..], read);
    let of_0_3 = (packages_0_3.as_slice(), &NETWORK_0_3[..], read_0_3);
    for (packages, interfaces, read) in [of_0_2, of_0_3] {
        let resolve = parsed(packages, read);
        for interface in interfaces {
            let (id, full) = found(&resolve, interface);
            for function in resolve.interfaces[id].functions.keys() {
                table += &format!("{}\n", key(&full, function));
            }
        }
    }
    table
}

/// Whether network rules check, answer or call a function.
fn is_used(key: &str) -> bool {
    is_ruled(key) || is_of_secrets(key) || CALLED.contains(&key)
}

fn types(
    packages: &[&str],
    served: &[&str],
    read: &dyn Fn(&str) -> String,
    is_used: fn(&str) -> bool,
) -> String {
    let resolve = parsed(packages, read);
    let mut table = String::new();
    for interface in served {
        let (id, full) = found(&resolve, interface);
        for function in resolve.interfaces[id].functions.values() {
            let key = key(&full, &function.name);
            if is_used(&key) {
                let ty = describe(&resolve, function).expect("a type that the adapter serves");
                table += &format!("{key} = {ty}\n");
            }
        }
    }
    table
}

/// The packages, with what is unstable.
fn parsed(packages: &[&str], read: &dyn Fn(&str) -> String) -> Resolve {
    let mut resolve = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    for package in packages {
        let group = UnresolvedPackageGroup::parse(package, &read(package)).expect("WIT");
        resolve.push_group(group).expect("a package");
    }
    resolve
}

/// An interface of WASI, and its name with the version.
fn found(resolve: &Resolve, interface: &str) -> (InterfaceId, String) {
    let name = format!("wasi:{interface}@");
    let found = resolve.interfaces.iter().find_map(|(id, _)| {
        let full = resolve.id_of(id)?;
        full.starts_with(&name).then_some((id, full))
    });
    found.expect("an interface of WASI")
}
