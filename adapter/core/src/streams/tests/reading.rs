//! Futures of streams that are read: each says how its stream has ended, and not before.

use super::*;

/// A stream of a file, and its future.
fn both(streams: &Streams<Test>, file: Opened, position: u64) -> (u32, u32) {
    streams.read_fs(Ok(Reader::File(file, position)))
}

/// A file that is not open for reading.
fn unreadable(path: &str) -> Opened {
    let asked = Access {
        read: false,
        write: true,
        mutate: false,
    };
    let how = Open {
        write: true,
        ..Open::default()
    };
    open(0, path.as_bytes(), Follow::Yes, how, asked).expect("a file")
}

/// Whether the future is not known yet: a read of it that is cancelled at once.
fn is_unknown(streams: &Streams<Test>, handle: u32) -> bool {
    let status = future(streams, handle);
    if status == Some(BLOCKED) {
        assert_eq!(streams.cancel_future(Of::Fs, handle), Some(2));
    }
    status == Some(BLOCKED)
}

#[test]
fn a_future_is_known_when_all_is_read() {
    let streams = streams();
    let (stream, handle) = both(&streams, opened("file"), 0);
    assert!(is_unknown(&streams, handle));
    assert_eq!(read(&streams, stream, 1 << 20).0, completed(SIZE as u32));
    assert!(is_unknown(&streams, handle));
    assert_eq!(read(&streams, stream, 1).0, DROPPED);
    assert_eq!(known(&streams, handle), Ok(()));
    assert!(streams.drop_readable(stream));
    assert_eq!(ends::count(), 0);
    streams.with(|state| assert!(state.futures.is_empty()));
}

