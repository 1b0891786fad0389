//! Tasks that wait, and streams that go on meanwhile.

use super::blocks::Blocked;
use super::*;

/// A host's stream that goes to a file of this name.
pub(super) fn drain(streams: &Streams<Test>, path: &str) -> (usize, u32) {
    let (host, readable) = ends::host_stream();
    (host, streams.consume_fs(readable, writing(path, Some(0))))
}

/// A task waits on its set.
pub(super) fn wait(streams: &Streams<Test>, set: u32) {
    streams.wait(set);
    ends::wait(set);
}

/// The event of a task that waits on a set: what the adapter says of it.
pub(super) fn event(streams: &Streams<Test>, set: u32) -> Option<i32> {
    let (number, waitable, code) = ends::deliver(set)?;
    let said = streams.event(number, waitable, code);
    if said > 0 {
        assert_eq!(said & 15, 2);
        ends::wait(said as u32 >> 4);
    }
    Some(said)
}

/// A set, and a stream of the host's that the application reads itself.
pub(super) fn own(streams: &Streams<Test>) -> (u32, usize) {
    let set = ends::set_new();
    let (host, readable) = ends::host_stream();
    let room = std::vec![0_u8; 100].leak();
    // SAFETY: the room is there for good.
    let status = unsafe { ends::stream_read(readable, room.as_mut_ptr(), 100) };
    assert_eq!(status, BLOCKED);
    assert!(!streams.join(readable, set));
    ends::join(readable, set);
    (set, host)
}

pub(super) fn wait_on(set: u32) -> i32 {
    (set << 4 | 2) as i32
}

#[test]
fn the_adapters_set_is_not_the_applications() {
    let streams = streams();
    let (set, _) = own(&streams);
    drain(&streams, "new");
    let adapters = streams.with(|state| state.pump.own);
    assert_ne!(adapters, 0);
    let (readable, _) = new(&streams);
    assert!(traps(|| streams.wait(adapters)));
    assert!(traps(|| streams.poll_set(adapters)));
    assert!(traps(|| streams.forget(adapters)));
    assert!(traps(|| streams.join(readable, adapters)));
    streams.poll_set(set);
    streams.wait(set);
    assert!(!streams.join(readable, 0));
}

#[test]
fn a_virtual_end_in_a_set_stays_the_applications() {
    let streams = streams();
    let (set, _) = own(&streams);
    let (other, future) = streams.read_fs(Err(Code(7)));
    let (entries, of_entries) = listing(&streams);
    assert!(streams.drop_future(Of::Fs, of_entries));
    let ends = [reading(&streams, "file", 0), other, entries, future];
    for end in ends {
        assert!(streams.join(end, set));
    }
    let [file, ..] = ends;
    let own = App::new(0);
    assert!(traps(|| streams.lower(file)));
    assert!(traps(|| streams.consume_cli(file, Sink::Swallow)));
    assert!(traps(|| streams.lower_entries(entries, own)));
    assert!(traps(|| streams.lower_future(Of::Fs, future, own)));
    assert!(traps(|| streams.forget(set)));
    assert!(streams.join(file, 0));
    ends::pass(streams.lower(file));
    assert!(streams.drop_readable(other));
    assert!(streams.drop_entries(entries));
    assert!(streams.drop_future(Of::Fs, future));
    // Nothing is known of what gets their numbers.
    ends::pass(streams.lower(nothing(&streams)));
    streams.forget(set);
}

#[test]
fn a_task_wakes_for_the_adapter_and_waits_on() {
    let streams = streams();
    let (set, host) = own(&streams);
    let (drained, _) = drain(&streams, "new");
    wait(&streams, set);
    assert_eq!(event(&streams, set), None);
    for bytes in [b"a", b"b"] {
        ends::feed(drained, bytes);
        assert_eq!(event(&streams, set), Some(wait_on(set)));
    }
    ends::feed(drained, b"c");
    ends::feed(host, b"the task's");
    while event(&streams, set) != Some(-1) {}
    assert_eq!(contents("new"), b"abc");
}

