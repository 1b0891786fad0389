//! `wasi:random`, where the numbers are virtual.

use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::random::{Bytes, Stream, number};

/// The most bytes that are given at once, as on the host.
const MOST: u64 = 64 << 20;

fn bytes(stream: Stream, len: u64) -> Bytes {
    Bytes {
        stream,
        len: len.min(MOST),
    }
}

exports! {
    "wasi:random/random@0.3#get-random-bytes" fn random_bytes(app, len: u64) => Bytes {
        bytes(Stream::Random, len)
    }
    "wasi:random/random@0.3#get-random-u64" fn random_u64(app) -> u64 {
        number(Stream::Random)
    }
    "wasi:random/insecure@0.3#get-insecure-random-bytes" fn insecure_bytes(app, len: u64) => Bytes {
        bytes(Stream::Insecure, len)
    }
    "wasi:random/insecure@0.3#get-insecure-random-u64" fn insecure_u64(app) -> u64 {
        number(Stream::Insecure)
    }
    "wasi:random/insecure-seed@0.3#get-insecure-seed" fn insecure_seed(app) => (u64, u64) {
        (number(Stream::Seed), number(Stream::Seed))
    }
}
