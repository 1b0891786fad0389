//! Why an operation fails, in the words of `wasi:filesystem`.

/// The error codes that a read-only tree gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The descriptor is of the wrong type, or not open for this.
    BadDescriptor,
    /// One path leads to the host's files, and another to virtual ones.
    CrossDevice,
    /// Something of this name exists.
    Exist,
    /// The flags do not go together, or the object is of the wrong type.
    Invalid,
    /// A directory where none is expected.
    IsDirectory,
    /// Too many symbolic links, or one where none may be followed.
    Loop,
    /// There is no object of this name.
    NoEntry,
    /// A directory is expected.
    NotDirectory,
    /// The path is absolute or leads out of the directory.
    NotPermitted,
    /// It would change the tree.
    ReadOnly,
    /// The request is not supported.
    Unsupported,
}
