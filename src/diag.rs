//! Diagnostics: the author's mistakes as values, all of them, each with code, place, message and help.

use crate::lang::Message;
use crate::source::{FileId, Sources, Span};

mod blank;
mod code;
mod near;
mod render;

pub use code::Code;
pub use near::nearest;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the policy loads.
    Note,
    /// Probably a mistake; the policy loads.
    Warning,
    /// The policy does not load.
    Error,
}

/// A place with what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub span: Span,
    /// What stands there, or nothing for a bare underline.
    pub message: Option<Message>,
}

/// A replacement that would mend the mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to replace.
    pub span: Span,
    /// What to put there.
    pub replacement: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What kind of mistake.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// One line: what was found, what was expected.
    pub message: Message,
    /// The places, the main one first.
    pub marks: Vec<Mark>,
    /// What to do about it, one line each.
    pub help: Vec<Message>,
    /// The fix, where it is known.
    pub fix: Option<Fix>,
}

/// All findings about one policy, in order of place, with the sources to show them in.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The texts the spans point into.
    pub sources: Sources,
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: Message) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message,
            marks: vec![Mark { span, message: None }],
            help: Vec::new(),
            fix: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: Message) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// A note at a place.
    pub fn note(code: Code, span: Span, message: Message) -> Diagnostic {
        Diagnostic { severity: Severity::Note, ..Diagnostic::error(code, span, message) }
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, message: Message) -> Diagnostic {
        self.help.push(message);
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn also(mut self, span: Span, message: Message) -> Diagnostic {
        self.marks.push(Mark { span, message: Some(message) });
        self
    }

    /// Adds the fix.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Diagnostic {
        self.fix = Some(Fix { span, replacement: replacement.into() });
        self
    }
}

impl Report {
    /// Whether any finding keeps the policy from loading.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// How many findings are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Sorts by place and drops exact repeats.
    pub fn settle(&mut self) {
        self.diagnostics.sort_by(|a, b| {
            let place = |finding: &Diagnostic| finding.marks.first().map(|mark| mark.span);
            place(a).cmp(&place(b)).then_with(|| a.code.cmp(&b.code)).then_with(|| a.message.cmp(&b.message))
        });
        self.diagnostics.dedup();
    }

    /// Takes over the findings of another report after its own, with the sources they point into; a file of the same path
    /// and text is the same file.
    pub fn absorb(&mut self, other: Report) {
        let places: Vec<FileId> = other
            .sources
            .iter()
            .map(|(_, file)| match self.sources.find(file) {
                Some(known) => known,
                None => self.sources.add(&file.path, &file.text),
            })
            .collect();
        let moved = |span: &mut Span| {
            // A span into no file stays one.
            span.file = places.get(span.file.0 as usize).copied().unwrap_or(FileId(u32::MAX));
        };
        for mut finding in other.diagnostics {
            finding.marks.iter_mut().for_each(|mark| moved(&mut mark.span));
            if let Some(fix) = &mut finding.fix {
                moved(&mut fix.span);
            }
            self.diagnostics.push(finding);
        }
    }
}
