//! Streams, futures and sets of waitables as a host has them: its side of the table of one
//! component, which belongs to the thread. What a host refuses ends the test, as does a task that
//! was woken for an event that somebody took away.

use core::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::thread_local;
use std::vec::Vec;

use crate::canonical::{Event, Pair, Status};
use crate::trap;

/// The side of a stream or future that reads, or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Read,
    Write,
}

impl Side {
    fn other(self) -> Side {
        match self {
            Side::Read => Side::Write,
            Side::Write => Side::Read,
        }
    }
}

/// One end.
#[derive(Debug, Default)]
struct End {
    /// Zero: it is not in the component.
    handle: u32,
    set: u32,
    /// Where the bytes of an operation are, how many are left, and how many were moved.
    pending: Option<(usize, u32, u32)>,
    /// Whether there is an event, or would be.
    ready: bool,
    /// Whether nothing may be done with it any more.
    done: bool,
    gone: bool,
}

/// A stream or future.
#[derive(Debug, Default)]
struct Channel {
    is_future: bool,
    read: End,
    write: End,
    /// What the host wrote and nobody read.
    fed: VecDeque<u8>,
    /// How many bytes the host takes.
    room: usize,
    /// What the host took.
    taken: Vec<u8>,
}

#[derive(Debug, Default)]
struct Set {
    waiting: bool,
    woken: bool,
}

#[derive(Debug, Default)]
struct Host {
    channels: Vec<Channel>,
    /// The channel and side of each handle.
    ends: BTreeMap<u32, (usize, Side)>,
    sets: BTreeMap<u32, Set>,
    /// Calls of the host that go on, or have returned.
    calls: BTreeMap<u32, Call>,
}

/// A call of the host.
#[derive(Debug, Default)]
struct Call {
    set: u32,
    /// The state of which there is an event.
    event: Option<u32>,
    /// The state that the component knows.
    known: u32,
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

fn with<T>(act: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with(|host| act(&mut host.borrow_mut()))
}

impl Channel {
    fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    /// Moves what both sides have.
    fn meet(&mut self) {
        if self.write.handle == 0
            && let Some((at, left, moved)) = self.read.pending
        {
            let count = self.fed.len().min(left as usize);
            let bytes: Vec<u8> = self.fed.drain(..count).collect();
            // SAFETY: the reader lends these bytes until the read is over.
            unsafe { (at as *mut u8).copy_from(bytes.as_ptr(), count) };
            let count = count as u32;
            self.read.pending = Some((at + count as usize, left - count, moved + count));
            self.read.ready |= count > 0 || left == 0;
        }
        if self.read.handle == 0
            && !self.read.gone
            && let Some((at, left, moved)) = self.write.pending
        {
            let count = self.room.min(left as usize);
            // SAFETY: the writer lends these bytes until the write is over.
            let bytes = unsafe { core::slice::from_raw_parts(at as *const u8, count) };
            self.taken.extend_from_slice(bytes);
            self.room -= count;
            let count = count as u32;
            self.write.pending = Some((at + count as usize, left - count, moved + count));
            self.write.ready |= count > 0 || left == 0;
        }
        if let (Some((to, wanted, read)), Some((from, left, written))) =
            (self.read.pending, self.write.pending)
        {
            let count = wanted.min(left);
            if !self.is_future {
                // SAFETY: both sides lend these bytes until their operations are over.
                unsafe { (to as *mut u8).copy_from(from as *const u8, count as usize) };
            }
            let bytes = count as usize;
            self.read.pending = Some((to + bytes, wanted - count, read + count));
            self.write.pending = Some((from + bytes, left - count, written + count));
            self.read.ready |= left > 0;
            self.write.ready |= left == 0 || wanted > 0;
        }
        for side in [Side::Read, Side::Write] {
            let is_alone = self.end(side.other()).gone;
            let end = self.end(side);
            end.ready |= is_alone && !end.done;
        }
    }

