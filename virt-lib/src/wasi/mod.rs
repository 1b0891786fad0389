//! WASI: its names, its releases, its types and its text, as a world of any release. Nothing
//! else in the engine spells a name or a release of WASI. This module must never know a policy.

#[cfg(feature = "wit")]
pub mod copies;
pub(crate) mod name;
pub(crate) mod network;
pub(crate) mod release;
pub(crate) mod signature;
pub(crate) mod subsystem;
pub(crate) mod types;

use self::release::{NEWEST, is_newer, is_newer_release};
use crate::error::{Error, Result, Stage};
use semver::Version;
use std::cell::OnceCell;
use wit_parser::{Resolve, WorldId};

/// Every package of the newest release, without comments: `cargo xtask wit` makes it of `wit/deps`,
/// so that the crate is whole by itself.
const WASI: &str = include_str!("wasi.wit");

/// The same of WASI 0.3.
const WASI_0_3: &str = include_str!("wasi_0_3.wit");

/// The world that imports all of WASI, under the names of `version`: with what is unstable, and
/// with what came later.
pub(crate) fn everything(version: &Version) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    let (name, text) = match is_newer_release(version) {
        true => ("wasi_0_3.wit", WASI_0_3),
        false => ("wasi.wit", WASI),
    };
    let package = resolve.push_source(name, text).map_err(internal)?;
    let world = resolve
        .select_world(&[package], Some("everything"))
        .map_err(internal)?;
    retarget(&mut resolve, version);
    Ok((resolve, world))
}

fn internal(error: anyhow::Error) -> Error {
    Error::internal(Stage::Inspect, format!("{error:#}"))
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
pub(crate) struct Wasi {
    all: OnceCell<Resolve>,
    newer: OnceCell<Resolve>,
}

impl Wasi {
    /// What has the interface of this name.
    pub(super) fn of(&self, interface: &str) -> Result<&Resolve> {
        let is_newer = is_newer(interface);
        let cell = match is_newer {
            true => &self.newer,
            false => &self.all,
        };
        if let Some(resolve) = cell.get() {
            return Ok(resolve);
        }
        let resolve = match is_newer {
            true => newer()?,
            false => everything(&NEWEST)?.0,
        };
        Ok(cell.get_or_init(|| resolve))
    }
}

/// What the engine knows of WASI 0.3.
pub(crate) fn newer() -> Result<Resolve> {
    let mut resolve = Resolve::default();
    resolve
        .push_source("wasi_0_3.wit", WASI_0_3)
        .map_err(internal)?;
    Ok(resolve)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn every_interface_is_imported_under_the_version() {
        for (version, interfaces) in [
            (
                Version::new(0, 2, 3),
                ["sockets/udp", "http/outgoing-handler", "clocks/timezone"],
            ),
            (
                Version::new(0, 3, 1),
                ["sockets/types", "http/client", "clocks/timezone"],
            ),
        ] {
            let (resolve, world) = everything(&version).unwrap();
            let keys = resolve.worlds[world].imports.keys();
            let names: Vec<_> = keys.map(|key| resolve.name_world_key(key)).collect();
            let end = format!("@{version}");
            assert!(names.iter().all(|name| name.ends_with(&end)), "{names:?}");
            for interface in interfaces {
                let name = format!("wasi:{interface}{end}");
                assert!(names.contains(&name), "{names:?}");
            }
        }
    }
}
