//! The flags about names: fixed values, and which host names stay visible. It must never know the
//! meaning of a name.

use super::args::Given;
use super::values;
use crate::escape::quote;
use crate::policy_file::{PolicyFile, json};
use serde_json::{Map, Value, json};
use wasi_virt::keys::Key;

/// The values of the file, with those of a flag in their places or after them.
pub(super) fn fixed(
    flag: &str,
    texts: &[&str],
    old: Option<&Value>,
) -> Result<Map<String, Value>, Vec<String>> {
    let (mut given, mut problems) = (Map::new(), Vec::new());
    for text in texts {
        match values::variable(flag, text) {
            Ok((name, value)) => {
                if given.insert(name.clone(), value.into()).is_some() {
                    problems.push(format!("{flag}: {} is set twice", quote(&name)));
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    let mut all = old.and_then(Value::as_object).cloned().unwrap_or_default();
    all.extend(given);
    match problems.is_empty() {
        true => Ok(all),
        false => Err(problems),
    }
}

/// Which of the host's names stay visible: the first flag of the key allows, the second, if there
/// is one, allows all but some.
pub(super) fn host(
    given: Given<'_>,
    key: &Key,
    file: &PolicyFile,
    problems: &mut Vec<String>,
) -> Option<Value> {
    let allow = format!("--{}", key.flags[0].name);
    let (switch, only) = switch_or_names(&allow, &given.all(key.flags[0].name), problems);
    let all = switch.or(given.on_off("allow-all"));
    let denied = key
        .flags
        .get(1)
        .map(|flag| (format!("--{}", flag.name), given.all(flag.name)));
    if let Some((deny, texts)) = denied.filter(|(_, texts)| !texts.is_empty()) {
        let mut except = Vec::new();
        for text in texts {
            match values::names(&deny, text) {
                Ok(names) => except.extend(names),
                Err(problem) => problems.push(problem),
            }
        }
        if only.is_some() {
            problems.push(format!("{deny} means every name but those given, and {allow}=A,B only those given; give one of them"));
        } else if switch == Some(false) {
            problems.push(format!("{deny} leaves the host's other names visible, and {allow}=false none; give one of them"));
        }
        let old = json::object(&file.policy).remove(key.name);
        if let (Some(old), None) = (&old, all) {
            if let Some(names) = old.get("except").and_then(Value::as_array) {
                let names = names.iter().filter_map(Value::as_str).map(String::from);
                except = names.chain(except).collect();
            } else if old.as_str() != Some("all") && file.keys.contains(key.name) {
                problems.push(format!(
                    "{deny} leaves the host's other names visible, and `{}` in {} does not; add {allow}, or change the file",
                    key.name,
                    quote(&file.name)
                ));
            }
        }
        return Some(json!({ "except": except }));
    }
    match (only, all) {
        (Some(only), _) => Some(json!({ "only": only })),
        (None, Some(true)) => Some("all".into()),
        (None, Some(false)) => Some("none".into()),
        (None, None) => None,
    }
}

/// What a flag says that is on, off, or a list of names: the switch, and the names if there is a
/// list.
fn switch_or_names(
    flag: &str,
    given: &[&str],
    problems: &mut Vec<String>,
) -> (Option<bool>, Option<Vec<String>>) {
    let mut switch = None;
    let mut only: Option<Vec<String>> = None;
    for text in given {
        match *text {
            "true" | "false" => {
                let on = *text == "true";
                if switch.is_some_and(|earlier| earlier != on) {
                    problems.push(format!("{flag} and {flag}=false contradict each other"));
                }
                switch = Some(on);
            }
            list => {
                let names = values::names(flag, list).map_err(|problem| problems.push(problem));
                only.get_or_insert_default()
                    .extend(names.unwrap_or_default());
            }
        }
    }
    if only.is_some()
        && let Some(on) = switch
    {
        let bare = if on { "" } else { "=false" };
        problems.push(format!(
            "{flag}{bare} and an {flag} list contradict each other; give one of them"
        ));
    }
    (switch, only)
}
