//! What tests compare with WIT: which names a type has inside. Nothing of it is in an artifact.

/// The kind of a type and its names, in order, as Rust spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A record and its fields.
    Record(&'static [&'static str]),
    /// A variant and its cases.
    Variant(&'static [&'static str]),
    /// An enumeration and its cases.
    Enum(&'static [&'static str]),
    /// Flags, as constants, and the bit of each.
    Flags(&'static [(&'static str, u32)]),
}

/// A type that a macro of this crate made.
pub trait Describe {
    /// What it consists of.
    const SHAPE: Shape;
}
