//! An instance with the hostile guest in it. Each call is watched: what it changes in the guest's
//! memory has to lie where the guest asked for it, and must hold nothing that is planted.

use super::memory::{self, Creator, Memory};
use super::world::{ARGUMENTS, PAGES, World, world};
use crate::host::{self, State};
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use wasmtime::component::{Component, InstancePre, TypedFunc};
use wasmtime::{Config, Engine, Store, Strategy, Trap};

/// Where the guest's `realloc` finds what to do, and notes what it did.
pub mod control {
    /// What it does: one of [`super::Realloc`].
    pub const MODE: usize = 64;
    /// The address that it gives, or the pages that it grows by.
    pub const VALUE: usize = 68;
    /// The function that it calls back, by its number.
    pub const NUMBER: usize = 72;
    /// Where what it allocates next goes.
    pub const HEAP: usize = 76;
    /// How often it was called.
    pub const COUNT: usize = 80;
    /// The old address and the alignment that it was last asked for.
    pub const ASKED: usize = 84;
    /// The arguments that it calls back with.
    pub const ARGUMENTS: usize = 96;
    /// The addresses and lengths that it gave.
    pub const LOG: usize = 4096;
    /// How many of them are kept, less one.
    pub const LOG_MASK: usize = 1023;
}

/// Where tests put what they pass.
pub const TEXT: u64 = 512;
/// Where results go.
pub const RESULT: u64 = 16384;
/// Where the heap begins, at first.
pub const HEAP: u64 = 32768;
/// Where the memory ends, at first.
pub const END: u64 = PAGES.0 << 16;

/// What fills unused memory.
const CANARY: u8 = 0xa5;

/// What no call may put into the guest's memory.
pub const SECRET: &str = "PLANTED-SECRET";

/// What the guest's `realloc` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realloc {
    /// It gives memory that is free.
    Honest,
    /// It gives this address.
    Gives(u32),
    /// It traps.
    Traps,
    /// It calls a function of this number with these arguments, then is honest.
    Calls(usize, [u64; ARGUMENTS]),
    /// It lets the memory grow by so many pages, then is honest.
    Grows(u32),
}

/// What came of a call.
#[derive(Clone, Debug)]
pub enum Called {
    /// It returned, with the number that it returned.
    Returned(u64),
    /// It trapped, or the host refused. The instance is of no use from then on.
    Trapped(Arc<wasmtime::Error>),
}

impl Called {
    /// Whether it trapped.
    pub fn is_trap(&self) -> bool {
        matches!(self, Called::Trapped(_))
    }

    /// Fails for a trap that no artifact may end in: a wait without end, or a fault of the
    /// engine's.
    pub fn judge(&self) -> Result<()> {
        let Called::Trapped(error) = self else {
            return Ok(());
        };
        match error.downcast_ref::<Trap>() {
            None
            | Some(
                Trap::UnreachableCodeReached | Trap::MemoryOutOfBounds | Trap::CannotLeaveComponent,
            ) => Ok(()),
            Some(trap) => bail!("it ended in {trap:?}: {error:?}"),
        }
    }
}

/// The engine, whose memories can be looked into.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| host::ticking(observed(Strategy::Winch)))
}

/// A configuration of engines whose memories can be looked into.
pub fn observed(strategy: Strategy) -> Config {
    let mut config = Config::new();
    config
        .strategy(strategy)
        .with_host_memory(Arc::new(Creator))
        .memory_reservation(0)
        .memory_reservation_for_growth(0)
        .memory_guard_size(0)
        .memory_init_cow(false);
    config
}

/// Where a guest runs: its component, virtualized or not, and the host's directories.
#[derive(Clone)]
pub struct Program {
    instances: InstancePre<State>,
    world: &'static World,
    preopens: Vec<(String, PathBuf)>,
}

impl Program {
    /// Compiles a component.
    pub fn new(component: &[u8], preopens: &[(String, PathBuf)]) -> Result<Self> {
        let component =
            Component::new(engine(), component).map_err(|error| anyhow!("{error:?}"))?;
        let instances = host::generous_in(engine())?.instantiate_pre(&component);
        Ok(Program {
            instances: instances.map_err(|error| anyhow!("{error:?}"))?,
            world: world()?,
            preopens: preopens.to_vec(),
        })
    }

    /// A new instance.
    pub fn start(&self) -> Result<Guest> {
        let (mut store, _) = host::planted_in(engine(), SECRET, "a line", &self.preopens)?;
        let (instance, memories) = memory::observe(|| self.instances.instantiate(&mut store));
        let instance = instance.map_err(|error| anyhow!("{error:?}"))?;
        let (first, most) = PAGES;
        let is_own = |memory: &&Arc<Memory>| memory.declared == (first, Some(most));
        let memory = memories.iter().find(is_own).context("no guest")?.clone();
        let call = instance.get_typed_func(&mut store, "call");
        let mut guest = Guest {
            call: call.map_err(|error| anyhow!("{error:?}"))?,
            store,
            memory,
            world: self.world,
            realloc: Realloc::Honest,
        };
        guest.memory.fill(CANARY);
        guest.reset();
        Ok(guest)
    }
}

/// The parameters of the guest's export: a function's number, and arguments.
#[rustfmt::skip]
type Call = (u32, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);

/// A running guest.
pub struct Guest {
    store: Store<State>,
    call: TypedFunc<Call, (u64,)>,
    memory: Arc<Memory>,
    world: &'static World,
    realloc: Realloc,
}

