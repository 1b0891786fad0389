//! Policy files: everything in them, everything wrong with them, and there and back again.

use super::*;
use wasi_virt::{
    Access, Clocks, DenyMode, FileMode, HostNames, Import, Inspection, Mount, Preopen, Random,
    Size, StdioMode, Symlinks, Tmpfs,
};

fn parse(text: &str) -> Policy {
    parse_policy(text, "policy.toml").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems(text: &str) -> Vec<String> {
    let problems = parse_policy(text, "policy.toml").expect_err(text);
    problems.into_iter().map(String::from).collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.into(), value.into())
}

/// A policy in which every field is something else than usual.
fn full() -> Policy {
    Policy::default().with(|changed| {
        changed.host_env = HostNames::Except(vec!["SECRET".into()]);
        changed.env = vec![pair("Z", "1"), pair("A", "a \"b\"\n\u{1b}\u{202e}é")];
        changed.host_args = Access::Deny;
        changed.args = vec!["app".into(), "-v".into(), String::new()];
        changed.cwd = Some("/work".into());
        changed.stdin = StdioMode::Ignore;
        changed.stdout = StdioMode::Allow;
        changed.stderr = StdioMode::Allow;
        changed.host_preopens = Access::Allow;
        changed.mounts = vec![
            Mount::new("/", "/abs/site"),
            Mount::new("/etc", "c:\\x")
                .mode(FileMode::Rw)
                .size(Some(Size(1 << 20)))
                .inodes(Some(9)),
        ];
        changed.tmpfs = vec![
            Tmpfs::new("/tmp")
                .size(Some(Size(64 << 20)))
                .inodes(Some(1000)),
        ];
        changed.write_size = Some(Size(1 << 30));
        changed.write_inodes = Some(0);
        changed.adapter_memory = Some(Size(100_000_001));
        changed.preopens = vec![Preopen::new("/data", "./data").mode(FileMode::Ro)];
        changed.include = vec!["*.html".into()];
        changed.exclude = vec!["*~".into(), ".git".into()];
        changed.symlinks = Symlinks::Skip;
        changed.mtime = 1_700_000_000;
        changed.clocks = Clocks::Start("2024-01-01T00:00:00.000000001Z".parse().unwrap());
        changed.random = Random::Seed(Random::LAST_SEED);
        changed.exit = Access::Allow;
        changed.sockets = Access::Allow.into();
        changed.http = Access::Allow.into();
        changed.host_config = HostNames::Only(vec!["shape".into()]);
        changed.config = vec![pair("size", "5"), pair("colour", "a\u{1b}")];
        changed.deny_mode = DenyMode::Error;
        changed.deny_other = true;
        changed.allow_import = vec!["acme:*".into()];
        changed.debug = wasi_virt::DebugLog::Denied;
    })
}

#[test]
fn a_file_as_a_person_writes_it() {
    let policy = parse(
        r#"
        env = { GREETING = "hello", A = "" }   # fixed values
        host-env = { only = ["LANG"] }
        args = ["app", "-v"]
        stdout = "allow"
        clocks = "allow"
        deny-mode = "error"

        [[mounts]]
        guest = "/"
        source = "site"

        [[preopens]]
        guest = "/data"
        host = "data"
        "#,
    );
    let expected = Policy::default().with(|changed| {
        changed.env = vec![pair("GREETING", "hello"), pair("A", "")];
        changed.host_env = HostNames::Only(vec!["LANG".into()]);
        changed.args = vec!["app".into(), "-v".into()];
        changed.stdout = StdioMode::Allow;
        changed.clocks = Clocks::Allow;
        changed.deny_mode = DenyMode::Error;
        changed.mounts = vec![Mount::new("/", "site")];
        changed.preopens = vec![Preopen::new("/data", "data")];
    });
    assert_eq!(policy, expected);
    assert_eq!(parse(""), Policy::default());
    assert_eq!(parse("host-env = \"all\"").host_env, HostNames::All);
    assert_eq!(
        parse("[env]\nB = \"1\"\nA = \"2\"").env,
        [pair("B", "1"), pair("A", "2")]
    );
}

