//! Files whose streams the program reads and writes itself.

use crate::Start;
use futures::future::join_all;
use std::time::Duration;
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use wasip3::wit_bindgen::StreamResult;
use wasip3::wit_stream;

/// The preopen of that name.
pub fn folder(name: &str) -> Descriptor {
    let mut all = preopens::get_directories().into_iter();
    let found = all.find(|(_, known)| known == name);
    found.expect("the folder").0
}

/// Opens a file that is there.
pub async fn existing(folder: &Descriptor, path: &str) -> Descriptor {
    let (none, read) = (OpenFlags::empty(), DescriptorFlags::READ);
    let opened = folder.open_at(PathFlags::empty(), path.into(), none, read);
    opened.await.expect("a file")
}

/// Opens a file that is written, and made where it is not there.
pub async fn written(folder: &Descriptor, path: &str) -> Descriptor {
    let (create, write) = (OpenFlags::CREATE, DescriptorFlags::WRITE);
    let opened = folder.open_at(PathFlags::empty(), path.into(), create, write);
    opened.await.expect("a file to write to")
}

pub const MIB: u64 = 1 << 20;

/// Reads a stream to its end, in pieces, and gives its number of bytes.
async fn drain(file: &Descriptor, piece: usize) -> u64 {
    let (mut stream, result) = file.read_via_stream(0);
    let mut room = Vec::with_capacity(piece);
    let mut total = 0;
    loop {
        let (status, mut bytes) = stream.read(room).await;
        total += bytes.len() as u64;
        if status == StreamResult::Dropped {
            break;
        }
        bytes.clear();
        room = bytes;
    }
    result.await.expect("a stream that ends well");
    total
}

pub async fn read(at: &str, size: u32, piece: u32) -> Duration {
    let folder = folder(at);
    let start = Start::now();
    let file = existing(&folder, &format!("big-{size}")).await;
    let total = drain(&file, piece as usize).await;
    let elapsed = start.elapsed();
    assert_eq!(total, u64::from(size) * MIB);
    elapsed
}

/// Writes a new file, and removes it.
pub async fn write(at: &str, size: u32, piece: u32) -> Duration {
    let folder = folder(at);
    let size = u64::from(size) * MIB;
    let piece = piece as usize;
    let mut bytes = Vec::with_capacity(piece);
    let start = Start::now();
    let file = written(&folder, "written").await;
    let (mut writer, reader) = wit_stream::new();
    let result = file.write_via_stream(reader, 0);
    for _ in 0..size / piece as u64 {
        bytes.resize(piece, 7);
        // The same allocation comes back, empty.
        bytes = writer.write_all(bytes).await;
        assert!(bytes.is_empty(), "{} bytes are left", bytes.len());
    }
    drop(writer);
    result.await.expect("all written");
    let elapsed = start.elapsed();
    assert_eq!(file.stat().await.expect("a size").size, size);
    folder.unlink_file_at("written".into()).await.expect("gone");
    elapsed
}

async fn small(folder: &Descriptor, name: &str) {
    let file = existing(folder, name).await;
    let read = drain(&file, 64).await;
    assert!((1..64).contains(&read), "{read} bytes");
}

/// The names of the small files that the benchmark's folder has, over and over.
fn names(count: u32) -> Vec<String> {
    (0..count)
        .map(|n| format!("file-{:04}.txt", n % 1000))
        .collect()
}

pub async fn open(at: &str, count: u32) -> Duration {
    let (folder, names) = (folder(at), names(count));
    let start = Start::now();
    for name in &names {
        small(&folder, name).await;
    }
    start.elapsed()
}

pub async fn concurrent(at: &str, count: u32) -> Duration {
    let (folder, names) = (folder(at), names(count));
    let start = Start::now();
    join_all(names.iter().map(|name| small(&folder, name))).await;
    start.elapsed()
}
