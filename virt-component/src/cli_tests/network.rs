//! Rules for the network: as flags, in a file, and as JSON they are one policy.

use super::{job, policy, refused, refused_flags, run};
use crate::job::{FileContents, Invocation, Step};
use crate::{command_line, parse_policy, parse_policy_json, print_policy};
use wasi_virt::Policy;

fn file(text: &str) -> Policy {
    parse_policy(text, "p.toml").unwrap()
}

const FILE: &str = r#"
[sockets]
allow = ["api.example.com:443", "10.0.0.0/8:8000-8099", { host = "db.corp.example", port = 5432, addresses = ["10.1.0.0/16", "10.2.0.0/16"] }, { host = "*.corp.example", port = "1-9", protocol = "udp", addresses = "any" }]
deny = ["10.0.0.13:*"]
listen = ["127.0.0.1:8080", ":0"]
resolve = ["*.corp.example", "a.example"]

[http]
allow = ["GET,HEAD https://*.example.org", "https://api.example.com/v1", { url = "GET,HEAD https://api.github.com", headers = { authorization = { env = "GH_TOKEN", prefix = "Bearer " }, "x-a.b" = { env = "A,B" } } }]
deny = ["https://api.example.com/v1/admin"]
"#;

const FLAGS: [&str; 12] = [
    "--allow-sockets=api.example.com:443,10.0.0.0/8:8000-8099",
    "--allow-sockets=host=db.corp.example,port=5432,addresses=10.1.0.0/16,addresses=10.2.0.0/16",
    "--allow-sockets=host=*.corp.example,port=1-9,protocol=udp,addresses=any",
    "--deny-sockets=10.0.0.13:*",
    "--allow-listen=127.0.0.1:8080",
    "--allow-listen",
    ":0",
    "--allow-resolve=*.corp.example,a.example",
    "--allow-http=GET,HEAD https://*.example.org",
    "--allow-http=https://api.example.com/v1",
    "--allow-http=url=GET,,HEAD https://api.github.com,headers.authorization.env=GH_TOKEN,headers.authorization.prefix=Bearer ,headers.x-a.b.env=A,,B",
    "--deny-http=https://api.example.com/v1/admin",
];

#[test]
fn every_face_gives_the_same_policy() {
    let expected = file(FILE);
    assert_eq!(policy(&FLAGS), expected);
    let json = crate::policy_as_json(&expected);
    assert_eq!(parse_policy_json(&json).unwrap(), expected);
    assert_eq!(file(&print_policy(&expected)), expected);
    let line = command_line(&expected, "app.wasm", "out.wasm");
    assert_eq!(
        line,
        "wasi-virt app.wasm --allow-sockets=api.example.com:443,10.0.0.0/8:8000-8099 \
         --allow-sockets=host=db.corp.example,port=5432,addresses=10.1.0.0/16,addresses=10.2.0.0/16 \
         '--allow-sockets=host=*.corp.example,port=1-9,protocol=udp,addresses=any' \
         '--deny-sockets=10.0.0.13:*' --allow-listen=127.0.0.1:8080,:0 \
         '--allow-resolve=*.corp.example,a.example' \
         '--allow-http=GET,HEAD https://*.example.org' --allow-http=https://api.example.com/v1 \
         '--allow-http=url=GET,,HEAD https://api.github.com,headers.authorization.env=GH_TOKEN,headers.authorization.prefix=Bearer ,headers.x-a.b.env=A,,B' \
         --deny-http=https://api.example.com/v1/admin -o out.wasm"
    );
}

#[test]
fn rules_are_printed_as_tables() {
    let text = print_policy(&file(FILE));
    let sections = text.split_once("\n[sockets]\n").unwrap().1;
    assert_eq!(
        sections,
        r#"allow = ["api.example.com:443", "10.0.0.0/8:8000-8099", { host = "db.corp.example", port = 5432, addresses = ["10.1.0.0/16", "10.2.0.0/16"] }, { host = "*.corp.example", port = "1-9", protocol = "udp", addresses = "any" }]
deny = ["10.0.0.13:*"]
listen = ["127.0.0.1:8080", ":0"]
resolve = ["*.corp.example", "a.example"]

[http]
allow = ["GET,HEAD https://*.example.org", "https://api.example.com/v1", { url = "GET,HEAD https://api.github.com", headers = { authorization = { env = "GH_TOKEN", prefix = "Bearer " }, "x-a.b" = { env = "A,B" } } }]
deny = ["https://api.example.com/v1/admin"]
"#
    );
    let short = print_policy(&policy(&["--allow-http=a.example"]));
    assert!(
        short.contains("\nhttp = { allow = [\"a.example\"] }\n"),
        "{short}"
    );
}

