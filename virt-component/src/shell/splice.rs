//! Writes segments: bytes as they are, files streamed from disk through one buffer. A file that is
//! no longer what was listed is an error, never a wrong artifact.

use super::{
    problem,
    sink::Sink,
    walk::{Listing, Stamp},
};
use crate::escape::quote;
use crate::exit::{internal, invalid};
use crate::job::Exit;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use wasi_virt::Segment;

/// Bytes read at once.
const BUFFER: usize = 256 * 1024;

/// Writes `segments` in order.
///
/// # Errors
///
/// Names the file that could not be read or has changed, or the output.
pub(super) fn write(
    segments: &[Segment],
    component: &[u8],
    listing: &Listing,
    sink: &mut Sink,
) -> Result<(), Exit> {
    let mut buffer = Vec::new();
    let mut open: Option<Source<'_>> = None;
    for segment in segments {
        match segment {
            Segment::Bytes(bytes) => sink.write(bytes)?,
            Segment::Component { offset, len } => {
                let range = usize::try_from(*offset)
                    .ok()
                    .zip(usize::try_from(offset.saturating_add(*len)).ok());
                let bytes = range.and_then(|(start, end)| component.get(start..end));
                sink.write(
                    bytes.ok_or_else(|| {
                        internal("splice", "a segment lies outside the component")
                    })?,
                )?;
            }
            Segment::File { index, offset, len } => {
                buffer.resize(BUFFER, 0);
                let mut source = match open.take() {
                    Some(source) if source.index == *index => source,
                    other => {
                        other.map_or(Ok(()), Source::close)?;
                        Source::open(*index, listing)?
                    }
                };
                source.copy(*offset, *len, &mut buffer, sink)?;
                open = Some(source);
            }
        }
    }
    open.map_or(Ok(()), Source::close)
}

/// A mounted file being read.
struct Source<'a> {
    index: u32,
    path: &'a str,
    stamp: Stamp,
    file: File,
    position: u64,
}

impl<'a> Source<'a> {
    fn open(index: u32, listing: &'a Listing) -> Result<Self, Exit> {
        let position = usize::try_from(index).ok();
        let listed =
            position.and_then(|at| Some((listing.entries.get(at)?, (*listing.stamps.get(at)?)?)));
        let Some((entry, stamp)) = listed else {
            return Err(internal("splice", "a segment names no mounted file"));
        };
        let file = File::open(&entry.source)
            .map_err(|error| invalid(&problem::read(&entry.source, &error)))?;
        let source = Source {
            index,
            path: &entry.source,
            stamp,
            file,
            position: 0,
        };
        source.check()?;
        Ok(source)
    }

    fn copy(
        &mut self,
        offset: u64,
        len: u64,
        buffer: &mut [u8],
        sink: &mut Sink,
    ) -> Result<(), Exit> {
        if offset != self.position {
            self.file
                .seek(SeekFrom::Start(offset))
                .map_err(|error| self.failed(&error))?;
            self.position = offset;
        }
        let mut left = len;
        while left > 0 {
            let part = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let part = &mut buffer[..part];
            self.file
                .read_exact(part)
                .map_err(|error| match error.kind() {
                    ErrorKind::UnexpectedEof => self.changed(),
                    _ => self.failed(&error),
                })?;
            sink.write(part)?;
            left -= part.len() as u64;
            self.position += part.len() as u64;
        }
        Ok(())
    }

    fn close(self) -> Result<(), Exit> {
        self.check()
    }

    /// Whether the file is still what was listed.
    fn check(&self) -> Result<(), Exit> {
        let now = self.file.metadata().map_err(|error| self.failed(&error))?;
        if Stamp::of(&now) == self.stamp {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    fn changed(&self) -> Exit {
        invalid(&format!(
            "{} changed while it was being read; run again when nothing writes to it",
            quote(self.path)
        ))
    }

    fn failed(&self, error: &std::io::Error) -> Exit {
        invalid(&problem::read(self.path, error))
    }
}

#[cfg(test)]
#[path = "splice_tests.rs"]
mod tests;
