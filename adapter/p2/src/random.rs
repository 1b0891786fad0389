//! `wasi:random`, where the numbers are virtual.

use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::random::{Bytes, Stream, number};

exports! {
    "wasi:random/random#get-random-bytes" fn random_bytes(app, len: u64) => Bytes {
        Bytes { stream: Stream::Random, len }
    }
    "wasi:random/random#get-random-u64" fn random_u64(app) -> u64 {
        number(Stream::Random)
    }
    "wasi:random/insecure#get-insecure-random-bytes" fn insecure_bytes(app, len: u64) => Bytes {
        Bytes { stream: Stream::Insecure, len }
    }
    "wasi:random/insecure#get-insecure-random-u64" fn insecure_u64(app) -> u64 {
        number(Stream::Insecure)
    }
    "wasi:random/insecure-seed#insecure-seed" fn insecure_seed(app) => (u64, u64) {
        (number(Stream::Seed), number(Stream::Seed))
    }
}
