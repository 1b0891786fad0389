//! WASI: its names, its releases, its types and its text, as a world of any 0.2 release. Nothing
//! else in the engine spells a name or a release of WASI. This module must never know a policy.

#[cfg(feature = "wit")]
pub mod copies;
pub(crate) mod name;
pub(crate) mod release;
pub(crate) mod signature;
pub(crate) mod subsystem;
pub(crate) mod types;

use self::release::NEWEST;
use crate::error::{Error, Result, Stage};
use semver::Version;
use std::cell::OnceCell;
use wit_parser::{Resolve, WorldId};

/// Every package of the newest release, without comments: `cargo xtask wit` makes it of `wit/deps`,
/// so that the crate is whole by itself.
const WASI: &str = include_str!("wasi.wit");

/// The world that imports all of WASI, under the names of `version`: with what is unstable, and
/// with what came later.
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
}
