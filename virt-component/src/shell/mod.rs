//! The shell with a disk: what the native command and the command component share. It reads the
//! disk, calls the engine and writes the result. The rest of this crate decides what flags mean and
//! what is printed.

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
