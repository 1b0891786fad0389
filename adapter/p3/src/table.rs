//! What virtual handles of descriptors stand for. A handle of another type traps, as one that was
//! never given, and as one of WASI 0.2. What is given out here are copies, so that nothing is held
//! while others run.

use wasi_virt_adapter_core::table::{SECOND, Table};
use wasi_virt_adapter_core::{Shared, memory};

use crate::types::{ErrorCode, FileResult};
use crate::version::P3;

/// The resource `descriptor`.
pub type Descriptor = wasi_virt_adapter_core::descriptor::Descriptor<P3>;

static TABLE: Shared<Table<Descriptor, SECOND>> = Shared::new(Table::new());

/// Gives a handle.
pub fn add(descriptor: Descriptor) -> u32 {
    TABLE.with(|table| table.add(descriptor, None))
}

/// Takes a handle back.
pub fn remove(handle: u32) -> Descriptor {
    TABLE.with(|table| table.remove(handle))
}

/// Refuses one more descriptor where there is no memory for it.
pub fn room() -> FileResult<()> {
    memory::keep(|| TABLE.with(Table::reserve)).ok_or(ErrorCode::InsufficientMemory(()))
}

/// What a handle stands for.
pub fn descriptor(handle: u32) -> Descriptor {
    TABLE.with(|table| *table.get(handle))
}
