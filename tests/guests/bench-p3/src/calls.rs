//! `calls FOLDER N` makes N calls of all kinds, the same over and over, so that whatever grows
//! grows by what one of them leaves behind.

use crate::Start;
use crate::files::{existing, folder, written};
use std::time::Duration;
use wasip3::wit_bindgen::StreamResult;
use wasip3::wit_stream;

/// How many calls a round makes.
const ROUND: u32 = 5;

pub async fn run(at: &str, count: u32) -> Duration {
    let folder = folder(at);
    let start = Start::now();
    for _ in 0..count / ROUND {
        let file = written(&folder, "called").await;
        let (mut writer, reader) = wit_stream::new();
        let result = file.write_via_stream(reader, 0);
        let left = writer.write_all(b"some bytes".into()).await;
        assert!(left.is_empty(), "{} bytes are left", left.len());
        drop(writer);
        result.await.expect("all written");

        let file = existing(&folder, "called").await;
        assert_eq!(file.stat().await.expect("a size").size, 10);
        let (mut stream, result) = file.read_via_stream(0);
        let (status, bytes) = stream.read(Vec::with_capacity(64)).await;
        assert_eq!((status, bytes.len()), (StreamResult::Complete(10), 10));
        drop(stream);
        result.await.expect("a stream that ends well");
    }
    let elapsed = start.elapsed();
    folder.unlink_file_at("called".into()).await.expect("gone");
    elapsed
}
