//! `duties:`: what is owed each period, or after an event.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::expression::Wanted;
use super::header;
use super::meaning::{AtHand, Frame};
use super::read;
use super::world::{Out, World};
use crate::diag::{Code, Diagnostic};
use crate::lang::{Message, either};
use crate::model::{
    Amount, Arises, CalendarId, Counting, Duty, DutyDue, EventId, Every, Expression, KindId, Owner, RoleRef,
};
use crate::period::{PeriodKind, Recurrence};
use crate::scalar;
use crate::syntax::raw::{Named, RawDuty, Text};
use crate::value::{ClockKind, TimeUnit};

/// The words for periods that messages name; [`PeriodKind::parse`] takes the Chinese ones as well.
const PERIODS: &[&str] = &["month", "quarter", "half_year", "year"];

/// The words for a week.
const WEEK: &[&str] = &["week", "周", "每周", "每星期", "按周"];

/// A period by its word.
pub(super) fn period(text: &Text, out: &mut Out) -> Option<PeriodKind> {
    let found = PeriodKind::parse(&text.value);
    if found.is_none() {
        out.found.push(read::bad_word(text, PERIODS));
    }
    found
}

pub(super) fn compile(world: &World<'_>, out: &mut Out) -> Option<Vec<Duty>> {
    let raw = world.raw;
    let all: Vec<Option<Duty>> = raw.duties.iter().map(|entry| one(world, entry, out)).collect();
    all.into_iter().collect()
}

fn one(world: &World<'_>, entry: &Named<RawDuty>, out: &mut Out) -> Option<Duty> {
    let raw = &entry.value;
    let clause = world.cite_one(&raw.clause, &format!("duties.{}", entry.name.value), out);
    let Some(subject) = &raw.subject else {
        let message = Message::new("missing-key", ["duty", "subject"]);
        let finding = Diagnostic::error(Code::MissingKey, entry.name.span, message);
        out.found.push(finding.help(Message::plain("duty-without-subject")));
        return None;
    };
    let calendar = match &raw.calendar {
        Some(text) => world.calendar_named(text, out),
        None => Some(world.calendar),
    };
    let kind = world.subject(subject, out)?;
    let frame = Frame::of(kind);
    let only_if = world.guard(&raw.only_if, &frame, out);
    let from = moment(world, &raw.from, &frame, out);
    let until = moment(world, &raw.until, &frame, out);
    let owed_by = raw.owed_by.iter().filter_map(|text| owner(world, kind, text, out)).collect();
    let arises = arises(world, entry, kind, calendar, out);
    let due = arises.as_ref().and_then(|arises| due(world, entry, arises, kind, out));
    let grace = match &raw.grace {
        Some(text) => length(world, text, kind, entry, out).map(Some),
        None => Some(None),
    };
    conventions(world, raw, due.as_ref(), grace.as_ref(), out);
    let done_by = world.events_of(kind, &raw.done_by, Code::UnknownEvent, out);
    let done_if = done_if(world, raw, kind, &done_by, out);
    let triggers = arises.as_ref().map_or(&[][..], |arises| match arises {
        Arises::After(events) => events,
        Arises::Every(_) => &[],
    });
    let matched_by = matched_by(world, raw, triggers.iter().chain(&done_by), out);
    let mut happenings =
        |raw: &Option<_>| raw.as_ref().map(|raw| world.happenings(raw, &frame, out)).unwrap_or_default();
    let (late, done_late) = (happenings(&raw.late), happenings(&raw.done_late));
    Some(Duty {
        name: entry.name.value.as_str().into(),
        label: world.label(&raw.label),
        clause,
        kind,
        arises: arises?,
        calendar: calendar?,
        only_if: only_if?,
        from: from?,
        until: until?,
        owed_by,
        due: due?,
        grace: grace?,
        done_by,
        done_if: done_if?,
        matched_by: matched_by?,
        late,
        done_late,
        span: entry.name.span,
    })
}

