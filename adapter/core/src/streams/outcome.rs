//! What comes of an operation, as the future of it gives it. This module must write it only where
//! the canonical ABI would.

use super::{Failure, Of, Types};
use crate::abi::{Abi, Lower};
use crate::app::App;
use crate::files;

/// What an operation fails for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A file.
    File(wasi_virt_vfs::Error),
    /// A lack of memory.
    Memory,
}

impl Fault {
    fn lower<E: Failure>(self) -> E {
        match self {
            Fault::File(error) => E::of(error),
            Fault::Memory => E::no_memory(),
        }
    }
}

/// What comes of a stream that reads a file, by what its last read gave.
pub(super) fn failure(end: files::End) -> Result<(), Fault> {
    match end {
        files::End::Closed => Ok(()),
        files::End::Failed(error) => Err(Fault::File(error)),
    }
}

/// What comes of an operation.
pub(super) enum Outcome<T: Types> {
    Fs(Result<(), T::Fs>),
    Cli(Result<(), T::Cli>),
}

impl<T: Types> Outcome<T> {
    /// What a future of this kind gives for a result.
    pub(super) fn new(of: Of, result: Result<(), Fault>) -> Self {
        match of {
            Of::Fs => Outcome::Fs(result.map_err(Fault::lower)),
            Of::Cli => Outcome::Cli(result.map_err(Fault::lower)),
        }
    }

    /// The kind of its future.
    pub(super) fn of(&self) -> Of {
        match self {
            Outcome::Fs(_) => Of::Fs,
            Outcome::Cli(_) => Of::Cli,
        }
    }

    /// Traps unless a future of this kind can be read to an address.
    pub(super) fn check(of: Of, app: App, at: u32) {
        fn check<R: Abi>(app: App, at: u32) {
            app.check(at, R::SIZE.into(), R::ALIGN);
        }
        match of {
            Of::Fs => check::<Result<(), T::Fs>>(app, at),
            Of::Cli => check::<Result<(), T::Cli>>(app, at),
        }
    }

    /// Writes it to an address where there is room for it. The application may run.
    pub(super) fn lower(self, app: App, at: u32) {
        match self {
            Outcome::Fs(result) => result.lower(app, at),
            Outcome::Cli(result) => result.lower(app, at),
        }
    }
}
