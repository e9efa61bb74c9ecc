//! Parameters: typed, dated, bounded.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{CalendarId, ClauseId, Source};
use crate::calendar::Conventions;
use crate::lang::Label;
use crate::source::Span;
use crate::value::{ClockKind, Type, Value};

/// One parameter, or one member of a set (`kpi_weights.sales`).
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name without `$`.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// The clause whose blank it fills.
    pub clause: Option<ClauseId>,
    /// Its type.
    pub ty: Type,
    /// Its values.
    pub values: ParameterValues,
    /// Which date governs.
    pub as_of: AsOf,
    /// What a change does to running clocks.
    pub in_flight: InFlight,
    /// The calendar that a duration runs on.
    pub calendar: Option<CalendarId>,
    /// How a duration counts days and months: what the parameter says, else the policy.
    pub conventions: Conventions,
    /// Where it stands.
    pub span: Span,
}

/// The values of a parameter.
#[derive(Clone, Debug)]
pub enum ParameterValues {
    /// By date, ascending, without overlap.
    Dated(Vec<Version>),
    /// By the value of a choice: the row of `by`.
    ByRow {
        /// What chooses the row.
        by: Source,
        /// Choice → value.
        rows: BTreeMap<Arc<str>, Value>,
    },
}

/// One dated version.
#[derive(Clone, Debug)]
pub struct Version {
    /// First day in force; `None`: since ever.
    pub from: Option<NaiveDate>,
    /// Last day in force; `None`: until the next version or for ever.
    pub to: Option<NaiveDate>,
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// Which date chooses the version of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AsOf {
    /// The day of the event; for a clock, of its start.
    #[default]
    Event,
    /// The first day of the assessment period.
    PeriodStart,
    /// The day of the decision being taken.
    Decision,
}

/// What a change of the parameter does to clocks that are running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum InFlight {
    /// Due dates stand.
    #[default]
    Keep,
    /// Due dates are computed again from the start.
    Recompute,
}

impl Parameter {
    /// Whether its value follows from the subject rather than from the date.
    pub fn depends_on_subject(&self) -> bool {
        matches!(self.values, ParameterValues::ByRow { .. })
    }

    /// Whether one of its values is a duration in days or months, or may still become one.
    pub fn may_count_days(&self) -> bool {
        let fits = |value: &Value| match value {
            Value::Duration(duration) => matches!(duration.clock, ClockKind::Working | ClockKind::Calendar),
            Value::Absent => true,
            _ => false,
        };
        match &self.values {
            ParameterValues::Dated(versions) => versions.iter().any(|version| fits(&version.value)),
            ParameterValues::ByRow { rows, .. } => rows.values().any(fits),
        }
    }

    /// The only version, where it is in force on every day.
    pub fn always(&self) -> Option<&Version> {
        let ParameterValues::Dated(versions) = &self.values else { return None };
        match versions.as_slice() {
            [only] if only.from.is_none() && only.to.is_none() => Some(only),
            _ => None,
        }
    }

    /// The version in force on a day.
    pub fn version_on(&self, day: NaiveDate) -> Option<&Version> {
        let ParameterValues::Dated(versions) = &self.values else { return None };
        versions
            .iter()
            .rev()
            .find(|version| version.from.is_none_or(|from| from <= day))
            .filter(|version| version.to.is_none_or(|to| day <= to))
    }
}
