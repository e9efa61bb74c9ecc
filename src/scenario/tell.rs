//! What differs, for people: the place, what it is about, expected and found.

use std::fmt;
use std::sync::Arc;

use crate::lang::{Label, Lang, Message, either};
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

/// Stands where there is nothing.
pub const NONE: &str = "none";

/// There is nothing.
pub fn none() -> Message {
    Message::plain("scenario-none")
}

/// Names in a row, each worded for a language.
pub fn list(names: &[Arc<str>], told: impl Fn(&str, Lang) -> String) -> Message {
    if names.is_empty() {
        return none();
    }
    both(|lang| {
        let between = if lang == Lang::Zh { "、" } else { ", " };
        names.iter().map(|name| told(name, lang)).collect::<Vec<String>>().join(between)
    })
}

/// An id as testers write it, with its label.
pub fn named(label: Option<&Label>, id: &str, lang: Lang) -> String {
    match label.map(|label| label.get(lang)).filter(|label| !label.is_empty() && *label != id) {
        Some(label) => bracketed(id, label, lang),
        None => id.to_owned(),
    }
}

/// `resit(待补考)`
pub fn bracketed(id: &str, label: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{id}({label})"),
        Lang::En => format!("{id} ({label})"),
    }
}

/// A word of the engine for how something stands: with its Chinese; the English is the word.
pub fn word_told(word: &str) -> Message {
    const CHINESE: &[(&str, &str)] = &[
        ("running", "计时中"),
        ("paused", "暂停计时"),
        ("breached", "超时"),
        ("met", "按时完成"),
        ("met_late", "逾期完成"),
        ("cancelled", "停止计时"),
        ("published", "已公布"),
        ("appealed", "申诉中"),
        ("final", "已生效"),
        ("scored", "已评定"),
        ("undetermined", "未定"),
        ("exempt", "免考"),
    ];
    if word == NONE {
        return none();
    }
    match CHINESE.iter().find(|(known, _)| *known == word) {
        Some((_, chinese)) => {
            Message::new("scenario-text", [either(&bracketed(word, chinese, Lang::Zh), word)])
        }
        None => plain(word),
    }
}

/// A text made anew for each language, as an argument of a message.
pub fn each(text: impl Fn(Lang) -> String) -> String {
    either(&text(Lang::Zh), &text(Lang::En))
}

/// A text that is the same in both languages.
pub fn plain(text: impl Into<String>) -> Message {
    Message::new("scenario-text", [text.into()])
}

/// A text made anew for each language.
pub fn both(text: impl Fn(Lang) -> String) -> Message {
    Message::new("scenario-text", [each(text)])
}
