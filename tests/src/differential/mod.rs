//! One program, one directory, twice: as the host's own files, and as a mount that may be changed
//! in an artifact. What every call gives must agree, and so must all that is left in the end.

pub mod calls;
pub mod run;
pub mod shrink;
pub mod tree;

/// A directory to start from, and what is done in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    pub tree: tree::Tree,
    /// A line of the program `disk` each.
    pub script: Vec<String>,
}