/// Its event comes under the application's handle, as that of a write.
#[test]
fn a_future_is_waited_for_before_its_stream_ends() {
    let streams = streams();
    let (stream, handle) = both(&streams, opened("other"), 10);
    let set = ends::set_new();
    assert!(!streams.join(handle, set));
    ends::join(handle, set);
    assert_eq!(future(&streams, handle), Some(BLOCKED));
    streams.wait(set);
    ends::wait(set);
    assert_eq!(ends::deliver(set), None);
    assert_eq!(read(&streams, stream, 1).0, DROPPED);
    let (number, waitable, code) = ends::deliver(set).expect("an event");
    assert_eq!((number, waitable, code), (4, handle, 0));
    assert_eq!(streams.event(number, waitable, code), -1);
    assert_eq!(result(), Ok(()));
    assert!(streams.drop_future(Of::Fs, handle));
    assert!(streams.drop_readable(stream));
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_stream_that_is_dropped_has_not_failed() {
    let streams = streams();
    for file in [opened("file"), unreadable("file")] {
        let (stream, handle) = both(&streams, file, 0);
        assert!(is_unknown(&streams, handle));
        assert!(streams.drop_readable(stream));
        assert_eq!(known(&streams, handle), Ok(()));
    }
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_stream_fails_when_it_is_read() {
    let streams = streams();
    let fails = [
        (unreadable("file"), 0, Error::BadDescriptor),
        (opened("file"), u64::MAX - 1, Error::Invalid),
    ];
    for (file, position, error) in fails {
        let (stream, handle) = both(&streams, file, position);
        // Nothing is read.
        assert_eq!(read(&streams, stream, 0).0, completed(0));
        assert!(is_unknown(&streams, handle));
        assert_eq!(read(&streams, stream, 1).0, DROPPED);
        assert!(streams.drop_readable(stream));
        assert_eq!(known(&streams, handle), Err(code(error)));
    }
}

#[test]
fn what_cannot_be_read_at_all_is_known_at_once() {
    let streams = streams();
    let (stream, handle) = streams.read_fs(Err(Code(7)));
    assert_eq!(known(&streams, handle), Err(7));
    assert_eq!(read(&streams, stream, 1).0, DROPPED);
    assert!(streams.drop_readable(stream));
    let (stream, handle) = streams.read_directory(Err(Code(8)));
    assert!(streams.drop_entries(stream));
    assert_eq!(known(&streams, handle), Err(8));
    let (stream, handle) = streams.read_cli(Err(CliCode::Pipe));
    assert!(streams.drop_readable(stream));
    assert_eq!(streams.read_future(Of::Cli, app(), handle, RESULT), Some(0));
    assert_eq!(simulated::peek(RESULT, 2), [1, CliCode::Pipe as u8]);
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_future_of_nothing_waits_for_its_stream() {
    let streams = streams();
    let (stream, handle) = streams.read_cli(Ok(Reader::Ended));
    let status = |handle| streams.read_future(Of::Cli, app(), handle, RESULT);
    assert_eq!(status(handle), Some(BLOCKED));
    assert_eq!(streams.cancel_future(Of::Cli, handle), Some(2));
    assert_eq!(read(&streams, stream, 1).0, DROPPED);
    assert_eq!(status(handle), Some(0));
    let (stream, handle) = streams.read_cli(Ok(Reader::Ended));
    ends::pass(streams.lower(stream));
    assert_eq!(status(handle), Some(0));
}

#[test]
fn a_future_is_dropped_before_its_stream_ends() {
    let streams = streams();
    let (stream, handle) = both(&streams, opened("other"), 0);
    assert!(streams.drop_future(Of::Fs, handle));
    assert_eq!(read(&streams, stream, 99).0, completed(10));
    assert_eq!(read(&streams, stream, 99).0, DROPPED);
    assert!(streams.drop_readable(stream));
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_future_waits_for_the_host_to_read() {
    let streams = streams();
    let (stream, handle) = both(&streams, opened("file"), 0);
    let host = ends::pass(streams.lower(stream));
    assert!(is_unknown(&streams, handle));
    ends::take(host, SIZE);
    streams.poll();
    assert_eq!(known(&streams, handle), Ok(()));
    // It reads no more.
    let (stream, handle) = both(&streams, opened("file"), 0);
    let host = ends::pass(streams.lower(stream));
    assert!(is_unknown(&streams, handle));
    ends::hang_up(host);
    assert_eq!(known(&streams, handle), Ok(()));
    let (stream, handle) = both(&streams, unreadable("file"), 0);
    let host = ends::pass(streams.lower(stream));
    assert_eq!(ends::taken(host), (Vec::new(), true));
    assert_eq!(known(&streams, handle), Err(code(Error::BadDescriptor)));
    assert_eq!(ends::count(), 0);
}

#[test]
fn both_futures_of_a_copy_are_known() {
    let streams = streams();
    let (stream, read) = both(&streams, opened("file"), 0);
    let written = streams.consume_fs(stream, writing("new", Some(0)));
    assert_eq!(known(&streams, read), Ok(()));
    assert_eq!(known(&streams, written), Ok(()));
    // Only what fails has an error.
    let (stream, read) = both(&streams, opened("file"), 0);
    let written = streams.consume_fs(stream, writing("other", Some(0)));
    assert_eq!(known(&streams, read), Ok(()));
    let full = Err(code(Error::InsufficientSpace));
    assert_eq!(known(&streams, written), full);
    let (stream, read) = both(&streams, opened("file"), 0);
    let refused = streams.consume_fs(stream, Sink::Refuse(Code(7)));
    assert_eq!(known(&streams, read), Ok(()));
    assert_eq!(known(&streams, refused), Err(7));
    for sink in [writing("new", Some(0)), Sink::Swallow] {
        let (stream, read) = both(&streams, unreadable("file"), 0);
        let written = streams.consume_fs(stream, sink);
        assert_eq!(known(&streams, read), Err(code(Error::BadDescriptor)));
        assert_eq!(known(&streams, written), Ok(()));
    }
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_future_of_entries_is_known_when_all_are_read() {
    let streams = streams();
    let (stream, handle) = listing(&streams);
    assert_eq!(streams.read_entries(app(), stream, ROOM, 0), completed(0));
    assert_eq!(streams.read_entries(app(), stream, ROOM, 5), completed(2));
    assert!(is_unknown(&streams, handle));
    assert_eq!(streams.read_entries(app(), stream, ROOM, 5), DROPPED);
    assert_eq!(known(&streams, handle), Ok(()));
    assert!(streams.drop_entries(stream));
    let (stream, handle) = listing(&streams);
    assert!(is_unknown(&streams, handle));
    assert!(streams.drop_entries(stream));
    assert_eq!(known(&streams, handle), Ok(()));
    assert_eq!(ends::count(), 0);
}
