//! Names of hosts in a rule: their canonical spelling, which is that of the adapter, and the one in
//! other letters that a program may use as well. This module must never know a wildcard.

use super::faults::Faults;
use super::letters;
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
    let (ascii, unicode) = match impossible(text) {
        Some(_) => (text.to_string(), String::new()),
        None => match letters::both(text) {
            Some(both) => both,
            None => {
                let shown = shown();
                return faults.lost(format!(
                    "`{shown}` is no name by the rules of IDNA (UTS 46)"
                ));
            }
        },
    };
    if let Some(other) = impossible(&ascii) {
        let other = other.escape_debug();
        return faults.lost(format!("`{other}` cannot stand in the name of a host"));
    }
    let mut labels = ascii.split('.');
    if labels.any(str::is_empty) {
        return faults.lost(format!("`{}` has a dot too many", shown()));
    }
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

/// A character of ASCII that cannot stand in a name.
fn impossible(text: &str) -> Option<char> {
    let possible = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || !c.is_ascii();
    text.chars().find(|c| !possible(*c))
}
