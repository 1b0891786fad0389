//! Runs programs of WASI 0.3 in Node 24 by way of jco, and compares what they do there with what
//! they did in wasmtime. Where Node does other, the case says so. It judges nothing else.

use crate::case::{Difference, Run};
use crate::folders::Folders;
use crate::hosts;
use crate::js::{self, Node};
use crate::paths::{self, sha256};
use crate::runs::{self, End, Judged, Ran};
use crate::servers::Servers;
use crate::texts::difference;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Seconds that a program has: most end in one of them.
const PATIENCE: &str = "60";

/// What came of a program, unless it asked for an exit code.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Result(String),
    Returned(i32),
    Trap(String),
}

/// Whether the tests run programs there.
///
/// # Errors
///
/// When the hosts asked for are wrong.
pub fn asked_for() -> Result<bool> {
    Ok(js::with("node24") && hosts::asked_for(hosts::NODE24)?)
}

/// Runs the artifact as it was run in wasmtime, and the component as it was where the two are
/// compared.
///
/// # Errors
///
/// When anything differs that the case does not say.
pub fn check(
    run: &Run,
    judged: &Judged,
    artifact: &[u8],
    input: Option<&[u8]>,
    folder: &Path,
    servers: &Servers,
) -> Result<()> {
    if let (Some(on_host), Some(folders)) = (&judged.on_host, &run.as_on_host) {
        let input = input.context("a host run needs a component")?;
        let own = Folders::copy(folders, folder)?;
        let preopens = own.preopens();
        same(run, &run.on_host_in_node, on_host, || {
            perform(run, input, &preopens, servers)
        })
        .context("in Node 24, the component as it was, on the host's own files")?;
    }
    let own = Folders::copy(&run.preopens, folder)?;
    let planted = runs::planted_folder()?;
    let preopens = runs::preopens(run, &own, planted.path());
    let before = servers.reached();
    same(run, &run.in_node, &judged.ran, || {
        let ran = perform(run, artifact, &preopens, servers)?;
        runs::sees_nothing_planted(run, &ran)?;
        Ok(ran)
    })
    .context("in Node 24")?;
    if run.in_node.not_run.is_none() && run.in_node.error_has.is_empty() {
        own.check(run).context("in Node 24")?;
    }
    let reached = servers.reached_by_now(before + run.reached) - before;
    ensure!(
        reached == run.reached || run.in_node.differs(),
        "in Node 24, servers were reached {reached} times"
    );
    Ok(())
}

/// Compares a run with that in wasmtime, but for what the case says.
fn same(
    run: &Run,
    differs: &Difference,
    wasmtime: &Ran,
    perform: impl FnOnce() -> Result<Ran>,
) -> Result<()> {
    if differs.not_run.is_some() {
        return Ok(());
    }
    let node = perform()?;
    if !differs.error_has.is_empty() {
        let End::Trap(error) = &node.end else {
            bail!(
                "it did not fail with {:?}: {:?}",
                differs.error_has,
                node.end
            );
        };
        for part in &differs.error_has {
            ensure!(error.contains(part), "no {part:?} in the error: {error}");
        }
        return Ok(());
    }
    match (&wasmtime.end, &node.end) {
        (End::Returned, End::Returned) | (End::Trap(_), End::Trap(_)) => {}
        (End::Exit(ours), End::Exit(theirs)) if ours == theirs => {}
        // A program that is exited with 0 ends like one that returns.
        (End::Exit(0), End::Returned) => {}
        (ours, theirs) => bail!("it ended with {theirs:?}, in wasmtime with {ours:?}"),
    }
    for (key, ours, theirs) in [
        ("result", &wasmtime.result, &node.result),
        ("stdout", &wasmtime.stdout, &node.stdout),
        ("stderr", &wasmtime.stderr, &node.stderr),
    ] {
        let (expected, used) = replaced(ours, &differs.answers);
        ensure!(
            expected == *theirs,
            "`{key}` differs from that in wasmtime:\n{}",
            difference(theirs, &expected)
        );
        let shown = if run.command { "stdout" } else { "result" };
        ensure!(
            key != shown || used == differs.answers.len(),
            "an answer that differs in Node is to no line of the script"
        );
    }
    Ok(())
}

/// A text of answers with some of them replaced, and how many were.
fn replaced(text: &str, answers: &BTreeMap<String, String>) -> (String, usize) {
    let mut used = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let other = answers
            .iter()
            .find(|(command, _)| line.starts_with(&format!("{command}: ")));
        match other {
            None => line.to_string(),
            Some((command, answer)) => {
                used += 1;
                format!("{command}: {answer}\n")
            }
        }
    });
    let text = lines.collect();
    (text, used)
}

fn perform(
    run: &Run,
    component: &[u8],
    preopens: &[(String, PathBuf)],
    servers: &Servers,
) -> Result<Ran> {
    let folder = tempfile::tempdir()?;
    let (file, answer) = (folder.path().join("app.wasm"), folder.path().join("answer"));
    fs::write(&file, component)?;
    let tests = paths::root().join("tests/node");
    // Below the package, so that the output of jco finds its shims.
    let translation = format!("node_modules/.translated/{}", sha256(component));
    let preopens: BTreeMap<&String, &PathBuf> =
        preopens.iter().map(|(path, at)| (path, at)).collect();
    let job = json!({
        "env": {
            "HOST_SECRET": "PLANTED-ENV",
            "HOST_SHARED": "PLANTED-SHARED",
            "CLASH": "PLANTED-CLASH",
            "ECHO": servers.tcp.to_string(),
        },
        "args": ["PLANTED-PROGRAM", "PLANTED-ARG"],
        "preopens": preopens,
        "script": run.script.as_deref().map(|script| servers.fill(script)),
    });
    let mut process = Command::new("timeout")
        .arg(PATIENCE)
        .arg(Node::Pinned.program()?)
        // Node warns of the shim's own listeners on standard error.
        .arg("--no-warnings")
        .arg(tests.join("run.mjs"))
        .arg(&file)
        .arg(tests.join(translation))
        .arg(job.to_string())
        .arg(&answer)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting Node 24")?;
    let stdin = servers.fill(run.stdin.as_deref().unwrap_or(runs::STDIN));
    // A program may end without reading it.
    let _ = process
        .stdin
        .take()
        .context("it was piped")?
        .write_all(stdin.as_bytes());
    let out = process.wait_with_output()?;
    let (result, end) = match fs::read_to_string(&answer) {
        Ok(came) => match serde_json::from_str(&came)? {
            Answer::Result(result) => (result, End::Returned),
            Answer::Returned(code) => (String::new(), End::Exit(code)),
            Answer::Trap(error) => (String::new(), End::Trap(error)),
        },
        Err(_) => match out.status.code() {
            Some(124) => (String::new(), End::Trap("it waits for ever".into())),
            Some(code) => (String::new(), End::Exit(code)),
            None => bail!("Node was ended: {:?}", out.status),
        },
    };
    Ok(Ran {
        result,
        end,
        stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        // What Node's own network is asked for shows at the servers alone.
        asked: Vec::new(),
    })
}
