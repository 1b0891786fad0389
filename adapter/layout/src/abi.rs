//! The names that the engine and the adapter's core module know each other by. Both use these. The
//! attributes that name the adapter's imports and exports take literals only:
//! `adapter/prebuilt/tests/modules.rs` compares those of the built modules with these. This module
//! must hold nothing that a policy could change.

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

    /// `(memory, handle, address)`: notes where a read of a stream that blocks will write to.
    pub const BLOCKED: &str = "[trace]blocked";
    /// `(memory, handle) -> address`: where the read of the stream that blocked wrote to; forgets
    /// it. [`UNKNOWN`] where it was not noted, or wrote to another memory.
    pub const UNBLOCKED: &str = "[trace]unblocked";

    /// The exports with which the log shows what streams carry.
    pub const STREAMS: [&str; 2] = [BLOCKED, UNBLOCKED];

    /// No address.
    pub const UNKNOWN: u32 = u32::MAX;

    /// `(node)`: the export that writes the line of a directory that the host lacks. Adapters
    /// without directories of the host do not have it.
    pub const MISSING: &str = "[trace]missing";

    /// `(address)`: the export that writes the line of a call that network rules refuse, of which
    /// the adapter has a description at this address of its memory. Adapters without network rules
    /// do not have it.
    pub const REFUSED: &str = "[trace]refused";

    /// The module of the imports that the adapter calls when there is something to log. The engine
    /// binds them to [`MISSING`] and [`REFUSED`], or removes the calls.
    pub const MODULE: &str = "trace";
    /// The import `(node)`: the host lacks a directory.
    pub const ON_MISSING: &str = "missing";
    /// The import `(address)`: network rules refuse a call.
    pub const ON_REFUSED: &str = "refused";

    /// How many bytes of a string the adapter needs: those shown, and one to see whether they end
    /// in a whole character.
    pub const TAKEN: u32 = 257;
}

/// Streams, futures and waiting of WASI 0.3.
///
/// A *status* is what the canonical built-in of that name returns. A virtual end has the layer's
/// bits in its number; the adapter may hold real ends of the application's as well.
pub mod stream {
    /// The module of the adapter's own canonical built-ins: of `stream<u8>`, of `future` without a
    /// payload, of what it writes for others, and of waitable sets, with the adapter's memory.
    pub const BUILT_INS: &str = "async";

    /// The names in the module [`BUILT_INS`].
    pub mod built_in {
        /// `() -> i64`: both ends, the readable one in the low half.
        pub const STREAM_NEW: &str = "stream.new";
        /// `(end, address, length) -> status`, with `async`.
        pub const STREAM_READ: &str = "stream.read";
        /// `(end, address, length) -> status`, with `async`.
        pub const STREAM_WRITE: &str = "stream.write";
        /// `(end)`.
        pub const STREAM_DROP_READABLE: &str = "stream.drop-readable";
        /// `(end)`.
        pub const STREAM_DROP_WRITABLE: &str = "stream.drop-writable";
        /// `() -> i64`: both ends, the readable one in the low half.
        pub const FUTURE_NEW: &str = "future.new";
        /// `(end, address) -> status`, with `async`.
        pub const FUTURE_READ: &str = "future.read";
        /// `(end, address) -> status`, with `async`.
        pub const FUTURE_WRITE: &str = "future.write";
        /// `(end) -> status`, without `async`.
        pub const FUTURE_CANCEL_READ: &str = "future.cancel-read";
        /// `(end)`.
        pub const FUTURE_DROP_READABLE: &str = "future.drop-readable";
        /// `(end)`.
        pub const FUTURE_DROP_WRITABLE: &str = "future.drop-writable";
        /// `() -> i64`: both ends of a `stream<directory-entry>`.
        pub const ENTRY_NEW: &str = "stream-entry.new";
        /// `(end, address, length) -> status`, with `async`.
        pub const ENTRY_WRITE: &str = "stream-entry.write";
        /// `(end)`.
        pub const ENTRY_DROP_WRITABLE: &str = "stream-entry.drop-writable";
        /// `() -> i64`: both ends of a `future<result<_, error-code>>` of `wasi:filesystem`.
        pub const FS_NEW: &str = "future-fs.new";
        /// `(end, address) -> status`, with `async`.
        pub const FS_WRITE: &str = "future-fs.write";
        /// `(end)`.
        pub const FS_DROP_WRITABLE: &str = "future-fs.drop-writable";
        /// As [`FS_NEW`], of `wasi:cli`.
        pub const CLI_NEW: &str = "future-cli.new";
        /// As [`FS_WRITE`].
        pub const CLI_WRITE: &str = "future-cli.write";
        /// `(end)`.
        pub const CLI_DROP_WRITABLE: &str = "future-cli.drop-writable";
        /// As [`FS_NEW`], of `wasi:http`.
        pub const HTTP_NEW: &str = "future-http.new";
        /// As [`FS_WRITE`].
        pub const HTTP_WRITE: &str = "future-http.write";
        /// `(end)`.
        pub const HTTP_DROP_READABLE: &str = "future-http.drop-readable";
        /// `(end)`.
        pub const HTTP_DROP_WRITABLE: &str = "future-http.drop-writable";
        /// `() -> set`.
        pub const SET_NEW: &str = "waitable-set.new";
        /// `(set, address) -> event`: writes the waitable and its code to eight bytes.
        pub const SET_POLL: &str = "waitable-set.poll";
        /// `(set)`.
        pub const SET_DROP: &str = "waitable-set.drop";
        /// `(waitable, set)`: no set is 0.
        pub const JOIN: &str = "waitable.join";
        /// `(call)`.
        pub const SUBTASK_DROP: &str = "subtask.drop";
        /// `(call) -> status`, without `async`.
        pub const SUBTASK_CANCEL: &str = "subtask.cancel";

