//! The counts of a run.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde_json::json;

use super::super::{Shell, data::Places, table};
use crate::explain::{self, Words};
use crate::runtime::{Refused, Summary};

type Counts = BTreeMap<Arc<str>, u64>;

/// What was read and what came of it; says so when nothing changed.
pub(super) fn counts(
    shell: &mut Shell,
    words: &Words<'_>,
    summary: &Summary,
    before: u64,
    places: &Places,
) -> io::Result<()> {
    let header = &words.model.header;
    shell.out.heading(
        words.say("shell-run-title", [header.title.get(words.lang).to_owned(), header.version.to_string()]),
    )?;
    let refused: u64 = summary.refused.values().sum();
    let counts = [summary.events, summary.moved, summary.stayed, summary.repeated, refused];
    shell.out.line(words.say("shell-run-counts", counts))?;
    if summary.records == before {
        shell.out.line(words.say("shell-run-unchanged", [before]))?;
    } else {
        let added = summary.records.saturating_sub(before);
        shell.out.line(words.say("shell-run-records", [added, summary.records, summary.closed]))?;
    }
    for kind in &summary.subjects {
        let known = words.model.find_kind(kind.0).and_then(|id| words.model.kind(id).label.as_ref());
        let line = words.say("shell-run-subjects", [words.name(known, kind.0), kind.1.to_string()]);
        shell.out.line(line)?;
    }
    if summary.malformed > 0 {
        shell.out.line(words.say("shell-run-malformed", [summary.malformed]))?;
    }
    for failed in &summary.failures {
        let args =
            [places.line_of(failed.event).to_string(), failed.subject.to_string(), failed.detail.clone()];
        shell.out.line(words.say("shell-run-failed", args))?;
    }
    for failure in &summary.overdue {
        let args = [failure.subject.to_string(), failure.detail.clone()];
        shell.out.line(words.say("shell-run-overdue", args))?;
    }
    Ok(())
}

/// Clocks, refusals, effects, and what waits for a person.
pub(super) fn totals(
    shell: &mut Shell,
    words: &Words<'_>,
    summary: &Summary,
    places: &Places,
) -> io::Result<()> {
    clocks(shell, words, summary)?;
    refusals(shell, words, &summary.refused)?;
    refused_one_by_one(shell, words, summary, places)?;
    effects(shell, words, summary)?;
    for (measure, count) in &summary.unattributed {
        let label = words.model.find_measure(measure).and_then(|id| words.model.measure(id).label.as_ref());
        let line = words.say("shell-run-unattributed", [words.name(label, measure), count.to_string()]);
        shell.out.line(line)?;
    }
    if summary.reviews > 0 {
        shell.out.line(words.say("shell-run-reviews", [summary.reviews]))?;
    }
    Ok(())
}

/// Every clock with its rounds: in time, late, never.
fn clocks(shell: &mut Shell, words: &Words<'_>, summary: &Summary) -> io::Result<()> {
    let count = |counts: &Counts, word: &str| counts.get(word).copied().unwrap_or(0);
    let rows: Vec<Vec<String>> = summary
        .clocks
        .iter()
        .map(|(name, counts)| {
            let (met, late, open) =
                (count(counts, "met"), count(counts, "met_late"), count(counts, "breached"));
            let total = met + late + open;
            let share = if total == 0 { "—".to_owned() } else { permille(met, total) };
            let (workflow, clock) = name.rsplit_once('.').unwrap_or(("", name));
            let label = words.say("explain-clock-of", [words.case(workflow), words.clock(workflow, clock)]);
            vec![label, met.to_string(), late.to_string(), open.to_string(), share]
        })
        .collect();
    let header = [
        "shell-column-clock",
        "shell-column-met",
        "shell-column-met-late",
        "shell-column-breached",
        "shell-column-share",
    ];
    section(shell, words, "shell-title-clocks", &header, rows)
}

/// A share in percent with one decimal, from whole numbers.
fn permille(part: u64, whole: u64) -> String {
    let permille = part.saturating_mul(1000) / whole.max(1);
    format!("{}.{}%", permille / 10, permille % 10)
}

fn refusals(shell: &mut Shell, words: &Words<'_>, refused: &Counts) -> io::Result<()> {
    let mut by_count: Vec<(&Arc<str>, u64)> =
        refused.iter().map(|(reason, count)| (reason, *count)).collect();
    by_count.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), (*reason).clone()));
    let rows = by_count
        .into_iter()
        .map(|(reason, count)| vec![words.reason(reason), reason.to_string(), count.to_string()])
        .collect();
    let header = ["shell-column-reason", "shell-column-word", "shell-column-count"];
    section(shell, words, "shell-title-refusals", &header, rows)
}

/// The first refused events: the line of the file, the event, and why.
fn refused_one_by_one(
    shell: &mut Shell,
    words: &Words<'_>,
    summary: &Summary,
    places: &Places,
) -> io::Result<()> {
    for refused in &summary.refusals {
        let line = places.line_of(refused.event).to_string();
        let why = why(words, refused);
        let args = [line, refused.subject.to_string(), refused.name.to_string(), why];
        shell.out.line(format!("  {}", words.say("shell-run-refused", args)))?;
    }
    let all: u64 = summary.refused.values().sum();
    match all.saturating_sub(summary.refusals.len() as u64) {
        0 => Ok(()),
        more => shell.out.line(format!("  {}", words.say("shell-run-refused-more", [more]))),
    }
}

fn why(words: &Words<'_>, refused: &Refused) -> String {
    explain::refusal_of(words, &refused.refusal, (&refused.subject, &refused.name), refused.at)
}

/// The first refused events as data.
pub(super) fn refusals_json(words: &Words<'_>, summary: &Summary, places: &Places) -> serde_json::Value {
    let told = summary.refusals.iter().map(|refused| {
        json!({
            "line": places.line_of(refused.event),
            "subject": refused.subject,
            "event": refused.name,
            "reason": refused.refusal.reason(),
            "refusal": refused.refusal,
            "why": why(words, refused),
        })
    });
    told.collect()
}

fn effects(shell: &mut Shell, words: &Words<'_>, summary: &Summary) -> io::Result<()> {
    const KEYS: [(&str, &str); 4] = [
        ("notify", "shell-effect-notify"),
        ("ask", "shell-effect-ask"),
        ("call", "shell-effect-call"),
        ("send", "shell-effect-send"),
    ];
    let rows = summary
        .effects
        .iter()
        .map(|(kind, counts)| {
            let key = KEYS.iter().find(|(word, _)| *word == kind.as_ref()).map(|(_, key)| *key);
            let name = key.map_or_else(|| kind.to_string(), |key| words.plain(key));
            let count = |word: &str| counts.get(word).copied().unwrap_or(0).to_string();
            vec![name, count("pending"), count("done"), count("withdrawn"), count("undone")]
        })
        .collect();
    let header = [
        "shell-column-effect",
        "shell-column-pending",
        "shell-column-done",
        "shell-column-withdrawn",
        "shell-column-undone",
    ];
    section(shell, words, "shell-title-effects", &header, rows)
}

/// A titled table; nothing where there are no rows.
pub(super) fn section(
    shell: &mut Shell,
    words: &Words<'_>,
    title: &'static str,
    header: &[&'static str],
    rows: Vec<Vec<String>>,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    shell.out.line("")?;
    shell.out.heading(words.plain(title))?;
    let header: Vec<String> = header.iter().map(|key| words.plain(key)).collect();
    shell.out.text(table::table(&header, &rows))
}
