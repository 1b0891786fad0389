//! A policy as a command line to copy. What comes out is read again before it is shown: a policy
//! that flags cannot say is left to a policy file.

use crate::job::{Invocation, Step};
use crate::policy_file::json;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wasi_virt::keys::{Key, Kind};
use wasi_virt::{
    Access, FileMode, HostNames, HttpEntry, Mount, Policy, Preopen, Size, SocketEntry, Stream,
    Tmpfs,
};

/// The command that virtualizes `component` into `output` with this policy, quoted for a POSIX
/// shell. Where flags cannot say it, it names `policy.toml`, which
/// [`print_policy`](crate::print_policy) has the text of.
pub fn command_line(policy: &Policy, component: &str, output: &str) -> String {
    let with = |flags: Vec<String>| -> Vec<String> {
        let names = [path(component), "-o".into(), path(output)];
        let mut words = Vec::from(names);
        words.splice(1..1, flags);
        words
    };
    let mut words = with(flags(policy));
    if !says(&words, policy) {
        words = with(vec!["--policy".into(), "policy.toml".into()]);
    }
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("wasi-virt {}", words.join(" "))
}

/// A path that cannot be taken for a flag, a subcommand or a stream.
fn path(name: &str) -> String {
    if name.starts_with('-') || name == "inspect" {
        format!("./{name}")
    } else {
        name.into()
    }
}

fn says(words: &[String], policy: &Policy) -> bool {
    let step = crate::cli(&Invocation {
        args: words.to_vec(),
        ..Invocation::default()
    });
    matches!(step, Step::Virtualize(job) if job.policy == *policy)
}

fn flags(policy: &Policy) -> Vec<String> {
    let values = json::object(policy);
    let mut flags = flags_of(Policy::KEYS, &values, &json::object(&Policy::default()));
    // A bare --allow-env opens the arguments as well.
    if policy.host_env == HostNames::All {
        match policy.host_args {
            Access::Allow => flags.retain(|flag| flag != "--allow-args"),
            Access::Deny => {
                let env = flags.iter().position(|flag| flag == "--allow-env");
                flags.insert(env.map_or(0, |env| env + 1), "--allow-args=false".into());
            }
        }
    }
    let streams = [policy.stdin, policy.stdout, policy.stderr];
    let of_stream = |flag: &String| {
        Stream::ALL
            .iter()
            .any(|stream| flag.starts_with(&format!("--{}=", stream.name())))
    };
    if streams.iter().all(|mode| *mode == streams[0])
        && let Some(first) = flags.iter().position(of_stream)
    {
        let all = flags[first]
            .split_once('=')
            .map(|(_, word)| format!("--stdio={word}"));
        flags.retain(|flag| !of_stream(flag));
        flags.splice(first..first, all);
    }
    flags
}

/// The flags that give these values, but for the defaults.
pub(crate) fn flags_of(
    keys: &[Key],
    values: &Map<String, Value>,
    defaults: &Map<String, Value>,
) -> Vec<String> {
    let mut flags = Vec::new();
    for key in keys {
        let value = values
            .get(key.name)
            .filter(|value| defaults.get(key.name) != Some(*value));
        if let (Some(value), Some(flag)) = (value, key.flags.first()) {
            flags.extend(of_value(key, flag.name, value));
        }
    }
    flags
}

