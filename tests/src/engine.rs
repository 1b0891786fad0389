//! Artifacts made by the engine itself, without a command line or a disk.

use crate::artifact;
use anyhow::{Context, Result, ensure};
use wasi_virt::{Entry, EntryKind, FileMode, Mount, Policy, Segment};

/// A file to mount: its path in the component, and what is in it.
pub type File<'a> = (&'a str, &'a [u8]);

/// The artifact of a component, with these files mounted besides what the policy says.
pub fn virtualize(component: &[u8], policy: &Policy, files: &[File<'_>]) -> Result<Vec<u8>> {
    let mut policy = policy.clone();
    let mut entries = Vec::new();
    for (mount, (guest, contents)) in (0..).zip(files) {
        let source = guest.trim_start_matches('/').to_string();
        policy.mounts.push(Mount {
            guest: guest.to_string(),
            source: source.clone(),
            mode: FileMode::Ro,
            size: None,
            nodes: None,
        });
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
    let contents: Vec<&[u8]> = files.iter().map(|(_, contents)| *contents).collect();
    assemble(component, &policy, &entries, &contents)
}

/// The artifact of a component with what `entries` list; `contents` are those of each entry.
pub fn assemble(
    component: &[u8],
    policy: &Policy,
    entries: &[Entry],
    contents: &[&[u8]],
) -> Result<Vec<u8>> {
    let output = wasi_virt::plan(component, policy, entries)?;
    let mut bytes = Vec::new();
    for segment in output.segments {
        let (whole, offset, len): (&[u8], _, _) = match &segment {
            Segment::Bytes(run) => (run, 0, run.len() as u64),
            Segment::Component { offset, len } => (component, *offset, *len),
            Segment::File { index, offset, len } => (contents[*index as usize], *offset, *len),
        };
        let part = whole.get(offset as usize..(offset + len) as usize);
        bytes.extend_from_slice(part.context("a segment lies outside of its source")?);
    }
    artifact::validate(&bytes)?;
    let mut imports = artifact::imports(&bytes)?;
    imports.sort();
    let mut told = output.report.imports_after;
    told.sort();
    ensure!(imports == told, "imported: {imports:?}, told: {told:?}");
    Ok(bytes)
}
