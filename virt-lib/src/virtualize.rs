//! The pipeline, one step a line: inspect, plan, relink (with its check), splice, record. This module
//! must never decide what a step does.

use crate::Output;
use crate::entry::Entry;
use crate::error::{Error, Result, Stage, none_of};
use crate::filter::Filter;
use crate::plan::Files;
use crate::plan::Plan;
use crate::plan::effect;
use crate::policy::{Access, Policy};
use crate::problem::{Problem, ProblemKind};
use crate::read::inspect::Component;
use crate::record::Record;
use crate::relink;
use crate::report::{Action, InterfaceReport, Report, Sizes};
use crate::segment::Segment;
use crate::specialize::config;
use crate::splice::splice_relinked;
use crate::tree::Tree;
use crate::wasi::Wasi;
#[cfg(feature = "std-fs")]
use crate::wasi::subsystem::{Subsystem, classify};
use std::collections::BTreeSet;

/// Plans the virtualization of `component` under `policy` with these entries mounted.
///
/// The artifact is the [`Output::segments`] in order; `component` and the entries' files are read again
/// by whoever writes them, and must not have changed. A core module of WASI 0.1, or one that carries its world,
/// is made a component first.
///
/// # Errors
///
/// [`Error::Component`](crate::Error::Component) for a component that cannot be read;
/// [`Error::Invalid`](crate::Error::Invalid) for policy or entries that cannot be served, with every
/// problem; [`Error::Internal`](crate::Error::Internal) for a bug.
pub fn plan(component: &[u8], policy: &Policy, entries: &[Entry]) -> Result<Output> {
    plan_input(&Component::read(component)?, component, policy, entries)
}

/// The same, with every interface of WASI open that has no subsystem.
#[cfg(feature = "std-fs")]
pub(crate) fn plan_with_unknown_open(
    component: &[u8],
    policy: &Policy,
    entries: &[Entry],
) -> Result<Output> {
    let input = Component::read(component)?;
    let mut policy = policy.clone();
    let names = input.imports.iter().map(|import| &import.name);
    let unknown = names.filter(|name| matches!(classify(name), Ok(Subsystem::Unknown)));
    policy.allow_import.extend(unknown.cloned());
    plan_input(&input, component, &policy, entries)
}

/// Plans for what was read of `component`.
fn plan_input(
    input: &Component,
    component: &[u8],
    policy: &Policy,
    entries: &[Entry],
) -> Result<Output> {
    if let Some(wrapped) = &input.wrapped {
        wrapped.check(input.exports.len())?;
    }
    let mut problems = Vec::new();
    let (tree, files) = files(policy, entries, &mut problems);
    let wasi = Wasi::default();
    let plan = Plan::new(input, policy, files, &wasi, problems)?;
    relinked(component, input, policy, &tree, &plan)
}

/// Relinks a component.
fn relinked(
    component: &[u8],
    input: &Component,
    policy: &Policy,
    tree: &Tree,
    plan: &Plan<'_>,
) -> Result<Output> {
    let mut problems = Vec::new();
    effect::of_plan(
        policy,
        plan.is_logged(),
        !plan.is_untouched(),
        &mut problems,
    );
    none_of(problems)?;
    let mut report = report(input, &plan.actions, tree);
    report.warnings = effect::warnings(input, policy, false);
    report.sizes.input = component.len() as u64;
    let whole = input
        .wrapped
        .as_ref()
        .map_or(component, |wrapped| wrapped.bytes.as_slice());
    let segments = if plan.is_untouched() {
        report.imports_after.clone_from(&report.imports_before);
        vec![Segment::Component {
            offset: 0,
            len: whole.len() as u64,
        }]
    } else {
        let configuration = |now| config::encode(policy, tree, now);
        let relinked = relink::relink(input, plan, &configuration, policy)?;
        report.imports_after.clone_from(&relinked.imports);
        report.sizes.adapter = relinked.written.added;
        let mut segments = splice_relinked(&relinked.written, whole, &tree.payload)?;
        let record = Record::new(policy, tree.recorded.clone(), &plan.actions, plan.layer());
        segments.push(Segment::Bytes(record.section()));
        segments
    };
    let segments = match &input.wrapped {
        Some(wrapped) => carry(segments, &wrapped.bytes)?,
        None => segments,
    };
    report.sizes.output = segments.iter().map(Segment::len).sum();
    Ok(Output { segments, report })
}

/// What is known before anything is made.
pub(crate) fn report(input: &Component, actions: &[(String, Action)], tree: &Tree) -> Report {
    let mut functions = input.functions();
    Report {
        interfaces: actions
            .iter()
            .map(|(name, action)| InterfaceReport {
                name: name.clone(),
                action: *action,
                functions: functions.remove(name).unwrap_or_default(),
            })
            .collect(),
        imports_before: input
            .imports
            .iter()
            .map(|import| import.name.clone())
            .collect(),
        imports_after: Vec::new(),
        files: tree.counts,
        sizes: Sizes::default(),
        preview1_adapter: input
            .wrapped
            .as_ref()
            .and_then(|wrapped| wrapped.adapter.clone()),
        lost_exports: input
            .wrapped
            .as_ref()
            .map_or_else(Vec::new, |wrapped| wrapped.lost.clone()),
        wasi_version: None,
        warnings: Vec::new(),
    }
}

/// Takes into the output what it holds of a component that was made here, and that a shell does not have.
pub(crate) fn carry(segments: Vec<Segment>, component: &[u8]) -> Result<Vec<Segment>> {
    let taken = |segment| match segment {
        Segment::Component { offset, len } => usize::try_from(offset)
            .ok()
            .zip(usize::try_from(offset + len).ok())
            .and_then(|(start, end)| component.get(start..end))
            .map(|bytes| Segment::Bytes(bytes.to_vec()))
            .ok_or_else(|| Error::internal(Stage::Splice, "a segment lies outside the component")),
        other => Ok(other),
    };
    segments.into_iter().map(taken).collect()
}

/// The tree of everything mounted, and what the plan has to know of it. With problems the tree lacks
/// what is wrong.
pub(crate) fn files(
    policy: &Policy,
    entries: &[Entry],
    problems: &mut Vec<Problem>,
) -> (Tree, Files) {
    let listed: BTreeSet<u32> = entries.iter().map(|entry| entry.mount).collect();
    let unlisted = (0..)
        .zip(&policy.mounts)
        .filter(|(position, _)| !listed.contains(position));
    problems.extend(unlisted.map(|(_, mount)| {
        let guest = mount.guest.escape_debug();
        let text = format!("the mount at `{guest}` has no entries; list its source");
        Problem::text(ProblemKind::Mount, text)
    }));
    let filter = Filter::checked(policy, problems);
    let tree = Tree::new(entries, &filter, policy, problems);
    effect::of_files(policy, entries, &tree.unmatched, problems);
    let ours = !entries.is_empty() || !policy.tmpfs.is_empty();
    let files = Files {
        mounted: !entries.is_empty(),
        tmpfs: !policy.tmpfs.is_empty(),
        served: ours || !policy.preopens.is_empty(),
        host: tree.has_host || (ours && policy.fs == Access::Allow),
        hidden: tree.has_host,
        writable: !tree.layers.is_empty(),
    };
    (tree, files)
}
