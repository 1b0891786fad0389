//! Streams between the adapter and others.

use super::*;

/// Waits as a task does, and takes all of the adapter's events that are there.
fn pump(streams: &Streams<Test>, set: u32) {
    streams.wait(set);
    ends::wait(set);
    while let Some((number, waitable, code)) = ends::deliver(set) {
        assert_eq!(streams.event(number, waitable, code), (set << 4 | 2) as i32);
        ends::wait(set);
    }
}

#[test]
fn what_the_host_writes_goes_to_a_file() {
    let streams = streams();
    let (host, readable) = ends::host_stream();
    ends::feed(host, b"first ");
    let handle = streams.consume_fs(readable, writing("new", Some(0)));
    assert_eq!(contents("new"), b"first ");
    assert!(streams.holds(readable));
    assert!(traps(|| streams.lower(readable)));
    assert_eq!(future(&streams, handle), Some(BLOCKED));
    let set = ends::set_new();
    pump(&streams, set);
    let more = numbered(150_000);
    ends::feed(host, &more);
    pump(&streams, set);
    assert_eq!(contents("new")[6..], more);
    ends::hang_up(host);
    assert!(traps(result));
    pump(&streams, set);
    assert_eq!(result(), Ok(()));
    // The read is over when its event is taken.
    assert!(traps(|| streams.drop_future(Of::Fs, handle)));
    assert_eq!(streams.cancel_future(Of::Fs, handle), Some(0));
    assert!(streams.drop_future(Of::Fs, handle));
    assert!(!streams.holds(readable));
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_stream_that_is_at_its_end_gives_a_ready_future() {
    let streams = streams();
    let (host, readable) = ends::host_stream();
    ends::feed(host, b"all");
    ends::hang_up(host);
    let handle = streams.consume_fs(readable, writing("new", Some(1)));
    assert_eq!(known(&streams, handle), Ok(()));
    assert_eq!(contents("new"), b"\0all");
    assert_eq!(ends::count(), 0);
    let (host, readable) = ends::host_stream();
    ends::hang_up(host);
    let handle = streams.consume_cli(readable, Sink::Swallow);
    assert_eq!(streams.read_future(Of::Cli, app(), handle, RESULT), Some(0));
}

#[test]
fn a_drain_fails() {
    let streams = streams();
    let (host, readable) = ends::host_stream();
    ends::feed(host, &numbered(400_000));
    let handle = streams.consume_fs(readable, writing("new", Some(0)));
    assert_eq!(known(&streams, handle), Err(code(Error::InsufficientSpace)));
    let written = contents("new");
    assert_eq!(written, numbered(written.len()));
    assert!(written.len() > 250_000);
    assert_eq!(ends::count(), 0);
}

/// The write that waits is the application's own, and wakes as any other.
#[test]
fn a_write_in_progress_is_drained() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    assert_eq!(write(&streams, writable, b"abc"), BLOCKED);
    let set = ends::set_new();
    ends::join(writable, set);
    assert!(!streams.join(writable, set));
    let handle = streams.consume_fs(readable, writing("new", Some(0)));
    assert_eq!(contents("new"), b"abc");
    streams.wait(set);
    ends::wait(set);
    let (number, waitable, code) = ends::deliver(set).expect("an event");
    assert_eq!((number, waitable, code), (3, writable, completed(3)));
    assert_eq!(streams.event(number, waitable, code), -1);
    assert!(!streams.is_captured(writable));
    assert_eq!(write(&streams, writable, b"de"), completed(2));
    drop_writable(&streams, writable);
    streams.poll();
    assert_eq!(contents("new"), b"abcde");
    assert_eq!(known(&streams, handle), Ok(()));
    assert_eq!(ends::count(), 0);
}

/// A slow reader holds the adapter back, which keeps one piece.
#[test]
fn a_file_goes_to_the_host_piece_by_piece() {
    let streams = streams();
    let stream = reading(&streams, "file", 3);
    let readable = streams.lower(stream);
    assert!(traps(|| streams.read_bytes(app(), stream, ROOM, 1)));
    let host = ends::pass(readable);
    let set = ends::set_new();
    pump(&streams, set);
    assert_eq!(ends::taken(host), (Vec::new(), false));
    let mut total = 0;
    for count in [1, 70_000, 100, 120_000, 50_000] {
        ends::take(host, count);
        pump(&streams, set);
        total = (total + count).min(SIZE - 3);
        assert_eq!(ends::taken(host).0, numbered(SIZE)[3..][..total]);
        streams.with(|state| assert!(state.moves.len() <= 1));
    }
    assert!(ends::taken(host).1);
    assert_eq!(ends::count(), 0);
}

#[test]
fn the_host_stops_reading() {
    let streams = streams();
    let readable = streams.lower(reading(&streams, "file", 0));
    let host = ends::pass(readable);
    let writable = streams.with(|state| state.moves[0].end);
    assert!(streams.holds(writable));
    assert!(traps(|| streams.drop_writable(writable)));
    assert!(traps(|| streams.is_captured(writable)));
    assert!(traps(|| streams.join(writable, 0)));
    ends::take(host, 10);
    ends::hang_up(host);
    streams.poll();
    assert_eq!(ends::taken(host).0.len(), 10);
    streams.with(|state| assert!(state.moves.is_empty()));
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_stream_of_nothing_goes_to_the_host() {
    let streams = streams();
    let host = ends::pass(streams.lower(nothing(&streams)));
    assert_eq!(ends::taken(host), (Vec::new(), true));
    let host = ends::pass(streams.lower(reading(&streams, "file", SIZE as u64)));
    assert_eq!(ends::taken(host), (Vec::new(), true));
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_file_changes_while_it_goes_to_the_host() {
    let streams = streams();
    let host = ends::pass(streams.lower(reading(&streams, "file", 0)));
    opened("file").set_size(70_000).expect("it is cut");
    ends::take(host, SIZE);
    streams.poll();
    let (taken, is_over) = ends::taken(host);
    assert_eq!((taken, is_over), (numbered(70_000), true));
}

#[test]
fn a_file_is_copied() {
    let streams = streams();
    let stream = reading(&streams, "file", 7);
    let handle = streams.consume_fs(stream, writing("new", Some(1)));
    assert_eq!(known(&streams, handle), Ok(()));
    assert_eq!(contents("new")[1..], numbered(SIZE)[7..]);
    let stream = reading(&streams, "file", 0);
    let handle = streams.consume_fs(stream, writing("other", Some(0)));
    assert_eq!(known(&streams, handle), Err(code(Error::InsufficientSpace)));
    for reader in [Reader::Ended, Reader::File(opened("file"), 1 << 40)] {
        let handle = streams.consume_fs(of_reader(&streams, reader), writing("other", Some(0)));
        assert_eq!(known(&streams, handle), Ok(()));
    }
    let handle = streams.consume_fs(reading(&streams, "file", 0), Sink::Swallow);
    assert_eq!(known(&streams, handle), Ok(()));
}

#[test]
fn a_file_is_copied_to_itself() {
    let streams = streams();
    let stream = reading(&streams, "other", 0);
    let handle = streams.consume_fs(stream, writing("other", None));
    assert_eq!(known(&streams, handle), Ok(()));
    let twice = [numbered(10), numbered(10)].concat();
    assert_eq!(contents("other"), twice);
    let stream = reading(&streams, "other", 0);
    let handle = streams.consume_fs(stream, writing("other", Some(5)));
    assert_eq!(known(&streams, handle), Ok(()));
    assert_eq!(contents("other").len(), 25);
}
