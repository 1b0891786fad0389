//! WASI itself as a world, of any 0.2 release: what an adapter without a component is made for. The text is
//! made from wit/deps, so that the crate is whole by itself. This module must never know a policy.

pub(crate) mod signature;
pub(crate) mod subsystem;
pub(crate) mod types;

use crate::error::{Error, ProblemKind, Result, Stage};
use semver::Version;
use std::cell::OnceCell;
use wit_parser::{Resolve, WorldId};

/// Every package, without comments.
const WASI: &str = include_str!("wasi.wit");
/// The release it is of, the newest that is known.
pub(crate) const NEWEST: Version = Version::new(0, 2, 12);

/// The WASI release that an adapter without a component is made for, if not said.
pub const DEFAULT_WASI_VERSION: &str = "0.2.12";

/// The world that imports all of WASI, under the names of `version`: with what is unstable, and with
/// what came later.
pub(crate) fn everything(version: &Version) -> Result<(Resolve, WorldId)> {
    let internal = |error: anyhow::Error| Error::internal(Stage::Inspect, format!("{error:#}"));
    let mut resolve = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    let package = resolve.push_source("wasi.wit", WASI).map_err(internal)?;
    let world = resolve
        .select_world(&[package], Some("everything"))
        .map_err(internal)?;
    retarget(&mut resolve, version);
    Ok((resolve, world))
}

/// Reads a version.
///
/// # Errors
///
/// One that is not of WASI 0.2, or newer than this release knows.
pub(crate) fn parse(text: &str) -> Result<Version> {
    let wrong = |why: &str| {
        Error::invalid(
            ProblemKind::Value,
            format!(
                "WASI version `{}` is {why}; give one from 0.2.0 to {NEWEST}",
                text.escape_debug()
            ),
        )
    };
    let version = Version::parse(text).map_err(|_| wrong("not a version"))?;
    if (version.major, version.minor) != (0, 2)
        || !version.pre.is_empty()
        || !version.build.is_empty()
    {
        return Err(wrong("not a release of WASI 0.2"));
    }
    if version > NEWEST {
        return Err(wrong("newer than this release knows"));
    }
    Ok(version)
}

/// Makes it the WASI of `version`, by name.
fn retarget(resolve: &mut Resolve, version: &Version) {
    let packages: Vec<_> = resolve.package_names.values().copied().collect();
    resolve.package_names.clear();
    for id in packages {
        let name = &mut resolve.packages[id].name;
        if name.namespace == "wasi" {
            name.version = Some(version.clone());
        }
        let name = name.clone();
        resolve.package_names.insert(name, id);
    }
}

/// WASI, read where an import has to be extended.
#[derive(Default)]
pub(crate) struct Wasi(OnceCell<Resolve>);

impl Wasi {
    pub(super) fn get(&self) -> Result<&Resolve> {
        if let Some(resolve) = self.0.get() {
            return Ok(resolve);
        }
        let (resolve, _) = everything(&NEWEST)?;
        Ok(self.0.get_or_init(|| resolve))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    /// `WASI_VIRT_BLESS=1` writes the text.
    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn the_text_is_what_wit_deps_say() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut text = String::from(
            "package wasi-virt:wasi;\nworld everything {\n  include wasi:cli/imports@0.2.12;\n  include wasi:http/imports@0.2.12;\n}\n",
        );
        for package in [
            "io",
            "clocks",
            "filesystem",
            "random",
            "sockets",
            "cli",
            "http",
        ] {
            let wit = std::fs::read_to_string(format!("{root}/wit/deps/{package}.wit")).unwrap();
            let (first, rest) = wit.split_once(";\n").unwrap();
            text += &format!("{first} {{\n");
            for line in rest.lines() {
                let code = line.split("//").next().unwrap().trim_end();
                if !code.is_empty() {
                    text += &format!("{code}\n");
                }
            }
            text += "}\n";
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/wasi/wasi.wit");
        if std::env::var_os("WASI_VIRT_BLESS").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
        assert!(text.contains(&format!("package wasi:cli@{NEWEST} {{")));
        assert_eq!(DEFAULT_WASI_VERSION, NEWEST.to_string());
    }

    #[test]
    fn every_interface_is_imported_under_the_version() {
        let (resolve, world) = everything(&Version::new(0, 2, 3)).unwrap();
        let keys = resolve.worlds[world].imports.keys();
        let names: Vec<_> = keys.map(|key| resolve.name_world_key(key)).collect();
        assert!(
            names.iter().all(|name| name.ends_with("@0.2.3")),
            "{names:?}"
        );
        for name in [
            "wasi:sockets/udp@0.2.3",
            "wasi:http/outgoing-handler@0.2.3",
            "wasi:clocks/timezone@0.2.3",
        ] {
            assert!(names.iter().any(|other| other == name), "{names:?}");
        }
    }

    #[test]
    fn other_versions_are_refused() {
        for (version, why) in [
            ("0.2", "not a version"),
            ("0.2.03", "not a version"),
            ("x\u{1b}", "x\\u{1b}"),
            ("0.3.0", "not a release of WASI 0.2"),
            ("0.2.0-rc.1", "not a release of WASI 0.2"),
            ("0.2.13", "newer than this release knows"),
        ] {
            let error = parse(version).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("0.2.12"), "{error}");
        }
    }
}
