//! A policy from a log: what the log of `--debug` shows denied or refused is allowed, and nothing
//! else. What a program passed stands in the log, so that a rule is only made of what can be one.
//! This module must never read a file.

use super::print::text;
use crate::escape::escape;
use std::collections::BTreeSet;
use std::fmt::Write;
use wasi_virt::keys::{Key, Kind};
use wasi_virt::{Policy, Stream, Subsystem};

/// What every line of the log begins with.
const LINE: &str = "wasi-virt: ";

/// What stands before the flag that would have allowed a refused call.
const HINT: &str = " (allow with --allow-";

/// What a log asks for.
#[derive(Default)]
struct Wanted {
    /// Rules by the list that they go to: the flag without `--allow-`.
    sockets: BTreeSet<String>,
    listen: BTreeSet<String>,
    http: BTreeSet<String>,
    /// Refused calls of which no rule can be made, as the log has them.
    unclear: BTreeSet<String>,
    /// The interfaces of denied calls.
    denied: BTreeSet<String>,
}

/// A policy file that allows what the log called `name` shows refused and denied.
///
/// # Errors
///
/// The log has neither.
pub fn render_from_log(log: &str, name: &str) -> Result<String, String> {
    let wanted = Wanted::read(log);
    if wanted.is_empty() {
        return Err(format!(
            "{} has no call that was denied or refused; make it with `--debug=denied`, and keep \
             standard error: `2>app.log`",
            escape(name)
        ));
    }
    Ok(wanted.render(name))
}

impl Wanted {
    fn read(log: &str) -> Self {
        let mut wanted = Wanted::default();
        for line in log.lines().filter_map(|line| line.strip_prefix(LINE)) {
            if let Some(call) = line.strip_prefix("denied ") {
                let interface = call.split(['#', '(']).next().unwrap_or_default();
                wanted.denied.insert(interface.to_string());
            } else if let Some(call) = line.strip_prefix("refused ") {
                wanted.refused(call);
            }
        }
        wanted
    }

    /// Notes a refused call: the rest of its line.
    fn refused(&mut self, call: &str) {
        let rule = call
            .rsplit_once(HINT)
            .and_then(|(_, hint)| hint.strip_suffix(')')?.split_once('='));
        let (list, rule) = match rule {
            Some(("sockets", rule)) => (&mut self.sockets, unquoted(&rule.replace(":PORT", ":*"))),
            Some(("listen", rule)) => (&mut self.listen, unquoted(rule)),
            Some(("http", rule)) => (&mut self.http, unquoted(rule)),
            _ => (&mut self.unclear, None),
        };
        match rule {
            Some(rule) => list.insert(rule),
            None => self.unclear.insert(call.to_string()),
        };
    }

    fn is_empty(&self) -> bool {
        let lists = [
            &self.sockets,
            &self.listen,
            &self.http,
            &self.unclear,
            &self.denied,
        ];
        lists.iter().all(|list| list.is_empty())
    }

    fn render(&self, name: &str) -> String {
        let mut out = format!(
            "# What {} shows denied or refused is allowed, nothing else. Read every line: the\n\
             # program chose what it tried.\n",
            escape(name)
        );
        let mut add = |text: String| out.push_str(&text);
        for key in Policy::KEYS {
            add(self.key(key));
        }
        let unknown = self.of(Subsystem::Wasi);
        if !unknown.is_empty() {
            let names: Vec<String> = unknown.iter().map(|name| text(name)).collect();
            add(format!("\nallow-import = [{}]\n", names.join(", ")));
        }
        for call in &self.unclear {
            add(format!("\n# No rule can allow this: {}\n", escape(call)));
        }
        add(table(
            "sockets",
            &[("allow", &self.sockets), ("listen", &self.listen)],
        ));
        add(table("http", &[("allow", &self.http)]));
        out
    }

    /// The denied interfaces of a subsystem.
    fn of(&self, subsystem: Subsystem) -> Vec<&String> {
        let denied = self.denied.iter();
        denied
            .filter(|name| Subsystem::of(name) == subsystem)
            .collect()
    }

