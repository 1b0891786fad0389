//! The types of WASI 0.2 that are passed in memory, but for those that all versions share. A test
//! compares each with WIT (`adapter/prebuilt/tests/types.rs`). This module must hold nothing else.

#![allow(dead_code, reason = "not every build uses all that WIT has")]

use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::{enums, records, variants};

enums! {
    /// `error-code` of `wasi:filesystem/types`.
    ErrorCode {
        Access WouldBlock Already BadDescriptor Busy Deadlock Quota Exist FileTooLarge
        IllegalByteSequence InProgress Interrupted Invalid Io IsDirectory Loop TooManyLinks
        MessageSize NameTooLong NoDevice NoEntry NoLock InsufficientMemory InsufficientSpace
        NotDirectory NotEmpty NotRecoverable Unsupported NoTty NoSuchDevice Overflow NotPermitted
        Pipe ReadOnly InvalidSeek TextFileBusy CrossDevice
    }
    /// `descriptor-type` of `wasi:filesystem/types`.
    DescriptorType {
        Unknown BlockDevice CharacterDevice Directory Fifo SymbolicLink RegularFile Socket
    }
}

records! {
    /// `datetime` of `wasi:clocks/wall-clock`.
    Datetime {
        /// Seconds since 1970.
        seconds: u64,
        /// Nanoseconds into the second.
        nanoseconds: u32,
    }
    /// `timezone-display` of `wasi:clocks/timezone`.
    TimezoneDisplay {
        /// Seconds from UTC to local time.
        utc_offset: i32,
        /// Its name for people.
        name: Text,
        /// Whether daylight saving time is active.
        in_daylight_saving_time: bool,
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
        data_access_timestamp: Option<Datetime>,
        /// When its contents were changed.
        data_modification_timestamp: Option<Datetime>,
        /// When its status was changed.
        status_change_timestamp: Option<Datetime>,
    }
    /// `directory-entry` of `wasi:filesystem/types`.
    DirectoryEntry {
        /// What it is.
        type_: DescriptorType,
        /// Its name.
        name: Text,
    }
}

variants! {
    /// `stream-error` of `wasi:io/streams`.
    StreamError {
        /// An operation failed, for this reason.
        LastOperationFailed(Own),
        /// The stream is closed.
        Closed(()),
    }
    /// `error` of `wasi:config/store`, and `config-error` of `wasi:config/runtime`.
    ConfigError {
        /// The source of the values failed, for this reason.
        Upstream(Text),
        /// Input or output failed, for this reason.
        Io(Text),
    }
}

/// What an operation on files gives.
pub type FileResult<T> = Result<T, ErrorCode>;

/// What an operation on a stream gives.
pub type StreamResult<T> = Result<T, StreamError>;
