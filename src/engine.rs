//! The engine: `(policy, subject, event, now) -> step`, pure. It reads no clock, does no I/O, uses no chance and no hash order.
//!
//! A step is data: what moved, which effects are owed, which clocks and samples changed, and a trace that alone
//! suffices to explain it.

pub(crate) mod awaited;
mod chart;
mod choose;
mod clock;
mod context;
mod delegate;
mod deliver;
mod derive;
mod door;
mod duty;
mod fold;
mod four_eyes;
mod ids;
mod judge;
mod lifecycle;
mod migrate;
mod notice;
mod people;
pub(crate) mod reckon;
mod run;
mod score;
mod state;
mod step;
mod streak;
mod subject;
mod table;
mod timing;
mod trace;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Amount, KindId, Model, Property, ReadId, ScorecardId};
use crate::record::{Data, Event, Record};
use crate::value::{Type, Value};

pub use state::{
    Act, Case, Delegation, DutyOpen, DutyState, IndicatorResult, Round, RoundStatus, ScoreOutcome,
    ScoreResult, ScoreState, ScoreStatus, State, TargetState,
};
pub use step::{
    Cause, ClockChange, ClockEvent, Effect, EffectKind, GroundLost, Moved, Outcome, Refusal, Rejudged, Said,
    Sample, Step, Verdict,
};
pub use subject::{DueItem, Enabled, Subject};
pub use trace::{DutyNews, Entry, Reads, Trace};

pub use migrate::ClockChoice;
pub(crate) use migrate::{MIGRATED, Passage, has_place};

pub(crate) use door::{REREAD, WITHDRAW, subject_named};
pub(crate) use four_eyes::of_decision;
pub(crate) use people::void_refused;
pub(crate) use score::{band_of, points_of, round, total};
pub(crate) use subject::due;

/// What the door makes of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Admitted {
    /// It passed: keep this record and judge it.
    Record(Arc<Record>),
    /// It did not; final, to be logged, never folded.
    Refused(Refusal),
}

/// A read of another subject that the door has to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// The key under which the answer is captured: `actor.onboarding`.
    pub path: Arc<str>,
    /// The other subject's full name: `staff/li`; `None` when nothing names one (the answer is absent then).
    pub subject: Option<Arc<str>>,
    /// Which of the policy's reads; its first hop applies to `subject`, later hops to what each one names.
    pub read: ReadId,
}

/// The state of a subject that nothing has happened to yet.
///
/// # Errors
/// [`ErrorKind::Unknown`] for a kind the policy does not have.
pub(crate) fn blank(model: &Model, subject: &str) -> Result<State> {
    let (kind, _) = model.split_subject(subject).ok_or_else(|| {
        Error::new(
            ErrorKind::Unknown,
            format!("`{subject}` is no subject of this policy: expected `kind/name`"),
        )
    })?;
    Ok(blank_of(model, subject, kind))
}

pub(crate) fn blank_of(model: &Model, subject: &str, kind_id: KindId) -> State {
    let kind = model.kind(kind_id);
    let card = |card: &crate::model::ScorecardId| ScoreState {
        card: *card,
        targets: Vec::new(),
        exempted: Vec::new(),
        results: Vec::new(),
        restarts: Vec::new(),
    };
    State {
        subject: Arc::from(subject),
        kind: kind_id,
        opened: None,
        fields: vec![Value::Absent; kind.fields.len()],
        cases: Vec::new(),
        counts: vec![0; kind.workflows.len()],
        pending: Vec::new(),
        scores: kind.scorecards.iter().map(card).collect(),
        duties: kind
            .duties
            .iter()
            .map(|duty| DutyState { duty: *duty, next: None, current: None, turns: None, open: Vec::new() })
            .collect(),
        opened_by: Vec::new(),
        delegations: Vec::new(),
        ground_lost: Vec::new(),
        frontier: DateTime::<Utc>::MIN_UTC,
        last: None,
        next_due: None,
    }
}

/// What of other subjects an event needs before it can be judged.
pub(crate) fn reads_needed(model: &Model, state: &State, event: &Event) -> Vec<ReadRequest> {
    door::reads_needed(model, state, event)
}

