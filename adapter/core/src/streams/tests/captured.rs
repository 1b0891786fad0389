//! Streams that the application made itself, and that go to the adapter.

use super::*;

#[test]
fn what_is_written_is_in_the_file_at_once() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    let handle = streams.consume_fs(readable, writing("new", Some(2)));
    assert!(streams.is_captured(writable));
    assert_eq!(write(&streams, writable, b""), completed(0));
    assert_eq!(write(&streams, writable, b"abc"), completed(3));
    assert_eq!(contents("new"), b"\0\0abc");
    let stream = reading(&streams, "new", 3);
    assert_eq!(read(&streams, stream, 1), (completed(1), b"b".to_vec()));
    assert_eq!(write(&streams, writable, b"de"), completed(2));
    assert_eq!(read(&streams, stream, 9), (completed(3), b"cde".to_vec()));
    assert!(streams.drop_writable(writable));
    assert_eq!(known(&streams, handle), Ok(()));
    assert_eq!(ends::count(), 0);
    assert!(!streams.is_captured(writable));
}

#[test]
fn what_is_appended_goes_to_the_end() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    streams.consume_fs(readable, writing("other", None));
    write(&streams, writable, b"a");
    opened("other").set_size(3).expect("it is cut");
    assert_eq!(
        write(&streams, writable, &numbered(50_000)),
        completed(50_000)
    );
    let written = contents("other");
    assert_eq!(written[3..], numbered(50_000));
}

#[test]
fn an_end_that_is_read_is_not_passed_on() {
    let streams = streams();
    let (readable, _) = new(&streams);
    let mut room = [0_u8; 4];
    // SAFETY: nothing else uses the room while the test runs.
    let status = unsafe { ends::stream_read(readable, room.as_mut_ptr(), 4) };
    assert_eq!(status, BLOCKED);
    streams.blocked(readable);
    assert!(traps(|| streams.consume_fs(readable, Sink::Swallow)));
}

/// The future is read before the write is over, and its event comes under the application's handle.
#[test]
fn a_future_is_waited_for() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    let handle = streams.consume_fs(readable, writing("new", Some(0)));
    let set = ends::set_new();
    assert!(!streams.join(handle, set));
    ends::join(handle, set);
    assert_eq!(future(&streams, handle), Some(BLOCKED));
    assert!(traps(|| future(&streams, handle)));
    assert!(traps(|| streams.drop_future(Of::Fs, handle)));
    streams.wait(set);
    ends::wait(set);
    assert_eq!(ends::deliver(set), None);
    drop_writable(&streams, writable);
    let (number, waitable, code) = ends::deliver(set).expect("an event");
    assert_eq!((number, waitable, code), (4, handle, 0));
    assert_eq!(streams.event(number, waitable, code), -1);
    assert_eq!(result(), Ok(()));
    assert!(traps(|| future(&streams, handle)));
    assert!(streams.drop_future(Of::Fs, handle));
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_read_of_a_future_is_cancelled() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    let handle = streams.consume_fs(readable, writing("new", Some(0)));
    assert!(traps(|| streams.cancel_future(Of::Fs, handle)));
    assert_eq!(future(&streams, handle), Some(BLOCKED));
    assert!(traps(|| streams.cancel_future(Of::Cli, handle)));
    let set = ends::set_new();
    assert!(!streams.join(handle, set));
    ends::join(handle, set);
    assert!(traps(|| streams.cancel_future_sync(Of::Fs, handle)));
    assert_eq!(streams.cancel_future(Of::Fs, handle), Some(2));
    assert_eq!(future(&streams, handle), Some(BLOCKED));
    assert!(!streams.join(handle, 0));
    ends::join(handle, 0);
    assert_eq!(streams.cancel_future_sync(Of::Fs, handle), Some(2));
    drop_writable(&streams, writable);
    assert!(traps(result));
    assert_eq!(known(&streams, handle), Ok(()));

    // The result was there before.
    let (readable, writable) = new(&streams);
    let handle = streams.consume_fs(readable, Sink::Swallow);
    assert_eq!(future(&streams, handle), Some(BLOCKED));
    drop_writable(&streams, writable);
    assert_eq!(streams.cancel_future(Of::Fs, handle), Some(0));
    assert_eq!(result(), Ok(()));
    assert!(traps(|| future(&streams, handle)));
    assert!(streams.drop_future(Of::Fs, handle));
    assert_eq!(ends::count(), 0);
}

#[test]
fn the_write_goes_on_without_its_future() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    let handle = streams.consume_fs(readable, writing("new", Some(0)));
    assert!(streams.drop_future(Of::Fs, handle));
    assert!(!streams.drop_future(Of::Fs, handle));
    // Another one gets its number.
    let (other_readable, other_writable) = new(&streams);
    let other = streams.consume_fs(other_readable, writing("other", Some(0)));
    assert_eq!(write(&streams, writable, b"abc"), completed(3));
    drop_writable(&streams, writable);
    assert_eq!(contents("new"), b"abc");
    assert_eq!(future(&streams, other), Some(BLOCKED));
    drop_writable(&streams, other_writable);
    assert_eq!(result(), Ok(()));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    let handle = streams.consume_fs(readable, writing("new", Some(0)));
    assert_eq!(future(&streams, handle), Some(BLOCKED));
    let written = write(&streams, writable, &numbered(400_000));
    let count = written >> 4;
    assert_eq!(written, completed(count));
    assert!((250_000..300_000).contains(&count), "{count}");
    assert_eq!(contents("new"), numbered(count as usize));
    assert!(traps(result));
    // What is left of a page is filled.
    let mut more = 0;
    while write(&streams, writable, &[0; 1000]) != DROPPED {
        more += 1;
    }
    assert!(more < 10);
    assert_eq!(result(), Err(code(Error::InsufficientSpace)));
    assert!(traps(|| write(&streams, writable, b"more")));
    assert!(traps(|| write(&streams, writable, b"")));
    assert!(streams.drop_writable(writable));
    assert_eq!(streams.cancel_future(Of::Fs, handle), Some(0));
    assert!(streams.drop_future(Of::Fs, handle));
    assert_eq!(ends::count(), 0);
}

