//! Headers whose values come from the host's environment. The program never sees them, so that
//! nothing here may show a value, in an answer or in the log.

use wasi_virt_net::Header;

use super::{HostHttp, Refused};
use crate::abi::Text;

/// A copy of a request's headers with further ones, in the place of those of the same names. None
/// where the host's environment lacks a variable, or has an empty one or what no header can have.
pub fn with_headers<H: HostHttp>(
    request: u32,
    headers: &[Header<'_>],
    environment: &[(Text, Text)],
) -> Option<u32> {
    let of_program = H::headers(request);
    let fields = H::clone_fields(of_program);
    H::drop_fields(of_program);
    for header in headers {
        if !is_set::<H>(fields, header, environment) {
            Refused::Header(header).report();
            H::drop_fields(fields);
            return None;
        }
    }
    Some(fields)
}

fn is_set<H: HostHttp>(fields: u32, header: &Header<'_>, environment: &[(Text, Text)]) -> bool {
    let mut variables = environment.iter();
    let variable = variables.find(|(name, _)| *name.0 == *header.variable.as_bytes());
    let Some((_, value)) = variable else {
        return false;
    };
    let is_of_header = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
    if value.0.is_empty() || !value.0.iter().all(is_of_header) {
        return false;
    }
    let value = [header.prefix.as_bytes(), &value.0].concat();
    H::set(fields, header.name.as_bytes(), &value)
}

#[cfg(test)]
mod tests {
    use core::cell::RefCell;
    use std::string::{String, ToString};
    use std::thread_local;
    use std::vec::Vec;

    use super::*;
    use crate::network::{Method, Scheme};

    thread_local! {
        /// The headers that are set, and the fields that are dropped.
        static HOST: RefCell<(Vec<String>, Vec<u32>)> = RefCell::default();
    }

    /// A host whose headers of a request are 1, and copies of them 2.
    struct Host;

    impl HostHttp for Host {
        fn headers(request: u32) -> u32 {
            assert_eq!(request, 7);
            1
        }
        fn clone_fields(fields: u32) -> u32 {
            assert_eq!(fields, 1);
            2
        }
        fn set(fields: u32, name: &[u8], value: &[u8]) -> bool {
            assert_eq!(fields, 2);
            let text = |bytes| String::from_utf8_lossy(bytes).to_string();
            HOST.with_borrow_mut(|(set, _)| set.push([text(name), text(value)].join(": ")));
            name != b"refused"
        }
        fn drop_fields(fields: u32) {
            HOST.with_borrow_mut(|(_, dropped)| dropped.push(fields));
        }
        fn method(_: u32) -> Method {
            unreachable!()
        }
        fn scheme(_: u32) -> Option<Scheme> {
            unreachable!()
        }
        fn authority(_: u32) -> Option<Text> {
            unreachable!()
        }
        fn path_with_query(_: u32) -> Option<Text> {
            unreachable!()
        }
        fn get(_: u32, _: &[u8]) -> Vec<Text> {
            unreachable!()
        }
        fn set_method(_: u32, _: u32, _: &[u8]) -> u32 {
            unreachable!()
        }
        fn set_scheme(_: u32, _: u32, _: u32, _: &[u8]) -> u32 {
            unreachable!()
        }
        fn set_authority(_: u32, _: u32, _: &[u8]) -> u32 {
            unreachable!()
        }
        fn set_path_with_query(_: u32, _: u32, _: &[u8]) -> u32 {
            unreachable!()
        }
        fn drop_request(_: u32) {
            unreachable!()
        }
    }

    fn added(headers: &[[&'static str; 3]]) -> (Option<u32>, Vec<String>, Vec<u32>) {
        let text = |text: &'static str| Text::from(text.as_bytes());
        let environment = [
            ("A", "one"),
            ("B", ""),
            ("C", "two\r\nhost: evil.test"),
            ("D", "\u{e9}\t~"),
            ("A", "again"),
            ("E", "\u{7f}"),
        ];
        let environment = environment.map(|(name, value)| (text(name), text(value)));
        let headers: Vec<Header<'_>> = headers
            .iter()
            .map(|[name, variable, prefix]| Header {
                name,
                variable,
                prefix,
            })
            .collect();
        HOST.take();
        let fields = with_headers::<Host>(7, &headers, &environment);
        let (set, dropped) = HOST.take();
        (fields, set, dropped)
    }

    #[test]
    fn all_headers_are_set_or_nothing_is_left() {
        let set = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let both = added(&[["x-a", "A", "p "], ["x-d", "D", ""]]);
        let expected = set(&["x-a: p one", "x-d: \u{e9}\t~"]);
        assert_eq!(both, (Some(2), expected, Vec::from([1])));
        for variable in ["B", "C", "E", "a", "", "F"] {
            let missing = added(&[["x-a", "A", ""], ["x-b", variable, "p"]]);
            let expected = (None, set(&["x-a: one"]), Vec::from([1, 2]));
            assert_eq!(missing, expected, "{variable}");
        }
        let refused = added(&[["refused", "A", ""]]);
        assert_eq!(refused, (None, set(&["refused: one"]), Vec::from([1, 2])));
    }
}
