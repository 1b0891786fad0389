//! What of a root is needed: whatever its exports, instantiations and start reach. This module
//! decides nothing; callers say what takes the place of an item.

use super::item::{Item, Kind, Ref, Space, defining};
use std::collections::{BTreeSet, HashMap};
use wasmparser::{CanonicalFunction, ComponentInstance, ComponentType, ComponentTypeRef, Instance};

/// The references between the items of a root.
pub(crate) struct Liveness<'i, 'a> {
    items: &'i [Item<'a>],
    defining: HashMap<Ref, usize>,
}

impl<'i, 'a> Liveness<'i, 'a> {
    pub(crate) fn new(items: &'i [Item<'a>]) -> Self {
        Liveness {
            items,
            defining: defining(items),
        }
    }

    /// The position of the item that defines an index.
    pub(crate) fn definition(&self, of: Ref) -> Option<usize> {
        self.defining.get(&of).copied()
    }

    /// The positions of what a component does by itself: exports, instantiations, start.
    pub(crate) fn roots(&self) -> impl Iterator<Item = usize> {
        let is_root = |item: &Item| {
            matches!(
                item.kind,
                Kind::CoreInstance(Instance::Instantiate { .. })
                    | Kind::Instance(ComponentInstance::Instantiate { .. })
                    | Kind::Export(_)
                    | Kind::Start(_)
            )
        };
        let items = self.items.iter().enumerate();
        items
            .filter(move |(_, item)| is_root(item))
            .map(|(at, _)| at)
    }

    /// The positions of types that imports, exports or functions use, or other types of these.
    /// Parts of such types have to have names; canonical built-ins ask for none.
    pub(crate) fn named(&self) -> BTreeSet<usize> {
        let mut named = BTreeSet::new();
        // Who uses a type comes after it.
        for (at, item) in self.items.iter().enumerate().rev() {
            let is_named = match &item.kind {
                Kind::Canon(CanonicalFunction::Lift { .. } | CanonicalFunction::Lower { .. }) => {
                    true
                }
                Kind::Canon(_) => false,
                Kind::Type(ComponentType::Defined(_)) => named.contains(&at),
                _ => true,
            };
            let types = item.uses.iter().filter(|of| of.0 == Space::Type);
            let types = types.filter(|_| is_named);
            named.extend(types.filter_map(|of| self.definition(*of)));
        }
        named
    }

    /// The positions of aliases of types that exported or imported functions use as they are: under
    /// no other name, so that the alias is what names them.
    pub(crate) fn unnamed(&self) -> BTreeSet<usize> {
        let (mut unnamed, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut named = BTreeSet::new();
        let is_function = |item: &Item<'_>| match item.kind {
            Kind::Export(_) => true,
            Kind::Import(import) => matches!(import.ty, ComponentTypeRef::Func(_)),
            _ => false,
        };
        let items = self.items.iter().enumerate();
        let functions = items.filter(|(_, item)| is_function(item));
        let mut todo: Vec<usize> = functions.map(|(at, _)| at).collect();
        while let Some(at) = todo.pop() {
            if !seen.insert(at) {
                continue;
            }
            let item = &self.items[at];
            let follows: &[Space] = match &item.kind {
                Kind::Export(_) => &[Space::Func, Space::Instance],
                Kind::Import(_)
                | Kind::Canon(CanonicalFunction::Lift { .. })
                | Kind::Type(ComponentType::Func(_) | ComponentType::Defined(_)) => &[Space::Type],
                Kind::Instance(ComponentInstance::FromExports(_)) => {
                    let types = item.uses.iter().filter(|of| of.0 == Space::Type);
                    named.extend(types.filter_map(|of| self.definition(*of)));
                    &[Space::Func, Space::Instance]
                }
                Kind::Alias(_) => {
                    unnamed.insert(at);
                    &[]
                }
                _ => &[],
            };
            let uses = item.uses.iter().filter(|of| follows.contains(&of.0));
            let next = uses.filter_map(|of| self.definition(*of));
            // A type that is imported or exported has that name.
            todo.extend(next.filter(|next| {
                !matches!(self.items[*next].kind, Kind::Import(_) | Kind::Export(_))
            }));
        }
        &unnamed - &named
    }

    /// The positions of all that `from` reaches, where an item in `instead` uses what stands there.
    pub(crate) fn reach(
        &self,
        from: impl IntoIterator<Item = usize>,
        instead: &HashMap<usize, Vec<Ref>>,
    ) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut todo: Vec<usize> = from.into_iter().collect();
        while let Some(at) = todo.pop() {
            if reached.insert(at) {
                let uses = instead.get(&at).unwrap_or(&self.items[at].uses);
                todo.extend(uses.iter().filter_map(|of| self.definition(*of)));
            }
        }
        reached
    }
}
