//! A tree that may be changed: what is open is a node, which is counted, and what it is open for.

mod write;

use wasi_virt_layout::Now;
use wasi_virt_vfs::{Backing, Error, Follow, Lent, NodeId, Open, Overlay, Snapshot, Time};

use super::{Access, Contents, End, Entries, MAX_READ, MAX_STREAM, NewTime};
use crate::app::App;
use crate::config::config;
use crate::{clock, memory, payload, trap};

pub use write::Source;

/// What the tree needs: the payload, a clock and memory.
#[derive(Clone, Copy, Debug)]
pub struct Outside;

impl Backing for Outside {
    fn copy(self, offset: u64, into: &mut [u8]) {
        payload::copy(offset, into);
    }

    fn now(self) -> Option<Time> {
        let (seconds, nanoseconds) = match config().now() {
            Now::Fixed => return None,
            Now::Virtual => clock::wall(clock::elapsed()),
            Now::Host => host_now(),
        };
        Some(Time {
            seconds: seconds.cast_signed(),
            nanoseconds,
        })
    }

    fn store(self) -> bool {
        memory::store()
    }

    fn stored(self) {
        memory::stored();
    }
}

#[cfg(target_arch = "wasm32")]
crate::host_functions! {
    /// Reads the host's clock. Nothing calls it where that is not open to the application.
    "wasi:clocks/wall-clock#now" fn host_now() => (u64, u32);
}

#[cfg(not(target_arch = "wasm32"))]
fn host_now() -> (u64, u32) {
    (0, 0)
}

/// The tree with what was changed.
pub type Files = Overlay<'static, Outside>;

crate::shared::instance! {
    /// The tree, made when it is first used.
    static FILES: Option<Files> = None;
}

/// The tree, which is there from the first use on.
#[inline(never)]
fn made(files: &mut Option<Files>) -> &mut Files {
    files.get_or_insert_with(|| Overlay::new(config(), Outside))
}

/// Uses the tree.
pub fn with_tree<T>(act: impl FnOnce(&mut Files) -> T) -> T {
    FILES.with(|files| act(made(files)))
}

/// The last position of a file.
const LAST: u64 = i64::MAX as u64;

/// The position of a stream that is closed.
const CLOSED: u64 = u64::MAX;

/// Bytes of a page, which lie together.
const PAGE: u64 = 4096;

/// What a descriptor or stream has open.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    node: NodeId,
    access: Access,
}

/// Whether a path may lead to something of the host.
pub fn has_host_nodes() -> bool {
    config().has_host_nodes()
}

/// What came of a change.
///
/// # Errors
///
/// Its own.
pub fn done(result: Result<(), Error>) -> Result<(), Error> {
    result
}

/// Opens a directory that is there from the start.
pub fn preopened(node: NodeId) -> Opened {
    with_tree(|tree| {
        // It cannot be removed, so that nothing depends on its being counted.
        let _ = tree.retain(node);
        let access = Access {
            read: true,
            write: false,
            mutate: tree.is_writable(node),
        };
        Opened { node, access }
    })
}

/// Opens the file at a path, as the host does: one that is created or cut may be written, and one
/// that is not opened for writing may be read.
///
/// # Errors
///
/// Those of [`Overlay::open`], and [`Error::InsufficientMemory`].
pub fn open(
    base: NodeId,
    path: &[u8],
    follow: Follow,
    how: Open,
    asked: Access,
) -> Result<Opened, Error> {
    let opened = with_tree(|tree| {
        let node = tree.open(base, path, follow, how)?;
        let writes = how.write || how.create || how.truncate;
        let access = Access {
            read: asked.read || !how.write,
            write: tree.is_file(node) && writes && tree.is_writable(node),
            mutate: false,
        };
        Ok(Opened { node, access })
    });
    opened?.again()
}

/// Finds the node at a path.
///
/// # Errors
///
/// Those of a lookup.
pub fn node_at(base: NodeId, path: &[u8], follow: Follow) -> Result<NodeId, Error> {
    with_tree(|tree| tree.node_at(base, path, follow))
}

/// Sets the times of what is at a path.
///
/// # Errors
///
/// Those of [`Overlay::set_times_at`], and [`Error::Overflow`].
pub fn set_times_at(
    base: NodeId,
    path: &[u8],
    follow: Follow,
    [access, modify]: [NewTime; 2],
    is_signed: bool,
) -> Result<(), Error> {
    let (access, modify) = (new_time(access, is_signed)?, new_time(modify, is_signed)?);
    with_tree(|tree| tree.set_times_at(base, path, follow, access, modify))
}

/// The time that is asked for, if any.
fn new_time(time: NewTime, is_signed: bool) -> Result<Option<Time>, Error> {
    const SECOND: u32 = 1_000_000_000;
    match time {
        NewTime::Keep => Ok(None),
        NewTime::Now => Ok(Some(with_tree(|tree| tree.time_of_change()))),
        NewTime::At(seconds, nanoseconds) => {
            let seconds = seconds.cast_signed();
            let more = i64::from(nanoseconds / SECOND);
            match seconds.checked_add(more) {
                Some(sum) if is_signed || seconds >= 0 => Ok(Some(Time {
                    seconds: sum,
                    nanoseconds: nanoseconds % SECOND,
                })),
                _ => Err(Error::Overflow),
            }
        }
    }
}

impl Opened {
    /// The node that is open.
    pub fn node(self) -> NodeId {
        self.node
    }

    /// What it is open for.
    pub fn access(self) -> Access {
        self.access
    }

    /// Opens it once more.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientMemory`].
    pub fn again(self) -> Result<Self, Error> {
        with_tree(|tree| tree.retain(self.node))?;
        Ok(self)
    }

