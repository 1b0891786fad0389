//! The patterns in the files of `--ignore-file`. The shell reads the files, and the engine decides
//! what the patterns mean.

use crate::escape::{escape, quote};
use crate::job::FileContents;
use wasi_virt::Filter;

/// Appends the patterns in `file` to `ignore`, and a line to `problems` for each that is none.
pub(super) fn append(file: &FileContents, ignore: &mut Vec<String>, problems: &mut Vec<String>) {
    let path = quote(&file.path);
    let Ok(text) = str::from_utf8(&file.contents) else {
        problems.push(format!(
            "{path}: not UTF-8, which a file of patterns has to be"
        ));
        return;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Err(why) = Filter::check(line) {
            problems.push(format!(
                "{path}, line {number}: {} is not a pattern: {}",
                quote(line),
                escape(&why)
            ));
        }
        ignore.push(line.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_appended_and_checked() {
        let mut ignore = vec!["first".to_string()];
        let mut problems = Vec::new();
        let mut append = |path: &str, contents: &[u8]| {
            let file = FileContents {
                path: path.into(),
                contents: contents.into(),
            };
            super::append(&file, &mut ignore, &mut problems);
            problems.clone()
        };
        assert_eq!(
            append("good", "\u{feff}target/\r\n\n# comment\n!keep".as_bytes()),
            [""; 0]
        );
        append("bad", b"ok\n[a\n\n[b");
        let problems = append("latin", b"caf\xe9");
        assert_eq!(ignore, ["first", "target/", "!keep", "ok", "[a", "[b"]);
        assert_eq!(problems.len(), 3, "{problems:?}");
        for (problem, part) in problems.iter().zip([
            "`bad`, line 2: `[a` is not a pattern",
            "`bad`, line 4: `[b`",
            "`latin`: not UTF-8",
        ]) {
            assert!(problem.contains(part), "{part}: {problem}");
        }
    }
}
