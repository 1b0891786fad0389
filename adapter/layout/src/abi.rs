//! The names that the engine and the adapter's core module know each other by. Both use these, so
//! that none is written twice. This module must hold nothing that a policy could change.

/// The module of the imports that reach the application's memory.
///
/// The first argument of each is the number of a *context*: one memory with one `realloc`.
pub mod app {
    /// The name of the module.
    pub const MODULE: &str = "app";
    /// `(context) -> pages`: the size of the memory in pages of 64 KiB.
    pub const SIZE: &str = "size";
    /// `(context, source) -> byte`.
    pub const LOAD_8: &str = "load8";
    /// `(context, source, end)`: hands a multiple of 64 bytes to [`super::SINK`].
    pub const LOAD: &str = "load";
    /// `(context, destination, byte)`.
    pub const STORE_8: &str = "store8";
    /// `(context, destination, value)`.
    pub const STORE_32: &str = "store32";
    /// `(context, destination, value: i64)`.
    pub const STORE_64: &str = "store64";
    /// `(context, destination, 8 x i64)`: stores 64 bytes.
    pub const STORE: &str = "store";
    /// `(context, old, old length, alignment, new length) -> address`: the application's own.
    pub const REALLOC: &str = "realloc";
    /// `(context, destination, offset, length)`: copies a range of the payload.
    pub const PAYLOAD: &str = "payload";

    /// All names in this module.
    pub const ALL: [&str; 9] = [
        SIZE, LOAD_8, LOAD, STORE_8, STORE_32, STORE_64, STORE, REALLOC, PAYLOAD,
    ];
}

/// The module of the import that reads the contents of mounted files.
pub mod payload {
    /// The name of the module.
    pub const MODULE: &str = "payload";
    /// `(destination, offset, length)`: copies a range into the adapter's own memory.
    pub const READ: &str = "read";
}

/// The module of the host's functions, each named `wasi:package/interface#function`.
pub const HOST: &str = "host";

/// The export that holds the address of where the engine says what the configuration is.
///
/// There are three numbers of 32 bits: the configuration's address, its length, and the layer.
pub const CONFIG: &str = "VIRT_CONFIG";

/// The export that takes 64 bytes of the application's, as eight `i64`.
pub const SINK: &str = "[sink]";

/// The export `(handle) -> bool` that tells descriptors of the host's which the adapter keeps.
pub const HIDDEN: &str = "[hidden]";

/// The export that allocates for what the host's functions return.
pub const REALLOC: &str = "cabi_realloc";

/// The export that is the adapter's memory.
pub const MEMORY: &str = "memory";

/// What a function's name has before the resource that it drops.
pub const DROP: &str = "[resource-drop]";

/// How far left the layer is in the number of a virtual handle.
pub const LAYER_SHIFT: u32 = 28;

/// The highest layer; the lowest is 1.
pub const LAYERS: u32 = 15;

/// The bits of a virtual handle that are not the layer's.
pub const INDEX_MASK: u32 = (1 << LAYER_SHIFT) - 1;
