//! `wasi:clocks`, where the clocks are virtual.

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::{clock, exports};

use crate::types::Instant;

exports! {
    "wasi:clocks/system-clock@0.3#now" fn system_now(app) => Instant {
        let (seconds, nanoseconds) = clock::wall(clock::read());
        Instant {
            seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
            nanoseconds,
        }
    }
    "wasi:clocks/system-clock@0.3#get-resolution" fn system_resolution(app) -> u64 {
        clock::STEP
    }
    "wasi:clocks/monotonic-clock@0.3#now" fn now(app) -> u64 {
        clock::read()
    }
    "wasi:clocks/monotonic-clock@0.3#get-resolution" fn resolution(app) -> u64 {
        clock::STEP
    }
    "wasi:clocks/monotonic-clock@0.3#wait-until" fn wait_until(app, when: u64) -> () {
        clock::wait_until(when);
    }
    "wasi:clocks/monotonic-clock@0.3#wait-for" fn wait_for(app, wait: u64) -> () {
        clock::wait_until(clock::elapsed().saturating_add(wait));
    }
    "wasi:clocks/timezone@0.3#iana-id" fn iana_id(app) => Option<Text> {
        Some(clock::ZONE.into())
    }
    "wasi:clocks/timezone@0.3#utc-offset"
    fn utc_offset(app, _seconds: i64, _nanoseconds: u32) => Option<i64> {
        Some(0)
    }
    "wasi:clocks/timezone@0.3#to-debug-string" fn to_debug_string(app) => Text {
        clock::ZONE.into()
    }
}
