//! Items: the definitions of a component, in order, each with the index it defines and the indices
//! it refers to. This module must only describe.

use std::collections::HashMap;
use std::ops::Range;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExport, ComponentExternalKind, ComponentImport,
    ComponentInstance, ComponentOuterAliasKind, ComponentStartFunction, ComponentType, CoreType,
    ExternalKind, Instance,
};

/// An index space of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Space {
    CoreFunc,
    CoreTable,
    CoreMemory,
    CoreGlobal,
    CoreTag,
    CoreType,
    CoreModule,
    CoreInstance,
    Type,
    Func,
    Instance,
    Component,
    Value,
}

impl Space {
    /// How many spaces there are.
    pub(crate) const COUNT: usize = Space::Value as usize + 1;

    /// The space of an item of a component-level kind.
    pub(crate) fn of(kind: ComponentExternalKind) -> Self {
        match kind {
            ComponentExternalKind::Func => Space::Func,
            ComponentExternalKind::Module => Space::CoreModule,
            ComponentExternalKind::Component => Space::Component,
            ComponentExternalKind::Type => Space::Type,
            ComponentExternalKind::Instance => Space::Instance,
            ComponentExternalKind::Value => Space::Value,
        }
    }

    /// The space of an item of a component around.
    pub(crate) fn of_outer(kind: ComponentOuterAliasKind) -> Self {
        match kind {
            ComponentOuterAliasKind::CoreModule => Space::CoreModule,
            ComponentOuterAliasKind::CoreType => Space::CoreType,
            ComponentOuterAliasKind::Type => Space::Type,
            ComponentOuterAliasKind::Component => Space::Component,
        }
    }

    /// The space of an item of a core kind.
    pub(crate) fn of_core(kind: ExternalKind) -> Self {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => Space::CoreFunc,
            ExternalKind::Table => Space::CoreTable,
            ExternalKind::Memory => Space::CoreMemory,
            ExternalKind::Global => Space::CoreGlobal,
            ExternalKind::Tag => Space::CoreTag,
        }
    }
}

/// A reference to an item: its space and its index there.
pub(crate) type Ref = (Space, u32);

/// What an item is.
#[derive(Clone, Debug)]
pub(crate) enum Kind<'a> {
    /// A core module, and where it lies.
    CoreModule(Range<usize>),
    /// A nested component, and where it lies.
    Component(Range<usize>),
    CoreType(CoreType<'a>),
    Type(ComponentType<'a>),
    Import(ComponentImport<'a>),
    Canon(CanonicalFunction),
    Alias(ComponentAlias<'a>),
    CoreInstance(Instance<'a>),
    Instance(ComponentInstance<'a>),
    Export(ComponentExport<'a>),
    Start(ComponentStartFunction),
}

/// A definition.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    pub kind: Kind<'a>,
    /// The space, the first index and how many indices it defines.
    pub defines: Option<(Space, u32, u32)>,
    /// What it refers to, some of it several times.
    pub uses: Vec<Ref>,
}

impl Item<'_> {
    /// The first index that the item defines.
    pub(crate) fn index(&self) -> Option<u32> {
        self.defines.map(|(_, index, _)| index)
    }
}

/// The position of the item that defines each index.
pub(crate) fn defining(items: &[Item<'_>]) -> HashMap<Ref, usize> {
    let mut defining = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if let Some((space, first, count)) = item.defines {
            defining.extend((first..first + count).map(|index| ((space, index), at)));
        }
    }
    defining
}
