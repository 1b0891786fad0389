//! One run of the command, from the arguments to the exit code.

use super::{
    closed,
    guard::guarded,
    overlap, problem,
    sink::{Sink, no_stdout},
    splice, unfinished,
};
use crate::exit::{ERROR, failure, refuse_imported, refuse_imports, usage};
use crate::job::{
    Exit, FileContents, Input, InspectJob, Invocation, Output, Print, Step, SuggestJob, Terminal,
    VARIABLES, VirtualizeJob,
};
use crate::paint::paint_exit;
use crate::policy_file::render_suggestion;
use crate::problem::Task;
use crate::render::{Context, render_inspection, render_report, render_warnings};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use wasi_virt::disk::Listing;
use wasi_virt::{Filter, Stage};

/// Runs the command line `args`, the program's name left out, and answers with the exit code.
pub fn run(args: impl Iterator<Item = OsString>, terminal: Terminal) -> u8 {
    // Without it a signal ends the process all the same, and only a temporary file may stay behind.
    let _ = unfinished::watch_signals();
    let exit = texts(args)
        .and_then(|args| {
            let invocation = Invocation {
                args,
                terminal,
                env: known_variables(),
                files: Vec::new(),
            };
            guarded(None, || steps(invocation))
        })
        .unwrap_or_else(|exit| exit);
    finish(exit)
}

/// The variables that the command line knows; it gets no other.
fn known_variables() -> Vec<(String, String)> {
    VARIABLES
        .iter()
        .filter_map(|name| {
            Some((
                (*name).to_string(),
                std::env::var_os(name)?.to_string_lossy().into_owned(),
            ))
        })
        .collect()
}

/// Asks the command line what to do, reading what it wants to see first, and does it.
fn steps(mut invocation: Invocation) -> Exit {
    loop {
        let paths = match crate::cli(&invocation) {
            Step::Read(paths) => paths,
            Step::Exit(exit) => return exit,
            Step::Virtualize(job) => return ended(virtualize(&job), job.color),
            Step::Inspect(job) => return ended(inspect(&job), job.color),
            Step::Suggest(job) => return ended(suggest(&job), job.color),
        };
        for path in paths {
            let input = match path.as_str() {
                "-" => Input::Stdin,
                path => Input::File(path.into()),
            };
            match read(&input) {
                Ok(contents) => invocation.files.push(FileContents { path, contents }),
                Err(exit) => return exit,
            }
        }
    }
}

/// The arguments as text: nothing that is not UTF-8 can be a path of every host.
fn texts(args: impl Iterator<Item = OsString>) -> Result<Vec<String>, Exit> {
    let text = |arg: OsString| {
        arg.into_string().map_err(|arg| {
            let arg = crate::escape::quote(&arg.to_string_lossy());
            usage(&[format!(
                "the argument {arg} is not UTF-8; rename the file, or pass the text in UTF-8"
            )])
        })
    };
    args.map(text).collect()
}

/// A result as it is, an error in colours.
fn ended(result: Result<Exit, Exit>, color: bool) -> Exit {
    result.unwrap_or_else(|exit| paint_exit(exit, color))
}

fn virtualize(job: &VirtualizeJob) -> Result<Exit, Exit> {
    if job.print == Print::Json && closed::stdout() {
        return Err(no_stdout());
    }
    let wrong = |error| {
        let component = job.component.as_ref().map_or("the adapter", name);
        failure(&error, component, &job.configured)
    };
    let component = job.component.as_ref().map(read).transpose()?;
    let policy = &job.policy;
    let filter = Filter::new(policy).map_err(wrong)?;
    let left_out = overlap::check(&job.output, &policy.mounts, &filter)?;
    let mut listing = Listing::of(&policy.mounts, &filter).map_err(problem::unreadable)?;
    listing.extend(left_out);
    let output = guarded(Some(Stage::Plan), || match &component {
        Some(component) => wasi_virt::virtualize(component, policy, listing.entries()),
        None => wasi_virt::adapter(policy, listing.entries(), &job.wasi_version),
    })?
    .map_err(wrong)?;
    let component = component.unwrap_or_default();

    if job.assert_no_imports
        && let Some(exit) = refuse_imports(&output.report)
    {
        return Err(exit);
    }
    let mut sink = Sink::open(&job.output)?;
    let shown = job.print != Print::Warnings;
    splice::write(&output.segments, &component, &listing, &mut sink, shown)?;
    sink.commit()?;

    let context = Context {
        output: match &job.output {
            Output::Stdout => "standard output".into(),
            Output::File(path) => path.clone(),
            Output::Nowhere => "nothing written".into(),
        },
        configured: job.configured.clone(),
        verbose: job.verbose.then(|| listing.into_entries()),
        color: job.color,
    };
    let report = |json| render_report(&output.report, &context, json);
    let (stdout, stderr) = match job.print {
        Print::Text => (String::new(), report(false)),
        Print::Json => (report(true), String::new()),
        Print::Warnings => (String::new(), render_warnings(&output.report, &context)),
    };
    Ok(Exit {
        stdout,
        stderr,
        code: 0,
    })
}

fn inspect(job: &InspectJob) -> Result<Exit, Exit> {
    let component = read(&job.component)?;
    let inspection = guarded(Some(Stage::Inspect), || wasi_virt::inspect(&component))?
        .map_err(|error| failure(&error, name(&job.component), &[]))?;
    if job.assert_no_imports
        && let Some(exit) = refuse_imported(&inspection)
    {
        return Err(exit);
    }
    Ok(Exit {
        stdout: match job.quiet {
            true => String::new(),
            false => render_inspection(&inspection, name(&job.component), job.json),
        },
        stderr: String::new(),
        code: 0,
    })
}

fn suggest(job: &SuggestJob) -> Result<Exit, Exit> {
    let component = read(&job.component)?;
    let inspection = guarded(Some(Stage::Inspect), || wasi_virt::inspect(&component))?
        .map_err(|error| failure(&error, name(&job.component), &[]))?;
    Ok(Exit {
        stdout: render_suggestion(&inspection, name(&job.component)),
        stderr: String::new(),
        code: 0,
    })
}

/// What messages call the component.
fn name(input: &Input) -> &str {
    match input {
        Input::Stdin => "standard input",
        Input::File(path) => path,
    }
}

fn read(input: &Input) -> Result<Vec<u8>, Exit> {
    match input {
        Input::Stdin => {
            let mut bytes = Vec::new();
            io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| problem::stream(Task::ReadStdin, problem::reason(&error)))?;
            Ok(bytes)
        }
        Input::File(path) => std::fs::read(path).map_err(|error| problem::read(path, &error)),
    }
}

/// Prints, and answers with the exit code. A reader that has gone away is no error.
fn finish(exit: Exit) -> u8 {
    if closed::stdout() && !exit.stdout.is_empty() {
        let _ = io::stderr().write_all(no_stdout().stderr.as_bytes());
        return ERROR;
    }
    let mut stdout = io::stdout().lock();
    let printed = stdout
        .write_all(exit.stdout.as_bytes())
        .and_then(|()| stdout.flush());
    // There is nowhere to tell of a standard error that cannot be written.
    let _ = io::stderr().write_all(exit.stderr.as_bytes());
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let exit = problem::stream(Task::WriteStdout, problem::reason(&error));
            let _ = io::stderr().write_all(exit.stderr.as_bytes());
            ERROR
        }
        _ => exit.code,
    }
}
