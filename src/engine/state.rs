//! The state of a subject: a fold of its records, nothing that cannot be computed again.
//!
//! INVARIANT: the size of a state depends on what is open, not on how long the history is.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::GroundLost;
use crate::calendar::Pause;
use crate::model::{ClockId, DutyId, EventId, KindId, ScorecardId, StateId, WorkflowId};
use crate::value::{Duration, Value};

/// The state of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The subject's full name: `staff/li`.
    pub subject: Arc<str>,
    /// Its kind.
    pub kind: KindId,
    /// When it was opened; `None` before its `opened` record.
    pub opened: Option<DateTime<Utc>>,
    /// Its fields now, in the order of the kind.
    pub fields: Vec<Value>,
    /// Live cases, and the latest closed one of each workflow, by workflow and number.
    pub cases: Vec<Case>,
    /// How many cases each workflow of the kind has had, in the order of the kind's workflows.
    pub counts: Vec<u32>,
    /// Cases that open at a known later instant.
    pub pending: Vec<(DateTime<Utc>, WorkflowId)>,
    /// One for each scorecard of the kind.
    pub scores: Vec<ScoreState>,
    /// One for each duty of the kind.
    pub duties: Vec<DutyState>,
    /// The persons behind its `opened`, where some `four_eyes` names that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened_by: Vec<Arc<str>>,
    /// Whom this person lets stand in, until the last day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegations: Vec<Delegation>,
    /// Decisions that stand although their ground is gone.
    pub ground_lost: Vec<GroundLost>,
    /// Up to here everything has been judged.
    pub frontier: DateTime<Utc>,
    /// The place of the last record judged: instant, order, id.
    pub last: Option<(DateTime<Utc>, i64, Arc<str>)>,
    /// The next instant at which anything happens by itself.
    pub next_due: Option<DateTime<Utc>>,
}

/// A person lets another stand in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Who stands in: the bare name.
    pub to: Arc<str>,
    /// The roles by name; empty: all that may be delegated.
    pub roles: Vec<Arc<str>>,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
}

/// One run of a subject through a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The n-th of the subject in this workflow, from 1.
    pub number: u32,
    /// When it opened.
    pub opened: DateTime<Utc>,
    /// When it was done.
    pub closed: Option<DateTime<Utc>>,
    /// The states it is in, in document order, each with the instant it was entered.
    pub configuration: Vec<(StateId, DateTime<Utc>)>,
    /// How often states with a limit were entered.
    pub visits: Vec<(StateId, u32)>,
    /// Where the case was inside a state when that was last left: the atomic states, in document order; only for states
    /// to whose inside some transition comes back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<(StateId, Vec<StateId>)>,
    /// States left whose work can be made good, the latest last, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_compensate: Vec<StateId>,
    /// Distinct values counted towards the lower bound of an active state.
    pub counted: Vec<(StateId, Vec<Value>)>,
    /// Open rounds of clocks, in order of start; of the breached ones of each clock at most [`Case::BREACHED_KEPT`].
    pub rounds: Vec<Round>,
    /// The latest finished round of each clock.
    pub finished: Vec<Round>,
    /// How many rounds each clock has had.
    pub round_counts: Vec<(ClockId, u32)>,
    /// Who is behind the latest act of each event that some `four_eyes` names, by event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Act>,
}

/// Who is behind an event that a case took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The event.
    pub event: EventId,
    /// Who sent it, on whose behalf, and who corrected it: bare names, ascending.
    pub persons: Vec<Arc<str>>,
}

/// One run of a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The clock.
    pub clock: ClockId,
    /// The n-th round of this clock in the case, from 1.
    pub number: u32,
    /// When it started.
    pub started: DateTime<Utc>,
    /// From when its time counts: the start, unless another limit counts from a later instant.
    pub counted_from: DateTime<Utc>,
    /// How long it was given when `due` was computed.
    pub given: Duration,
    /// When it is due; at that second is in time. While it stands still: when it would have been.
    pub due: DateTime<Utc>,
    /// How it stands.
    pub status: RoundStatus,
    /// When it ended, if it did.
    pub stopped: Option<DateTime<Utc>>,
    /// When it stood still, in order; the last has no end while it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// Instants of the warnings still to come, after the breach of the escalations; ascending, with their index.
    pub points: Vec<(DateTime<Utc>, u32)>,
    /// When another version of its limit comes into force that running rounds follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised_at: Option<DateTime<Utc>>,
}

/// How a round stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundStatus {
    /// Open, not yet due.
    Running,
    /// Open, past its due instant. Stays breached for ever.
    Breached,
    /// Stopped in time.
    Met,
    /// Stopped after it was breached.
    MetLate,
    /// Ended without a verdict.
    Cancelled,
}

/// What a subject has of one scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreState {
    /// The scorecard.
    pub card: ScorecardId,
    /// Targets of periods that are not yet closed.
    pub targets: Vec<TargetState>,
    /// First days of exempted periods that are not yet closed.
    pub exempted: Vec<NaiveDate>,
    /// The latest results, ascending by period, at most [`ScoreState::KEPT`].
    pub results: Vec<ScoreResult>,
    /// For each event that restarts a streak: when it last happened.
    pub restarts: Vec<(EventId, DateTime<Utc>)>,
}