    /// Closes it.
    pub fn close(self) {
        with_tree(|tree| tree.release(self.node));
    }

    /// Whether it is a file.
    pub fn is_file(self) -> bool {
        with_tree(|tree| tree.is_file(self.node))
    }

    /// Sets the size of a file.
    ///
    /// # Errors
    ///
    /// Those of [`Overlay::set_size`], and [`Error::Invalid`] where it is not open for writing.
    pub fn set_size(self, size: u64) -> Result<(), Error> {
        with_tree(|tree| {
            // An impossible size is reported before a file that is not open for writing.
            let may_write = tree.is_file(self.node) && self.access.write;
            if size <= LAST && !may_write {
                return Err(if tree.is_writable(self.node) {
                    Error::Invalid
                } else {
                    Error::ReadOnly
                });
            }
            tree.set_size(self.node, size)
        })
    }

    /// Sets the times.
    ///
    /// # Errors
    ///
    /// Those of [`Overlay::set_times`], and [`Error::Overflow`].
    pub fn set_times(self, [access, modify]: [NewTime; 2], is_signed: bool) -> Result<(), Error> {
        let (access, modify) = (new_time(access, is_signed)?, new_time(modify, is_signed)?);
        with_tree(|tree| tree.set_times(self.node, access, modify))
    }

    /// Finds up to `len` bytes at `offset`.
    ///
    /// # Errors
    ///
    /// [`Error::BadDescriptor`] for what is not open for reading, [`Error::Invalid`] for an offset
    /// that no file has.
    pub fn contents(self, offset: u64, len: u64) -> Result<Contents, Error> {
        with_tree(|tree| {
            let is_file = tree.is_file(self.node);
            if offset > LAST && is_file {
                return Err(Error::Invalid);
            }
            if !is_file || !self.access.read {
                return Err(Error::BadDescriptor);
            }
            let there = tree.size(self.node).saturating_sub(offset);
            if there == 0 {
                // The host looks at where a read would end, unless the file is as it was mounted.
                let asked = len.min(MAX_READ);
                let is_lent = tree.lend(self.node, offset, asked).is_some();
                if !is_lent && offset.saturating_add(asked) > LAST {
                    return Err(Error::Invalid);
                }
            }
            Ok(Contents {
                node: self.node,
                position: offset,
                len: len.min(there).min(MAX_STREAM) as u32,
            })
        })
    }

    /// Where a stream starts that reads from `offset` on.
    pub fn start(offset: u64) -> u64 {
        offset.min(CLOSED - 1)
    }

    /// Finds the next bytes of a stream, up to `len`, and moves its position behind them. The
    /// stream is closed when it was at its end, or failed.
    ///
    /// # Errors
    ///
    /// [`End`].
    pub fn next(self, position: &mut u64, len: u64) -> Result<Contents, End> {
        let start = *position;
        if start == CLOSED {
            return Err(End::Closed);
        }
        if len == 0 {
            return Ok(Contents {
                node: self.node,
                position: start,
                len: 0,
            });
        }
        let end = match self.contents(start, len) {
            Ok(contents) if !contents.is_empty() => {
                *position = start + contents.len();
                return Ok(contents);
            }
            Ok(_) => End::Closed,
            Err(error) => End::Failed(error),
        };
        *position = CLOSED;
        Err(end)
    }

    /// Passes over the next bytes of a stream, up to `len`, and says how many they were.
    ///
    /// # Errors
    ///
    /// [`End`].
    pub fn skip(self, position: &mut u64, len: u64) -> Result<u64, End> {
        self.next(position, len).map(Contents::len)
    }

    /// Lists a directory.
    ///
    /// # Errors
    ///
    /// Those of [`Overlay::read_directory`].
    pub fn entries(self) -> Result<Entries, Error> {
        // It stays until the stream is dropped.
        let snapshot = memory::keep(|| Some(with_tree(|tree| tree.read_directory(self.node))));
        Ok(match snapshot.ok_or(Error::InsufficientMemory)?? {
            Snapshot::Below(children) => Entries::Tree(children),
            Snapshot::Own(entries) => Entries::Snapshot(entries.into_iter()),
        })
    }
}

impl Contents {
    /// Copies them to the application: from where they lie together at once, else page by page.
    pub(crate) fn copy(self, app: App, at: u32) {
        let Contents {
            node,
            position,
            len,
        } = self;
        with_tree(|tree| {
            let put = |done: u32, len: u32| {
                let at = at.wrapping_add(done);
                let position = position + u64::from(done);
                match tree.lend(node, position, len.into()) {
                    Some(Lent::Own(bytes)) => app.write(at, bytes),
                    Some(Lent::Below(range)) => app.payload(at, range.start as u32, len),
                    None if len <= PAGE as u32 => write::with_buffer(|buffer| {
                        let Some(page) = buffer.get_mut(..len as usize) else {
                            trap()
                        };
                        if tree.read(node, position, page) != Ok(page.len()) {
                            trap()
                        }
                        app.write(at, page);
                    }),
                    None => return false,
                }
                true
            };
            if put(0, len) {
                return;
            }
            let mut done = 0;
            while done < len {
                let start = (position + u64::from(done)) % PAGE;
                let piece = (len - done).min((PAGE - start) as u32);
                put(done, piece);
                done += piece;
            }
        });
    }

    /// Copies them to the adapter's memory.
    pub(crate) fn read(self, into: &mut [u8]) {
        let read = with_tree(|tree| tree.read(self.node, self.position, into));
        if read != Ok(into.len()) {
            trap()
        }
    }
}
