//! Artifacts made by the engine itself, without a command line or a disk.

use crate::artifact;
use anyhow::{Context, Result, anyhow, ensure};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};
use wasi_virt::{Entry, EntryKind, Mount, Output, Policy, Segment};

/// A file to mount: its path in the component, and what is in it.
pub type File<'a> = (&'a str, &'a [u8]);

/// The artifact of a component, with these files mounted besides what the policy says.
pub fn virtualize(component: &[u8], policy: &Policy, files: &[File<'_>]) -> Result<Vec<u8>> {
    let (policy, entries) = mounted(policy, files);
    let output = wasi_virt::virtualize(component, &policy, &entries)?;
    written(output, &[component], files)
}

/// The adapter alone, for a release of WASI, with these files mounted besides what the policy says.
pub fn adapter(policy: &Policy, files: &[File<'_>], wasi_version: &str) -> Result<Vec<u8>> {
    let (policy, entries) = mounted(policy, files);
    let output = wasi_virt::adapter(&policy, &entries, wasi_version)?;
    written(output, &[], files)
}

/// What `wac plug component --plug adapter` makes.
pub fn plug(component: &[u8], adapter: &[u8]) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, bytes: &[u8]| {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut())?;
        anyhow::Ok(graph.register_package(package)?)
    };
    let (plug, socket) = (
        register("test:plug", adapter)?,
        register("test:socket", component)?,
    );
    wac_graph::plug(&mut graph, vec![plug], socket).map_err(|error| anyhow!("{error:?}"))?;
    let options = EncodeOptions {
        // By what the components may need, which is said below.
        validate: false,
        ..EncodeOptions::default()
    };
    let bytes = graph.encode(options)?;
    artifact::validate_like(&bytes, &[component, adapter])?;
    Ok(bytes)
}

/// A policy with these files mounted, and what is mounted.
fn mounted(policy: &Policy, files: &[File<'_>]) -> (Policy, Vec<Entry>) {
    let mut policy = policy.clone();
    let mut entries = Vec::new();
    for (mount, (guest, contents)) in (0..).zip(files) {
        let source = guest.trim_start_matches('/').to_string();
        policy.mounts.push(Mount::new(*guest, source.clone()));
        entries.push(Entry {
            mount,
            guest: guest.to_string(),
            source,
            kind: EntryKind::File {
                size: contents.len() as u64,
                digest: None,
            },
        });
    }
    (policy, entries)
}

/// The bytes of an artifact, which import what the report says.
fn written(output: Output, made_of: &[&[u8]], files: &[File<'_>]) -> Result<Vec<u8>> {
    let contents: Vec<&[u8]> = files.iter().map(|(_, contents)| *contents).collect();
    let component = made_of.first().copied().unwrap_or_default();
    let bytes = assemble(&output, component, &contents)?;
    artifact::validate_like(&bytes, made_of)?;
    let mut imports = artifact::imports(&bytes)?;
    imports.sort();
    let mut reported = output.report.imports_after;
    reported.sort();
    ensure!(
        imports == reported,
        "imported: {imports:?}, reported: {reported:?}"
    );
    Ok(bytes)
}

/// Puts an artifact's segments together, with the contents of every entry.
pub fn assemble(output: &Output, component: &[u8], contents: &[&[u8]]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for segment in &output.segments {
        let (whole, offset, len): (&[u8], _, _) = match segment {
            Segment::Bytes(run) => (run, 0, run.len() as u64),
            Segment::Component { offset, len } => (component, *offset, *len),
            Segment::File { index, offset, len } => (contents[*index as usize], *offset, *len),
        };
        let part = whole.get(offset as usize..(offset + len) as usize);
        bytes.extend_from_slice(part.context("a segment lies outside of its source")?);
    }
    Ok(bytes)
}
