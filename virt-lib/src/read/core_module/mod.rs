//! Core modules as input: those of WASI 0.1 (`wasi_snapshot_preview1`), and those that carry their
//! world as metadata, as `wasm-tools component new` takes them. They are made components first, and
//! everything else works on those. This module must never know a policy.

mod extend;
mod facts;
mod go;
mod lost;

use crate::error::{Error, Result};
use crate::read::decodable;
use facts::Facts;
use std::borrow::Cow;
use wasi_preview1_component_adapter_provider as provider;
use wasmparser::{Validator, WasmFeatures};
use wit_component::ComponentEncoder;

/// The version of the provider's adapters, as Cargo.toml names it.
const VERSION: &str = "50.0.1";
/// What a module of WASI 0.1 imports from.
const PREVIEW1: &str = provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;

/// A component that was made of a core module.
#[derive(Debug)]
pub(crate) struct Wrapped {
    pub bytes: Vec<u8>,
    /// Name and version of the adapter that translates WASI 0.1, where the module needs it.
    pub adapter: Option<String>,
    /// Functions that the module exports and the component does not.
    pub lost: Vec<String>,
}

impl Wrapped {
    /// Refuses a component that exports nothing although the module exports functions: its users
    /// would find none of them.
    pub(crate) fn check(&self, exports: usize) -> Result<()> {
        const NAMED: usize = 8;
        if exports > 0 || self.lost.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self
            .lost
            .iter()
            .take(NAMED)
            .map(|name| format!("`{}`", name.escape_debug()))
            .collect();
        let more = match self.lost.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Err(Error::component(format!(
            "a core module that exports {}{more} but implements no world, so a component made of it \
             could not be called; build it with a world, or add one with `wasm-tools component \
             embed` and convert it with `wasm-tools component new`",
            names.join(", ")
        )))
    }
}

/// Makes a component of a core module: a command where it exports `_start`, else a reactor.
///
/// # Errors
///
/// A module that is not valid, or that is made for something else.
pub(crate) fn wrap(bytes: &[u8]) -> Result<Wrapped> {
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(bytes)
        .map_err(|error| Error::component(format!("not a valid core module: {error}")))?;
    let unreadable = |error| Error::component(format!("cannot read the core module: {error}"));
    let module = Facts::read(bytes).map_err(unreadable)?;
    if let Some(problem) = module.problem() {
        return Err(Error::component(problem));
    }
    let mut worlds = module.worlds.iter();
    if let Some(why) = worlds.find_map(|world| decodable::world_problem(world)) {
        return Err(Error::component(format!(
            "cannot read the world of the core module: {why}"
        )));
    }
    let adapter = module.adapter();
    let ready = match adapter {
        Some(_) => beside_adapter(bytes, &module)?,
        None => Cow::Borrowed(bytes),
    };
    let encoded = encode(&ready, adapter.map(|(_, adapter)| adapter)).map_err(|error| {
        let why = format!("{error:#}")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        Error::component(format!(
            "cannot convert the core module ({}) to a component: {why}",
            module.imports_in_words()
        ))
    })?;
    Ok(Wrapped {
        lost: lost::lost(&module, &encoded).map_err(unreadable)?,
        bytes: encoded,
        adapter: adapter.map(|(name, _)| format!("{name} {VERSION}")),
    })
}

/// The module as it can share its memory with the adapter.
fn beside_adapter<'a>(bytes: &'a [u8], module: &Facts) -> Result<Cow<'a, [u8]>> {
    let allocates = go::REALLOCS.iter().any(|name| module.exports(name));
    if !module.is_of(go::LANGUAGE) || allocates {
        return Ok(Cow::Borrowed(bytes));
    }
    let room = go::with_room(bytes).ok_or_else(|| {
        Error::component(
            "a core module that Go made, whose heap leaves no memory for the adapter of WASI 0.1; \
             build it with Go 1.21 to 1.27, or as a component with TinyGo (`tinygo build \
             -target=wasip2`)",
        )
    })?;
    Ok(Cow::Owned(room))
}

