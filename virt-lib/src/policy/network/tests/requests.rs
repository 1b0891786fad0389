//! Rules for requests.

use super::request;
use crate::testing::test;

#[test]
fn good_rules() {
    for (text, canonical) in [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        ("api.example.com", "https://api.example.com"),
        (
            "GET,HEAD https://*.example.org",
            "GET,HEAD https://*.example.org",
        ),
        ("GET,GET a.example", "GET https://a.example"),
        ("PROPFIND a.example", "PROPFIND https://a.example"),
        ("HTTPS://A.Example./", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:80/x", "http://a.example/x"),
        ("http://a.example:443", "http://a.example:443"),
        ("*://a.example:443", "*://a.example:443"),
        ("*://*:*", "*://*:*"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/a/", "http://[::1]:8080/a/"),
        ("http://[10.0.0.0/8]:8080", "http://[10.0.0.0/8]:8080"),
        ("http://[fd00::/8]/x", "http://[fd00::/8]/x"),
        ("https://a.example/%761/%e4", "https://a.example/v1/%E4"),
        ("https://a.example/a:b@c", "https://a.example/a:b@c"),
        (
            "https://b\u{fc}cher.example/x",
            "https://b\u{fc}cher.example/x",
        ),
    ] {
        assert_eq!(request(text).as_deref(), Ok(canonical), "{text}");
        assert_eq!(request(canonical).as_deref(), Ok(canonical), "{text}");
    }
}

#[test]
fn bad_rules() {
    let differs = "hosts and servers could read the path differently";
    let ends = "hosts and servers could read the path differently; end it before `%2f`, `%5c`, \
                `%00`, dots, and a `%` without two digits";
    let cases = [
        ("", "the rule is empty".to_string()),
        ("https://", "the host is missing".into()),
        ("GET", "the host is missing after the method".into()),
        (
            "deny",
            "it is a word, and no rule; give a host such as `https://a.example`".into(),
        ),
        (
            "get https://a.example",
            "methods are written in capital letters; write `GET https://a.example`".into(),
        ),
        (
            "GET, Head  https://a.example",
            "methods are separated by commas, and one space follows them, and methods are written \
             in capital letters; write `GET,HEAD https://a.example`"
                .into(),
        ),
        (
            "* https://a.example",
            "a rule without methods is for all but CONNECT and TRACE; write `https://a.example`"
                .into(),
        ),
        (
            "GE/T https://a.example",
            "`GE/T` is no method; write methods as in `GET,HEAD`".into(),
        ),
        (
            ", https://a.example",
            "the methods are missing before the space".into(),
        ),
        (
            "tcp://a.example",
            "`tcp://` is no scheme of requests; there are `https://`, `http://` and `*://`".into(),
        ),
        (
            "wss://a.example/x",
            "the schemes of requests are `https://`, `http://` and `*://`; write \
             `https://a.example/x`"
                .into(),
        ),
        (
            "https://me:secret@a.example/x",
            "a rule names no user; write `https://a.example/x`".into(),
        ),
        (
            "https://a.example/x?y=1#z",
            "a rule looks at neither query nor fragment; write `https://a.example/x`".into(),
        ),
        (
            "https://a.example:/x",
            "the port is missing after the colon; write `https://a.example/x`".into(),
        ),
        (
            "https://a.example:0",
            "nothing can be reached on port 0".into(),
        ),
        (
            "https://::1/x",
            "IPv6 stands in brackets; write `https://[::1]/x`".into(),
        ),
        (
            "http://10.0.0.0/8:8080",
            "a block of addresses stands in brackets here; write `http://[10.0.0.0/8]:8080`".into(),
        ),
        (
            "http://10.0.0.1/8",
            "a block of addresses stands in brackets here, and the address has bits that are set \
             after the first 8; write `http://[10.0.0.0/8]`"
                .into(),
        ),
        (
            "https://*example.com",
            "`*` has to stand before a dot; write `https://*.example.com`".into(),
        ),
        (
            "https://a.example/v1/*",
            "a path stands for everything below it; write `https://a.example/v1`".into(),
        ),
        (
            "https://a.example/*/x",
            "`*` cannot stand in a path; a path stands for everything below it".into(),
        ),
        (
            "https://a.example/v1/../x/./y",
            format!("{differs}; write `https://a.example/x/y`"),
        ),
        (
            "https://a.example/%2e%2E/",
            format!("{differs}; write `https://a.example`"),
        ),
        (
            "https://a.example//x",
            format!("{differs}; write `https://a.example/x`"),
        ),
        ("https://a.example/a%2fb", ends.into()),
        ("https://a.example/a%5Cb", ends.into()),
        ("https://a.example/a%00b", ends.into()),
        ("https://a.example/100%", ends.into()),
        ("https://a.example/a/..;x/b", ends.into()),
        (
            "https://a.example/\u{e4}",
            "only visible letters of ASCII can stand in a path; write `https://a.example/%C3%A4`"
                .into(),
        ),
        (
            "https://a.example\\x",
            "a path has slashes; write `https://a.example/x`".into(),
        ),
        (
            "https://0x7f.1/",
            "some programs read this as an address, others as a name; write `https://127.0.0.1`"
                .into(),
        ),
    ];
    for (text, message) in cases {
        let found = request(text).unwrap_err();
        assert_eq!(found, message, "{text}");
        if let Some((_, instead)) = found.split_once("; write `") {
            let instead = instead.trim_end_matches('`');
            assert_eq!(request(instead).as_deref(), Ok(instead), "{text}");
        }
    }
    let long = format!("https://a.example/{}", "a".repeat(4096));
    assert_eq!(
        request(&long).unwrap_err(),
        "the path is longer than 4096 bytes"
    );
}
