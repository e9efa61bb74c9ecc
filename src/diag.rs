//! Diagnostics: the author's mistakes as values, all of them, each with code, place, message and help.

use std::collections::BTreeMap;

use crate::lang::Message;
use crate::source::{FileId, Sources, Span};

mod blank;
mod code;
#[cfg(test)]
pub mod corpus;
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
    /// The findings; of very many only the worst, see [`Report::not_listed`].
    pub diagnostics: Vec<Diagnostic>,
    left_out: LeftOut,
}

/// How many findings a report does not hold.
#[derive(Clone, Copy, Debug, Default)]
struct LeftOut {
    errors: usize,
    warnings: usize,
    notes: usize,
    /// Those of the errors that are blanks.
    blanks: usize,
}

/// So many findings, and as many blanks besides, are held and shown; nobody reads on after so many.
const LISTED_MAX: usize = 500;

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

    /// How many findings are of a severity, those not listed included.
    pub fn count(&self, severity: Severity) -> usize {
        let left_out = match severity {
            Severity::Error => self.left_out.errors,
            Severity::Warning => self.left_out.warnings,
            Severity::Note => self.left_out.notes,
        };
        self.diagnostics.iter().filter(|finding| finding.severity == severity).count() + left_out
    }

    /// How many findings were left out because there are very many; those left out are the mildest and the last.
    pub fn not_listed(&self) -> usize {
        let LeftOut { errors, warnings, notes, .. } = self.left_out;
        errors + warnings + notes
    }

    /// A report of these findings.
    pub(crate) fn new(sources: Sources, diagnostics: Vec<Diagnostic>) -> Report {
        let mut report = Report { sources, diagnostics, left_out: LeftOut::default() };
        report.settle();
        report
    }

    /// Sorts by place, drops exact repeats, and of very many findings keeps the worst.
    pub fn settle(&mut self) {
        self.diagnostics.sort_by(|a, b| {
            let place = |finding: &Diagnostic| finding.marks.first().map(|mark| mark.span);
            place(a).cmp(&place(b)).then_with(|| a.code.cmp(&b.code)).then_with(|| a.message.cmp(&b.message))
        });
        self.diagnostics.dedup();
        self.leave_out(|finding| finding.code == Code::BlankParameter);
        self.leave_out(|finding| finding.code != Code::BlankParameter);
    }

    /// Leaves out the mildest and last of a kind of findings beyond those that are listed.
    fn leave_out(&mut self, of_kind: impl Fn(&Diagnostic) -> bool) {
        let mut room = LISTED_MAX;
        // How many of each severity have room, the worst first.
        let room = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
            let all = self.diagnostics.iter();
            let count = all.filter(|finding| finding.severity == severity && of_kind(finding)).count();
            let kept = count.min(room);
            room -= kept;
            (severity, kept)
        });
        let mut room: BTreeMap<Severity, usize> = room.into_iter().collect();
        let left_out = &mut self.left_out;
        self.diagnostics.retain(|finding| {
            let Some(room) = room.get_mut(&finding.severity).filter(|_| of_kind(finding)) else {
                return true;
            };
            if let Some(less) = room.checked_sub(1) {
                *room = less;
                return true;
            }
            match finding.severity {
                Severity::Error => left_out.errors += 1,
                Severity::Warning => left_out.warnings += 1,
                Severity::Note => left_out.notes += 1,
            }
            left_out.blanks += usize::from(finding.code == Code::BlankParameter);
            false
        });
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
        self.left_out.errors += other.left_out.errors;
        self.left_out.warnings += other.left_out.warnings;
        self.left_out.notes += other.left_out.notes;
        self.left_out.blanks += other.left_out.blanks;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(severity: Severity, code: Code, count: usize) -> impl Iterator<Item = Diagnostic> {
        (0..count).map(move |at| {
            let span = Span::new(FileId(0), at, at + 1);
            Diagnostic { severity, ..Diagnostic::error(code, span, Message::plain("first-here")) }
        })
    }

    #[test]
    fn of_very_many_findings_the_worst_are_held_and_all_are_counted() {
        let mut all: Vec<Diagnostic> = of(Severity::Note, Code::NoClause, 20_000).collect();
        all.extend(of(Severity::Error, Code::UnknownName, 300));
        all.extend(of(Severity::Warning, Code::DeadEnd, 400));
        all.extend(of(Severity::Error, Code::BlankParameter, 501));
        let mut report = Report::new(Sources::default(), all);
        let held = |report: &Report, code: Code| {
            report.diagnostics.iter().filter(|finding| finding.code == code).count()
        };
        let kinds = [Code::UnknownName, Code::DeadEnd, Code::NoClause, Code::BlankParameter];
        assert_eq!(kinds.map(|code| held(&report, code)), [300, 200, 0, 500]);
        assert_eq!(report.not_listed(), 20_000 + 200 + 1);
        let counts = |report: &Report| {
            [Severity::Error, Severity::Warning, Severity::Note].map(|severity| report.count(severity))
        };
        assert_eq!(counts(&report), [801, 400, 20_000]);
        report.settle();
        assert_eq!(report.not_listed(), 20_201, "to settle again leaves no more out");
        let text = report.render_text(crate::lang::Lang::En, false);
        assert!(text.contains("501 blank(s)") && text.contains("\n20201 more are not listed\n"), "{text}");
        assert_eq!(report.to_json(crate::lang::Lang::En)["not_listed"], 20_201 + 500);
        let mut other = Report::default();
        other.absorb(report);
        assert_eq!((other.not_listed(), counts(&other)), (20_201, [801, 400, 20_000]));
    }
}
