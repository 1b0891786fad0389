//! The words results are reported in: actions, sizes, counts, names. No layout here.

use wasi_virt::Action;

/// The width of the labels of a report.
pub(super) const LABEL: usize = 18;

/// The word for what was done to an import.
pub(super) fn action(action: Action) -> &'static str {
    match action {
        Action::Host => "host",
        Action::Open => "host (not WASI)",
        Action::Forwarded => "host (via adapter)",
        Action::Denied => "denied",
        Action::Virtual => "virtual",
    }
}

/// A size in bytes as a person reads it: `512 bytes`, `1.2 MB`.
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = None;
    for next in ["KB", "MB", "GB", "TB"] {
        // 999.95 would be printed as 1000.0.
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = Some(next);
    }
    match unit {
        None => count(bytes, "byte", "bytes"),
        Some(unit) => format!("{value:.1} {unit}"),
    }
}

/// `1 file`, `2 files`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The first of some names, and how many more there are.
pub(super) fn few(names: &[String]) -> Option<String> {
    const FEW: usize = 8;
    let first: Vec<&str> = names.iter().take(FEW).map(String::as_str).collect();
    let more = names.len().saturating_sub(FEW);
    match (first.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(first.join(", ")),
        (false, more) => Some(format!("{} and {more} more", first.join(", "))),
    }
}

/// Interface names in order, those of one package and version gathered: `a:b/{c, d}@1.0.0`.
pub(super) fn gather<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut groups: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for name in names {
        let (bare, version) = name.split_at(name.find('@').unwrap_or(name.len()));
        let (package, interface) = bare.split_at(bare.find('/').map_or(0, |slash| slash + 1));
        match groups
            .iter_mut()
            .find(|(p, v, _)| !p.is_empty() && *p == package && *v == version)
        {
            Some((_, _, interfaces)) => interfaces.push(interface),
            None => groups.push((package, version, vec![interface])),
        }
    }
    groups
        .into_iter()
        .map(
            |(package, version, interfaces)| match interfaces.as_slice() {
                [one] => format!("{package}{one}{version}"),
                many => format!("{package}{{{}}}{version}", many.join(", ")),
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 KB"),
            (999_949, "999.9 KB"),
            (999_950, "1.0 MB"),
            (18_234_567, "18.2 MB"),
            (5_000_000_000_000_000, "5000.0 TB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(count(1, "file", "files"), "1 file");
    }

    #[test]
    fn names_of_one_package_are_gathered() {
        let names = [
            "wasi:io/poll@0.2.6",
            "f",
            "wasi:io/error@0.2.6",
            "wasi:io/poll@0.2.0",
            "g",
        ];
        assert_eq!(
            gather(names.into_iter()),
            [
                "wasi:io/{poll, error}@0.2.6",
                "f",
                "wasi:io/poll@0.2.0",
                "g"
            ]
        );
    }
}
