//! Ends that only the adapter has.

use super::*;

#[test]
fn a_file_is_read_to_its_end() {
    let streams = streams();
    let stream = reading(&streams, "file", 1);
    assert_eq!(read(&streams, stream, 0), (completed(0), Vec::new()));
    let (status, bytes) = read(&streams, stream, 100);
    assert_eq!(
        (status, bytes),
        (completed(100), numbered(SIZE)[1..101].to_vec())
    );
    let left = (SIZE - 101) as u32;
    let (status, bytes) = read(&streams, stream, 1 << 20);
    assert_eq!(
        (status, bytes),
        (completed(left), numbered(SIZE)[101..].to_vec())
    );
    assert_eq!(read(&streams, stream, 1).0, DROPPED);
    assert!(traps(|| read(&streams, stream, 1)));
    assert!(traps(|| read(&streams, stream, 0)));
    assert!(traps(|| streams.lower(stream)));
}

#[test]
fn a_stream_of_nothing_is_at_its_end() {
    let streams = streams();
    for count in [0, 1] {
        let stream = nothing(&streams);
        assert_eq!(read(&streams, stream, count).0, DROPPED);
        assert!(traps(|| read(&streams, stream, count)));
    }
    let stream = reading(&streams, "file", u64::MAX);
    assert_eq!(read(&streams, stream, 10).0, DROPPED);
    assert!(streams.drop_readable(stream));
    assert!(traps(|| streams.drop_readable(stream)));
}

#[test]
fn a_file_changes_while_it_is_read() {
    let streams = streams();
    let file = opened("file");
    let stream = reading(&streams, "file", 0);
    assert_eq!(read(&streams, stream, 10).0, completed(10));
    file.set_size(20).expect("it is cut");
    assert_eq!(read(&streams, stream, 100).0, completed(10));
    file.write(20, Source::Own(b"more")).expect("it grows");
    assert_eq!(
        read(&streams, stream, 100),
        (completed(4), b"more".to_vec())
    );
    file.set_size(1).expect("it is cut");
    assert_eq!(read(&streams, stream, 100).0, DROPPED);
}

#[test]
fn what_is_not_there_traps() {
    let streams = streams();
    let stream = reading(&streams, "file", 0);
    let end = 256 << 16;
    assert!(traps(|| streams.read_bytes(app(), stream, end - 9, 10)));
    // Nothing has no place.
    assert_eq!(streams.read_bytes(app(), stream, end + 1, 0), completed(0));
    assert!(traps(|| streams.read_bytes(app(), stream, 0, 1 << 28)));
    assert_eq!(
        streams.read_bytes(app(), stream, end - 10, 10),
        completed(10)
    );
    for forged in [
        0,
        5,
        stream + 1,
        stream | 1 << 31,
        stream ^ 1 << 26,
        u32::MAX,
    ] {
        assert!(
            traps(|| streams.read_bytes(app(), forged, ROOM, 1)),
            "{forged:x}"
        );
        assert!(
            traps(|| streams.read_entries(app(), forged, ROOM, 1)),
            "{forged:x}"
        );
    }
}

#[test]
fn a_handle_is_of_one_kind() {
    let streams = streams();
    let bytes = reading(&streams, "file", 0);
    let entries = listing(&streams).0;
    let fs = streams.ready(Outcome::Fs(Ok(())));
    let cli = streams.ready(Outcome::Cli(Err(CliCode::Pipe)));
    let set = ends::set_new();
    for end in [entries, fs, cli] {
        assert!(traps(|| streams.read_bytes(app(), end, ROOM, 1)));
        assert!(streams.join(end, set));
        assert!(streams.join(end, 0));
        assert!(traps(|| streams.join(end, set + 1)));
    }
    ends::set_drop(set);
    for end in [bytes, fs, cli] {
        assert!(traps(|| streams.read_entries(app(), end, ROOM, 1)));
    }
    for end in [bytes, entries] {
        assert!(traps(|| streams.read_future(Of::Fs, app(), end, RESULT)));
        assert!(traps(|| streams.cancel_future(Of::Fs, end)));
    }
    assert!(traps(|| streams.read_future(Of::Cli, app(), fs, RESULT)));
    let cli = streams.ready(Outcome::Cli(Ok(())));
    assert!(traps(|| streams.drop_future(Of::Fs, cli)));
    let (entries, _) = listing(&streams);
    assert!(traps(|| streams.drop_readable(entries)));
    let bytes = nothing(&streams);
    assert!(traps(|| streams.drop_entries(bytes)));
    let fs = streams.ready(Outcome::Fs(Ok(())));
    assert!(traps(|| streams.consume_fs(fs, Sink::Swallow)));
    assert!(traps(|| streams.join(fs + 1, 0)));
}

