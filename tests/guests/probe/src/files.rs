//! Files as WASI has them: every operation of `wasi:filesystem`, relative to one preopen, with the
//! error code as it came.

use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{
    self, Advice, Descriptor, DescriptorFlags, DescriptorStat, ErrorCode, NewTimestamp, OpenFlags,
    PathFlags,
};
use crate::bindings::wasi::io::streams::{InputStream, StreamError};
use crate::script::{Command, answer, code};
use crate::stdio::{read_to_end, stream_error};

pub fn perform(command: &Command, base: &str) -> Option<String> {
    if command.verb == "preopens" {
        let names: Vec<String> = preopens::get_directories()
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        return Some(format!("{names:?}"));
    }
    let Some(root) = preopen(base) else {
        return Some(format!("no preopen {base:?}"));
    };
    let follow = if command.has("nofollow") {
        PathFlags::empty()
    } else {
        PathFlags::SYMLINK_FOLLOW
    };
    Some(match command.verb.as_str() {
        "open" => match open(&root, command) {
            Ok(file) => format!("ok {:?}", file.get_type().map(name)),
            Err(error) => format!("error {}", code(&error)),
        },
        "stat" => answer(root.stat_at(follow, command.word(0)).map(stat)),
        "times" => match root.stat_at(follow, command.word(0)) {
            Ok(stat) => format!(
                "ok {} {} {}",
                time(stat.data_access_timestamp),
                time(stat.data_modification_timestamp),
                time(stat.status_change_timestamp)
            ),
            Err(error) => format!("error {}", code(&error)),
        },
        "stat-open" => with(&root, command, |file| answer(file.stat().map(stat))),
        "flags" => with(&root, command, |file| answer(file.get_flags())),
        "type" => with(&root, command, |file| answer(file.get_type().map(name))),
        "read" => with(&root, command, |file| {
            let (offset, len) = (command.number(1), command.number(2));
            answer(
                file.read(len, offset)
                    .map(|(bytes, end)| (text(&bytes), end)),
            )
        }),
        "stream" => with(&root, command, |file| {
            match file.read_via_stream(command.number(1)) {
                Ok(stream) => match read_to_end(&stream) {
                    Ok(bytes) => format!("ok {:?}", text(&bytes)),
                    Err(error) => error,
                },
                Err(error) => format!("error {}", code(&error)),
            }
        }),
        "stream-steps" => with(&root, command, |file| match file.read_via_stream(0) {
            Ok(stream) => steps(&stream),
            Err(error) => format!("error {}", code(&error)),
        }),
        "stream-error" => with(&root, command, |file| {
            stream_failure(&file, command.number(1))
        }),
        "list" => with(&root, command, |file| answer(list(&file))),
        "readlink" => answer(root.readlink_at(command.word(0))),
        "same" => answer(same(&root, command)),
        "chain" => answer(chain(&root, command)),
        "sync" => with(&root, command, |file| {
            answer(file.sync().and_then(|()| file.sync_data()))
        }),
        "advise" => with(&root, command, |file| {
            answer(file.advise(0, 10, Advice::WillNeed))
        }),
        "write" => with(&root, command, |file| answer(file.write(b"new", 0))),
        "write-stream" => with(&root, command, |file| match file.write_via_stream(0) {
            Ok(stream) => match stream.blocking_write_and_flush(b"new") {
                Ok(()) => "ok".into(),
                Err(error) => stream_error(error),
            },
            Err(error) => format!("error {}", code(&error)),
        }),
        "append-stream" => with(&root, command, |file| match file.append_via_stream() {
            Ok(stream) => match stream.blocking_write_and_flush(b"new") {
                Ok(()) => "ok".into(),
                Err(error) => stream_error(error),
            },
            Err(error) => format!("error {}", code(&error)),
        }),
        "set-size" => with(&root, command, |file| answer(file.set_size(1))),
        "set-times" => with(&root, command, |file| {
            answer(file.set_times(NewTimestamp::Now, NewTimestamp::NoChange))
        }),
        "set-times-at" => answer(root.set_times_at(
            follow,
            command.word(0),
            NewTimestamp::NoChange,
            NewTimestamp::Now,
        )),
        "mkdir" => answer(root.create_directory_at(command.word(0))),
        "rmdir" => answer(root.remove_directory_at(command.word(0))),
        "unlink" => answer(root.unlink_file_at(command.word(0))),
        "rename" => answer(root.rename_at(command.word(0), &root, command.word(1))),
        "link" => answer(root.link_at(PathFlags::empty(), command.word(0), &root, command.word(1))),
        "symlink" => answer(root.symlink_at(command.word(0), command.word(1))),
        _ => return None,
    })
}

/// The preopen of that name, or the first.
fn preopen(name: &str) -> Option<Descriptor> {
    preopens::get_directories()
        .into_iter()
        .find(|(_, known)| name.is_empty() || known == name)
        .map(|(directory, _)| directory)
}