/// A target of one indicator for one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetState {
    /// First day of the period.
    pub period: NaiveDate,
    /// The indicator, by index.
    pub indicator: usize,
    /// The target.
    pub value: Decimal,
    /// When it was set.
    pub set_at: DateTime<Utc>,
    /// When it was acknowledged.
    pub acknowledged_at: Option<DateTime<Utc>>,
}

/// The result of one period, with every input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreResult {
    /// The scorecard.
    pub card: ScorecardId,
    /// First day of the period.
    pub period: NaiveDate,
    /// The name of the period: `2026-01`.
    pub period_name: Arc<str>,
    /// The record it was computed from.
    pub record: Arc<str>,
    /// What came out.
    pub outcome: ScoreOutcome,
    /// The total before rounding, points.
    pub exact: Option<Decimal>,
    /// The total, points.
    pub score: Option<Decimal>,
    /// The band, by index.
    pub band: Option<usize>,
    /// Each indicator in order.
    pub indicators: Vec<IndicatorResult>,
    /// How it stands.
    pub status: ScoreStatus,
    /// When it was published.
    pub published: DateTime<Utc>,
    /// When it was appealed, while that is not decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appealed: Option<DateTime<Utc>>,
    /// Until when it can be appealed, or the decision on the appeal is due.
    pub due: Option<DateTime<Utc>>,
    /// When it became final.
    pub final_at: Option<DateTime<Utc>>,
    /// Whether a later record replaced the first result.
    pub revised: bool,
    /// How long each streak was when this result was told, in the order of the scorecard's streaks; `None`: undecided.
    pub streaks: Vec<Option<u32>>,
}

/// What came out of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreOutcome {
    /// A score and a band.
    Scored,
    /// No band: neither passes nor fails.
    Undetermined,
    /// The period does not count for this person.
    Exempt,
}

/// How a result stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreStatus {
    /// Published, open to appeal.
    Published,
    /// Under appeal; it counts for nothing until decided.
    Appealed,
    /// Final.
    Final,
}

/// One indicator of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorResult {
    /// How many samples.
    pub samples: u32,
    /// Their aggregate: a sum, a mean, a count, or a share as a fraction.
    pub aggregate: Option<Decimal>,
    /// The target it was judged against.
    pub target: Option<Decimal>,
    /// Points after map, cap and floor; `None`: missing.
    pub points: Option<Decimal>,
    /// The weight of the parameter, a fraction.
    pub weight: Decimal,
    /// The weight it carried after redistribution, a fraction.
    pub effective_weight: Decimal,
    /// Its part of the total, points.
    pub contribution: Decimal,
    /// Why it is missing: a word of `no_samples`, `too_few`, `no_target`, `target_zero`.
    pub missing: Option<Arc<str>>,
}

/// What a subject owes of one duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyState {
    /// The duty.
    pub duty: DutyId,
    /// First day of the next period, and its first second; `None` before the subject is opened, for a duty that follows
    /// events, and when no further period comes.
    pub next: Option<(NaiveDate, DateTime<Utc>)>,
    /// First day of the latest period that was owed.
    pub current: Option<NaiveDate>,
    /// When the obligation next begins or ends by its dates.
    pub turns: Option<DateTime<Utc>>,
    /// Open ones, oldest first.
    pub open: Vec<DutyOpen>,
}

/// One period's or event's duty, open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyOpen {
    /// What this one is called: its period (`2026-H1`), what the event says (`A7`), or when the event was.
    pub name: Arc<str>,
    /// First and last day of the period; the day of the event.
    pub period: (NaiveDate, NaiveDate),
    /// When it came up.
    pub opened: DateTime<Utc>,
    /// When it is due; at that second is in time.
    pub due: DateTime<Utc>,
    /// Until when it is not late: `due` and the grace after it.
    pub late_after: DateTime<Utc>,
    /// Whether it is late already.
    pub late: bool,
    /// What an event says to mean this one.
    pub key: Option<Value>,
    /// The event that brought it about: the record's id, or `event@seconds` for one that was raised.
    pub after: Option<Arc<str>>,
}

impl Round {
    /// Whether it stands still.
    pub fn is_paused(&self) -> bool {
        self.pauses.last().is_some_and(|(_, to)| to.is_none())
    }

    /// The pauses that are over, from an instant on.
    pub(super) fn pauses_since(&self, from: DateTime<Utc>) -> Vec<Pause> {
        self.pauses.iter().filter_map(|(begins, ends)| Some(((*begins).max(from), (*ends)?))).collect()
    }
}

impl ScoreState {
    /// How many results are kept: three years of months.
    pub const KEPT: usize = 36;
}

impl State {
    /// The latest case of a workflow, live or closed.
    pub fn latest_case(&self, workflow: WorkflowId) -> Option<&Case> {
        self.cases.iter().rev().find(|case| case.workflow == workflow)
    }
}

impl Case {
    /// How many breached rounds of one clock wait for a late stop. Beyond that the oldest ends as it stands: breached, and
    /// credited to nobody else any more; else a customer whom nobody ever answers would make the state grow for ever.
    pub const BREACHED_KEPT: usize = 256;

    /// Whether it is still running.
    pub fn is_live(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether it is in a state.
    pub fn is_in(&self, state: StateId) -> bool {
        self.configuration.iter().any(|(active, _)| *active == state)
    }
}
