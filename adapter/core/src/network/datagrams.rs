//! Datagrams that the program sends, in its own memory. This module must never copy their data
//! before a rule admits them.

use alloc::vec::Vec;

use super::IpSocketAddress;
use crate::abi::{Abi, Lift};
use crate::app::{App, Bytes};
use crate::records;

/// `outgoing-datagram` of `wasi:sockets/udp`, as it lies in memory.
const SIZE: usize = Head::SIZE as usize;

/// How many numbers of 32 bits a datagram takes: where its data is, how long that is, and the
/// address.
pub const WORDS_OF_DATAGRAM: usize = SIZE / 4;

records! {
    /// What a datagram consists of.
    Head {
        start: u32,
        len: u32,
        remote_address: Option<IpSocketAddress>,
    }
}

/// A list of datagrams.
#[derive(Debug)]
pub struct Datagrams {
    app: App,
    /// [`WORDS_OF_DATAGRAM`] of each.
    words: Vec<[u32; WORDS_OF_DATAGRAM]>,
}

/// One of them.
#[derive(Debug)]
pub struct Datagram {
    /// The payload.
    pub data: Bytes,
    /// To whom it goes, unless the stream says so.
    pub remote_address: Option<IpSocketAddress>,
}

impl Datagrams {
    /// The list that the application passes.
    pub fn new(app: App, start: u32, count: u32) -> Self {
        app.check(start, u64::from(count) * u64::from(Head::SIZE), Head::ALIGN);
        let words = app.numbers(start, count * WORDS_OF_DATAGRAM as u32);
        let (words, _) = words.as_chunks();
        Datagrams {
            app,
            words: words.to_vec(),
        }
    }

    /// The datagrams.
    pub fn iter(&self) -> impl Iterator<Item = Datagram> {
        self.words.iter().map(|words| {
            // SAFETY: the words are a datagram, whatever they are: no number is a reference.
            let head = unsafe { Head::lift(words.as_ptr().cast()) };
            Datagram {
                data: self.app.bytes(head.start, head.len),
                remote_address: head.remote_address,
            }
        })
    }

    /// The first so many as they lie in memory.
    pub fn words(&self, count: usize) -> &[[u32; WORDS_OF_DATAGRAM]] {
        self.words.get(..count).unwrap_or_default()
    }
}
