//! Components that hold components: what was virtualized once is virtualized again. Policies stack:
//! each takes away from what the ones before left to the host, and every one is recorded.

use anyhow::Result;
use std::fs;
use wasi_virt::{Access, ClaimContent, Clocks, HostNames, Policy, Random, StdioMode};
use wasi_virt_tests::case::Run;
use wasi_virt_tests::paths::fixture;
use wasi_virt_tests::{artifact, engine, host, runs};

fn virtualize(component: &[u8], policy: &Policy) -> Result<Vec<u8>> {
    engine::virtualize(component, policy, &[])
}

fn probe() -> Result<Vec<u8>> {
    Ok(fs::read(fixture("probe")?)?)
}

fn run(artifact: &[u8], run: Run) -> Result<()> {
    let folder = tempfile::tempdir()?;
    runs::check(&run, &host::compile(artifact)?, None, folder.path())
}

fn script(script: &str, result: &str) -> Run {
    Run {
        script: Some(script.into()),
        result: Some(result.into()),
        closed: true,
        ..Run::default()
    }
}

#[test]
fn each_policy_takes_from_what_the_one_before_left() -> Result<()> {
    let inner = Policy::default().with(|changed| {
        changed.env = vec![("A".into(), "inner".into())];
        changed.clocks = Clocks::Start("2023-01-01T00:00:00Z".parse().unwrap());
        changed.stdout = StdioMode::Ignore;
        changed.host_preopens = Access::Allow;
        changed.random = Random::Allow;
        changed.sockets = Access::Allow.into();
    });
    let outer = Policy::default().with(|changed| {
        changed.random = Random::Seed(7);
        changed.deny_mode = wasi_virt::DenyMode::Error;
    });
    let once = virtualize(&probe()?, &inner)?;
    let twice = engine::virtualize(&once, &outer, &[("/a.txt", b"a virtual file")])?;
    assert_eq!(artifact::imports(&twice)?, [""; 0]);
    run(
        &twice,
        script(
            "env\nnow\nsleep 1000\nnow\nstd-read /a.txt\nstd-list /\nrandom 4\ntcp-create\nstd-stdout x",
            "env: [\"A=inner\"]\nnow: 1672531200.000000000\nsleep 1000: slept\nnow: 1672531201.000003000\n\
             std-read /a.txt: ok \"a virtual file\"\nstd-list /: ok [\"a.txt file\"]\nrandom 4: 4 bytes, different again\n\
             tcp-create: error access-denied\nstd-stdout x: ok\n",
        ),
    )?;

    let claimed = wasi_virt::inspect(&twice)?.claimed;
    let records: Vec<_> = claimed
        .iter()
        .map(|claim| match &claim.content {
            ClaimContent::Record(record) => (claim.depth, &record.env[..], record.seed),
            ClaimContent::Unreadable(why) => panic!("{why}"),
        })
        .collect();
    assert_eq!(
        records,
        [(0, &["A".to_string()][..], false), (0, &[][..], true)]
    );
    Ok(())
}

#[test]
fn a_value_that_was_fixed_stays_fixed() -> Result<()> {
    let fixed = |value: &str| {
        Policy::default().with(|changed| {
            changed.env = vec![("A".into(), value.into())];
        })
    };
    let once = virtualize(&probe()?, &fixed("first"))?;
    let error = virtualize(&once, &fixed("second")).unwrap_err().to_string();
    assert!(error.contains("`env` has no effect"), "{error}");
    let open = fixed("first").with(|changed| {
        changed.host_env = HostNames::All;
    });
    let twice = virtualize(&virtualize(&probe()?, &open)?, &fixed("second"))?;
    run(&twice, script("env", "env: [\"A=first\"]\n"))
}

#[test]
fn what_has_nothing_left_stays_as_it_is() -> Result<()> {
    let once = virtualize(&probe()?, &Policy::default())?;
    for policy in [Policy::default(), Policy::allow_all()] {
        assert!(virtualize(&once, &policy)? == once, "{policy:?}");
    }
    Ok(())
}

/// Whatever comes first, whatever comes second.
#[test]
fn policies_of_all_kinds_stack() -> Result<()> {
    let kinds = || {
        [
            Policy::default(),
            Policy::allow_all(),
            Policy::allow_all().with(|changed| {
                changed.stdout = StdioMode::Ignore;
            }),
            Policy::allow_all().with(|changed| {
                changed.clocks = Clocks::Fixed("0".parse().unwrap());
            }),
            Policy::allow_all().with(|changed| {
                changed.host_preopens = Access::Deny;
                changed.http = Access::Deny.into();
            }),
            Policy::default().with(|changed| {
                changed.sockets = Access::Allow.into();
                changed.clocks = Clocks::Allow;
                changed.stdin = StdioMode::Ignore;
            }),
        ]
    };
    for first in kinds() {
        let once = virtualize(&probe()?, &first)?;
        let left = artifact::imports(&once)?;
        for second in kinds() {
            let twice = match virtualize(&once, &second) {
                Ok(twice) => twice,
                // What the first took away, the second cannot put something else in place of.
                Err(error) if format!("{error}").contains("has no effect") => continue,
                Err(error) => return Err(error.context(format!("{first:?}, then {second:?}"))),
            };
            let imports = artifact::imports(&twice)?;
            assert!(imports.iter().all(|import| left.contains(import)));
            if first == Policy::default() || second == Policy::default() {
                assert_eq!(imports, [""; 0]);
                run(&twice, script("env\nargs", "env: []\nargs: []\n"))?;
            }
        }
    }
    Ok(())
}
