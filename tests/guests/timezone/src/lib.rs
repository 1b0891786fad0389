//! A library component that asks for the time zone, by WASI 0.2. It must not use std's input and
//! output, so that nothing else is imported.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

use bindings::wasi::clocks::timezone::{Datetime, display, utc_offset};

struct Library;

/// `display SECONDS` and `utc-offset SECONDS`, each with the number of seconds since 1970.
impl bindings::exports::test::probe::api::Guest for Library {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script.lines().map(str::trim) {
            let (verb, seconds) = line.split_once(' ').expect("a verb and seconds");
            let when = Datetime {
                seconds: seconds.parse().expect("seconds"),
                nanoseconds: 999_999_999,
            };
            let answer = match verb {
                "display" => {
                    let zone = display(when);
                    let (offset, name) = (zone.utc_offset, zone.name);
                    format!("{offset} {name:?} {}", zone.in_daylight_saving_time)
                }
                "utc-offset" => utc_offset(when).to_string(),
                other => panic!("no command {other:?}"),
            };
            out.push_str(&format!("{line}: {answer}\n"));
        }
        out
    }
}

bindings::export!(Library with_types_in bindings);