#[test]
fn a_task_that_was_woken_drops_its_set() {
    let streams = streams();
    let (set, host) = own(&streams);
    drain(&streams, "new");
    wait(&streams, set);
    ends::feed(host, b"a");
    let (number, waitable, code) = ends::deliver(set).expect("an event");
    assert_eq!(streams.event(number, waitable, code), -1);
    streams.join(waitable, 0);
    ends::join(waitable, 0);
    ends::set_drop(set);
}

#[test]
fn what_is_ready_is_taken_without_a_wait() {
    let streams = streams();
    let (drained, _) = drain(&streams, "new");
    ends::feed(drained, b"a");
    streams.poll();
    assert_eq!(contents("new"), b"a");
    // An event of a task that yielded.
    ends::feed(drained, b"b");
    assert_eq!(streams.event(0, 0, 0), -1);
    assert_eq!(contents("new"), b"ab");
}

/// The one waits with the adapter's end, which wakes it, while the other runs.
#[test]
fn a_task_is_not_robbed_of_its_event() {
    let streams = streams();
    let (first, first_host) = own(&streams);
    let (second, second_host) = own(&streams);
    let (drained, handle) = drain(&streams, "new");
    wait(&streams, first);
    wait(&streams, second);
    ends::feed(second_host, b"the second's");
    ends::feed(drained, b"a");
    assert_eq!(event(&streams, second), Some(-1));
    streams.poll();
    assert_eq!(contents("new"), b"");
    // A stream that is new wakes the first as well.
    let (other, _) = drain(&streams, "other");
    assert_eq!(event(&streams, first), Some(wait_on(first)));
    assert_eq!(contents("new"), b"a");
    ends::feed(other, b"b");
    assert_eq!(event(&streams, first), Some(wait_on(first)));
    assert_eq!(contents("other")[..1], *b"b");

    // The second waits on, then the first goes: the ends are the second's.
    assert!(!streams.join(4711, second));
    wait(&streams, second);
    ends::feed(first_host, b"the first's");
    assert_eq!(event(&streams, first), Some(-1));
    assert_eq!(streams.exit(), 0);
    ends::feed(drained, b"b");
    assert_eq!(event(&streams, second), Some(wait_on(second)));
    assert_eq!(contents("new"), b"ab");
    assert_eq!(future(&streams, handle), Some(BLOCKED));
    ends::hang_up(drained);
    assert_eq!(event(&streams, second), Some(wait_on(second)));
    assert_eq!(result(), Ok(()));
}

#[test]
fn the_last_of_two_tasks_on_one_set_lets_the_ends_go() {
    let streams = streams();
    let (set, host) = own(&streams);
    let (drained, _) = drain(&streams, "new");
    streams.wait(set);
    wait(&streams, set);
    ends::feed(host, b"the first's");
    assert_eq!(event(&streams, set), Some(-1));
    ends::wait(set);
    ends::feed(drained, b"a");
    assert_eq!(event(&streams, set), Some(wait_on(set)));
    assert_eq!(contents("new"), b"a");
    // The second is cancelled.
    assert_eq!(streams.event(6, 0, 0), -1);
    ends::feed(drained, b"b");
    streams.poll();
    assert_eq!(contents("new"), b"ab");
}

/// The second of two tasks is cancelled, and waits on its set again before it ends.
#[test]
fn a_task_that_was_cancelled_waits_once() {
    let streams = streams();
    let (first, first_host) = own(&streams);
    let (second, second_host) = own(&streams);
    let (drained, _) = drain(&streams, "new");
    wait(&streams, second);
    wait(&streams, first);
    assert_eq!(streams.event(6, 0, 0), -1);
    wait(&streams, second);
    ends::feed(second_host, b"the second's");
    assert_eq!(event(&streams, second), Some(-1));
    assert_eq!(streams.exit(), 0);
    // The ends are the first's.
    ends::feed(drained, b"a");
    assert_eq!(event(&streams, first), Some(wait_on(first)));
    assert_eq!(contents("new"), b"a");
    ends::feed(first_host, b"the first's");
    assert_eq!(event(&streams, first), Some(-1));
}

