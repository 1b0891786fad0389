//! How the log reaches the host's standard error: under the component's own imports where it has
//! them, else under imports that are added. This module must never open more than the log needs.

use crate::error::{Problem, ProblemKind, Result, Setting};
use crate::plan::Plan;
use crate::plan::decide::Import;
use crate::plan::import_type::ImportType;
use crate::wasi::Wasi;
use crate::wasi::{name, release};
use crate::wasm::component::{Item, Kind};
use std::collections::BTreeSet;
use wasi_virt_layout::abi;

/// The interfaces that the log needs, each after those whose types it uses; the resource that
/// those after it use, and the functions that the adapter calls.
const INTERFACES: [(&str, &str, &[&str]); 3] = [
    (name::IO_ERROR, "error", &["[resource-drop]error"]),
    (
        name::IO_STREAMS,
        "output-stream",
        &[
            "[method]output-stream.blocking-write-and-flush",
            "[resource-drop]output-stream",
        ],
    ),
    (name::STDERR, "", &["get-stderr"]),
];
const ERROR: usize = 0;
const STREAMS: usize = 1;
const STDERR: usize = 2;

/// See the module. Its imports have indices after those of the component's own instances, and
/// their resources after those of its types.
pub(crate) struct Log {
    /// The imports, in the order of [`INTERFACES`].
    names: [String; 3],
    /// The positions of those that the component has.
    positions: [Option<usize>; 3],
    first_type: u32,
    first_instance: u32,
}

/// An import of the log.
pub(crate) struct Logged<'l> {
    pub name: &'l str,
    /// The index of the instance.
    pub instance: u32,
    /// The resource that other imports use, and its index.
    pub resource: Option<(&'static str, u32)>,
}

/// An import that is added.
pub(crate) struct Added<'c> {
    pub name: String,
    pub ty: ImportType<'c>,
}

impl Log {
    /// Chooses the imports. A nested component gets some of its own, which the one around gives.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where the component has the names and means something else by them.
    pub(crate) fn new(plan: &Plan<'_>, is_root: bool) -> Result<Self> {
        let types = plan.types.as_ref();
        let mut log = Log {
            names: INTERFACES.map(|(path, ..)| path.to_string()),
            positions: [None; 3],
            first_type: types.component_type_count(),
            first_instance: types.component_instance_count(),
        };
        let found = match is_root {
            true => find(&plan.imports),
            false => [None; 3],
        };
        let releases = plan.imports.iter().filter_map(|it| release::of(&it.name));
        let highest = releases.max().unwrap_or(release::NEWEST);
        for (at, found) in found.into_iter().enumerate() {
            let path = INTERFACES[at].0;
            log.names[at] = match found {
                Some(import) => import.name.clone(),
                None if is_root => format!("{path}@{highest}"),
                None => plan.unused_name(&format!("log-{}", path.replace([':', '/'], "-"))),
            };
            let name = &log.names[at];
            let is_it = |item: &Item<'_>| match &item.kind {
                Kind::Import(import) => import.name.name == name,
                _ => false,
            };
            log.positions[at] = plan.items.iter().position(is_it);
            if found.is_none() && log.positions[at].is_some() {
                return Err(Problem::text(
                    ProblemKind::Unsupported,
                    format!(
                        "import `{}` differs from the interface of that name in WASI, which ",
                        name.escape_debug()
                    ),
                )
                .asked(Setting::word("debug", "true"))
                .then(" needs; remove it")
                .into());
            }
        }
        Ok(log)
    }

    /// Whether the adapter calls this host function to write the log.
    pub(crate) fn calls(name: &str) -> bool {
        name.split_once('#').is_some_and(|(path, function)| {
            let mut interfaces = INTERFACES.iter();
            interfaces.any(|(known, _, functions)| *known == path && functions.contains(&function))
        })
    }

    /// The import that has a function of [`Log::calls`].
    pub(crate) fn import(&self, name: &str) -> Option<&str> {
        let (path, _) = name.split_once('#')?;
        let at = INTERFACES.iter().position(|(known, ..)| *known == path)?;
        Log::calls(name).then_some(&self.names[at])
    }

    /// All imports.
    pub(crate) fn imports(&self) -> impl Iterator<Item = Logged<'_>> {
        let all = (0..).zip(&self.names).zip(INTERFACES);
        all.map(|((at, name), (_, resource, _))| Logged {
            name,
            instance: self.first_instance + at,
            resource: (!resource.is_empty()).then_some((resource, self.first_type + at)),
        })
    }

    /// The functions that the log needs of an import; none for one that it does not need.
    pub(crate) fn functions(&self, import: &str) -> Option<&'static [&'static str]> {
        let at = self.names.iter().position(|name| name == import)?;
        Some(INTERFACES[at].2)
    }

    /// The index of a resource for what is written right before the item at a position: none where
    /// the import that has it comes later.
    pub(crate) fn resource(&self, interface: &str, name: &str, before: usize) -> Option<u32> {
        let mut all = INTERFACES.iter();
        let at = all.position(|(path, known, _)| *path == interface && *known == name)?;
        // What is added is there as soon as what it uses is.
        let mut used = self.positions.iter().take(at + 1).rev();
        let position = used.find_map(|position| *position);
        let is_there = position.is_none_or(|position| position < before);
        is_there.then_some(self.first_type + at as u32)
    }

    /// The functions that an import has which was added; none for other imports.
    pub(crate) fn added_functions(&self, import: &str) -> Option<BTreeSet<&'static str>> {
        let at = self.names.iter().position(|name| name == import)?;
        let is_added = self.positions[at].is_none();
        is_added.then(|| INTERFACES[at].2.iter().copied().collect())
    }

    /// The imports that the component lacks, in the order in which they are to be written.
    pub(crate) fn added<'c>(&self, wasi: &'c Wasi) -> Result<Vec<Added<'c>>> {
        let mut added = Vec::new();
        for (at, (path, _, functions)) in INTERFACES.into_iter().enumerate() {
            if self.positions[at].is_some() {
                continue;
            }
            let mut ty = ImportType::new(&[])?;
            for function in functions {
                let name = function.strip_prefix(abi::DROP).unwrap_or(function);
                let mut outer = |of: &str, name: &str| self.resource(of, name, usize::MAX);
                ty.extend(wasi.of(path)?, path, name, &mut outer)?;
            }
            added.push(Added {
                name: self.names[at].clone(),
                ty,
            });
        }
        Ok(added)
    }
}

/// The imports that a component has of these interfaces, where they mean the same by streams and
/// errors.
fn find(imports: &[Import]) -> [Option<&Import>; 3] {
    let newest = |at: usize, is_fit: &dyn Fn(&Import) -> bool| {
        let (path, ..) = INTERFACES[at];
        let fit = imports.iter().filter(|import| import.path() == path);
        let fit = fit.filter(|import| release::of(&import.name).is_some() && is_fit(import));
        fit.max_by_key(|import| release::of(&import.name))
    };
    let streams = newest(STREAMS, &|_| true);
    let of_streams = |name: &str| streams.and_then(|it| it.resources.get(name));
    let error = newest(ERROR, &|import| {
        let ours = of_streams("error");
        ours.is_none() || import.resources.get("error") == ours
    });
    let stderr = newest(STDERR, &|import| {
        let theirs = import.resources.get("output-stream");
        theirs.is_none() || theirs == of_streams("output-stream")
    });
    [error, streams, stderr]
}
