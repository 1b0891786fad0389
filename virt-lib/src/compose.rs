//! Adapter and component put together. The loop runs over the *component's* imports, so that whatever the
//! adapter does not satisfy as planned is an error; nothing is matched by similarity.

use crate::error::{Error, Result, Stage};
use crate::world::AdapterWorld;
use std::collections::BTreeMap;
use wac_graph::types::{ItemKind, Package};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};

/// The composition of the adapter's component and the skeleton of the input.
pub(crate) fn compose(adapter: &[u8], component: &[u8], world: &AdapterWorld) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let adapter = register(&mut graph, "wasi-virt:adapter", adapter)?;
    let component = register(&mut graph, "wasi-virt:component", component)?;
    detach_value_types(&mut graph, component, world);
    let hosts = import_hosts(&mut graph, adapter, world)?;
    let adapter_instance = graph.instantiate(adapter);
    for (name, node) in &hosts {
        graph
            .set_instantiation_argument(adapter_instance, name, *node)
            .map_err(internal)?;
    }
    let instance = graph.instantiate(component);
    for export in &world.exports {
        for import in &export.satisfies {
            let alias = graph
                .alias_instance_export(adapter_instance, &export.name)
                .map_err(internal)?;
            graph
                .set_instantiation_argument(instance, import, alias)
                .map_err(|error| {
                    Error::internal(
                        Stage::Compose,
                        format!("import `{import}`: {}", chain(&error)),
                    )
                })?;
        }
    }
    let exports: Vec<String> = graph.types()[graph[component].ty()]
        .exports
        .keys()
        .cloned()
        .collect();
    for export in exports {
        let alias = graph
            .alias_instance_export(instance, &export)
            .map_err(internal)?;
        graph.export(alias, &export).map_err(internal)?;
    }
    let options = EncodeOptions {
        define_components: true,
        validate: false,
        processor: None,
    };
    graph.encode(options).map_err(internal)
}

fn register(graph: &mut CompositionGraph, name: &str, bytes: &[u8]) -> Result<PackageId> {
    let package = Package::from_bytes(name, None, bytes, graph.types_mut())
        .map_err(|error| Error::internal(Stage::Compose, format!("{name}: {error:#}")))?;
    graph.register_package(package).map_err(internal)
}

fn internal(error: impl std::error::Error) -> Error {
    Error::internal(Stage::Compose, chain(&error))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        message.push_str(": ");
        message.push_str(&error.to_string());
        source = error.source();
    }
    message
}

/// An interface that stays the host's may use a plain value type, such as `datetime`, of one that the
/// adapter serves. Such types are structural: written out where they are used, they need no import.
fn detach_value_types(graph: &mut CompositionGraph, component: PackageId, world: &AdapterWorld) {
    let served = |name: &str| {
        world
            .exports
            .iter()
            .any(|export| export.satisfies.iter().any(|import| import == name))
    };
    let package = graph[component].ty();
    let imports: Vec<_> = graph.types()[package]
        .imports
        .iter()
        .map(|(name, kind)| (name.clone(), *kind))
        .collect();
    for (name, kind) in imports {
        let ItemKind::Instance(id) = kind else {
            continue;
        };
        if served(&name) {
            continue;
        }
        let detached: Vec<String> = graph.types()[id]
            .uses
            .iter()
            .filter(|(_, used)| {
                graph.types()[used.interface]
                    .id
                    .as_deref()
                    .is_some_and(served)
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in detached {
            graph.types_mut()[id].uses.shift_remove(&name);
        }
    }
}

/// One explicit import, under the component's name, for every interface of the host that the adapter
/// imports under its own.
fn import_hosts(
    graph: &mut CompositionGraph,
    adapter: PackageId,
    world: &AdapterWorld,
) -> Result<Vec<(String, NodeId)>> {
    let names: BTreeMap<&str, &str> = world
        .hosts
        .iter()
        .map(|(ours, theirs)| (ours.as_str(), theirs.as_str()))
        .collect();
    let package = graph[adapter].ty();
    let imports: Vec<_> = graph.types()[package]
        .imports
        .iter()
        .map(|(name, kind)| (name.clone(), *kind))
        .collect();
    for (name, kind) in &imports {
        if let (Some(theirs), ItemKind::Instance(id)) = (names.get(name.as_str()), kind) {
            graph.types_mut()[*id].id = Some((*theirs).to_string());
        }
    }
    let mut nodes = Vec::new();
    for (name, kind) in imports {
        if let Some(theirs) = names.get(name.as_str()) {
            nodes.push((name, graph.import(*theirs, kind).map_err(internal)?));
        }
    }
    Ok(nodes)
}
