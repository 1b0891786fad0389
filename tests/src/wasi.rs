//! WASI in WIT, in a few releases. This module must never make anything random.

use crate::paths;
use std::sync::OnceLock;
use wit_parser::{Resolve, TypeDefKind};

/// A few releases: programs mix them.
pub const RELEASES: [&str; 3] = ["0.2.0", "0.2.6", "0.2.12"];

/// Those that need others come after them.
const PACKAGES: [&str; 7] = [
    "io",
    "clocks",
    "random",
    "sockets",
    "filesystem",
    "cli",
    "http",
];

/// One interface of one release.
pub struct Interface {
    /// Its name with the version.
    pub name: String,
    pub resources: Vec<String>,
    /// Its other types.
    pub values: Vec<String>,
}

/// The text of a package of a release, with what is newer.
pub fn release(package: &str, release: &str) -> std::io::Result<String> {
    let path = paths::root().join(format!("wit/deps/{package}.wit"));
    let text = std::fs::read_to_string(path)?;
    // The gates would leave out, or refuse, what is newer than the release.
    let lines = text.lines().filter(|line| !line.trim().starts_with('@'));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    Ok(text.replace("0.2.12", release))
}

/// All releases, with what is unstable.
pub fn resolve() -> &'static Resolve {
    static RESOLVE: OnceLock<Resolve> = OnceLock::new();
    RESOLVE.get_or_init(|| {
        let mut resolve = Resolve {
            all_features: true,
            ..Resolve::default()
        };
        let mut add = |package: &str, release: &str| {
            let text = self::release(package, release);
            let text = text.expect("the package is part of the sources");
            let pushed = resolve.push_source(package, &text);
            pushed.unwrap_or_else(|error| panic!("{package} {release}: {error:#}"));
        };
        add("config", "");
        for release in RELEASES {
            for package in PACKAGES {
                add(package, release);
            }
        }
        resolve
    })
}

/// The interfaces of a release.
pub fn interfaces(release: &str) -> Vec<Interface> {
    let resolve = resolve();
    let all = resolve.interfaces.iter().filter_map(|(id, interface)| {
        let name = resolve.id_of(id)?;
        let of = |resource| {
            let types = interface.types.iter();
            let types = types.filter(move |(_, id)| {
                (resolve.types[**id].kind == TypeDefKind::Resource) == resource
            });
            types.map(|(name, _)| name.clone()).collect()
        };
        Some(Interface {
            name,
            resources: of(true),
            values: of(false),
        })
    });
    let named = all.filter(|interface| {
        interface.name.ends_with(&format!("@{release}")) || interface.name.contains("config")
    });
    named.collect()
}
