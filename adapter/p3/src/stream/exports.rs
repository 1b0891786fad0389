//! What the glue calls in place of built-ins of streams, futures and waitables, and around waits.
//! The names are those of `wasi_virt_layout::abi::stream`.

use wasi_virt_adapter_core::App;
use wasi_virt_adapter_core::places::Place;
use wasi_virt_adapter_core::streams::Of;
use wasi_virt_layout::abi::stream::{BLOCKED, NOT_OURS};

use super::STREAMS;

/// The set to wait on, and where the host writes.
fn wait((set, area): (u32, Place)) -> u64 {
    u64::from(area.address()) << 32 | u64::from(set)
}

fn status(status: Option<u32>) -> i32 {
    status.map_or(NOT_OURS, u32::cast_signed)
}

raw_exports! {
    "[stream-u8]read" fn u8_read(context: u32, end: u32, at: u32, count: u32) -> u32 {
        STREAMS.read_bytes(App::new(context), end, at, count)
    }
    "[stream-u8]drop-readable" fn u8_drop_readable(end: u32) -> u32 {
        STREAMS.drop_readable(end).into()
    }
    "[stream-u8]new" fn u8_new(ends: u64) {
        STREAMS.made(ends);
    }
    "[stream-u8]held" fn u8_held(end: u32) -> u32 {
        STREAMS.holds(end).into()
    }
    "[stream-u8]captured" fn u8_captured(end: u32) -> u32 {
        STREAMS.is_captured(end).into()
    }
    "[stream-u8]write" fn u8_write(context: u32, end: u32, at: u32, count: u32) -> u32 {
        STREAMS.write(App::new(context), end, at, count)
    }
    "[stream-u8]blocked" fn u8_blocked(end: u32) {
        STREAMS.blocked(end);
    }
    "[stream-u8]drop-writable" fn u8_drop_writable(end: u32) -> u32 {
        STREAMS.drop_writable(end).into()
    }
    "[stream-u8]lower" fn u8_lower(end: u32) -> u32 {
        STREAMS.lower(end)
    }
    "[stream-entry]read" fn entry_read(context: u32, end: u32, at: u32, count: u32) -> u32 {
        STREAMS.read_entries(App::new(context), end, at, count)
    }
    "[stream-entry]drop-readable" fn entry_drop_readable(end: u32) -> u32 {
        STREAMS.drop_entries(end).into()
    }
    "[stream-entry]lower" fn entry_lower(end: u32, own: u32) -> u32 {
        STREAMS.lower_entries(end, App::new(own))
    }
    "[future-fs]read" fn fs_read(context: u32, end: u32, at: u32) -> i32 {
        status(STREAMS.read_future(Of::Fs, App::new(context), end, at))
    }
    "[future-fs]cancel-read" fn fs_cancel_read(end: u32) -> i32 {
        status(STREAMS.cancel_future(Of::Fs, end))
    }
    "[future-fs]cancel-read-sync" fn fs_cancel_read_sync(end: u32) -> i32 {
        status(STREAMS.cancel_future_sync(Of::Fs, end))
    }
    "[future-fs]drop-readable" fn fs_drop_readable(end: u32) -> u32 {
        STREAMS.drop_future(Of::Fs, end).into()
    }
    "[future-fs]lower" fn fs_lower(end: u32, own: u32) -> u32 {
        STREAMS.lower_future(Of::Fs, end, App::new(own))
    }
    "[future-cli]read" fn cli_read(context: u32, end: u32, at: u32) -> i32 {
        status(STREAMS.read_future(Of::Cli, App::new(context), end, at))
    }
    "[future-cli]cancel-read" fn cli_cancel_read(end: u32) -> i32 {
        status(STREAMS.cancel_future(Of::Cli, end))
    }
    "[future-cli]cancel-read-sync" fn cli_cancel_read_sync(end: u32) -> i32 {
        status(STREAMS.cancel_future_sync(Of::Cli, end))
    }
    "[future-cli]drop-readable" fn cli_drop_readable(end: u32) -> u32 {
        STREAMS.drop_future(Of::Cli, end).into()
    }
    "[future-cli]lower" fn cli_lower(end: u32, own: u32) -> u32 {
        STREAMS.lower_future(Of::Cli, end, App::new(own))
    }
    "[waitable]join" fn join(waitable: u32, set: u32) -> u32 {
        STREAMS.join(waitable, set).into()
    }
    "[waitable]joined" fn joined(waitable: u32) -> u32 {
        STREAMS.is_joined(waitable).into()
    }
    "[waitable]gone" fn gone(waitable: u32) -> u32 {
        STREAMS.gone(waitable).into()
    }
    "[waitable-set]drop" fn set_drop(set: u32) {
        STREAMS.forget(set);
    }
    "[waitable-set]poll" fn set_poll(set: u32) {
        STREAMS.poll_set(set);
    }
    "[future]held" fn unit_held(end: u32) -> u32 {
        STREAMS.holds_future(end).into()
    }
    "[future]lower" fn unit_lower(end: u32) -> u32 {
        STREAMS.lower_unit(end)
    }
    "[pump]wait" fn pump_wait(set: u32) {
        STREAMS.wait(set);
    }
    "[pump]event" fn pump_event(number: u32, waitable: u32, code: u32) -> i32 {
        STREAMS.event(number, waitable, code)
    }
    "[pump]poll" fn pump_poll() {
        STREAMS.poll();
    }
    "[pump]yield" fn pump_yield() {
        STREAMS.yields();
    }
    "[pump]exit" fn pump_exit() -> i32 {
        STREAMS.exit()
    }
    "[pump]block" fn pump_block(set: u32) {
        STREAMS.block(set);
    }
    "[pump]woken" fn pump_woken(set: u32, number: u32, waitable: u32, code: u32) -> u32 {
        STREAMS.woken(set, number, waitable, code).into()
    }
    "[pump]until" fn pump_until(call: u32) -> u64 {
        wait(STREAMS.until(call))
    }
    "[pump]until-done" fn pump_until_done(waitable: u32) -> u64 {
        wait(STREAMS.until_done(waitable))
    }
    "[pump]came" fn pump_came(set: u32, number: u32) -> i32 {
        STREAMS.came(set, number).map_or(BLOCKED, u32::cast_signed)
    }
    "[place]new" fn place_new() -> u32 {
        Place::new().address()
    }
    "[place]take" fn place_take(address: u32) -> u64 {
        // SAFETY: the glue has the address from `[place]new`, and takes it once, when the call that
        // was given it has returned.
        unsafe { Place::at(address).take() }
    }
}
