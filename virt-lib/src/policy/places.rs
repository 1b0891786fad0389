//! The entries of a policy's lists of places in the component's tree: mounts, tmpfs, preopens. This
//! module must never look whether something exists.

use super::shape::{Absent, Shape, Text, table};
use super::size::Size;
use super::values::FileMode;

table! {
    /// A file or directory to embed.
    pub struct Mount {
        /// The path that the component sees. A relative one, such as `.` or `data`, is preopened by
        /// just that name.
        guest: String = Shape::Text(Text::Filled), Absent::Refused;
        /// The file or directory, as the shell finds it. Never recorded in the artifact.
        source: String = Shape::Text(Text::Filled), Absent::Refused;
        /// Whether the component may change it: in memory, for itself, until it ends.
        #[serde(default = "read_only", skip_serializing_if = "is_read_only")]
        mode: FileMode = Shape::Choice(&FileMode::CHOICE), Absent::Word("ro");
        /// With mode `rw`, the most bytes that may be written. By default only available memory
        /// limits them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<Size> = Shape::Size, Absent::Nothing;
        /// With mode `rw`, the most files, directories and links that may be created. By default
        /// only available memory limits them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inodes: Option<u64> = Shape::COUNT, Absent::Nothing;
    }
}

impl Mount {
    /// The file or directory `source` at the path `guest`, read-only.
    pub fn new(guest: impl Into<String>, source: impl Into<String>) -> Self {
        Mount {
            guest: guest.into(),
            source: source.into(),
            mode: FileMode::Ro,
            size: None,
            inodes: None,
        }
    }

    /// Sets [`Mount::mode`].
    pub fn mode(self, mode: FileMode) -> Self {
        Mount { mode, ..self }
    }

    /// Sets [`Mount::size`].
    pub fn size(self, size: Option<Size>) -> Self {
        Mount { size, ..self }
    }

    /// Sets [`Mount::inodes`].
    pub fn inodes(self, inodes: Option<u64>) -> Self {
        Mount { inodes, ..self }
    }
}

fn read_only() -> FileMode {
    FileMode::Ro
}

fn is_read_only(mode: &FileMode) -> bool {
    *mode == FileMode::Ro
}

table! {
    /// An empty directory to write to, in memory. Its files are gone when the artifact ends.
    pub struct Tmpfs {
        /// The path that the component sees. A relative one, such as `.` or `data`, is preopened by
        /// just that name.
        guest: String = Shape::Text(Text::Filled), Absent::Refused;
        /// The most bytes that its files may hold. By default only available memory limits them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<Size> = Shape::Size, Absent::Nothing;
        /// The most files, directories and links in it. By default only available memory limits
        /// them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inodes: Option<u64> = Shape::COUNT, Absent::Nothing;
    }
}

impl Tmpfs {
    /// An empty directory at the path `guest`.
    pub fn new(guest: impl Into<String>) -> Self {
        Tmpfs {
            guest: guest.into(),
            size: None,
            inodes: None,
        }
    }

    /// Sets [`Tmpfs::size`].
    pub fn size(self, size: Option<Size>) -> Self {
        Tmpfs { size, ..self }
    }

    /// Sets [`Tmpfs::inodes`].
    pub fn inodes(self, inodes: Option<u64>) -> Self {
        Tmpfs { inodes, ..self }
    }
}

table! {
    /// A directory of the host, opened when the artifact runs.
    pub struct Preopen {
        /// The path that the component sees. A relative one, such as `.` or `data`, is preopened by
        /// just that name.
        guest: String = Shape::Text(Text::Filled), Absent::Refused;
        /// The path by which the host preopens it, or a path inside one that it preopens.
        host: String = Shape::Text(Text::Filled), Absent::Refused;
        /// Whether the component may change it.
        #[serde(default)]
        mode: FileMode = Shape::Choice(&FileMode::CHOICE), Absent::Word("rw");
    }
}

impl Preopen {
    /// The directory `host` of the host at the path `guest`, to read and write.
    pub fn new(guest: impl Into<String>, host: impl Into<String>) -> Self {
        Preopen {
            guest: guest.into(),
            host: host.into(),
            mode: FileMode::Rw,
        }
    }

    /// Sets [`Preopen::mode`].
    pub fn mode(self, mode: FileMode) -> Self {
        Preopen { mode, ..self }
    }
}
