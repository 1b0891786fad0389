//! Requests of HTTP clients: read from the host's resource, and put into their canonical spelling
//! there before they are sent. This module must never look at a body.

use alloc::vec::Vec;

use wasi_virt_net::{Header, Refusal, Request};

use super::{Refused, rules};
use crate::abi::Text;
use crate::{records, variants};

variants! {
    /// `method` of `wasi:http/types`.
    #[allow(missing_docs, reason = "the cases are those of WIT, all of them")]
    Method {
        Get(()), Head(()), Post(()), Put(()), Delete(()), Connect(()), Options(()), Trace(()),
        Patch(()), Other(Text),
    }
    /// `scheme` of `wasi:http/types`.
    #[allow(missing_docs, reason = "the cases are those of WIT, all of them")]
    Scheme { Http(()), Https(()), Other(Text), }
    /// `error-code` of `wasi:http/types`.
    #[allow(missing_docs, reason = "the cases are those of WIT, all of them")]
    HttpError {
        DnsTimeout(()), DnsError(DnsErrorPayload), DestinationNotFound(()),
        DestinationUnavailable(()), DestinationIpProhibited(()), DestinationIpUnroutable(()),
        ConnectionRefused(()), ConnectionTerminated(()), ConnectionTimeout(()),
        ConnectionReadTimeout(()), ConnectionWriteTimeout(()), ConnectionLimitReached(()),
        TlsProtocolError(()), TlsCertificateError(()), TlsAlertReceived(TlsAlertReceivedPayload),
        HttpRequestDenied(()), HttpRequestLengthRequired(()), HttpRequestBodySize(Option<u64>),
        HttpRequestMethodInvalid(()), HttpRequestUriInvalid(()), HttpRequestUriTooLong(()),
        HttpRequestHeaderSectionSize(Option<u32>),
        HttpRequestHeaderSize(Option<FieldSizePayload>),
        HttpRequestTrailerSectionSize(Option<u32>), HttpRequestTrailerSize(FieldSizePayload),
        HttpResponseIncomplete(()), HttpResponseHeaderSectionSize(Option<u32>),
        HttpResponseHeaderSize(FieldSizePayload), HttpResponseBodySize(Option<u64>),
        HttpResponseTrailerSectionSize(Option<u32>), HttpResponseTrailerSize(FieldSizePayload),
        HttpResponseTransferCoding(Option<Text>), HttpResponseContentCoding(Option<Text>),
        HttpResponseTimeout(()), HttpUpgradeFailed(()), HttpProtocolError(()), LoopDetected(()),
        ConfigurationError(()), InternalError(Option<Text>),
    }
}

records! {
    /// `DNS-error-payload` of `wasi:http/types`.
    #[allow(missing_docs, reason = "the fields are those of WIT")]
    DnsErrorPayload { rcode: Option<Text>, info_code: Option<u16>, }
    /// `TLS-alert-received-payload` of `wasi:http/types`.
    #[allow(missing_docs, reason = "the fields are those of WIT")]
    TlsAlertReceivedPayload { alert_id: Option<u8>, alert_message: Option<Text>, }
    /// `field-size-payload` of `wasi:http/types`.
    #[allow(missing_docs, reason = "the fields are those of WIT")]
    FieldSizePayload { field_name: Option<Text>, field_size: Option<u32>, }
}

/// The host's functions of requests in one version of WASI. The macro
/// [`host_http!`](crate::host_http) implements it. Setters of requests return 0 where they succeed,
/// and that of headers true.
#[allow(missing_docs, reason = "the functions are those of WIT")]
pub trait HostHttp {
    fn method(this: u32) -> Method;
    fn scheme(this: u32) -> Option<Scheme>;
    fn authority(this: u32) -> Option<Text>;
    fn path_with_query(this: u32) -> Option<Text>;
    fn headers(this: u32) -> u32;
    fn get(fields: u32, name: &[u8]) -> Vec<Text>;
    fn clone_fields(fields: u32) -> u32;
    fn set(fields: u32, name: &[u8], value: &[u8]) -> bool;
    fn drop_fields(fields: u32);
    fn set_method(this: u32, case: u32, other: &[u8]) -> u32;
    fn set_scheme(this: u32, is_some: u32, case: u32, other: &[u8]) -> u32;
    fn set_authority(this: u32, is_some: u32, authority: &[u8]) -> u32;
    fn set_path_with_query(this: u32, is_some: u32, path: &[u8]) -> u32;
    fn drop_request(this: u32);
}

/// Implements [`HostHttp`] for a version: the names of its interface and of its getters, and the
/// function that sets a header.
#[macro_export]
macro_rules! host_http {
    ($version:ident, $types:literal, $request:literal, $get:literal, $set:ident) => {
        impl $crate::network::HostHttp for $version {
            fn set(fields: u32, name: &[u8], value: &[u8]) -> bool {
                $set(fields, name, &[$crate::host::List::new(value)]).is_ok()
            }

            $crate::host_functions! { impl
                [$types "#[method]" $request "." $get "method"]
                fn method(this: u32) => $crate::network::Method;
                [$types "#[method]" $request "." $get "scheme"]
                fn scheme(this: u32) => Option<$crate::network::Scheme>;
                [$types "#[method]" $request "." $get "authority"]
                fn authority(this: u32) => Option<$crate::abi::Text>;
                [$types "#[method]" $request "." $get "path-with-query"]
                fn path_with_query(this: u32) => Option<$crate::abi::Text>;
                [$types "#[method]" $request "." $get "headers"] fn headers(this: u32) -> u32;
                [$types "#[method]fields.get"]
                fn get(fields: u32, name: [u8]) => alloc::vec::Vec<$crate::abi::Text>;
                [$types "#[method]fields.clone"] fn clone_fields(fields: u32) -> u32;
                [$types "#[resource-drop]fields"] fn drop_fields(fields: u32) -> ();
                [$types "#[method]" $request ".set-method"]
                fn set_method(this: u32, case: u32, other: [u8]) -> u32;
                [$types "#[method]" $request ".set-scheme"]
                fn set_scheme(this: u32, is_some: u32, case: u32, other: [u8]) -> u32;
                [$types "#[method]" $request ".set-authority"]
                fn set_authority(this: u32, is_some: u32, authority: [u8]) -> u32;
                [$types "#[method]" $request ".set-path-with-query"]
                fn set_path_with_query(this: u32, is_some: u32, path: [u8]) -> u32;
                [$types "#[resource-drop]" $request] fn drop_request(this: u32) -> ();
            }
        }
    };
}