/// The flags that give a key this value. A value that no flag can say is left out; reading the
/// flags again shows that.
fn of_value(key: &Key, flag: &str, value: &Value) -> Vec<String> {
    let entries = || value.as_object().into_iter().flatten();
    let names = |names: &Value| {
        let names = names.as_array().into_iter().flatten().map(plain);
        names.collect::<Vec<_>>().join(",")
    };
    let second = key.flags.get(1).map(|flag| flag.name);
    match key.kind {
        Kind::Switch | Kind::Access => vec![format!("--{flag}")],
        Kind::Mounts => each(flag, value, mount),
        Kind::Tmpfs => each(flag, value, tmpfs),
        Kind::Preopens => each(flag, value, preopen),
        Kind::Variables => entries()
            .map(|(name, value)| format!("--{flag}={name}={}", plain(value)))
            .collect(),
        Kind::HostNames | Kind::Clocks | Kind::Random | Kind::Sockets | Kind::Http
            if value.is_string() =>
        {
            vec![format!("--{flag}")]
        }
        Kind::Sockets | Kind::Http => rules(key, value),
        Kind::HostNames => entries()
            .filter_map(|(word, listed)| match word.as_str() {
                "only" => Some(format!("--{flag}={}", names(listed))),
                _ => Some(format!("--{}={}", second?, names(listed))),
            })
            .collect(),
        Kind::Clocks | Kind::Random => entries()
            .filter_map(|(word, value)| Some(format!("--{}={word}={}", second?, plain(value))))
            .collect(),
        Kind::Word(choice) if choice.switch.is_some_and(|[_, on]| value == on) => {
            vec![format!("--{flag}")]
        }
        _ => match value {
            Value::Array(items) => items
                .iter()
                .map(|item| format!("--{flag}={}", plain(item)))
                .collect(),
            value => vec![format!("--{flag}={}", plain(value))],
        },
    }
}

/// The flags that give these lists of rules. Short texts in a row share a flag.
fn rules(key: &Key, lists: &Value) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    for flag in key.flags {
        let mut is_open = false;
        let entries = lists.get(flag.list).and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            let text = entry.as_str();
            match (text, flags.last_mut()) {
                (Some(text), Some(last)) if is_open => last.extend([",", text]),
                (Some(text), _) => flags.push(format!("--{}={text}", flag.name)),
                (None, _) => {
                    let text = long_form(key, entry);
                    flags.extend(text.map(|text| format!("--{}={text}", flag.name)));
                }
            }
            is_open = text.is_some() && key.kind == Kind::Sockets;
        }
    }
    flags
}

/// A rule that is a table.
fn long_form(key: &Key, entry: &Value) -> Option<String> {
    let entry = entry.clone();
    let text = match key.kind {
        Kind::Http => serde_json::from_value::<HttpEntry>(entry).map(|entry| entry.to_string()),
        _ => serde_json::from_value::<SocketEntry>(entry).map(|entry| entry.to_string()),
    };
    text.ok()
}

/// A text or a number, as a flag takes it.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), String::from)
}

fn each<T: DeserializeOwned>(flag: &str, value: &Value, say: impl Fn(T) -> String) -> Vec<String> {
    let items: Vec<T> = serde_json::from_value(value.clone()).expect("a list of its key's kind");
    let say = |item| format!("--{flag}={}", say(item));
    items.into_iter().map(say).collect()
}

fn mount(mount: Mount) -> String {
    let (guest, source) = (&mount.guest, &mount.source);
    let limits = limits(mount.size, mount.inodes);
    if limits.is_empty() && is_plain(guest) && is_plain_last(source) {
        let mode = match mount.mode {
            FileMode::Rw => ":rw",
            FileMode::Ro => "",
        };
        return format!("{guest}={source}{mode}");
    }
    let mode = format!("mode={}", word(mount.mode));
    let parts = [long("guest", guest), long("source", source), mode, limits];
    joined(parts)
}

fn tmpfs(tmpfs: Tmpfs) -> String {
    let limits = limits(tmpfs.size, tmpfs.inodes);
    match is_plain(&tmpfs.guest) {
        true if limits.is_empty() => tmpfs.guest,
        true => format!("{}:{limits}", tmpfs.guest),
        false => joined([long("guest", &tmpfs.guest), limits]),
    }
}

fn preopen(preopen: Preopen) -> String {
    let (guest, host, mode) = (&preopen.guest, &preopen.host, word(preopen.mode));
    match is_plain(guest) && is_plain_last(host) {
        true => format!("{guest}={host}:{mode}"),
        false => joined([
            long("guest", guest),
            long("host", host),
            format!("mode={mode}"),
        ]),
    }
}

/// Whether the short form takes a guest path as it is.
fn is_plain(guest: &str) -> bool {
    !guest.contains([':', '=', ','])
}

/// Whether the short form takes the other path as it is.
fn is_plain_last(path: &str) -> bool {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    !path.contains(',') && !last.contains(':')
}

/// A part of the long form.
fn long(key: &str, path: &str) -> String {
    format!("{key}={}", path.replace(',', ",,"))
}

