//! The project's workflows, one `cargo xtask …` each. What a workflow needs and the machine lacks
//! is asked for by name.

mod adapter;
mod bench;
mod binaryen;
mod build;
mod c;
mod check;
mod ci;
mod docs;
mod fixtures;
mod generated;
mod go;
mod guests;
mod javascript;
mod js;
#[cfg(test)]
mod names;
mod node24;
mod npm;
mod package;
mod python;
mod ruby;
mod run;
mod runtimes;
mod schema;
mod test;
mod wasm_pack;
mod wit;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and checks wasi-virt")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build adapter/prebuilt from its source
    Adapter {
        /// Compare what is committed with what its source gives, and write nothing
        #[arg(long)]
        check: bool,
    },
    /// Build the command line and the generators: wasi-virt, virt-gen.wasm, virt-gen-pure.wasm
    Build,
    /// Build the programs that the tests virtualize, and those of examples
    Guests {
        /// Also write the components of examples
        #[arg(long)]
        examples: bool,
    },
    /// Build all that the tests need and run them all
    Test(test::Options),
    /// Run the engine's unit tests as WebAssembly, in Node and in Chromium, with wasm-pack
    TestWasm,
    /// Print what generation, adapters and artifacts cost
    Bench {
        /// Print only these: run, run-0.3, memory-0.3, instantiation, size, engine, hosts,
        /// generation, startup, payload, page
        parts: Vec<String>,
    },
    /// Check formatting, the text of the repository, generated files and lints
    Check,
    /// Check the text of the repository: spelling, width of lines, links, length of sentences
    Docs(docs::Options),
    /// Write docs/policy.schema.json and the table in docs/policy.md from the rows of the keys
    Schema {
        /// Compare what is committed with what the rows give, and write nothing
        #[arg(long)]
        check: bool,
    },
    /// Write the copies of WASI's text from wit/deps
    Wit {
        /// Compare what is committed with what wit/deps gives, and write nothing
        #[arg(long)]
        check: bool,
    },
    /// Pack every publishable crate and install the command line from the packed files
    Package,
    /// All that must hold before a change is merged
    Ci(ci::CiOptions),
}

fn main() -> Result<()> {
    match Cli::parse().task {
        Task::Adapter { check } => adapter::run(check),
        Task::Bench { parts } => bench::run(&parts),
        Task::Build => build::run(),
        Task::Guests { examples } => guests::run(examples),
        Task::Test(options) => test::run(&options),
        Task::Check => check::run(),
        Task::Docs(options) => docs::run(&options),
        Task::TestWasm => wasm_pack::run_stages(),
        Task::Schema { check } => schema::run(check),
        Task::Wit { check } => wit::run(check),
        Task::Package => package::run(),
        Task::Ci(options) => ci::run(&options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
