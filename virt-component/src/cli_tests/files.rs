//! The flags about files, one by one: places, selection, timestamps, and files of patterns.

use super::*;
use crate::job::FileContents;
use wasi_virt::{Access, FileMode, Mount, Preopen, Symlinks};

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
