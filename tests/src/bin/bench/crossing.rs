//! What calls through the adapter to the host cost: clock reads, TCP round trips and HTTP requests.

use crate::artifact::{Mounted, without_files};
use crate::host::{RUNS, compile, median, run};
use crate::pass_through::pass_through;
use anyhow::Result;
use wasi_virt_tests::paths;
use wasi_virt_tests::servers::Servers;
use wasmtime::Engine;
use wasmtime::component::Component;

pub fn table(engine: &Engine, bare: &[u8], host: &str) -> Result<()> {
    // Files virtual, so that streams and pollables are the adapter's; clocks and sockets the host's.
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("a.txt"), "hello")?;
    let artifact = Mounted::list("/", folder.path())?.artifact(bare)?;
    let [bare, passed, artifact] =
        [bare.to_vec(), pass_through(bare)?, artifact].map(|bytes| compile(engine, &bytes));
    let (bare, passed, artifact) = (bare?, passed?, artifact?);
    let servers = Servers::start()?;
    let echo = servers.tcp.to_string();
    println!(
        "\nrun time in {host}, ns per operation (median of {RUNS}, interleaved), and the ratio to the first column"
    );
    println!(
        "{:<26} {:>10} {:>14} {:>7} {:>14} {:>7}  aim",
        "operation", "bare", "pass-through", "ratio", "artifact", "ratio"
    );
    let jobs: [(&str, Vec<&str>, &str); 2] = [
        (
            "clock read, 1,000,000",
            vec!["bench", "clock", "1000000"],
            "no slower than pass-through",
        ),
        (
            "TCP round trip, 64 bytes",
            vec!["bench", "echo", &echo, "20000"],
            "1.05",
        ),
    ];
    for (name, args, aim) in jobs {
        row(engine, name, &[&bare, &passed, &artifact], &args, aim)?;
    }
    let http = std::fs::read(paths::fixture("http")?)?;
    let artifact = compile(engine, &without_files(&http)?)?;
    let bare = compile(engine, &http)?;
    let args = ["http", "get", &servers.http.to_string(), "1000"];
    row(engine, "HTTP GET, 1,000", &[&bare, &artifact], &args, "1.2")
}

/// Times every column by turns; the first is what the others are compared to.
fn row(
    engine: &Engine,
    name: &str,
    columns: &[&Component],
    args: &[&str],
    aim: &str,
) -> Result<()> {
    let mut times = vec![Vec::new(); columns.len()];
    for _ in 0..RUNS {
        for (component, times) in columns.iter().zip(&mut times) {
            times.push(run(engine, component, args, None)?);
        }
    }
    let times: Vec<f64> = times.into_iter().map(median).collect();
    let (first, last) = (times[0], times[times.len() - 1]);
    // Only clocks and sockets go through the component that does nothing.
    let (passed, ratio) = match times.as_slice() {
        [_, passed, _] => (format!("{passed:.1}"), format!("{:.3}", passed / first)),
        _ => (String::new(), String::new()),
    };
    println!(
        "{name:<26} {first:>10.1} {passed:>14} {ratio:>7} {last:>14.1} {:>7.3}  {aim}",
        last / first
    );
    Ok(())
}
