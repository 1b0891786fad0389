//! How times, ratios and aims are printed.

/// The one in the middle.
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Nanoseconds, with three digits and a unit.
pub fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ns if ns.abs() < 1e3 => (ns, "ns"),
        ns if ns.abs() < 1e6 => (ns / 1e3, "us"),
        ns if ns.abs() < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    let digits = match value {
        value if value.abs() < 10.0 => 2,
        value if value.abs() < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

/// An aim, and whether a value is within it; nothing without an aim.
pub fn aim(value: f64, aim: Option<f64>) -> String {
    match aim {
        Some(aim) if value <= aim => format!("{aim} met"),
        Some(aim) => format!("{aim} MISSED"),
        None => String::new(),
    }
}
