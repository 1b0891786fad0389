//! The flags that make the policy, one by one: what each means, which contradict each other.

use super::*;
use crate::job::FileContents;
use wasi_virt::{
    Access, Clocks, DebugLog, DenyMode, FileMode, HostNames, Mount, Preopen, Random, StdioMode,
    Symlinks,
};

#[test]
fn without_flags_everything_is_denied() {
    let job = job(&[]);
    assert_eq!(job.policy, Policy::default());
    assert_eq!(
        (job.component, job.output),
        (
            Some(Input::File("app.wasm".into())),
            Output::File("out.wasm".into())
        )
    );
    assert_eq!((job.print, job.configured), (Print::Text, vec![]));
}

fn switch(on: bool) -> Access {
    if on { Access::Allow } else { Access::Deny }
}

#[test]
fn each_access_flag_is_bare_true_or_false() {
    type Set = fn(&mut Policy, bool);
    let flags: [(&str, Set); 7] = [
        ("--allow-args", |p, on| p.host_args = switch(on)),
        ("--allow-fs", |p, on| p.host_preopens = switch(on)),
        ("--allow-clocks", |p, on| {
            p.clocks = if on { Clocks::Allow } else { Clocks::Deny };
        }),
        ("--allow-random", |p, on| {
            p.random = if on { Random::Allow } else { Random::Deny };
        }),
        ("--allow-exit", |p, on| p.exit = switch(on)),
        ("--allow-http", |p, on| p.http = switch(on)),
        ("--allow-sockets", |p, on| p.sockets = switch(on)),
    ];
    for (flag, set) in flags {
        let mut open = Policy::default();
        set(&mut open, true);
        assert_eq!(policy(&[flag]), open);
        assert_eq!(policy(&[&format!("{flag}=true")]), open);
        assert_eq!(policy(&[&format!("{flag}=false")]), Policy::default());
        let mut closed = Policy::allow_all();
        set(&mut closed, false);
        assert_eq!(policy(&["--allow-all", &format!("{flag}=false")]), closed);
        assert_eq!(
            policy(&[&format!("{flag}=false"), "--allow-all"]),
            closed,
            "in any order"
        );
        assert!(refused_flags(&[&format!("{flag}=maybe")]).contains(flag));
        assert!(refused_flags(&[flag, flag]).contains("cannot be used multiple times"));
    }
    assert_eq!(policy(&["--allow-all"]), Policy::allow_all());
    assert_eq!(policy(&["--allow-all=false"]), Policy::default());
}

#[test]
fn virtual_clocks_and_random_numbers() {
    let time = "2024-01-01T00:00:00Z".parse().unwrap();
    let found = policy(&["--clock=fixed=2024-01-01T00:00:00Z", "--random=seed=7"]);
    assert_eq!(
        (found.clocks, found.random),
        (Clocks::Fixed(time), Random::Seed(7))
    );
    let found = policy(&[
        "--random",
        "seed=8",
        "--allow-all",
        "--clock",
        "start=1704067200",
    ]);
    assert_eq!(
        (found.clocks, found.random, found.exit),
        (Clocks::Start(time), Random::Seed(8), Access::Allow),
        "the specific flag wins"
    );
    for (flags, part) in [
        (&["--clock=fixed=0", "--allow-clocks"][..], "--allow-clocks"),
        (
            &["--clock=fixed=0", "--allow-clocks=false"],
            "--allow-clocks",
        ),
        (&["--random=seed=0", "--allow-random"], "--allow-random"),
        (&["--clock=noon"], "give `fixed=TIME` or `start=TIME`"),
        (&["--clock=start=noon"], "a date of 1970 to 9999"),
        (&["--random=7"], "give `seed=N`"),
    ] {
        assert!(refused_flags(flags).contains(part), "{flags:?}");
    }
}

