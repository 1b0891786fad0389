//! The texts that flags take, one function for each shape. Each answers with one message that names
//! the flag; none knows another flag.

use crate::escape::quote;
use wasi_virt::{Clocks, FileMode, Mount, Preopen, Random, Tmpfs};

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

/// Splits `GUEST=SOURCE[:ro|:rw]` of `--mount`, or its long form `guest=…,source=…,mode=…`. A guest path is
/// absolute, so that neither is taken for the other.
pub(super) fn mount(text: &str) -> Result<Mount, String> {
    let fail = |why: &str| Err(format!("--mount {}: {why}", quote(text)));
    let (guest, source, mode) = match place(text, "source") {
        Ok(parts) => parts,
        Err(why) => return fail(&why),
    };
    let mode = match mode {
        None | Some("ro") => FileMode::Ro,
        Some("rw") => FileMode::Rw,
        Some(_) => return fail("the mode can only be `ro` or `rw`"),
    };
    Ok(Mount {
        guest: guest.to_string(),
        source: source.to_string(),
        mode,
    })
}

/// Splits `GUEST[:size=SIZE,nodes=COUNT]` of `--tmpfs`. What does not look like limits belongs to the path.
pub(super) fn tmpfs(text: &str) -> Result<Tmpfs, String> {
    let fail = |why: &str| Err(format!("--tmpfs {}: {why}", quote(text)));
    let (guest, limits) = match text.rsplit_once(':') {
        Some((guest, limits)) if limits.contains('=') => (guest, limits),
        _ => (text, ""),
    };
    if !guest.starts_with('/') {
        return fail("the guest path must be absolute, starting with `/`");
    }
    no_nul("--tmpfs", text)?;
    let mut tmpfs = Tmpfs {
        guest: guest.to_string(),
        size: None,
        nodes: None,
    };
    for limit in limits.split(',').filter(|_| !limits.is_empty()) {
        let (key, value) = limit.split_once('=').unwrap_or((limit, ""));
        let twice = match key {
            "size" => match value.parse() {
                Ok(size) => tmpfs.size.replace(size).is_some(),
                Err(why) => return fail(&format!("`size`: {why}")),
            },
            "nodes" => match count(value) {
                Some(nodes) => tmpfs.nodes.replace(nodes).is_some(),
                None => return fail("`nodes`: give a number"),
            },
            _ => {
                return fail(&format!(
                    "{} is no limit; there are `size=` and `nodes=`",
                    quote(limit)
                ));
            }
        };
        if twice {
            return fail(&format!("`{key}` is given twice"));
        }
    }
    Ok(tmpfs)
}

/// A number that a policy file can hold.
fn count(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| i64::try_from(*number).is_ok())
}

/// Splits `GUEST=HOST[:ro|:rw]` of `--preopen`, or its long form `guest=…,host=…,mode=…`.
pub(super) fn preopen(text: &str) -> Result<Preopen, String> {
    let fail = |why: &str| Err(format!("--preopen {}: {why}", quote(text)));
    let (guest, host, mode) = match place(text, "host") {
        Ok(parts) => parts,
        Err(why) => return fail(&why),
    };
    let mode = match mode {
        None | Some("rw") => FileMode::Rw,
        Some("ro") => FileMode::Ro,
        Some(_) => return fail("the mode can only be `ro` or `rw`"),
    };
    Ok(Preopen {
        guest: guest.to_string(),
        host: host.to_string(),
        mode,
    })
}

/// Guest path, the other side, and mode.
type Place<'t> = (&'t str, &'t str, Option<&'t str>);

/// Splits either form; `other` is what the long form calls the other side.
fn place<'t>(text: &'t str, other: &str) -> Result<Place<'t>, String> {
    let long = ["guest", other, "mode"].iter().any(|key| {
        text.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with('='))
    });
    let place = if long {
        long_place(text, other)
    } else {
        short_place(text, other)
    };
    let (guest, side, mode) = place?;
    if side.is_empty() {
        return Err(format!("no {other} after the `=`"));
    }
    if !guest.starts_with('/') {
        return Err("the guest path must be absolute, starting with `/`".to_string());
    }
    if text.contains('\0') {
        return Err("a NUL character is not possible here".to_string());
    }
    Ok((guest, side, mode))
}

