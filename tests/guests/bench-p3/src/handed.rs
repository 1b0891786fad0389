//! Streams that the program hands on as they are, and never reads: `to-host FOLDER SIZE N` gives a
//! file to standard output N times, `from-host FOLDER` standard input to a file, and `through` to
//! standard output.

use crate::Start;
use crate::files::{MIB, existing, folder, written};
use std::time::Duration;
use wasip3::cli::{stdin, stdout};

pub async fn to_host(at: &str, size: u32, count: u32) -> Duration {
    let folder = folder(at);
    let file = existing(&folder, &format!("big-{size}")).await;
    let start = Start::now();
    for _ in 0..count {
        let (stream, read) = file.read_via_stream(0);
        let written = stdout::write_via_stream(stream);
        written.await.expect("standard output");
        read.await.expect("a file");
    }
    start.elapsed()
}

pub async fn from_host(at: &str) -> Duration {
    let folder = folder(at);
    let start = Start::now();
    let file = written(&folder, "written").await;
    let (stream, read) = stdin::read_via_stream();
    let written = file.write_via_stream(stream, 0);
    written.await.expect("a file");
    read.await.expect("standard input");
    let elapsed = start.elapsed();
    let size = file.stat().await.expect("a size").size;
    assert!(size >= MIB, "{size} bytes");
    folder.unlink_file_at("written".into()).await.expect("gone");
    elapsed
}

pub async fn through() -> Duration {
    let start = Start::now();
    let (stream, read) = stdin::read_via_stream();
    let written = stdout::write_via_stream(stream);
    written.await.expect("standard output");
    read.await.expect("standard input");
    start.elapsed()
}
