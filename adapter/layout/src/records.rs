//! The records of the blob, as they lie in memory. This module must only describe bytes.

use zerocopy::byteorder::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A run of bytes, or of records: where it starts in the blob, and how many there are.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Span {
    /// Offset of the first, from the start of the blob.
    pub offset: U32,
    /// How many bytes, or records.
    pub count: U32,
}

/// A name and a value: an environment variable, or a preopened directory's path and root.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Pair {
    /// The name's bytes.
    pub name: Span,
    /// The value's bytes. For a preopen, `offset` is the root's node and `count` is 0.
    pub value: Span,
}

/// One node of the file tree. The children of a directory are contiguous and sorted by name.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Record {
    /// The last component of its path; empty for a root.
    pub name: Span,
    /// The directory it is in; a root is in itself.
    pub parent: U32,
    /// One of the kinds below; for what is the host's, with [`Record::READ_ONLY`] or without.
    pub kind: U32,
    /// First child; offset in the payload; offset of the target, or of the host's path, in the
    /// blob.
    pub start: U64,
    /// Number of children; size in bytes; length of the target, or of the host's path.
    pub size: U64,
}

impl Record {
    /// An empty directory.
    pub const EMPTY: Record = zerocopy::transmute!([0_u8; size_of::<Record>()]);
    /// A directory.
    #[cfg(feature = "write")]
    pub const DIRECTORY: u32 = 0;
    /// A regular file.
    pub const FILE: u32 = 1;
    /// A symbolic link.
    pub const SYMLINK: u32 = 2;
    /// A file of the host.
    pub const HOST_FILE: u32 = 3;
    /// A directory of the host.
    pub const HOST_DIRECTORY: u32 = 4;
    /// With one of the last two: not to be changed.
    pub const READ_ONLY: u32 = 0x100;
}

/// The start of the blob. All zero is the empty configuration.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Header {
    /// [`Pair`]s: the variables with fixed values, each name once.
    pub env: Span,
    /// [`Span`]s: the names that [`Header::host_env`] is about.
    pub host_env_names: Span,
    /// [`Span`]s: the fixed arguments.
    pub args: Span,
    /// [`Pair`]s: the preopened directories.
    pub preopens: Span,
    /// [`Record`]s: the file tree.
    pub nodes: Span,
    /// The fixed current directory.
    pub cwd: Span,
    /// The timestamp of every node, in seconds since 1970.
    pub mtime_seconds: U64,
    /// Which variables of the host are visible: one of the `HOST_ENV_*`.
    pub host_env: u8,
    /// Whether the host's arguments are visible: 0 or 1.
    pub host_args: u8,
    /// One of the `CWD_*`.
    pub cwd_kind: u8,
    /// A [`Stdio`], like the next two.
    pub stdin: u8,
    /// See [`Header::stdin`].
    pub stdout: u8,
    /// See [`Header::stdin`].
    pub stderr: u8,
    /// Whether the host's own preopened directories are visible: 0 or 1.
    pub host_preopens: u8,
    /// Whether an [`Extension`] follows: 0 or 1.
    pub extended: u8,
}

/// What few artifacts need, right behind the header of those that do.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Extension {
    /// [`Pair`]s: the configuration properties with fixed values, each name once.
    pub config: Span,
    /// [`Span`]s: the names that [`Extension::host_config`] is about.
    pub host_config_names: Span,
    /// Bytes: the rules for the network, as the crate `wasi-virt-net` encodes them.
    pub rules: Span,
    /// Where the virtual clock starts: seconds since 1970.
    pub clock_seconds: U64,
    /// What the virtual random numbers come from.
    pub seed: U64,
    /// Where the virtual clock starts: nanoseconds into the second.
    pub clock_nanoseconds: U32,
    /// Which properties of the host are visible: one of the `Header::HOST_ENV_*`.
    pub host_config: u8,
    /// Whether the virtual clock stands still: 0 or 1.
    pub clock_stands: u8,
    /// Zero.
    pub reserved: [u8; 2],
}

/// How much may be stored, right at the end of the blob of an artifact where something may be.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Footer {
    /// [`Layer`]s: the mounts that are layers of their own.
    pub layers: Span,
    /// The most bytes that may be stored in all of them together.
    pub bytes: U64,
    /// The most nodes that may be made in all of them together.
    pub nodes: U64,
    /// Whether anything in the tree is the host's: 0 or 1.
    pub host_nodes: u8,
    /// Where `now` comes from: one of the `NOW_*`.
    pub now: u8,
    /// Zero.
    pub reserved: [u8; 2],
}

/// A mount of the file tree: what is below its root, down to the roots of others.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Layer {
    /// The node it is mounted at.
    pub root: U32,
    /// Whether it may be changed: 0 or 1.
    pub writable: U32,
    /// The most bytes that may be stored in it.
    pub bytes: U64,
    /// The most nodes that may be made in it.
    pub nodes: U64,
}

impl Footer {
    /// There is no clock: every change happens when the files are from.
    #[cfg(feature = "write")]
    pub const NOW_FIXED: u8 = 0;
    /// The virtual clock's time.
    pub const NOW_VIRTUAL: u8 = 1;
    /// The host's.
    pub const NOW_HOST: u8 = 2;
}

impl Extension {
    /// The empty extension.
    pub const EMPTY: Extension = zerocopy::transmute!([0_u8; size_of::<Extension>()]);
}

impl Header {
    /// The empty configuration.
    pub const EMPTY: Header = zerocopy::transmute!([0_u8; size_of::<Header>()]);

    /// No variable of the host is visible; so with properties.
    #[cfg(feature = "write")]
    pub const HOST_ENV_NONE: u8 = 0;
    /// All are.
    pub const HOST_ENV_ALL: u8 = 1;
    /// Those named are.
    pub const HOST_ENV_ONLY: u8 = 2;
    /// Those not named are.
    pub const HOST_ENV_EXCEPT: u8 = 3;

    /// There is no current directory.
    #[cfg(feature = "write")]
    pub const CWD_NONE: u8 = 0;
    /// It is the host's.
    pub const CWD_HOST: u8 = 1;
    /// It is [`Header::cwd`].
    pub const CWD_FIXED: u8 = 2;
}

/// What a standard stream that is not the host's does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Stdio {
    /// Its operations fail.
    #[default]
    Deny = 0,
    /// Input is at its end, output is swallowed.
    Ignore = 1,
}

impl Stdio {
    pub(crate) fn from_byte(byte: u8) -> Self {
        if byte == Stdio::Ignore as u8 {
            Stdio::Ignore
        } else {
            Stdio::Deny
        }
    }
}
