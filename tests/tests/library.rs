//! What the library's builder makes, run: the program sees what was configured, and nothing of the
//! host's besides.

use anyhow::{Result, anyhow, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use wasi_virt::{FileMode, FsEntry, Size, StdioMode, WasiVirt};
use wasi_virt_tests::case::Run;
use wasi_virt_tests::paths::fixture;
use wasi_virt_tests::{artifact, host, runs};
use wasmtime::{StoreLimits, StoreLimitsBuilder};

/// The lines of a script and what each gives.
fn run(lines: &[(&str, &str)]) -> Run {
    let (mut script, mut result) = (String::new(), String::new());
    for (line, gives) in lines {
        script += &format!("{line}\n");
        result += &format!("{line}: {gives}\n");
    }
    Run {
        script: Some(script),
        result: Some(result),
        ..Run::default()
    }
}

/// The program `disk` with a tmpfs, in an instance whose memories may have so many bytes each.
fn with_tmpfs(memory: usize) -> Result<impl FnMut(&str) -> Result<String>> {
    let limits = StoreLimitsBuilder::new().memory_size(memory);
    disk(limits.build(), |virt| {
        virt.fs().tmpfs("/tmp", None);
    })
}

/// The program `disk` with the files that are put there.
fn disk(
    limits: StoreLimits,
    put: impl FnOnce(&mut WasiVirt),
) -> Result<impl FnMut(&str) -> Result<String>> {
    let mut virt = WasiVirt::new();
    virt.allow_all();
    virt.fs().deny_host_preopens();
    put(&mut virt);
    virt.compose(fixture("disk")?);
    let component = host::compile(&virt.finish()?)?;
    let (mut store, _) = host::planted("", "", &[])?;
    store.data_mut().limits = limits;
    store.limiter(|state| &mut state.limits);
    let instance = host::generous()?
        .instantiate(&mut store, &component)
        .map_err(|error| anyhow!("{error:?}"))?;
    Ok(move |script: &str| {
        runs::call_probe(&mut store, &instance, script)?
            .map_err(|error| anyhow!("a trap instead of an error: {error:?}"))
    })
}

#[test]
fn memory_that_runs_out_is_an_error() -> Result<()> {
    let mut run = with_tmpfs(8 << 20)?;
    let write = |number: usize| format!("write f x%*60000 {}\n", number * 60000);
    let mut script = "open f /tmp file f c rw\n".to_string();
    script.extend((0..200).map(write));
    for number in 0..100 {
        script += &format!("mkdir /tmp d{number}\n");
    }
    script += "set-size f 1000000\nwrite f y 0\nmkdir /tmp after\nstat-at /tmp after -\n";
    let said = run(&script)?;
    let refused = said
        .lines()
        .filter(|line| line.ends_with(": error insufficient-memory"));
    let written = said.lines().filter(|line| line.ends_with(": ok 60000"));
    ensure!(refused.count() > 10, "{said}");
    ensure!(written.count() > 80, "less than 8 MiB were written");
    ensure!(
        said.ends_with(
            ": ok 1\nmkdir /tmp after: ok\nstat-at /tmp after -: ok \"directory - 2\"\n"
        ),
        "{said}"
    );
    Ok(())
}

/// How many lines of what was said end so.
fn count(said: &str, end: &str) -> usize {
    said.lines().filter(|line| line.ends_with(end)).count()
}

/// The artifact's own limit, in a host that has none: in the smallest steps up to it, what fits no
/// more is an error, and calls that pass much are still possible.
#[test]
fn the_adapters_memory_is_limited() -> Result<()> {
    let mut run = disk(StoreLimits::default(), |virt| {
        virt.adapter_memory(Size(2 << 20)).fs().tmpfs("/tmp", None);
    })?;
    let mut script = "open f /tmp file f c rw\n".to_string();
    let write =
        |file: &str, number: usize, len: usize| format!("write {file} x%*{len} {}\n", number * len);
    script.extend((0..1000).map(|number| write("f", number, 4096)));
    script += "open g /tmp other f c rw\n";
    script.extend((0..500).map(|number| write("g", number, 7)));
    let said = run(&script)?;
    ensure!(count(&said, ": ok 4096") > 250, "{said}");
    ensure!(count(&said, "insufficient-memory") > 500, "{said}");
    // Descriptors, streams and snapshots take memory that nothing counts.
    let mut script = "open f /tmp file f c rw\n".to_string();
    for number in 0..4000 {
        script += &format!("open d{number} /tmp file f - r\n");
        script += &format!("scan s{number} /tmp\n");
    }
    script += &write("f", 0, 60_000);
    script += &write("f", 0, 90_000);
    script += "write f y 5000000\nlist /tmp\nstat f\nset-size f 0\n";
    script += &write("f", 0, 60_000);
    script += "mkdir /tmp after\n";
    let said = run(&script)?;
    ensure!(count(&said, "insufficient-memory") > 7000, "{said}");
    ensure!(
        said.ends_with(": ok 60000\nmkdir /tmp after: ok\n"),
        "{said}"
    );
    Ok(())
}

/// Without anything to write to, what is opened is all that takes memory.
#[test]
fn opening_without_end_is_an_error() -> Result<()> {
    let mut run = disk(StoreLimits::default(), |virt| {
        let files = FsEntry::Dir(BTreeMap::from([("file", FsEntry::Source("text"))]));
        virt.adapter_memory(Size(512 << 10))
            .fs()
            .preopen("/d", files);
    })?;
    let mut script = String::new();
    for number in 0..30_000 {
        script += &format!("open d{number} /d file f - r\n");
    }
    // One may still fit, where a call has no path that needs room as well.
    script += "scan s /d\nscan t /d\nstat d7\nclose d8\n";
    let said = run(&script)?;
    ensure!(count(&said, ": ok regular-file") > 5000, "{said}");
    ensure!(count(&said, "insufficient-memory") > 1000, "{said}");
    ensure!(
        said.ends_with(": insufficient-memory\nstat d7: ok \"regular-file 4 1\"\nclose d8: ok\n"),
        "{said}"
    );
    Ok(())
}

/// What the adapter takes without any file, with what it keeps in reserve.
const AT_LEAST: usize = 384 << 10;

#[test]
fn what_is_stored_takes_little_more_memory_than_it_has_bytes() -> Result<()> {
    const BYTES: usize = 20_000_000;
    let mut run = with_tmpfs(AT_LEAST + BYTES / 10 * 11)?;
    for start in (0..BYTES).step_by(1_000_000) {
        let write = |at: usize| format!("write f x%*50000 {}\n", start + at * 50_000);
        let mut script = "open f /tmp file f c rw\n".to_string();
        script.extend((0..20).map(write));
        let said = run(&script)?;
        ensure!(said.matches(": ok 50000\n").count() == 20, "{said}");
    }
    Ok(())
}

#[test]
fn a_file_takes_less_than_200_bytes() -> Result<()> {
    let mut run = with_tmpfs(AT_LEAST + 10_000 * 200)?;
    for hundred in 0..100 {
        let make = |number: usize| format!("open f /tmp file-{hundred:03}{number:02} f cx w\n");
        let script: String = (0..100).map(make).collect();
        let said = run(&script)?;
        ensure!(said.matches(": ok regular-file\n").count() == 100, "{said}");
    }
    Ok(())
}

#[test]
fn an_artifact_of_the_builder_runs() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let local = folder.path().join("local");
    fs::create_dir_all(local.join("deep"))?;
    fs::write(local.join("deep/a.txt"), "a local file")?;
    symlink("deep/a.txt", local.join("link"))?;
    fs::write(folder.path().join("single.txt"), "a single file")?;
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("sub"))?;
    fs::write(data.join("host.txt"), "of the host's")?;
    fs::write(data.join("sub/b.txt"), "deep in the host's")?;
    fs::write(data.join("outside.txt"), "not shown")?;

    let mut virt = WasiVirt::new();
    virt.env()
        .allow(&["HOST_SHARED"])
        .overrides(&[("MODE", "test"), ("EMPTY", "")])
        .args(&["program", "two words"])
        .cwd("/tree");
    // The program imports no configuration: `filter_imports` drops it.
    virt.config().deny_all();
    virt.stdio()
        .ignore()
        .stdout(StdioMode::Allow)
        .stdin(StdioMode::Deny);
    virt.clocks().deny();
    virt.fs()
        .deny_host_preopens()
        .virtual_preopen("/local", &local)
        .preopen(
            "/tree",
            FsEntry::Dir(BTreeMap::from([
                ("source.txt", FsEntry::Source("Hello world")),
                ("bytes.txt", FsEntry::File(*b"bytes")),
                (
                    "single.txt",
                    FsEntry::Virtualize(folder.path().join("single.txt")),
                ),
                ("folder", FsEntry::Virtualize(&local)),
                ("host.txt", FsEntry::RuntimeFile("/host/data/host.txt")),
                ("host", FsEntry::RuntimeDir("/host/data/sub")),
                ("empty", FsEntry::Dir([] as [(&str, FsEntry); 0])),
                ("link", FsEntry::Symlink("folder/deep/a.txt")),
            ])),
        )
        .host_preopen_with_mode("/reading", "/host/data/sub", FileMode::Ro);
    virt.compose(fixture("probe")?);
    virt.filter_imports()?;
    let bytes = virt.finish()?;

    artifact::validate(&bytes)?;
    let open = artifact::imports(&bytes)?;
    for closed in ["wasi:clocks/", "wasi:cli/stdin@", "wasi:cli/stderr@"] {
        ensure!(
            !open.iter().any(|name| name.starts_with(closed)),
            "{closed} is open: {open:?}"
        );
    }
    // What was not configured is the host's, as the manual has it.
    ensure!(
        open.iter().any(|name| name.starts_with("wasi:random/")),
        "{open:?}"
    );

    let artifact = host::compile(&bytes)?;
    let mut shown = run(&[
        ("std-var HOST_SHARED", "Some(\"PLANTED-SHARED\")"),
        ("std-var HOST_SECRET", "None"),
        ("std-var MODE", "Some(\"test\")"),
        ("std-var EMPTY", "Some(\"\")"),
        ("args", "[\"program\", \"two words\"]"),
        ("cwd", "\"/tree\""),
        ("stdin", "error last-operation-failed"),
        ("stdout printed", "ok"),
        ("stderr swallowed", "ok"),
        ("preopens", "[\"/local\", \"/reading\", \"/tree\"]"),
        ("std-read /local/link", "ok \"a local file\""),
        ("std-read /tree/source.txt", "ok \"Hello world\""),
        ("std-read /tree/bytes.txt", "ok \"bytes\""),
        ("std-read /tree/single.txt", "ok \"a single file\""),
        ("std-read /tree/folder/deep/a.txt", "ok \"a local file\""),
        ("std-read /tree/host.txt", "ok \"of the host's\""),
        ("std-read /tree/host/b.txt", "ok \"deep in the host's\""),
        ("std-list /tree/empty", "ok []"),
        ("std-read /tree/link", "ok \"a local file\""),
        ("std-read /tree/outside.txt", "error ENOENT"),
        ("std-write /tree/source.txt new", "error EROFS"),
        ("std-write /tree/host.txt new", "ok done"),
        ("std-write /tree/host/c.txt new", "ok done"),
        ("std-write /reading/d.txt new", "error EROFS"),
        ("std-read /reading/b.txt", "ok \"deep in the host's\""),
    ]);
    shown.preopens = BTreeMap::from([("/host/data".to_string(), "data".to_string())]);
    shown.stdout = "printed".into();
    shown.sees_host = true;
    shown.holds = BTreeMap::from([
        ("data/host.txt".to_string(), "new".to_string()),
        ("data/sub/c.txt".to_string(), "new".to_string()),
    ]);
    shown.gone = vec!["data/sub/d.txt".to_string()];
    runs::check(&shown, &artifact, None, folder.path())?;

    let denied = Run {
        script: Some("now\n".into()),
        trap_has: vec!["denied by wasi-virt: wasi:clocks/wall-clock@0.2.12#now".into()],
        preopens: shown.preopens.clone(),
        ..Run::default()
    };
    runs::check(&denied, &artifact, None, folder.path())
}

/// Without a call the builder changes nothing, so that this program sees all that is planted.
#[test]
fn what_is_not_configured_is_the_hosts() -> Result<()> {
    let component = fs::read(fixture("probe")?)?;
    let mut virt = WasiVirt::new();
    virt.compose_bytes(component.clone());
    ensure!(virt.finish()? == component, "nothing was asked for");

    virt.env().overrides(&[("MODE", "test")]);
    let bytes = virt.finish()?;
    let artifact = host::compile(&bytes)?;
    let mut run = run(&[
        ("std-var MODE", "Some(\"test\")"),
        ("std-var HOST_SHARED", "None"),
        ("stdin", "ok \"PLANTED-STDIN\""),
        ("preopens", "[\"/\", \"/site\", \"/planted\"]"),
        ("std-read /planted/secret.txt", "ok \"PLANTED-FILE\""),
    ]);
    run.sees_host = true;
    runs::check(&run, &artifact, None, fixture("probe")?.parent().unwrap())
}
