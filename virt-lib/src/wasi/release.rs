//! Releases of WASI: the newest that is known, and which release a name is of. This module must
//! never know an interface.

use crate::error::{Error, ProblemKind, Result};
use crate::wasi::name::{InterfaceName, is_wasi};
use semver::Version;

/// The newest release that is known.
pub(crate) const NEWEST: Version = Version::new(0, 2, 12);

/// The same of WASI 0.3.
pub(crate) const NEWEST_0_3: Version = Version::new(0, 3, 2);

/// The WASI release that an adapter without a component is made for by default.
pub const DEFAULT_WASI_VERSION: &str = "0.2.12";

/// Reads a version that an adapter without a component can be made for.
///
/// # Errors
///
/// One that is not of WASI 0.2 or 0.3, or newer than this release knows.
pub(crate) fn parse(text: &str) -> Result<Version> {
    let wrong = |why: &str| {
        Error::invalid(
            ProblemKind::Value,
            format!(
                "WASI version `{}` is {why}; give one from 0.2.0 to {NEWEST}, or from 0.3.0 to \
                 {NEWEST_0_3}",
                text.escape_debug()
            ),
        )
    };
    let version = Version::parse(text).map_err(|_| wrong("not a version"))?;
    let newest = match (version.major, version.minor) {
        (0, 2) => NEWEST,
        (0, 3) => NEWEST_0_3,
        _ => return Err(wrong("not a release of WASI 0.2 or 0.3")),
    };
    if !version.pre.is_empty() || !version.build.is_empty() {
        return Err(wrong("not a release of WASI 0.2 or 0.3"));
    }
    if version > newest {
        return Err(wrong("newer than this release knows"));
    }
    Ok(version)
}

/// The release of WASI 0.2 in the name of an interface.
pub(crate) fn of(name: &str) -> Option<Version> {
    let version = InterfaceName::parse(name)?.version?;
    let version = Version::parse(version).ok()?;
    let is_release = (version.major, version.minor) == (0, 2) && version.pre.is_empty();
    (is_wasi(name) && is_release).then_some(version)
}

/// Whether `name` is of WASI 0.2, which the adapter serves.
pub(crate) fn is_supported(name: &str) -> bool {
    is_of_minor(name, "0.2.")
}

/// Whether `name` is of WASI 0.3, which the adapter serves as well.
pub(crate) fn is_newer(name: &str) -> bool {
    is_wasi(name) && is_of_minor(name, "0.3.")
}

/// Whether a release is of WASI 0.3.
pub(crate) fn is_newer_release(version: &Version) -> bool {
    (version.major, version.minor) == (0, 3)
}

/// Whether the version of a name is a release of this minor version.
fn is_of_minor(name: &str, minor: &str) -> bool {
    InterfaceName::parse(name)
        .and_then(|name| name.version)
        .and_then(|version| version.strip_prefix(minor))
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn the_default_is_the_newest() {
        assert_eq!(DEFAULT_WASI_VERSION, NEWEST.to_string());
    }

    #[test]
    fn other_versions_are_refused() {
        for (version, why) in [
            ("0.2", "not a version"),
            ("0.2.03", "not a version"),
            ("x\u{1b}", "x\\u{1b}"),
            ("0.4.0", "not a release of WASI 0.2 or 0.3"),
            ("0.3.0-rc.1", "not a release of WASI 0.2 or 0.3"),
            ("0.2.13", "newer than this release knows"),
            ("0.3.3", "newer than this release knows"),
        ] {
            let error = parse(version).unwrap_err().to_string();
            assert!(
                error.contains(why) && error.contains("0.2.12, or from 0.3.0 to 0.3.2"),
                "{error}"
            );
        }
    }
}
