//! The pipeline, one step a line: inspect, plan, specialize, encode, compose, verify, splice, record.

use crate::entry::Entry;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::inspect::Component;
use crate::plan::{Files, Plan};
use crate::policy::{Access, Policy};
use crate::record::Record;
use crate::report::{InterfaceReport, Report, Sizes};
use crate::segment::Segment;
use crate::splice::{Parts, splice};
use crate::tree::Tree;
use crate::world::AdapterWorld;
use crate::{Output, compose, config, encode, specialize, verify};
use std::collections::BTreeSet;

/// Plans the virtualization of `component` under `policy` with these entries mounted.
///
/// The artifact is the [`Output::segments`] in order; `component` and the entries' files are read again
/// by whoever writes them, and must not have changed.
///
/// # Errors
///
/// [`Error::Component`](crate::Error::Component) for a component that cannot be read;
/// [`Error::Invalid`](crate::Error::Invalid) for policy or entries that cannot be served, every problem on a
/// line of its own; [`Error::Internal`](crate::Error::Internal) for a bug.
pub fn plan(component: &[u8], policy: &Policy, entries: &[Entry]) -> Result<Output> {
    let input = Component::read(component)?;
    let tree = Tree::new(entries, &Filter::new(policy)?, &policy.preopens)?;
    check_mounts(policy, entries)?;
    let files = Files {
        mounted: !entries.is_empty(),
        served: !entries.is_empty() || !policy.preopens.is_empty(),
        host: tree.has_host || (!entries.is_empty() && policy.fs == Access::Allow),
    };
    let plan = Plan::new(&input, policy, files)?;
    let mut report = Report {
        interfaces: plan
            .actions
            .iter()
            .map(|(name, action)| InterfaceReport {
                name: name.clone(),
                action: *action,
                functions: input.functions(name),
            })
            .collect(),
        imports_before: input
            .imports
            .iter()
            .map(|import| import.name.clone())
            .collect(),
        imports_after: Vec::new(),
        files: tree.counts,
        sizes: Sizes {
            input: component.len() as u64,
            adapter: 0,
            output: 0,
        },
    };
    let segments = if plan.is_untouched() {
        report.imports_after.clone_from(&report.imports_before);
        vec![Segment::Component {
            offset: 0,
            len: component.len() as u64,
        }]
    } else {
        let world = AdapterWorld::new(&plan, policy)?;
        let module = specialize::specialize(
            &world,
            &config::encode(policy, &tree),
            tree.counts.stored,
            policy.deny,
        )?;
        let adapter = encode::encode(module, &world)?;
        let composition = compose::compose(&adapter, &input.skeleton, &world)?;
        report.imports_after = verify::verify(&composition, &plan, &world)?;
        report.sizes.adapter = adapter.len() as u64;
        let parts = Parts {
            skeleton: &input.skeleton,
            component_len: component.len() as u64,
            adapter: &adapter,
            payload: &tree.payload,
        };
        let mut segments = splice(&composition, &parts)?;
        let record = Record::new(policy, entries, &plan.actions);
        segments.push(Segment::Bytes(record.section()));
        segments
    };
    report.sizes.output = segments.iter().map(Segment::len).sum();
    Ok(Output { segments, report })
}

/// Every mount of the policy needs the entries that a shell lists for it.
fn check_mounts(policy: &Policy, entries: &[Entry]) -> Result<()> {
    let listed: BTreeSet<u32> = entries.iter().map(|entry| entry.mount).collect();
    let problems: Vec<String> = (0..)
        .zip(&policy.mounts)
        .filter(|(position, _)| !listed.contains(position))
        .map(|(_, mount)| {
            format!(
                "nothing was listed for the mount at `{}`",
                mount.guest.escape_debug()
            )
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid(problems.join("\n")))
    }
}
