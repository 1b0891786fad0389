//! The lines about rules for the network, in a report or a claim. Names of hosts come from people
//! and from artifacts: they are escaped. This module must never judge a rule.

use crate::escape::escape;
use wasi_virt::NetworkRules;

/// So many rules of a list are printed; JSON has all.
const MOST: usize = 10;

/// The lines, each with its label: what a rule is for, and the rule.
pub(super) fn lines(rules: &NetworkRules) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    for (list, rules) in rules.lists() {
        let mut word = list;
        for rule in rules.iter().take(MOST) {
            lines.push((word, escape(rule)));
            word = "";
        }
        let more = rules.len().saturating_sub(MOST);
        if more > 0 {
            lines.push(("", format!("and {more} more (--json lists them)")));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_listed_by_what_they_are_for() {
        let rule = |number: usize| format!("10.0.0.{number}:*");
        let rules = NetworkRules {
            allow_sockets: vec!["a\u{1b}.example:443".into(), "b.example:1".into()],
            deny_sockets: (0..12).map(rule).collect(),
            allow_http: vec!["https://a.example".into()],
            ..NetworkRules::default()
        };
        let lines = lines(&rules);
        assert_eq!(lines[0], ("allow-sockets", "a\\u{1b}.example:443".into()));
        assert_eq!(lines[1], ("", "b.example:1".into()));
        assert_eq!(lines[2], ("deny-sockets", "10.0.0.0:*".into()));
        assert_eq!(
            lines[12],
            ("", "and 2 more (--json lists them)".to_string())
        );
        assert_eq!(lines[13], ("allow-http", "https://a.example".into()));
        assert_eq!(lines.len(), 14);
    }
}
