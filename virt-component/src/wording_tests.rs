//! Every problem that names a policy key, in the terms of each face of the policy.

use super::*;
use wasi_virt::{
    Clocks, Entry, EntryKind, Error, FileMode, Filter, Mount, Policy, ProblemKind, Random, Size,
    Symlinks, Time, Tmpfs, WasiVirt,
};

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

/// What has no effect on this component.
fn without_effect() -> Vec<Row> {
    let pair = || vec![("A".to_string(), "1".to_string())];
    let time = Time::default();
    let folder = [("", EntryKind::Directory)];
    vec![
        row(
            policy(|p| p.env = pair()),
            "`--env` has no effect: ",
            "`env` has no effect: ",
        )
        .builder(
            |virt| {
                virt.env().overrides(&[("A", "1")]);
            },
            "`env().overrides()` has no effect: ",
        ),
        row(
            policy(|p| p.args = texts(&["a"])),
            "`--arg` has no effect: ",
            "`args` has no effect: ",
        )
        .builder(
            |virt| {
                virt.env().args(&["a"]);
            },
            "`env().args()` has no effect: ",
        ),
        row(
            policy(|p| p.cwd = Some("/".into())),
            "`--cwd` has no effect: ",
            "`cwd` has no effect: ",
        )
        .builder(
            |virt| {
                virt.env().cwd("/");
            },
            "`env().cwd()` has no effect: ",
        ),
        row(
            policy(|p| p.clocks = Clocks::Fixed(time)),
            "`--clock` has no effect: ",
            "`clocks` has no effect: ",
        )
        .builder(
            |virt| {
                virt.clocks().fixed("0");
            },
            "`clocks()` has no effect: ",
        ),
        row(
            policy(|p| p.random = Random::Seed(1)),
            "`--random` has no effect: ",
            "`random` has no effect: ",
        )
        .builder(
            |virt| {
                virt.random().seed(1);
            },
            "`random().seed()` has no effect: ",
        ),
        row(
            policy(|p| p.config = pair()),
            "`--config` has no effect: ",
            "`config` has no effect: ",
        )
        .builder(
            |virt| {
                virt.config().overrides(&[("A", "1")]);
            },
            "`config().overrides()` has no effect: ",
        ),
        row(
            policy(|p| p.mounts = vec![mount(FileMode::Ro, None)]),
            "`--mount` has no effect: ",
            "`mounts` has no effect: ",
        )
        .with(&folder)
        .builder(
            |virt| {
                virt.fs().preopen("/m", wasi_virt::FsEntry::Source("x"));
            },
            "`fs().preopen()` has no effect: ",
        ),
        row(
            policy(|p| {
                p.tmpfs = vec![Tmpfs::new("/t")];
            }),
            "`--tmpfs` has no effect: ",
            "`tmpfs` has no effect: ",
        )
        .builder(
            |virt| {
                virt.fs().tmpfs("/t", None);
            },
            "`fs().tmpfs()` has no effect: ",
        ),
        row(
            policy(|p| p.debug = wasi_virt::DebugLog::All),
            "`--debug=all` has no effect: ",
            "`debug = \"all\"` has no effect: ",
        )
        .builder(
            |virt| {
                virt.debug();
            },
            "`debug()` has no effect: ",
        ),
        row(
            policy(|p| p.adapter_memory = Some(Size(1))),
            "`--adapter-memory` has no effect: ",
            "`adapter-memory` has no effect: ",
        )
        .builder(
            |virt| {
                virt.adapter_memory(Size(1));
            },
            "`adapter_memory()` has no effect: ",
        ),
        row(
            policy(|p| p.allow_import = texts(&["*kv*"])),
            "`--allow-import *kv*` has no effect without `--deny-other`: ",
            "`*kv*` in `allow-import` has no effect without `deny-other = true`: ",
        )
        .of(OTHER)
        .builder(
            |virt| {
                virt.allow_import(&["*kv*"]);
            },
            "`*kv*` in `allow_import()` has no effect without `deny_other()`: ",
        ),
        row(
            policy(|p| p.allow_import = texts(&["x"])),
            "`--allow-import x` has no effect: it matches no import outside WASI",
            "`x` in `allow-import` has no effect: it matches no import outside WASI",
        ),
    ]
}

