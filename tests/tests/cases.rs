//! Every case of tests/cases, one test each: generated in every host with the same bytes, checked,
//! and run under a generous host. With `WASI_VIRT_BLESS=1` the texts that came are written into the
//! case files. The tests of the format itself run beside the cases.

#[path = "cases/blessing.rs"]
mod blessing;
#[path = "cases/format.rs"]
mod format;

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::sync::Arc;
use wasi_virt_tests::bless::{self, Bless};
use wasi_virt_tests::case::Run;
use wasi_virt_tests::generate::{arguments, generate};
use wasi_virt_tests::paths::Commands;
use wasi_virt_tests::servers::Setting;
use wasi_virt_tests::suite::{self, Entry};
use wasi_virt_tests::texts::Text;
use wasi_virt_tests::workdir::{COMPONENT, Workdir};
use wasi_virt_tests::{expect, host, in_node, runs};

/// A test of the format or of blessing, by name.
pub type Test = (&'static str, fn() -> Result<()>);

fn main() -> Result<()> {
    let options = Arguments::from_args();
    let without = std::env::var("WASI_VIRT_TESTS_WITHOUT").unwrap_or_default();
    let commands = Commands::beside(env!("CARGO_BIN_EXE_wasmtime"))?;
    let entries = suite::all()?;
    ensure!(!entries.is_empty(), "there are no cases");
    let bless = bless::is_asked_for().then(|| Arc::new(Bless::new(&entries)));
    let mut trials: Vec<Trial> = format::TESTS
        .iter()
        .chain(&blessing::TESTS)
        .map(|&(name, test)| trial(name, None, test))
        .collect();
    for entry in entries {
        let needs = entry.case.needs();
        let left_out = without.split(',').any(|part| needs == Some(part));
        let (commands, bless) = (commands.clone(), bless.clone());
        let (name, description) = (entry.name.clone(), entry.case.description.clone());
        let test = move || check(&entry, &commands, bless.as_deref());
        trials.push(trial(&name, Some(description), test).with_ignored_flag(left_out));
    }
    let conclusion = libtest_mimic::run(&options, trials);
    if let Some(bless) = bless {
        report(&bless)?;
    }
    conclusion.exit()
}

fn trial(
    name: &str,
    description: Option<String>,
    test: impl FnOnce() -> Result<()> + Send + 'static,
) -> Trial {
    Trial::test(name, move || {
        test().map_err(|error| {
            let causes = error.chain().map(ToString::to_string);
            let lines: Vec<String> = description.into_iter().chain(causes).collect();
            Failed::from(lines.join("\n"))
        })
    })
}

/// Writes what is blessed, and prints it.
fn report(bless: &Bless) -> Result<()> {
    let (written, refused) = bless.write()?;
    for line in &written {
        println!("blessed {line}");
    }
    if !refused.is_empty() {
        bail!("not blessed:\n{}", refused.join("\n"));
    }
    Ok(())
}

/// Checks a case; a bless notes its texts instead of comparing them.
fn check(entry: &Entry, commands: &Commands, bless: Option<&Bless>) -> Result<()> {
    let texts = judge(entry, commands)?;
    if let Some(bless) = bless {
        return bless.note(entry, &texts);
    }
    for (run, text) in &texts {
        let checked = text.check();
        match run {
            Some(run) => checked.with_context(|| format!("run {} of the artifact", run + 1))?,
            None => checked.context("what generation printed")?,
        }
    }
    Ok(())
}

/// Generates, runs, and checks every judgement. Returns the texts of generation and of each run.
fn judge(entry: &Entry, commands: &Commands) -> Result<Vec<(Option<usize>, Text)>> {
    let setting = Setting::new(entry.case.names.clone())?;
    let case = &entry.case.filled(&setting.servers);
    let dir = Workdir::make(case)?;
    let input = fs::read(dir.path().join(COMPONENT)).ok();
    let mut outcome = generate(case, &dir, commands, &arguments(case))?;
    for text in [&mut outcome.stdout, &mut outcome.stderr] {
        *text = setting.servers.unfill(text);
    }
    let (artifact, printed) = expect::outcome(case, &outcome, input.as_deref())?;
    let mut texts: Vec<_> = printed.into_iter().map(|text| (None, text)).collect();
    let Some(artifact) = artifact else {
        ensure!(case.runs.is_empty(), "there is nothing to run");
        return Ok(texts);
    };
    if case.runs.is_empty() {
        return Ok(texts);
    }
    let bytes = artifact;
    let artifact = host::compile(&bytes)?;
    let in_node = host::is_async(&artifact) && in_node::asked_for()?;
    let compared = case.runs.iter().any(|run| run.as_on_host.is_some());
    let bare = match (&input, compared) {
        (Some(input), true) => Some(host::compile(input)?),
        _ => None,
    };
    for (position, run) in case.runs.iter().enumerate() {
        proves(run)?;
        let at = || format!("run {} of the artifact", position + 1);
        let judged = runs::judge(run, &artifact, bare.as_ref(), dir.path(), &setting);
        let judged = judged.with_context(at)?;
        if in_node {
            let input = input.as_deref();
            in_node::check(run, &judged, &bytes, input, dir.path(), &setting.servers)
                .with_context(at)?;
        }
        texts.extend(judged.texts.into_iter().map(|text| (Some(position), text)));
    }
    Ok(texts)
}

/// A run that could not fail is a mistake in the case.
fn proves(run: &Run) -> Result<()> {
    let says = run.result.is_some()
        || run.as_on_host.is_some()
        || !run.trap_has.is_empty()
        || run.exit.is_some()
        || !run.stdout.is_empty()
        || run.command;
    ensure!(says, "a run expects something");
    ensure!(
        run.command != run.script.is_some(),
        "a run is a command or has a script"
    );
    Ok(())
}
