//! Every case of tests/cases, one test each: generated natively and through `virt-gen.wasm`, with
//! the same bytes, checked, and run under a generous host.

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use wasi_virt_tests::case::{Case, Run};
use wasi_virt_tests::generate::{arguments, generate};
use wasi_virt_tests::paths::Commands;
use wasi_virt_tests::suite::{self, Entry};
use wasi_virt_tests::workdir::{COMPONENT, Workdir};
use wasi_virt_tests::{expect, host, runs};

fn main() -> Result<()> {
    let options = Arguments::from_args();
    let without = std::env::var("WASI_VIRT_TESTS_WITHOUT").unwrap_or_default();
    let commands = Commands::beside(env!("CARGO_BIN_EXE_wasmtime"))?;
    let mut trials = Vec::new();
    for Entry { name, case, .. } in suite::all()? {
        let left_out = without.split(',').any(|part| case.needs() == Some(part));
        let commands = commands.clone();
        let trial = Trial::test(name, move || {
            test(&case, &commands).map_err(|error| {
                let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
                Failed::from(format!("{}\n{}", case.description, causes.join("\n")))
            })
        });
        trials.push(trial.with_ignored_flag(left_out));
    }
    ensure!(!trials.is_empty(), "there are no cases");
    libtest_mimic::run(&options, trials).exit()
}

fn test(case: &Case, commands: &Commands) -> Result<()> {
    let dir = Workdir::make(case)?;
    let input = fs::read(dir.path().join(COMPONENT)).ok();
    let outcome = generate(case, &dir, commands, &arguments(case))?;
    let Some(artifact) = expect::outcome(case, &outcome, input.as_deref())? else {
        ensure!(case.runs.is_empty(), "there is nothing to run");
        return Ok(());
    };
    if case.runs.is_empty() {
        return Ok(());
    }
    let artifact = host::compile(&artifact)?;
    let compared = case.runs.iter().any(|run| run.as_on_host.is_some());
    let bare = match (&input, compared) {
        (Some(input), true) => Some(host::compile(input)?),
        _ => None,
    };
    for (position, run) in case.runs.iter().enumerate() {
        proves(run)?;
        runs::check(run, &artifact, bare.as_ref(), dir.path())
            .with_context(|| format!("run {} of the artifact", position + 1))?;
    }
    Ok(())
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
