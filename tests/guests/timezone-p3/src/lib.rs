//! A library component that asks for the time zone, by WASI 0.3. It must not use std's input and
//! output, so that nothing else is imported.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

use bindings::wasi::clocks::timezone::{Instant, iana_id, to_debug_string, utc_offset};

struct Library;

/// `iana-id`, `debug`, and `utc-offset SECONDS` with the number of seconds since 1970.
impl bindings::exports::test::probe::api::Guest for Library {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script.lines().map(str::trim) {
            let (verb, seconds) = line.split_once(' ').unwrap_or((line, "0"));
            let answer = match verb {
                "iana-id" => format!("{:?}", iana_id()),
                "debug" => format!("{:?}", to_debug_string()),
                "utc-offset" => {
                    let when = Instant {
                        seconds: seconds.parse().expect("seconds"),
                        nanoseconds: 999_999_999,
                    };
                    format!("{:?}", utc_offset(when))
                }
                other => panic!("no command {other:?}"),
            };
            out.push_str(&format!("{line}: {answer}\n"));
        }
        out
    }
}

bindings::export!(Library with_types_in bindings);
