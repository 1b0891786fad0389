//! What the benchmarks of WASI 0.3 time, by the guest's own clock. `FOLDER` is a preopen; a size is
//! in MiB, and the file `big-SIZE` has it. Streams are one for a file; a piece is in bytes.
//!
//! `read FOLDER SIZE PIECE` reads a stream, `write FOLDER SIZE PIECE` writes one, `open FOLDER N`
//! opens and reads N small files, and `concurrent FOLDER N` does so with all at once. What hands
//! streams on is in [`handed`], and `calls` in [`calls`]. `nothing` does nothing.
//!
//! Prints nanoseconds per operation to standard error, since standard output may be measured.

mod calls;
mod files;
mod handed;

use std::time::Duration;
use wasip3::cli::{environment, stderr};
use wasip3::clocks::monotonic_clock;
use wasip3::wit_stream;

struct Bench;

impl wasip3::exports::cli::run::Guest for Bench {
    async fn run() -> Result<(), ()> {
        let args = environment::get_arguments();
        let number = |at: usize| args[at].parse::<u32>().expect("a number");
        let (count, elapsed) = match args[1].as_str() {
            "read" => (1, files::read(&args[2], number(3), number(4)).await),
            "write" => (1, files::write(&args[2], number(3), number(4)).await),
            "open" => (number(3), files::open(&args[2], number(3)).await),
            "concurrent" => (number(3), files::concurrent(&args[2], number(3)).await),
            "to-host" => (1, handed::to_host(&args[2], number(3), number(4)).await),
            "from-host" => (1, handed::from_host(&args[2]).await),
            "through" => (1, handed::through().await),
            "calls" => (number(3), calls::run(&args[2], number(3)).await),
            "nothing" => (1, Duration::ZERO),
            other => panic!("no benchmark `{other}`"),
        };
        print(format!(
            "{}\n",
            elapsed.as_nanos() as f64 / f64::from(count)
        ))
        .await;
        Ok(())
    }
}

wasip3::cli::command::export!(Bench);

async fn print(text: String) {
    let (mut writer, reader) = wit_stream::new();
    let result = stderr::write_via_stream(reader);
    writer.write_all(text.into_bytes()).await;
    drop(writer);
    result.await.expect("standard error");
}

/// When something began.
struct Start(u64);

impl Start {
    fn now() -> Self {
        Start(monotonic_clock::now())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now() - self.0)
    }
}
