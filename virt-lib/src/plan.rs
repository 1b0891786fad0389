//! What happens to each import: the policy applied to the component's own WIT, and the closure over
//! the types that interfaces share. This module decides and must never emit anything.

mod closure;
mod effect;
mod exports;
mod notice;
mod role;

use crate::error::{Error, Result};
use crate::externs::{ImportKind, RawImport};
use crate::inspect::{Component, named_imports};
use crate::policy::Policy;
use crate::report::Action;
use crate::subsystem::{Subsystem, classify, is_newer};
use wildmatch::WildMatch;
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem, WorldKey};

pub(crate) use closure::resource_owners;
pub(crate) use exports::Bridged;
#[cfg(feature = "std-fs")]
pub(crate) use notice::Notice;
pub(crate) use role::{Role, decided, stdio};

/// One imported interface and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    /// The import's name.
    pub name: String,
    pub key: WorldKey,
    pub id: InterfaceId,
    pub subsystem: Subsystem,
    pub role: Role,
}

/// What there is of files besides what the host has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    /// Something is mounted.
    pub mounted: bool,
    /// The adapter serves the filesystem.
    pub served: bool,
    /// Some of what it serves is the host's.
    pub host: bool,
    /// The adapter keeps descriptors of the host's to itself.
    pub hidden: bool,
    /// Some of what it serves may be changed in memory.
    pub writable: bool,
    /// Something is a tmpfs.
    pub tmpfs: bool,
    /// The adapter serves them, and interfaces that it forwards carry descriptors of the host's: known only after
    /// the closure.
    pub lent: bool,
}

/// The decision for every import of a component.
pub(crate) struct Plan {
    pub resolve: Resolve,
    /// The component's world, where it has one.
    pub world: Option<WorldId>,
    pub files: Files,
    /// Imported interfaces, in the order of the component's imports.
    pub interfaces: Vec<Interface>,
    /// Imported bare functions that are closed, in the same order, by name.
    pub denied_functions: Vec<String>,
    /// Exported interfaces that are handed on through a bridge.
    pub bridged: Vec<Bridged>,
    /// What the report says of each import, in the same order, imports that are no interfaces included.
    pub actions: Vec<(String, Action)>,
}

impl Plan {
    /// Decides for every import of `component`.
    pub(crate) fn new(component: &Component, policy: &Policy, files: Files) -> Result<Self> {
        let subsystems = subsystems(component, policy, files)?;
        let newer = component.imports.iter().filter(|i| is_newer(&i.name));
        let mut problems: Vec<String> = newer.map(|import| only_relinked(&import.name)).collect();
        let (resolve, world) = match &component.world {
            Ok((resolve, world)) => (resolve.clone(), *world),
            Err(why) => return undecodable(component, policy, &subsystems, why),
        };
        let items = named_imports(&resolve, world);
        let (mut interfaces, mut denied_functions) = (Vec::new(), Vec::new());
        for (import, subsystem) in component.imports.iter().zip(&subsystems) {
            match items.get(&import.name).copied() {
                Some((key, WorldItem::Interface { id, .. }))
                    if import.kind == ImportKind::Instance =>
                {
                    interfaces.push(Interface {
                        name: import.name.clone(),
                        key: key.clone(),
                        id: *id,
                        subsystem: *subsystem,
                        role: role::initial(*subsystem, &import.name, policy, files),
                    });
                }
                _ if !closes(policy, *subsystem, import) => {}
                Some((_, WorldItem::Function(_))) if import.kind == ImportKind::Function => {
                    denied_functions.push(import.name.clone());
                }
                _ => problems.push(unclassifiable(&import.name, import.kind, *subsystem)),
            }
        }
        drop(items);
        if !problems.is_empty() {
            return Err(Error::invalid(problems.join("\n")));
        }
        exports::keep_types(&resolve, world, &mut interfaces);
        closure::close(&resolve, world, &mut interfaces, policy.debug);
        let bridged = exports::bridged(&resolve, world, &interfaces)?;
        let lent = closure::lent(&resolve, &interfaces, &bridged);
        let files = Files {
            lent: !lent.is_empty(),
            ..files
        };
        let actions = component
            .imports
            .iter()
            .map(|import| {
                let found = interfaces
                    .iter()
                    .find(|interface| interface.name == import.name);
                (
                    import.name.clone(),
                    match found {
                        Some(interface) if lent.contains(&interface.id) => Action::Forwarded,
                        Some(i) => i.role.action(i.subsystem, policy, files),
                        None if denied_functions.contains(&import.name) => Action::Denied,
                        None => Action::Open,
                    },
                )
            })
            .collect();
        Ok(Plan {
            resolve,
            world: Some(world),
            files,
            interfaces,
            denied_functions,
            bridged,
            actions,
        })
    }

