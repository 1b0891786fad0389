//! The adapter for one artifact: its configuration, the functions that are called, the memory that
//! it may have. This module must never know the component.

pub(crate) mod adapter;
pub(crate) mod configuration;
pub(crate) mod limits;
