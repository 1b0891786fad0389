//! The artifact as a rope, so that payload bytes never pass through the engine.

/// One run of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// These bytes.
    Bytes(Vec<u8>),
    /// `len` bytes of the input component from `offset`.
    Component {
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// `len` bytes from `offset` of the file at position `index` of the entries.
    File {
        /// Position in the list of entries.
        index: u32,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
}

impl Segment {
    /// The number of bytes this segment stands for.
    pub fn len(&self) -> u64 {
        match self {
            Segment::Bytes(bytes) => bytes.len() as u64,
            Segment::Component { len, .. } | Segment::File { len, .. } => *len,
        }
    }

    /// Whether it stands for no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
