//! Names of WASI: its packages, interfaces and functions, and how a name is taken apart. Every
//! other module uses these constants. This module must never say what a policy does with a name.

use crate::wasi::release::is_newer;

/// What every name of WASI starts with.
pub(crate) const NAMESPACE: &str = "wasi:";

pub(crate) const CLI: &str = "wasi:cli";
pub(crate) const CLOCKS: &str = "wasi:clocks";
pub(crate) const CONFIG: &str = "wasi:config";
pub(crate) const FILESYSTEM: &str = "wasi:filesystem";
pub(crate) const HTTP: &str = "wasi:http";
pub(crate) const IO: &str = "wasi:io";
pub(crate) const RANDOM: &str = "wasi:random";
pub(crate) const SOCKETS: &str = "wasi:sockets";

pub(crate) const CONFIG_RUNTIME: &str = "wasi:config/runtime";
pub(crate) const CONFIG_STORE: &str = "wasi:config/store";
pub(crate) const ENVIRONMENT: &str = "wasi:cli/environment";
pub(crate) const FILES: &str = "wasi:filesystem/types";
pub(crate) const HTTP_TYPES: &str = "wasi:http/types";
pub(crate) const IO_ERROR: &str = "wasi:io/error";
pub(crate) const IO_STREAMS: &str = "wasi:io/streams";
pub(crate) const LOOKUP: &str = "wasi:sockets/ip-name-lookup";
pub(crate) const MONOTONIC_CLOCK: &str = "wasi:clocks/monotonic-clock";
pub(crate) const PREOPENS: &str = "wasi:filesystem/preopens";
pub(crate) const STDERR: &str = "wasi:cli/stderr";
pub(crate) const SYSTEM_CLOCK: &str = "wasi:clocks/system-clock";
pub(crate) const TIMEZONE: &str = "wasi:clocks/timezone";
pub(crate) const WALL_CLOCK: &str = "wasi:clocks/wall-clock";

/// What keys of WASI 0.3 have after the interface.
const MINOR: &str = "@0.3";

/// The key of the function that waits for several pollables.
pub(crate) const POLL: &str = "wasi:io/poll#poll";

/// What keys of the environment of WASI 0.3 begin with.
pub(crate) const ENVIRONMENT_KEY: &str = "wasi:cli/environment@0.3";

/// What keys of the clock of WASI 0.3 begin with.
pub(crate) const SYSTEM_CLOCK_KEY: &str = "wasi:clocks/system-clock@0.3";

/// A component-level name of the form `namespace:package/interface@version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InterfaceName<'a> {
    /// `namespace:package`.
    pub package: &'a str,
    pub interface: &'a str,
    pub version: Option<&'a str>,
}

impl<'a> InterfaceName<'a> {
    /// `None` for names that are not interface names.
    pub(crate) fn parse(name: &'a str) -> Option<Self> {
        let (package, interface) = path(name).split_once('/')?;
        package.contains(':').then_some(InterfaceName {
            package,
            interface,
            version: version(name),
        })
    }
}

/// A name without its version: `namespace:package/interface`.
pub(crate) fn path(name: &str) -> &str {
    name.split_once('@').map_or(name, |(path, _)| path)
}

/// The version of a name.
fn version(name: &str) -> Option<&str> {
    name.split_once('@').map(|(_, version)| version)
}

/// The name under which an adapter exports a function of `interface`: without a version in 0.2,
/// and with the minor one in 0.3.
pub(crate) fn key(interface: &str, function: &str) -> String {
    format!("{}#{function}", interface_key(interface))
}

/// The interface and the function of a name by which an adapter calls the host, whether it calls
/// with `async` or not.
pub(crate) fn of_host(name: &str) -> Option<(&str, &str)> {
    let (interface, function) = name.split_once('#')?;
    let plain = function.strip_prefix(wasi_virt_layout::abi::begun::LOWER);
    Some((interface, plain.unwrap_or(function)))
}

/// What keys have before the function.
pub(crate) fn interface_key(interface: &str) -> String {
    let minor = match is_newer(interface) {
        true => MINOR,
        false => "",
    };
    format!("{}{minor}", path(interface))
}

/// Whether `interface` is one of `package`, in any version.
pub(crate) fn is_of(package: &str, interface: &str) -> bool {
    InterfaceName::parse(interface).is_some_and(|name| name.package == package)
}

/// Whether `name` is in WASI's namespace.
pub(crate) fn is_wasi(name: &str) -> bool {
    name.starts_with(NAMESPACE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn names_are_taken_apart() {
        let parsed = InterfaceName::parse("wasi:io/poll@0.2.6").unwrap();
        assert_eq!((parsed.package, parsed.interface), (IO, "poll"));
        assert_eq!(parsed.version, Some("0.2.6"));
        for name in ["plain", "a/b", "wasi:odd@0.2.6"] {
            assert_eq!(InterfaceName::parse(name), None, "{name}");
        }
        assert_eq!(key("wasi:io/poll@0.2.6", "poll"), POLL);
        for version in ["0.3.0", "0.3.2"] {
            let key = key(&format!("wasi:clocks/system-clock@{version}"), "now");
            assert_eq!(key, format!("{SYSTEM_CLOCK_KEY}#now"));
        }
        assert!(is_of(IO, "wasi:io/poll@0.2.6") && !is_of(IO, "wasi:io-more/poll"));
    }
}
