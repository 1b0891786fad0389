//! Streams of any size, whose bytes say where they lie. They are never held as a whole.

use crate::files::{Rights, open_as};
use crate::script::Command;
use crate::text::{answer, code};
use wasip3::cli::{stdin, stdout};
use wasip3::filesystem::types::{Descriptor, ErrorCode};
use wasip3::wit_bindgen::{StreamReader, StreamResult, StreamWriter};
use wasip3::wit_stream;

/// What is written at once.
const PIECE: u64 = 64 * 1024;

pub async fn perform(command: &Command, root: &Descriptor) -> Option<String> {
    let done = match command.verb.as_str() {
        "fill" => fill(root, command).await,
        "fill-stdout" => fill_stdout(command).await,
        "check" => check(root, command).await,
        "check-stdin" => check_stdin().await,
        "copy-slowly" => copy_slowly(root, command).await,
        _ => return None,
    };
    Some(done.unwrap_or_else(|error| format!("cannot open: {}", code(&error))))
}

/// The byte at a position: no piece of a power of two looks like another.
fn byte(position: u64) -> u8 {
    (position % 251) as u8
}

/// Writes so many bytes, and says how many were not taken.
async fn pour(mut writer: StreamWriter<u8>, size: u64) -> u64 {
    let mut position = 0;
    while position < size {
        let end = size.min(position + PIECE);
        let left = writer.write_all((position..end).map(byte).collect()).await;
        position = end - left.len() as u64;
        if !left.is_empty() {
            break;
        }
    }
    size - position
}

/// Reads to the end, and says how many bytes came and whether all are as they were written.
async fn drain(mut stream: StreamReader<u8>) -> String {
    let (mut position, mut right) = (0, true);
    let mut room = Vec::with_capacity(PIECE as usize);
    loop {
        let (status, bytes) = stream.read(room).await;
        for (place, came) in (position..).zip(&bytes) {
            right &= byte(place) == *came;
        }
        position += bytes.len() as u64;
        room = bytes;
        room.clear();
        if status == StreamResult::Dropped {
            let right = if right { "right" } else { "wrong" };
            return format!("{position} bytes, {right}");
        }
    }
}

async fn fill(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, 0);
    let left = pour(writer, command.number(1)).await;
    Ok(format!("{}, {left} left", answer(result.await)))
}

async fn fill_stdout(command: &Command) -> Result<String, ErrorCode> {
    let (writer, reader) = wit_stream::new();
    let result = stdout::write_via_stream(reader);
    let left = pour(writer, command.number(0)).await;
    Ok(format!("{}, {left} left", answer(result.await)))
}

async fn check(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (stream, result) = file.read_via_stream(0);
    let drained = drain(stream).await;
    Ok(format!("{drained}, {}", answer(result.await)))
}

async fn check_stdin() -> Result<String, ErrorCode> {
    let (stream, result) = stdin::read_via_stream();
    let drained = drain(stream).await;
    Ok(format!("{drained}, {}", answer(result.await)))
}

/// One file into another by hand, in small odd pieces.
async fn copy_slowly(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let from = open_as(root, command.word(0), Rights::Read).await?;
    let to = open_as(root, command.word(1), Rights::Written).await?;
    let (mut stream, read) = from.read_via_stream(0);
    let (mut writer, reader) = wit_stream::new();
    let written = to.write_via_stream(reader, 0);
    loop {
        let (status, bytes) = stream.read(Vec::with_capacity(777)).await;
        writer.write_all(bytes).await;
        if status == StreamResult::Dropped {
            break;
        }
    }
    drop(writer);
    let (written, read) = (written.await, read.await);
    Ok(format!("{}, {}", answer(written), answer(read)))
}
