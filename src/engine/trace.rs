//! The trace: what was looked at and what came of it, as ids and values; rendered only when shown.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::{ClockChange, Effect, Moved, Outcome, ScoreResult};
use crate::model::{ClauseId, Expression, PermissionId, StateId, TableId, WorkflowId, Written};
use crate::record::Record;
use crate::value::Value;

/// Everything that happened in a step, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// What a condition read, in the order in which it looked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reads {
    /// Which of [`Written::paths`], and what was there.
    pub inputs: Vec<(usize, Value)>,
    /// What functions of the host answered: `name(arguments)` → value.
    pub answers: Vec<(Arc<str>, Value)>,
}

impl Reads {
    /// Room for what an expression may read.
    pub(super) fn of(expression: &Expression) -> Reads {
        Reads { inputs: Vec::with_capacity(expression.inputs.len()), answers: Vec::new() }
    }

    /// Each read with its name: `event.score` → 84 points.
    pub fn named<'a>(&'a self, written: &'a Written) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let path = |idx: &usize| written.paths.get(*idx).map_or("", AsRef::as_ref);
        let inputs = self.inputs.iter().map(move |(idx, value)| (path(idx), value));
        inputs.chain(self.answers.iter().map(|(asked, value)| (asked.as_ref(), value)))
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A record was judged; what follows belongs to it.
    Judged {
        /// The record.
        record: Arc<Record>,
        /// What came of it.
        outcome: Outcome,
    },
    /// A case opened.
    Opened {
        /// When.
        at: DateTime<Utc>,
        /// The case: `onboarding/1`.
        case: Arc<str>,
        /// The workflow.
        workflow: WorkflowId,
    },
    /// A guard was tried.
    Guard {
        /// The case's workflow.
        workflow: WorkflowId,
        /// The state it stands in.
        state: StateId,
        /// The guard as it was written.
        guard: Arc<Written>,
        /// What it gave; `None`: undecided.
        held: Option<bool>,
        /// What it read.
        reads: Reads,
        /// The clause of the transition.
        clause: Option<ClauseId>,
    },
    /// A permission was asked.
    Permission {
        /// The permission.
        permission: PermissionId,
        /// Its condition as it was written.
        condition: Arc<Written>,
        /// Whether it allowed.
        held: Option<bool>,
        /// What it read.
        reads: Reads,
    },
    /// The persons behind an act were compared with others that must not be behind it.
    FourEyes {
        /// The other act, or what names the others: `submitted`, `order.owner`.
        against: Arc<str>,
        /// The others.
        persons: Vec<Arc<str>>,
        /// Who is behind both, if anybody.
        clash: Option<Arc<str>>,
    },
    /// A lower bound was checked.
    Bound {
        /// The case's workflow.
        workflow: WorkflowId,
        /// The state.
        state: StateId,
        /// What it needs.
        needed: Arc<str>,
        /// What there is.
        so_far: Arc<str>,
        /// Whether it was reached.
        reached: bool,
    },
    /// What a state left before has done is made good: the effects of that follow.
    Compensated {
        /// When.
        at: DateTime<Utc>,
        /// The case.
        case: Arc<str>,
        /// Its workflow.
        workflow: WorkflowId,
        /// The state.
        state: StateId,
    },
    /// A case moved.
    Moved(Arc<Moved>),
    /// A clock did something.
    Clock(Arc<ClockChange>),
    /// An effect came to be owed.
    Effect(Arc<Effect>),
    /// A field was set.
    Assigned {
        /// When.
        at: DateTime<Utc>,
        /// The field.
        field: Arc<str>,
        /// Its new value.
        value: Value,
    },
    /// A result came or changed.
    Scored {
        /// When.
        at: DateTime<Utc>,
        /// The result as it stands now.
        result: Arc<ScoreResult>,
    },
    /// A table was asked.
    Table {
        /// The table.
        table: TableId,
        /// The inputs.
        inputs: Vec<(Arc<str>, Value)>,
        /// The row that counted, from 0; `None`: the default.
        row: Option<usize>,
    },
    /// A duty came up, was discharged, waived or became late.
    Duty {
        /// When.
        at: DateTime<Utc>,
        /// Its name.
        duty: Arc<str>,
        /// What this one is called: `2026-H1`.
        of: Arc<str>,
        /// First day of the period, or the day of the event.
        day: NaiveDate,
        /// When it is due.
        due: DateTime<Utc>,
        /// Until when it is not late.
        late_after: DateTime<Utc>,
        /// What happened.
        what: DutyNews,
        /// Its clause.
        clause: Option<ClauseId>,
    },
}

/// What happened to a duty.
#[derive(Clone, Debug, PartialEq)]
pub enum DutyNews {
    /// It came up; it is owed from here on.
    Opened,
    /// It was discharged when it was due or before.
    Done,
    /// It was discharged after it was due, within the grace.
    DoneInGrace,
    /// It was discharged when it was late.
    DoneLate,
    /// It is late.
    Late,
    /// It is owed no longer.
    Waived {
        /// The condition or date on which it hangs, as it was written.
        because: Arc<Written>,
        /// What that read.
        reads: Reads,
    },
}
