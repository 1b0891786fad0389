//! What the policy asks for and cannot have: a rule without effect is an error, never dropped.

use crate::plan::Files;
use crate::plan::notice::Notice;
use crate::policy::wildcard;
use crate::policy::{Clocks, Policy, Random, Time};
use crate::read::externs::ImportKind;
use crate::read::inspect::Component;
use crate::wasi::subsystem::{Subsystem, classify};

/// Adds a line to `problems` for every part of the policy that this component cannot notice.
pub(crate) fn check(
    component: &Component,
    policy: &Policy,
    files: Files,
    problems: &mut Vec<String>,
) {
    values(policy, problems);
    let asked = [
        (!policy.env.is_empty(), "`--env`", Notice::Env),
        (!policy.args.is_empty(), "`--arg`", Notice::Args),
        (policy.cwd.is_some(), "`--cwd`", Notice::Cwd),
        (
            matches!(policy.clocks, Clocks::Fixed(_) | Clocks::Start(_)),
            "`--clock`",
            Notice::Clock,
        ),
        (
            matches!(policy.random, Random::Seed(_)),
            "`--random`",
            Notice::Random,
        ),
        (!policy.config.is_empty(), "`--config`", Notice::Config),
        (files.mounted, "`--mount`", Notice::Files),
        (files.tmpfs, "`--tmpfs`", Notice::Files),
        (!policy.preopens.is_empty(), "`--preopen`", Notice::Files),
    ];
    for (asked, flag, notice) in asked {
        // Files that are changed show the time as well.
        let shown = || match notice {
            Notice::Clock if files.writable => Notice::has_clock(component),
            _ => notice.reaches(component),
        };
        if asked && !shown() {
            problems.push(format!(
                "{flag} can have no effect: the component {}; leave it out",
                notice.missing()
            ));
        }
    }
    for glob in &policy.allow_import {
        problems.extend(without_effect(component, policy, glob));
    }
}

/// Why an `--allow-import` pattern lets nothing through that was closed.
fn without_effect(component: &Component, policy: &Policy, glob: &str) -> Option<String> {
    let matches = |subsystem| {
        component.imports.iter().any(|import| {
            // Types that give nothing pass by themselves.
            import.kind != ImportKind::Type
                && wildcard::matches(glob, &import.name)
                && classify(&import.name).is_ok_and(|found| found == subsystem)
        })
    };
    let other = matches(Subsystem::Other);
    if matches(Subsystem::Wasi) || (other && policy.deny_other) {
        return None;
    }
    let glob = glob.escape_debug();
    Some(if other {
        format!(
            "`--allow-import {glob}` can have no effect without `--deny-other`: what it matches is not WASI, and open; \
             leave it out"
        )
    } else {
        format!(
            "`--allow-import {glob}` can have no effect: no import outside WASI matches it, and none of WASI without a flag \
             of its own; `wasi-virt inspect` lists them"
        )
    })
}

/// Adds a line for every value that is out of its range.
fn values(policy: &Policy, problems: &mut Vec<String>) {
    if let Clocks::Fixed(time) | Clocks::Start(time) = policy.clocks
        && !time.is_valid()
    {
        problems.push(format!(
            "`--clock`: {time} since 1970 is no time; give at most {} seconds, and fewer than 1,000,000,000 nanoseconds",
            Time::LAST
        ));
    }
    if let Random::Seed(seed) = policy.random
        && seed > Random::LAST_SEED
    {
        problems.push(format!(
            "`--random`: the seed {seed} is too large; give at most {}",
            Random::LAST_SEED
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn a_clock_that_only_changed_files_show_has_an_effect() {
        let text = r#"(component
            (import "wasi:clocks/wall-clock@0.2.6" (instance))
            (import "wasi:filesystem/preopens@0.2.6" (instance)))"#;
        let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
        let policy = Policy {
            clocks: Clocks::Fixed(Time::default()),
            ..Policy::default()
        };
        let problems = |writable| {
            let mut problems = Vec::new();
            let files = Files {
                writable,
                ..Files::default()
            };
            check(&component, &policy, files, &mut problems);
            problems.join("\n")
        };
        assert!(problems(false).contains("wasi:clocks/wall-clock#now"));
        assert_eq!(problems(true), "");
    }
}
