//! The command line as a function: arguments in, a [`Step`] out. It must never touch a file, a
//! stream or a terminal; whatever is to be printed comes back as text.

use crate::escape::{escape, escape_lines};
use crate::exit::{self, USAGE};
use crate::flags::{self, Command, Flags};
use crate::job::{Exit, Input, InspectJob, Invocation, Output, Print, Step, VirtualizeJob};
use clap::{
    CommandFactory, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// Help is this wide where the terminal's width is unknown.
const COLUMNS: u16 = 100;

/// Reads a command line and says what the shell does next.
pub fn cli(invocation: &Invocation) -> Step {
    let flags = match parse(invocation) {
        Ok(flags) => flags,
        Err(exit) => return Step::Exit(exit),
    };
    if let Some(Command::Inspect { component, json }) = flags.command {
        return Step::Inspect(InspectJob {
            component: input(component),
            json,
        });
    }
    virtualize(flags, invocation).unwrap_or_else(|problems| Step::Exit(exit::usage(&problems)))
}

fn virtualize(flags: Flags, invocation: &Invocation) -> Result<Step, Vec<String>> {
    let resolved = flags::resolve(&flags);
    let mut problems = resolved.as_ref().err().cloned().unwrap_or_default();

    let print = match (flags.json, flags.quiet) {
        (true, _) => Print::Json,
        (false, true) => Print::Nothing,
        (false, false) => Print::Text,
    };
    let output = match flags.output.unwrap_or_default() {
        path if path == "-" => Output::Stdout,
        path => Output::File(path),
    };
    if output == Output::Stdout {
        if print == Print::Json {
            problems.push("--json and `-o -` would both write to standard output; write the component to a file".into());
        }
        if invocation.terminal.is_terminal {
            problems.push("`-o -` would write a binary to the terminal; redirect standard output, or name a file".into());
        }
    }
    if flags.component.is_some() {
        if flags.wasi_version.is_some() {
            problems.push("--wasi-version is for an adapter without a component; a component says itself which WASI it imports, so leave one of them out".into());
        }
    } else if flags.deny_other {
        problems.push("--deny-other has an effect only with a component: an adapter alone covers WASI; leave it out, or name the component".into());
    }
    match resolved {
        Ok(resolved) if problems.is_empty() => Ok(Step::Virtualize(VirtualizeJob {
            component: flags.component.map(input),
            wasi_version: flags
                .wasi_version
                .unwrap_or_else(|| wasi_virt::DEFAULT_WASI_VERSION.into()),
            output,
            policy: resolved.policy,
            print,
            configured: resolved.configured,
        })),
        _ => Err(problems),
    }
}

fn input(path: String) -> Input {
    if path == "-" {
        Input::Stdin
    } else {
        Input::File(path)
    }
}

fn parse(invocation: &Invocation) -> Result<Flags, Exit> {
    let columns = invocation
        .terminal
        .columns
        .filter(|columns| *columns > 0)
        .unwrap_or(COLUMNS);
    let parse = |args: &[String]| {
        let command = Flags::command().term_width(usize::from(columns));
        let line = std::iter::once("wasi-virt").chain(args.iter().map(String::as_str));
        command
            .try_get_matches_from(line)
            .and_then(|matches| Flags::from_arg_matches(&matches))
    };
    parse(&invocation.args).map_err(|error| {
        // clap repeats arguments as they are: ask again with what a terminal would act on escaped.
        let escaped: Vec<String> = invocation.args.iter().map(|arg| escape(arg)).collect();
        let error = if escaped == invocation.args {
            error
        } else {
            parse(&escaped).err().unwrap_or(error)
        };
        if let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidSubcommand) {
            // clap takes any second positional for a subcommand that it does not know.
            return exit::usage(&[format!(
                "unexpected argument '{argument}': one component at a time"
            )]);
        }
        let text = escape_lines(&error.render().to_string());
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit {
                stdout: text,
                stderr: String::new(),
                code: 0,
            },
            _ => Exit {
                stdout: String::new(),
                stderr: text,
                code: USAGE,
            },
        }
    })
}

#[cfg(test)]
#[path = "cli_tests/mod.rs"]
mod tests;
