//! What records in a component claim, printed as claims. A record may be forged: whatever it holds
//! is escaped, and nothing it says is compared with anything.

use super::network;
use super::words::{self, LABEL};
use crate::escape::escape;
use std::fmt::Write;
use wasi_virt::{
    Access, Claim, ClaimContent, DenyMode, FileMode, HostNames, Record, RecordedClock,
    RecordedMount, StdioMode,
};

/// One block of lines for each record.
pub(super) fn tell(out: &mut String, claims: &[Claim]) {
    for claim in claims {
        let place = match claim.depth {
            0 => "of this component".to_string(),
            1 => "of a component inside".to_string(),
            depth => format!("of a component {depth} levels inside"),
        };
        match &claim.content {
            ClaimContent::Unreadable(why) => {
                line(
                    out,
                    "claimed",
                    &format!("{place}: unreadable, {}", escape(why)),
                );
            }
            ClaimContent::Record(record) => {
                let version = escape(&record.wasi_virt);
                line(
                    out,
                    "claimed",
                    &format!(
                        "{place}, by wasi-virt {version}; a record that anybody can write, not checked:"
                    ),
                );
                tell_record(out, record);
            }
        }
    }
}

/// Fixed values, and those that the host gives.
fn values(fixed: &[String], host: &HostNames) -> (String, String) {
    let host = match host {
        HostNames::None => "none of the host".to_string(),
        HostNames::All => "all of the host".to_string(),
        HostNames::Only(only) => format!("of the host only {}", names(only)),
        HostNames::Except(except) => format!("the host's except {}", names(except)),
    };
    let fixed = match fixed {
        [] => String::new(),
        fixed => format!("{} fixed, ", names(fixed)),
    };
    (fixed, host)
}

fn tell_record(out: &mut String, record: &Record) {
    for (name, done) in &record.imports {
        line(
            out,
            "",
            &format!("{:<LABEL$} {}", words::action(*done), escape(name)),
        );
    }
    let (fixed, env) = values(&record.env, &record.host_env);
    line(out, "", &format!("{:<LABEL$} {fixed}{env}", "env"));
    let args = match (record.args, record.host_args) {
        (0, Access::Allow) => "the host's".to_string(),
        (0, Access::Deny) => "none".to_string(),
        (count, _) => format!("{count} fixed"),
    };
    line(out, "", &format!("{:<LABEL$} {args}", "args"));
    if record.cwd {
        line(out, "", &format!("{:<LABEL$} fixed", "cwd"));
    }
    for mount in &record.mounts {
        line(out, "", &format!("{:<LABEL$} {}", "mount", mounted(mount)));
    }
    for tmpfs in &record.tmpfs {
        let guest = escape(&tmpfs.guest);
        line(out, "", &format!("{:<LABEL$} {guest}", "tmpfs"));
    }
    for preopen in &record.preopens {
        let mode = match preopen.mode {
            FileMode::Ro => "ro",
            FileMode::Rw => "rw",
        };
        let guest = escape(&preopen.guest);
        line(out, "", &format!("{:<LABEL$} {guest} ({mode})", "preopen"));
    }
    if let Some(clock) = record.clock {
        let clock = match clock {
            RecordedClock::Fixed => "virtual, stands still",
            RecordedClock::Start => "virtual, goes on",
        };
        line(out, "", &format!("{:<LABEL$} {clock}", "clock"));
    }
    if record.seed {
        line(
            out,
            "",
            &format!("{:<LABEL$} virtual, from a seed", "random"),
        );
    }
    if !record.config.is_empty() || record.host_config != HostNames::None {
        let (fixed, host) = values(&record.config, &record.host_config);
        line(out, "", &format!("{:<LABEL$} {fixed}{host}", "config"));
    }
    for (label, text) in network::lines(&record.network) {
        line(out, "", &format!("{label:<LABEL$} {text}"));
    }
    let stdio = |mode: StdioMode| match mode {
        StdioMode::Deny => "deny",
        StdioMode::Ignore => "ignore",
        StdioMode::Allow => "allow",
    };
    let streams = format!(
        "stdin {}, stdout {}, stderr {}",
        stdio(record.stdin),
        stdio(record.stdout),
        stdio(record.stderr)
    );
    line(out, "", &format!("{:<LABEL$} {streams}", "stdio"));
    let deny = match record.deny {
        DenyMode::Trap => "trap",
        DenyMode::Error => "error",
    };
    let other = if record.deny_other {
        ", imports outside WASI too"
    } else {
        ""
    };
    line(out, "", &format!("{:<LABEL$} {deny}{other}", "deny"));
    if record.debug {
        line(
            out,
            "",
            &format!("{:<LABEL$} calls, to standard error", "debug"),
        );
    }
}

fn mounted(mount: &RecordedMount) -> String {
    let mut text = format!(
        "{}: {}, {}",
        escape(&mount.guest),
        words::count(mount.files, "file", "files"),
        words::size(mount.bytes)
    );
    if mount.writable {
        text += ", may be changed in memory";
    }
    let more = [
        (mount.directories, "directory", "directories"),
        (mount.symlinks, "symbolic link", "symbolic links"),
        (mount.host, "of the host", "of the host"),
    ];
    for (count, one, many) in more {
        if count > 0 {
            text += &format!(", {}", words::count(count, one, many));
        }
    }
    text
}

fn names(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| escape(name)).collect();
    names.join(", ")
}

fn line(out: &mut String, label: &str, text: &str) {
    writeln!(out, "  {label:<8} {text}").expect("a String takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi_virt::RecordedPreopen;

    #[test]
    fn claims_are_said_to_be_claims_and_escaped() {
        let record = Record {
            wasi_virt: "9\u{1b}[31m".into(),
            imports: [("a:b/c\n".to_string(), wasi_virt::Action::Denied)].into(),
            env: vec!["A\u{202e}".into()],
            host_env: HostNames::Only(vec!["B\u{7}".into()]),
            args: 2,
            cwd: true,
            mounts: vec![RecordedMount {
                guest: "/\u{1b}".into(),
                files: 1,
                bytes: u64::MAX,
                symlinks: 2,
                ..RecordedMount::default()
            }],
            preopens: vec![RecordedPreopen {
                guest: "/d".into(),
                mode: FileMode::Ro,
            }],
            deny_other: true,
            clock: Some(RecordedClock::Fixed),
            seed: true,
            config: vec!["c\u{1b}".into()],
            ..Record::default()
        };
        let claims = [
            Claim {
                depth: 1,
                content: ClaimContent::Unreadable("no\u{1b}".into()),
            },
            Claim {
                depth: 0,
                content: ClaimContent::Record(Box::new(record)),
            },
        ];
        let mut out = String::new();
        tell(&mut out, &claims);
        assert_eq!(
            out,
            "  claimed  of a component inside: unreadable, no\\u{1b}
  claimed  of this component, by wasi-virt 9\\u{1b}[31m; a record that anybody can write, not checked:
           denied             a:b/c\\n
           env                A\\u{202e} fixed, of the host only B\\u{7}
           args               2 fixed
           cwd                fixed
           mount              /\\u{1b}: 1 file, 18446744.1 TB, 2 symbolic links
           preopen            /d (ro)
           clock              virtual, stands still
           random             virtual, from a seed
           config             c\\u{1b} fixed, none of the host
           stdio              stdin deny, stdout deny, stderr deny
           deny               trap, imports outside WASI too
"
        );
    }
}
