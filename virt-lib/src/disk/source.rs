//! Reads a mounted file. Its stamp, taken when it was listed, is compared before and after its
//! contents are used. A file that changes must be an error, never a wrong artifact.

use super::{Reason, Unreadable};
use sha2::{Digest, Sha256};
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

/// Bytes read at once.
pub(super) const BUFFER: usize = 256 * 1024;

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Stamp {
            size: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

/// An open file that is what was listed.
pub(super) struct Source<'a> {
    path: &'a Path,
    stamp: Stamp,
    file: File,
    position: u64,
}

impl<'a> Source<'a> {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// Names the file, when it cannot be read or has changed since it was listed.
    pub(super) fn open(path: &'a Path, stamp: Stamp) -> Result<Self, Unreadable> {
        let file = File::open(path).map_err(|error| Unreadable::new(path, &error))?;
        let source = Source {
            path,
            stamp,
            file,
            position: 0,
        };
        source.check()?;
        Ok(source)
    }

    /// Gives `len` bytes from `offset` to `take`, as many at once as `buffer` holds.
    ///
    /// # Errors
    ///
    /// As `take` does; and names the file, when it cannot be read or has become shorter.
    pub(super) fn read<E: From<Unreadable>>(
        &mut self,
        offset: u64,
        len: u64,
        buffer: &mut [u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
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
            take(part)?;
            left -= part.len() as u64;
            self.position += part.len() as u64;
        }
        Ok(())
    }

    /// Ends reading.
    ///
    /// # Errors
    ///
    /// Names the file, when it is no longer what was listed.
    pub(super) fn close(self) -> Result<(), Unreadable> {
        self.check()
    }

    fn check(&self) -> Result<(), Unreadable> {
        let now = self.file.metadata().map_err(|error| self.failed(&error))?;
        if Stamp::of(&now) == self.stamp {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    fn changed(&self) -> Unreadable {
        Unreadable {
            path: self.path.to_string_lossy().into_owned(),
            reason: Reason::Changed,
        }
    }

    fn failed(&self, error: &io::Error) -> Unreadable {
        Unreadable::new(self.path, error)
    }
}

/// The SHA-256 of a whole file.
///
/// # Errors
///
/// Names the file, when it cannot be read or has changed since it was listed.
pub(super) fn digest(
    path: &Path,
    stamp: Stamp,
    buffer: &mut Vec<u8>,
) -> Result<[u8; 32], Unreadable> {
    let mut source = Source::open(path, stamp)?;
    let mut hasher = Sha256::new();
    buffer.resize(BUFFER, 0);
    source.read(0, stamp.size, buffer, |bytes| {
        hasher.update(bytes);
        Ok::<_, Unreadable>(())
    })?;
    source.close()?;
    Ok(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_file_that_is_not_what_was_listed_has_no_digest() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        let path = file.as_path();
        fs::write(&file, "abc").unwrap();
        let stamp = Stamp::of(&fs::metadata(&file).unwrap());
        let hex: String = digest(path, stamp, &mut Vec::new())
            .unwrap()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        for text in ["abcd", "ab"] {
            fs::write(&file, text).unwrap();
            let error = digest(path, stamp, &mut Vec::new())
                .unwrap_err()
                .to_string();
            assert!(error.contains("changed while it was being read"), "{error}");
        }
        fs::remove_file(&file).unwrap();
        let error = digest(path, stamp, &mut Vec::new())
            .unwrap_err()
            .to_string();
        assert!(error.contains("no such file"), "{error}");
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_change_while_reading_is_noticed_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        fs::write(&file, "abcdef").unwrap();
        let stamp = Stamp::of(&fs::metadata(&file).unwrap());
        let mut source = Source::open(&file, stamp).unwrap();
        let mut seen = Vec::new();
        source
            .read(2, 3, &mut [0; 2], |bytes| {
                seen.extend_from_slice(bytes);
                fs::File::options()
                    .append(true)
                    .open(&file)
                    .and_then(|mut file| io::Write::write_all(&mut file, b"more"))
                    .unwrap();
                Ok::<_, Unreadable>(())
            })
            .unwrap();
        assert_eq!(seen, b"cde");
        assert_eq!(source.close().unwrap_err().reason, Reason::Changed);
    }
}
