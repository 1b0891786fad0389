//! The artifact as a rope: what was relinked, with the real core modules in their skeletons'
//! places, and the contents of files in the empty segment for them.
//! Sizes are mended on the way up. Contents are segments that refer to their source; they never
//! pass through here.

use crate::error::{Error, ProblemKind, Result, Stage};
use crate::mounts::place_in_payload;
use crate::report::Segment;
use crate::wasm::component::{Encoded, Mark, Marks};
use crate::wasm::sections::{
    COMPONENT_SECTION, CORE_MODULE_SECTION, CUSTOM_SECTION, DATA_SECTION, HEADER, number, sections,
};
use std::ops::Range;
use wasm_encoder::Encode;
use wasmparser::{BinaryReader, CustomSectionReader, DataSectionReader};

/// A run of segments with its length in bytes.
#[derive(Default)]
struct Rope {
    segments: Vec<Segment>,
    len: u64,
}

impl Rope {
    fn bytes(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.len += bytes.len() as u64;
        match self.segments.last_mut() {
            Some(Segment::Bytes(last)) => last.extend_from_slice(bytes),
            _ => self.segments.push(Segment::Bytes(bytes.to_vec())),
        }
    }

    fn push(&mut self, segment: Segment) {
        match segment {
            Segment::Bytes(bytes) => self.bytes(&bytes),
            segment if segment.is_empty() => {}
            segment => {
                self.len += segment.len();
                self.segments.push(segment);
            }
        }
    }

    fn section(&mut self, id: u8, contents: Rope) -> Result<()> {
        let len = u32::try_from(contents.len).map_err(|_| {
            Error::invalid(
                ProblemKind::TooLarge,
                "the artifact would have a section of 4 GiB or more; mount fewer or smaller files",
            )
        })?;
        let mut head = vec![id];
        len.encode(&mut head);
        self.bytes(&head);
        contents
            .segments
            .into_iter()
            .for_each(|segment| self.push(segment));
        Ok(())
    }
}

/// Turns a relinked component into segments: the core modules of `component`, and of those nested
/// in it, in their places, and the payload in what is marked for it. What follows a component's
/// items, its custom sections but for the names, which are other ones now, is kept.
pub(crate) fn splice_relinked(
    written: &Encoded,
    component: &[u8],
    payload: &[(u32, u64)],
) -> Result<Vec<Segment>> {
    let relinked = Relinked { component, payload };
    let rope = relinked.component(&written.bytes, &written.marks, 0..component.len())?;
    Ok(rope.segments)
}

/// What is put into a relinked component.
struct Relinked<'a> {
    component: &'a [u8],
    payload: &'a [(u32, u64)],
}

impl Relinked<'_> {
    /// What was written of the component that lies at `original`.
    fn component(&self, bytes: &[u8], marks: &Marks, original: Range<usize>) -> Result<Rope> {
        let start = original.start;
        let component = &self.component[original];
        let originals = sections(component)?;
        let nth = |id: u8, position: usize| {
            let mut all = originals.iter().filter(|section| section.id == id);
            all.nth(position)
                .ok_or_else(|| internal("the component has fewer sections of a kind"))
        };
        let of_component = |range: &Range<usize>| Segment::Component {
            offset: (start + range.start) as u64,
            len: range.len() as u64,
        };
        let mut rope = Rope::default();
        let mut done = 0;
        for (range, mark) in marks {
            rope.bytes(&bytes[done..range.start]);
            done = range.end;
            let (_, contents) = number(&bytes[range.start + 1..range.end])?;
            match mark {
                Mark::Module(position) => {
                    let module = nth(CORE_MODULE_SECTION, *position)?;
                    rope.push(of_component(&module.whole));
                }
                Mark::Component(position, marks) => {
                    let nested = nth(COMPONENT_SECTION, *position)?.contents.clone();
                    let nested = start + nested.start..start + nested.end;
                    let nested = self.component(contents, marks, nested)?;
                    rope.section(COMPONENT_SECTION, nested)?;
                }
                Mark::Payload if self.payload.iter().all(|(_, size)| *size == 0) => {
                    rope.bytes(&bytes[range.clone()]);
                }
                Mark::Payload => {
                    let filled = fill_module(contents, self.payload)?;
                    rope.section(CORE_MODULE_SECTION, filled)?;
                }
            }
        }
        rope.bytes(&bytes[done..]);
        for section in originals.iter().filter(|s| s.id == CUSTOM_SECTION) {
            let contents = &component[section.contents.clone()];
            let custom = CustomSectionReader::new(BinaryReader::new(contents, 0));
            if custom.map_err(read)?.name() != "component-name" {
                rope.push(of_component(&section.whole));
            }
        }
        Ok(rope)
    }
}

fn internal(message: &str) -> Error {
    Error::internal(Stage::Splice, message)
}

fn read(error: wasmparser::BinaryReaderError) -> Error {
    Error::internal(Stage::Splice, error)
}

fn fill_module(module: &[u8], payload: &[(u32, u64)]) -> Result<Rope> {
    let mut rope = Rope::default();
    rope.bytes(&module[..HEADER]);
    let mut filled = false;
    for section in sections(module)? {
        if section.id == DATA_SECTION {
            filled = true;
            rope.section(section.id, fill_data(&module[section.contents], payload)?)?;
        } else {
            rope.bytes(&module[section.whole]);
        }
    }
    if filled {
        Ok(rope)
    } else {
        Err(internal("the adapter has no data section for its payload"))
    }
}

fn fill_data(data: &[u8], payload: &[(u32, u64)]) -> Result<Rope> {
    check_last_is_empty(data)?;
    let mut rope = Rope::default();
    // Whatever its kind, a segment of no bytes ends in their number.
    rope.bytes(&data[..data.len() - 1]);
    let total = payload.iter().fold(0, |len, (_, size)| {
        place_in_payload(len, *size).saturating_add(*size)
    });
    let total = u32::try_from(total).map_err(|_| internal("the payload passes 4 GiB"))?;
    let mut head = Vec::new();
    total.encode(&mut head);
    rope.bytes(&head);
    let mut len = 0;
    for (index, size) in payload {
        let place = place_in_payload(len, *size);
        rope.bytes(&vec![0; (place - len) as usize]);
        len = place + size;
        rope.push(Segment::File {
            index: *index,
            offset: 0,
            len: *size,
        });
    }
    Ok(rope)
}

fn check_last_is_empty(data: &[u8]) -> Result<()> {
    let reader = DataSectionReader::new(BinaryReader::new(data, 0)).map_err(read)?;
    let last = reader
        .into_iter()
        .last()
        .ok_or_else(|| internal("the adapter has no segment for its payload"))?
        .map_err(read)?;
    if !last.data.is_empty() || !data.ends_with(&[0]) {
        return Err(internal(
            "the adapter's last segment is not the empty one for its payload",
        ));
    }
    Ok(())
}
