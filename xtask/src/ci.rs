//! `cargo xtask ci`: all that must hold before a change is merged, cheapest first.

use crate::run::Stages;
use crate::{adapter, check, docs, package, schema, test, wit};
use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub struct CiOptions {
    /// Leave out the tests, which `cargo xtask test` has just run
    #[arg(long)]
    tested: bool,
    #[command(flatten)]
    tests: test::Options,
}

pub fn run(options: &CiOptions) -> Result<()> {
    let mut stages = Stages::default();
    stages.stage("format", check::format)?;
    stages.stage("text", docs::check)?;
    stages.stage("adapter", || adapter::run(true))?;
    if !options.tested {
        test::in_stages(&options.tests, &mut stages)?;
    }
    stages.stage("schema", || schema::run(true))?;
    stages.stage("wit", || wit::run(true))?;
    stages.stage("lints", || check::lints(true))?;
    stages.stage("package", package::run)?;
    stages.print();
    if !options.tested {
        test::say_unproved(&options.tests);
    }
    Ok(())
}
