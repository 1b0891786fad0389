//! A component as a list of items, with the components nested in it: read, renumbered, written.

mod item;
mod liveness;
mod mapper;
mod read;
mod scope;
mod writer;

pub(crate) use item::{Item, Kind, Ref, Space};
pub(crate) use liveness::Liveness;
pub(crate) use mapper::Mapper;
#[cfg(test)]
pub(crate) use read::items;
pub(crate) use scope::Scope;
pub(crate) use writer::{Encoded, Mark, Marks, Writer};

#[cfg(test)]
mod tests;
