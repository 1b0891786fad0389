//! `wasi:clocks`, where the clocks are virtual.

use wasi_virt_adapter_core::{clock, exports};

use crate::table::{Pollable, Resource, add};
use crate::types::{Datetime, TimezoneDisplay};

fn timer(instant: u64) -> u32 {
    add(Resource::Pollable(Pollable::Timer(instant))).0
}

exports! {
    "wasi:clocks/wall-clock#now" fn wall_now(app) => Datetime {
        let (seconds, nanoseconds) = clock::wall(clock::read());
        Datetime { seconds, nanoseconds }
    }
    "wasi:clocks/wall-clock#resolution" fn wall_resolution(app) => Datetime {
        Datetime {
            seconds: 0,
            nanoseconds: clock::STEP as u32,
        }
    }
    "wasi:clocks/monotonic-clock#now" fn now(app) -> u64 {
        clock::read()
    }
    "wasi:clocks/monotonic-clock#resolution" fn resolution(app) -> u64 {
        clock::STEP
    }
    "wasi:clocks/monotonic-clock#subscribe-instant" fn subscribe_instant(app, when: u64) -> u32 {
        timer(when)
    }
    "wasi:clocks/monotonic-clock#subscribe-duration" fn subscribe_duration(app, wait: u64) -> u32 {
        timer(clock::elapsed().saturating_add(wait))
    }
    "wasi:clocks/timezone#display"
    fn display(app, _seconds: u64, _nanoseconds: u32) => TimezoneDisplay {
        TimezoneDisplay {
            utc_offset: 0,
            name: clock::ZONE.into(),
            in_daylight_saving_time: false,
        }
    }
    "wasi:clocks/timezone#utc-offset" fn utc_offset(app, _seconds: u64, _nanoseconds: u32) -> i32 {
        0
    }
}
