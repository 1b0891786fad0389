//! Raw section framing of modules and components, and the *skeleton* of a component: the same
//! imports, exports and types with empty function bodies and no data. Decoding and composition work
//! on the skeleton, so that their cost does not grow with the code and data of the input. This module
//! must never be given bytes that were not validated, and never looks inside a section it keeps.

use crate::error::{Error, Result, Stage};
use std::ops::Range;

const CUSTOM: u8 = 0;
const COMPONENT_CORE_MODULE: u8 = 1;
const COMPONENT_COMPONENT: u8 = 4;
const MODULE_CODE: u8 = 10;
const MODULE_DATA: u8 = 11;
const MODULE_DATA_COUNT: u8 = 12;

/// The length of the magic number and the version field.
pub(crate) const HEADER: usize = 8;

/// Section identifier of a custom section, at every level.
pub(crate) const CUSTOM_SECTION: u8 = CUSTOM;
/// Section identifier of a nested component, at component level.
pub(crate) const COMPONENT_SECTION: u8 = COMPONENT_COMPONENT;
/// Section identifier of a core module, at component level.
pub(crate) const CORE_MODULE_SECTION: u8 = COMPONENT_CORE_MODULE;
/// Section identifier of the imports, at component level.
pub(crate) const COMPONENT_IMPORT_SECTION: u8 = 10;
/// Section identifier of the data section of a core module.
pub(crate) const DATA_SECTION: u8 = MODULE_DATA;

/// One section: its identifier and where it lies.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub id: u8,
    /// The whole section, identifier and size included.
    pub whole: Range<usize>,
    /// Its contents.
    pub contents: Range<usize>,
}

/// The sections of a module or component that starts at `bytes[0]`.
pub(crate) fn sections(bytes: &[u8]) -> Result<Vec<Section>> {
    let mut at = HEADER;
    let mut found = Vec::new();
    while at < bytes.len() {
        let start = at;
        let id = bytes[at];
        at += 1;
        let size = read_leb(bytes, &mut at)? as usize;
        let end = at
            .checked_add(size)
            .filter(|end| *end <= bytes.len())
            .ok_or_else(framing)?;
        found.push(Section {
            id,
            whole: start..end,
            contents: at..end,
        });
        at = end;
    }
    Ok(found)
}

fn framing() -> Error {
    Error::internal(
        Stage::Inspect,
        "section framing does not match the validated input",
    )
}

/// Reads an unsigned 32-bit LEB128 at `*at` and moves past it.
pub(crate) fn read_leb(bytes: &[u8], at: &mut usize) -> Result<u32> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(*at).ok_or_else(framing)?;
        *at += 1;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(framing())
}

/// Appends `value` as an unsigned LEB128 of the shortest form.
pub(crate) fn write_leb(mut value: u32, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Appends a section.
pub(crate) fn push_section(id: u8, contents: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    write_leb(contents.len() as u32, out);
    out.extend_from_slice(contents);
}

/// The skeleton of a validated component.
pub(crate) fn skeleton(component: &[u8]) -> Result<Vec<u8>> {
    let mut out = component[..HEADER].to_vec();
    for section in sections(component)? {
        let contents = &component[section.contents.clone()];
        match section.id {
            CUSTOM => {}
            COMPONENT_CORE_MODULE => {
                push_section(section.id, &module_skeleton(contents)?, &mut out)
            }
            COMPONENT_COMPONENT => push_section(section.id, &skeleton(contents)?, &mut out),
            _ => out.extend_from_slice(&component[section.whole]),
        }
    }
    Ok(out)
}

fn module_skeleton(module: &[u8]) -> Result<Vec<u8>> {
    /// `unreachable end`, without locals, behind its size.
    const BODY: [u8; 4] = [3, 0, 0x00, 0x0b];
    let mut out = module[..HEADER].to_vec();
    for section in sections(module)? {
        let contents = &module[section.contents.clone()];
        match section.id {
            CUSTOM | MODULE_DATA | MODULE_DATA_COUNT => {}
            MODULE_CODE => {
                let mut at = 0;
                let count = read_leb(contents, &mut at)?;
                let mut bodies = Vec::with_capacity(5 + BODY.len() * count as usize);
                write_leb(count, &mut bodies);
                for _ in 0..count {
                    bodies.extend_from_slice(&BODY);
                }
                push_section(section.id, &bodies, &mut out);
            }
            _ => out.extend_from_slice(&module[section.whole]),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leb_round_trips() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u32::MAX] {
            let mut bytes = Vec::new();
            write_leb(value, &mut bytes);
            let mut at = 0;
            assert_eq!(read_leb(&bytes, &mut at).unwrap(), value);
            assert_eq!(at, bytes.len());
        }
    }

    #[test]
    fn overlong_size_is_refused() {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        bytes.extend_from_slice(&[COMPONENT_CORE_MODULE, 200]);
        assert!(sections(&bytes).is_err());
    }

    #[test]
    fn a_skeleton_is_valid_and_smaller() {
        let component = wat::parse_str(
            r#"(component
                (core module $m
                    (memory (export "memory") 1)
                    (data (i32.const 0) "a long run of payload that a skeleton does not carry along")
                    (func (export "f") (result i32) (i32.add (i32.const 1) (i32.const 2)))
                    (func (export "g") (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))
                (core instance $i (instantiate $m))
                (func (export "f") (result u32) (canon lift (core func $i "f"))))"#,
        )
        .unwrap();
        let skeleton = skeleton(&component).unwrap();
        wasmparser::validate(&skeleton).unwrap();
        assert!(skeleton.len() < component.len());
    }
}
