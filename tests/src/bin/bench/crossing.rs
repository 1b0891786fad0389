//! What calls through the adapter to the host cost: clock reads and TCP round trips.

use crate::artifact::Mounted;
use crate::host::{RUNS, compile, median, run};
use crate::pass_through::pass_through;
use anyhow::Result;
use wasi_virt_tests::servers::Servers;
use wasmtime::Engine;

pub fn table(engine: &Engine, bare: &[u8]) -> Result<()> {
    // Files virtual, so that streams and pollables are the adapter's; clocks and sockets the host's.
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("a.txt"), "hello")?;
    let artifact = Mounted::list("/", folder.path())?.artifact(bare)?;
    let [bare, passed, artifact] =
        [bare.to_vec(), pass_through(bare)?, artifact].map(|bytes| compile(engine, &bytes));
    let (bare, passed, artifact) = (bare?, passed?, artifact?);
    let echo = Servers::start()?.tcp.to_string();
    println!(
        "\nrun time, ns per operation (median of {RUNS}, interleaved), and the ratio to the first column"
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
        let mut columns = [&bare, &passed, &artifact].map(|component| (component, Vec::new()));
        for _ in 0..RUNS {
            for (component, times) in &mut columns {
                times.push(run(engine, component, &args, None)?);
            }
        }
        let [bare, passed, artifact] = columns.map(|(_, times)| median(times));
        println!(
            "{name:<26} {bare:>10.1} {passed:>14.1} {:>7.3} {artifact:>14.1} {:>7.3}  {aim}",
            passed / bare,
            artifact / bare
        );
    }
    Ok(())
}
