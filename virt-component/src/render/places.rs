//! The lines of a report about the component's tree: mounts, tmpfs and preopens with their modes
//! and limits, and the command that runs an artifact with host directories. It must never print a
//! path of the build machine.

use super::words;
use crate::escape::escape;
use wasi_virt::{FileMode, MountReport, Report, Size};

/// The lines, each with its label.
pub(super) fn lines(report: &Report, output: &str) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for mount in &report.mounts {
        lines.push(("mount", mounted(mount)));
    }
    for tmpfs in &report.tmpfs {
        let guest = escape(&tmpfs.guest);
        let limits = limits(tmpfs.size, tmpfs.inodes);
        let limits = match limits.is_empty() {
            true => "no limit of its own".to_string(),
            false => limits.join(", "),
        };
        lines.push(("tmpfs", format!("{guest} ({limits})")));
    }
    for preopen in &report.preopens {
        let (guest, host) = (escape(&preopen.guest), escape(&preopen.host));
        let mode = mode(preopen.mode);
        lines.push(("preopen", format!("{guest} ({mode}): {host} of the host")));
    }
    let whole = [
        report.write_size.map(|size| format!("write-size={size}")),
        report
            .write_inodes
            .map(|count| format!("write-inodes={count}")),
        report
            .adapter_memory
            .map(|size| format!("adapter-memory={size}")),
    ];
    let whole: Vec<String> = whole.into_iter().flatten().collect();
    if !whole.is_empty() {
        lines.push(("limits", whole.join(", ")));
    }
    if !report.preopens.is_empty() && report.wasi_version.is_none() {
        lines.push(("run", run(report, output)));
    }
    lines
}

/// The command that gives the artifact the directories it needs.
fn run(report: &Report, output: &str) -> String {
    let mut hosts: Vec<&str> = report
        .preopens
        .iter()
        .map(|one| one.host.as_str())
        .collect();
    hosts.dedup();
    let dirs = hosts
        .iter()
        .map(|host| format!(" --dir HOSTDIR::{}", escape(host)));
    format!(
        "wasmtime run{} {}",
        dirs.collect::<String>(),
        escape(output)
    )
}

fn mounted(mount: &MountReport) -> String {
    let mut options = vec![mode(mount.mode).to_string()];
    options.extend(limits(mount.size, mount.inodes));
    let mut held = vec![words::count(mount.files, "file", "files")];
    for (count, one, many) in [
        (mount.directories, "directory", "directories"),
        (mount.symlinks, "symbolic link", "symbolic links"),
    ] {
        if count > 0 {
            held.push(words::count(count, one, many));
        }
    }
    held.push(words::size(mount.bytes));
    let guest = escape(&mount.guest);
    format!("{guest} ({}): {}", options.join(", "), held.join(", "))
}

/// Limits as flags spell them.
fn limits(size: Option<Size>, inodes: Option<u64>) -> Vec<String> {
    let size = size.map(|size| format!("size={size}"));
    let inodes = inodes.map(|inodes| format!("inodes={inodes}"));
    size.into_iter().chain(inodes).collect()
}

fn mode(mode: FileMode) -> &'static str {
    match mode {
        FileMode::Ro => "ro",
        FileMode::Rw => "rw",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi_virt::{Preopen, Tmpfs};

    #[test]
    fn places_have_their_modes_and_limits() {
        let preopen = |guest: &str, host: &str, mode| Preopen::new(guest, host).mode(mode);
        let tmpfs = |guest: &str, size, inodes| Tmpfs::new(guest).size(size).inodes(inodes);
        let mut report = Report {
            mounts: vec![
                MountReport {
                    guest: "/\u{1b}".into(),
                    mode: FileMode::Ro,
                    files: 1,
                    bytes: 1500,
                    ..MountReport::default()
                },
                MountReport {
                    guest: "/data".into(),
                    mode: FileMode::Rw,
                    size: Some(Size(64 << 20)),
                    inodes: Some(7),
                    directories: 1,
                    symlinks: 2,
                    ..MountReport::default()
                },
            ],
            tmpfs: vec![
                tmpfs("/tmp", None, None),
                tmpfs("/scratch", Some(Size(10 << 20)), None),
            ],
            preopens: vec![
                preopen("/in", "/srv/in", FileMode::Ro),
                preopen("/out", "out", FileMode::Rw),
            ],
            write_inodes: Some(9),
            ..Report::default()
        };
        let text = |report: &Report| {
            let lines = lines(report, "o.wasm").into_iter();
            lines
                .map(|(label, text)| format!("{label}|{text}\n"))
                .collect::<String>()
        };
        assert_eq!(
            text(&report),
            "\
mount|/\\u{1b} (ro): 1 file, 1.5 KB
mount|/data (rw, size=64M, inodes=7): 0 files, 1 directory, 2 symbolic links, 0 bytes
tmpfs|/tmp (no limit of its own)
tmpfs|/scratch (size=10M)
preopen|/in (ro): /srv/in of the host
preopen|/out (rw): out of the host
limits|write-inodes=9
run|wasmtime run --dir HOSTDIR::/srv/in --dir HOSTDIR::out o.wasm
"
        );
        report.wasi_version = Some("0.2.6".into());
        assert!(!text(&report).contains("run|"), "nothing to run yet");
    }
}
