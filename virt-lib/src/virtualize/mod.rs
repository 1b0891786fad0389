//! The pipeline, one step a line: inspect, plan, relink (with its check), splice, record. This
//! module must never decide what a step does.

mod alone;
mod passthrough;
mod splice;

pub use alone::adapter;
#[cfg(feature = "std-fs")]
pub(crate) use alone::selective_adapter;

use crate::error::{Error, Problem, ProblemKind, Result, Stage, none_of};
use crate::mounts::{Entry, Filter, Tree};
use crate::plan::network::Network;
use crate::plan::{Files, Plan, effect};
use crate::policy::{Access, FileMode, Policy};
use crate::read::inspect::Component;
use crate::report::record::{Record, RecordedMount};
use crate::report::{Action, InterfaceReport, MountReport, Output, Report, Segment, Sizes};
use crate::specialize::configuration;
use crate::wasi::Wasi;
#[cfg(feature = "std-fs")]
use crate::wasi::subsystem::{Subsystem, classify};
use crate::wasm::component::Encoded;
use crate::{relink, verify};
use splice::splice_relinked;
use std::collections::BTreeSet;
use wasi_virt_layout::Now;
use wasi_virt_net::write::RuleSet;

/// Plans the virtualization of `component` under `policy` with these entries mounted.
///
/// The artifact is the [`Output::segments`] in order; `component` and the entries' files are read
/// again when the segments are written, and must not have changed. A core module of WASI 0.1, or
/// one that carries its world, is made a component first.
///
/// # Errors
///
/// [`Error::Component`](crate::Error::Component) for a component that cannot be read;
/// [`Error::Invalid`](crate::Error::Invalid) for policy or entries that cannot be served, with
/// every problem; [`Error::Internal`](crate::Error::Internal) for a bug.
pub fn virtualize(component: &[u8], policy: &Policy, entries: &[Entry]) -> Result<Output> {
    virtualize_input(&Component::read(component)?, component, policy, entries)
}

/// The same, with every interface of WASI open that has no subsystem.
#[cfg(feature = "std-fs")]
pub(crate) fn virtualize_with_unknown_open(
    component: &[u8],
    policy: &Policy,
    entries: &[Entry],
) -> Result<Output> {
    let input = Component::read(component)?;
    let mut policy = policy.clone();
    let names = input.imports.iter().map(|import| &import.name);
    let unknown = names.filter(|name| matches!(classify(name), Ok(Subsystem::Wasi)));
    policy.allow_import.extend(unknown.cloned());
    virtualize_input(&input, component, &policy, entries)
}

/// Plans for what was read of `component`.
fn virtualize_input(
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
    virtualized(component, input, policy, &tree, &plan)
}

/// Virtualizes what was read, with these files.
fn virtualized(
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
    let mut report = report(input, &plan.actions, policy, tree);
    report.warnings = effect::warnings(input, policy, None);
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
        let configuration = |now| configuration::encode(policy, tree, now);
        let (written, imports) = relinked(input, plan, &configuration, policy)?;
        report.imports_after = imports;
        report.sizes.adapter = written.added;
        let mut segments = splice_relinked(&written, whole, &tree.payload)?;
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

/// Relinks a component, verifies the result and returns it with the names of its imports.
pub(crate) fn relinked(
    input: &Component,
    plan: &Plan<'_>,
    configuration: &dyn Fn(Now) -> Vec<u8>,
    policy: &Policy,
) -> Result<(Encoded, Vec<String>)> {
    let written = relink::relink(input, plan, configuration, policy)?;
    let imports = verify::verify(input, plan, &written)?;
    Ok((written, imports))
}

/// What is known before anything is made.
pub(crate) fn report(
    input: &Component,
    actions: &[(String, Action)],
    policy: &Policy,
    tree: &Tree,
) -> Report {
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
        mounts: mounted(policy, &tree.recorded),
        tmpfs: policy.tmpfs.clone(),
        preopens: policy.preopens.clone(),
        write_size: policy.write_size,
        write_inodes: policy.write_inodes,
        adapter_memory: policy.adapter_memory,
        network: policy.network_rules(),
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

/// What each mount holds, and what may be done in it.
fn mounted(policy: &Policy, recorded: &[RecordedMount]) -> Vec<MountReport> {
    let mounts = recorded.iter().enumerate().map(|(position, recorded)| {
        let given = policy.mounts.get(position);
        MountReport {
            guest: recorded.guest.clone(),
            mode: match recorded.writable {
                true => FileMode::Rw,
                false => FileMode::Ro,
            },
            size: given.and_then(|mount| mount.size),
            inodes: given.and_then(|mount| mount.inodes),
            files: recorded.files,
            directories: recorded.directories,
            symlinks: recorded.symlinks,
            bytes: recorded.bytes,
        }
    });
    mounts.collect()
}

/// Takes into the output what it holds of a component that was made here, and that a shell does not
/// have.
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

/// The tree of everything mounted, and what the plan has to know of it. With problems the tree
/// lacks what is wrong.
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
    let rules = policy.network().unwrap_or_else(|found| {
        problems.extend(found);
        RuleSet::default()
    });
    let files = Files {
        mounted: !entries.is_empty(),
        tmpfs: !policy.tmpfs.is_empty(),
        served: ours || !policy.preopens.is_empty(),
        host: tree.has_host || (ours && policy.host_preopens == Access::Allow),
        hidden: tree.has_host,
        writable: !tree.layers.is_empty(),
        network: Network::new(policy, &rules),
    };
    (tree, files)
}
