//! The core functions of a component that stand for something imported: lowered functions and
//! drops of resources. This module must never decide what becomes of them.

use crate::error::{Error, Result};
use crate::plan::origin::{Name, Origins};
use crate::wasi::name;
use crate::wasm::component::{Item, Kind, Space};
use std::collections::BTreeMap;
use wasi_virt_layout::abi;
use wasm_encoder::ValType;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasmparser::component_types::{ComponentAnyTypeId, ComponentFuncTypeId, ResourceId};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, CanonicalOption};

/// What an imported core function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Call(ComponentFuncTypeId),
    Drop(ResourceId),
}

/// A core function that stands for something imported.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The position of its item.
    pub item: usize,
    /// Its index among the core functions.
    pub function: u32,
    /// The import's name.
    pub import: String,
    /// The name of what the import is.
    pub known: String,
    /// The function's name in the import, a bare import's own; `[resource-drop]` and the
    /// resource's name where one is dropped.
    pub name: String,
    pub does: Does,
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    pub memory: Option<u32>,
    pub realloc: Option<u32>,
    pub is_async: bool,
    /// An option of the canonical ABI that no adapter serves.
    pub unusual: Option<&'static str>,
}

impl Site {
    /// The function as messages name it.
    pub(crate) fn label(&self) -> String {
        if self.import == self.name {
            self.known.clone()
        } else {
            format!("{}#{}", self.known, self.name)
        }
    }

    /// The name under which an adapter exports the function: without a version.
    pub(crate) fn key(&self) -> String {
        name::key(&self.known, &self.name)
    }
}

/// All of them, in order, where `owners` says which import each resource comes from, and `known`
/// what an import is: an interface or bare function, and the function where a bare one is of an
/// interface.
///
/// # Errors
///
/// [`Error::Internal`] for types that a valid component cannot have.
pub(crate) fn sites(
    items: &[Item<'_>],
    types: TypesRef<'_>,
    owners: &BTreeMap<ResourceId, Name>,
    known: &dyn Fn(&str) -> (String, Option<String>),
) -> Result<Vec<Site>> {
    let origins = Origins::new(items);
    let mut sites = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let Kind::Canon(canon) = &item.kind else {
            continue;
        };
        let (does, found, options) = match canon {
            CanonicalFunction::Lower {
                func_index,
                options,
            } => {
                let does = Does::Call(types.component_function_at(*func_index));
                let found = origins.name((Space::Func, *func_index));
                (does, found, options.as_ref())
            }
            CanonicalFunction::ResourceDrop { resource } => {
                let ComponentAnyTypeId::Resource(id) = types.component_any_type_at(*resource)
                else {
                    continue;
                };
                let id = id.resource();
                let found = owners.get(&id).map(|(import, name)| {
                    let name = format!("{}{name}", abi::DROP);
                    (import.clone(), name)
                });
                (Does::Drop(id), found, [].as_slice())
            }
            _ => continue,
        };
        let (Some((import, name)), Some(function)) = (found, item.index()) else {
            continue;
        };
        let ty = types[types.core_function_at(function)].unwrap_func();
        let (known, bare) = known(&import);
        let name = bare.unwrap_or(name);
        let Options {
            memory,
            realloc,
            is_async,
            unusual,
        } = Options::new(options, types);
        let site = Site {
            item: at,
            function,
            known,
            import,
            name,
            does,
            params: val_types(ty.params())?,
            results: val_types(ty.results())?,
            memory,
            realloc,
            is_async,
            unusual,
        };
        sites.push(site);
    }
    Ok(sites)
}

/// Options of the canonical ABI.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub memory: Option<u32>,
    pub realloc: Option<u32>,
    pub is_async: bool,
    /// One that no adapter serves.
    pub unusual: Option<&'static str>,
}

impl Options {
    pub(crate) fn new(options: &[CanonicalOption], types: TypesRef<'_>) -> Self {
        let mut found = Options::default();
        for option in options {
            found.option(option, types);
        }
        found
    }

    fn option(&mut self, option: &CanonicalOption, types: TypesRef<'_>) {
        match option {
            CanonicalOption::UTF8 => {}
            CanonicalOption::Memory(index) => {
                self.memory = Some(*index);
                let memory = types.memory_at(*index);
                if memory.memory64 {
                    self.unusual = Some("a memory of 64 bits");
                } else if memory.shared {
                    self.unusual = Some("a shared memory");
                } else if memory.page_size_log2.is_some_and(|log2| log2 != 16) {
                    self.unusual = Some("a memory whose pages have a size of their own");
                }
            }
            CanonicalOption::Realloc(index) => self.realloc = Some(*index),
            CanonicalOption::Async => self.is_async = true,
            CanonicalOption::UTF16 | CanonicalOption::CompactUTF16 => {
                self.unusual = Some("strings that are not UTF-8");
            }
            CanonicalOption::Gc | CanonicalOption::CoreType(_) => {
                self.unusual = Some("the canonical ABI of garbage-collected values");
            }
            CanonicalOption::PostReturn(_) | CanonicalOption::Callback(_) => {}
        }
    }
}

pub(crate) fn val_types(types: &[wasmparser::ValType]) -> Result<Vec<ValType>> {
    let convert = |ty: &wasmparser::ValType| RoundtripReencoder.val_type(*ty);
    let types: std::result::Result<Vec<_>, _> = types.iter().map(convert).collect();
    types.map_err(|error| Error::internal(crate::error::Stage::Plan, error))
}
