//! The handles of ends, and operations on them. This module must trap for every handle that is of
//! another kind.

use super::Host;
use super::channel::{Channel, End, Side};
use crate::canonical::Status;
use crate::trap;

impl Host {
    /// A number that stands for nothing.
    pub(super) fn free(&self) -> u32 {
        let is_free = |handle: &u32| {
            !self.ends.contains_key(handle)
                && !self.sets.contains_key(handle)
                && !self.calls.contains_key(handle)
        };
        (1..).find(is_free).expect("a number")
    }

    pub(super) fn insert(&mut self, channel: usize, side: Side) -> u32 {
        let handle = self.free();
        self.ends.insert(handle, (channel, side));
        self.channels[channel].end(side).handle = handle;
        handle
    }

    pub(super) fn get(
        &mut self,
        handle: u32,
        side: Side,
        is_future: bool,
    ) -> (usize, &mut Channel) {
        match self.ends.get(&handle) {
            Some((at, found)) if *found == side && self.channels[*at].is_future == is_future => {
                (*at, &mut self.channels[*at])
            }
            _ => trap(),
        }
    }

    /// Wakes those that wait for what happened to a channel.
    pub(super) fn wake(&mut self, channel: usize) {
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

    pub(super) fn operate(
        &mut self,
        handle: u32,
        side: Side,
        is_future: bool,
        at: usize,
        len: u32,
    ) -> u32 {
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

    pub(super) fn remove(&mut self, handle: u32, side: Side, is_future: bool) -> usize {
        let (number, channel) = self.get(handle, side, is_future);
        if channel.end(side).pending.is_some() {
            trap()
        }
        self.ends.remove(&handle);
        number
    }

    pub(super) fn drop_end(&mut self, handle: u32, side: Side, is_future: bool) {
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

    pub(super) fn new_channel(&mut self, is_future: bool) -> usize {
        self.channels.push(Channel {
            is_future,
            ..Channel::default()
        });
        self.channels.len() - 1
    }

    pub(super) fn new_pair(&mut self, is_future: bool) -> u64 {
        let channel = self.new_channel(is_future);
        let readable = self.insert(channel, Side::Read);
        let writable = self.insert(channel, Side::Write);
        u64::from(writable) << 32 | u64::from(readable)
    }
}
