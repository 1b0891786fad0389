//! Clocks, sleeping and polling.

use crate::bindings::wasi::cli::stdout;
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::wasi::io::poll::{self, Pollable};
use crate::script::Command;
use std::time::{Duration, Instant, SystemTime};

/// 2024-01-01, before which no honest clock stands.
const PAST: u64 = 1_704_067_200;
const MILLISECOND: u64 = 1_000_000;

pub fn perform(command: &Command) -> Option<String> {
    Some(match command.verb.as_str() {
        "now" => {
            let now = wall_clock::now();
            if now.seconds > PAST && now.nanoseconds < 1_000_000_000 {
                "plausible".into()
            } else {
                format!("{}.{:09}", now.seconds, now.nanoseconds)
            }
        }
        "now-resolution" => {
            let resolution = wall_clock::resolution();
            if resolution.seconds + u64::from(resolution.nanoseconds) > 0 {
                "ok"
            } else {
                "zero"
            }
            .into()
        }
        "monotonic" => {
            let (first, second) = (monotonic_clock::now(), monotonic_clock::now());
            if second >= first {
                "forward"
            } else {
                "backward"
            }
            .into()
        }
        // The number itself, for those who know what it is.
        "monotonic-now" => monotonic_clock::now().to_string(),
        // A timer and a file are waited for together.
        "poll-timer-and-stdout" => {
            let timer = monotonic_clock::subscribe_duration(1_000 * MILLISECOND);
            let stream = stdout::get_stdout();
            let other = stream.subscribe();
            format!("{:?}, {}", poll::poll(&[&timer, &other]), timer.ready())
        }
        // Reads the clock until it has gone on by so many microseconds.
        "spin" => {
            let start = monotonic_clock::now();
            let mut readings = 0_u64;
            while monotonic_clock::now() - start < command.number(0) * 1_000 && readings < 1_000_000
            {
                readings += 1;
            }
            format!("{readings} readings")
        }
        "monotonic-resolution" => if monotonic_clock::resolution() > 0 {
            "ok"
        } else {
            "zero"
        }
        .into(),
        "sleep" => {
            let start = monotonic_clock::now();
            monotonic_clock::subscribe_duration(command.number(0) * MILLISECOND).block();
            elapsed(
                Duration::from_nanos(monotonic_clock::now() - start),
                command.number(0),
            )
        }
        "sleep-until" => {
            let start = monotonic_clock::now();
            monotonic_clock::subscribe_instant(start + command.number(0) * MILLISECOND).block();
            elapsed(
                Duration::from_nanos(monotonic_clock::now() - start),
                command.number(0),
            )
        }
        "poll-timers" => {
            let timers: [Pollable; 3] = [
                monotonic_clock::subscribe_duration(3_600_000 * MILLISECOND),
                monotonic_clock::subscribe_duration(0),
                monotonic_clock::subscribe_duration(7_200_000 * MILLISECOND),
            ];
            let ready = poll::poll(&timers.iter().collect::<Vec<_>>());
            format!("{ready:?}, {} {}", timers[0].ready(), timers[1].ready())
        }
        "std-now" => {
            let now = SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .expect("after 1970");
            if now.as_secs() > PAST {
                "plausible".into()
            } else {
                format!("{now:?}")
            }
        }
        "std-sleep" => {
            let start = Instant::now();
            std::thread::sleep(Duration::from_millis(command.number(0)));
            elapsed(start.elapsed(), command.number(0))
        }
        _ => return None,
    })
}

fn elapsed(took: Duration, asked: u64) -> String {
    let asked = Duration::from_millis(asked);
    if took < asked {
        format!("only {took:?}")
    } else if took > asked + Duration::from_secs(30) {
        format!("as long as {took:?}")
    } else {
        "slept".into()
    }
}
