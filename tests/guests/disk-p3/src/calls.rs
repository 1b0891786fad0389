//! Calls about descriptors and paths. The module is compiled once for each lowering, whose macros
//! and types are those of the module around it.

use super::types::{
    Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, NewTimestamp,
    OpenFlags, PathFlags,
};
use crate::latest::flags;
use crate::script::{Command, answer, code};
use crate::text::text;

/// Opens the path that is the third word.
pub async fn open(at: &Descriptor, line: &Command) -> Result<(Descriptor, String), String> {
    let open = flags(
        line.word(4),
        &[
            ('c', OpenFlags::CREATE),
            ('d', OpenFlags::DIRECTORY),
            ('x', OpenFlags::EXCLUSIVE),
            ('t', OpenFlags::TRUNCATE),
        ],
    );
    let rights = flags(
        line.word(5),
        &[
            ('r', DescriptorFlags::READ),
            ('w', DescriptorFlags::WRITE),
            ('m', DescriptorFlags::MUTATE_DIRECTORY),
            ('s', DescriptorFlags::FILE_INTEGRITY_SYNC),
        ],
    );
    let opened = call!(at.open_at(follow(line.word(3)), owned!(text(line, 2)), open, rights));
    match opened {
        Ok(opened) => {
            let kind = call!(opened.get_type()).expect("a type");
            Ok((opened, format!("ok {}", code(&kind))))
        }
        Err(error) => Err(code(&error)),
    }
}

/// What is about one descriptor.
pub async fn on_descriptor(at: &Descriptor, line: &Command) -> Option<String> {
    Some(match line.verb.as_str() {
        "type" => answer(call!(at.get_type()).map(|kind| code(&kind))),
        "flags" => answer(call!(at.get_flags())),
        "stat" => answer(call!(at.stat()).map(stat)),
        "sync" => answer(call!(at.sync())),
        "sync-data" => answer(call!(at.sync_data())),
        "advise" => {
            let (offset, length) = (line.number(1), line.number(2));
            answer(call!(at.advise(offset, length, Advice::WillNeed)))
        }
        "set-size" => answer(call!(at.set_size(line.number(1)))),
        "times" => {
            let (access, modify) = (line.word(1), line.word(2));
            match call!(at.set_times(time(access), time(modify))) {
                Ok(()) => times(call!(at.stat()), access, modify),
                Err(error) => code(&error),
            }
        }
        _ => return None,
    })
}

/// What is about a path.
pub async fn on_path(at: &Descriptor, line: &Command) -> Option<String> {
    let path = || text(line, 1);
    Some(match line.verb.as_str() {
        "mkdir" => answer(call!(at.create_directory_at(owned!(path())))),
        "rmdir" => answer(call!(at.remove_directory_at(owned!(path())))),
        "unlink" => answer(call!(at.unlink_file_at(owned!(path())))),
        "symlink" => answer(call!(at.symlink_at(owned!(path()), owned!(text(line, 2))))),
        "readlink" => answer(call!(at.readlink_at(owned!(path())))),
        "stat-at" => {
            let found = call!(at.stat_at(follow(line.word(2)), owned!(path())));
            answer(found.map(stat))
        }
        "hash-at" => {
            // Numbers differ between hosts, what they tell apart does not.
            let hash = call!(at.metadata_hash_at(follow(line.word(2)), owned!(path())));
            let own = call!(at.metadata_hash()).expect("a directory's own hash");
            answer(hash.map(|hash| (hash.lower, hash.upper) == (own.lower, own.upper)))
        }
        "times-at" => {
            let (access, modify) = (line.word(3), line.word(4));
            let follow = follow(line.word(2));
            let (new_access, new_modify) = (time(access), time(modify));
            match call!(at.set_times_at(follow, owned!(path()), new_access, new_modify)) {
                Ok(()) => times(call!(at.stat_at(follow, owned!(path()))), access, modify),
                Err(error) => code(&error),
            }
        }
        _ => return None,
    })
}

/// What is about two descriptors.
pub async fn on_two(at: &Descriptor, other: &Descriptor, line: &Command) -> String {
    match line.verb.as_str() {
        "same" => {
            let (one, two) = (call!(at.metadata_hash()), call!(other.metadata_hash()));
            let equal =
                one.and_then(|one| two.map(|two| (one.lower, one.upper) == (two.lower, two.upper)));
            format!("{} {}", call!(at.is_same_object(other)), answer(equal))
        }
        "rename" => {
            let (old, new) = (text(line, 1), text(line, 3));
            answer(call!(at.rename_at(owned!(old), other, owned!(new))))
        }
        _ => {
            let (old, new) = (text(line, 1), text(line, 4));
            let follow = follow(line.word(2));
            answer(call!(at.link_at(follow, owned!(old), other, owned!(new))))
        }
    }
}

fn follow(letters: &str) -> PathFlags {
    flags(letters, &[('f', PathFlags::SYMLINK_FOLLOW)])
}

/// A time as a script gives it: `-`, `now`, or seconds and nanoseconds with a dot between.
fn time(text: &str) -> NewTimestamp {
    match text.split_once('.') {
        _ if text == "-" => NewTimestamp::NoChange,
        Some((seconds, nanoseconds)) => NewTimestamp::Timestamp(super::types::Instant {
            seconds: seconds.parse().expect("seconds"),
            nanoseconds: nanoseconds.parse().expect("nanoseconds"),
        }),
        None => NewTimestamp::Now,
    }
}

/// The times that were set to something that does not depend on the host.
fn times(stat: Result<DescriptorStat, ErrorCode>, access: &str, modify: &str) -> String {
    let Ok(stat) = stat else { return String::new() };
    let told = |text: &str, time: Option<super::types::Instant>| match time {
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
fn stat(stat: DescriptorStat) -> String {
    let size = match stat.type_ {
        DescriptorType::Directory => "-".to_string(),
        _ => stat.size.to_string(),
    };
    format!("{} {size} {}", code(&stat.type_), stat.link_count)
}
