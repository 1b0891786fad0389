//! Tasks that block in a call, and streams that go on meanwhile.

use super::pumped::{drain, event, own, wait, wait_on};
use super::*;
use crate::places::Place;

/// A task that blocks until a call returns, or an operation is done.
pub(super) struct Blocked {
    pub(super) call: u32,
    set: u32,
    area: Place,
}

impl Blocked {
    pub(super) fn new(streams: &Streams<Test>) -> Self {
        let call = ends::call();
        let (set, area) = streams.until(call);
        ends::wait(set);
        Blocked { call, set, area }
    }

    fn until_done(streams: &Streams<Test>, end: u32) -> Self {
        let (set, area) = streams.until_done(end);
        ends::wait(set);
        Blocked { call: 0, set, area }
    }

    /// What came, if there is an event: nothing, if that was the adapter's.
    fn came(&self, streams: &Streams<Test>) -> Option<Option<u32>> {
        let (number, waitable, code) = ends::deliver(self.set)?;
        // SAFETY: the place is there until what the task waits for has come.
        unsafe { self.area.pointer().write([waitable, code]) };
        let came = streams.came(self.set, number);
        if came.is_none() {
            ends::wait(self.set);
        }
        Some(came)
    }

    /// Whether the call has returned, if there is an event.
    pub(super) fn returned(&self, streams: &Streams<Test>) -> Option<bool> {
        self.came(streams).map(|came| came.is_some())
    }
}

#[test]
fn a_task_that_blocks_wakes_for_the_adapter() {
    let streams = streams();
    let (drained, _) = drain(&streams, "new");
    let handles = ends::count();
    let blocked = Blocked::new(&streams);
    assert_eq!(blocked.returned(&streams), None);
    for bytes in [b"a", b"b"] {
        ends::feed(drained, bytes);
        assert_eq!(blocked.returned(&streams), Some(false));
    }
    // One that begins meanwhile goes on as well.
    let (other, _) = drain(&streams, "other");
    ends::feed(other, b"c");
    assert_eq!(blocked.returned(&streams), Some(false));
    assert_eq!(contents("other")[..1], *b"c");
    ends::come(blocked.call, 1);
    assert_eq!(blocked.returned(&streams), Some(false));
    ends::come(blocked.call, 2);
    assert_eq!(blocked.returned(&streams), Some(true));
    assert_eq!(contents("new"), b"ab");
    // The call and its set are gone, and the ends are nobody's.
    ends::hang_up(other);
    streams.poll();
    // What is new is the future of the other one.
    assert_eq!(ends::count(), handles + 2);
    ends::feed(drained, b"c");
    streams.poll();
    assert_eq!(contents("new"), b"abc");
}

#[test]
fn a_call_ends_once_it_has_returned() {
    for (state, is_fine) in [(0, true), (1, true), (2, true), (3, false), (4, false)] {
        let streams = streams();
        let blocked = Blocked::new(&streams);
        ends::come(blocked.call, state);
        assert_eq!(traps(|| blocked.returned(&streams)), !is_fine, "{state}");
    }
}

#[test]
fn what_a_task_blocks_on_is_not_the_applications() {
    let streams = streams();
    let (drained, _) = drain(&streams, "new");
    let (set, _) = own(&streams);
    wait(&streams, set);
    let blocked = Blocked::new(&streams);
    let bell = streams.with(|state| state.pump.bells[0].readable);
    let (readable, _) = new(&streams);
    assert!(traps(|| streams.wait(blocked.set)));
    assert!(traps(|| streams.block(blocked.set)));
    assert!(traps(|| streams.poll_set(blocked.set)));
    assert!(traps(|| streams.forget(blocked.set)));
    assert!(traps(|| streams.join(readable, blocked.set)));
    assert!(traps(|| streams.join(blocked.call, set)));
    assert!(traps(|| streams.join(bell, set)));
    assert!(!streams.join(readable, 0));
    ends::feed(drained, b"a");
    assert_eq!(blocked.returned(&streams), Some(false));
}

