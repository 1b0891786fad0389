//! An experiment that fails, made as small as it still fails.

use super::Experiment;
use super::run::{Artifact, compare};
use anyhow::Result;

/// The same disagreement in fewer lines, and from a smaller tree.
pub fn shrink(experiment: &Experiment) -> Result<Experiment> {
    let mut smallest = experiment.clone();
    let artifact = Artifact::new(&smallest.tree, smallest.version)?;
    let mut piece = smallest.script.len();
    while piece > 0 {
        let mut start = 0;
        while start < smallest.script.len() {
            let mut script = smallest.script.clone();
            script.drain(start..(start + piece).min(script.len()));
            if artifact.compare(&script)?.is_some() {
                smallest.script = script;
            } else {
                start += piece;
            }
        }
        piece /= 2;
    }
    for path in experiment.tree.0.keys() {
        let tree = smallest.tree.without(path);
        let smaller = Experiment {
            version: smallest.version,
            tree,
            script: smallest.script.clone(),
        };
        if compare(&smaller)?.is_some() {
            smallest = smaller;
        }
    }
    Ok(smallest)
}