#[test]
fn the_last_task_stays_until_all_is_done() {
    let streams = streams();
    assert_eq!(streams.exit(), 0);
    let (drained, _) = drain(&streams, "new");
    let code = streams.exit();
    assert_eq!(code & 15, 2);
    let held = code as u32 >> 4;
    ends::wait(held);
    // One is enough, and it keeps what it waits for.
    assert_eq!(streams.exit(), 0);
    let (set, host) = own(&streams);
    wait(&streams, set);
    ends::feed(host, b"a task's");
    ends::feed(drained, b"a");
    assert_eq!(event(&streams, set), Some(-1));
    streams.poll();
    assert_eq!(contents("new"), b"");
    assert_eq!(event(&streams, held), Some(wait_on(held)));
    assert_eq!(contents("new"), b"a");
    let readable = streams.lower(reading(&streams, "new", 0));
    let host = ends::pass(readable);
    ends::take(host, 10);
    assert_eq!(event(&streams, held), Some(wait_on(held)));
    ends::hang_up(drained);
    assert_eq!(event(&streams, held), Some(0));
    assert_eq!(ends::taken(host), (b"a".to_vec(), true));
    // Another one may stay later.
    drain(&streams, "other");
    assert_eq!(streams.exit(), code);
}

#[test]
fn a_task_that_is_cancelled_was_the_one_that_waited() {
    let streams = streams();
    let (set, _) = own(&streams);
    let (drained, _) = drain(&streams, "new");
    wait(&streams, set);
    ends::feed(drained, b"a");
    assert_eq!(event(&streams, set), Some(wait_on(set)));
    assert_eq!(streams.event(6, 0, 0), -1);
    assert_eq!(streams.exit() & 15, 2);
}

#[test]
fn a_set_that_is_dropped_lets_the_ends_go() {
    let streams = streams();
    let (first, first_host) = own(&streams);
    let (second, _) = own(&streams);
    let (drained, _) = drain(&streams, "new");
    wait(&streams, first);
    wait(&streams, second);
    // Which of both was cancelled nobody says.
    assert_eq!(streams.event(6, 0, 0), -1);
    ends::feed(first_host, b"a");
    let (_, waitable, _) = ends::deliver(first).expect("an event");
    streams.join(waitable, 0);
    ends::join(waitable, 0);
    streams.forget(first);
    ends::set_drop(first);
    // The ends are the second's.
    ends::feed(drained, b"a");
    assert_eq!(event(&streams, second), Some(wait_on(second)));
    assert_eq!(contents("new"), b"a");
}

#[test]
fn a_wait_goes_on_where_a_task_that_yielded_may_be_cancelled() {
    let streams = streams();
    let (set, _) = own(&streams);
    let (drained, _) = drain(&streams, "new");
    wait(&streams, set);
    // Which of both is cancelled nobody says.
    streams.yields();
    assert_eq!(streams.event(6, 0, 0), -1);
    ends::feed(drained, b"a");
    streams.poll();
    assert_eq!(contents("new"), b"");
    assert_eq!(event(&streams, set), Some(wait_on(set)));
    // It runs again, and the other one is cancelled.
    assert_eq!(streams.event(0, 0, 0), -1);
    assert_eq!(streams.event(6, 0, 0), -1);
    ends::feed(drained, b"b");
    streams.poll();
    assert_eq!(contents("new"), b"ab");
}

