//! An instance with the hostile guest in it. Each call is watched: what it changes in the guest's
//! memory has to lie where the guest asked for it, and must hold nothing that is planted.

use super::control;
use super::memory::{self, Creator, Memory, has, is_covered};
use super::task::{self, Step};
use super::world::{ARGUMENTS, PAGES, World};
use crate::host::{self, State};
use crate::network::Network;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use wasmtime::component::{Component, InstancePre, TypedFunc};
use wasmtime::{Config, Engine, Store, Strategy, Trap};

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
    fn of(called: wasmtime::Result<(u64,)>) -> Self {
        match called {
            Ok((number,)) => Called::Returned(number),
            Err(error) => Called::Trapped(Arc::new(error)),
        }
    }

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
            Some(trap) if task::is_of_guest(*trap) => Ok(()),
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
        .memory_init_cow(false)
        // Built-ins that block: not every host has them yet.
        .wasm_component_model_more_async_builtins(true);
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
    /// Compiles a component that a world's guest is in.
    pub fn new(
        component: &[u8],
        world: &'static World,
        preopens: &[(String, PathBuf)],
    ) -> Result<Self> {
        let component =
            Component::new(engine(), component).map_err(|error| anyhow!("{error:?}"))?;
        let linker = match world.is_async {
            true => host::generous_async_in(engine())?,
            false => host::generous_in(engine())?,
        };
        let instances = linker.instantiate_pre(&component);
        Ok(Program {
            instances: instances.map_err(|error| anyhow!("{error:?}"))?,
            world,
            preopens: preopens.to_vec(),
        })
    }

    /// A new instance.
    pub fn start(&self) -> Result<Guest> {
        let is_async = self.world.is_async;
        let planted = match is_async {
            true => host::prompt_in(engine(), SECRET, "a line", &self.preopens)?,
            false => host::planted_in(engine(), SECRET, "a line", &self.preopens)?,
        };
        let (mut store, _) = planted;
        let (instance, memories) = memory::observe(|| match is_async {
            true => task::finish(self.instances.instantiate_async(&mut store)),
            false => self.instances.instantiate(&mut store),
        });
        let instance = instance.map_err(|error| anyhow!("{error:?}"))?;
        let task = match is_async {
            true => Some(instance.get_typed_func(&mut store, "task")),
            false => None,
        };
        let (first, most) = PAGES;
        let is_own = |memory: &&Arc<Memory>| memory.declared == (first, Some(most));
        let memory = memories.iter().find(is_own).context("no guest")?.clone();
        let call = instance.get_typed_func(&mut store, "call");
        let mut guest = Guest {
            call: call.map_err(|error| anyhow!("{error:?}"))?,
            task: task.transpose().map_err(|error| anyhow!("{error:?}"))?,
            store,
            memory,
            world: self.world,
            realloc: Realloc::Honest,
            lent: Vec::new(),
            steps: 0,
        };
        guest.memory.fill(CANARY);
        guest.set(control::EVENTS, 0);
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
    /// Begins a task, in a guest of WASI 0.3.
    task: Option<TypedFunc<(u32,), (u64,)>>,
    memory: Arc<Memory>,
    world: &'static World,
    realloc: Realloc,
    /// Where operations that may be pending write.
    lent: Vec<Range<usize>>,
    /// How many steps tasks were given.
    steps: usize,
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

    /// Puts a network in the place of the one that knows nobody.
    pub fn meet(&mut self, network: &Network) {
        self.store.data_mut().meet(network);
    }

    /// What it imports.
    pub fn world(&self) -> &'static World {
        self.world
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
        self.watch(&[(number, arguments)], &before)
            .with_context(context)?;
        if self.world.is_async {
            self.lent
                .extend(self.world.imports[number].written(arguments));
        }
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
        let called = match self.world.is_async {
            true => task::finish(self.call.call_async(&mut self.store, call)),
            false => self.call.call(&mut self.store, call),
        };
        Called::of(called)
    }

    /// Begins a task that takes these steps, and returns when it has returned its result; the rest
    /// goes on while other calls wait. Gives where its steps are, for their results.
    pub fn task(&mut self, steps: &[Step]) -> Result<(Called, Steps)> {
        let at = control::PROGRAM + self.steps * control::STEP;
        self.steps += steps.len();
        let end = control::PROGRAM + self.steps * control::STEP;
        ensure!(end <= control::EVENTS, "there are too many steps");
        for (step, at) in steps.iter().zip((at..).step_by(control::STEP)) {
            self.memory.write(at, &step.encode(self.world));
            if let Step::Call(name, arguments) = step {
                let written = self.world.import(name)?.written(arguments);
                self.lent.extend(written);
            }
        }
        let before = self.memory.words();
        let task = self.task.as_ref().context("the guest has no tasks")?;
        let called = Called::of(task::finish(task.call_async(&mut self.store, (at as u32,))));
        self.watch(&[], &before)
            .with_context(|| format!("{steps:?}: {called:?}"))?;
        Ok((called, Steps(at)))
    }

    /// What a step of a task returned.
    pub fn result(&self, steps: Steps, number: usize) -> u64 {
        let at = steps.0 + (number + 1) * control::STEP - 8;
        self.read_32(at as u64) | self.read_32(at as u64 + 4) << 32
    }

    /// The events that tasks had.
    pub fn events(&self) -> Vec<[u64; 3]> {
        let count = self.read_32(control::EVENTS as u64);
        let at = |event: u64| control::EVENTS as u64 + 16 + 16 * event;
        let parts = |event: u64| [0, 4, 8].map(|part| self.read_32(at(event) + part));
        (0..count.min(control::EVENTS_MASK as u64 + 1))
            .map(parts)
            .collect()
    }

    /// Fails where something was written outside of the places that are given, or what is written
    /// is planted.
    fn watch(&self, calls: &[(usize, &[u64])], before: &[u64]) -> Result<()> {
        let mut given = self.lent.clone();
        given.push(control::MODE..control::ASKED + 8);
        if self.world.is_async {
            given.push(control::PROGRAM..control::EVENTS + 16 * (control::EVENTS_MASK + 2));
        }
        let mut may_see = false;
        let mut may = |number: usize, arguments: &[u64]| {
            let import = &self.world.imports[number];
            given.extend(import.written(arguments));
            may_see |= import.name.starts_with("wasi:cli/environment");
        };
        for (number, arguments) in calls {
            may(*number, arguments);
        }
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
}

/// The steps of a task.
#[derive(Clone, Copy, Debug)]
pub struct Steps(usize);
