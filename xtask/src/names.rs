//! Names and releases of WASI are spelled in one folder of the engine. Code elsewhere that spells
//! one is found here; its comments and its tests may.

use crate::run::root;
use std::fs;
use std::path::Path;

/// Where the names are.
const HOME: &str = "virt-lib/src/wasi";

/// Code that must ask for names there.
const FOLDERS: [&str; 2] = [ENGINE, "virt-component/src"];

/// Code that must ask for releases as well. The command line has one in an example.
const ENGINE: &str = "virt-lib/src";

/// Whether a file is for tests alone.
fn is_test(path: &Path) -> bool {
    path.iter().any(|part| {
        let part = part.to_string_lossy();
        ["tests", "cli_tests", "made_up_key.rs"].contains(&&*part) || part.ends_with("tests.rs")
    })
}

/// The lines of `text` that spell a name, or one of `releases`, outside of comments and of the
/// file's own tests, which come last.
fn spelled(text: &str, releases: bool) -> Vec<&str> {
    let mut lines = text.lines().peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let is_last = lines
            .peek()
            .is_some_and(|next| next.starts_with("mod tests"));
        if line == "#[cfg(test)]" && is_last {
            break;
        }
        let code = line.trim_start();
        if !code.starts_with("//") && (has_name(code) || releases && has_release(code)) {
            found.push(line);
        }
    }
    found
}

/// Whether a text begins with the name of a package.
fn has_name(code: &str) -> bool {
    let mut after = code.split("\"wasi:").skip(1);
    after.any(|rest| rest.starts_with(|next: char| next.is_ascii_lowercase()))
}

/// Whether `0.2.` or `0.3.` stands there with a digit after it, or a version made of such numbers.
fn has_release(code: &str) -> bool {
    let minors = ["0.2.", "0.3."].into_iter().flat_map(|minor| {
        let after = code.match_indices(minor).map(|(at, _)| at + minor.len());
        after.collect::<Vec<_>>()
    });
    let mut digits = minors.map(|at| code[at..].starts_with(|next: char| next.is_ascii_digit()));
    digits.any(|is_digit| is_digit) || code.contains("Version::new(0,")
}

/// The files below a folder, with what they spell.
fn problems(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        let relative = path
            .strip_prefix(root())
            .expect("below the root")
            .to_owned();
        if relative.starts_with(HOME) || is_test(&relative) {
            continue;
        }
        if path.is_dir() {
            problems(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).expect("a text");
            let lines = spelled(&text, relative.starts_with(ENGINE)).into_iter();
            found.extend(lines.map(|line| format!("{}: {}", relative.display(), line.trim())));
        }
    }
}

#[test]
fn only_one_folder_spells_wasi() {
    let mut found = Vec::new();
    for folder in FOLDERS {
        problems(&root().join(folder), &mut found);
    }
    assert!(found.is_empty(), "use {HOME}: {found:#?}");
}

#[test]
fn what_is_spelled_is_found() {
    let text = "// \"wasi:io\" 0.2.6\nlet a = \"wasi:io\";\nlet b = \"0.2.12\";\nlet c = 10.2.min(x);\n\
                #[cfg(test)]\nmod tests {\n\"wasi:io\"";
    assert_eq!(
        spelled(text, true),
        ["let a = \"wasi:io\";", "let b = \"0.2.12\";"]
    );
    let home = fs::read_to_string(root().join(HOME).join("name.rs")).expect("the names");
    assert!(!spelled(&home, true).is_empty());
}
