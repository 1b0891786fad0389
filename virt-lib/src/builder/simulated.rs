//! Clocks and random numbers: the host's, denied, or virtual.

use crate::error::{Problem, ProblemKind, Setting};
use crate::policy::{Access, Clocks, Policy, Random, Time};

/// What a component sees of `wasi:clocks`.
#[derive(Clone, Debug)]
pub struct VirtClocks {
    kind: Clocks,
    /// What was given and is no time.
    wrong: Option<Problem>,
}

impl VirtClocks {
    pub(super) fn new(access: Access) -> Self {
        VirtClocks {
            kind: match access {
                Access::Allow => Clocks::Allow,
                Access::Deny => Clocks::Deny,
            },
            wrong: None,
        }
    }

    pub(super) fn apply(&self, policy: &mut Policy, problems: &mut Vec<Problem>) {
        policy.clocks = self.kind;
        problems.extend(self.wrong.clone());
    }

    /// Drops a virtual clock, which the component cannot read.
    pub(super) fn drop_values(&mut self) {
        if matches!(self.kind, Clocks::Fixed(_) | Clocks::Start(_)) {
            self.set(Clocks::Deny);
        }
    }

    fn set(&mut self, kind: Clocks) -> &mut Self {
        (self.kind, self.wrong) = (kind, None);
        self
    }

    fn at(&mut self, time: &str, kind: fn(Time) -> Clocks) -> &mut Self {
        match time.parse() {
            Ok(time) => self.set(kind(time)),
            Err(why) => {
                let problem = Problem::new(ProblemKind::Value).asked(Setting::item("clocks", time));
                self.wrong = Some(problem.then(format!(": {why}")));
                self
            }
        }
    }

    /// Leaves them to the host.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().clocks().allow();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut imports = report.imports_after.iter();
    /// assert!(imports.any(|name| name.starts_with("wasi:clocks/")));
    /// ```
    pub fn allow(&mut self) -> &mut Self {
        self.set(Clocks::Allow)
    }

    /// Denies every call.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.clocks().deny();
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// let mut imports = report.imports_after.iter();
    /// assert!(!imports.any(|name| name.starts_with("wasi:clocks/")));
    /// ```
    pub fn deny(&mut self) -> &mut Self {
        self.set(Clocks::Deny)
    }

    /// Uses a clock that stands still at `time`, written as for [`Time`]. Anything else is an error
    /// of [`finish`](crate::WasiVirt::finish).
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.clocks().fixed("2024-01-01T00:00:00Z");
    /// virt.finish().unwrap();
    /// virt.clocks().fixed("noon");
    /// assert!(virt.finish().unwrap_err().to_string().contains("noon"));
    /// ```
    pub fn fixed(&mut self, time: &str) -> &mut Self {
        self.at(time, Clocks::Fixed)
    }

    /// Uses a clock that starts at `time`, written as for [`Time`]. Every reading advances it by a
    /// microsecond, and waiting advances it at once to the end of the wait.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.deny_all().clocks().start("2024-01-01T00:00:00Z");
    /// virt.compose("../examples/hello.wasm");
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert!(report.imports_after.is_empty());
    /// ```
    pub fn start(&mut self, time: &str) -> &mut Self {
        self.at(time, Clocks::Start)
    }
}

/// What a component sees of `wasi:random`.
#[derive(Clone, Debug)]
pub struct VirtRandom {
    kind: Random,
}

impl VirtRandom {
    pub(super) fn new(access: Access) -> Self {
        VirtRandom {
            kind: match access {
                Access::Allow => Random::Allow,
                Access::Deny => Random::Deny,
            },
        }
    }

    pub(super) fn apply(&self, policy: &mut Policy) {
        policy.random = self.kind;
    }

    /// Drops virtual numbers, which the component cannot draw.
    pub(super) fn drop_values(&mut self) {
        if matches!(self.kind, Random::Seed(_)) {
            self.kind = Random::Deny;
        }
    }

    /// Leaves them to the host.
    pub fn allow(&mut self) -> &mut Self {
        self.kind = Random::Allow;
        self
    }

    /// Denies every call.
    pub fn deny(&mut self) -> &mut Self {
        self.kind = Random::Deny;
        self
    }

    /// Makes the numbers of a seed: the same in every run and every host. Never use them for
    /// secrets.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.random().seed(7);
    /// let report = virt.finish_to(std::io::sink()).unwrap();
    /// assert!(report.interfaces.iter().all(|it| it.action == wasi_virt::Action::Virtual));
    /// ```
    pub fn seed(&mut self, seed: u64) -> &mut Self {
        self.kind = Random::Seed(seed);
        self
    }
}
