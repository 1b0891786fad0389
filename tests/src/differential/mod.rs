//! One program, one directory, twice: as the host's own files, and as a mount that may be changed
//! in an artifact. What every call gives must agree, and so must all that is left in the end.

pub mod calls;
pub mod run;
pub mod shrink;
mod streams;
pub mod tree;

/// Which calls are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Version {
    /// Those of WASI 0.2, by the program `disk`.
    #[default]
    #[serde(rename = "0.2")]
    Old,
    /// Those of WASI 0.3, among those of 0.2, by the program `disk-p3`.
    #[serde(rename = "0.3")]
    Latest,
}

/// A directory to start from, and what is done in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    pub version: Version,
    pub tree: tree::Tree,
    /// A line of the program each.
    pub script: Vec<String>,
}
