//! The texts that place something in the component's tree: mounts, tmpfs, preopens. Reading is
//! strict: a text that is neither a path nor a known mode or limit is an error, and never part of a
//! path. Each error is one message that names the flag. This module must never look whether
//! something exists.

use super::values::{count, no_nul};
use crate::escape::quote;
use wasi_virt::{FileMode, Mount, Preopen, Size, Tmpfs};

/// The error for a missing guest path.
const NO_GUEST: &str = "the guest path is empty; write `/` or `.` for the whole";

/// The limits of what may be written somewhere.
const LIMITS: [&str; 2] = ["size", "inodes"];

/// Reads `GUEST=SOURCE[:ro|:rw]` of `--mount`, or its long form.
pub(super) fn mount(text: &str) -> Result<Mount, String> {
    let place = Form::MOUNT.read(text)?;
    Ok(Mount::new(place.guest, place.other)
        .mode(place.mode.unwrap_or(FileMode::Ro))
        .size(place.size)
        .inodes(place.inodes))
}

/// Reads `GUEST[:size=SIZE,inodes=COUNT]` of `--tmpfs`, or its long form.
pub(super) fn tmpfs(text: &str) -> Result<Tmpfs, String> {
    let place = Form::TMPFS.read(text)?;
    Ok(Tmpfs::new(place.guest)
        .size(place.size)
        .inodes(place.inodes))
}

/// Reads `GUEST=HOST[:ro|:rw]` of `--preopen`, or its long form.
pub(super) fn preopen(text: &str) -> Result<Preopen, String> {
    let place = Form::PREOPEN.read(text)?;
    Ok(Preopen::new(place.guest, place.other).mode(place.mode.unwrap_or(FileMode::Rw)))
}

/// What one of these flags takes.
struct Form {
    flag: &'static str,
    /// What the long form calls the other side, if there is one. Only then is there a mode.
    other: Option<&'static str>,
    has_limits: bool,
}

/// What was read. What is missing is empty.
#[derive(Default)]
struct Place {
    guest: String,
    other: String,
    mode: Option<FileMode>,
    size: Option<Size>,
    inodes: Option<u64>,
}

impl Form {
    const MOUNT: Form = Form {
        flag: "--mount",
        other: Some("source"),
        has_limits: true,
    };
    const TMPFS: Form = Form {
        flag: "--tmpfs",
        other: None,
        has_limits: true,
    };
    const PREOPEN: Form = Form {
        flag: "--preopen",
        other: Some("host"),
        has_limits: false,
    };

    fn read(&self, text: &str) -> Result<Place, String> {
        no_nul(self.flag, text)?;
        let is_long = self.keys().iter().any(|key| starts_with_key(text, key));
        let place = match (is_long, self.other) {
            (true, _) => self.long(text),
            (false, Some(other)) => self.two_sides(text, other),
            (false, None) => self.one_side(text),
        };
        let place = place.and_then(|place| match self.other {
            _ if place.guest.is_empty() => Err(NO_GUEST.to_string()),
            Some(other) if place.other.is_empty() => Err(format!("no {other} after the `=`")),
            _ => Ok(place),
        });
        place.map_err(|why| format!("{} {}: {why}", self.flag, quote(text)))
    }

