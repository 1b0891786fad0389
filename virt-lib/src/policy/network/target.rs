//! To whom a rule applies: a name, the names below one, any name, or addresses. This module must
//! never know what kind of rule it is.

use super::address;
use super::faults::Faults;
use super::name::{self, Written};
use wasi_virt_net::Block;
use wasi_virt_net::write::{AdmitsRule, TargetRule};

/// To whom a rule applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One name.
    Name(Written),
    /// The names below it.
    Below(Written),
    /// Every name with a dot that is not local.
    Any,
    /// Addresses.
    Block(Block),
    /// Nobody is named.
    Nobody,
}

impl Target {
    /// As the adapter knows it, with the answers that a name admits.
    pub(super) fn rule(self, admits: AdmitsRule) -> TargetRule {
        match self {
            Target::Name(name) => TargetRule::Exact(name.ascii, name.unicode, admits),
            Target::Below(name) => TargetRule::Below(name.ascii, name.unicode, admits),
            Target::Any => TargetRule::Any(admits),
            Target::Block(block) => TargetRule::Block(block),
            Target::Nobody => TargetRule::Local,
        }
    }
}

/// Splits a text at the colon before its ports, which may be missing. IPv6 without brackets is a
/// fault, and gets them.
pub(super) fn split(text: &str, faults: &mut Faults) -> (String, Option<String>) {
    let (host, ports) = match text.find(']') {
        Some(end) if text.starts_with('[') => match text[end..].find(':') {
            Some(colon) => (&text[..end + colon], Some(&text[end + colon + 1..])),
            None => (text, None),
        },
        _ => match text.rsplit_once(':') {
            Some((host, ports)) => (host, Some(ports)),
            None => (text, None),
        },
    };
    if !text.starts_with('[') && host.contains(':') {
        // Only a text that is an address gets brackets; reading it tells all others.
        let is_address = |text: &str| address::read(text, &mut Faults::default()).is_some();
        let bare = [(host, ports), (text, None)];
        if let Some((host, ports)) = bare.into_iter().find(|(host, _)| is_address(host)) {
            faults.mended("IPv6 stands in brackets");
            return (format!("[{host}]"), ports.map(String::from));
        }
    }
    (host.to_string(), ports.map(String::from))
}

/// Reads who is meant.
pub(super) fn read(text: &str, faults: &mut Faults) -> Option<Target> {
    if text.is_empty() {
        return Some(Target::Nobody);
    }
    if let Some(rest) = text.strip_prefix('[') {
        return bracketed(rest, faults).map(Target::Block);
    }
    if let Some(block) = address::read(text, faults) {
        return block.map(Target::Block);
    }
    if let Some((_, host)) = text.rsplit_once('@') {
        faults.mended("a rule names no user");
        return read(host, faults);
    }
    match text.strip_prefix("*.") {
        _ if text == "*" => Some(Target::Any),
        Some(below) if !below.contains('*') => below_name(below, faults),
        _ if text.contains('*') => starred(text, faults),
        _ => match text.strip_prefix('.') {
            Some(below) if !below.is_empty() => {
                faults.mended("a name does not begin with a dot; `*.` stands for what is below it");
                below_name(below, faults)
            }
            _ => plain(text, faults),
        },
    }
}

/// A name, or a number that some programs take for an address.
fn plain(text: &str, faults: &mut Faults) -> Option<Target> {
    if let Some(block) = address::number(text) {
        faults.mended("some programs read this as an address, others as a name");
        return Some(Target::Block(block));
    }
    name::read(text, faults).map(Target::Name)
}

fn below_name(text: &str, faults: &mut Faults) -> Option<Target> {
    name::read(text, faults).map(Target::Below)
}

/// What `*` cannot mean, and what was meant by it.
fn starred(text: &str, faults: &mut Faults) -> Option<Target> {
    if let Some(block) = address::starred(text) {
        faults.mended("a block of addresses has a prefix");
        return Some(Target::Block(block));
    }
    // `**.x`, `*.*.x` and `*x` are meant as what is below a name.
    let below = text.trim_start_matches(['*', '.']);
    if text.starts_with('*') && !below.is_empty() && !below.contains('*') {
        faults.mended(match text.as_bytes().get(1) {
            Some(b'*' | b'.') => "`*.` stands for names at any depth",
            _ => "`*` has to stand before a dot",
        });
        return below_name(below, faults);
    }
    faults.lost("`*` can only stand alone, or before a name as in `*.example.com`")
}

/// The address in brackets, after the first.
fn bracketed(rest: &str, faults: &mut Faults) -> Option<Block> {
    let Some((inner, after)) = rest.split_once(']') else {
        return faults.lost("the bracket is not closed");
    };
    let joined = [inner, after].concat();
    let read = match after.starts_with('/') && !inner.contains('/') {
        true => {
            faults.mended("the prefix stands in the brackets");
            address::read(&joined, faults)
        }
        false if !after.is_empty() => {
            let after = after.escape_debug();
            return faults.lost(format!("`{after}` cannot stand after the brackets"));
        }
        false => address::read(inner, faults),
    };
    match read {
        Some(block) => block,
        None => faults.lost(format!("`{}` is no address", inner.escape_debug())),
    }
}

/// The target as a rule spells it. Where a path could follow, brackets stand around every block.
pub(super) fn print(target: &Target, before_path: bool) -> String {
    match target {
        Target::Name(name) => name.shown().into(),
        Target::Below(name) => format!("*.{}", name.shown()),
        Target::Any => "*".into(),
        Target::Nobody => String::new(),
        Target::Block(block) => {
            let text = address::print(*block);
            match text.contains(':') || before_path && text.contains('/') {
                true => format!("[{text}]"),
                false => text,
            }
        }
    }
}
