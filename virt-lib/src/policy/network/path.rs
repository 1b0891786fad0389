//! Paths in a rule for requests, in the canonical spelling that the adapter compares. This module
//! must never know a host.

use super::faults::Faults;
use wasi_virt_net::Path;

/// The most bytes of a path.
const MOST: usize = 4096;

/// Reads a path: the canonical one at which what the rule is for begins, or an empty text for every
/// path.
pub(super) fn read(text: &str, faults: &mut Faults) -> Option<String> {
    if text.len() > MOST {
        return faults.lost(format!("the path is longer than {MOST} bytes"));
    }
    let text = match text.strip_suffix("/*").or(text.strip_suffix("/**")) {
        Some(above) => {
            faults.mended("a path stands for everything below it");
            above
        }
        None => text,
    };
    if text.contains('*') {
        return faults.lost("`*` cannot stand in a path; a path stands for everything below it");
    }
    let text = match text.contains('\\') {
        true => {
            faults.mended("a path has slashes");
            text.replace('\\', "/")
        }
        false => text.into(),
    };
    let text = visible(&text, faults);
    if text.is_empty() || text == "/" {
        return Some(String::new());
    }
    let Some(path) = Path::parse(&text) else {
        return faults.lost(format!("`{}` is no path", text.escape_debug()));
    };
    let canonical = path.canonical();
    if !path.is_ambiguous() {
        return Some(canonical);
    }
    let resolved = resolved(&canonical);
    match Path::parse(&resolved) {
        Some(path) if !path.is_ambiguous() => {
            faults.mended("hosts and servers could read the path differently");
            Some(if resolved == "/" {
                String::new()
            } else {
                resolved
            })
        }
        _ => faults.lost(
            "hosts and servers could read the path differently; end it before `%2f`, `%5c`, \
             `%00`, dots, and a `%` without two digits",
        ),
    }
}

/// The path with everything escaped that cannot stand in a request.
fn visible(text: &str, faults: &mut Faults) -> String {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.into();
    }
    faults.mended("only visible letters of ASCII can stand in a path");
    let escaped = |byte: u8| match byte.is_ascii_graphic() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

/// The path without `.`, `..` and empty segments.
fn resolved(canonical: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in canonical.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let end = if canonical.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", segments.join("/"))
}