#[test]
fn rules_of_flags_join_those_of_the_file() {
    let files = |text: &str, flags: &[&str]| {
        let mut args = vec!["app.wasm", "-o", "o", "--policy", "p.toml"];
        args.extend(flags);
        let given = Invocation {
            args: args.iter().map(|arg| (*arg).to_string()).collect(),
            files: vec![FileContents {
                path: "p.toml".into(),
                contents: text.into(),
            }],
            ..Invocation::default()
        };
        match crate::cli(&given) {
            Step::Virtualize(job) => job.policy,
            step => panic!("{step:?}"),
        }
    };
    let joined = files(
        "sockets = { allow = ['a.example:1'], listen = [':0'] }",
        &["--allow-sockets=b.example:1", "--deny-sockets=10.0.0.1:1"],
    );
    let expected = file(
        "sockets = { allow = ['a.example:1', 'b.example:1'], deny = ['10.0.0.1:1'], listen = [':0'] }",
    );
    assert_eq!(joined, expected);
    // A switch takes the place of rules, and rules that of a word.
    assert_eq!(
        files("http = { allow = ['a.example'] }", &["--allow-http=false"]),
        Policy::default()
    );
    assert_eq!(
        files("http = 'allow'", &["--allow-http=a.example"]),
        file("http = { allow = ['a.example'] }")
    );
    let all = files("", &["--allow-all", "--allow-http=a.example"]);
    assert_eq!(all.http, file("http = { allow = ['a.example'] }").http);
    assert!(all.sockets.is_allowed());
}

#[test]
fn every_wrong_rule_is_told() {
    let stderr = refused_flags(&[
        "--allow-sockets=a.example,10.0.0.1/8:80",
        "--allow-sockets=host=a.example",
        "--allow-sockets=host=a.example,port=1,port=2",
        "--allow-sockets=host=a.example,port=x",
        "--allow-sockets=host=a.example,port=1,protocol=sctp",
        "--allow-sockets=host=a.example,port=1,header=x",
        "--deny-sockets=a.example:1",
        "--allow-http=",
        "--deny-http=ftp://a.example",
    ]);
    for line in [
        "--allow-sockets `a.example`: the port is missing; write `a.example:443`",
        "--allow-sockets `10.0.0.1/8:80`: the address has bits that are set after the first 8; \
         write `10.0.0.0/8:80`",
        "--allow-sockets `host=a.example`: the long form needs `port=`",
        "--allow-sockets `host=a.example,port=1,port=2`: `port` is given twice",
        "--allow-sockets `host=a.example,port=x`: `port`: `x`: `x` is no port; ports are a number, \
         a range such as `8000-8099`, or `*`",
        "`protocol`: `sctp` is none of `tcp`, `udp`",
        "`header=x` is not part of the long form, `host=…,port=…,protocol=…,addresses=…`",
        "--deny-sockets `a.example:1`: only addresses can be refused here",
        "--allow-http ``: the rule is empty",
        "--deny-http `ftp://a.example`: `ftp://` is no scheme of requests",
    ] {
        assert!(stderr.contains(line), "{line}: {stderr}");
    }
    let both = refused_flags(&["--allow-http", "--allow-http=a.example"]);
    assert!(both.contains("give one of them"), "{both}");
    let both = refused_flags(&["--allow-http", "--allow-http=false"]);
    assert!(both.contains("contradict each other"), "{both}");
}

#[test]
fn a_file_names_the_line_of_a_wrong_rule() {
    let problems = parse_policy(
        r#"[sockets]
allow = [
  "a.example",
  { host = "a.example" },
  { host = "a.example", port = 70000 },
  { host = "a.example", port = "x", protocol = "sctp", addresses = ["10.0.0.1/8"] },
  7,
]
deny = "a"
[http]
allow = ["a.example/../x"]
headers = 1
"#,
        "p.toml",
    )
    .unwrap_err();
    assert_eq!(
        problems,
        [
            "p.toml:3: `sockets.allow`: `a.example`: the port is missing; write `a.example:443`",
            "p.toml:4: `sockets.allow`: `port` is missing",
            "p.toml:5: `sockets.allow.port`: expected a number from 0 to 65535, not 70000",
            "p.toml:6: `sockets.allow.port`: `x`: `x` is no port; ports are a number, a range such \
             as `8000-8099`, or `*`",
            "p.toml:6: `sockets.allow.protocol`: unknown value `sctp`, expected `tcp` or `udp`; \
             did you mean `tcp`?",
            "p.toml:6: `sockets.allow.addresses`: `10.0.0.1/8`: the address has bits that are set \
             after the first 8; write `10.0.0.0/8`",
            "p.toml:7: `sockets.allow`: expected a text such as `api.example.com:443`, or a table \
             with `host`, `port`, `protocol` and `addresses`, not a number",
            "p.toml:9: `sockets.deny`: expected a list of texts, not a text",
            "p.toml:11: `http.allow`: `a.example/../x`: hosts and servers could read the path \
             differently; write `https://a.example/x`",
            "p.toml:12: unknown key `http.headers`; there are `allow`, `deny`",
        ]
    );
    let problems = parse_policy("sockets = 1\nhttp = 'alow'", "p.toml").unwrap_err();
    assert_eq!(
        problems,
        [
            "p.toml:1: `sockets`: expected `deny` or `allow`, or a table with `allow`, `deny`, \
             `listen` and `resolve`, not a number",
            "p.toml:2: `http`: unknown value `alow`, expected `deny` or `allow`; did you mean \
             `allow`?",
        ]
    );
}

