//! A number of bytes in a policy. It must never know what it limits.

use super::text::as_text;
use std::fmt;
use std::str::FromStr;

/// A number of bytes. Its text is a number, with `K`, `M` or `G` behind it for units of 1024, 1024²
/// and 1024³.
///
/// ```
/// use wasi_virt::Size;
///
/// let size: Size = "64M".parse().unwrap();
/// assert_eq!(size.0, 64 << 20);
/// assert_eq!(size.to_string(), "64M");
/// assert_eq!(Size(1000).to_string(), "1000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// The units, the largest first.
const UNITS: [(char, u32); 3] = [('G', 30), ('M', 20), ('K', 10)];

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, bits): &&(char, u32)| self.0 != 0 && self.0.is_multiple_of(1 << *bits);
        match UNITS.iter().find(whole) {
            Some((unit, bits)) => write!(f, "{}{unit}", self.0 >> bits),
            None => write!(f, "{}", self.0),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    /// # Errors
    ///
    /// What to give instead.
    fn from_str(text: &str) -> Result<Self, String> {
        let unit = UNITS.iter().find(|(unit, _)| text.ends_with(*unit));
        let (digits, bits) = match unit {
            Some((_, bits)) => (&text[..text.len() - 1], *bits),
            None => (text, 0),
        };
        let number: Option<u64> = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| digits.parse().ok())
            .flatten();
        number
            .and_then(|number| number.checked_mul(1 << bits))
            .map(Size)
            .ok_or_else(|| {
                "give a number of bytes, or one with `K`, `M` or `G` behind it such as `64M`"
                    .to_string()
            })
    }
}

as_text!(Size);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn texts_come_back() {
        for text in ["0", "1", "1023", "1K", "1025", "64M", "3G", "17179869183G"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        assert_eq!("2048K".parse::<Size>().unwrap().to_string(), "2M");
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in [
            "",
            "M",
            "-1",
            "+1",
            "1.5M",
            "64m",
            "64 M",
            "64MB",
            "17179869184G",
            "é",
        ] {
            assert!(text.parse::<Size>().unwrap_err().contains("64M"), "{text}");
        }
    }
}