/// The result is validated with every other input.
fn encode(module: &[u8], adapter: Option<&[u8]>) -> anyhow::Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(false).module(module)?;
    if let Some(adapter) = adapter {
        encoder.adapter(PREVIEW1, adapter)?;
    }
    encoder.encode()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    fn error(text: &str) -> String {
        wrap(&wat::parse_str(text).unwrap())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_version_is_the_one_that_is_linked() {
        let manifest = include_str!("../../../Cargo.toml");
        assert!(manifest.contains("wasi-preview1-component-adapter-provider"));
        assert!(manifest.contains(&format!("\"={VERSION}\"")));
    }

    #[test]
    fn what_is_made_for_something_else_is_refused() {
        assert!(error("(module)").contains("it imports nothing"));
        let mixed = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            (import "env" "f" (func)) (memory (export "memory") 1))"#;
        assert!(error(mixed).contains("imports from `wasi_snapshot_preview1`, `env`"));
        let blind = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;
        assert!(error(blind).contains("no memory called `memory`"));
        let unknown = r#"(module (import "wasi_snapshot_preview1" "no_such" (func)) (memory (export "memory") 1))"#;
        assert!(error(unknown).contains("no_such"));
        assert!(
            wrap(b"\0asm\x01\0\0\0\x01\xff")
                .unwrap_err()
                .to_string()
                .contains("not a valid core module")
        );
    }

    #[test]
    fn an_adapter_is_told_from_a_program() {
        for adapter in [
            provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            provider::WASI_SNAPSHOT_PREVIEW1_PROXY_ADAPTER,
        ] {
            let error = wrap(adapter).unwrap_err().to_string();
            assert!(
                error.starts_with("this is an adapter of WASI 0.1, not a program"),
                "{error}"
            );
        }
        let own = r#"(module (import "__main_module__" "f" (func)) (func (export "g")))"#;
        assert!(error(own).starts_with("this is an adapter, not a program"));
    }

    #[test]
    fn exports_that_no_component_has_are_known() {
        let lost = |exports: &str| {
            let module = format!(
                r#"(module (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
                    (memory (export "memory") 1) (global (export "g") i32 (i32.const 0))
                    (func $f) (func $a (param i32 i32 i32 i32) (result i32) unreachable) {exports})"#
            );
            wrap(&wat::parse_str(module).unwrap()).unwrap().lost
        };
        let own = r#"(export "_initialize" (func $f)) (export "__wasm_call_ctors" (func $f))
            (export "cabi_realloc" (func $a))"#;
        assert_eq!(lost(own), [""; 0]);
        let helpers = format!(r#"{own} (export "malloc" (func $f)) (export "free" (func $f))"#);
        assert_eq!(lost(&helpers), [""; 0]);
        assert_eq!(
            lost(&format!(r#"{helpers} (export "f" (func $f))"#)),
            ["malloc", "free", "f"]
        );
        let start = r#"(export "_start" (func $f)) (export "render" (func $f))"#;
        assert_eq!(lost(start), ["render"]);
    }

    #[test]
    fn go_without_room_is_refused() {
        let text = r#"(module (@producers (language "Go" "go9.9"))
            (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
            (memory (export "memory") 1) (func (export "_start"))"#;
        assert!(error(&format!("{text})")).starts_with("a core module that Go made"));
        // Who allocates for the adapter by itself needs no room.
        let realloc =
            r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable))"#;
        wrap(&wat::parse_str(format!("{text}{realloc}")).unwrap()).unwrap();
    }

    #[test]
    fn start_makes_a_command_and_nothing_a_reactor() {
        let module = |exports: &str| {
            wat::parse_str(format!(
                r#"(module (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
                    (memory (export "memory") 1) {exports})"#
            ))
            .unwrap()
        };
        let command = wrap(&module(r#"(func (export "_start"))"#)).unwrap();
        assert_eq!(
            command.adapter.as_deref(),
            Some("wasi_snapshot_preview1.command 50.0.1")
        );
        let seen = crate::inspect(&command.bytes).unwrap();
        assert!(seen.exports[0].starts_with("wasi:cli/run@0.2."));
        for exports in ["", r#"(func (export "_initialize"))"#] {
            let reactor = wrap(&module(exports)).unwrap();
            assert_eq!(
                reactor.adapter.as_deref(),
                Some("wasi_snapshot_preview1.reactor 50.0.1")
            );
            let seen = crate::inspect(&reactor.bytes).unwrap();
            assert_eq!(seen.exports, Vec::<String>::new());
            assert!(
                seen.imports
                    .iter()
                    .any(|i| i.name.starts_with("wasi:random/random@"))
            );
        }
    }
}
