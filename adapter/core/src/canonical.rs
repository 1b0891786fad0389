//! The adapter's own canonical built-ins: streams of bytes, futures without a payload, what it
//! writes for others, and sets of waitables, in the component's table and with the adapter's
//! memory. The names of the imports are those of `wasi_virt_layout::abi::stream::built_in`. This
//! module must only call them.

#[cfg(not(target_arch = "wasm32"))]
use crate::simulated::ends as outside;

#[cfg(target_arch = "wasm32")]
mod outside {
    #[link(wasm_import_module = "async")]
    unsafe extern "C" {
        #[link_name = "stream.new"]
        pub safe fn stream_new() -> u64;
        #[link_name = "stream.read"]
        pub fn stream_read(end: u32, into: *mut u8, len: u32) -> u32;
        #[link_name = "stream.write"]
        pub fn stream_write(end: u32, from: *const u8, len: u32) -> u32;
        #[link_name = "stream.drop-readable"]
        pub safe fn stream_drop_readable(end: u32);
        #[link_name = "stream.drop-writable"]
        pub safe fn stream_drop_writable(end: u32);
        #[link_name = "future.new"]
        pub safe fn future_new() -> u64;
        #[link_name = "future.read"]
        pub safe fn future_read(end: u32, into: u32) -> u32;
        #[link_name = "future.write"]
        pub safe fn future_write(end: u32, from: u32) -> u32;
        #[link_name = "future.cancel-read"]
        pub safe fn future_cancel_read(end: u32) -> u32;
        #[link_name = "future.drop-readable"]
        pub safe fn future_drop_readable(end: u32);
        #[link_name = "future.drop-writable"]
        pub safe fn future_drop_writable(end: u32);
        #[link_name = "stream-entry.new"]
        pub safe fn entry_new() -> u64;
        #[link_name = "stream-entry.write"]
        pub fn entry_write(end: u32, from: *const u8, count: u32) -> u32;
        #[link_name = "stream-entry.drop-writable"]
        pub safe fn entry_drop_writable(end: u32);
        #[link_name = "future-fs.new"]
        pub safe fn fs_new() -> u64;
        #[link_name = "future-fs.write"]
        pub fn fs_write(end: u32, from: *const u8) -> u32;
        #[link_name = "future-fs.drop-writable"]
        pub safe fn fs_drop_writable(end: u32);
        #[link_name = "future-cli.new"]
        pub safe fn cli_new() -> u64;
        #[link_name = "future-cli.write"]
        pub fn cli_write(end: u32, from: *const u8) -> u32;
        #[link_name = "future-cli.drop-writable"]
        pub safe fn cli_drop_writable(end: u32);
        #[cfg(feature = "net")]
        #[link_name = "future-http.new"]
        pub safe fn http_new() -> u64;
        #[cfg(feature = "net")]
        #[link_name = "future-http.write"]
        pub fn http_write(end: u32, from: *const u8) -> u32;
        #[cfg(feature = "net")]
        #[link_name = "future-http.drop-readable"]
        pub safe fn http_drop_readable(end: u32);
        #[cfg(feature = "net")]
        #[link_name = "future-http.drop-writable"]
        pub safe fn http_drop_writable(end: u32);
        #[link_name = "waitable-set.new"]
        pub safe fn set_new() -> u32;
        #[link_name = "waitable-set.poll"]
        pub fn set_poll(set: u32, into: *mut [u32; 2]) -> u32;
        #[link_name = "waitable-set.drop"]
        pub safe fn set_drop(set: u32);
        #[link_name = "waitable.join"]
        pub safe fn join(waitable: u32, set: u32);
        #[link_name = "subtask.drop"]
        pub safe fn subtask_drop(subtask: u32);
        #[cfg(feature = "net")]
        #[link_name = "subtask.cancel"]
        pub safe fn subtask_cancel(subtask: u32) -> u32;
        #[link_name = "log.ended"]
        pub safe fn ended(event: u32, end: u32, payload: u32);
    }
}

use crate::trap;

#[cfg(feature = "net")]
pub(crate) use outside::subtask_cancel;
pub(crate) use outside::{
    cli_drop_writable, entry_drop_writable, fs_drop_writable, future_drop_readable,
    future_drop_writable, join, set_drop, set_new, stream_drop_readable, stream_drop_writable,
    subtask_drop,
};

#[cfg(feature = "net")]
pub(crate) use outside::{http_drop_readable, http_drop_writable};

/// The most elements that one operation moves are fewer than this.
pub(crate) const LIMIT: u32 = 1 << 28;

/// What an operation on an end came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing yet: an event will tell.
    Blocked,
    /// So many elements moved.
    Completed(u32),
    /// So many elements moved, and the other end is gone.
    Dropped(u32),
    /// So many elements moved, and the operation was ended.
    Cancelled(u32),
}

impl Status {
    const BLOCKED: u32 = u32::MAX;

    /// What this number stands for.
    pub(crate) fn unpack(packed: u32) -> Status {
        let count = packed >> 4;
        match (packed, packed & 15) {
            (Status::BLOCKED, _) => Status::Blocked,
            (_, 0) => Status::Completed(count),
            (_, 1) => Status::Dropped(count),
            (_, 2) => Status::Cancelled(count),
            _ => trap(),
        }
    }