#[test]
fn the_switches_are_as_before() {
    assert!(policy(&["--allow-sockets"]).sockets.is_allowed());
    assert!(policy(&["--allow-http=true"]).http.is_allowed());
    assert_eq!(policy(&["--allow-http=false"]), Policy::default());
    let configured = job(&["--deny-sockets=10.0.0.1:1"]).configured;
    assert_eq!(configured[0].flag, "--deny-sockets");
    assert!(matches!(
        run(&["a", "-o", "b", "--allow-http=a"]),
        Step::Virtualize(_)
    ));
    assert!(refused(&["a", "-o", "b", "--allow-listen"]).contains("--allow-listen"));
}

#[test]
fn every_wrong_header_is_told() {
    let stderr = refused_flags(&[
        "--allow-http=url=https://a.example,headers.host.env=A",
        "--allow-http=headers.x-key.env=A",
        "--allow-http=url=https://a.example,headers.x-key.prefix=A",
        "--allow-http=url=https://a.example,headers.x-key.env=",
        "--allow-http=url=https://a.example,headers.x-key.env=A,headers.x-key.env=B",
        "--allow-http=url=https://a.example,headers.x-key=A",
        "--allow-http=url=https://a.example,header.x-key.env=A",
    ]);
    let carried = "the header says where a request goes or how it is carried, so that only the \
                   host sets it";
    let form = "is not part of the long form, \
                `url=…,headers.NAME.env=…,headers.NAME.prefix=…`";
    for line in [
        format!(
            "--allow-http `url=https://a.example,headers.host.env=A`: `headers.host.env`: {carried}"
        ),
        "--allow-http `headers.x-key.env=A`: the long form needs `url=`".into(),
        "--allow-http `url=https://a.example,headers.x-key.prefix=A`: the long form needs \
         `headers.x-key.env=`"
            .into(),
        "--allow-http `url=https://a.example,headers.x-key.env=`: `headers.x-key.env`: the text is \
         empty"
            .into(),
        "--allow-http `url=https://a.example,headers.x-key.env=A,headers.x-key.env=B`: \
         `headers.x-key.env` is given twice"
            .into(),
        format!(
            "--allow-http `url=https://a.example,headers.x-key=A`: `headers.x-key=A` {form}"
        ),
        format!(
            "--allow-http `url=https://a.example,header.x-key.env=A`: `header.x-key.env=A` {form}"
        ),
    ] {
        assert!(stderr.contains(&line), "{line}\n{stderr}");
    }
    let problems = parse_policy(
        "http.allow = [{ url = 'https://a.example', headers = { 'x y' = { env = 'A' }, \
         x-key = { env = '', prefix = ' ', of = 1 }, x-z = 'A', x-w = {} } }, {}]",
        "p.toml",
    );
    let problems: Vec<String> = problems
        .unwrap_err()
        .into_iter()
        .map(String::from)
        .collect();
    assert_eq!(
        problems,
        [
            "p.toml:1: `http.allow.headers.x y`: it is no name of a header",
            "p.toml:1: `http.allow.headers.x-key.env`: the text is empty",
            "p.toml:1: `http.allow.headers.x-key.prefix`: ` `: the value of a header begins with \
             no space, and the prefix is empty; leave it out",
            "p.toml:1: unknown key `http.allow.headers.x-key.of`; there are `env`, `prefix`",
            "p.toml:1: `http.allow.headers.x-z`: expected a table with `env` and `prefix`, not a \
             text",
            "p.toml:1: `http.allow.headers.x-w`: `env` is missing",
            "p.toml:1: `http.allow`: `url` is missing",
        ]
    );
}
