//! Makes text from outside (arguments, names in a component, paths) safe to print. Messages pass
//! through here; nothing here may change what is computed.

use std::fmt::Write;

/// `text` with control and invisible formatting characters written as escapes (`\n`, `\u{1b}`).
///
/// ```
/// assert_eq!(wasi_virt::escape::escape("a\nb\u{202e}"), "a\\nb\\u{202e}");
/// ```
pub fn escape(text: &str) -> String {
    escape_except(text, |_| false)
}

/// Like [`escape`], but keeps line feeds: for messages of several lines.
///
/// ```
/// assert_eq!(wasi_virt::escape::escape_lines("a\nb\r"), "a\nb\\r");
/// ```
pub fn escape_lines(text: &str) -> String {
    escape_except(text, |c| c == '\n')
}

/// `text` escaped, between backticks, as messages name things.
///
/// ```
/// assert_eq!(wasi_virt::escape::quote("a\tb"), "`a\\tb`");
/// ```
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

/// Whether `c` is a control character, or one that reorders or hides text on a terminal.
///
/// ```
/// assert!(wasi_virt::escape::is_unprintable('\u{200b}'));
/// ```
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn escapes_what_a_terminal_would_act_on() {
        assert_eq!(
            escape("a\nb\x1b[31m\u{7f}\u{9b}\u{202e}"),
            "a\\nb\\u{1b}[31m\\u{7f}\\u{9b}\\u{202e}"
        );
        assert_eq!(escape("naïve 日本 \u{1f980}"), "naïve 日本 \u{1f980}");
        assert_eq!(escape_lines("a\nb\r"), "a\nb\\r");
        assert_eq!(quote("x\ty"), "`x\\ty`");
    }
}
