//! The texts that say what is where in the component's tree: mounts, tmpfs, preopens. Each answers with one message that
//! names the flag; whether something is there is not this module's affair.

use super::values::{count, no_nul};
use crate::escape::quote;
use wasi_virt::{FileMode, Mount, Preopen, Size, Tmpfs};

/// What is said where the component's side is missing.
const NO_GUEST: &str = "the guest path is empty; write `/` or `.` for the whole";

/// Splits `GUEST=SOURCE[:ro|:rw]` of `--mount`, or its long form `guest=…,source=…,mode=…,size=…,inodes=…`. A text that
/// begins as the long form does is never the short one.
pub(super) fn mount(text: &str) -> Result<Mount, String> {
    let fail = |why: &str| Err(format!("--mount {}: {why}", quote(text)));
    let place = match place(text, "source", &["size", "inodes"]) {
        Ok(place) => place,
        Err(why) => return fail(&why),
    };
    let mode = match place.mode {
        None | Some("ro") => FileMode::Ro,
        Some("rw") => FileMode::Rw,
        Some(_) => return fail("the mode can only be `ro` or `rw`"),
    };
    let mut limits = Limits::default();
    for (key, value) in &place.more {
        if let Err(why) = limits.set(key, value) {
            return fail(&why);
        }
    }
    Ok(Mount::new(place.guest, place.side)
        .mode(mode)
        .size(limits.size)
        .inodes(limits.inodes))
}

/// Splits `GUEST[:size=SIZE,inodes=COUNT]` of `--tmpfs`. What does not look like limits belongs to the path.
pub(super) fn tmpfs(text: &str) -> Result<Tmpfs, String> {
    let fail = |why: &str| Err(format!("--tmpfs {}: {why}", quote(text)));
    let (guest, given) = match text.rsplit_once(':') {
        Some((guest, limits)) if limits.contains('=') => (guest, limits),
        _ => (text, ""),
    };
    if guest.is_empty() {
        return fail(NO_GUEST);
    }
    no_nul("--tmpfs", text)?;
    let mut limits = Limits::default();
    for limit in given.split(',').filter(|_| !given.is_empty()) {
        let (key, value) = limit.split_once('=').unwrap_or((limit, ""));
        if !["size", "inodes"].contains(&key) {
            return fail(&format!(
                "{} is no limit; there are `size=` and `inodes=`",
                quote(limit)
            ));
        }
        if let Err(why) = limits.set(key, value) {
            return fail(&why);
        }
    }
    Ok(Tmpfs::new(guest).size(limits.size).inodes(limits.inodes))
}

/// How much may be written somewhere.
#[derive(Default)]
struct Limits {
    size: Option<Size>,
    inodes: Option<u64>,
}

impl Limits {
    /// Reads `size=SIZE` or `inodes=COUNT`.
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let twice = match key {
            "size" => {
                let size = value.parse().map_err(|why| format!("`size`: {why}"))?;
                self.size.replace(size).is_some()
            }
            _ => {
                let inodes = count(value).ok_or("`inodes`: give a number")?;
                self.inodes.replace(inodes).is_some()
            }
        };
        if twice {
            return Err(format!("`{key}` is given twice"));
        }
        Ok(())
    }
}

/// Splits `GUEST=HOST[:ro|:rw]` of `--preopen`, or its long form `guest=…,host=…,mode=…`.
pub(super) fn preopen(text: &str) -> Result<Preopen, String> {
    let fail = |why: &str| Err(format!("--preopen {}: {why}", quote(text)));
    let place = match place(text, "host", &[]) {
        Ok(place) => place,
        Err(why) => return fail(&why),
    };
    let mode = match place.mode {
        None | Some("rw") => FileMode::Rw,
        Some("ro") => FileMode::Ro,
        Some(_) => return fail("the mode can only be `ro` or `rw`"),
    };
    Ok(Preopen::new(place.guest, place.side).mode(mode))
}

/// What a mount or a preopen says.
struct Place<'t> {
    guest: &'t str,
    /// The other side.
    side: &'t str,
    mode: Option<&'t str>,
    /// What else the long form has.
    more: Vec<(&'t str, &'t str)>,
}

/// Splits either form; `other` is what the long form calls the other side, and `more` what it may have besides.
fn place<'t>(text: &'t str, other: &str, more: &[&str]) -> Result<Place<'t>, String> {
    let keys = ["guest", other, "mode"];
    let long = keys.iter().chain(more).any(|key| {
        text.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with('='))
    });
    let place = if long {
        long_place(text, other, more)
    } else {
        short_place(text, other)
    }?;
    if place.side.is_empty() {
        return Err(format!("no {other} after the `=`"));
    }
    if place.guest.is_empty() {
        return Err(NO_GUEST.to_string());
    }
    if text.contains('\0') {
        return Err("a NUL character is not possible here".to_string());
    }
    Ok(place)
}

fn short_place<'t>(text: &'t str, other: &str) -> Result<Place<'t>, String> {
    let Some((guest, side)) = text.split_once('=') else {
        let other = other.to_uppercase();
        return Err(format!("write GUEST={other}, as in `/data=./folder`"));
    };
    let (side, mode) = match side.rsplit_once(':') {
        Some((side, mode @ ("ro" | "rw"))) => (side, Some(mode)),
        _ => (side, None),
    };
    Ok(Place {
        guest,
        side,
        mode,
        more: Vec::new(),
    })
}

