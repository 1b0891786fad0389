//! The policy that the settings make together, and which of them a component cannot see. This
//! module must never decide what a policy means.

use super::WasiVirt;
use super::switch::VirtSwitch;
use crate::error::{Error, Problem, ProblemKind, Result};
use crate::plan::effect::noticed;
use crate::plan::notice::Notice;
use crate::policy::{Access, FileMode, Policy};

impl WasiVirt {
    /// Drops settings so far that the component cannot see. An example is arguments for a component
    /// that imports no function that returns them. Otherwise such settings are errors of
    /// [`finish`](Self::finish).
    ///
    /// # Errors
    ///
    /// There is no component, or it cannot be read.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.env().overrides(&[("A", "1")]);
    /// virt.compose_bytes(wat::parse_str("(component)").unwrap());
    /// assert!(virt.finish().is_err());
    /// virt.filter_imports().unwrap();
    /// virt.finish().unwrap();
    /// ```
    pub fn filter_imports(&mut self) -> Result<()> {
        let Some(source) = &self.component else {
            return Err(Error::invalid(
                ProblemKind::NoEffect,
                "`filter_imports()` needs a component; call `compose()` before it",
            ));
        };
        let policy = self.policy(&mut Vec::new());
        let writable = !policy.tmpfs.is_empty()
            || policy.mounts.iter().any(|mount| mount.mode == FileMode::Rw);
        let bytes = source.read()?;
        let reaches = noticed(&bytes, writable).map_err(|error| source.name(error))?;
        if let Some(env) = self.env.as_mut() {
            env.drop_values(&reaches);
        }
        if let Some(fs) = self.fs.as_mut()
            && !reaches(Notice::Files)
        {
            fs.drop_files();
        }
        if let Some(config) = self.config.as_mut()
            && !reaches(Notice::Config)
        {
            config.drop_values();
        }
        if let Some(clocks) = self.clocks.as_mut()
            && !reaches(Notice::Clock)
        {
            clocks.drop_values();
        }
        if let Some(random) = self.random.as_mut()
            && !reaches(Notice::Random)
        {
            random.drop_values();
        }
        Ok(())
    }

    /// The policy, and the problems with the settings.
    pub(super) fn policy(&self, problems: &mut Vec<Problem>) -> Policy {
        let mut policy = Policy {
            exit: self.exit.map_or(Access::Allow, VirtSwitch::access),
            deny_mode: self.deny,
            deny_other: self.deny_other,
            allow_import: self.allow_import.clone(),
            debug: self.debug,
            adapter_memory: self.adapter_memory,
            ..Policy::allow_all()
        };
        if let Some(sockets) = &self.sockets {
            policy.sockets.clone_from(&sockets.sockets);
        }
        if let Some(http) = &self.http {
            policy.http.clone_from(&http.http);
        }
        if let Some(env) = &self.env {
            env.apply(&mut policy, problems);
        }
        if let Some(config) = &self.config {
            config.apply(&mut policy, problems);
        }
        if let Some(clocks) = &self.clocks {
            clocks.apply(&mut policy, problems);
        }
        if let Some(random) = &self.random {
            random.apply(&mut policy);
        }
        if let Some(stdio) = &self.stdio {
            stdio.apply(&mut policy);
        }
        if let Some(fs) = &self.fs {
            fs.apply(&mut policy);
        }
        policy
    }
}
