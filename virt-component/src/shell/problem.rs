//! Prints errors of the disk as the engine words them. A path that this component cannot see gets
//! words of its own: the preopened directories show which paths those are.

use crate::escape::quote;
use crate::exit::{failure, invalid};
use crate::job::Exit;
use crate::problem::{Problem, Reason, Task, render_problem};
use std::io;
use std::path::Path;
use wasi_virt::disk::{self, Unreadable};

/// That `path` could not be read.
pub(super) fn read(path: &str, error: &io::Error) -> Exit {
    unreadable(Unreadable::new(Path::new(path), error))
}

/// That something could not be read.
pub(super) fn unreadable(Unreadable { path, reason }: Unreadable) -> Exit {
    let task = Task::Read(path.clone());
    match reason {
        // These are found at visible paths only.
        disk::Reason::Changed => stream(task, reason.into()),
        disk::Reason::AbsoluteLink => {
            let problem = Unreadable { path, reason };
            failure(&problem.into(), "the component", &[])
        }
        reason => said(&path, task, reason.into()),
    }
}

/// That `path` cannot be written, for this reason.
pub(super) fn write(path: &str, reason: Reason) -> Exit {
    said(path, Task::Write(path.into()), reason)
}

/// That a standard stream cannot be read or written.
pub(super) fn stream(task: Task, reason: Reason) -> Exit {
    render_problem(&Problem { task, reason })
}

fn said(path: &str, task: Task, reason: Reason) -> Exit {
    if let Some(parent) = invisible(path) {
        return invalid(&format!(
            "{}: not visible to this component; add `--dir {}`",
            quote(path),
            crate::escape::escape(&parent)
        ));
    }
    if let Some(link) = leads_out(path) {
        return invalid(&format!(
            "{}: the symbolic link {} leads out of what is visible to this component; give the path it leads to, \
             with `--dir` for its folder",
            quote(path),
            quote(&link)
        ));
    }
    render_problem(&Problem { task, reason })
}

/// What an error of the system is.
pub(super) fn reason(error: &io::Error) -> Reason {
    disk::Reason::of(error).into()
}

/// The directory to open to this component, when `path` lies in none that is.
#[cfg(target_family = "wasm")]
fn invisible(path: &str) -> Option<String> {
    visibility::outside(path, &crate::bindings::preopened())
}

/// Natively every path is visible.
#[cfg(not(target_family = "wasm"))]
fn invisible(_path: &str) -> Option<String> {
    None
}

/// The link in `path` that leads out of the directories that are open to this component.
#[cfg(target_family = "wasm")]
fn leads_out(path: &str) -> Option<String> {
    visibility::link_out(path, &crate::bindings::preopened())
}

/// Natively nothing is out of sight.
#[cfg(not(target_family = "wasm"))]
fn leads_out(_path: &str) -> Option<String> {
    None
}

#[cfg(any(target_family = "wasm", test))]
mod visibility {
    use std::fs;

    /// The first symbolic link on `path` whose target lies below none of the `preopened` directories, or
    /// is kept from us.
    pub(super) fn link_out(path: &str, preopened: &[String]) -> Option<String> {
        let ends = path
            .match_indices('/')
            .map(|(at, _)| at)
            .skip_while(|at| *at == 0);
        ends.chain([path.len()])
            .map(|end| &path[..end])
            .find_map(|part| {
                if !fs::symlink_metadata(part).is_ok_and(|metadata| metadata.is_symlink()) {
                    return None;
                }
                let inside = fs::read_link(part).ok().is_some_and(|target| {
                    let target = target.to_string_lossy().into_owned();
                    let from = match part.rsplit_once('/') {
                        _ if target.starts_with('/') => target,
                        Some((parent, _)) => format!("{parent}/{target}"),
                        None => target,
                    };
                    outside(&from, preopened).is_none()
                });
                (!inside).then(|| part.to_string())
            })
    }

    /// The parent of `path`, when `path` lies below none of the `preopened` directories.
    pub(super) fn outside(path: &str, preopened: &[String]) -> Option<String> {
        let (absolute, parts) = normal(path);
        let inside = preopened.iter().any(|root| {
            let (root_absolute, root) = normal(root);
            // Inside `..` of a visible directory nothing is visible.
            absolute == root_absolute
                && parts.starts_with(&root)
                && !parts[root.len()..].contains(&"..")
        });
        if inside {
            return None;
        }
        let parent = path
            .trim_end_matches('/')
            .rsplit_once('/')
            .map(|(parent, _)| parent);
        Some(match parent {
            None if parts == [".."] => "..".into(),
            None => ".".into(),
            Some("") => "/".into(),
            Some(parent) => parent.into(),
        })
    }

    /// Whether the path is absolute, and its parts without `.` and inner `..`.
    fn normal(path: &str) -> (bool, Vec<&str>) {
        let absolute = path.starts_with('/');
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                ".." if absolute => {}
                part => parts.push(part),
            }
        }
        (absolute, parts)
    }

    #[cfg(all(test, unix))]
    mod tests {
        #[test]
        fn a_link_that_leads_out_is_named() {
            use std::os::unix::fs::symlink;
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().to_str().unwrap();
            std::fs::create_dir(dir.path().join("in")).unwrap();
            for (target, name) in [("in", "stays"), ("../x", "up"), ("/etc", "away")] {
                symlink(target, dir.path().join(name)).unwrap();
            }
            let out = |path: &str| {
                let link = super::link_out(&format!("{root}/{path}"), &[root.into()])?;
                Some(link.strip_prefix(root)?.to_string())
            };
            for (path, link) in [
                ("in/x", None),
                ("stays/x", None),
                ("missing", None),
                ("up", Some("/up")),
                ("stays/../up/y", Some("/stays/../up")),
                ("away/passwd", Some("/away")),
            ] {
                assert_eq!(out(path).as_deref(), link, "{path}");
            }
        }

        #[test]
        fn a_path_is_visible_below_a_preopened_directory() {
            for (path, preopened, parent) in [
                ("app.wasm", &["."][..], None),
                ("./a/../app.wasm", &["."], None),
                ("/tmp/x/app.wasm", &["/tmp"], None),
                ("/tmp/x", &["/"], None),
                ("../x", &[".", ".."], None),
                ("app.wasm", &[], Some(".")),
                ("../app.wasm", &["."], Some("..")),
                ("a/../../x/app.wasm", &["."], Some("a/../../x")),
                ("..", &["."], Some("..")),
                ("/tmp/x/app.wasm", &["."], Some("/tmp/x")),
                ("/tmpx/app.wasm", &["/tmp"], Some("/tmpx")),
                ("/app.wasm", &["/tmp"], Some("/")),
                ("/tmp/dir/", &["/var"], Some("/tmp")),
                ("app.wasm", &["/tmp"], Some(".")),
            ] {
                let preopened: Vec<String> = preopened.iter().map(|p| (*p).into()).collect();
                assert_eq!(
                    super::outside(path, &preopened).as_deref(),
                    parent,
                    "{path} in {preopened:?}"
                );
            }
        }
    }
}
