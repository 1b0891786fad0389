//! The core functions of one component that are replaced: who answers each, and how. This module
//! must never look into a nested component.

use super::answers::{answer, manner, none};
use super::decide::{Decisions, Service};
use super::label::Label;
use super::layout::spilled::Lowered;
use super::layout::{Abi, Operand};
use super::leaks::{self, DESCRIPTORS, REQUESTS, leaks};
use super::network::Network;
use super::refuse::{Answer, Manner, Reply};
use super::resources::{self, Taken};
use super::site::{Does, Site, sites};
use super::streams::{Handed, Waits};
use super::{Asked, Import, origin, parts};
use crate::error::{Error, Problem, ProblemKind, Result, Setting, Stage};
use crate::policy::DebugLog;
use crate::wasi::name::{self, POLL};
use crate::wasi::subsystem::Subsystem;
use crate::wasm::component::Scope;
use std::collections::BTreeSet;
use wasi_virt_layout::abi;
use wasmparser::component_types::ResourceId;
use wasmparser::types::Types;

/// A core function that is replaced.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub site: Site,
    pub service: Service,
    /// Whether the adapter's check gives requests headers from the host's environment.
    pub adds_headers: bool,
    /// Which memory and realloc the adapter uses; none where it uses none.
    pub context: Option<u32>,
    /// The parameters that are handles of which the adapter has some.
    pub handles: Vec<Operand>,
    /// The parameters that are descriptors, where the adapter keeps some to itself.
    pub descriptors: Vec<Operand>,
    /// How the adapter is called where the function is lowered `async`.
    pub lowered: Option<Lowered>,
    /// The name of the first resource that the function takes and the adapter has handles of.
    pub resource: String,
    /// How a denied function answers, or a guarded one that is given a virtual handle; where it
    /// does not, it traps.
    pub answer: Option<Answer>,
    /// Whether hollow handles are dropped.
    pub drops_hollow: bool,
    /// What the log calls its calls, where they are logged.
    pub label: Option<Label>,
    /// Readable ends of streams of bytes that the host is handed.
    pub ends: Option<Handed>,
    /// How the host is called where it may wait and the component lowers the function without
    /// `async`.
    pub waits: Option<Waits>,
}

impl Replaced {
    /// Whether the host's function is called as well.
    pub(crate) fn keeps_host(&self) -> bool {
        matches!(
            self.service,
            Service::Checked | Service::Either | Service::Guarded | Service::Host
        )
    }

    /// The memory that the glue itself touches.
    pub(crate) fn glue_memory(&self) -> Option<u32> {
        let polls = self.service == Service::Either && self.site.key() == POLL;
        let writes = matches!(
            self.answer,
            Some(Answer {
                reply: Reply::Memory { .. },
                ..
            })
        );
        let lowered = self.lowered.as_ref().is_some_and(Lowered::uses_memory);
        let hands = self.ends.as_ref().is_some_and(Handed::uses_memory);
        let mut operands = self.handles.iter().chain(&self.descriptors);
        let looks = operands.any(|at| matches!(at, Operand::Memory { .. }));
        let touches = polls || writes || lowered || hands || looks;
        self.site.memory.filter(|_| touches)
    }

    /// Whether the host's function stays as it is.
    pub(crate) fn is_untouched(&self) -> bool {
        self.is_answered_by_host() && self.label.is_none()
    }

    /// Whether the host's function answers as it is, logged or not.
    pub(crate) fn is_answered_by_host(&self) -> bool {
        self.service == Service::Host && self.ends.is_none() && self.waits.is_none()
    }

    /// The adapter's export that is called.
    pub(crate) fn export(&self) -> String {
        match self.service {
            Service::Checked if self.adds_headers => {
                format!("{}{}", abi::HEADERS, self.site.key())
            }
            Service::Checked => format!("{}{}", abi::CHECK, self.site.key()),
            Service::Begun => format!("{}{}", abi::begun::BEGIN, self.site.key()),
            _ => self.site.key(),
        }
    }

    /// Whether the adapter is called.
    pub(crate) fn calls_adapter(&self) -> bool {
        matches!(
            self.service,
            Service::Checked | Service::Begun | Service::Either | Service::Virtual
        )
    }
}

/// A function that only the host answers: its import and its name.
pub(crate) type OfHost = (String, String);

