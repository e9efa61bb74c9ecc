//! What a due instant was counted from, derived again from the policy and the state: nothing of it is kept.
//!
//! Where an amount may have had another value then (another row of a parameter, another version), the one that gives the
//! very due instant is taken; where none does, nothing is told.

use chrono::{DateTime, NaiveDate, Utc};

use super::context::Context;
use super::people;
use super::state::{DutyOpen, ScoreResult, ScoreStatus, State};
use super::step::{Effect, EffectKind};
use crate::calendar::DayRule;
use crate::error::{Error, Result};
use crate::model::{
    Amount, Arises, CalendarId, Counting, Duty, DutyDue, EffectTemplate, EffectWhat, Every, Goal, Model,
    ParameterValues, Scorecard,
};
use crate::period::Period;
use crate::value::{Duration, Value};
use crate::zone;

/// What a due instant is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It is the end of a day of a calendar.
    Day(DayRule, CalendarId),
    /// It comes so long after an instant.
    Time {
        /// From when it counts.
        from: DateTime<Utc>,
        /// How long.
        given: Duration,
        /// By what it is counted.
        counting: Counting,
    },
}

impl Counted {
    /// The due instant.
    ///
    /// # Errors
    /// The calendar does not cover it.
    pub fn due(self, model: &Model) -> Result<DateTime<Utc>> {
        match self {
            Counted::Day(rule, calendar) => model.calendar(calendar).end_by(rule).map_err(Error::from),
            Counted::Time { from, given, counting } => super::timing::counted(model, from, given, &counting),
        }
    }

    /// The calendar that it was counted by.
    pub fn calendar(self) -> CalendarId {
        match self {
            Counted::Day(_, calendar) => calendar,
            Counted::Time { counting, .. } => counting.calendar,
        }
    }
}

/// The day on which the duty of a period is due; `None` where it is due some time after it.
pub(super) fn day_of_duty(duty: &Duty, (first, last): (NaiveDate, NaiveDate)) -> Option<DayRule> {
    Some(match (&duty.due, &duty.arises) {
        (DutyDue::WorkingDayAfter(nth), _) => DayRule::After { last, nth: *nth },
        (DutyDue::WorkingDayOf(nth), _) => DayRule::Of { first, nth: *nth },
        // So many working days end on a working day: the last one is the one that makes up their number.
        (DutyDue::LastWorkingDay, Arises::Every(Every::WorkingDays { days, .. })) => {
            DayRule::Of { first, nth: *days }
        }
        (DutyDue::LastWorkingDay, _) => DayRule::Last { last },
        (DutyDue::OnTheDay, _) => DayRule::On(last),
        (DutyDue::After(..), _) => return None,
    })
}

/// From when the limit of a duty counts: the end of its period, or what brought it about.
pub(super) fn duty_counts_from(
    model: &Model,
    duty: &Duty,
    last: NaiveDate,
    opened: DateTime<Utc>,
) -> DateTime<Utc> {
    match duty.arises {
        Arises::Every(_) => zone::day_end(model.header.zone, last),
        Arises::After(_) => opened,
    }
}

/// What the due instant of an open duty was counted from.
pub(crate) fn duty(model: &Model, state: &State, duty: &Duty, open: &DutyOpen) -> Option<Counted> {
    match &duty.due {
        DutyDue::After(amount, by) => {
            let from = duty_counts_from(model, duty, open.period.1, open.opened);
            timed(&duty_ctx(model, state, open), amount, *by, from, open.due)
        }
        _ => Some(Counted::Day(day_of_duty(duty, open.period)?, duty.calendar)),
    }
}

/// What the end of an open duty's grace was counted from.
pub(crate) fn grace(model: &Model, state: &State, duty: &Duty, open: &DutyOpen) -> Option<Counted> {
    let (amount, by) = duty.grace.as_ref()?;
    timed(&duty_ctx(model, state, open), amount, *by, open.due, open.late_after)
}

fn duty_ctx<'a>(model: &'a Model, state: &'a State, open: &DutyOpen) -> Context<'a> {
    Context { period_start: Some(open.period.0), ..Context::new(model, state, open.opened) }
}

