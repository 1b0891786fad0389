//! The names that the engine and the adapter's core module know each other by. Both use these. The
//! attributes that name the adapter's imports and exports take literals only:
//! `adapter/prebuilt/tests/p2.rs` compares those of the built modules with these. This module must
//! hold nothing that a policy could change.

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

/// The exports that the log of `--debug` is written with.
pub mod trace {
    /// `(text: i64)`: adds up to eight bytes to the line, the lowest first, without zeros.
    pub const TEXT: &str = "[trace]text";
    /// `()`: adds what separates elements, unless the first follows.
    pub const NEXT: &str = "[trace]next";
    /// `(kind, bits: i64)`: adds a number by its [`Scalar`](crate::trace::Scalar).
    pub const SCALAR: &str = "[trace]scalar";
    /// `(bytes: i64, count)`: takes bytes of a string, the lowest first. What lies behind the
    /// first [`TAKEN`] is of no use.
    pub const TAKE: &str = "[trace]take";
    /// `(length)`: adds the string that was taken, which has so many bytes in all.
    pub const QUOTED: &str = "[trace]quoted";
    /// `()`: writes the line.
    pub const LINE: &str = "[trace]line";
    /// `(handle) -> bool`: whether the handle is that of a stream that is denied, or of its error.
    pub const DENIED: &str = "[trace]denied";

    /// All exports that a line is written with.
    pub const ALL: [&str; 7] = [TEXT, NEXT, SCALAR, TAKE, QUOTED, LINE, DENIED];

    /// `(node)`: the export that writes the line of a directory that the host lacks. Adapters
    /// without directories of the host do not have it.
    pub const MISSING: &str = "[trace]missing";

    /// The module of the import `(node)` that the adapter calls when the host lacks a directory.
    /// The engine binds it to [`MISSING`], or removes the calls.
    pub const MODULE: &str = "trace";
    /// The name of that import.
    pub const ON_MISSING: &str = "missing";

    /// How many bytes of a string the adapter needs: those shown, and one to see whether they end
    /// in a whole character.
    pub const TAKEN: u32 = 257;
}

/// What a function's name has before the resource that it drops.
pub const DROP: &str = "[resource-drop]";

/// How far left the layer is in the number of a virtual handle.
pub const LAYER_SHIFT: u32 = 28;

/// The highest layer; the lowest is 1.
pub const LAYERS: u32 = 15;

/// The bits of a virtual handle that are not the layer's.
pub const INDEX_MASK: u32 = (1 << LAYER_SHIFT) - 1;
