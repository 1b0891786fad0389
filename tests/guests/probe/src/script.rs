//! The script language of the probe: a verb and words, with double quotes around what is empty or
//! holds spaces. This module must not touch WASI.

use std::fmt::Debug;

pub struct Command {
    pub verb: String,
    words: Vec<String>,
}

impl Command {
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
        Command { verb, words }
    }

    /// The word at `index`; a script that lacks it is wrong.
    pub fn word(&self, index: usize) -> &str {
        self.words
            .get(index)
            .unwrap_or_else(|| panic!("{} needs word {index}", self.verb))
    }

    pub fn optional(&self, index: usize) -> Option<&str> {
        self.words.get(index).map(String::as_str)
    }

    pub fn number(&self, index: usize) -> u64 {
        self.word(index).parse().expect("a number")
    }

    /// Whether any word after the first is `flag`.
    pub fn has(&self, flag: &str) -> bool {
        self.words.iter().skip(1).any(|word| word == flag)
    }
}

/// `ok …` or `error code-as-in-wit`.
pub fn answer<T: Debug, E: Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => {
            let value = format!("{value:?}");
            if value == "()" {
                "ok".into()
            } else {
                format!("ok {value}")
            }
        }
        Err(error) => format!("error {}", code(&error)),
    }
}

/// The name WIT gives an enum case, from what wit-bindgen prints for it (`ErrorCode::NoEntry`
/// with a message and a number around it, depending on the type).
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
