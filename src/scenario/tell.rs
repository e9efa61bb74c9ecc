//! What differs, for people: the place, what it is about, expected and found.

use std::fmt;

use crate::lang::{Lang, Message, either};
use crate::scenario::{Failure, FailureKind, Place, Verdict};
use crate::source::{Sources, Span};

impl Failure {
    /// The failure in a language: where, what about, expected, found.
    pub fn render(&self, lang: Lang) -> String {
        let place = format!("{}:{}:{}", self.place.path, self.place.line, self.place.column);
        let at = self.at.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
        let about = self.about.render(lang);
        let head = match at.is_empty() {
            true => format!("{place}: {about}"),
            false => format!("{place}: {about} @ {at}"),
        };
        let expected = Message::new("scenario-expected", [indent(&self.expected.render(lang))]).render(lang);
        let found = Message::new("scenario-found", [indent(&self.found.render(lang))]).render(lang);
        format!("{head}\n    | {}\n    - {expected}\n    + {found}", self.place.text.trim())
    }
}

/// Several lines stand below one another.
fn indent(text: &str) -> String {
    text.trim_end().replace('\n', "\n      ")
}

impl Verdict {
    /// The verdict in a language: one line, then each failure.
    pub fn render(&self, lang: Lang) -> String {
        let key = if self.passed { "scenario-passed" } else { "scenario-failed" };
        let mut out = Message::new(key, [&self.scenario]).render(lang);
        for failure in &self.failures {
            out.push_str("\n  ");
            out.push_str(&failure.render(lang).replace('\n', "\n  "));
        }
        out
    }
}

/// In Chinese.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Lang::Zh))
    }
}

impl FailureKind {
    /// The kind in one word.
    pub fn word(self) -> &'static str {
        match self {
            FailureKind::Expectation => "expectation",
            FailureKind::Given => "given",
            FailureKind::Refused => "refused",
            FailureKind::Error => "error",
            FailureKind::NotReproduced => "not_reproduced",
        }
    }
}

/// A place for people.
pub fn place(sources: &Sources, span: Span) -> Place {
    let Some(file) = sources.get(span.file) else { return Place::default() };
    let (line, column) = file.position(span.start);
    Place { path: file.path.clone(), line, column, text: file.line(line).into() }
}

/// A text that is the same in both languages.
pub fn plain(text: impl Into<String>) -> Message {
    Message::new("scenario-text", [text.into()])
}

/// A text made anew for each language.
pub fn both(text: impl Fn(Lang) -> String) -> Message {
    Message::new("scenario-text", [either(&text(Lang::Zh), &text(Lang::En))])
}
