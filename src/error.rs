//! The one error type: the world failed. Not an author's mistake (a diagnostic), not a no of the rules (a refusal).

use std::fmt;

/// What failed, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// The policy has mistakes; the report tells them.
    PolicyInvalid,
    /// The store failed or holds something unreadable.
    Store,
    /// Somebody else wrote to the subject in between; load it again.
    Stale,
    /// The same event id came with other content.
    Conflict,
    /// A script ran into a limit or failed.
    Script,
    /// A calendar or a dated parameter does not cover the date.
    NotCovered,
    /// Something was asked for that does not exist: a subject kind, a workflow, a table.
    Unknown,
    /// Input that is not of the expected shape.
    Malformed,
    /// A guard reads another subject, and its value was not supplied.
    MissingRead,
}

/// An error of the world, with what it was about and what caused it.
#[derive(thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    kind: ErrorKind,
    detail: Box<str>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The usual result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a kind, with one line that says what was found.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Error {
        Error { kind, detail: detail.into().into_boxed_str(), source: None }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.source = Some(Box::new(source));
        self
    }

    /// What failed.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.detail)?;
        if let Some(source) = &self.source {
            write!(f, " ({source})")?;
        }
        Ok(())
    }
}
