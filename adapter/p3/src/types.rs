//! The types of WASI 0.3 that are passed in memory. A test compares each with WIT
//! (`adapter/prebuilt/tests/types.rs`). This module must hold nothing else.

#![allow(dead_code, reason = "not every build uses all that WIT has")]

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::{enums, records, variants};

variants! {
    /// `error-code` of `wasi:filesystem/types`.
    #[derive(Clone, PartialEq, Eq)]
    #[allow(missing_docs, reason = "the cases are those of WIT, all of them")]
    ErrorCode {
        Access(()), Already(()), BadDescriptor(()), Busy(()), Deadlock(()), Quota(()), Exist(()),
        FileTooLarge(()), IllegalByteSequence(()), InProgress(()), Interrupted(()), Invalid(()),
        Io(()), IsDirectory(()), Loop(()), TooManyLinks(()), MessageSize(()), NameTooLong(()),
        NoDevice(()), NoEntry(()), NoLock(()), InsufficientMemory(()), InsufficientSpace(()),
        NotDirectory(()), NotEmpty(()), NotRecoverable(()), Unsupported(()), NoTty(()),
        NoSuchDevice(()), Overflow(()), NotPermitted(()), Pipe(()), ReadOnly(()), InvalidSeek(()),
        TextFileBusy(()), CrossDevice(()), Other(Option<Text>),
    }
    /// `descriptor-type` of `wasi:filesystem/types`.
    #[derive(Clone, PartialEq, Eq)]
    #[allow(missing_docs, reason = "the cases are those of WIT, all of them")]
    DescriptorType {
        BlockDevice(()), CharacterDevice(()), Directory(()), Fifo(()), SymbolicLink(()),
        RegularFile(()), Socket(()), Other(Option<Text>),
    }
}

enums! {
    /// `error-code` of `wasi:cli/types`.
    CliErrorCode { Io IllegalByteSequence Pipe }
}

records! {
    /// `instant` of `wasi:clocks/system-clock`.
    Instant {
        /// Seconds since 1970.
        seconds: i64,
        /// Nanoseconds into the second.
        nanoseconds: u32,
    }
    /// `descriptor-stat` of `wasi:filesystem/types`.
    DescriptorStat {
        /// What it is.
        type_: DescriptorType,
        /// How many names it has.
        link_count: u64,
        /// Its size in bytes.
        size: u64,
        /// When it was accessed.
        data_access_timestamp: Option<Instant>,
        /// When its contents were changed.
        data_modification_timestamp: Option<Instant>,
        /// When its status was changed.
        status_change_timestamp: Option<Instant>,
    }
    /// `directory-entry` of `wasi:filesystem/types`.
    DirectoryEntry {
        /// What it is.
        type_: DescriptorType,
        /// Its name.
        name: Text,
    }
}

/// What an operation on files gives.
pub type FileResult<T> = Result<T, ErrorCode>;
