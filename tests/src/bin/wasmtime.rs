//! The `wasmtime` command line, of the version the tests are locked to: `run`, `serve` and
//! `compile`.

use clap::Parser;
use wasmtime_cli::commands::{CompileCommand, RunCommand, ServeCommand};

#[derive(Parser)]
#[command(name = "wasmtime")]
enum Wasmtime {
    /// Runs a WebAssembly component
    Run(RunCommand),
    /// Serves requests from a component of `wasi:http/proxy`
    Serve(ServeCommand),
    /// Compiles a WebAssembly component
    Compile(CompileCommand),
}

fn main() -> wasmtime::Result<()> {
    match Wasmtime::parse() {
        Wasmtime::Run(command) => command.execute(),
        Wasmtime::Serve(command) => command.execute(),
        Wasmtime::Compile(command) => command.execute(),
    }
}
