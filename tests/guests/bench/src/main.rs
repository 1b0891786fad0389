//! What the benchmarks time, by the guest's own clock: `clock N` reads the clock N times, `echo ADDRESS N`
//! makes N round trips of 64 bytes. Prints nanoseconds per operation. Files are opened once, so that a
//! virtual tree has its streams and pollables in play.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    std::thread::sleep(Duration::from_nanos(1));
    let read = std::fs::read("/a.txt").map_or(0, |bytes| bytes.len());
    let (count, elapsed) = match args[1].as_str() {
        "clock" => clock(args[2].parse().expect("a count")),
        "echo" => echo(&args[2], args[3].parse().expect("a count")),
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

fn echo(address: &str, count: u32) -> (u32, Duration) {
    let mut stream = TcpStream::connect(address).expect("a server that echoes");
    let mut buffer = [7; 64];
    let start = Instant::now();
    for _ in 0..count {
        stream.write_all(&buffer).expect("write");
        stream.read_exact(&mut buffer).expect("read");
    }
    (count, start.elapsed())
}