#[test]
fn entries_are_read() {
    let streams = streams();
    let stream = listing(&streams).0;
    let name = |at: u32| {
        let record = simulated::peek(at, 12);
        let word = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().expect("a word"));
        (word(0), simulated::peek(word(4), word(8) as usize))
    };
    assert_eq!(streams.read_entries(app(), stream, ROOM, 0), completed(0));
    assert!(traps(|| streams.read_entries(app(), stream, ROOM + 1, 1)));
    assert!(traps(|| streams.read_entries(
        app(),
        stream,
        (256 << 16) - 8,
        1
    )));
    assert_eq!(streams.read_entries(app(), stream, ROOM, 1), completed(1));
    assert_eq!(name(ROOM), (1, b"file".to_vec()));
    assert_eq!(streams.read_entries(app(), stream, ROOM, 5), completed(1));
    assert_eq!(name(ROOM), (1, b"other".to_vec()));
    assert_eq!(streams.read_entries(app(), stream, ROOM, 5), DROPPED);
    assert!(traps(|| streams.read_entries(app(), stream, ROOM, 5)));
    assert!(streams.drop_entries(stream));
    assert!(!streams.drop_entries(7));
    let (stream, _) = streams.read_directory(Err(Code(7)));
    assert_eq!(streams.read_entries(app(), stream, ROOM, 0), DROPPED);
}

#[test]
fn a_future_is_read_once() {
    let streams = streams();
    let ready = streams.ready(Outcome::Fs(Err(Code(7))));
    assert!(traps(|| streams.cancel_future(Of::Fs, ready)));
    assert!(traps(|| streams.read_future(
        Of::Fs,
        app(),
        ready,
        RESULT + 1
    )));
    let ready = streams.ready(Outcome::Fs(Err(Code(7))));
    assert_eq!(future(&streams, ready), Some(0));
    assert_eq!(result(), Err(7));
    assert!(traps(|| future(&streams, ready)));
    assert!(streams.drop_future(Of::Fs, ready));
    assert!(traps(|| streams.drop_future(Of::Fs, ready)));
    let read = streams.ready(Outcome::Fs(Ok(())));
    assert_eq!(future(&streams, read), Some(0));
    assert!(traps(|| streams.drop_future(Of::Cli, read)));
    let unread = streams.ready(Outcome::Cli(Ok(())));
    assert!(streams.drop_future(Of::Cli, unread));
    assert_eq!(future(&streams, 7), None);
    assert_eq!(streams.cancel_future(Of::Fs, 7), None);
    assert!(!streams.drop_future(Of::Fs, 7));
}

#[test]
fn nothing_grows() {
    let streams = streams();
    let mut handles = std::collections::BTreeSet::new();
    for round in 0..20_000_u64 {
        let (stream, future) = streams.read_fs(Ok(Reader::File(opened("file"), round)));
        let ready = streams.ready(Outcome::Fs(Ok(())));
        read(&streams, stream, 3);
        handles.extend([stream, ready]);
        assert!(streams.drop_readable(stream));
        assert!(streams.drop_future(Of::Fs, ready));
        assert!(streams.drop_future(Of::Fs, future));
        let (readable, writable) = new(&streams);
        assert!(!streams.drop_readable(readable));
        ends::stream_drop_readable(readable);
        drop_writable(&streams, writable);
    }
    assert_eq!(handles.len(), 2);
    streams.with(|state| assert!(state.pairs.is_empty() && state.futures.is_empty()));
    assert_eq!(ends::count(), 0);
}
