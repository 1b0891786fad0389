//! The kinds of streams and futures that an adapter knows, distinguished by their types alone: by
//! those that the functions mention which it answers. This module must never look at what is
//! lowered.

use super::ends::is_bytes;
use crate::plan::decide::Service;
use crate::plan::layout::{Abi, Handle, Shape};
use crate::plan::replaced::Replaced;
use crate::plan::site::Does;
use crate::wasi::name;
use wasi_virt_layout::abi::stream as names;
use wasmparser::component_types::{
    ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType, ComponentFuncTypeId,
    ComponentValType,
};
use wasmparser::types::TypesRef;

/// A kind of streams or futures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Streams of bytes.
    Bytes,
    /// Streams of directory entries.
    Entries,
    /// Futures of what became of an operation on files.
    Files,
    /// Futures of what became of a standard stream.
    Stdio,
    /// Futures without a payload. The adapter makes some, which the component takes for futures
    /// of results: as what they are it must not use one.
    Unit,
}

/// What the functions mention that an adapter answers.
#[derive(Default)]
pub(crate) struct Kinds {
    /// Whether they return streams of bytes.
    pub makes_bytes: bool,
    /// Whether they take streams of bytes.
    pub takes_bytes: bool,
    /// Whether they return streams of bytes that may have some: those of files.
    feeds_bytes: bool,
    /// Whether futures without a payload may be the adapter's.
    makes_units: bool,
    /// The types of other streams, and of futures, that they return.
    others: Vec<(ComponentDefinedTypeId, Kind)>,
}

impl Kinds {
    pub(crate) fn new(types: TypesRef<'_>, replaced: &[Replaced]) -> Self {
        let mut kinds = Kinds::default();
        for one in replaced {
            if let (Service::Virtual | Service::Either, Does::Call(function)) =
                (one.service, one.site.does)
            {
                kinds.function(types, &one.site.known, function);
            }
        }
        // Those of results that are not known yet.
        kinds.makes_units = !kinds.is_empty();
        kinds
    }

    fn function(&mut self, types: TypesRef<'_>, interface: &str, function: ComponentFuncTypeId) {
        let function = &types[function];
        let abi = Abi { types };
        let bytes = |ty: &ComponentValType| match abi.shape(*ty) {
            Shape::Handle(Handle::Stream(id)) => is_bytes(types, id),
            _ => false,
        };
        self.takes_bytes |= function.params.iter().any(|(_, ty)| bytes(ty));
        let Some(result) = function.result else {
            return;
        };
        // Streams and futures are returned as they are or in a tuple.
        let parts = match abi.shape(result) {
            Shape::Fields(parts) => parts,
            _ => vec![result],
        };
        for ty in parts {
            match abi.shape(ty) {
                Shape::Handle(Handle::Stream(id)) if is_bytes(types, id) => {
                    self.makes_bytes = true;
                    self.feeds_bytes |= !name::is_of(name::CLI, interface);
                }
                Shape::Handle(Handle::Stream(id)) => self.others.push((id, Kind::Entries)),
                Shape::Handle(Handle::Future(id)) if name::is_of(name::CLI, interface) => {
                    self.others.push((id, Kind::Stdio));
                }
                Shape::Handle(Handle::Future(id)) => self.others.push((id, Kind::Files)),
                _ => {}
            }
        }
    }

    /// Whether the adapter knows no stream and no future.
    pub(crate) fn is_empty(&self) -> bool {
        !self.has_bytes() && self.others.is_empty()
    }

    /// The same, where it knows streams of bytes.
    pub(super) fn of_bytes(&self) -> Option<Self> {
        self.has_bytes().then(|| self.without_others())
    }

    /// What types alone tell, wherever they are.
    pub(super) fn without_others(&self) -> Self {
        Kinds {
            others: Vec::new(),
            ..*self
        }
    }

