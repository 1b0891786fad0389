//! Calls of the host. This module must never forget one that has not returned.

use super::with;
use crate::trap;

/// A call of the host.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) set: u32,
    /// The state of which there is an event.
    pub(super) event: Option<u32>,
    /// The state that the component knows.
    pub(super) known: u32,
}

/// A call of the host that goes on.
pub fn call() -> u32 {
    with(|host| {
        let call = host.free();
        host.calls.insert(call, Call::default());
        call
    })
}

/// A call of the host comes to a state.
pub fn come(call: u32, state: u32) {
    with(|host| {
        let Some(call) = host.calls.get_mut(&call) else {
            trap()
        };
        call.event = Some(state);
        let set = call.set;
        host.wake_set(set);
    });
}

/// The built-in of this name.
pub fn subtask_drop(call: u32) {
    with(|host| match host.calls.remove(&call) {
        Some(call) if call.known >= 2 && call.event.is_none() => {}
        _ => trap(),
    });
}

/// The built-in of this name. A call that has not returned ends at once.
pub fn subtask_cancel(call: u32) -> u32 {
    with(|host| match host.calls.get_mut(&call) {
        Some(call) if call.known < 2 => {
            call.known = call.event.take().filter(|state| *state >= 2).unwrap_or(4);
            call.known
        }
        _ => trap(),
    })
}
