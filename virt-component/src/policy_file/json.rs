//! The policy as a JSON object with the keys of a policy file, for callers that have no text to
//! point into. It is read as TOML with a key on each line, so that both have the same rules and
//! messages.

pub(crate) use super::values::object;
use super::{PolicyProblem, print, unique};
use crate::escape::quote;
use serde_json::Value;
use std::fmt::Write;
use wasi_virt::Policy;

/// Reads a policy from a JSON object with the keys of a policy file. A key whose value is `null` is
/// as if it were not there. Sources of mounts stay as they are.
///
/// # Errors
///
/// Every problem, each with its key.
pub fn parse_policy_json(json: &str) -> Result<Policy, Vec<PolicyProblem>> {
    let (keys, repeated) = unique::object(json).map_err(|error| {
        let message = format!("the policy is not a JSON object: {error}");
        vec![PolicyProblem { key: None, message }]
    })?;
    let mut text = String::new();
    let mut problems: Vec<PolicyProblem> = repeated
        .into_iter()
        .map(|path| PolicyProblem {
            message: format!("{}: duplicate key", quote(&path.join("."))),
            key: path.into_iter().next(),
        })
        .collect();
    for (key, value) in keys.iter().filter(|(_, value)| !value.is_null()) {
        if holds_null(value) {
            let message = format!("{}: `null` is not a value; leave it out", quote(key));
            let key = Some(key.clone());
            problems.push(PolicyProblem { key, message });
        } else {
            writeln!(text, "{} = {}", print::bare(key), print::inline(value))
                .expect("a String takes any text");
        }
    }
    match super::read(&text, None) {
        Ok(values) if problems.is_empty() => Ok(super::policy(values)),
        Ok(_) => Err(problems),
        Err(found) => Err([problems, found].concat()),
    }
}

/// The policy as a JSON object with the keys of a policy file. What is as by default is left out.
pub fn policy_as_json(policy: &Policy) -> String {
    let default = object(&Policy::default());
    let mut given = object(policy);
    given.retain(|key, value| default.get(key) != Some(value));
    Value::Object(given).to_string()
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(entries) => entries.values().any(holds_null),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::parse_policy_json as parse;
    use wasi_virt::{Clocks, Policy};

    #[test]
    fn an_object_is_read_as_a_file_is() {
        let policy = parse(
            r#"{"env": {"B": "1", "A b": "two\n"}, "mounts": [{"guest": "/", "source": "site"}],
               "host-env": {"only": ["LANG"]}, "clocks": "allow", "cwd": null, "mtime": 7}"#,
        )
        .unwrap();
        assert_eq!(
            policy.env,
            [("B".into(), "1".into()), ("A b".into(), "two\n".into())]
        );
        assert_eq!((policy.clocks, policy.mtime), (Clocks::Allow, 7));
        assert_eq!(policy.mounts[0].source, "site");
        assert_eq!(parse("{}").unwrap(), Policy::default());
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(super::policy_as_json(&Policy::default()), "{}");
        let policy = parse(r#"{"env": {"A": "b"}, "cwd": "/x", "deny-other": true}"#).unwrap();
        let json = super::policy_as_json(&policy);
        assert_eq!(json, r#"{"env":{"A":"b"},"cwd":"/x","deny-other":true}"#);
        assert_eq!(parse(&json).unwrap(), policy);
    }

    #[test]
    fn a_key_that_is_given_twice_is_an_error() {
        let problems = parse(
            r#"{"cwd": "/a", "env": {"A": "1", "B": "2", "A": "1"},
                "mounts": [{"guest": "/", "source": "a", "source": "b"}], "cwd": "/b", "x": 1}"#,
        );
        assert_eq!(
            problems.unwrap_err(),
            [
                "`env.A`: duplicate key",
                "`mounts.source`: duplicate key",
                "`cwd`: duplicate key",
                "unknown key `x`; did you mean `exit`?",
            ]
        );
    }

    #[test]
    fn all_problems_are_reported_with_their_keys() {
        let problems = parse(
            r#"{"clock": "allow", "stdin": "alow", "env": {"A": null}, "mounts": [{"guest": "", "source": "y"}]}"#,
        )
        .unwrap_err();
        assert_eq!(
            problems,
            [
                "`env`: `null` is not a value; leave it out",
                "unknown key `clock`; did you mean `clocks`?",
                "`stdin`: unknown value `alow`, expected one of `deny`, `ignore`, `allow`; did you mean `allow`?",
                "`mounts.guest`: the text is empty",
            ]
        );
        let keys: Vec<_> = problems.iter().filter_map(|it| it.key.as_deref()).collect();
        assert_eq!(keys, ["env", "clock", "stdin", "mounts"]);
        for wrong in ["", "[]", "{", "3"] {
            let [problem] = &parse(wrong).unwrap_err()[..] else {
                panic!("{wrong}")
            };
            let expected = "the policy is not a JSON object";
            assert!(problem.message.starts_with(expected), "{problem:?}");
            assert_eq!(problem.key, None);
        }
    }
}
