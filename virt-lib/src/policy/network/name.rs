//! Names of hosts in a rule: their canonical spelling, which is that of the adapter, and the one in
//! other letters that a program may use as well. This module must never know a wildcard.

use super::faults::Faults;
use wasi_virt_net::Name;

/// A name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// In lower case and letters of ASCII, others in A-labels.
    pub(super) ascii: String,
    /// In lower case and the letters of people (NFC); empty where that is the same.
    pub(super) unicode: String,
}

impl Written {
    /// As people read it.
    pub(super) fn shown(&self) -> &str {
        match self.unicode.as_str() {
            "" => &self.ascii,
            unicode => unicode,
        }
    }
}

/// Reads a name.
pub(super) fn read(text: &str, faults: &mut Faults) -> Option<Written> {
    let shown = || text.escape_debug();
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return faults.lost("the host is missing");
    }
    let possible = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || !c.is_ascii();
    if let Some(other) = text.chars().find(|c| !possible(*c)) {
        let other = other.escape_debug();
        return faults.lost(format!("`{other}` cannot stand in the name of a host"));
    }
    let mut labels = text.split('.');
    if labels.any(str::is_empty) {
        return faults.lost(format!("`{}` has a dot too many", shown()));
    }
    let Some((ascii, unicode)) = letters(text) else {
        let shown = shown();
        return faults.lost(format!(
            "`{shown}` is no name by the rules of IDNA (UTS 46)"
        ));
    };
    match Name::parse(ascii.as_bytes()) {
        Ok(name) => {
            let ascii = name.as_str().to_string();
            let is_same = unicode == ascii;
            Some(Written {
                ascii,
                unicode: if is_same { String::new() } else { unicode },
            })
        }
        Err(_) if ascii.len() > 253 => faults.lost("the name is longer than 253 bytes"),
        Err(_) if ascii.split('.').any(|label| label.len() > 63) => {
            faults.lost("a part of the name is longer than 63 bytes")
        }
        Err(_) => faults.lost(format!(
            "`{}` ends in a number, so that some programs read an address and others a name",
            shown()
        )),
    }
}

/// The name in letters of ASCII, and in those of people.
fn letters(text: &str) -> Option<(String, String)> {
    let lower = text.to_ascii_lowercase();
    let mut labels = lower.split('.');
    if lower.is_ascii() && !labels.any(|label| label.starts_with("xn--")) {
        return Some((lower.clone(), lower));
    }
    let ascii = idna::domain_to_ascii(&lower).ok()?;
    let (unicode, valid) = idna::domain_to_unicode(&ascii);
    valid.ok()?;
    Some((ascii, unicode))
}