fn long_place<'t>(text: &'t str, other: &str, more: &[&str]) -> Result<Place<'t>, String> {
    let (mut guest, mut side, mut mode) = (None, None, None);
    let mut rest = Vec::new();
    for part in text.split(',') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let slot = match key {
            "guest" => &mut guest,
            "mode" => &mut mode,
            key if key == other => &mut side,
            key if more.contains(&key) => {
                rest.push((key, value));
                continue;
            }
            _ => {
                let keys = ["guest", other, "mode"]
                    .into_iter()
                    .chain(more.iter().copied());
                let form: Vec<String> = keys.map(|key| format!("{key}=…")).collect();
                return Err(format!(
                    "{} is not part of the long form {}; a path with a comma needs the short form",
                    quote(part),
                    form.join(",")
                ));
            }
        };
        if slot.replace(value).is_some() {
            return Err(format!("`{key}` is given twice"));
        }
    }
    match (guest, side) {
        (Some(guest), Some(side)) => Ok(Place {
            guest,
            side,
            mode,
            more: rest,
        }),
        (None, _) => Err(long_form_needs("guest")),
        (_, None) => Err(long_form_needs(other)),
    }
}

fn long_form_needs(key: &str) -> String {
    format!(
        "the long form needs `{key}=`; a relative guest path that is named like a key is written `./…`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmpfs_and_its_limits() {
        let t = |guest: &str, size, inodes| Ok(Tmpfs::new(guest).size(size).inodes(inodes));
        assert_eq!(tmpfs("/tmp"), t("/tmp", None, None));
        assert_eq!(tmpfs("/"), t("/", None, None));
        assert_eq!(tmpfs("tmp"), t("tmp", None, None));
        assert_eq!(tmpfs("./a:inodes=7"), t("./a", None, Some(7)));
        assert_eq!(
            tmpfs("/tmp:size=64M"),
            t("/tmp", Some(Size(64 << 20)), None)
        );
        assert_eq!(
            tmpfs("/a:b:inodes=7,size=1000"),
            t("/a:b", Some(Size(1000)), Some(7))
        );
        for (bad, why) in [
            ("", "is empty"),
            (":size=1", "is empty"),
            ("/tmp:size=", "64M"),
            ("/tmp:size=x", "64M"),
            ("/tmp:size=1,size=2", "given twice"),
            ("/tmp:inodes=-1", "give a number"),
            ("/tmp:inodes=9223372036854775808", "give a number"),
            ("/tmp:mode=rw", "is no limit"),
            ("/t\0", "NUL"),
        ] {
            assert!(tmpfs(bad).unwrap_err().contains(why), "{bad}");
        }
    }

    #[test]
    fn mounts_split_at_the_first_equals_sign_and_take_only_a_final_mode() {
        let m = |guest: &str, source: &str| Ok(Mount::new(guest, source));
        let writable = |guest: &str, source: &str| Ok(m(guest, source)?.mode(FileMode::Rw));
        assert_eq!(mount("/a=b:rw"), writable("/a", "b"));
        assert_eq!(mount("/a=C:\\x:rw"), writable("/a", "C:\\x"));
        assert_eq!(mount("/a=b:ro:rw"), writable("/a", "b:ro"));
        assert_eq!(mount("guest=/a,source=b,mode=rw"), writable("/a", "b"));
        assert_eq!(
            mount("inodes=7,guest=/a,source=b,mode=rw,size=1K"),
            Ok(writable("/a", "b")
                .unwrap()
                .size(Some(Size(1024)))
                .inodes(Some(7)))
        );
        assert_eq!(mount("/=site"), m("/", "site"));
        assert_eq!(mount(".=site"), m(".", "site"));
        assert_eq!(mount("data=site:rw"), writable("data", "site"));
        assert_eq!(mount("./guest=b"), m("./guest", "b"));
        assert_eq!(mount("guest=a,source=b"), m("a", "b"));
        assert_eq!(mount("/a=b=c"), m("/a", "b=c"));
        assert_eq!(mount("/a=C:\\x:ro"), m("/a", "C:\\x"));
        assert_eq!(mount("/a=b:ro/c"), m("/a", "b:ro/c"));
        assert_eq!(mount("guest=/a,source=b"), m("/a", "b"));
        assert_eq!(mount("mode=ro,source=b=c,guest=/a"), m("/a", "b=c"));
        for (bad, why) in [
            ("/a", "GUEST=SOURCE"),
            ("/a=", "no source"),
            ("/a=:ro", "no source"),
            ("=b", "is empty"),
            ("guest=b", "`./…`"),
            ("guest=/a,source=b,mode=x", "can only be `ro` or `rw`"),
            ("guest=/a,source=b,c", "not part of the long form"),
            ("guest=/a,guest=/b,source=c", "given twice"),
            ("guest=/a,source=c,size=1,size=1", "`size` is given twice"),
            ("guest=/a,source=c,size=x", "`size`: give a number of bytes"),
            ("guest=/a,source=c,inodes=", "`inodes`: give a number"),
            ("source=b", "needs `guest=`"),
            ("guest=/a", "needs `source=`"),
            ("guest=,source=b", "is empty"),
            ("/a\0=b", "NUL"),
        ] {
            assert!(mount(bad).unwrap_err().contains(why), "{bad}");
        }
    }
}
