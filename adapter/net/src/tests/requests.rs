//! Requests.

use super::{request, vectors};
use crate::Rules;
use crate::http::{Header, Path, Refusal, Request, Sent};
use crate::write::{HeaderRule, HttpRule, RuleSet};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// What is sent for a request, as a line, or why nothing is.
fn sent(rules: &[u8], request: &Request<'_>) -> String {
    match Rules::new(rules).request(request) {
        Ok(Sent {
            method,
            is_https,
            authority,
            path,
            headers,
        }) => {
            assert_eq!(headers, []);
            let scheme = if is_https { "https" } else { "http" };
            format!("{method} {scheme}://{authority}{path}")
        }
        Err(Refusal::Denied) => "denied".to_string(),
        Err(Refusal::Malformed) => "malformed".to_string(),
        Err(Refusal::Prohibited) => "prohibited".to_string(),
    }
}

/// The same of a method, a URL whose authority and path are passed as they are, and a `host`.
fn of(rules: &[u8], method: &str, url: &str, host: &[&[u8]]) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once(' ').unwrap();
    sent(
        rules,
        &Request {
            method,
            scheme: Some(scheme),
            authority: Some(authority),
            path: Some(path),
            hosts: host,
        },
    )
}

#[test]
fn the_vectors_of_the_specification() {
    let rules = vectors();
    for (method, url, came) in [
        (
            "GET",
            "https://a.example /v1/x",
            "GET https://a.example/v1/x",
        ),
        ("GET", "https://a.example /v10", "denied"),
        ("GET", "https://a.example /v1/../x", "denied"),
        ("GET", "https://a.example /v1/%2e%2E/x", "denied"),
        (
            "GET",
            "https://a.example /%761/x",
            "GET https://a.example/v1/x",
        ),
        ("GET", "https://a.example /v1/%61dmin", "denied"),
        (
            "GET",
            "https://a.example /v1/administrators",
            "GET https://a.example/v1/administrators",
        ),
        ("GET", "https://a.example /v1/a%2fb", "denied"),
        (
            "GET",
            "https://a.example:0443 /v1",
            "GET https://a.example/v1",
        ),
        ("GET", "https://a.example@evil.test /v1", "malformed"),
        ("GET", "https://a.example .evil.test/", "malformed"),
        ("GET", "http://a.example /v1", "denied"),
        ("GET", "https://x.b.example:8443 /", "denied"),
        ("post", "https://x.b.example /", "denied"),
        ("get", "https://X.B.Example. /", "GET https://x.b.example/"),
        ("GET", "http://0x7f.1:8080 /", "malformed"),
        (
            "GET",
            "http://127.0.0.1:8080 /%2f",
            "GET http://127.0.0.1:8080/%2f",
        ),
        ("GET", "http://127.0.0.2:8080 /", "prohibited"),
        (
            "GET",
            "http://[::ffff:127.0.0.1]:8080 /",
            "GET http://127.0.0.1:8080/",
        ),
        ("GET", "http://[::1]:8080 /", "prohibited"),
        ("CONNECT", "http://127.0.0.1:8080 /", "denied"),
        ("trace", "http://127.0.0.1:8080 /", "denied"),
        (
            "PURGE",
            "http://127.0.0.1:8080 /",
            "PURGE http://127.0.0.1:8080/",
        ),
        ("GET", "ftp://a.example /v1", "denied"),
    ] {
        assert_eq!(of(&rules, method, url, &[]), came, "{method} {url}");
    }
    let evil: &[&[u8]] = &[b"evil.test"];
    assert_eq!(of(&rules, "GET", "https://a.example /v1", evil), "denied");
}

#[test]
fn a_host_header_is_the_authority() {
    let rules = vectors();
    let url = "https://a.example /v1";
    for (host, came) in [
        (&b"a.example"[..], "GET https://a.example/v1"),
        (b"A.example.:443", "GET https://a.example/v1"),
        (b"a.example:80", "denied"),
        (b"", "denied"),
        (b"a.example ", "denied"),
    ] {
        assert_eq!(of(&rules, "GET", url, &[host]), came);
    }
    assert_eq!(
        of(&rules, "GET", url, &[b"a.example", b"evil.test"]),
        "denied"
    );
}