impl Method {
    /// The method as it is written.
    fn name(&self) -> &str {
        match self {
            Method::Get(()) => "GET",
            Method::Head(()) => "HEAD",
            Method::Post(()) => "POST",
            Method::Put(()) => "PUT",
            Method::Delete(()) => "DELETE",
            Method::Connect(()) => "CONNECT",
            Method::Options(()) => "OPTIONS",
            Method::Trace(()) => "TRACE",
            Method::Patch(()) => "PATCH",
            Method::Other(other) => text(other),
        }
    }
}

/// The number of the case that a method is.
fn case_of(method: &str) -> u32 {
    match method {
        "GET" => 0,
        "HEAD" => 1,
        "POST" => 2,
        "PUT" => 3,
        "DELETE" => 4,
        "CONNECT" => 5,
        "OPTIONS" => 6,
        "TRACE" => 7,
        "PATCH" => 8,
        _ => 9,
    }
}

/// What the rules say of a request that is to be sent: the headers that it gets besides. One that
/// they admit is in its canonical spelling then, and the log tells of one that they refuse.
///
/// # Errors
///
/// Why it must not be sent.
pub fn check<H: HostHttp>(this: u32) -> Result<Vec<Header<'static>>, HttpError> {
    decided::<H>(this, |request| Refused::Request(request).report())
}

/// The headers that a request would get if it were sent now.
pub fn headers_of<H: HostHttp>(this: u32) -> Vec<Header<'static>> {
    decided::<H>(this, |_| ()).unwrap_or_default()
}

fn decided<H: HostHttp>(
    this: u32,
    refused: impl FnOnce(&Request<'_>),
) -> Result<Vec<Header<'static>>, HttpError> {
    let fields = H::headers(this);
    let hosts = H::get(fields, b"host");
    H::drop_fields(fields);
    let hosts: Vec<&[u8]> = hosts.iter().map(|host| &*host.0).collect();
    let method = H::method(this);
    let scheme = H::scheme(this);
    let (authority, path) = (H::authority(this), H::path_with_query(this));
    let request = Request {
        method: method.name(),
        scheme: scheme.as_ref().map(|scheme| match scheme {
            Scheme::Http(()) => "http",
            Scheme::Https(()) => "https",
            Scheme::Other(other) => text(other),
        }),
        authority: authority.as_ref().map(text),
        path: path.as_ref().map(text),
        hosts: &hosts,
    };
    let sent = rules().request(&request).map_err(|refusal| {
        refused(&request);
        match refusal {
            Refusal::Denied => HttpError::HttpRequestDenied(()),
            Refusal::Malformed => HttpError::HttpRequestUriInvalid(()),
            Refusal::Prohibited => HttpError::DestinationIpProhibited(()),
        }
    })?;
    let mut failed = H::set_scheme(this, 1, sent.is_https.into(), b"");
    failed |= H::set_authority(this, 1, sent.authority.as_bytes());
    failed |= H::set_path_with_query(this, 1, sent.path.as_bytes());
    if sent.method != method.name() {
        let case = case_of(&sent.method);
        failed |= H::set_method(this, case, sent.method.as_bytes());
    }
    match failed {
        0 => Ok(sent.headers),
        _ => Err(HttpError::HttpRequestUriInvalid(())),
    }
}

/// The method, scheme, authority and path of a request in its canonical spelling.
#[derive(Debug)]
pub struct Line {
    method: Method,
    is_https: bool,
    authority: Option<Text>,
    path: Option<Text>,
}

impl Line {
    /// Those of a request.
    pub fn of<H: HostHttp>(request: u32) -> Self {
        Line {
            method: H::method(request),
            is_https: !matches!(H::scheme(request), Some(Scheme::Http(()))),
            authority: H::authority(request),
            path: H::path_with_query(request),
        }
    }

    /// Gives them to another request, and says whether it takes them all.
    pub fn give<H: HostHttp>(&self, to: u32) -> bool {
        let bytes = |text: &Option<Text>| text.as_ref().map_or_else(Vec::new, |it| it.0.to_vec());
        let name = self.method.name();
        let mut failed = H::set_method(to, case_of(name), name.as_bytes());
        failed |= H::set_scheme(to, 1, self.is_https.into(), b"");
        failed |= H::set_authority(to, self.authority.is_some().into(), &bytes(&self.authority));
        failed |= H::set_path_with_query(to, self.path.is_some().into(), &bytes(&self.path));
        failed == 0
    }
}

/// A string of the host's. What is not UTF-8 is no string, and nothing is admitted for it.
fn text(text: &Text) -> &str {
    core::str::from_utf8(&text.0).unwrap_or_default()
}
