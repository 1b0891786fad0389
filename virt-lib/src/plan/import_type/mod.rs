//! The type of an imported instance, with less in it or with more: what is not needed any more
//! goes, and what the adapter needs of the host comes. This module must never know a policy.

mod extend;

use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::convert::Infallible;
use wasm_encoder::InstanceType;
use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentTypeRef,
    InstanceTypeDeclaration, TypeBounds,
};
use wit_parser::TypeId;

/// An instance type, as it was read and as it is to be written.
#[derive(Clone)]
pub(crate) struct ImportType<'a> {
    declarations: Vec<Declaration<'a>>,
    /// Types that the declarations define.
    types: u32,
    /// The types of WIT that were added, or found.
    known: BTreeMap<TypeId, u32>,
}

#[derive(Clone)]
struct Declaration<'a> {
    read: InstanceTypeDeclaration<'a>,
    /// Whether it stays without anything that uses it.
    wanted: bool,
    /// The type that it defines.
    defines: Option<u32>,
    /// Types of this instance type that it uses.
    uses: Vec<u32>,
    /// Types of the component around that it uses.
    outer: Vec<u32>,
}

impl<'a> ImportType<'a> {
    /// Reads the declarations of an instance type at the root of a component.
    ///
    /// # Errors
    ///
    /// It refers to something of the component around that is not a component type.
    pub(crate) fn new(declarations: &[InstanceTypeDeclaration<'a>]) -> Result<Self> {
        let mut this = ImportType {
            declarations: Vec::with_capacity(declarations.len()),
            types: 0,
            known: BTreeMap::new(),
        };
        for declaration in declarations {
            this.push(declaration.clone())?;
        }
        Ok(this)
    }

    /// Adds a declaration that is wanted; gives the index of the type that it defines, if any.
    fn push(&mut self, read: InstanceTypeDeclaration<'a>) -> Result<Option<u32>> {
        let (mut uses, mut outer) = (Vec::new(), Vec::new());
        let mut note = Renumber {
            depth: 0,
            local: &mut |index| {
                uses.push(index);
                index
            },
            root: &mut |index| {
                outer.push(index);
                index
            },
            is_foreign: false,
        };
        note.declaration(&mut InstanceType::new(), &read)?;
        let defines = defines_type(&read).then_some(self.types);
        self.types += u32::from(defines.is_some());
        self.declarations.push(Declaration {
            read,
            wanted: true,
            defines,
            uses,
            outer,
        });
        Ok(defines)
    }

    /// Drops the functions and types that `keep` does not want, by name, and what only they need.
    /// The names of types that others need stay.
    pub(crate) fn trim(&mut self, keep: &mut dyn FnMut(&str, ComponentExternalKind) -> bool) {
        for declaration in &mut self.declarations {
            declaration.wanted = match &declaration.read {
                InstanceTypeDeclaration::Export { name, ty } => match ty.kind() {
                    kind @ (ComponentExternalKind::Func | ComponentExternalKind::Type) => {
                        keep(name.name, kind)
                    }
                    // Other index spaces are not renumbered.
                    _ => true,
                },
                _ => declaration.defines.is_none(),
            };
        }
    }

    /// The names of the exports that stay, in their order.
    pub(crate) fn exports(&self) -> impl Iterator<Item = &'a str> {
        let live = self.live();
        let all = self.declarations.iter().zip(live).filter(|(_, live)| *live);
        all.filter_map(|(declaration, _)| match &declaration.read {
            InstanceTypeDeclaration::Export { name, .. } => Some(name.name),
            _ => None,
        })
    }

    /// The types of the component around that it refers to, in the numbers it was read with.
    pub(crate) fn uses(&self) -> Vec<u32> {
        let live = self.live();
        let all = self.declarations.iter().zip(live).filter(|(_, live)| *live);
        let mut uses: Vec<_> = all.flat_map(|(it, _)| it.outer.iter().copied()).collect();
        uses.sort_unstable();
        uses.dedup();
        uses
    }

    /// Encodes it; `root` gives the new number of each of [`ImportType::uses`].
    pub(crate) fn encode(&self, root: &mut dyn FnMut(u32) -> u32) -> Result<InstanceType> {
        let mut to = InstanceType::new();
        let mut numbers = BTreeMap::new();
        for (declaration, _) in self
            .declarations
            .iter()
            .zip(self.live())
            .filter(|(_, live)| *live)
        {
            let index = to.type_count();
            let mut renumber = Renumber {
                depth: 0,
                // Whatever is used is live, and was numbered before.
                local: &mut |index| numbers.get(&index).copied().unwrap_or(index),
                root,
                is_foreign: false,
            };
            renumber.declaration(&mut to, &declaration.read)?;
            numbers.extend(declaration.defines.map(|old| (old, index)));
        }
        Ok(to)
    }

