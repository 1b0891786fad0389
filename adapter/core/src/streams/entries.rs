//! Virtual streams of directory entries. Names go to places that the application's `realloc` gives,
//! so that the application runs between two of them: nothing may be held then.

use super::{End, Streams, Types, limit};
use crate::abi::{Abi, Lower};
use crate::app::App;
use crate::canonical::Status;
use crate::files::Entries;
use crate::table::is_virtual;
use crate::trap;

/// How a virtual stream of entries is.
pub(super) enum Listing {
    /// What is left, if anything is, and the future of how the stream ends.
    Open(Option<Entries>, u64),
    /// The application knows that it is at its end.
    Done,
}

impl<T: Types> Streams<T> {
    /// Reads a virtual stream of entries: the built-in `stream.read`.
    pub fn read_entries(&self, app: App, handle: u32, at: u32, count: u32) -> u32 {
        limit(count);
        let size = <T::Entry as Abi>::SIZE;
        // Nothing has no place.
        if count > 0 {
            app.check(at, u64::from(count) * u64::from(size), T::Entry::ALIGN);
        }
        let mut done = 0;
        let status = loop {
            let next = self.with(|state| match state.ends.get(handle) {
                End::Entries(Listing::Open(Some(_), _)) if done == count => Ok(None),
                End::Entries(Listing::Open(open, future)) => {
                    let entry = open.as_mut().and_then(Iterator::next);
                    entry.map(Some).ok_or(*future)
                }
                _ => trap(),
            });
            match next {
                Ok(Some((kind, name))) => {
                    T::entry(kind, name).lower(app, at + done * size);
                    done += 1;
                }
                Ok(None) => break Status::Completed(done),
                Err(future) => {
                    // The end is reported by itself, as the host does.
                    let listing = if done == 0 {
                        Listing::Done
                    } else {
                        Listing::Open(None, future)
                    };
                    self.with(|state| *state.ends.get(handle) = End::Entries(listing));
                    if done > 0 {
                        break Status::Completed(done);
                    }
                    self.resolve(future, Ok(()));
                    break Status::Dropped(0);
                }
            }
        };
        status.pack()
    }

    /// Drops a readable end: the built-in `stream.drop-readable`. False: the host's.
    pub fn drop_entries(&self, handle: u32) -> bool {
        if !is_virtual(handle) {
            self.with(|state| state.pump.join(handle, 0));
            return false;
        }
        let End::Entries(listing) = self.with(|state| state.drop_end(handle)) else {
            trap()
        };
        if let Listing::Open(_, future) = listing {
            self.resolve(future, Ok(()));
        }
        true
    }
}
