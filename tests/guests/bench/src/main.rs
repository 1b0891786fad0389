//! What the benchmarks time, by the guest's own clock: `clock N` reads the clock N times, `echo
//! ADDRESS SIZE N` makes N round trips of SIZE bytes, `read FILE N` reads a file in pieces of N
//! bytes, `whole FILE` as one, `list FOLDER N` lists a folder N times, `open FOLDER N` opens N
//! files of a folder, `stat FOLDER N` asks for N files' metadata, `nothing` does nothing; what
//! writes is in [`writes`]. Prints nanoseconds per operation. A file is opened first, so that a
//! virtual tree has its streams and pollables in play.

mod writes;

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    std::thread::sleep(Duration::from_nanos(1));
    let read = std::fs::read("/a.txt").map_or(0, |bytes| bytes.len());
    let (count, elapsed) = match args[1].as_str() {
        "clock" => clock(args[2].parse().expect("a count")),
        "read" => read_in_pieces(&args[2], args[3].parse().expect("a size")),
        "list" => list(&args[2], args[3].parse().expect("a count")),
        "whole" => whole(&args[2]),
        "open" => open(&args[2], args[3].parse().expect("a count")),
        "stat" => stat(&args[2], args[3].parse().expect("a count")),
        "nothing" => (1, Duration::ZERO),
        "echo" => echo(
            &args[2],
            args[3].parse().expect("a size"),
            args[4].parse().expect("a count"),
        ),
        "write" => writes::in_order(&args[2], args[3].parse().expect("a size")),
        "scatter" => writes::scattered(&args[2], args[3].parse().expect("a size")),
        "append" => writes::appended(&args[2], args[3].parse().expect("a count")),
        "create" => writes::created(&args[2], args[3].parse().expect("a count")),
        "rename" => writes::renamed(&args[2], args[3].parse().expect("a count")),
        other => panic!("no benchmark `{other}`"),
    };
    println!("{} {read}", elapsed.as_nanos() as f64 / f64::from(count));
}

fn clock(count: u32) -> (u32, Duration) {
    let start = Instant::now();
    let mut last = start;
    for _ in 0..count {
        last = Instant::now();
    }
    (count, last - start)
}

fn read_in_pieces(path: &str, size: usize) -> (u32, Duration) {
    let mut buffer = vec![0; size];
    let start = Instant::now();
    let mut file = File::open(path).expect("a file");
    let mut total = 0;
    loop {
        let read = file.read(&mut buffer).expect("read");
        if read == 0 {
            break;
        }
        total += read;
    }
    let elapsed = start.elapsed();
    assert_eq!(total as u64, file.metadata().expect("a size").len());
    (1, elapsed)
}

fn list(folder: &str, count: u32) -> (u32, Duration) {
    let start = Instant::now();
    for _ in 0..count {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let found = entries.filter(|entry| entry.is_ok()).count();
        assert!(found > 1000, "{found} entries");
    }
    (count, start.elapsed())
}

fn whole(path: &str) -> (u32, Duration) {
    let start = Instant::now();
    let bytes = std::fs::read(path).expect("a file");
    let elapsed = start.elapsed();
    assert!(bytes.len() > 1000, "{} bytes", bytes.len());
    (1, elapsed)
}

/// The names of the files that the benchmark's folder has.
fn names(folder: &str, count: u32) -> Vec<String> {
    (0..count)
        .map(|n| format!("{folder}/file-{n:04}.txt"))
        .collect()
}

fn open(folder: &str, count: u32) -> (u32, Duration) {
    let names = names(folder, count);
    let start = Instant::now();
    for name in names {
        File::open(name).expect("a file");
    }
    (count, start.elapsed())
}

fn stat(folder: &str, count: u32) -> (u32, Duration) {
    let names = names(folder, count);
    let start = Instant::now();
    for name in names {
        let metadata = std::fs::metadata(name).expect("a file");
        assert!(metadata.is_file(), "{metadata:?}");
    }
    (count, start.elapsed())
}

fn echo(address: &str, size: usize, count: u32) -> (u32, Duration) {
    let mut stream = TcpStream::connect(address).expect("a server that echoes");
    let mut buffer = vec![7; size];
    let start = Instant::now();
    for _ in 0..count {
        stream.write_all(&buffer).expect("write");
        stream.read_exact(&mut buffer).expect("read");
    }
    (count, start.elapsed())
}
