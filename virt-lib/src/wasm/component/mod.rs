//! The root of a component as a list of items, read, renumbered and written again.

mod item;
mod liveness;
mod mapper;
mod read;
mod writer;

pub(crate) use item::{Item, Kind, Ref, Space};
pub(crate) use liveness::Liveness;
pub(crate) use mapper::Mapper;
pub(crate) use read::read;
pub(crate) use writer::{Mark, Writer, Written};

#[cfg(test)]
mod tests;
