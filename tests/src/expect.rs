//! Checks the outcome of a generation: exit code, report and imports. Nothing is run here. Messages
//! are returned beside those that the case expects.

use crate::artifact;
use crate::case::{Case, Generate};
use crate::generate::Outcome;
use crate::report_schema;
use crate::texts::Text;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use wildmatch::WildMatch;

/// Checks an outcome, but for the texts that the case expects. Returns the artifact, where there is
/// one to run, and those texts.
pub fn outcome(
    case: &Case,
    outcome: &Outcome,
    input: Option<&[u8]>,
) -> Result<(Option<Vec<u8>>, Vec<Text>)> {
    let artifact = judged(case, outcome, input)?;
    Ok((artifact, texts(&case.generate, outcome)))
}

/// The messages.
fn texts(expected: &Generate, outcome: &Outcome) -> Vec<Text> {
    let (stdout, stderr) = (&outcome.stdout, &outcome.stderr);
    let all = expected.stderr.as_ref();
    let mut texts: Vec<Text> = all
        .map(|all| Text::whole("stderr", all, stderr))
        .into_iter()
        .collect();
    texts.extend(Text::parts("stderr-has", &expected.stderr_has, stderr));
    texts.extend(Text::parts("stdout-has", &expected.stdout_has, stdout));
    texts
}

/// Everything that is a judgement. Returns the artifact, where there is one to run.
fn judged(case: &Case, outcome: &Outcome, input: Option<&[u8]>) -> Result<Option<Vec<u8>>> {
    let expected = &case.generate;
    ensure!(
        outcome.exit == expected.exit,
        "exit code {}, expected {}: {}{}",
        outcome.exit,
        expected.exit,
        outcome.stdout,
        outcome.stderr
    );
    if expected.exit != 0 {
        ensure!(outcome.artifact.is_none(), "an error left an artifact");
        ensure!(
            outcome.stdout.is_empty(),
            "an error printed to standard output: {}",
            outcome.stdout
        );
        ensure!(
            expected.stderr.is_some() || !expected.stderr_has.is_empty(),
            "a case of an error says which"
        );
        ensure!(
            outcome.stderr.starts_with("error: "),
            "not an error message: {}",
            outcome.stderr
        );
        return Ok(None);
    }
    if expected.no_output {
        ensure!(outcome.artifact.is_none(), "an artifact was written");
        return Ok(None);
    }
    let artifact = outcome
        .artifact
        .as_ref()
        .context("no artifact was written")?;
    artifact::validate(artifact)?;
    // What a core module imports and exports says nothing of the component that is made of it.
    let input = input.filter(|bytes| !wasmparser::Parser::is_core_wasm(bytes));
    let after = artifact::imports(artifact)?;
    if let Some(input) = input {
        let before = artifact::imports(input)?;
        for name in &after {
            ensure!(before.contains(name), "{name} was not imported before");
        }
        let exports = (artifact::exports(input)?, artifact::exports(artifact)?);
        ensure!(exports.0 == exports.1, "the exports changed: {exports:?}");
    }
    open(case, &after)?;
    if case.command_line.is_none() {
        let report = serde_json::from_str(&outcome.stdout)
            .with_context(|| format!("no report: {:?}", outcome.stdout))?;
        report_schema::check(&report)?;
        self::report(case, &report, input, &after)?;
    }
    Ok(Some(artifact.clone()))
}

/// The imports that are left are those that the case says, no more and no fewer.
fn open(case: &Case, after: &[String]) -> Result<()> {
    let Some(globs) = &case.generate.open else {
        return Ok(());
    };
    for name in after {
        ensure!(
            matched(globs, name),
            "{name} is left open; all that is left: {after:#?}"
        );
    }
    for glob in globs {
        ensure!(
            after.iter().any(|name| WildMatch::new(glob).matches(name)),
            "nothing that is left open matches {glob}: {after:#?}"
        );
    }
    Ok(())
}

fn matched(globs: &[String], name: &str) -> bool {
    globs.iter().any(|glob| WildMatch::new(glob).matches(name))
}

/// The report names every import, says what was done to it, and agrees with the bytes.
fn report(case: &Case, report: &Value, input: Option<&[u8]>, after: &[String]) -> Result<()> {
    let listed = |key: &str| -> Result<Vec<String>> {
        Ok(serde_json::from_value(
            report
                .get(key)
                .with_context(|| format!("no {key}"))?
                .clone(),
        )?)
    };
    let reported = listed("imports-after")?;
    ensure!(
        reported == after,
        "the report says that {reported:?} is left, the artifact says {after:?}"
    );
    let interfaces = report["interfaces"].as_array().context("no interfaces")?;
    let actions: Vec<(&str, &str)> = interfaces
        .iter()
        .map(|interface| Ok((text(interface, "name")?, text(interface, "action")?)))
        .collect::<Result<_>>()?;
    if let Some(input) = input {
        let before = artifact::imports(input)?;
        ensure!(
            listed("imports-before")? == before,
            "the report does not list what was imported"
        );
        let named: Vec<&str> = actions.iter().map(|(name, _)| *name).collect();
        ensure!(
            named == before,
            "the report tells of {named:?}, imported were {before:?}"
        );
    }
    for (name, action) in &actions {
        // Of several releases of one interface the artifact may import one, for all of them.
        let left = after
            .iter()
            .any(|import| unversioned(import) == unversioned(name));
        ensure!(
            left || !matches!(*action, "host" | "open"),
            "{name} is reported as {action}, and is gone"
        );
    }
    for (glob, expected) in &case.generate.actions {
        let mut found = false;
        for (name, action) in &actions {
            if WildMatch::new(glob).matches(name) {
                found = true;
                ensure!(
                    action == expected,
                    "{name} is reported as {action}, expected {expected}"
                );
            }
        }
        ensure!(found, "the report has nothing that matches {glob}");
    }
    if let Some([files, directories, symlinks, bytes]) = case.generate.counts {
        let counts = &report["files"];
        for (key, expected) in [
            ("files", files),
            ("directories", directories),
            ("symlinks", symlinks),
            ("bytes", bytes),
        ] {
            ensure!(
                counts[key] == expected,
                "{key} is {}, expected {expected}",
                counts[key]
            );
        }
    }
    Ok(())
}

/// The name of an import without its release.
fn unversioned(name: &str) -> &str {
    name.split_once('@')
        .map_or(name, |(interface, _)| interface)
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    match value[key].as_str() {
        Some(text) => Ok(text),
        None => bail!("{value} has no {key}"),
    }
}