    /// What an operation came to, which is over then.
    fn take(&mut self, side: Side) -> Status {
        let is_future = self.is_future;
        let is_alone = self.end(side.other()).gone;
        let has_more = side == Side::Read && !self.fed.is_empty();
        let end = self.end(side);
        let moved = end.pending.take().map_or(0, |pending| pending.2);
        end.ready = false;
        if is_future {
            end.done = true;
            return if moved == 0 {
                Status::Dropped(0)
            } else {
                Status::Completed(0)
            };
        }
        end.done = is_alone && !has_more;
        if end.done {
            Status::Dropped(moved)
        } else {
            Status::Completed(moved)
        }
    }
}

impl Host {
    /// A number that stands for nothing.
    fn free(&self) -> u32 {
        let is_free = |handle: &u32| {
            !self.ends.contains_key(handle)
                && !self.sets.contains_key(handle)
                && !self.calls.contains_key(handle)
        };
        (1..).find(is_free).expect("a number")
    }

    fn insert(&mut self, channel: usize, side: Side) -> u32 {
        let handle = self.free();
        self.ends.insert(handle, (channel, side));
        self.channels[channel].end(side).handle = handle;
        handle
    }

    fn get(&mut self, handle: u32, side: Side, is_future: bool) -> (usize, &mut Channel) {
        match self.ends.get(&handle) {
            Some((at, found)) if *found == side && self.channels[*at].is_future == is_future => {
                (*at, &mut self.channels[*at])
            }
            _ => trap(),
        }
    }

    /// Wakes those that wait for what happened to a channel.
    fn wake(&mut self, channel: usize) {
        self.channels[channel].meet();
        for side in [Side::Read, Side::Write] {
            let end = self.channels[channel].end(side);
            if end.ready
                && let Some(set) = self.sets.get_mut(&end.set)
            {
                set.woken |= core::mem::take(&mut set.waiting);
            }
        }
    }

    fn operate(&mut self, handle: u32, side: Side, is_future: bool, at: usize, len: u32) -> u32 {
        let (number, channel) = self.get(handle, side, is_future);
        let end = channel.end(side);
        if end.done || end.pending.is_some() {
            trap()
        }
        end.pending = Some((at, len, 0));
        end.ready = false;
        self.wake(number);
        let channel = &mut self.channels[number];
        if channel.end(side).ready {
            channel.take(side).pack()
        } else {
            Status::Blocked.pack()
        }
    }

    fn remove(&mut self, handle: u32, side: Side, is_future: bool) -> usize {
        let (number, channel) = self.get(handle, side, is_future);
        if channel.end(side).pending.is_some() {
            trap()
        }
        self.ends.remove(&handle);
        number
    }

    fn drop_end(&mut self, handle: u32, side: Side, is_future: bool) {
        let number = self.remove(handle, side, is_future);
        let end = self.channels[number].end(side);
        if is_future && side == Side::Write && !end.done {
            trap()
        }
        *end = End {
            gone: true,
            ..End::default()
        };
        self.wake(number);
    }

    fn ready(&mut self, set: u32) -> Option<(u32, usize, Side)> {
        let ends = self.ends.iter().map(|(handle, at)| (*handle, at.0, at.1));
        let mut ends = ends.collect::<Vec<_>>().into_iter();
        ends.find(|(_, channel, side)| {
            let end = self.channels[*channel].end(*side);
            end.set == set && end.ready
        })
    }

    /// Wakes the task that waits on a set, if there is an event.
    fn wake_set(&mut self, set: u32) {
        let is_ready = self.has_event(set);
        if let Some(set) = self.sets.get_mut(&set).filter(|_| is_ready) {
            set.woken |= core::mem::take(&mut set.waiting);
        }
    }

    fn has_event(&mut self, set: u32) -> bool {
        let mut calls = self.calls.values();
        calls.any(|call| call.set == set && call.event.is_some()) || self.ready(set).is_some()
    }

    fn event(&mut self, set: u32) -> Option<Event> {
        for (waitable, call) in self.calls.iter_mut().filter(|(_, call)| call.set == set) {
            if let Some(code) = call.event.take() {
                call.known = code;
                return Some(Event {
                    number: Event::SUBTASK,
                    waitable: *waitable,
                    code,
                });
            }
        }
        let (waitable, channel, side) = self.ready(set)?;
        let channel = &mut self.channels[channel];
        let number = match (channel.is_future, side) {
            (false, Side::Read) => 2,
            (false, Side::Write) => 3,
            (true, Side::Read) => 4,
            (true, Side::Write) => 5,
        };
        let code = channel.take(side).pack();
        Some(Event {
            number,
            waitable,
            code,
        })
    }

