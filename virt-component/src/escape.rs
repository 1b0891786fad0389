//! Makes text from outside (arguments, names in a component, paths) safe to print. Whatever this
//! crate prints passes through here; nothing here may change what is computed.

use std::fmt::Write;

/// `text` with control and invisible formatting characters written as escapes (`\n`, `\u{1b}`).
pub fn escape(text: &str) -> String {
    escape_except(text, |_| false)
}

/// Like [`escape`], but keeps line feeds: for messages of several lines.
pub fn escape_lines(text: &str) -> String {
    escape_except(text, |c| c == '\n')
}

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

/// `text` escaped, between backticks, as every message names things.
pub fn quote(text: &str) -> String {
    format!("`{}`", escape(text))
}

fn escape_except(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !keep(c) && is_unprintable(c) {
            match c {
                '\n' | '\r' | '\t' => out.extend(c.escape_default()),
                _ => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a String takes any text"),
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Control characters, and those that reorder or hide text on a terminal.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_act_on() {
        assert_eq!(
            escape("a\nb\x1b[31m\u{7f}\u{9b}\u{202e}"),
            "a\\nb\\u{1b}[31m\\u{7f}\\u{9b}\\u{202e}"
        );
        assert_eq!(escape("naïve 日本 \u{1f980}"), "naïve 日本 \u{1f980}");
        assert_eq!(escape_lines("a\nb\r"), "a\nb\\r");
        assert_eq!(quote("x\ty"), "`x\\ty`");
        assert_eq!(
            escape_painted("\u{1b}[1;31ma\u{7}\u{1b}[0m\n\u{1b}[2J\u{1b}]0"),
            "\u{1b}[1;31ma\\u{7}\u{1b}[0m\n\\u{1b}[2J\\u{1b}]0"
        );
    }
}
