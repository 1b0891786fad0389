//! Calls made at random, each a line of the program `disk` or `disk-p3`. Few names and few things
//! that are open, so that calls meet.

use super::Version;
use super::streams;
use super::tree::NAMES;
use fastrand::Rng;

/// Where the directory is for the program.
pub const ROOT: &str = "/work";
/// Where another is, which is empty.
pub const OTHER: &str = "/other";

/// The first line of a script whose program waits in `waitable-set.wait`, not in its callback.
const WAIT: &str = "wait";

/// Positions around those of pages, and beyond what files can have.
pub(super) const POSITIONS: [&str; 14] = [
    "0",
    "0",
    "0",
    "1",
    "7",
    "100",
    "4095",
    "4096",
    "4097",
    "9999",
    "65536",
    "1000000",
    "9223372036854775807",
    "18446744073709551615",
];

pub(super) const LENGTHS: [&str; 9] = [
    "0", "1", "10", "100", "4096", "5000", "65536", "100000", "2000000",
];

/// What is written: short, and longer than a page.
pub(super) const TEXTS: [&str; 6] = ["\"\"", "x", "hello", "y%*100", "z%*4096", "p%*3000q"];

const TIMES: [&str; 5] = ["-", "now", "0.0", "1000000000.5", "1700000000.999999999"];

pub(super) fn pick<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}

/// The text of a link: mostly to where something may be.
pub fn target(rng: &mut Rng) -> String {
    let mut target = String::new();
    for _ in 0..rng.usize(0..3) {
        target.push_str(pick(rng, &["..", "a", "b", "c", "."]));
        target.push('/');
    }
    target.push_str(pick(rng, &NAMES));
    if rng.u8(..8) == 0 {
        target.push('/');
    }
    target
}

/// A path, in quotes.
fn path(rng: &mut Rng) -> String {
    let mut path = String::new();
    for _ in 0..[0, 0, 0, 1, 1, 2, 3][rng.usize(..7)] {
        path.push_str(pick(
            rng,
            &["a", "b", "c", "d", "e", "f", "a", "b", "..", "."],
        ));
        path.push_str(pick(rng, &["/", "/", "/", "/", "//"]));
    }
    path.push_str(match rng.u8(..60) {
        0 => "",
        1 => "..",
        2 | 3 => ".",
        4 => "n%*255",
        5 => "n%*256",
        6 => "a%00",
        _ => pick(rng, &NAMES),
    });
    match rng.u8(..40) {
        0..3 => path.push('/'),
        3 => path.push_str("/."),
        4 => path.push_str("//"),
        5 => path.push_str("/.."),
        6 => path.insert(0, '/'),
        7 => path.insert_str(0, "./"),
        8 => path.push_str("/n%*4100"),
        _ => {}
    }
    format!("\"{path}\"")
}

fn descriptor(rng: &mut Rng, both: bool) -> String {
    match rng.u8(..10) {
        0..2 if both => OTHER.to_string(),
        0..5 => ROOT.to_string(),
        number => format!("d{}", number % 4),
    }
}

pub(super) fn opened(rng: &mut Rng) -> String {
    format!("d{}", rng.u8(..4))
}

pub(super) fn stream(rng: &mut Rng) -> String {
    format!("s{}", rng.u8(..3))
}

