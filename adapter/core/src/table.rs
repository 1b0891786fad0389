//! Virtual handles: numbers that name their layer, which no host gives, and what they stand for.
//! What was never given, or is dropped, traps, as does dropping what something alive depends on.
//! This module must never know what handles stand for.

use alloc::vec::Vec;

use wasi_virt_layout::abi::INDEX_MASK;

use crate::config::layer;
use crate::trap;

/// The end of the list of free places.
const NONE: u32 = u32::MAX;

/// Whether a handle bears the number of this adapter's layer. Others are the host's.
pub fn is_virtual(handle: u32) -> bool {
    handle & !INDEX_MASK == layer()
}

/// What virtual handles stand for.
#[derive(Debug)]
pub struct Table<T> {
    places: Vec<Place<T>>,
    /// The first free place.
    free: u32,
}

#[derive(Debug)]
enum Place<T> {
    /// Nothing, and the next free place.
    Free(u32),
    Taken {
        value: T,
        /// The place of what it depends on, or [`NONE`].
        parent: u32,
        /// How much that is alive depends on it.
        children: u32,
    },
}

/// The place of a handle.
fn index(handle: u32) -> usize {
    if !is_virtual(handle) {
        trap()
    }
    (handle & INDEX_MASK) as usize
}

impl<T> Table<T> {
    /// One without handles.
    pub const fn new() -> Self {
        Table {
            places: Vec::new(),
            free: NONE,
        }
    }

    /// Makes room for one more handle. Gives `None` where there is no memory for it.
    pub fn reserve(&mut self) -> Option<()> {
        match self.free {
            NONE => self.places.try_reserve(1).ok(),
            _ => Some(()),
        }
    }

    /// Gives a handle to a value, which depends on that of `parent`.
    pub fn add(&mut self, value: T, parent: Option<u32>) -> u32 {
        let parent = parent.map_or(NONE, |parent| index(parent) as u32);
        if let Some(Place::Taken { children, .. }) = self.places.get_mut(parent as usize) {
            *children += 1;
        }
        let taken = Place::Taken {
            value,
            parent,
            children: 0,
        };
        let at = match self.places.get_mut(self.free as usize) {
            Some(place) => {
                let at = self.free;
                if let Place::Free(next) = core::mem::replace(place, taken) {
                    self.free = next;
                }
                at
            }
            None => {
                self.places.push(taken);
                self.places.len() as u32 - 1
            }
        };
        if at > INDEX_MASK {
            trap()
        }
        layer() | at
    }

    /// What a handle stands for.
    pub fn get(&mut self, handle: u32) -> &mut T {
        match self.places.get_mut(index(handle)) {
            Some(Place::Taken { value, .. }) => value,
            _ => trap(),
        }
    }

    /// Drops a handle.
    pub fn remove(&mut self, handle: u32) -> T {
        let at = index(handle);
        let Some(place) = self.places.get_mut(at) else {
            trap()
        };
        let freed = Place::Free(self.free);
        let Place::Taken {
            value,
            parent,
            children: 0,
        } = core::mem::replace(place, freed)
        else {
            trap()
        };
        self.free = at as u32;
        if let Some(Place::Taken { children, .. }) = self.places.get_mut(parent as usize) {
            *children -= 1;
        }
        value
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traps<T>(act: impl FnOnce() -> T) {
        let act = std::panic::AssertUnwindSafe(act);
        assert!(std::panic::catch_unwind(act).is_err());
    }

    #[test]
    fn handles_are_given_again() {
        let mut table = Table::new();
        let [a, b] = ['a', 'b'].map(|value| table.add(value, None));
        assert_ne!(a, b);
        assert_eq!((*table.get(a), *table.get(b)), ('a', 'b'));
        assert_eq!(table.remove(a), 'a');
        assert_eq!(table.add('c', None), a);
        assert_eq!(*table.get(a), 'c');
    }

    #[test]
    fn what_was_never_given_or_is_dropped_traps() {
        let mut table = Table::new();
        let a = table.add((), None);
        table.remove(a);
        traps(|| table.remove(a));
        traps(|| *table.get(a));
        traps(|| *table.get(a + 1));
        traps(|| *table.get(a | 1 << 31));
    }

    #[test]
    fn parents_outlive_their_children() {
        let mut table = Table::new();
        let parent = table.add((), None);
        let children = [(); 2].map(|()| table.add((), Some(parent)));
        table.remove(children[0]);
        table.remove(children[1]);
        table.remove(parent);
        let parent = table.add((), None);
        table.add((), Some(parent));
        traps(|| table.remove(parent));
    }
}