#[test]
fn configuration_properties() {
    let only = |names: &[&str]| HostNames::Only(strings(names));
    for (flags, host) in [
        (&["--allow-config"][..], HostNames::All),
        (&["--allow-config=true"], HostNames::All),
        (&["--allow-config=false"], HostNames::None),
        (&["--allow-config=a,b"], only(&["a", "b"])),
        (&["--allow-config=a", "--allow-config=b"], only(&["a", "b"])),
        (&["--allow-all", "--allow-config=a"], only(&["a"])),
        (&["--allow-all", "--allow-config=false"], HostNames::None),
        (&["--allow-all"], HostNames::All),
    ] {
        assert_eq!(policy(flags).host_config, host, "{flags:?}");
    }
    let found = policy(&["-c", "custom=prop", "--config=b=c=d", "--config", "e="]);
    assert_eq!(
        found.config,
        [("custom", "prop"), ("b", "c=d"), ("e", "")]
            .map(|(name, value)| (name.to_string(), value.to_string()))
    );
    for (flags, part) in [
        (&["-c", "x"][..], "--config `x`: give a value"),
        (&["-c", "=x"], "no name before the `=`"),
        (&["-c", "a=1", "-c", "a=2"], "--config: `a` is set twice"),
        (&["--allow-config=a=1"], "`-c K=V`"),
        (&["--allow-config", "--allow-config=a"], "contradict"),
        (&["--allow-config", "--allow-config=false"], "contradict"),
    ] {
        assert!(refused_flags(flags).contains(part), "{flags:?}");
    }
}

#[test]
fn the_hosts_environment() {
    let only = |names: &[&str]| HostNames::Only(strings(names));
    let except = |names: &[&str]| HostNames::Except(strings(names));
    for (flags, env, args) in [
        (&["--allow-env"][..], HostNames::All, true),
        (&["--allow-env=true"], HostNames::All, true),
        (&["--allow-env=false"], HostNames::None, false),
        (&["--allow-env=A,B"], only(&["A", "B"]), false),
        (
            &["--allow-env=A", "--allow-env=B"],
            only(&["A", "B"]),
            false,
        ),
        (&["--deny-env=A,B"], except(&["A", "B"]), false),
        (
            &["--deny-env", "A", "--deny-env=B"],
            except(&["A", "B"]),
            false,
        ),
        (&["--allow-env", "--deny-env=A"], except(&["A"]), true),
        (
            &["--allow-env", "--allow-args=false"],
            HostNames::All,
            false,
        ),
        (&["--allow-env=A", "--allow-args"], only(&["A"]), true),
        (&["--allow-all", "--allow-env=false"], HostNames::None, true),
        (&["--allow-all", "--allow-env=A"], only(&["A"]), true),
        (&["--allow-all", "--deny-env=A"], except(&["A"]), true),
        (&["--allow-env", "--arg", "x"], HostNames::All, false),
    ] {
        let policy = policy(flags);
        assert_eq!(
            (policy.host_env, policy.host_args == Access::Allow),
            (env, args),
            "{flags:?}"
        );
    }
    for flags in [
        &["--allow-env=false", "--deny-env=A"][..],
        &["--allow-env=A", "--deny-env=B"],
        &["--allow-env", "--allow-env=false"],
        &["--allow-env", "--allow-env=A"],
        &["--allow-env=false", "--allow-env=A"],
        &["--allow-env="],
        &["--allow-env=A, B"],
        &["--deny-env="],
        &["--deny-env=A=1"],
    ] {
        assert!(refused_flags(flags).contains("-env"), "{flags:?}");
    }
}

#[test]
fn fixed_values() {
    let policy = policy(&[
        "-e",
        "A=b=c",
        "--env=D=",
        "-eE=-",
        "--arg",
        "app",
        "--arg=--flag",
        "--arg",
        "-x",
        "--arg",
        "",
        "--cwd=/home",
    ]);
    let pair = |k: &str, v: &str| (k.to_string(), v.to_string());
    assert_eq!(
        policy.env,
        [pair("A", "b=c"), pair("D", ""), pair("E", "-")]
    );
    assert_eq!(policy.args, ["app", "--flag", "-x", ""]);
    assert_eq!(policy.cwd.as_deref(), Some("/home"));
    assert_eq!(
        policy,
        Policy::default().with(|changed| {
            changed.env = policy.env.clone();
            changed.args = policy.args.clone();
            changed.cwd = policy.cwd.clone();
        })
    );
    for (flags, why) in [
        (&["-e", "A"][..], "give a value"),
        (&["-e", "=A"], "no name"),
        (&["-e", "A=1", "-e", "A=2"], "`A` is set twice"),
        (&["--cwd="], "--cwd: the value is empty"),
        (&["--arg", "x", "--allow-args"], "give one of them"),
        (&["--arg", "a\0"], "NUL"),
    ] {
        assert!(refused_flags(flags).contains(why), "{flags:?}");
    }
}