fn joined<const N: usize>(parts: [String; N]) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(",")
}

fn word(mode: FileMode) -> &'static str {
    match mode {
        FileMode::Ro => "ro",
        FileMode::Rw => "rw",
    }
}

fn limits(size: Option<Size>, inodes: Option<u64>) -> String {
    let size = size.map(|size| format!("size={size}"));
    let inodes = inodes.map(|inodes| format!("inodes={inodes}"));
    let limits: Vec<String> = size.into_iter().chain(inodes).collect();
    limits.join(",")
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+./:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi_virt::{Clocks, DebugLog, DenyMode, Random, StdioMode, Symlinks, Time};

    fn line(policy: &Policy) -> String {
        command_line(policy, "app.wasm", "out.wasm")
    }

    #[test]
    fn every_key_has_its_flag() {
        let mut policy = Policy::default().with(|changed| {
            changed.host_env = HostNames::Except(vec!["A".into(), "B".into()]);
            changed.env = vec![("K".into(), "it's = fine\n".into())];
            changed.args = vec!["app".into(), "-v".into(), String::new()];
            changed.cwd = Some("/w".into());
            changed.stdout = StdioMode::Allow;
            changed.stderr = StdioMode::Ignore;
            changed.mounts = vec![
                Mount::new("/a", "x:ro"),
                Mount::new("/b", "y").mode(FileMode::Rw),
                Mount::new("/c", "z:rw")
                    .mode(FileMode::Rw)
                    .size(Some(Size(1 << 30)))
                    .inodes(Some(3)),
            ];
            changed.write_size = Some(Size(1000));
            changed.write_inodes = Some(10);
            changed.adapter_memory = Some(Size(64 << 20));
            changed.tmpfs = vec![
                Tmpfs::new("/t"),
                Tmpfs::new("/u").size(Some(Size(64 << 20))).inodes(Some(9)),
            ];
            changed.preopens = vec![Preopen::new("/d", "data").mode(FileMode::Ro)];
            changed.include = vec!["*.html".into()];
            changed.exclude = vec!["-x".into()];
            changed.symlinks = Symlinks::Skip;
            changed.mtime = 7;
            changed.clocks = Clocks::Start(Time {
                seconds: 1_704_067_200,
                nanoseconds: 0,
            });
            changed.random = Random::Seed(7);
            changed.config = vec![("c".into(), "d".into())];
            changed.host_config = HostNames::All;
            changed.deny_mode = DenyMode::Error;
            changed.deny_other = true;
            changed.allow_import = vec!["a:b/*".into()];
            changed.debug = DebugLog::All;
        });
        assert_eq!(
            line(&policy),
            "wasi-virt app.wasm --deny-env=A,B '--env=K=it'\\''s = fine\n' --arg=app --arg=-v --arg= \
             --cwd=/w --stdout=allow --stderr=ignore --mount=guest=/a,source=x:ro,mode=ro --mount=/b=y:rw \
             --mount=guest=/c,source=z:rw,mode=rw,size=1G,inodes=3 --tmpfs=/t \
             --tmpfs=/u:size=64M,inodes=9 --write-size=1000 --write-inodes=10 \
             --adapter-memory=64M --preopen=/d=data:ro '--include=*.html' --exclude=-x \
             --symlinks=skip --mtime=7 --clock=start=2024-01-01T00:00:00Z --random=seed=7 \
             --allow-config --config=c=d --deny=error --deny-other '--allow-import=a:b/*' --debug -o out.wasm"
        );
        policy.host_env = HostNames::All;
        assert!(line(&policy).contains(" --allow-env --allow-args=false "));
        policy.stdin = StdioMode::Ignore;
        policy.stdout = StdioMode::Ignore;
        assert!(line(&policy).contains(" --stdio=ignore "));
    }

    #[test]
    fn what_flags_cannot_say_is_left_to_a_file() {
        let policy = Policy::default().with(|changed| {
            changed.host_env = HostNames::Only(vec!["with,comma".into()]);
        });
        assert_eq!(
            command_line(&policy, "-", "inspect"),
            "wasi-virt ./- --policy policy.toml -o ./inspect"
        );
        assert_eq!(line(&Policy::default()), "wasi-virt app.wasm -o out.wasm");
    }
}
