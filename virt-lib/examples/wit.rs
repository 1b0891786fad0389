//! Prints a copy of WASI's text, made from `wit/deps`: `cargo xtask wit` keeps what this prints.

use wasi_virt::copies;

fn main() {
    let read = |package: &str| {
        let path = format!("{}/../wit/deps/{package}.wit", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let copy = match std::env::args().nth(1).as_deref() {
        Some("wasi.wit") => copies::text(&read),
        Some("adapter_types.txt") => copies::adapter_types(&read),
        other => panic!("no copy is called {other:?}"),
    };
    print!("{copy}");
}
