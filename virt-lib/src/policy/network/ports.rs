//! Ports in a rule: one, a range, or all. This module must never know a protocol's ports.

use super::faults::Faults;
use wasi_virt_net::Ports;

/// Whether port 0 can be meant: only a program that listens can ask for any free port.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Zero {
    Meant,
    Never,
}

/// Reads `443`, `8000-8099` or `*`.
pub(super) fn read(text: &str, zero: Zero, faults: &mut Faults) -> Option<Ports> {
    if text == "*" {
        return Some(Ports::ALL);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (Some(first), Some(last)) = (number(first), number(last)) else {
        return faults.lost(match text.contains(',') {
            true => "a rule has one port or one range; write a rule for each".to_string(),
            false => format!(
                "`{}` is no port; ports are a number, a range such as `8000-8099`, or `*`",
                text.escape_debug()
            ),
        });
    };
    let (mut first, mut last) = (first, last);
    if first > last {
        faults.mended("the range ends before it begins");
        (first, last) = (last, first);
    }
    let most = u32::from(u16::MAX);
    if first > most {
        return faults.lost("the last port is 65535");
    }
    if last > most {
        faults.mended("the last port is 65535");
        last = most;
    }
    if first == 0 && zero == Zero::Never {
        if last == 0 {
            return faults.lost("nothing can be reached on port 0");
        }
        faults.mended("nothing can be reached on port 0");
        first = 1;
    }
    Some(Ports {
        first: u16::try_from(first).ok()?,
        last: u16::try_from(last).ok()?,
    })
}

/// A number in decimal digits; one that is larger than any port if it is too long.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

/// The ports as a rule spells them.
pub(super) fn print(ports: Ports) -> String {
    match ports {
        Ports::ALL => "*".into(),
        Ports { first, last } if first == last => first.to_string(),
        Ports { first, last } => format!("{first}-{last}"),
    }
}
