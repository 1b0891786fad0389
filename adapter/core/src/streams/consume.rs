//! Functions that take a stream of bytes, and give a future. A virtual stream is at its end when
//! the function returns; any other is read as it is written. This module must lose no byte, and
//! must come to an end where a file is copied to itself.

#[cfg(not(feature = "write"))]
use wasi_virt_vfs::Error;

use super::bytes::Reader;
use super::captured::Capture;
use super::moves::{Move, PIECE};
use super::outcome::{Fault, Outcome, failure};
use super::target::Target;
use super::{Failure, Of, Streams, Types};
use crate::canonical;
use crate::files::Opened;
use crate::table::is_virtual;
use crate::{memory, trap};

/// Where the bytes of a stream go.
#[derive(Debug)]
pub enum Sink<E> {
    /// Nowhere.
    Swallow,
    /// They are not read, for this reason.
    Refuse(E),
    /// To a file that is closed at the end.
    File {
        /// The file.
        file: Opened,
        /// The next byte's position; `None` is the end of the file, wherever that is.
        position: Option<u64>,
    },
}

impl<E: Failure> Sink<E> {
    fn target(self) -> Result<Target, E> {
        match self {
            Sink::Swallow => Ok(Target::Nowhere),
            Sink::Refuse(error) => Err(error),
            #[cfg(feature = "write")]
            Sink::File { file, position } => Ok(Target::File(file, position)),
            #[cfg(not(feature = "write"))]
            Sink::File { file, .. } => {
                file.close();
                Err(E::of(Error::ReadOnly))
            }
        }
    }
}

impl<T: Types> Streams<T> {
    /// Takes a stream for an operation of `wasi:filesystem`, and gives its future.
    pub fn consume_fs(&self, data: u32, sink: Sink<T::Fs>) -> u32 {
        let target = sink.target().map_err(|error| Outcome::Fs(Err(error)));
        self.consume(data, Of::Fs, target)
    }

    /// Takes a stream for an operation of `wasi:cli`, and gives its future.
    pub fn consume_cli(&self, data: u32, sink: Sink<T::Cli>) -> u32 {
        let target = sink.target().map_err(|error| Outcome::Cli(Err(error)));
        self.consume(data, Of::Cli, target)
    }

    fn consume(&self, data: u32, of: Of, target: Result<Target, Outcome<T>>) -> u32 {
        // Perhaps no task ever waits.
        self.poll();
        if is_virtual(data) {
            let (reader, future) = self.take_bytes(data);
            let (read, outcome) = match target {
                Err(outcome) => (Ok(()), outcome),
                Ok(target) => {
                    let (read, written) = copy(reader, target);
                    (read, Outcome::new(of, written))
                }
            };
            self.end_reader(reader, future, read);
            return self.ready(outcome);
        }
        let pair = self.with(|state| {
            let is_taken = |one: &Capture| one.pair.writable == data;
            if state.holds(data) || state.captures.iter().any(is_taken) {
                trap()
            }
            if state.pairs.iter().any(|pair| pair.writable == data) {
                trap()
            }
            if state.pump.is_joined(data) {
                trap()
            }
            let at = state.pairs.iter().position(|pair| pair.readable == data)?;
            Some(state.pairs.swap_remove(at))
        });
        let target = match target {
            Ok(target) => target,
            Err(outcome) => {
                canonical::stream_drop_readable(data);
                return self.ready(outcome);
            }
        };
        let Some(()) = memory::keep(|| self.reserve()) else {
            return self.refuse(data, of, target);
        };
        if let Some(pair) = pair {
            let (future, readable) = self.pending(of);
            let capture = Capture::new(pair, target, future);
            self.with(|state| state.captures.push(capture));
            return readable;
        }
        match memory::keep(|| Move::drain(data, target)) {
            None => self.refuse(data, of, target),
            Some(drain) => self.drain(drain, of),
        }
    }

    /// Makes room for one more stream that is taken.
    fn reserve(&self) -> Option<()> {
        self.with(|state| {
            state.captures.try_reserve(1).ok()?;
            state.futures.try_reserve(1).ok()?;
            state.moves.try_reserve(1).ok()
        })
    }

    /// There is no memory to take a stream.
    fn refuse(&self, data: u32, of: Of, target: Target) -> u32 {
        target.close();
        canonical::stream_drop_readable(data);
        self.ready(Outcome::new(of, Err(Fault::Memory)))
    }
}

/// Copies what a virtual stream reads, and closes what is written to: how the stream ends, and what
/// comes of the writing.
fn copy(reader: Reader, target: Target) -> (Result<(), Fault>, Result<(), Fault>) {
    let mut target = target;
    let results = match reader {
        Reader::File(file, position) => {
            let mut next = position;
            match file.next(&mut next, PIECE as u64) {
                Ok(_) => (Ok(()), copy_file(file, position, &mut target)),
                Err(end) => (failure(end), Ok(())),
            }
        }
        Reader::Ended => (Ok(()), Ok(())),
    };
    target.close();
    results
}

#[cfg(not(feature = "write"))]
fn copy_file(_file: Opened, _position: u64, _target: &mut Target) -> Result<(), Fault> {
    Ok(())
}

/// Copies no more than there was when it began: the file may grow by what is written.
#[cfg(feature = "write")]
fn copy_file(file: Opened, position: u64, target: &mut Target) -> Result<(), Fault> {
    use crate::files::with_tree;

    let Target::File(..) = target else {
        return Ok(());
    };
    let mut position = position;
    let mut left = with_tree(|tree| tree.size(file.node())).saturating_sub(position);
    let Some(mut buffer) = super::moves::buffer() else {
        return Err(Fault::Memory);
    };
    while left != 0 {
        let Ok(contents) = file.next(&mut position, left.min(buffer.len() as u64)) else {
            break;
        };
        let piece = buffer.get_mut(..contents.len() as usize);
        let piece = piece.unwrap_or_else(|| trap());
        contents.read(piece);
        target.write(piece)?;
        left -= contents.len();
    }
    Ok(())
}
