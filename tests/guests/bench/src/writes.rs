//! Writing: `write FOLDER N` writes 10 MiB in pieces of N bytes, `scatter FOLDER N` overwrites
//! pieces of N bytes all over 10 MiB, `append FOLDER N` appends 100 bytes N times, `create FOLDER
//! N` makes and removes N files, `rename FOLDER N` gives a file N other names. What was made is
//! removed again.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

const SIZE: usize = 10 << 20;

/// Nanoseconds of one whole file.
pub fn in_order(folder: &str, piece: usize) -> (u32, Duration) {
    let path = format!("{folder}/written");
    let bytes = vec![7; piece];
    let start = Instant::now();
    let mut file = File::create(&path).expect("a new file");
    for _ in 0..SIZE / piece {
        file.write_all(&bytes).expect("write");
    }
    drop(file);
    let elapsed = start.elapsed();
    let written = fs::metadata(&path).expect("metadata").len();
    assert_eq!(written, (SIZE / piece * piece) as u64);
    fs::remove_file(path).expect("remove");
    (1, elapsed)
}

/// Nanoseconds of a piece.
pub fn scattered(folder: &str, piece: usize) -> (u32, Duration) {
    const COUNT: usize = 2000;
    let path = format!("{folder}/scattered");
    fs::write(&path, vec![1; SIZE]).expect("a new file");
    let mut file = OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("the file");
    let bytes = vec![7; piece];
    let start = Instant::now();
    for n in 0..COUNT {
        // A prime steps over all of it.
        let place = (n * 7_919 * 4_096 + n) % (SIZE - piece);
        file.seek(SeekFrom::Start(place as u64)).expect("seek");
        file.write_all(&bytes).expect("write");
    }
    let elapsed = start.elapsed();
    drop(file);
    assert_eq!(fs::metadata(&path).expect("metadata").len(), SIZE as u64);
    fs::remove_file(path).expect("remove");
    (COUNT as u32, elapsed)
}

/// Nanoseconds of a line.
pub fn appended(folder: &str, count: u32) -> (u32, Duration) {
    let path = format!("{folder}/appended");
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .expect("a new file");
    let line = [b'x'; 100];
    let start = Instant::now();
    for _ in 0..count {
        file.write_all(&line).expect("write");
    }
    let elapsed = start.elapsed();
    drop(file);
    let written = fs::metadata(&path).expect("metadata").len();
    assert_eq!(written, u64::from(count) * 100);
    fs::remove_file(path).expect("remove");
    (count, elapsed)
}

/// Nanoseconds of a file that comes and goes.
pub fn created(folder: &str, count: u32) -> (u32, Duration) {
    let folder = format!("{folder}/many");
    fs::create_dir(&folder).expect("a new folder");
    let names: Vec<_> = (0..count).map(|n| format!("{folder}/{n}")).collect();
    let start = Instant::now();
    for name in &names {
        File::create(name).expect("a new file");
    }
    for name in &names {
        fs::remove_file(name).expect("remove");
    }
    let elapsed = start.elapsed();
    fs::remove_dir(folder).expect("an empty folder");
    (count, elapsed)
}

/// Nanoseconds of a new name.
pub fn renamed(folder: &str, count: u32) -> (u32, Duration) {
    let names = [format!("{folder}/one"), format!("{folder}/other")];
    File::create(&names[0]).expect("a new file");
    let start = Instant::now();
    for n in 0..count as usize {
        fs::rename(&names[n % 2], &names[(n + 1) % 2]).expect("rename");
    }
    let elapsed = start.elapsed();
    fs::remove_file(&names[count as usize % 2]).expect("remove");
    (count, elapsed)
}
