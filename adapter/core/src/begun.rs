//! Calls of the host that the adapter makes for the application, because it has to see what they
//! return before the application does. The application waits for such a call as for one of its
//! own: it has the handle of the host's subtask.
//!
//! A call whose result is not for the application is made again, and has to keep its handle. So the
//! old subtask is dropped first: the Component Model gives out the handle that was freed last. If
//! the new call returns at once, a call that is cancelled takes the handle.
//!
//! This module must hold nothing while the application or the host runs.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

use crate::canonical::{self, Event};
use crate::places::Place;
use crate::{App, Shared, trap};

/// Room for the result of a call.
type Area = MaybeUninit<[u64; 8]>;

/// How many bytes a result may have.
pub const ROOM: usize = size_of::<Area>();

/// A call of the host.
pub trait Call {
    /// What it returns.
    type Given;

    /// Makes it. The host returns a status, and writes what the call returns to an address.
    ///
    /// # Safety
    ///
    /// Until the call has ended, this value stays where it is, and the host alone uses [`ROOM`]
    /// bytes at the address.
    unsafe fn make(&self, into: *mut u8) -> u32;

    /// Takes what the call returned.
    ///
    /// # Safety
    ///
    /// The host wrote it there, and nobody has taken it.
    unsafe fn lift(&self, from: *const u8) -> Self::Given;

    /// Gives the application what the call returned, at an address of its own. False: that is not
    /// for the application, which has got nothing.
    fn give(&self, given: Self::Given, app: App, result: u32) -> bool;

    /// Gives the application the error of a call that is refused.
    fn refuse(&self, app: App, result: u32);
}

/// A call that goes on.
struct Begun<C> {
    subtask: u32,
    /// The set that the application has put it into; zero: none.
    set: u32,
    app: App,
    /// Where the application wants the result.
    result: u32,
    /// Whether the application waits for what becomes of its cancellation.
    is_cancelled: bool,
    /// Both stay in one place while the host has them.
    made: Box<(C, Area)>,
}

/// The calls that go on.
pub struct Calls<C>(Shared<Vec<Begun<C>>>);

/// What a call came to.
mod status {
    pub(super) const STARTED: u32 = 1;
    pub(super) const RETURNED: u32 = 2;
    pub(super) const CANCELLED_BEFORE_RETURNED: u32 = 4;
    /// A call that is cancelled has not ended yet.
    pub(super) const BLOCKED: u32 = u32::MAX;
    /// Where the handle is in the status of a call that was made.
    pub(super) const HANDLE: u32 = 4;
}

impl<C: Call> Begun<C> {
    /// Makes the call, and notes its handle: the status.
    fn make(&mut self) -> u32 {
        let (call, area) = &mut *self.made;
        // SAFETY: both are boxed, and stay until the call has ended.
        let status = unsafe { call.make(area.as_mut_ptr().cast()) };
        self.subtask = status >> status::HANDLE;
        status
    }

    /// Takes what the call returned.
    fn given(&self) -> C::Given {
        let (call, area) = &*self.made;
        // SAFETY: the host has written it. Each return is followed by one call of this.
        unsafe { call.lift(area.as_ptr().cast()) }
    }

    /// Gives the application what the call returned: whether that was for it.
    fn finish(&self) -> bool {
        self.made.0.give(self.given(), self.app, self.result)
    }

    /// Gives the handle to a call that is cancelled. What others return is lost.
    fn hold(mut self, handle: u32) {
        while self.make() == status::RETURNED {
            drop(self.given());
        }
        if self.subtask != handle {
            trap()
        }
        match canonical::subtask_cancel(handle) {
            status::BLOCKED => trap(),
            status::RETURNED => drop(self.given()),
            _ => {}
        }
    }
}

impl<C: Call> Calls<C> {
    /// None.
    #[expect(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        Calls(Shared::new(Vec::new()))
    }

    /// Makes a call for the application, which wants the result at an address: the status that the
    /// application gets.
    pub fn begin(&self, app: App, result: u32, call: C) -> u32 {
        let mut begun = Begun {
            subtask: 0,
            set: 0,
            app,
            result,
            is_cancelled: false,
            made: Box::new((call, Area::uninit())),
        };
        loop {
            let status = begun.make();
            if status != status::RETURNED {
                self.0.with(|calls| calls.push(begun));
                return status;
            }
            if begun.finish() {
                return status;
            }
        }
    }

    /// Notes the set that the application puts a waitable into.
    pub fn join(&self, waitable: u32, set: u32) {
        self.0.with(|calls| {
            if let Some(call) = calls.iter_mut().find(|call| call.subtask == waitable) {
                call.set = set;
            }
        });
    }

    /// Takes the call of this handle.
    fn take(&self, subtask: u32) -> Option<Begun<C>> {
        self.0.with(|calls| {
            let at = calls.iter().position(|call| call.subtask == subtask)?;
            Some(calls.swap_remove(at))
        })
    }

    /// What came of a wait. Zero: the event is the application's. Else the set on which the task
    /// waits on.
    pub fn event(&self, number: u32, waitable: u32, code: u32) -> u32 {
        if number != Event::SUBTASK || code <= status::STARTED {
            return 0;
        }
        let Some(call) = self.take(waitable) else {
            return 0;
        };
        if code != status::RETURNED || call.finish() {
            return 0;
        }
        if call.is_cancelled {
            call.made.0.refuse(call.app, call.result);
            return 0;
        }
        self.again(call)
    }

    /// The same for a set on which the glue alone waits, where the host has written what the event
    /// is about to a place: whether the task waits on.
    pub fn woken(&self, set: u32, place: Place, number: u32) -> bool {
        // SAFETY: the host has written, and does so again only when the task waits again.
        let event = unsafe { place.read() };
        let (waitable, code) = (event as u32, (event >> 32) as u32);
        self.join(waitable, set);
        self.event(number, waitable, code) != 0
    }

    /// Makes a call again that has returned: as [`Calls::event`].
    fn again(&self, call: Begun<C>) -> u32 {
        let mut call = call;
        let (handle, set) = (call.subtask, call.set);
        canonical::subtask_drop(handle);
        while call.make() == status::RETURNED {
            if call.finish() {
                call.hold(handle);
                return 0;
            }
        }
        if call.subtask != handle || set == 0 {
            trap()
        }
        canonical::join(handle, set);
        self.0.with(|calls| calls.push(call));
        set
    }

    /// What became of a call that the application has cancelled, by what the host says.
    pub fn cancel(&self, subtask: u32, status: u32) -> u32 {
        if status == status::BLOCKED {
            self.0.with(|calls| {
                if let Some(call) = calls.iter_mut().find(|call| call.subtask == subtask) {
                    call.is_cancelled = true;
                }
            });
            return status;
        }
        match self.take(subtask) {
            Some(call) if status == status::RETURNED && !call.finish() => {
                status::CANCELLED_BEFORE_RETURNED
            }
            _ => status,
        }
    }
}

#[cfg(test)]
mod tests;
