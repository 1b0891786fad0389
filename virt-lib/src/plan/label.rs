//! What a line of the log calls a call: by who answers it, decided for each call where its handles
//! decide that. This module must never decide who answers.

use crate::plan::decide::{Decisions, Service};
use crate::plan::layout::Operand;
use crate::plan::site::{Does, Site};
use crate::plan::{Files, Role};
use crate::policy::{DebugLog, Policy};
use crate::report::Action;
use crate::wasi::name::{self, IO_STREAMS, POLL};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Host,
    Virtual,
    Denied,
}

impl Word {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Word::Host => "host",
            Word::Virtual => "virtual",
            Word::Denied => "denied",
        }
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Every call is the same.
    Always(Word),
    /// The arguments `handles` decide: one word where one of them is virtual, one where none is.
    /// A virtual stream that is denied makes the call denied.
    Handles {
        handles: Vec<Operand>,
        ours: Word,
        theirs: Word,
    },
    /// The handles of a list decide: the adapter answers where one of them is virtual.
    Poll,
}

impl Label {
    /// The label of the calls of a site, of which `handles` are the arguments that may be virtual
    /// handles; none where they are never logged.
    pub(crate) fn new(
        service: Service,
        decisions: &Decisions<'_>,
        site: &Site,
        handles: &[Operand],
        (policy, files): (&Policy, Files),
    ) -> Option<Label> {
        let import = decisions.import(&site.import)?;
        // What one part of a composition calls of another does not reach the policy.
        if import.is_foreign || matches!(site.does, Does::Drop(_)) {
            return None;
        }
        // Streams that are denied are served by the adapter, so that they can say why.
        let is_denied = import.role == Role::Virtual
            && import.role.action(&import.known, policy, files) == Action::Denied;
        let (ours, theirs) = match service {
            Service::Host | Service::Checked | Service::Begun => {
                return Some(Label::Always(Word::Host));
            }
            Service::Denied => return Some(Label::Always(Word::Denied)),
            _ if is_denied => return Some(Label::Always(Word::Denied)),
            Service::Either if site.key() == POLL => return Some(Label::Poll),
            Service::Either => (Word::Virtual, Word::Host),
            Service::Guarded => (Word::Denied, Word::Host),
            Service::Virtual => (Word::Virtual, Word::Virtual),
        };
        Some(match handles {
            [] => Label::Always(theirs),
            handles => Label::Handles {
                handles: handles.to_vec(),
                ours,
                theirs,
            },
        })
    }
    /// Whether the log has calls of this label, of this site.
    pub(crate) fn is_logged(&self, logged: DebugLog, site: &Site) -> bool {
        match (logged, self) {
            (DebugLog::Off, _) => false,
            (DebugLog::All, _) => true,
            (DebugLog::Denied, Label::Always(word)) => *word == Word::Denied,
            (DebugLog::Denied, Label::Handles { ours, .. }) => {
                // Only streams are virtual and denied.
                *ours == Word::Denied || name::path(&site.known) == IO_STREAMS
            }
            (DebugLog::Denied, Label::Poll) => false,
        }
    }
}