        /// `(set, address) -> event`: what only the glue calls, with a [`super::PUMP_UNTIL`] set.
        pub const SET_WAIT: &str = "waitable-set.wait";

        /// `(event, end, payload)`: tells the log of `--debug` that a read or a write of the
        /// adapter's has ended. No built-in; the engine binds it to the log, or removes the calls.
        pub const ENDED: &str = "log.ended";

        /// The names in this module that the adapter imports.
        pub const ALL: [&str; 31] = [
            STREAM_NEW,
            STREAM_READ,
            STREAM_WRITE,
            STREAM_DROP_READABLE,
            STREAM_DROP_WRITABLE,
            FUTURE_NEW,
            FUTURE_READ,
            FUTURE_WRITE,
            FUTURE_CANCEL_READ,
            FUTURE_DROP_READABLE,
            FUTURE_DROP_WRITABLE,
            ENTRY_NEW,
            ENTRY_WRITE,
            ENTRY_DROP_WRITABLE,
            FS_NEW,
            FS_WRITE,
            FS_DROP_WRITABLE,
            CLI_NEW,
            CLI_WRITE,
            CLI_DROP_WRITABLE,
            HTTP_NEW,
            HTTP_WRITE,
            HTTP_DROP_READABLE,
            HTTP_DROP_WRITABLE,
            SET_NEW,
            SET_POLL,
            SET_DROP,
            JOIN,
            SUBTASK_DROP,
            SUBTASK_CANCEL,
            ENDED,
        ];
    }

    /// `(context, end, address, count) -> status`: reads a virtual stream of bytes.
    pub const U8_READ: &str = "[stream-u8]read";
    /// `(end) -> bool`: true: dropped; false: the host's, which the glue drops.
    pub const U8_DROP_READABLE: &str = "[stream-u8]drop-readable";
    /// `(ends: i64)`: notes both ends that the host gave the application.
    pub const U8_NEW: &str = "[stream-u8]new";
    /// `(end) -> bool`: whether the adapter holds this readable end of the host.
    pub const U8_HELD: &str = "[stream-u8]held";
    /// `(end) -> bool`: whether what is written to this end goes to the adapter.
    pub const U8_CAPTURED: &str = "[stream-u8]captured";
    /// `(context, end, address, count) -> status`: writes to a captured end.
    pub const U8_WRITE: &str = "[stream-u8]write";
    /// `(end)`: the host blocked a write to this end.
    pub const U8_BLOCKED: &str = "[stream-u8]blocked";
    /// `(end) -> bool`: true: dropped; false: the host's, which the glue drops.
    pub const U8_DROP_WRITABLE: &str = "[stream-u8]drop-writable";
    /// `(end) -> end`: the readable end to pass to others in place of this one.
    pub const U8_LOWER: &str = "[stream-u8]lower";

