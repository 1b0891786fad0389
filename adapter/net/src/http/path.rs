//! Paths of requests: whether readers could disagree about one, and its canonical spelling. This
//! module must never resolve a segment such as `..`.

use alloc::string::String;

/// A path with its query.
#[derive(Clone, Copy, Debug)]
pub struct Path<'p> {
    path: &'p str,
    /// With its question mark.
    query: &'p str,
}

/// A byte of a path, escaped or not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Plain(u8),
    /// An escape that stays one, by the byte that it stands for.
    Escaped(u8),
    /// A percent sign that begins no escape.
    Broken,
}

impl<'p> Path<'p> {
    /// A path that begins with a slash and has visible letters of ASCII alone.
    pub fn parse(text: &'p str) -> Option<Path<'p>> {
        let is_visible = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
        if !text.starts_with('/') || !text.bytes().all(is_visible) {
            return None;
        }
        let end = text.find('?').unwrap_or(text.len());
        let (path, query) = text.split_at_checked(end)?;
        Some(Path { path, query })
    }

    /// The path and the query as the program passed them.
    pub(super) fn as_it_came(&self) -> String {
        [self.path, self.query].concat()
    }

    /// The bytes of the path: escapes of letters, digits and `-._~` are what they stand for.
    fn pieces(&self) -> impl Iterator<Item = Piece> {
        let mut rest = self.path.as_bytes();
        core::iter::from_fn(move || {
            let (first, after) = rest.split_first()?;
            rest = after;
            if *first != b'%' {
                return Some(Piece::Plain(*first));
            }
            let Some(byte) = after.get(..2).and_then(escaped) else {
                return Some(Piece::Broken);
            };
            rest = after.get(2..).unwrap_or_default();
            let is_unreserved =
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
            Some(match is_unreserved {
                true => Piece::Plain(byte),
                false => Piece::Escaped(byte),
            })
        })
    }

    /// Whether hosts and servers could take it for different paths: because of `.` and `..`, empty
    /// segments, backslashes, and escapes of them and of slashes.
    pub fn is_ambiguous(&self) -> bool {
        // How many dots a segment begins with, while it has nothing else; a parameter may follow.
        let mut dots = None;
        let mut before = Piece::Plain(0);
        for piece in self.pieces() {
            match piece {
                Piece::Broken | Piece::Escaped(b'/' | b'\\' | 0) | Piece::Plain(b'\\') => {
                    return true;
                }
                Piece::Plain(b'/') if before == Piece::Plain(b'/') => return true,
                Piece::Plain(b'/') | Piece::Plain(b';') | Piece::Escaped(b';')
                    if matches!(dots, Some(1 | 2)) =>
                {
                    return true;
                }
                Piece::Plain(b'/') => dots = Some(0),
                Piece::Plain(b'.') => dots = dots.map(|dots| dots + 1),
                Piece::Plain(_) | Piece::Escaped(_) => dots = None,
            }
            before = piece;
        }
        matches!(dots, Some(1 | 2))
    }

    /// The path in its canonical spelling, with the query as it came.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        for piece in self.pieces() {
            match piece {
                Piece::Plain(byte) => text.push(char::from(byte)),
                Piece::Escaped(byte) => {
                    text.push('%');
                    for nibble in [byte >> 4, byte & 15] {
                        let digit = char::from_digit(nibble.into(), 16).unwrap_or('0');
                        text.push(digit.to_ascii_uppercase());
                    }
                }
                Piece::Broken => text.push('%'),
            }
        }
        text.push_str(self.query);
        text
    }

    /// Whether it is the canonical path `above`, or below it.
    pub fn is_below(&self, above: &str) -> bool {
        if above.is_empty() {
            return true;
        }
        let canonical = Path { query: "", ..*self }.canonical();
        let Some(rest) = canonical.strip_prefix(above) else {
            return false;
        };
        rest.is_empty() || above.ends_with('/') || rest.starts_with('/')
    }
}

/// The byte that two hexadecimal digits stand for.
fn escaped(digits: &[u8]) -> Option<u8> {
    let mut value = 0;
    for digit in digits {
        value = value * 16 + char::from(*digit).to_digit(16)? as u8;
    }
    Some(value)
}
