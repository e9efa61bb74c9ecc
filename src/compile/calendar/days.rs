//! What a calendar says of single dates: `holidays:`, `holidays_from:`, `make_up_days:`, `days:`.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{Files, windows};
use crate::calendar::{CalendarDef, MakeUp, Window, read_ics};
use crate::compile::read;
use crate::compile::world::Out;
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::scalar;
use crate::source::{Span, beside};
use crate::syntax::raw::{Named, RawCalendar, RawMakeUp, Text};

/// The most days that one range may name; laying out a slip of the year would cost.
const RANGE_DAYS_MAX: i64 = 4_000;

/// A first and a last date, both included.
type Range = (NaiveDate, NaiveDate);

/// The dates that one calendar states itself.
#[derive(Default)]
pub(super) struct Stated {
    holidays: BTreeMap<NaiveDate, Arc<str>>,
    make_up: BTreeMap<NaiveDate, MakeUp>,
    exceptions: BTreeMap<NaiveDate, Vec<Window>>,
}

impl Stated {
    /// Reads them, from the policy's files and from the calendar files that it names.
    pub(super) fn read(
        raw: &RawCalendar,
        coverage: Option<Range>,
        files: Files<'_>,
        out: &mut Out,
    ) -> Stated {
        let mut stated = Stated::default();
        if let Some(coverage) = coverage {
            for text in &raw.holidays_from {
                stated.file(text, coverage, files, out);
            }
        }
        stated.holidays.extend(days_named(&raw.holidays, coverage, out));
        stated.make_up.extend(made_up(&raw.make_up_days, coverage, out));
        stated.exceptions = exceptions_of(&raw.days, coverage, out);
        stated
    }

    /// Puts them over what is inherited: for a date, the calendar's own word stands against that of its base.
    pub(super) fn put(self, def: &mut CalendarDef) {
        for date in self.holidays.keys() {
            def.make_up.remove(date);
            def.exceptions.remove(date);
        }
        for date in self.make_up.keys() {
            def.holidays.remove(date);
            def.exceptions.remove(date);
        }
        for date in self.exceptions.keys().filter(|date| !self.make_up.contains_key(date)) {
            // It is still worked for the same holiday, in other windows than the base gives it.
            if let Some(make_up) = def.make_up.get_mut(date) {
                make_up.windows = None;
            }
        }
        def.holidays.extend(self.holidays);
        def.make_up.extend(self.make_up);
        def.exceptions.extend(self.exceptions);
    }

    /// The days of an iCalendar file that lie in the coverage.
    fn file(&mut self, text: &Text, (first, last): Range, files: Files<'_>, out: &mut Out) {
        let from = files.sources.get(text.span.file).map_or("", |file| &*file.path);
        let path = beside(from, &text.value);
        let found = files.sources.iter().find(|(_, file)| Some(&*file.path) == path.as_deref());
        // A file that is not there, or is no text, has been told of where it was read.
        let Some((file, source)) = found.filter(|(file, _)| !files.unreadable.contains(file)) else { return };
        let days = match read_ics(&source.text, last) {
            Ok(days) => days,
            Err(problems) => {
                for problem in problems {
                    let span = Span::new(file, problem.at.start, problem.at.end);
                    let finding = Diagnostic::error(Code::BadIcs, span, problem.message);
                    out.found.push(finding.also(text.span, Message::plain("named-here")));
                }
                return;
            }
        };
        for found in days {
            let name: Arc<str> = found.name.into();
            let (from, to) = (found.first.max(first), found.last.min(last));
            for day in from.iter_days().take_while(|day| *day <= to) {
                if found.make_up {
                    self.make_up.insert(day, MakeUp { name: Arc::clone(&name), windows: None });
                } else {
                    self.holidays.insert(day, Arc::clone(&name));
                }
            }
        }
    }
}

/// Name → dates, turned round.
fn days_named(
    section: &[Named<Vec<Text>>],
    coverage: Option<Range>,
    out: &mut Out,
) -> BTreeMap<NaiveDate, Arc<str>> {
    let mut days = BTreeMap::new();
    for entry in section {
        let name: Arc<str> = entry.name.value.as_str().into();
        for text in &entry.value {
            let Some((first, last)) = range(text, coverage, out) else { continue };
            days.extend(first.iter_days().take_while(|day| *day <= last).map(|day| (day, Arc::clone(&name))));
        }
    }
    days
}

/// Days worked, by date; one that has windows of its own is stated once.
fn made_up(
    section: &[Named<Vec<RawMakeUp>>],
    coverage: Option<Range>,
    out: &mut Out,
) -> BTreeMap<NaiveDate, MakeUp> {
    let mut days: BTreeMap<NaiveDate, MakeUp> = BTreeMap::new();
    for (entry, stated) in section.iter().flat_map(|entry| entry.value.iter().map(move |one| (entry, one))) {
        let range = range(&stated.days, coverage, out);
        let windows = match &stated.windows {
            Some(texts) => windows(texts, out).map(Some),
            None => Some(None),
        };
        let (Some((first, last)), Some(windows)) = (range, windows) else { continue };
        let make_up = MakeUp { name: entry.name.value.as_str().into(), windows };
        for day in first.iter_days().take_while(|day| *day <= last) {
            let before = days.insert(day, make_up.clone());
            if before.is_some_and(|before| before.windows != make_up.windows) {
                let message = Message::new("make-up-twice", [day.to_string()]);
                out.error(Code::CalendarConflict, stated.days.span, message);
            }
        }
    }
    days
}

fn exceptions_of(
    days: &[Named<Vec<Text>>],
    coverage: Option<Range>,
    out: &mut Out,
) -> BTreeMap<NaiveDate, Vec<Window>> {
    let mut exceptions = BTreeMap::new();
    for entry in days {
        let range = range(&entry.name, coverage, out);
        let windows = windows(&entry.value, out);
        let (Some((first, last)), Some(windows)) = (range, windows) else { continue };
        for day in first.iter_days().take_while(|day| *day <= last) {
            if exceptions.insert(day, windows.clone()).is_some() {
                let message = Message::new("day-twice", [day.to_string()]);
                out.error(Code::CalendarConflict, entry.name.span, message);
            }
        }
    }
    exceptions
}

/// A range of dates that is not too long to be one; one that the calendar does not cover at all is most likely a slip.
fn range(text: &Text, coverage: Option<Range>, out: &mut Out) -> Option<Range> {
    let (first, last) = read::taken(scalar::date_range(&text.value), Code::BadDate, text, out)?;
    if (last - first).num_days() >= RANGE_DAYS_MAX {
        let args = [text.value.clone(), RANGE_DAYS_MAX.to_string()];
        out.error(Code::BadRange, text.span, Message::new("calendar-range-long", args));
        return None;
    }
    if let Some((from, to)) = coverage.filter(|(from, to)| from <= to && (last < *from || *to < first)) {
        let args = [text.value.clone(), from.to_string(), to.to_string()];
        let message = Message::new("calendar-day-not-covered", args);
        out.found.push(Diagnostic::warning(Code::CoverageTooShort, text.span, message));
    }
    Some((first, last))
}
