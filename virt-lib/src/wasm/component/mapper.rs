//! Renumbers references to a component's items. One pass serves twice: run dry it notes what is
//! referred to, also by `outer` aliases of what is nested, and run wet it gives each its new index.

use super::item::{Ref, Space};
use crate::error::{Error, Result, Stage};
use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasm_encoder::{Component, ComponentSectionId, RawSection};
use wasmparser::Parser;

enum Map {
    /// What is referred to.
    Noted(Vec<Ref>),
    /// New indices, by space and old index.
    New(Vec<Vec<Option<u32>>>),
}

/// See the module.
pub(crate) struct Mapper {
    /// How many components or types lie between the component and what is written.
    depth: u32,
    /// The mapper of the component around this one.
    around: Option<Box<Mapper>>,
    map: Map,
    /// A reference to what was dropped.
    lost: Option<Ref>,
}

impl Mapper {
    /// A mapper that notes references and changes nothing.
    pub(crate) fn noting() -> Self {
        Mapper {
            depth: 0,
            around: None,
            map: Map::Noted(Vec::new()),
            lost: None,
        }
    }

    /// A mapper that knows no new index yet.
    pub(crate) fn renumbering() -> Self {
        Mapper {
            depth: 0,
            around: None,
            map: Map::New(vec![Vec::new(); Space::COUNT]),
            lost: None,
        }
    }

    /// Goes on in a nested component, of which no new index is known yet.
    pub(crate) fn enter(&mut self) {
        let around = std::mem::replace(self, Mapper::renumbering());
        self.around = Some(Box::new(around));
    }

    /// Goes back to the component around.
    ///
    /// # Errors
    ///
    /// As [`Mapper::check`].
    pub(crate) fn leave(&mut self) -> Result<()> {
        self.check()?;
        if let Some(around) = self.around.take() {
            *self = *around;
        }
        Ok(())
    }

    /// Takes what was noted since the last call.
    pub(crate) fn take_noted(&mut self) -> Vec<Ref> {
        match &mut self.map {
            Map::Noted(refs) => std::mem::take(refs),
            Map::New(_) => Vec::new(),
        }
    }

    /// Gives the item `old` of a space its new index.
    pub(crate) fn set(&mut self, space: Space, old: u32, new: u32) {
        let Map::New(map) = &mut self.map else { return };
        let (list, old) = (&mut map[space as usize], old as usize);
        if list.len() <= old {
            list.resize(old + 1, None);
        }
        list[old] = Some(new);
    }

    /// The new index of an item; what was dropped is remembered, for [`Mapper::check`].
    pub(crate) fn get(&mut self, space: Space, old: u32) -> u32 {
        match &mut self.map {
            Map::Noted(refs) => {
                refs.push((space, old));
                old
            }
            Map::New(map) => match map[space as usize].get(old as usize) {
                Some(Some(new)) => *new,
                _ => {
                    self.lost.get_or_insert((space, old));
                    0
                }
            },
        }
    }

    /// The new index of an item, where it is written.
    pub(crate) fn known(&self, space: Space, old: u32) -> Option<u32> {
        match &self.map {
            Map::Noted(_) => None,
            Map::New(map) => *map[space as usize].get(old as usize)?,
        }
    }

    /// # Errors
    ///
    /// [`Error::Internal`] where something dropped was referred to.
    pub(crate) fn check(&self) -> Result<()> {
        match self.lost {
            None => Ok(()),
            Some((space, index)) => Err(Error::internal(
                Stage::Relink,
                format!("{space:?} {index} was dropped and is used"),
            )),
        }
    }

    fn here(&mut self, space: Space, index: u32) -> u32 {
        self.outer(space, 0, index)
    }

    /// An index of the scope `count` levels out.
    fn outer(&mut self, space: Space, count: u32, index: u32) -> u32 {
        match (count.checked_sub(self.depth), &mut self.around) {
            (Some(0), _) => self.get(space, index),
            (Some(more), Some(around)) => around.outer(space, more - 1, index),
            _ => index,
        }
    }
}

type Fallible<T> = std::result::Result<T, reencode::Error<std::convert::Infallible>>;

impl Reencode for Mapper {
    type Error = std::convert::Infallible;

    fn type_index(&mut self, index: u32) -> Fallible<u32> {
        Ok(self.here(Space::CoreType, index))
    }

    fn function_index(&mut self, index: u32) -> Fallible<u32> {
        Ok(self.here(Space::CoreFunc, index))
    }

    fn table_index(&mut self, index: u32) -> Fallible<u32> {
        Ok(self.here(Space::CoreTable, index))
    }

    fn memory_index(&mut self, index: u32) -> Fallible<u32> {
        Ok(self.here(Space::CoreMemory, index))
    }

    fn global_index(&mut self, index: u32) -> Fallible<u32> {
        Ok(self.here(Space::CoreGlobal, index))
    }

    fn tag_index(&mut self, index: u32) -> Fallible<u32> {
        Ok(self.here(Space::CoreTag, index))
    }
}

impl ReencodeComponent for Mapper {
    fn component_type_index(&mut self, index: u32) -> u32 {
        self.here(Space::Type, index)
    }

    fn component_instance_index(&mut self, index: u32) -> u32 {
        self.here(Space::Instance, index)
    }

    fn component_func_index(&mut self, index: u32) -> u32 {
        self.here(Space::Func, index)
    }

    fn component_index(&mut self, index: u32) -> u32 {
        self.here(Space::Component, index)
    }

    fn module_index(&mut self, index: u32) -> u32 {
        self.here(Space::CoreModule, index)
    }

    fn instance_index(&mut self, index: u32) -> u32 {
        self.here(Space::CoreInstance, index)
    }

    fn component_value_index(&mut self, index: u32) -> u32 {
        self.here(Space::Value, index)
    }

    fn outer_type_index(&mut self, count: u32, index: u32) -> Fallible<u32> {
        Ok(self.outer(Space::CoreType, count, index))
    }

    fn outer_component_type_index(&mut self, count: u32, index: u32) -> u32 {
        self.outer(Space::Type, count, index)
    }

    fn outer_component_index(&mut self, count: u32, index: u32) -> u32 {
        self.outer(Space::Component, count, index)
    }

    fn outer_module_index(&mut self, count: u32, index: u32) -> u32 {
        self.outer(Space::CoreModule, count, index)
    }

    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }

    fn parse_component_submodule(
        &mut self,
        component: &mut Component,
        _: Parser,
        module: &[u8],
    ) -> Fallible<()> {
        component.section(&RawSection {
            id: ComponentSectionId::CoreModule.into(),
            data: module,
        });
        Ok(())
    }
}
