//! Components of random worlds in a host that has nothing: every import traps when it is called.

use anyhow::{Result, anyhow};
use std::sync::OnceLock;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store, Strategy};

/// Compiles and instantiates a component.
pub fn instantiate(bytes: &[u8]) -> Result<()> {
    let fault = |error: wasmtime::Error| anyhow!("{error:?}");
    let engine = engine();
    let component = Component::new(engine, bytes).map_err(fault)?;
    let mut linker: Linker<()> = Linker::new(engine);
    let filled = linker.define_unknown_imports_as_traps(&component);
    filled.map_err(fault)?;
    let mut store = Store::new(engine, ());
    linker.instantiate(&mut store, &component).map_err(fault)?;
    Ok(())
}

/// With all that worlds may have.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config
            .strategy(Strategy::Winch)
            .wasm_component_model_async(true)
            .wasm_component_model_more_async_builtins(true)
            .wasm_component_model_async_stackful(true)
            .wasm_component_model_error_context(true)
            .wasm_component_model_fixed_length_lists(true)
            .wasm_component_model_implements(true)
            .wasm_component_model_canonical_names(true);
        Engine::new(&config).expect("this machine can compile WebAssembly")
    })
}
