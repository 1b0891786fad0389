//! What is timed of WASI 0.3. Sizes are in MiB. Aims are those of throughput, turned into ratios of
//! times. The host's streams are standard input that is ready at any time, and standard output that
//! goes nowhere, so that nothing is timed but what is between them and the file.

use crate::jobs::{Files, Group, Job, Wasi, job};

/// The version, and how to read the names below.
pub const VERSION: &str = "0.3 (amounts in brackets: in Node)";

/// 1.3 times the throughput, and 0.8 times.
const FASTER: f64 = 0.77;
const NEARLY: f64 = 1.25;

/// A group of `bench-p3`.
const fn group(files: Files, jobs: &'static [Job]) -> Group {
    Group {
        component: "bench-p3",
        wasi: Wasi::P3,
        files,
        runs: 11,
        jobs,
    }
}

pub const GROUPS: [Group; 3] = [
    group(
        Files::Mounted,
        &[
            job(
                "read 64 MiB (8) in 64 KiB",
                "read /bench N 65536",
                [64, 8],
                [FASTER, FASTER],
            ),
            job(
                "read 64 MiB (8) in 4 KiB",
                "read /bench N 4096",
                [64, 8],
                [FASTER, FASTER],
            ),
            job(
                "open and read a small file",
                "open /bench N",
                [1000, 200],
                [0.25, 0.25],
            ),
            job(
                "the same, 1,000 (200) at once",
                "concurrent /bench N",
                [1000, 200],
                [0.25, 0.25],
            ),
            job(
                "virtual file to host, 64 MiB (8)",
                "to-host /bench N 1",
                [64, 8],
                [NEARLY, NEARLY],
            ),
        ],
    ),
    group(
        Files::Empty,
        &[job(
            "write 64 MiB (8) in 64 KiB",
            "write /bench N 65536",
            [64, 8],
            [1.0, 1.0],
        )],
    ),
    group(
        Files::Input,
        &[job(
            "host to virtual file, 64 MiB (8)",
            "from-host /bench N",
            [64, 8],
            [NEARLY, NEARLY],
        )],
    ),
];
