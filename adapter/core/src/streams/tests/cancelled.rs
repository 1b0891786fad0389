//! Tasks that are cancelled while they wait, and keep their sets.

use super::pumped::{drain, event, own, wait, wait_on};
use super::*;

/// Two tasks wait on these sets. One is cancelled and exits, then the other has an event of its
/// own and exits: that one stays for the ends.
fn one_is_cancelled(streams: &Streams<Test>, sets: [u32; 2], host: usize) {
    let (drained, _) = drain(streams, "new");
    streams.wait(sets[0]);
    wait(streams, sets[1]);
    assert_eq!(streams.event(6, 0, 0), -1);
    assert_eq!(streams.exit(), 0);
    ends::feed(host, b"the other's");
    assert_eq!(event(streams, sets[1]), Some(-1));
    let code = streams.exit();
    assert_eq!(code & 15, 2);
    let held = code as u32 >> 4;
    ends::wait(held);
    ends::feed(drained, b"a");
    assert_eq!(event(streams, held), Some(wait_on(held)));
    assert_eq!(contents("new"), b"a");
}

#[test]
fn a_task_that_was_cancelled_keeps_its_set() {
    let streams = streams();
    let (set, host) = own(&streams);
    one_is_cancelled(&streams, [set, set], host);
}

#[test]
fn a_task_that_was_cancelled_keeps_a_set_of_its_own() {
    let streams = streams();
    let (first, _) = own(&streams);
    let (second, host) = own(&streams);
    one_is_cancelled(&streams, [first, second], host);
}
