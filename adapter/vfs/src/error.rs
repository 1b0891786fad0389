//! Why an operation fails, in the words of `wasi:filesystem`.

/// The error codes that a tree gives; those that only a change can meet come with the feature
/// `write`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The descriptor is of the wrong type, or not open for this.
    BadDescriptor,
    /// Something is mounted there, or the name cannot be changed.
    #[cfg(feature = "write")]
    Busy,
    /// One path leads to the host's files, and another to virtual ones.
    CrossDevice,
    /// Something of this name exists.
    Exist,
    /// A file would be larger than files can be.
    #[cfg(feature = "write")]
    FileTooLarge,
    /// There is no memory left.
    #[cfg(feature = "write")]
    InsufficientMemory,
    /// The mount may not store more.
    #[cfg(feature = "write")]
    InsufficientSpace,
    /// The flags do not go together, or the object is of the wrong type.
    Invalid,
    /// A directory where none is expected.
    IsDirectory,
    /// Too many symbolic links, or one where none may be followed.
    Loop,
    /// A name, or a path, is longer than may be.
    #[cfg(feature = "write")]
    NameTooLong,
    /// There is no object of this name.
    NoEntry,
    /// A directory is expected.
    NotDirectory,
    /// The directory is not empty.
    #[cfg(feature = "write")]
    NotEmpty,
    /// The path is absolute or leads out of the directory.
    NotPermitted,
    /// A time is later than can be stored.
    #[cfg(feature = "write")]
    Overflow,
    /// All mounts together may not store more.
    #[cfg(feature = "write")]
    Quota,
    /// It would change what is read-only.
    ReadOnly,
    /// The request is not supported.
    Unsupported,
}