/// Opens the first word with what the others ask for; reading is asked for unless `blind` is.
fn open(root: &Descriptor, command: &Command) -> Result<Descriptor, ErrorCode> {
    let mut how = OpenFlags::empty();
    for (word, flag) in [
        ("create", OpenFlags::CREATE),
        ("exclusive", OpenFlags::EXCLUSIVE),
        ("truncate", OpenFlags::TRUNCATE),
        ("directory", OpenFlags::DIRECTORY),
    ] {
        how.set(flag, command.has(word));
    }
    let mut rights = DescriptorFlags::empty();
    rights.set(DescriptorFlags::READ, !command.has("blind"));
    rights.set(DescriptorFlags::WRITE, command.has("writable"));
    rights.set(DescriptorFlags::MUTATE_DIRECTORY, command.has("mutable"));
    let follow = if command.has("nofollow") {
        PathFlags::empty()
    } else {
        PathFlags::SYMLINK_FOLLOW
    };
    root.open_at(follow, command.word(0), how, rights)
}

fn with(root: &Descriptor, command: &Command, act: impl FnOnce(Descriptor) -> String) -> String {
    match open(root, command) {
        Ok(file) => act(file),
        Err(error) => format!("cannot open: {}", code(&error)),
    }
}

fn name(kind: types::DescriptorType) -> String {
    code(&kind)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a stat says that does not depend on where the file lies: sizes of directories do.
fn stat(stat: DescriptorStat) -> String {
    match stat.type_ {
        types::DescriptorType::Directory => "directory".into(),
        other => format!("{}, {} bytes", code(&other), stat.size),
    }
}

fn time(stamp: Option<types::Datetime>) -> String {
    stamp.map_or("none".into(), |at| {
        format!("{}.{:09}", at.seconds, at.nanoseconds)
    })
}

fn list(directory: &Descriptor) -> Result<Vec<String>, ErrorCode> {
    let entries = directory.read_directory()?;
    let mut names = Vec::new();
    while let Some(entry) = entries.read_directory_entry()? {
        names.push(format!("{} {}", entry.name, code(&entry.type_)));
    }
    assert!(
        entries.read_directory_entry()?.is_none(),
        "the end of a directory stays its end"
    );
    names.sort();
    Ok(names)
}

/// Reads a stream without blocking where it can, in odd pieces, and past its end.
fn steps(stream: &InputStream) -> String {
    let mut seen = Vec::new();
    for step in 0u8..5 {
        stream.subscribe().block();
        let result = match step {
            0 => stream
                .blocking_read(0)
                .map(|bytes| format!("{:?}", text(&bytes))),
            1 => stream
                .blocking_read(3)
                .map(|bytes| format!("{:?}", text(&bytes))),
            2 => stream
                .blocking_skip(2)
                .map(|count| format!("skipped {count}")),
            _ => stream
                .blocking_read(1000)
                .map(|bytes| format!("{:?}", text(&bytes))),
        };
        seen.push(match result {
            Ok(what) => what,
            Err(StreamError::Closed) => "closed".into(),
            Err(error) => stream_error(error),
        });
    }
    seen.join(", ")
}

/// What `filesystem-error-code` makes of a stream's error, if there is one.
fn stream_failure(file: &Descriptor, offset: u64) -> String {
    let stream = match file.read_via_stream(offset) {
        Ok(stream) => stream,
        Err(error) => return format!("error {}", code(&error)),
    };
    match stream.blocking_read(1) {
        Ok(bytes) => format!("ok {:?}", text(&bytes)),
        Err(StreamError::Closed) => "closed".into(),
        Err(StreamError::LastOperationFailed(error)) => {
            match types::filesystem_error_code(&error) {
                Some(error) => format!("failed with {}", code(&error)),
                None => "failed without a code".into(),
            }
        }
    }
}

/// Whether two paths are one file, by each of the three ways to ask.
fn same(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let follow = PathFlags::SYMLINK_FOLLOW;
    let open = |path: &str| root.open_at(follow, path, OpenFlags::empty(), DescriptorFlags::READ);
    let hash = |path: &str| {
        root.metadata_hash_at(follow, path)
            .map(|hash| (hash.lower, hash.upper))
    };
    let (first, second) = (open(command.word(0))?, open(command.word(1))?);
    let own = first.metadata_hash().map(|hash| (hash.lower, hash.upper))?;
    Ok(format!(
        "object {}, hash {}, hash of the open file {}",
        first.is_same_object(&second),
        hash(command.word(0))? == hash(command.word(1))?,
        own == hash(command.word(0))?
    ))
}

/// Opens each word relative to the directory the word before it opened.
fn chain(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let follow = PathFlags::SYMLINK_FOLLOW;
    let step = |at: &Descriptor, path: &str| {
        at.open_at(follow, path, OpenFlags::empty(), DescriptorFlags::READ)
    };
    let mut at = step(root, command.word(0))?;
    let mut index = 1;
    while let Some(path) = command.optional(index) {
        at = step(&at, path)?;
        index += 1;
    }
    at.get_type().map(name)
}
