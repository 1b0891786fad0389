//! Components made from WIT, which do nothing.

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// A component with the imports and exports of a world, WASI at `version`.
pub fn component(version: &str, world: &str) -> Vec<u8> {
    build("", version, world, true, None)
}

/// The same, where WASI has another text in place of this one.
#[allow(dead_code)] // Not every test has a use for it.
pub fn changed_component(version: &str, world: &str, changed: (&str, &str)) -> Vec<u8> {
    build("", version, world, true, Some(changed))
}

/// The same, without what WASI calls unstable.
#[allow(dead_code)] // Not every test has a use for it.
pub fn stable_component(version: &str, world: &str) -> Vec<u8> {
    build("", version, world, false, None)
}

/// The same as `component`, with packages of the test's own.
#[allow(dead_code)] // Not every test has a use for it.
pub fn component_with(packages: &str, version: &str, world: &str) -> Vec<u8> {
    build(packages, version, world, true, None)
}

fn build(
    packages: &str,
    version: &str,
    world: &str,
    unstable: bool,
    changed: Option<(&str, &str)>,
) -> Vec<u8> {
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/deps");
    let mut resolve = Resolve {
        all_features: unstable,
        ..Resolve::default()
    };
    for package in [
        "io",
        "clocks",
        "filesystem",
        "random",
        "sockets",
        "cli",
        "http",
    ] {
        let text = std::fs::read_to_string(format!("{wit}/{package}.wit")).unwrap();
        let text = text.replace("0.2.12", version);
        let text = match changed {
            Some((from, to)) => text.replace(from, to),
            None => text,
        };
        let text: String = text
            .lines()
            .filter(|line| {
                let line = line.trim_start();
                !line.starts_with('@') || (!unstable && line.starts_with("@unstable"))
            })
            .map(|line| format!("{line}\n"))
            .collect();
        resolve
            .push_group(wit_parser::UnresolvedPackageGroup::parse(package, &text).unwrap())
            .unwrap_or_else(|e| panic!("{package}: {e:#}"));
    }
    let text = format!("package test:test;\nworld w {{\n{world}\n}}\n{packages}");
    let package = resolve.push_source("test.wit", &text).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = dummy_module(
        &resolve,
        world,
        ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync),
    );
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .encode()
        .unwrap()
}
