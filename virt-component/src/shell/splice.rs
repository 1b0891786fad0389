//! Writes segments: bytes as they are, files streamed from disk through one buffer. It must never hold
//! the contents of a file.

use super::{
    progress::Progress,
    sink::Sink,
    source::{Source, Stamp},
    walk::Listing,
};
use crate::exit::internal;
use crate::job::Exit;
use wasi_virt::{Segment, Stage};

/// Bytes read at once.
const BUFFER: usize = 256 * 1024;

/// Writes `segments` in order; `shown` says whether progress may be drawn.
///
/// # Errors
///
/// Names the file that could not be read or has changed, or the output.
pub(super) fn write(
    segments: &[Segment],
    component: &[u8],
    listing: &Listing,
    sink: &mut Sink,
    shown: bool,
) -> Result<(), Exit> {
    let mut buffer = Vec::new();
    let mut open: Option<(u32, Source<'_>)> = None;
    let progress = Progress::new(contents(segments), shown);
    for segment in segments {
        match segment {
            Segment::Bytes(bytes) => sink.write(bytes)?,
            Segment::Component { offset, len } => {
                let range = usize::try_from(*offset)
                    .ok()
                    .zip(usize::try_from(offset.saturating_add(*len)).ok());
                let bytes = range.and_then(|(start, end)| component.get(start..end));
                sink.write(bytes.ok_or_else(|| {
                    internal(Some(Stage::Splice), "a segment lies outside the component")
                })?)?;
            }
            Segment::File { index, offset, len } => {
                buffer.resize(BUFFER, 0);
                let mut source = match open.take() {
                    Some((at, source)) if at == *index => source,
                    other => {
                        other.map_or(Ok(()), |(_, source)| source.close())?;
                        let (path, stamp) = listed(*index, listing)?;
                        Source::open(path, stamp)?
                    }
                };
                source.read(*offset, *len, &mut buffer, |bytes| {
                    progress.add(bytes.len());
                    sink.write(bytes)
                })?;
                open = Some((*index, source));
            }
        }
    }
    open.map_or(Ok(()), |(_, source)| source.close())
}

/// Bytes of mounted files in `segments`.
fn contents(segments: &[Segment]) -> u64 {
    let len = |segment: &Segment| match segment {
        Segment::File { len, .. } => *len,
        Segment::Bytes(_) | Segment::Component { .. } => 0,
    };
    segments.iter().map(len).sum()
}

/// What was listed of the mounted file at this position.
fn listed(index: u32, listing: &Listing) -> Result<(&str, Stamp), Exit> {
    let position = usize::try_from(index).ok();
    let found =
        position.and_then(|at| Some((listing.entries.get(at)?, (*listing.stamps.get(at)?)?)));
    let (entry, stamp) =
        found.ok_or_else(|| internal(Some(Stage::Splice), "a segment names no mounted file"))?;
    Ok((&entry.source, stamp))
}

#[cfg(test)]
#[path = "splice_tests.rs"]
mod tests;
