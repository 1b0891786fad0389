//! The relinker: rewrites a component so that what the policy closes is served inside it.

pub(crate) mod import_type;
pub(crate) mod layout;
pub(crate) mod refuse;
pub(crate) mod written;

#[cfg(test)]
mod testing;
