//! Attacks that no guest may survive: each ends in a trap on the host and under rules, and nobody
//! is asked for what it wanted.

use super::{Both, Running};
use anyhow::{Context, Result, ensure};

/// Numbers that are no handles: of the host, of adapters, and of nobody.
pub const FORGED: [u64; 6] = [0, 1_000, 0x1000_0007, 0x2000_0000, 0xf000_0000, 0xffff_ffff];

/// What a guest does, and what came where it says the result goes; nothing for a trap.
type Strike = Box<dyn Fn(&mut Running) -> Result<Option<Vec<u8>>>>;

/// Attacks by name.
#[derive(Default)]
pub struct Strikes(Vec<(String, Strike)>);

impl Strikes {
    pub fn add(
        &mut self,
        name: impl Into<String>,
        strike: impl Fn(&mut Running) -> Result<Option<Vec<u8>>> + 'static,
    ) {
        self.0.push((name.into(), Box::new(strike)));
    }

    /// Tries each on the host and under rules: both trap, and nobody is asked for anything but what
    /// is `known`, under rules at most as often as on the host.
    pub fn compare(&self, both: &Both, known: &[&str]) -> Result<()> {
        let mut failures = Vec::new();
        for (name, strike) in &self.0 {
            let [mut bare, mut ruled] = both.both()?;
            let on_host = strike(&mut bare).with_context(|| format!("{name}, on the host"))?;
            ensure!(on_host.is_none(), "{name} is no attack: {on_host:x?}");
            let came = strike(&mut ruled).with_context(|| format!("{name}, under rules"))?;
            if let Some(came) = came {
                failures.push(format!("{name}: {came:x?}"));
            }
            let (alone, under) = (bare.asked(), ruled.asked());
            let is_known = |asked: &String| known.contains(&asked.as_str());
            ensure!(
                under.iter().all(is_known) && under.len() <= alone.len(),
                "{name}: asked for {under:?}, on the host for {alone:?}"
            );
        }
        ensure!(failures.is_empty(), "no traps:\n{}", failures.join("\n"));
        Ok(())
    }
}
