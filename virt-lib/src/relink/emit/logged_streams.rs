//! The log's functions around canonical built-ins, which show what streams carry: a module for each
//! memory that some of them read. This module must never decide what is logged.

use super::{Emitter, One};
use crate::error::{Error, Result, Stage};
use crate::plan::layout::Abi;
use crate::relink::trace::{self, Moving, Needs};
use std::collections::BTreeMap;

impl Emitter<'_, '_> {
    /// Puts functions of the log around these built-ins.
    pub(super) fn log_streams(&mut self, carried: Vec<usize>) -> Result<()> {
        let mut groups: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
        for at in carried {
            let memory = self.plan.streams.built_ins[at].memory;
            groups.entry(memory).or_default().push(at);
        }
        // What names no memory may end a read of those that do.
        if groups.len() > 1
            && let Some(without) = groups.remove(&None)
            && let Some(mut first) = groups.first_entry()
        {
            first.get_mut().extend(without);
        }
        let mut groups = groups.into_iter();
        groups.try_for_each(|(memory, group)| self.log_streams_of(memory, &group))
    }

    fn log_streams_of(&mut self, memory: Option<u32>, group: &[usize]) -> Result<()> {
        let plan = self.plan;
        let lost = || Error::internal(Stage::Relink, "a stream that is logged has no built-in");
        let (mut functions, mut inner) = (Vec::new(), Vec::new());
        for at in group {
            let one = &plan.streams.built_ins[*at];
            let answering = self.answering.get(&One::BuiltIn(*at));
            inner.push(*answering.ok_or_else(lost)?);
            functions.push(Moving {
                carried: one.carried.ok_or_else(lost)?,
                params: &one.params,
                results: &one.results,
            });
        }
        let adapter = self.adapter.as_ref().ok_or_else(lost)?;
        let instance = adapter.instance;
        let needs = Needs {
            abi: Abi {
                types: plan.types.as_ref(),
            },
            resources: &BTreeMap::new(),
            layer: plan.layer,
            only_denied: false,
            exports: &adapter.emitted.exports,
        };
        let bytes = trace::streams(&functions, memory.map(|_| self.stream_logs), &needs);
        let replaced = group.iter().map(|at| plan.streams.built_ins[*at].function);
        let instance = self.in_front(&bytes, instance, &inner, memory, replaced);
        self.stream_logs += 1;
        if memory.is_some() {
            self.stream_log.get_or_insert(instance);
        }
        Ok(())
    }
}
