//! What the policy alone says of imports: the subsystem and the role of each, and what of the
//! policy can have no effect. This module must never look at functions that the component calls.

use super::files::Files;
use crate::error::{Problem, ProblemKind, Setting};
use crate::policy::rows::Key;
use crate::policy::{KEYS, Policy};
use crate::read::externs::{ImportKind, RawImport};
use crate::read::inspect::Component;
use crate::wasi::subsystem::{Stream, Subsystem, classify};

/// The subsystem of every import; none if this release does not know one of them. Adds a problem
/// for each, and for each part of the policy that has no effect or is out of range.
pub(crate) fn subsystems(
    component: &Component,
    policy: &Policy,
    files: Files,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Subsystem>> {
    let mut subsystems = Vec::new();
    for import in &component.imports {
        match classify(&import.name) {
            Ok(subsystem) => subsystems.push(subsystem),
            Err(problem) => problems.push(problem),
        }
        problems.extend(under_another_name(import));
    }
    super::range::check(policy, problems);
    super::effect::of_component(component, policy, files, problems);
    (subsystems.len() == component.imports.len()).then_some(subsystems)
}

/// Whether the policy closes an import that no interface of WIT describes. A type that is bound by
/// `eq` gives the component nothing, and passes.
pub(crate) fn closes(policy: &Policy, subsystem: Subsystem, import: &RawImport) -> bool {
    let name = &import.name;
    match subsystem {
        _ if import.kind == ImportKind::Type => false,
        Subsystem::Other => policy.deny_other && !policy.lets_through(name),
        _ => !super::role::decided(subsystem, name, policy, Files::default()).is_host(),
    }
}

/// WASI under a label of the component's own: its name does not say which policy governs it.
fn under_another_name(import: &RawImport) -> Option<Problem> {
    let implements = import.implements.as_deref()?;
    (!matches!(classify(implements), Ok(Subsystem::Other))).then(|| {
        Problem::text(
            ProblemKind::Unsupported,
            format!(
                "import `{}` is `{}` under a label, and this release virtualizes WASI only under \
                 its own names; import it without a label",
                import.name.escape_debug(),
                implements.escape_debug()
            ),
        )
    })
}

/// The setting that opens this import; none where no key of its own does.
fn opening(subsystem: Subsystem, name: &str) -> Option<Setting> {
    if matches!(subsystem, Subsystem::Wasi | Subsystem::Other) {
        return Some(Setting::item("allow-import", name));
    }
    let stream = Stream::of(name);
    let is_opening = |key: &&Key| {
        key.subsystem == Some(subsystem) && stream.is_none_or(|stream| stream.name() == key.name)
    };
    let mut keys = KEYS.iter().filter(is_opening);
    keys.find_map(|key| Some(Setting::word(key.name, key.kind.open()?)))
}

/// Why an import cannot be denied that has no function of its own to replace.
pub(crate) fn unclassifiable(name: &str, kind: ImportKind, subsystem: Subsystem) -> Problem {
    let problem = Problem::text(
        ProblemKind::Unsupported,
        format!(
            "import `{}` is {}, which cannot be denied; ",
            name.escape_debug(),
            kind.word()
        ),
    );
    match opening(subsystem, name) {
        Some(setting) => problem.then("allow it with ").remedy(setting),
        None => problem.then("allow everything"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;
    use crate::plan::Plan;
    use crate::report::Action;
    use crate::testing::test;
    use crate::wasi::Wasi;

    const PLUGIN: &str = r#"(component
        (type $made (enum "plain" "gzip"))
        (import "encoding" (type (eq $made)))
        (import "log" (func (param "text" string)))
        (import "wait" (func async))
        (import "acme:log/log" (instance (export "log" (func)))))"#;

    fn actions(text: &str, allow_import: &[&str]) -> Result<Vec<Action>> {
        let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
        let policy = Policy {
            deny_other: true,
            allow_import: allow_import
                .iter()
                .map(|glob| (*glob).to_string())
                .collect(),
            ..Policy::default()
        };
        let wasi = Wasi::default();
        let plan = Plan::new(&component, &policy, Files::default(), &wasi, Vec::new())?;
        Ok(plan.actions.iter().map(|(_, action)| *action).collect())
    }

    #[test]
    fn bare_functions_are_closed_and_types_that_give_nothing_pass() {
        let (open, denied) = (Action::Open, Action::Denied);
        let closed = actions(PLUGIN, &[]).unwrap();
        assert_eq!(closed, [open, denied, denied, denied]);
        let let_through = actions(PLUGIN, &["log", "acme:*"]).unwrap();
        assert_eq!(let_through, [open, open, denied, open]);
    }

    #[test]
    fn a_pattern_for_a_type_that_passes_anyway_has_no_effect() {
        let problem = |text| actions(text, &["encoding"]).unwrap_err().to_string();
        assert!(problem(PLUGIN).contains("`encoding` in `allow-import` has no effect"));
    }

    #[test]
    fn a_resource_type_cannot_be_denied() {
        let text = r#"(component (import "thing" (type (sub resource))))"#;
        let problem = actions(text, &[]).unwrap_err().to_string();
        assert!(problem.contains("`thing` is a resource type"), "{problem}");
        assert_eq!(actions(text, &["thing"]).unwrap(), [Action::Open]);
    }
}