#[test]
fn authorities_have_one_reading() {
    let rules = vectors();
    for authority in [
        "",
        ":443",
        "a.example:",
        "a.example:0",
        "a.example:65536",
        "a.example:443:443",
        "a.example:+443",
        "a.example: 443",
        "a.example/",
        "a.example\\",
        "a.example?",
        "a.example#",
        "[::1",
        "[::1]x",
        "[::1]]",
        "::1",
        "[127.0.0.1]",
        "a example",
        "a..example",
        "1.2.3",
        "u:p@a.example",
        "a.example:000000443",
    ] {
        let request = Request {
            method: "GET",
            authority: Some(authority),
            path: Some("/v1"),
            ..Request::default()
        };
        assert_eq!(sent(&rules, &request), "malformed", "{authority:?}");
    }
    let none = Request {
        method: "GET",
        ..Request::default()
    };
    assert_eq!(sent(&rules, &none), "malformed");
}

#[test]
fn a_scheme_that_is_missing_is_https() {
    let request = Request {
        method: "GET",
        authority: Some("x.b.example"),
        ..Request::default()
    };
    assert_eq!(sent(&vectors(), &request), "GET https://x.b.example/");
}

#[test]
fn methods_that_have_to_be_named_are_sent_once_they_are() {
    let rules = RuleSet {
        http: ["CONNECT,TRACE http://127.0.0.1:8080"]
            .map(request)
            .to_vec(),
        ..RuleSet::default()
    }
    .encode();
    let trace = of(&rules, "trace", "http://127.0.0.1:8080 /", &[]);
    assert_eq!(trace, "TRACE http://127.0.0.1:8080/");
    let get = of(&rules, "GET", "http://127.0.0.1:8080 /", &[]);
    assert_eq!(get, "denied");
}

#[test]
fn ambiguous_paths_pass_where_no_rule_has_a_path() {
    let rules = RuleSet {
        http: [
            "https://plain.example",
            "https://path.example/v1",
            "https://mixed.example",
        ]
        .map(request)
        .to_vec(),
        http_refused: ["POST https://mixed.example/admin"].map(request).to_vec(),
        ..RuleSet::default()
    }
    .encode();
    for path in [
        "/v1/.",
        "/v1/..",
        "/v1/%2e",
        "/v1/..;/x",
        "/v1/.;a",
        "/v1/..%3bx",
        "//v1",
        "/v1//x",
        "/v1\\x",
        "/v1/%2F",
        "/v1/%5c",
        "/v1/%00",
        "/v1/%",
        "/v1/%4",
        "/v1/%zz",
    ] {
        let to = |host: &str| of(&rules, "GET", &format!("https://{host} {path}"), &[]);
        assert_eq!(
            to("plain.example"),
            format!("GET https://plain.example{path}")
        );
        assert_eq!(to("path.example"), "denied", "{path}");
        assert_eq!(to("mixed.example"), "denied", "{path}");
    }
    for path in [
        "/v1/...",
        "/v1/.x",
        "/v1/..x",
        "/v1/x..",
        "/v1/x;..",
        "/v1?/../x",
        "/v1/",
    ] {
        let came = of(&rules, "GET", &format!("https://path.example {path}"), &[]);
        assert_eq!(came, format!("GET https://path.example{path}"));
    }
}

#[test]
fn paths_begin_with_a_slash_and_are_visible() {
    for path in [
        "", "x", "*", "?x", "/a b", "/\u{7f}", "/\u{fc}", "/a#b", "/\n",
    ] {
        assert!(Path::parse(path).is_none(), "{path:?}");
    }
}

