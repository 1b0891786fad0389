//! Gives the builder and the command line whatever a disk can hold. Both must make the same artifact,
//! or print the same error. Shells in other languages have disks of their own; the cases test those.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wasi_virt::{Error, WasiVirt};

const GUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hello.wasm");

/// What is mounted at `/site`, and what comes of it.
struct Case {
    name: &'static str,
    /// Fills an empty folder and answers what to mount: the folder, or what is in it or elsewhere.
    make: fn(&Path) -> PathBuf,
    /// A part of the error, or how often `CONTENTS` is stored.
    expect: Expect,
}

enum Expect {
    Stored(usize),
    Error(&'static str),
    /// As reading the file `locked` gives it: nothing is locked for root.
    AsRead,
}
use Expect::{AsRead, Error as Fails, Stored};

/// Contents that nothing else in an artifact has.
const CONTENTS: &str = "what the mounted file holds, word for word";

fn put(folder: &Path, name: impl AsRef<Path>, contents: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

fn link(folder: &Path, name: &str, target: impl AsRef<Path>) {
    symlink(target, folder.join(name)).unwrap();
}

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

const CASES: &[Case] = &[
    Case {
        name: "an empty folder",
        make: Path::to_path_buf,
        expect: Stored(0),
    },
    Case {
        name: "files and folders",
        make: |folder| {
            put(folder, "a/deep/file", CONTENTS);
            put(folder, "a-b", "b");
            put(folder, "empty", "");
            folder.to_path_buf()
        },
        expect: Stored(1),
    },
    Case {
        name: "a single file",
        make: |folder| {
            put(folder, "file", CONTENTS);
            folder.join("file")
        },
        expect: Stored(1),
    },
    Case {
        name: "equal files",
        make: |folder| {
            put(folder, "one", CONTENTS);
            put(folder, "sub/two", CONTENTS);
            put(folder, "as long", &CONTENTS.to_uppercase());
            folder.to_path_buf()
        },
        expect: Stored(1),
    },
    Case {
        name: "a missing source",
        make: |folder| folder.join("missing"),
        expect: Fails("missing`: no such file or directory"),
    },
    Case {
        name: "a file called a folder",
        make: |folder| {
            put(folder, "file", CONTENTS);
            folder.join("file/")
        },
        expect: Fails("file/`: a part of the path is not a directory"),
    },
    Case {
        name: "links are kept, where they lead to or not",
        make: |folder| {
            put(folder, "file", CONTENTS);
            link(folder, "kept", "file");
            link(folder, "dangling", "nowhere");
            link(folder, "loop", "loop");
            folder.to_path_buf()
        },
        expect: Stored(1),
    },
    Case {
        name: "an absolute link",
        make: |folder| {
            link(folder, "out", "/etc");
            folder.to_path_buf()
        },
        expect: Fails(
            "`/etc`, which leads out of the mount; make it relative, mount a copy that holds the \
             files themselves (`cp -RL FOLDER COPY`), or leave it out with `--symlinks=skip`",
        ),
    },
    Case {
        name: "a link whose target is not UTF-8",
        make: |folder| {
            link(folder, "odd", OsStr::from_bytes(b"f\xff"));
            folder.to_path_buf()
        },
        expect: Fails("odd`: a symbolic link whose target is not UTF-8 cannot be mounted"),
    },
    Case {
        name: "a link as the source",
        make: |folder| {
            put(folder, "real/file", CONTENTS);
            link(folder, "source", "real");
            folder.join("source")
        },
        expect: Stored(1),
    },
    Case {
        name: "a link in circles as the source",
        make: |folder| {
            link(folder, "loop", "loop");
            folder.join("loop")
        },
        expect: Fails("loop`: too many symbolic links"),
    },
    Case {
        name: "a FIFO",
        make: |folder| {
            fifo(&folder.join("pipe"));
            folder.to_path_buf()
        },
        expect: Fails("pipe`: a FIFO cannot be mounted"),
    },
    Case {
        name: "a FIFO as the source",
        make: |folder| {
            fifo(&folder.join("pipe"));
            folder.join("pipe")
        },
        expect: Fails("pipe`: a FIFO cannot be mounted"),
    },
    Case {
        name: "a socket",
        make: |folder| {
            UnixListener::bind(folder.join("sock")).unwrap();
            folder.to_path_buf()
        },
        expect: Fails("sock`: a socket cannot be mounted"),
    },
    Case {
        name: "a device",
        make: |_| "/dev/null".into(),
        expect: Fails("`/dev/null`: a device cannot be mounted"),
    },
    #[cfg(target_os = "linux")]
    Case {
        name: "a file of unknown size",
        make: |_| "/proc/cpuinfo".into(),
        expect: Fails("`/proc/cpuinfo`: a file that does not tell its size cannot be mounted"),
    },
    #[cfg(target_os = "linux")]
    Case {
        name: "a file that fails to be read",
        make: |_| "/proc/self/mem".into(),
        expect: Fails("cannot read `/proc/self/mem`: Input/output error"),
    },
    Case {
        name: "a file that may not be read",
        make: |folder| {
            put(folder, "locked", CONTENTS);
            fs::set_permissions(folder.join("locked"), Permissions::from_mode(0o0)).unwrap();
            folder.to_path_buf()
        },
        expect: AsRead,
    },
    // Only some file systems take names of any bytes.
    #[cfg(target_os = "linux")]
    Case {
        name: "names that are not UTF-8",
        make: |folder| {
            put(folder, OsStr::from_bytes(b"file\xff"), CONTENTS);
            put(
                folder,
                Path::new(OsStr::from_bytes(b"dir\xff")).join("in"),
                "",
            );
            folder.to_path_buf()
        },
        expect: Fails("dir\u{fffd}`: the name is not UTF-8"),
    },
    Case {
        name: "names that a message has to escape",
        make: |folder| {
            fifo(&folder.join("a\x1b'\\b"));
            folder.to_path_buf()
        },
        expect: Fails("a FIFO cannot be mounted"),
    },
    Case {
        name: "a missing source that a message has to escape",
        make: |folder| folder.join("a\x1b'\\b"),
        expect: Fails("a\\u{1b}'\\b`: no such file or directory"),
    },
];

fn builder(source: &Path) -> WasiVirt {
    let mut virt = WasiVirt::new();
    virt.deny_all().fs().virtual_preopen("/site", source);
    virt.compose(GUEST);
    virt
}

/// The builder's error in the terms of the command line.
fn said(error: &Error) -> String {
    virt_component::failure(error, GUEST, &[]).stderr
}

fn command(source: &Path, output: &str) -> Command {
    let mut mount = std::ffi::OsString::from("/site=");
    mount.push(source);
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasi-virt"));
    command
        .args([GUEST, "-q", "-o", output, "--mount"])
        .arg(mount);
    command
}

fn on_command_line(source: &Path) -> Result<Vec<u8>, String> {
    let run = command(source, "-").output().unwrap();
    match run.status.success() {
        true => Ok(run.stdout),
        false => Err(String::from_utf8(run.stderr).unwrap()),
    }
}

fn count(artifact: &[u8], contents: &str) -> usize {
    let contents = contents.as_bytes();
    artifact
        .windows(contents.len())
        .filter(|part| *part == contents)
        .count()
}

#[test]
fn builder_and_command_line_answer_alike() {
    for case in CASES {
        let folder = tempfile::tempdir().unwrap();
        let source = (case.make)(folder.path());
        let built = builder(&source).finish().map_err(|error| said(&error));
        let name = case.name;
        let run = on_command_line(&source);
        assert!(
            built == run,
            "{name}: the builder: {:?}, the command line: {:?}",
            built.err(),
            run.err()
        );
        match (&case.expect, built) {
            (Stored(times), Ok(artifact)) => {
                assert_eq!(count(&artifact, CONTENTS), *times, "{name}");
            }
            (Fails(words), Err(error)) => assert!(error.contains(words), "{name}: {error}"),
            (AsRead, built) => match fs::read(folder.path().join("locked")) {
                Ok(_) => assert_eq!(count(&built.unwrap(), CONTENTS), 1, "{name}"),
                Err(_) => {
                    let error = built.unwrap_err();
                    assert!(
                        error.contains("locked`: permission denied"),
                        "{name}: {error}"
                    );
                }
            },
            (_, built) => panic!("{name}: {:?}", built.map(|artifact| artifact.len())),
        }
    }
}

/// `early` is larger than any pipe and buffer: nothing reads `late` before the test reads the output.
fn early_and_late(folder: &Path) -> PathBuf {
    put(folder, "early", &"x".repeat(4 << 20));
    put(folder, "late", CONTENTS);
    folder.join("late")
}

#[test]
fn a_file_that_changes_after_it_was_listed_is_refused_by_both() {
    /// Changes the file as soon as the first bytes arrive.
    struct Changes(PathBuf);
    impl Write for Changes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            fs::write(&self.0, "longer ".repeat(100))?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let late = early_and_late(folder.path());
    let built = builder(folder.path()).finish_to(Changes(late.clone()));
    let built = said(&built.unwrap_err());

    let late = early_and_late(folder.path());
    let mut child = command(folder.path(), "-")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut [0; 8]).unwrap();
    File::options()
        .append(true)
        .open(&late)
        .and_then(|mut file| file.write_all(b"more"))
        .unwrap();
    io::copy(&mut output, &mut io::sink()).unwrap();
    let run = child.wait_with_output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(String::from_utf8(run.stderr).unwrap(), built);
    assert!(
        built.contains("late` changed while it was being read"),
        "{built}"
    );
}
