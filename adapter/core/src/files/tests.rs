//! What is written reaches the tree piece by piece, and what is read the application from wherever
//! it lies. One test, because the tree exists once.

use std::string::String;
use std::vec::Vec;

use wasi_virt_layout::write::{Config, Dir, Mount, Node, encode};
use wasi_virt_vfs::{Follow, Open};

use super::*;
use crate::simulated;

const SIZE: usize = 100_000;

fn numbered(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// A directory that may be changed, with a file of [`SIZE`] bytes.
fn mount() {
    simulated::reset(16);
    simulated::mount(&numbered(SIZE));
    let size = SIZE as u64;
    let file = (String::from("file"), Node::File { offset: 0, size });
    let directory = Node::Dir(Dir([file].into()));
    simulated::configure(encode(&Config {
        preopens: Vec::from([(String::from("/"), directory)]),
        mounts: Vec::from([Mount {
            preopen: 0,
            names: Vec::new(),
            writable: true,
            bytes: 200_000,
            nodes: 10,
        }]),
        bytes: u64::MAX,
        nodes: u64::MAX,
        ..Config::default()
    }));
}

fn opened(path: &str) -> Opened {
    let how = Open {
        create: true,
        write: true,
        ..Open::default()
    };
    let asked = Access {
        read: true,
        write: true,
        mutate: false,
    };
    open(0, path.as_bytes(), Follow::Yes, how, asked).expect("a file")
}

fn read(file: Opened, offset: u64, len: u64) -> Vec<u8> {
    let app = App::new(0);
    let contents = file.contents(offset, len).expect("contents");
    let copy = contents.to_vec();
    app.give(0, contents);
    let word = |at| u32::from_le_bytes(simulated::peek(at, 4).try_into().expect("four bytes"));
    assert_eq!(simulated::peek(word(0), word(4) as usize), copy);
    copy
}

#[test]
fn reads_and_writes() {
    mount();
    let app = App::new(0);

    // As it was mounted, changed in the middle, and behind its end.
    let mut expected = numbered(SIZE);
    let file = opened("file");
    assert_eq!(read(file, 1, 1 << 20), expected[1..]);
    assert_eq!(file.write(8_190, Source::Own(b"changed")), Ok(7));
    expected[8_190..8_197].copy_from_slice(b"changed");
    assert_eq!(read(file, 4_000, 50_000), expected[4_000..54_000]);
    assert_eq!(read(file, SIZE as u64, 10), []);
    assert_eq!(read(file, u64::MAX >> 1, 0), []);
    let end = file.contents(u64::MAX >> 1, 10).map(Contents::len);
    assert_eq!(end, Err(Error::Invalid));
    assert_eq!(
        file.contents(1 << 63, 0).map(Contents::len),
        Err(Error::Invalid)
    );

    // From the application's memory, in several pieces, at a position and at the end.
    let new = opened("new");
    let bytes = numbered(50_001);
    simulated::poke(300_003, &bytes);
    assert_eq!(
        new.write(3, Source::App(app.bytes(300_003, 50_001))),
        Ok(50_001)
    );
    assert_eq!(read(new, 0, 3), [0; 3]);
    assert_eq!(read(new, 3, 60_000), bytes);
    assert_eq!(new.write_all(&mut None, Source::Zeroes(20_000)), Ok(()));
    assert_eq!(read(new, 50_004, 30_000), [0; 20_000]);
    let mut position = Some(5);
    let source = Source::App(app.bytes(300_003, 20_000));
    assert_eq!(new.write_all(&mut position, source), Ok(()));
    assert_eq!(position, Some(20_005));
    assert_eq!(read(new, 5, 20_000), bytes[..20_000]);

    // What does not fit, fits in part.
    let written = new.write(0, Source::Zeroes(1 << 20)).expect("a part");
    assert!((150_000..200_000).contains(&written), "{written}");
    assert_eq!(
        new.write(written, Source::Zeroes(1 << 20)),
        Err(Error::InsufficientSpace)
    );
    let mut position = Some(written);
    let source = Source::Zeroes(4096);
    assert_eq!(
        new.write_all(&mut position, source),
        Err(Error::InsufficientSpace)
    );
    assert_eq!(position, Some(written));
    assert_eq!(new.write(1 << 63, Source::Own(b"")), Err(Error::Invalid));
    assert_eq!(
        new.write((1 << 63) - 1, Source::Own(b"x")),
        Err(Error::Invalid)
    );
    assert_eq!(
        new.write_all(&mut Some(1 << 63), Source::Own(b"x")),
        Err(Error::Invalid)
    );

    // A stream is closed at its end, even if the file grows.
    let mut position = Opened::start(written - 1);
    assert_eq!(new.next(&mut position, 0).map(Contents::len), Ok(0));
    assert_eq!(new.next(&mut position, 10).map(Contents::len), Ok(1));
    assert_eq!(new.skip(&mut position, 1), Err(End::Closed));
    assert_eq!(new.set_size(written + 10), Ok(()));
    assert_eq!(new.skip(&mut position, 1), Err(End::Closed));
    let mut position = Opened::start(u64::MAX);
    assert_eq!(new.skip(&mut position, 1), Err(End::Failed(Error::Invalid)));
    assert_eq!(new.skip(&mut position, 1), Err(End::Closed));

    // What is open lives on without a name.
    assert_eq!(with_tree(|tree| tree.unlink_file(0, b"new")), Ok(()));
    assert_eq!(read(new, written, 20), [0; 10]);
    new.close();
    assert_eq!(
        opened("other").write(0, Source::Zeroes(150_000)),
        Ok(150_000)
    );
    let entries = preopened(0).entries().expect("entries");
    let names: Vec<_> = entries.map(|(_, name)| name.into_owned()).collect();
    assert_eq!(names, [&b"file"[..], b"other"]);
}
