//! What is left to find once it is decided who answers: what stays of each component, what adapters
//! call of the host, and the contexts. This module must never change who answers.

use super::keep::Keep;
use super::log::Log;
use super::reached::Reached;
use super::{Asked, Files, Plan, Role, Service};
use crate::error::Result;
use crate::policy::{Clocks, Policy};
use crate::specialize::adapter;
use crate::wasi::Wasi;
use crate::wasi::name;
use crate::wasi::subsystem::Subsystem;
use crate::wasm::component::Liveness;
use std::collections::{BTreeMap, BTreeSet};
use wasi_virt_layout::Now;

impl<'c> Plan<'c> {
    /// Finds what stays, and which host functions adapters call: of nested components first,
    /// because what they need has to be given to them.
    pub(super) fn settle_all(&mut self, asked: &Asked<'_, 'c>, is_root: bool) -> Result<()> {
        for inner in self.inner.values_mut() {
            inner.settle_all(asked, false)?;
        }
        // Once without what the adapter calls, which depends on what is left.
        self.settle(asked.wasi)?;
        if self.logs() || self.inner.values().any(Plan::is_logged) {
            let log = Log::new(self, is_root)?;
            self.added = log.added(asked.wasi)?;
            self.log = Some(log);
        }
        self.reach(asked.policy, asked.files)?;
        self.settle(asked.wasi)?;
        self.assign_contexts();
        Ok(())
    }

    /// Finds what the adapter calls of the host: what the policy lets it, its functions for
    /// this component need, and the component imports.
    fn reach(&mut self, policy: &Policy, files: Files) -> Result<()> {
        let virtual_of = |subsystem: Subsystem| {
            let mut imports = self.imports.iter();
            imports.any(|import| import.subsystem == subsystem && import.role == Role::Virtual)
        };
        let environment = policy.reads_host_environment() && virtual_of(Subsystem::Env);
        let properties = policy.reads_host_config() && virtual_of(Subsystem::Config);
        let of_files = files.host && virtual_of(Subsystem::Fs);
        let mut replaced = self.replaced.iter();
        let streams = replaced
            .any(|one| one.service == Service::Either && name::is_of(name::IO, &one.site.known));
        let clock = files.writable && policy.clocks == Clocks::Allow;
        let is_open = |name: &str| match name.split_once('#') {
            _ if self.log.is_some() && Log::calls(name) => true,
            Some((interface, _)) => match name::path(interface) {
                name::ENVIRONMENT => environment || files.network.secrets,
                name::CONFIG_STORE | name::CONFIG_RUNTIME => properties,
                path if name::is_of(name::FILESYSTEM, path) => of_files,
                path if name::is_of(name::IO, path) => streams || of_files,
                name::WALL_CLOCK | name::SYSTEM_CLOCK => clock,
                name::LOOKUP => files.network.names,
                path if name::is_of(name::SOCKETS, path) => files.network.sockets,
                path if name::is_of(name::HTTP, path) => files.network.http,
                _ => false,
            },
            None => false,
        };
        let calls = adapter::calls(self.prebuilt, &self.exports(), is_open)?;
        for name in calls {
            let Some((path, function)) = name::of_host(&name) else {
                continue;
            };
            // Only what the component asks for itself says the time.
            let needed = is_wall(path);
            let of_log = self.log.as_ref().and_then(|log| log.import(&name));
            let of_log = of_log.map(|import| Reached::Always(import.to_string()));
            let found = |path| self.reached(path, function, needed);
            // The clock of WASI 0.3 gives what that of 0.2 gives, under another name.
            let other = || found(name::SYSTEM_CLOCK_KEY).filter(|_| needed);
            // So does its environment.
            let is_environment = name::path(path) == name::ENVIRONMENT;
            let either = || found(name::ENVIRONMENT).or_else(|| found(name::ENVIRONMENT_KEY));
            let of_either = || is_environment.then(either).flatten();
            let reached = of_log
                .or_else(|| found(path))
                .or_else(other)
                .or_else(of_either);
            if let Some(reached) = reached {
                self.reached.insert(name, reached);
            }
        }
        let virtual_clock = self
            .imports
            .iter()
            .any(|import| is_wall(import.path()) && import.role == Role::Virtual);
        let mut reached = self.reached.keys().filter_map(|name| name.split_once('#'));
        let host_clock = reached.any(|(interface, _)| is_wall(interface));
        self.now = match (files.writable, virtual_clock) {
            (true, true) => Now::Virtual,
            (true, false) if host_clock => Now::Host,
            _ => Now::Fixed,
        };
        Ok(())
    }

    /// Finds what stays of the component.
    fn settle(&mut self, wasi: &'c Wasi) -> Result<()> {
        let links = Liveness::new(&self.items);
        let handed = self.handed();
        let (named, unnamed) = (links.named(), links.unnamed());
        let keep = Keep {
            items: &self.items,
            links: &links,
            named: &named,
            unnamed: &unnamed,
            types: self.types.as_ref(),
            imports: &self.imports,
            replaced: &self.replaced,
            reached: &self.reached,
            inner: &self.inner,
            parts: &self.parts,
            handed: &handed,
            log: self.log.as_ref(),
        };
        let kept = keep.run(wasi)?;
        self.replaced
            .retain(|one| kept.live.contains(&one.site.item));
        self.streams.retain(|item| kept.live.contains(&item));
        self.kept = kept;
        Ok(())
    }

    /// What nested components need of each import, by name.
    fn handed(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut handed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for part in self.parts.of.values() {
            let Some(plan) = self.inner.get(part) else {
                continue;
            };
            for (import, names) in plan.kept.needs(&plan.items, &plan.types) {
                if let Some(of) = self.parts.given(*part, import) {
                    handed.entry(of.import.clone()).or_default().extend(names);
                }
            }
        }
        handed
    }

    /// Numbers the contexts; one without a realloc joins one whose realloc is defined before the
    /// function.
    fn assign_contexts(&mut self) {
        let contexts = &mut self.contexts;
        let mut assign = |with_realloc: bool, function: u32, memory: Option<u32>, realloc| {
            let memory = memory.filter(|_| Option::<u32>::is_some(&realloc) == with_realloc)?;
            let known = contexts.iter().position(|(known, known_realloc)| {
                let joins = realloc.is_none() && known_realloc.is_some_and(|it| it < function);
                *known == memory && (joins || *known_realloc == realloc)
            });
            let context = known.unwrap_or_else(|| {
                contexts.push((memory, realloc));
                contexts.len() - 1
            });
            Some(context as u32)
        };
        for with_realloc in [true, false] {
            for one in self.replaced.iter_mut().filter(|one| one.calls_adapter()) {
                let context = assign(
                    with_realloc,
                    one.site.function,
                    one.site.memory,
                    one.site.realloc,
                );
                one.context = context.or(one.context);
            }
            let built_ins = self.streams.built_ins.iter_mut();
            for one in built_ins.filter(|one| one.has_context()) {
                let context = assign(with_realloc, one.function, one.memory, one.realloc);
                one.context = context.or(one.context);
            }
        }
    }
}

/// Whether an interface is a clock that says the time of day.
fn is_wall(interface: &str) -> bool {
    matches!(name::path(interface), name::WALL_CLOCK | name::SYSTEM_CLOCK)
}
