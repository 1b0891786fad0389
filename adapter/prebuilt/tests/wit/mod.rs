//! WASI 0.2 as wit/deps has it.

use wit_parser::{InterfaceId, Resolve, UnresolvedPackageGroup};

/// The packages, each after those that it needs.
const PACKAGES: [&str; 7] = [
    "io",
    "clocks",
    "random",
    "filesystem",
    "sockets",
    "cli",
    "config",
];

/// All of them, resolved.
pub fn read() -> Resolve {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/deps");
        let text = std::fs::read_to_string(format!("{root}/{package}.wit")).expect("the package");
        let group = UnresolvedPackageGroup::parse(package, &text).expect("WIT");
        resolve.push_group(group).expect("a package");
    }
    resolve
}

/// The interface of this name, without a version.
pub fn interface(resolve: &Resolve, name: &str) -> InterfaceId {
    let found = resolve.interfaces.iter().find(|(id, _)| {
        let full = resolve.id_of(*id).unwrap_or_default();
        full.split('@').next() == Some(name)
    });
    found.unwrap_or_else(|| panic!("no interface {name}")).0
}
