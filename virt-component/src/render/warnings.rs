//! What a report warns of: exports that are lost, and flags that changed nothing. It compares the
//! flags given with what the component imports, and must never repeat what is already an error.

use super::words;
use crate::job::Configured;
use wasi_virt::{Action, Report, Subsystem};

/// One line for each warning, not escaped.
pub(super) fn warnings(report: &Report, configured: &[Configured]) -> Vec<String> {
    let mut warnings: Vec<String> = lost(&report.lost_exports).into_iter().collect();
    warnings.extend(idle(report, configured));
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
        "the {they} {names} of the core module {are} lost: no world has them; give the module one \
         with `wasm-tools component embed`"
    ))
}

/// Flags that changed nothing.
fn idle(report: &Report, configured: &[Configured]) -> Vec<String> {
    let has_effect = |flag: &Configured| match flag.subsystem {
        // A pattern has an effect when something that only patterns are about stayed open.
        Subsystem::Other => report
            .interfaces
            .iter()
            .filter(|i| i.action != Action::Denied)
            .any(|i| matches!(Subsystem::of(&i.name), Subsystem::Wasi | Subsystem::Other)),
        of => report
            .imports_before
            .iter()
            .any(|name| Subsystem::of(name) == of),
    };
    let idle: Vec<&Configured> = configured.iter().filter(|flag| !has_effect(flag)).collect();
    let without = match report.wasi_version {
        Some(_) => "the adapter does not cover",
        None => "the component does not import",
    };
    if report.wasi_version.is_none() && idle.len() > 1 && idle.len() == configured.len() {
        let flags: Vec<&str> = idle.iter().map(|flag| flag.flag.as_str()).collect();
        return vec![format!(
            "the component imports nothing of what was configured ({})",
            flags.join(", ")
        )];
    }
    idle.into_iter()
        .map(|Configured { flag, subsystem }| match subsystem {
            Subsystem::Other => {
                format!("{flag} has no effect: no import that it could open matches")
            }
            _ => format!("{flag} has no effect: {without} {subsystem}"),
        })
        .collect()
}
