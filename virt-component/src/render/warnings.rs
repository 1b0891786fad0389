//! The warnings of a report in words: lost exports, and allowances that nothing needs. This module
//! must never decide what has an effect: the engine does.

use super::words;
use crate::job::Configured;
use crate::wording::worded;
use wasi_virt::{Problem, ProblemKind, Report};

/// One line for each warning, not escaped.
pub(super) fn warnings(report: &Report, configured: &[Configured]) -> Vec<String> {
    let mut warnings: Vec<String> = lost(&report.lost_exports).into_iter().collect();
    warnings.extend(idle(report, configured));
    let wide = report.warnings.iter().filter(|problem| is_wide(problem));
    warnings.extend(wide.map(|problem| worded(problem, configured)));
    warnings
}

/// The exports of a core module that its component lacks.
fn lost(exports: &[String]) -> Option<String> {
    let names = words::few(exports)?;
    let (they, are) = match exports.len() {
        1 => ("export", "is"),
        _ => ("exports", "are"),
    };
    Some(format!(
        "the {they} {names} of the core module {are} lost, because no world has them; give the \
         module a world with `wasm-tools component embed`"
    ))
}

/// Whether a warning is about something that has an effect, and more than may be expected.
fn is_wide(problem: &Problem) -> bool {
    problem.kind() == ProblemKind::Wide
}

/// What was allowed and nothing needs, as it was given. What only `--allow-all` allows is no news,
/// nor is what a flag allows beside something that is needed.
fn idle(report: &Report, configured: &[Configured]) -> Vec<String> {
    let is_idle = |key: &str| {
        report
            .warnings
            .iter()
            .any(|it| !is_wide(it) && it.keys().any(|it| it == key))
    };
    let is_needed = |given: &Configured| {
        let mut same = configured.iter().filter(|other| other.flag == given.flag);
        given.flag.starts_with("--") && same.any(|other| !is_idle(&other.key))
    };
    let is_given = |problem: &&Problem| {
        let mut keys = problem.keys();
        keys.any(|key| {
            let mut all = configured.iter();
            all.any(|given| given.key == key && !is_needed(given))
        })
    };
    let given = report.warnings.iter().filter(|problem| !is_wide(problem));
    let given = given.filter(is_given);
    let mut warnings: Vec<String> = given.map(|it| worded(it, configured)).collect();
    warnings.dedup();
    warnings
}
