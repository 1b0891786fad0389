//! What a script does with files through WASI 0.2. Descriptors and streams stay open under names
//! from line to line.

use crate::bindings::wasi::clocks::wall_clock::{self, Datetime};
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntryStream,
    ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};
use crate::script::{Command, answer, code};
use crate::streams::{self, Stream};
use crate::text::text;
use crate::tree;
use std::collections::BTreeMap;

/// What is open.
#[derive(Default)]
pub struct Program {
    descriptors: BTreeMap<String, Descriptor>,
    streams: BTreeMap<String, Stream>,
    scans: BTreeMap<String, DirectoryEntryStream>,
}

/// The lines that cannot be carried out because what they name is not open.
pub const CLOSED: &str = "not open";

impl Program {
    /// With the preopened directories open, each under its path.
    pub fn new() -> Self {
        let mut program = Program::default();
        for (directory, path) in preopens::get_directories() {
            program.descriptors.insert(path, directory);
        }
        program
    }

    /// The descriptor of this name; a preopened directory's is its path.
    fn descriptor(&self, name: &str) -> Option<&Descriptor> {
        self.descriptors.get(name)
    }

    pub fn perform(&mut self, line: &Command) -> String {
        if let Some(said) = self.opening(line) {
            return said;
        }
        if let Some(said) = streams::perform(line, &mut self.streams, &self.descriptors) {
            return said;
        }
        let Some(at) = self.descriptor(line.word(0)) else {
            return CLOSED.into();
        };
        on_descriptor(at, line)
            .or_else(|| on_path(at, line))
            .or_else(|| self.on_two(at, line))
            .unwrap_or_else(|| panic!("there is no {:?}", line.verb))
    }

    /// What changes what is open.
    fn opening(&mut self, line: &Command) -> Option<String> {
        let name = line.word(0).to_string();
        Some(match line.verb.as_str() {
            "open" => {
                let Some(at) = self.descriptor(line.word(1)) else {
                    return Some(CLOSED.into());
                };
                let (how, rights) = (line.word(4), line.word(5));
                let open = flags(
                    how,
                    &[
                        ('c', OpenFlags::CREATE),
                        ('d', OpenFlags::DIRECTORY),
                        ('x', OpenFlags::EXCLUSIVE),
                        ('t', OpenFlags::TRUNCATE),
                    ],
                );
                let rights = flags(
                    rights,
                    &[
                        ('r', DescriptorFlags::READ),
                        ('w', DescriptorFlags::WRITE),
                        ('m', DescriptorFlags::MUTATE_DIRECTORY),
                        ('s', DescriptorFlags::FILE_INTEGRITY_SYNC),
                    ],
                );
                match at.open_at(follow(line.word(3)), &text(line, 2), open, rights) {
                    Ok(opened) => {
                        let kind = opened.get_type().expect("a type");
                        self.descriptors.insert(name, opened);
                        format!("ok {}", code(&kind))
                    }
                    Err(error) => code(&error),
                }
            }
            "close" => match self.descriptors.remove(&name) {
                Some(_) => "ok".into(),
                None => CLOSED.into(),
            },
            "scan" => {
                let Some(at) = self.descriptor(line.word(1)) else {
                    return Some(CLOSED.into());
                };
                match at.read_directory() {
                    Ok(scan) => {
                        self.scans.insert(name, scan);
                        "ok".into()
                    }
                    Err(error) => code(&error),
                }
            }
            "scanned" => match self.scans.remove(&name) {
                Some(scan) => answer(names(&scan)),
                None => CLOSED.into(),
            },
            _ => return None,
        })
    }

    /// What is about two descriptors.
    fn on_two(&self, at: &Descriptor, line: &Command) -> Option<String> {
        let other = match line.verb.as_str() {
            "same" => 1,
            "rename" => 2,
            "link" => 3,
            _ => return None,
        };
        let Some(other) = self.descriptor(line.word(other)) else {
            return Some(CLOSED.into());
        };
        Some(match line.verb.as_str() {
            "same" => {
                let hash = |at: &Descriptor| {
                    let hash = at.metadata_hash()?;
                    Ok::<_, ErrorCode>((hash.lower, hash.upper))
                };
                let equal = answer(hash(at).and_then(|one| Ok(one == hash(other)?)));
                format!("{} {equal}", at.is_same_object(other))
            }
            "rename" => answer(at.rename_at(&text(line, 1), other, &text(line, 3))),
            _ => {
                let (old, new) = (text(line, 1), text(line, 4));
                answer(at.link_at(follow(line.word(2)), &old, other, &new))
            }
        })
    }
}

