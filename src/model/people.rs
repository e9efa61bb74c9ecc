//! Kinds of subject with their fields and events; roles; permissions.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{
    ClauseId, DutyId, EffectTemplate, EventId, Expression, KindId, MeasureId, PermissionId, ReadId, RoleId,
    ScorecardId, Template, WorkflowId,
};
use crate::lang::Label;
use crate::source::Span;
use crate::value::Type;

/// The name under which an event on somebody's behalf captures whom that person lets stand in.
pub const DELEGATIONS: &str = "on_behalf_of.delegated";

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
    /// The roles that such a person may hand to another by the event `delegated`; empty: there is no such event.
    pub may_delegate: Vec<RoleId>,
    /// Whether some `four_eyes` of its events has to know who is behind others.
    pub compares: bool,
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
    /// Who may change it by `changed`; empty: whoever may send `changed`.
    pub changed_by: Vec<RoleRef>,
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
    /// Whom it must not rest on.
    pub four_eyes: Option<Arc<FourEyes>>,
    /// Whether some `four_eyes` names it, so that the state keeps who is behind it.
    pub compared: bool,
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

/// Whom an event must not rest on: nobody may be behind both it and what is named here.
#[derive(Debug)]
pub struct FourEyes {
    /// Events of the same case, or the built-in `opened` of the subject.
    pub of: Vec<EventId>,
    /// What names persons: fields of the subject, data of the event.
    pub not: Vec<Expression>,
    /// Where it stands.
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
    /// Built in: a person lets another stand in: `delegated {to, roles?, from, until, reason}`.
    Delegated,
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
    /// Whoever a path through other subjects names: `staff.manager.manager`.
    Through {
        /// The kind whose field begins the path.
        kind: KindId,
        /// The read behind it; its value is captured at the door.
        read: ReadId,
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

/// Somebody who stands in for somebody, over a time.
#[derive(Clone, Debug)]
pub struct Substitute {
    /// Who is away: the bare name.
    pub absent: Arc<str>,
    /// Who stands in: the bare name.
    pub by: Arc<str>,
    /// First day; `None`: since ever.
    pub from: Option<NaiveDate>,
    /// Last day; `None`: for ever.
    pub to: Option<NaiveDate>,
    /// The roles; empty: all that the person holds.
    pub roles: Vec<RoleId>,
    /// Why.
    pub because: Option<Label>,
    /// Where the one who is away stands.
    pub absent_span: Span,
    /// Where the one who stands in stands.
    pub span: Span,
}

/// A login that several people use: nobody knows which of them acted.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Where it stands.
    pub span: Span,
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

impl Holder {
    /// Whether the role is held on a day.
    pub fn on(&self, day: NaiveDate) -> bool {
        within(self.from, self.to, day)
    }
}

impl Substitute {
    /// Whether it is in force on a day.
    pub fn on(&self, day: NaiveDate) -> bool {
        within(self.from, self.to, day)
    }

    /// Whether there is a day and a role for which both this and another are in force.
    pub fn meets(&self, other: &Substitute) -> bool {
        let begins = self.from.max(other.from);
        let ends = [self.to, other.to].into_iter().flatten().min();
        let any = self.roles.is_empty() || other.roles.is_empty();
        begins.zip(ends).is_none_or(|(begins, ends)| begins <= ends)
            && (any || self.roles.iter().any(|role| other.roles.contains(role)))
    }

    /// Whether it covers a role.
    pub fn covers(&self, role: RoleId) -> bool {
        self.roles.is_empty() || self.roles.contains(&role)
    }
}

fn within(from: Option<NaiveDate>, to: Option<NaiveDate>, day: NaiveDate) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
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
    /// What happens on a refusal, per covered event.
    pub refused: Vec<(EventId, Vec<EffectTemplate>)>,
    /// Where it stands.
    pub span: Span,
}
