//! Rules for the network: who may be connected to, listened for, looked up and sent requests. The
//! parts read texts into what an adapter decides by; this module collects them. It must never
//! decide what a rule means for an import.

mod address;
mod entry;
mod faults;
mod header;
mod kinds;
mod letters;
mod name;
mod path;
mod ports;
mod request;
mod socket;
mod tables;
mod target;
#[cfg(test)]
mod tests;
mod wide;

pub use kinds::Grammar;
pub use tables::{
    AddressKind, Addresses, HeaderValue, Http, HttpEntry, HttpRules, HttpTarget, Port, Protocol,
    SocketEntry, SocketRules, SocketTarget, Sockets,
};

use super::Policy;
use crate::error::{Problem, ProblemKind, Setting};
use request::Request;
use serde::{Deserialize, Serialize};
use socket::{Socket, Use};
use std::collections::BTreeSet;
use wasi_virt_net::write::{AdmitsRule, RuleSet};

/// The rules of a policy in their canonical spelling, by the flags that give them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct NetworkRules {
    /// Connections that are allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_sockets: Vec<String>,
    /// Addresses that are refused all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny_sockets: Vec<String>,
    /// Where the component may listen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_listen: Vec<String>,
    /// Names that may be looked up besides those of `allow-sockets`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_resolve: Vec<String>,
    /// Requests that are allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_http: Vec<String>,
    /// Requests that are refused all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny_http: Vec<String>,
}

impl NetworkRules {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == NetworkRules::default()
    }

    /// Each rule with its list, in order.
    pub fn lists(&self) -> [(&'static str, &[String]); 6] {
        [
            ("allow-sockets", &self.allow_sockets),
            ("deny-sockets", &self.deny_sockets),
            ("allow-listen", &self.allow_listen),
            ("allow-resolve", &self.allow_resolve),
            ("allow-http", &self.allow_http),
            ("deny-http", &self.deny_http),
        ]
    }
}

impl Policy {
    /// The rules of `sockets` and `http`, as an adapter decides by them; an empty set without any.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub(crate) fn network(&self) -> Result<RuleSet, Vec<Problem>> {
        let read = Read::new(self);
        match read.problems.is_empty() {
            true => Ok(read.rules()),
            false => Err(read.problems),
        }
    }

    /// The same rules as people read them. Those that are wrong are left out.
    pub(crate) fn network_rules(&self) -> NetworkRules {
        let read = Read::new(self);
        let sockets = |of: Use| {
            let rules = read.sockets.iter().filter(|rule| rule.of == of);
            rules
                .map(|rule| entry::print(&rule.rule, &rule.admits, of))
                .collect()
        };
        NetworkRules {
            allow_sockets: sockets(Use::Connect),
            deny_sockets: sockets(Use::Refuse),
            allow_listen: sockets(Use::Listen),
            allow_resolve: sockets(Use::Resolve),
            allow_http: read.http.iter().map(request::print).collect(),
            deny_http: read.http_refused.iter().map(request::print).collect(),
        }
    }
}

/// A rule for sockets with its list.
#[derive(PartialEq)]
struct Listed {
    of: Use,
    rule: Socket,
    admits: AdmitsRule,
}

/// What was read of rules.
#[derive(Default)]
struct Read {
    sockets: Vec<Listed>,
    http: Vec<Request>,
    http_refused: Vec<Request>,
    problems: Vec<Problem>,
}

/// Adds what is not there yet.
fn add<T: PartialEq>(list: &mut Vec<T>, new: T) {
    if !list.contains(&new) {
        list.push(new);
    }
}

impl Read {
    fn new(policy: &Policy) -> Self {
        let mut read = Read::default();
        if let Some(rules) = policy.sockets.rules() {
            read.sockets(rules);
        }
        if let Some(rules) = policy.http.rules() {
            read.http(rules);
        }
        read.shown(policy);
        read
    }

    /// Notes variables that headers keep from the component, and that the policy shows it.
    fn shown(&mut self, policy: &Policy) {
        let headers = self.http.iter().flat_map(|rule| &rule.headers);
        let variables: BTreeSet<&str> = headers.map(|header| &*header.variable).collect();
        for variable in variables {
            if policy.shows_variable(variable) {
                let variable = variable.escape_debug();
                self.problems.push(
                    Problem::new(ProblemKind::Value)
                        .asked(Setting::key("host-env"))
                        .then(format!(
                            " shows the component the variable `{variable}`, whose value headers \
                             of "
                        ))
                        .remedy(Setting::key("http"))
                        .then(" keep from it; leave the variable out"),
                );
            }
        }
    }

    /// What an adapter decides by.
    fn rules(&self) -> RuleSet {
        let sockets = |of: Use| {
            let mut rules = Vec::new();
            for listed in self.sockets.iter().filter(|rule| rule.of == of) {
                for rule in listed.rule.rules(of, &listed.admits) {
                    add(&mut rules, rule);
                }
            }
            rules
        };
        RuleSet {
            sockets: sockets(Use::Connect),
            refused: sockets(Use::Refuse),
            listen: sockets(Use::Listen),
            resolve: sockets(Use::Resolve),
            http: self.http.iter().map(Request::rule).collect(),
            http_refused: self.http_refused.iter().map(Request::rule).collect(),
        }
    }

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
        let why = match has_deny {
            true => "`deny` has nothing to refuse, because no rule allows anything",
            false => "the table has no rule",
        };
        self.problems.push(
            Problem::new(ProblemKind::Value)
                .asked(Setting::key(key))
                .then(format!(
                    ": {why}; add one to {lists}, or write `{key} = \"deny\"`"
                )),
        );
    }

    fn sockets(&mut self, rules: &SocketRules) {
        for entry in &rules.allow {
            match entry.read() {
                Ok((rule, admits)) => self.listed(Use::Connect, rule, admits),
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
                    Ok(rule) => self.listed(of, rule, AdmitsRule::Public),
                    Err(why) => self.wrong("sockets", list, text, &why),
                }
            }
        }
        let has_deny = !rules.deny.is_empty();
        let others = !rules.listen.is_empty() || !rules.resolve.is_empty();
        match rules.allow.is_empty() {
            true if has_deny => self.empty("sockets", "`allow`", true),
            true if !others => self.empty("sockets", "`allow`, `listen` or `resolve`", false),
            _ => {}
        }
    }

    fn listed(&mut self, of: Use, rule: Socket, admits: AdmitsRule) {
        add(&mut self.sockets, Listed { of, rule, admits });
    }

    fn http(&mut self, rules: &HttpRules) {
        for entry in &rules.allow {
            match entry.read() {
                Ok(rule) => add(&mut self.http, rule),
                Err(why) => self.wrong("http", "allow", &entry.to_string(), &why),
            }
        }
        for text in &rules.deny {
            match request::read(text) {
                Ok(rule) => add(&mut self.http_refused, rule),
                Err(why) => self.wrong("http", "deny", text, &why),
            }
        }
        if rules.allow.is_empty() {
            self.empty("http", "`allow`", !rules.deny.is_empty());
        }
    }
}