#[test]
fn a_position_that_no_file_has_is_an_error() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    let handle = streams.consume_fs(readable, writing("new", Some(1 << 63)));
    assert_eq!(write(&streams, writable, b""), completed(0));
    assert_eq!(write(&streams, writable, b"a"), DROPPED);
    assert_eq!(known(&streams, handle), Err(code(Error::Invalid)));
    assert!(streams.drop_writable(writable));
    assert_eq!(ends::count(), 0);
}

#[test]
fn what_is_refused_is_not_read() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    let handle = streams.consume_fs(readable, Sink::Refuse(Code(9)));
    assert_eq!(known(&streams, handle), Err(9));
    assert_eq!(write(&streams, writable, b"a"), DROPPED);
    drop_writable(&streams, writable);
    let stream = reading(&streams, "file", 0);
    let handle = streams.consume_fs(stream, Sink::Refuse(Code(9)));
    assert_eq!(known(&streams, handle), Err(9));
    assert!(traps(|| streams.read_bytes(app(), stream, ROOM, 1)));
    assert_eq!(ends::count(), 0);
}

/// Forged, of the wrong kind, or used twice.
#[test]
fn what_the_adapter_holds_is_not_the_applications() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    assert!(traps(|| streams.consume_fs(writable, Sink::Swallow)));
    let handle = streams.consume_fs(readable, writing("new", Some(0)));
    assert!(streams.holds(readable));
    assert!(!streams.holds(writable));
    assert!(traps(|| streams.consume_fs(readable, Sink::Swallow)));
    assert!(traps(|| streams.consume_fs(writable, Sink::Swallow)));
    assert!(traps(|| streams.lower(readable)));
    assert!(traps(|| streams.drop_readable(readable)));
    assert!(traps(|| streams.drop_writable(readable)));
    assert!(traps(|| streams.join(readable, 0)));
    assert!(!streams.join(writable, 0));
    assert!(traps(|| streams.is_captured(readable)));
    assert!(traps(|| streams.write(app(), writable, (256 << 16) - 1, 2)));
    assert!(traps(|| streams.write(app(), writable, 0, 1 << 28)));
    assert!(traps(|| streams.write(app(), readable, 0, 1)));
    assert!(traps(|| streams.read_future(
        Of::Cli,
        app(),
        handle,
        RESULT
    )));
    assert!(traps(|| streams.drop_future(Of::Cli, handle)));
    let bell = streams.with(|state| state.futures[0].writable);
    assert!(traps(|| streams.join(bell, 0)));
    assert!(streams.holds_future(bell) && streams.holds_future(handle));
    assert!(!streams.holds_future(writable));
    assert!(traps(|| streams.lower_unit(handle)));
    assert_eq!(streams.lower_unit(4711), 4711);
    // Nothing has no place, wherever that is.
    assert_eq!(streams.write(app(), writable, u32::MAX, 0), completed(0));
    assert_eq!(write(&streams, writable, b"abc"), completed(3));
    drop_writable(&streams, writable);
    assert_eq!(known(&streams, handle), Ok(()));
    assert_eq!(contents("new"), b"abc");
    // Of nobody's.
    assert!(traps(|| streams.consume_fs(4711, Sink::Swallow)));
}

#[test]
fn a_reader_leaves_its_set_before_it_is_handed_over() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    assert!(!streams.join(readable, 77));
    assert!(traps(|| streams.consume_fs(readable, Sink::Swallow)));
    // Whoever has its number next is in no set.
    assert!(!streams.gone(readable));
    streams.made(u64::from(writable) << 32 | u64::from(readable));
    let handle = streams.consume_fs(readable, Sink::Swallow);
    drop_writable(&streams, writable);
    assert_eq!(known(&streams, handle), Ok(()));
}

#[test]
fn a_pair_is_known_while_both_ends_are_the_applications() {
    let streams = streams();
    let known = |streams: &Streams<Test>| streams.with(|state| state.pairs.len());
    let (readable, _) = new(&streams);
    assert_eq!(streams.lower(readable), readable);
    assert_eq!(known(&streams), 0);
    let (readable, _) = new(&streams);
    assert!(!streams.drop_readable(readable));
    assert_eq!(known(&streams), 0);
    let (_, writable) = new(&streams);
    assert!(!streams.drop_writable(writable));
    assert_eq!(known(&streams), 0);
    let (_, writable) = new(&streams);
    streams.blocked(writable);
    assert_eq!(known(&streams), 0);
    // Numbers that are given again are another stream's.
    streams.made(5 << 32 | 4);
    streams.made(6 << 32 | 4);
    streams.made(6 << 32 | 7);
    streams.with(|state| assert_eq!((state.pairs[0].readable, state.pairs.len()), (7, 1)));
}
