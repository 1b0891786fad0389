//! What a directory holds, read from its stream; and all that is below it, in one text.

use crate::operation::patient;
use crate::program::brief;
use crate::script::{Command, answer, code};
use wasip3::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, DirectoryEntry, ErrorCode, OpenFlags, PathFlags,
};
use wit_bindgen::StreamResult;

/// How many entries are read at once where it does not matter.
const PIECE: usize = 16;

/// Of a larger file, only the end is read.
const MOST: u64 = 1 << 20;

/// Carries out what is about entries.
pub async fn perform(at: &Descriptor, line: &Command) -> Option<String> {
    Some(match line.verb.as_str() {
        "list" => {
            let (mut names, end) = all(at, PIECE).await;
            names.sort();
            format!("{names:?} {}", answer(end))
        }
        "scan" => {
            let (mut names, end) = all(at, line.number(1) as usize).await;
            names.sort();
            format!("{names:?} {}", answer(end))
        }
        // Only the first reads, and then the stream is dropped.
        "scan-drop" => {
            let (mut entries, end) = at.read_directory();
            let mut count = 0;
            for _ in 0..line.number(2) {
                let (result, read) = entries.read(room(line.number(1) as usize)).await;
                count += read.len();
                if result == StreamResult::Dropped {
                    break;
                }
            }
            drop(entries);
            format!("{count} {}", answer(end.await))
        }
        // How it ends is asked for first.
        "scan-end" => {
            let (entries, end) = at.read_directory();
            let mut end = Box::pin(end.into_future());
            let first = patient(&mut end).await;
            let mut names = entries.collect().await.len();
            if first.is_some() {
                names += 1000;
            }
            let end = match first {
                Some(end) => end,
                None => end.await,
            };
            format!("{names} {}", answer(end))
        }
        // The stream, its end, or neither is dropped unread.
        "scan-unread" => {
            let (entries, end) = at.read_directory();
            match line.word(1) {
                "end" => drop(end),
                "both" => {
                    drop(entries);
                    drop(end);
                }
                _ => {
                    drop(entries);
                    return Some(answer(end.await));
                }
            }
            "ok".into()
        }
        "tree" => tree(at).await,
        _ => return None,
    })
}

fn room<T>(count: usize) -> Vec<T> {
    Vec::with_capacity(count)
}

/// Every entry, with the kind behind its name, and how the stream ended.
async fn all(at: &Descriptor, piece: usize) -> (Vec<String>, Result<(), ErrorCode>) {
    let (entries, end) = entries(at, piece).await;
    let names = entries.iter();
    let names = names.map(|entry| format!("{} {}", entry.name, code(&entry.type_)));
    (names.collect(), end)
}

async fn entries(at: &Descriptor, piece: usize) -> (Vec<DirectoryEntry>, Result<(), ErrorCode>) {
    let (mut stream, end) = at.read_directory();
    let mut entries = Vec::new();
    loop {
        let (result, read) = stream.read(room(piece)).await;
        entries.extend(read);
        if result == StreamResult::Dropped {
            break;
        }
    }
    (entries, end.await)
}

/// Every name below a directory with what it is and holds, sorted.
async fn tree(root: &Descriptor) -> String {
    let mut lines = Vec::new();
    let mut rest = vec![(String::new(), None)];
    while let Some((path, directory)) = rest.pop() {
        let directory = directory.as_ref().unwrap_or(root);
        let (entries, end) = entries(directory, PIECE).await;
        if let Err(error) = end {
            lines.push(format!("{path} unreadable: {}", code(&error)));
        }
        for entry in entries {
            let path = format!("{path}/{}", entry.name);
            match entry_text(directory, &entry).await {
                Ok((text, below)) => {
                    lines.push(format!("  {path} {text}"));
                    rest.extend(below.map(|below| (path, Some(below))));
                }
                Err(error) => lines.push(format!("  {path} {}", code(&error))),
            }
        }
    }
    lines.sort();
    lines.join("\n")
}

/// What an entry is and holds; a directory is returned opened.
async fn entry_text(
    directory: &Descriptor,
    entry: &DirectoryEntry,
) -> Result<(String, Option<Descriptor>), ErrorCode> {
    let name = || entry.name.clone();
    let stat = directory.stat_at(PathFlags::empty(), name()).await?;
    let links = stat.link_count;
    let open = || {
        let (none, read) = (OpenFlags::empty(), DescriptorFlags::READ);
        directory.open_at(PathFlags::empty(), name(), none, read)
    };
    Ok(match entry.type_ {
        DescriptorType::Directory => (format!("directory {links}"), Some(open().await?)),
        DescriptorType::SymbolicLink => {
            let target = directory.readlink_at(name()).await;
            let target = target.unwrap_or_else(|error| code(&error));
            (format!("{} {links} {target}", stat.size), None)
        }
        _ => {
            let holds = contents(&open().await?, stat.size).await?;
            (format!("{} {links} {holds}", stat.size), None)
        }
    })
}

/// What a file holds; of a large one, only its end.
async fn contents(file: &Descriptor, size: u64) -> Result<String, ErrorCode> {
    let start = if size > MOST { size - 100 } else { 0 };
    let (stream, end) = file.read_via_stream(start);
    let bytes = stream.collect().await;
    end.await?;
    Ok(brief(&bytes))
}