/// What is replaced in a component, and the functions of undecided interfaces that only the host
/// answers.
pub(super) fn replaced(
    scope: &Scope<'_>,
    decisions: &Decisions<'_>,
    asked: &Asked<'_, '_>,
    logged: DebugLog,
    problems: &mut Vec<Problem>,
) -> Result<(Vec<Replaced>, Vec<OfHost>)> {
    let types = &scope.types;
    let owners = origin::owners(&scope.items, types.as_ref());
    let known = |import: &str| {
        let import = decisions.import(import);
        import.map_or_else(Default::default, |import| {
            (import.known.clone(), import.function.clone())
        })
    };
    let descriptors: BTreeSet<ResourceId> = decisions
        .imports
        .iter()
        .filter(|import| import.path() == name::FILES)
        .filter_map(|import| import.resources.get("descriptor").copied())
        .collect();
    if asked.files.hidden {
        problems.extend(leaks(scope, &descriptors, &DESCRIPTORS));
    }
    let requests = requests(decisions, asked.files.network);
    if !requests.is_empty() {
        problems.extend(leaks(scope, &requests, &REQUESTS));
    }
    let (mut replaced, mut hosts) = (Vec::new(), Vec::new());
    for site in sites(&scope.items, types.as_ref(), &owners, &known)? {
        let key = site.key();
        let is_served = |before: &str| asked.served.contains(&format!("{before}{key}"));
        let served = ["", abi::CHECK, abi::begun::BEGIN]
            .into_iter()
            .any(is_served);
        let service = decisions.service(&site, served);
        let taken = taken(types, &site);
        if asked.files.hidden
            && !matches!(service, Service::Denied | Service::Virtual)
            && !taken.buried.is_disjoint(&descriptors)
        {
            problems.push(Problem::text(
                ProblemKind::Unsupported,
                format!(
                    "`{}` takes a descriptor inside another value, where the adapter cannot check \
                     whether it must stay hidden; deny the import, or preopen no directory of the \
                     host",
                    site.label()
                ),
            ));
        }
        let is_outside = |import: &Import| import.is_foreign || import.subsystem != Subsystem::Http;
        if decisions.import(&site.import).is_some_and(is_outside)
            && service != Service::Denied
            && taken.all().any(|id| requests.contains(&id))
        {
            problems.push(leaks::taken(&site.label(), &REQUESTS));
        }
        let mut foreign = decisions.import(&site.import).into_iter();
        if service == Service::Guarded && foreign.any(|import| import.is_foreign) {
            let mut all = taken.all();
            if let Some(id) = all.find(|id| decisions.is_useful(*id)) {
                let resource = decisions.resource_name(id);
                problems.push(parts::passes(&site.label(), resource));
            }
        }
        let virtuals = flat(&taken, |id| decisions.is_of_adapter(id));
        let handles: Vec<Operand> = virtuals.iter().map(|(at, _)| *at).collect();
        let of_policy = (asked.policy, asked.files);
        let label = Label::new(service, decisions, &site, &handles, of_policy)
            .filter(|label| label.is_logged(logged, &site));
        if service == Service::Host {
            hosts.push((site.import.clone(), site.name.clone()));
        }
        if service == Service::Host && label.is_none() {
            // What it is handed decides whether it stays as it is.
        } else if let (Some(what), Service::Host) = (site.unusual, service) {
            problems.push(
                Problem::text(
                    ProblemKind::Unsupported,
                    format!("`{}` is lowered with {what}, which ", site.label()),
                )
                .asked(Setting::word("debug", "true"))
                .then(
                    " cannot log; remove it, or build the component for UTF-8 and 32-bit memories",
                ),
            );
        } else if let Some(what) = site.unusual {
            problems.push(Problem::text(
                ProblemKind::Unsupported,
                format!(
                    "`{}` is lowered with {what}, which this release cannot relink; build the \
                     component for UTF-8 and 32-bit memories",
                    site.label()
                ),
            ));
        }
        let lowered = match (site.does, service) {
            (Does::Call(function), Service::Checked | Service::Virtual | Service::Either)
                if site.is_async =>
            {
                let types = types.as_ref();
                let lowered = Abi { types }.lowered(function);
                // A function that does not have WASI's type is a problem already.
                if lowered.is_none() && problems.is_empty() {
                    return Err(Error::internal(
                        Stage::Plan,
                        "more than the adapter's parameters",
                    ));
                }
                lowered
            }
            _ => None,
        };
        let answer = match service {
            // The answer would drop a handle that the glue cannot check.
            Service::Denied if asked.files.hidden && !taken.buried.is_disjoint(&descriptors) => {
                None
            }
            Service::Denied => answer(types, decisions, &site, asked.policy.deny_mode),
            Service::Guarded => none(types, &site),
            _ => None,
        };
        replaced.push(Replaced {
            resource: virtuals
                .first()
                .map_or("resource", |(_, id)| decisions.resource_name(*id))
                .to_string(),
            handles,
            lowered,
            label,
            descriptors: match asked.files.hidden && service != Service::Virtual {
                true => flat(&taken, |id| descriptors.contains(&id))
                    .into_iter()
                    .map(|(at, _)| at)
                    .collect(),
                false => Vec::new(),
            },
            answer,
            drops_hollow: service == Service::Denied
                && matches!(site.does, Does::Drop(_))
                && decisions
                    .import(&site.import)
                    .is_some_and(|import| manner(import, asked.policy.deny_mode) == Manner::Answer),
            adds_headers: asked.files.network.secrets
                && asked.served.contains(&format!("{}{key}", abi::HEADERS)),
            site,
            service,
            context: None,
            ends: None,
            waits: None,
        });
    }
    Ok((replaced, hosts))
}

/// The resources of requests of WASI 0.2, where the adapter hides some.
fn requests(decisions: &Decisions<'_>, network: Network) -> BTreeSet<ResourceId> {
    let mut requests = BTreeSet::new();
    if network.secrets {
        let imports = decisions.imports.iter();
        let types = imports.filter(|import| import.path() == name::HTTP_TYPES);
        requests.extend(types.filter_map(|import| import.resources.get("outgoing-request")));
    }
    requests
}

/// The handles that a site takes.
fn taken(types: &Types, site: &Site) -> Taken {
    match site.does {
        Does::Drop(resource) => Taken {
            flat: vec![(Operand::param(0), resource)],
            ..Taken::default()
        },
        Does::Call(function) => resources::taken(types.as_ref(), function, site.is_async),
    }
}

/// The parameters that are handles of resources that `is` holds for, with these.
fn flat(taken: &Taken, is: impl Fn(ResourceId) -> bool) -> Vec<(Operand, ResourceId)> {
    let handles = taken.flat.iter().copied();
    handles.filter(|(_, id)| is(*id)).collect()
}
