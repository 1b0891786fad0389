//! Where the bytes go that are written to a stream: nowhere, or to a file. An adapter whose files
//! nothing may change has no target of the second kind, and the compiler leaves out what handles
//! it.

use super::outcome::Fault;
use crate::app;
#[cfg(feature = "write")]
use crate::files::{Opened, Source};

/// Where bytes go.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Nowhere,
    /// A file, and the next byte's position; `None` is the end of the file, wherever that is.
    #[cfg(feature = "write")]
    File(Opened, Option<u64>),
}

impl Target {
    /// Ends it.
    pub(super) fn close(self) {
        match self {
            Target::Nowhere => {}
            #[cfg(feature = "write")]
            Target::File(file, _) => file.close(),
        }
    }

    /// Why nothing can be written, where that is known before there is anything.
    pub(super) fn refusal(&self) -> Option<Fault> {
        match self {
            Target::Nowhere => None,
            #[cfg(feature = "write")]
            Target::File(file, position) => file.refusal(*position).map(Fault::File),
        }
    }

    /// Writes bytes of the application's that fit, and says how many they were.
    pub(super) fn write_app(&mut self, bytes: app::Bytes) -> Result<u32, Fault> {
        match self {
            Target::Nowhere => Ok(bytes.len()),
            #[cfg(feature = "write")]
            Target::File(file, position) => file
                .write_next(position, Source::App(bytes))
                .map(|written| written as u32)
                .map_err(Fault::File),
        }
    }

    /// Writes bytes of the adapter, all of them.
    #[cfg_attr(not(feature = "write"), expect(unused, reason = "there is no file"))]
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match self {
            Target::Nowhere => Ok(()),
            #[cfg(feature = "write")]
            Target::File(file, position) if !bytes.is_empty() => file
                .write_all(position, Source::Own(bytes))
                .map_err(Fault::File),
            #[cfg(feature = "write")]
            Target::File(..) => Ok(()),
        }
    }
}
