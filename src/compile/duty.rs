//! `duties:`: what is owed each period.

use super::meaning::Frame;
use super::read;
use super::world::{Out, World};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Duty, DutyDue};
use crate::period::PeriodKind;
use crate::scalar;
use crate::syntax::raw::{Named, RawDuty, Text};

/// The words for periods.
pub(super) const PERIODS: &[(&str, PeriodKind)] = &[
    ("month", PeriodKind::Month),
    ("quarter", PeriodKind::Quarter),
    ("half_year", PeriodKind::HalfYear),
    ("year", PeriodKind::Year),
];

pub(super) fn compile(world: &World<'_>, out: &mut Out) -> Option<Vec<Duty>> {
    let raw = world.raw;
    let all: Vec<Option<Duty>> = raw.duties.iter().map(|entry| one(world, entry, out)).collect();
    all.into_iter().collect()
}

fn one(world: &World<'_>, entry: &Named<RawDuty>, out: &mut Out) -> Option<Duty> {
    let raw = &entry.value;
    let clause = world.cite_one(&raw.clause, &format!("duties.{}", entry.name.value), out);
    let every = raw.every.as_ref().and_then(|text| read::word(text, PERIODS, out));
    let due = raw.due.as_ref().and_then(|text| due(text, out));
    let Some(subject) = &raw.subject else {
        let message = Message::new("missing-key", ["duty", "subject"]);
        let finding = Diagnostic::error(Code::MissingKey, entry.name.span, message);
        out.found.push(finding.help(Message::plain("duty-without-subject")));
        return None;
    };
    let kind = world.subject(subject, out)?;
    let frame = Frame::of(kind);
    let only_if = world.guard(&raw.only_if, &frame, out);
    let owed_by = world.senders(kind, &raw.owed_by, out);
    let done_by = world.events_of(kind, &raw.done_by, Code::UnknownEvent, out);
    let late = raw.late.as_ref().map(|late| world.happenings(late, &frame, out)).unwrap_or_default();
    Some(Duty {
        name: entry.name.value.as_str().into(),
        label: world.label(&raw.label),
        clause,
        kind,
        only_if: only_if?,
        owed_by,
        every: every?,
        due: due?,
        done_by,
        late,
        span: entry.name.span,
    })
}

/// A day of or after the period, or a duration after its end.
fn due(text: &Text, out: &mut Out) -> Option<DutyDue> {
    let day = match scalar::day_of_period(&text.value) {
        Ok(day) => day,
        Err(problem) => {
            return match scalar::duration(&text.value) {
                Ok(duration) => Some(DutyDue::After(duration)),
                Err(_) => {
                    let finding = read::problem(Code::BadDuration, text.span, problem);
                    out.found.push(finding.help(Message::plain("duty-due-help")));
                    None
                }
            };
        }
    };
    match (day.nth, day.working, day.after) {
        (Some(nth), true, true) => Some(DutyDue::WorkingDayAfter(nth)),
        (Some(nth), true, false) => Some(DutyDue::WorkingDayOf(nth)),
        (None, true, false) => Some(DutyDue::LastWorkingDay),
        _ => {
            let finding =
                Diagnostic::error(Code::BadDuration, text.span, Message::new("duty-due", [&text.value]));
            out.found.push(finding.help(Message::plain("duty-due-help")));
            None
        }
    }
}
