//! The pipeline without a component: select, pass through, and then plan, relink, splice and
//! record as for any other component. This module must never decide what a step does.

use super::passthrough::{self, Coverage, Interface};
use super::splice::splice_relinked;
use super::{carry, files, relinked, report};
use crate::error::{Error, ProblemKind, Result, Stage, none_of};
use crate::mounts::Entry;
use crate::plan::Plan;
use crate::plan::{classify, effect};
use crate::policy::Policy;
use crate::read::inspect::Component;
use crate::report::record::Record;
use crate::report::{Action, Output, Report, Segment};
use crate::specialize::configuration;
use crate::wasi;
use crate::wasi::Wasi;

/// Makes the adapter alone, as a component that exports all of WASI at `wasi_version` and
/// serves it as `policy` says, with these entries mounted. Composed with a component of that
/// version, it does for it what [`virtualize`](crate::virtualize()) does. What the policy leaves to
/// the host is forwarded to an import of the same name.
///
/// # Errors
///
/// [`Error::Invalid`] for a version that is not known, and as [`virtualize`](crate::virtualize()).
///
/// ```
/// use wasi_virt::{DEFAULT_WASI_VERSION, Policy};
///
/// let output = wasi_virt::adapter(&Policy::default(), &[], DEFAULT_WASI_VERSION)?;
/// assert!(output.report.imports_after.is_empty());
/// # Ok::<(), wasi_virt::Error>(())
/// ```
pub fn adapter(policy: &Policy, entries: &[Entry], wasi_version: &str) -> Result<Output> {
    alone(policy, entries, wasi_version, Coverage::All)
}

/// The same, exporting only what cannot be left to the host: a component imports the rest by
/// itself.
#[cfg(feature = "std-fs")]
pub(crate) fn selective_adapter(
    policy: &Policy,
    entries: &[Entry],
    wasi_version: &str,
) -> Result<Output> {
    alone(policy, entries, wasi_version, Coverage::Closed)
}

fn alone(
    policy: &Policy,
    entries: &[Entry],
    wasi_version: &str,
    scope: Coverage,
) -> Result<Output> {
    let mut problems = Vec::new();
    let version = wasi::release::parse(wasi_version)?;
    effect::of_adapter_alone(policy, &version, &mut problems);
    let mut all = Component::importing(wasi::everything(&version)?);
    let (tree, files) = files(policy, entries, &mut problems);
    classify::subsystems(&all, policy, files, &mut problems);
    none_of(problems)?;
    let served = passthrough::select(&mut all, policy, files, &version, scope)?;
    if served.is_empty() {
        return Err(Error::invalid(
            ProblemKind::NoEffect,
            "the policy leaves all of WASI to the host, so there is no adapter to make; deny or \
             virtualize something",
        ));
    }
    let bytes = passthrough::component(&all, &served, policy.adapter_memory)?;
    let input = Component::read(&bytes)?;
    check_exports(&input, &served)?;
    let wasi = Wasi::default();
    let plan = Plan::new(&input, policy, files, &wasi, Vec::new())?;
    let mut problems = Vec::new();
    let has_adapter = !plan.is_untouched();
    effect::of_plan(policy, plan.is_logged(), has_adapter, &mut problems);
    none_of(problems)?;
    let configuration = |now| configuration::encode(policy, &tree, now);
    let (written, imports) = relinked(&input, &plan, &configuration, policy)?;
    let segments = splice_relinked(&written, &bytes, &tree.payload)?;
    let mut segments = carry(segments, &bytes)?;
    let actions = actions(&served, &plan.actions, policy, files);
    let mut report: Report = report(&all, &actions, policy, &tree);
    let exported: Vec<&str> = match scope {
        Coverage::All => served.iter().map(|one| one.name.as_str()).collect(),
        // The rest was not asked for.
        Coverage::Closed => all.imports.iter().map(|one| one.name.as_str()).collect(),
    };
    report.warnings = effect::warnings(&all, policy, Some(&exported));
    report.wasi_version = Some(wasi_version.to_string());
    report.imports_after = imports;
    let made = |segment: &Segment| match segment {
        Segment::Bytes(bytes) => bytes.len() as u64,
        _ => 0,
    };
    report.sizes.adapter = segments.iter().map(made).sum();
    let record = Record::new(policy, tree.recorded.clone(), &actions, plan.layer());
    segments.push(Segment::Bytes(record.section()));
    report.sizes.output = segments.iter().map(Segment::len).sum();
    Ok(Output { segments, report })
}

/// What the report says of every interface: what the policy leaves to the host, the pass-through
/// forwards.
fn actions(
    served: &[Interface],
    of_imports: &[(String, Action)],
    policy: &Policy,
    files: crate::plan::Files,
) -> Vec<(String, Action)> {
    let action = |interface: &Interface| {
        let known = of_imports.iter().find(|(name, _)| *name == interface.name);
        // An interface of values alone is not imported.
        let action = known.map_or_else(
            || interface.role.action(&interface.name, policy, files),
            |(_, action)| *action,
        );
        match action {
            Action::Host => Action::Forwarded,
            action => action,
        }
    };
    served
        .iter()
        .map(|interface| (interface.name.clone(), action(interface)))
        .collect()
}

/// The interfaces that are to be served are exported, in order, and nothing else.
fn check_exports(made: &Component, served: &[Interface]) -> Result<()> {
    let exports = made.exports.iter().map(|export| &export.name);
    match exports.eq(served.iter().map(|interface| &interface.name)) {
        true => Ok(()),
        false => Err(Error::internal(
            Stage::Verify,
            "the pass-through does not export what it is to serve",
        )),
    }
}
