//! Patterns for names of imports: `*` stands for any characters and `?` for one. The `glob` crate
//! matches them. It must never know what a pattern allows.

use glob::Pattern;

/// Whether `pattern` matches the whole of `name`.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    // The crate has classes of characters as well, and takes `**` for folders.
    let mut text = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '*' if text.ends_with('*') => {}
            '*' | '?' => text.push(c),
            c => text.push_str(&Pattern::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    Pattern::new(&text).is_ok_and(|pattern| pattern.matches(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn only_two_characters_are_special() {
        for (pattern, name) in [
            ("wasi:keyvalue/*", "wasi:keyvalue/store@0.2.0-draft"),
            ("*", "a:b/c"),
            ("a**b", "a:/b"),
            ("**", ""),
            ("***c", "a:b/c"),
            ("a:b/?", "a:b/é"),
            ("a:b/.*", "a:b/.c"),
            ("[method]*", "[method]a.b"),
            ("[ab]", "[ab]"),
        ] {
            assert!(matches(pattern, name), "{pattern}");
        }
        for (pattern, name) in [
            ("a:b/?", "a:b/"),
            ("a:b", "a:b/c"),
            ("A*", "a:b"),
            ("[ab]", "a"),
            ("?", "ab"),
        ] {
            assert!(!matches(pattern, name), "{pattern}");
        }
    }
}
