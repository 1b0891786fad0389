//! The interfaces of the component under test, in WIT. This module must never write code.

use super::{Answer, Passed, Refused, Subject};
use crate::random_types::{Definitions, params};
use std::fmt::Write;

/// The release of WASI that it imports.
pub const WASI: &str = "0.2.6";

/// Where values get their resources from.
const USES: &str = "  use tokens.{token};
  use wasi:io/poll@0.2.6.{pollable};
  use wasi:io/streams@0.2.6.{input-stream, output-stream};
  use wasi:filesystem/types@0.2.6.{descriptor};
";

/// The package, with the world `guest`.
pub fn package(subject: &Subject) -> String {
    let mut text = "package test:property;\n\ninterface tokens { resource token; }\n".to_string();
    let given = given(subject, &mut text);
    let closed = closed(subject, &mut text);
    taken(subject, given, &mut text);
    refused(subject, closed, &mut text);
    text += "world guest {
  import wasi:cli/stdin@0.2.6;
  import wasi:cli/stdout@0.2.6;
  import wasi:filesystem/preopens@0.2.6;
  import given;
  import closed;
  export taken;
  export refused;
}
";
    text
}

/// Values go out to the host, and come back.
fn given(subject: &Subject, text: &mut String) -> Definitions {
    let (mut own, mut lent) = (Definitions::new("t"), Definitions::new("l"));
    let mut functions = String::new();
    for (n, function) in subject.passed.iter().enumerate() {
        let _ = writeln!(functions, "  f{n}: func{};", echo(&mut own, function));
        let params = lent.params(&function.lent);
        let result = if function.has_option {
            " -> option<string>"
        } else {
            ""
        };
        let _ = writeln!(functions, "  lent{n}: func({params}){result};");
    }
    let types = format!("{}{}", own.text, lent.text);
    let _ = writeln!(text, "interface given {{\n{USES}{types}{functions}}}");
    own
}

/// The component's side of it. `get` gives a virtual handle, `hand` passes it to a function.
fn taken(subject: &Subject, given: Definitions, text: &mut String) {
    let mut functions = "  get: func(which: u32) -> u32;\n".to_string();
    let mut again = Definitions::new("t");
    for (n, function) in subject.passed.iter().enumerate() {
        let _ = writeln!(functions, "  f{n}: func{};", echo(&mut again, function));
        let _ = writeln!(
            functions,
            "  hand{n}: func(handle: u32, at: u32, lent: u32) -> u32;"
        );
    }
    exported("taken", "given", given, &functions, text);
}

/// A function that returns its parameters, as a tuple.
fn echo(types: &mut Definitions, function: &Passed) -> String {
    let types = types.all(&function.params);
    format!("({}) -> tuple<{}>", params(&types), types.join(", "))
}

/// What the policy denies.
fn closed(subject: &Subject, text: &mut String) -> Definitions {
    let (mut types, mut functions) = (Definitions::new("t"), String::new());
    for (n, function) in subject.refused.iter().enumerate() {
        let signature = signature(&mut types, function, "gate");
        let _ = writeln!(functions, "  r{n}: func{signature};");
    }
    functions += "  resource gate {\n";
    for (n, function) in subject.methods.iter().enumerate() {
        let signature = signature(&mut types, function, "gate");
        let _ = writeln!(functions, "    m{n}: func{signature};");
    }
    functions += "  }\n";
    let _ = writeln!(
        text,
        "interface closed {{\n{USES}{}{functions}}}",
        types.text
    );
    types
}

/// The component's side of it: a resource of what is denied is a number here.
fn refused(subject: &Subject, closed: Definitions, text: &mut String) {
    let mut functions = "  drop-gate: func(gate: u32);\n".to_string();
    let mut again = Definitions::new("t");
    for (n, function) in subject.refused.iter().enumerate() {
        let signature = signature(&mut again, function, "u32");
        let _ = writeln!(functions, "  r{n}: func{signature};");
    }
    for (n, function) in subject.methods.iter().enumerate() {
        let signature = signature(&mut again, function, "u32");
        let signature = signature.replacen('(', "(gate: u32, ", 1);
        let _ = writeln!(functions, "  m{n}: func{signature};");
    }
    exported("refused", "closed", closed, &functions, text);
}

fn signature(types: &mut Definitions, function: &Refused, gate: &str) -> String {
    let params = types.params(&function.params);
    match &function.result {
        Answer::Nothing => format!("({params})"),
        Answer::Gate => format!("({params}) -> {gate}"),
        Answer::Value(ty) => format!("({params}) -> {}", types.mention(ty)),
    }
}

/// An exported interface, of the types of an imported one.
fn exported(name: &str, from: &str, types: Definitions, functions: &str, text: &mut String) {
    let uses = match types.names.is_empty() {
        true => String::new(),
        false => format!("  use {from}.{{{}}};\n", types.names.join(", ")),
    };
    let _ = writeln!(text, "interface {name} {{\n{USES}{uses}{functions}}}");
}
