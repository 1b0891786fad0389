//! The `wasmtime` command line, of the version the tests are locked to: `run` and `compile`.

use clap::Parser;
use wasmtime_cli::commands::{CompileCommand, RunCommand};

#[derive(Parser)]
#[command(name = "wasmtime")]
enum Wasmtime {
    /// Runs a WebAssembly component
    Run(RunCommand),
    /// Compiles a WebAssembly component
    Compile(CompileCommand),
}

fn main() -> wasmtime::Result<()> {
    match Wasmtime::parse() {
        Wasmtime::Run(command) => command.execute(),
        Wasmtime::Compile(command) => command.execute(),
    }
}
