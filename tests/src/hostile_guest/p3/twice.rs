//! Ends that are used twice, while they are in use, after their end, or by nobody's leave.

use super::super::attacks::Attack;
use super::super::guest::{RESULT, TEXT};
use super::end::{Call, both_answer, calls};
use super::ground::{Ground, JOIN, STDOUT};

type Attacks = Vec<Attack<Ground>>;

/// A call with these arguments.
fn call(function: &'static str, arguments: &[u64]) -> Call {
    (function, arguments.to_vec())
}

fn read(end: u64) -> Call {
    call("bytes#read", &[end, RESULT, 10])
}

fn write(end: u64) -> Call {
    call("bytes#write", &[end, TEXT, 20])
}

fn print(end: u64) -> Call {
    call(STDOUT, &[end])
}

fn on(function: &'static str, end: u64) -> Call {
    call(function, &[end])
}

const CANCEL_READ: &str = "bytes#cancel-read";
const CANCEL_WRITE: &str = "bytes#cancel-write";
const DROP_READER: &str = "bytes#drop-readable";
const DROP_WRITER: &str = "bytes#drop-writable";

/// A stream of the guest's own, of which a read is pending.
pub fn while_reading() -> Attacks {
    let attack = |name: &str, then: fn(&Ground) -> Vec<Call>| {
        calls(&format!("while a read is pending, {name}"), move |g| {
            [vec![read(g.reader)], then(g)].concat()
        })
    };
    vec![
        attack("a read", |g| vec![read(g.reader)]),
        attack("a read that blocks", |g| {
            vec![call("bytes#read, blocking", &[g.reader, RESULT, 10])]
        }),
        attack("the end of it", |g| vec![on(CANCEL_READ, g.reader)]),
        attack("two ends of it", |g| vec![on(CANCEL_READ, g.reader); 2]),
        attack("a read after its end", |g| {
            vec![
                on(CANCEL_READ, g.reader),
                read(g.reader),
                on(CANCEL_READ, g.reader),
            ]
        }),
        attack("a drop", |g| vec![on(DROP_READER, g.reader)]),
        attack("a drop as a writer", |g| vec![on(DROP_WRITER, g.reader)]),
        attack("a write to the reader", |g| vec![write(g.reader)]),
        attack("a drop of the writer", |g| {
            vec![
                on(DROP_WRITER, g.writer),
                on(CANCEL_READ, g.reader),
                read(g.reader),
            ]
        }),
        attack("a drop of the writer, and one of the reader", |g| {
            vec![on(DROP_WRITER, g.writer), on(DROP_READER, g.reader)]
        }),
        attack("a write, and no look at the event", |g| {
            vec![write(g.writer), read(g.reader)]
        }),
        attack("a write, and the end of the read", |g| {
            vec![write(g.writer), on(CANCEL_READ, g.reader), read(g.reader)]
        }),
        attack("a write, and a drop of the reader", |g| {
            vec![write(g.writer), on(DROP_READER, g.reader)]
        }),
        attack("a write of nothing", |g| {
            vec![
                call("bytes#write", &[g.writer, TEXT, 0]),
                on(CANCEL_READ, g.reader),
            ]
        }),
        attack("the end of a write", |g| vec![on(CANCEL_WRITE, g.writer)]),
        attack("the end of a write to the reader", |g| {
            vec![on(CANCEL_WRITE, g.reader)]
        }),
    ]
}

/// A stream of the guest's own, of which a write is pending.
pub fn while_writing() -> Attacks {
    let attack = |name: &str, then: fn(&Ground) -> Vec<Call>| {
        calls(&format!("while a write is pending, {name}"), move |g| {
            [vec![write(g.writer)], then(g)].concat()
        })
    };
    vec![
        attack("a write", |g| vec![write(g.writer)]),
        attack("a write that blocks", |g| {
            vec![call("bytes#write, blocking", &[g.writer, TEXT, 10])]
        }),
        attack("the end of it", |g| vec![on(CANCEL_WRITE, g.writer)]),
        attack("two ends of it", |g| vec![on(CANCEL_WRITE, g.writer); 2]),
        attack("a drop", |g| vec![on(DROP_WRITER, g.writer)]),
        attack("a drop as a reader", |g| vec![on(DROP_READER, g.writer)]),
        attack("a drop of the reader", |g| {
            vec![
                on(DROP_READER, g.reader),
                on(CANCEL_WRITE, g.writer),
                write(g.writer),
            ]
        }),
        attack("a read of half of it", |g| {
            vec![read(g.reader), write(g.writer)]
        }),
        attack("a read of half of it, and the end of the write", |g| {
            vec![read(g.reader), on(CANCEL_WRITE, g.writer), read(g.reader)]
        }),
        attack("a read from the writer", |g| vec![read(g.writer)]),
        attack("a hand-over of the writer", |g| vec![print(g.writer)]),
        attack("a hand-over of the reader, and a read", |g| {
            vec![print(g.reader), read(g.reader)]
        }),
        attack("a hand-over of the reader, and a drop", |g| {
            vec![print(g.reader), on(DROP_READER, g.reader)]
        }),
        attack("two hand-overs of the reader", |g| {
            vec![print(g.reader), print(g.reader)]
        }),
    ]
}

