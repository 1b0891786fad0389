//! Sockets and HTTP: the host's, denied, or by rules. This module must never read a rule.

use crate::policy::{Access, Http, HttpRules, SocketRules, Sockets};

/// TCP, UDP and name lookup.
#[derive(Clone, Debug)]
pub struct VirtSockets {
    pub(super) sockets: Sockets,
}

impl VirtSockets {
    pub(super) fn new(access: Access) -> Self {
        VirtSockets {
            sockets: access.into(),
        }
    }

    /// Leaves them to the host.
    pub fn allow(&mut self) -> &mut Self {
        self.sockets = Access::Allow.into();
        self
    }

    /// Denies every call.
    pub fn deny(&mut self) -> &mut Self {
        self.sockets = Access::Deny.into();
        self
    }

    /// Allows only what these rules allow.
    ///
    /// ```
    /// use wasi_virt::{SocketRules, WasiVirt};
    ///
    /// let mut rules = SocketRules::new();
    /// rules.allow.push("api.example.com".into());
    /// let mut virt = WasiVirt::new();
    /// virt.deny_all().sockets().rules(rules);
    /// let problem = virt.finish().unwrap_err().to_string();
    /// assert!(problem.contains("the port is missing; write `api.example.com:443`"), "{problem}");
    /// ```
    pub fn rules(&mut self, rules: SocketRules) -> &mut Self {
        self.sockets = Sockets::Rules(rules);
        self
    }
}

/// HTTP requests.
#[derive(Clone, Debug)]
pub struct VirtHttp {
    pub(super) http: Http,
}

impl VirtHttp {
    pub(super) fn new(access: Access) -> Self {
        VirtHttp {
            http: access.into(),
        }
    }

    /// Leaves them to the host.
    pub fn allow(&mut self) -> &mut Self {
        self.http = Access::Allow.into();
        self
    }

    /// Denies every call.
    pub fn deny(&mut self) -> &mut Self {
        self.http = Access::Deny.into();
        self
    }

    /// Allows only what these rules allow.
    ///
    /// ```
    /// use wasi_virt::{HttpRules, WasiVirt};
    ///
    /// let mut rules = HttpRules::new();
    /// rules.allow.push("get https://api.example.com".into());
    /// let mut virt = WasiVirt::new();
    /// virt.deny_all().http().rules(rules);
    /// let problem = virt.finish().unwrap_err().to_string();
    /// assert!(problem.contains("write `GET https://api.example.com`"), "{problem}");
    /// ```
    pub fn rules(&mut self, rules: HttpRules) -> &mut Self {
        self.http = Http::Rules(rules);
        self
    }
}
