//! What `#[test]` is: Rust's own natively, and wasm-bindgen's where the tests are WebAssembly, in Node and in a browser.
//! Every module of unit tests takes it from here; without it Rust's own would not run there. Never a helper of a test.

#[cfg(not(target_family = "wasm"))]
pub(crate) use core::prelude::v1::test;
#[cfg(target_family = "wasm")]
pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
