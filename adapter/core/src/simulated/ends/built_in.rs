//! The built-ins of streams and futures. This module must only name what they do.

use super::channel::Side;
use super::with;
use crate::canonical::Status;
use crate::trap;

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

/// Tells the log, which there is none of.
pub fn ended(_: u32, _: u32, _: u32) {}
