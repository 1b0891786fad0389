//! Documents made from the flags: completions for shells, and the manual page.

use crate::flags::command;
use clap_complete::Shell;

/// The completions of `shell`.
pub(crate) fn completions(shell: Shell) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command(), "wasi-virt", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The manual page, in roff.
pub(crate) fn manual() -> String {
    let mut out = Vec::new();
    clap_mangen::Man::new(command())
        .render(&mut out)
        .expect("a Vec takes any text");
    String::from_utf8_lossy(&out).into_owned()
}
