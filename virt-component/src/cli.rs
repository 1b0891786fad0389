//! The command line as a function: arguments in, a [`Step`] out. It must never touch a file, a
//! stream or a terminal; it returns everything to print as text.

use crate::documents;
use crate::escape::{escape, escape_lines, escape_painted, quote};
use crate::exit::{self, USAGE};
use crate::flags::{self, Command, Flags, Given};
use crate::job::{
    Exit, Input, InspectJob, Invocation, Output, Print, Step, SuggestJob, VirtualizeJob,
};
use crate::meant;
use crate::paint::{Painted, choice, paint_exit, painted};
use crate::policy_file::{self, PolicyFile, print_policy, render_from_log};
use clap::{ArgMatches, FromArgMatches, error::ErrorKind, parser::ValueSource};

/// Help is this wide where the terminal's width is unknown.
const COLUMNS: u16 = 100;

/// What `--suggest` can stand beside: it looks at the component and at no policy.
const BESIDE_SUGGEST: [&str; 4] = ["suggest", "from_log", "component", "color"];

/// The groups that clap makes of structs.
const GROUPS: [&str; 2] = ["Flags", "Modes"];

/// Reads a command line and says what the shell does next.
pub fn cli(invocation: &Invocation) -> Step {
    let (flags, matches) = match parse(invocation) {
        Ok(parsed) => parsed,
        Err(exit) => return Step::Exit(exit),
    };
    let color = painted(invocation, flags.modes.color).stderr;
    if let Some(problem) = meant::accepted(&invocation.args, &flags::command()) {
        return Step::Exit(paint_exit(exit::usage(&[problem]), color));
    }
    if let Some(Command::Inspect {
        component,
        json,
        quiet,
        assert_no_imports,
    }) = flags.command
    {
        return Step::Inspect(InspectJob {
            component: input(component),
            json,
            quiet,
            assert_no_imports,
            color,
        });
    }
    let step = if let Some(shell) = flags.modes.completions {
        Ok(Step::Exit(printed(documents::completions(shell))))
    } else if flags.modes.man {
        Ok(Step::Exit(printed(documents::manual())))
    } else if flags.modes.suggest {
        beside_suggest(&matches)
            .and_then(|()| suggestion(flags.component, flags.modes.from_log, invocation, color))
    } else {
        virtualize(flags, Given(&matches), invocation, color)
    };
    step.unwrap_or_else(|problems| Step::Exit(paint_exit(exit::usage(&problems), color)))
}

fn printed(stdout: String) -> Exit {
    Exit {
        stdout,
        stderr: String::new(),
        code: 0,
    }
}

