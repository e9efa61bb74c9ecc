//! What is due, until when, and by which reckoning.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::words::Words;
use crate::engine::reckon::{self, Counted};
use crate::engine::{ClockChange, DueItem, DutyOpen, Effect, Round, ScoreResult, State};
use crate::model::{Amount, Arises, CalendarId, Clock, Duty, DutyDue, Every, ParameterValues, Scorecard};
use crate::value::{ClockKind, Duration, Value};

/// One line: what, until when, how the time limit is counted, late or not, which clause.
pub(super) fn explain(words: &Words<'_>, item: &DueItem) -> String {
    line(words, item, &name(words, item))
}

/// As [`explain`], under another name.
pub(crate) fn line(words: &Words<'_>, item: &DueItem, name: &str) -> String {
    let until = words.instant_with_day(item.due);
    let key = if item.late { "explain-due-late" } else { "explain-due" };
    let key = if item.paused { "explain-due-paused" } else { key };
    let mut line = words.say(key, [name.to_owned(), until]);
    if let Some(clock) = clock_of(words, item) {
        line.push_str(&words.say("explain-due-limit", [limit(words, clock, None)]));
    }
    if let Some(DutyDue::After(amount @ Amount::Parameter(_), by)) =
        words.model.find_duty(&item.of).map(|duty| &words.model.duty(duty).due)
    {
        let limit = amount_words(words, amount, by.calendar, None);
        line.push_str(&words.say("explain-due-limit", [limit]));
    }
    if item.late_after > item.due && !item.late {
        line.push_str(&words.say("explain-due-grace", [words.instant_with_day(item.late_after)]));
    }
    if !item.owed_by.is_empty() {
        let duty = words.model.find_duty(&item.of).is_some();
        let key = match (duty, item.paused) {
            (true, _) => "explain-due-owed-by",
            (false, true) => "explain-due-goes-on",
            (false, false) => "explain-due-done-by",
        };
        line.push_str(&words.say(key, [who(words, &item.owed_by)]));
    }
    if provisional(words, item) {
        line.push_str(&words.plain("explain-due-provisional"));
    }
    line.push_str(&words.clauses(item.clause.iter()));
    line
}

/// Those who have to act, each role with its persons.
pub(crate) fn who(words: &Words<'_>, held: &[(Arc<str>, Vec<Arc<str>>)]) -> String {
    words.list(held.iter().map(|(role, to)| words.recipient(role, to)))
}