/// What a URL parser makes of what is sent is where the rule lets it go.
#[test]
fn what_is_sent_goes_where_a_url_parser_says() {
    let rules = vectors();
    let hosts = [
        "a.example",
        "A.EXAMPLE.",
        "x.b.example",
        "127.0.0.1:8080",
        "[::ffff:7f00:1]:8080",
        "[::1]:8080",
        "0x7f000001:8080",
        "2130706433:8080",
        "127.1:8080",
        "a.example:443",
        "a.example:0443",
        "a.example@evil.test",
        "evil.test",
    ];
    let parts = [
        "/", "v1", "admin", ".", "..", "%2e", "%2E%2e", "%2f", "\\", "%5c", "a", "?", "%61", ";",
        "%76", "1", "dmin", "%", "//",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let mut passed = 0;
    for _ in 0..200_000 {
        let host = random.choice(hosts).unwrap();
        let scheme = random.choice(["http", "https"]).unwrap();
        let count = random.usize(0..6);
        let parts: Vec<&str> = (0..count).map(|_| random.choice(parts).unwrap()).collect();
        let path = format!("/{}", parts.concat());
        let request = Request {
            method: "GET",
            scheme: Some(scheme),
            authority: Some(host),
            path: Some(&path),
            hosts: &[],
        };
        let Ok(sent) = Rules::new(&rules).request(&request) else {
            continue;
        };
        passed += 1;
        let scheme = if sent.is_https { "https" } else { "http" };
        let url = format!("{scheme}://{}{}", sent.authority, sent.path);
        let url = url::Url::parse(&url).unwrap();
        assert_eq!(url.username(), "");
        let (host, path) = (url.host_str().unwrap(), url.path());
        match host {
            "a.example" => {
                assert!(
                    path == "/v1" || path.starts_with("/v1/"),
                    "{request:?} {url}"
                );
                assert!(
                    path != "/v1/admin" && !path.starts_with("/v1/admin/"),
                    "{request:?}"
                );
                assert_eq!(url.port_or_known_default(), Some(443));
            }
            "x.b.example" => assert_eq!(url.port_or_known_default(), Some(443)),
            "127.0.0.1" => assert_eq!(url.port(), Some(8080)),
            other => panic!("{request:?} went to {other}"),
        }
    }
    assert!(passed > 1000, "{passed}");
}

#[test]
fn secrets_go_where_their_rule_says_and_over_https_alone() {
    let rule = |text: &str, headers: &[[&str; 3]]| HttpRule {
        headers: headers
            .iter()
            .map(|[name, variable, prefix]| HeaderRule {
                name: name.to_string(),
                variable: variable.to_string(),
                prefix: prefix.to_string(),
            })
            .collect(),
        ..request(text)
    };
    let rules = RuleSet {
        http: Vec::from([
            rule("*://a.example/v1", &[["authorization", "TOKEN", "Bearer "]]),
            rule("GET https://a.example", &[["x-key", "KEY", ""]]),
            rule("https://b.example", &[]),
        ]),
        ..RuleSet::default()
    }
    .encode();
    let headers = |method, scheme, authority, path| {
        let request = Request {
            method,
            scheme: Some(scheme),
            authority: Some(authority),
            path: Some(path),
            hosts: &[],
        };
        let sent = Rules::new(&rules).request(&request);
        let sent = sent.unwrap().headers;
        let shown = sent.iter().map(|header| {
            let Header {
                name,
                variable,
                prefix,
            } = header;
            format!("{name}: {prefix}${variable}")
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        headers("GET", "https", "a.example", "/v1/x"),
        "authorization: Bearer $TOKEN, x-key: $KEY"
    );
    assert_eq!(
        headers("POST", "https", "a.example", "/v1/x"),
        "authorization: Bearer $TOKEN"
    );
    assert_eq!(headers("GET", "https", "a.example", "/v2"), "x-key: $KEY");
    assert_eq!(headers("GET", "http", "a.example:80", "/v1"), "");
    assert_eq!(headers("GET", "https", "b.example", "/v1"), "");
}
