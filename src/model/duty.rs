//! Duties: what is owed each period, or after an event.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{Amount, CalendarId, ClauseId, Counting, EffectTemplate, EventId, Expression, KindId, RoleRef};
use crate::lang::Label;
use crate::period::{PeriodKind, Recurrence};
use crate::source::Span;

/// A recurring or triggered duty.
#[derive(Debug)]
pub struct Duty {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Its clause.
    pub clause: Option<ClauseId>,
    /// Every subject of this kind owes it.
    pub kind: KindId,
    /// What brings one about.
    pub arises: Arises,
    /// The calendar of its working days.
    pub calendar: CalendarId,
    /// One is owed only while this holds; an open one is waived when it no longer does.
    pub only_if: Option<Expression>,
    /// The day or instant from which it is owed.
    pub from: Option<Expression>,
    /// The last day or instant on which it is owed.
    pub until: Option<Expression>,
    /// Who is answerable.
    pub owed_by: Vec<Owner>,
    /// When it is due.
    pub due: DutyDue,
    /// How long after it is due it is not late yet.
    pub grace: Option<(Amount, Counting)>,
    /// What discharges one: the one that it names, else the oldest open one.
    pub done_by: Vec<EventId>,
    /// What must hold of the event that discharges it.
    pub done_if: Vec<(EventId, Expression)>,
    /// The slot by which an event says which one is meant.
    pub matched_by: Vec<(EventId, usize)>,
    /// What happens when it is late.
    pub late: Vec<EffectTemplate>,
    /// What happens when it is discharged late.
    pub done_late: Vec<EffectTemplate>,
    /// Where it stands.
    pub span: Span,
}

/// What brings a duty about.
#[derive(Debug)]
pub enum Arises {
    /// A period begins.
    Every(Every),
    /// One of these events happens.
    After(Vec<EventId>),
}

/// How often a duty recurs.
#[derive(Clone, Debug)]
pub enum Every {
    /// Each month, quarter, half-year or year.
    Period(PeriodKind),
    /// Each week, Monday to Sunday.
    Week,
    /// So many working days, counted from a day on.
    WorkingDays {
        /// How many.
        days: u32,
        /// The first day.
        from: NaiveDate,
    },
    /// On the days of a recurrence rule.
    Rule(Recurrence),
}

/// Who is answerable for a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A role, the subject itself, or every person of a kind.
    Role(RoleRef),
    /// Whoever a field of the subject names.
    Field(usize),
}

/// When a duty is due.
#[derive(Clone, Debug, PartialEq)]
pub enum DutyDue {
    /// At close of the n-th working day after the period.
    WorkingDayAfter(u32),
    /// At close of the n-th working day of the period.
    WorkingDayOf(u32),
    /// At close of the period's last working day.
    LastWorkingDay,
    /// At the end of the day on which it falls.
    OnTheDay,
    /// So long after the period's last day, or after the event.
    After(Amount, Counting),
}

impl Duty {
    /// The events that bring one about; empty for a recurring one.
    pub fn triggers(&self) -> &[EventId] {
        match &self.arises {
            Arises::After(events) => events,
            Arises::Every(_) => &[],
        }
    }

    /// Whether it hangs on a condition or a date of the subject.
    pub fn is_conditional(&self) -> bool {
        self.only_if.is_some() || self.from.is_some() || self.until.is_some()
    }
}
