//! The built command on a real disk: interrupted, on a full or read-only disk, with closed streams,
//! with very many files and very odd names. An old output stays intact and nothing is left behind.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

/// A component that imports a filesystem.
fn component() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/hello.wasm")
        .canonicalize()
        .unwrap()
}

/// A folder with an old output `out/out.wasm` and a folder `site` to mount.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        fs::create_dir(folder.path("out")).unwrap();
        fs::create_dir(folder.path("site")).unwrap();
        fs::write(folder.path("out/out.wasm"), "old").unwrap();
        folder
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// A file in `site` that reads as zeros and takes no room.
    fn sparse(&self, name: &str, size: u64) {
        let file = fs::File::create(self.path("site").join(name)).unwrap();
        file.set_len(size).unwrap();
    }

    /// The command in this folder, with `site` mounted, and these arguments.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasi-virt"));
        self.prepare(&mut command);
        command
            .arg(component())
            .args(["--mount", "/=site"])
            .args(args);
        command
    }

    /// The same, written to `out/out.wasm`, as text for a shell that first runs `before`.
    fn in_shell(&self, before: &str, args: &str) -> Command {
        let mut command = Command::new("sh");
        self.prepare(&mut command);
        let line = format!("{before} exec \"$0\" \"$1\" --mount /=site {args}");
        command
            .args(["-c", &line, env!("CARGO_BIN_EXE_wasi-virt")])
            .arg(component());
        command
    }

    fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.0.path())
            .env_remove("SOURCE_DATE_EPOCH")
            .stdin(Stdio::null());
    }

    /// That the old output is as it was, and alone.
    fn assert_untouched(&self) {
        assert_eq!(names(&self.path("out")), ["out.wasm"]);
        assert_eq!(fs::read(self.path("out/out.wasm")).unwrap(), b"old");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a command that must fail with exit code 1 says.
fn failure(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    stderr(&output)
}

/// `files, directories, links, bytes, stored` of the report of a command that must succeed.
fn counts(command: &mut Command) -> [u64; 5] {
    let output = command.arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    ["files", "directories", "symlinks", "bytes", "stored"]
        .map(|key| report["files"][key].as_u64().unwrap())
}

/// Waits for the temporary file of a running command.
fn await_writing(folder: &Folder, child: &mut Child) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while names(&folder.path("out")).len() == 1 {
        assert_eq!(child.try_wait().unwrap(), None, "it was too fast");
        assert!(Instant::now() < deadline, "it never began to write");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_signal_leaves_the_old_output_and_no_litter() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = Folder::new();
        folder.sparse("large", 900 * MIB);
        let mut child = folder
            .command(&["-o", "out/out.wasm", "--quiet"])
            .spawn()
            .unwrap();
        await_writing(&folder, &mut child);
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        folder.assert_untouched();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_what_is_mounted() {
    let folder = Folder::new();
    folder.sparse("large", 300 * MIB);
    let mut child = folder
        .command(&["-o", "out/out.wasm", "--quiet"])
        .spawn()
        .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.trim().parse().ok());
        most = most.max(kib.unwrap_or(0_u64));
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    assert!((1..100 * 1024).contains(&most), "{most} KiB");
    assert!(fs::metadata(folder.path("out/out.wasm")).unwrap().len() > 300 * MIB);
}

#[test]
fn a_full_disk_is_an_error_that_changes_nothing() {
    let folder = Folder::new();
    folder.sparse("large", 8 * MIB);
    let text = failure(&mut folder.in_shell("ulimit -f 2048;", "-o out/out.wasm"));
    assert!(
        text.contains("cannot write `out/out.wasm`: the file is larger than"),
        "{text}"
    );
    folder.assert_untouched();
    if cfg!(target_os = "linux") {
        let text = failure(&mut folder.command(&["-o", "/dev/full"]));
        assert!(text.contains("no space left on the device"), "{text}");
        let text = failure(&mut folder.in_shell("", "-o - >/dev/full"));
        assert!(
            text.contains("cannot write standard output: no space left"),
            "{text}"
        );
    }
}

/// Runs the command where `mount` has been done, which needs a namespace of its own; or says what
/// was skipped.
fn with_mount(folder: &Folder, mount: &str) -> Option<Output> {
    let script = format!(
        "{mount} || exit 99; echo old >out/out.wasm 2>/dev/null; \"$0\" \"$1\" --mount /=site -o out/out.wasm; code=$?; \
         ls -A out; cat out/out.wasm; exit $code"
    );
    let mut command = Command::new("unshare");
    folder.prepare(&mut command);
    let output = command
        .args(["--mount", "--user", "--map-root-user", "sh", "-c", &script])
        .arg(env!("CARGO_BIN_EXE_wasi-virt"))
        .arg(component())
        .output();
    match output {
        Ok(output)
            if output.status.code() == Some(1) && !stderr(&output).starts_with("unshare") =>
        {
            Some(output)
        }
        Ok(output) if output.status.success() => panic!("{output:?}"),
        other => {
            println!("SKIPPED: `{mount}` is not possible here: {other:?}");
            None
        }
    }
}

#[test]
fn a_full_file_system_is_an_error_that_changes_nothing() {
    let folder = Folder::new();
    folder.sparse("large", 8 * MIB);
    if let Some(output) = with_mount(&folder, "mount -t tmpfs -o size=1m tmpfs out") {
        let text = stderr(&output);
        assert!(text.contains("no space left on the device"), "{text}");
        assert_eq!(output.stdout, b"out.wasm\nold\n");
    }
}

#[test]
fn a_read_only_folder_is_an_error_that_changes_nothing() {
    let folder = Folder::new();
    let mount = "mount --bind out out && mount -o remount,ro,bind out";
    if let Some(output) = with_mount(&folder, mount) {
        let text = stderr(&output);
        assert!(text.contains("the file system is read-only"), "{text}");
        assert_eq!(output.stdout, b"out.wasm\nold");
    }
    folder.assert_untouched();
}

#[test]
fn a_closed_standard_output_is_an_error() {
    let folder = Folder::new();
    for args in [
        "-o - >&-",
        "-o out/out.wasm --json >&-",
        "--help >&-",
        "-o - --quiet <&- >&-",
    ] {
        let text = failure(&mut folder.in_shell("", args));
        assert_eq!(
            text, "error: cannot write standard output: it is closed\n",
            "{args}"
        );
    }
    folder.assert_untouched();
    let output = folder.in_shell("", "-o out/out.wasm >&-").output().unwrap();
    assert!(output.status.success(), "nothing is written there");
    let output = folder
        .in_shell("", "-o - --quiet 1<>/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "/dev/null is not closed");
}

#[test]
fn outputs_that_cannot_be_are_explained() {
    let folder = Folder::new();
    let text = failure(&mut folder.command(&["-o", "site/out.wasm"]));
    assert!(
        text.contains("the output lies inside the mounted folder `site`"),
        "{text}"
    );
    assert!(names(&folder.path("site")).is_empty());
    let excluded = ["-o", "site/out.wasm", "--exclude", "/out.wasm"];
    for _ in 0..2 {
        assert_eq!(counts(&mut folder.command(&excluded))[0], 0);
    }
    if cfg!(target_os = "linux") {
        let text = failure(&mut folder.command(&["-o", "/proc/x"]));
        assert!(
            text.contains("no file can be created in `/proc`; the system says: "),
            "{text}"
        );
    }
    folder.assert_untouched();
}

#[test]
fn the_timestamp_comes_from_the_flag_or_the_environment() {
    let folder = Folder::new();
    fs::write(folder.path("site/a"), "a").unwrap();
    let artifact = |args: &[&str], epoch: Option<&str>| {
        let mut command = folder.command(&["-o", "-", "--quiet"]);
        command.args(args);
        if let Some(epoch) = epoch {
            command.env("SOURCE_DATE_EPOCH", epoch);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        output.stdout
    };
    let fixed = artifact(&["--mtime", "2024-01-01T00:00:00Z"], None);
    assert!(fixed == artifact(&[], Some("1704067200")));
    assert!(fixed == artifact(&["--mtime=1704067200"], Some("soon")));
    assert!(fixed != artifact(&[], None));
}

#[test]
fn a_hundred_thousand_small_files() {
    let folder = Folder::new();
    for number in 0..100_000 {
        let parent = folder.path("site").join(format!("{:02}", number / 1000));
        if number % 1000 == 0 {
            fs::create_dir(&parent).unwrap();
        }
        // All of one size, every second one equal to the one before: each is hashed.
        fs::write(
            parent.join(number.to_string()),
            format!("{:08}", number / 2),
        )
        .unwrap();
    }
    let begun = Instant::now();
    let counts = counts(&mut folder.command(&["-o", "out/out.wasm"]));
    assert_eq!(counts, [100_000, 101, 0, 800_000, 400_000]);
    assert!(
        begun.elapsed() < Duration::from_secs(120),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn many_files_in_one_folder() {
    let folder = Folder::new();
    for number in 0..20_000 {
        fs::write(folder.path("site").join(number.to_string()), "").unwrap();
    }
    let mut command = folder.command(&["-o", "out/out.wasm", "--exclude", "*9"]);
    assert_eq!(counts(&mut command)[..2], [18_000, 1]);
}

#[test]
fn a_tree_is_as_deep_as_the_limit_or_refused() {
    let folder = Folder::new();
    let deep = |levels: usize| folder.path("site").join(vec!["d"; levels].join("/"));
    fs::create_dir_all(deep(256)).unwrap();
    let mut command = folder.command(&["-o", "out/out.wasm"]);
    assert_eq!(counts(&mut command)[1], 257);
    fs::write(folder.path("out/out.wasm"), "old").unwrap();
    fs::create_dir(deep(257)).unwrap();
    let text = failure(&mut folder.command(&["-o", "out/out.wasm"]));
    assert!(text.contains("is more than 256 directories deep"), "{text}");
    folder.assert_untouched();
    let excluded = ["-o", "out/out.wasm", "--exclude", "/d/d/"];
    assert_eq!(counts(&mut folder.command(&excluded))[1], 2);
}

#[test]
fn every_legal_name() {
    let folder = Folder::new();
    let long = "n".repeat(255);
    let odd = [
        " ",
        "a b",
        "-o",
        "--mount",
        "*",
        "?",
        "[x]",
        "{a,b}",
        "!",
        "#",
        "\\",
        "\"",
        "'",
        "`",
        "$HOME",
        "new\nline",
        "\r",
        "\t",
        "\u{1b}[31m",
        "\u{7f}",
        "ünï-名",
        "e\u{301}",
        "\u{e9}",
        "\u{202e}abc",
        "🦀",
        "...",
        ".hidden",
        "~",
        "a:ro",
        "a=b",
        "con",
        "C:",
        &long,
    ];
    for name in odd {
        let folder = folder.path("site").join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(name), name).unwrap();
        symlink(name, folder.join("link")).unwrap();
    }
    let files = odd.len() as u64;
    let counts = counts(&mut folder.command(&["-o", "out/out.wasm"]));
    assert_eq!(counts[..3], [files, files + 1, files]);
    let artifact = fs::read(folder.path("out/out.wasm")).unwrap();
    let holds = |text: &str| {
        artifact
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    for name in odd.iter().filter(|name| name.len() > 3) {
        assert!(holds(name), "{name:?}");
    }
    // What is printed of them is escaped.
    fs::write(folder.path("out/out.wasm"), "old").unwrap();
    symlink("/x", folder.path("site/\u{1b}[31m\n")).unwrap();
    let text = failure(&mut folder.command(&["-o", "out/out.wasm"]));
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains("\\u{1b}[31m\\n`: a symbolic link to the absolute path `/x`"),
        "{text}"
    );
    assert!(text.contains("--symlinks=skip"), "{text}");
    folder.assert_untouched();
}
