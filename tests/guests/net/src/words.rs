//! Words of scripts and of answers, the same for both versions of WASI. This module must not touch
//! WASI.

use std::fmt::Debug;
use std::net::SocketAddr;

/// What a verb says: the error is a code.
pub type Said = Result<String, String>;

pub fn answer(said: Said) -> String {
    match said {
        Ok(text) if text.is_empty() => "ok".into(),
        Ok(text) => format!("ok {text}"),
        Err(code) => format!("error {code}"),
    }
}

pub fn address(word: &str) -> SocketAddr {
    let parsed = word.parse();
    parsed.unwrap_or_else(|_| panic!("{word:?} is no address with a port"))
}

/// The same protocol's address and port that stand for any.
pub fn any(like: &SocketAddr) -> SocketAddr {
    address(if like.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    })
}

/// A word in which `\0` is NUL, `\b` a backslash, `\s` a space, `\t` a tab and `\n` a line end; one
/// that is `-` is none.
pub fn optional(word: &str) -> Option<String> {
    (word != "-").then(|| text(word))
}

pub fn text(word: &str) -> String {
    let known = [
        ("\\0", "\0"),
        ("\\b", "\\"),
        ("\\s", " "),
        ("\\t", "\t"),
        ("\\n", "\n"),
    ];
    let replace = |text: String, (from, to): (&str, &str)| text.replace(from, to);
    known.into_iter().fold(word.to_string(), replace)
}

/// The name that WIT gives a code, from what wit-bindgen prints for it.
pub fn code<E: Debug>(error: E) -> String {
    let text = format!("{error:?}");
    if let Some((_, rest)) = text.split_once("name: \"") {
        return rest.split('"').next().unwrap_or_default().to_string();
    }
    let name = text.split_once("::").map_or(&*text, |(_, name)| name);
    let name = name.split_once('(').map_or(name, |(name, _)| name);
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

/// A method, scheme or the like as scripts write it: `other(…)` is what the variant has no case
/// for.
pub fn other(word: &str) -> Option<&str> {
    word.strip_prefix("other(")?.strip_suffix(')')
}

/// The parts of a URL: scheme, authority and path.
pub fn url(text: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let slash = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(slash);
    Some((scheme, authority, path))
}
