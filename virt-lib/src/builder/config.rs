//! Configuration properties. The engine knows only all and none; what asks for more is refused.

use crate::policy::{Access, Policy};

/// What a component sees of `wasi:config`.
#[derive(Clone, Debug)]
pub struct VirtConfig {
    access: Access,
    /// The method that asked for what this release cannot do.
    refused: Option<&'static str>,
}

impl VirtConfig {
    pub(super) fn new(access: Access) -> Self {
        VirtConfig {
            access,
            refused: None,
        }
    }

    pub(super) fn apply(&self, policy: &mut Policy, problems: &mut Vec<String>) {
        policy.config = self.access;
        if let Some(method) = self.refused {
            problems.push(format!(
                "config: `{method}` is not available in this release; use `allow_all` or `deny_all`"
            ));
        }
    }

    pub(super) fn drop_values(&mut self) {
        self.refused = None;
    }

    /// Leaves every property of the host's visible.
    ///
    /// ```
    /// wasi_virt::WasiVirt::new().deny_all().config().allow_all();
    /// ```
    pub fn allow_all(&mut self) -> &mut Self {
        self.access = Access::Allow;
        self
    }

    /// Denies every call.
    ///
    /// ```
    /// wasi_virt::WasiVirt::new().config().deny_all();
    /// ```
    pub fn deny_all(&mut self) -> &mut Self {
        self.access = Access::Deny;
        self
    }

    /// Only these properties of the host's. Not available yet: [`finish`](crate::WasiVirt::finish) says so.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.config().allow(&["name"]);
    /// virt.compose("../examples/hello.wasm");
    /// assert!(virt.finish().unwrap_err().to_string().contains("not available"));
    /// ```
    pub fn allow<S: AsRef<str>>(&mut self, names: &[S]) -> &mut Self {
        self.refuse(names.is_empty(), "allow")
    }

    /// All properties of the host's but these. Not available yet: [`finish`](crate::WasiVirt::finish) says so.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.config().deny(&["secret"]);
    /// virt.compose("../examples/hello.wasm");
    /// assert!(virt.finish().unwrap_err().to_string().contains("not available"));
    /// ```
    pub fn deny<S: AsRef<str>>(&mut self, names: &[S]) -> &mut Self {
        self.refuse(names.is_empty(), "deny")
    }

    /// Fixed properties. Not available yet: [`finish`](crate::WasiVirt::finish) says so.
    ///
    /// ```
    /// let mut virt = wasi_virt::WasiVirt::new();
    /// virt.config().overrides(&[("name", "value")]);
    /// virt.compose("../examples/hello.wasm");
    /// assert!(virt.finish().unwrap_err().to_string().contains("not available"));
    /// ```
    pub fn overrides<K: AsRef<str>, V: AsRef<str>>(&mut self, values: &[(K, V)]) -> &mut Self {
        self.refuse(values.is_empty(), "overrides")
    }

    fn refuse(&mut self, nothing: bool, method: &'static str) -> &mut Self {
        if !nothing {
            self.refused = Some(method);
        }
        self
    }
}
