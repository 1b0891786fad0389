//! A JSON object, and the keys that it repeats, which serde_json would overwrite in silence. This
//! module must never know a key.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The path of a key.
pub(super) type Path = Vec<String>;

/// Reads an object. Of a key that it repeats, the path is returned, and the last value.
pub(super) fn object(json: &str) -> serde_json::Result<(Map<String, Value>, Vec<Path>)> {
    let (mut path, mut repeated) = (Vec::new(), Vec::new());
    let mut reader = serde_json::Deserializer::from_str(json);
    let seed = Unique {
        path: &mut path,
        repeated: &mut repeated,
        is_root: true,
    };
    let value = seed.deserialize(&mut reader)?;
    reader.end()?;
    match value {
        Value::Object(keys) => Ok((keys, repeated)),
        _ => Ok((Map::new(), repeated)),
    }
}

/// Reads one value.
struct Unique<'p> {
    /// Where the value is.
    path: &'p mut Path,
    repeated: &'p mut Vec<Path>,
    is_root: bool,
}

impl Unique<'_> {
    fn inner(&mut self) -> Unique<'_> {
        Unique {
            path: self.path,
            repeated: self.repeated,
            is_root: false,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        match self.is_root {
            true => reader.deserialize_map(self),
            false => reader.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root { "a map" } else { "a value" })
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(self.inner())? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.path.push(key.clone());
            let value = entries.next_value_seed(self.inner())?;
            if values.insert(key, value).is_some() {
                self.repeated.push(self.path.clone());
            }
            self.path.pop();
        }
        Ok(values.into())
    }
}
