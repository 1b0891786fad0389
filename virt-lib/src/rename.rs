//! Gives the imports of a component other names. Types and everything inside stay as they are: what an import
//! is called matters to nothing but the host.

use crate::error::{Error, Result, Stage};
use crate::sections::{
    COMPONENT_IMPORT_SECTION, HEADER, push_section, read_leb, sections, write_leb,
};
use std::collections::BTreeMap;
use wasmparser::{BinaryReader, ComponentImportSectionReader};

/// The component with its imports under their new names; one that has none keeps its own.
pub(crate) fn imports(component: &[u8], names: &[(String, String)]) -> Result<Vec<u8>> {
    let names: BTreeMap<&str, &str> = names
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    let mut out = component[..HEADER].to_vec();
    for section in sections(component)? {
        if section.id == COMPONENT_IMPORT_SECTION {
            let contents = renamed(&component[section.contents], &names)?;
            push_section(section.id, &contents, &mut out);
        } else {
            out.extend_from_slice(&component[section.whole]);
        }
    }
    Ok(out)
}

fn renamed(section: &[u8], names: &BTreeMap<&str, &str>) -> Result<Vec<u8>> {
    let internal = |error: wasmparser::BinaryReaderError| Error::internal(Stage::Compose, error);
    let reader =
        ComponentImportSectionReader::new(BinaryReader::new(section, 0)).map_err(internal)?;
    let mut out = Vec::new();
    write_leb(reader.count(), &mut out);
    for item in reader.into_iter_with_offsets() {
        let (start, import) = item.map_err(internal)?;
        let start = start as usize;
        let name = import.name.name;
        let to = names.get(name).copied().unwrap_or(name);
        // A byte for the kind of name, the name, and what it names.
        let mut at = start + 1;
        let len = read_leb(section, &mut at)? as usize;
        let end = at + len;
        out.push(section[start]);
        write_leb(to.len() as u32, &mut out);
        out.extend_from_slice(to.as_bytes());
        let mut reader = BinaryReader::new(&section[end..], 0);
        reader
            .read::<wasmparser::ComponentTypeRef>()
            .map_err(internal)?;
        let what = reader.original_position() as usize;
        out.extend_from_slice(&section[end..end + what]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn every_import_gets_its_new_name() {
        let component = wat::parse_str(
            r#"(component
                (import "host:a/b@0.2.0" (instance $i (export "f" (func))))
                (import "host:c/d" (func))
                (export "x" (func $i "f")))"#,
        )
        .unwrap();
        let name = |from: &str, to: &str| (from.to_string(), to.to_string());
        let names = [
            name("host:a/b@0.2.0", "wasi:aaaaaaaa/bbbbbbbb@0.2.3"),
            name("host:c/d", "w:c/d"),
        ];
        let out = imports(&component, &names).unwrap();
        wasmparser::Validator::new().validate_all(&out).unwrap();
        assert_eq!(
            crate::inspect::import_names(&out).unwrap(),
            ["wasi:aaaaaaaa/bbbbbbbb@0.2.3", "w:c/d"]
        );
        let out = imports(&component, &names[..1]).unwrap();
        wasmparser::Validator::new().validate_all(&out).unwrap();
        assert_eq!(
            crate::inspect::import_names(&out).unwrap(),
            ["wasi:aaaaaaaa/bbbbbbbb@0.2.3", "host:c/d"]
        );
    }
}
