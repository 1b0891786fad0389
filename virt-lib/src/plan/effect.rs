//! What the policy asks for and cannot have: a rule without effect is an error, never dropped.

use crate::inspect::Component;
use crate::plan::Files;
use crate::policy::Policy;
use crate::subsystem::{Subsystem, classify};
use wildmatch::WildMatch;

/// Adds a line to `problems` for every part of the policy that this component cannot notice.
pub(crate) fn check(
    component: &Component,
    policy: &Policy,
    files: Files,
    problems: &mut Vec<String>,
) {
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
    let preopens = imports("wasi:filesystem/preopens@");
    for (given, flag) in [
        (files.mounted, "`--mount`"),
        (!policy.preopens.is_empty(), "`--preopen`"),
    ] {
        if given && !preopens {
            problems.push(format!(
                "{flag} can have no effect: the component does not import wasi:filesystem/preopens; leave it out"
            ));
        }
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
