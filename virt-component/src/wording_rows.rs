//! The problems whose words are compared, each with a policy that has it.

use super::*;

/// What has no effect on this component.
pub(super) fn without_effect() -> Vec<Row> {
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
pub(super) fn others() -> Vec<Row> {
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
    let rules = |change: fn(&mut SocketRules)| {
        let mut rules = SocketRules::new();
        change(&mut rules);
        policy(|p| p.sockets = Sockets::Rules(rules))
    };
    vec![
        row(
            rules(|_| {}),
            "`--allow-sockets`: the table has no rule; ",
            "`sockets`: the table has no rule; ",
        ),
        row(
            rules(|rules| rules.allow = vec!["a".into()]),
            "`--allow-sockets=a`: the port is missing; write `a:443`",
            "`a` in `sockets.allow`: the port is missing; write `a:443`",
        ),
        row(
            rules(|rules| rules.resolve = texts(&["a:1"])),
            "`--allow-resolve a:1`: a rule of names has no port; ",
            "`a:1` in `sockets.resolve`: a rule of names has no port; ",
        ),
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
