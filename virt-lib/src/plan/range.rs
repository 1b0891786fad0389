//! Values of a policy that are out of their range. This module must never look at a component.

use crate::error::{Problem, ProblemKind, Setting};
use crate::policy::{Clocks, Policy, Random, Time};

/// Every value that is out of its range.
pub(crate) fn check(policy: &Policy, problems: &mut Vec<Problem>) {
    let of = |key| Problem::new(ProblemKind::Value).asked(Setting::key(key));
    if let Clocks::Fixed(time) | Clocks::Start(time) = policy.clocks
        && !time.is_valid()
    {
        problems.push(of("clocks").then(format!(
            ": {time} since 1970 is out of range; give at most {} seconds and fewer than \
             1,000,000,000 nanoseconds",
            Time::LAST
        )));
    }
    problems.extend(policy.network().err().into_iter().flatten());
    if let Random::Seed(seed) = policy.random
        && seed > Random::LAST_SEED
    {
        problems.push(of("random").then(format!(
            ": the seed {seed} is too large; give at most {}",
            Random::LAST_SEED
        )));
    }
}
