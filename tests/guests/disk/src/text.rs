//! Texts in a script that cannot stand there as they are. This module must not touch WASI.

use crate::script::Command;

/// A path or text, with its `%XX` as bytes and its `%*N` as the character before it N times.
pub fn text(line: &Command, index: usize) -> String {
    let mut text = String::new();
    let mut parts = line.word(index).split('%');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        if let Some(rest) = part.strip_prefix('*') {
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            let count: usize = rest[..end].parse().expect("a count");
            let last = text.pop().expect("a character to repeat");
            text.extend(std::iter::repeat_n(last, count));
            text.push_str(&rest[end..]);
        } else {
            let (code, rest) = part.split_at(2);
            text.push(char::from(
                u8::from_str_radix(code, 16).expect("two digits"),
            ));
            text.push_str(rest);
        }
    }
    text
}
