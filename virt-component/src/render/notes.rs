//! Notes on defaults that may surprise: the component imports something, and the policy denies it
//! without a decision of the user. It must never note what the user decided.

use crate::job::Configured;
use wasi_virt::{Action, Report, Stream, Subsystem};

/// One line for each note, not escaped. `configured` is what the user set.
pub(super) fn notes(report: &Report, configured: &[Configured]) -> Vec<String> {
    let is_denied = |key: &str, is_one: &dyn Fn(&str) -> bool| {
        let is_decided = configured.iter().any(|given| given.key == key);
        let mut denied = report.interfaces.iter();
        !is_decided && denied.any(|it| it.action == Action::Denied && is_one(&it.name))
    };
    let mut notes = Vec::new();
    let outputs = [Stream::Stdout, Stream::Stderr].into_iter();
    let streams: Vec<&str> = outputs
        .filter(|one| is_denied(one.name(), &|name| Stream::of(name) == Some(*one)))
        .map(Stream::name)
        .collect();
    if let Some(first) = streams.first() {
        let (are, flag) = match streams.len() {
            1 => ("is", *first),
            _ => ("are", "stdio"),
        };
        notes.push(format!(
            "{} {are} denied: a program that prints fails; --{flag} allows it, --{flag}=ignore \
             swallows the text",
            streams.join(" and ")
        ));
    }
    if is_denied("exit", &|name| Subsystem::of(name) == Subsystem::Exit) {
        notes.push(
            "exit is denied: a program that ends with an exit code of its own traps; --allow-exit \
             allows it"
                .into(),
        );
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi_virt::InterfaceReport;

    #[test]
    fn only_what_is_imported_denied_and_undecided_is_noted() {
        let interface = |name: &str, action| InterfaceReport {
            name: name.into(),
            action,
            functions: Vec::new(),
        };
        let mut report = Report {
            interfaces: vec![
                interface("wasi:cli/stdout@0.2.6", Action::Denied),
                interface("wasi:cli/stderr@0.2.6", Action::Denied),
                interface("wasi:cli/exit@0.2.6", Action::Denied),
            ],
            ..Report::default()
        };
        let noted = |report: &Report, decided: &[&str]| {
            let configured = decided.iter().map(|key| Configured {
                flag: format!("--{key}"),
                key: (*key).into(),
            });
            notes(report, &configured.collect::<Vec<_>>()).join("\n")
        };
        let all = noted(&report, &["stdin"]);
        assert!(all.starts_with("stdout and stderr are denied: "), "{all}");
        assert!(
            all.contains("--stdio allows it") && all.contains("\nexit is denied"),
            "{all}"
        );
        let one = noted(&report, &["stderr", "exit"]);
        assert!(
            one.starts_with("stdout is denied: ") && one.contains("--stdout=ignore"),
            "{one}"
        );
        assert_eq!(noted(&report, &["stdout", "stderr", "exit"]), "");
        report.interfaces[1].action = Action::Virtual;
        report.interfaces.truncate(2);
        assert!(noted(&report, &[]).starts_with("stdout is denied: "));
        assert_eq!(noted(&Report::default(), &[]), "");
    }
}
