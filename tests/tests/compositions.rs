//! Compositions of real programs: each part finds the files and values of the policy, whichever of
//! them runs.

use anyhow::Result;
use std::fs;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};
use wasi_virt::{DenyMode, Policy, StdioMode, Tmpfs};
use wasi_virt_tests::case::Run;
use wasi_virt_tests::paths::fixture;
use wasi_virt_tests::{artifact, engine, host, runs};

/// Two programs in one component, which runs the second of them.
fn pair() -> Result<Vec<u8>> {
    let program = fs::read(fixture("probe-0.2.6")?)?;
    let exports = wasi_virt::inspect(&program)?.exports;
    let mut graph = CompositionGraph::new();
    for (name, prefix) in [("test:first", "test:first/e"), ("test:second", "")] {
        let package = Package::from_bytes(name, None, program.clone(), graph.types_mut())?;
        let package = graph.register_package(package)?;
        let instance = graph.instantiate(package);
        for (n, export) in exports.iter().enumerate() {
            let found = graph.alias_instance_export(instance, export)?;
            match prefix {
                "" => graph.export(found, export)?,
                prefix => graph.export(found, format!("{prefix}{n}"))?,
            }
        }
    }
    let bytes = graph.encode(EncodeOptions::default())?;
    artifact::validate(&bytes)?;
    Ok(bytes)
}

#[test]
fn each_part_reads_the_mounted_files_and_sees_the_values() -> Result<()> {
    let policy = Policy::default().with(|changed| {
        changed.env = vec![("A".into(), "b".into())];
        changed.deny_mode = DenyMode::Error;
    });
    let run = Run {
        script: Some("env\nstd-read /a.txt\nstd-list /\ntcp-create".into()),
        result: Some(
            "env: [\"A=b\"]\nstd-read /a.txt: ok \"of both\"\nstd-list /: ok [\"a.txt file\"]\n\
             tcp-create: error access-denied\n"
                .into(),
        ),
        closed: true,
        ..Run::default()
    };
    let artifact = engine::virtualize(&pair()?, &policy, &[("/a.txt", b"of both")])?;
    assert_eq!(artifact::imports(&artifact)?, [""; 0]);
    let folder = tempfile::tempdir()?;
    runs::check(&run, &host::compile(&artifact)?, None, folder.path())
}

#[test]
fn files_that_both_parts_may_change_are_refused_by_name() -> Result<()> {
    let composition = pair()?;
    let tmpfs = Policy::default().with(|changed| {
        changed.tmpfs = vec![Tmpfs::new("/tmp")];
    });
    let error = engine::virtualize(&composition, &tmpfs, &[]).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("2 parts of the composition use files"),
        "{said}"
    );
    Ok(())
}

#[test]
fn what_is_left_to_the_host_stays_so_in_each_part() -> Result<()> {
    let policy = Policy::default().with(|changed| {
        changed.stdout = StdioMode::Allow;
    });
    let artifact = engine::virtualize(&pair()?, &policy, &[])?;
    let imports = artifact::imports(&artifact)?;
    assert!(imports.contains(&"wasi:cli/stdout@0.2.6".to_string()));
    assert!(!imports.iter().any(|import| import.contains("filesystem")));
    let run = Run {
        script: Some("std-stdout x".into()),
        result: Some("std-stdout x: ok\n".into()),
        stdout: "x\n".into(),
        ..Run::default()
    };
    let folder = tempfile::tempdir()?;
    runs::check(&run, &host::compile(&artifact)?, None, folder.path())
}
