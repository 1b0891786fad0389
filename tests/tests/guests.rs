//! That the fixtures are what the cases take them for: otherwise a case would prove nothing.

use anyhow::Result;
use std::fs;
use wasi_virt_tests::artifact;
use wasi_virt_tests::paths::fixture;

fn imports(name: &str) -> Result<Vec<String>> {
    let bytes = fs::read(fixture(name)?)?;
    artifact::validate(&bytes)?;
    artifact::imports(&bytes)
}

#[test]
fn one_release_of_wasi_each() -> Result<()> {
    for (name, release) in [
        ("probe", "@0.2.12"),
        ("probe-0.2.0", "@0.2.0"),
        ("probe-0.2.3", "@0.2.3"),
        ("probe-0.2.6", "@0.2.6"),
        ("probe-latest", "@0.2.12"),
    ] {
        let imports = imports(name)?;
        assert!(imports.len() > 20, "{name} imports {imports:?}");
        assert!(
            imports.iter().all(|import| import.ends_with(release)),
            "{name} imports {imports:?}"
        );
    }
    Ok(())
}

#[test]
fn several_releases_at_once() -> Result<()> {
    let mixed = imports("probe-mixed")?;
    for release in ["@0.2.0", "@0.2.6", "@0.2.12"] {
        assert!(
            mixed.contains(&format!("wasi:cli/environment{release}")),
            "{mixed:?}"
        );
    }
    for interface in [
        "wasi:io/streams",
        "wasi:filesystem/types",
        "wasi:sockets/tcp",
    ] {
        assert!(mixed.contains(&format!("{interface}@0.2.0")), "{mixed:?}");
        assert!(mixed.contains(&format!("{interface}@0.2.6")), "{mixed:?}");
    }
    let newer = imports("probe-io-newer")?;
    for import in &newer {
        let release = if import.starts_with("wasi:io/") {
            "@0.2.6"
        } else {
            "@0.2.0"
        };
        assert!(import.ends_with(release), "{newer:?}");
    }
    Ok(())
}

#[test]
fn imports_outside_wasi() -> Result<()> {
    assert!(imports("kv")?.contains(&"test:kv/store@0.1.0".to_string()));
    assert!(imports("blob")?.contains(&"test:blob/store@0.1.0".to_string()));
    assert_eq!(imports("library")?, ["wasi:cli/environment@0.2.6"]);
    Ok(())
}
