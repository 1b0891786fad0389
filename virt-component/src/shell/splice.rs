//! Writes the artifact, showing how much of the mounted contents is copied.

use super::{problem, progress::Progress, sink::Sink};
use crate::exit::failure;
use crate::job::Exit;
use wasi_virt::Segment;
use wasi_virt::disk::{self, Failure, Listing};

/// Writes `segments` in order; `shown` says whether progress may be drawn.
///
/// # Errors
///
/// Names the file that could not be read or has changed, or the output.
pub(super) fn write(
    segments: &[Segment],
    component: &[u8],
    listing: &Listing<'_>,
    sink: &mut Sink,
    shown: bool,
) -> Result<(), Exit> {
    let progress = Progress::new(contents(segments), shown);
    let result = disk::write(segments, component, listing, sink.writer(), &mut |bytes| {
        progress.add(bytes)
    });
    result.map_err(|why| match why {
        Failure::Read(unreadable) => problem::unreadable(unreadable),
        Failure::Write(error) => sink.failed(&error),
        Failure::Engine(error) => failure(&error, "the component", &[]),
    })
}

/// Bytes of mounted files in `segments`.
fn contents(segments: &[Segment]) -> u64 {
    let len = |segment: &Segment| match segment {
        Segment::File { len, .. } => *len,
        Segment::Bytes(_) | Segment::Component { .. } => 0,
    };
    segments.iter().map(len).sum()
}

#[cfg(test)]
#[path = "splice_tests.rs"]
mod tests;