fn short_place<'t>(text: &'t str, other: &str) -> Result<Place<'t>, String> {
    let Some((guest, side)) = text.split_once('=') else {
        let other = other.to_uppercase();
        return Err(format!("write GUEST={other}, as in `/data=./folder`"));
    };
    Ok(match side.rsplit_once(':') {
        Some((side, mode @ ("ro" | "rw"))) => (guest, side, Some(mode)),
        _ => (guest, side, None),
    })
}

fn long_place<'t>(text: &'t str, other: &str) -> Result<Place<'t>, String> {
    let (mut guest, mut side, mut mode) = (None, None, None);
    for part in text.split(',') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let slot = match key {
            "guest" => &mut guest,
            "mode" => &mut mode,
            key if key == other => &mut side,
            _ => {
                return Err(format!(
                    "{} is not part of the long form guest=…,{other}=…,mode=…; a path with a comma needs the short form",
                    quote(part)
                ));
            }
        };
        if slot.replace(value).is_some() {
            return Err(format!("`{key}` is given twice"));
        }
    }
    match (guest, side) {
        (Some(guest), Some(side)) => Ok((guest, side, mode)),
        (None, _) => Err("the long form needs `guest=`".to_string()),
        (_, None) => Err(format!("the long form needs `{other}=`")),
    }
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
    use wasi_virt::Size;

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

    #[test]
    fn tmpfs_and_its_limits() {
        let t = |guest: &str, size, nodes| {
            Ok(Tmpfs {
                guest: guest.into(),
                size,
                nodes,
            })
        };
        assert_eq!(tmpfs("/tmp"), t("/tmp", None, None));
        assert_eq!(tmpfs("/"), t("/", None, None));
        assert_eq!(
            tmpfs("/tmp:size=64M"),
            t("/tmp", Some(Size(64 << 20)), None)
        );
        assert_eq!(
            tmpfs("/a:b:nodes=7,size=1000"),
            t("/a:b", Some(Size(1000)), Some(7))
        );
        for (bad, why) in [
            ("tmp", "absolute"),
            ("", "absolute"),
            ("/tmp:size=", "64M"),
            ("/tmp:size=x", "64M"),
            ("/tmp:size=1,size=2", "given twice"),
            ("/tmp:nodes=-1", "give a number"),
            ("/tmp:nodes=9223372036854775808", "give a number"),
            ("/tmp:mode=rw", "is no limit"),
            ("/t\0", "NUL"),
        ] {
            assert!(tmpfs(bad).unwrap_err().contains(why), "{bad}");
        }
    }

    #[test]
    fn mounts_split_at_the_first_equals_sign_and_take_only_a_final_mode() {
        let m = |guest: &str, source: &str| {
            Ok(Mount {
                guest: guest.into(),
                source: source.into(),
                mode: FileMode::Ro,
            })
        };
        let writable = |guest: &str, source: &str| {
            Ok(Mount {
                mode: FileMode::Rw,
                ..m(guest, source)?
            })
        };
        assert_eq!(mount("/a=b:rw"), writable("/a", "b"));
        assert_eq!(mount("/a=C:\\x:rw"), writable("/a", "C:\\x"));
        assert_eq!(mount("/a=b:ro:rw"), writable("/a", "b:ro"));
        assert_eq!(mount("guest=/a,source=b,mode=rw"), writable("/a", "b"));
        assert_eq!(mount("/=site"), m("/", "site"));
        assert_eq!(mount("/a=b=c"), m("/a", "b=c"));
        assert_eq!(mount("/a=C:\\x:ro"), m("/a", "C:\\x"));
        assert_eq!(mount("/a=b:ro/c"), m("/a", "b:ro/c"));
        assert_eq!(mount("guest=/a,source=b"), m("/a", "b"));
        assert_eq!(mount("mode=ro,source=b=c,guest=/a"), m("/a", "b=c"));
        for (bad, why) in [
            ("/a", "GUEST=SOURCE"),
            ("/a=", "no source"),
            ("/a=:ro", "no source"),
            ("=b", "absolute"),
            ("a=b", "absolute"),
            ("guest=/a,source=b,mode=x", "can only be `ro` or `rw`"),
            ("guest=/a,source=b,c", "not part of the long form"),
            ("guest=/a,guest=/b,source=c", "given twice"),
            ("source=b", "needs `guest=`"),
            ("guest=/a", "needs `source=`"),
            ("guest=a,source=b", "absolute"),
            ("/a\0=b", "NUL"),
        ] {
            assert!(mount(bad).unwrap_err().contains(why), "{bad}");
        }
    }
}