/// The duty's own `days_roll:` and the like are words that are known, and there are days to count.
fn conventions(
    world: &World<'_>,
    raw: &RawDuty,
    due: Option<&DutyDue>,
    grace: Option<&Option<(Amount, Counting)>>,
    out: &mut Out,
) {
    header::conventions(&raw.durations, world.conventions, out);
    let (Some(due), Some(grace)) = (due, grace) else { return };
    let due = match due {
        DutyDue::After(amount, _) => Some(amount),
        _ => None,
    };
    let amounts = due.into_iter().chain(grace.as_ref().map(|(amount, _)| amount));
    world.conventions_apply(&raw.durations, amounts, out);
}

/// A date or an instant: `Err` where it is broken.
fn moment(
    world: &World<'_>,
    text: &Option<Text>,
    frame: &Frame<'_>,
    out: &mut Out,
) -> Option<Option<Expression>> {
    match text {
        Some(text) => world.moment(text, frame, out).map(Some),
        None => Some(None),
    }
}

fn owner(world: &World<'_>, kind: KindId, text: &Text, out: &mut Out) -> Option<Owner> {
    if text.value == "self" {
        // A plant may owe something as much as a person.
        return Some(Owner::Role(RoleRef::Itself));
    }
    if !text.value.contains('.') {
        return world.sender(kind, text, out).map(Owner::Role);
    }
    let field = world.person_field(kind, text, out)?;
    Some(Owner::Field(field))
}

/// What brings it about: `every:` or `after:`, and the keys that go with each.
fn arises(
    world: &World<'_>,
    entry: &Named<RawDuty>,
    kind: KindId,
    calendar: Option<CalendarId>,
    out: &mut Out,
) -> Option<Arises> {
    let raw = &entry.value;
    let found = match (&raw.every, raw.after.first()) {
        (Some(every), None) => {
            for (key, span) in [("within", raw.within.as_ref()), ("matched_by", raw.matched_by.as_ref())] {
                stray(key, "after", span, out);
            }
            Arises::Every(how_often(world, entry, every, calendar, out)?)
        }
        (None, Some(_)) => {
            stray("due", "every", raw.due.as_ref(), out);
            stray("counted_from", "every", raw.counted_from.as_ref(), out);
            Arises::After(world.events_of(kind, &raw.after, Code::UnknownEvent, out))
        }
        (every, _) => {
            let span = every.as_ref().map_or(entry.name.span, |every| every.span);
            let code = if every.is_some() { Code::WrongShape } else { Code::MissingKey };
            out.error(code, span, Message::plain("duty-every-or-after"));
            return None;
        }
    };
    Some(found)
}

fn stray(key: &str, with: &str, text: Option<&Text>, out: &mut Out) {
    if let Some(text) = text {
        out.error(Code::WrongShape, text.span, Message::new("duty-key-only-with", [key, with]));
    }
}

fn how_often(
    world: &World<'_>,
    entry: &Named<RawDuty>,
    text: &Text,
    calendar: Option<CalendarId>,
    out: &mut Out,
) -> Option<Every> {
    let raw = &entry.value;
    if WEEK.contains(&text.value.trim()) {
        stray("counted_from", "every: … working days", raw.counted_from.as_ref(), out);
        return Some(Every::Week);
    }
    if let Some(kind) = PeriodKind::parse(&text.value) {
        stray("counted_from", "every: … working days", raw.counted_from.as_ref(), out);
        return Some(Every::Period(kind));
    }
    let counted_from = raw.counted_from.as_ref().map(|from| read::date(from, out));
    if text.value.contains("FREQ") || text.value.starts_with("RRULE") {
        let from = counted_from.unwrap_or_else(|| effective(world))?;
        return rule(world, entry, text, from, out).map(Every::Rule);
    }
    let length = scalar::duration(&text.value).ok().filter(|length| {
        length.unit == TimeUnit::Days
            && length.clock == ClockKind::Working
            && (1..=366).contains(&length.amount)
    });
    let Some(days) = length.and_then(|length| u32::try_from(length.amount).ok()) else {
        let words: Vec<&str> = PERIODS.iter().copied().chain(["week"]).collect();
        let finding = Diagnostic::error(Code::BadWord, text.span, Message::new("duty-every", [&text.value]));
        out.found.push(match crate::diag::nearest(&text.value, words) {
            Some(near) => finding.help(Message::new("did-you-mean", [near])).fix(text.span, near),
            None => finding,
        });
        return None;
    };
    let Some(from) = counted_from else {
        out.error(
            Code::MissingKey,
            text.span,
            Message::new("duty-lacks", ["every: … working days", "counted_from"]),
        );
        return None;
    };
    let (from, calendar) = (from?, world.calendars.get(calendar?.idx())?);
    if calendar.is_working_day(from).is_err() {
        let span = raw.counted_from.as_ref().map_or(text.span, |from| from.span);
        let args = [calendar.name().to_string(), from.to_string()];
        out.error(Code::CoverageTooShort, span, Message::new("duty-from-uncovered", args));
        return None;
    }
    Some(Every::WorkingDays { days, from })
}

