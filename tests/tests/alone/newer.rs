//! The adapter alone at WASI 0.3: its releases, and what no case shows.

use anyhow::{Result, ensure};
use std::fs;
use wasi_virt::{DenyMode, Policy};
use wasi_virt_tests::case::Run;
use wasi_virt_tests::network::Names;
use wasi_virt_tests::paths::fixture;
use wasi_virt_tests::servers::Setting;
use wasi_virt_tests::{artifact, engine, host, runs};

/// The releases of WASI 0.3, whose names are equally long.
pub const RELEASES_0_3: [&str; 3] = ["0.3.0", "0.3.1", "0.3.2"];

/// The cases that run at every release of WASI 0.3: they read, write, list and print.
pub const EVERY_RELEASE: [&str; 3] = ["wasi-0.3/read-only", "wasi-0.3/stdio-", "wasi-0.3/writable"];

/// A component in which everything of one release is of another, whose name is as long.
pub fn retargeted(component: Vec<u8>, of: &str, to: &str) -> Vec<u8> {
    let (of, to) = (format!("@{of}"), format!("@{to}"));
    let found = component.windows(of.len()).enumerate();
    let found = found.filter(|(_, bytes)| *bytes == of.as_bytes());
    let places: Vec<usize> = found.map(|(at, _)| at).collect();
    let mut component = component;
    for at in places {
        component[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    component
}

/// A run of the probe with this script.
fn scripted(script: &str) -> Run {
    Run {
        script: Some(script.to_string()),
        ..Run::default()
    }
}

/// A denied program imports nothing, and gets no file.
pub fn nothing_is_open(release: &str) -> Result<()> {
    let probe = retargeted(fs::read(fixture("probe-p3")?)?, "0.3.2", release);
    let folder = tempfile::tempdir()?;
    for mode in [DenyMode::Trap, DenyMode::Error] {
        let policy = Policy::default().with(|changed| changed.deny_mode = mode);
        let adapter = engine::adapter(&policy, &[], release)?;
        ensure!(artifact::imports(&adapter)?.is_empty());
        let composed = engine::plug(&probe, &adapter)?;
        let open = artifact::imports(&composed)?;
        ensure!(
            !open.iter().any(|name| name.starts_with("wasi:")),
            "{open:?}"
        );
        let mut run = scripted("stat a.txt");
        run.result = Some("stat a.txt: no preopen \"\"\n".to_string());
        runs::check(&run, &host::compile(&composed)?, None, folder.path())?;
    }
    Ok(())
}

/// Calls that overlap free what they have: a small memory is enough for many.
pub fn no_memory_stays(policy: &Policy) -> Result<()> {
    let probe = fs::read(fixture("probe-p3")?)?;
    let text = vec![b'a'; 5_000];
    let adapter = engine::adapter(policy, &[("/d/a.txt", &text)], "0.3.2")?;
    let composed = host::compile(&engine::plug(&probe, &adapter)?)?;
    let folder = tempfile::tempdir()?;
    let setting = Setting::new(Names::new())?;
    let said = |script: &str| {
        let judged = runs::judge(&scripted(script), &composed, None, folder.path(), &setting)?;
        anyhow::Ok(judged.ran.result)
    };
    let script = "stat a.txt\nstat none\nlist .\nread a.txt 0\nread none 0\n";
    let once = said(script)?;
    ensure!(
        once.contains("list .: [\"a.txt regular-file\"] ok"),
        "{once}"
    );
    let often = said(&script.repeat(1000))?;
    ensure!(
        often == once.repeat(1000),
        "it did not go on as it began: {once}"
    );
    Ok(())
}