impl Guest {
    /// Makes `realloc` honest, with all of the heap.
    pub fn reset(&mut self) {
        self.realloc(Realloc::Honest);
        self.heap(HEAP as u32);
    }

    /// Lets `realloc` begin at an address.
    pub fn heap(&mut self, at: u32) {
        self.set(control::HEAP, at);
    }

    /// Says what `realloc` does from now on.
    pub fn realloc(&mut self, realloc: Realloc) {
        self.realloc = realloc;
        let (mode, value) = match realloc {
            Realloc::Honest => (0, 0),
            Realloc::Gives(address) => (1, address),
            Realloc::Traps => (2, 0),
            Realloc::Calls(number, arguments) => {
                self.set(control::NUMBER, number as u32);
                for (at, argument) in (control::ARGUMENTS..).step_by(8).zip(arguments) {
                    self.memory.write(at, &argument.to_le_bytes());
                }
                (3, 0)
            }
            Realloc::Grows(pages) => (4, pages),
        };
        self.set(control::MODE, mode);
        self.set(control::VALUE, value);
        self.set(control::COUNT, 0);
    }

    fn set(&mut self, at: usize, number: u32) {
        self.memory.write(at, &number.to_le_bytes());
    }

    /// The number of a function, for a `realloc` that calls it.
    pub fn number(&self, name: &str) -> usize {
        self.world.number(name)
    }

    /// Puts bytes into the guest's memory.
    pub fn put(&mut self, at: u64, bytes: &[u8]) {
        self.memory.write(at as usize, bytes);
    }

    /// Reads the guest's memory.
    pub fn read(&self, at: u64, len: u64) -> Vec<u8> {
        self.memory.read(at as usize..(at + len) as usize)
    }

    /// A number of 32 bits in the guest's memory.
    pub fn read_32(&self, at: u64) -> u64 {
        let bytes = self.read(at, 4);
        u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// How often `realloc` was called since its orders last changed.
    pub fn asked(&self) -> u64 {
        self.read_32(control::COUNT as u64)
    }

    /// Calls a function, and checks what it did to the guest's memory.
    pub fn call(&mut self, name: &str, arguments: &[u64]) -> Result<Called> {
        let number = self.number(name);
        let before = self.memory.words();
        let called = self.perform(number, arguments);
        let context = || format!("{name}({arguments:x?}): {called:?}");
        self.watch(number, arguments, &before)
            .with_context(context)?;
        Ok(called)
    }

    /// Calls a function that has to return.
    pub fn must(&mut self, name: &str, arguments: &[u64]) -> Result<u64> {
        match self.perform(self.number(name), arguments) {
            Called::Returned(number) => Ok(number),
            Called::Trapped(error) => bail!("{name}({arguments:x?}): {error:?}"),
        }
    }

    /// Calls a function that may trap, without a look at the memory.
    pub fn unwatched(&mut self, name: &str, arguments: &[u64]) -> Called {
        self.perform(self.number(name), arguments)
    }

    fn perform(&mut self, number: usize, arguments: &[u64]) -> Called {
        let mut all = [0; ARGUMENTS];
        all[..arguments.len()].copy_from_slice(arguments);
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = all;
        let number = number as u32;
        let call = (number, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
        match self.call.call(&mut self.store, call) {
            Ok((number,)) => Called::Returned(number),
            Err(error) => Called::Trapped(Arc::new(error)),
        }
    }

    /// Fails where something was written outside of the places that are given, or what is written
    /// is planted.
    fn watch(&self, number: usize, arguments: &[u64], before: &[u64]) -> Result<()> {
        let mut given = Vec::new();
        given.push(control::MODE..control::ASKED + 8);
        let mut may_see = false;
        let mut may = |number: usize, arguments: &[u64]| {
            given.push(self.area(number, arguments));
            let name = &self.world.imports[number].name;
            may_see |= name.starts_with("wasi:cli/environment");
        };
        may(number, arguments);
        if let Realloc::Calls(number, arguments) = &self.realloc {
            may(*number, arguments);
        }
        let count = self.asked() as usize;
        if count > control::LOG_MASK {
            given.push(HEAP as usize..usize::MAX);
        }
        let kept = count.min(control::LOG_MASK + 1) as u64;
        given.push(control::LOG..control::LOG + 8 * kept as usize);
        for entry in 0..kept {
            let entry = control::LOG as u64 + 8 * entry;
            let (at, len) = (self.read_32(entry), self.read_32(entry + 4));
            given.push(at as usize..(at + len) as usize);
        }
        for change in self.memory.changes(before) {
            ensure!(
                is_covered(&change, &given),
                "bytes {change:x?} were written, which is not within {given:x?}"
            );
            let bytes = self.memory.read(change.clone());
            ensure!(
                may_see || !has(&bytes, SECRET.as_bytes()),
                "what was written at {change:x?} is planted"
            );
        }
        Ok(())
    }

    /// Where a call should write its result.
    fn area(&self, number: usize, arguments: &[u64]) -> Range<usize> {
        let import = &self.world.imports[number];
        match (import.area, import.params.len().checked_sub(1)) {
            (Some(size), Some(last)) => {
                let at = arguments[last] as u32 as usize;
                at..at + size
            }
            _ => 0..0,
        }
    }
}

/// Whether every byte of a range is in one of others.
fn is_covered(range: &Range<usize>, by: &[Range<usize>]) -> bool {
    let mut at = range.start;
    while at < range.end {
        match by
            .iter()
            .filter(|by| by.contains(&at))
            .map(|by| by.end)
            .max()
        {
            Some(end) => at = end,
            None => return false,
        }
    }
    true
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
