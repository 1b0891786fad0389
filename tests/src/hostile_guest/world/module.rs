//! The core module of a hostile guest. What it does is said at [`control`]: it holds no attack.

use super::{ARGUMENTS, Import, PAGES};
use crate::hostile_guest::control;
use anyhow::{Context, Result};
use std::fmt::Write;

fn ty(is_wide: bool) -> &'static str {
    if is_wide { "i64" } else { "i32" }
}

/// The core module: it imports everything, and calls each by its number.
pub(super) fn text(imports: &[Import], is_async: bool) -> Result<String> {
    let mut text = String::from("(module\n");
    for (n, import) in imports.iter().enumerate() {
        let params = import.wide.iter().map(|wide| ty(*wide));
        let params: Vec<&str> = params.collect();
        let result = import.result.map(ty).unwrap_or_default();
        writeln!(
            text,
            "(import {:?} {:?} (func $f{n} (param {}) (result {result})))",
            import.module,
            import.field,
            params.join(" "),
        )?;
    }
    let (first, most) = PAGES;
    writeln!(text, "(memory (export \"memory\") {first} {most})")?;
    let arguments = "i64 ".repeat(ARGUMENTS);
    writeln!(
        text,
        "(func $call (export \"call\") (param i32 {arguments}) (result i64)"
    )?;
    let labels: Vec<String> = (0..imports.len()).map(|n| format!("$b{n}")).collect();
    for label in labels.iter().rev() {
        write!(text, "(block {label} ")?;
    }
    writeln!(
        text,
        "(br_table {} (local.get 0)))",
        labels.join(" ").as_str()
    )?;
    for (n, import) in imports.iter().enumerate() {
        anyhow::ensure!(import.params.len() <= ARGUMENTS, "{import:?}");
        let mut call = format!("(call $f{n}");
        for (at, wide) in import.wide.iter().enumerate() {
            let argument = format!("(local.get {})", at + 1);
            match wide {
                true => write!(call, " {argument}")?,
                false => write!(call, " (i32.wrap_i64 {argument})")?,
            }
        }
        call.push(')');
        let value = match import.result {
            Some(true) => call,
            Some(false) => format!("(i64.extend_i32_u {call})"),
            None => format!("{call} (i64.const 0)"),
        };
        // The last label has no block around it that is left.
        let end = if n + 1 < imports.len() { ")" } else { "" };
        writeln!(text, "{value} return {end}")?;
    }
    writeln!(text, ")")?;
    text.push_str(&realloc());
    if is_async {
        text.push_str(&tasks(imports)?);
    }
    text.push(')');
    Ok(text)
}

/// Tasks with a callback: each runs steps at [`control::PROGRAM`], from where it is told to, and
/// keeps its place in its context. A step calls a function, or returns a code to the host. Events
/// are noted at [`control::EVENTS`].
fn tasks(imports: &[Import]) -> Result<String> {
    let number = |name: &str| {
        let found = imports.iter().position(|import| import.name == name);
        found.with_context(|| format!("no `{name}`"))
    };
    let arguments: String = (0..ARGUMENTS)
        .map(|n| format!("(i64.load offset={} (local.get $at)) ", 8 + 8 * n))
        .collect();
    let note = |offset: usize, local: usize| {
        format!(
            "(i32.store offset={} (i32.shl (i32.and (i32.load (i32.const {events})) \
             (i32.const {mask})) (i32.const 4)) (local.get {local}))",
            control::EVENTS + 16 + offset,
            events = control::EVENTS,
            mask = control::EVENTS_MASK,
        )
    };
    Ok(format!(
        "(func $run (export \"[async-lift]task\") (param $at i32) (result i32) (local $next i32)
        (loop $more
            (local.set $next (i32.add (local.get $at) (i32.const {step})))
            (if (i32.eqz (i32.load (local.get $at))) (then
                (i64.store offset={result} (local.get $at)
                    (call $call (i32.load offset=4 (local.get $at)) {arguments}))
                (local.set $at (local.get $next))
                (br $more))))
        (call $f{set} (local.get $next))
        (i32.load offset=4 (local.get $at)))
        (func (export \"[callback][async-lift]task\") (param i32 i32 i32) (result i32)
            {event} {waitable} {code}
            (i32.store (i32.const {events})
                (i32.add (i32.load (i32.const {events})) (i32.const 1)))
            (call $run (call $f{get})))",
        step = control::STEP,
        result = control::STEP - 8,
        set = number("canon#context.set")?,
        get = number("canon#context.get")?,
        event = note(0, 0),
        waitable = note(4, 1),
        code = note(8, 2),
        events = control::EVENTS,
    ))
}

/// The guest's `realloc`: what it does is said at [`control`], and what it was asked is noted
/// there.
fn realloc() -> String {
    let load = |at: usize| format!("(i32.load (i32.const {at}))");
    let store = |at: usize, value: &str| format!("(i32.store (i32.const {at}) {value})");
    let add = |at: usize, by: &str| store(at, &format!("(i32.add {} {by})", load(at)));
    let callback: String = (0..ARGUMENTS)
        .map(|n| format!("(i64.load (i32.const {})) ", control::ARGUMENTS + 8 * n))
        .collect();
    let note = |offset: usize, value: &str| {
        format!(
            "(i32.store offset={} (i32.shl (i32.and {} (i32.const {})) (i32.const 3)) {value})",
            control::LOG + offset,
            load(control::COUNT),
            control::LOG_MASK,
        )
    };
    format!(
        "(func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (local $at i32)
        {ask_old} {ask_align}
        (block $bump (block $grow (block $callback (block $trap (block $fixed
            (br_table $bump $fixed $trap $callback $grow $bump {mode}))
        (local.set $at {value}) {note_at} {note_len} {count} (return (local.get $at)))
        unreachable)
        {disarm} (drop (call $call {number} {callback})) (br $bump))
        (drop (memory.grow {value})) (br $bump))
        (local.set $at (i32.and (i32.add {heap} (i32.sub (local.get 2) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get 2))))
        {set_heap} {note_at} {note_len} {count} (local.get $at))",
        ask_old = store(control::ASKED, "(local.get 0)"),
        ask_align = store(control::ASKED + 4, "(local.get 2)"),
        mode = load(control::MODE),
        value = load(control::VALUE),
        number = load(control::NUMBER),
        disarm = store(control::MODE, "(i32.const 0)"),
        heap = load(control::HEAP),
        set_heap = store(control::HEAP, "(i32.add (local.get $at) (local.get 3))"),
        note_at = note(0, "(local.get $at)"),
        note_len = note(4, "(local.get 3)"),
        count = add(control::COUNT, "(i32.const 1)"),
    )
}