/// What is about one descriptor.
fn on_descriptor(at: &Descriptor, line: &Command) -> Option<String> {
    Some(match line.verb.as_str() {
        "type" => answer(at.get_type().map(|kind| code(&kind))),
        "flags" => answer(at.get_flags()),
        "stat" => answer(at.stat().map(stat)),
        "sync" => answer(at.sync()),
        "sync-data" => answer(at.sync_data()),
        "advise" => answer(at.advise(line.number(1), line.number(2), Advice::WillNeed)),
        "set-size" => answer(at.set_size(line.number(1))),
        "read" => answer(
            at.read(line.number(1), line.number(2))
                .map(|(bytes, end)| (brief(&bytes), end)),
        ),
        "write" => answer(at.write(text(line, 1).as_bytes(), line.number(2))),
        "times" => {
            let (access, modify) = (line.word(1), line.word(2));
            match at.set_times(time(access), time(modify)) {
                Ok(()) => times(at.stat(), access, modify),
                Err(error) => code(&error),
            }
        }
        "list" => answer(at.read_directory().and_then(|entries| names(&entries))),
        "tree" => tree::of(at),
        _ => return None,
    })
}

/// What is about a path.
fn on_path(at: &Descriptor, line: &Command) -> Option<String> {
    Some(match line.verb.as_str() {
        "mkdir" => answer(at.create_directory_at(&text(line, 1))),
        "rmdir" => answer(at.remove_directory_at(&text(line, 1))),
        "unlink" => answer(at.unlink_file_at(&text(line, 1))),
        "symlink" => answer(at.symlink_at(&text(line, 1), &text(line, 2))),
        "readlink" => answer(at.readlink_at(&text(line, 1))),
        "stat-at" => answer(at.stat_at(follow(line.word(2)), &text(line, 1)).map(stat)),
        "recent" => {
            let modified = at.stat_at(PathFlags::empty(), &text(line, 1)).map(|stat| {
                stat.data_modification_timestamp
                    .map_or(0, |time| time.seconds)
            });
            answer(modified.map(|time| wall_clock::now().seconds.abs_diff(time) < 60))
        }
        "hash-at" => {
            // Numbers differ between hosts, what they tell apart does not.
            let hash = at.metadata_hash_at(follow(line.word(2)), &text(line, 1));
            let own = at.metadata_hash().expect("a directory's own hash");
            answer(hash.map(|hash| (hash.lower, hash.upper) == (own.lower, own.upper)))
        }
        "times-at" => {
            let (access, modify) = (line.word(3), line.word(4));
            let (follow, path) = (follow(line.word(2)), text(line, 1));
            match at.set_times_at(follow, &path, time(access), time(modify)) {
                Ok(()) => times(at.stat_at(follow, &path), access, modify),
                Err(error) => code(&error),
            }
        }
        _ => return None,
    })
}

/// The flags that letters stand for.
fn flags<F: Copy + FromIterator<F>>(letters: &str, known: &[(char, F)]) -> F {
    known
        .iter()
        .filter(|(letter, _)| letters.contains(*letter))
        .map(|(_, flag)| *flag)
        .collect()
}

fn follow(letters: &str) -> PathFlags {
    flags(letters, &[('f', PathFlags::SYMLINK_FOLLOW)])
}

/// A time as a script gives it: `-`, `now`, or seconds and nanoseconds with a dot between.
fn time(text: &str) -> NewTimestamp {
    match text.split_once('.') {
        _ if text == "-" => NewTimestamp::NoChange,
        Some((seconds, nanoseconds)) => NewTimestamp::Timestamp(Datetime {
            seconds: seconds.parse().expect("seconds"),
            nanoseconds: nanoseconds.parse().expect("nanoseconds"),
        }),
        None => NewTimestamp::Now,
    }
}

/// The times that were set to something that does not depend on the host.
fn times(stat: Result<DescriptorStat, ErrorCode>, access: &str, modify: &str) -> String {
    let Ok(stat) = stat else { return String::new() };
    let told = |text: &str, time: Option<Datetime>| match time {
        Some(time) if text.contains('.') => format!("{}.{}", time.seconds, time.nanoseconds),
        _ => "-".to_string(),
    };
    let accessed = told(access, stat.data_access_timestamp);
    format!(
        "{accessed} {}",
        told(modify, stat.data_modification_timestamp)
    )
}

/// What a stat says on every host: sizes of directories are its own.
pub fn stat(stat: DescriptorStat) -> String {
    let size = match stat.type_ {
        DescriptorType::Directory => "-".to_string(),
        _ => stat.size.to_string(),
    };
    format!("{} {size} {}", code(&stat.type_), stat.link_count)
}

fn names(entries: &DirectoryEntryStream) -> Result<Vec<String>, ErrorCode> {
    let mut names = Vec::new();
    while let Some(entry) = entries.read_directory_entry()? {
        names.push(format!("{} {}", entry.name, code(&entry.type_)));
    }
    names.sort();
    Ok(names)
}

/// Bytes in few words: how many, what they add up to, and how they start.
pub fn brief(bytes: &[u8]) -> String {
    let sum = bytes.iter().fold(0u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    });
    let start: String = bytes
        .iter()
        .take(12)
        .map(|byte| char::from(*byte).escape_default().to_string())
        .collect();
    format!("{} {sum:08x} {start}", bytes.len())
}
