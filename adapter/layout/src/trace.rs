//! How the engine tells the adapter what kind of value a trace shows.

/// A value that is one number, by what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Scalar {
    /// `bool`.
    Bool,
    /// `u8`.
    U8,
    /// `s8`.
    S8,
    /// `u16`.
    U16,
    /// `s16`.
    S16,
    /// `u32`, and handles.
    U32,
    /// `s32`.
    S32,
    /// `s64`.
    S64,
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `char`.
    Char,
    /// `u64`.
    U64,
}

impl Scalar {
    /// The kind of this number, as the engine gave it. Without a table, which would be in every
    /// adapter.
    #[must_use]
    pub fn of(number: u32) -> Scalar {
        let is = |kind: Scalar| number == kind as u32;
        match () {
            () if is(Scalar::Bool) => Scalar::Bool,
            () if is(Scalar::U8) => Scalar::U8,
            () if is(Scalar::S8) => Scalar::S8,
            () if is(Scalar::U16) => Scalar::U16,
            () if is(Scalar::S16) => Scalar::S16,
            () if is(Scalar::U32) => Scalar::U32,
            () if is(Scalar::S32) => Scalar::S32,
            () if is(Scalar::S64) => Scalar::S64,
            () if is(Scalar::F32) => Scalar::F32,
            () if is(Scalar::F64) => Scalar::F64,
            () if is(Scalar::Char) => Scalar::Char,
            () => Scalar::U64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_number() {
        let kinds = [
            Scalar::Bool,
            Scalar::U8,
            Scalar::S8,
            Scalar::U16,
            Scalar::S16,
            Scalar::U32,
            Scalar::S32,
            Scalar::S64,
            Scalar::F32,
            Scalar::F64,
            Scalar::Char,
            Scalar::U64,
        ];
        for kind in kinds {
            assert_eq!(Scalar::of(kind as u32), kind);
        }
    }
}