    fn new_channel(&mut self, is_future: bool) -> usize {
        self.channels.push(Channel {
            is_future,
            ..Channel::default()
        });
        self.channels.len() - 1
    }

    fn new_pair(&mut self, is_future: bool) -> u64 {
        let channel = self.new_channel(is_future);
        let readable = self.insert(channel, Side::Read);
        let writable = self.insert(channel, Side::Write);
        u64::from(writable) << 32 | u64::from(readable)
    }
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

/// A task begins to wait on a set.
pub fn wait(set: u32) {
    with(|host| {
        let is_ready = host.has_event(set);
        let Some(set) = host.sets.get_mut(&set) else {
            trap()
        };
        (set.waiting, set.woken) = (!is_ready, is_ready);
    });
}

/// The event for which the task that waits on a set was woken: its number, waitable and code.
pub fn deliver(set: u32) -> Option<(u32, u32, u32)> {
    with(|host| {
        let woken = host.sets.get_mut(&set).map(|set| &mut set.woken);
        if !woken.is_some_and(core::mem::take) {
            return None;
        }
        let event = host.event(set).expect("the event for which it was woken");
        Some((event.number, event.waitable, event.code))
    })
}

/// The built-in of this name: nothing is in the set.
pub fn set_drop(set: u32) {
    with(|host| {
        let is_empty = host
            .channels
            .iter()
            .all(|channel| channel.read.set != set && channel.write.set != set)
            && host.calls.values().all(|call| call.set != set);
        match host.sets.remove(&set) {
            Some(dropped) if is_empty && !dropped.waiting => {}
            _ => trap(),
        }
    });
}

/// The built-in of this name.
pub fn stream_new() -> u64 {
    with(|host| host.new_pair(false))
}

/// The built-in of this name.
///
/// # Safety
///
/// Until the read is over, nobody else uses `len` bytes at `into`.
pub unsafe fn stream_read(end: u32, into: *mut u8, len: u32) -> u32 {
    with(|host| host.operate(end, Side::Read, false, into.expose_provenance(), len))
}

/// The built-in of this name.
///
/// # Safety
///
/// Until the write is over, nobody changes `len` bytes at `from`.
pub unsafe fn stream_write(end: u32, from: *const u8, len: u32) -> u32 {
    with(|host| host.operate(end, Side::Write, false, from.expose_provenance(), len))
}

/// The built-in of this name.
pub fn stream_drop_readable(end: u32) {
    with(|host| host.drop_end(end, Side::Read, false));
}

/// The built-in of this name.
pub fn stream_drop_writable(end: u32) {
    with(|host| host.drop_end(end, Side::Write, false));
}

/// The built-in of this name.
pub fn future_new() -> u64 {
    with(|host| host.new_pair(true))
}

/// The built-in of this name.
pub fn future_read(end: u32, _: u32) -> u32 {
    with(|host| host.operate(end, Side::Read, true, 0, 1))
}

/// The built-in of this name.
pub fn future_write(end: u32, _: u32) -> u32 {
    with(|host| host.operate(end, Side::Write, true, 0, 1))
}

/// The built-in of this name, which waits.
pub fn future_cancel_read(end: u32) -> u32 {
    with(|host| {
        let (_, channel) = host.get(end, Side::Read, true);
        if channel.read.set != 0 || channel.read.pending.is_none() {
            trap()
        }
        if channel.read.ready {
            return channel.take(Side::Read).pack();
        }
        channel.read.pending = None;
        Status::Cancelled(0).pack()
    })
}

/// The built-in of this name.
pub fn future_drop_readable(end: u32) {
    with(|host| host.drop_end(end, Side::Read, true));
}

/// The built-in of this name.
pub fn future_drop_writable(end: u32) {
    with(|host| host.drop_end(end, Side::Write, true));
}

/// The built-in of this name: entries count as bytes do.
pub fn entry_new() -> u64 {
    stream_new()
}

/// The built-in of this name.
///
/// # Safety
///
/// Until the write is over, nobody changes `count` entries at `from`.
pub unsafe fn entry_write(end: u32, from: *const u8, count: u32) -> u32 {
    // SAFETY: as the caller says.
    unsafe { stream_write(end, from, count) }
}

/// The built-in of this name.
pub fn entry_drop_writable(end: u32) {
    stream_drop_writable(end);
}

/// The built-in of this name.
pub fn fs_new() -> u64 {
    future_new()
}

/// The built-in of this name, of whose value nothing is known here.
///
/// # Safety
///
/// None is needed.
pub unsafe fn fs_write(end: u32, _: *const u8) -> u32 {
    future_write(end, 0)
}

/// The built-in of this name.
pub fn fs_drop_writable(end: u32) {
    future_drop_writable(end);
}

/// The built-in of this name.
pub fn cli_new() -> u64 {
    future_new()
}

/// The built-in of this name, of whose value nothing is known here.
///
/// # Safety
///
/// None is needed.
pub unsafe fn cli_write(end: u32, _: *const u8) -> u32 {
    future_write(end, 0)
}

/// The built-in of this name.
pub fn cli_drop_writable(end: u32) {
    future_drop_writable(end);
}

/// The built-in of this name.
pub fn http_new() -> u64 {
    future_new()
}

/// The built-in of this name, of whose value nothing is known here.
///
/// # Safety
///
/// None is needed.
pub unsafe fn http_write(end: u32, _: *const u8) -> u32 {
    future_write(end, 0)
}

/// The built-in of this name.
pub fn http_drop_readable(end: u32) {
    future_drop_readable(end);
}

/// The built-in of this name.
pub fn http_drop_writable(end: u32) {
    future_drop_writable(end);
}

/// The built-in of this name.
pub fn set_new() -> u32 {
    with(|host| {
        // A number that no end gets.
        let last = host.sets.last_key_value().map_or(1000, |(set, _)| *set);
        let set = last + 1;
        host.sets.insert(set, Set::default());
        set
    })
}

/// The built-in of this name.
///
/// # Safety
///
/// There is room for two numbers at `into`.
pub unsafe fn set_poll(set: u32, into: *mut [u32; 2]) -> u32 {
    with(|host| {
        match host.sets.get(&set) {
            Some(found) if !found.waiting && !found.woken => {}
            _ => trap(),
        }
        host.event(set).map_or(Event::NONE, |event| {
            // SAFETY: as the caller says.
            unsafe { into.write([event.waitable, event.code]) };
            event.number
        })
    })
}

/// The built-in of this name.
pub fn join(waitable: u32, set: u32) {
    with(|host| {
        if set != 0 && !host.sets.contains_key(&set) {
            trap()
        }
        if let Some(call) = host.calls.get_mut(&waitable) {
            call.set = set;
            return host.wake_set(set);
        }
        let Some((channel, side)) = host.ends.get(&waitable).copied() else {
            trap()
        };
        host.channels[channel].end(side).set = set;
        host.wake(channel);
    });
}

/// Tells the log, which there is none of.
pub fn ended(_: u32, _: u32, _: u32) {}

/// A call of the host that goes on.
pub fn call() -> u32 {
    with(|host| {
        let call = host.free();
        host.calls.insert(call, Call::default());
        call
    })
}

/// A call of the host comes to a state.
pub fn come(call: u32, state: u32) {
    with(|host| {
        let Some(call) = host.calls.get_mut(&call) else {
            trap()
        };
        call.event = Some(state);
        let set = call.set;
        host.wake_set(set);
    });
}

/// The built-in of this name.
pub fn subtask_drop(call: u32) {
    with(|host| match host.calls.remove(&call) {
        Some(call) if call.known >= 2 && call.event.is_none() => {}
        _ => trap(),
    });
}

/// Both ends in the number that a built-in returns, the readable one first.
pub fn ends(pair: u64) -> (u32, u32) {
    let Pair { readable, writable } = Pair::unpack(pair);
    (readable, writable)
}
