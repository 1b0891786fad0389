//! What virtual handles stand for: descriptors, streams and futures. A handle of another type
//! traps, as one that was never given, and as one of WASI 0.2. What is given out here are copies,
//! so that nothing is held while others run.

use wasi_virt_adapter_core::table::{SECOND, Table};
use wasi_virt_adapter_core::{Shared, memory, trap};

use crate::stream::Virtual;
use crate::types::{ErrorCode, FileResult};
use crate::version::P3;

/// The resource `descriptor`.
pub type Descriptor = wasi_virt_adapter_core::descriptor::Descriptor<P3>;

/// What a handle stands for.
pub enum Resource {
    /// `descriptor`.
    Descriptor(Descriptor),
    /// A stream or a future.
    Virtual(Virtual),
}

static TABLE: Shared<Table<Resource, SECOND>> = Shared::new(Table::new());

/// Gives a handle.
pub fn add(resource: Resource) -> u32 {
    TABLE.with(|table| table.add(resource, None))
}

/// Takes a handle back.
pub fn remove(handle: u32) -> Resource {
    TABLE.with(|table| table.remove(handle))
}

/// Refuses one more descriptor or stream where there is no memory for it.
pub fn room() -> FileResult<()> {
    memory::keep(|| TABLE.with(Table::reserve)).ok_or(ErrorCode::InsufficientMemory(()))
}

/// What a descriptor stands for.
pub fn descriptor(handle: u32) -> Descriptor {
    TABLE.with(|table| match table.get(handle) {
        Resource::Descriptor(descriptor) => *descriptor,
        Resource::Virtual(_) => trap(),
    })
}

/// Does something with a stream or future. The application must not run meanwhile.
pub fn with_virtual<T>(handle: u32, act: impl FnOnce(&mut Virtual) -> T) -> T {
    TABLE.with(|table| match table.get(handle) {
        Resource::Virtual(value) => act(value),
        Resource::Descriptor(_) => trap(),
    })
}
