//! What each function of the glue does, in the glue's own terms. This module must never write code.

use super::Emitter;
use crate::error::{Error, Result, Stage};
use crate::plan::Role;
use crate::plan::decide::Service;
use crate::plan::refuse::Answer;
use crate::plan::{HOLLOW, Replaced};
use crate::relink::glue::{Async, Does, Hidden};
use crate::wasi::name::POLL;
use wasi_virt_layout::abi;
use wasm_encoder::ComponentExportKind;
use wasmparser::component_types::ResourceId;

impl Emitter<'_, '_> {
    /// What the glue does for a function.
    pub(super) fn does(
        &mut self,
        one: &Replaced,
        host: Option<u32>,
        hosts: &mut Vec<u32>,
        memories: &mut Vec<u32>,
    ) -> Result<Does> {
        let host_of = || {
            let label = one.site.label();
            host.ok_or_else(|| Error::internal(Stage::Relink, format!("no host for `{label}`")))
        };
        let hidden = (!one.descriptors.is_empty()).then(|| Hidden {
            export: abi::HIDDEN.to_string(),
            descriptors: one.descriptors.clone(),
        });
        let (export, context) = (one.export(), one.context.unwrap_or_default());
        // Whatever the function looks at lies in one memory.
        let memory = match one.glue_memory() {
            Some(_) => Some(self.memory(one, memories)?),
            None => None,
        };
        let lowered = one.lowered.clone().map(|lowered| Async {
            lowered,
            memory: memory.unwrap_or_default(),
        });
        Ok(match one.service {
            Service::Virtual => Does::Adapter {
                export,
                context,
                lowered,
            },
            Service::Checked => Does::Checked {
                export,
                context,
                host: host_of()?,
                lowered,
            },
            Service::Begun => Does::Begun { export, context },
            Service::Either if export == POLL => Does::Poll {
                export,
                context,
                host: host_of()?,
                memory: memory.unwrap_or_default(),
            },
            Service::Either => Does::Either {
                export,
                context,
                host: host_of()?,
                handles: one.handles.clone(),
                hidden,
                lowered,
                memory: memory.unwrap_or_default(),
            },
            Service::Guarded => Does::Guarded {
                host: host_of()?,
                handles: one.handles.clone(),
                hidden,
                answer: one.answer.clone(),
                memory: memory.unwrap_or_default(),
            },
            Service::Denied if one.drops_hollow => Does::DropHollow(HOLLOW),
            Service::Denied => match &one.answer {
                Some(answer) => self.answer(answer, hidden, hosts, memory),
                None => Does::Trap,
            },
            // Only what it is handed is looked at.
            Service::Host => Does::Guarded {
                host: host_of()?,
                handles: Vec::new(),
                hidden,
                answer: None,
                memory: memory.unwrap_or_default(),
            },
        })
    }

    /// The answer of a denied function, with what drops the handles that it takes.
    fn answer(
        &mut self,
        answer: &Answer,
        hidden: Option<Hidden>,
        hosts: &mut Vec<u32>,
        memory: Option<u32>,
    ) -> Does {
        let mut drops = Vec::new();
        for resource in &answer.resources {
            let dropper = self.dropper(resource.resource());
            drops.push(dropper.map(|function| {
                hosts.push(function);
                hosts.len() as u32 - 1
            }));
        }
        Does::Answer {
            answer: answer.clone(),
            memory,
            drops,
            hidden,
        }
    }

    /// A core function that drops a resource of the host, where its import is written.
    fn dropper(&mut self, resource: ResourceId) -> Option<u32> {
        let (import, name) = self.plan.imports.iter().find_map(|import| {
            let mut resources = import.resources.iter();
            let (name, _) = resources.find(|(_, id)| **id == resource)?;
            Some((import, name.clone()))
        })?;
        // Handles of denied resources are hollow.
        if import.role == Role::Denied {
            return None;
        }
        let import = import.name.clone();
        let from = self.import_index(&import)?;
        let ty = self.writer.alias(from, ComponentExportKind::Type, &name);
        Some(self.writer.canon(|canons| {
            canons.resource_drop(ty);
        }))
    }

    /// The number of a function's memory among those that the glue is given.
    fn memory(&mut self, one: &Replaced, memories: &mut Vec<u32>) -> Result<u32> {
        let memory = one.site.memory.ok_or_else(|| {
            let label = one.site.label();
            Error::internal(
                Stage::Relink,
                format!("`{label}` is lowered without a memory"),
            )
        })?;
        Ok(self.numbered_memory(memory, memories))
    }
}
