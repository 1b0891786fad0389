//! Rules for sockets.

use super::socket;
use crate::policy::network::socket::Use;
use crate::testing::test;

/// Good rules with their canonical spelling.
fn good(of: Use, rules: &[(&str, &str)]) {
    for (text, canonical) in rules {
        assert_eq!(socket(text, of).as_deref(), Ok(*canonical), "{text}");
        assert_eq!(socket(canonical, of).as_deref(), Ok(*canonical), "{text}");
    }
}

/// Bad rules with what is said of them. What is suggested is a good rule.
fn bad(of: Use, rules: &[(&str, &str)]) {
    for (text, message) in rules {
        let found = socket(text, of).unwrap_err();
        assert_eq!(found, *message, "{text}");
        if let Some((_, instead)) = found.split_once("; write `") {
            let instead = instead.trim_end_matches('`');
            assert_eq!(socket(instead, of).as_deref(), Ok(instead), "{text}");
        }
    }
}

#[test]
fn connections() {
    good(
        Use::Connect,
        &[
            ("api.example.com:443", "api.example.com:443"),
            ("tcp://a.example:80-81", "a.example:80-81"),
            ("udp://192.0.2.53:53", "udp://192.0.2.53:53"),
            ("10.0.0.0/8:8000-8099", "10.0.0.0/8:8000-8099"),
            ("10.1.2.3/32:1", "10.1.2.3:1"),
            ("0.0.0.0/0:*", "0.0.0.0/0:*"),
            ("[2001:db8::/32]:443", "[2001:db8::/32]:443"),
            ("[2001:DB8:0::1]:443", "[2001:db8::1]:443"),
            ("[::]:1", "[::]:1"),
            ("[::/0]:*", "[::/0]:*"),
            ("[::ffff:10.0.0.13]:80", "10.0.0.13:80"),
            ("[::ffff:10.0.0.0/104]:80", "10.0.0.0/8:80"),
            ("[10.0.0.1]:80", "10.0.0.1:80"),
            ("*.example.com:443", "*.example.com:443"),
            ("*:*", "*:*"),
            ("A.Example.:443", "a.example:443"),
            ("localhost:80", "localhost:80"),
            ("_srv.a-b.example:5", "_srv.a-b.example:5"),
            ("a.example:443-443", "a.example:443"),
            ("b\u{fc}cher.example:443", "b\u{fc}cher.example:443"),
            ("B\u{dc}CHER.example:443", "b\u{fc}cher.example:443"),
            ("b\u{75}\u{308}cher.example:443", "b\u{fc}cher.example:443"),
            ("xn--bcher-kva.example:443", "b\u{fc}cher.example:443"),
            ("*.stra\u{df}e.example:443", "*.stra\u{df}e.example:443"),
        ],
    );
    bad(
        Use::Connect,
        &[
            ("", "the rule is empty"),
            ("   ", "the rule is empty"),
            (
                " a.example:443",
                "there are spaces around it; write `a.example:443`",
            ),
            (
                "10.0.0.1/8:80",
                "the address has bits that are set after the first 8; write `10.0.0.0/8:80`",
            ),
            (
                "[2001:db8::1/32]:80",
                "the address has bits that are set after the first 32; write `[2001:db8::/32]:80`",
            ),
            (
                "10.0.0.1/0:80",
                "the address has bits that are set after the first 0; write `0.0.0.0/0:80`",
            ),
            (
                "*x.com:443",
                "`*` has to stand before a dot; write `*.x.com:443`",
            ),
            (
                "**.x.com:443",
                "`*.` stands for names at any depth; write `*.x.com:443`",
            ),
            (
                "*.*.x.com:443",
                "`*.` stands for names at any depth; write `*.x.com:443`",
            ),
            (
                ".x.com:443",
                "a name does not begin with a dot; `*.` stands for what is below it; write \
                 `*.x.com:443`",
            ),
            (
                "a.*.com:443",
                "`*` can only stand alone, or before a name as in `*.example.com`",
            ),
            (
                "api.example.com",
                "the port is missing; write `api.example.com:443`",
            ),
            ("a.example:", "the port is missing; write `a.example:443`"),
            (
                "udp://a.example",
                "the port is missing; write `udp://a.example:53`",
            ),
            (
                "*x.com",
                "`*` has to stand before a dot, and the port is missing; write `*.x.com:443`",
            ),
            (
                "https://api.example.com/v1?x",
                "the protocols of sockets are `tcp://` and `udp://`, and a rule for sockets has no \
                 path, and the port is missing; write `api.example.com:443`",
            ),
            (
                "UDP://a.example:53",
                "the protocols of sockets are `tcp://` and `udp://`; write `udp://a.example:53`",
            ),
            (
                "ftp://a.example:21",
                "`ftp://` is no protocol of sockets; there are `tcp://` and `udp://`",
            ),
            (
                "a.example:80/v1",
                "a rule for sockets has no path; write `a.example:80`",
            ),
            (
                "10.0.0.0:80/8",
                "the prefix stands before the port; write `10.0.0.0/8:80`",
            ),
            (
                "me@a.example:22",
                "a rule names no user; write `a.example:22`",
            ),
            (
                "2001:db8::1:443",
                "IPv6 stands in brackets; write `[2001:db8::1]:443`",
            ),
            (
                "2001:db8::/32:443",
                "IPv6 stands in brackets; write `[2001:db8::/32]:443`",
            ),
            (
                "::1",
                "IPv6 stands in brackets, and the port is missing; write `[::1]:443`",
            ),
            (
                "[2001:db8::]/32:443",
                "the prefix stands in the brackets; write `[2001:db8::/32]:443`",
            ),
            (
                "[fe80::1%eth0]:80",
                "a rule has no scope; write `[fe80::1]:80`",
            ),
            ("[::1:80", "the bracket is not closed"),
            ("[x]:80", "`x` is no address"),
            ("[::1]x:80", "`x` cannot stand after the brackets"),
            (
                "[::ffff:10.0.0.0/8]:80",
                "an IPv4 address in IPv6 is an IPv4 address; write `10.0.0.0/8:80`",
            ),
            (
                "10.0.0.0/33:80",
                "`/33` is no length of a prefix; give 0 to 32",
            ),
            (
                "10.0.0.*:80",
                "a block of addresses has a prefix; write `10.0.0.0/24:80`",
            ),
            (
                "2130706433:80",
                "some programs read this as an address, others as a name; write `127.0.0.1:80`",
            ),
            (
                "0x7f.1:80",
                "some programs read this as an address, others as a name; write `127.0.0.1:80`",
            ),
            (
                "127.1:80",
                "some programs read this as an address, others as a name; write `127.0.0.1:80`",
            ),
            (
                "010.0.0.1:80",
                "`010.0.0.1` ends in a number, so that some programs read an address and others a \
                 name",
            ),
            (
                "a.0x:80",
                "`a.0x` ends in a number, so that some programs read an address and others a name",
            ),
            ("a.example:0", "nothing can be reached on port 0"),
            (
                "a.example:0-80",
                "nothing can be reached on port 0; write `a.example:1-80`",
            ),
            (
                "a.example:90-80",
                "the range ends before it begins; write `a.example:80-90`",
            ),
            ("a.example:65536", "the last port is 65535"),
            (
                "a.example:80-99999999999",
                "the last port is 65535; write `a.example:80-65535`",
            ),
            (
                "a.example:80,443",
                "a rule has one port or one range; write a rule for each",
            ),
            (
                "a.example:https",
                "`https` is no port; ports are a number, a range such as `8000-8099`, or `*`",
            ),
            ("a b.example:1", "` ` cannot stand in the name of a host"),
            ("a.example\0:1", "`\\0` cannot stand in the name of a host"),
            ("a..example:1", "`a..example` has a dot too many"),
            (
                "xn--a.example:1",
                "`xn--a.example` is no name by the rules of IDNA (UTS 46)",
            ),
            (":443", "the host is missing"),
            (
                "443",
                "some programs read this as an address, others as a name, and the port is \
              missing; write `0.0.1.187:443`",
            ),
        ],
    );
    let label = "a".repeat(64);
    let long = socket(&format!("{label}.example:1"), Use::Connect);
    assert_eq!(
        long.unwrap_err(),
        "a part of the name is longer than 63 bytes"
    );
    let labels = [&label[..63]; 4].join(".");
    let long = socket(&format!("{labels}:1"), Use::Connect);
    assert_eq!(long.unwrap_err(), "the name is longer than 253 bytes");
}

