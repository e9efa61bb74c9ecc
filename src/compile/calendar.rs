//! `calendars:`: those of the policy and those that come with the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::header::zone_named;
use super::read;
use super::world::{Out, World, id};
use crate::calendar::{Beyond, Calendar, CalendarDef, CalendarProblem, Window, day_windows};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::CalendarId;
use crate::scalar;
use crate::source::{FileId, Sources, Span};
use crate::syntax::raw::{Named, RawCalendar, RawPolicy, Text};

mod days;
mod hours;

/// The calendar that holds where the policy names none.
const DEFAULT: &str = "cn-office";

/// How many calendars may build on one another.
const EXTENDS_MAX: usize = 16;

/// Calendars while they are built: by name, in the order they are finished.
struct Builder<'a> {
    entries: BTreeMap<&'a str, &'a Named<RawCalendar>>,
    done: BTreeMap<&'a str, Option<CalendarDef>>,
    path: Vec<&'a str>,
    /// The policy's zone, where there is a policy.
    zone: Option<Tz>,
    files: Files<'a>,
}

/// The sources, and which of them could not be read as text and have been told of.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    pub sources: &'a Sources,
    pub unreadable: &'a [FileId],
}

pub(super) fn declare(world: &mut World<'_>, shipped: &RawPolicy, unreadable: &[FileId], out: &mut Out) {
    let files = Files { sources: world.sources, unreadable };
    for calendar in build(world.raw, shipped, Some(world.zone), files, out) {
        let calendar_id = CalendarId(id(world.calendars.len()));
        world.calendar_names.insert(Arc::clone(calendar.name()), calendar_id);
        world.calendars.push(calendar);
    }
    default(world, out);
}

/// Calendars on their own, without a policy: those stated and those that ship, by name.
pub fn calendars(
    raw: &RawPolicy,
    shipped: &RawPolicy,
    sources: &Sources,
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<Arc<str>, Calendar> {
    let unreadable = unreadable(found);
    let mut out = Out::default();
    let built = build(raw, shipped, None, Files { sources, unreadable: &unreadable }, &mut out);
    found.append(&mut out.found);
    built.into_iter().map(|calendar| (Arc::clone(calendar.name()), calendar)).collect()
}

/// The files that have been told to be unreadable.
pub(super) fn unreadable(found: &[Diagnostic]) -> Vec<FileId> {
    found.iter().filter_map(|finding| Some(finding.marks.first()?.span.file)).collect()
}

/// Every calendar that can be built, in the order of the files, those that ship first.
fn build<'a>(
    raw: &'a RawPolicy,
    shipped: &'a RawPolicy,
    zone: Option<Tz>,
    files: Files<'a>,
    out: &mut Out,
) -> Vec<Calendar> {
    let mut entries: BTreeMap<&str, &Named<RawCalendar>> = BTreeMap::new();
    for entry in &shipped.calendars {
        entries.insert(&entry.name.value, entry);
    }
    for entry in &raw.calendars {
        if let Some(first) = shipped.calendars.iter().find(|known| known.name.value == entry.name.value) {
            let message = Message::new("calendar-shipped", [&entry.name.value]);
            let finding = Diagnostic::error(Code::DuplicateName, entry.name.span, message);
            out.found.push(finding.also(first.name.span, Message::plain("first-here")));
        } else {
            entries.insert(&entry.name.value, entry);
        }
    }
    let mut builder = Builder { entries, done: BTreeMap::new(), path: Vec::new(), zone, files };
    let mut built: Vec<Calendar> = Vec::new();
    for entry in shipped.calendars.iter().chain(&raw.calendars) {
        if built.iter().any(|known| **known.name() == *entry.name.value) {
            continue;
        }
        if let Some(def) = builder.build(&entry.name.value, out) {
            built.extend(finish(entry, def, out));
        }
    }
    built
}

fn default(world: &mut World<'_>, out: &mut Out) {
    let head = world.raw.policy.as_ref();
    let named = head.and_then(|head| head.calendar.as_ref());
    let chosen = match named {
        Some(text) => world.calendar_named(text, out),
        None => world.calendar_names.get(DEFAULT).copied(),
    };
    world.calendar = chosen.unwrap_or(CalendarId(0));
}

