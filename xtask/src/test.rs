//! `cargo xtask test`: builds all that the tests need, runs them all, and says what was not proved.

use crate::run::{Stages, cargo};
use crate::{build, c, go, guests, javascript, js, node24, python, ruby, runtimes};
use anyhow::Result;
use clap::{Args, ValueEnum};

#[derive(Args)]
pub struct Options {
    /// Leave out what needs something this machine lacks
    #[arg(long, value_delimiter = ',')]
    without: Vec<Part>,
    /// Run only the tests whose name contains this
    filter: Option<String>,
}

/// What can be left out.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A component made from C (Debian's clang and wasi-libc)
    C,
    /// Components made from Python (python3 and PyPI)
    Python,
    /// A module made from Go (python3 and PyPI)
    Go,
    /// Pages in Chromium (/usr/bin/chromium)
    Browser,
    /// Ruby (npm)
    Ruby,
    /// Components made from JavaScript (npm)
    Javascript,
    /// The npm package in Node 24 beside the machine's own (npm)
    Node24,
    /// The npm package in Deno and Bun (npm)
    Runtimes,
}

impl Part {
    fn unproved(self) -> &'static str {
        match self {
            Part::C => "that a component made from C is virtualized and runs",
            Part::Python => "that a component made by componentize-py is virtualized and runs",
            Part::Go => "that a module made from Go is virtualized and runs",
            Part::Browser => {
                "that the generator gives the same in a browser, and that the page works"
            }
            Part::Javascript => "that a component made by componentize-js is virtualized and runs",
            Part::Node24 => "that the npm package does the same in Node 24",
            Part::Runtimes => "that the npm package does the same in Deno and Bun",
            Part::Ruby => "that Ruby runs with its standard library mounted",
        }
    }

    /// Its name, as it is given.
    fn name(self) -> String {
        let name = self.to_possible_value().expect("every part has a name");
        name.get_name().to_string()
    }
}

pub fn run(options: &Options) -> Result<()> {
    let mut stages = Stages::default();
    in_stages(options, &mut stages)?;
    stages.print();
    say_unproved(options);
    Ok(())
}

/// What is left out, as the tests know it.
fn without(options: &Options) -> String {
    let parts: Vec<String> = options.without.iter().map(|part| part.name()).collect();
    parts.join(",")
}

/// Prints what a run without some parts leaves open.
pub fn say_unproved(options: &Options) {
    for part in &options.without {
        eprintln!("NOT PROVED: {}", part.unproved());
    }
}

/// The stages, for `cargo xtask ci` to follow its own.
pub fn in_stages(options: &Options, stages: &mut Stages) -> Result<()> {
    stages.stage("generators", build::generators)?;
    stages.stage("npm package and page", js::build)?;
    stages.stage("guests", || guests::run(false))?;
    if !options.without.contains(&Part::C) {
        stages.stage("c", c::run_stage)?;
    }
    if !options.without.contains(&Part::Python) {
        stages.stage("python", python::run_stage)?;
    }
    if !options.without.contains(&Part::Go) {
        stages.stage("go", go::run_stage)?;
    }
    if !options.without.contains(&Part::Javascript) {
        stages.stage("javascript", javascript::run_stage)?;
    }
    if !options.without.contains(&Part::Node24) {
        stages.stage("Node 24", node24::run_stage)?;
    }
    if !options.without.contains(&Part::Runtimes) {
        stages.stage("Deno and Bun", runtimes::run_stage)?;
    }
    if !options.without.contains(&Part::Browser) {
        stages.stage("browser", js::browser)?;
    }
    // Always the whole workspace, and with its tests, which makes the commands as well: with fewer
    // packages, or without what only tests need, cargo resolves other features, and compiles
    // every dependency again.
    stages.stage("compile commands and tests", || {
        crate::run::run(cargo().args(["test", "--locked", "--workspace", "--no-run"]))
    })?;
    if !options.without.contains(&Part::Ruby) {
        // It runs Ruby once, under the wasmtime that was just built.
        stages.stage("ruby", ruby::run_stage)?;
    }
    // A filter is for the tests in Rust.
    if options.filter.is_none() {
        stages.stage("tests of the npm package", || js::test(&without(options)))?;
    }
    if options.filter.is_none() && !options.without.contains(&Part::Node24) {
        stages.stage("tests of the npm package in Node 24", || {
            js::test_in_node24(&without(options))
        })?;
    }
    if options.filter.is_none() && !options.without.contains(&Part::Browser) {
        stages.stage("tests of the page", || js::test_page(&without(options)))?;
    }
    stages.stage("tests", || {
        let mut command = cargo();
        command.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
        if let Some(filter) = &options.filter {
            command.arg(filter);
        }
        command.env("WASI_VIRT_TESTS_WITHOUT", without(options));
        crate::run::run(&mut command)
    })
}
