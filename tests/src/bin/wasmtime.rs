//! The `wasmtime` command line, of the version the tests are locked to: `run`, `compile`, `serve`.

use clap::Parser;
use wasmtime_cli::commands::{CompileCommand, RunCommand, ServeCommand};

#[derive(Parser)]
#[command(name = "wasmtime")]
enum Wasmtime {
    /// Runs a WebAssembly component
    Run(RunCommand),
    /// Compiles a WebAssembly component
    Compile(CompileCommand),
    /// Serves requests from a `wasi:http` component
    Serve(ServeCommand),
}

fn main() -> wasmtime::Result<()> {
    match Wasmtime::parse() {
        Wasmtime::Run(command) => command.execute(),
        Wasmtime::Compile(command) => command.execute(),
        Wasmtime::Serve(command) => command.execute(),
    }
}
