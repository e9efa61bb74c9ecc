//! The trace: what was looked at and what came of it, as ids and values; rendered only when shown.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::{ClockChange, Effect, Moved, Outcome, ScoreResult};
use crate::model::{ClauseId, PermissionId, StateId, TableId, WorkflowId};
use crate::record::Record;
use crate::source::Span;
use crate::value::Value;

/// Everything that happened in a step, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The entries.
    pub entries: Vec<Entry>,
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
        /// Where the guard stands.
        span: Span,
        /// Its text.
        text: Arc<str>,
        /// What it gave; `None`: undecided.
        held: Option<bool>,
        /// What it read.
        reads: Vec<(Arc<str>, Value)>,
        /// The clause of the transition.
        clause: Option<ClauseId>,
    },
    /// A permission was asked.
    Permission {
        /// The permission.
        permission: PermissionId,
        /// Whether it allowed.
        held: Option<bool>,
        /// What it read.
        reads: Vec<(Arc<str>, Value)>,
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
    /// A duty came up, was discharged or became late.
    Duty {
        /// When.
        at: DateTime<Utc>,
        /// Its name.
        duty: Arc<str>,
        /// First day of the period.
        period: NaiveDate,
        /// When it is due.
        due: DateTime<Utc>,
        /// `opened`, `done`, `done_late`, `late`.
        what: &'static str,
        /// Its clause.
        clause: Option<ClauseId>,
    },
}
