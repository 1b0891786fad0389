//! Files as a Rust program meets them: through std, with libc's lookups and error numbers.

use crate::script::Command;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

pub fn perform(command: &Command) -> Option<String> {
    let result = match command.verb.as_str() {
        "std-read" => fs::read_to_string(command.word(0)).map(|text| format!("{text:?}")),
        "std-size" => fs::read(command.word(0)).map(|bytes| {
            let sum = bytes
                .iter()
                .fold(0u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
            format!("{} bytes, sum {sum:x}", bytes.len())
        }),
        "std-list" => list(command.word(0)),
        "std-stat" => fs::metadata(command.word(0))
            .map(|meta| format!("{:?} {}", kind(meta.file_type()), meta.len())),
        "std-lstat" => fs::symlink_metadata(command.word(0))
            .map(|meta| format!("{:?} {}", kind(meta.file_type()), meta.len())),
        "std-readlink" => fs::read_link(command.word(0)).map(|path| format!("{path:?}")),
        "std-seek" => seek(command.word(0)),
        "std-write" => fs::write(command.word(0), command.word(1)).map(|()| "done".into()),
        "std-append" => OpenOptions::new()
            .append(true)
            .open(command.word(0))
            .and_then(|mut file| file.write_all(command.word(1).as_bytes()))
            .map(|()| "done".into()),
        "std-create-new" => File::create_new(command.word(0)).map(|_| "done".into()),
        "std-mkdir" => fs::create_dir(command.word(0)).map(|()| "done".into()),
        "std-remove" => fs::remove_file(command.word(0)).map(|()| "done".into()),
        "std-rmdir" => fs::remove_dir(command.word(0)).map(|()| "done".into()),
        "std-rename" => fs::rename(command.word(0), command.word(1)).map(|()| "done".into()),
        "std-cwd" => std::env::current_dir().map(|path| format!("{path:?}")),
        _ => return None,
    };
    Some(match result {
        Ok(text) => format!("ok {text}"),
        Err(error) => format!("error {}", reason(&error)),
    })
}

/// The names of WASI libc's error numbers that a file operation gives.
fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(2) => "EACCES".into(),
        Some(8) => "EBADF".into(),
        Some(20) => "EEXIST".into(),
        Some(28) => "EINVAL".into(),
        Some(31) => "EISDIR".into(),
        Some(32) => "ELOOP".into(),
        Some(44) => "ENOENT".into(),
        Some(54) => "ENOTDIR".into(),
        Some(55) => "ENOTEMPTY".into(),
        Some(58) => "ENOTSUP".into(),
        Some(63) => "EPERM".into(),
        Some(69) => "EROFS".into(),
        Some(76) => "ENOTCAPABLE".into(),
        Some(number) => format!("errno {number}"),
        None => format!("{}", error.kind()),
    }
}

fn kind(kind: fs::FileType) -> &'static str {
    if kind.is_dir() {
        "directory"
    } else if kind.is_symlink() {
        "symlink"
    } else if kind.is_file() {
        "file"
    } else {
        "other"
    }
}

fn list(path: &str) -> io::Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        names.push(format!(
            "{} {}",
            entry.file_name().to_string_lossy(),
            kind(entry.file_type()?)
        ));
    }
    names.sort();
    Ok(format!("{names:?}"))
}

/// Reads a file in pieces, back and forth.
fn seek(path: &str) -> io::Result<String> {
    let mut file = File::open(path)?;
    let size = file.seek(SeekFrom::End(0))?;
    let mut tail = String::new();
    file.seek(SeekFrom::Current(-(size.min(3) as i64)))?;
    file.read_to_string(&mut tail)?;
    file.rewind()?;
    let mut head = [0; 2];
    let count = file.read(&mut head)?;
    let beyond = file.seek(SeekFrom::Start(size + 10))?;
    let past = file.read(&mut [0; 4])?;
    let before = match file.seek(SeekFrom::Current(-(beyond as i64) - 1)) {
        Ok(_) => "allowed".into(),
        Err(error) => reason(&error),
    };
    Ok(format!(
        "size {size}, tail {tail:?}, head {:?}, past the end {past} bytes, before the start {before}",
        String::from_utf8_lossy(&head[..count])
    ))
}
