//! Makes painted text safe to print; [`wasi_virt::escape`] does so for plain text. Everything that
//! this crate prints passes through one of them, and neither may change what is computed.

pub(crate) use wasi_virt::escape::is_unprintable;
pub use wasi_virt::escape::{escape, escape_lines, quote};

/// Like [`escape_lines`], but keeps colours: for text that was escaped before it was painted.
pub(crate) fn escape_painted(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = escape_lines(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';');
        match end {
            Some(end) if part[end..].starts_with('m') => {
                out.push_str("\u{1b}[");
                out.push_str(&part[..=end]);
                out.push_str(&escape_lines(&part[end + 1..]));
            }
            _ => {
                out.push_str("\\u{1b}[");
                out.push_str(&escape_lines(part));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_are_kept() {
        assert_eq!(
            escape_painted("\u{1b}[1;31ma\u{7}\u{1b}[0m\n\u{1b}[2J\u{1b}]0"),
            "\u{1b}[1;31ma\\u{7}\u{1b}[0m\n\\u{1b}[2J\\u{1b}]0"
        );
    }
}