#[test]
fn standard_streams() {
    use StdioMode::{Allow, Deny, Ignore};
    for (flags, modes) in [
        (&["--stdio"][..], [Allow, Allow, Allow]),
        (&["--stdio=ignore"], [Ignore, Ignore, Ignore]),
        (&["--stdio=deny"], [Deny, Deny, Deny]),
        (&["--allow-stdio"], [Allow, Allow, Allow]),
        (&["--allow-stdio=false"], [Deny, Deny, Deny]),
        (&["--stdin"], [Allow, Deny, Deny]),
        (&["--stdout=ignore"], [Deny, Ignore, Deny]),
        (&["--stderr=allow"], [Deny, Deny, Allow]),
        (&["--stdio=ignore", "--stdout"], [Ignore, Allow, Ignore]),
        (&["--stdout", "--stdio=ignore"], [Ignore, Allow, Ignore]),
        (&["--allow-stdio", "--stderr=deny"], [Allow, Allow, Deny]),
        (&["--stdio", "--allow-stdio"], [Allow, Allow, Allow]),
        (&["--allow-all", "--stdin=deny"], [Deny, Allow, Allow]),
        (&["--allow-all", "--stdio=ignore"], [Ignore, Ignore, Ignore]),
        (
            &["--allow-all", "--allow-stdio=false", "--stdout=allow"],
            [Deny, Allow, Deny],
        ),
    ] {
        let policy = policy(flags);
        assert_eq!(
            [policy.stdin, policy.stdout, policy.stderr],
            modes,
            "{flags:?}"
        );
    }
    assert!(refused_flags(&["--stdio=ignore", "--allow-stdio"]).contains("contradict"));
    assert!(refused_flags(&["--stdin=maybe"]).contains("[possible values: deny, ignore, allow]"));
}

#[test]
fn denial() {
    assert_eq!(policy(&["--deny=error"]).deny_mode, DenyMode::Error);
    assert_eq!(policy(&["--deny", "trap"]).deny_mode, DenyMode::Trap);
    assert_eq!(policy(&["--debug"]).debug, DebugLog::All);
    assert_eq!(policy(&["--debug=denied"]).debug, DebugLog::Denied);
    assert_eq!(policy(&[]).debug, DebugLog::Off);
    let closed = policy(&[
        "--deny-other",
        "--allow-import=acme:*",
        "--allow-import",
        "x:y/z",
    ]);
    assert_eq!(
        (closed.deny_other, closed.allow_import),
        (true, strings(&["acme:*", "x:y/z"]))
    );
    assert!(
        refused_flags(&["--deny-other", "--allow-import="])
            .contains("--allow-import: the value is empty")
    );
    assert!(refused_flags(&["--deny=maybe"]).contains("[possible values: trap, error]"));
    assert!(refused_flags(&["--deny"]).contains("--deny"));
}

#[test]
fn mounts() {
    let mounts = policy(&["--mount", "/=site", "--mount=/a=b=c:ro"]).mounts;
    let mount = |guest: &str, source: &str| Mount::new(guest, source);
    assert_eq!(mounts, [mount("/", "site"), mount("/a", "b=c")]);
    let writable = policy(&["--mount", "/=x:rw"]).mounts;
    assert_eq!(writable[0].mode, FileMode::Rw);
    assert!(refused_flags(&["--mount", "guest=/,source=x,mode=wr"]).contains("`ro` or `rw`"));
    assert_eq!(
        policy(&["--mount", "/=x", "--allow-fs"]).host_preopens,
        Access::Allow
    );
}

#[test]
fn tmpfs() {
    let tmpfs = policy(&["--tmpfs", "/tmp", "--tmpfs=/var:size=1M"]).tmpfs;
    let guests: Vec<_> = tmpfs.iter().map(|tmpfs| tmpfs.guest.as_str()).collect();
    assert_eq!(guests, ["/tmp", "/var"]);
    assert_eq!(tmpfs[1].size.map(|size| size.0), Some(1 << 20));
    assert!(refused_flags(&["--tmpfs", "/t:size=big"]).contains("such as `64M`"));
}

