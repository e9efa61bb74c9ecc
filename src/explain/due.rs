//! What is due, until when, and by which reckoning.

use chrono::{DateTime, Utc};

use super::words::Words;
use crate::engine::{Case, ClockChange, DueItem, Round, State};
use crate::model::{Amount, Clock, DutyDue, ParameterValues};
use crate::value::{ClockKind, Duration, Value};

/// One line: what, until when, how the time limit is counted, late or not, which clause.
pub(super) fn explain(words: &Words<'_>, item: &DueItem) -> String {
    let until = words.instant_with_day(item.due);
    let key = if item.late { "explain-due-late" } else { "explain-due" };
    let key = if item.paused { "explain-due-paused" } else { key };
    let mut line = words.say(key, [name(words, item), until]);
    if let Some(clock) = clock_of(words, item) {
        line.push_str(&words.say("explain-due-limit", [limit(words, clock, None)]));
    }
    if item.late_after > item.due && !item.late {
        line.push_str(&words.say("explain-due-grace", [words.instant_with_day(item.late_after)]));
    }
    if !item.owed_by.is_empty() {
        let owners: Vec<String> = item.owed_by.iter().map(|(role, to)| words.recipient(role, to)).collect();
        line.push_str(&words.say("explain-due-owed-by", [words.list(owners)]));
    }
    if provisional(words, item) {
        line.push_str(&words.plain("explain-due-provisional"));
    }
    line.push_str(&words.clauses(item.clause.iter()));
    line
}

/// Whether what is due falls on a day that its calendar does not cover and answered for by its week alone.
pub(crate) fn provisional(words: &Words<'_>, item: &DueItem) -> bool {
    let model = words.model;
    let (calendar, wall) = match clock_of(words, item) {
        Some(clock) => (clock.calendar, limit_on(words, clock, item.due).map(|limit| limit.clock)),
        None => {
            let duty = model.find_duty(&item.of).map(|duty| model.duty(duty));
            let wall = duty.and_then(|duty| match &duty.due {
                DutyDue::After(amount, _) => amount_on(words, amount, item.due).map(|limit| limit.clock),
                _ => None,
            });
            (duty.map_or(model.header.calendar, |duty| duty.calendar), wall)
        }
    };
    wall != Some(ClockKind::Wall) && model.calendar(calendar).provisional_from(item.due, item.due).is_some()
}

/// The time limit of a clock that starts at an instant; nothing where it hangs on more than the date.
fn limit_on(words: &Words<'_>, clock: &Clock, started: DateTime<Utc>) -> Option<Duration> {
    amount_on(words, &clock.within, started)
}

/// A length of time as it stands on a day; nothing where it hangs on more than the date.
fn amount_on(words: &Words<'_>, amount: &Amount, on: DateTime<Utc>) -> Option<Duration> {
    let parameter = match amount {
        Amount::Duration(duration) => return Some(*duration),
        Amount::Count(..) => return None,
        Amount::Parameter(id) => words.model.parameter(*id),
    };
    let ParameterValues::Dated(_) = parameter.values else { return None };
    match parameter.version_on(words.day_of(on))?.value {
        Value::Duration(duration) => Some(duration),
        _ => None,
    }
}

/// What is due: the case and its clock, or the duty or scorecard and its period.
pub(crate) fn name(words: &Words<'_>, item: &DueItem) -> String {
    if item.of.contains('/') {
        let case = format!("{}{}", words.case(&item.of), words.of_revision(item.revision.as_deref()));
        return words.say("explain-clock-of", [case, words.clock(&item.of, &item.what)]);
    }
    let name = words.name(item.label.as_ref(), &item.of);
    match words.model.find_scorecard(&item.of) {
        Some(_) => words.say("explain-due-result", [name, item.what.to_string()]),
        None => words.say("explain-due-period", [name, item.what.to_string()]),
    }
}

