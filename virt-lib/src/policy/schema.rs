//! What a JSON Schema says of texts beyond their type. It must refuse what the reader of the policy
//! file refuses, as far as one key alone can tell; compiled for `cargo xtask schema` only.

use schemars::{Schema, SchemaGenerator, json_schema};

/// No NUL, which cannot stand in a path, a variable or an argument.
const TEXT: &str = r"^[^\u0000]*$";
/// Not empty, and no NUL.
const NON_EMPTY: &str = r"^[^\u0000]+$";
/// The name of a variable.
const NAME: &str = r"^[^=\u0000]+$";
/// Seconds since 1970, or a date in UTC.
const TIME: &str =
    r"^([0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z)$";
/// Bytes, or a number with a unit.
const SIZE: &str = r"^[0-9]{1,18}[KMG]?$";

/// Names with values.
pub(super) fn variables(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": { "pattern": NAME },
        "additionalProperties": { "type": "string", "pattern": TEXT }
    })
}

/// A point in time.
pub(super) fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": TIME })
}

/// The seed of random numbers.
pub(super) fn seed(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": i64::MAX })
}

/// A number of bytes.
pub(super) fn size(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": SIZE })
}

/// A number of things.
pub(super) fn count(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": i64::MAX })
}

/// Names of variables.
pub(super) fn names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string", "pattern": NAME } })
}

/// Any texts.
pub(super) fn texts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string", "pattern": TEXT } })
}

/// Texts that say something.
pub(super) fn patterns(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string", "pattern": NON_EMPTY } })
}

/// A path.
pub(super) fn path(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": NON_EMPTY })
}

/// Seconds since 1970. A schema made from the type alone has no upper bound.
pub(super) fn seconds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "format": "uint64", "minimum": 0, "maximum": u64::MAX })
}
