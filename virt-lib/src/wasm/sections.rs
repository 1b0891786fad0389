//! Raw section framing of modules and components. This module must never be given bytes that were not
//! validated, and never looks inside a section.

use crate::error::{Error, Result, Stage};
use std::ops::Range;

const CUSTOM: u8 = 0;
const COMPONENT_CORE_MODULE: u8 = 1;
const COMPONENT_COMPONENT: u8 = 4;
const MODULE_DATA: u8 = 11;

/// The length of the magic number and the version field.
pub(crate) const HEADER: usize = 8;

/// Section identifier of a custom section, at every level.
pub(crate) const CUSTOM_SECTION: u8 = CUSTOM;
/// Section identifier of a nested component, at component level.
pub(crate) const COMPONENT_SECTION: u8 = COMPONENT_COMPONENT;
/// Section identifier of a core module, at component level.
pub(crate) const CORE_MODULE_SECTION: u8 = COMPONENT_CORE_MODULE;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

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
}
