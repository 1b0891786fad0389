//! The words that keys of the policy choose from. Their meaning is decided by the engine; this
//! module only names them.

use super::shape::{Shape, Text, choices};
use super::time::Time;

choices! {
    /// Whether a subsystem is left to the host.
    #[derive(Copy)]
    pub enum Access = Deny {
        /// Every call is denied.
        Deny = "deny",
        /// Every call reaches the host.
        Allow = "allow",
    }
}

choices! {
    /// What clocks a component sees.
    #[derive(Copy)]
    pub enum Clocks = Deny {
        /// None: every call is denied.
        Deny = "deny",
        /// The host's.
        Allow = "allow",
        /// A clock that stands still at this time. The monotonic clock stands at 0. Nothing waits.
        Fixed(Time, Shape::Time) = "fixed",
        /// A clock that starts at this time. Every reading moves it on by a microsecond, and
        /// waiting moves it at once to the end of the wait. The monotonic clock starts at 0.
        Start(Time, Shape::Time) = "start",
    }
}

choices! {
    /// What random numbers a component sees.
    #[derive(Copy)]
    pub enum Random = Deny {
        /// None: every call is denied.
        Deny = "deny",
        /// The host's.
        Allow = "allow",
        /// Numbers computed from this seed, at most 2^63 - 1. They are the same in every run, so
        /// they are not secret.
        Seed(u64, Shape::Number(Random::LAST_SEED)) = "seed",
    }
}

impl Random {
    /// The largest seed, which is the largest number that a TOML file can hold.
    pub const LAST_SEED: u64 = i64::MAX as u64;
}

choices! {
    /// Which of the host's environment variables, or of its configuration properties, a component
    /// sees.
    pub enum HostNames = None {
        /// None of them.
        None = "none",
        /// All of them.
        All = "all",
        /// Only those named.
        Only(Vec<String>, Shape::List(&Shape::Text(Text::Name))) = "only",
        /// All but those named.
        Except(Vec<String>, Shape::List(&Shape::Text(Text::Name))) = "except",
    }
}

choices! {
    /// What happens to one of the standard streams.
    #[derive(Copy)]
    pub enum StdioMode = Deny {
        /// Operations fail with `last-operation-failed`.
        Deny = "deny",
        /// Input is at its end, output is discarded.
        Ignore = "ignore",
        /// The host's stream.
        Allow = "allow",
    }
}

choices! {
    /// Whether files may be changed through the artifact.
    #[derive(Copy)]
    pub enum FileMode = Rw {
        /// Reading and writing, as far as the host allows it for files of its own.
        Rw = "rw",
        /// Reading only.
        Ro = "ro",
    }
}

choices! {
    /// What happens to symbolic links in a mounted directory.
    #[derive(Copy)]
    pub enum Symlinks = Keep {
        /// They stay links, followed inside the virtual tree. An absolute one is an error.
        Keep = "keep",
        /// They are left out.
        Skip = "skip",
    }
}

choices! {
    /// How a denied function answers.
    #[derive(Copy)]
    pub enum DenyMode = Trap {
        /// It traps, in a function whose name says what was denied.
        Trap = "trap",
        /// It returns the interface's own error, and traps if the interface has none.
        Error = "error",
    }
}
