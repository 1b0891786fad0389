//! Every problem that names a policy key, in the terms of each face of the policy.

use super::*;
use wasi_virt::{
    Clocks, Entry, EntryKind, Error, FileMode, Filter, Mount, Policy, ProblemKind, Random, Size,
    SocketRules, Sockets, Symlinks, Time, Tmpfs, WasiVirt,
};

#[path = "wording_rows.rs"]
mod rows;

use rows::{others, without_effect};

/// It imports nothing that a value or a file could reach.
const EMPTY: &str = "(component)";

const OTHER: &str = r#"(component (import "test:kv/store" (instance (export "count" (func)))))"#;

const RESOURCE: &str = r#"(component (import "thing" (type (sub resource))))"#;

/// It calls a function that a seed makes virtual.
const RANDOM: &str = r#"(component
    (import "wasi:random/random@0.2.6" (instance $i
        (export "get-random-u64" (func (result u64)))))
    (core func $f (canon lower (func $i "get-random-u64")))
    (core module $m (import "" "" (func (result i64))))
    (core instance (instantiate $m (with "" (instance (export "" (func $f)))))))"#;

/// It reads the clock and the random numbers that a policy may fix.
const VALUES: &str = r#"(component
    (import "wasi:clocks/wall-clock@0.2.6" (instance (export "now" (func (result u64)))))
    (import "wasi:random/random@0.2.6" (instance
        (export "get-random-u64" (func (result u64))))))"#;

/// What gives a setting by the builder, and what the builder then reports.
type Built = (fn(&mut WasiVirt), &'static str);

struct Row {
    component: &'static str,
    policy: Policy,
    entries: Vec<Entry>,
    flags: &'static str,
    keys: &'static str,
    /// How the builder gives the same, and what it says; it lacks some keys.
    builder: Option<Built>,
}

fn row(policy: Policy, flags: &'static str, keys: &'static str) -> Row {
    Row {
        component: EMPTY,
        policy,
        entries: Vec::new(),
        flags,
        keys,
        builder: None,
    }
}

impl Row {
    fn of(self, component: &'static str) -> Row {
        Row { component, ..self }
    }

    fn with(self, entries: &[(&str, EntryKind)]) -> Row {
        let entry = |(path, kind): &(&str, EntryKind)| Entry {
            mount: 0,
            guest: format!("/m{path}"),
            source: format!("m{path}"),
            kind: kind.clone(),
        };
        Row {
            entries: entries.iter().map(entry).collect(),
            ..self
        }
    }

    fn builder(self, build: fn(&mut WasiVirt), words: &'static str) -> Row {
        Row {
            builder: Some((build, words)),
            ..self
        }
    }
}

fn policy(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy::default();
    change(&mut policy);
    policy
}

fn mount(mode: FileMode, inodes: Option<u64>) -> Mount {
    Mount::new("/m", "m").mode(mode).inodes(inodes)
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_string()).collect()
}

