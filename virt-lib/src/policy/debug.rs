//! Which calls are logged, and how that is written. This module must never know a call.

use super::shape::{Choice, Word};
use serde::{Deserialize, Serialize};

/// Which calls of imported functions are logged. `true` and `false` stand for `all` and `off`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", from = "Written")]
#[non_exhaustive]
pub enum DebugLog {
    /// None.
    #[default]
    Off,
    /// Those that are denied.
    Denied,
    /// All.
    All,
}

impl DebugLog {
    /// Its words.
    pub const CHOICE: Choice = Choice {
        name: "DebugLog",
        about: "Which calls of imported functions are logged.",
        words: &[
            Word {
                word: "off",
                about: "None.",
                value: None,
            },
            Word {
                word: "denied",
                about: "Those that are denied.",
                value: None,
            },
            Word {
                word: "all",
                about: "All.",
                value: None,
            },
        ],
        switch: Some(["off", "all"]),
    };
}

/// The two ways to write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Switch(bool),
    Name(Name),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Name {
    Off,
    Denied,
    All,
}

impl From<Written> for DebugLog {
    fn from(written: Written) -> Self {
        match written {
            Written::Switch(false) | Written::Name(Name::Off) => DebugLog::Off,
            Written::Name(Name::Denied) => DebugLog::Denied,
            Written::Switch(true) | Written::Name(Name::All) => DebugLog::All,
        }
    }
}
