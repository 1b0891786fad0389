//! Calls about streams of WASI 0.3, made at random.

use super::calls::{LENGTHS, POSITIONS, ROOT, TEXTS, opened, pick, stream};
use fastrand::Rng;

/// The last position that a file has.
const LAST: &str = "9223372036854775807";
/// The last number of a position.
const PAST: &str = "18446744073709551615";

/// What is written: besides other texts, one that does not go over in one piece.
fn text(rng: &mut Rng) -> &'static str {
    match rng.u8(..8) {
        0 => "w%*200000",
        _ => pick(rng, &TEXTS),
    }
}

/// Lines that open files which nothing else in a tree has the names of, and streams.
pub fn opening(rng: &mut Rng) -> Vec<String> {
    let mut lines = Vec::new();
    for (file, name) in ["s", "t", "u"].into_iter().enumerate() {
        let rights = pick(rng, &["rw", "rw", "rw", "rws", "w", "r"]);
        lines.push(format!("open d{file} {ROOT} \"{name}\" - c {rights}"));
        lines.push(format!("write d{file} {} 0", text(rng)));
    }
    for stream in 0..3 {
        let (file, position) = (rng.u8(..3), pick(rng, &POSITIONS));
        lines.push(match rng.u8(..4) {
            0 => format!(
                "in s{stream} d{file} {}",
                pick(rng, &["0", "0", "1", "100"])
            ),
            1 => format!("append s{stream} d{file}"),
            2 => format!("pair s{stream}"),
            _ => format!("out s{stream} d{file} {position}"),
        });
    }
    lines
}

/// One line about a stream, or about the entries of a directory.
pub fn call(rng: &mut Rng, directory: &str) -> String {
    let (name, file) = (stream(rng), opened(rng));
    let position = pick(rng, &POSITIONS);
    let length = pick(rng, &LENGTHS);
    let end = [0, 0, 0, 1][rng.usize(..4)];
    match rng.u32(..100) {
        0..9 => format!("in {name} {file} {position}"),
        9..19 => format!("out {name} {file} {position}"),
        19..23 => format!("append {name} {file}"),
        23..28 => format!("pair {name}"),
        28..36 => format!("get {name} {length}"),
        36..40 => format!("get-later {name} {length}"),
        40..49 => format!("put {name} {}", text(rng)),
        49..54 => format!("put-later {name} {}", text(rng)),
        54..57 => format!("wait {name}"),
        57..61 => format!("cancel {name}"),
        61..66 => format!("close {name}"),
        66..69 => format!("shut {name}"),
        69..74 => format!("give {name} {file} {position}"),
        74..77 => format!("give-append {name} {file}"),
        // Not `end-later`: a host needs a turn for what is there already.
        77..86 => format!("end {name} {end}"),
        86..88 => format!("end-cancel {name} {end}"),
        88 => format!("forget {name} {end}"),
        89..91 => format!("task-put {name} {}", text(rng)),
        91 => format!("task-get {name}"),
        92 => format!("task-end {name} {end}"),
        93..95 => format!("drop {name}"),
        95..97 => format!("scan {directory} {}", pick(rng, &["1", "2", "3", "100"])),
        97 | 98 => format!(
            "scan-drop {directory} {} {}",
            pick(rng, &["0", "1", "2", "100"]),
            pick(rng, &["0", "1", "2"])
        ),
        99 if rng.bool() => format!("scan-end {directory}"),
        _ => format!(
            "scan-unread {directory} {}",
            pick(rng, &["stream", "end", "both"])
        ),
    }
}

/// Whether a line is about streams of WASI 0.2, which the program knows as such only.
pub fn are_of_0_2(line: &str) -> bool {
    let verb = line.split(' ').next().unwrap_or_default();
    [
        "scan",
        "scanned",
        "in",
        "out",
        "append",
        "get",
        "skip",
        "put",
        "put-later",
        "zeroes",
        "flush",
        "splice",
        "drop",
    ]
    .contains(&verb)
}

/// Whether docs/filesystem.md lets a line give something else than on the host.
pub fn is_excepted(line: &str) -> bool {
    let line = line.strip_prefix("blocking ").unwrap_or(line);
    let words: Vec<&str> = line.split(' ').collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    match word(0) {
        // How much the host takes of a stream before it fails depends on its threads.
        "give" => matches!(word(3), LAST | PAST),
        "write" | "put" | "put-later" | "task-put" => word(2) == "\"\"",
        _ => false,
    }
}
