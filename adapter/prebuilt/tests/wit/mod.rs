//! WASI as the repository has it.

use wit_parser::{InterfaceId, Resolve, UnresolvedPackageGroup};

/// The versions of WASI that the adapters serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// WASI 0.2.
    P2,
    /// WASI 0.3.
    P3,
}

impl Version {
    /// All of them.
    #[allow(dead_code, reason = "not every test uses all that is here")]
    pub const ALL: [Version; 2] = [Version::P2, Version::P3];

    /// The folder, and its packages, each after those that it needs.
    fn packages(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Version::P2 => (
                "deps",
                &[
                    "io",
                    "clocks",
                    "random",
                    "filesystem",
                    "sockets",
                    "cli",
                    "http",
                    "config",
                ],
            ),
            Version::P3 => (
                "p3",
                &["clocks", "random", "filesystem", "sockets", "cli", "http"],
            ),
        }
    }

    /// All of it, resolved, with what is unstable.
    pub fn read(self) -> Resolve {
        let (folder, packages) = self.packages();
        let mut resolve = Resolve {
            all_features: true,
            ..Resolve::default()
        };
        for package in packages {
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
            let path = format!("{root}/{folder}/{package}.wit");
            let text = std::fs::read_to_string(path).expect("the package");
            let group = UnresolvedPackageGroup::parse(package, &text).expect("WIT");
            resolve.push_group(group).expect("a package");
        }
        resolve
    }

    /// The name by which engine and adapter know an interface.
    #[allow(dead_code, reason = "not every test uses all that is here")]
    pub fn key(self, interface: &str) -> String {
        match self {
            Version::P2 => interface.to_owned(),
            Version::P3 => format!("{interface}@0.3"),
        }
    }
}

/// The interface of this name, without a version.
pub fn interface(resolve: &Resolve, name: &str) -> InterfaceId {
    let found = resolve.interfaces.iter().find(|(id, _)| {
        let full = resolve.id_of(*id).unwrap_or_default();
        full.split('@').next() == Some(name)
    });
    found.unwrap_or_else(|| panic!("no interface {name}")).0
}