/// What nobody uses.
pub fn without_use() -> Attacks {
    type End = fn(&Ground) -> Call;
    let ends: [(&str, End); 12] = [
        ("a reader", |g| on(CANCEL_READ, g.reader)),
        ("a writer", |g| on(CANCEL_WRITE, g.writer)),
        ("a reader as a writer", |g| on(CANCEL_WRITE, g.reader)),
        ("a writer as a reader", |g| on(CANCEL_READ, g.writer)),
        ("a file's stream", |g| on(CANCEL_READ, g.bytes)),
        ("a file's stream as a writer", |g| on(CANCEL_WRITE, g.bytes)),
        ("entries", |g| on("entries#cancel-read", g.entries)),
        ("entries as bytes", |g| on(CANCEL_READ, g.entries)),
        ("a file's future", |g| on("files#cancel-read", g.files)),
        ("a future of output", |g| on("stdio#cancel-read", g.stdio)),
        ("a future of output as of a file", |g| {
            on("files#cancel-read", g.stdio)
        }),
        ("a writer of what is handed out", |g| {
            on(CANCEL_WRITE, g.fed)
        }),
    ];
    let ends = ends.into_iter();
    ends.map(|(name, end)| calls(&format!("no use to end: {name}"), move |g| vec![end(g)]))
        .collect()
}

/// Both ends, one after the other.
pub fn of_both_ends() -> Attacks {
    let attack = |name: &str, steps: fn(&Ground) -> Vec<Call>| calls(name, steps);
    vec![
        attack("a read after the writer is dropped", |g| {
            vec![on(DROP_WRITER, g.writer), read(g.reader), read(g.reader)]
        }),
        attack("a hand-over after the end is known", |g| {
            vec![on(DROP_WRITER, g.writer), read(g.reader), print(g.reader)]
        }),
        attack("a hand-over before the end is known", |g| {
            vec![on(DROP_WRITER, g.writer), print(g.reader)]
        }),
        attack("a write after the reader is dropped", |g| {
            vec![on(DROP_READER, g.reader), write(g.writer), write(g.writer)]
        }),
        attack("drops of both, and a write", |g| {
            vec![
                on(DROP_READER, g.reader),
                on(DROP_WRITER, g.writer),
                write(g.writer),
            ]
        }),
        attack("two drops of a reader", |g| {
            vec![on(DROP_READER, g.reader); 2]
        }),
        attack("two drops of a writer", |g| {
            vec![on(DROP_WRITER, g.writer); 2]
        }),
        attack("a read after a hand-over", |g| {
            vec![print(g.reader), read(g.reader)]
        }),
        attack("a drop after a hand-over", |g| {
            vec![print(g.reader), on(DROP_READER, g.reader)]
        }),
        attack("two hand-overs", |g| vec![print(g.reader), print(g.reader)]),
        attack("the end of a read after a hand-over", |g| {
            vec![print(g.reader), on(CANCEL_READ, g.reader)]
        }),
        attack("a hand-over from a set", |g| {
            vec![call(JOIN, &[g.reader, g.set]), print(g.reader)]
        }),
        attack(
            "a hand-over of the writer of a stream that is handed out",
            |g| vec![print(g.fed)],
        ),
        attack("a read from a writer that is fed", |g| vec![read(g.fed)]),
        attack("a drop as a reader of a writer that is fed", |g| {
            vec![on(DROP_READER, g.fed)]
        }),
        attack("a write to what was fed and dropped", |g| {
            vec![on(DROP_WRITER, g.fed), write(g.fed)]
        }),
        attack("output is fed, then dropped twice", |g| {
            vec![on(DROP_WRITER, g.fed), on(DROP_WRITER, g.fed)]
        }),
    ]
}

