//! Virtual handles: numbers that name their layer, which no host gives, and what they stand for.
//! What was never given, or is dropped, traps, as does dropping what something alive depends on. So
//! does a handle of another table: a bit below the layer tells the tables of an adapter apart.
//! This module must never know what handles stand for.

use alloc::vec::Vec;

use wasi_virt_layout::abi::INDEX_MASK;

use crate::config::layer;
use crate::trap;

/// The end of the list of free places.
const NONE: u32 = u32::MAX;

/// The bit in the handles of the second of two tables.
pub const SECOND: u32 = (INDEX_MASK + 1) >> 1;

/// The bit in the handles of the third of three tables.
pub const THIRD: u32 = SECOND >> 1;

/// Whether a handle bears the number of this adapter's layer. Others are the host's.
pub fn is_virtual(handle: u32) -> bool {
    handle & !INDEX_MASK == layer()
}

/// How many places a block has.
const BLOCK: usize = 128;

/// What virtual handles stand for, which have this bit.
#[derive(Debug)]
pub struct Table<T, const BIT: u32 = 0> {
    /// Blocks of places, all but the last one full: none moves when the table grows, which would
    /// need room for two of it.
    blocks: Vec<Vec<Place<T>>>,
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

impl<T, const BIT: u32> Table<T, BIT> {
    /// One without handles.
    pub const fn new() -> Self {
        Table {
            blocks: Vec::new(),
            free: NONE,
        }
    }

    /// Makes room for one more handle. Gives `None` where there is no memory for it.
    pub fn reserve(&mut self) -> Option<()> {
        let full = |block: &Vec<_>| block.len() == BLOCK;
        if self.free == NONE && self.blocks.last().is_none_or(full) {
            let mut block = Vec::new();
            block.try_reserve_exact(BLOCK).ok()?;
            self.blocks.try_reserve(1).ok()?;
            self.blocks.push(block);
        }
        Some(())
    }

    /// The place of a virtual handle. One of another table's is behind all places.
    fn below(handle: u32) -> usize {
        (handle & INDEX_MASK ^ BIT) as usize
    }

    /// The place of a handle.
    fn index(handle: u32) -> usize {
        if !is_virtual(handle) {
            trap()
        }
        Self::below(handle)
    }

    fn place(&mut self, at: usize) -> Option<&mut Place<T>> {
        self.blocks.get_mut(at / BLOCK)?.get_mut(at % BLOCK)
    }

    /// Gives a handle to a value, which depends on that of `parent`.
    pub fn add(&mut self, value: T, parent: Option<u32>) -> u32 {
        let parent = parent.map_or(NONE, |parent| Self::index(parent) as u32);
        if let Some(Place::Taken { children, .. }) = self.place(parent as usize) {
            *children += 1;
        }
        let taken = Place::Taken {
            value,
            parent,
            children: 0,
        };
        let at = self.free;
        let at = match self.place(at as usize) {
            Some(place) => {
                if let Place::Free(next) = core::mem::replace(place, taken) {
                    self.free = next;
                }
                at
            }
            None => {
                if self.reserve().is_none() {
                    trap()
                }
                let before = self.blocks.len().saturating_sub(1) * BLOCK;
                let Some(block) = self.blocks.last_mut() else {
                    trap()
                };
                block.push(taken);
                (before + block.len() - 1) as u32
            }
        };
        if at >= THIRD {
            trap()
        }
        layer() | BIT | at
    }

    /// What a handle stands for.
    pub fn get(&mut self, handle: u32) -> &mut T {
        match self.place(Self::index(handle)) {
            Some(Place::Taken { value, .. }) => value,
            _ => trap(),
        }
    }

    /// What a handle stands for, if it is one of these.
    pub fn peek(&self, handle: u32) -> Option<&T> {
        if !is_virtual(handle) {
            return None;
        }
        // Not by way of `place`, which would be compiled otherwise for one more caller.
        let at = Self::below(handle);
        match self.blocks.get(at / BLOCK)?.get(at % BLOCK)? {
            Place::Taken { value, .. } => Some(value),
            Place::Free(_) => None,
        }
    }

    /// Drops a handle.
    pub fn remove(&mut self, handle: u32) -> T {
        let at = Self::index(handle);
        let freed = Place::Free(self.free);
        let Some(place) = self.place(at) else { trap() };
        let Place::Taken {
            value,
            parent,
            children: 0,
        } = core::mem::replace(place, freed)
        else {
            trap()
        };
        self.free = at as u32;
        if let Some(Place::Taken { children, .. }) = self.place(parent as usize) {
            *children -= 1;
        }
        value
    }
}

impl<T, const BIT: u32> Default for Table<T, BIT> {
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
        let mut table = Table::<_>::new();
        let [a, b] = ['a', 'b'].map(|value| table.add(value, None));
        assert_ne!(a, b);
        assert_eq!((*table.get(a), *table.get(b)), ('a', 'b'));
        assert_eq!(table.remove(a), 'a');
        assert_eq!(table.add('c', None), a);
        assert_eq!(*table.get(a), 'c');
    }

    #[test]
    fn handles_of_many_blocks_stand_for_their_own() {
        let mut table = Table::<_>::new();
        let handles: Vec<u32> = (0..1000).map(|n| table.add(n, None)).collect();
        for (n, handle) in handles.iter().enumerate() {
            assert_eq!(*table.get(*handle), n);
        }
        assert_eq!(table.remove(handles[700]), 700);
        assert_eq!(table.add(7, None), handles[700]);
    }

    #[test]
    fn what_was_never_given_or_is_dropped_traps() {
        let mut table = Table::<_>::new();
        let a = table.add((), None);
        table.remove(a);
        traps(|| table.remove(a));
        traps(|| *table.get(a));
        traps(|| *table.get(a + 1));
        traps(|| *table.get(a | 1 << 31));
        assert_eq!(table.peek(a), None);
        assert_eq!(table.peek(a + 1), None);
        assert_eq!(table.peek(a | 1 << 31), None);
        let b = table.add((), None);
        assert_eq!(table.peek(b), Some(&()));
    }

    #[test]
    fn handles_of_another_table_trap() {
        let mut first = Table::<_>::new();
        let mut second = Table::<_, SECOND>::new();
        let (a, b) = (first.add('a', None), second.add('b', None));
        assert_eq!((*first.get(a), *second.get(b)), ('a', 'b'));
        traps(|| *first.get(b));
        traps(|| first.remove(b));
        traps(|| *second.get(a));
        traps(|| second.remove(a));
        assert_eq!((first.peek(b), second.peek(a)), (None, None));
    }

    #[test]
    fn parents_outlive_their_children() {
        let mut table = Table::<_>::new();
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
