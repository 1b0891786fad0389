//! Calls made at random: whatever the handles, addresses and lengths, and whatever `realloc` does,
//! each returns or traps, writes to the given place, and leaves an adapter that answers rightly.

mod p2;
mod p3;
mod real;

pub use real::compare;

use super::ground::Grounds;
use super::guest::{Called, END, Guest, HEAP, RESULT, Realloc, TEXT};
use super::ways::Way;
use super::world::{ARGUMENTS, Import, Param};
use anyhow::{Context, Result};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// The most calls of a sequence.
const CALLS: usize = 60;

/// Paths that lead somewhere, and some that do not.
const PATHS: [&str; 16] = [
    "hello.txt",
    "link",
    "sub",
    "sub/inner.txt",
    ".",
    "..",
    "",
    "/",
    "sub/../hello.txt",
    "sub/../../hello.txt",
    "new",
    "new/newer",
    "loop",
    "sub/",
    "a\0b",
    "∀",
];

/// What has to be known of a version of WASI to play with it.
pub trait Game: Grounds {
    /// Resources of interfaces that are denied, and the handle that stands for all of them.
    const HOLLOW: (&[&str], u64);

    /// The handles that a call has given, with their kinds.
    fn given(import: &Import, called: &Called, guest: &Guest) -> Vec<(String, u64)>;

    /// The handles that a call takes away.
    fn taken(import: &Import, arguments: &[u64]) -> Vec<u64>;

    /// Whether a call would only end the sequence.
    fn is_the_end(name: &str) -> bool;
}

/// Of how many calls one may cheat.
const HONEST: usize = 8;

/// Runs one sequence; tells how many calls it had, and whether it trapped.
pub fn sequence<G: Game>(way: &Way, seed: u64) -> Result<(usize, bool)> {
    let mut player = Player::<G> {
        rng: Rng::with_seed(seed),
        guest: way.program.start()?,
        handles: BTreeMap::new(),
        dropped: Vec::new(),
        is_hostile: false,
        calls: Vec::new(),
        game: PhantomData,
    };
    let ended = player.play();
    let calls = player.calls.join("\n");
    let is_trap = ended.with_context(|| format!("{}, seed {seed}:\n{calls}", way.name))?;
    Ok((player.calls.len(), is_trap))
}

struct Player<G> {
    rng: Rng,
    guest: Guest,
    /// The handles that the guest has, by their resources.
    handles: BTreeMap<String, Vec<u64>>,
    /// Handles that it had.
    dropped: Vec<u64>,
    /// Whether this call may cheat.
    is_hostile: bool,
    /// What was called.
    calls: Vec<String>,
    game: PhantomData<G>,
}

impl<G: Game> Player<G> {
    /// Plays to the end, or to a trap.
    fn play(&mut self) -> Result<bool> {
        let ground = G::find(&mut self.guest)?;
        for kind in G::KINDS {
            if let Some(handle) = ground.handle(kind) {
                self.learn(kind, handle);
            }
        }
        self.learn("descriptor", ground.directory());
        let (denied, hollow) = G::HOLLOW;
        for resource in denied {
            self.learn(resource, hollow);
        }
        let imports = &G::world()?.imports;
        for _ in 0..self.rng.usize(1..CALLS) {
            let import = &imports[self.rng.usize(..imports.len())];
            if self.is_pointless(import) {
                continue;
            }
            let called = self.step(import)?;
            called.judge()?;
            if called.is_trap() {
                return Ok(true);
            }
            for (kind, handle) in G::given(import, &called, &self.guest) {
                self.learn(&kind, handle);
            }
        }
        self.guest.reset();
        G::probe(&mut self.guest)?;
        Ok(false)
    }

    fn step(&mut self, import: &Import) -> Result<Called> {
        self.guest.reset();
        self.is_hostile = self.rng.usize(..HONEST) == 0;
        let realloc = self.realloc()?;
        self.guest.realloc(realloc);
        let arguments = self.arguments(import);
        let call = format!("{}({arguments:x?}), {realloc:x?}", import.name);
        self.calls.push(call);
        self.forget(import, &arguments);
        self.guest.call(&import.name, &arguments)
    }

    /// Whether something is done that no honest guest would do.
    fn cheats(&mut self) -> bool {
        self.is_hostile && self.rng.usize(..3) == 0
    }

    fn realloc(&mut self) -> Result<Realloc> {
        if self.rng.usize(..10) == 0 {
            return Ok(Realloc::Grows(self.rng.u32(..2)));
        }
        if !self.cheats() {
            return Ok(Realloc::Honest);
        }
        Ok(match self.rng.usize(..4) {
            0 => Realloc::Gives(self.address() as u32),
            1 => Realloc::Gives((RESULT + self.rng.u64(..64)) as u32),
            2 => Realloc::Traps,
            _ => {
                let imports = &G::world()?.imports;
                let number = self.rng.usize(..imports.len());
                let mut arguments = [0; ARGUMENTS];
                let given = self.arguments(&imports[number]);
                arguments[..given.len()].copy_from_slice(&given);
                Realloc::Calls(number, arguments)
            }
        })
    }