/// Streams and futures of files and of standard output.
pub fn of_files() -> Attacks {
    const WHOLE: u64 = 6_000;
    let whole = |g: &Ground| call("bytes#read", &[g.bytes, TEXT + 16_384, WHOLE]);
    let attack = |name: &str, steps: fn(&Ground) -> Vec<Call>| calls(name, steps).or(both_answer);
    let mut attacks = vec![
        attack("a file's stream after a hand-over", |g| {
            vec![read(g.bytes), print(g.bytes), read(g.bytes)]
        }),
        attack("a file's stream handed over twice", |g| {
            vec![print(g.bytes), print(g.bytes)]
        }),
        attack("a file's stream dropped after a hand-over", |g| {
            vec![print(g.bytes), on(DROP_READER, g.bytes)]
        }),
        attack("a file's stream dropped twice", |g| {
            vec![on(DROP_READER, g.bytes); 2]
        }),
        attack("a file's stream written to", |g| vec![write(g.bytes)]),
        attack("a file's stream handed over, and nobody looks", |g| {
            vec![print(g.bytes)]
        }),
        attack("entries handed over", |g| vec![print(g.entries)]),
        attack("a future handed over", |g| vec![print(g.files)]),
        attack("entries read as bytes", |g| vec![read(g.entries)]),
        attack("entries dropped twice", |g| {
            vec![on("entries#drop-readable", g.entries); 2]
        }),
        attack("a file's future read twice", |g| {
            vec![call("files#read", &[g.files, RESULT]); 2]
        }),
        attack("a file's future dropped twice", |g| {
            vec![on("files#drop-readable", g.files); 2]
        }),
        attack("a file's future written to", |g| {
            vec![call("files#write", &[g.files, RESULT])]
        }),
        attack("a future of output read twice", |g| {
            vec![call("stdio#read", &[g.stdio, RESULT]); 2]
        }),
        attack("a future of output read, dropped", |g| {
            vec![
                call("stdio#read", &[g.stdio, RESULT]),
                on("stdio#drop-readable", g.stdio),
            ]
        }),
        attack("a future of output read, ended", |g| {
            vec![
                call("stdio#read", &[g.stdio, RESULT]),
                on("stdio#cancel-read", g.stdio),
                call("stdio#read", &[g.stdio, RESULT]),
                on("stdio#cancel-read", g.stdio),
            ]
        }),
        attack("a future of output ended twice", |g| {
            vec![
                call("stdio#read", &[g.stdio, RESULT]),
                on("stdio#cancel-read", g.stdio),
                on("stdio#cancel-read", g.stdio),
            ]
        }),
        attack("a future of output read as of a file", |g| {
            vec![call("files#read", &[g.stdio, RESULT])]
        }),
        attack("a future of output read as of nothing", |g| {
            vec![call("unit#read", &[g.stdio, RESULT])]
        }),
        attack("a future of output dropped as of nothing", |g| {
            vec![on("unit#drop-readable", g.stdio)]
        }),
        attack("a future of output dropped as of a file", |g| {
            vec![on("files#drop-readable", g.stdio)]
        }),
        attack("a future of output read as of nothing, in vain", |g| {
            vec![
                call("stdio#read", &[g.stdio, RESULT]),
                on("unit#cancel-read", g.stdio),
            ]
        }),
        attack("a future of output dropped, output fed", |g| {
            vec![
                on("stdio#drop-readable", g.stdio),
                write(g.fed),
                on(DROP_WRITER, g.fed),
            ]
        }),
    ];
    attacks.push(
        calls("a file's stream after its end", move |g| {
            vec![whole(g), read(g.bytes), read(g.bytes)]
        })
        .or(both_answer),
    );
    attacks.push(
        calls("a file's stream handed over after its end", move |g| {
            vec![whole(g), read(g.bytes), print(g.bytes)]
        })
        .or(both_answer),
    );
    attacks.push(calls("entries after their end", move |g| {
        vec![call("entries#read", &[g.entries, RESULT, 2]); 3]
    }));
    attacks
}

/// Streams and futures of values that are no numbers, whose ends are both the guest's.
pub fn of_values() -> Attacks {
    let attack = |kind: &'static str, name: &str, then: fn(u64, u64) -> Vec<Call>| {
        super::end::of_pair(kind, &format!("{kind}, {name}"), then)
    };
    vec![
        attack("entries#new", "written and read", |reader, writer| {
            vec![
                call("entries#write", &[writer, RESULT, 1]),
                call("entries#read", &[reader, RESULT, 1]),
            ]
        }),
        attack("files#new", "written and read", |reader, writer| {
            vec![
                call("files#write", &[writer, RESULT]),
                call("files#read", &[reader, RESULT]),
            ]
        }),
        attack("files#new", "its writer dropped", |_, writer| {
            vec![on("files#drop-writable", writer)]
        }),
        attack("files#new", "read twice", |reader, _| {
            vec![call("files#read", &[reader, RESULT]); 2]
        }),
        attack("files#new", "its reader dropped", |reader, writer| {
            vec![
                on("files#drop-readable", reader),
                call("files#write", &[writer, RESULT]),
                on("files#drop-writable", writer),
            ]
        }),
        attack("stdio#new", "read as of a file", |reader, _| {
            vec![call("files#read", &[reader, RESULT])]
        }),
        attack("unit#new", "written and read", |reader, writer| {
            vec![
                call("unit#write", &[writer, RESULT]),
                call("unit#read", &[reader, RESULT]),
                call("unit#read", &[reader, RESULT]),
            ]
        }),
        attack("unit#new", "its writer dropped", |_, writer| {
            vec![on("unit#drop-writable", writer)]
        }),
        attack("empty#new", "written and read", |reader, writer| {
            vec![
                call("empty#write", &[writer, RESULT, 5]),
                call("empty#read", &[reader, RESULT, 3]),
            ]
        }),
        attack("empty#new", "read as bytes", |reader, _| vec![read(reader)]),
        attack("empty#new", "handed over", |reader, _| vec![print(reader)]),
        attack("entries#new", "handed over", |reader, _| {
            vec![print(reader)]
        }),
        attack(
            "bytes#new",
            "handed over, then fed as of nothing",
            |reader, writer| vec![print(reader), call("empty#write", &[writer, TEXT, 5])],
        ),
    ]
}