fn letters(rng: &mut Rng, of: &[&'static str]) -> &'static str {
    of[rng.usize(..of.len())]
}

/// One call. Where there are `both` directories, nothing leads from one to the other: on the host
/// they are of one file system, in an artifact they are not.
fn call(rng: &mut Rng, both: bool) -> String {
    let follow = letters(rng, &["f", "-"]);
    let position = pick(rng, &POSITIONS);
    let length = pick(rng, &LENGTHS);
    let text = pick(rng, &TEXTS);
    let one = descriptor(rng, both);
    let two = if both {
        one.clone()
    } else {
        descriptor(rng, both)
    };
    let (from, to) = (path(rng), path(rng));
    let (file, name) = (opened(rng), stream(rng));
    let (access, modify) = (pick(rng, &TIMES), pick(rng, &TIMES));
    match rng.u32(..100) {
        0..18 => {
            let how = letters(
                rng,
                &[
                    "-", "-", "c", "c", "c", "cx", "ct", "t", "d", "x", "dc", "cxt",
                ],
            );
            let rights = letters(rng, &["r", "rw", "rw", "rw", "w", "-", "rm", "rws"]);
            format!("open {file} {one} {from} {follow} {how} {rights}")
        }
        18..20 => format!("close {file}"),
        20..27 => format!("mkdir {one} {from}"),
        27..32 => format!("rmdir {one} {from}"),
        32..38 => format!("unlink {one} {from}"),
        38..42 => format!("symlink {one} \"{}\" {from}", target(rng)),
        42 => format!(
            "symlink {one} {} {from}",
            pick(rng, &["\"\"", "/a", "a%00", "n%*4095", "n%*4096", "n%*300"])
        ),
        43..48 => format!(
            "link {one} {from} {} {two} {to}",
            letters(rng, &["-", "-", "-", "f"])
        ),
        48..58 => format!("rename {one} {from} {two} {to}"),
        58..60 => format!("readlink {one} {from}"),
        60..64 => format!("stat-at {one} {from} {follow}"),
        64 => format!("hash-at {one} {from} {follow}"),
        65..67 => format!("times-at {one} {from} {follow} {access} {modify}"),
        67 => format!("times {one} {access} {modify}"),
        68..70 => format!("stat {one}"),
        70 => format!("flags {one}"),
        71 => format!("same {one} {two}"),
        72 => format!("list {one}"),
        73 => format!("scan {name} {one}"),
        74 => format!("scanned {name}"),
        75..79 => format!("write {file} {text} {position}"),
        79..82 => format!("read {file} {length} {position}"),
        82..85 => format!("set-size {file} {position}"),
        85 => format!("advise {file} {position} {length}"),
        86 => format!("{} {file}", letters(rng, &["sync", "sync-data", "type"])),
        87 => format!("in {name} {file} {position}"),
        88..90 => format!("out {name} {file} {position}"),
        90 => format!("append {name} {file}"),
        91 => format!("get {name} {}", pick(rng, &LENGTHS[1..])),
        92 => format!("skip {name} {}", pick(rng, &LENGTHS[1..])),
        93..95 => format!("put {name} {text}"),
        95 => format!("put-later {name} {text}"),
        96 => format!("zeroes {name} {}", pick(rng, &["0", "1", "100", "4096"])),
        97 => format!("flush {name}"),
        98 => format!(
            "splice {name} {file} {position} {}",
            pick(rng, &["1", "100", "4096"])
        ),
        _ => format!("drop {name}"),
    }
}

/// One line of the program `disk-p3`: mostly a call of WASI 0.3, some of them lowered without
/// `async`, and some calls of WASI 0.2 on the same files.
fn mixed(rng: &mut Rng, both: bool) -> String {
    match rng.u8(..20) {
        0..3 => format!("old {}", call(rng, both)),
        3..11 => {
            let directory = descriptor(rng, both);
            streams::call(rng, &directory)
        }
        number => loop {
            let call = call(rng, both);
            if streams::are_of_0_2(&call) {
                continue;
            }
            // Before 1970, which WASI 0.2 cannot say, in every other line.
            let call = match call.starts_with("times") && call.len().is_multiple_of(2) {
                true => call.replace(" 0.0", " -1.5"),
                false => call,
            };
            break match number {
                11..14 => format!("blocking {call}"),
                _ => call,
            };
        },
    }
}

/// Calls, and at the end the question what is there. A quarter of the scripts works in two
/// directories.
pub fn script(rng: &mut Rng, version: Version) -> Vec<String> {
    let count = rng.usize(10..60);
    let both = rng.u8(..4) == 0;
    let mut script = Vec::new();
    if version == Version::Latest && rng.bool() {
        script.push(WAIT.to_string());
    }
    if version == Version::Latest && rng.u8(..5) > 0 {
        script.extend(streams::opening(rng));
    }
    script.extend((0..count).map(|_| match version {
        Version::Old => call(rng, both),
        Version::Latest => mixed(rng, both),
    }));
    if version == Version::Latest {
        script.retain(|line| !streams::is_excepted(line));
    }
    for root in [ROOT, OTHER] {
        script.push(format!("tree {root}"));
        if version == Version::Latest {
            script.push(format!("old tree {root}"));
        }
    }
    script
}
