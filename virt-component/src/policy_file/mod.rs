//! The policy as a TOML file: reading it with every problem at once, and printing it. Everything
//! here follows the rows of the keys, so that no list of them is kept. It must never touch the file
//! itself.

mod from_log;
pub(crate) mod json;
pub(crate) mod print;
pub(crate) mod read;
pub(crate) mod reference;
pub(crate) mod schema;
pub(crate) mod suggest;
mod unique;
mod values;

pub(crate) use from_log::render_from_log;
pub use json::{parse_policy_json, policy_as_json};
pub use print::print_policy;
pub use read::PolicyProblem;
pub use reference::policy_reference;
pub use schema::policy_schema;
pub use suggest::render_suggestion;

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use wasi_virt::Policy;

/// A policy file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PolicyFile {
    /// As typed, for messages.
    pub name: String,
    /// What it says.
    pub policy: Policy,
    /// The keys that it gives.
    pub keys: BTreeSet<String>,
}

/// Reads the text of the policy file called `name`. The sources of mounts are relative to the
/// file's folder, and come back relative to where `name` is.
///
/// # Errors
///
/// Every problem, each with the file, the line and the key.
pub fn parse_policy(text: &str, name: &str) -> Result<Policy, Vec<PolicyProblem>> {
    open(text, name).map(|file| file.policy)
}

/// The same, with the keys that the file gives.
pub(crate) fn open(text: &str, name: &str) -> Result<PolicyFile, Vec<PolicyProblem>> {
    let values = read(text, Some(name))?;
    let keys = values.keys().cloned().collect();
    let mut policy = policy(values);
    for mount in &mut policy.mounts {
        mount.source = beside(name, &mount.source);
    }
    Ok(PolicyFile {
        name: name.into(),
        policy,
        keys,
    })
}

/// The values that a text gives, with the name of its file, if it is a file's.
fn read(text: &str, name: Option<&str>) -> Result<Map<String, Value>, Vec<PolicyProblem>> {
    read::read(text, name, Policy::KEYS, &[exact_arguments])
}

/// Exact arguments and those of the host exclude each other.
fn exact_arguments(values: &Map<String, Value>) -> Option<(&'static str, &'static str)> {
    let exact = values.get("args").and_then(Value::as_array);
    let allowed = values.get("host-args").and_then(Value::as_str) == Some("allow");
    (allowed && exact.is_some_and(|args| !args.is_empty())).then_some((
        "host-args",
        "`args` gives the exact arguments, and this leaves them to the host; give one of them",
    ))
}

/// The policy with these values, each of which has the shape of its key.
pub(crate) fn policy(values: Map<String, Value>) -> Policy {
    serde_json::from_value(values.into()).expect("every value has the shape of its key")
}

/// The path `source`, taken relative to the folder of the file `name`.
fn beside(name: &str, source: &str) -> String {
    let separator = |c| c == '/' || (cfg!(windows) && c == '\\');
    let drive = cfg!(windows) && source.as_bytes().get(1) == Some(&b':');
    match name.rfind(separator) {
        Some(end) if !source.starts_with(separator) && !drive => {
            format!("{}{source}", &name[..=end])
        }
        _ => source.into(),
    }
}

#[cfg(test)]
mod tests;
