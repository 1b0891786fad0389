//! Prints a copy of WASI's text, made from `wit/deps` and `wit/p3`: `cargo xtask wit` keeps what
//! this prints.

use wasi_virt::copies;

fn main() {
    let read_of = |folder: &str, package: &str| {
        let path = format!(
            "{}/../wit/{folder}/{package}.wit",
            env!("CARGO_MANIFEST_DIR")
        );
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let read = |package: &str| read_of("deps", package);
    let read_0_3 = |package: &str| read_of("p3", package);
    let copy = match std::env::args().nth(1).as_deref() {
        Some("wasi.wit") => copies::text(&read),
        Some("wasi_0_3.wit") => copies::text_0_3(&read_0_3),
        Some("adapter_types.txt") => copies::adapter_types(&read, &read_0_3),
        Some("network_functions.txt") => copies::network_functions(&read, &read_0_3),
        other => panic!("no copy is called {other:?}"),
    };
    print!("{copy}");
}
