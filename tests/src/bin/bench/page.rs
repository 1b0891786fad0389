//! What a person waits for on the page, as a script in Node measures it in Chromium.

use crate::table::aim;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::process::{Command, Stdio};
use wasi_virt_tests::paths::root;

#[derive(Deserialize)]
struct Row {
    name: String,
    value: f64,
    unit: String,
    aim: Option<f64>,
}

pub fn table() -> Result<()> {
    println!("\nthe page in Chromium (repeated actions: median of 5)");
    println!("{:<48}{:>12}   aim", "action", "");
    let out = Command::new("node")
        .arg(root().join("web-demo/scripts/bench.mjs"))
        .stderr(Stdio::inherit())
        .output()
        .context("starting node")?;
    ensure!(out.status.success(), "web-demo/scripts/bench.mjs failed");
    let rows: Vec<Row> =
        serde_json::from_slice(&out.stdout).context("what web-demo/scripts/bench.mjs says")?;
    for row in rows {
        let value = format!("{:.0} {}", row.value, row.unit);
        println!("{:<48}{value:>12}   {}", row.name, aim(row.value, row.aim));
    }
    Ok(())
}
