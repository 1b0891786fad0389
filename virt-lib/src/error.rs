//! The one error type of the engine: one message that names the thing and says what to do.

use std::fmt;

/// The engine's result.
pub type Result<T> = std::result::Result<T, Error>;

/// The step of the pipeline an error comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading the component.
    Inspect,
    /// Checking policy and entries against it.
    Plan,
    /// Making the adapter.
    Specialize,
    /// Rewriting the component.
    Relink,
    /// Encoding the adapter as a component.
    Encode,
    /// Composing adapter and component.
    Compose,
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
            Stage::Encode => "encode",
            Stage::Compose => "compose",
            Stage::Verify => "verify",
            Stage::Splice => "splice",
        })
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The component itself cannot be read; the message says why and what to do. Whoever knows where the
    /// component came from puts its name in front.
    Component {
        /// The message, in one line.
        message: String,
    },
    /// The policy or the entries cannot be served; the message says why and what to do.
    Invalid {
        /// The message, one line per problem.
        message: String,
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
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Error::Invalid {
            message: message.into(),
        }
    }

    pub(crate) fn component(message: impl Into<String>) -> Self {
        Error::Component {
            message: message.into(),
        }
    }

    pub(crate) fn internal(stage: Stage, message: impl fmt::Display) -> Self {
        Error::Internal {
            stage,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Component { message } | Error::Invalid { message } => f.write_str(message),
            Error::Internal { stage, message } => {
                write!(f, "internal error in {stage}, please report: {message}")
            }
        }
    }
}

impl std::error::Error for Error {}
