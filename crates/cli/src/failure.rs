//! Why a command ends without its result, and the exit code that says so.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// What a command ends with: done, or a failure that is yet to be told.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Why a command ends without its result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It failed while it was running.
    #[error("{0}")]
    Running(String),
    /// The command line asks for what cannot be done; the text ends in the flag that mends it.
    #[error("{0}")]
    Usage(String),
    /// The request is not valid. Its problems have been told.
    #[error("the request is not valid")]
    Refused,
    /// The description of a recording contradicts itself, or parts do not belong together.
    #[error("{0}")]
    Contradiction(String),
    /// A file cannot be read, or what it holds cannot.
    #[error("cannot read {name}: {reason}")]
    Unreadable {
        /// The file as it was named.
        name: String,
        /// Why.
        reason: String,
    },
}

impl Failure {
    /// A file that cannot be read.
    pub fn unreadable(name: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self::Unreadable { name: name.to_string(), reason: reason.to_string() }
    }

    /// Tells the failure on stderr and gives its exit code.
    pub fn tell(&self) -> ExitCode {
        if !matches!(self, Self::Refused) {
            tell(&format!("polyptych: {self}\n"));
        }
        ExitCode::from(match self {
            Self::Running(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused | Self::Contradiction(_) => 3,
            Self::Unreadable { .. } => 4,
        })
    }
}

/// Writes to stderr; where nobody listens there, nobody can be told.
pub fn tell(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
