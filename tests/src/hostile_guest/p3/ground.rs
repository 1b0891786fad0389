//! What a guest of WASI 0.3 does honestly: it finds its directory, opens and reads, makes a stream
//! and hands one out. It has a handle of every kind of WASI 0.3, and one of 0.2.

use super::super::ground::{DIRECTORIES, DROP_DESCRIPTOR, Grounds, directory, method, must_open};
use super::super::guest::{Called, Guest, RESULT, TEXT};
use super::super::ways::hello;
use super::super::world::{World, p3};
use super::end::{BLOCKED, COMPLETED, DROPPED, EVENT, ends, pair, settle};
use anyhow::{Context, Result, ensure};
use wasi_virt::Policy;

pub const STDOUT: &str = "wasi:cli/stdout#write-via-stream";
pub const SET_NEW: &str = "canon#waitable-set.new";
pub const SET_DROP: &str = "canon#waitable-set.drop";
pub const JOIN: &str = "canon#waitable.join";

/// The handles of a guest that has looked around, which may be one that does not write to files.
#[derive(Clone, Copy, Debug)]
pub struct Ground<const READING: bool = false> {
    /// `/d`.
    pub directory: u64,
    /// `/d/hello.txt`.
    pub file: u64,
    /// A directory of WASI 0.2.
    pub old: u64,
    /// A stream of the file, and the future of it.
    pub bytes: u64,
    pub files: u64,
    /// What is in `/d/sub`, which is one file.
    pub entries: u64,
    /// A stream that the guest made.
    pub reader: u64,
    pub writer: u64,
    /// The writable end of a stream whose other end standard output has, and the future of that.
    pub fed: u64,
    pub stdio: u64,
    /// A set of waitables, which is empty.
    pub set: u64,
}

impl<const READING: bool> Grounds for Ground<READING> {
    const OURS: &[&str] = &[
        "descriptor",
        "bytes",
        "bytes, writable",
        "entries",
        "entries, writable",
        "files",
        "files, writable",
        "stdio",
        "stdio, writable",
        "unit",
        "unit, writable",
        "empty",
        "empty, writable",
        "set",
        "waitable",
        "subtask",
    ];
    const KINDS: &[&str] = &[
        "descriptor",
        "descriptor@0.2",
        "bytes",
        "bytes, writable",
        "a reader of its own",
        "a writer of a stream handed out",
        "entries",
        "files",
        "stdio",
        "set",
    ];
    const LISTS: usize = 20;
    const CALLERS: &[(&str, u32)] = &[
        (DIRECTORIES, 4),
        ("wasi:filesystem/types#[method]descriptor.readlink-at", 1),
        (
            "wasi:filesystem/types#[async-lower][method]descriptor.readlink-at",
            1,
        ),
        ("entries#read", 1),
        ("wasi:random/random#get-random-bytes", 1),
        ("wasi:random/insecure#get-insecure-random-bytes", 1),
        ("wasi:cli/environment#get-environment", 4),
    ];
    const CALLED_DURING: &[&str] = &[
        DIRECTORIES,
        "wasi:filesystem/types#[async-lower][method]descriptor.readlink-at",
        "entries#read",
    ];
    const OPEN: &[&str] = &[];

    fn world() -> Result<&'static World> {
        match READING {
            true => p3::reading(),
            false => p3::world(),
        }
    }

    fn policy() -> Policy {
        Policy::default()
    }

    fn find(guest: &mut Guest) -> Result<Self> {
        Self::find_in(guest, b"/d")
    }

    fn probe(guest: &mut Guest) -> Result<()> {
        let ground = Self::find_in(guest, b"/r").context("the probe")?;
        ground.read(guest).context("the probe")?;
        ground.leave(guest).context("the probe")
    }

    fn directory(&self) -> u64 {
        self.directory
    }

    fn handle(&self, kind: &str) -> Option<u64> {
        Some(match kind {
            "descriptor" => self.file,
            "descriptor@0.2" => self.old,
            "bytes" | "waitable" => self.bytes,
            "bytes, writable" => self.writer,
            "a reader of its own" => self.reader,
            "a writer of a stream handed out" => self.fed,
            "entries" => self.entries,
            "files" => self.files,
            "stdio" => self.stdio,
            "set" => self.set,
            _ => return None,
        })
    }

    fn drop_of(kind: &str) -> Option<String> {
        Some(match kind {
            "descriptor" => DROP_DESCRIPTOR.to_string(),
            "bytes" | "entries" | "files" | "stdio" => format!("{kind}#drop-readable"),
            "bytes, writable" => "bytes#drop-writable".to_string(),
            "set" => SET_DROP.to_string(),
            _ => return None,
        })
    }

    fn finish(&self, guest: &mut Guest, name: &str, called: Called) -> Result<Called> {
        match called {
            Called::Returned(BLOCKED) if name == "entries#read" => {
                match guest.call(JOIN, &[self.entries, self.set])? {
                    Called::Returned(_) => {
                        guest.call("canon#waitable-set.wait", &[self.set, EVENT])
                    }
                    trapped => Ok(trapped),
                }
            }
            called => Ok(called),
        }
    }

    fn is_watched(name: &str) -> bool {
        let (of, function) = name.split_once('#').unwrap_or_default();
        match of {
            "bytes" => true,
            "unit" => function != "new",
            "entries" | "files" | "stdio" => {
                ["read", "cancel-read", "drop-readable"].contains(&function)
            }
            "canon" => {
                let waits = ["waitable.join", "thread.yield", "waitable-set.wait"];
                waits.contains(&function)
                    || ["waitable-set.poll", "waitable-set.drop"].contains(&function)
            }
            of => of.contains(':'),
        }
    }

    fn is_elsewhere(name: &str) -> bool {
        name.contains("@0.2#")
    }

    fn has(&self, kind: &str, number: u64) -> bool {
        // Zero takes a waitable out of its set.
        self.all().contains(&number) || kind == "set" && number == 0
    }
}

