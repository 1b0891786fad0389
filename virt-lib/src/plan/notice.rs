//! What of a policy a component can notice, by the functions that it imports. This module must
//! never read a policy.

use crate::read::inspect::Component;
use crate::wasi::name;
use crate::wasi::release::is_newer;
use crate::wasi::subsystem::{Subsystem, can_be_virtual};

/// Something fixed or mounted, which only certain functions show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Env,
    Args,
    Cwd,
    Files,
    Clock,
    Random,
    Config,
}

impl Notice {
    /// What a component does that cannot notice it, for an error.
    pub(crate) fn missing(self) -> &'static str {
        match self {
            Notice::Env => "does not import wasi:cli/environment#get-environment",
            Notice::Args => "does not import wasi:cli/environment#get-arguments",
            Notice::Cwd => "imports neither wasi:cli/environment#initial-cwd nor #get-initial-cwd",
            Notice::Files => "does not import wasi:filesystem/preopens#get-directories",
            Notice::Clock => {
                "imports none of wasi:clocks/wall-clock#now, system-clock#now, monotonic-clock#now, \
                 #subscribe-instant, #subscribe-duration, #wait-until and #wait-for, and no \
                 function of wasi:clocks/timezone"
            }
            Notice::Random => {
                "imports no function that gives numbers from wasi:random/random, insecure or insecure-seed"
            }
            Notice::Config => {
                "imports neither get nor get-all from a wasi:config/store or wasi:config/runtime that this release knows"
            }
        }
    }

    /// Whether `component` imports such a function. Where WIT cannot express the component, the
    /// interface counts.
    pub(crate) fn reaches(self, component: &Component) -> bool {
        let functions = component.functions();
        let known = component.world.is_ok();
        component.imports.iter().any(|import| {
            let shows = self.shown_by(&import.name);
            let imported = functions.get(&import.name);
            match known {
                true => imported.is_some_and(|imported| {
                    imported
                        .iter()
                        .any(|function| shows.contains(&function.as_str()))
                }),
                false => !shows.is_empty(),
            }
        })
    }

    /// Whether `component` imports a clock that times of files come from, if for its types alone.
    pub(crate) fn has_clock(component: &Component) -> bool {
        let mut names = component.imports.iter().map(|import| &import.name);
        names.any(|name| {
            can_be_virtual(name) == Some(Subsystem::Clocks)
                && matches!(name::path(name), name::WALL_CLOCK | name::SYSTEM_CLOCK)
        })
    }

    /// The functions of an interface that show it.
    fn shown_by(self, full: &str) -> &'static [&'static str] {
        let is = |subsystem| can_be_virtual(full) == Some(subsystem);
        match (self, name::path(full)) {
            (Notice::Env, name::ENVIRONMENT) => &["get-environment"],
            (Notice::Args, name::ENVIRONMENT) => &["get-arguments"],
            (Notice::Cwd, name::ENVIRONMENT) if is_newer(full) => &["get-initial-cwd"],
            (Notice::Cwd, name::ENVIRONMENT) => &["initial-cwd"],
            (Notice::Files, name::PREOPENS) => &["get-directories"],
            (Notice::Clock, name::WALL_CLOCK | name::SYSTEM_CLOCK) if is(Subsystem::Clocks) => {
                &["now"]
            }
            (Notice::Clock, name::MONOTONIC_CLOCK) if is_newer(full) => {
                &["now", "wait-until", "wait-for"]
            }
            (Notice::Clock, name::MONOTONIC_CLOCK) if is(Subsystem::Clocks) => {
                &["now", "subscribe-instant", "subscribe-duration"]
            }
            (Notice::Clock, name::TIMEZONE) if is_newer(full) => {
                &["iana-id", "utc-offset", "to-debug-string"]
            }
            (Notice::Clock, name::TIMEZONE) if is(Subsystem::Clocks) => &["display", "utc-offset"],
            (Notice::Random, _) if is(Subsystem::Random) => &[
                "get-random-bytes",
                "get-random-u64",
                "get-insecure-random-bytes",
                "get-insecure-random-u64",
                "insecure-seed",
                "get-insecure-seed",
            ],
            (Notice::Config, _) if is(Subsystem::Config) => &["get", "get-all"],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    const ALL: [Notice; 7] = [
        Notice::Env,
        Notice::Args,
        Notice::Cwd,
        Notice::Files,
        Notice::Clock,
        Notice::Random,
        Notice::Config,
    ];

    /// What a component notices that imports one function, of no parameters and a number as its
    /// result.
    fn noticed(interface: &str, function: &str) -> Vec<Notice> {
        let text = format!(
            r#"(component (import "{interface}" (instance (export "{function}" (func (result u64))))))"#
        );
        let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
        let reaches = |notice: &Notice| notice.reaches(&component);
        ALL.into_iter().filter(reaches).collect()
    }

    #[test]
    fn a_function_shows_one_thing() {
        for (interface, function, notice) in [
            (
                "wasi:cli/environment@0.2.6",
                "get-environment",
                Some(Notice::Env),
            ),
            (
                "wasi:cli/environment@0.2.0",
                "get-arguments",
                Some(Notice::Args),
            ),
            (
                "wasi:cli/environment@0.2.12",
                "initial-cwd",
                Some(Notice::Cwd),
            ),
            ("wasi:cli/environment@0.2.12", "something-new", None),
            (
                "wasi:filesystem/preopens@0.2.6",
                "get-directories",
                Some(Notice::Files),
            ),
            ("wasi:clocks/wall-clock@0.2.6", "now", Some(Notice::Clock)),
            ("wasi:clocks/wall-clock@0.2.6", "resolution", None),
            (
                "wasi:clocks/monotonic-clock@0.2.6",
                "subscribe-duration",
                Some(Notice::Clock),
            ),
            ("wasi:clocks/monotonic-clock@0.2.6", "resolution", None),
            ("wasi:clocks/timezone@0.2.6", "now", None),
            ("wasi:clocks/timezone@0.2.6", "display", Some(Notice::Clock)),
            ("wasi:clocks/timezone@0.2.6", "iana-id", None),
            ("wasi:clocks/timezone@0.3.0", "iana-id", Some(Notice::Clock)),
            ("wasi:clocks/timezone@0.3.0", "display", None),
            ("wasi:clocks/system-clock@0.3.2", "now", Some(Notice::Clock)),
            (
                "wasi:clocks/monotonic-clock@0.3.0",
                "wait-for",
                Some(Notice::Clock),
            ),
            ("wasi:clocks/wall-clock@0.3.0", "now", None),
            (
                "wasi:cli/environment@0.3.2",
                "get-initial-cwd",
                Some(Notice::Cwd),
            ),
            ("wasi:cli/environment@0.3.2", "initial-cwd", None),
            (
                "wasi:random/insecure-seed@0.3.2",
                "get-insecure-seed",
                Some(Notice::Random),
            ),
            (
                "wasi:random/random@0.2.6",
                "get-random-u64",
                Some(Notice::Random),
            ),
            (
                "wasi:random/insecure-seed@0.2.6",
                "insecure-seed",
                Some(Notice::Random),
            ),
            ("wasi:random/dice@0.2.6", "get-random-u64", None),
            (
                "wasi:config/store@0.2.0-rc.1",
                "get-all",
                Some(Notice::Config),
            ),
            ("wasi:config/store@0.2.0-rc.1", "set", None),
            ("wasi:config/watch@0.2.0-rc.1", "get", None),
            ("test:cli/environment@0.2.6", "get-environment", None),
        ] {
            let expected: Vec<_> = notice.into_iter().collect();
            assert_eq!(
                noticed(interface, function),
                expected,
                "{interface}#{function}"
            );
        }
    }

    #[test]
    fn without_wit_the_interface_counts() {
        let text = r#"(component
            (import "wasi:cli/environment@0.2.6" (instance))
            (import "a:b/c" (instance (export "m" (core module)))))"#;
        let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
        assert!(component.world.is_err());
        assert!(Notice::Cwd.reaches(&component));
        assert!(!Notice::Files.reaches(&component));
    }
}
