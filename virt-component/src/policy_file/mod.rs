//! The policy as a TOML file: reading it with every problem at once, and printing it. The keys are those of
//! [`Policy`]'s serde form, so that no list of them is kept here. It must never touch the file itself.

mod check;
mod json;
mod print;
mod read;
mod schema;
mod shape;
mod suggest;

pub use json::{parse_policy_json, policy_as_json};
pub use print::print_policy;
pub use schema::policy_schema;
pub use suggest::render_suggestion;

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

/// Reads the text of the policy file called `name`. The sources of mounts are relative to the file's
/// folder, and come back relative to where `name` is.
///
/// # Errors
///
/// Every problem, each with the file, the line and the key, ready to print.
pub fn parse_policy(text: &str, name: &str) -> Result<Policy, Vec<String>> {
    open(text, name).map(|file| file.policy)
}

/// The same, with the keys that the file gives.
pub(crate) fn open(text: &str, name: &str) -> Result<PolicyFile, Vec<String>> {
    let (mut policy, keys) = read::read(text, Some(name))?;
    for mount in &mut policy.mounts {
        mount.source = beside(name, &mount.source);
    }
    Ok(PolicyFile {
        name: name.into(),
        policy,
        keys,
    })
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
