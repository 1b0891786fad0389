//! Virtual random numbers: xoshiro256++ from the configuration's seed, the same in every host. Each
//! interface draws from a stream of its own, so that what seeds a hash map does not move the
//! others. These must never be taken for secrets.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::abi::{Abi, Lower};
use crate::app::App;
use crate::config::config;
use crate::{Shared, trap};

/// The interface that draws.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// `random`.
    Random,
    /// `insecure`.
    Insecure,
    /// `insecure-seed`.
    Seed,
}

static STREAMS: Shared<Option<[Xoshiro256PlusPlus; 3]>> = Shared::new(None);

fn streams(seed: u64) -> [Xoshiro256PlusPlus; 3] {
    let mut first = Xoshiro256PlusPlus::seed_from_u64(seed);
    let second = Xoshiro256PlusPlus::from_rng(&mut first);
    let third = Xoshiro256PlusPlus::from_rng(&mut first);
    [first, second, third]
}

fn draw<T>(stream: Stream, draw: impl FnOnce(&mut Xoshiro256PlusPlus) -> T) -> T {
    STREAMS.with(|known| {
        let streams = known.get_or_insert_with(|| streams(config().seed()));
        draw(&mut streams[stream as usize])
    })
}

/// Draws a number.
pub fn number(stream: Stream) -> u64 {
    draw(stream, Rng::next_u64)
}

/// Bytes that are drawn when they are lowered, as a `list<u8>`.
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    /// Who draws.
    pub stream: Stream,
    /// How many are drawn.
    pub len: u64,
}

impl Abi for Bytes {
    const SIZE: u32 = 8;
    const ALIGN: u32 = 4;
}

impl Lower for Bytes {
    fn lower(self, app: App, at: u32) {
        // No memory holds more, and a host would give no such list either.
        let Ok(len) = u32::try_from(self.len) else {
            trap()
        };
        app.list(at, len, len.into(), 1, |place| {
            let (mut place, mut left) = (place, len);
            while left != 0 {
                let mut block = [0; 64];
                let count = left.min(block.len() as u32);
                let block = &mut block[..count as usize];
                draw(self.stream, |numbers| numbers.fill_bytes(block));
                app.write(place, block);
                (place, left) = (place.wrapping_add(count), left - count);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of eight bytes each take a number, so that pieces of 64 give what one list would.
    #[test]
    fn pieces_are_one_stream() {
        for len in [0, 1, 8, 63, 64, 65, 100, 128, 1001] {
            let [mut whole, mut pieces] = [(); 2].map(|()| streams(7)[1].clone());
            let mut bytes = std::vec![0; len];
            whole.fill_bytes(&mut bytes);
            let mut other = std::vec![0; len];
            other
                .chunks_mut(64)
                .for_each(|piece| pieces.fill_bytes(piece));
            assert_eq!(bytes, other);
            assert_eq!(whole, pieces);
        }
    }
}
