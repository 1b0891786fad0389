//! A point in time in a policy, and its text. It must never read a clock.

use super::text::as_text;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

/// A point in time from 1970 to 9999, in UTC. Its text is a date of RFC 3339 such as
/// `2024-01-01T00:00:00Z`; a number of seconds since 1970 is also read.
///
/// ```
/// use wasi_virt::Time;
///
/// let time: Time = "2024-01-01T00:00:00.5Z".parse().unwrap();
/// assert_eq!((time.seconds, time.nanoseconds), (1_704_067_200, 500_000_000));
/// assert_eq!("1704067200".parse::<Time>().unwrap().to_string(), "2024-01-01T00:00:00Z");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Seconds since 1970-01-01T00:00:00Z, up to [`Time::LAST`].
    pub seconds: u64,
    /// Nanoseconds into the second, below 1,000,000,000.
    pub nanoseconds: u32,
}

impl Time {
    /// The last second of the year 9999, beyond which dates have no agreed form.
    pub const LAST: u64 = 253_402_300_799;

    /// Whether both numbers are in their ranges.
    pub(crate) fn is_valid(self) -> bool {
        self.seconds <= Self::LAST && self.nanoseconds < 1_000_000_000
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_valid() {
            return write!(f, "{} s {} ns", self.seconds, self.nanoseconds);
        }
        let time = UNIX_EPOCH + Duration::new(self.seconds, self.nanoseconds);
        if self.nanoseconds == 0 {
            humantime::format_rfc3339_seconds(time).fmt(f)
        } else {
            humantime::format_rfc3339_nanos(time).fmt(f)
        }
    }
}

impl FromStr for Time {
    type Err = String;

    /// # Errors
    ///
    /// What to give instead.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let time = if digits {
            text.parse().ok().map(|seconds| Time {
                seconds,
                nanoseconds: 0,
            })
        } else {
            // A date alone is its midnight.
            let midnight = if text.contains('T') { "" } else { "T00:00:00Z" };
            humantime::parse_rfc3339(&format!("{text}{midnight}"))
                .ok()
                .and_then(|date| date.duration_since(UNIX_EPOCH).ok())
                .map(|since| Time {
                    seconds: since.as_secs(),
                    nanoseconds: since.subsec_nanos(),
                })
        };
        time.filter(|time| time.is_valid()).ok_or_else(|| {
            "give seconds since 1970, or a date of 1970 to 9999 in UTC such as `2024-01-01T00:00:00Z`"
                .to_string()
        })
    }
}

as_text!(Time);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn texts_come_back() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59Z",
            "2024-01-01T00:00:00.000000001Z",
            "9999-12-31T23:59:59.999999999Z",
        ] {
            assert_eq!(text.parse::<Time>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_date_alone_is_its_midnight() {
        let time: Time = "2024-02-29".parse().unwrap();
        assert_eq!(time.to_string(), "2024-02-29T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "-1",
            "+1",
            "1.5",
            "253402300800",
            "99999999999999999999999",
            "2024-01-32",
            "2024-1-1",
            "2024-01-01Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00+01:00",
            "1969-12-31T23:59:59Z",
        ] {
            assert!(
                text.parse::<Time>()
                    .unwrap_err()
                    .contains("2024-01-01T00:00:00Z"),
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_out_of_range_have_some_text() {
        let time = Time {
            seconds: u64::MAX,
            nanoseconds: u32::MAX,
        };
        assert!(!time.is_valid());
        assert!(time.to_string().starts_with("18446744073709551615 s"));
    }
}
