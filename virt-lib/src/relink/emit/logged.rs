//! The log of `--debug`: the functions that write it, around those that answer, and the imports
//! that it needs. This module must never decide what is logged.

use super::{Emitter, One};
use crate::error::{Error, Result, Stage};
use crate::plan::Plan;
use crate::plan::layout::Abi;
use crate::plan::log::{Log, Logged};
use crate::plan::origin;
use crate::plan::site::Does;
use crate::relink::trace::{self, Needs, Traced};
use crate::relink::{busy, glue};
use crate::wasm::component::Space;
use std::collections::BTreeMap;
use wasm_encoder::{ComponentExportKind, ExportKind};
use wasmparser::component_types::ResourceId;
use wasmparser::{ComponentExternName, ComponentExternalKind, ComponentInstantiationArg};

impl Emitter<'_, '_> {
    /// Puts functions of the log around these: a module for each memory that some of them read.
    pub(super) fn log(&mut self, logged: Vec<usize>) -> Result<()> {
        let mut groups: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
        for at in logged {
            let memory = self.plan.replaced[at].site.memory;
            groups.entry(memory).or_default().push(at);
        }
        let mut groups = groups.into_iter();
        groups.try_for_each(|(memory, group)| self.log_module(memory, &group))
    }

    fn log_module(&mut self, memory: Option<u32>, group: &[usize]) -> Result<()> {
        let plan = self.plan;
        let (mut functions, mut inner) = (Vec::new(), Vec::new());
        for at in group {
            let one = &plan.replaced[*at];
            let lost = || Error::internal(Stage::Relink, "what is logged is no call");
            let (Some(label), Does::Call(function)) = (&one.label, one.site.does) else {
                return Err(lost());
            };
            inner.push(*self.answering.get(&One::Site(*at)).ok_or_else(lost)?);
            functions.push(Traced {
                site: &one.site,
                function,
                label,
            });
        }
        let lost = || Error::internal(Stage::Relink, "the log has no adapter");
        let adapter = self.adapter.as_ref().ok_or_else(lost)?;
        let instance = adapter.instance;
        let types = plan.types.as_ref();
        let owners = origin::owners(&plan.items, types).into_iter();
        let resources: BTreeMap<ResourceId, String> = owners
            .map(|(id, (_, path))| (id, path.rsplit('/').next().unwrap_or_default().to_string()))
            .collect();
        let needs = Needs {
            abi: Abi { types },
            resources: &resources,
            layer: plan.layer,
            only_denied: plan.only_denied,
            exports: &adapter.emitted.exports,
        };
        let bytes = trace::module(&functions, memory.is_some(), &needs);
        let replaced = group.iter().map(|at| plan.replaced[*at].site.function);
        self.in_front(&bytes, instance, &inner, memory, replaced);
        Ok(())
    }

    /// Instantiates a module of the log beside the adapter's instance, in front of the functions
    /// `inner`. Its numbered exports take the place of the component's functions `replaced`.
    pub(super) fn in_front(
        &mut self,
        module: &[u8],
        adapter: u32,
        inner: &[u32],
        memory: Option<u32>,
        replaced: impl Iterator<Item = u32>,
    ) -> u32 {
        let mut args = vec![
            (busy::BUSY, self.busy()),
            (glue::ADAPTER, adapter),
            (glue::HOST, self.numbered(ExportKind::Func, inner)),
        ];
        if let Some(memory) = memory {
            let memory = self.mapper.get(Space::CoreMemory, memory);
            args.push((glue::MEMORIES, self.numbered(ExportKind::Memory, &[memory])));
        }
        let module = self.writer.module(module, None);
        let instance = self.writer.instantiate(module, &args);
        for (number, replaced) in replaced.enumerate() {
            let name = number.to_string();
            let function = self.writer.take(instance, ExportKind::Func, &name);
            self.mapper.set(Space::CoreFunc, replaced, function);
        }
        instance
    }

    /// Writes the imports that the log needs and the component lacks, as far as what they use is
    /// written, and takes the resources out of all.
    pub(super) fn log_imports(&mut self) -> Result<()> {
        let plan = self.plan;
        let Some(log) = &plan.log else { return Ok(()) };
        for Logged {
            name,
            instance,
            resource,
        } in log.imports()
        {
            if self.mapper.known(Space::Instance, instance).is_some() {
                continue;
            }
            let new = match self.import_index(name) {
                Some(index) => index,
                None => match self.add_import(name)? {
                    Some(index) => index,
                    None => continue,
                },
            };
            self.mapper.set(Space::Instance, instance, new);
            if let Some((resource, index)) = resource {
                let ty = ComponentExportKind::Type;
                let ty = self.writer.alias(new, ty, resource);
                self.mapper.set(Space::Type, index, ty);
            }
        }
        Ok(())
    }

    /// What a part is given for its log.
    pub(super) fn log_args<'i>(
        &self,
        part: &'i Plan<'_>,
    ) -> impl Iterator<Item = ComponentInstantiationArg<'i>> {
        let ours = self.plan.log.iter().flat_map(Log::imports);
        let theirs = part.log.iter().flat_map(Log::imports);
        theirs
            .zip(ours)
            .map(|(theirs, ours)| ComponentInstantiationArg {
                name: theirs.name,
                kind: ComponentExternalKind::Instance,
                index: ours.instance,
            })
    }

    /// Writes an import that is added, where all that it uses is written.
    fn add_import(&mut self, name: &str) -> Result<Option<u32>> {
        let mut added = self.plan.added.iter();
        let Some(added) = added.find(|added| added.name == name) else {
            return Ok(None);
        };
        let known = |index: &u32| self.mapper.known(Space::Type, *index).is_some();
        if !added.ty.uses().iter().all(known) {
            return Ok(None);
        }
        let mapper = &mut self.mapper;
        let ty = added
            .ty
            .encode(&mut |index| mapper.get(Space::Type, index))?;
        let name = ComponentExternName {
            name: &added.name,
            implements: None,
            version_suffix: None,
            external_id: None,
        };
        let instance = self.writer.import(name, &ty);
        self.added.insert(added.name.clone(), instance);
        Ok(Some(instance))
    }
}