    /// Whether nothing needs an adapter.
    pub(crate) fn is_untouched(&self) -> bool {
        self.denied_functions.is_empty()
            && self
                .interfaces
                .iter()
                .all(|interface| !interface.role.is_served())
    }
}

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
    effect::check(component, policy, files, &mut problems);
    match problems.is_empty() {
        true => Ok(subsystems),
        false => Err(Error::invalid(problems.join("\n"))),
    }
}

/// WASI 0.3 where an adapter would have to stand beside the component.
fn only_relinked(name: &str) -> String {
    format!(
        "import `{}`: WASI 0.3 can be denied in a component that is no composition, and without \
         `--debug`; virtualize the parts before composing them",
        name.escape_debug()
    )
}

/// Whether the policy closes an import that no interface of WIT describes. A type that is bound by `eq` gives the
/// component nothing, and passes.
pub(crate) fn closes(policy: &Policy, subsystem: Subsystem, import: &RawImport) -> bool {
    let name = &import.name;
    match subsystem {
        _ if import.kind == ImportKind::Type => false,
        Subsystem::Other => policy.deny_other && !is_let_through(policy, name),
        _ => !role::decided(subsystem, name, policy, Files::default()).is_host(),
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

/// Whether an `--allow-import` pattern names this import.
pub(crate) fn is_let_through(policy: &Policy, name: &str) -> bool {
    policy
        .allow_import
        .iter()
        .any(|glob| WildMatch::new(glob).matches(name))
}

pub(crate) fn unclassifiable(name: &str, kind: ImportKind, subsystem: Subsystem) -> String {
    let name = name.escape_debug();
    let flag = match subsystem {
        subsystem if subsystem.is_named() => format!("{} '{name}'", subsystem.flag()),
        subsystem => subsystem.flag().to_string(),
    };
    format!(
        "import `{name}` is {}, which cannot be denied; let it through with `{flag}`",
        kind.word()
    )
}

/// The plan for a component that WIT cannot express: possible only where nothing has to be done.
fn undecodable(
    component: &Component,
    policy: &Policy,
    subsystems: &[Subsystem],
    why: &str,
) -> Result<Plan> {
    let closed: Vec<_> = component
        .imports
        .iter()
        .zip(subsystems)
        .filter(|(import, subsystem)| closes(policy, **subsystem, import))
        .map(|(import, _)| format!("`{}`", import.name.escape_debug()))
        .collect();
    if policy.debug {
        return Err(Error::invalid(format!(
            "calls cannot be told, because the component's interfaces cannot be expressed in WIT: {why}; leave `--debug` out"
        )));
    }
    if !closed.is_empty() {
        return Err(Error::invalid(format!(
            "the policy closes {}, but the component's interfaces cannot be expressed in WIT: {why}",
            closed.join(", ")
        )));
    }
    let actions = component
        .imports
        .iter()
        .zip(subsystems)
        .map(|(import, subsystem)| {
            (
                import.name.clone(),
                if *subsystem == Subsystem::Other {
                    Action::Open
                } else {
                    Action::Host
                },
            )
        })
        .collect();
    Ok(Plan {
        resolve: Resolve::default(),
        world: None,
        files: Files::default(),
        interfaces: Vec::new(),
        denied_functions: Vec::new(),
        bridged: Vec::new(),
        actions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    const PLUGIN: &str = r#"(component
        (type $made (enum "plain" "gzip"))
        (import "encoding" (type (eq $made)))
        (import "log" (func (param "text" string)))
        (import "wait" (func async))
        (import "acme:log/log" (instance (export "log" (func)))))"#;

    fn plan(text: &str, allow_import: &[&str]) -> Result<Plan> {
        let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
        let policy = Policy {
            deny_other: true,
            allow_import: allow_import
                .iter()
                .map(|glob| (*glob).to_string())
                .collect(),
            ..Policy::default()
        };
        Plan::new(&component, &policy, Files::default())
    }

    #[test]
    fn bare_functions_are_closed_and_types_that_give_nothing_pass() {
        let closed = plan(PLUGIN, &[]).unwrap();
        assert_eq!(closed.denied_functions, ["log", "wait"]);
        let actions: Vec<_> = closed.actions.iter().map(|(_, action)| *action).collect();
        let denied = Action::Denied;
        assert_eq!(actions, [Action::Open, denied, denied, denied]);
        assert!(!closed.is_untouched());

        let open = plan(PLUGIN, &["log", "acme:*"]).unwrap();
        assert_eq!(open.denied_functions, ["wait"]);
    }

    #[test]
    fn a_pattern_for_a_type_that_passes_anyway_has_no_effect() {
        let problem = |text| plan(text, &["encoding"]).err().unwrap().to_string();
        assert!(problem(PLUGIN).contains("`--allow-import encoding` can have no effect"));
    }

    #[test]
    fn a_resource_type_cannot_be_denied() {
        let text = r#"(component (import "thing" (type (sub resource))))"#;
        let problem = plan(text, &[]).err().unwrap().to_string();
        assert!(problem.contains("`thing` is a resource type"), "{problem}");
        assert!(plan(text, &["thing"]).unwrap().is_untouched());
    }
}
