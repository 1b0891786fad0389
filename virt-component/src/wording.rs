//! The terms of the command line for what the engine reports: the flags that spell a policy key, or
//! the policy file that gives it. This module must never decide what is a problem.

use crate::job::Configured;
use wasi_virt::{Problem, Setting, SettingValue};

/// A problem in the terms of the command line, on one line. What was configured is named as it was
/// given, and what would mend it by a flag.
pub(crate) fn worded(problem: &Problem, configured: &[Configured]) -> String {
    let spell = |setting: &Setting, mends: bool| match given(setting, configured) {
        Some(given) if !mends => given,
        _ => flag(setting),
    };
    problem.clone().spelled(spell).to_string()
}

/// How the setting was given: by flags, or else in a policy file.
fn given(setting: &Setting, configured: &[Configured]) -> Option<String> {
    let of_key = configured.iter().filter(|given| given.key == setting.key);
    let (mut flags, files): (Vec<&str>, Vec<&str>) = of_key
        .map(|given| given.flag.as_str())
        .partition(|given| given.starts_with("--"));
    flags.dedup();
    match (&flags[..], &setting.value) {
        ([only], Some(SettingValue::Item(item))) => Some(with(only, item)),
        ([_, _, ..], Some(SettingValue::Item(_))) => None,
        ([], Some(SettingValue::Item(item))) => {
            let file = files.first()?;
            Some(format!("`{}`, {file},", item.escape_debug()))
        }
        ([], _) => Some((*files.first()?).to_string()),
        (flags, _) => {
            let flags: Vec<String> = flags.iter().map(|flag| format!("`{flag}`")).collect();
            Some(flags.join(" with "))
        }
    }
}

fn with(flag: &str, item: &str) -> String {
    format!("`{flag} {}`", item.escape_debug())
}

/// The flag that spells a setting, which the value chooses where a key has several.
fn flag(setting: &Setting) -> String {
    let word = match &setting.value {
        Some(SettingValue::Word(word)) => word,
        _ => "",
    };
    let flag = match (&*setting.key, word) {
        ("env", _) => "--env",
        ("host-env", _) => "--allow-env",
        ("args", _) => "--arg",
        ("host-args", _) => "--allow-args",
        ("cwd", _) => "--cwd",
        ("stdin", "allow") => "--stdin=allow",
        ("stdout", "allow") => "--stdout=allow",
        ("stderr", "allow") => "--stderr=allow",
        ("fs", _) => "--allow-fs",
        ("mounts", "rw") => "--mount …:rw",
        ("mounts", _) => "--mount",
        ("preopens", _) => "--preopen",
        ("symlinks", "skip") => "--symlinks=skip",
        ("clocks", "allow") => "--allow-clocks",
        ("clocks", _) => "--clock",
        ("random", "allow") => "--allow-random",
        ("exit", _) => "--allow-exit",
        ("sockets", _) => "--allow-sockets",
        ("http", _) => "--allow-http",
        ("host-config", _) => "--allow-config",
        (key, _) => return with_value(&format!("--{key}"), setting),
    };
    with_value(flag, setting)
}

fn with_value(flag: &str, setting: &Setting) -> String {
    match &setting.value {
        Some(SettingValue::Item(item)) => with(flag, item),
        _ => format!("`{flag}`"),
    }
}
