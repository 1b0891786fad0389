//! An empty component between a program and its host: what the crossing itself costs.

use anyhow::{Context, Result};
use wac_graph::types::{ItemKind, Package};
use wac_graph::{CompositionGraph, EncodeOptions};
use wasi_virt_tests::paths;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

const CLOCK: &str = "wasi:clocks/monotonic-clock@0.2.6";

/// The component behind one that re-exports the monotonic clock and does nothing else.
pub fn pass_through(component: &[u8]) -> Result<Vec<u8>> {
    let host_clock = CLOCK.replace("wasi:", "host:");
    let mut resolve = wit_parser::Resolve::default();
    for package in ["io", "clocks"] {
        let text = std::fs::read_to_string(paths::root().join(format!("wit/deps/{package}.wit")))?;
        let text: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('@'))
            .map(|line| format!("{line}\n"))
            .collect();
        let text = text.replace("0.2.12", "0.2.6");
        resolve.push_source(package, &text)?;
        if package == "clocks" {
            resolve.push_source(
                "host",
                &text.replace("package wasi:clocks", "package host:clocks"),
            )?;
        }
    }
    let world =
        format!("package bench:pass; world pass {{ import {host_clock}; export {CLOCK}; }}");
    let package = resolve.push_source("pass", &world)?;
    let world = resolve.select_world(&[package], None)?;
    let (mut imports, mut exports) = (String::new(), String::new());
    for (name, params, result) in [
        ("now", "", "i64"),
        ("resolution", "", "i64"),
        ("subscribe-instant", "i64", "i32"),
        ("subscribe-duration", "i64", "i32"),
    ] {
        imports += &format!(
            r#"(import "{host_clock}" "{name}" (func ${name} (param {params}) (result {result})))"#
        );
        exports += &format!(r#"(export "{CLOCK}#{name}" (func ${name}))"#);
    }
    let mut module = wat::parse_str(format!(
        r#"(module {imports} {exports} (memory (export "memory") 1))"#
    ))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    let pass = ComponentEncoder::default().module(&module)?.encode()?;

    let mut graph = CompositionGraph::new();
    let pass = Package::from_bytes("bench:pass", None, pass, graph.types_mut())?;
    let inner = Package::from_bytes("bench:inner", None, component, graph.types_mut())?;
    let (pass, inner) = (
        graph.register_package(pass)?,
        graph.register_package(inner)?,
    );
    let types = graph.types();
    let kind = *types[graph[pass].ty()]
        .imports
        .get(&host_clock)
        .context("the pass-through's import")?;
    let exports: Vec<String> = types[graph[inner].ty()].exports.keys().cloned().collect();
    // Interfaces that stay the host's use its types under this name, too.
    if let ItemKind::Instance(id) = kind {
        graph.types_mut()[id].id = Some(CLOCK.to_string());
    }
    let host = graph.import(CLOCK, kind)?;
    let (outer, instance) = (graph.instantiate(pass), graph.instantiate(inner));
    graph.set_instantiation_argument(outer, &host_clock, host)?;
    let clock = graph.alias_instance_export(outer, CLOCK)?;
    graph.set_instantiation_argument(instance, CLOCK, clock)?;
    for export in exports {
        let alias = graph.alias_instance_export(instance, &export)?;
        graph.export(alias, export)?;
    }
    Ok(graph.encode(EncodeOptions::default())?)
}
