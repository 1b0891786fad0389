//! The types of `wasi:sockets` in WASI 0.2 that are passed in memory, but for those that all
//! versions share. A test compares each with WIT (`adapter/prebuilt/tests/types.rs`). This module
//! must hold nothing else.

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::network::IpSocketAddress;
use wasi_virt_adapter_core::{enums, records, variants};

enums! {
    /// `error-code` of `wasi:sockets/network`.
    SocketError {
        Unknown AccessDenied NotSupported InvalidArgument OutOfMemory Timeout ConcurrencyConflict
        NotInProgress WouldBlock InvalidState NewSocketLimit AddressNotBindable AddressInUse
        RemoteUnreachable ConnectionRefused ConnectionReset ConnectionAborted DatagramTooLarge
        NameUnresolvable TemporaryResolverFailure PermanentResolverFailure
    }
}

variants! {
    /// `header-error` of `wasi:http/types`.
    HeaderError {
        /// A name or a value is none.
        InvalidSyntax(()),
        /// The header may not be set.
        Forbidden(()),
        /// The headers may not be changed.
        Immutable(()),
    }
}

records! {
    /// `incoming-datagram` of `wasi:sockets/udp`.
    IncomingDatagram {
        /// The payload.
        data: Text,
        /// From whom it came.
        remote_address: IpSocketAddress,
    }
}

/// What an operation on sockets gives.
pub type SocketResult<T> = Result<T, SocketError>;
