//! The one place that decides what of a policy has no effect. What the policy asks for and cannot
//! get is a problem; what it allows and nothing needs is a warning. This module must never decide
//! what the policy means for an import.

use super::files::Files;
use super::notice::Notice;
#[cfg(feature = "std-fs")]
use crate::error::Result;
use crate::error::{Problem, ProblemKind, Setting};
use crate::mounts::{Entry, Unmatched};
use crate::policy::{Clocks, DebugLog, FileMode, Policy, Random, Symlinks, wildcard};
use crate::read::externs::ImportKind;
use crate::read::inspect::Component;
use crate::wasi::release::is_newer_release;
use crate::wasi::subsystem::{Stream, Subsystem, classify};
use semver::Version;

/// Rules about mounted files and limits that have no files to apply to, and patterns that match
/// nothing.
pub(crate) fn of_files(
    policy: &Policy,
    entries: &[Entry],
    unmatched: &Unmatched,
    problems: &mut Vec<Problem>,
) {
    let mounts = Setting::key("mounts");
    let of_files = [
        ("include", !policy.include.is_empty()),
        ("exclude", !policy.exclude.is_empty()),
        ("ignore", !policy.ignore.is_empty()),
        ("symlinks", policy.symlinks != Symlinks::Keep),
    ];
    let is_mounted = !policy.mounts.is_empty() || !entries.is_empty();
    for (key, is_given) in of_files {
        if is_given && !is_mounted {
            problems.push(
                no_effect(Setting::key(key))
                    .then(" without ")
                    .remedy(mounts.clone())
                    .then("; add one, or remove the rule"),
            );
        }
    }
    for pattern in unmatched.includes.iter().filter(|_| is_mounted) {
        problems.push(
            no_effect(Setting::item("include", pattern))
                .then(": no file that is mounted from a directory and not excluded matches it"),
        );
    }
    for pattern in unmatched.excludes.iter().filter(|_| is_mounted) {
        problems.push(no_effect(Setting::item("exclude", pattern)).then(
            ": nothing in a mounted directory matches it; patterns are relative to the mount's \
                 source, and what another pattern leaves out is not searched",
        ));
    }
    if policy.mtime != Policy::DEFAULT_MTIME && entries.is_empty() && policy.tmpfs.is_empty() {
        problems.push(
            no_effect(Setting::key("mtime"))
                .then(" without ")
                .remedy(mounts.clone())
                .then(" or ")
                .remedy(Setting::key("tmpfs"))
                .then("; add one, or remove the timestamp"),
        );
    }
    limits(policy, problems);
}

/// Limits of what may be written, where nothing may be.
fn limits(policy: &Policy, problems: &mut Vec<Problem>) {
    for mount in &policy.mounts {
        if mount.mode == FileMode::Ro && (mount.size.is_some() || mount.inodes.is_some()) {
            problems.push(
                Problem::text(
                    ProblemKind::NoEffect,
                    format!(
                        "the limits of the mount at `{}` have no effect, because it is read-only; use ",
                        mount.guest.escape_debug()
                    ),
                )
                .remedy(Setting::word("mounts", "rw"))
                .then(", or remove the limits"),
            );
        }
    }
    let writable = policy.mounts.iter().any(|mount| mount.mode == FileMode::Rw);
    let together = [
        ("write-size", policy.write_size.is_some()),
        ("write-inodes", policy.write_inodes.is_some()),
    ];
    for (key, is_given) in together {
        if is_given && !writable && policy.tmpfs.is_empty() {
            problems.push(
                no_effect(Setting::key(key))
                    .then(" without ")
                    .remedy(Setting::word("mounts", "rw"))
                    .then(" or ")
                    .remedy(Setting::key("tmpfs"))
                    .then("; add one, or remove the limit"),
            );
        }
    }
}

/// What an adapter without a component cannot do. One for WASI 0.3 forwards nothing, so that calls
/// for which there are rules never come to it.
pub(crate) fn of_adapter_alone(policy: &Policy, version: &Version, problems: &mut Vec<Problem>) {
    let ruled = [
        (policy.sockets.rules().is_some(), "sockets"),
        (policy.http.rules().is_some(), "http"),
    ];
    for (_, key) in ruled.into_iter().filter(|(has_rules, _)| *has_rules) {
        if is_newer_release(version) {
            problems.push(Problem::new(ProblemKind::Unsupported).asked(Setting::key(key)).then(
                " has rules, which an adapter alone for WASI 0.3 cannot check: a program reaches \
                 the host past it; virtualize the program itself, or deny all of it",
            ));
        }
    }
    if policy.deny_other {
        problems.push(
            no_effect(Setting::word("deny-other", "true"))
                .then(" without a component: an adapter alone covers only WASI; remove it"),
        );
    }
}

/// Every part of the policy that this component cannot notice.
pub(crate) fn of_component(
    component: &Component,
    policy: &Policy,
    files: Files,
    problems: &mut Vec<Problem>,
) {
    let asked = [
        (!policy.env.is_empty(), "env", Notice::Env),
        (!policy.args.is_empty(), "args", Notice::Args),
        (policy.cwd.is_some(), "cwd", Notice::Cwd),
        (
            matches!(policy.clocks, Clocks::Fixed(_) | Clocks::Start(_)),
            "clocks",
            Notice::Clock,
        ),
        (
            matches!(policy.random, Random::Seed(_)),
            "random",
            Notice::Random,
        ),
        (!policy.config.is_empty(), "config", Notice::Config),
        (files.mounted, "mounts", Notice::Files),
        (files.tmpfs, "tmpfs", Notice::Files),
        (!policy.preopens.is_empty(), "preopens", Notice::Files),
    ];
    for (is_asked, key, notice) in asked {
        if is_asked && !is_noticed(notice, component, files.writable) {
            problems.push(
                no_effect(Setting::key(key))
                    .then(format!(": the component {}; remove it", notice.missing())),
            );
        }
    }
    for glob in &policy.allow_import {
        problems.extend(of_pattern(component, policy, glob));
    }
}

