//! One run of the command, from the arguments to the exit code.

use super::{guard::guarded, problem, sink::Sink, splice, walk};
use crate::exit::{ERROR, failure, invalid, usage};
use crate::job::{
    Exit, Input, InspectJob, Invocation, Output, Print, Step, Terminal, VirtualizeJob,
};
use crate::render::{Context, render_inspection, render_report};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};

/// Runs the command line `args`, the program's name left out, and answers with the exit code.
pub fn run(args: impl Iterator<Item = OsString>, terminal: Terminal) -> u8 {
    let exit = texts(args)
        .and_then(|args| guarded("shell", || step(crate::cli(&Invocation { args, terminal }))))
        .unwrap_or_else(|exit| exit);
    finish(exit)
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

fn step(step: Step) -> Exit {
    match step {
        Step::Exit(exit) => exit,
        Step::Virtualize(job) => virtualize(&job).unwrap_or_else(|exit| exit),
        Step::Inspect(job) => inspect(&job).unwrap_or_else(|exit| exit),
    }
}

fn virtualize(job: &VirtualizeJob) -> Result<Exit, Exit> {
    let component = job.component.as_ref().map(read).transpose()?;
    let listing = walk::list(&job.policy.mounts)?;
    let output = guarded("plan", || match &component {
        Some(component) => wasi_virt::plan(component, &job.policy, &listing.entries),
        None => wasi_virt::adapter(&job.policy, &listing.entries, &job.wasi_version),
    })?
    .map_err(|error| failure(&error, job.component.as_ref().map_or("the adapter", name)))?;
    let component = component.unwrap_or_default();

    let mut sink = Sink::open(&job.output)?;
    splice::write(&output.segments, &component, &listing, &mut sink)?;
    sink.commit()?;

    let context = Context {
        output: match &job.output {
            Output::Stdout => "standard output".into(),
            Output::File(path) => path.clone(),
        },
        configured: job.configured.clone(),
    };
    let report = |json| render_report(&output.report, &context, json);
    let (stdout, stderr) = match job.print {
        Print::Text => (String::new(), report(false)),
        Print::Json => (report(true), String::new()),
        Print::Nothing => (String::new(), String::new()),
    };
    Ok(Exit {
        stdout,
        stderr,
        code: 0,
    })
}

fn inspect(job: &InspectJob) -> Result<Exit, Exit> {
    let component = read(&job.component)?;
    let inspection = guarded("inspect", || wasi_virt::inspect(&component))?
        .map_err(|error| failure(&error, name(&job.component)))?;
    Ok(Exit {
        stdout: render_inspection(&inspection, name(&job.component), job.json),
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
            io::stdin().read_to_end(&mut bytes).map_err(|error| {
                invalid(&format!(
                    "cannot read standard input: {}",
                    problem::reason(&error)
                ))
            })?;
            Ok(bytes)
        }
        Input::File(path) => {
            std::fs::read(path).map_err(|error| invalid(&problem::read(path, &error)))
        }
    }
}

/// Prints, and answers with the exit code. A reader that has gone away is no error.
fn finish(exit: Exit) -> u8 {
    let mut stdout = io::stdout().lock();
    let printed = stdout
        .write_all(exit.stdout.as_bytes())
        .and_then(|()| stdout.flush());
    // There is nowhere to tell of a standard error that cannot be written.
    let _ = io::stderr().write_all(exit.stderr.as_bytes());
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let exit = invalid(&format!(
                "cannot write standard output: {}",
                problem::reason(&error)
            ));
            let _ = io::stderr().write_all(exit.stderr.as_bytes());
            ERROR
        }
        _ => exit.code,
    }
}
