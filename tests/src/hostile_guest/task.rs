//! Tasks of a guest of WASI 0.3: what their steps are, and how long anybody waits for them. This
//! module must never decide what an attack has to end in.

use super::control;
use super::world::{ARGUMENTS, World};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use wasmtime::Trap;

/// Seconds after which a call that has not come to its end is taken for hanging.
const PATIENCE: u64 = 20;

/// A step of a task.
#[derive(Clone, Debug)]
pub enum Step {
    /// It calls a function with these arguments.
    Call(String, Vec<u64>),
    /// It returns this code to the host, and takes the next step after the next event.
    Code(u32),
}

/// The code that ends a task.
pub const EXIT: Step = Step::Code(0);

/// The code that lets others run.
pub const YIELD: Step = Step::Code(1);

impl Step {
    /// A call.
    pub fn call(name: &str, arguments: &[u64]) -> Step {
        Step::Call(name.to_string(), arguments.to_vec())
    }

    /// Gives the task's result to the host.
    pub fn give(result: u64) -> Step {
        Step::call("canon#task.return", &[result])
    }

    /// The code that waits on a set.
    pub fn wait(set: u64) -> Step {
        Step::Code((set << 4 | 2) as u32)
    }

    /// Its bytes.
    pub(super) fn encode(&self, world: &World) -> Vec<u8> {
        let (kind, number, arguments): (u32, u32, &[u64]) = match self {
            Step::Call(name, arguments) => (0, world.number(name) as u32, arguments),
            Step::Code(code) => (1, *code, &[]),
        };
        let mut words = [0; ARGUMENTS];
        words[..arguments.len()].copy_from_slice(arguments);
        let head = [kind, number].into_iter().flat_map(u32::to_le_bytes);
        let mut bytes: Vec<u8> = head
            .chain(words.into_iter().flat_map(u64::to_le_bytes))
            .collect();
        bytes.resize(control::STEP, 0);
        bytes
    }
}

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
}

/// Runs to the end, which has to come.
pub(super) fn finish<T>(work: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    let patience = Duration::from_secs(PATIENCE);
    RUNTIME.with(|runtime| {
        let work = async { tokio::time::timeout(patience, work).await };
        runtime
            .block_on(work)
            .unwrap_or_else(|_| Err(Trap::Interrupt.into()))
    })
}

/// Whether the host ends a program so that does what no task may do.
pub(super) fn is_of_guest(trap: Trap) -> bool {
    matches!(
        trap,
        Trap::AsyncDeadlock
            | Trap::NoAsyncResult
            | Trap::CannotBlockSyncTask
            | Trap::CannotEnterComponent
            | Trap::InvalidDiscriminant
            | Trap::UnalignedPointer
            | Trap::StringOutOfBounds
            | Trap::ListOutOfBounds
            | Trap::TaskCancelNotCancelled
            | Trap::TaskCancelOrReturnTwice
            | Trap::TaskReturnInvalid
            | Trap::SubtaskCancelAfterTerminal
            | Trap::SubtaskDropNotResolved
            | Trap::WaitableSetDropHasWaiters
            | Trap::BackpressureOverflow
            | Trap::UnsupportedCallbackCode
            | Trap::ConcurrentFutureStreamOp
            | Trap::StreamOpTooBig
            | Trap::WaitableSyncAndAsync
            | Trap::ReadFromDroppedStream
            | Trap::WriteToDroppedStream
            | Trap::WriteToDroppedFuture
            | Trap::LiftDroppedStream
    )
}
