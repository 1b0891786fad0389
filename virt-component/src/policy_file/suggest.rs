//! A policy that lets a component start: what it imports is allowed, and nothing else. Names in a
//! component are anybody's; they only ever stand in comments and texts, escaped.

use super::print::text;
use crate::escape::escape;
use std::fmt::Write;
use wasi_virt::{Import, Inspection, Stream, Subsystem};

/// The keys of each subsystem, in the order they are printed.
const KEYS: [(Subsystem, &[(&str, &str)]); 9] = [
    (
        Subsystem::Env,
        &[("host-env", "all"), ("host-args", "allow")],
    ),
    (Subsystem::Fs, &[("fs", "allow")]),
    (Subsystem::Clocks, &[("clocks", "allow")]),
    (Subsystem::Random, &[("random", "allow")]),
    (Subsystem::Exit, &[("exit", "allow")]),
    (Subsystem::Sockets, &[("sockets", "allow")]),
    (Subsystem::Http, &[("http", "allow")]),
    (Subsystem::Config, &[("host-config", "all")]),
    (Subsystem::Cli, &[]),
];

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
        if subsystem == Subsystem::Cli {
            let remark = "only `--allow-all` lets this through; denied, it stops the component when it is used";
            comment(&mut out, wanted, Some(remark));
        } else {
            block(&mut out, wanted, keys);
        }
    }
    for stream in Stream::ALL {
        let wanted = imports
            .iter()
            .filter(|i| Stream::of(&i.name) == Some(stream));
        block(&mut out, wanted, &[(stream.name(), "allow")]);
    }
    let unknown = imports.iter().filter(|i| i.subsystem == Subsystem::Wasi);
    let names: Vec<String> = unknown.clone().map(|i| text(&i.name)).collect();
    let remark = "WASI that this release has no key for; denied unless its name is here";
    if comment(&mut out, unknown, Some(remark)) {
        writeln!(out, "allow-import = [{}]", names.join(", ")).expect("a String takes any text");
    }
    let other = imports.iter().filter(|i| i.subsystem == Subsystem::Other);
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
