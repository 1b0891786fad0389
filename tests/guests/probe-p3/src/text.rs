//! What came, as the answers of a script show it. This module must not touch WASI.

use std::fmt::Debug;

/// `ok`, `ok …` or `error code-as-in-wit`.
pub fn answer<T: Debug, E: Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => match format!("{value:?}").as_str() {
            "()" => "ok".into(),
            value => format!("ok {value}"),
        },
        Err(error) => format!("error {}", code(&error)),
    }
}

/// The name that WIT gives a case, with its payload, if it has one that is not nothing.
pub fn code<E: Debug>(error: &E) -> String {
    let text = format!("{error:?}");
    let name = text
        .split_once("::")
        .map_or(text.as_str(), |(_, name)| name);
    let (name, payload) = match name.split_once('(') {
        Some((name, payload)) if payload != "None)" => (name, format!("({payload}")),
        Some((name, _)) => (name, String::new()),
        None => (name, String::new()),
    };
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab + &payload
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