#[test]
fn preopens() {
    let preopens = policy(&[
        "--preopen",
        "/data=/srv/data",
        "--preopen=/ro=.:ro",
        "--preopen=mode=rw,host=a=b,guest=/x",
    ])
    .preopens;
    let preopen = |guest: &str, host: &str, mode| Preopen::new(guest, host).mode(mode);
    assert_eq!(
        preopens,
        [
            preopen("/data", "/srv/data", FileMode::Rw),
            preopen("/ro", ".", FileMode::Ro),
            preopen("/x", "a=b", FileMode::Rw),
        ]
    );
    for (bad, why) in [
        ("/data", "GUEST=HOST"),
        ("/data=", "no host"),
        ("=/srv", "is empty"),
        ("guest=/a,host=/b,mode=rx", "`ro` or `rw`"),
        ("guest=/a,source=/b", "not part of the long form"),
    ] {
        let refused = refused_flags(&["--preopen", bad]);
        assert!(
            refused.contains("--preopen") && refused.contains(why),
            "{refused}"
        );
    }
}

#[test]
fn which_files_of_a_mount_are_embedded() {
    let mounted = |flags: &[&str]| job(&[&["--mount", "/=site"], flags].concat());
    let job = mounted(&[
        "--include=*.html",
        "--include",
        "!x.html",
        "--exclude",
        "target/",
        "--symlinks=skip",
        "--mtime=2024-01-01T00:00:00Z",
    ]);
    assert_eq!(job.policy.include, ["*.html", "!x.html"]);
    assert_eq!(job.policy.exclude, ["target/"]);
    assert_eq!(job.policy.symlinks, Symlinks::Skip);
    assert_eq!(job.policy.mtime, 1_704_067_200);
    assert_eq!(mounted(&["--symlinks=keep"]).policy, mounted(&[]).policy);

    let text = refused_flags(&[
        "--mount=/=site",
        "--include=",
        "--exclude=[a",
        "--exclude=#x",
        "--ignore-file=",
        "--mtime=tomorrow",
    ]);
    assert_eq!(text.matches("error: ").count(), 5, "{text}");
    // Without a mount the engine refuses it, so it must arrive there.
    assert_eq!(super::job(&["--mtime=0"]).policy.mtime, 0);
    assert!(refused_flags(&["--mount=/=site", "--symlinks=follow"]).contains("--symlinks"));
}

#[test]
fn the_timestamp_may_come_from_the_environment() {
    let with = |value: &str, flags: &[&str]| {
        cli(&Invocation {
            args: strings(&[&["app.wasm", "-o", "out.wasm", "--mount=/=site"], flags].concat()),
            env: vec![("SOURCE_DATE_EPOCH".into(), value.into())],
            ..Invocation::default()
        })
    };
    let mtime = |step| match step {
        Step::Virtualize(job) => job.policy.mtime,
        other => panic!("{other:?}"),
    };
    assert_eq!(mtime(with("1700000000", &[])), 1_700_000_000);
    assert_eq!(mtime(with("1700000000", &["--mtime=5"])), 5);
    let Step::Exit(exit) = with("soon\x1b", &[]) else {
        panic!()
    };
    assert_eq!(exit.code, 2);
    assert!(
        exit.stderr.contains("SOURCE_DATE_EPOCH is `soon\\u{1b}`"),
        "{}",
        exit.stderr
    );
    let nothing_mounted = cli(&Invocation {
        args: strings(&["app.wasm", "-o", "out.wasm"]),
        env: vec![("SOURCE_DATE_EPOCH".into(), "1700000000".into())],
        ..Invocation::default()
    });
    assert_eq!(mtime(nothing_mounted), Policy::DEFAULT_MTIME);
}

#[test]
fn a_file_of_patterns_is_asked_for_and_joins_the_policy() {
    let with = |files: Vec<FileContents>| {
        cli(&Invocation {
            args: strings(&[
                "app.wasm",
                "-o",
                "out.wasm",
                "--mount=/=site",
                "--exclude=a",
                "--ignore-file=.ignore",
            ]),
            files,
            ..Invocation::default()
        })
    };
    assert_eq!(with(vec![]), Step::Read(vec![".ignore".into()]));
    let file = |contents: &[u8]| FileContents {
        path: ".ignore".into(),
        contents: contents.into(),
    };
    let Step::Virtualize(job) = with(vec![file(b"b\n# c\n")]) else {
        panic!()
    };
    assert_eq!(job.policy.exclude, ["a"]);
    assert_eq!(job.policy.ignore, ["b"]);
    let Step::Exit(exit) = with(vec![file(b"[")]) else {
        panic!()
    };
    assert!(exit.stderr.contains("`.ignore`, line 1"), "{}", exit.stderr);
}