#[test]
fn every_policy_comes_back_as_it_was_printed() {
    for policy in [Policy::default(), Policy::allow_all(), full()] {
        let text = print_policy(&policy);
        assert_eq!(parse(&text), policy, "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }
    for host_env in [
        HostNames::None,
        HostNames::All,
        HostNames::Only(vec![]),
        HostNames::Only(vec!["A".into(), "B C".into()]),
    ] {
        let policy = Policy::default().with(|changed| {
            changed.host_env = host_env;
            changed.env = vec![pair("one", "1")];
        });
        assert_eq!(parse(&print_policy(&policy)), policy);
    }
}

#[test]
fn a_printed_policy_reads_well() {
    let text = print_policy(&full());
    for part in [
        "host-env = { except = [\"SECRET\"] }\n",
        "args = [\"app\", \"-v\", \"\"]\n",
        "deny-other = true\n",
        "clocks = { start = \"2024-01-01T00:00:00.000000001Z\" }\n",
        "random = { seed = 9223372036854775807 }\n",
        "\n[config]\nsize = \"5\"\n",
        "\n[env]\nZ = \"1\"\n",
        "\n[[mounts]]\nguest = \"/\"\nsource = \"/abs/site\"\n",
        "\n[[preopens]]\nguest = \"/data\"\nhost = \"./data\"\nmode = \"ro\"\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let usual = print_policy(&Policy::default());
    assert!(
        !usual.contains("mounts") && !usual.contains("cwd"),
        "{usual}"
    );
}

#[test]
fn all_problems_at_once_with_their_lines() {
    let found = problems(
        r#"
clock = "allow"
clocks = "alow"
args = "app"
random = 3

env = { A = 1, "B=C" = "x" }
[[mounts]]
guest = "data"
sorce = "x"

[[mounts]]
guest = "/a"
source = ""

[[preopens]]
guest = "/p"
host = "h"
mode = "wr"
"#,
    );
    assert_eq!(
        found,
        [
            "policy.toml:2: unknown key `clock`; did you mean `clocks`?",
            "policy.toml:3: `clocks`: unknown value `alow`, expected one of `deny`, `allow`, `{ fixed = TIME }`, `{ start = TIME }`; did you mean `allow`?",
            "policy.toml:4: `args`: expected a list of texts, not a text",
            "policy.toml:5: `random`: expected one of `deny`, `allow`, `{ seed = NUMBER }`, not a number",
            "policy.toml:7: `env.A`: expected a text, not a number",
            "policy.toml:7: `env.B=C`: a name cannot hold `=`",
            "policy.toml:8: `mounts`: `source` is missing",
            "policy.toml:10: unknown key `mounts.sorce`; did you mean `source`?",
            "policy.toml:14: `mounts.source`: the text is empty",
            "policy.toml:19: `preopens.mode`: unknown value `wr`, expected `rw` or `ro`",
        ]
    );
}

#[test]
fn a_size_may_be_a_number_and_a_time_a_date() {
    let policy = parse(
        "write-size = 1000\nadapter-memory = 0x10_0000\nclocks = { start = 2024-02-29 }\n\
         tmpfs = [{ guest = \"/t\", size = 5 }]",
    );
    assert_eq!(policy.write_size, Some(Size(1000)));
    assert_eq!(policy.adapter_memory, Some(Size(1 << 20)));
    assert_eq!(policy.tmpfs[0].size, Some(Size(5)));
    for date in ["2024-02-29", "\"2024-02-29\"", "2024-02-29T00:00:00Z"] {
        let clocks = parse(&format!("clocks = {{ start = {date} }}")).clocks;
        assert_eq!(clocks, policy.clocks, "{date}");
    }
    let wrong = problems("write-size = -1\nadapter-memory = 1.5\nclocks = { fixed = 12:00:00 }");
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(wrong[0].contains("give a number of bytes"), "{wrong:?}");
}

#[test]
fn what_no_type_says_is_checked_too() {
    for (text, problem) in [
        ("cwd = \"\"", "policy.toml:1: `cwd`: the text is empty"),
        (
            "\n[[mounts]]\nguest = \"\"\nsource = \"b\"",
            "policy.toml:3: `mounts.guest`: the text is empty",
        ),
        (
            "args = [\n\"a\",\n\"\\u0000\"]",
            "policy.toml:3: `args`: a NUL character is not possible here",
        ),
        (
            "host-env = { only = [\"A\", \"B=\"] }",
            "policy.toml:1: `host-env.only`: a name cannot hold `=`",
        ),
        (
            "args = [\"a\"]\nhost-args = \"allow\"",
            "policy.toml:2: `host-args`: `args` gives the exact arguments, and this leaves them to the host; give one of \
             them",
        ),
        (
            "clocks = { allow = {} }",
            "policy.toml:1: `clocks`: expected one of `deny`, `allow`, `{ fixed = TIME }`, `{ start = TIME }`, not a table with `allow`",
        ),
        (
            "env = 1979-05-27",
            "policy.toml:1: `env`: expected a table of names and texts, not a date",
        ),
        (
            "mounts = [\n{ guest = \"/\", source = \"a\" },\n[\"/\", \"a\"]]",
            "policy.toml:3: `mounts`: expected a table with `guest`, `source`, `mode`, `size` and `inodes`, not a list",
        ),
        (
            "zzz = 1",
            "policy.toml:1: unknown key `zzz`; there are `host-env`, `env`, `host-args`",
        ),
        (
            "mtime = -1",
            "policy.toml:1: `mtime`: expected a number from 0 to 18446744073709551615, not -1",
        ),
        (
            "clocks = { fixed = \"noon\" }",
            "policy.toml:1: `clocks.fixed`: give seconds since 1970, or a date",
        ),
        (
            "random = { seed = -1 }",
            "policy.toml:1: `random.seed`: expected a number from 0 to 9223372036854775807, not -1",
        ),
        (
            "\nconfig = \"allow\"",
            "policy.toml:2: `config`: expected a table of names and texts, not a text",
        ),
        (
            "host-config = { only = [\"\"] }",
            "policy.toml:1: `host-config.only`: the text is empty",
        ),
        (
            "stdio = \"allow\"",
            "policy.toml:1: unknown key `stdio`; did you mean `stdin`, `stdout` or `stderr`?",
        ),
        (
            "allow-clocks = true",
            "policy.toml:1: unknown key `allow-clocks`; did you mean `clocks`?",
        ),
        (
            "deny-env = [\"A\"]",
            "policy.toml:1: unknown key `deny-env`; did you mean `host-env`?",
        ),
        (
            "fs = \"allow\"",
            "policy.toml:1: unknown key `fs`; did you mean `host-preopens`?",
        ),
        (
            "open = [\"wasi:*\"]",
            "policy.toml:1: unknown key `open`; did you mean `allow-import`?",
        ),
        (
            "deny = \"error\"",
            "policy.toml:1: unknown key `deny`; did you mean `deny-mode`?",
        ),
        (
            "nodes = 3",
            "policy.toml:1: unknown key `nodes`; did you mean `write-inodes`?",
        ),
        (
            "write-nodes = 3",
            "policy.toml:1: unknown key `write-nodes`; did you mean `write-inodes`?",
        ),
        (
            "tmpfs = [{ guest = \"/\", nodes = 3 }]",
            "policy.toml:1: unknown key `tmpfs.nodes`; did you mean `inodes`?",
        ),
        (
            "stdin = true",
            "policy.toml:1: `stdin`: expected one of `deny`, `ignore`, `allow`, not `true`",
        ),
        (
            "clocks = \"fixed\"",
            "policy.toml:1: `clocks`: `fixed` needs a value; expected one of",
        ),
        ("env.A = \"1\"\nenv = {}", "policy.toml:2: duplicate key"),
        ("\na = \nb = 'x", "policy.toml:2: "),
    ] {
        let found = problems(text);
        assert!(found[0].starts_with(problem), "{text}: {found:#?}");
    }
    assert!(problems("a = \nb = 'x").len() > 1, "syntax as well");
    assert_eq!(problems("random = { seed = -1 }").len(), 1, "reported once");
}

#[test]
fn problems_are_safe_to_print_and_end() {
    let found = parse_policy(
        "\"\\u001b[31m\" = 1\nclocks = \"\\u001b\\n\"",
        "p\u{7}.toml",
    );
    for problem in found.unwrap_err().into_iter().map(String::from) {
        assert!(problem.starts_with("p\\u{7}.toml:"), "{problem}");
        assert!(!problem.contains(['\u{1b}', '\u{7}', '\n']), "{problem}");
    }
    let many: String = (0..1000).map(|n| format!("nothing{n} = 1\n")).collect();
    assert_eq!(problems(&many).len(), 50);
    assert!(parse_policy(&"[".repeat(100_000), "x").is_err());
    assert!(parse_policy(&format!("env = {}", "[".repeat(100_000)), "x").is_err());
}

#[test]
fn sources_are_relative_to_the_folder_of_the_file() {
    for (name, source, found) in [
        ("policy.toml", "site", "site"),
        ("a/b/policy.toml", "site", "a/b/site"),
        ("a/policy.toml", "../site", "a/../site"),
        ("/etc/policy.toml", "site", "/etc/site"),
        ("a/policy.toml", "/site", "/site"),
    ] {
        let text = format!("[[mounts]]\nguest = \"/\"\nsource = \"{source}\"");
        let policy = parse_policy(&text, name).unwrap();
        assert_eq!(policy.mounts[0].source, found, "{name}");
    }
}

#[test]
fn a_suggestion_allows_what_is_imported_and_nothing_else() {
    let import = |name: &str| Import {
        name: name.into(),
        subsystem: wasi_virt::Subsystem::of(name),
        functions: vec![],
    };
    let names = [
        "wasi:io/streams@0.2.6",
        "wasi:cli/environment@0.2.6",
        "wasi:cli/terminal-stdin@0.2.6",
        "wasi:cli/stderr@0.2.6",
        "wasi:clocks/wall-clock@0.2.6",
        "wasi:clocks/monotonic-clock@0.2.6",
        "wasi:cli/something-new@0.2.30",
        "wasi:keyvalue/store@0.2.0-draft",
        "acme:log/log\n[http]",
    ];
    let inspection = Inspection {
        imports: names.map(import).into(),
        exports: vec![],
        claimed: vec![],
        core_module: false,
        preview1_adapter: None,
        lost_exports: vec![],
    };
    let text = render_suggestion(&inspection, "app\n.wasm");
    let expected = Policy::default().with(|changed| {
        changed.host_env = HostNames::All;
        changed.host_args = Access::Allow;
        changed.stdin = StdioMode::Allow;
        changed.stderr = StdioMode::Allow;
        changed.clocks = Clocks::Allow;
        changed.allow_import = vec!["wasi:keyvalue/store@0.2.0-draft".into()];
    });
    assert_eq!(parse(&text), expected, "{text}");
    for part in [
        "# What app\\n.wasm imports",
        "\n# wasi:clocks/wall-clock@0.2.6\n# wasi:clocks/monotonic-clock@0.2.6\nclocks = \"allow\"\n",
        "\n# acme:log/log\\n[http]\n# (not WASI",
        "# wasi:cli/something-new@0.2.30\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

/// `docs/policy.md` must not promise what does not parse.
#[test]
fn examples_of_the_documentation_are_accepted() {
    let text = include_str!("../../../docs/policy.md");
    let mut examples = 0;
    for part in text.split("```toml\n").skip(1) {
        parse(part.split("```").next().unwrap());
        examples += 1;
    }
    assert!(examples >= 2);
}

#[test]
fn what_is_suggested_for_the_example_leaves_it_as_it_is() {
    let component = include_bytes!("../../../examples/hello.wasm");
    let inspection = wasi_virt::inspect(component).unwrap();
    let policy = parse(&render_suggestion(&inspection, "hello.wasm"));
    assert_ne!(policy, Policy::allow_all(), "it imports no network");
    let output = wasi_virt::virtualize(component, &policy, &[]).unwrap();
    assert_eq!(output.report.imports_after, output.report.imports_before);
}