/// Rules that have nothing to apply to, values, and what would mend a problem.
fn others() -> Vec<Row> {
    let folder = ("", EntryKind::Directory);
    let link = EntryKind::Symlink {
        target: "/etc".into(),
    };
    let mounted = |change: fn(&mut Policy)| {
        policy(|p| {
            p.mounts = vec![mount(FileMode::Ro, None)];
            change(p);
        })
    };
    vec![
        row(
            policy(|p| p.exclude = texts(&["a"])),
            "`--exclude` has no effect without `--mount`; ",
            "`exclude` has no effect without `mounts`; ",
        ),
        row(
            policy(|p| p.symlinks = Symlinks::Skip),
            "`--symlinks` has no effect without `--mount`; ",
            "`symlinks` has no effect without `mounts`; ",
        ),
        row(
            policy(|p| p.mtime = 7),
            "`--mtime` has no effect without `--mount` or `--tmpfs`; ",
            "`mtime` has no effect without `mounts` or `tmpfs`; ",
        ),
        row(
            mounted(|p| p.include = texts(&["*.md"])),
            "`--include *.md` has no effect: no file",
            "`*.md` in `include` has no effect: no file",
        )
        .with(std::slice::from_ref(&folder)),
        row(
            policy(|p| p.include = texts(&["[a"])),
            "`--include [a` is not a pattern: ",
            "`[a` in `include` is not a pattern: ",
        ),
        row(
            policy(|p| p.include = texts(&["!a"])),
            "`--include`: a pattern with `!` only removes from what other patterns include; add one \
             of those, or use `--exclude`",
            "`include`: a pattern with `!` only removes from what other patterns include; add one of \
             those, or use `exclude`",
        ),
        row(
            policy(|p| p.write_size = Some(Size(1))),
            "`--write-size` has no effect without `--mount …:rw` or `--tmpfs`; ",
            "`write-size` has no effect without `mounts` with `mode = \"rw\"` or `tmpfs`; ",
        )
        .builder(
            |virt| {
            virt.fs().write_size(Size(1));
            },
            "`fs().write_size()` has no effect without `fs().preopen_with_mode()` or `fs().tmpfs()`; ",
        ),
        row(
            policy(|p| p.mounts = vec![mount(FileMode::Ro, Some(1))]),
            "the limits of the mount at `/m` have no effect, because it is read-only; use \
             `--mount …:rw`, or",
            "the limits of the mount at `/m` have no effect, because it is read-only; use \
             `mounts` with `mode = \"rw\"`, or",
        ),
        row(
            mounted(|_| ()),
            "`m/l`: a symbolic link to the absolute path `/etc`, which leads out of the mount; make \
             it relative, mount a copy that holds the files themselves (`cp -RL FOLDER COPY`), or \
             leave it out with `--symlinks=skip`",
            "`m/l`: a symbolic link to the absolute path `/etc`, which leads out of the mount; make \
             it relative, mount a copy that holds the files themselves (`cp -RL FOLDER COPY`), or \
             leave it out with `symlinks = \"skip\"`",
        )
        .with(&[folder, ("/l", link)]),
        row(
            policy(|p| p.deny_other = true),
            "import `thing` is a resource type, which cannot be denied; allow it with \
             `--allow-import thing`",
            "import `thing` is a resource type, which cannot be denied; allow it with `thing` in \
             `allow-import`",
        )
        .of(RESOURCE)
        .builder(
            |virt| {
            virt.deny_other(&[]);
            },
            "import `thing` is a resource type, which cannot be denied; allow it with `thing` in \
             `allow_import()`",
        ),
        row(
            policy(|p| p.random = Random::Seed(u64::MAX)),
            "`--random`: the seed 18446744073709551615 is too large; ",
            "`random`: the seed 18446744073709551615 is too large; ",
        )
        .of(VALUES)
        .builder(
            |virt| {
            virt.random().seed(u64::MAX);
            },
            "`random().seed()`: the seed 18446744073709551615 is too large; ",
        ),
        row(
            policy(|p| {
                p.clocks = Clocks::Start(Time {
                    seconds: u64::MAX,
                    nanoseconds: 0,
                });
            }),
            "`--clock`: 18446744073709551615 s 0 ns since 1970 is out of range; ",
            "`clocks`: 18446744073709551615 s 0 ns since 1970 is out of range; ",
        )
        .of(VALUES),
        row(
            policy(|p| {
                p.random = Random::Seed(1);
                p.adapter_memory = Some(Size(1));
            }),
            "`--adapter-memory`: 1 is out of range; ",
            "`adapter-memory`: 1 is out of range; ",
        )
        .of(RANDOM)
        .builder(
            |virt| {
                virt.random().seed(1);
                virt.adapter_memory(Size(1));
            },
            "`adapter_memory()`: 1 is out of range; ",
        ),
    ]
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
}

#[test]
fn a_filter_names_every_pattern_that_is_malformed() {
    let policy = policy(|p| p.exclude = texts(&["[a", "[b"]));
    let found = problems(Filter::new(&policy));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].keys().collect::<Vec<_>>(), ["exclude"]);
}
