//! Which reads of streams block, and where they will write to, so that the log can show what came
//! once they have ended. This module must never allocate: the oldest of many is forgotten.

use wasi_virt_layout::abi::trace::UNKNOWN;

/// How many are remembered.
const ROOM: usize = 64;

/// A read.
#[derive(Clone, Copy, Debug)]
struct Read {
    memory: u32,
    /// No stream has the handle 0: it stands for a place that is free. So an artifact without a log
    /// keeps no bytes of this.
    handle: u32,
    /// Where it writes to.
    address: u32,
}

/// See the module.
#[derive(Debug)]
pub struct Blocked {
    reads: [Read; ROOM],
    /// The place to take where none is free.
    oldest: usize,
}

impl Blocked {
    /// No read.
    pub const fn new() -> Blocked {
        let free = Read {
            memory: 0,
            handle: 0,
            address: 0,
        };
        Blocked {
            reads: [free; ROOM],
            oldest: 0,
        }
    }

    /// Notes that a read of a stream writes to an address of a memory.
    pub fn add(&mut self, memory: u32, handle: u32, address: u32) {
        let new = Read {
            memory,
            handle,
            address,
        };
        let oldest = self.oldest;
        let mut places = self.reads.iter_mut();
        if let Some(place) = places.find(|read| read.handle == 0 || read.handle == handle) {
            *place = new;
        } else if let Some(place) = self.reads.get_mut(oldest) {
            *place = new;
            self.oldest = (oldest + 1) % ROOM;
        }
    }

    /// Where the read of a stream wrote to, and forgets it. [`UNKNOWN`] where it was not noted, or
    /// wrote to another memory.
    pub fn take(&mut self, memory: u32, handle: u32) -> u32 {
        let mut reads = self.reads.iter_mut();
        let noted = reads.find(|read| handle != 0 && read.handle == handle);
        let Some(read) = noted else {
            return UNKNOWN;
        };
        read.handle = 0;
        match read.memory == memory {
            true => read.address,
            false => UNKNOWN,
        }
    }
}

impl Default for Blocked {
    fn default() -> Self {
        Blocked::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_taken_once_and_in_its_own_memory() {
        let mut blocked = Blocked::new();
        blocked.add(0, 7, 100);
        blocked.add(1, 8, 200);
        assert_eq!(blocked.take(0, 9), UNKNOWN);
        assert_eq!(blocked.take(0, 8), UNKNOWN);
        assert_eq!(blocked.take(0, 7), 100);
        assert_eq!(blocked.take(0, 7), UNKNOWN);
    }

    #[test]
    fn the_oldest_of_many_is_forgotten() {
        let mut blocked = Blocked::new();
        for handle in 1..ROOM as u32 + 2 {
            blocked.add(0, handle, handle * 8);
        }
        assert_eq!(blocked.take(0, 1), UNKNOWN);
        for handle in 2..ROOM as u32 + 2 {
            assert_eq!(blocked.take(0, handle), handle * 8);
        }
    }
}
