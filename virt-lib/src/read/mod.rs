//! The first step: bytes become a validated component, its imports and exports, and its world. This
//! module must never judge what it reads.

pub(crate) mod core_module;
pub(crate) mod decodable;
pub(crate) mod externs;
pub(crate) mod inspect;
