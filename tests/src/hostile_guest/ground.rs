//! What a guest does honestly: it finds its directory, opens and reads. Attacks start from there,
//! and what they leave behind is probed with it.

use super::guest::{Called, Guest, RESULT, TEXT};
use super::ways::hello;
use super::world::{World, p2};
use anyhow::{Context, Result, bail, ensure};
use wasi_virt::Policy;

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

/// What a guest of some version of WASI has after it has looked around, and what attacks have to
/// know of that version.
pub trait Grounds: Sized + 'static {
    /// The resources and streams of which the adapter makes handles.
    const OURS: &[&str];
    /// Those of which the guest has a handle.
    const KINDS: &[&str];
    /// How many lists and strings the adapter's functions take.
    const LISTS: usize;
    /// Calls that make the guest allocate, each with the alignment of what it allocates.
    const CALLERS: &[(&str, u32)];
    /// Some of them, during which everything else is called.
    const CALLED_DURING: &[&str];
    /// Interfaces outside WASI that stay open where files are closed.
    const OPEN: &[&str];

    /// What the guest imports.
    fn world() -> Result<&'static World>;

    /// What policies say of interfaces that another version lacks.
    fn policy() -> Policy;

    /// Looks around in `/d`.
    fn find(guest: &mut Guest) -> Result<Self>;

    /// Reads a file that nothing may have changed, and gives every handle back.
    fn probe(guest: &mut Guest) -> Result<()>;

    /// `/d`.
    fn directory(&self) -> u64;

    /// The handle of a kind.
    fn handle(&self, kind: &str) -> Option<u64>;

    /// What drops a handle of a kind, where something does.
    fn drop_of(kind: &str) -> Option<String>;

    /// Whether something stands in front of a function that notes when it is called.
    fn is_watched(name: &str) -> bool;

    /// What came of a call that may not be over when it returns, once it is.
    fn finish(&self, _: &mut Guest, _: &str, called: Called) -> Result<Called> {
        Ok(called)
    }

    /// Whether a function is of an interface for which the host makes no handles here, or that is
    /// the host's.
    fn is_elsewhere(name: &str) -> bool;

    /// Whether the guest has a handle of this number.
    fn has(&self, kind: &str, number: u64) -> bool {
        self.handle(kind) == Some(number) || kind == "descriptor" && self.directory() == number
    }
}

/// The handles of a guest of WASI 0.2 that has looked around.
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

/// Functions that stay the host's: they have no glue, so that no call of them is noted.
pub const NOT_WATCHED: [&str; 3] = [
    "test:blob/store#open",
    "test:blob/store#ready",
    "test:shapes/shapes#open",
];

impl Grounds for Ground {
    const OURS: &[&str] = &[
        "descriptor",
        "directory-entry-stream",
        "input-stream",
        "output-stream",
        "pollable",
        "error",
    ];
    const KINDS: &[&str] = &[
        "descriptor",
        "directory-entry-stream",
        "input-stream",
        "output-stream",
        "pollable",
    ];
    const LISTS: usize = 19;
    const CALLERS: &[(&str, u32)] = &[
        (DIRECTORIES, 4),
        ("wasi:filesystem/types#[method]descriptor.read", 1),
        ("wasi:filesystem/types#[method]descriptor.readlink-at", 1),
        (NEXT_ENTRY, 1),
        ("wasi:io/streams#[method]input-stream.blocking-read", 1),
        (POLL, 4),
        ("wasi:random/random#get-random-bytes", 1),
        ("wasi:random/insecure#get-insecure-random-bytes", 1),
        ("wasi:cli/environment#get-environment", 4),
    ];
    const CALLED_DURING: &[&str] = &[
        DIRECTORIES,
        "wasi:filesystem/types#[method]descriptor.read",
        POLL,
    ];
    const OPEN: &[&str] = &["test:blob/*"];

    fn world() -> Result<&'static World> {
        p2::world()
    }

    fn policy() -> Policy {
        Policy::default().with(|changed| {
            changed.config = vec![("key".into(), "value".into())];
        })
    }

    fn find(guest: &mut Guest) -> Result<Ground> {
        Ground::find_in(guest, b"/d")
    }

    fn probe(guest: &mut Guest) -> Result<()> {
        probe(guest)
    }

    fn directory(&self) -> u64 {
        self.directory
    }

    fn handle(&self, kind: &str) -> Option<u64> {
        let mut handles = self.handles().into_iter();
        Some(handles.find(|(known, _)| *known == kind)?.1)
    }

    fn drop_of(kind: &str) -> Option<String> {
        let drop = match kind {
            "descriptor" => DROP_DESCRIPTOR,
            "directory-entry-stream" => DROP_ENTRIES,
            "input-stream" => DROP_INPUT,
            "output-stream" => DROP_OUTPUT,
            "pollable" => DROP_POLLABLE,
            _ => return None,
        };
        Some(drop.to_string())
    }

    fn is_watched(name: &str) -> bool {
        !NOT_WATCHED.contains(&name)
    }

    fn is_elsewhere(name: &str) -> bool {
        name.contains("[method]error.")
            || name.contains("#filesystem-error-code")
            || name.starts_with("test:")
            || (name.starts_with("wasi:sockets") && name.contains("[method]"))
            || name.contains("resolve-addresses")
            || name.contains("resolve-next-address")
    }
}

impl Ground {
    fn find_in(guest: &mut Guest, path: &[u8]) -> Result<Ground> {
        guest.reset();
        let directory = directory(guest, path)?;
        let file = must_open(guest, directory, "hello.txt", 0)?;
        let input = made(guest, &method("read-via-stream"), &[file, 0, RESULT])?;
        let sub = must_open(guest, directory, "sub", 2)?;
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
pub fn directory(guest: &mut Guest, path: &[u8]) -> Result<u64> {
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

/// Opens for reading what has to be there.
pub fn must_open(guest: &mut Guest, base: u64, path: &str, flags: u64) -> Result<u64> {
    let opened = open(guest, base, path, flags, 1)?;
    opened.map_err(|code| anyhow::anyhow!("{path}: error {code}"))
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
    /// A wait for what never comes, which the host ended.
    Waits,
    /// An answer: whatever the attack looks at of it.
    Gave(Vec<u8>),
}

impl Seen {
    /// A trap, or so many bytes of the result.
    pub fn of(guest: &Guest, called: &Called, len: u64) -> Result<Seen> {
        called.judge()?;
        let gave = || Seen::Gave(guest.read(RESULT, len));
        Ok(Seen::of_trap(called).unwrap_or_else(gave))
    }

    /// How a call ended that did not return.
    pub fn of_trap(called: &Called) -> Option<Seen> {
        let Called::Trapped(error) = called else {
            return None;
        };
        Some(match error.downcast_ref() {
            Some(wasmtime::Trap::AsyncDeadlock) => Seen::Waits,
            _ => Seen::Trap,
        })
    }
}