fn problems<T>(result: Result<T, Error>) -> Vec<Problem> {
    match result {
        Err(Error::Invalid { problems }) => problems,
        Err(error) => panic!("{error}"),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn every_problem_is_worded_in_three_terms() {
    for row in without_effect().into_iter().chain(others()) {
        let component = wat::parse_str(row.component).unwrap();
        let found = problems(wasi_virt::virtualize(&component, &row.policy, &row.entries));
        let says = |text: &str, words: &str| text.starts_with(words);
        let found = found.iter().find(|it| says(&it.to_string(), row.keys));
        let problem = found.unwrap_or_else(|| panic!("nothing says {}", row.keys));
        let flags = worded(problem, &[]);
        assert!(says(&flags, row.flags), "{flags}");
        let Some((build, words)) = row.builder else {
            continue;
        };
        let mut virt = WasiVirt::new();
        build(&mut virt);
        virt.compose_bytes(component);
        let found = problems(virt.finish());
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(
            said.iter().any(|text| says(text, words)),
            "{words}: {said:?}"
        );
    }
}

#[test]
fn an_adapter_alone_refuses_what_is_about_a_component() {
    let policy = policy(|p| p.deny_other = true);
    let found = problems(wasi_virt::adapter(&policy, &[], "0.2.6"));
    let [problem] = &found[..] else {
        panic!("{found:?}");
    };
    assert!(
        problem
            .to_string()
            .starts_with("`deny-other = true` has no effect without a component")
    );
    assert!(worded(problem, &[]).starts_with("`--deny-other` has no effect without a component"));
    let mut virt = WasiVirt::new();
    virt.deny_other(&[]).sockets().deny();
    let found = problems(virt.finish());
    assert!(
        found[0]
            .to_string()
            .starts_with("`deny_other()` has no effect without a component")
    );
}

#[test]
fn mistakes_of_every_part_of_a_policy_are_found_in_one_run() {
    let policy = policy(|p| {
        p.include = texts(&["[a"]);
        p.cwd = Some("/".into());
        p.random = Random::Seed(u64::MAX);
        p.tmpfs = ["..", "/t", "/t"].map(Tmpfs::new).into();
    });
    let component = wat::parse_str(EMPTY).unwrap();
    let found = problems(wasi_virt::virtualize(&component, &policy, &[]));
    let kinds: Vec<_> = found.iter().map(Problem::kind).collect();
    let (value, mount, no_effect) = (
        ProblemKind::Value,
        ProblemKind::Mount,
        ProblemKind::NoEffect,
    );
    let expected = [
        value, mount, mount, no_effect, value, no_effect, no_effect, no_effect,
    ];
    assert_eq!(kinds, expected, "{found:?}");
}

#[test]
fn what_was_given_is_named_as_it_was_given() {
    let given = |flag: &str, key: &str| Configured {
        flag: flag.into(),
        key: key.into(),
    };
    let item = Problem::new(ProblemKind::Value).asked(Setting::item("include", "a\n"));
    let key = Problem::new(ProblemKind::Value).asked(Setting::key("exclude"));
    let in_file = [given("`include` in p.toml", "include")];
    assert_eq!(worded(&item, &in_file), "`a\\n`, `include` in p.toml,");
    let both = [in_file[0].clone(), given("--include", "include")];
    assert_eq!(worded(&item, &both), "`--include a\\n`");
    let two = [
        given("--exclude", "exclude"),
        given("--ignore-file", "exclude"),
    ];
    assert_eq!(worded(&key, &two), "`--exclude` with `--ignore-file`");
    let mends = Problem::new(ProblemKind::Value).remedy(Setting::word("clocks", "allow"));
    let in_file = [given("`clocks` in p.toml", "clocks")];
    assert_eq!(worded(&mends, &in_file), "`--allow-clocks`");
    let stdin = Problem::new(ProblemKind::Value).remedy(Setting::word("stdin", "allow"));
    assert_eq!(worded(&stdin, &[]), "`--stdin=allow`");
    let entry = |list| Problem::new(ProblemKind::Value).asked(Setting::entry("sockets", list, "a"));
    let in_file = [given("`sockets` in p.toml", "sockets")];
    assert_eq!(
        worded(&entry("deny"), &in_file),
        "`a`, `sockets` in p.toml,"
    );
    let both = [in_file[0].clone(), given("--deny-sockets", "sockets")];
    assert_eq!(worded(&entry("deny"), &both), "`--deny-sockets a`");
    assert_eq!(worded(&entry("allow"), &both), "`a`, `sockets` in p.toml,");
    assert_eq!(worded(&entry("allow"), &[]), "`--allow-sockets=a`");
}

#[test]
fn a_filter_names_every_pattern_that_is_malformed() {
    let policy = policy(|p| p.exclude = texts(&["[a", "[b"]));
    let found = problems(Filter::new(&policy));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].keys().collect::<Vec<_>>(), ["exclude"]);
}