    /// The keys of the long form.
    fn keys(&self) -> Vec<&'static str> {
        let mut keys = vec!["guest"];
        if let Some(other) = self.other {
            keys.extend([other, "mode"]);
        }
        if self.has_limits {
            keys.extend(LIMITS);
        }
        keys
    }

    /// The long form, as a message shows it.
    fn shown(&self) -> String {
        let keys = self.keys().into_iter();
        let keys: Vec<String> = keys.map(|key| format!("{key}=…")).collect();
        format!("`{}`", keys.join(","))
    }

    /// Reads `guest=…,source=…` and so on. Two commas stand for one of a path.
    fn long(&self, text: &str) -> Result<Place, String> {
        let mut place = Place::default();
        let mut given = Vec::new();
        for part in parts(text) {
            let (key, value) = part.split_once('=').unwrap_or((&part, ""));
            let Some(key) = self.keys().into_iter().find(|known| *known == key) else {
                return Err(format!(
                    "{} is not part of the long form, {}; a comma in a path is written twice",
                    quote(&part),
                    self.shown()
                ));
            };
            if given.contains(&key) {
                return Err(format!("`{key}` is given twice"));
            }
            given.push(key);
            match key {
                "guest" => place.guest = value.to_string(),
                "mode" => place.mode = Some(mode(value)?),
                "size" | "inodes" => place.limit(key, value)?,
                _ => place.other = value.to_string(),
            }
        }
        let has_mode = place.other.ends_with(":ro") || place.other.ends_with(":rw");
        if has_mode && place.mode.is_none() {
            return Err("the mode of the long form is `mode=ro` or `mode=rw`".into());
        }
        let needed = ["guest"].into_iter().chain(self.other);
        match needed.into_iter().find(|key| !given.contains(key)) {
            Some(key) => Err(format!(
                "the long form needs `{key}=`; a relative guest path that is named like a key is \
                 written `./…`"
            )),
            None => Ok(place),
        }
    }

    /// Reads `GUEST=OTHER[:ro|:rw]`.
    fn two_sides(&self, text: &str, other: &str) -> Result<Place, String> {
        let Some((guest, side)) = text.split_once('=') else {
            let other = other.to_uppercase();
            return Err(format!("write GUEST={other}, as in `/data=./folder`"));
        };
        if guest.ends_with(":ro") || guest.ends_with(":rw") {
            return Err("the mode comes last, as in `/data=./folder:ro`".into());
        }
        self.is_plain(guest)?;
        let (path, mode) = match last_part(side) {
            Some((path, "ro")) => (path, Some(FileMode::Ro)),
            Some((path, "rw")) => (path, Some(FileMode::Rw)),
            _ => (side, None),
        };
        if let Some((_, unknown)) = last_part(path) {
            return Err(self.unknown(unknown));
        }
        if path.contains(',') {
            return Err(format!(
                "modes, limits and paths with `,` need the long form, {}; a comma in a path is \
                 written twice",
                self.shown()
            ));
        }
        Ok(Place {
            guest: guest.to_string(),
            other: path.to_string(),
            mode,
            ..Place::default()
        })
    }

    /// That the text after the last colon is no mode.
    fn unknown(&self, text: &str) -> String {
        let long = self.shown();
        let mut limits = LIMITS.iter().filter(|_| self.has_limits);
        if limits.any(|key| starts_with_key(text, key)) {
            return format!("limits need the long form, {long}");
        }
        format!(
            "{} is not a mode; write `:ro` or `:rw`, or for a path with `:` the long form, {long}",
            quote(&format!(":{text}"))
        )
    }

    /// Reads `GUEST[:size=SIZE,inodes=COUNT]`.
    fn one_side(&self, text: &str) -> Result<Place, String> {
        let (guest, limits) = match text.split_once(':') {
            Some((guest, limits)) => (guest, Some(limits)),
            None => (text, None),
        };
        self.is_plain(guest)?;
        let mut place = Place {
            guest: guest.to_string(),
            ..Place::default()
        };
        for limit in limits.iter().flat_map(|limits| limits.split(',')) {
            let (key, value) = limit.split_once('=').unwrap_or((limit, ""));
            match key {
                _ if limit.contains(':') => {
                    return Err("separate limits by `,`, as in `/tmp:size=64M,inodes=1000`".into());
                }
                "size" | "inodes" => place.limit(key, value)?,
                "ro" => return Err("a tmpfs cannot be read-only; leave `:ro` out".into()),
                "rw" => return Err("a tmpfs may always be written to; leave `:rw` out".into()),
                size if size.parse::<Size>().is_ok() => {
                    return Err(format!("write the limit as `:size={size}`"));
                }
                _ => {
                    return Err(format!(
                        "{} is not a limit; there are `size=` and `inodes=`, and for a path with \
                         `:` the long form, {}",
                        quote(limit),
                        self.shown()
                    ));
                }
            }
        }
        Ok(place)
    }

    /// Refuses a guest path that the short form might misread.
    fn is_plain(&self, guest: &str) -> Result<(), String> {
        let Some(special) = guest.chars().find(|c| [':', '=', ','].contains(c)) else {
            return Ok(());
        };
        let limits = match self.other {
            None => "; limits come after `:`, as in `/tmp:size=64M`",
            Some(_) => "",
        };
        let twice = match special {
            ',' => "; a comma in a path is written twice",
            _ => "",
        };
        Err(format!(
            "a guest path with `{special}` needs the long form, {}{twice}{limits}",
            self.shown()
        ))
    }
}

impl Place {
    /// Sets the limit `size` or `inodes`.
    fn limit(&mut self, key: &str, value: &str) -> Result<(), String> {
        let is_second = if key == "size" {
            let size = value.parse().map_err(|why| format!("`size`: {why}"))?;
            self.size.replace(size).is_some()
        } else {
            let number = count(value).ok_or_else(|| format!("`{key}`: give a number"))?;
            self.inodes.replace(number).is_some()
        };
        match is_second {
            true => Err(format!("`{key}` is given twice")),
            false => Ok(()),
        }
    }
}

fn mode(word: &str) -> Result<FileMode, String> {
    match word {
        "ro" => Ok(FileMode::Ro),
        "rw" => Ok(FileMode::Rw),
        _ => Err("the mode can only be `ro` or `rw`".into()),
    }
}

pub(super) fn starts_with_key(text: &str, key: &str) -> bool {
    let rest = text.strip_prefix(key);
    rest.is_some_and(|rest| rest.starts_with('='))
}

/// What a path has before and after its last colon, if that is in its last name: `C:\folder` and
/// `a:b/c` are paths.
fn last_part(path: &str) -> Option<(&str, &str)> {
    let (before, after) = path.rsplit_once(':')?;
    (!after.contains(['/', '\\'])).then_some((before, after))
}

/// Splits at single commas. Two commas are one of the part's own.
pub(super) fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == ',' && rest.next_if_eq(&',').is_none() {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("there is one").push(c);
        }
    }
    parts
}

#[cfg(test)]
#[path = "mounts_tests.rs"]
mod tests;
