//! The standard streams: read and written piece by piece, handed over whole, and all at once.

use crate::files::{self, Rights};
use crate::script::Command;
use crate::text::{answer, code, text};
use futures::join;
use wasip3::cli::{stderr, stdin, stdout, types::ErrorCode};
use wasip3::wit_bindgen::StreamResult;
use wasip3::wit_stream;

pub async fn perform(command: &Command, base: &str) -> Option<String> {
    Some(match command.verb.as_str() {
        "stdin" => {
            let (stream, result) = stdin::read_via_stream();
            let bytes = stream.collect().await;
            format!("{:?} {}", text(&bytes), answer(result.await))
        }
        // The first bytes; the rest is for the next who reads.
        "stdin-read" => {
            let (mut stream, result) = stdin::read_via_stream();
            let wanted = command.number(0) as usize;
            let mut bytes = Vec::new();
            while bytes.len() < wanted {
                let room = Vec::with_capacity(wanted - bytes.len());
                let (status, came) = stream.read(room).await;
                bytes.extend(came);
                if status == StreamResult::Dropped {
                    break;
                }
            }
            drop(stream);
            format!("{:?} {}", text(&bytes), answer(result.await))
        }
        "stdin-unread" => {
            let (stream, result) = stdin::read_via_stream();
            drop((stream, result));
            "ok".into()
        }
        "stdout" => answer(print(command.word(0).as_bytes().to_vec()).await),
        "stderr" => {
            let (mut writer, reader) = wit_stream::new();
            let result = stderr::write_via_stream(reader);
            let left = writer.write_all(command.word(0).as_bytes().to_vec()).await;
            drop(writer);
            format!("{}, {} left", answer(result.await), left.len())
        }
        // Two streams into standard output, one after the other is done.
        "stdout-twice" => {
            let first = print(command.word(0).as_bytes().to_vec()).await;
            let second = print(command.word(0).as_bytes().to_vec()).await;
            format!("{}, {}", answer(first), answer(second))
        }
        "stdout-nothing" => answer(print(Vec::new()).await),
        "stdout-unawaited" => {
            let (mut writer, reader) = wit_stream::new();
            drop(stdout::write_via_stream(reader));
            let left = writer.write_all(command.word(0).as_bytes().to_vec()).await;
            format!("{} left", left.len())
        }
        // Standard input handed over to standard output.
        "stdin-to-stdout" => {
            let (stream, read) = stdin::read_via_stream();
            let written = stdout::write_via_stream(stream).await;
            format!("{}, {}", answer(written), answer(read.await))
        }
        "stdin-to-file" => {
            let file = match open(base, command.word(0), Rights::Written).await {
                Ok(file) => file,
                Err(error) => return Some(error),
            };
            let (stream, read) = stdin::read_via_stream();
            let written = file.write_via_stream(stream, 0).await;
            format!("{}, {}", answer(written), answer(read.await))
        }
        "file-to-stdout" => {
            let file = match open(base, command.word(0), Rights::Read).await {
                Ok(file) => file,
                Err(error) => return Some(error),
            };
            let (stream, read) = file.read_via_stream(0);
            let written = stdout::write_via_stream(stream).await;
            format!("{}, {}", answer(written), answer(read.await))
        }
        // Reads one file, writes another and copies standard input to standard output, all at once.
        "at-once" => at_once(command, base).await,
        _ => return None,
    })
}

async fn open(base: &str, path: &str, rights: Rights) -> Result<files::File, String> {
    let root = files::preopen(base).ok_or_else(|| format!("no preopen {base:?}"))?;
    files::open_as(&root, path, rights)
        .await
        .map_err(|error| format!("cannot open: {}", code(&error)))
}

/// Writes to standard output, and waits until it is written.
pub async fn print(bytes: Vec<u8>) -> Result<(), ErrorCode> {
    let (mut writer, reader) = wit_stream::new();
    let result = stdout::write_via_stream(reader);
    writer.write_all(bytes).await;
    drop(writer);
    result.await
}

async fn at_once(command: &Command, base: &str) -> String {
    let (from, to) = (command.word(0), command.word(1));
    let (from, to) = match (
        open(base, from, Rights::Read).await,
        open(base, to, Rights::Written).await,
    ) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(error), _) | (_, Err(error)) => return error,
    };
    let reading = async {
        let (stream, result) = from.read_via_stream(0);
        let bytes = stream.collect().await;
        format!("read {} bytes {}", bytes.len(), answer(result.await))
    };
    let writing = async {
        let (mut writer, reader) = wit_stream::new();
        let result = to.write_via_stream(reader, 0);
        let mut left = 0;
        for number in 0..20 {
            left += writer
                .write_all(format!("line {number}\n").into_bytes())
                .await
                .len();
        }
        drop(writer);
        format!("written {}, {left} left", answer(result.await))
    };
    let copying = async {
        let (mut from, read) = stdin::read_via_stream();
        let (mut writer, reader) = wit_stream::new();
        let written = stdout::write_via_stream(reader);
        let mut copied = 0;
        loop {
            let (status, bytes) = from.read(Vec::with_capacity(7)).await;
            copied += bytes.len();
            writer.write_all(bytes).await;
            if status == StreamResult::Dropped {
                break;
            }
        }
        drop(writer);
        let (read, written) = join!(async { read.await }, async { written.await });
        format!("copied {copied} bytes {} {}", answer(read), answer(written))
    };
    let (read, written, copied) = join!(reading, writing, copying);
    format!("{read}, {written}, {copied}")
}
