//! What the flags mean together: one [`Policy`], and every contradiction at once. The specific flag
//! wins over the general one, in any order; it must never guess between two that contradict each
//! other. Keys of a plain kind need nothing here.

use super::args::Given;
use super::{files, mounts, names, rules, simulated, values};
use crate::job::{Configured, Invocation};
use crate::policy_file::{self, PolicyFile, json};
use serde::Serialize;
use serde_json::{Map, Value};
use wasi_virt::Policy;
use wasi_virt::keys::{Key, Kind};

/// The flags of a virtualization, checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub policy: Policy,
    pub configured: Vec<Configured>,
}

/// Checks the flags against each other and puts them over the policy `file`, which is empty where
/// there is none; variables of the environment stand in for some flags.
///
/// # Errors
///
/// One message for each problem found.
pub(crate) fn resolve(
    given: Given<'_>,
    file: &PolicyFile,
    invocation: &Invocation,
) -> Result<Resolved, Vec<String>> {
    let base = json::object(&file.policy);
    let mut problems = Vec::new();
    let mut values = over(given, Policy::KEYS, &base, file, &mut problems);
    arguments(given, &mut values, &mut problems);
    let mut policy = policy_file::policy(values);
    files::apply(given, invocation, &mut policy, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let of_file = file.keys.iter().map(|key| Configured {
        flag: format!("`{key}` in {}", crate::escape::escape(&file.name)),
        key: key.clone(),
    });
    let of_flags = given.configured(Policy::KEYS).into_iter();
    let of_flags = of_flags.map(|(flag, key)| Configured {
        flag: format!("--{flag}"),
        key: key.into(),
    });
    Ok(Resolved {
        policy,
        configured: of_file.chain(of_flags).collect(),
    })
}

/// The values of `base`, with those that flags give in their places.
pub(crate) fn over(
    given: Given<'_>,
    keys: &[Key],
    base: &Map<String, Value>,
    file: &PolicyFile,
    problems: &mut Vec<String>,
) -> Map<String, Value> {
    let mut values = base.clone();
    for key in keys.iter().filter(|key| !key.flags.is_empty()) {
        let old = base.get(key.name);
        match value(given, key, old, file, problems) {
            Ok(Some(value)) => drop(values.insert(key.name.into(), value)),
            Ok(None) => {}
            Err(found) => {
                // A flag for several keys is wrong once.
                for problem in found {
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
            }
        }
    }
    values
}

type Found = Result<Option<Value>, Vec<String>>;

/// What flags say of a key, over its value in the file.
fn value(
    given: Given<'_>,
    key: &Key,
    old: Option<&Value>,
    file: &PolicyFile,
    problems: &mut Vec<String>,
) -> Found {
    let flag = key.flags.first().map_or("", |flag| flag.name);
    let dashed = format!("--{flag}");
    let all = given.on_off("allow-all");
    let access = |on: bool| {
        Value::from(if on {
            key.kind.open()
        } else {
            key.kind.closed()
        })
    };
    Ok(match key.kind {
        Kind::Switch => given.has(flag).then(|| true.into()),
        Kind::Word(_) => given.one(flag).map(Value::from),
        Kind::Size => one(given, flag, |text| values::size(&dashed, text))?,
        Kind::Count => one(given, flag, |text| values::number(&dashed, text))?,
        Kind::Text => one(given, flag, |text| values::non_empty(&dashed, text))?,
        Kind::Seconds => one(given, flag, |text| files::moment(&dashed, text))?,
        Kind::Texts => {
            let texts = each(given, flag, |text| {
                values::no_nul(&dashed, text).map(|()| text.to_string())
            })?;
            (!texts.is_empty()).then(|| texts.into())
        }
        Kind::Patterns => added(given, flag, old, |text| files::pattern(&dashed, text))?,
        Kind::Globs => added(given, flag, old, |text| values::non_empty(&dashed, text))?,
        Kind::Mounts => added(given, flag, old, mounts::mount)?,
        Kind::Tmpfs => added(given, flag, old, mounts::tmpfs)?,
        Kind::Preopens => added(given, flag, old, mounts::preopen)?,
        Kind::Variables => Some(names::fixed(&dashed, &given.all(flag), old)?.into()),
        Kind::Access => given.on_off(flag).or(all).map(access),
        Kind::Stream => match given.one(flag) {
            Some(word) => Some(word.into()),
            None => stdio(given)?.map(Value::from),
        },
        Kind::HostNames => names::host(given, key, file, problems),
        Kind::Sockets | Kind::Http => rules::value(given, key, old, problems),
        Kind::Clocks | Kind::Random => simulated::value(given, key)?,
        _ => unreachable!("a kind without flags"),
    })
}

fn one<T: Serialize>(
    given: Given<'_>,
    flag: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Found {
    let value = given.one(flag).map(read).transpose();
    let value = value.map_err(|problem| vec![problem])?;
    Ok(value.map(|value| json_value(&value)))
}

/// Every value of a flag, or every problem.
fn each<T: Serialize>(
    given: Given<'_>,
    flag: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<Value>, Vec<String>> {
    let (mut values, mut problems) = (Vec::new(), Vec::new());
    for text in given.all(flag) {
        match read(text) {
            Ok(value) => values.push(json_value(&value)),
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(values),
        false => Err(problems),
    }
}

/// The list of the file with that of a flag added.
fn added<T: Serialize>(
    given: Given<'_>,
    flag: &str,
    old: Option<&Value>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Found {
    let new = each(given, flag, read)?;
    let old = old.and_then(Value::as_array).cloned().unwrap_or_default();
    Ok((!new.is_empty()).then(|| [old, new].concat().into()))
}

fn json_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("a value of a policy is JSON")
}

/// The mode of all three standard streams, where nothing is said of one of them.
fn stdio(given: Given<'_>) -> Result<Option<&str>, Vec<String>> {
    let switch = |on| if on { "allow" } else { "deny" };
    let (stdio, allowed) = (given.one("stdio"), given.on_off("allow-stdio").map(switch));
    match (stdio, allowed) {
        (Some(a), Some(b)) if a != b => Err(vec![
            "--stdio and --allow-stdio contradict each other; give one of them".into(),
        ]),
        _ => Ok(stdio.or(allowed).or(given.on_off("allow-all").map(switch))),
    }
}

/// Exact arguments and the host's exclude each other; a bare `--allow-env` allows the host's.
fn arguments(given: Given<'_>, values: &mut Map<String, Value>, problems: &mut Vec<String>) {
    let allowed = given.on_off("allow-args");
    let exact = !given.all("arg").is_empty();
    if exact && allowed == Some(true) {
        problems.push("--arg sets the exact arguments and --allow-args leaves them to the host; give one of them".into());
    }
    if !exact && allowed == Some(true) {
        values.insert("args".into(), Value::Array(Vec::new()));
    }
    let has_args = values
        .get("args")
        .and_then(Value::as_array)
        .is_some_and(|args| !args.is_empty());
    let access = match allowed {
        _ if has_args => "deny",
        None if given.all("allow-env").contains(&"true") => "allow",
        _ => return,
    };
    values.insert("host-args".into(), access.into());
}
