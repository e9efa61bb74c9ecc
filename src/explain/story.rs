//! What happened, told: in order for one step, newest first for a whole subject.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::words::Words;
use crate::engine::{Step, Trace};
use crate::lang::Lang;
use crate::model::{Policy, WorkflowId};

mod teller;

use teller::Teller;

/// One thing that happened, with what followed from it at once.
struct Happening {
    at: DateTime<Utc>,
    head: String,
    lines: Vec<Line>,
    clauses: Vec<Arc<str>>,
    cases: Vec<Arc<str>>,
}

/// A line below a happening.
struct Line {
    text: String,
    /// The workflow for which it is a condition that held, or a table that was asked.
    reason_of: Option<WorkflowId>,
}

/// A case that moved, told for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The case: `performance/1`.
    pub case: Arc<str>,
    /// When.
    pub at: DateTime<Utc>,
    /// The states left, by their labels; empty when the case opened.
    pub from: String,
    /// The states entered, by their labels.
    pub to: String,
    /// What happened, with the conditions that held and the clauses.
    pub why: String,
    /// Whether the case is done.
    pub done: bool,
}

/// Every entry of a trace, in order.
pub(super) fn in_order(policy: &Policy, trace: &Trace, lang: Lang) -> String {
    let mut teller = Teller::new(policy, lang, true);
    teller.tell(trace);
    let mut out = String::new();
    for happening in &teller.told {
        let at = teller.words.instant(happening.at);
        write_happening(&teller.words, &mut out, &at, happening);
    }
    out
}

/// A whole story, newest first, by day, with the cited clauses and their titles at the end.
pub(super) fn newest_first(policy: &Policy, steps: &[Step], case: Option<&str>, lang: Lang) -> String {
    let mut teller = Teller::new(policy, lang, false);
    for step in steps {
        teller.tell(&step.trace);
        teller.tell_changes(step);
    }
    let words = &teller.words;
    let mut told: Vec<(usize, &Happening)> = teller
        .told
        .iter()
        .enumerate()
        .filter(|(_, happening)| {
            case.is_none_or(|case| happening.cases.iter().any(|known| known.as_ref() == case))
        })
        .collect();
    if told.is_empty() {
        return format!("{}\n", words.plain("explain-nothing-happened"));
    }
    told.sort_by_key(|(idx, happening)| (happening.at, *idx));
    let mut out = String::new();
    let mut day = None;
    for (_, happening) in told.iter().rev() {
        let today = words.day_of(happening.at);
        if day != Some(today) {
            if day.is_some() {
                out.push('\n');
            }
            out.push_str(&words.day(today));
            out.push('\n');
            day = Some(today);
        }
        let time = format!("  {}", words.time(happening.at));
        write_happening(words, &mut out, &time, happening);
    }
    let cited: Vec<&Arc<str>> = told.iter().flat_map(|(_, happening)| &happening.clauses).collect();
    out.push_str(&titles(words, &cited));
    out
}

/// Every move of every case, oldest first, with what led to it.
pub(super) fn moves(policy: &Policy, steps: &[Step], lang: Lang) -> Vec<Move> {
    let mut teller = Teller::new(policy, lang, false);
    let mut found = Vec::new();
    for step in steps {
        teller.told.clear();
        teller.tell(&step.trace);
        let words = &teller.words;
        for moved in &step.moved {
            let workflow = moved.case.split('/').next().and_then(|name| words.model.find_workflow(name));
            let happening =
                teller.told.iter().find(|told| told.at == moved.at && told.cases.contains(&moved.case));
            let mut why: Vec<&str> = Vec::new();
            if let Some(told) = happening {
                why.push(told.head.trim_end_matches(['。', '.']));
                let reasons = told.lines.iter().filter(|line| line.reason_of.is_some());
                why.extend(reasons.filter(|line| line.reason_of == workflow).map(|line| line.text.as_str()));
            }
            let states = |list: &[Arc<str>]| words.states(&moved.case, list);
            let why = why.join(&words.plain("explain-semicolon"));
            found.push(Move {
                case: moved.case.clone(),
                at: moved.at,
                from: states(&moved.from),
                to: states(&moved.to),
                why: format!("{why}{}", words.clauses(&moved.clauses)),
                done: moved.done,
            });
        }
    }
    found
}

fn write_happening(words: &Words<'_>, out: &mut String, when: &str, happening: &Happening) {
    out.push_str(when);
    out.push_str("  ");
    out.push_str(&happening.head);
    out.push_str(&words.clauses(&happening.clauses));
    out.push('\n');
    let indent = " ".repeat(when.chars().count() + 2);
    for line in happening.lines.iter().flat_map(|line| line.text.lines()) {
        out.push_str(&indent);
        out.push_str(line);
        out.push('\n');
    }
}

/// The cited clauses with their titles, in the order of the policy.
fn titles(words: &Words<'_>, cited: &[&Arc<str>]) -> String {
    let listed: Vec<String> = words
        .model
        .clauses
        .iter()
        .filter(|clause| cited.iter().any(|id| **id == clause.id))
        .map(|clause| format!("{} {}", clause.id, clause.title.get(words.lang)))
        .collect();
    if listed.is_empty() {
        return String::new();
    }
    format!("\n{}\n", words.say("explain-cited", [listed.join(&words.plain("explain-semicolon"))]))
}
