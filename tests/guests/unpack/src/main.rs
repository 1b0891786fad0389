//! A program that unpacks an archive twice, with the crate that Rust programs use for it, and shows
//! what is there then: `unpack TO`. Neither reading a folder's metadata nor making symbolic links
//! is implemented in the crate for WebAssembly.

use std::fs;
use std::path::Path;
use tar::{Archive, Builder, EntryType, Header};

fn header(kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mtime(1_000_000_000);
    header
}

fn archive() -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    let long = format!("packed/{}/{}", "d".repeat(120), "f".repeat(120));
    let large = "x".repeat(100_000);
    builder
        .append_data(
            &mut header(EntryType::Directory, 0),
            "packed/empty/",
            &[][..],
        )
        .expect("a folder");
    for (name, text) in [
        ("packed/a.txt", "hello"),
        ("packed/deep/er/large", &large),
        ("packed/nothing", ""),
        (&long, "a long name"),
    ] {
        builder
            .append_data(
                &mut header(EntryType::Regular, text.len()),
                name,
                text.as_bytes(),
            )
            .expect("a file");
    }
    builder
        .append_link(
            &mut header(EntryType::Link, 0),
            "packed/again",
            "packed/a.txt",
        )
        .expect("a link");
    builder.into_inner().expect("an archive")
}

fn main() {
    let to = std::env::args().nth(1).expect("a folder");
    let bytes = archive();
    let unpack = || Archive::new(bytes.as_slice()).unpack(&to);
    unpack().expect("unpacked");
    // Once more over what is there; only links are not replaced.
    fs::remove_file(format!("{to}/packed/again")).expect("removed");
    unpack().expect("unpacked again");
    show(Path::new(&to));
    let modified = fs::metadata(format!("{to}/packed/a.txt")).and_then(|data| data.modified());
    let since = modified.map(|time| time.duration_since(std::time::UNIX_EPOCH));
    println!(
        "{:?}",
        since.expect("a time").expect("a time of today").as_secs()
    );
    fs::remove_dir_all(&to).expect("removed");
    println!("{}", fs::exists(&to).expect("an answer"));
}

fn show(path: &Path) {
    let metadata = fs::symlink_metadata(path).expect("metadata");
    let shown = path.display();
    if metadata.is_symlink() {
        let target = fs::read_link(path).expect("a link");
        println!("{shown} -> {}", target.display());
    } else if metadata.is_dir() {
        println!("{shown}/");
        let mut below: Vec<_> = fs::read_dir(path)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        below.sort();
        below.iter().for_each(|path| show(path));
    } else {
        let contents = fs::read(path).expect("a file");
        let start = String::from_utf8_lossy(&contents[..contents.len().min(8)]).into_owned();
        println!("{shown}: {} {start:?}", contents.len());
    }
}
