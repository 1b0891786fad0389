//! All that is in a directory, in one text.

use crate::bindings::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};
use crate::program::{brief, stat};
use crate::script::code;

/// Every name below a directory with what it is and holds, sorted.
pub fn of(directory: &Descriptor) -> String {
    let mut lines = Vec::new();
    if let Err(error) = add(directory, "", &mut lines) {
        lines.push(format!("unreadable: {}", code(&error)));
    }
    lines.sort();
    lines.join("\n")
}

fn add(directory: &Descriptor, path: &str, lines: &mut Vec<String>) -> Result<(), ErrorCode> {
    let entries = directory.read_directory()?;
    while let Some(entry) = entries.read_directory_entry()? {
        let path = format!("{path}/{}", entry.name);
        let what = stat(directory.stat_at(PathFlags::empty(), &entry.name)?);
        let open = || {
            let flags = DescriptorFlags::READ;
            directory.open_at(PathFlags::empty(), &entry.name, OpenFlags::empty(), flags)
        };
        let holds = match entry.type_ {
            DescriptorType::Directory => {
                add(&open()?, &path, lines)?;
                String::new()
            }
            DescriptorType::SymbolicLink => match directory.readlink_at(&entry.name) {
                Ok(target) => target,
                Err(error) => code(&error),
            },
            _ => contents(&open()?)?,
        };
        lines.push(format!("  {path} {what} {holds}"));
    }
    Ok(())
}

/// What a file holds; of a large one, only its start and its end.
fn contents(file: &Descriptor) -> Result<String, ErrorCode> {
    const MOST: u64 = 1 << 20;
    let size = file.stat()?.size;
    let starts = match size {
        0..=MOST => 0..size,
        _ => size - 100..size,
    };
    let mut bytes = Vec::new();
    let mut position = starts.start;
    while position < starts.end {
        let (part, end) = file.read(starts.end - position, position)?;
        if end {
            break;
        }
        position += part.len() as u64;
        bytes.extend(part);
    }
    Ok(brief(&bytes))
}
