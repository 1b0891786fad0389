//! Streams, futures and sets of waitables as a host has them: its side of the table of one
//! component, which belongs to the thread. What a host refuses ends the test, as does a task that
//! was woken for an event that somebody took away. What tests do for the host is here, and the
//! built-ins are beside it. This module must allow nothing that a host refuses.

mod built_in;
mod calls;
mod channel;
mod sets;
mod table;

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::thread_local;
use std::vec::Vec;

use crate::canonical::Pair;
use crate::trap;

pub use built_in::*;
pub use calls::{call, come, subtask_cancel, subtask_drop};
pub use sets::{deliver, join, set_drop, set_new, set_poll, wait};

use calls::Call;
use channel::{Channel, End, Side};
use sets::Set;

#[derive(Debug, Default)]
struct Host {
    channels: Vec<Channel>,
    /// The channel and side of each handle.
    ends: BTreeMap<u32, (usize, Side)>,
    sets: BTreeMap<u32, Set>,
    /// Calls of the host that go on, or have returned.
    calls: BTreeMap<u32, Call>,
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

fn with<T>(act: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with(|host| act(&mut host.borrow_mut()))
}

/// Empties the table.
pub fn reset() {
    with(|host| *host = Host::default());
}

/// How many handles there are.
pub fn count() -> usize {
    with(|host| host.ends.len())
}

/// Gives a stream that the host writes: its number, and the readable end.
pub fn host_stream() -> (usize, u32) {
    with(|host| {
        let channel = host.new_channel(false);
        (channel, host.insert(channel, Side::Read))
    })
}

/// The host writes to its stream.
pub fn feed(channel: usize, bytes: &[u8]) {
    with(|host| {
        host.channels[channel].fed.extend(bytes);
        host.wake(channel);
    });
}

/// The host ends its side of a stream.
pub fn hang_up(channel: usize) {
    with(|host| {
        let ends = &mut host.channels[channel];
        let end = if ends.write.handle == 0 && ends.read.handle != 0 {
            &mut ends.write
        } else {
            &mut ends.read
        };
        end.gone = true;
        host.wake(channel);
    });
}

/// The host gets a readable end of the component.
pub fn pass(handle: u32) -> usize {
    with(|host| {
        let channel = host.remove(handle, Side::Read, false);
        let end = &mut host.channels[channel].read;
        if end.done || end.set != 0 {
            trap()
        }
        *end = End::default();
        channel
    })
}

/// The host takes up to so many bytes more.
pub fn take(channel: usize, count: usize) {
    with(|host| {
        host.channels[channel].room += count;
        host.wake(channel);
    });
}

/// What the host took, and whether the other side is gone.
pub fn taken(channel: usize) -> (Vec<u8>, bool) {
    with(|host| {
        let channel = &host.channels[channel];
        (channel.taken.clone(), channel.write.gone)
    })
}

/// Both ends in the number that a built-in returns, the readable one first.
pub fn ends(pair: u64) -> (u32, u32) {
    let Pair { readable, writable } = Pair::unpack(pair);
    (readable, writable)
}
