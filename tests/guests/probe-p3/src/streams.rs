//! Streams of files that are not read to their end in one go: in pieces, half, not at all, many at
//! once, cancelled, and handed over from one file to another.

use crate::files::{Rights, open_as};
use crate::script::Command;
use crate::text::{answer, code, text};
use futures::future::join_all;
use futures::{join, poll};
use wasip3::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use wasip3::wit_bindgen::{StreamReader, StreamResult};
use wasip3::wit_stream;

pub async fn perform(command: &Command, root: &Descriptor) -> Option<String> {
    let done = match command.verb.as_str() {
        "pieces" => pieces(root, command).await,
        "after-end" => after_end(root, command).await,
        "half" => half(root, command).await,
        "half-many" => half_many(root, command).await,
        "unread" => unread(root, command).await,
        "interleave" => interleave(root, command).await,
        "concurrent" => concurrent(root, command).await,
        "zero" => zero(root, command).await,
        "cancel-read" => cancel_read(root, command).await,
        "cancel-open" => cancel_open(root, command).await,
        "closed-first" => closed_first(root, command).await,
        "past-end" => past_end(root, command).await,
        "list-half" => list_half(root, command).await,
        "copy" => copy(root, command).await,
        "copy-to-itself" => copy_to_itself(root, command).await,
        "truncate-while-read" => truncate_while_read(root, command).await,
        "write-while-read" => write_while_read(root, command).await,
        _ => return None,
    };
    Some(done.unwrap_or_else(|error| format!("cannot open: {}", code(&error))))
}

/// A stream to its end, in reads of a size.
async fn all(stream: &mut StreamReader<u8>, size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let (status, came) = stream.read(Vec::with_capacity(size)).await;
        assert!(came.len() <= size, "no read gives more than it asks for");
        bytes.extend(came);
        if status == StreamResult::Dropped {
            return bytes;
        }
    }
}

/// So many bytes, but for the end.
async fn some(stream: &mut StreamReader<u8>, wanted: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < wanted {
        let room = Vec::with_capacity(wanted - bytes.len());
        let (status, came) = stream.read(room).await;
        bytes.extend(came);
        if status == StreamResult::Dropped {
            break;
        }
    }
    bytes
}

async fn pieces(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (mut stream, result) = file.read_via_stream(0);
    let bytes = all(&mut stream, command.number(1) as usize).await;
    Ok(format!("{:?} {}", text(&bytes), answer(result.await)))
}

/// A read after the end was told of, which traps.
async fn after_end(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (mut stream, _result) = file.read_via_stream(0);
    all(&mut stream, 100).await;
    let (status, _) = stream.read(Vec::with_capacity(10)).await;
    Ok(format!("{status:?}"))
}

/// Some bytes, then the stream is dropped and its future read.
async fn half(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (mut stream, result) = file.read_via_stream(0);
    let bytes = some(&mut stream, command.number(1) as usize).await;
    drop(stream);
    Ok(format!("{:?} {}", text(&bytes), answer(result.await)))
}

/// Many streams dropped after a few bytes, in either order of stream and future.
async fn half_many(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let mut fine = 0;
    for number in 0..command.number(1) as usize {
        let (mut stream, result) = file.read_via_stream(0);
        if number % 3 != 0 {
            some(&mut stream, number % 5).await;
        }
        match number % 4 {
            0 => {
                drop(result);
                drop(stream);
                fine += 1;
            }
            1 => {
                drop(stream);
                drop(result);
                fine += 1;
            }
            _ => {
                drop(stream);
                fine += usize::from(result.await.is_ok());
            }
        }
    }
    Ok(format!("{fine} fine"))
}

async fn unread(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    drop(file.read_via_stream(0));
    drop(root.read_directory());
    let (stream, result) = file.read_via_stream(0);
    drop(stream);
    let first = answer(result.await);
    let (entries, result) = root.read_directory();
    drop(entries);
    Ok(format!("{first}, {}", answer(result.await)))
}

/// Two streams of one file, read in turn.
async fn interleave(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (mut one, first) = file.read_via_stream(0);
    let (mut two, second) = file.read_via_stream(5);
    let mut bytes = (Vec::new(), Vec::new());
    for _ in 0..4 {
        bytes.0.extend(some(&mut one, 2).await);
        bytes.1.extend(some(&mut two, 2).await);
    }
    drop(one);
    let first = answer(first.await);
    drop(second);
    drop(two);
    Ok(format!("{:?} {:?} {first}", text(&bytes.0), text(&bytes.1)))
}

/// Many files opened and read at once, each with another stream of one that all share.
async fn concurrent(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let shared = open_as(root, command.word(0), Rights::Read).await?;
    let one = |number: usize| {
        let shared = &shared;
        async move {
            let own = open_as(root, command.word(1), Rights::Read).await?;
            let ((mut a, first), (mut b, second)) = (
                own.read_via_stream(0),
                shared.read_via_stream(number as u64 % 10),
            );
            let (a, b) = join!(all(&mut a, 3), all(&mut b, 5));
            first.await?;
            second.await?;
            Ok::<_, ErrorCode>((a.len(), b.len() + number % 10))
        }
    };
    let lengths = join_all((0..command.number(2) as usize).map(one)).await;
    let mut lengths = lengths.into_iter().collect::<Result<Vec<_>, _>>()?;
    let count = lengths.len();
    lengths.dedup();
    Ok(format!("{count} reads, lengths {lengths:?}"))
}

