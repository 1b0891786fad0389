//! Writing to files: what is written passes through a buffer, piece by piece, so that no call takes
//! memory for all of it. This module must write nothing that is not permitted.

use wasi_virt_vfs::Error;

use super::{LAST, Opened, with_tree};
use crate::app::Bytes;

/// Bytes of a piece.
const PIECE: usize = 16 * 1024;

crate::shared::instance! {
    /// The buffer.
    static BUFFER: [u8; PIECE] = [0; PIECE];
}

/// Uses the buffer.
pub(super) fn with_buffer<T>(act: impl FnOnce(&mut [u8; PIECE]) -> T) -> T {
    BUFFER.with(act)
}

/// Where what is written comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The application's memory.
    App(Bytes),
    /// The adapter's.
    Own(&'a [u8]),
    /// Nowhere: so many zeroes.
    Zeroes(u64),
}

impl Source<'_> {
    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        match self {
            Source::App(bytes) => bytes.len().into(),
            Source::Own(bytes) => bytes.len() as u64,
            Source::Zeroes(len) => *len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the next piece.
    fn take<'b>(&mut self, buffer: &'b mut [u8; PIECE]) -> &'b [u8] {
        let len = self.len().min(PIECE as u64) as usize;
        let (piece, _) = buffer.split_at_mut(len);
        match self {
            Source::App(bytes) => {
                let (first, rest) = bytes.split(len as u32);
                first.read(piece);
                *bytes = rest;
            }
            Source::Own(bytes) => {
                let (first, rest) = bytes.split_at(len);
                piece.copy_from_slice(first);
                *bytes = rest;
            }
            Source::Zeroes(left) => {
                piece.fill(0);
                *left -= len as u64;
            }
        }
        piece
    }
}

impl Opened {
    /// Refuses to write where it is not open for that.
    fn allow_write(self) -> Result<(), Error> {
        if self.is_file() && self.access.write {
            Ok(())
        } else {
            Err(Error::BadDescriptor)
        }
    }

    /// Why nothing can be written from this position on, whatever it is.
    pub fn refusal(self, position: Option<u64>) -> Option<Error> {
        // The host looks at the position first, and at that only once it has what is written.
        if position.is_some_and(|position| position > LAST) {
            return None;
        }
        self.allow_write().err()
    }

    /// Refuses what would end where no file does.
    fn allow_end(position: u64, source: &Source<'_>) -> Result<(), Error> {
        match position.checked_add(source.len()) {
            Some(end) if end <= LAST => Ok(()),
            _ => Err(Error::Invalid),
        }
    }

    fn write_piece(self, position: Option<u64>, bytes: &[u8]) -> Result<usize, Error> {
        with_tree(|tree| tree.write(self.node, position, bytes))
    }

    /// Writes what fits, and says how many bytes that were.
    ///
    /// # Errors
    ///
    /// Those of [`Overlay::write`](wasi_virt_vfs::Overlay::write), and [`Error::BadDescriptor`].
    pub fn write(self, offset: u64, source: Source<'_>) -> Result<u64, Error> {
        if offset > LAST && self.is_file() {
            return Err(Error::Invalid);
        }
        self.allow_write()?;
        Opened::allow_end(offset, &source)?;
        self.write_pieces(Some(offset), source)
    }

    /// Writes what fits, piece by piece.
    fn write_pieces(self, position: Option<u64>, source: Source<'_>) -> Result<u64, Error> {
        let mut source = source;
        with_buffer(|buffer| {
            let mut done = 0;
            loop {
                let piece = source.take(buffer);
                let position = position.map(|position| position + done);
                match self.write_piece(position, piece) {
                    Ok(written) => {
                        done += written as u64;
                        if written < piece.len() || source.is_empty() {
                            return Ok(done);
                        }
                    }
                    Err(error) if done == 0 => return Err(error),
                    Err(_) => return Ok(done),
                }
            }
        })
    }

    /// Writes what fits, moves the position behind it, and says how many bytes that were. `None` is
    /// the end of the file, wherever that is.
    ///
    /// # Errors
    ///
    /// As [`Opened::write`], where nothing fits.
    pub fn write_next(self, position: &mut Option<u64>, source: Source<'_>) -> Result<u64, Error> {
        if let Some(offset) = *position {
            let written = self.write(offset, source)?;
            *position = Some(offset + written);
            return Ok(written);
        }
        self.allow_write()?;
        self.write_pieces(None, source)
    }

    /// Writes everything, and moves the position behind what was written. `None` is the end of the
    /// file, wherever that is.
    ///
    /// # Errors
    ///
    /// As [`Opened::write`].
    pub fn write_all(self, position: &mut Option<u64>, source: Source<'_>) -> Result<(), Error> {
        // The host looks at the position before it looks at the rights.
        if position.is_some_and(|position| position > LAST) && !source.is_empty() {
            return Err(Error::Invalid);
        }
        self.allow_write()?;
        if let Some(position) = *position {
            Opened::allow_end(position, &source)?;
        }
        let mut source = source;
        with_buffer(|buffer| {
            loop {
                let mut rest = source.take(buffer);
                loop {
                    let written = self.write_piece(*position, rest)?;
                    *position = position.map(|position| position + written as u64);
                    rest = rest.get(written..).unwrap_or_default();
                    if rest.is_empty() {
                        break;
                    }
                }
                if source.is_empty() {
                    return Ok(());
                }
            }
        })
    }
}
