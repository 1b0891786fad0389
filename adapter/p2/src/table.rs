//! What virtual handles stand for, by their types. A handle of another type traps, as one that was
//! never given. What is given out here are copies, so that nothing is held while others run.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::files::{Entries, Opened};
use wasi_virt_adapter_core::table::Table;
use wasi_virt_adapter_core::{Shared, memory, trap};

use crate::convert::directory_entry;
use crate::file_output::FileOutput;
#[cfg(feature = "net")]
use crate::network::Answers;
use crate::types::{DirectoryEntry, ErrorCode, FileResult};
use crate::version::P2;

/// The resource `descriptor`.
pub type Descriptor = wasi_virt_adapter_core::descriptor::Descriptor<P2>;

/// A standard stream that is denied.
#[derive(Clone, Copy)]
pub enum Denied {
    /// Standard input.
    Stdin,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The resource `input-stream`.
#[derive(Clone, Copy)]
pub enum Input {
    /// One at its end.
    Ignored,
    /// One whose operations fail.
    Denied,
    /// A file, read from a position on.
    File(Opened, u64),
}

/// The resource `output-stream`.
#[derive(Clone, Copy)]
pub enum Output {
    /// One that swallows what is written.
    Ignored,
    /// One whose operations fail.
    Denied(Denied),
    /// A file.
    #[cfg_attr(not(feature = "write"), expect(dead_code, reason = "there is none"))]
    File(FileOutput),
}

/// The resource `error`.
#[derive(Clone, Copy)]
pub enum Error {
    /// Of a stream that is denied.
    Denied(Denied),
    /// Of a virtual file.
    #[cfg_attr(not(feature = "write"), expect(dead_code, reason = "there is none"))]
    File(ErrorCode),
}

/// The resource `pollable`.
#[derive(Clone, Copy)]
pub enum Pollable {
    /// One that is ready.
    Ready,
    /// One that is ready when the virtual clock reaches this instant.
    Timer(u64),
}

/// The resource `incoming-datagram-stream`.
#[cfg(feature = "net")]
#[derive(Clone, Copy)]
pub struct Incoming {
    /// The host's handle.
    pub of_host: u32,
    /// Whether its socket receives from everyone.
    pub listens: bool,
}

/// What a handle stands for.
pub enum Resource {
    /// `descriptor`.
    Descriptor(Descriptor),
    /// `directory-entry-stream`.
    Entries(Entries),
    /// `input-stream`.
    Input(Input),
    /// `output-stream`.
    Output(Output),
    /// `error`.
    Error(Error),
    /// `pollable`.
    Pollable(Pollable),
    /// `incoming-datagram-stream`.
    #[cfg(feature = "net")]
    Incoming(Incoming),
    /// `resolve-address-stream`.
    #[cfg(feature = "net")]
    Answers(Answers),
}

static TABLE: Shared<Table<Resource>> = Shared::new(Table::new());

/// Gives a handle.
pub fn add(resource: Resource) -> Own {
    Own(TABLE.with(|table| table.add(resource, None)))
}

/// Gives a handle to what depends on another.
pub fn add_child(resource: Resource, parent: u32) -> Own {
    Own(TABLE.with(|table| table.add(resource, Some(parent))))
}

/// Takes a handle back.
pub fn remove(handle: u32) -> Resource {
    TABLE.with(|table| table.remove(handle))
}

/// Whether there is memory for one more handle.
pub fn has_room() -> bool {
    memory::keep(|| TABLE.with(Table::reserve)).is_some()
}

/// Refuses one more descriptor or stream where there is no memory for it.
pub fn room() -> FileResult<()> {
    match has_room() {
        true => Ok(()),
        false => Err(ErrorCode::InsufficientMemory),
    }
}

macro_rules! copies {
    ($($name:ident $case:ident)+) => {$(
        /// What this handle stands for.
        pub fn $name(handle: u32) -> $case {
            TABLE.with(|table| match table.get(handle) {
                Resource::$case(value) => *value,
                _ => trap(),
            })
        }
    )+};
}

copies!(descriptor Descriptor input Input output Output error Error pollable Pollable);
#[cfg(feature = "net")]
copies!(incoming Incoming);

/// Uses the answers to a lookup. Nothing may be called meanwhile.
#[cfg(feature = "net")]
pub fn answers<T>(handle: u32, act: impl FnOnce(&mut Answers) -> T) -> T {
    TABLE.with(|table| match table.get(handle) {
        Resource::Answers(answers) => act(answers),
        _ => trap(),
    })
}

/// Whether a handle stands for a stream that is denied, or for why it fails. Never traps.
pub fn is_denied(handle: u32) -> bool {
    TABLE.with(|table| {
        matches!(
            table.peek(handle),
            Some(
                Resource::Input(Input::Denied)
                    | Resource::Output(Output::Denied(_))
                    | Resource::Error(Error::Denied(_))
            )
        )
    })
}

/// Notes how an input stream is from now on.
pub fn set_input(handle: u32, input: Input) {
    TABLE.with(|table| *table.get(handle) = Resource::Input(input));
}

/// Notes how an output stream is from now on.
#[cfg(feature = "write")]
pub fn set_output(handle: u32, output: Output) {
    TABLE.with(|table| *table.get(handle) = Resource::Output(output));
}

/// The next entry of a directory.
pub fn next_entry(handle: u32) -> Option<DirectoryEntry> {
    let next = TABLE.with(|table| match table.get(handle) {
        Resource::Entries(entries) => entries.next(),
        _ => trap(),
    });
    next.map(directory_entry)
}
