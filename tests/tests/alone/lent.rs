//! Handles of what stays the host's, which an adapter alone is lent and has to give back.

use super::Plugged;
use anyhow::{Result, anyhow, ensure};
use wasi_virt::{DenyMode, WasiVirt};
use wasi_virt_tests::{artifact, engine, host};
use wasmtime::component::{Linker, Resource, ResourceType};

/// A component that asks, as often as its caller says, for the code of a host error.
const LENT: &str = r#"(component $root
    (import "wasi:io/error@0.2.6" (instance $io (export "error" (type (sub resource)))))
    (alias export $io "error" (type $error))
    (import "test:lend/errors" (instance $errors
        (alias outer $root $error (type $outer))
        (export "error" (type $e (eq $outer)))
        (export "make" (func (result (own $e))))))
    (import "wasi:filesystem/types@0.2.6" (instance $files
        (alias outer $root $error (type $outer))
        (export "error" (type $e (eq $outer)))
        (type $codes (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock"
            "quota" "exist" "file-too-large" "illegal-byte-sequence" "in-progress" "interrupted"
            "invalid" "io" "is-directory" "loop" "too-many-links" "message-size" "name-too-long"
            "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space"
            "not-directory" "not-empty" "not-recoverable" "unsupported" "no-tty"
            "no-such-device" "overflow" "not-permitted" "pipe" "read-only" "invalid-seek"
            "text-file-busy" "cross-device"))
        (export "error-code" (type $code (eq $codes)))
        (export "filesystem-error-code" (func (param "err" (borrow $e)) (result (option $code))))))
    (core module $memory (memory (export "m") 1))
    (core instance $own (instantiate $memory))
    (core func $make (canon lower (func $errors "make")))
    (core func $code (canon lower (func $files "filesystem-error-code")
        (memory (core memory $own "m"))))
    (core func $drop (canon resource.drop $error))
    (core module $main
        (import "" "m" (memory 1))
        (import "" "make" (func $make (result i32)))
        (import "" "code" (func $code (param i32 i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "ask") (param $left i32) (result i32) (local $error i32) (local $some i32)
            (loop $again
                (local.set $error (call $make))
                (call $code (local.get $error) (i32.const 0))
                (local.set $some (i32.add (local.get $some) (i32.load8_u (i32.const 0))))
                (call $drop (local.get $error))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br_if $again (local.get $left)))
            (local.get $some)))
    (core instance $main (instantiate $main (with "" (instance
        (export "m" (memory $own "m")) (export "make" (func $make))
        (export "code" (func $code)) (export "drop" (func $drop))))))
    (func (export "ask") (param "n" u32) (result u32) (canon lift (core func $main "ask"))))"#;

/// A host error.
struct HostError;

/// Host errors, and what makes them.
fn lending(linker: &mut Linker<host::State>) -> wasmtime::Result<()> {
    let error = ResourceType::host::<HostError>();
    let mut errors = linker.instance("wasi:io/error@0.2.6")?;
    errors.resource("error", error, |mut store, error| {
        let error: Resource<HostError> = Resource::new_own(error);
        store.data_mut().table.delete(error)?;
        Ok(())
    })?;
    let mut made = linker.instance("test:lend/errors")?;
    made.resource("error", error, |_, _| Ok(()))?;
    made.func_wrap("make", |mut store, ()| {
        Ok((store.data_mut().table.push(HostError)?,))
    })
}

/// The builder exports only what it closes, which then takes handles of what stays the host's.
pub fn what_is_lent_is_given_back() -> Result<()> {
    let mut virt = WasiVirt::new();
    virt.deny_mode(DenyMode::Error).wasi_version("0.2.6").fs();
    let adapter = virt.finish()?;
    let exports = artifact::exports(&adapter)?;
    let exports = |name: &str| exports.iter().any(|export| export == name);
    ensure!(exports("wasi:filesystem/types@0.2.6") && !exports("wasi:io/error@0.2.6"));
    let composed = engine::plug(&wat::parse_str(LENT)?, &adapter)?;
    let composed = host::compile(&composed)?;
    let (mut store, _) = host::planted("", "", &[])?;
    let mut linker = Linker::new(host::engine());
    let instance = lending(&mut linker).and_then(|()| {
        // Types alone, and what is not called.
        linker.define_unknown_imports_as_traps(&composed)?;
        linker.instantiate(&mut store, &composed)
    });
    let instance = instance.map_err(|error| anyhow!("{error:?}"))?;
    let mut plugged = Plugged { store, instance };
    let known = plugged.call("ask", 1000)?;
    ensure!(known == 0, "{known} errors had codes");
    ensure!(plugged.is_clean(), "the host still holds something");
    Ok(())
}
