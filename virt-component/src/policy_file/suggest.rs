//! A policy that lets a component start: what it imports is allowed, and nothing else. The names of
//! imports come from the component; they only ever stand in comments and texts, escaped.

use super::print::text;
use crate::escape::escape;
use std::fmt::Write;
use wasi_virt::keys::{Key, Kind};
use wasi_virt::{Import, Inspection, Policy, Stream, Subsystem};

/// A policy file that lets the component called `name` start, with a comment for each key.
pub fn render_suggestion(inspection: &Inspection, name: &str) -> String {
    suggestion(inspection, name, Policy::KEYS)
}

/// The same with these keys.
pub(crate) fn suggestion(inspection: &Inspection, name: &str, keys: &[Key]) -> String {
    let mut out = format!(
        "# What {} imports is allowed, nothing else. Close what it should not have:\n\
         # the report of `wasi-virt --policy FILE` says what is left.\n",
        escape(name)
    );
    let imports = &inspection.imports;
    for &subsystem in Subsystem::ALL {
        let wanted = imports.iter().filter(|i| i.subsystem == subsystem);
        match subsystem {
            Subsystem::Stdio | Subsystem::Io | Subsystem::Wasi | Subsystem::Other => {}
            Subsystem::Cli => {
                let remark = "only `--allow-all` lets this through; denied, it stops the component when it is used";
                comment(&mut out, wanted, Some(remark));
            }
            _ => block(
                &mut out,
                wanted,
                keys.iter().filter(|key| key.subsystem == Some(subsystem)),
            ),
        }
    }
    for key in keys.iter().filter(|key| key.kind == Kind::Stream) {
        let of_key = |import: &&Import| {
            Stream::of(&import.name).is_some_and(|stream| stream.name() == key.name)
        };
        block(&mut out, imports.iter().filter(of_key), [key].into_iter());
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

/// Writes the keys that leave these imports to the host, if there are imports.
fn block<'i, 'k>(
    out: &mut String,
    imports: impl Iterator<Item = &'i Import>,
    keys: impl Iterator<Item = &'k Key>,
) {
    if comment(out, imports, None) {
        for (key, open) in keys.filter_map(|key| Some((key, key.kind.open()?))) {
            writeln!(out, "{} = {}", key.name, text(open)).expect("a String takes any text");
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
