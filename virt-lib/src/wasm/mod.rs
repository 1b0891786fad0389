//! WebAssembly in binary form: sections, core modules, components. This module must never know
//! WASI, WIT or a policy.

pub(crate) mod component;
pub(crate) mod module;
pub(crate) mod sections;
pub(crate) mod skeleton;
