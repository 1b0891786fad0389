//! Tables of rules in a policy.

use crate::policy::network::{
    AddressKind, Addresses, HeaderValue, HttpRules, HttpTarget, Port, Protocol, SocketRules,
    SocketTarget,
};
use crate::policy::{Access, Http, Policy, Sockets};
use crate::testing::test;
use serde_json::json;
use wasi_virt_net::write::{AdmitsRule, HeaderRule, RuleSet, TargetRule};
use wasi_virt_net::{Address, Block, Ports};

fn policy(json: &str) -> Policy {
    serde_json::from_str(json).unwrap()
}

fn rules(json: &str) -> RuleSet {
    policy(json).network().unwrap()
}

fn problems(json: &str) -> Vec<String> {
    let found = policy(json).network().unwrap_err();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn words_have_no_rules() {
    let empty = RuleSet::default().encode();
    assert_eq!(Policy::default().network().unwrap().encode(), empty);
    assert_eq!(Policy::allow_all().network().unwrap().encode(), empty);
    assert!(Policy::allow_all().sockets.is_allowed() && Policy::allow_all().http.is_allowed());
    assert!(!Policy::default().sockets.is_allowed());
    let json = r#"{"sockets":"allow","http":{"allow":["a.example"]}}"#;
    assert_eq!(policy(json).sockets, Sockets::All(Access::Allow));
    assert!(!policy(json).http.is_allowed());
}

#[test]
fn a_policy_with_rules_reads_back() {
    let mut sockets = SocketRules::default();
    sockets.allow.push("a.example:443".into());
    let table = SocketTarget::new("db.example", Port::Number(5432))
        .protocol(Protocol::Udp)
        .addresses(Addresses::Kind(AddressKind::Any));
    sockets.allow.push(table.into());
    sockets.listen.push(":0".into());
    let mut http = HttpRules::default();
    http.allow.push("a.example".into());
    let policy = Policy {
        sockets: Sockets::Rules(sockets),
        http: Http::Rules(http),
        ..Policy::default()
    };
    let json = serde_json::to_value(&policy).unwrap();
    let table = json!({
        "host": "db.example", "port": 5432, "protocol": "udp", "addresses": "any"
    });
    assert_eq!(
        json["sockets"],
        json!({ "allow": ["a.example:443", table], "listen": [":0"] })
    );
    assert_eq!(json["http"], json!({ "allow": ["a.example"] }));
    assert_eq!(serde_json::from_value::<Policy>(json).unwrap(), policy);
}

#[test]
fn rules_go_to_their_lists_once() {
    let rules = rules(
        r#"{"sockets": {
            "allow": ["a.example:443", "A.example.:443", "tcp://a.example:443", "udp://a.example:443"],
            "deny": ["10.0.0.13:*", "tcp://10.0.0.13:*"],
            "listen": [":0"],
            "resolve": ["*.b.example", "b\u00fccher.example"]
        }, "http": {"allow": ["a.example", "https://a.example:443/"], "deny": ["a.example/x"]}}"#,
    );
    let counts = [
        rules.sockets.len(),
        rules.refused.len(),
        rules.listen.len(),
        rules.resolve.len(),
        rules.http.len(),
        rules.http_refused.len(),
    ];
    assert_eq!(counts, [2, 2, 1, 2, 1, 1]);
    assert_eq!(rules.listen[0].target, TargetRule::Local);
    let exact = TargetRule::Exact(
        "xn--bcher-kva.example".into(),
        "b\u{fc}cher.example".into(),
        AdmitsRule::Public,
    );
    assert_eq!(rules.resolve[1].target, exact);
    assert_eq!(rules.http_refused[0].path, "/x");
}