fn rule(
    world: &World<'_>,
    entry: &Named<RawDuty>,
    text: &Text,
    from: NaiveDate,
    out: &mut Out,
) -> Option<Recurrence> {
    let rule = match Recurrence::parse(&text.value, from) {
        Ok(rule) => rule,
        Err(message) => {
            let finding = Diagnostic::error(Code::BadRecurrence, text.span, message);
            out.found.push(finding.help(Message::plain("rule-help")));
            return None;
        }
    };
    let first = effective(world).map_or(from, |effective| effective.max(from));
    if rule.on_or_after(first).is_none() {
        let message = Message::new("duty-never-due", [entry.name.value.clone(), first.to_string()]);
        let finding = Diagnostic::error(Code::DutyNeverDue, text.span, message);
        out.found.push(finding.help(Message::plain("duty-never-due-help")));
        return None;
    }
    Some(rule)
}

/// The day on which the policy takes effect; a mistake in it is told where it stands.
fn effective(world: &World<'_>) -> Option<NaiveDate> {
    let text = world.raw.policy.as_ref()?.effective.as_ref()?;
    scalar::date(&text.value).ok()
}

/// A length of time that is not negative, with what it is counted by.
fn length(
    world: &World<'_>,
    text: &Text,
    kind: KindId,
    entry: &Named<RawDuty>,
    out: &mut Out,
) -> Option<(Amount, Counting)> {
    let raw = &entry.value;
    if text.value.trim_start().starts_with(['-', '−', '－', '负']) {
        out.error(Code::BadDuration, text.span, Message::new("duty-negative", [&text.value]));
        return None;
    }
    let called = (raw.label.as_ref().unwrap_or(&entry.name), raw.clause.as_ref());
    let amount = world.amount_of(text, Wanted::Duration, kind, called, out)?;
    let counting = world.counting(&raw.calendar, &raw.durations, &amount, &mut Out::default());
    // A calendar that is not known was told of once for the whole duty.
    Some((amount, counting?))
}

