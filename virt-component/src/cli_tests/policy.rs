//! The flags that make the policy, one by one: what each means, which contradict each other.

use super::*;
use wasi_virt::{Access, Clocks, DebugLog, DenyMode, HostNames, Random, StdioMode};

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
        ("--allow-http", |p, on| p.http = switch(on).into()),
        ("--allow-sockets", |p, on| p.sockets = switch(on).into()),
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
        assert!(refused_flags(&[&format!("{flag}=may be")]).contains(flag));
        if !["--allow-http", "--allow-sockets"].contains(&flag) {
            assert!(refused_flags(&[flag, flag]).contains("cannot be used multiple times"));
        }
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