    /// The number that stands for it.
    pub(crate) fn pack(self) -> u32 {
        match self {
            Status::Blocked => Status::BLOCKED,
            Status::Completed(count) => count << 4,
            Status::Dropped(count) => count << 4 | 1,
            Status::Cancelled(count) => count << 4 | 2,
        }
    }
}

/// Both ends of a stream or future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) readable: u32,
    pub(crate) writable: u32,
}

impl Pair {
    /// The ends in the number that a built-in returns.
    pub(crate) fn unpack(ends: u64) -> Pair {
        Pair {
            readable: ends as u32,
            writable: (ends >> 32) as u32,
        }
    }
}

/// Makes a stream.
pub(crate) fn stream_new() -> Pair {
    Pair::unpack(outside::stream_new())
}

/// Makes a future.
pub(crate) fn future_new() -> Pair {
    Pair::unpack(outside::future_new())
}

/// Makes a stream of directory entries.
pub(crate) fn entry_new() -> Pair {
    Pair::unpack(outside::entry_new())
}

/// Makes a future of what comes of an operation on files.
pub(crate) fn fs_new() -> Pair {
    Pair::unpack(outside::fs_new())
}

/// Makes a future of what comes of a standard stream.
pub(crate) fn cli_new() -> Pair {
    Pair::unpack(outside::cli_new())
}

/// Makes a future of what becomes of a request.
#[cfg(feature = "net")]
pub(crate) fn http_new() -> Pair {
    Pair::unpack(outside::http_new())
}

/// Writes directory entries.
///
/// # Safety
///
/// Until the write is over, nobody changes `count` entries at `from`, nor what they refer to.
pub(crate) unsafe fn entry_write(end: u32, from: *const u8, count: u32) -> Status {
    // SAFETY: as the caller says.
    Status::unpack(unsafe { outside::entry_write(end, from, count) })
}

/// Writes what comes of an operation on files.
///
/// # Safety
///
/// Until the write is over, nobody changes the result at `from`, nor what it refers to.
pub(crate) unsafe fn fs_write(end: u32, from: *const u8) -> Status {
    // SAFETY: as the caller says.
    Status::unpack(unsafe { outside::fs_write(end, from) })
}

/// Writes what comes of a standard stream.
///
/// # Safety
///
/// Until the write is over, nobody changes the result at `from`.
pub(crate) unsafe fn cli_write(end: u32, from: *const u8) -> Status {
    // SAFETY: as the caller says.
    Status::unpack(unsafe { outside::cli_write(end, from) })
}

/// Writes what became of a request.
///
/// # Safety
///
/// Until the write is over, nobody changes the result at `from`, nor what it refers to.
#[cfg(feature = "net")]
pub(crate) unsafe fn http_write(end: u32, from: *const u8) -> Status {
    // SAFETY: as the caller says.
    Status::unpack(unsafe { outside::http_write(end, from) })
}

/// Reads from a stream.
///
/// # Safety
///
/// Until the read is over, the host alone uses `len` bytes at `into`.
pub(crate) unsafe fn stream_read(end: u32, into: *mut u8, len: u32) -> Status {
    // SAFETY: as the caller says.
    Status::unpack(unsafe { outside::stream_read(end, into, len) })
}

/// Writes to a stream.
///
/// # Safety
///
/// Until the write is over, nobody changes `len` bytes at `from`.
pub(crate) unsafe fn stream_write(end: u32, from: *const u8, len: u32) -> Status {
    // SAFETY: as the caller says.
    Status::unpack(unsafe { outside::stream_write(end, from, len) })
}

/// Reads from a future. What arrives has no bytes.
pub(crate) fn future_read(end: u32) -> Status {
    Status::unpack(outside::future_read(end, 0))
}

/// Writes to a future.
pub(crate) fn future_write(end: u32) -> Status {
    Status::unpack(outside::future_write(end, 0))
}

/// Ends a read of a future.
pub(crate) fn future_cancel_read(end: u32) -> Status {
    Status::unpack(outside::future_cancel_read(end))
}

/// An event: its number, the waitable and a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) number: u32,
    pub(crate) waitable: u32,
    pub(crate) code: u32,
}

impl Event {
    pub(crate) const NONE: u32 = 0;
    pub(crate) const SUBTASK: u32 = 1;
    pub(crate) const STREAM_READ: u32 = 2;
    pub(crate) const STREAM_WRITE: u32 = 3;
    pub(crate) const FUTURE_READ: u32 = 4;
    pub(crate) const FUTURE_WRITE: u32 = 5;
    pub(crate) const CANCELLED: u32 = 6;

    /// Tells the log that an operation of the adapter's has ended.
    pub(crate) fn log(self) {
        outside::ended(self.number, self.waitable, self.code);
    }
}

/// Takes an event of a set, if there is one.
pub(crate) fn set_poll(set: u32) -> Option<Event> {
    let mut area = [0; 2];
    // SAFETY: the area has room for two numbers.
    let number = unsafe { outside::set_poll(set, &raw mut area) };
    let [waitable, code] = area;
    (number != Event::NONE).then_some(Event {
        number,
        waitable,
        code,
    })
}