    fn arguments(&mut self, import: &Import) -> Vec<u64> {
        let mut arguments: Vec<u64> = Vec::new();
        let (mut next, mut len) = (TEXT, 0);
        for (at, param) in import.params.iter().enumerate() {
            arguments.push(match param {
                Param::Handle(resource) => self.handle(resource),
                Param::Text | Param::List(_) => {
                    let start = next;
                    len = self.list(import, param, start);
                    next = (start + len).next_multiple_of(8);
                    if let Param::List(size) = param {
                        len /= (*size).max(1) as u64;
                    }
                    if self.cheats() { self.address() } else { start }
                }
                Param::Length if self.cheats() => self.address(),
                Param::Length => len,
                Param::Buffer(size) => {
                    len = self.rng.u64(..300);
                    let start = next;
                    next = (start + len * *size as u64).next_multiple_of(8);
                    if self.cheats() { self.address() } else { start }
                }
                Param::Value(size) => {
                    let start = next;
                    next = (start + *size as u64).next_multiple_of(8);
                    self.value(start, *size);
                    if self.cheats() { self.address() } else { start }
                }
                Param::Place(_) if self.cheats() => self.address(),
                Param::Place(_) => RESULT + 512,
                Param::Number => self.number(import, at),
                Param::Result if self.cheats() => self.address(),
                Param::Result => RESULT,
            });
        }
        arguments
    }

    /// Puts a string or list into the memory; its bytes.
    fn list(&mut self, import: &Import, param: &Param, at: u64) -> u64 {
        let bytes: Vec<u8> = match param {
            Param::Text if self.cheats() => (0..5).map(|_| self.rng.u8(..)).collect(),
            Param::Text => PATHS[self.rng.usize(..PATHS.len())].as_bytes().to_vec(),
            Param::List(4) if import.name.ends_with("#poll") => (0..self.rng.usize(1..4))
                .flat_map(|_| (self.handle("pollable") as u32).to_le_bytes())
                .collect(),
            _ => (0..self.rng.usize(..200))
                .map(|_| self.rng.u8(..))
                .collect(),
        };
        self.guest.put(at, &bytes);
        bytes.len() as u64
    }

    /// Puts parameters or what a future carries into the memory: a handle, and a path.
    fn value(&mut self, at: u64, size: usize) {
        let handle = self.handle("descriptor");
        let path = PATHS[self.rng.usize(..PATHS.len())].as_bytes();
        let text = at + size as u64 + 64;
        let words = [handle, 0, text, path.len() as u64, 0, 0];
        let bytes: Vec<u8> = words
            .iter()
            .flat_map(|word| (*word as u32).to_le_bytes())
            .collect();
        self.guest.put(at, &bytes[..size.min(bytes.len())]);
        self.guest.put(text, path);
    }

    fn handle(&mut self, resource: &str) -> u64 {
        let own: Vec<u64> = match self.cheats() {
            true => match self.rng.usize(..4) {
                0 => self.handles.values().flatten().copied().collect(),
                1 => self.dropped.clone(),
                2 => vec![self.rng.u64(..16) << 28 | self.rng.u64(..12)],
                _ => vec![self.address()],
            },
            false => self.handles.get(resource).cloned().unwrap_or_default(),
        };
        match own.is_empty() {
            true => self.rng.u64(..4),
            false => own[self.rng.usize(..own.len())],
        }
    }

    /// An address or a length that is somewhere near an end.
    fn address(&mut self) -> u64 {
        let ends = [0, TEXT, RESULT, HEAP, END - 64, END, 1 << 31, 1 << 32];
        let end = ends[self.rng.usize(..ends.len())];
        let near = end.wrapping_add(self.rng.u64(..160)).wrapping_sub(80);
        near & 0xffff_ffff
    }

    fn number(&mut self, import: &Import, at: usize) -> u64 {
        // Longer ones trap.
        let is_length = ["random-bytes", "zeroes"]
            .iter()
            .any(|of| import.name.contains(of));
        if !self.cheats() {
            if !import.wide[at] {
                return self.rng.u64(..3);
            }
            if is_length {
                return self.rng.u64(..4_000);
            }
        }
        match self.rng.usize(..6) {
            0..=2 => self.rng.u64(..4),
            3 => self.rng.u64(..10_000),
            4 => [1 << 31, 1 << 32, 1 << 63, 0_u64][self.rng.usize(..4)]
                .wrapping_sub(self.rng.u64(..2)),
            _ => self.rng.u64(..),
        }
    }

    /// Whether a call would only end the sequence: the guest has no handle for it, or the function
    /// is denied and has no way to say so.
    fn is_pointless(&self, import: &Import) -> bool {
        let lacks = |param: &Param| match param {
            Param::Handle(resource) => self.handles.get(resource).is_none_or(Vec::is_empty),
            _ => false,
        };
        G::is_the_end(&import.name) || import.params.iter().any(lacks)
    }

    fn forget(&mut self, import: &Import, arguments: &[u64]) {
        for handle in G::taken(import, arguments) {
            for handles in self.handles.values_mut() {
                handles.retain(|own| *own != handle);
            }
            self.dropped.push(handle);
        }
    }

    fn learn(&mut self, resource: &str, handle: u64) {
        let handles = self.handles.entry(resource.to_string()).or_default();
        if !handles.contains(&handle) {
            handles.push(handle);
        }
    }
}