#[test]
fn ends_go_to_a_task_that_waits() {
    let streams = streams();
    let (first, first_host) = own(&streams);
    let (second, _) = own(&streams);
    wait(&streams, first);
    wait(&streams, second);
    // A task that runs passes a stream.
    let (drained, _) = drain(&streams, "new");
    ends::feed(drained, b"a");
    assert_eq!(event(&streams, first), Some(wait_on(first)));
    assert_eq!(contents("new"), b"a");
    ends::feed(first_host, b"the first's");
    assert_eq!(event(&streams, first), Some(-1));
    ends::feed(drained, b"b");
    assert_eq!(event(&streams, second), Some(wait_on(second)));
    assert_eq!(contents("new"), b"ab");
}

#[test]
fn calls_take_what_is_ready_where_nobody_waits() {
    let streams = streams();
    let (host, handle) = drain(&streams, "new");
    ends::feed(host, b"a");
    ends::hang_up(host);
    assert_eq!(known(&streams, handle), Ok(()));
    let (host, readable) = ends::host_stream();
    streams.consume_fs(readable, writing("new", Some(1)));
    ends::hang_up(host);
    let (host, next) = ends::host_stream();
    streams.consume_fs(next, writing("new", Some(1)));
    assert!(!streams.holds(readable));
    ends::hang_up(host);
    ends::pass(streams.lower(nothing(&streams)));
    assert!(!streams.holds(next));
}

/// Random calls of three tasks, while others block: no event is lost, and everything arrives.
#[test]
fn tasks_in_any_order() {
    for seed in 1..200_u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let streams = streams();
        with_fresh_files();
        let tasks: Vec<_> = (0..3).map(|_| own(&streams)).collect();
        let mut waits = [false; 3];
        let drains = ["a", "b"].map(|path| (path, drain(&streams, path).0));
        let mut fed = [0_usize; 2];
        let mut blocked: Vec<Blocked> = Vec::new();
        for _ in 0..60 {
            let task = random(3);
            let (set, host) = tasks[task];
            match random(6) {
                4 if blocked.len() < 2 => blocked.push(Blocked::new(&streams)),
                5 if !blocked.is_empty() => {
                    let at = random(blocked.len());
                    if random(2) == 0 {
                        ends::come(blocked[at].call, 2);
                    }
                    if blocked[at].returned(&streams) == Some(true) {
                        blocked.remove(at);
                    }
                }
                0 if !waits[task] => {
                    wait(&streams, set);
                    waits[task] = true;
                }
                1 => {
                    let at = random(2);
                    let len = random(3);
                    fed[at] += len;
                    ends::feed(drains[at].1, &std::vec![b'x'; len]);
                }
                2 if waits[task] && random(3) == 0 => ends::feed(host, b"y"),
                _ => {
                    if waits[task] && event(&streams, set) == Some(-1) {
                        waits[task] = false;
                    }
                }
            }
        }
        for one in blocked {
            ends::come(one.call, 2);
            while one.returned(&streams) != Some(true) {}
        }
        // Whoever does not wait exits; those that wait are woken.
        let mut held = 0;
        for is_waiting in waits {
            if !is_waiting {
                let code = streams.exit();
                if code != 0 {
                    held = code as u32 >> 4;
                    ends::wait(held);
                }
            }
        }
        for _ in 0..200 {
            for task in 0..3 {
                if waits[task] && event(&streams, tasks[task].0) == Some(-1) {
                    waits[task] = false;
                    let code = streams.exit();
                    if code != 0 {
                        held = code as u32 >> 4;
                        ends::wait(held);
                    }
                }
            }
            if held != 0 {
                event(&streams, held);
            }
        }
        for ((path, _), count) in drains.iter().zip(fed) {
            assert_eq!(contents(path).len(), count, "{seed}");
        }
    }
}

/// The tree is the thread's, and a round must not find the files of the one before.
fn with_fresh_files() {
    for path in ["a", "b"] {
        opened(path).set_size(0).expect("it is cut");
    }
}