/// Which of a policy's values and files the component `bytes` can notice.
///
/// # Errors
///
/// The component cannot be read.
#[cfg(feature = "std-fs")]
pub(crate) fn noticed(bytes: &[u8], writable: bool) -> Result<impl Fn(Notice) -> bool> {
    let component = Component::read(bytes)?;
    Ok(move |notice| is_noticed(notice, &component, writable))
}

/// Whether the component can notice what is fixed or mounted. Where files may be changed, their
/// timestamps show the clock.
fn is_noticed(notice: Notice, component: &Component, writable: bool) -> bool {
    let shows_in_files = notice == Notice::Clock && writable && Notice::has_clock(component);
    shows_in_files || notice.reaches(component)
}

/// Why a pattern of `allow-import` opens nothing that was closed.
fn of_pattern(component: &Component, policy: &Policy, glob: &str) -> Option<Problem> {
    let matches = |subsystem| {
        component.imports.iter().any(|import| {
            // Types that give nothing pass by themselves.
            import.kind != ImportKind::Type
                && wildcard::matches(glob, &import.name)
                && classify(&import.name).is_ok_and(|found| found == subsystem)
        })
    };
    let other = matches(Subsystem::Other);
    if matches(Subsystem::Wasi) || (other && policy.deny_other) {
        return None;
    }
    let problem = no_effect(Setting::item("allow-import", glob));
    Some(match other {
        true => problem
            .then(" without ")
            .remedy(Setting::word("deny-other", "true"))
            .then(": the imports that it matches are not WASI, so they are open already"),
        false => problem.then(
            ": it matches no import outside WASI, and no import of WASI that lacks a key of its \
             own; `wasi-virt inspect` lists the imports",
        ),
    })
}

/// What has no effect on the artifact that was planned.
pub(crate) fn of_plan(
    policy: &Policy,
    is_logged: bool,
    has_adapter: bool,
    problems: &mut Vec<Problem>,
) {
    if policy.debug != DebugLog::Off && !is_logged {
        let (word, why) = match policy.debug {
            DebugLog::Denied => ("denied", "nothing that the policy denies"),
            _ => ("all", "none of its imports"),
        };
        problems.push(
            no_effect(Setting::word("debug", word))
                .then(format!(": the component calls {why}; remove it")),
        );
    }
    if policy.adapter_memory.is_some() && !has_adapter {
        problems.push(
            no_effect(Setting::key("adapter-memory")).then(
                ": this policy virtualizes nothing, so the artifact has no adapter; remove it",
            ),
        );
    }
}

/// What the policy allows and nothing needs. Without a component, `component` imports all of WASI
/// that is known, and the adapter exports the interfaces `exported`.
pub(crate) fn warnings(
    component: &Component,
    policy: &Policy,
    exported: Option<&[&str]>,
) -> Vec<Problem> {
    let imports = component.imports.iter();
    let imported: Vec<&str> = imports.map(|import| import.name.as_str()).collect();
    let without = match exported {
        Some(_) => "the adapter does not cover",
        None => "the component does not import",
    };
    let (given, default) = (values(policy), values(&Policy::default()));
    let opening = Policy::KEYS.iter().filter(|key| key.kind.open().is_some());
    let idle = opening
        .filter_map(|key| Some((key.name, key.subsystem?)))
        .filter(|(key, _)| given.get(key) != default.get(key))
        .filter_map(|(key, subsystem)| {
            if let Some(what) = lacking(&imported, key, subsystem) {
                return Some(no_effect(Setting::key(key)).then(format!(": {without} {what}")));
            }
            let what = lacking(exported?, key, subsystem)?;
            let asked = Problem::new(ProblemKind::NoEffect).asked(Setting::key(key));
            Some(asked.then(format!(
                " adds nothing to the adapter, which forwards nothing of WASI 0.3: a program \
                 imports {what} from the host itself"
            )))
        });
    let mut warnings: Vec<Problem> = idle.collect();
    let is_idle = |problem: &Problem| {
        let mut keys = warnings.iter().flat_map(Problem::keys);
        keys.any(|key| problem.keys().any(|about| about == key))
    };
    let mut wide = policy.wide_rules();
    wide.retain(|problem| !is_idle(problem));
    warnings.append(&mut wide);
    warnings
}

/// What these interfaces lack of what a key opens.
fn lacking(interfaces: &[&str], key: &'static str, subsystem: Subsystem) -> Option<&'static str> {
    let mut names = interfaces.iter();
    let of_key = |name: &&str| Stream::of(name).is_some_and(|stream| stream.name() == key);
    match subsystem {
        _ if !names.any(|name| Subsystem::of(name) == subsystem) => Some(subsystem.name()),
        // Each has a key of its own.
        Subsystem::Stdio if !interfaces.iter().any(of_key) => Some(key),
        _ => None,
    }
}

/// The values of a policy by key.
fn values(policy: &Policy) -> serde_json::Value {
    serde_json::to_value(policy).expect("a policy is a table with texts for keys")
}

fn no_effect(setting: Setting) -> Problem {
    Problem::new(ProblemKind::NoEffect)
        .asked(setting)
        .then(" has no effect")
}

#[cfg(test)]
mod tests;
