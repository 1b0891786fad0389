//! The one error type of the engine, and the problems in it: each names what is wrong and says what
//! to do. This module must never know a flag.

pub mod escape;
mod problem;

pub use problem::{Problem, ProblemKind, ProblemPart, Setting, SettingValue};

use std::fmt;

/// The engine's result.
pub type Result<T> = std::result::Result<T, Error>;

/// The step of the pipeline an error comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading the component.
    Inspect,
    /// Deciding who serves each function.
    Plan,
    /// Making the adapter.
    Specialize,
    /// Rewriting the component.
    Relink,
    /// Checking the result.
    Verify,
    /// Placing the payload.
    Splice,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Inspect => "inspect",
            Stage::Plan => "plan",
            Stage::Specialize => "specialize",
            Stage::Relink => "relink",
            Stage::Verify => "verify",
            Stage::Splice => "splice",
        })
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The component itself cannot be read; the message says why and what to do. A shell that knows
    /// where the component came from puts its name in front.
    Component {
        /// The message, in one line.
        message: String,
    },
    /// The policy or the entries cannot be served for this component.
    Invalid {
        /// Every problem that was found.
        problems: Vec<Problem>,
    },
    /// The engine broke one of its own rules: a bug to report.
    Internal {
        /// Where.
        stage: Stage,
        /// What.
        message: String,
    },
}

impl Error {
    pub(crate) fn component(message: impl Into<String>) -> Self {
        Error::Component {
            message: message.into(),
        }
    }

    /// One problem, in words alone.
    pub(crate) fn invalid(kind: ProblemKind, message: impl Into<String>) -> Self {
        Problem::text(kind, message).into()
    }

    pub(crate) fn internal(stage: Stage, message: impl fmt::Display) -> Self {
        Error::Internal {
            stage,
            message: message.to_string(),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Error::Invalid {
            problems: vec![problem],
        }
    }
}

/// Fails with all problems, if there are any. What was found twice is reported once.
pub(crate) fn none_of(problems: Vec<Problem>) -> Result<()> {
    let mut once: Vec<Problem> = Vec::new();
    for problem in problems {
        if !once.contains(&problem) {
            once.push(problem);
        }
    }
    match once.is_empty() {
        true => Ok(()),
        false => Err(Error::Invalid { problems: once }),
    }
}

/// In the keys of a policy, one line for each problem.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Component { message } => f.write_str(message),
            Error::Invalid { problems } => {
                for (position, problem) in problems.iter().enumerate() {
                    let between = if position == 0 { "" } else { "\n" };
                    write!(f, "{between}{problem}")?;
                }
                Ok(())
            }
            Error::Internal { stage, message } => {
                write!(f, "internal error in {stage}, please report: {message}")
            }
        }
    }
}

impl std::error::Error for Error {}