    /// Whether the adapter may have to go on with an end after it was passed to others.
    pub(super) fn feeds(&self, kind: Kind) -> bool {
        match kind {
            Kind::Bytes => self.feeds_bytes,
            // The result is known once a stream has ended, with which the adapter may have to go
            // on.
            Kind::Entries | Kind::Files => true,
            // Without such a stream, the component itself ends that of the standard input, which
            // has nothing. The value waits for its reader.
            Kind::Stdio => self.takes_bytes,
            Kind::Unit => false,
        }
    }

    /// The type of a kind that is not that of bytes.
    pub(super) fn ty(&self, kind: Kind) -> Option<ComponentDefinedTypeId> {
        let mut others = self.others.iter();
        Some(others.find(|(_, known)| *known == kind)?.0)
    }

    /// What the adapter makes, for others as well.
    pub(super) fn made(&self) -> Self {
        Kinds {
            takes_bytes: false,
            makes_units: false,
            others: self.others.clone(),
            ..*self
        }
    }

    /// The streams of bytes that the adapter may take.
    pub(super) fn taken(&self) -> Self {
        Kinds {
            makes_units: false,
            ..self.without_others()
        }
    }

    /// Whether it knows streams of bytes.
    pub(crate) fn has_bytes(&self) -> bool {
        self.makes_bytes || self.takes_bytes
    }

    /// The kind of a type, where the adapter knows it.
    pub(crate) fn of(&self, types: TypesRef<'_>, id: ComponentDefinedTypeId) -> Option<Kind> {
        if is_bytes(types, id) {
            return self.has_bytes().then_some(Kind::Bytes);
        }
        if let ComponentDefinedType::Future { ty: None, .. } = &types[id] {
            return self.makes_units.then_some(Kind::Unit);
        }
        let value = |id| ComponentEntityType::Value(ComponentValType::Type(id));
        let is = |a, b| ComponentEntityType::is_subtype_of(&value(a), types, &value(b), types);
        let mut others = self.others.iter();
        let same = others.find(|(known, _)| is(*known, id) && is(id, *known));
        same.map(|(_, kind)| *kind)
    }
}

impl Kind {
    /// What reads: takes a context.
    pub(crate) fn read(self) -> Option<&'static str> {
        match self {
            Kind::Bytes => Some(names::U8_READ),
            Kind::Entries => Some(names::ENTRY_READ),
            Kind::Files => Some(names::FS_READ),
            Kind::Stdio => Some(names::CLI_READ),
            Kind::Unit => None,
        }
    }

    pub(crate) fn drop_readable(self) -> Option<&'static str> {
        match self {
            Kind::Bytes => Some(names::U8_DROP_READABLE),
            Kind::Entries => Some(names::ENTRY_DROP_READABLE),
            Kind::Files => Some(names::FS_DROP_READABLE),
            Kind::Stdio => Some(names::CLI_DROP_READABLE),
            Kind::Unit => None,
        }
    }

    /// What tells the ends that no built-in may use.
    pub(crate) fn held(self) -> Option<&'static str> {
        (self == Kind::Unit).then_some(names::UNIT_HELD)
    }

    /// What gives a real end for a virtual one.
    pub(crate) fn lower(self) -> &'static str {
        match self {
            Kind::Bytes => names::U8_LOWER,
            Kind::Entries => names::ENTRY_LOWER,
            Kind::Files => names::FS_LOWER,
            Kind::Stdio => names::CLI_LOWER,
            Kind::Unit => names::UNIT_LOWER,
        }
    }

    /// Whether that needs the adapter's own memory as a context.
    pub(crate) fn has_values(self) -> bool {
        !matches!(self, Kind::Bytes | Kind::Unit)
    }

    /// What ends a read that is not done, `async` or not: only futures are ever pending.
    pub(crate) fn cancel_read(self, is_async: bool) -> Option<&'static str> {
        match (self, is_async) {
            (Kind::Bytes | Kind::Entries | Kind::Unit, _) => None,
            (Kind::Files, true) => Some(names::FS_CANCEL_READ),
            (Kind::Files, false) => Some(names::FS_CANCEL_READ_SYNC),
            (Kind::Stdio, true) => Some(names::CLI_CANCEL_READ),
            (Kind::Stdio, false) => Some(names::CLI_CANCEL_READ_SYNC),
        }
    }
}
