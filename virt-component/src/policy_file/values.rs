//! The values of a policy by their keys, as data. This module must never know a key.

use serde::Serialize;
use serde_json::{Map, Value};

/// A policy as an object, with every key that has a value.
pub(crate) fn object(policy: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(policy) {
        Ok(Value::Object(keys)) => keys,
        _ => unreachable!("a policy is a table with texts for keys"),
    }
}
