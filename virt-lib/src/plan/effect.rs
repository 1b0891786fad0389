//! What the policy asks for and cannot have: a rule without effect is an error, never dropped.

use crate::externs::RawImport;
use crate::inspect::Component;
use crate::plan::Files;
use crate::policy::{Clocks, Policy, Random, Time};
use crate::subsystem::{Subsystem, can_be_virtual, classify};
use wildmatch::WildMatch;

/// Adds a line to `problems` for every part of the policy that this component cannot notice.
pub(crate) fn check(
    component: &Component,
    policy: &Policy,
    files: Files,
    problems: &mut Vec<String>,
) {
    values(policy, problems);
    let imports = |prefix: &str| {
        component
            .imports
            .iter()
            .any(|import| import.name.starts_with(prefix))
    };
    let environment = imports("wasi:cli/environment@");
    let fixed = [
        (!policy.env.is_empty(), "`--env`"),
        (!policy.args.is_empty(), "`--arg`"),
        (policy.cwd.is_some(), "`--cwd`"),
    ];
    for (set, flag) in fixed {
        if set && !environment {
            problems.push(format!(
                "{flag} can have no effect: the component does not import wasi:cli/environment; leave it out"
            ));
        }
    }
    let simulated = [
        (
            matches!(policy.clocks, Clocks::Fixed(_) | Clocks::Start(_)),
            "`--clock`",
            Subsystem::Clocks,
            "wasi:clocks/wall-clock or monotonic-clock",
        ),
        (
            matches!(policy.random, Random::Seed(_)),
            "`--random`",
            Subsystem::Random,
            "wasi:random/random, insecure or insecure-seed",
        ),
        (
            !policy.config.is_empty(),
            "`--config`",
            Subsystem::Config,
            "wasi:config/store or wasi:config/runtime as this release knows it",
        ),
    ];
    for (set, flag, subsystem, interfaces) in simulated {
        if set && !notices(component.imports.iter().map(|i| i.name.as_str()), subsystem) {
            problems.push(format!(
                "{flag} can have no effect: the component does not import {interfaces}; leave it out"
            ));
        }
    }
    let preopens = imports("wasi:filesystem/preopens@");
    for (given, flag) in [
        (files.mounted, "`--mount`"),
        (files.tmpfs, "`--tmpfs`"),
        (!policy.preopens.is_empty(), "`--preopen`"),
    ] {
        if given && !preopens {
            problems.push(format!(
                "{flag} can have no effect: the component does not import wasi:filesystem/preopens; leave it out"
            ));
        }
    }
    let wasi = |import: &RawImport| !matches!(classify(&import.name), Ok(Subsystem::Other));
    if policy.debug && !component.imports.iter().any(wasi) {
        problems.push(
            "`--debug` can have no effect: the component imports nothing of WASI; leave it out"
                .to_string(),
        );
    }
    if !policy.deny_other && !policy.allow_import.is_empty() {
        problems.push("`--allow-import` can have no effect without `--deny-other`".to_string());
    }
    for glob in policy.allow_import.iter().filter(|_| policy.deny_other) {
        let pattern = WildMatch::new(glob);
        let governed = |name: &str| matches!(classify(name), Ok(Subsystem::Other));
        if !component
            .imports
            .iter()
            .any(|import| governed(&import.name) && pattern.matches(&import.name))
        {
            problems.push(format!(
                "`--allow-import {}` can have no effect: no import outside WASI matches it; `wasi-virt inspect` lists \
                 them, and WASI has flags of its own",
                glob.escape_debug()
            ));
        }
    }
}

/// Whether one of these imports is of a subsystem's that can be virtual.
pub(crate) fn notices<'n>(
    mut imports: impl Iterator<Item = &'n str>,
    subsystem: Subsystem,
) -> bool {
    imports.any(|name| can_be_virtual(name) == Some(subsystem))
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
