//! Which import of a component has each host function that its adapter calls. A handle is of one
//! release of an interface. So where a component imports several, the host is asked about a handle
//! by the release that the program called with it. This module must never decide what is called.

use super::decide::Import;
use super::{Plan, Replaced};
use crate::wasi::name::{self, InterfaceName, interface_key};
use std::collections::{BTreeMap, BTreeSet};

/// Where a host function that an adapter calls comes from.
#[derive(Clone, Debug)]
pub(crate) enum Reached {
    /// From this import, whoever called the adapter.
    Always(String),
    /// From an import for each import whose functions call the adapter.
    ByCaller(BTreeMap<String, String>),
}

impl Reached {
    /// The imports that have the function.
    pub(crate) fn imports(&self) -> BTreeSet<&str> {
        match self {
            Reached::Always(import) => BTreeSet::from([import.as_str()]),
            Reached::ByCaller(by) => by.values().map(String::as_str).collect(),
        }
    }

    /// The imports of the callers that it comes from one import for.
    pub(crate) fn callers<'r>(&'r self, import: &'r str) -> impl Iterator<Item = &'r str> {
        let by = match self {
            Reached::Always(_) => None,
            Reached::ByCaller(by) => Some(by),
        };
        let pairs = by.into_iter().flatten();
        let of = pairs.filter(move |(_, of)| *of == import);
        of.map(|(caller, _)| caller.as_str())
    }
}

/// The functions of an import that the adapter calls.
pub(crate) fn called_of<'r>(
    reached: &'r BTreeMap<String, Reached>,
    import: &str,
) -> impl Iterator<Item = &'r str> {
    let of = reached
        .iter()
        .filter(move |(_, of)| of.imports().contains(import));
    of.filter_map(|(name, _)| Some(name::of_host(name)?.1))
}

impl Plan<'_> {
    /// Where the host's function comes from that the adapter knows by this name, if the component
    /// imports it. Where it `has` the function, imports without it do not count.
    pub(super) fn reached(&self, path: &str, function: &str, has: bool) -> Option<Reached> {
        let mut releases: Vec<&Import> = self
            .imports
            .iter()
            .filter(|import| interface_key(&import.known) == path && !import.is_foreign)
            .filter(|import| !has || import.functions.contains_key(function))
            .collect();
        let version = |import: &&Import| {
            let version = InterfaceName::parse(&import.known).and_then(|name| name.version);
            version.and_then(|version| semver::Version::parse(version).ok())
        };
        releases.sort_by_key(version);
        let newest = releases.last()?.name.clone();
        // Other handles that the host is given are the adapter's own, of the newest release.
        let of_program = name::is_of(name::SOCKETS, path) || name::is_of(name::HTTP, path);
        if releases.len() == 1 || !of_program {
            return Some(Reached::Always(newest));
        }
        let calling = self.replaced.iter().filter(|one| one.calls_adapter());
        let callers: BTreeSet<&str> = calling.map(|one| one.site.import.as_str()).collect();
        let callers = self.imports.iter().filter(|it| callers.contains(&*it.name));
        let by = callers.filter_map(|caller| {
            let import = asked_by(caller, &releases)?;
            Some((caller.name.clone(), import.name.clone()))
        });
        Some(Reached::ByCaller(by.collect()))
    }

    /// The imports whose functions tell the adapter by which release it calls the host.
    fn callers(&self) -> BTreeSet<&str> {
        let by = self.reached.values().filter_map(|reached| match reached {
            Reached::Always(_) => None,
            Reached::ByCaller(by) => Some(by.keys().map(String::as_str)),
        });
        by.flatten().collect()
    }

    /// Whether some host function comes from several imports.
    pub(crate) fn has_callers(&self) -> bool {
        let mut reached = self.reached.values();
        reached.any(|reached| matches!(reached, Reached::ByCaller(_)))
    }

    /// The number of an import among those whose functions tell by which release the host is
    /// called.
    pub(crate) fn caller(&self, import: &str) -> Option<u32> {
        let at = self.callers().iter().position(|name| *name == import)?;
        // 0 is none of them.
        Some(at as u32 + 1)
    }

    /// The number of the import of a function that calls the adapter.
    pub(crate) fn caller_of(&self, one: &Replaced) -> Option<u32> {
        match one.calls_adapter() {
            true => self.caller(&one.site.import),
            false => None,
        }
    }
}

/// The release whose handles the functions of an import take: itself, or the one with which it
/// shares a resource.
fn asked_by<'i>(caller: &Import, releases: &[&'i Import]) -> Option<&'i Import> {
    let is_itself = |import: &&&Import| import.name == caller.name;
    let shares = |import: &&&Import| {
        let mut resources = import.resources.values();
        resources.any(|id| caller.resources.values().any(|of| of == id))
    };
    let mut found = releases.iter().filter(is_itself);
    let found = found
        .next()
        .or_else(|| releases.iter().rev().find(|it| shares(it)));
    found.copied()
}
