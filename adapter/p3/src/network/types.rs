//! The types of `wasi:sockets` in WASI 0.3 that are passed in memory, but for those that all
//! versions share. A test compares each with WIT (`adapter/prebuilt/tests/types.rs`). This module
//! must hold nothing else.

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::variants;

variants! {
    /// `error-code` of `wasi:sockets/types`.
    #[derive(Clone, PartialEq, Eq)]
    #[allow(missing_docs, reason = "the cases are those of WIT, all of them")]
    SocketError {
        AccessDenied(()), NotSupported(()), InvalidArgument(()), OutOfMemory(()), Timeout(()),
        InvalidState(()), AddressNotBindable(()), AddressInUse(()), RemoteUnreachable(()),
        ConnectionRefused(()), ConnectionBroken(()), ConnectionReset(()), ConnectionAborted(()),
        DatagramTooLarge(()), Other(Option<Text>),
    }
    /// `error-code` of `wasi:sockets/ip-name-lookup`.
    #[derive(Clone, PartialEq, Eq)]
    #[allow(missing_docs, reason = "the cases are those of WIT, all of them")]
    LookupError {
        AccessDenied(()), InvalidArgument(()), NameUnresolvable(()),
        TemporaryResolverFailure(()), PermanentResolverFailure(()), Other(Option<Text>),
    }
    /// `header-error` of `wasi:http/types`.
    #[derive(Clone, PartialEq, Eq)]
    #[allow(missing_docs, reason = "the cases are those of WIT, all of them")]
    HeaderError {
        InvalidSyntax(()), Forbidden(()), Immutable(()), SizeExceeded(()), Other(Option<Text>),
    }
}

/// What an operation on sockets gives.
pub type SocketResult<T> = Result<T, SocketError>;
