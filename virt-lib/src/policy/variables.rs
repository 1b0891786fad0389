//! The serde form of a list of names and values: a table, in the order that was given. This module
//! must never know the meaning of a name.

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use std::fmt;

/// Writes the pairs as a table.
pub(super) fn serialize<S: Serializer>(
    pairs: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// Reads a table of texts.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, String)>, D::Error> {
    deserializer.deserialize_map(Pairs)
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of names and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use crate::Policy;
    use crate::testing::test;

    #[test]
    fn variables_are_a_table_in_order() {
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        let policy = Policy {
            env: vec![pair("B", "2"), pair("A", "1")],
            ..Policy::default()
        };
        let json = serde_json::to_string(&policy).unwrap();
        assert!(json.contains(r#""env":{"B":"2","A":"1"}"#), "{json}");
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
        assert!(serde_json::from_str::<Policy>(r#"{"env":["A"]}"#).is_err());
    }
}
