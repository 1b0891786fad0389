//! Turns a panic below into an error that asks to be reported. The libraries under the engine are
//! known to panic; a user must see one line, not a backtrace.

use crate::exit::internal;
use crate::job::Exit;
use wasi_virt::Stage;

/// Runs `task`, which is this stage of the engine, or the shell.
///
/// # Errors
///
/// An internal error, should it panic.
#[cfg(not(target_family = "wasm"))]
pub(super) fn guarded<T>(stage: Option<Stage>, task: impl FnOnce() -> T) -> Result<T, Exit> {
    use std::panic::{self, AssertUnwindSafe};
    use std::sync::{Arc, Mutex, PoisonError};

    let message = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&message);
    let outer = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = one_line(info)
    }));
    // Whatever `task` has left half done is given up with it.
    let result = panic::catch_unwind(AssertUnwindSafe(task));
    panic::set_hook(outer);
    result.map_err(|_| {
        internal(
            stage,
            &message.lock().unwrap_or_else(PoisonError::into_inner),
        )
    })
}

/// Runs `task`, which is this stage of the engine, or the shell. There is no unwinding here: the
/// error is printed and the component exits.
#[cfg(target_family = "wasm")]
pub(super) fn guarded<T>(stage: Option<Stage>, task: impl FnOnce() -> T) -> Result<T, Exit> {
    use std::panic;

    let outer = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        eprint!("{}", internal(stage, &one_line(info)).stderr);
        std::process::exit(1);
    }));
    let result = task();
    panic::set_hook(outer);
    Ok(result)
}

fn one_line(info: &std::panic::PanicHookInfo<'_>) -> String {
    info.to_string().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::{Stage, guarded};

    #[test]
    fn a_panic_is_an_internal_error() {
        assert_eq!(guarded(None, || 7), Ok(7));
        let exit = guarded(Some(Stage::Plan), || panic!("at\nthe \x1bdisco")).unwrap_err();
        assert_eq!(exit.code, 70);
        assert!(
            exit.stderr
                .starts_with("internal error in plan, please report: panicked at "),
            "{}",
            exit.stderr
        );
        assert!(
            exit.stderr.ends_with("at the \\u{1b}disco\n"),
            "{}",
            exit.stderr
        );
    }
}