    /// `(context, end, address, count) -> status`: reads a virtual stream of directory entries.
    pub const ENTRY_READ: &str = "[stream-entry]read";
    /// As [`U8_DROP_READABLE`].
    pub const ENTRY_DROP_READABLE: &str = "[stream-entry]drop-readable";
    /// `(end, context) -> end`: the readable end to pass to others in place of this one. The
    /// context is the adapter's own memory.
    pub const ENTRY_LOWER: &str = "[stream-entry]lower";

    /// `(context, end, address) -> status`, or [`NOT_OURS`]: reads `future<result<_, error-code>>`
    /// of `wasi:filesystem`.
    pub const FS_READ: &str = "[future-fs]read";
    /// `(end) -> status`, or [`NOT_OURS`].
    pub const FS_CANCEL_READ: &str = "[future-fs]cancel-read";
    /// The same in place of a built-in without `async`, which the host refuses for an end in a set.
    pub const FS_CANCEL_READ_SYNC: &str = "[future-fs]cancel-read-sync";
    /// As [`U8_DROP_READABLE`].
    pub const FS_DROP_READABLE: &str = "[future-fs]drop-readable";
    /// As [`ENTRY_LOWER`].
    pub const FS_LOWER: &str = "[future-fs]lower";

    /// As [`FS_READ`], with the error of `wasi:cli`.
    pub const CLI_READ: &str = "[future-cli]read";
    /// As [`FS_CANCEL_READ`].
    pub const CLI_CANCEL_READ: &str = "[future-cli]cancel-read";
    /// As [`FS_CANCEL_READ_SYNC`].
    pub const CLI_CANCEL_READ_SYNC: &str = "[future-cli]cancel-read-sync";
    /// As [`U8_DROP_READABLE`].
    pub const CLI_DROP_READABLE: &str = "[future-cli]drop-readable";
    /// As [`ENTRY_LOWER`].
    pub const CLI_LOWER: &str = "[future-cli]lower";

    /// What stands for *the host's* beside a status: the glue calls the host's built-in.
    pub const NOT_OURS: i32 = -2;

    /// `(waitable, set) -> bool`: true: virtual, nothing is left to do; false: the glue calls the
    /// host's. The adapter notes the set, to know later which wait an event has ended.
    pub const JOIN: &str = "[waitable]join";

    /// `(waitable) -> bool`: whether it is in a set, or a task blocks for it.
    pub const JOINED: &str = "[waitable]joined";
    /// `(waitable) -> bool`: the application is about to drop this waitable of the host's, which is
    /// in no set then. True: it is one of the adapter's, which only the adapter drops.
    pub const GONE: &str = "[waitable]gone";
    /// `(set)`: the application is about to drop this set, on which nobody waits any more.
    pub const SET_DROP: &str = "[waitable-set]drop";
    /// `(set)`: the application is about to poll this set. As [`PUMP_POLL`].
    pub const SET_POLL: &str = "[waitable-set]poll";
    /// `(end) -> bool`: whether this is an end of a future without a payload that the adapter made.
    pub const UNIT_HELD: &str = "[future]held";
    /// `(end) -> end`: the readable end of a future without a payload to pass to others, which is
    /// this one. Traps where the adapter made it: to the application it has a payload.
    pub const UNIT_LOWER: &str = "[future]lower";

    /// `(set)`: the application is about to wait on this set.
    pub const PUMP_WAIT: &str = "[pump]wait";
    /// `(event, waitable, code) -> i32`: what came of a wait. [`THE_APPS`], or the callback code to
    /// return: the event was the adapter's, and the wait goes on.
    pub const PUMP_EVENT: &str = "[pump]event";
    /// `()`: takes what is ready, and does not wait.
    pub const PUMP_POLL: &str = "[pump]poll";
    /// `()`: the same, for a task that is about to yield to its callback.
    pub const PUMP_YIELD: &str = "[pump]yield";
    /// `() -> code`: a task of the application is about to exit: the callback code to return.
    pub const PUMP_EXIT: &str = "[pump]exit";

