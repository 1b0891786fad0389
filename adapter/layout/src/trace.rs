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
    const ALL: [Scalar; 11] = [
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
    ];

    /// The kind of this number, as the engine gave it.
    #[must_use]
    pub fn of(number: u32) -> Scalar {
        Self::ALL
            .get(number as usize)
            .copied()
            .unwrap_or(Scalar::U64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_number() {
        for kind in Scalar::ALL.into_iter().chain([Scalar::U64]) {
            assert_eq!(Scalar::of(kind as u32), kind);
        }
    }
}