impl<const READING: bool> Ground<READING> {
    fn find_in(guest: &mut Guest, path: &[u8]) -> Result<Self> {
        guest.reset();
        let directory = directory(guest, path)?;
        let file = must_open(guest, directory, "hello.txt", 0)?;
        let (bytes, files) = ends(guest, &method("read-via-stream"), &[file, 0, RESULT])?;
        let sub = must_open(guest, directory, "sub", 2)?;
        let (entries, done) = ends(guest, &method("read-directory"), &[sub, RESULT])?;
        guest.must(DROP_DESCRIPTOR, &[sub])?;
        guest.must("files#drop-readable", &[done])?;
        let (reader, writer) = pair(guest, "bytes#new")?;
        let (handed, fed) = pair(guest, "bytes#new")?;
        Ok(Ground {
            directory,
            file,
            old: old_directory(guest)?,
            bytes,
            files,
            entries,
            reader,
            writer,
            fed,
            stdio: guest.must(STDOUT, &[handed])?,
            set: guest.must(SET_NEW, &[])?,
        })
    }

    /// All handles.
    pub fn all(&self) -> [u64; 11] {
        [
            self.directory,
            self.file,
            self.old,
            self.bytes,
            self.files,
            self.entries,
            self.reader,
            self.writer,
            self.fed,
            self.stdio,
            self.set,
        ]
    }

    /// Reads what there is to read, and writes where that is possible.
    fn read(&self, guest: &mut Guest) -> Result<()> {
        let mut read = Vec::new();
        loop {
            let arguments = [self.bytes, TEXT, 3_000];
            let status = settle(guest, "bytes#read", &arguments, self.bytes)?;
            read.extend(guest.read(TEXT, status >> 4));
            match status & 15 {
                COMPLETED => {}
                DROPPED => break,
                _ => anyhow::bail!("the read came to {status:#x}"),
            }
        }
        ensure!(
            read == hello(),
            "the stream gives {} bytes that are not the file's",
            read.len()
        );
        let status = settle(guest, "files#read", &[self.files, RESULT], self.files)?;
        ensure!(
            status == COMPLETED && guest.read(RESULT, 1) == [0],
            "the future of the stream says {status:#x}"
        );
        let arguments = [self.entries, RESULT, 2];
        let status = settle(guest, "entries#read", &arguments, self.entries)?;
        let (at, len) = (guest.read_32(RESULT + 16), guest.read_32(RESULT + 20));
        ensure!(
            status >> 4 == 1 && guest.read(at, len) == b"inner.txt",
            "the directory has {status:#x}"
        );
        self.write(guest)
    }

    /// Writes to the guest's own stream, and to standard output.
    fn write(&self, guest: &mut Guest) -> Result<()> {
        let read = guest.must("bytes#read", &[self.reader, RESULT, 10])?;
        ensure!(read == BLOCKED, "nothing was written, but {read:#x} read");
        guest.put(TEXT, b"written");
        let status = guest.must("bytes#write", &[self.writer, TEXT, 7])?;
        ensure!(
            status == 7 << 4 | COMPLETED,
            "the write came to {status:#x}"
        );
        guest.must(JOIN, &[self.reader, self.set])?;
        let event = guest.must("canon#waitable-set.poll", &[self.set, TEXT + 64])?;
        let (of, code) = (guest.read_32(TEXT + 64), guest.read_32(TEXT + 68));
        ensure!(
            (event, of, code) == (2, self.reader, 7 << 4),
            "event {event} of {of} with {code:#x}"
        );
        ensure!(guest.read(RESULT, 7) == b"written", "something else came");
        guest.must(JOIN, &[self.reader, 0])?;
        let status = settle(guest, "bytes#write", &[self.fed, TEXT, 7], self.fed)?;
        ensure!(status == 7 << 4, "standard output took {status:#x}");
        guest.must("bytes#drop-writable", &[self.fed])?;
        let status = settle(guest, "stdio#read", &[self.stdio, RESULT], self.stdio)?;
        ensure!(
            status == COMPLETED && guest.read(RESULT, 1) == [0],
            "standard output says {status:#x}"
        );
        Ok(())
    }

    /// Gives every handle back.
    fn leave(&self, guest: &mut Guest) -> Result<()> {
        for (drop, handle) in [
            ("bytes#drop-readable", self.bytes),
            ("files#drop-readable", self.files),
            ("entries#drop-readable", self.entries),
            ("bytes#drop-writable", self.writer),
            ("bytes#drop-readable", self.reader),
            ("stdio#drop-readable", self.stdio),
            (SET_DROP, self.set),
            (DROP_DESCRIPTOR, self.file),
            (DROP_DESCRIPTOR, self.directory),
            (OLD_DROP, self.old),
        ] {
            guest.must(drop, &[handle])?;
        }
        guest.reset();
        Ok(())
    }
}

const OLD_DROP: &str = "wasi:filesystem/types@0.2#[resource-drop]descriptor";

/// A directory of WASI 0.2; others are dropped.
fn old_directory(guest: &mut Guest) -> Result<u64> {
    guest.must("wasi:filesystem/preopens@0.2#get-directories", &[RESULT])?;
    let (list, count) = (guest.read_32(RESULT), guest.read_32(RESULT + 4));
    for element in 1..count {
        let handle = guest.read_32(list + 12 * element);
        guest.must(OLD_DROP, &[handle])?;
    }
    ensure!(count > 0, "there is no directory of WASI 0.2");
    Ok(guest.read_32(list))
}
