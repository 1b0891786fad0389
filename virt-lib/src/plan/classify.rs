//! What the policy alone says of imports: the subsystem and the role of each, and what of the policy
//! can have no effect. This module must never look at functions that the component calls.

use super::files::Files;
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::read::externs::{ImportKind, RawImport};
use crate::read::inspect::Component;
use crate::wasi::subsystem::{Subsystem, classify};

/// The subsystem of every import, where the policy can be given to the component at all.
///
/// # Errors
///
/// [`Error::Invalid`] for imports that this release does not know and for parts of the policy that
/// have no effect, all at once.
pub(crate) fn subsystems(
    component: &Component,
    policy: &Policy,
    files: Files,
) -> Result<Vec<Subsystem>> {
    let mut problems = Vec::new();
    let mut subsystems = Vec::new();
    for import in &component.imports {
        match classify(&import.name) {
            Ok(subsystem) => subsystems.push(subsystem),
            Err(error) => problems.push(error.to_string()),
        }
        problems.extend(under_another_name(import));
    }
    super::effect::check(component, policy, files, &mut problems);
    match problems.is_empty() {
        true => Ok(subsystems),
        false => Err(Error::invalid(problems.join("\n"))),
    }
}

/// Whether the policy closes an import that no interface of WIT describes. A type that is bound by `eq` gives the
/// component nothing, and passes.
pub(crate) fn closes(policy: &Policy, subsystem: Subsystem, import: &RawImport) -> bool {
    let name = &import.name;
    match subsystem {
        _ if import.kind == ImportKind::Type => false,
        Subsystem::Other => policy.deny_other && !policy.lets_through(name),
        _ => !super::role::decided(subsystem, name, policy, Files::default()).is_host(),
    }
}

/// WASI under a label of the component's own: its name does not say which policy governs it.
fn under_another_name(import: &RawImport) -> Option<String> {
    let implements = import.implements.as_deref()?;
    (!matches!(classify(implements), Ok(Subsystem::Other))).then(|| {
        format!(
            "import `{}` is `{}` under a label; this release virtualizes WASI only under its own names",
            import.name.escape_debug(),
            implements.escape_debug()
        )
    })
}

pub(crate) fn unclassifiable(name: &str, kind: ImportKind, subsystem: Subsystem) -> String {
    let quoted = format!("'{}'", name.escape_debug());
    let flag = match subsystem {
        Subsystem::Wasi | Subsystem::Other => subsystem.flag_for(&quoted),
        _ => subsystem.flag_for(name),
    };
    let name = name.escape_debug();
    format!(
        "import `{name}` is {}, which cannot be denied; let it through with `{flag}`",
        kind.word()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let plan = Plan::new(&component, &policy, Files::default(), &wasi)?;
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
        assert!(problem(PLUGIN).contains("`--allow-import encoding` can have no effect"));
    }

    #[test]
    fn a_resource_type_cannot_be_denied() {
        let text = r#"(component (import "thing" (type (sub resource))))"#;
        let problem = actions(text, &[]).unwrap_err().to_string();
        assert!(problem.contains("`thing` is a resource type"), "{problem}");
        assert_eq!(actions(text, &["thing"]).unwrap(), [Action::Open]);
    }
}
