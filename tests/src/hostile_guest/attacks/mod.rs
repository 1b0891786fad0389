//! Attacks: what a hostile guest does after it has looked around. Each is tried on the host, which
//! says what it has to end in, and in every way to be virtualized.

pub mod children;
pub mod exhaustion;
pub mod handles;
pub mod places;
pub mod reallocs;
pub mod values;

use super::ground::{Ground, Grounds, Seen};
use super::guest::{Guest, RESULT};
use super::ways::Way;
use super::world::{Import, Param};
use anyhow::{Context, Result, bail, ensure};

/// Failures that are reported of all.
const PATIENCE: usize = 20;

/// What is done.
pub type Strike<G = Ground> = Box<dyn Fn(&mut Guest, &G) -> Result<Seen>>;

/// Whether something else may come of an attack than on the host: what came of it there, and here.
pub type Otherwise = fn(&Seen, &Seen) -> bool;

/// An attack.
pub struct Attack<G = Ground> {
    pub name: String,
    strike: Strike<G>,
    otherwise: Otherwise,
}

impl<G: Grounds> Attack<G> {
    /// An attack that has to end as on the host.
    pub fn new(
        name: impl Into<String>,
        strike: impl Fn(&mut Guest, &G) -> Result<Seen> + 'static,
    ) -> Self {
        Attack {
            name: name.into(),
            strike: Box::new(strike),
            otherwise: |_, _| false,
        }
    }

    /// Lets it end otherwise.
    pub fn or(self, otherwise: Otherwise) -> Self {
        Attack { otherwise, ..self }
    }

    /// Tries it in a new instance, which has to answer rightly afterwards if it is of use.
    fn strike(&self, way: &Way) -> Result<Seen> {
        let mut guest = way.program.start()?;
        let ground = G::find(&mut guest)?;
        guest.reset();
        guest.put(RESULT, &[0xa5; 128]);
        let seen = (self.strike)(&mut guest, &ground)?;
        if let Seen::Gave(_) = seen {
            G::probe(&mut guest)?;
        }
        Ok(seen)
    }
}

/// Tries attacks on the host and in these ways, and reports all that end in something else.
pub fn compare<G: Grounds>(bare: &Way, ways: &[Way], attacks: &[Attack<G>]) -> Result<()> {
    ensure!(!attacks.is_empty(), "there are no attacks");
    let mut failures = Vec::new();
    for attack in attacks {
        let context = |way: &Way| format!("{}, {}", attack.name, way.name);
        let expected = attack.strike(bare).with_context(|| context(bare))?;
        for way in ways {
            match attack.strike(way).with_context(|| context(way)) {
                Ok(seen) if seen == expected || (attack.otherwise)(&expected, &seen) => {}
                Ok(seen) => failures.push(format!(
                    "{}: {seen:x?}, on the host {expected:x?}",
                    context(way)
                )),
                Err(error) => failures.push(format!("{error:?}")),
            }
        }
    }
    for way in ways {
        G::probe(&mut way.program.start()?).with_context(|| way.name)?;
    }
    if failures.is_empty() {
        return Ok(());
    }
    let count = failures.len();
    failures.truncate(PATIENCE);
    bail!("{count} of {}:\n{}", attacks.len(), failures.join("\n"))
}

/// The resource that a method or a drop takes first; or the kind of stream that a built-in does.
pub fn resource(import: &Import) -> Option<&str> {
    let (interface, function) = import.name.split_once('#')?;
    if !interface.contains(':') {
        return match import.params.first() {
            Some(Param::Handle(kind)) => Some(kind),
            _ => None,
        };
    }
    let function = function.strip_prefix("[async-lower]").unwrap_or(function);
    match function.strip_prefix("[method]") {
        Some(method) => Some(method.split_once('.')?.0),
        None => function.strip_prefix("[resource-drop]"),
    }
}

/// The functions that take first what the adapter makes handles of, as a parameter by itself.
pub fn functions<G: Grounds>() -> Result<Vec<(&'static Import, &'static str)>> {
    let imports = G::world()?.imports.iter();
    let found: Vec<_> = imports
        .filter(|import| matches!(import.params.first(), Some(Param::Handle(_))))
        .filter_map(|import| Some((import, resource(import)?)))
        .filter(|(import, resource)| G::OURS.contains(resource) && !import.name.contains("@0.2"))
        .collect();
    ensure!(found.len() > 45, "{} functions", found.len());
    Ok(found)
}

/// Arguments that say as little as they can: zero, and a place for the result.
pub fn plain(import: &Import, first: u64) -> Vec<u64> {
    let mut arguments = vec![0; import.params.len()];
    if import.area.is_some()
        && let Some(last) = arguments.last_mut()
    {
        *last = RESULT;
    }
    if let Some(handle) = arguments.first_mut() {
        *handle = first;
    }
    arguments
}
