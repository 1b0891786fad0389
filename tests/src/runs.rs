//! Runs an artifact under a host that has secrets planted. Checks how it ended, which secrets it
//! saw, what it left behind, and what it answered.

use crate::case::Run;
use crate::folders::Folders;
use crate::host::{self, Outputs, PLANTED, State};
use crate::network::{Names, Network};
use crate::servers::Setting;
use crate::texts::{Text, difference};
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wasmtime::Store;
use wasmtime::component::{Component, ComponentExportIndex, Instance, Linker};
use wasmtime_wasi::I32Exit;

/// What the generous host offers to read.
pub const STDIN: &str = "PLANTED-STDIN";

/// What came of a run.
pub struct Ran {
    /// The script's answer, or nothing for a command.
    pub result: String,
    pub end: End,
    pub stdout: String,
    pub stderr: String,
    /// What the network of the host was asked for.
    pub asked: Vec<String>,
}

/// How a run ended.
#[derive(Debug)]
pub enum End {
    /// It went to its end.
    Returned,
    /// With an exit code that it asked for.
    Exit(i32),
    /// In a trap, with its message and backtrace.
    Trap(String),
}

/// A run that was judged.
pub struct Judged {
    /// The texts that the case expects, beside those that came.
    pub texts: Vec<Text>,
    pub ran: Ran,
    /// The run of the component as it was, where they are compared.
    pub on_host: Option<Ran>,
}

/// Runs the artifact as the case says, and fails where anything differs.
pub fn check(
    run: &Run,
    artifact: &Component,
    input: Option<&Component>,
    folder: &Path,
) -> Result<()> {
    let setting = Setting::new(Names::new())?;
    let judged = judge(run, artifact, input, folder, &setting)?;
    judged.texts.iter().try_for_each(Text::check)
}

/// Runs the artifact as the case says, and the component as it was where they are compared. Checks
/// everything but the texts that the case expects.
pub fn judge(
    run: &Run,
    artifact: &Component,
    input: Option<&Component>,
    folder: &Path,
    setting: &Setting,
) -> Result<Judged> {
    let servers = &setting.servers;
    let before = servers.reached();
    let planted = planted_folder()?;
    let own = Folders::copy(&run.preopens, folder)?;
    let ran = perform(run, artifact, setting, &preopens(run, &own, planted.path()))?;
    sees_nothing_planted(run, &ran)?;
    ended(run, &ran)?;
    let mut texts = Vec::new();
    let expected = [
        ("stdout", Some(&run.stdout), &ran.stdout),
        ("stderr", Some(&run.stderr), &ran.stderr),
        ("result", run.result.as_ref(), &ran.result),
    ];
    for (key, expected, came) in expected {
        let Some(expected) = expected else { continue };
        let came = match servers.fill(expected) == *came {
            true => expected.clone(),
            false => servers.unfill(came),
        };
        texts.push(Text::whole(key, expected, &came));
    }
    let reached = servers.reached_by_now(before + run.reached) - before;
    ensure!(
        reached == run.reached,
        "servers were reached {reached} times, not {}: {}",
        run.reached,
        ran.result
    );
    ensure!(
        ran.asked == run.asked,
        "the host's network was asked for {:#?}, not for {:#?}: {}",
        ran.asked,
        run.asked,
        ran.result
    );
    // A stream that the case does not mention stays silent: that is a judgement.
    let silent = |text: &&Text| text.key != "result" && text.expected.is_empty();
    texts.iter().filter(silent).try_for_each(Text::check)?;
    let mut on_host = None;
    if let Some(folders) = &run.as_on_host {
        let input = input.context("a host run needs a component")?;
        let bare_folders = Folders::copy(folders, folder)?;
        let preopens = bare_folders.preopens();
        let bare = perform(run, input, setting, &preopens).context("on the host's own files")?;
        if let End::Trap(error) = bare.end {
            bail!("on the host's own files: {error}");
        }
        ensure!(
            ran.result == bare.result,
            "the result differs from that on the host's own files:\n{}",
            difference(&ran.result, &bare.result)
        );
        if !run.preopens.is_empty() {
            let (ours, theirs) = (own.contents()?, bare_folders.contents()?);
            ensure!(
                ours == theirs,
                "the files left behind differ: {ours:?}, on the host's own files {theirs:?}"
            );
        }
        on_host = Some(bare);
    }
    own.check(run)?;
    Ok(Judged {
        texts,
        ran,
        on_host,
    })
}

