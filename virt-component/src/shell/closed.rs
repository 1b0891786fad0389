//! Whether standard output was closed when the process started. std then opens /dev/null in its
//! place, before `main`, and what is written would be lost without an error. Nothing else may be
//! asked here: code before `main` must not use std.

#[cfg(unix)]
mod before_main {
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    #[ctor::ctor(unsafe)]
    fn look() {
        let flags = rustix::io::fcntl_getfd(rustix::stdio::stdout());
        CLOSED.store(flags == Err(rustix::io::Errno::BADF), Ordering::Relaxed);
    }

    pub(super) fn stdout() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }
}

/// Whether standard output was closed.
#[cfg(unix)]
pub(super) fn stdout() -> bool {
    before_main::stdout()
}

/// Elsewhere writing fails, or the host has put something in its place.
#[cfg(not(unix))]
pub(super) fn stdout() -> bool {
    false
}
