//! The shell with a disk: what the native command and the command component share. It asks the
//! disk, calls the engine and writes the result; what the flags mean and what is printed is decided
//! by the rest of this crate.

mod closed;
mod guard;
mod overlap;
mod problem;
mod progress;
mod run;
mod sink;
mod splice;
mod unfinished;

pub use run::run;
