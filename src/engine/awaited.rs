//! Who has to act on what is due, and which questions still wait for their answer.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::people;
use super::state::{Case, Round, State};
use super::step::{Effect, EffectKind};
use crate::model::{
    Clock, EventDef, EventId, EventOrigin, Goal, Model, Recipient, RoleRef, ScoreEvent, StateId, Transition,
    Workflow,
};

/// A role with the persons who hold it, as far as they are known.
pub(super) type Held = (Arc<str>, Vec<Arc<str>>);

/// What an event that anybody may send has in place of a role.
pub(super) const ANYONE: &str = "anyone";

/// Who may send what stops a clock; for a clock that no event stops, what leads out of its state, or ends the case. While
/// it stands still: what lets it go on.
///
/// Where some of these events are left to anybody, those who are named are still the ones who have to act.
pub(super) fn of_clock(
    model: &Model,
    state: &State,
    (workflow, case, round): (&Workflow, &Case, &Round),
    day: NaiveDate,
) -> Vec<Held> {
    let clock = workflow.clock(round.clock);
    let events = match (clock.stops.is_empty(), clock.state) {
        _ if round.is_paused() => going_on(workflow, case, clock),
        (true, Some(of)) => leading_out(workflow, case, of),
        (true, None) => ending(workflow),
        _ => clock.stops.clone(),
    };
    let sent = events.iter().map(|id| model.event(*id)).filter(|event| is_sent(event));
    let (open, named): (Vec<&EventDef>, Vec<&EventDef>) = sent.partition(|event| event.by.is_empty());
    let mut held: Vec<Held> = Vec::new();
    for role in named.iter().flat_map(|event| &event.by) {
        let one = of_role(model, state, *role, day, NOW);
        if !held.contains(&one) {
            held.push(one);
        }
    }
    if held.is_empty() && !open.is_empty() {
        held.push((ANYONE.into(), Vec::new()));
    }
    held
}

/// Whoever has to act now has to by the policy as it is now.
pub(super) const NOW: DateTime<Utc> = DateTime::<Utc>::MAX_UTC;

/// A role with the persons behind it on a day, as it is known at an instant.
pub(super) fn of_role(
    model: &Model,
    state: &State,
    role: RoleRef,
    day: NaiveDate,
    known: DateTime<Utc>,
) -> Held {
    match role {
        RoleRef::Itself => people::recipient(model, state, &Recipient::Itself, day, None, known),
        RoleRef::Role(role) => people::recipient(model, state, &Recipient::Role(role), day, None, known),
        RoleRef::Every(kind) => (model.kind(kind).name.clone(), Vec::new()),
    }
}

/// Whether somebody sends an event; some only the engine raises.
fn is_sent(event: &EventDef) -> bool {
    use ScoreEvent::{Final, PeriodClosed, Published};
    !matches!(event.origin, EventOrigin::Score(_, PeriodClosed | Published | Final))
}

/// The events that take a case out of a state.
fn leading_out(workflow: &Workflow, case: &Case, of: StateId) -> Vec<EventId> {
    let leaves = |ways: &[Transition]| {
        ways.iter().any(|way| matches!(way.goal, Goal::State(to) if !workflow.is_within(to.target, of)))
    };
    let counts = |state: StateId| {
        workflow.is_within(of, state) || (case.is_in(state) && workflow.is_within(state, of))
    };
    let states = (0..).map(StateId).zip(&workflow.states);
    let lists = states.filter(|(id, _)| counts(*id)).flat_map(|(_, state)| &state.on_event);
    let lists = lists.chain(&workflow.on_event);
    lists.filter(|(_, ways)| leaves(ways)).map(|(event, _)| *event).collect()
}

/// The events after which a clock that stands still goes on: those that resume it, or lead out of where it is paused.
fn going_on(workflow: &Workflow, case: &Case, clock: &Clock) -> Vec<EventId> {
    let paused_in = clock.paused_in.iter().filter(|state| case.is_in(**state));
    let leading = paused_in.flat_map(|state| leading_out(workflow, case, *state));
    clock.resumes.iter().copied().chain(leading).collect()
}

/// The events by which a case can be done.
fn ending(workflow: &Workflow) -> Vec<EventId> {
    let done = |way: &Transition| matches!(way.goal, Goal::State(to) if workflow.state(to.target).done);
    let lists = workflow.states.iter().flat_map(|state| &state.on_event).chain(&workflow.on_event);
    lists.filter(|(_, ways)| ways.iter().any(done)).map(|(event, _)| *event).collect()
}

/// Whether a question still waits for its answer: the case has not moved since it was asked.
///
/// Where the case was done with the question, no event answers it: it waits until the host has taken it over.
pub(crate) fn is_open(model: &Model, state: &State, effect: &Effect, taken_over: bool) -> bool {
    let Some(name) = &effect.case else { return !taken_over };
    match case_named(model, state, name) {
        Some(case) if case.is_live() => case.configuration.iter().all(|(_, since)| *since <= effect.at),
        Some(case) => !taken_over && case.closed.is_some_and(|closed| closed <= effect.at),
        None => false,
    }
}

/// Whether a question asks for what a clock waits for: it was asked on entering the clock's state, of somebody who can
/// lead out of it, and not for another instant.
#[cfg(feature = "cli")]
pub(crate) fn asks_for(model: &Model, state: &State, effect: &Effect, item: &super::DueItem) -> bool {
    let EffectKind::Ask { role, due, .. } = &effect.kind else { return false };
    let Some(case) = effect.case.as_ref().filter(|case| **case == item.of) else { return false };
    let Some(case) = case_named(model, state, case) else { return false };
    let workflow = model.workflow(case.workflow);
    let of = workflow.find_clock(&item.what).and_then(|clock| workflow.clock(clock).state);
    let entered = case.configuration.iter().any(|(active, since)| Some(*active) == of && *since == effect.at);
    entered
        && due.is_none_or(|due| due == item.due)
        && item.owed_by.iter().any(|(may, _)| may == role || **may == *ANYONE)
}

/// The earliest limit of a subject that is still open, overdue ones included: of its clocks, duties, results and of the
/// questions asked about it. What stands still has none.
pub(crate) fn limit(model: &Model, state: &State, effects: &[Effect]) -> Option<DateTime<Utc>> {
    let items = super::due(model, state).into_iter().filter(|item| !item.paused).map(|item| item.due);
    let asks = effects.iter().filter(|effect| effect.subject == state.subject);
    let asks = asks.filter(|effect| is_open(model, state, effect, false)).filter_map(|effect| {
        let EffectKind::Ask { due, .. } = &effect.kind else { return None };
        *due
    });
    items.chain(asks).min()
}

/// A case of a subject by its name: `onboarding/1`.
fn case_named<'s>(model: &Model, state: &'s State, name: &str) -> Option<&'s Case> {
    let (workflow, number) = name.split_once('/')?;
    state
        .cases
        .iter()
        .find(|case| *model.workflow(case.workflow).name == *workflow && case.number.to_string() == number)
}
