//! `hours:`: the week, in one version or several dated ones, over the week of the calendar that is extended.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::windows;
use crate::calendar::{Week, Window, weekdays};
use crate::compile::read;
use crate::compile::world::Out;
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::Span;
use crate::syntax::raw::{Named, RawHours, Text};

/// One version: what it says of each weekday, Monday first; nothing where it does not mention it.
struct Version {
    from: NaiveDate,
    /// The last day, included; until the next version where none is stated.
    to: NaiveDate,
    days: [Option<Vec<Window>>; 7],
    span: Span,
}

/// Puts the versions over the weeks that are inherited: first the one without dates, then each dated one from its first to
/// its last day. Weekdays and dates that a version does not mention stay as they were.
pub(super) fn put(
    raw: &[RawHours],
    extends: bool,
    coverage: Option<(NaiveDate, NaiveDate)>,
    weekly: &mut BTreeMap<NaiveDate, Week>,
    out: &mut Out,
) {
    let before = out.found.len();
    let undated = |raw: &&RawHours| raw.from.is_none() && raw.to.is_none();
    let mut always = raw.iter().filter(undated);
    if let Some(first) = always.next() {
        let days = stated(&first.days, out);
        weekly.entry(NaiveDate::MIN).or_default();
        weekly.values_mut().for_each(|week| over(week, &days));
        for other in always {
            let message = Message::plain("calendar-hours-undated");
            let finding = Diagnostic::error(Code::CalendarConflict, other.span, message);
            out.found.push(finding.also(first.span, Message::plain("first-here")));
        }
    }
    let dated = raw.iter().filter(|raw| !undated(raw));
    let mut versions: Vec<Version> = dated.filter_map(|raw| version(raw, out)).collect();
    versions.sort_by_key(|version| version.from);
    in_order(&mut versions, out);
    let (Some(coverage), true) = (coverage, out.found.len() == before) else { return };
    if weekly.is_empty() && !extends {
        gaps(&versions, coverage, out);
    }
    let ends = versions.iter().filter_map(|version| version.to.succ_opt());
    let turns: BTreeSet<NaiveDate> =
        weekly.keys().copied().chain(versions.iter().map(|version| version.from)).chain(ends).collect();
    let mut merged = BTreeMap::new();
    for turn in turns {
        let inherited = weekly.range(..=turn).next_back().map(|(_, week)| week.clone());
        let own = versions.iter().find(|version| version.from <= turn && turn <= version.to);
        // After the last version, where nothing lies beneath, that version goes on.
        if inherited.is_none() && own.is_none() {
            continue;
        }
        let mut week = inherited.unwrap_or_default();
        if let Some(own) = own {
            over(&mut week, &own.days);
        }
        merged.insert(turn, week);
    }
    *weekly = merged;
}

/// Puts what is said of some weekdays over a week.
fn over(week: &mut Week, days: &[Option<Vec<Window>>; 7]) {
    for (slot, stated) in week.iter_mut().zip(days) {
        if let Some(windows) = stated {
            slot.clone_from(windows);
        }
    }
}

fn version(raw: &RawHours, out: &mut Out) -> Option<Version> {
    let from = match &raw.from {
        Some(text) => read::date(text, out)?,
        None => NaiveDate::MIN,
    };
    let to = match &raw.to {
        Some(text) => read::date(text, out)?,
        None => NaiveDate::MAX,
    };
    if let (true, Some(text)) = (to < from, &raw.to) {
        out.error(Code::BadRange, text.span, Message::new("calendar-hours-reversed", [from, to]));
        return None;
    }
    let span = raw.from.as_ref().map_or(raw.span, |from| from.span);
    if raw.days.is_empty() {
        out.error(Code::MissingKey, raw.span, Message::plain("calendar-hours-empty"));
        return None;
    }
    Some(Version { from, to, days: stated(&raw.days, out), span })
}

/// Ends each version without an end where the next begins, and reports those that are in force together.
fn in_order(versions: &mut [Version], out: &mut Out) {
    let starts: Vec<(NaiveDate, Span)> =
        versions.iter().skip(1).map(|version| (version.from, version.span)).collect();
    for (version, (next, span)) in versions.iter_mut().zip(starts) {
        if version.to == NaiveDate::MAX && version.from < next {
            version.to = next.pred_opt().unwrap_or(next);
        } else if version.to >= next {
            let message = Message::new("calendar-hours-overlap", [next]);
            let finding = Diagnostic::error(Code::CalendarConflict, span, message);
            out.found.push(finding.also(version.span, Message::plain("first-here")));
        }
    }
}

/// Reports the covered days after the first version that lie in none; those before it are reported with the calendar.
fn gaps(versions: &[Version], (_, last): (NaiveDate, NaiveDate), out: &mut Out) {
    let nexts = versions.iter().skip(1).map(|version| version.from).chain(last.succ_opt());
    for (version, next) in versions.iter().zip(nexts) {
        let (Some(first), Some(until)) = (version.to.succ_opt(), next.pred_opt()) else { continue };
        if first <= until.min(last) {
            let message = Message::new("calendar-hours-gap", [first, until.min(last)]);
            out.error(Code::BadRange, version.span, message);
        }
    }
}

fn stated(hours: &[Named<Vec<Text>>], out: &mut Out) -> [Option<Vec<Window>>; 7] {
    let mut week: [Option<Vec<Window>>; 7] = Default::default();
    let mut seen: BTreeMap<usize, Span> = BTreeMap::new();
    for entry in hours {
        let Some(windows) = windows(&entry.value, out) else { continue };
        for part in entry.name.value.split([',', '、']) {
            let days = read::taken(weekdays(part), Code::BadWord, &entry.name, out);
            for day in days.unwrap_or_default() {
                let idx = day.num_days_from_monday() as usize;
                if let Some(first) = seen.insert(idx, entry.name.span) {
                    let message = Message::new("weekday-twice", [day.to_string()]);
                    let finding = Diagnostic::error(Code::CalendarConflict, entry.name.span, message);
                    out.found.push(finding.also(first, Message::plain("first-here")));
                }
                if let Some(slot) = week.get_mut(idx) {
                    *slot = Some(windows.clone());
                }
            }
        }
    }
    week
}
