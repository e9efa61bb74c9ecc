//! Expressions with what their inputs mean, amounts, and message templates.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{CalendarId, KindId, ParameterId, ReadId, ScorecardId, TableId, WorkflowId};
use crate::calendar::Conventions;
use crate::script::Compiled;
use crate::source::Span;
use crate::value::{Duration, Type, Unit};

/// A compiled expression of the policy.
#[derive(Debug)]
pub struct Expression {
    /// The code; its n-th input is `inputs[n]`.
    pub code: Compiled,
    /// What each input means.
    pub inputs: Vec<Input>,
    /// How it was written.
    pub written: Arc<Written>,
}

/// An expression as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
    /// The names of what it may read, in order of first use: `event.score`.
    pub paths: Vec<Arc<str>>,
}

/// One input of an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// As written: `event.score`.
    pub path: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Where the value comes from.
    pub source: Source,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// `event.score`: a slot of the event's data.
    EventData(usize),
    /// `event.at`
    EventAt,
    /// `event.by`: the acting person.
    EventBy,
    /// `staff.position`: a field of the subject, by index.
    Field(usize),
    /// `staff`: the subject itself.
    Itself,
    /// `$pass_mark`
    Parameter(ParameterId),
    /// `staff.onboarding`: the state of the subject's latest case of a workflow; absent without a case.
    Workflow(WorkflowId),
    /// `monthly_kpi.band` and the like: of the result being told, else the latest.
    Score(ScorecardId, ScorePart),
    /// `consequence.action`: an output of a table over its own inputs.
    Table(TableId, usize),
    /// `actor.onboarding`, `visit.order.owner`: of another subject, captured at the door.
    Read(ReadId),
    /// `item`: one of the list of a `for_each`.
    Item,
    /// `clock.due`, `clock.started` in messages of a clock.
    ClockDue,
    /// See `ClockDue`.
    ClockStarted,
    /// `event.round_started` is not offered; a clock sample's `staff_reply.by`: the actor of the stopping event.
    StoppedBy,
}

/// A part of a scorecard's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScorePart {
    /// The total, points.
    Score,
    /// The band; absent when undetermined.
    Band,
    /// `scored`, `undetermined`, `exempt`.
    Result,
    /// First day of the period.
    PeriodStart,
    /// Length of a streak, periods.
    Streak(usize),
}

/// A read of another subject: how to find it, and what to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// As written; the key under which the value is captured.
    pub path: Arc<str>,
    /// Who or what names the other subject.
    pub place: Place,
    /// The hops; all but the last name a further subject.
    pub hops: Vec<(KindId, Property)>,
    /// The type of what is read.
    pub ty: Type,
}

/// What names the first other subject of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The acting person.
    Actor,
    /// The person on whose behalf it is sent.
    OnBehalfOf,
    /// A field of the subject.
    Field(usize),
    /// A slot of the event's data.
    EventData(usize),
}

/// What is taken from a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// A field, by index.
    Field(usize),
    /// The state of its latest case of a workflow.
    Workflow(WorkflowId),
    /// Whom the person lets stand in, one text each: `qian 2026-03-02 2026-03-13 hr,manager`.
    Delegations,
}

/// An amount that may be a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// A duration.
    Duration(Duration),
    /// A count with its unit.
    Count(Decimal, Unit),
    /// A parameter.
    Parameter(ParameterId),
}

/// By what a duration is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counting {
    /// The calendar.
    pub calendar: CalendarId,
    /// How it counts days and months: what its element says, else its parameter, else the policy.
    pub conventions: Conventions,
}

/// A message with places: `{staff.manager} 未在 {clock.due} 前…`.
#[derive(Debug)]
pub struct Template {
    /// The parts in the policy's language.
    pub own: Vec<Part>,
    /// The parts of the English translation, if there is one.
    pub en: Option<Vec<Part>>,
    /// What the places show.
    pub places: Vec<Expression>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text.
    Text(Arc<str>),
    /// The value of a place, by index into `places`.
    Place(usize),
}
