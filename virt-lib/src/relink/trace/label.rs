//! What a line of the log calls a call: by who answers it, decided for each call where its handles
//! decide that. This module must never decide who answers.

use super::code::Code;
use crate::plan::{Files, Role};
use crate::policy::Policy;
use crate::relink::decide::{Decisions, Service};
use crate::relink::glue::code::{any_is_virtual, is_virtual, place};
use crate::relink::plan::POLL;
use crate::relink::site::{Does, Site};
use crate::report::Action;
use wasm_encoder::{BlockType, InstructionSink};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::relink) enum Word {
    Host,
    Virtual,
    Denied,
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Word::Host => "host",
            Word::Virtual => "virtual",
            Word::Denied => "denied",
        }
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::relink) enum Label {
    /// Every call is the same.
    Always(Word),
    /// The arguments `handles` decide: one word where one of them is virtual, one where none is.
    /// A virtual stream that is denied makes the call denied.
    Handles {
        handles: Vec<u32>,
        ours: Word,
        theirs: Word,
    },
    /// The handles of a list decide: the adapter answers where one of them is virtual.
    Poll,
}

impl Label {
    /// The label of the calls of a site, of which `handles` are the arguments that may be virtual
    /// handles; none where they are not logged.
    pub(in crate::relink) fn new(
        service: Service,
        decisions: &Decisions<'_>,
        site: &Site,
        handles: &[u32],
        (policy, files): (&Policy, Files),
    ) -> Option<Label> {
        let import = decisions.import(&site.import)?;
        // What one part of a composition calls of another does not reach the policy.
        if !policy.debug || import.is_foreign || matches!(site.does, Does::Drop(_)) {
            return None;
        }
        // Streams that are denied are served by the adapter, so that they can say why.
        let is_denied = import.role == Role::Virtual
            && import.role.action(import.subsystem, policy, files) == Action::Denied;
        let (ours, theirs) = match service {
            Service::Host => return Some(Label::Always(Word::Host)),
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
}

impl Code<'_> {
    /// Writes the word for this call. `walk` is the first of two locals of its own.
    pub(super) fn label(&mut self, sink: &mut InstructionSink<'_>, label: &Label, walk: u32) {
        match label {
            Label::Always(word) => self.text(sink, word.text()),
            Label::Handles {
                handles,
                ours,
                theirs,
            } => {
                if ours != theirs {
                    any_is_virtual(sink, handles, self.layer());
                    sink.if_(BlockType::Empty);
                }
                if *ours == Word::Virtual {
                    for (at, handle) in handles.iter().enumerate() {
                        sink.local_get(*handle);
                        self.is_denied(sink);
                        if at > 0 {
                            sink.i32_or();
                        }
                    }
                    sink.if_(BlockType::Empty);
                    self.text(sink, Word::Denied.text());
                    sink.else_();
                    self.text(sink, ours.text());
                    sink.end();
                } else {
                    self.text(sink, ours.text());
                }
                if ours != theirs {
                    sink.else_();
                    self.text(sink, theirs.text());
                    sink.end();
                }
            }
            Label::Poll => {
                let (at, end) = (walk, walk + 1);
                sink.local_get(0).local_tee(at);
                sink.local_get(1).i32_const(2).i32_shl();
                sink.i32_add().local_set(end);
                sink.block(BlockType::Empty);
                sink.block(BlockType::Empty).loop_(BlockType::Empty);
                sink.local_get(at).local_get(end).i32_ge_u().br_if(1);
                sink.local_get(at).i32_load(place(0, 0));
                is_virtual(sink, self.layer());
                sink.if_(BlockType::Empty);
                self.text(sink, Word::Virtual.text());
                sink.br(3).end();
                sink.local_get(at).i32_const(4).i32_add().local_set(at);
                sink.br(0).end().end();
                self.text(sink, Word::Host.text());
                sink.end();
            }
        }
    }
}