/// A folder of files that a program may not see.
pub fn planted_folder() -> Result<TempDir> {
    let planted = tempfile::tempdir()?;
    std::fs::write(planted.path().join("secret.txt"), "PLANTED-FILE")?;
    std::fs::write(planted.path().join("a.txt"), "PLANTED-FILE")?;
    Ok(planted)
}

/// What the host preopens: the run's own folders, and what is planted beside them.
pub fn preopens(run: &Run, own: &Folders, planted: &Path) -> Vec<(String, PathBuf)> {
    let mut preopens = own.preopens();
    for guest in ["/", "/site", "/planted"] {
        if !run.preopens.contains_key(guest) {
            preopens.push((guest.to_string(), planted.to_owned()));
        }
    }
    preopens
}

/// Fails where a run shows what is planted, unless it may.
pub fn sees_nothing_planted(run: &Run, ran: &Ran) -> Result<()> {
    for (key, text) in [
        ("result", &ran.result),
        ("stdout", &ran.stdout),
        ("stderr", &ran.stderr),
    ] {
        ensure!(
            run.sees_host || !text.contains(PLANTED),
            "`{key}` holds what is planted: {text}"
        );
    }
    Ok(())
}

/// How it ended: at its end, with an exit code, or in a trap.
fn ended(run: &Run, ran: &Ran) -> Result<()> {
    match (&ran.end, run.exit, run.trap_has.as_slice()) {
        (End::Returned, None, []) => Ok(()),
        (End::Returned, Some(0), []) if run.command => Ok(()),
        (End::Returned, Some(code), _) => bail!("it ended; exit code {code} was expected"),
        (End::Returned, None, parts) => bail!("it did not trap with {parts:?}: {}", ran.result),
        (End::Exit(came), Some(code), _) => {
            ensure!(*came == code, "exit code {came}, expected {code}");
            Ok(())
        }
        (End::Trap(error), Some(code), _) => {
            bail!("a trap where exit code {code} was expected: {error}")
        }
        (End::Exit(code), None, parts) => {
            bail!("exit code {code} where none was expected, but {parts:?}")
        }
        (End::Trap(error), None, []) => bail!("it trapped: {error}\n{}{}", ran.stdout, ran.stderr),
        (End::Trap(error), None, parts) => {
            for part in parts {
                ensure!(
                    error.contains(part.as_str()),
                    "no {part:?} in the trap: {error}"
                );
            }
            Ok(())
        }
    }
}

fn perform(
    run: &Run,
    component: &Component,
    setting: &Setting,
    preopens: &[(String, PathBuf)],
) -> Result<Ran> {
    let servers = &setting.servers;
    let stdin = servers.fill(run.stdin.as_deref().unwrap_or(STDIN));
    let (mut store, outputs) = host::planted(&servers.tcp.to_string(), &stdin, preopens)?;
    let network = Network::new(&setting.names, servers);
    store.data_mut().meet(&network);
    let linker = match run.closed {
        true => Linker::new(host::engine()),
        false => generous(component)?,
    };
    let script = run.script.as_deref().map(|script| servers.fill(script));
    let called = call(&mut store, &linker, component, script)?;
    drop(store);
    let (result, error) = match called {
        Ok(result) => (result, None),
        Err(error) => (String::new(), Some(error)),
    };
    let asked = network.asked();
    let asked = asked.iter().map(|asked| servers.unfill(asked)).collect();
    Ok(after(result, error, &outputs, asked))
}

fn after(
    result: String,
    error: Option<wasmtime::Error>,
    outputs: &Outputs,
    asked: Vec<String>,
) -> Ran {
    let end = error.map_or(End::Returned, |error| {
        match error.downcast_ref::<I32Exit>() {
            Some(exit) => End::Exit(exit.0),
            None => End::Trap(format!("{error:?}")),
        }
    });
    Ran {
        result,
        end,
        stdout: outputs.stdout(),
        stderr: outputs.stderr(),
        asked,
    }
}

/// A host that has everything, for a component of either version of WASI.
pub fn generous(component: &Component) -> Result<Linker<State>> {
    match host::is_async(component) {
        true => host::generous_async(),
        false => host::generous(),
    }
}

