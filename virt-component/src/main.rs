//! The command `wasi-virt`, natively: it asks the terminal for its width and leaves the rest to the
//! library.

use std::io::IsTerminal;
use std::process::ExitCode;
use virt_component::{Terminal, run};

fn main() -> ExitCode {
    let stdout = std::io::stdout();
    let columns = terminal_size::terminal_size_of(&stdout).map(|(width, _)| width.0);
    let terminal = Terminal {
        is_terminal: stdout.is_terminal(),
        columns,
        stderr_is_terminal: std::io::stderr().is_terminal(),
    };
    ExitCode::from(run(std::env::args_os().skip(1), terminal))
}