fn finish(entry: &Named<RawCalendar>, def: CalendarDef, out: &mut Out) -> Option<Calendar> {
    match Calendar::new(def.clone()) {
        Ok(calendar) => Some(calendar),
        Err(first) => {
            let all = def.problems();
            let problems = if all.is_empty() { vec![first] } else { all };
            let mut told: Vec<(Window, Window)> = Vec::new();
            for problem in &problems {
                if let CalendarProblem::WeekdayOverlap { first, second, .. } = problem {
                    // One line of hours often states several weekdays; its overlap is told once.
                    if told.contains(&(*first, *second)) {
                        continue;
                    }
                    told.push((*first, *second));
                }
                out.found.push(finding(entry, problem));
            }
            None
        }
    }
}

/// The finding for what is wrong with a calendar, at the section it is about.
fn finding(entry: &Named<RawCalendar>, problem: &CalendarProblem) -> Diagnostic {
    let raw = &entry.value;
    let whole = entry.name.span;
    let dated = |section: &[Named<Vec<Text>>], date: &NaiveDate| -> Option<Span> {
        let texts = section.iter().flat_map(|named| std::iter::once(&named.name).chain(&named.value));
        texts.into_iter().find(|text| covers(&text.value, *date)).map(|text| text.span)
    };
    let make_up = |date: &NaiveDate| -> Option<Span> {
        let mut stated = raw.make_up_days.iter().flat_map(|named| &named.value);
        stated.find(|stated| covers(&stated.days.value, *date)).map(|stated| stated.days.span)
    };
    let (code, span) = match problem {
        CalendarProblem::NeverOpen => (Code::CalendarEmpty, whole),
        CalendarProblem::HolidayAndMakeUp { date, .. }
        | CalendarProblem::MakeUpClosed { date, .. }
        | CalendarProblem::MakeUpAndException { date, .. } => {
            (Code::CalendarConflict, make_up(date).unwrap_or(whole))
        }
        CalendarProblem::DateOverlap { date, .. } => {
            // The windows of one day reach into the next; either may be the one that is stated here.
            let next = date.succ_opt().unwrap_or(*date);
            let version = || {
                let mut starts = raw.hours.iter().filter_map(|hours| hours.from.as_ref());
                starts.find(|from| covers(&from.value, next)).map(|from| from.span)
            };
            let stated = |date: &NaiveDate| dated(&raw.days, date).or_else(|| make_up(date));
            let span = stated(date).or_else(|| stated(&next)).or_else(version);
            (Code::CalendarConflict, span.unwrap_or(whole))
        }
        CalendarProblem::WeekdayOverlap { .. } => {
            let first = raw.hours.iter().flat_map(|hours| &hours.days).next();
            (Code::CalendarConflict, first.map_or(whole, |day| day.name.span))
        }
        CalendarProblem::HoursLate { .. } => {
            let from = raw.hours.iter().find_map(|hours| hours.from.as_ref());
            (Code::BadRange, from.map_or(whole, |from| from.span))
        }
        _ => (Code::BadRange, raw.coverage.as_ref().map_or(whole, |coverage| coverage.span)),
    };
    let finding = Diagnostic::error(code, span, problem.message());
    match problem {
        CalendarProblem::MakeUpClosed { .. } => finding.help(Message::plain("calendar-make-up-closed-help")),
        CalendarProblem::MakeUpAndException { date, .. } => match dated(&raw.days, date) {
            Some(other) => finding.also(other, Message::plain("calendar-other-windows")),
            None => finding,
        },
        _ => finding,
    }
}

fn covers(text: &str, date: NaiveDate) -> bool {
    scalar::date_range(text).is_ok_and(|(first, last)| first <= date && date <= last)
}

