//! `cargo xtask ci`: all that must hold before a change is merged, cheapest first.

use crate::run::Stages;
use crate::{check, package, test};
use anyhow::Result;

pub fn run(options: &test::Options) -> Result<()> {
    let mut stages = Stages::default();
    stages.stage("format", check::format)?;
    test::in_stages(options, &mut stages)?;
    stages.stage("lints", check::lints)?;
    stages.stage("package", package::run)?;
    stages.print();
    test::say_unproved(options);
    Ok(())
}
