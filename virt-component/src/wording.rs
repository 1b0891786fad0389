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
    if let Some(SettingValue::Entry { list, item }) = &setting.value {
        let flag = of_list(setting, list)?;
        let is_given = flags
            .iter()
            .any(|given| given.strip_prefix("--") == Some(flag.name));
        return match files.first() {
            _ if is_given => Some(with(flag, item)),
            Some(file) => Some(format!("`{}`, {file},", item.escape_debug())),
            None => None,
        };
    }
    match (&flags[..], &setting.value) {
        ([only], Some(SettingValue::Item(item))) => {
            Some(format!("`{only} {}`", item.escape_debug()))
        }
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

/// The flag that adds to a list of the setting's key.
fn of_list(setting: &Setting, list: &str) -> Option<&'static Flag> {
    let key = KEYS.iter().find(|key| key.name == setting.key)?;
    key.flags.iter().find(|flag| flag.list == list)
}

fn with(flag: &Flag, item: &str) -> String {
    let between = if flag.takes == Takes::Rules { "=" } else { " " };
    format!("`--{}{between}{}`", flag.name, item.escape_debug())
}

/// The flag that spells a setting. Where a key has several, the value chooses.
fn flag(setting: &Setting) -> String {
    let Some(key) = KEYS.iter().find(|key| key.name == setting.key) else {
        return setting.to_string();
    };
    if let Some(SettingValue::Entry { list, item }) = &setting.value
        && let Some(flag) = of_list(setting, list)
    {
        return with(flag, item);
    }
    let word = match &setting.value {
        Some(SettingValue::Word(word)) => Some(&**word),
        _ => None,
    };
    let opens = word.is_some() && word == key.kind.open();
    let is_opening = |flag: &&Flag| {
        matches!(
            flag.takes,
            Takes::OnOff | Takes::Names | Takes::Rules | Takes::Word
        )
    };
    let mut flags = key.flags.iter();
    // Of flags for lists, the first allows.
    let chosen = flags.find(|flag| !flag.list.is_empty() || is_opening(flag) == opens);
    let Some(flag) = chosen.or(key.flags.first()) else {
        return setting.to_string();
    };
    let name = flag.name;
    match (&setting.value, word) {
        (Some(SettingValue::Item(item)), _) => with(flag, item),
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
