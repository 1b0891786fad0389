//! Calls that block, return at once, return what is not for the application, and are cancelled.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::*;
use crate::simulated::{self, ends};

/// Where the application wants the result.
const RESULT: u32 = 64;

const BLOCKED: u32 = u32::MAX;

/// What the host does in turn: block, or return a number.
type Script = Rc<RefCell<VecDeque<Option<u64>>>>;

/// A call that returns a number, which is for the application where it is even.
struct Number {
    script: Script,
    /// Where the host writes what a call returns that blocks.
    into: Rc<RefCell<*mut u64>>,
}

impl Call for Number {
    type Given = u64;

    unsafe fn make(&self, into: *mut u8) -> u32 {
        *self.into.borrow_mut() = into.cast();
        match self.script.borrow_mut().pop_front().expect("a call") {
            Some(number) => {
                // SAFETY: as the caller says.
                unsafe { into.cast::<u64>().write(number) };
                status::RETURNED
            }
            None => ends::call() << status::HANDLE | status::STARTED,
        }
    }

    unsafe fn lift(&self, from: *const u8) -> u64 {
        // SAFETY: as the caller says.
        unsafe { from.cast::<u64>().read() }
    }

    fn give(&self, given: u64, app: App, result: u32) -> bool {
        let is_given = given.is_multiple_of(2);
        if is_given {
            app.give(result, given);
        }
        is_given
    }

    fn refuse(&self, app: App, result: u32) {
        app.give(result, 255_u64);
    }
}

/// A call that was begun, and the host that has it.
struct Fixture {
    calls: Calls<Number>,
    script: Script,
    into: Rc<RefCell<*mut u64>>,
    set: u32,
    status: u32,
}

impl Fixture {
    fn new(script: &[Option<u64>]) -> Self {
        simulated::reset(1);
        let script: Script = Rc::new(RefCell::new(script.iter().copied().collect()));
        let into = Rc::new(RefCell::new(core::ptr::null_mut()));
        let set = ends::set_new();
        let calls = Calls::new();
        let number = Number {
            script: script.clone(),
            into: into.clone(),
        };
        let status = calls.begin(App::new(0), RESULT, number);
        Fixture {
            calls,
            script,
            into,
            set,
            status,
        }
    }

    /// The handle of a call that blocked, which the application puts into a set.
    fn joined(&self) -> u32 {
        assert_eq!(self.status & 15, status::STARTED);
        let handle = self.status >> 4;
        self.calls.join(handle, self.set);
        ends::join(handle, self.set);
        ends::wait(self.set);
        handle
    }

    /// The host returns a number from the call that blocks.
    fn returns(&self, handle: u32, number: u64) {
        // SAFETY: the call has the address and has not ended.
        unsafe { self.into.borrow().write(number) };
        ends::come(handle, status::RETURNED);
    }

    /// What comes of the set's event.
    fn event(&self) -> u32 {
        let (number, waitable, code) = ends::deliver(self.set).expect("an event");
        let set = self.calls.event(number, waitable, code);
        ends::wait(self.set);
        set
    }

    /// The number that the application has.
    fn given(&self) -> u64 {
        let bytes = simulated::peek(RESULT, 8);
        u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
    }
}

#[test]
fn a_call_returns_at_once() {
    let fixture = Fixture::new(&[Some(1), Some(3), Some(8)]);
    assert_eq!((fixture.status, fixture.given()), (status::RETURNED, 8));
}

#[test]
fn a_call_returns_later() {
    let fixture = Fixture::new(&[None]);
    let handle = fixture.joined();
    ends::come(handle, 1);
    assert_eq!((fixture.event(), fixture.given()), (0, 0));
    fixture.returns(handle, 8);
    assert_eq!(fixture.given(), 0);
    assert_eq!((fixture.event(), fixture.given()), (0, 8));
    ends::subtask_drop(handle);
}

#[test]
fn a_call_is_made_again_under_its_handle() {
    let fixture = Fixture::new(&[None, Some(3), None, None]);
    let handle = fixture.joined();
    for number in [1, 5] {
        fixture.returns(handle, number);
        assert_eq!((fixture.event(), fixture.given()), (fixture.set, 0));
    }
    fixture.returns(handle, 8);
    assert_eq!((fixture.event(), fixture.given()), (0, 8));
    ends::subtask_drop(handle);
}

#[test]
fn a_call_that_returns_when_made_again_keeps_its_handle() {
    // The calls after 8 are there for the handle: what the first returns is lost.
    let fixture = Fixture::new(&[None, Some(3), Some(8), Some(10), None]);
    let handle = fixture.joined();
    fixture.returns(handle, 1);
    assert_eq!((fixture.event(), fixture.given()), (0, 8));
    assert!(fixture.script.borrow().is_empty());
    ends::join(handle, 0);
    ends::subtask_drop(handle);
}

#[test]
fn a_host_with_another_order_of_handles_traps() {
    let lower = ends::call();
    let fixture = Fixture::new(&[None, None]);
    let handle = fixture.joined();
    assert!(lower < handle);
    fixture.returns(handle, 1);
    let (number, waitable, code) = ends::deliver(fixture.set).expect("an event");
    // A handle below that of the call becomes free, and is given out first.
    ends::subtask_cancel(lower);
    ends::subtask_drop(lower);
    let event = || fixture.calls.event(number, waitable, code);
    assert!(catch_unwind(AssertUnwindSafe(event)).is_err());
}

#[test]
fn a_call_is_cancelled() {
    for (status, expected) in [(3, 3), (4, 4)] {
        let fixture = Fixture::new(&[None]);
        let handle = fixture.joined();
        assert_eq!(fixture.calls.cancel(handle, status), expected);
        assert_eq!(fixture.calls.cancel(handle, status), expected);
        assert_eq!(fixture.given(), 0);
    }
    // It returned before it was cancelled.
    for (number, expected, given) in [(8, 2, 8), (1, 4, 0)] {
        let fixture = Fixture::new(&[None]);
        let handle = fixture.joined();
        fixture.returns(handle, number);
        assert_eq!(fixture.calls.cancel(handle, status::RETURNED), expected);
        assert_eq!(fixture.given(), given);
    }
    // The host needs time for it.
    for (number, given) in [(8, 8), (1, 255)] {
        let fixture = Fixture::new(&[None]);
        let handle = fixture.joined();
        assert_eq!(fixture.calls.cancel(handle, BLOCKED), BLOCKED);
        fixture.returns(handle, number);
        assert_eq!((fixture.event(), fixture.given()), (0, given));
    }
}

#[test]
fn events_of_others_are_the_applications() {
    let fixture = Fixture::new(&[None]);
    let handle = fixture.joined();
    for (number, waitable, code) in [
        (Event::STREAM_READ, handle, status::RETURNED),
        (Event::SUBTASK, handle + 1, status::RETURNED),
        (Event::NONE, 0, 0),
    ] {
        assert_eq!(fixture.calls.event(number, waitable, code), 0);
    }
    assert_eq!(fixture.calls.cancel(handle + 1, 4), 4);
    fixture.returns(handle, 8);
    assert_eq!((fixture.event(), fixture.given()), (0, 8));
}
