//! What plays the imports in native tests: an application with a memory that belongs to the thread.
//! This module must be as strict as the helper module.

#![expect(clippy::too_many_arguments, reason = "they are the imports'")]

pub mod ends;

use core::cell::RefCell;
use std::thread_local;
use std::vec::Vec;

use crate::sink::{BLOCK, arrive};
use crate::trap;

/// Bytes of a page.
const PAGE: usize = 1 << 16;

/// The application's memory and its allocator.
#[derive(Debug, Default)]
struct Simulated {
    memory: Vec<u8>,
    /// Where the next allocation goes.
    free: u32,
    /// What the next allocation gives instead.
    answer: Option<u32>,
    payload: Vec<u8>,
    configuration: &'static [u8],
    copies: Vec<(u32, u32, u32)>,
}

thread_local! {
    static APP: RefCell<Simulated> = RefCell::default();
}

fn with<T>(act: impl FnOnce(&mut Simulated) -> T) -> T {
    APP.with(|app| act(&mut app.borrow_mut()))
}

/// Gives the application a memory of so many pages, and no payload.
pub fn reset(pages: usize) {
    with(|app| {
        *app = Simulated {
            memory: std::vec![0; pages * PAGE],
            free: 1024,
            ..Simulated::default()
        };
    });
}

/// What the memory has at an address.
pub fn peek(at: u32, len: usize) -> Vec<u8> {
    with(|app| app.memory[at as usize..][..len].to_vec())
}

/// Writes to the memory.
pub fn poke(at: u32, bytes: &[u8]) {
    with(|app| app.memory[at as usize..][..bytes.len()].copy_from_slice(bytes));
}

/// Makes the next `realloc` answer with this address.
pub fn answer(at: u32) {
    with(|app| app.answer = Some(at));
}

/// Gives the payload.
pub fn mount(payload: &[u8]) {
    with(|app| app.payload = payload.to_vec());
}

/// Gives the configuration, for good.
pub fn configure(blob: Vec<u8>) {
    with(|app| app.configuration = blob.leak());
}

/// The configuration.
pub(crate) fn configuration() -> &'static [u8] {
    with(|app| app.configuration)
}

/// The copies of the payload since the last time: destination, offset and length.
pub fn copies() -> Vec<(u32, u32, u32)> {
    with(|app| core::mem::take(&mut app.copies))
}

fn place(app: &mut Simulated, at: u32, len: usize) -> &mut [u8] {
    let place = app
        .memory
        .get_mut(at as usize..)
        .and_then(|rest| rest.get_mut(..len));
    place.unwrap_or_else(|| trap())
}

pub(crate) fn size(_: u32) -> u32 {
    with(|app| app.memory.len() / PAGE) as u32
}

pub(crate) fn load8(_: u32, source: u32) -> u32 {
    with(|app| place(app, source, 1)[0].into())
}

pub(crate) fn load(_: u32, source: u32, end: u32) {
    assert!((end - source).is_multiple_of(BLOCK as u32));
    for at in (source..end).step_by(BLOCK) {
        let block = with(|app| place(app, at, BLOCK).to_vec());
        let (words, _) = block.as_chunks();
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        arrive(words.try_into().expect("eight words"));
    }
}

pub(crate) fn store8(_: u32, at: u32, value: u32) {
    with(|app| place(app, at, 1)[0] = value as u8);
}

pub(crate) fn store32(_: u32, at: u32, value: u32) {
    with(|app| place(app, at, 4).copy_from_slice(&value.to_le_bytes()));
}

pub(crate) fn store64(_: u32, at: u32, value: u64) {
    with(|app| place(app, at, 8).copy_from_slice(&value.to_le_bytes()));
}

pub(crate) fn store(
    app: u32,
    at: u32,
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
    f: u64,
    g: u64,
    h: u64,
) {
    for (at, word) in (at..).step_by(8).zip([a, b, c, d, e, f, g, h]) {
        store64(app, at, word);
    }
}

pub(crate) fn realloc(_: u32, old: u32, old_len: u32, align: u32, len: u32) -> u32 {
    assert_eq!((old, old_len), (0, 0));
    with(|app| {
        let place = app.free.next_multiple_of(align);
        app.free = place + len;
        app.answer.take().unwrap_or(place)
    })
}

pub(crate) fn payload(_: u32, at: u32, offset: u32, len: u32) {
    with(|app| {
        let bytes = app.payload[offset as usize..][..len as usize].to_vec();
        app.copies.push((at, offset, len));
        place(app, at, bytes.len()).copy_from_slice(&bytes);
    });
}

/// The import that reads the payload into the adapter's own memory.
///
/// # Safety
///
/// `into` has room for `len` bytes.
pub(crate) unsafe fn read(into: *mut u8, offset: u32, len: u32) {
    with(|app| {
        let bytes = &app.payload[offset as usize..][..len as usize];
        // SAFETY: as the caller says.
        unsafe { into.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
    });
}