/// The callback of the other cannot run, but the host may have woken it for the adapter's end.
#[test]
fn the_ends_leave_a_task_that_waits_for_its_callback() {
    for (is_woken, path) in [(false, "new"), (true, "newer")] {
        let streams = streams();
        let (set, host) = own(&streams);
        let (drained, _) = drain(&streams, path);
        let handles = ends::count();
        wait(&streams, set);
        if is_woken {
            ends::feed(drained, b"a");
        }
        let blocked = Blocked::new(&streams);
        if !is_woken {
            ends::feed(drained, b"a");
        }
        assert_eq!(blocked.returned(&streams), Some(false));
        assert_eq!(contents(path), b"a");
        ends::come(blocked.call, 2);
        assert_eq!(blocked.returned(&streams), Some(true));
        // It wakes for the bell, and waits on with the end.
        assert_eq!(event(&streams, set), Some(wait_on(set)));
        assert_eq!(event(&streams, set), None);
        assert_eq!(ends::count(), handles);
        ends::feed(drained, b"b");
        assert_eq!(event(&streams, set), Some(wait_on(set)));
        assert_eq!(contents(path), b"ab");
        ends::feed(host, b"the task's");
        assert_eq!(event(&streams, set), Some(-1));
    }
}

#[test]
fn a_bell_goes_with_its_set() {
    let streams = streams();
    let (set, host) = own(&streams);
    drain(&streams, "new");
    wait(&streams, set);
    ends::feed(host, b"the task's");
    let (_, waitable, code) = ends::deliver(set).expect("an event");
    let handles = ends::count();
    let blocked = Blocked::new(&streams);
    assert_eq!(streams.event(2, waitable, code), -1);
    streams.join(waitable, 0);
    ends::join(waitable, 0);
    streams.forget(set);
    ends::set_drop(set);
    assert_eq!(ends::count(), handles);
    assert_eq!(blocked.returned(&streams), None);
}

#[test]
fn the_holder_leaves_where_others_go_on() {
    let streams = streams();
    let (drained, _) = drain(&streams, "new");
    let code = streams.exit();
    let held = code as u32 >> 4;
    ends::wait(held);
    let blocked = Blocked::new(&streams);
    ends::feed(drained, b"a");
    assert_eq!(blocked.returned(&streams), Some(false));
    // As where callbacks may run meanwhile.
    assert_eq!(event(&streams, held), Some(0));
    ends::come(blocked.call, 2);
    assert_eq!(blocked.returned(&streams), Some(true));
    // The task that blocked stays in its place, and goes once all is done.
    assert_eq!(streams.exit(), code);
    ends::wait(held);
    let blocked = Blocked::new(&streams);
    ends::hang_up(drained);
    assert_eq!(blocked.returned(&streams), Some(false));
    ends::come(blocked.call, 2);
    assert_eq!(blocked.returned(&streams), Some(true));
    assert_eq!(event(&streams, held), Some(0));
    assert_eq!(streams.exit(), 0);
}

#[test]
fn tasks_that_block_end_in_any_order() {
    for order in [[0, 1], [1, 0]] {
        let streams = streams();
        let (drained, _) = drain(&streams, "new");
        let blocked = [Blocked::new(&streams), Blocked::new(&streams)];
        let returned = |at: usize| {
            ends::feed(drained, b"a");
            let mut came: Vec<_> = blocked
                .iter()
                .filter_map(|one| one.returned(&streams))
                .collect();
            assert_eq!(came.pop(), Some(false));
            ends::come(blocked[at].call, 2);
            assert_eq!(blocked[at].returned(&streams), Some(true));
        };
        returned(order[0]);
        let last = &blocked[order[1]];
        ends::feed(drained, b"b");
        assert_eq!(last.returned(&streams), Some(false));
        ends::come(last.call, 2);
        assert_eq!(last.returned(&streams), Some(true));
        assert_eq!(contents("new"), b"ab");
    }
}

#[test]
fn a_task_blocks_on_a_set_of_its_own() {
    let streams = streams();
    let (waiting, _) = own(&streams);
    let (set, host) = own(&streams);
    let (drained, _) = drain(&streams, "new");
    wait(&streams, waiting);
    streams.block(set);
    ends::wait(set);
    ends::feed(drained, b"a");
    let (number, waitable, code) = ends::deliver(set).expect("an event");
    assert!(!streams.woken(set, number, waitable, code));
    ends::wait(set);
    assert_eq!(contents("new"), b"a");
    ends::feed(host, b"the task's");
    let (number, waitable, code) = ends::deliver(set).expect("an event");
    assert!(streams.woken(set, number, waitable, code));
    assert_eq!(event(&streams, waiting), Some(wait_on(waiting)));
    ends::feed(drained, b"b");
    assert_eq!(event(&streams, waiting), Some(wait_on(waiting)));
    assert_eq!(contents("new"), b"ab");
}

