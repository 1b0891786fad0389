//! What is timed while a component runs: each job with its arguments and its aims.

/// What a job has for files: with the host its own, in the artifact what the policy gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// A folder of 1,000 small files and one of 10 MiB, which the artifact has embedded.
    Mounted,
    /// An empty folder, which the artifact has in memory.
    Empty,
    /// Nothing; the artifact has one file.
    One,
    /// Nothing, and the component cannot have any.
    Nothing,
    /// As [`Files::Empty`], with standard input of the host.
    Input,
}

/// The version of WASI that a component is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wasi {
    P2,
    P3,
}

/// Which component does a job, and with what.
pub struct Group {
    pub component: &'static str,
    pub wasi: Wasi,
    pub files: Files,
    /// The most runs, for what takes long.
    pub runs: usize,
    pub jobs: &'static [Job],
}

pub struct Job {
    pub name: &'static str,
    /// Behind the program's name. `N` is how often; `{tcp}` and `{http}` are the servers'
    /// addresses.
    pub args: &'static str,
    /// How often under wasmtime and in Node, where all takes longer.
    pub counts: [u32; 2],
    /// The most that the artifact may take, as ratio to the bare component under wasmtime and in
    /// Node.
    pub aims: [Option<f64>; 2],
}

pub const fn job(name: &'static str, args: &'static str, counts: [u32; 2], aims: [f64; 2]) -> Job {
    Job {
        name,
        args,
        counts,
        aims: [Some(aims[0]), Some(aims[1])],
    }
}

pub const GROUPS: [Group; 5] = [
    Group {
        component: "bench",
        wasi: Wasi::P2,
        files: Files::Mounted,
        runs: 11,
        jobs: &[
            job(
                "read 10 MiB in 64 KiB",
                "read /bench/big 65536",
                [1, 1],
                [0.5, 0.1],
            ),
            job(
                "read 10 MiB in 4 KiB",
                "read /bench/big 4096",
                [1, 1],
                [0.5, 0.1],
            ),
            Job {
                name: "read 10 MiB whole",
                args: "whole /bench/big",
                counts: [1, 1],
                aims: [None, None],
            },
            job("list 1,001 entries", "list /bench N", [20, 3], [0.3, 0.3]),
            job(
                "open and close a file",
                "open /bench N",
                [1000, 1000],
                [0.25, 0.25],
            ),
            job("stat", "stat /bench N", [1000, 1000], [0.25, 0.25]),
        ],
    },
    Group {
        component: "bench",
        wasi: Wasi::P2,
        files: Files::Empty,
        runs: 11,
        jobs: &[
            job(
                "write 10 MiB in 64 KiB",
                "write /bench 65536",
                [1, 1],
                [0.4, 0.4],
            ),
            job(
                "write 10 MiB in 4 KiB",
                "write /bench 4096",
                [1, 1],
                [0.4, 0.4],
            ),
            job(
                "overwrite 4 KiB, scattered",
                "scatter /bench 4096",
                [1, 1],
                [1.0, 1.0],
            ),
            job(
                "overwrite 100 bytes, scattered",
                "scatter /bench 100",
                [1, 1],
                [1.0, 1.0],
            ),
            job(
                "append 100 bytes, 10,000 times",
                "append /bench N",
                [10_000, 2000],
                [1.0, 1.0],
            ),
            job(
                "create and delete, 10,000 files",
                "create /bench N",
                [10_000, 10_000],
                [1.0, 1.0],
            ),
            job("rename", "rename /bench N", [10_000, 2000], [1.0, 1.0]),
        ],
    },
    Group {
        component: "python",
        wasi: Wasi::P2,
        files: Files::Empty,
        runs: 3,
        jobs: &[job(
            "SQLite insert in tens, from Python",
            "timed /bench/words.db N",
            [3000, 300],
            [1.0, 1.0],
        )],
    },
    Group {
        component: "bench",
        wasi: Wasi::P2,
        files: Files::One,
        runs: 11,
        jobs: &[
            job(
                "TCP echo, 64 bytes",
                "echo {tcp} 64 N",
                [4000, 500],
                [1.05, 1.05],
            ),
            job(
                "TCP echo, 64 KiB",
                "echo {tcp} 65536 N",
                [1000, 200],
                [1.05, 1.05],
            ),
            job("clock read", "clock N", [1_000_000, 200_000], [1.1, 1.1]),
        ],
    },
    Group {
        component: "http",
        wasi: Wasi::P2,
        files: Files::Nothing,
        runs: 11,
        jobs: &[
            job("HTTP GET", "get {http} N", [200, 100], [1.05, 1.05]),
            job(
                "HTTP POST of 4 KiB",
                "post {http} N",
                [200, 100],
                [1.05, 1.05],
            ),
        ],
    },
];
