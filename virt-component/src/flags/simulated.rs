//! What the flags say of clocks, random numbers and configuration properties, over what a policy file says. It
//! must never know another subsystem.

use super::{Flags, values};
use wasi_virt::{Clocks, HostEnv, Policy, Random};

/// What clocks there are.
pub(super) fn clocks(flags: &Flags, base: &Policy, problems: &mut Vec<String>) -> Clocks {
    if flags.clock.is_some() && flags.allow_clocks.is_some() {
        problems.push(
            "--clock gives a virtual clock, and --allow-clocks is about the host's; give one of them"
                .into(),
        );
    }
    let given = flags.clock.as_ref().map(|text| values::clock(text));
    match (given, flags.allow_clocks.or(flags.allow_all)) {
        (Some(Ok(clocks)), _) => clocks,
        (Some(Err(problem)), _) => {
            problems.push(problem);
            base.clocks
        }
        (None, Some(true)) => Clocks::Allow,
        (None, Some(false)) => Clocks::Deny,
        (None, None) => base.clocks,
    }
}

/// What random numbers there are.
pub(super) fn random(flags: &Flags, base: &Policy, problems: &mut Vec<String>) -> Random {
    if flags.random.is_some() && flags.allow_random.is_some() {
        problems.push(
            "--random gives virtual numbers, and --allow-random is about the host's; give one of them".into(),
        );
    }
    let given = flags.random.as_ref().map(|text| values::random(text));
    match (given, flags.allow_random.or(flags.allow_all)) {
        (Some(Ok(random)), _) => random,
        (Some(Err(problem)), _) => {
            problems.push(problem);
            base.random
        }
        (None, Some(true)) => Random::Allow,
        (None, Some(false)) => Random::Deny,
        (None, None) => base.random,
    }
}

/// Which of the host's properties are visible.
pub(super) fn host_config(flags: &Flags, base: &Policy, problems: &mut Vec<String>) -> HostEnv {
    let (switch, only) = switch_or_names("--allow-config", &flags.allow_config, problems);
    match (only, switch.or(flags.allow_all)) {
        (Some(names), _) => HostEnv::Only(names),
        (None, Some(true)) => HostEnv::All,
        (None, Some(false)) => HostEnv::None,
        (None, None) => base.host_config.clone(),
    }
}

/// What a flag says that is on, off, or a list of names: the switch, and the names if there is a list.
pub(super) fn switch_or_names(
    flag: &str,
    given: &[String],
    problems: &mut Vec<String>,
) -> (Option<bool>, Option<Vec<String>>) {
    let mut switch = None;
    let mut only: Option<Vec<String>> = None;
    for text in given {
        match text.as_str() {
            "true" | "false" => {
                let on = text == "true";
                if switch.is_some_and(|earlier| earlier != on) {
                    problems.push(format!("{flag} and {flag}=false contradict each other"));
                }
                switch = Some(on);
            }
            list => {
                let names = values::names(flag, list).map_err(|problem| problems.push(problem));
                only.get_or_insert_default()
                    .extend(names.unwrap_or_default());
            }
        }
    }
    if only.is_some()
        && let Some(on) = switch
    {
        let bare = if on { "" } else { "=false" };
        problems.push(format!(
            "{flag}{bare} and an {flag} list contradict each other; give one of them"
        ));
    }
    (switch, only)
}