    /// The line that opens a key for interfaces of which calls were denied; empty without any, or
    /// where rules say more.
    fn key(&self, key: &Key) -> String {
        let has_rules = match key.subsystem {
            Some(Subsystem::Sockets) => !self.sockets.is_empty() || !self.listen.is_empty(),
            Some(Subsystem::Http) => !self.http.is_empty(),
            _ => false,
        };
        let (Some(subsystem), Some(open), false) = (key.subsystem, key.kind.open(), has_rules)
        else {
            return String::new();
        };
        let is_of_key = |name: &&&String| {
            key.kind != Kind::Stream
                || Stream::of(name).is_some_and(|stream| stream.name() == key.name)
        };
        let denied = self.of(subsystem);
        let denied: Vec<_> = denied.iter().filter(is_of_key).collect();
        if denied.is_empty() {
            return String::new();
        }
        let mut out = String::from("\n");
        for name in denied {
            writeln!(out, "# {}", escape(name)).expect("a String takes any text");
        }
        writeln!(out, "{} = {}", key.name, text(open)).expect("a String takes any text");
        out
    }
}

/// A table with these lists, as far as they hold something.
fn table(name: &str, lists: &[(&str, &BTreeSet<String>)]) -> String {
    let lists: Vec<_> = lists
        .iter()
        .filter(|(_, rules)| !rules.is_empty())
        .collect();
    if lists.is_empty() {
        return String::new();
    }
    let mut out = format!("\n[{name}]\n");
    for (list, rules) in lists {
        writeln!(out, "{list} = [").expect("a String takes any text");
        for rule in *rules {
            let remark = match rule.ends_with(":*") {
                true => "  # name the port that it needs",
                false => "",
            };
            writeln!(out, "  {},{remark}", text(rule)).expect("a String takes any text");
        }
        out.push_str("]\n");
    }
    out
}

/// A rule without the quotes that the log has around what the program passed. None where that was
/// cut, escaped, or holds what no rule does.
fn unquoted(rule: &str) -> Option<String> {
    let rule = rule.replace('"', "");
    let is_possible = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '<' | '>') || c == ' ';
    rule.chars().all(is_possible).then_some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"hello
wasi-virt: host wasi:sockets/tcp@0.2.6#[method]tcp-socket.start-connect(...)
wasi-virt: refused to reach 10.0.0.1:5432 (allow with --allow-sockets=10.0.0.1:5432)
wasi-virt:   -> err(access-denied)
wasi-virt: refused to reach 10.0.0.1:5432 (allow with --allow-sockets=10.0.0.1:5432)
wasi-virt: refused to reach udp://[0:0:0:0:0:0:0:1]:53 (allow with --allow-sockets=udp://[0:0:0:0:0:0:0:1]:53)
wasi-virt: refused to bind 0.0.0.0:80 (allow with --allow-listen=0.0.0.0:80)
wasi-virt: refused to look up "db.example" (allow with --allow-sockets="db.example":PORT)
wasi-virt: refused to look up "a\u{0}b" (allow with --allow-sockets="a\u{0}b":PORT)
wasi-virt: refused to send "GET https://a.example/v1" (allow with --allow-http="GET https://a.example/v1")
wasi-virt: denied wasi:clocks/wall-clock@0.2.6#now()
wasi-virt: denied wasi:cli/stdout@0.2.6#get-stdout()
wasi-virt: denied wasi:http/outgoing-handler@0.2.6#handle(...)
"#;

    #[test]
    fn what_was_refused_becomes_rules_and_what_was_denied_keys() {
        assert_eq!(
            render_from_log(LOG, "app.log").unwrap(),
            r#"# What app.log shows denied or refused is allowed, nothing else. Read every line: the
# program chose what it tried.

# wasi:cli/stdout@0.2.6
stdout = "allow"

# wasi:clocks/wall-clock@0.2.6
clocks = "allow"

# No rule can allow this: to look up "a\u{0}b" (allow with --allow-sockets="a\u{0}b":PORT)

[sockets]
allow = [
  "10.0.0.1:5432",
  "db.example:*",  # name the port that it needs
  "udp://[0:0:0:0:0:0:0:1]:53",
]
listen = [
  "0.0.0.0:80",
]

[http]
allow = [
  "GET https://a.example/v1",
]
"#
        );
    }

    #[test]
    fn a_log_without_refusals_is_told_how_to_be_made() {
        let problem = render_from_log("wasi-virt: host a:b/c#d()\n", "x.log").unwrap_err();
        assert!(problem.contains("x.log has no call"), "{problem}");
        assert!(problem.contains("--debug=denied"), "{problem}");
    }
}