/// Reads of no bytes before and between others.
async fn zero(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (mut stream, result) = file.read_via_stream(0);
    let (before, none) = stream.read(Vec::new()).await;
    let bytes = some(&mut stream, 3).await;
    let (between, none_either) = stream.read(Vec::new()).await;
    let rest = all(&mut stream, 100).await;
    assert!(none.is_empty() && none_either.is_empty());
    Ok(format!(
        "{before:?} {:?} {between:?} {:?} {}",
        text(&bytes),
        text(&rest),
        answer(result.await)
    ))
}

/// A read that is cancelled, if the host lets it wait at all; then the rest.
async fn cancel_read(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (mut stream, result) = file.read_via_stream(0);
    let mut bytes = {
        let mut read = Box::pin(stream.read(Vec::with_capacity(4)));
        match poll!(&mut read) {
            std::task::Poll::Ready((_, bytes)) => bytes,
            std::task::Poll::Pending => read.as_mut().cancel().1,
        }
    };
    bytes.extend(all(&mut stream, 100).await);
    Ok(format!("{:?} {}", text(&bytes), answer(result.await)))
}

/// A call that is cancelled, or was over at once.
async fn cancel_open(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let path = command.word(0).to_string();
    let call = root.open_at(
        PathFlags::empty(),
        path,
        OpenFlags::empty(),
        DescriptorFlags::READ,
    );
    let mut call = Box::pin(call);
    let _ = poll!(&mut call);
    drop(call);
    let file = open_as(root, command.word(0), Rights::Read).await?;
    Ok(format!("ok {}", code(&file.get_type().await?)))
}

/// The file is closed before its stream is read.
async fn closed_first(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let (mut stream, result) = file.read_via_stream(0);
    drop(file);
    let bytes = all(&mut stream, 5).await;
    Ok(format!("{:?} {}", text(&bytes), answer(result.await)))
}

async fn past_end(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Read).await?;
    let mut said = Vec::new();
    for position in [file.stat().await?.size, 1 << 40, u64::MAX] {
        let (mut stream, result) = file.read_via_stream(position);
        let bytes = all(&mut stream, 5).await;
        said.push(format!("{} bytes {}", bytes.len(), answer(result.await)));
    }
    Ok(said.join(", "))
}

/// One entry of a folder, then the stream is dropped.
async fn list_half(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let folder = open_as(root, command.word(0), Rights::Read).await?;
    let (mut entries, result) = folder.read_directory();
    let (_, one) = entries.read(Vec::with_capacity(1)).await;
    drop(entries);
    Ok(format!("{} entry {}", one.len(), answer(result.await)))
}

/// The stream of one file handed over to another.
async fn copy(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let from = open_as(root, command.word(0), Rights::Read).await?;
    let to = open_as(root, command.word(1), Rights::Written).await?;
    let (stream, read) = from.read_via_stream(command.number(2));
    let written = to.write_via_stream(stream, 0).await;
    let size = to.stat().await?.size;
    Ok(format!(
        "{}, {}, {size} bytes",
        answer(written),
        answer(read.await)
    ))
}

/// A file's own beginning, written over its end.
async fn copy_to_itself(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let size = file.stat().await?.size;
    let (mut stream, read) = file.read_via_stream(0);
    let bytes = some(&mut stream, size as usize).await;
    drop(stream);
    let (mut writer, reader) = wit_stream::new();
    let result = file.append_via_stream(reader);
    writer.write_all(bytes).await;
    drop(writer);
    let result = answer(result.await);
    let size = file.stat().await?.size;
    Ok(format!("{}, {result}, {size} bytes", answer(read.await)))
}

/// A file loses its end while a stream stands in its middle.
async fn truncate_while_read(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let size = file.stat().await?.size;
    let (mut stream, result) = file.read_via_stream(0);
    let first = some(&mut stream, 2).await;
    file.set_size(0).await?;
    let rest = all(&mut stream, 2).await;
    let result = answer(result.await);
    // What the host has read ahead, it gives.
    let fits = rest.is_empty() || rest.len() as u64 + 2 == size;
    Ok(format!("{:?}, fits {fits}, {result}", text(&first)))
}

/// A file grows while a stream stands at its end.
async fn write_while_read(root: &Descriptor, command: &Command) -> Result<String, ErrorCode> {
    let file = open_as(root, command.word(0), Rights::Written).await?;
    let size = file.stat().await?.size;
    let (mut stream, read) = file.read_via_stream(0);
    let mut bytes = some(&mut stream, size as usize).await;
    let (mut writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, size);
    writer.write_all(b" and more".to_vec()).await;
    drop(writer);
    let written = answer(result.await);
    bytes.extend(all(&mut stream, 100).await);
    Ok(format!(
        "{written}, {:?} {}",
        text(&bytes),
        answer(read.await)
    ))
}
