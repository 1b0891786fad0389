//! The texts that flags take, one function for each shape. Each answers with one message that names
//! the flag; none knows another flag.

use crate::escape::quote;
use wasi_virt::{Clocks, Random, Size};

/// Splits the `K=V` of `-e` or `-c` at the first `=`.
pub(super) fn variable(flag: &str, text: &str) -> Result<(String, String), String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(format!(
            "{flag} {}: give a value, as in `{}=value`",
            quote(text),
            crate::escape::escape(text)
        ));
    };
    if key.is_empty() {
        return Err(format!("{flag} {}: no name before the `=`", quote(text)));
    }
    no_nul(flag, text)?;
    Ok((key.to_string(), value.to_string()))
}

/// Reads the `fixed=TIME` or `start=TIME` of `--clock`.
pub(super) fn clock(text: &str) -> Result<Clocks, String> {
    let fail = |why: &str| Err(format!("--clock {}: {why}", quote(text)));
    let (kind, time): (fn(_) -> _, _) = match text.split_once('=') {
        Some(("fixed", time)) => (Clocks::Fixed, time),
        Some(("start", time)) => (Clocks::Start, time),
        _ => return fail("give `fixed=TIME` or `start=TIME`"),
    };
    match time.parse() {
        Ok(time) => Ok(kind(time)),
        Err(why) => fail(&why),
    }
}

/// Reads the `seed=N` of `--random`.
pub(super) fn random(text: &str) -> Result<Random, String> {
    let digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix("seed=")
        .filter(digits)
        .and_then(|number| number.parse().ok())
        .filter(|seed| *seed <= Random::LAST_SEED)
        .map(Random::Seed)
        .ok_or_else(|| {
            format!(
                "--random {}: give `seed=N`, N being a number up to {}",
                quote(text),
                Random::LAST_SEED
            )
        })
}

/// Splits the `A,B` of an allow or deny list.
pub(super) fn names(flag: &str, text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for name in text.split(',') {
        let problem = if name.is_empty() {
            "an empty name; write names separated by single commas"
        } else if name.contains('=') {
            match flag {
                "--allow-config" => "a name cannot hold `=`; values are set with `-c K=V`",
                _ => "a name cannot hold `=`; values are set with `-e K=V`",
            }
        } else if name.trim() != name {
            "a name with spaces around it; write names separated by single commas"
        } else {
            no_nul(flag, name)?;
            if !names.iter().any(|n| n == name) {
                names.push(name.to_string());
            }
            continue;
        };
        return Err(format!("{flag}={}: {problem}", crate::escape::escape(text)));
    }
    Ok(names)
}

/// Reads the SIZE of a flag.
pub(super) fn size(flag: &str, text: &str) -> Result<Size, String> {
    text.parse()
        .map_err(|why| format!("{flag} {}: {why}", quote(text)))
}

/// Reads the COUNT of a flag.
pub(super) fn number(flag: &str, text: &str) -> Result<u64, String> {
    count(text).ok_or_else(|| format!("{flag} {}: give a number", quote(text)))
}

/// A number that a policy file can hold.
pub(super) fn count(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| i64::try_from(*number).is_ok())
}

/// A value that must not be empty.
pub(super) fn non_empty(flag: &str, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(format!("{flag}: the value is empty"));
    }
    no_nul(flag, text)?;
    Ok(text.to_string())
}

/// NUL cannot stand in a path, a variable or an argument.
pub(super) fn no_nul(flag: &str, text: &str) -> Result<(), String> {
    if text.contains('\0') {
        return Err(format!(
            "{flag} {}: a NUL character is not possible here",
            quote(text)
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_keep_their_value_whole() {
        let variable = |text| variable("--env", text);
        assert_eq!(variable("A=b=c,d "), Ok(("A".into(), "b=c,d ".into())));
        assert_eq!(variable("A="), Ok(("A".into(), String::new())));
        assert_eq!(
            variable("A").unwrap_err(),
            "--env `A`: give a value, as in `A=value`"
        );
        assert!(variable("=x").unwrap_err().contains("no name"));
        assert!(variable("A=\0").unwrap_err().contains("NUL"));
    }

    #[test]
    fn clocks_and_random_numbers() {
        let time = "2024-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(clock("fixed=1704067200"), Ok(Clocks::Fixed(time)));
        assert_eq!(clock("start=2024-01-01T00:00:00Z"), Ok(Clocks::Start(time)));
        for text in [
            "",
            "fixed",
            "fixed=",
            "stop=1",
            "start=noon",
            "2024-01-01T00:00:00Z",
        ] {
            let problem = clock(text).unwrap_err();
            assert!(problem.starts_with("--clock `"), "{problem}");
        }
        assert_eq!(random("seed=0"), Ok(Random::Seed(0)));
        assert_eq!(
            random("seed=9223372036854775807"),
            Ok(Random::Seed(Random::LAST_SEED))
        );
        for text in [
            "",
            "7",
            "seed=",
            "seed=-1",
            "seed=+1",
            "seed=x",
            "seed=9223372036854775808",
        ] {
            let problem = random(text).unwrap_err();
            assert!(problem.contains("give `seed=N`"), "{problem}");
        }
    }

    #[test]
    fn name_lists() {
        assert_eq!(
            names("--deny-env", "A,B,A"),
            Ok(vec!["A".into(), "B".into()])
        );
        for bad in ["", "A,", ",A", "A,,B", "A, B", "A=1"] {
            assert!(
                names("--deny-env", bad)
                    .unwrap_err()
                    .starts_with("--deny-env="),
                "{bad}"
            );
        }
    }
}