#[test]
fn refusals() {
    good(
        Use::Refuse,
        &[
            ("10.0.0.13:*", "10.0.0.13:*"),
            ("tcp://10.0.0.13:80", "tcp://10.0.0.13:80"),
            ("udp://[::/0]:53", "udp://[::/0]:53"),
        ],
    );
    let names = "only addresses can be refused here, because the addresses of a name change; \
                 leave the name out of `allow` instead";
    bad(
        Use::Refuse,
        &[
            ("a.example:80", names),
            ("*.a.example:80", names),
            ("*:80", names),
            ("10.0.0.13", "the port is missing; write `10.0.0.13:443`"),
        ],
    );
}

#[test]
fn listening() {
    good(
        Use::Listen,
        &[
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            (":0", ":0"),
            (":8000-8080", ":8000-8080"),
            ("udp://:53", "udp://:53"),
            ("[::1]:*", "[::1]:*"),
            ("0.0.0.0:80", "0.0.0.0:80"),
        ],
    );
    let names = "a program listens on addresses, not on names";
    bad(
        Use::Listen,
        &[
            ("a.example:80", names),
            ("*.example:80", names),
            (
                "localhost:80",
                "a program listens on addresses, not on names; write `127.0.0.1:80`",
            ),
            (
                "*:8080",
                "an empty host stands for every address of this machine; write `:8080`",
            ),
            ("8080", "a colon stands before the port; write `:8080`"),
            ("127.0.0.1", "the port is missing; write `127.0.0.1:8080`"),
        ],
    );
}

#[test]
fn lookups() {
    good(
        Use::Resolve,
        &[
            ("*.corp.example", "*.corp.example"),
            ("A.Example.", "a.example"),
            ("*", "*"),
        ],
    );
    bad(
        Use::Resolve,
        &[
            (
                "a.example:443",
                "a rule of names has no port; write `a.example`",
            ),
            (
                "tcp://a.example",
                "a rule of names has no protocol; write `a.example`",
            ),
            (
                "10.0.0.1",
                "an address is not looked up; only names can stand here",
            ),
            (
                "[::1]",
                "an address is not looked up; only names can stand here",
            ),
        ],
    );
}
