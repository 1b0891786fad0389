//! What changes files and folders, but for streams that are written in parts.

use crate::files::{follow, open};
use crate::script::Command;
use crate::text::{answer, code};
use wasip3::filesystem::types::{Descriptor, NewTimestamp, PathFlags};
use wasip3::wit_stream;

pub async fn perform(command: &Command, root: &Descriptor) -> Option<String> {
    Some(match command.verb.as_str() {
        "write" | "append" | "set-size" | "set-times" => match open(root, command).await {
            Ok(file) => change(command, &file).await,
            Err(error) => format!("cannot open: {}", code(&error)),
        },
        "set-times-at" => answer(
            root.set_times_at(
                follow(command),
                command.word(0).into(),
                NewTimestamp::NoChange,
                NewTimestamp::Now,
            )
            .await,
        ),
        "mkdir" => answer(root.create_directory_at(command.word(0).into()).await),
        "rmdir" => answer(root.remove_directory_at(command.word(0).into()).await),
        "unlink" => answer(root.unlink_file_at(command.word(0).into()).await),
        "rename" => answer(
            root.rename_at(command.word(0).into(), root, command.word(1).into())
                .await,
        ),
        "link" => {
            let (from, to) = (command.word(0).into(), command.word(1).into());
            answer(root.link_at(PathFlags::empty(), from, root, to).await)
        }
        "symlink" => answer(
            root.symlink_at(command.word(0).into(), command.word(1).into())
                .await,
        ),
        _ => return None,
    })
}

async fn change(command: &Command, file: &Descriptor) -> String {
    match command.verb.as_str() {
        "set-size" => answer(file.set_size(command.number(1)).await),
        "set-times" => answer(
            file.set_times(NewTimestamp::Now, NewTimestamp::NoChange)
                .await,
        ),
        verb => {
            let (mut writer, reader) = wit_stream::new();
            let (text, result) = match verb {
                "write" => (
                    command.word(2),
                    file.write_via_stream(reader, command.number(1)),
                ),
                _ => (command.word(1), file.append_via_stream(reader)),
            };
            let left = writer.write_all(text.as_bytes().to_vec()).await;
            drop(writer);
            match left.len() {
                0 => answer(result.await),
                left => format!("{}, {left} left", answer(result.await)),
            }
        }
    }
}
