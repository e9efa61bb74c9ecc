//! `calendars:`: those of the policy and those that come with the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::header::zone_named;
use super::read;
use super::world::{Out, World, id};
use crate::calendar::{Calendar, CalendarDef, CalendarProblem, Window, day_windows, weekdays};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::CalendarId;
use crate::scalar;
use crate::source::Span;
use crate::syntax::raw::{Named, RawCalendar, RawPolicy, Text};

/// The calendar that holds where the policy names none.
const DEFAULT: &str = "cn-office";

/// How many calendars may build on one another.
const EXTENDS_MAX: usize = 16;

/// Calendars while they are built: by name, in the order they are finished.
struct Builder<'a> {
    entries: BTreeMap<&'a str, &'a Named<RawCalendar>>,
    done: BTreeMap<&'a str, Option<CalendarDef>>,
    path: Vec<&'a str>,
    zone: Tz,
}

pub(super) fn declare(world: &mut World<'_>, shipped: &RawPolicy, out: &mut Out) {
    let raw = world.raw;
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
    let mut builder = Builder { entries, done: BTreeMap::new(), path: Vec::new(), zone: world.zone };
    for entry in shipped.calendars.iter().chain(&raw.calendars) {
        if let Some(def) = builder.build(&entry.name.value, out) {
            finish(world, entry, def, out);
        }
    }
    default(world, out);
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

fn finish(world: &mut World<'_>, entry: &Named<RawCalendar>, def: CalendarDef, out: &mut Out) {
    let name: Arc<str> = entry.name.value.as_str().into();
    if world.calendar_names.contains_key(&name) {
        return;
    }
    match Calendar::new(def.clone()) {
        Ok(calendar) => {
            let calendar_id = CalendarId(id(world.calendars.len()));
            world.calendar_names.insert(name, calendar_id);
            world.calendars.push(calendar);
        }
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
    let (code, span) = match problem {
        CalendarProblem::NeverOpen => (Code::CalendarEmpty, whole),
        CalendarProblem::HolidayAndMakeUp { date, .. } => {
            (Code::CalendarConflict, dated(&raw.make_up_days, date).unwrap_or(whole))
        }
        CalendarProblem::DateOverlap { date, .. } => {
            (Code::CalendarConflict, dated(&raw.days, date).unwrap_or(whole))
        }
        CalendarProblem::WeekdayOverlap { .. } => {
            (Code::CalendarConflict, raw.hours.first().map_or(whole, |hours| hours.name.span))
        }
        _ => (Code::BadRange, raw.coverage.as_ref().map_or(whole, |coverage| coverage.span)),
    };
    Diagnostic::error(code, span, problem.message())
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
        let zone = match (&raw.timezone, &base) {
            (Some(text), _) => zone_named(text, out),
            (None, Some(base)) => Some(base.zone),
            (None, None) => Some(self.zone),
        };
        let inherited = base.as_ref();
        let weekly = if raw.hours.is_empty() {
            inherited.map(|base| base.weekly.clone()).unwrap_or_default()
        } else {
            weekly(&raw.hours, out)
        };
        let holidays = if raw.holidays.is_empty() {
            inherited.map(|base| base.holidays.clone()).unwrap_or_default()
        } else {
            days_named(&raw.holidays, out)
        };
        let make_up = if raw.make_up_days.is_empty() {
            inherited.map(|base| base.make_up.clone()).unwrap_or_default()
        } else {
            days_named(&raw.make_up_days, out)
        };
        let mut exceptions = inherited.map(|base| base.exceptions.clone()).unwrap_or_default();
        exceptions.extend(exceptions_of(&raw.days, out));
        let coverage = match (&raw.coverage, inherited) {
            (Some(text), _) => read::taken(scalar::date_range(&text.value), Code::BadRange, text, out),
            (None, Some(base)) => Some(base.coverage),
            (None, None) => {
                let message = Message::new("calendar-no-coverage", [&entry.name.value]);
                let finding = Diagnostic::error(Code::MissingKey, entry.name.span, message);
                out.found.push(finding.help(Message::plain("calendar-no-coverage-help")));
                None
            }
        };
        let (zone, coverage) = (zone?, coverage?);
        let name = entry.name.value.as_str().into();
        let def = CalendarDef { name, zone, weekly, holidays, make_up, exceptions, coverage };
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

fn weekly(hours: &[Named<Vec<Text>>], out: &mut Out) -> [Vec<Window>; 7] {
    let mut weekly: [Vec<Window>; 7] = Default::default();
    let mut stated: BTreeMap<usize, Span> = BTreeMap::new();
    for entry in hours {
        let Some(windows) = windows(&entry.value, out) else { continue };
        for part in entry.name.value.split([',', '、']) {
            let days = read::taken(weekdays(part), Code::BadWord, &entry.name, out);
            for day in days.unwrap_or_default() {
                let idx = day.num_days_from_monday() as usize;
                if let Some(first) = stated.insert(idx, entry.name.span) {
                    let message = Message::new("weekday-twice", [day.to_string()]);
                    let finding = Diagnostic::error(Code::CalendarConflict, entry.name.span, message);
                    out.found.push(finding.also(first, Message::plain("first-here")));
                }
                if let Some(slot) = weekly.get_mut(idx) {
                    slot.clone_from(&windows);
                }
            }
        }
    }
    weekly
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

/// Name → dates, turned round.
fn days_named(section: &[Named<Vec<Text>>], out: &mut Out) -> BTreeMap<NaiveDate, Arc<str>> {
    let mut days = BTreeMap::new();
    for entry in section {
        let name: Arc<str> = entry.name.value.as_str().into();
        for text in &entry.value {
            let range = read::taken(scalar::date_range(&text.value), Code::BadDate, text, out);
            let Some((first, last)) = range else { continue };
            // A range of holidays is short; a longer one is a slip, and laying it out would cost.
            for day in first.iter_days().take_while(|day| *day <= last).take(4_000) {
                days.insert(day, name.clone());
            }
        }
    }
    days
}

fn exceptions_of(days: &[Named<Vec<Text>>], out: &mut Out) -> BTreeMap<NaiveDate, Vec<Window>> {
    let mut exceptions = BTreeMap::new();
    for entry in days {
        let range = read::taken(scalar::date_range(&entry.name.value), Code::BadDate, &entry.name, out);
        let windows = windows(&entry.value, out);
        let (Some((first, last)), Some(windows)) = (range, windows) else { continue };
        for day in first.iter_days().take_while(|day| *day <= last).take(4_000) {
            if exceptions.insert(day, windows.clone()).is_some() {
                let message = Message::new("day-twice", [day.to_string()]);
                out.error(Code::CalendarConflict, entry.name.span, message);
            }
        }
    }
    exceptions
}
