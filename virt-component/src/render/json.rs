//! JSON as it is printed: indented, and escaped where a terminal would act on it. Others decide
//! what it holds.

use crate::escape::is_unprintable;
use serde::Serialize;

/// `value` as indented JSON with a final line feed.
pub(super) fn print(value: &impl Serialize) -> String {
    let json =
        serde_json::to_string_pretty(value).expect("results hold only strings, numbers and lists");
    let mut out = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        // Below U+0080 only DEL is left: serde_json escapes the rest, and its own line feeds stay.
        if c != '\n' && is_unprintable(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_terminal_acts_on_is_escaped_and_survives() {
        let text = "a\u{1b}\u{7f}\u{9b}\u{202e}\n\"é";
        let json = super::print(&[text]);
        assert!(json.is_ascii() || json.contains('é'));
        assert!(!json.contains(['\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}']));
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}
