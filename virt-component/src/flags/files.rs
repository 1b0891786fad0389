//! The flags that say which files of a mount are embedded and how: patterns, links, the timestamp.
//! It must never read a file: the shell does.

use super::args::Given;
use super::{ignore_file, values};
use crate::escape::quote;
use crate::job::Invocation;
use wasi_virt::{Filter, Policy, Time};

/// The variable that stands in for `--mtime`, as
/// <https://reproducible-builds.org/specs/source-date-epoch/> has it.
const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Adds what the files of patterns and the environment say, and a line for each problem.
pub(super) fn apply(
    given: Given<'_>,
    invocation: &Invocation,
    policy: &mut Policy,
    problems: &mut Vec<String>,
) {
    for file in given.all("ignore-file") {
        problems.extend(values::non_empty("--ignore-file", file).err());
        if let Some(file) = invocation.file(file) {
            ignore_file::append(file, &mut policy.ignore, problems);
        }
    }
    let dated = !policy.mounts.is_empty() || !policy.tmpfs.is_empty();
    // The environment may be about other builds: without mounts it is not about this one.
    if dated && given.one("mtime").is_none() {
        match epoch(policy.mtime, &invocation.env) {
            Ok(mtime) => policy.mtime = mtime,
            Err(problem) => problems.push(problem),
        }
    }
}

/// Reads a pattern of `.gitignore`.
pub(super) fn pattern(flag: &str, text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err(format!("{flag}: the pattern is empty"));
    }
    values::no_nul(flag, text)?;
    if text.starts_with('#') {
        return Err(format!(
            "{flag} {}: a comment in `.gitignore`; write `\\#` for a name that starts so",
            quote(text)
        ));
    }
    Filter::check(text).map_err(|why| {
        format!(
            "{flag} {} is not a pattern: {}; write it as in `.gitignore`",
            quote(text),
            crate::escape::escape(&why)
        )
    })?;
    Ok(text.to_string())
}

/// The timestamp of the file, or else the environment's, or else the default.
fn epoch(file: u64, env: &[(String, String)]) -> Result<u64, String> {
    if file != Policy::DEFAULT_MTIME {
        return Ok(file);
    }
    let variable = env.iter().find(|(name, _)| name == SOURCE_DATE_EPOCH);
    variable.map_or(Ok(file), |(name, text)| {
        digits(text).ok_or_else(|| {
            format!(
                "the environment variable {name} is {}, not a number of seconds since 1970; correct it, unset it, or give --mtime",
                quote(text)
            )
        })
    })
}

/// Seconds since 1970, as a number or a date of RFC 3339 in UTC.
pub(super) fn moment(flag: &str, text: &str) -> Result<u64, String> {
    let time: Result<Time, String> = text.parse();
    match time {
        Ok(time) if time.nanoseconds == 0 => Ok(time.seconds),
        Ok(_) => Err("parts of a second are not kept; give whole seconds".into()),
        Err(why) => Err(why),
    }
    .map_err(|why| format!("{flag} {}: {why}", quote(text)))
}

fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|seconds| is_number && *seconds <= Time::LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: u64 = Policy::DEFAULT_MTIME;

    #[test]
    fn times_are_seconds_or_dates() {
        for (text, seconds) in [
            ("0", 0),
            ("1704067200", 1_704_067_200),
            ("2024-01-01T00:00:00Z", 1_704_067_200),
            ("1970-01-01T00:00:01.000Z", 1),
            ("9999-12-31T23:59:59Z", Time::LAST),
            ("2024-01-01", 1_704_067_200),
            ("253402300799", Time::LAST),
        ] {
            assert_eq!(moment("--mtime", text), Ok(seconds), "{text}");
        }
        for text in [
            "",
            "-1",
            "+1",
            " 1",
            "1.5",
            "253402300800",
            "99999999999999999999",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00+01:00",
            "2024-13-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "yesterday",
        ] {
            let problem = moment("--mtime", text).unwrap_err();
            assert!(problem.contains("give seconds since 1970"), "{problem}");
        }
        assert!(
            moment("--mtime", "2024-01-01T00:00:00.5Z")
                .unwrap_err()
                .contains("whole seconds")
        );
    }

    #[test]
    fn the_environment_stands_in_for_the_flag() {
        let env = |value: &str| [(SOURCE_DATE_EPOCH.to_string(), value.to_string())];
        assert_eq!(epoch(DEFAULT, &[]), Ok(DEFAULT));
        assert_eq!(epoch(DEFAULT, &env("7")), Ok(7));
        assert_eq!(epoch(0, &env("7")), Ok(0), "1970 was asked for");
        assert_eq!(epoch(9, &env("7")), Ok(9), "the policy file wins");
        for bad in ["", "2024-01-01T00:00:00Z", "1\n"] {
            let problem = epoch(DEFAULT, &env(bad)).unwrap_err();
            assert!(
                problem.starts_with("the environment variable SOURCE_DATE_EPOCH is `"),
                "{problem}"
            );
        }
    }

    #[test]
    fn patterns_are_checked_one_by_one() {
        for (text, why) in [
            ("", "is empty"),
            ("  ", "is empty"),
            ("#x", "a comment"),
            ("[a", "unclosed character class"),
            ("a\0", "NUL"),
        ] {
            let problem = pattern("--exclude", text).unwrap_err();
            assert!(
                problem.starts_with("--exclude") && problem.contains(why),
                "{problem}"
            );
        }
        assert_eq!(pattern("--exclude", "!*.rs"), Ok("!*.rs".into()));
    }
}