    /// `(set)`: a task of the application is about to block on this set.
    pub const PUMP_BLOCK: &str = "[pump]block";
    /// `(set, event, waitable, code) -> bool`: what came of that. False: the event was the
    /// adapter's, and the task blocks again.
    pub const PUMP_WOKEN: &str = "[pump]woken";
    /// `(call) -> i64`: a task is about to block until a call of the host returns: the set to wait
    /// on, and above it the address of eight bytes for what an event is about.
    pub const PUMP_UNTIL: &str = "[pump]until";
    /// `(waitable) -> i64`: the same for an operation on an end, or for the cancellation of one or
    /// of a call, that the application began. Traps where the waitable is in a set.
    pub const PUMP_UNTIL_DONE: &str = "[pump]until-done";
    /// `(set, event) -> code`: what an event on such a set says that it has come to, which has
    /// ended then with its set. [`BLOCKED`]: the task blocks again.
    pub const PUMP_CAME: &str = "[pump]came";

    /// What an operation has come to that the host blocks.
    pub const BLOCKED: i32 = -1;

    /// `() -> address`: eight bytes for a result that is a core value.
    pub const PLACE_NEW: &str = "[place]new";
    /// `(address) -> i64`: what was written there. The place is gone.
    pub const PLACE_TAKE: &str = "[place]take";

    /// The event is the application's own.
    pub const THE_APPS: i32 = -1;

    /// All exports that this module names.
    pub const EXPORTS: [&str; 41] = [
        U8_READ,
        U8_DROP_READABLE,
        U8_NEW,
        U8_HELD,
        U8_CAPTURED,
        U8_WRITE,
        U8_BLOCKED,
        U8_DROP_WRITABLE,
        U8_LOWER,
        ENTRY_READ,
        ENTRY_DROP_READABLE,
        ENTRY_LOWER,
        FS_READ,
        FS_CANCEL_READ,
        FS_CANCEL_READ_SYNC,
        FS_DROP_READABLE,
        FS_LOWER,
        CLI_READ,
        CLI_CANCEL_READ,
        CLI_CANCEL_READ_SYNC,
        CLI_DROP_READABLE,
        CLI_LOWER,
        JOIN,
        JOINED,
        GONE,
        SET_DROP,
        SET_POLL,
        UNIT_HELD,
        UNIT_LOWER,
        PUMP_WAIT,
        PUMP_EVENT,
        PUMP_POLL,
        PUMP_YIELD,
        PUMP_EXIT,
        PUMP_BLOCK,
        PUMP_WOKEN,
        PUMP_UNTIL,
        PUMP_UNTIL_DONE,
        PUMP_CAME,
        PLACE_NEW,
        PLACE_TAKE,
    ];
}

/// What the name of a check has before the function that it is for. A check takes the parameters of
/// the function, the one that says where the result goes among them. It returns the first argument
/// with which the host is called, a handle; or 0, which none is, where it has written the result of
/// a refused call.
pub const CHECK: &str = "[check]";

/// The same of a check that gives requests headers from the host's environment.
pub const HEADERS: &str = "[headers]";

/// Calls of the host that the adapter makes for the application: it has to see what they return
/// before the application does. The application knows each by the handle of the host's subtask.
pub mod begun {
    /// What the name of an export has before the function that it calls. It takes the parameters of
    /// the function as it is lowered with `async`, and returns what that returns.
    pub const BEGIN: &str = "[begin]";
    /// What the name of a function of the host has, after `#`, where it is lowered with `async`.
    pub const LOWER: &str = "[async-lower]";
    /// `(waitable, set)`: the application is about to put a waitable into a set.
    pub const JOIN: &str = "[begun]join";
    /// `(event, waitable, code) -> set`: what came of a wait. 0: the event is the application's,
    /// and what the call returned lies where the application wants it. Else the set on which the
    /// task waits on.
    pub const EVENT: &str = "[begun]event";
    /// `(set, address, event) -> bool`: the same for a set on which the glue alone waits, where the
    /// host wrote what the event is about to this address. True: the task waits on.
    pub const WOKEN: &str = "[begun]woken";
    /// `(call, status) -> status`: what became of a call that the application has cancelled.
    pub const CANCEL: &str = "[begun]cancel";
}

/// What a function's name has before the resource that it drops.
pub const DROP: &str = "[resource-drop]";

/// How far left the layer is in the number of a virtual handle.
pub const LAYER_SHIFT: u32 = 28;

/// The highest layer; the lowest is 1.
pub const LAYERS: u32 = 15;

/// The bits of a virtual handle that are not the layer's.
pub const INDEX_MASK: u32 = (1 << LAYER_SHIFT) - 1;
