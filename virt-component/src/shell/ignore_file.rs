//! Reads the files of `--ignore-file`. What their patterns mean is decided by the engine.

use super::problem;
use crate::escape::{escape, quote};
use crate::exit::invalid;
use crate::job::Exit;
use wasi_virt::Filter;

/// Appends the lines of `files` to `exclude`.
///
/// # Errors
///
/// Names every file that cannot be read and every line that is no pattern.
pub(super) fn append(files: &[String], exclude: &mut Vec<String>) -> Result<(), Exit> {
    let mut problems = Vec::new();
    for path in files {
        let text = match std::fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(_)) => {
                problems.push(format!(
                    "{}: not UTF-8, which a file of patterns has to be",
                    quote(path)
                ));
                continue;
            }
            Err(error) => {
                problems.push(problem::read(path, &error));
                continue;
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        for (line, number) in text.lines().zip(1..) {
            if let Err(why) = Filter::check(line) {
                problems.push(format!(
                    "{}, line {number}: {} is not a pattern: {}",
                    quote(path),
                    quote(line),
                    escape(&why)
                ));
            }
            exclude.push(line.to_string());
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(invalid(&problems.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lines_are_appended_and_checked() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &[u8]| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_string()
        };
        let good = file("good", "\u{feff}target/\r\n\n# comment\n!keep".as_bytes());
        let mut exclude = vec!["first".to_string()];
        append(std::slice::from_ref(&good), &mut exclude).unwrap();
        assert_eq!(exclude, ["first", "target/", "", "# comment", "!keep"]);

        let bad = [
            good,
            file("bad", b"ok\n[a\n\n[b"),
            file("latin", b"caf\xe9"),
            dir.path().join("missing").to_str().unwrap().to_string(),
        ];
        let text = append(&bad, &mut exclude).unwrap_err().stderr;
        assert_eq!(text.lines().count(), 4, "{text}");
        for part in [
            "bad`, line 2: `[a` is not a pattern",
            "line 4: `[b`",
            "latin`: not UTF-8",
            "missing`: no such file",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
