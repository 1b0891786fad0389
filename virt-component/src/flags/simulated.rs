//! The flags of a key that leaves a thing to the host or makes it virtual: clocks and random
//! numbers. It must never know another kind of key.

use super::args::Given;
use super::values;
use serde_json::Value;
use wasi_virt::keys::{Key, Kind};

/// The value of a key whose first flag is about the host's and whose second is a virtual one.
pub(super) fn value(given: Given<'_>, key: &Key) -> Result<Option<Value>, Vec<String>> {
    let [host, own] = key.flags else {
        unreachable!("{} has two flags", key.name);
    };
    let allowed = given.on_off(host.name);
    let Some(text) = given.one(own.name) else {
        let word = |on| if on { "allow" } else { "deny" };
        return Ok(allowed
            .or(given.on_off("allow-all"))
            .map(word)
            .map(Value::from));
    };
    let mut problems = Vec::new();
    if allowed.is_some() {
        let (own, host, virtual_) = (own.name, host.name, key.label.to_lowercase());
        problems.push(format!(
            "--{own} gives virtual {virtual_}, and --{host} is about the host's; give one of them"
        ));
    }
    let value = match key.kind {
        Kind::Clocks => values::clock(text).map(serde_json::to_value),
        _ => values::random(text).map(serde_json::to_value),
    };
    match value {
        Ok(value) if problems.is_empty() => Ok(Some(value.expect("a value of a policy is JSON"))),
        Ok(_) => Err(problems),
        Err(problem) => Err([problems, vec![problem]].concat()),
    }
}