fn virtualize(
    flags: Flags,
    given: Given<'_>,
    invocation: &Invocation,
    color: bool,
) -> Result<Step, Vec<String>> {
    let mut problems = Vec::new();
    let wanted = flags.modes.policy.as_deref().into_iter();
    let inputs = wanted.clone().chain(flags.component.as_deref());
    let inputs = inputs.chain(given.all("ignore-file"));
    if inputs.filter(|path| *path == "-").count() > 1 {
        problems.push(
            "standard input can be read once: `-` stands for one of the component, --policy and \
             --ignore-file"
                .into(),
        );
        return Err(problems);
    }
    let unread: Vec<String> = wanted
        .chain(given.all("ignore-file"))
        .filter(|path| !path.is_empty() && invocation.file(path).is_none())
        .map(String::from)
        .collect();
    if !unread.is_empty() {
        return Ok(Step::Read(unread));
    }
    let file = flags
        .modes
        .policy
        .as_deref()
        .and_then(|path| invocation.file(path));
    let file = file.map_or(Ok(PolicyFile::default()), |file| {
        // Sources of mounts are relative to the current folder then.
        let name = match file.path.as_str() {
            "-" => "standard input",
            path => path,
        };
        policy_file(name, &file.contents)
    });
    let file = file.unwrap_or_else(|found| {
        problems.extend(found);
        PolicyFile::default()
    });
    // Where the file cannot be read, what the flags say of its keys is not known.
    let resolved = match flags::resolve(given, &file, invocation) {
        Ok(resolved) => Some(resolved),
        Err(found) => {
            problems.extend(found);
            None
        }
    };

    if flags.modes.print_policy {
        let idle = [
            ("--output", flags.output.is_some()),
            ("--json", flags.json),
            ("--quiet", flags.quiet),
            ("--verbose", flags.modes.verbose),
            ("--dry-run", flags.modes.dry_run),
            ("--assert-no-imports", flags.modes.assert_no_imports),
            ("--wasi-version", flags.wasi_version.is_some()),
        ];
        let given = idle.iter().filter(|(_, given)| *given);
        problems.extend(given.map(|(flag, _)| {
            format!(
                "--print-policy makes no component; leave {} out",
                quote(flag)
            )
        }));
    }
    let print = match (flags.json, flags.quiet) {
        (true, _) => Print::Json,
        (false, true) => Print::Warnings,
        (false, false) => Print::Text,
    };
    let output = match flags.output.unwrap_or_default() {
        _ if flags.modes.dry_run || flags.modes.print_policy => Output::Nowhere,
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
    if flags.component.is_some() && flags.wasi_version.is_some() {
        problems.push("--wasi-version is for an adapter without a component; a component says itself which WASI it imports, so leave one of them out".into());
    }
    match resolved {
        Some(resolved) if problems.is_empty() && flags.modes.print_policy => {
            Ok(Step::Exit(printed(print_policy(&resolved.policy))))
        }
        Some(resolved) if problems.is_empty() => Ok(Step::Virtualize(VirtualizeJob {
            component: flags.component.map(input),
            wasi_version: flags
                .wasi_version
                .unwrap_or_else(|| wasi_virt::DEFAULT_WASI_VERSION.into()),
            output,
            policy: resolved.policy,
            print,
            verbose: flags.modes.verbose,
            color,
            assert_no_imports: flags.modes.assert_no_imports,
            configured: resolved.configured,
        })),
        _ => Err(problems),
    }
}

fn policy_file(path: &str, contents: &[u8]) -> Result<PolicyFile, Vec<String>> {
    let text = std::str::from_utf8(contents).map_err(|error| {
        let before = &contents[..error.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        vec![format!("{}:{line}: not UTF-8 text", escape(path))]
    })?;
    policy_file::open(text, path)
        .map_err(|problems| problems.into_iter().map(String::from).collect())
}

fn input(path: String) -> Input {
    if path == "-" {
        Input::Stdin
    } else {
        Input::File(path)
    }
}

fn parse(invocation: &Invocation) -> Result<(Flags, ArgMatches), Exit> {
    let columns = invocation
        .terminal
        .columns
        .filter(|columns| *columns > 0)
        .unwrap_or(COLUMNS);
    let parse = |args: &[String]| {
        let command = flags::command().term_width(usize::from(columns));
        let line = std::iter::once("wasi-virt").chain(args.iter().map(String::as_str));
        let matches = command.try_get_matches_from(line)?;
        Ok((Flags::from_arg_matches(&matches)?, matches))
    };
    parse(&invocation.args).map_err(|error: clap::Error| {
        let painted = painted(invocation, choice(&invocation.args));
        // clap repeats arguments as they are: ask again with what a terminal would act on escaped.
        let escaped: Vec<String> = invocation.args.iter().map(|arg| escape(arg)).collect();
        let error = if escaped == invocation.args {
            error
        } else {
            parse(&escaped).err().unwrap_or(error)
        };
        explained(&error, &escaped, painted)
    })
}

/// What clap answers, as text.
fn explained(error: &clap::Error, args: &[String], painted: Painted) -> Exit {
    if let Some(problem) = meant::refused(error, args, &flags::command()) {
        return paint_exit(exit::usage(&[problem]), painted.stderr);
    }
    let text = |color: bool| match color {
        true => escape_painted(&error.render().ansi().to_string()),
        false => escape_lines(&error.render().to_string()),
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => printed(text(painted.stdout)),
        _ => Exit {
            stdout: String::new(),
            stderr: text(painted.stderr),
            code: USAGE,
        },
    }
}

/// What `--suggest` does: with a component, or with a log, which the shell reads first.
fn suggestion(
    component: Option<String>,
    log: Option<String>,
    invocation: &Invocation,
    color: bool,
) -> Result<Step, Vec<String>> {
    match (component, log) {
        (Some(component), None) => Ok(Step::Suggest(SuggestJob {
            component: input(component),
            color,
        })),
        (None, Some(log)) => match invocation.file(&log) {
            None => Ok(Step::Read(vec![log])),
            Some(file) => {
                let text = String::from_utf8_lossy(&file.contents);
                let name = match log.as_str() {
                    "-" => "standard input",
                    path => path,
                };
                match render_from_log(&text, name) {
                    Ok(policy) => Ok(Step::Exit(printed(policy))),
                    Err(problem) => Err(vec![problem]),
                }
            }
        },
        (Some(_), Some(_)) => Err(vec![
            "--from-log says by itself what the program tried; leave the component out".into(),
        ]),
        (None, None) => Err(vec![
            "--suggest looks at a component or a log; name it: `--suggest COMPONENT`, or \
             `--suggest --from-log FILE`"
                .into(),
        ]),
    }
}

/// Whatever else is given with `--suggest` would have no effect.
fn beside_suggest(matches: &ArgMatches) -> Result<(), Vec<String>> {
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let problems: Vec<String> = matches
        .ids()
        .map(clap::Id::as_str)
        .filter(|id| !BESIDE_SUGGEST.contains(id) && !GROUPS.contains(id) && given(id))
        .map(|id| {
            let flag = format!("--{}", id.replace('_', "-"));
            format!(
                "--suggest looks at the component or the log alone; leave {} out",
                quote(&flag)
            )
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

#[cfg(test)]
#[path = "cli_tests/mod.rs"]
mod tests;
