//! What a version of WASI has of its own, for what all versions do alike.

use wasi_virt_vfs::{Error, Kind};

use crate::abi::Own;
use crate::descriptor::Descriptor;
use crate::files::Stat;
use crate::host_files::HostFiles;

/// A version of WASI.
pub trait Version:
    HostFiles<Error: From<Error>, Stat: From<Stat>, Type: From<Kind>> + Copy + 'static
{
    /// Whether a time may be before 1970.
    const HAS_SIGNED_TIMES: bool;

    /// What a handle of a descriptor stands for. Traps where it is another's.
    fn descriptor(handle: u32) -> Descriptor<Self>;

    /// Gives a handle to a descriptor.
    fn add(descriptor: Descriptor<Self>) -> Own;

    /// Refuses one more handle where there is no memory for it.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientMemory`].
    fn room() -> FileResult<Self, ()>;

    /// Whether an operation failed because nothing is there.
    fn is_no_entry(error: &Self::Error) -> bool;

    /// Whether what is there is a directory.
    fn is_directory(stat: &Self::Stat) -> bool;
}

/// What an operation on files gives in a version.
pub type FileResult<V, T> = Result<T, <V as HostFiles>::Error>;
