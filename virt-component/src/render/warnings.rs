//! What a report warns of: flags that changed nothing. It compares the flags given with what the
//! component imports, and must never repeat what is already an error.

use super::words::{OTHER, WASI};
use crate::job::Configured;
use wasi_virt::{Action, Report, subsystem};

/// One line for each warning, not escaped.
pub(super) fn warnings(report: &Report, configured: &[Configured]) -> Vec<String> {
    let has_effect = |flag: &Configured| match flag.subsystem.as_str() {
        // A pattern has an effect when something that only patterns are about stayed open.
        OTHER => report
            .interfaces
            .iter()
            .any(|i| i.action != Action::Denied && [WASI, OTHER].contains(&subsystem(&i.name))),
        word => report
            .imports_before
            .iter()
            .any(|name| subsystem(name) == word),
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
        .map(|Configured { flag, subsystem }| match subsystem.as_str() {
            OTHER => format!("{flag} has no effect: no import that it could open matches"),
            word => format!("{flag} has no effect: {without} {word}"),
        })
        .collect()
}
