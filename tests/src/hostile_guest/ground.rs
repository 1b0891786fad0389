//! What a guest does honestly: it finds its directory, opens and reads. Attacks start from there,
//! and what they leave behind is probed with it.

use super::guest::{Called, Guest, RESULT, TEXT};
use super::ways::hello;
use anyhow::{Context, Result, bail, ensure};

pub const DESCRIPTOR: &str = "wasi:filesystem/types#[method]descriptor.";
pub const DROP_DESCRIPTOR: &str = "wasi:filesystem/types#[resource-drop]descriptor";
pub const DROP_ENTRIES: &str = "wasi:filesystem/types#[resource-drop]directory-entry-stream";
pub const NEXT_ENTRY: &str =
    "wasi:filesystem/types#[method]directory-entry-stream.read-directory-entry";
pub const DIRECTORIES: &str = "wasi:filesystem/preopens#get-directories";
pub const INPUT: &str = "wasi:io/streams#[method]input-stream.";
pub const DROP_INPUT: &str = "wasi:io/streams#[resource-drop]input-stream";
pub const OUTPUT: &str = "wasi:io/streams#[method]output-stream.";
pub const DROP_OUTPUT: &str = "wasi:io/streams#[resource-drop]output-stream";
pub const POLL: &str = "wasi:io/poll#poll";
pub const POLLABLE: &str = "wasi:io/poll#[method]pollable.";
pub const DROP_POLLABLE: &str = "wasi:io/poll#[resource-drop]pollable";
pub const STDIN: &str = "wasi:cli/stdin#get-stdin";
pub const STDOUT: &str = "wasi:cli/stdout#get-stdout";
pub const STDERR: &str = "wasi:cli/stderr#get-stderr";
pub const TIMER: &str = "wasi:clocks/monotonic-clock#subscribe-duration";

/// A method of `descriptor`.
pub fn method(name: &str) -> String {
    format!("{DESCRIPTOR}{name}")
}

/// The handles of a guest that has looked around.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// `/d`.
    pub directory: u64,
    /// `/d/hello.txt`.
    pub file: u64,
    /// A stream of it.
    pub input: u64,
    /// Standard output.
    pub output: u64,
    /// What is in `/d/sub`, which is one file.
    pub entries: u64,
    /// A timer.
    pub pollable: u64,
}

impl Ground {
    /// Looks around in `/d`.
    pub fn find(guest: &mut Guest) -> Result<Ground> {
        Ground::find_in(guest, b"/d")
    }

    fn find_in(guest: &mut Guest, path: &[u8]) -> Result<Ground> {
        guest.reset();
        let directory = directory(guest, path)?;
        let file = open(guest, directory, "hello.txt", 0, 1)?;
        let file = file.map_err(|code| anyhow::anyhow!("hello.txt: error {code}"))?;
        let input = made(guest, &method("read-via-stream"), &[file, 0, RESULT])?;
        let sub = open(guest, directory, "sub", 2, 1)?;
        let sub = sub.map_err(|code| anyhow::anyhow!("sub: error {code}"))?;
        let entries = made(guest, &method("read-directory"), &[sub, RESULT])?;
        guest.must(DROP_DESCRIPTOR, &[sub])?;
        Ok(Ground {
            directory,
            file,
            input,
            output: guest.must(STDOUT, &[])?,
            entries,
            pollable: guest.must(TIMER, &[1_000])?,
        })
    }

    /// The handle of a resource's kind.
    pub fn handle(&self, resource: &str) -> Option<u64> {
        Some(match resource {
            "descriptor" => self.file,
            "directory-entry-stream" => self.entries,
            "input-stream" => self.input,
            "output-stream" => self.output,
            "pollable" => self.pollable,
            _ => return None,
        })
    }

