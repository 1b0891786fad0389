//! Rules for the network: who may be connected to, listened for, looked up and sent requests. The
//! parts read texts into what an adapter decides by; this module collects them. It must never
//! decide what a rule means for an import.

mod address;
mod entry;
mod faults;
mod kinds;
mod name;
mod path;
mod ports;
mod request;
mod socket;
mod tables;
mod target;
#[cfg(test)]
mod tests;

pub use kinds::Grammar;
pub use tables::{
    AddressKind, Addresses, Http, HttpRules, Port, Protocol, SocketEntry, SocketRules,
    SocketTarget, Sockets,
};

use super::Policy;
use crate::error::{Problem, ProblemKind, Setting};
use socket::Use;
use wasi_virt_net::write::{AdmitsRule, HttpRule, RuleSet, SocketRule};

impl Policy {
    /// The rules of `sockets` and `http`, as an adapter decides by them; an empty set without any.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub(crate) fn network(&self) -> Result<RuleSet, Vec<Problem>> {
        let mut collected = Collected::default();
        if let Some(rules) = self.sockets.rules() {
            collected.sockets(rules);
        }
        if let Some(rules) = self.http.rules() {
            collected.http(rules);
        }
        match collected.problems.is_empty() {
            true => Ok(collected.rules),
            false => Err(collected.problems),
        }
    }
}

/// What was read of rules.
#[derive(Default)]
struct Collected {
    rules: RuleSet,
    problems: Vec<Problem>,
}

/// Adds what is not there yet.
fn extend<T: PartialEq>(list: &mut Vec<T>, new: impl IntoIterator<Item = T>) {
    for rule in new {
        if !list.contains(&rule) {
            list.push(rule);
        }
    }
}

/// The list that rules for this use are in.
fn list_of(rules: &mut RuleSet, of: Use) -> &mut Vec<SocketRule> {
    match of {
        Use::Connect => &mut rules.sockets,
        Use::Refuse => &mut rules.refused,
        Use::Listen => &mut rules.listen,
        Use::Resolve => &mut rules.resolve,
    }
}

impl Collected {
    /// Notes what is wrong with a rule of a list.
    fn wrong(&mut self, key: &'static str, list: &'static str, rule: &str, why: &str) {
        self.problems.push(
            Problem::new(ProblemKind::Value)
                .asked(Setting::entry(key, list, rule))
                .then(format!(": {why}")),
        );
    }

    /// Notes that a table allows nothing.
    fn empty(&mut self, key: &'static str, lists: &str, has_deny: bool) {
        let of_key = Problem::new(ProblemKind::Value).asked(Setting::key(key));
        self.problems.push(match has_deny {
            true => of_key.then(format!(
                ": `deny` has nothing to refuse, because no rule of {lists} allows anything; add \
                 one, or write `{key} = \"deny\"`"
            )),
            false => of_key.then(format!(
                ": the table has no rule; add one to {lists}, or write `{key} = \"deny\"`"
            )),
        });
    }

    fn sockets(&mut self, rules: &SocketRules) {
        for entry in &rules.allow {
            match entry.read() {
                Ok((rule, admits)) => {
                    extend(&mut self.rules.sockets, rule.rules(Use::Connect, &admits));
                }
                Err(why) => self.wrong("sockets", "allow", &entry.to_string(), &why),
            }
        }
        let texts = [
            (&rules.deny, "deny", Use::Refuse),
            (&rules.listen, "listen", Use::Listen),
            (&rules.resolve, "resolve", Use::Resolve),
        ];
        for (rules, list, of) in texts {
            for text in rules {
                match socket::read(text, of) {
                    Ok(rule) => {
                        let rules = rule.rules(of, &AdmitsRule::Public);
                        extend(list_of(&mut self.rules, of), rules);
                    }
                    Err(why) => self.wrong("sockets", list, text, &why),
                }
            }
        }
        let is_empty = rules.allow.is_empty() && rules.resolve.is_empty();
        if is_empty && rules.listen.is_empty() || rules.allow.is_empty() && !rules.deny.is_empty() {
            let lists = "`allow`, `listen` or `resolve`";
            let lists = if rules.deny.is_empty() {
                lists
            } else {
                "`allow`"
            };
            self.empty("sockets", lists, !rules.deny.is_empty());
        }
    }

    fn http(&mut self, rules: &HttpRules) {
        let lists = [(&rules.allow, "allow"), (&rules.deny, "deny")];
        for (texts, list) in lists {
            for text in texts {
                match request::read(text) {
                    Ok(rule) => {
                        let into: &mut Vec<HttpRule> = match list {
                            "allow" => &mut self.rules.http,
                            _ => &mut self.rules.http_refused,
                        };
                        extend(into, [rule.rule()]);
                    }
                    Err(why) => self.wrong("http", list, text, &why),
                }
            }
        }
        if rules.allow.is_empty() {
            self.empty("http", "`allow`", !rules.deny.is_empty());
        }
    }
}
