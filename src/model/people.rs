//! Kinds of subject with their fields and events; roles; permissions.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{
    ClauseId, DutyId, EventId, Expression, KindId, MeasureId, PermissionId, ReadId, RoleId, ScorecardId,
    Template, WorkflowId,
};
use crate::lang::Label;
use crate::source::Span;
use crate::value::Type;

/// A kind of subject.
#[derive(Clone, Debug)]
pub struct Kind {
    /// `staff`
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Whether `staff/li` is the person `li`.
    pub person: bool,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its events by name, the built-in `opened` and `changed` and those of its scorecards included.
    pub events: BTreeMap<Arc<str>, EventId>,
    /// Its workflows in document order.
    pub workflows: Vec<WorkflowId>,
    /// Its scorecards.
    pub scorecards: Vec<ScorecardId>,
    /// Its duties.
    pub duties: Vec<DutyId>,
    /// Where it stands.
    pub span: Span,
}

/// A field of a kind.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Its type.
    pub ty: Type,
}

/// An event that a subject of a kind may receive.
#[derive(Clone, Debug)]
pub struct EventDef {
    /// Its name: `exam_taken`, `opened`, `monthly_kpi.target_set`.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// The clause it serves.
    pub clause: Option<ClauseId>,
    /// The kind of subject.
    pub kind: KindId,
    /// Who may send it; empty: anyone.
    pub by: Vec<RoleRef>,
    /// Its data, in slots.
    pub data: Vec<DataField>,
    /// Whether it settles something and is judged once.
    pub decision: bool,
    /// Where it comes from.
    pub origin: EventOrigin,
    /// The permissions that cover it.
    pub permissions: Vec<PermissionId>,
    /// The measures it may yield a sample of.
    pub measures: Vec<MeasureId>,
    /// Everything that judging it may read of other subjects.
    pub reads: Vec<ReadId>,
    /// Where it was declared.
    pub span: Span,
}

/// One slot of an event's data.
#[derive(Clone, Debug)]
pub struct DataField {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Its type.
    pub ty: Type,
    /// Whether it may be left out.
    pub optional: bool,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOrigin {
    /// Declared by a workflow.
    Declared,
    /// Built in: the subject comes into being; the data are its fields.
    Opened,
    /// Built in: fields change from `at` on.
    Changed,
    /// Of a scorecard.
    Score(ScorecardId, ScoreEvent),
}

/// The events of a scorecard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScoreEvent {
    /// `target_set {indicator, period: text, value: decimal}`
    TargetSet,
    /// `target_acknowledged {indicator, period}`
    TargetAcknowledged,
    /// `exempted {period, reason}`
    Exempted,
    /// `period_closed`: appended by the runtime at the closing instant; free data.
    PeriodClosed,
    /// `period_revised`: supersedes a `period_closed`; free data.
    PeriodRevised,
    /// `appealed {period, reason}`
    Appealed,
    /// `appeal_decided {period, outcome: [upheld, overturned], score: points?, reason}`
    AppealDecided,
    /// `published`: raised by the engine, never sent.
    Published,
    /// `final`: raised by the engine, never sent.
    Final,
}

/// A role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Who holds it.
    pub kind: RoleKind,
    /// Where it stands.
    pub span: Span,
}

/// Who holds a role.
#[derive(Clone, Debug)]
pub enum RoleKind {
    /// Named persons, over time.
    HeldBy(Vec<Holder>),
    /// Whoever a field of the event's subject names.
    Of {
        /// The kind that has the field.
        kind: KindId,
        /// The field.
        field: usize,
    },
    /// Every person that is a subject of the kind.
    Every(KindId),
    /// Anyone, outsiders included.
    Anyone,
}

/// A person who holds a role.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The bare name.
    pub person: Arc<str>,
    /// First day; `None`: since ever.
    pub from: Option<NaiveDate>,
    /// Last day; `None`: for ever.
    pub to: Option<NaiveDate>,
}

/// Who may send an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleRef {
    /// The subject itself.
    Itself,
    /// A role.
    Role(RoleId),
    /// Every person of a kind.
    Every(KindId),
}

/// "Only who …": a condition on the actor, stated once for several events.
#[derive(Debug)]
pub struct Permission {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// The clause it serves.
    pub clause: Option<ClauseId>,
    /// The events it covers.
    pub covers: Vec<EventId>,
    /// The condition, one per kind of subject covered (paths mean other slots there).
    pub only_if: Vec<(EventId, Expression)>,
    /// Whom a refusal is logged against, per covered event; absent: the actor.
    pub log_against: Vec<(EventId, Expression)>,
    /// What the refusal says.
    pub message: Option<Template>,
    /// Where it stands.
    pub span: Span,
}