    /// Handles of every kind, with their resources.
    pub fn handles(&self) -> [(&'static str, u64); 5] {
        [
            ("descriptor", self.file),
            ("directory-entry-stream", self.entries),
            ("input-stream", self.input),
            ("output-stream", self.output),
            ("pollable", self.pollable),
        ]
    }
}

/// The handle of a directory; others are dropped.
fn directory(guest: &mut Guest, path: &[u8]) -> Result<u64> {
    guest.must(DIRECTORIES, &[RESULT])?;
    let (list, count) = (guest.read_32(RESULT), guest.read_32(RESULT + 4));
    let mut found = None;
    for element in (0..count).map(|n| list + 12 * n) {
        let handle = guest.read_32(element);
        let (at, len) = (guest.read_32(element + 4), guest.read_32(element + 8));
        if guest.read(at, len) == path && found.is_none() {
            found = Some(handle);
        } else {
            guest.must(DROP_DESCRIPTOR, &[handle])?;
        }
    }
    found.with_context(|| format!("there is no {}", path.escape_ascii()))
}

/// A handle that a function makes, whose result is a `result` with it.
fn made(guest: &mut Guest, name: &str, arguments: &[u64]) -> Result<u64> {
    guest.must(name, arguments)?;
    match answer(guest) {
        Ok(handle) => Ok(handle),
        Err(code) => bail!("{name}: error {code}"),
    }
}

/// A `result` whose payload is aligned to four bytes: a number, or the code of an error.
pub fn answer(guest: &Guest) -> Result<u64, u8> {
    match guest.read(RESULT, 1)[0] {
        0 => Ok(guest.read_32(RESULT + 4)),
        _ => Err(guest.read(RESULT + 4, 1)[0]),
    }
}

/// Opens a path: a handle, or the code of an error.
pub fn open(
    guest: &mut Guest,
    base: u64,
    path: &str,
    open: u64,
    flags: u64,
) -> Result<Result<u64, u8>> {
    guest.put(TEXT, path.as_bytes());
    let arguments = [base, 0, TEXT, path.len() as u64, open, flags, RESULT];
    guest.must(&method("open-at"), &arguments)?;
    Ok(answer(guest))
}

/// Reads a file that nothing may have changed, by its descriptor and by a stream, and gives every
/// handle back.
pub fn probe(guest: &mut Guest) -> Result<()> {
    let ground = Ground::find_in(guest, b"/r").context("the probe")?;
    let expected = hello();
    guest.must(&method("read"), &[ground.file, 6_000, 0, RESULT])?;
    let (at, len) = (guest.read_32(RESULT + 4), guest.read_32(RESULT + 8));
    ensure!(guest.read(RESULT, 1) == [0], "the file cannot be read");
    ensure!(
        guest.read(at, len) == expected,
        "the file reads as {len} bytes that are not its own"
    );
    guest.reset();
    guest.must(
        &format!("{INPUT}blocking-read"),
        &[ground.input, 100, RESULT],
    )?;
    let (at, len) = (guest.read_32(RESULT + 4), guest.read_32(RESULT + 8));
    ensure!(
        guest.read(at, len) == expected[..100],
        "the stream gives bytes that are not the file's"
    );
    for (resource, handle) in ground.handles() {
        let interface = match resource {
            "descriptor" | "directory-entry-stream" => "wasi:filesystem/types",
            "pollable" => "wasi:io/poll",
            _ => "wasi:io/streams",
        };
        guest.must(&format!("{interface}#[resource-drop]{resource}"), &[handle])?;
    }
    guest.must(DROP_DESCRIPTOR, &[ground.directory])?;
    guest.reset();
    Ok(())
}

/// What an attack has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A trap.
    Trap,
    /// An answer: whatever the attack looks at of it.
    Gave(Vec<u8>),
}

impl Seen {
    /// A trap, or so many bytes of the result.
    pub fn of(guest: &Guest, called: &Called, len: u64) -> Result<Seen> {
        called.judge()?;
        Ok(match called {
            Called::Trapped(_) => Seen::Trap,
            Called::Returned(_) => Seen::Gave(guest.read(RESULT, len)),
        })
    }
}
