//! The example of the manual, as it stands there, and what comes of it with real files.

#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeMap;
use std::fs;
use wasi_virt::{FsEntry, WasiVirt};

/// The manual's example with its import and its missing comma, its paths and its writing replaced:
/// `at` says where they are.
fn example(at: impl Fn(&str) -> String) -> wasi_virt::Result<Vec<u8>> {
    let mut virt = WasiVirt::new();

    // allow all subsystems initially
    virt.allow_all();

    // ignore stdio
    virt.stdio().ignore();

    virt.env()
        // provide an allow list of host env vars
        .allow(&["PUBLIC_ENV_VAR"])
        // provide custom env overrides
        .overrides(&[("SOME", "ENV"), ("VAR", "OVERRIDES")]);

    virt.fs()
        // deny arbitrary host preopens
        .deny_host_preopens()
        // mount and virtualize a local directory recursively
        .virtual_preopen("/dir", at("/local/dir"))
        // create a virtual directory containing some virtual files
        .preopen(
            "/another-dir",
            FsEntry::Dir(BTreeMap::from([
                // create a virtual file from the given UTF8 source
                ("file.txt", FsEntry::Source("Hello world")),
                // create a virtual file read from a local file at
                // virtualization time
                (
                    "another.wasm",
                    FsEntry::Virtualize(at("/local/another.wasm")),
                ),
                // create a virtual file which reads from a given file
                // path at runtime using the runtime host filesystem API
                ("host.txt", FsEntry::RuntimeFile("/runtime/host/path.txt")),
            ])),
        );

    // compose the virtualization with a component
    virt.compose(at("path/to/component.wasm"));
    // filter enabled subsystems by imports on the composed component
    virt.filter_imports().unwrap();

    virt.finish()
}

fn hello() -> Vec<u8> {
    fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/hello.wasm"
    ))
    .unwrap()
}

fn imports(component: &[u8]) -> Vec<String> {
    wasi_virt::inspect(component)
        .unwrap()
        .imports
        .into_iter()
        .map(|import| import.name)
        .collect()
}

#[test]
fn the_example_gives_a_component_with_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| {
        format!(
            "{}/{}",
            folder.path().display(),
            path.trim_start_matches('/')
        )
    };
    fs::create_dir_all(at("/local/dir/deep")).unwrap();
    fs::create_dir_all(at("path/to")).unwrap();
    fs::write(at("/local/dir/deep/a.txt"), "text of a file").unwrap();
    fs::write(at("/local/another.wasm"), "another file").unwrap();
    fs::write(at("path/to/component.wasm"), hello()).unwrap();
    let artifact = example(at).unwrap();
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&artifact)
        .unwrap();
    let open = imports(&artifact);
    assert!(
        open.iter()
            .any(|name| name.starts_with("wasi:cli/environment@")),
        "{open:?}"
    );
    // The file that is read at run time is the host's.
    assert!(
        open.iter().any(|name| name.starts_with("wasi:filesystem/")),
        "{open:?}"
    );
    assert!(
        !open.iter().any(|name| name.starts_with("wasi:cli/std")),
        "{open:?}"
    );
    for text in ["text of a file", "another file", "Hello world", "OVERRIDES"] {
        assert!(
            artifact
                .windows(text.len())
                .any(|run| run == text.as_bytes()),
            "{text}"
        );
    }
}