/// One property of a subject's state, for answering a read.
pub(crate) fn property(model: &Model, state: &State, property: Property) -> Value {
    match property {
        Property::Field(field) => state.fields.get(field).cloned().unwrap_or_default(),
        Property::Delegations => delegate::told(model, state),
        Property::Workflow(workflow) => {
            let Some(case) = state.latest_case(model.head(workflow)) else { return Value::Absent };
            let workflow = model.workflow(case.workflow);
            let mut active = case
                .configuration
                .iter()
                .map(|(active, _)| Value::Choice(workflow.state(*active).name.clone()));
            match workflow.several {
                true => Value::List(active.collect()),
                false => active.next().unwrap_or_default(),
            }
        }
    }
}

/// A value as one of a declared type, read from text where it is text; `None` when it cannot be one.
pub(crate) fn coerce(model: &Model, ty: &Type, value: &Value) -> Option<Value> {
    door::coerce(ty, value, model)
}

/// An amount at an instant: a duration or a count.
///
/// # Errors
/// A parameter without a version in force.
pub(crate) fn amount(model: &Model, state: &State, amount: &Amount, at: DateTime<Utc>) -> Result<Value> {
    context::Context::new(model, state, at).amount(amount)
}

/// How long a streak of a subject is now; `None`: undecided, or there is no such streak.
pub(crate) fn streak(model: &Model, state: &State, card: ScorecardId, idx: usize) -> Option<u32> {
    let scorecard = model.scorecard(card);
    let score = state.scores.iter().find(|score| score.card == card)?;
    streak::length(scorecard.streaks.get(idx)?, scorecard, score, model)
}

/// The door: shape, types, horizon, defaults. `last_known` is the subject's latest `known`.
///
/// # Errors
/// The policy's horizon cannot be computed.
pub(crate) fn admit(
    model: &Model,
    state: &State,
    event: &Event,
    now: DateTime<Utc>,
    last_known: Option<DateTime<Utc>>,
    reads: Data,
) -> Result<Admitted> {
    door::admit(model, state, event, now, last_known, reads)
}

/// Judges a record at or after the state's frontier; what happens by itself before it comes first.
///
/// For a decision whose `accepted` is `None` the verdict is taken now and written into the step's record; keep that
/// record, not the one given.
///
/// # Errors
/// The world failed. The state is then unusable: drop it and fold again.
pub(crate) fn judge(model: &Model, state: &mut State, record: Arc<Record>) -> Result<Step> {
    judge::judge(model, state, record)
}

/// Lets time pass until an instant, without an event: everything whose second is over by then.
///
/// # Errors
/// As [`judge`].
pub(crate) fn advance(model: &Model, state: &mut State, until: DateTime<Utc>) -> Result<Step> {
    judge::advance(model, state, until)
}

/// Folds the records of one subject from a base state (blank, or a snapshot that covers everything before them).
///
/// `records` need no order; corrections among them are applied; time then passes until `until`.
///
/// # Errors
/// As [`judge`].
pub(crate) fn fold(
    model: &Model,
    base: State,
    records: &[Arc<Record>],
    until: Option<DateTime<Utc>>,
    each: &mut dyn FnMut(Step),
) -> Result<State> {
    fold::fold(model, base, records, until, each)
}

/// Folds again because `late` belongs before the frontier, corrects or withdraws something: both ways from one base.
///
/// The step tells `late`'s own outcome, `rejudged`, added effects and samples, `withdrawn`, `vanished`, `ground_lost`.
///
/// # Errors
/// As [`judge`].
pub(crate) fn refold(
    model: &Model,
    base: State,
    old: &[Arc<Record>],
    late: &Arc<Record>,
    until: DateTime<Utc>,
) -> Result<(State, Step)> {
    fold::refold(model, base, old, late, until)
}

/// Whether a record has its place before what a state has already judged, or changes something that is judged.
pub(crate) fn is_late(state: &State, record: &Record) -> bool {
    fold::is_late(state, record)
}