#[test]
fn a_table_says_which_answers_a_name_admits() {
    let admits = |addresses: &str| {
        let json = format!(
            r#"{{"sockets": {{"allow": [{{"host": "*.db.example", "port": "1-9"{addresses}}}]}}}}"#
        );
        let rules = rules(&json);
        assert_eq!(rules.sockets[0].ports, Ports { first: 1, last: 9 });
        match rules.sockets[0].target.clone() {
            TargetRule::Below(_, _, admits) => admits,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(admits(""), AdmitsRule::Public);
    assert_eq!(admits(r#", "addresses": "private""#), AdmitsRule::Private);
    assert_eq!(admits(r#", "addresses": "any""#), AdmitsRule::Any);
    let ten = Block::new(Address::V4(0x0a01_0000), 16).unwrap();
    assert_eq!(
        admits(r#", "addresses": ["10.1.0.0/16", "[fd00::/8]", "10.1.0.0/16"]"#),
        AdmitsRule::Blocks(vec![ten, Block::new(Address::V6(0xfd << 120), 8).unwrap()])
    );
}

#[test]
fn every_problem_names_its_list_and_rule() {
    assert_eq!(
        problems(
            r#"{"sockets": {"allow": ["a.example", {"host": "*x.com:1", "port": 0},
                {"host": "10.0.0.1", "port": 1, "addresses": "any"},
                {"host": "a.example", "port": 1, "addresses": []},
                {"host": "a.example", "port": 1, "addresses": ["10.0.0.1/8"]},
                {"host": "a.example", "port": 1, "addresses": ["127.0.0.0/8"]},
                {"host": "tcp://a.example:1", "port": "9-8", "protocol": "udp"}],
                "deny": ["a.example:1"], "listen": ["x:1"], "resolve": ["a:1"]},
              "http": {"allow": ["ftp://a.example"], "deny": ["a.example/../x"]}}"#
        ),
        [
            "`a.example` in `sockets.allow`: the port is missing; write `a.example:443`",
            "`host=*x.com:1,port=0` in `sockets.allow`: `port` gives the port, and `host` only the \
             host, and `*` has to stand before a dot, and nothing can be reached on port 0",
            "`host=10.0.0.1,port=1,addresses=any` in `sockets.allow`: `addresses` is for the \
             addresses of a name, and the host is none; write `host=10.0.0.1,port=1`",
            "`host=a.example,port=1` in `sockets.allow`: `addresses` is empty, so that the name \
             would have none",
            "`host=a.example,port=1,addresses=10.0.0.1/8` in `sockets.allow`: `10.0.0.1/8`: the \
             address has bits that are set after the first 8; write `10.0.0.0/8`",
            "`host=a.example,port=1,addresses=127.0.0.0/8` in `sockets.allow`: `127.0.0.0/8`: no \
             name admits addresses of this machine, link-local addresses, those of metadata \
             services and those that are reserved; allow them by a rule of their own",
            "`host=tcp://a.example:1,port=9-8,protocol=udp` in `sockets.allow`: `protocol` gives \
             the protocol, and `host` only the host, and `port` gives the port, and `host` only \
             the host, and the range ends before it begins; write \
             `host=a.example,port=8-9,protocol=udp`",
            "`a.example:1` in `sockets.deny`: only addresses can be refused here, because the \
             addresses of a name change; leave the name out of `allow` instead",
            "`x:1` in `sockets.listen`: a program listens on addresses, not on names",
            "`a:1` in `sockets.resolve`: a rule of names has no port; write `a`",
            "`ftp://a.example` in `http.allow`: `ftp://` is no scheme of requests; there are \
             `https://`, `http://` and `*://`",
            "`a.example/../x` in `http.deny`: hosts and servers could read the path differently; \
             write `https://a.example/x`",
        ]
    );
}

#[test]
fn a_table_has_to_allow_something() {
    assert_eq!(
        problems(r#"{"sockets": {}, "http": {}}"#),
        [
            "`sockets`: the table has no rule; add one to `allow`, `listen` or `resolve`, or write \
             `sockets = \"deny\"`",
            "`http`: the table has no rule; add one to `allow`, or write `http = \"deny\"`",
        ]
    );
    assert_eq!(
        problems(r#"{"sockets": {"deny": ["10.0.0.1:1"]}, "http": {"deny": ["a.example"]}}"#),
        [
            "`sockets`: `deny` has nothing to refuse, because no rule allows anything; add one to \
             `allow`, or write `sockets = \"deny\"`",
            "`http`: `deny` has nothing to refuse, because no rule allows anything; add one to \
             `allow`, or write `http = \"deny\"`",
        ]
    );
    assert!(
        policy(r#"{"sockets": {"listen": [":0"]}}"#)
            .network()
            .is_ok()
    );
    assert!(
        policy(r#"{"sockets": {"resolve": ["*"]}}"#)
            .network()
            .is_ok()
    );
}

#[test]
fn rules_are_listed_in_their_canonical_spelling() {
    let policy = policy(
        r#"{"sockets": {
            "allow": ["A.example.:443", "a.example:443", {"host": "b.example", "port": "1-1"},
                {"host": "c.example", "port": 1, "protocol": "udp", "addresses": ["[fd00::/8]", "10.0.0.0/8"]}],
            "deny": ["[::ffff:10.0.0.13]:*", "tcp://10.0.0.13:*"], "listen": ["udp://:0"],
            "resolve": ["XN--BCHER-KVA.example"]
        }, "http": {"allow": ["GET,GET a.example:443/%761"], "deny": ["*://a.example/"]}}"#,
    );
    let json = serde_json::to_value(policy.network_rules()).unwrap();
    assert_eq!(
        json,
        json!({
            "allow-sockets": [
                "a.example:443",
                "b.example:1",
                "host=c.example,port=1,protocol=udp,addresses=fd00::/8,addresses=10.0.0.0/8",
            ],
            "deny-sockets": ["10.0.0.13:*", "tcp://10.0.0.13:*"],
            "allow-listen": ["udp://:0"],
            "allow-resolve": ["b\u{fc}cher.example"],
            "allow-http": ["GET https://a.example/v1"],
            "deny-http": ["*://a.example"],
        })
    );
    assert!(Policy::allow_all().network_rules().is_empty());
    for (list, _) in policy.network_rules().lists() {
        assert!(json.get(list).is_some(), "{list}");
    }
}

#[test]
fn wide_rules_are_warnings() {
    let warned = |json: &str| {
        let found = policy(json).wide_rules();
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let credentials = "allows addresses at which clouds hand out credentials; refuse them, for \
                       example with";
    assert_eq!(
        warned(
            r#"{"sockets": {"allow": ["0.0.0.0/0:80", "[::/0]:*", "10.0.0.0/8:*", "*:*", "*:443"]}}"#
        ),
        [
            format!(
                "`0.0.0.0/0:80` in `sockets.allow` {credentials} `169.254.169.254:*` in `sockets.deny`"
            ),
            format!(
                "`[::/0]:*` in `sockets.allow` {credentials} `[fd00:ec2::254]:*` in `sockets.deny`"
            ),
            "`*:*` in `sockets.allow` allows every public name on every port".into(),
        ]
    );
    let refused = |deny: &str| {
        let json =
            format!(r#"{{"sockets": {{"allow": ["udp://0.0.0.0/0:53"], "deny": ["{deny}"]}}}}"#);
        warned(&json).is_empty()
    };
    assert!(refused("169.254.0.0/16:*") && refused("udp://169.254.169.254:53"));
    assert!(!refused("10.0.0.0/8:*") && !refused("169.254.0.0/16:80"));
    assert!(!refused("tcp://169.254.0.0/16:*"));
    assert_eq!(
        warned(r#"{"sockets": {"allow": ["a.example:1"]}, "http": "allow"}"#),
        [
            "`http = \"allow\"` allows requests to every host, whatever the rules of `sockets` \
             say; give rules for requests as well"
        ]
    );
    let tls = "allows requests without TLS to many names, so that nothing proves who answers; use \
               `https://`, or name the hosts";
    assert_eq!(
        warned(
            r#"{"http": {"allow": ["http://*", "*://*.a.example/x", "http://a.example", "*"]}}"#
        ),
        [
            format!("`http://*` in `http.allow` {tls}"),
            format!("`*://*.a.example/x` in `http.allow` {tls}"),
        ]
    );
    let headers = r#""headers": {"x-key": {"env": "K"}}"#;
    assert_eq!(
        warned(&format!(
            r#"{{"http": {{"allow": [{{"url": "*.a.example", {headers}}}, {{"url": "a.example", {headers}}},
                {{"url": "[10.0.0.0/8]", {headers}}}, {{"url": "10.0.0.1", {headers}}}]}}}}"#
        )),
        ["*.a.example", "[10.0.0.0/8]"].map(|host| format!(
            "`url=https://{host},headers.x-key.env=K` in `http.allow` gives the headers to many \
             hosts; name those that need them"
        ))
    );
}

#[test]
fn headers_go_with_their_rule() {
    let rules = rules(
        r#"{"http": {"allow": ["https://b.example", {"url": "GET A.example./v1", "headers": {
            "Authorization": {"env": "GH_TOKEN", "prefix": "Bearer "}, "x-key": {"env": "KEY"}}},
            {"url": "https://c.example"}]}}"#,
    );
    let header = |name: &str, variable: &str, prefix: &str| HeaderRule {
        name: name.into(),
        variable: variable.into(),
        prefix: prefix.into(),
    };
    let headers: Vec<_> = rules.http.iter().map(|rule| &rule.headers[..]).collect();
    let given = [
        header("authorization", "GH_TOKEN", "Bearer "),
        header("x-key", "KEY", ""),
    ];
    assert_eq!(headers, [&[][..], &given, &[]]);
    let target = HttpTarget::new("https://a.example")
        .header("x-a", HeaderValue::new("A").prefix("p,q"))
        .header("x-b", HeaderValue::new("B"));
    let policy = Policy {
        http: Http::Rules(HttpRules {
            allow: vec![target.into()],
            ..HttpRules::default()
        }),
        ..Policy::default()
    };
    let json = serde_json::to_value(&policy).unwrap();
    assert_eq!(
        json["http"],
        json!({ "allow": [{ "url": "https://a.example",
            "headers": { "x-a": { "env": "A", "prefix": "p,q" }, "x-b": { "env": "B" } } }] })
    );
    assert_eq!(
        policy.network_rules().allow_http,
        ["url=https://a.example,headers.x-a.env=A,headers.x-a.prefix=p,,q,headers.x-b.env=B"]
    );
    assert_eq!(serde_json::from_value::<Policy>(json).unwrap(), policy);
}