/// What the publication of a result was counted from.
pub(crate) fn published(model: &Model, card: &Scorecard, result: &ScoreResult) -> Counted {
    let last = Period::of(card.period, result.period).last_day();
    Counted::Day(DayRule::After { last, nth: card.finality.published_on }, model.header.calendar)
}

/// What the end of an appeal window, or of the time to decide an appeal, was counted from.
pub(crate) fn result(model: &Model, card: &Scorecard, result: &ScoreResult) -> Option<Counted> {
    let (from, given) = match result.status {
        ScoreStatus::Published => (result.published, card.finality.appeal?),
        ScoreStatus::Appealed => (result.appealed?, card.finality.decided?),
        ScoreStatus::Final => return None,
    };
    let counting = Counting { calendar: model.header.calendar, conventions: model.header.conventions };
    Some(Counted::Time { from, given, counting })
}

/// What the due instant of a question was counted from, and the amount that the policy states for it.
pub(crate) fn asked<'a>(
    model: &'a Model,
    state: &'a State,
    effect: &Effect,
) -> Option<(Counted, &'a Amount)> {
    let EffectKind::Ask { role, decide, due: Some(due), .. } = &effect.kind else { return None };
    let ctx = Context::new(model, state, effect.at);
    let day = zone::date_of(model.header.zone, effect.at);
    templates(model, state, effect.case.as_deref()).into_iter().find_map(|template| {
        let EffectWhat::Ask { to, decide: options, within: Some((amount, by)), .. } = &template.what else {
            return None;
        };
        let of_role =
            to.iter().any(|to| people::recipient(model, state, to, day, None, effect.at).0 == *role);
        let counted = timed(&ctx, amount, *by, effect.at, *due);
        counted.filter(|_| of_role && options == decide).map(|counted| (counted, amount))
    })
}

/// Every effect that the policy states for a case, or for the duties of a subject.
fn templates<'a>(model: &'a Model, state: &State, case: Option<&str>) -> Vec<&'a EffectTemplate> {
    let kind = model.kind(state.kind);
    let Some(case) = case else {
        let duties = kind.duties.iter().map(|id| model.duty(*id));
        return duties.flat_map(|duty| duty.late.iter().chain(&duty.done_late)).collect();
    };
    let workflow = case.split('/').next().and_then(|name| model.find_workflow(name));
    let Some(workflow) = workflow.map(|id| model.workflow(id)) else { return Vec::new() };
    let states = workflow.states.iter();
    let on_event = states.clone().flat_map(|state| &state.on_event).chain(&workflow.on_event);
    let completed = states.clone().flat_map(|state| &state.completed);
    let moves = on_event.flat_map(|(_, transitions)| transitions).chain(completed);
    let thresholds = workflow.clocks.iter().flat_map(|clock| clock.thresholds());
    states
        .flat_map(|state| state.effects.iter().chain(&state.on_leave).chain(&state.compensation))
        .chain(moves.filter(|way| !matches!(way.goal, Goal::Refuse(_))).flat_map(|way| &way.effects))
        .chain(thresholds.flat_map(|threshold| &threshold.effects))
        .collect()
}

/// The amount that leads from one instant to another.
fn timed(
    ctx: &Context<'_>,
    amount: &Amount,
    counting: Counting,
    from: DateTime<Utc>,
    due: DateTime<Utc>,
) -> Option<Counted> {
    let then = ctx.amount(amount).ok().and_then(duration);
    let others = match amount {
        Amount::Parameter(id) => values(&ctx.model.parameter(*id).values),
        Amount::Duration(_) | Amount::Count(..) => Vec::new(),
    };
    let mut all = then.into_iter().chain(others).map(|given| Counted::Time { from, given, counting });
    all.find(|counted| counted.due(ctx.model).is_ok_and(|at| at == due))
}

/// Every duration that a parameter may have.
fn values(values: &ParameterValues) -> Vec<Duration> {
    match values {
        ParameterValues::Dated(versions) => {
            versions.iter().rev().filter_map(|version| duration(version.value.clone())).collect()
        }
        ParameterValues::ByRow { rows, .. } => rows.values().cloned().filter_map(duration).collect(),
    }
}

fn duration(value: Value) -> Option<Duration> {
    match value {
        Value::Duration(duration) => Some(duration),
        _ => None,
    }
}
