//! `wasi:random`, where it is virtual: xoshiro256++ from the configuration's seed, the same numbers in every
//! host. Each interface draws from a stream of its own, so that what seeds a hash map does not move the others.
//! It must never be taken for a source of secrets.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::bindings::Adapter;
use crate::bindings::exports::wasi::random::{insecure, insecure_seed, random};
use crate::config::config;

struct Streams(Cell<Option<[Xoshiro256PlusPlus; 3]>>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Streams {}

static STREAMS: Streams = Streams(Cell::new(None));

/// Draws from one of the streams: 0 is that of `random`, 1 of `insecure`, 2 of `insecure-seed`.
fn draw<T>(stream: usize, draw: impl FnOnce(&mut Xoshiro256PlusPlus) -> T) -> T {
    let mut streams = STREAMS.0.take().unwrap_or_else(|| {
        let mut first = Xoshiro256PlusPlus::seed_from_u64(config().seed());
        let second = Xoshiro256PlusPlus::from_rng(&mut first);
        let third = Xoshiro256PlusPlus::from_rng(&mut first);
        [first, second, third]
    });
    let drawn = draw(&mut streams[stream]);
    STREAMS.0.set(Some(streams));
    drawn
}

fn bytes(stream: usize, len: u64) -> Vec<u8> {
    // More than memory holds ends in a trap, as a host would give no such list either.
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    draw(stream, |numbers| numbers.fill_bytes(&mut bytes));
    bytes
}

impl random::Guest for Adapter {
    fn get_random_bytes(len: u64) -> Vec<u8> {
        bytes(0, len)
    }

    fn get_random_u64() -> u64 {
        draw(0, Rng::next_u64)
    }
}

impl insecure::Guest for Adapter {
    fn get_insecure_random_bytes(len: u64) -> Vec<u8> {
        bytes(1, len)
    }

    fn get_insecure_random_u64() -> u64 {
        draw(1, Rng::next_u64)
    }
}

impl insecure_seed::Guest for Adapter {
    fn insecure_seed() -> (u64, u64) {
        draw(2, |numbers| (numbers.next_u64(), numbers.next_u64()))
    }
}
