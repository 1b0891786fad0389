//! Linear memories that a test looks into. Wasmtime does not enter a component after a trap, so
//! that what a trap left behind is only seen from outside.

#![allow(unsafe_code, reason = "wasmtime's trait for memories is unsafe")]

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// How far a memory grows whose type names no maximum.
const MOST: usize = 64 << 20;

const WORD: usize = size_of::<u64>();

/// A memory: of the guest, or of an adapter.
pub struct Memory {
    words: Box<[AtomicU64]>,
    /// In bytes.
    len: AtomicUsize,
    /// The pages that the type names.
    pub declared: (u64, Option<u64>),
}

thread_local! {
    /// The memories that this thread made, the latest last.
    static MADE: RefCell<Vec<Arc<Memory>>> = const { RefCell::new(Vec::new()) };
}

/// What `act` returns, and the memories that came to be meanwhile.
pub fn observe<T>(act: impl FnOnce() -> T) -> (T, Vec<Arc<Memory>>) {
    MADE.take();
    (act(), MADE.take())
}

impl Memory {
    fn new(len: usize, capacity: usize, declared: (u64, Option<u64>)) -> Self {
        let words = Box::new_zeroed_slice(capacity.div_ceil(WORD));
        Memory {
            // SAFETY: zero is a valid value of every word.
            words: unsafe { words.assume_init() },
            len: AtomicUsize::new(len),
            declared,
        }
    }

    /// The size in bytes.
    pub fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words of all pages.
    pub fn words(&self) -> Vec<u64> {
        let words = self.words[..self.len() / WORD].iter();
        words.map(|word| word.load(Relaxed)).collect()
    }

    /// Fills all pages.
    pub fn fill(&self, byte: u8) {
        for word in &self.words[..self.len() / WORD] {
            word.store(u64::from_ne_bytes([byte; WORD]), Relaxed);
        }
    }

    /// A copy of some bytes.
    pub fn read(&self, range: Range<usize>) -> Vec<u8> {
        let first = range.start / WORD * WORD;
        let words = self.words[range.start / WORD..range.end.div_ceil(WORD)].iter();
        let bytes: Vec<u8> = words
            .flat_map(|word| word.load(Relaxed).to_ne_bytes())
            .collect();
        bytes[range.start - first..range.end - first].to_vec()
    }

    /// Writes some bytes.
    pub fn write(&self, at: usize, bytes: &[u8]) {
        for (at, byte) in (at..).zip(bytes) {
            let word = &self.words[at / WORD];
            let mut parts = word.load(Relaxed).to_ne_bytes();
            parts[at % WORD] = *byte;
            word.store(u64::from_ne_bytes(parts), Relaxed);
        }
    }

    /// The ranges that differ from `before`, which [`Memory::words`] gave. Pages that are new are
    /// no difference.
    pub fn changes(&self, before: &[u64]) -> Vec<Range<usize>> {
        let mut changes: Vec<Range<usize>> = Vec::new();
        for (at, (word, before)) in self.words.iter().zip(before).enumerate() {
            let (now, before) = (word.load(Relaxed), *before);
            if now == before {
                continue;
            }
            let (now, before) = (now.to_ne_bytes(), before.to_ne_bytes());
            for byte in (0..WORD).filter(|byte| now[*byte] != before[*byte]) {
                let at = at * WORD + byte;
                match changes.last_mut() {
                    Some(last) if last.end == at => last.end += 1,
                    _ => changes.push(at..at + 1),
                }
            }
        }
        changes
    }
}

/// Whether every byte of a range is in one of others.
pub fn is_covered(range: &Range<usize>, by: &[Range<usize>]) -> bool {
    let mut at = range.start;
    while at < range.end {
        match by
            .iter()
            .filter(|by| by.contains(&at))
            .map(|by| by.end)
            .max()
        {
            Some(end) => at = end,
            None => return false,
        }
    }
    true
}

/// Whether a text is among bytes.
pub fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// Makes the memories of an engine.
pub struct Creator;

struct Shared(Arc<Memory>);

// SAFETY: a new memory is zero and has room for its capacity. The engine is configured to expect
// neither a reservation nor a guard. Nothing but this module touches the words besides wasmtime,
// and that with atomic operations and between calls.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        if reserved_size_in_bytes.unwrap_or(0) != 0 || guard_size_in_bytes != 0 {
            return Err("the engine expects a reservation or a guard".to_string());
        }
        let capacity = maximum.unwrap_or(MOST).min(MOST).max(minimum);
        let memory = Memory::new(minimum, capacity, (ty.minimum(), ty.maximum()));
        let memory = Arc::new(memory);
        MADE.with_borrow_mut(|made| made.push(memory.clone()));
        Ok(Box::new(Shared(memory)))
    }
}

// SAFETY: the words never move, and there are as many as the capacity says.
unsafe impl LinearMemory for Shared {
    fn byte_size(&self) -> usize {
        self.0.len()
    }

    fn byte_capacity(&self) -> usize {
        self.0.words.len() * WORD
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        if new_size > self.byte_capacity() {
            wasmtime::bail!("the memory has no room to grow");
        }
        self.0.len.store(new_size, Relaxed);
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.words.as_ptr().cast_mut().cast()
    }
}