fn clock_of<'a>(words: &Words<'a>, item: &DueItem) -> Option<&'a Clock> {
    let (workflow, _) = item.of.split_once('/')?;
    let head = words.model.find_workflow(workflow)?;
    let graph = match &item.revision {
        Some(revision) => words.model.graph_of(head, revision)?,
        None => head,
    };
    let workflow = words.model.workflow(graph);
    Some(workflow.clock(workflow.find_clock(&item.what)?))
}

/// How the due instant of an item was counted, day by day, where its round is still open.
pub(crate) fn counted(words: &Words<'_>, state: &State, item: &DueItem) -> Option<String> {
    let clock = clock_of(words, item)?;
    let name = |case: &&Case| words.model.workflow(case.workflow).case_names.get(case.number) == item.of;
    let case = state.cases.iter().find(name)?;
    let round = case.rounds.iter().find(|round| {
        round.due == item.due && words.model.workflow(case.workflow).clock(round.clock).name == clock.name
    })?;
    reckoning(words, clock, &Reckoned::of(round))
}

/// What a due instant was computed from.
pub(super) struct Reckoned<'a> {
    from: DateTime<Utc>,
    given: Duration,
    pauses: &'a [(DateTime<Utc>, Option<DateTime<Utc>>)],
    due: DateTime<Utc>,
}

impl<'a> Reckoned<'a> {
    fn of(round: &'a Round) -> Reckoned<'a> {
        Reckoned { from: round.counted_from, given: round.given, pauses: &round.pauses, due: round.due }
    }

    /// As a change of the clock tells it.
    pub(super) fn told(change: &'a ClockChange) -> Reckoned<'a> {
        Reckoned { from: change.counted_from, given: change.given, pauses: &change.pauses, due: change.due }
    }
}

/// How a due instant was counted from its start: the windows and days that counted, and those that did not.
///
/// Where it stood still, or another limit may not be due before it came into force, that is told after it.
/// `None` where the calendar does not cover it.
pub(super) fn reckoning(words: &Words<'_>, clock: &Clock, of: &Reckoned<'_>) -> Option<String> {
    let calendar = words.model.calendar(clock.calendar);
    let told = calendar.explain(of.from, of.given, &words.model.header.conventions).ok()?;
    let mut text = told.render(words.lang);
    let mut stood_still = false;
    for (from, to) in of.pauses.iter().filter(|(_, to)| to.is_none_or(|to| to > of.from)) {
        stood_still = true;
        let from = words.instant_with_day((*from).max(of.from));
        text.push_str(&match to {
            Some(to) => words.say("explain-due-stood-still", [from, words.instant_with_day(*to)]),
            None => words.say("explain-due-stands-still", [from]),
        });
    }
    if told.due != of.due {
        let key = if stood_still { "explain-due-so" } else { "explain-due-not-before" };
        text.push_str(&words.say(key, [words.instant_with_day(of.due)]));
    }
    Some(text)
}

/// A clock's time limit with its parameter and calendar: `补考时限 3 个工作日($resit_within、日历 cn-office)`.
///
/// `given` is what it gave a round.
pub(super) fn limit(words: &Words<'_>, clock: &Clock, given: Option<Duration>) -> String {
    let calendar = words.model.calendar(clock.calendar).name().to_string();
    let (amount, parameter) = match &clock.within {
        Amount::Duration(duration) => (words.duration(*duration), None),
        Amount::Count(number, unit) => (words.amount(*number, *unit), None),
        Amount::Parameter(id) => {
            let parameter = words.model.parameter(*id);
            let name = words.name(parameter.label.as_ref(), &parameter.name);
            let amount = match given {
                Some(given) => format!("{name} {}", words.duration(given)),
                None => name,
            };
            (amount, Some(format!("${}", parameter.name)))
        }
    };
    let calendar = words.say("explain-calendar", [calendar]);
    words.in_brackets(&amount, &words.list(parameter.into_iter().chain([calendar])))
}
