//! The terms of the command line for what the engine reports: the flags that spell a policy key, or
//! the policy file that gives it. This module must never decide what is a problem.

use crate::job::Configured;
use wasi_virt::keys::{Flag, Kind, Takes};
use wasi_virt::{KEYS, Problem, Setting, SettingValue};

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

/// The flag that spells a setting. Where a key has several, the value chooses.
fn flag(setting: &Setting) -> String {
    let Some(key) = KEYS.iter().find(|key| key.name == setting.key) else {
        return setting.to_string();
    };
    let word = match &setting.value {
        Some(SettingValue::Word(word)) => Some(&**word),
        _ => None,
    };
    let opens = word.is_some() && word == key.kind.open();
    let is_opening = |flag: &&Flag| matches!(flag.takes, Takes::OnOff | Takes::Names | Takes::Word);
    let mut flags = key.flags.iter();
    let chosen = flags.find(|flag| is_opening(flag) == opens);
    let Some(flag) = chosen.or(key.flags.first()) else {
        return setting.to_string();
    };
    let name = flag.name;
    match (&setting.value, word) {
        (Some(SettingValue::Item(item)), _) => with(&format!("--{name}"), item),
        (_, Some(mode)) if key.kind == Kind::Mounts => format!("`--{name} …:{mode}`"),
        (_, Some(word)) if matches!(flag.takes, Takes::Word | Takes::One) => {
            format!("`--{name}={word}`")
        }
        _ => format!("`--{name}`"),
    }
}

#[cfg(test)]
#[path = "wording_tests.rs"]
mod tests;