#[test]
fn headers_that_are_not_safe_are_problems() {
    let problem = |rule: &str, headers: &str| {
        let json =
            format!(r#"{{"http": {{"allow": [{{"url": "{rule}", "headers": {headers}}}]}}}}"#);
        let [problem] = &problems(&json)[..] else {
            panic!("{json}")
        };
        let (_, why) = problem.split_once("` in `http.allow`: ").unwrap();
        why.to_string()
    };
    let of = |name: &str, value: &str| format!(r#"{{"{name}": {{{value}}}}}"#);
    let key = of("x-key", r#""env": "K""#);
    let tls = "requests get headers from the environment over `https://` alone; write \
               `url=https://a.example,headers.x-key.env=K`";
    assert_eq!(problem("http://a.example", &key), tls);
    assert_eq!(problem("*://a.example", &key), tls);
    assert_eq!(
        problem("http://*", &key),
        "`*` would give the headers to any server that the component names; name the hosts"
    );
    let trace = "servers answer TRACE with the headers that they got";
    assert_eq!(problem("TRACE https://a.example", &key), trace);
    assert_eq!(
        problem("TRACE,GET https://a.example", &key),
        format!("{trace}; write `url=GET https://a.example,headers.x-key.env=K`")
    );
    for name in ["Host", "content-length", "transfer-encoding", "connection"] {
        let why = problem("https://a.example", &of(name, r#""env": "K""#));
        assert!(why.contains("only the host sets it"), "{name}: {why}");
    }
    let bearer = of("x-key:", r#""env": "${K}", "prefix": "  a""#);
    assert_eq!(
        problem("https://a.example", &bearer),
        "header `x-key:`: the name has no colon; write `x-key`, and prefix `  a`: the value of a \
         header begins with no space; write `a`, and `env` is the name of the variable, without `$`"
    );
    assert_eq!(
        problem(
            "https://a.example",
            &of("authorization", r#""env": "$K", "prefix": "Bearer""#)
        ),
        "`env` is the name of the variable, without `$`, and a space stands between `Bearer` or \
         its like and the value; write \
         `url=https://a.example,headers.authorization.env=K,headers.authorization.prefix=Bearer `"
    );
    for (value, why) in [
        (r#""env": """#, "the name of the variable is empty"),
        (r#""env": "A=B""#, "`A=B` is no name of a variable"),
        (
            r#""env": "A", "prefix": "a\nb""#,
            "prefix `a\\nb`: a header has only visible letters of ASCII, and spaces between them",
        ),
    ] {
        assert_eq!(problem("https://a.example", &of("x-key", value)), why);
    }
    let twice = r#"{"X-Key": {"env": "A"}, "x-key": {"env": "B"}}"#;
    assert_eq!(
        problem("https://a.example", twice),
        "the header `x-key` is given twice"
    );
}

#[test]
fn a_variable_is_either_shown_or_kept() {
    let shown = |host_env: &str| {
        let rule = r#"{"url": "a.example", "headers": {"x-key": {"env": "K"}}}"#;
        let json = format!(r#"{{"host-env": {host_env}, "http": {{"allow": [{rule}]}}}}"#);
        policy(&json)
            .network()
            .err()
            .map(|found| found[0].to_string())
    };
    let why = "`host-env` shows the component the variable `K`, whose value headers of `http` \
               keep from it; leave the variable out";
    for host_env in [
        r#""all""#,
        r#"{"only": ["A", "K"]}"#,
        r#"{"except": ["A"]}"#,
    ] {
        assert_eq!(shown(host_env).as_deref(), Some(why), "{host_env}");
    }
    for host_env in [r#""none""#, r#"{"only": ["A"]}"#, r#"{"except": ["K"]}"#] {
        assert_eq!(shown(host_env), None, "{host_env}");
    }
}
