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
    /// What is left, if anything is.
    Open(Option<Entries>),
    /// The application knows that it is at its end.
    Done,
}

impl<T: Types> Streams<T> {
    /// Gives a stream of directory entries.
    pub fn entries(&self, entries: Option<Entries>) -> u32 {
        self.give(End::Entries(Listing::Open(entries)))
    }

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
                End::Entries(Listing::Open(Some(_))) if done == count => Ok(None),
                End::Entries(Listing::Open(open)) => match open.as_mut().and_then(Iterator::next) {
                    Some(entry) => Ok(Some(entry)),
                    None => Err(()),
                },
                _ => trap(),
            });
            match next {
                Ok(Some((kind, name))) => {
                    T::entry(kind, name).lower(app, at + done * size);
                    done += 1;
                }
                Ok(None) => break Status::Completed(done),
                Err(()) => {
                    // The end is reported by itself, as the host does.
                    let listing = if done == 0 {
                        Listing::Done
                    } else {
                        Listing::Open(None)
                    };
                    self.with(|state| *state.ends.get(handle) = End::Entries(listing));
                    break if done == 0 {
                        Status::Dropped(0)
                    } else {
                        Status::Completed(done)
                    };
                }
            }
        };
        status.pack()
    }

    /// Drops a readable end: the built-in `stream.drop-readable`. False: the host's.
    pub fn drop_entries(&self, handle: u32) -> bool {
        if !is_virtual(handle) {
            return false;
        }
        let End::Entries(_) = self.with(|state| state.ends.remove(handle)) else {
            trap()
        };
        true
    }
}
