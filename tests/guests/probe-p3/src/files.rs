//! Files as WASI 0.3 has them: what asks without changing anything, relative to one preopen, with
//! the error code as it came.

use crate::script::Command;
use crate::text::{answer, code, text};
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, OpenFlags,
    PathFlags,
};
use wasip3::wit_bindgen::StreamResult;

pub use wasip3::filesystem::types::Descriptor as File;

/// What a file is opened for by those who care for its stream alone.
pub enum Rights {
    Read,
    /// And created, should it not be there.
    Written,
}

pub async fn perform(command: &Command, root: &Descriptor) -> Option<String> {
    Some(match command.verb.as_str() {
        "preopens" => {
            let names = preopens::get_directories().into_iter();
            format!("{:?}", names.map(|(_, name)| name).collect::<Vec<_>>())
        }
        "open" => match open(root, command).await {
            Ok(file) => format!("ok {}", kind(file.get_type().await)),
            Err(error) => format!("error {}", code(&error)),
        },
        "stat" => {
            let stat = root.stat_at(follow(command), command.word(0).into()).await;
            answer(stat.map(shown))
        }
        "times" => match root.stat_at(follow(command), command.word(0).into()).await {
            Ok(stat) => format!(
                "ok {} {} {}",
                time(stat.data_access_timestamp),
                time(stat.data_modification_timestamp),
                time(stat.status_change_timestamp)
            ),
            Err(error) => format!("error {}", code(&error)),
        },
        "stat-open" | "flags" | "type" | "list" | "sync" | "advise" => {
            match open(root, command).await {
                Ok(file) => ask(command, &file).await,
                Err(error) => format!("cannot open: {}", code(&error)),
            }
        }
        "read" => match open(root, command).await {
            Ok(file) => read(&file, command).await,
            Err(error) => format!("cannot open: {}", code(&error)),
        },
        "readlink" => answer(root.readlink_at(command.word(0).into()).await),
        "same" => answer(same(root, command).await),
        "chain" => answer(chain(root, command).await),
        _ => return None,
    })
}

/// Asks an open file.
async fn ask(command: &Command, file: &Descriptor) -> String {
    match command.verb.as_str() {
        "stat-open" => answer(file.stat().await.map(shown)),
        "flags" => answer(file.get_flags().await),
        "type" => kind(file.get_type().await),
        "list" => {
            let (entries, result) = file.read_directory();
            let entries = entries.collect().await;
            let mut names: Vec<String> = entries
                .into_iter()
                .map(|entry| format!("{} {}", entry.name, code(&entry.type_)))
                .collect();
            names.sort();
            format!("{names:?} {}", answer(result.await))
        }
        "sync" => match file.sync().await {
            Ok(()) => answer(file.sync_data().await),
            Err(error) => answer::<(), _>(Err(error)),
        },
        _ => answer(file.advise(0, 10, Advice::WillNeed).await),
    }
}

/// The preopen of that name, or the first.
pub fn preopen(name: &str) -> Option<Descriptor> {
    preopens::get_directories()
        .into_iter()
        .find(|(_, known)| name.is_empty() || known == name)
        .map(|(directory, _)| directory)
}

pub async fn open_as(
    root: &Descriptor,
    path: &str,
    rights: Rights,
) -> Result<Descriptor, ErrorCode> {
    let (how, rights) = match rights {
        Rights::Read => (OpenFlags::empty(), DescriptorFlags::READ),
        Rights::Written => (
            OpenFlags::CREATE,
            DescriptorFlags::READ | DescriptorFlags::WRITE,
        ),
    };
    root.open_at(PathFlags::SYMLINK_FOLLOW, path.into(), how, rights)
        .await
}

/// Opens the first word with what the others ask for; reading is asked for unless `blind` is.
pub async fn open(root: &Descriptor, command: &Command) -> Result<Descriptor, ErrorCode> {
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
    root.open_at(follow(command), command.word(0).into(), how, rights)
        .await
}

pub fn follow(command: &Command) -> PathFlags {
    match command.has("nofollow") {
        true => PathFlags::empty(),
        false => PathFlags::SYMLINK_FOLLOW,
    }
}

/// Reads from a position on, so many bytes or to the end.
async fn read(file: &Descriptor, command: &Command) -> String {
    let (mut stream, result) = file.read_via_stream(command.number(1));
    let wanted = command.optional(2).and_then(|word| word.parse().ok());
    let wanted: usize = wanted.unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    while bytes.len() < wanted {
        let room = Vec::with_capacity((wanted - bytes.len()).min(4096));
        let (status, came) = stream.read(room).await;
        bytes.extend(came);
        if status == StreamResult::Dropped {
            break;
        }
    }
    drop(stream);
    format!("{:?} {}", text(&bytes), answer(result.await))
}

fn kind(kind: Result<DescriptorType, ErrorCode>) -> String {
    match kind {
        Ok(kind) => code(&kind),
        Err(error) => format!("error {}", code(&error)),
    }
}

/// What a stat says that does not depend on where the file lies: sizes of directories do.
fn shown(stat: DescriptorStat) -> String {
    match stat.type_ {
        DescriptorType::Directory => "directory".into(),
        other => format!("{}, {} bytes", code(&other), stat.size),
    }
}

fn time(stamp: Option<wasip3::clocks::system_clock::Instant>) -> String {
    stamp.map_or("none".into(), |at| {
        format!("{}.{:09}", at.seconds, at.nanoseconds)
    })
}

/// Whether two paths are one file, by each of the three ways to ask.
async fn same(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let first = open_as(root, command.word(0), Rights::Read).await?;
    let second = open_as(root, command.word(1), Rights::Read).await?;
    let mut hashes = Vec::new();
    for path in [command.word(0), command.word(1)] {
        let hash = root
            .metadata_hash_at(PathFlags::SYMLINK_FOLLOW, path.into())
            .await?;
        hashes.push((hash.lower, hash.upper));
    }
    let own = first.metadata_hash().await?;
    Ok(format!(
        "object {}, hash {}, hash of the open file {}",
        first.is_same_object(&second).await,
        hashes[0] == hashes[1],
        (own.lower, own.upper) == hashes[0]
    ))
}

/// Opens each word relative to the directory the word before it opened.
async fn chain(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let mut at = open_as(root, command.word(0), Rights::Read).await?;
    let mut index = 1;
    while let Some(path) = command.optional(index) {
        at = open_as(&at, path, Rights::Read).await?;
        index += 1;
    }
    at.get_type().await.map(|kind| code(&kind))
}
