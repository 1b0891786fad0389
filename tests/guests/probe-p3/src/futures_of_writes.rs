//! The future of a write: waited for before anything is written, by another task, cancelled,
//! dropped; and streams that end, or whose reader ends, at odd moments.

use crate::files::{Rights, open_as};
use crate::script::Command;
use crate::text::{answer, code, text};
use futures::channel::oneshot;
use futures::{join, poll};
use std::task::Poll;
use wasip3::clocks::monotonic_clock;
use wasip3::filesystem::types::{Descriptor, ErrorCode};
use wasip3::wit_bindgen::spawn_local;
use wasip3::wit_stream;

const MILLISECOND: u64 = 1_000_000;

pub async fn perform(command: &Command, root: &Descriptor) -> Option<String> {
    let done = match command.verb.as_str() {
        "future-first" => future_first(root, command).await,
        "future-in-a-task" => future_in_a_task(root, command).await,
        "future-cancelled" => future_cancelled(root, command).await,
        "future-dropped" => future_dropped(root, command).await,
        "future-late" => future_late(root, command).await,
        "nothing-written" => nothing_written(root, command).await,
        "zero-written" => zero_written(root, command).await,
        "written-in-pieces" => written_in_pieces(root, command).await,
        "two-writers" => two_writers(root, command).await,
        "not-writable" => not_writable(root, command).await,
        "write-cancelled" => write_cancelled(root, command).await,
        "writer-in-a-task" => writer_in_a_task(root, command).await,
        "written-before-it-is-given" => written_before_it_is_given(root, command).await,
        _ => return None,
    };
    Some(done.unwrap_or_else(|error| format!("cannot open: {}", code(&error))))
}

/// What came of a write, and what the file holds then.
async fn held<E: std::fmt::Debug>(
    file: &Descriptor,
    result: Result<(), E>,
) -> Result<String, ErrorCode> {
    let (stream, read) = file.read_via_stream(0);
    let bytes = stream.collect().await;
    read.await?;
    Ok(format!("{}, {:?}", answer(result), text(&bytes)))
}

async fn future_first(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, 0);
    let (result, ()) = join!(async { result.await }, async {
        writer.write_all(command.word(1).as_bytes().to_vec()).await;
        drop(writer);
    });
    held(&file, result).await
}

async fn future_in_a_task(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (sender, receiver) = oneshot::channel();
    let (mut writer, reader) = wit_stream::new();
    let result = file.append_via_stream(reader);
    spawn_local(async move {
        let _ = sender.send(result.await);
    });
    monotonic_clock::wait_for(MILLISECOND).await;
    writer.write_all(command.word(1).as_bytes().to_vec()).await;
    monotonic_clock::wait_for(MILLISECOND).await;
    drop(writer);
    held(&file, receiver.await.expect("an answer of the task")).await
}

async fn future_cancelled(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, 0);
    let mut reading = Box::pin(result.into_future());
    let pending = poll!(&mut reading).is_pending();
    let left = match reading.as_mut().cancel() {
        Ok(early) => return Ok(format!("early {}", answer(early))),
        Err(reader) => reader,
    };
    writer.write_all(command.word(1).as_bytes().to_vec()).await;
    drop(writer);
    let held = held(&file, left.await).await?;
    Ok(format!("pending {pending}, {held}"))
}

/// The future is dropped, and another way found to know that the write is over.
async fn future_dropped(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    drop(file.write_via_stream(reader, 0));
    let bytes = command.word(1).as_bytes().to_vec();
    let size = bytes.len() as u64;
    writer.write_all(bytes).await;
    drop(writer);
    for _ in 0..500 {
        if file.stat().await?.size == size {
            break;
        }
        monotonic_clock::wait_for(10 * MILLISECOND).await;
    }
    held(&file, Ok::<_, ErrorCode>(())).await
}

/// The future is read long after the write is over.
async fn future_late(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, 0);
    writer.write_all(command.word(1).as_bytes().to_vec()).await;
    drop(writer);
    monotonic_clock::wait_for(20 * MILLISECOND).await;
    held(&file, result.await).await
}

async fn nothing_written(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (writer, reader) = wit_stream::new::<u8>();
    let result = file.write_via_stream(reader, 3);
    drop(writer);
    held(&file, result.await).await
}

/// Writes of no bytes before, between and after others.
async fn zero_written(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, 0);
    for bytes in [&b""[..], b"ab", b"", b"cd", b""] {
        let (_, left) = writer.write(bytes.to_vec()).await;
        assert_eq!(left.remaining(), 0, "a write of two bytes is not split");
    }
    drop(writer);
    held(&file, result.await).await
}

async fn written_in_pieces(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    let result = file.append_via_stream(reader);
    for number in 0..command.number(1) {
        writer.write_all(format!("{number} ").into_bytes()).await;
        if number % 3 == 0 {
            monotonic_clock::wait_for(MILLISECOND).await;
        }
    }
    drop(writer);
    held(&file, result.await).await
}

/// Two streams into one file at once, at different positions.
async fn two_writers(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut one, reader) = wit_stream::new();
    let first = file.write_via_stream(reader, 0);
    let (mut two, reader) = wit_stream::new();
    let second = file.write_via_stream(reader, 6);
    for _ in 0..3 {
        one.write_all(b"ab".to_vec()).await;
        two.write_all(b"cd".to_vec()).await;
    }
    drop(two);
    let second = second.await;
    drop(one);
    let held = held(&file, first.await).await?;
    Ok(format!("{}, {held}", answer(second)))
}

/// A file that was not opened to be written.
async fn not_writable(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (mut writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, 0);
    let left = writer.write_all(b"nope".to_vec()).await;
    drop(writer);
    let held = held(&file, result.await).await?;
    Ok(format!("{} left, {held}", left.len()))
}

/// A write that is cancelled, if the host lets it wait at all; then what is left of it.
async fn write_cancelled(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, 0);
    let left = {
        let bytes = command.word(1).as_bytes().to_vec();
        let mut write = Box::pin(writer.write(bytes));
        match poll!(&mut write) {
            Poll::Ready((_, left)) => left,
            Poll::Pending => write.as_mut().cancel().1,
        }
    };
    let left = left.into_vec();
    writer.write_all(left).await;
    drop(writer);
    held(&file, result.await).await
}

/// One task writes, another waits for the future.
async fn writer_in_a_task(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    let bytes = command.word(1).as_bytes().to_vec();
    spawn_local(async move {
        monotonic_clock::wait_for(MILLISECOND).await;
        writer.write_all(bytes).await;
    });
    let result = file.write_via_stream(reader, 0);
    held(&file, result.await).await
}

/// A write is under way when the stream's other end is given to the file.
async fn written_before_it_is_given(
    root: &Descriptor,
    command: &Command,
) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let (mut writer, reader) = wit_stream::new();
    let bytes = command.word(1).as_bytes().to_vec();
    let mut writing = Box::pin(async move {
        writer.write_all(bytes).await;
    });
    let pending = poll!(&mut writing).is_pending();
    let result = file.write_via_stream(reader, 0);
    writing.await;
    let held = held(&file, result.await).await?;
    Ok(format!("pending {pending}, {held}"))
}