    /// Which declarations stay.
    fn live(&self) -> Vec<bool> {
        let mut types = vec![false; self.types as usize];
        let mut live = vec![false; self.declarations.len()];
        for (live, declaration) in live.iter_mut().zip(&self.declarations).rev() {
            let needed = declaration.defines.is_some_and(|index| is(&types, index));
            *live = declaration.wanted || needed;
            if *live {
                mark(&mut types, declaration);
            }
        }
        // A type that stays keeps its names: what uses it may be allowed only by them.
        for (live, declaration) in live.iter_mut().zip(&self.declarations) {
            if let InstanceTypeDeclaration::Export {
                ty: ComponentTypeRef::Type(TypeBounds::Eq(index)),
                ..
            } = &declaration.read
                && is(&types, *index)
            {
                *live = true;
                mark(&mut types, declaration);
            }
        }
        live
    }

    /// The index of the type that is exported by this name, whether it is to stay or not.
    fn exported_type(&self, name: &str) -> Option<u32> {
        self.export(name)
            .and_then(|at| self.declarations.get(at)?.defines)
    }

    fn export(&self, wanted: &str) -> Option<usize> {
        self.declarations.iter().position(|declaration| {
            matches!(&declaration.read,
                InstanceTypeDeclaration::Export { name, .. } if name.name == wanted)
        })
    }
}

fn is(types: &[bool], index: u32) -> bool {
    types.get(index as usize).copied().unwrap_or(false)
}

/// Marks what a declaration defines and uses.
fn mark(types: &mut [bool], declaration: &Declaration<'_>) {
    for index in declaration.uses.iter().chain(&declaration.defines) {
        if let Some(mark) = types.get_mut(*index as usize) {
            *mark = true;
        }
    }
}

/// Whether a declaration adds to the index space of types.
fn defines_type(declaration: &InstanceTypeDeclaration<'_>) -> bool {
    match declaration {
        InstanceTypeDeclaration::CoreType(_) => false,
        InstanceTypeDeclaration::Type(_) => true,
        InstanceTypeDeclaration::Alias(
            ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::Type,
                ..
            }
            | ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Type,
                ..
            },
        ) => true,
        InstanceTypeDeclaration::Alias(_) => false,
        InstanceTypeDeclaration::Export { ty, .. } => matches!(ty, ComponentTypeRef::Type(_)),
    }
}

/// Encodes declarations of an instance type with other numbers for types.
struct Renumber<'f> {
    /// How many types within types deep: 0 is the instance type itself.
    depth: u32,
    local: &'f mut dyn FnMut(u32) -> u32,
    root: &'f mut dyn FnMut(u32) -> u32,
    /// Whether something was met that cannot be renumbered here.
    is_foreign: bool,
}

impl Renumber<'_> {
    fn declaration(
        &mut self,
        to: &mut InstanceType,
        read: &InstanceTypeDeclaration<'_>,
    ) -> Result<()> {
        let encoded = self.parse_component_instance_type_declaration(to, read.clone());
        match (encoded, self.is_foreign) {
            (Ok(()), false) => Ok(()),
            _ => Err(Error::component(
                "the type of an imported instance refers to more than types of its component",
            )),
        }
    }

    fn outer(&mut self, count: u32, index: u32) -> u32 {
        self.is_foreign |= count > self.depth;
        index
    }
}

impl Reencode for Renumber<'_> {
    type Error = Infallible;
}

impl ReencodeComponent for Renumber<'_> {
    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }

    fn component_type_index(&mut self, index: u32) -> u32 {
        match self.depth {
            0 => (self.local)(index),
            _ => index,
        }
    }

    fn outer_component_type_index(&mut self, count: u32, index: u32) -> u32 {
        if count == self.depth {
            return (self.local)(index);
        }
        if self.depth.checked_add(1) == Some(count) {
            return (self.root)(index);
        }
        self.outer(count, index)
    }

    fn outer_type_index(
        &mut self,
        count: u32,
        index: u32,
    ) -> std::result::Result<u32, reencode::Error<Infallible>> {
        Ok(self.outer(count, index))
    }

    fn outer_component_index(&mut self, count: u32, index: u32) -> u32 {
        self.outer(count, index)
    }

    fn outer_module_index(&mut self, count: u32, index: u32) -> u32 {
        self.outer(count, index)
    }
}

#[cfg(test)]
mod tests;
