//! A policy that lets a component start: what it imports is allowed, and nothing else. Names in a
//! component are anybody's; they only ever stand in comments and texts, escaped.

use super::print::text;
use crate::escape::escape;
use std::fmt::Write;
use wasi_virt::{Import, Inspection};

/// The keys of each subsystem, in the order they are printed.
const KEYS: [(&str, &[(&str, &str)]); 9] = [
    ("env", &[("host-env", "all"), ("host-args", "allow")]),
    ("fs", &[("fs", "allow")]),
    ("clocks", &[("clocks", "allow")]),
    ("random", &[("random", "allow")]),
    ("exit", &[("exit", "allow")]),
    ("sockets", &[("sockets", "allow")]),
    ("http", &[("http", "allow")]),
    ("config", &[("host-config", "all")]),
    ("cli", &[]),
];

/// The standard streams, each with a key of its own.
const STREAMS: [&str; 3] = ["stdin", "stdout", "stderr"];

/// A policy file that lets the component called `name` start, with a comment for each key.
pub fn render_suggestion(inspection: &Inspection, name: &str) -> String {
    let mut out = format!(
        "# What {} imports is allowed, nothing else. Close what it should not have:\n\
         # the report of `wasi-virt --policy FILE` says what is left.\n",
        escape(name)
    );
    let imports = &inspection.imports;
    for (subsystem, keys) in KEYS {
        let wanted = imports.iter().filter(|i| i.subsystem == subsystem);
        if subsystem == "cli" {
            let remark = "only `--allow-all` lets this through; denied, it stops the component when it is used";
            comment(&mut out, wanted, Some(remark));
        } else {
            block(&mut out, wanted, keys);
        }
    }
    for stream in STREAMS {
        let wanted = imports
            .iter()
            .filter(|i| i.subsystem == "stdio" && stream_of(&i.name) == Some(stream));
        block(&mut out, wanted, &[(stream, "allow")]);
    }
    let unknown = imports.iter().filter(|i| i.subsystem == "wasi");
    let names: Vec<String> = unknown.clone().map(|i| text(&i.name)).collect();
    let remark = "WASI that this release has no key for; denied unless its name is here";
    if comment(&mut out, unknown, Some(remark)) {
        writeln!(out, "allow-import = [{}]", names.join(", ")).expect("a String takes any text");
    }
    let other = imports.iter().filter(|i| i.subsystem == "other");
    comment(
        &mut out,
        other,
        Some("not WASI, and open unless `deny-other = true`"),
    );
    out
}

fn block<'i>(out: &mut String, imports: impl Iterator<Item = &'i Import>, keys: &[(&str, &str)]) {
    if comment(out, imports, None) {
        for (key, value) in keys {
            writeln!(out, "{key} = {}", text(value)).expect("a String takes any text");
        }
    }
}

/// Writes a comment with each import; whether there was one.
fn comment<'i>(
    out: &mut String,
    imports: impl Iterator<Item = &'i Import>,
    remark: Option<&str>,
) -> bool {
    let names: Vec<String> = imports.map(|import| escape(&import.name)).collect();
    if names.is_empty() {
        return false;
    }
    out.push('\n');
    for name in &names {
        writeln!(out, "# {name}").expect("a String takes any text");
    }
    if let Some(remark) = remark {
        writeln!(out, "# ({remark})").expect("a String takes any text");
    }
    true
}

/// The stream that an interface such as `wasi:cli/terminal-stdin@0.2.6` is for.
fn stream_of(import: &str) -> Option<&'static str> {
    let interface = import.split(['/', '@']).nth(1)?;
    let name = interface.strip_prefix("terminal-").unwrap_or(interface);
    STREAMS.into_iter().find(|stream| *stream == name)
}