/// Which of two was cancelled nobody says, and the one that was blocks before it waits again.
#[test]
fn a_task_that_was_cancelled_blocks() {
    let streams = streams();
    let (first, _) = own(&streams);
    let (second, second_host) = own(&streams);
    wait(&streams, first);
    wait(&streams, second);
    assert_eq!(streams.event(6, 0, 0), -1);
    let blocked = Blocked::new(&streams);
    let (other, _) = own(&streams);
    wait(&streams, other);
    ends::come(blocked.call, 2);
    assert_eq!(blocked.returned(&streams), Some(true));
    wait(&streams, second);
    ends::feed(second_host, b"the second's");
    assert_eq!(event(&streams, second), Some(-1));
    let waits = streams.with(|state| state.pump.waits.clone());
    assert_eq!(waits, [(first, 1), (other, 1)]);
}

/// A read without `async` of a stream of the host's, while others are drained.
#[test]
fn a_task_blocks_until_a_read_is_done() {
    let streams = streams();
    let (drained, _) = drain(&streams, "new");
    let (host, readable) = ends::host_stream();
    let handles = ends::count();
    let mut bytes = [0; 4];
    // SAFETY: the bytes are there until the read is over.
    let status = unsafe { ends::stream_read(readable, bytes.as_mut_ptr(), 4) };
    assert_eq!(status, BLOCKED);
    let blocked = Blocked::until_done(&streams, readable);
    assert_eq!(blocked.came(&streams), None);
    ends::feed(drained, b"a");
    assert_eq!(blocked.came(&streams), Some(None));
    assert_eq!(contents("new"), b"a");
    // Meanwhile the end is nobody else's.
    assert!(streams.is_joined(readable));
    assert!(streams.gone(readable));
    assert!(traps(|| streams.join(readable, 0)));
    ends::feed(host, b"abc");
    let done = completed(3);
    assert_eq!(blocked.came(&streams), Some(Some(done)));
    assert_eq!(bytes, *b"abc\0");
    assert!(!streams.is_joined(readable));
    assert_eq!(ends::count(), handles);
    // It is in no set any more, and so it can be passed on.
    assert!(!streams.join(readable, 0));
    ends::pass(readable);
}

/// A stream of the application's own, which somebody else might take while the task blocks.
#[test]
fn a_pair_whose_end_a_task_blocks_for_is_not_captured() {
    let streams = streams();
    let (readable, writable) = new(&streams);
    // SAFETY: the bytes are there until the write is over.
    let status = unsafe { ends::stream_write(writable, b"abc".as_ptr(), 3) };
    assert_eq!(status, BLOCKED);
    let blocked = Blocked::until_done(&streams, writable);
    let data = streams.consume_fs(readable, writing("new", Some(0)));
    assert_eq!(contents("new"), b"abc");
    assert!(!streams.is_captured(writable));
    let done = completed(3);
    assert_eq!(blocked.came(&streams), Some(Some(done)));
    assert!(streams.drop_future(Of::Fs, data));
}

#[test]
fn no_task_blocks_for_what_is_in_a_set() {
    let streams = streams();
    let (_, readable) = ends::host_stream();
    assert!(!streams.is_joined(readable));
    assert!(!streams.join(readable, ends::set_new()));
    assert!(streams.is_joined(readable));
    assert!(traps(|| streams.until_done(readable)));
}

/// What comes of a cancellation of a call, which a task may block for as well.
#[test]
fn a_task_blocks_until_a_call_is_cancelled() {
    for state in [2, 3, 4] {
        let streams = streams();
        let call = ends::call();
        let blocked = Blocked::until_done(&streams, call);
        ends::come(call, 1);
        assert_eq!(blocked.came(&streams), Some(None));
        ends::come(call, state);
        assert_eq!(blocked.came(&streams), Some(Some(state)));
        // It is still the application's.
        assert!(!streams.gone(call));
        ends::subtask_drop(call);
    }
}

/// A waitable that is dropped leaves its set, and its number may be another's.
#[test]
fn what_is_gone_is_in_no_set() {
    let streams = streams();
    let set = ends::set_new();
    let (_, readable) = ends::host_stream();
    assert!(!streams.join(readable, set));
    assert!(!streams.gone(readable));
    assert!(!streams.is_joined(readable));
    streams.consume_fs(readable, writing("new", Some(0)));
    // Of a stream whose pair is not known.
    let (_, other) = ends::host_stream();
    assert!(!streams.join(other, set));
    assert!(traps(|| streams.consume_fs(other, writing("new", Some(0)))));
}
