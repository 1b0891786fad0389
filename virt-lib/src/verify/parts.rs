//! What the output's nested components have to be: those of the input and in order, each as its own
//! plan has it, and given what the policy closes only where that plan closes it as well. This
//! module must never check what a core module is given.

use super::Both;
use super::marked;
use super::violation;
use crate::error::Result;
use crate::plan::Role;
use crate::plan::origin::Origins;
use crate::plan::{Plan, refers};
use crate::wasm::component::{Kind, Mark, Marks, Ref, Scope, Space};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::ComponentInstance;

impl Both<'_> {
    /// Checks the components nested in one.
    pub(super) fn parts(
        &self,
        scope: &Scope<'_>,
        plan: &Plan<'_>,
        marks: &Marks,
        start: usize,
        around: &mut Vec<BTreeSet<u32>>,
    ) -> Result<()> {
        let before: Vec<&Plan<'_>> = plan.inner.values().collect();
        // The plan of each nested component, by its index.
        let mut plans: BTreeMap<u32, &Plan<'_>> = BTreeMap::new();
        let mut after = 0;
        for (at, item) in scope.items.iter().enumerate() {
            let (Kind::Component(range), Some(index)) = (&item.kind, item.index()) else {
                continue;
            };
            let (Some(Mark::Component(position, marks)), Some(nested)) =
                (marked(marks, start, range.end), scope.inner.get(&at))
            else {
                return Err(violation("it has a component of ours".to_string()));
            };
            let Some(inner) = before.get(*position).filter(|_| *position == after) else {
                return Err(violation(format!(
                    "nested component {position} is not the input's"
                )));
            };
            after += 1;
            self.component(nested, inner, marks, range.start, around)?;
            plans.insert(index, inner);
        }
        if after != before.len() {
            return Err(violation(
                "a nested component of the input is missing".to_string(),
            ));
        }
        given(scope, plan, &plans)
    }
}

/// Fails where a component is given what the policy closes, and its plan leaves that open.
fn given(scope: &Scope<'_>, plan: &Plan<'_>, plans: &BTreeMap<u32, &Plan<'_>>) -> Result<()> {
    let origins = Origins::new(&scope.items);
    let closed = |of: Ref| {
        let Kind::Import(import) = &scope.items[origins.import(of)?].kind else {
            return None;
        };
        let name = import.name.name;
        let mut imports = plan.imports.iter();
        let import = imports.find(|import| import.name == name)?;
        matches!(import.role, Role::Denied | Role::Virtual).then_some(name)
    };
    for item in &scope.items {
        let Kind::Instance(ComponentInstance::Instantiate {
            component_index,
            args,
        }) = &item.kind
        else {
            continue;
        };
        for arg in args {
            let mut imports = plans
                .get(component_index)
                .into_iter()
                .flat_map(|inner| &inner.imports);
            let closes = imports.any(|import| import.name == arg.name && import.role != Role::Host);
            let mut todo = vec![refers(arg)];
            while let Some(of) = todo.pop() {
                if of.0 == Space::Instance {
                    todo.extend(origins.bundle(of.1));
                }
                let things = [Space::Instance, Space::Func];
                if let Some(name) = closed(of).filter(|_| !closes && things.contains(&of.0)) {
                    return Err(violation(format!(
                        "it gives `{name}` to a nested component, but the policy closes it"
                    )));
                }
            }
        }
    }
    Ok(())
}