/// Whether what is due falls on a day that its calendar does not cover and answered for by its week alone.
pub(crate) fn provisional(words: &Words<'_>, item: &DueItem) -> bool {
    let model = words.model;
    let (calendar, wall) = match clock_of(words, item) {
        Some(clock) => (clock.counting.calendar, limit_on(words, clock, item.due).map(|limit| limit.clock)),
        None => {
            let duty = model.find_duty(&item.of).map(|duty| model.duty(duty));
            match duty.map(|duty| (&duty.due, duty.calendar)) {
                Some((DutyDue::After(amount, by), _)) => {
                    (by.calendar, amount_on(words, amount, item.due).map(|limit| limit.clock))
                }
                Some((_, calendar)) => (calendar, None),
                None => (model.header.calendar, None),
            }
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
        let case = words.case(&item.of);
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
    let workflow = words.model.workflow(words.model.find_workflow(workflow)?);
    Some(workflow.clock(workflow.find_clock(&item.what)?))
}

/// How the due instant of an item was counted, day by day, where that can be told.
pub(crate) fn counted(words: &Words<'_>, state: &State, item: &DueItem) -> Option<String> {
    if let Some(clock) = clock_of(words, item) {
        let (workflow, number) = item.of.split_once('/')?;
        let id = words.model.find_workflow(workflow)?;
        let workflow = words.model.workflow(id);
        let case =
            state.cases.iter().find(|case| case.workflow == id && case.number.to_string() == number)?;
        let round = case
            .rounds
            .iter()
            .find(|round| round.due == item.due && workflow.clock(round.clock).name == clock.name)?;
        return reckoning(words, clock, &Reckoned::of(round));
    }
    if let Some(id) = words.model.find_duty(&item.of) {
        let of = state.duties.iter().find(|of| of.duty == id)?;
        let open = of.open.iter().find(|open| open.name == item.what && open.due == item.due)?;
        return Some(duty(words, state, words.model.duty(id), open));
    }
    let id = words.model.find_scorecard(&item.of)?;
    let of = state.scores.iter().find(|of| of.card == id)?;
    let result = of.results.iter().find(|result| result.period_name == item.what)?;
    Some(awaited(words, words.model.scorecard(id), result))
}

/// How the due instant of a question was counted, and whether the calendar only answered provisionally.
///
/// `None` without a limit, or where the policy no longer states it.
pub(crate) fn counted_ask(words: &Words<'_>, state: &State, effect: &Effect) -> Option<(String, bool)> {
    let (counted, amount) = reckon::asked(words.model, state, effect)?;
    let Counted::Time { given, .. } = counted else { return None };
    let calendar = counted.calendar();
    let limit = amount_words(words, amount, calendar, Some(given));
    let asked = words.say("explain-due-asked", [words.instant_with_day(effect.at), limit]);
    let due = counted.due(words.model).ok()?;
    let calendar = words.model.calendar(calendar);
    let provisional = given.clock != ClockKind::Wall && calendar.provisional_from(effect.at, due).is_some();
    Some((sentences(words, [Some(asked), told(words, counted, None)]), provisional))
}

/// What brought a duty about, how the day or instant was found on which it is due, and its grace.
fn duty(words: &Words<'_>, state: &State, duty: &Duty, open: &DutyOpen) -> String {
    let model = words.model;
    let limit = match reckon::duty(model, state, duty, open) {
        Some(counted) => told(words, counted, None),
        None => Some(words.plain("explain-due-limit-then")),
    };
    let grace = reckon::grace(model, state, duty, open);
    let grace = grace.and_then(|counted| told(words, counted, Some("due-late-head")));
    sentences(words, [Some(arises(words, duty, open)), limit, grace])
}

/// The period of a duty, the day of its rule, or the event that it follows.
fn arises(words: &Words<'_>, duty: &Duty, open: &DutyOpen) -> String {
    let (first, last) = open.period;
    let period = [words.day(first), words.day(last)];
    let every = match &duty.arises {
        Arises::Every(every) => every,
        Arises::After(events) => {
            let raised = open.after.as_ref().and_then(|cause| cause.split_once('@')).map(|(name, _)| name);
            let names = events.iter().map(|id| words.model.event(*id));
            let names: Vec<String> = names
                .filter(|event| raised.is_none_or(|name| *event.name == *name))
                .map(|event| words.name(event.label.as_ref(), &event.name))
                .collect();
            let or = words.plain("explain-or");
            return words.say("explain-due-follows", [names.join(&or), words.instant_with_day(open.opened)]);
        }
    };
    match every {
        Every::Rule(rule) => words.say("explain-due-by-rule", [rule.text(), &words.day(first)]),
        Every::WorkingDays { days, from } => {
            let [first, last] = period;
            words.say("explain-due-of-days", [days.to_string(), words.day(*from), first, last])
        }
        Every::Period(_) | Every::Week => words.say("explain-due-of-period", period),
    }
}

/// When a result was published, and until when it may be appealed or the appeal is to be decided.
fn awaited(words: &Words<'_>, card: &Scorecard, result: &ScoreResult) -> String {
    let counted = reckon::published(words.model, card, result);
    let by_rule = counted.due(words.model).is_ok_and(|at| at == result.published);
    let published = match by_rule {
        true => told(words, counted, Some("due-published-head")),
        false => None,
    };
    let published = published
        .unwrap_or_else(|| words.say("explain-due-published", [words.instant_with_day(result.published)]));
    let appealed = result.appealed.map(|at| words.say("explain-due-appealed", [words.instant_with_day(at)]));
    let limit = reckon::result(words.model, card, result).and_then(|counted| told(words, counted, None));
    sentences(words, [Some(published), appealed, limit])
}

/// A reckoning in words, day by day, under a heading; `None` where the calendar does not cover it.
fn told(words: &Words<'_>, counted: Counted, head: Option<&'static str>) -> Option<String> {
    let calendar = words.model.calendar(counted.calendar());
    let head = head.unwrap_or("due-head");
    Some(match counted {
        Counted::Day(rule, _) => calendar.explain_day(rule).ok()?.render_under(head, words.lang),
        Counted::Time { from, given, counting } => {
            let told = calendar.explain(from, given, &counting.conventions).ok()?;
            told.render_under(head, words.lang)
        }
    })
}

/// Sentences in a row, each with a capital letter where the language has them.
fn sentences(words: &Words<'_>, all: impl IntoIterator<Item = Option<String>>) -> String {
    let capital = |sentence: String| {
        let mut signs = sentence.chars();
        signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
    };
    all.into_iter().flatten().map(capital).collect::<Vec<_>>().join(words.space())
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
    let calendar = words.model.calendar(clock.counting.calendar);
    let told = calendar.explain(of.from, of.given, &clock.counting.conventions).ok()?;
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
    amount_words(words, &clock.within, clock.counting.calendar, given)
}

/// A length of time with its parameter and its calendar; `given` is what it was.
fn amount_words(words: &Words<'_>, amount: &Amount, calendar: CalendarId, given: Option<Duration>) -> String {
    let (amount, parameter) = match amount {
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
    let calendar = words.say("explain-calendar", [words.model.calendar(calendar).name()]);
    words.in_brackets(&amount, &words.list(parameter.into_iter().chain([calendar])))
}
