//! Configuration properties: which of the host's stay visible, and those with fixed values.

use crate::error::{Problem, ProblemKind, Setting};
use crate::policy::{Access, HostNames, Policy};

/// What a component sees of `wasi:config`.
#[derive(Clone, Debug)]
pub struct VirtConfig {
    host: HostNames,
    overrides: Vec<(String, String)>,
}

impl VirtConfig {
    pub(super) fn new(access: Access) -> Self {
        VirtConfig {
            host: match access {
                Access::Allow => HostNames::All,
                Access::Deny => HostNames::None,
            },
            overrides: Vec::new(),
        }
    }

    pub(super) fn apply(&self, policy: &mut Policy, problems: &mut Vec<Problem>) {
        policy.host_config.clone_from(&self.host);
        policy.config.clone_from(&self.overrides);
        let wrong = |key, name: &str, why: &str| {
            Problem::new(ProblemKind::Value)
                .asked(Setting::item(key, name))
                .then(why)
        };
        let names = match &self.host {
            HostNames::Only(names) | HostNames::Except(names) => names.as_slice(),
            HostNames::None | HostNames::All => &[],
        };
        let hosts = names.iter().map(|name| ("host-config", name));
        let fixed = self.overrides.iter().map(|(name, _)| ("config", name));
        for (key, name) in hosts.chain(fixed) {
            if name.is_empty() {
                problems.push(wrong(key, name, " is empty; name a property"));
            }
        }
        for (position, (name, _)) in self.overrides.iter().enumerate() {
            if self.overrides[..position]
                .iter()
                .any(|(other, _)| other == name)
            {
                problems.push(wrong("config", name, " is set twice; set it once"));
            }
        }
    }

    pub(super) fn drop_values(&mut self) {
        self.overrides.clear();
    }

    /// Shows all properties of the host.
    pub fn allow_all(&mut self) -> &mut Self {
        self.host = HostNames::All;
        self
    }

    /// Hides all properties of the host.
    pub fn deny_all(&mut self) -> &mut Self {
        self.host = HostNames::None;
        self
    }

    /// Shows only these properties of the host.
    pub fn allow<S: AsRef<str>>(&mut self, names: &[S]) -> &mut Self {
        self.host = HostNames::Only(strings(names));
        self
    }

    /// Shows all properties of the host except these.
    pub fn deny<S: AsRef<str>>(&mut self, names: &[S]) -> &mut Self {
        self.host = HostNames::Except(strings(names));
        self
    }

    /// Adds properties with fixed values. They win over the host's.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.config().overrides(&[("custom", "prop")]);
    /// // A component that does not import `wasi:config` cannot notice them.
    /// virt.compose("../examples/hello.wasm");
    /// assert!(virt.finish().unwrap_err().to_string().contains("no effect"));
    /// virt.filter_imports().unwrap();
    /// virt.finish().unwrap();
    /// ```
    pub fn overrides<K: AsRef<str>, V: AsRef<str>>(&mut self, values: &[(K, V)]) -> &mut Self {
        let owned = |(name, value): &(K, V)| (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.overrides.extend(values.iter().map(owned));
        self
    }
}

fn strings<S: AsRef<str>>(texts: &[S]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}