fn due(
    world: &World<'_>,
    entry: &Named<RawDuty>,
    arises: &Arises,
    kind: KindId,
    out: &mut Out,
) -> Option<DutyDue> {
    let raw = &entry.value;
    let every = match arises {
        Arises::Every(every) => every,
        Arises::After(_) => {
            let Some(within) = &raw.within else {
                let span = raw.after.first().map_or(raw.span, |after| after.span);
                out.error(Code::MissingKey, span, Message::new("duty-lacks", ["after", "within"]));
                return None;
            };
            let (amount, counting) = length(world, within, kind, entry, out)?;
            return Some(DutyDue::After(amount, counting));
        }
    };
    let Some(text) = &raw.due else {
        if matches!(every, Every::Rule(_)) {
            return Some(DutyDue::OnTheDay);
        }
        let span = raw.every.as_ref().map_or(raw.span, |every| every.span);
        out.error(Code::MissingKey, span, Message::new("duty-lacks", ["every", "due"]));
        return None;
    };
    let day = match scalar::day_of_period(&text.value) {
        Ok(day) => day,
        Err(problem) => {
            let plain = text.value.trim_start();
            if scalar::is_blank(plain)
                || plain.starts_with(['$', '-', '−', '－', '负'])
                || scalar::duration(&text.value).is_ok()
            {
                let (amount, counting) = length(world, text, kind, entry, out)?;
                return Some(DutyDue::After(amount, counting));
            }
            let finding = read::problem(Code::BadDuration, text.span, problem);
            out.found.push(finding.help(Message::plain("duty-due-help")));
            return None;
        }
    };
    let found = match (day.nth, day.working, day.after) {
        (Some(nth), true, true) => DutyDue::WorkingDayAfter(nth),
        (Some(nth), true, false) => DutyDue::WorkingDayOf(nth),
        (None, true, false) => DutyDue::LastWorkingDay,
        _ => {
            let finding =
                Diagnostic::error(Code::BadDuration, text.span, Message::new("duty-due", [&text.value]));
            out.found.push(finding.help(Message::plain("duty-due-help")));
            return None;
        }
    };
    in_period(&found, every, text, out).then_some(found)
}

/// A day of the period must be one that the period has.
fn in_period(due: &DutyDue, every: &Every, text: &Text, out: &mut Out) -> bool {
    let (zh, en, most) = match every {
        Every::Week => ("一周", "a week", 7),
        Every::Period(PeriodKind::Month) => ("一个月", "a month", 31),
        Every::Period(PeriodKind::Quarter) => ("一个季度", "a quarter", 92),
        Every::Period(PeriodKind::HalfYear) => ("半年", "half a year", 184),
        Every::Period(PeriodKind::Year) => ("一年", "a year", 366),
        Every::WorkingDays { days, .. } => ("这段时期", "the period", *days),
        Every::Rule(_) => {
            let within = matches!(due, DutyDue::WorkingDayOf(_) | DutyDue::LastWorkingDay);
            if within {
                let message = Message::new("duty-due-of-day", [&text.value]);
                out.error(Code::DueOutsidePeriod, text.span, message);
            }
            return !within;
        }
    };
    match due {
        DutyDue::WorkingDayOf(nth) if *nth > most => {
            let args = [either(zh, en), nth.to_string(), most.to_string()];
            let message = Message::new("duty-due-outside", args);
            let finding = Diagnostic::error(Code::DueOutsidePeriod, text.span, message);
            out.found.push(finding.help(Message::new("duty-due-outside-help", [nth])));
            false
        }
        _ => true,
    }
}

fn done_if(
    world: &World<'_>,
    raw: &RawDuty,
    kind: KindId,
    done_by: &[EventId],
    out: &mut Out,
) -> Option<Vec<(EventId, Expression)>> {
    let Some(text) = &raw.done_if else { return Some(Vec::new()) };
    let of_event = |event: &EventId| {
        let frame = Frame { kind: Some(kind), event: AtHand::One(*event), ..Frame::default() };
        world.condition(text, &frame, out).map(|condition| (*event, condition))
    };
    done_by.iter().map(of_event).collect()
}

fn matched_by<'e>(
    world: &World<'_>,
    raw: &RawDuty,
    events: impl Iterator<Item = &'e EventId>,
    out: &mut Out,
) -> Option<Vec<(EventId, usize)>> {
    let Some(text) = &raw.matched_by else { return Some(Vec::new()) };
    let events: BTreeSet<EventId> = events.copied().collect();
    let slot_of = |event: EventId| {
        let def = world.event(event)?;
        let slot = def.data.iter().position(|slot| *slot.name == *text.value);
        if slot.is_none() {
            let message = Message::new("duty-not-matched", [def.name.as_ref(), &text.value]);
            let finding = Diagnostic::error(Code::UnknownField, text.span, message);
            out.found.push(finding.also(def.span, Message::plain("declared-here")));
        }
        Some((event, slot?))
    };
    events.into_iter().map(slot_of).collect()
}
