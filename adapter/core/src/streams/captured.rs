//! Streams that the application made itself. While nothing is known of one but its ends, its
//! readable end can be *captured*: what the application writes goes to the adapter at once. This
//! module must forget a pair as soon as one of its ends may be somebody else's.

use super::target::Target;
use super::{Streams, Types, limit};
use crate::app::App;
use crate::canonical::{self, Pair, Status};
use crate::trap;

/// A stream whose readable end the adapter took, before the application wrote to it.
pub(super) struct Capture {
    pub(super) pair: Pair,
    /// Where bytes go; nothing: the application knows that nobody reads them.
    target: Option<Target>,
    /// The future of what comes of it.
    future: u64,
}

impl Capture {
    pub(super) fn new(pair: Pair, target: Target, future: u64) -> Self {
        Capture {
            pair,
            target: Some(target),
            future,
        }
    }
}

impl<T: Types> Streams<T> {
    /// Notes both ends of a stream that the host made for the application.
    pub fn made(&self, ends: u64) {
        let pair = Pair::unpack(ends);
        self.with(|state| {
            // What had the numbers before is gone.
            state
                .pairs
                .retain(|other| other.readable != pair.readable && other.writable != pair.writable);
            // A stream that is not known is drained, which is slower.
            if state.pairs.try_reserve(1).is_ok() {
                state.pairs.push(pair);
            }
        });
    }

    /// The host blocked an operation on this end. Whoever takes the readable end must read what was
    /// written, and the host refuses where it is read.
    pub fn blocked(&self, end: u32) {
        self.with(|state| {
            let has_end = |pair: &Pair| pair.writable == end || pair.readable == end;
            state.pairs.retain(|pair| !has_end(pair));
        });
    }

    /// Whether the adapter holds this real end, with which the application must do nothing.
    pub fn holds(&self, end: u32) -> bool {
        self.with(|state| state.holds(end))
    }

    /// A real readable end leaves the application's hands.
    pub(super) fn give_up(&self, readable: u32) {
        self.with(|state| {
            if state.holds(readable) {
                trap()
            }
            state.pairs.retain(|pair| pair.readable != readable);
        });
    }

    /// Whether what is written to this end goes to the adapter.
    pub fn is_captured(&self, writable: u32) -> bool {
        self.with(|state| {
            if state.holds(writable) {
                trap()
            }
            state
                .captures
                .iter()
                .any(|one| one.pair.writable == writable)
        })
    }

    /// Writes to a captured end: the built-in `stream.write`. What does not fit is told with the
    /// next write, as the host does.
    pub fn write(&self, app: App, writable: u32, at: u32, count: u32) -> u32 {
        limit(count);
        // Nothing has no place.
        let bytes = app.bytes(if count == 0 { 0 } else { at }, count);
        let (target, future) = self.with(|state| {
            let one = state
                .captures
                .iter()
                .find(|one| one.pair.writable == writable);
            one.map_or_else(|| trap(), |one| (one.target, one.future))
        });
        // The application knows.
        let Some(mut target) = target else { trap() };
        let written = if bytes.is_empty() {
            Ok(0)
        } else {
            target.write_app(bytes)
        };
        self.with(|state| {
            let mut captures = state.captures.iter_mut();
            if let Some(one) = captures.find(|one| one.pair.writable == writable) {
                one.target = written.is_ok().then_some(target);
            }
        });
        let status = match written {
            Ok(count) => Status::Completed(count),
            Err(error) => {
                target.close();
                self.resolve(future, Err(error));
                Status::Dropped(0)
            }
        };
        status.pack()
    }

    /// Drops a writable end: the built-in `stream.drop-writable`. False: the host's.
    pub fn drop_writable(&self, writable: u32) -> bool {
        let capture = self.with(|state| {
            if state.holds(writable) {
                trap()
            }
            state.pump.join(writable, 0);
            state.pairs.retain(|pair| pair.writable != writable);
            let mut captures = state.captures.iter();
            let at = captures.position(|one| one.pair.writable == writable)?;
            Some(state.captures.swap_remove(at))
        });
        let Some(capture) = capture else {
            return false;
        };
        // In this order: the end that the application may wait for must not see the other one go.
        canonical::stream_drop_writable(capture.pair.writable);
        canonical::stream_drop_readable(capture.pair.readable);
        if let Some(target) = capture.target {
            target.close();
            self.resolve(capture.future, Ok(()));
        }
        true
    }
}
