//! The component's own items under their new indices, and the components nested in it. This module
//! must never write anything of ours.

use super::{Emitter, Outer, nested};
use crate::error::{Error, Result, Stage};
use crate::plan::import_type::ImportType;
use crate::plan::keep::Kept;
use crate::plan::written::{self, WrittenTypes};
use crate::wasm::component::{Item, Kind, Mark, Space, Writer};
use wasmparser::component_types::{AliasableResourceId, ComponentAnyTypeId};
use wasmparser::{ComponentImport, ComponentInstance};

impl Emitter<'_, '_> {
    /// An item as it was, `position` among the component's core modules or nested components.
    pub(super) fn item(&mut self, at: usize, position: usize) -> Result<()> {
        let plan = self.plan;
        let item = &plan.items[at];
        let Some((space, first, count)) = item.defines else {
            return Ok(());
        };
        // Core types of one group refer to each other.
        let new = self.writer.next(space);
        for index in 0..count {
            self.mapper.set(space, first + index, new + index);
        }
        match &item.kind {
            Kind::CoreModule(range) => {
                let mark = Mark::Module(position);
                let module = &self.skeleton[range.clone()];
                self.writer.module(module, Some(mark));
            }
            Kind::Component(_) => {
                let lost = || Error::internal(Stage::Relink, "a nested component has no plan");
                let inner = plan.inner.get(&at).ok_or_else(lost)?;
                let helpers = self.shared.map(|Outer { count, index }| Outer {
                    count: count + 1,
                    index,
                });
                self.mapper.enter();
                let written = nested(self.skeleton, inner, self.asked, self.mapper, helpers)?;
                self.mapper.leave()?;
                self.writer.component(written, position);
            }
            Kind::Instance(ComponentInstance::Instantiate {
                component_index,
                args,
            }) if plan.parts.of.contains_key(&at) => {
                let inner = plan.parts.of.get(&at).and_then(|at| plan.inner.get(at));
                let mut args = inner.map_or_else(|| args.to_vec(), |inner| Kept::args(inner, args));
                args.extend(inner.into_iter().flat_map(|inner| self.log_args(inner)));
                let kind = Kind::Instance(ComponentInstance::Instantiate {
                    component_index: *component_index,
                    args: args.into(),
                });
                self.writer.item(self.mapper, &kind, self.skeleton)?;
            }
            kind => match plan.streams.lifted(at) {
                Some(lifted) => self.lifted(kind, lifted)?,
                None => self.writer.item(self.mapper, kind, self.skeleton)?,
            },
        }
        if let Kind::Import(_) = item.kind {
            self.fill_hosts()?;
        }
        Ok(())
    }

    /// An import with another type than before.
    pub(super) fn import(
        &mut self,
        item: &Item<'_>,
        import: &ComponentImport<'_>,
        ty: &ImportType<'_>,
    ) -> Result<()> {
        let mapper = &mut *self.mapper;
        let ty = ty.encode(&mut |index| mapper.get(Space::Type, index))?;
        let new = self.writer.import(import.name, &ty);
        if let Some(old) = item.index() {
            self.mapper.set(Space::Instance, old, new);
        }
        self.fill_hosts()
    }

    /// A value type of an import that goes.
    pub(super) fn write_out(&mut self, item: &Item<'_>) -> Result<()> {
        let lost = || Error::internal(Stage::Relink, "a written type is no value type");
        let old = item.index().ok_or_else(lost)?;
        let types = self.plan.types.as_ref();
        let ComponentAnyTypeId::Defined(id) = types.component_any_type_at(old) else {
            return Err(lost());
        };
        let new = WrittenTypes::new(types)
            .define(id, &mut Definitions(&mut self.writer))
            .map_err(|_| lost())?;
        self.mapper.set(Space::Type, old, new);
        Ok(())
    }
}

/// The root as a place for definitions.
pub(super) struct Definitions<'w>(pub(super) &'w mut Writer);

impl<'a> written::Space<'a> for Definitions<'_> {
    fn define(&mut self, definition: wasmparser::ComponentDefinedType<'a>) -> u32 {
        self.0
            .ty(|to| written::encode(definition, to.defined_type()))
    }

    fn resource(&mut self, _: AliasableResourceId) -> Option<u32> {
        None
    }
}
