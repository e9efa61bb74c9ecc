//! The engine: `(policy, subject, event, now) -> step`, pure. It reads no clock, does no I/O, uses no chance and no hash order.
//!
//! A step is data: what moved, which effects are owed, which clocks and samples changed, and a trace that alone
//! suffices to explain it.

mod state;
mod step;
mod trace;

pub use state::{
    Case, DutyOpen, DutyState, IndicatorResult, Round, RoundStatus, ScoreOutcome, ScoreResult, ScoreState,
    ScoreStatus, State, TargetState,
};
pub use step::{
    Cause, ClockChange, ClockEvent, Effect, EffectKind, GroundLost, Moved, Outcome, Refusal, Rejudged, Said,
    Sample, Step, Verdict,
};
pub use trace::{Entry, Trace};

use chrono::{DateTime, Utc};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::record::{Data, Event, Record};

/// What the door makes of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Admitted {
    /// It passed: keep this record and judge it.
    Record(Record),
    /// It did not; final, to be logged, never folded.
    Refused(Refusal),
}

/// A read of another subject that the door has to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// The key under which the answer is captured: `actor.onboarding`.
    pub path: Arc<str>,
    /// The other subject's full name: `staff/li`; `None` when the naming field is absent (the answer is absent then).
    pub subject: Option<Arc<str>>,
    /// Which of the model's reads; the first hop applies to `subject`, later hops to what each one names.
    pub read: crate::model::ReadId,
}

/// The state of a subject that nothing has happened to yet.
pub(crate) fn blank(_model: &Model, _subject: &str) -> Result<State> {
    Err(Error::new(ErrorKind::Unknown, "engine not built"))
}

/// What of other subjects an event needs before it can be judged.
pub(crate) fn reads_needed(_model: &Model, _state: &State, _event: &Event) -> Vec<ReadRequest> {
    Vec::new()
}

/// One property of a subject's state, for answering a read.
pub(crate) fn property(
    _model: &Model,
    _state: &State,
    _property: crate::model::Property,
) -> crate::value::Value {
    crate::value::Value::Absent
}

/// The door: shape, types, horizon, defaults. `last_known` is the subject's latest `known`.
pub(crate) fn admit(
    _model: &Model,
    _state: &State,
    _event: &Event,
    _now: DateTime<Utc>,
    _last_known: Option<DateTime<Utc>>,
    _reads: Data,
) -> Result<Admitted> {
    Err(Error::new(ErrorKind::Unknown, "engine not built"))
}

/// Judges a record at or after the state's frontier; derived instants before it come first. On an error the state is unusable: drop it and fold again.
/// For a decision whose `accepted` is `None` the verdict is taken now and written into the step's record.
pub(crate) fn judge(_model: &Model, _state: &mut State, _record: &Arc<Record>) -> Result<Step> {
    Err(Error::new(ErrorKind::Unknown, "engine not built"))
}

/// Lets time pass until an instant (inclusive), without an event.
pub(crate) fn advance(_model: &Model, _state: &mut State, _until: DateTime<Utc>) -> Result<Step> {
    Err(Error::new(ErrorKind::Unknown, "engine not built"))
}

/// Folds the records of one subject from a base state (blank, or a snapshot that covers everything before them).
/// `records` need no order; corrections among them are applied; time then passes until `until`. The last record's step is not special.
pub(crate) fn fold(
    _model: &Model,
    _base: State,
    _records: &[Arc<Record>],
    _until: Option<DateTime<Utc>>,
    _each: &mut dyn FnMut(Step),
) -> Result<State> {
    Err(Error::new(ErrorKind::Unknown, "engine not built"))
}

/// Folds again because `late` belongs before the frontier (or corrects something): both ways from the same base, and what differs.
/// The step tells `late`'s own outcome, `rejudged`, added effects and samples, `withdrawn`, `vanished`, `ground_lost`.
pub(crate) fn refold(
    _model: &Model,
    _base: State,
    _old: &[Arc<Record>],
    _late: &Arc<Record>,
    _until: DateTime<Utc>,
) -> Result<(State, Step)> {
    Err(Error::new(ErrorKind::Unknown, "engine not built"))
}
