//! What of the network rules govern, and the part that they give each import and function. This
//! module must never decide about a single call: the adapter does.

use super::decide::Import;
use super::site::Does;
use super::{Plan, Role};
use crate::error::{Problem, ProblemKind, Setting};
use crate::policy::Policy;
use crate::wasi::name::key;
use crate::wasi::network::{Part, is_of_secrets, is_ruled, part, part_of};
use wasi_virt_net::Protocol;
use wasi_virt_net::write::{RuleSet, SocketRule, TargetRule};
use wasmparser::component_types::{ComponentDefinedType, ComponentDefinedTypeId, ComponentValType};

/// What rules govern, and what some rule admits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Network {
    /// Rules govern sockets and lookups.
    pub sockets: bool,
    /// Some rule admits TCP.
    pub tcp: bool,
    /// Some rule admits UDP.
    pub udp: bool,
    /// Some rule admits lookups of a name.
    pub names: bool,
    /// Rules govern requests of HTTP.
    pub http: bool,
    /// Some requests get headers from the host's environment.
    pub secrets: bool,
}

impl Network {
    /// What the rules of a policy say.
    pub(crate) fn new(policy: &Policy, rules: &RuleSet) -> Self {
        let has = |protocol| {
            let mut all = rules.sockets.iter().chain(&rules.listen);
            all.any(|rule| rule.protocol == protocol)
        };
        let is_name =
            |rule: &SocketRule| !matches!(rule.target, TargetRule::Block(_) | TargetRule::Local);
        Network {
            sockets: policy.sockets.rules().is_some(),
            tcp: has(Protocol::Tcp),
            udp: has(Protocol::Udp),
            names: rules.sockets.iter().chain(&rules.resolve).any(is_name),
            http: policy.http.rules().is_some(),
            secrets: rules.http.iter().any(|rule| !rule.headers.is_empty()),
        }
    }

    /// Whether an adapter has to check calls.
    pub(crate) fn has_rules(self) -> bool {
        self.sockets || self.http
    }

    /// Whether some rule admits calls of this part.
    fn admits(self, part: Part) -> bool {
        match part {
            Part::Shared | Part::Names => true,
            Part::Tcp => self.tcp,
            Part::Udp => self.udp,
            Part::Sockets => self.tcp || self.udp,
            Part::Requests => self.http,
            Part::Unknown => false,
        }
    }

    /// The role of an interface whose calls rules govern.
    pub(crate) fn role(self, interface: &str) -> Role {
        match part(interface) {
            // Addresses that are written as names are answered without the host.
            Part::Names => Role::Virtual,
            part if self.admits(part) => Role::Host,
            _ => Role::Denied,
        }
    }

    /// Says of an import that the host answers which functions rules check, and which they close.
    pub(crate) fn govern(self, import: &mut Import) {
        for function in import.functions.keys() {
            if !self.admits(part_of(&import.known, function)) {
                import.unknown.insert(function.clone());
            }
        }
        let drops = import
            .resources
            .keys()
            .map(|name| format!("{}{name}", wasi_virt_layout::abi::DROP));
        let names = import.functions.keys().cloned().chain(drops);
        let ruled = names.filter(|name| {
            let key = key(&import.known, name);
            is_ruled(&key) || self.secrets && is_of_secrets(&key)
        });
        import.ruled = ruled.collect();
    }
}

impl Plan<'_> {
    /// The type of the errors of `wasi:http` in WASI 0.3, where requests get headers.
    pub(crate) fn error_of_requests(&self) -> Option<ComponentDefinedTypeId> {
        let types = self.types.as_ref();
        let mut adding = self.replaced.iter().filter(|one| one.adds_headers);
        adding.find_map(|one| {
            let Does::Call(function) = one.site.does else {
                return None;
            };
            let ComponentValType::Type(result) = types[function].result? else {
                return None;
            };
            match &types[result] {
                ComponentDefinedType::Result {
                    err: Some(ComponentValType::Type(error)),
                    ..
                } => Some(*error),
                _ => None,
            }
        })
    }

    /// The problem of a component that sends requests with headers whose adapter has no way to the
    /// host's environment, here or in a part.
    pub(super) fn without_environment(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self
            .inner
            .values()
            .flat_map(Plan::without_environment)
            .collect();
        let adding = self.replaced.iter().find(|one| one.adds_headers);
        let mut reached = self.reached.keys();
        let is_reached = reached.any(|name| name.ends_with("#get-environment"));
        if let Some(one) = adding.filter(|_| !is_reached) {
            let label = one.site.label();
            problems.push(
                Problem::new(ProblemKind::Unsupported)
                    .asked(Setting::key("http"))
                    .then(format!(
                        " has headers for `{label}`, but the component does not import \
                         `wasi:cli/environment`, from which the artifact would take their values; \
                         an artifact imports nothing that its component does not: build the \
                         component with that import, or remove the headers"
                    )),
            );
        }
        problems
    }
}