impl<'a> Builder<'a> {
    /// The calendar of a name, with everything it extends.
    fn build(&mut self, name: &'a str, out: &mut Out) -> Option<CalendarDef> {
        if let Some(done) = self.done.get(name) {
            return done.clone();
        }
        let entry = *self.entries.get(name)?;
        if self.path.len() >= EXTENDS_MAX {
            let message = Message::new("extends-too-deep", [EXTENDS_MAX]);
            out.error(Code::TooDeep, entry.name.span, message);
            return None;
        }
        self.path.push(name);
        let def = self.define(entry, out);
        self.path.pop();
        self.done.insert(name, def.clone());
        def
    }

    fn define(&mut self, entry: &'a Named<RawCalendar>, out: &mut Out) -> Option<CalendarDef> {
        let raw = &entry.value;
        let base = match &raw.extends {
            Some(text) => Some(self.base(entry, text, out)?),
            None => None,
        };
        let before = out.found.len();
        let zone = match (&raw.timezone, &base, self.zone) {
            (Some(text), _, _) => zone_named(text, out),
            (None, Some(base), _) => Some(base.zone),
            (None, None, Some(zone)) => Some(zone),
            (None, None, None) => {
                let message = Message::new("calendar-no-zone", [&entry.name.value]);
                out.error(Code::MissingKey, entry.name.span, message);
                None
            }
        };
        let coverage = match (&raw.coverage, &base) {
            (Some(text), _) => read::taken(scalar::date_range(&text.value), Code::BadRange, text, out),
            (None, Some(base)) => Some(base.coverage),
            (None, None) => {
                let message = Message::new("calendar-no-coverage", [&entry.name.value]);
                let finding = Diagnostic::error(Code::MissingKey, entry.name.span, message);
                out.found.push(finding.help(Message::plain("calendar-no-coverage-help")));
                None
            }
        };
        let words = [("error", Beyond::Refused), ("provisional", Beyond::Provisional)];
        let inherited = base.as_ref().map(|base| base.beyond).unwrap_or_default();
        let beyond = read::word_or(&raw.beyond_coverage, &words, inherited, out);
        let name: Arc<str> = entry.name.value.as_str().into();
        let mut def = CalendarDef { name, beyond, ..base.unwrap_or_else(|| empty(coverage)) };
        hours::put(&raw.hours, raw.extends.is_some(), coverage, &mut def.weekly, out);
        let own = days::Stated::read(raw, coverage, self.files, out);
        own.put(&mut def);
        def.zone = zone?;
        def.coverage = coverage?;
        (out.found.len() == before).then_some(def)
    }

    fn base(&mut self, entry: &'a Named<RawCalendar>, text: &'a Text, out: &mut Out) -> Option<CalendarDef> {
        if let Some(at) = self.path.iter().position(|name| *name == text.value) {
            let mut circle: Vec<&str> = self.path.iter().skip(at).copied().collect();
            circle.push(&text.value);
            let message = Message::new("circular-extends", [circle.join(" → ")]);
            out.error(Code::CircularExtends, text.span, message);
            return None;
        }
        if !self.entries.contains_key(text.value.as_str()) {
            let known = self.entries.keys().copied().filter(|name| *name != entry.name.value);
            let message = Message::new("unknown-calendar", [&text.value]);
            let finding = Diagnostic::error(Code::UnknownCalendar, text.span, message);
            out.found.push(match crate::diag::nearest(&text.value, known) {
                Some(near) => finding.help(Message::new("did-you-mean", [near])).fix(text.span, near),
                None => finding,
            });
            return None;
        }
        self.build(&text.value, out)
    }
}

/// A calendar that says nothing yet.
fn empty(coverage: Option<(NaiveDate, NaiveDate)>) -> CalendarDef {
    CalendarDef::new("", Tz::UTC, coverage.unwrap_or_default())
}

fn windows(texts: &[Text], out: &mut Out) -> Option<Vec<Window>> {
    let plain: Vec<&str> = texts.iter().map(|text| text.value.as_str()).collect();
    match day_windows(&plain) {
        Ok(windows) => Some(windows),
        Err((idx, problem)) => {
            let span = texts.get(idx).map_or(Span::default(), |text| text.span);
            out.found.push(read::problem(Code::BadRange, span, problem));
            None
        }
    }
}
