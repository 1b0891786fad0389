//! Writes segments: bytes as they are, files through one buffer. It must never hold a whole file.

use super::source::{BUFFER, Source};
use super::{Listing, Unreadable, listing::Contents};
use crate::error::{Error, Stage};
use crate::report::Segment;
use std::io::{self, Write};

/// Why an artifact is not complete.
#[derive(Debug)]
pub enum Failure {
    /// A file cannot be read, or differs from what was listed.
    Read(Unreadable),
    /// The writer failed.
    Write(io::Error),
    /// The segments do not fit the component and the listing: a bug.
    Engine(Error),
}

impl From<Unreadable> for Failure {
    fn from(problem: Unreadable) -> Self {
        Failure::Read(problem)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Write(error)
    }
}

/// Writes `segments` in order, without flushing. Calls `copied` with the number of bytes of each
/// piece that it copies from a mounted file.
///
/// # Errors
///
/// What failed; the artifact is then incomplete.
pub fn write(
    segments: &[Segment],
    component: &[u8],
    listing: &Listing<'_>,
    to: &mut dyn Write,
    copied: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let mut buffer = Vec::new();
    let mut open: Option<(u32, Source<'_>)> = None;
    for segment in segments {
        let (index, offset, len) = match segment {
            Segment::Bytes(bytes) => {
                to.write_all(bytes)?;
                continue;
            }
            Segment::Component { offset, len } => {
                let part = range(component, *offset, *len);
                to.write_all(part.ok_or_else(|| bug("a segment lies outside the component"))?)?;
                continue;
            }
            Segment::File { index, offset, len } => (*index, *offset, *len),
        };
        match listing.contents(index) {
            Some(Contents::Bytes(bytes)) => {
                let part = range(bytes, offset, len);
                to.write_all(part.ok_or_else(|| bug("a segment lies outside its file"))?)?;
                copied(len);
            }
            Some(Contents::File { path, stamp }) => {
                let mut source = match open.take() {
                    Some((at, source)) if at == index => source,
                    other => {
                        other.map_or(Ok(()), |(_, source)| source.close())?;
                        Source::open(path, *stamp)?
                    }
                };
                buffer.resize(BUFFER, 0);
                source.read(offset, len, &mut buffer, |bytes| {
                    copied(bytes.len() as u64);
                    Ok::<_, Failure>(to.write_all(bytes)?)
                })?;
                open = Some((index, source));
            }
            Some(Contents::None) | None => return Err(bug("a segment names no mounted file")),
        }
    }
    open.map_or(Ok(()), |(_, source)| source.close())?;
    Ok(())
}

fn bug(message: &str) -> Failure {
    Failure::Engine(Error::internal(Stage::Splice, message))
}

/// `len` bytes from `offset`.
fn range(bytes: &[u8], offset: u64, len: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = usize::try_from(offset.checked_add(len)?).ok()?;
    bytes.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mounts::{Entry, EntryKind, Filter};
    use crate::policy::Policy;
    use std::fs;
    use std::path::Path;

    /// A directory at position 0, what is in it, and a file in memory.
    fn listing(folder: &Path) -> Listing<'static> {
        let mut listing = Listing::default();
        let filter = Filter::new(&Policy::default()).unwrap();
        listing.walk(0, "/", folder, &filter).unwrap();
        let entry = Entry {
            mount: 1,
            guest: "/memory".into(),
            source: "/memory".into(),
            kind: EntryKind::File {
                size: 6,
                digest: None,
            },
        };
        listing.push(entry, Contents::Bytes(b"memory"));
        listing.finish().unwrap()
    }

    fn written(segments: &[Segment], listing: &Listing) -> Result<(Vec<u8>, u64), Failure> {
        let (mut to, mut count) = (Vec::new(), 0);
        write(segments, b"0123", listing, &mut to, &mut |len| count += len)?;
        Ok((to, count))
    }

    fn file(index: u32, offset: u64, len: u64) -> Segment {
        Segment::File { index, offset, len }
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn segments_are_written_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let big: Vec<u8> = (0..BUFFER * 2 + 17).map(|i| (i % 251) as u8).collect();
        fs::write(folder.path().join("a"), &big).unwrap();
        fs::write(folder.path().join("b"), "hello").unwrap();
        fs::write(folder.path().join("c"), "").unwrap();
        let listing = listing(folder.path());
        let segments = [
            Segment::Bytes(b"<".into()),
            file(1, 10, big.len() as u64 - 10),
            file(2, 3, 2),
            file(2, 0, 3),
            file(3, 0, 0),
            file(4, 3, 3),
            Segment::Component { offset: 1, len: 2 },
            Segment::Bytes(b">".into()),
        ];
        let (bytes, copied) = written(&segments, &listing).unwrap();
        assert!(bytes == [b"<", &big[10..], b"lohelory", b"12", b">"].concat());
        assert_eq!(copied, big.len() as u64 - 10 + 8);
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_segment_that_fits_nothing_is_a_bug() {
        let folder = tempfile::tempdir().unwrap();
        let listing = listing(folder.path());
        for (segment, message) in [
            (
                Segment::Component { offset: 3, len: 2 },
                "outside the component",
            ),
            (file(0, 0, 1), "names no mounted file"),
            (file(1, 5, 2), "outside its file"),
            (file(9, 0, 1), "names no mounted file"),
        ] {
            match written(&[segment], &listing) {
                Err(Failure::Engine(error)) => {
                    assert!(error.to_string().contains(message), "{error}")
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_file_that_changes_between_its_segments_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        let listing = listing(folder.path());
        let segments = [file(1, 0, 2), file(2, 0, 1), file(1, 2, 3)];
        let result = write(&segments, b"", &listing, &mut io::sink(), &mut |_| {
            fs::write(&path, "123456").unwrap();
        });
        let Err(Failure::Read(problem)) = result else {
            panic!("{result:?}")
        };
        assert!(
            problem
                .to_string()
                .contains("changed while it was being read")
        );
    }
}