/// Instantiates a program of either version of WASI, and calls `test:probe/api#probe` with a script
/// or `wasi:cli/run` without.
pub fn call(
    store: &mut Store<State>,
    linker: &Linker<State>,
    component: &Component,
    script: Option<String>,
) -> Result<wasmtime::Result<String>> {
    if host::is_async(component) {
        return in_time(call_async(store, linker, component, script));
    }
    let instance = match linker.instantiate(&mut *store, component) {
        Ok(instance) => instance,
        Err(error) => return Ok(Err(error)),
    };
    match script {
        None => call_run(store, &instance),
        Some(script) => call_probe(store, &instance, &script),
    }
}

/// Calls the export `test:probe/api#probe`.
pub fn call_probe(
    store: &mut Store<State>,
    instance: &Instance,
    script: &str,
) -> Result<wasmtime::Result<String>> {
    let index = probe(store, instance)?;
    let probe = instance
        .get_typed_func::<(&str,), (String,)>(&mut *store, index)
        .map_err(|error| anyhow!("{error:?}"))?;
    Ok(probe.call(&mut *store, (script,)).map(|(text,)| text))
}

/// Calls the same export where it is asynchronous.
pub async fn call_waiting_probe(
    store: &mut Store<State>,
    instance: &Instance,
    script: &str,
) -> Result<wasmtime::Result<String>> {
    let index = probe(store, instance)?;
    let probe = instance
        .get_typed_func::<(&str,), (String,)>(&mut *store, index)
        .map_err(|error| anyhow!("{error:?}"))?;
    let called = probe.call_async(&mut *store, (script,)).await;
    Ok(called.map(|(text,)| text))
}

/// Calls `wasi:cli/run`, of whatever release it is.
fn call_run(store: &mut Store<State>, instance: &Instance) -> Result<wasmtime::Result<String>> {
    let index = command(store, instance)?;
    let run = instance
        .get_typed_func::<(), (Result<(), ()>,)>(&mut *store, index)
        .map_err(|error| anyhow!("{error:?}"))?;
    Ok(run.call(&mut *store, ()).and_then(ran))
}

/// Instantiates a program of WASI 0.3, and calls `test:probe/api#probe` with a script or
/// `wasi:cli/run` without.
async fn call_async(
    store: &mut Store<State>,
    linker: &Linker<State>,
    component: &Component,
    script: Option<String>,
) -> Result<wasmtime::Result<String>> {
    let instance = match linker.instantiate_async(&mut *store, component).await {
        Ok(instance) => instance,
        Err(error) => return Ok(Err(error)),
    };
    Ok(match script {
        Some(script) => call_waiting_probe(store, &instance, &script).await?,
        None => {
            let index = command(store, &instance)?;
            let run = instance
                .get_typed_func::<(), (Result<(), ()>,)>(&mut *store, index)
                .map_err(|error| anyhow!("{error:?}"))?;
            run.call_async(&mut *store, ()).await.and_then(ran)
        }
    })
}

/// Waits for a program of WASI 0.3, but not for ever: one that waits for what never comes runs no
/// code that could be stopped.
fn in_time<T>(program: impl Future<Output = Result<T>>) -> Result<T> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().expect("threads can be started"));
    let patience = Duration::from_secs(host::PATIENCE);
    runtime
        .block_on(async { tokio::time::timeout(patience, program).await })
        .context("it waits for what never comes")?
}

fn ran((result,): (Result<(), ()>,)) -> wasmtime::Result<String> {
    match result {
        Ok(()) => Ok(String::new()),
        Err(()) => Err(I32Exit(1).into()),
    }
}

/// The function that scripts are given to.
fn probe(store: &mut Store<State>, instance: &Instance) -> Result<ComponentExportIndex> {
    export(store, instance, |name| name == "test:probe/api", "probe")
}

/// The function `run`, of whatever release it is.
fn command(store: &mut Store<State>, instance: &Instance) -> Result<ComponentExportIndex> {
    export(
        store,
        instance,
        |name| name.starts_with("wasi:cli/run@"),
        "run",
    )
}

/// A function of an exported interface.
fn export(
    store: &mut Store<State>,
    instance: &Instance,
    interface: impl Fn(&str) -> bool,
    function: &str,
) -> Result<ComponentExportIndex> {
    let component = instance.instance_pre(&mut *store).component().clone();
    let name = component
        .component_type()
        .exports(host::engine())
        .map(|(name, _)| name.to_string())
        .find(|name| interface(name))
        .with_context(|| format!("no exported interface has {function}"))?;
    let parent = component
        .get_export_index(None, &name)
        .context("the interface")?;
    component
        .get_export_index(Some(&parent), function)
        .context("the function")
}
