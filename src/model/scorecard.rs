//! Measures, scorecards, streaks.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{ClauseId, ClockId, EventId, Expression, KindId, MeasureId, ParameterId, RoleRef, WorkflowId};
use crate::lang::Label;
use crate::period::PeriodKind;
use crate::scalar::NumberRange;
use crate::source::Span;
use crate::value::{ChoiceType, Duration};

/// A measure: samples taken from subjects.
#[derive(Debug)]
pub struct Measure {
    /// `approved_amount`, or `chat.reply` for a clock's samples.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Its clause.
    pub clause: Option<ClauseId>,
    /// The kind of subject that yields it.
    pub kind: KindId,
    /// What yields a sample.
    pub trigger: MeasureTrigger,
    /// Only when this holds (per event, paths mean other slots there).
    pub guard: Vec<(EventId, Expression)>,
    /// The value (per event); a clock's sample is 1 when met in time, 0 otherwise.
    pub value: Vec<(EventId, Expression)>,
    /// Who gets the credit (per event): the first that names somebody.
    pub credited_to: Vec<(EventId, Vec<Expression>)>,
    /// Which instant chooses the period.
    pub dated_by: DatedBy,
    /// Where it stands.
    pub span: Span,
}

/// What yields a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasureTrigger {
    /// An accepted event.
    Events(Vec<EventId>),
    /// A finished round of a clock.
    Clock(WorkflowId, ClockId),
}

/// Which instant chooses the period of a sample.
#[derive(Debug)]
pub enum DatedBy {
    /// The event's.
    Event,
    /// An expression that gives a date or an instant (per event).
    Expression(Vec<(EventId, Expression)>),
    /// The due instant of the clock.
    Due,
    /// The start of the round.
    Started,
    /// The stop of the round, or the due instant when it never stopped.
    Stopped,
}

/// A scorecard.
#[derive(Debug)]
pub struct Scorecard {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// The clauses it serves.
    pub clauses: Vec<ClauseId>,
    /// The kind of subject, a person.
    pub kind: KindId,
    /// Whom it covers, judged at the period's end.
    pub applies_to: Option<Expression>,
    /// The length of a period.
    pub period: PeriodKind,
    /// The indicators.
    pub indicators: Vec<Indicator>,
    /// How the total is rounded.
    pub rounding: Rounding,
    /// Best first; they cover every score.
    pub bands: Vec<Band>,
    /// The bands as a type.
    pub band_type: Arc<ChoiceType>,
    /// When a result becomes final.
    pub finality: Finality,
    /// The streaks.
    pub streaks: Vec<Streak>,
    /// The ids of its events.
    pub events: ScorecardEvents,
    /// Where it stands.
    pub span: Span,
}

/// The events of a scorecard.
#[derive(Clone, Copy, Debug)]
pub struct ScorecardEvents {
    /// `target_set`
    pub target_set: EventId,
    /// `target_acknowledged`
    pub target_acknowledged: EventId,
    /// `exempted`
    pub exempted: EventId,
    /// `period_closed`
    pub period_closed: EventId,
    /// `period_revised`
    pub period_revised: EventId,
    /// `appealed`
    pub appealed: EventId,
    /// `appeal_decided`
    pub appeal_decided: EventId,
    /// `published`
    pub published: EventId,
    /// `final`
    pub finalised: EventId,
}

/// One indicator.
#[derive(Debug)]
pub struct Indicator {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Its clause.
    pub clause: Option<ClauseId>,
    /// What it aggregates.
    pub measure: MeasureId,
    /// How.
    pub aggregate: Aggregate,
    /// Its weight: a parameter in percent.
    pub weight: ParameterId,
    /// The target, if the aggregate is judged against one.
    pub target: Option<Target>,
    /// Upper limit, points.
    pub cap: Option<Decimal>,
    /// Lower limit, points.
    pub floor: Option<Decimal>,
    /// Piecewise linear map, ascending: aggregate → points; clamped at both ends.
    pub linear: Vec<(Decimal, Decimal)>,
    /// Fewer samples than this count as missing.
    pub min_samples: u32,
    /// What a missing indicator does.
    pub missing: Missing,
    /// Where it stands.
    pub span: Span,
}

/// How samples are aggregated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// Their number.
    Count,
    /// The share of samples with value 1.
    ShareMet,
}

/// The target of an indicator.
#[derive(Clone, Debug)]
pub struct Target {
    /// Who sets it.
    pub set_by: Vec<RoleRef>,
    /// Who acknowledges it.
    pub acknowledged_by: Vec<RoleRef>,
    /// Until when both must have happened.
    pub before: TargetBefore,
}

/// Until when a target must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetBefore {
    /// Before the period starts.
    PeriodStart,
    /// Before it ends.
    PeriodEnd,
}

/// What a missing indicator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Its weight goes to the others in proportion.
    Redistribute,
    /// It counts zero points.
    Zero,
    /// The whole result is undetermined.
    Block,
}

/// How and where a score is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    /// Decimal places.
    pub places: u32,
    /// The mode.
    pub mode: RoundingMode,
    /// Whether each indicator is rounded too, not only the total.
    pub each_indicator: bool,
}

/// How to round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundingMode {
    /// Halves away from zero.
    HalfUp,
    /// Halves to the even neighbour.
    HalfEven,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

/// A band.
#[derive(Clone, Debug)]
pub struct Band {
    /// Its name.
    pub name: Arc<str>,
    /// Its scores, points.
    pub range: NumberRange,
    /// Whether it meets the standard.
    pub meets_standard: bool,
}

/// When a result is published and becomes final.
#[derive(Clone, Debug)]
pub struct Finality {
    /// Published at close of this working day of the next period (from 1).
    pub published_on: u32,
    /// How long an appeal is open; `None`: none, final at once.
    pub appeal: Option<Duration>,
    /// How long the decision may take.
    pub decided: Option<Duration>,
    /// Who may appeal.
    pub appealed_by: Vec<RoleRef>,
    /// Who decides.
    pub decided_by: Vec<RoleRef>,
}

/// "N periods running."
#[derive(Clone, Debug)]
pub struct Streak {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Which results count.
    pub of: StreakOf,
    /// Only final results count; otherwise published ones.
    pub only_final: bool,
    /// An exempted period breaks the streak; otherwise it is skipped.
    pub exempt_breaks: bool,
    /// An undetermined period breaks the streak; otherwise it is skipped.
    pub undetermined_breaks: bool,
    /// Largest distance between counted periods, months; `None`: any.
    pub largest_gap_months: Option<u32>,
    /// Only periods that begin after the latest of these events count.
    pub restarts_after: Vec<EventId>,
}

/// Which results make a streak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreakOf {
    /// Those that meet the standard, or those that do not.
    MeetsStandard(bool),
    /// Those in one of these bands (by index).
    Bands(Vec<usize>),
}
