//! The script language: a verb and words, with double quotes around words that are empty or hold spaces, and
//! `%XX` for a byte. This module must not touch WASI.

use std::fmt::Debug;

/// A line of a script.
pub struct Line {
    pub verb: String,
    words: Vec<String>,
}

impl Line {
    pub fn parse(line: &str) -> Self {
        let mut words = Vec::new();
        let mut chars = line.chars().peekable();
        while let Some(first) = chars.next() {
            match first {
                ' ' => {}
                '"' => words.push(chars.by_ref().take_while(|c| *c != '"').collect()),
                _ => {
                    let mut word = String::from(first);
                    while let Some(next) = chars.next_if(|c| *c != ' ') {
                        word.push(next);
                    }
                    words.push(word);
                }
            }
        }
        let verb = words.remove(0);
        Line { verb, words }
    }

    /// The word at `index`; a script that lacks it is wrong.
    pub fn word(&self, index: usize) -> &str {
        self.words
            .get(index)
            .unwrap_or_else(|| panic!("{} needs word {index}", self.verb))
    }

    /// A path or text, with its `%XX` as bytes and its `%*N` as the character before it N times.
    pub fn text(&self, index: usize) -> String {
        let mut text = String::new();
        let mut parts = self.word(index).split('%');
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

    pub fn number(&self, index: usize) -> u64 {
        self.word(index).parse().expect("a number")
    }
}

/// `ok …`, or the error's code.
pub fn answer<T: Debug, E: Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => match format!("{value:?}").as_str() {
            "()" => "ok".into(),
            value => format!("ok {value}"),
        },
        Err(error) => code(&error),
    }
}

/// The name WIT gives an enum case, from what wit-bindgen prints for it.
pub fn code<E: Debug>(error: &E) -> String {
    let text = format!("{error:?}");
    let name = match text.split_once("name: \"") {
        Some((_, rest)) => rest.split('"').next().unwrap_or_default().to_string(),
        None => text.rsplit("::").next().unwrap_or_default().to_string(),
    };
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab
}
