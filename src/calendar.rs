//! Business time: calendars of open windows, holidays and make-up days, and the due dates they give.
//!
//! A [`Calendar`] is built once from a [`CalendarDef`] and lays its whole coverage out as sums, so that every question
//! is a binary search. Outside its coverage nothing is guessed: the answer is [`TimeError::NotCovered`].
//!
//! Local times that a zone skips are shifted forward to the first instant after the gap; local times that exist twice
//! take the earlier. An overnight window belongs to the day it starts on.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::lang::{Lang, Message};
use crate::quantity::Duration;
use crate::zone;

mod compute;
mod def;
mod explain;
mod layout;
mod shipped;
mod window;

pub use def::{CalendarDef, CalendarProblem};
pub use explain::{Closed, DayCounted, DueExplanation, SkippedDays, WindowUsed};
#[cfg(test)]
pub use shipped::CN_OFFICE;
pub use shipped::SHIPPED;
pub use window::{Window, day_windows, weekdays};

use layout::Layout;

/// A calendar that can compute; cheap to clone.
#[derive(Clone)]
pub struct Calendar {
    inner: Arc<Inner>,
}

struct Inner {
    def: CalendarDef,
    layout: Layout,
}

/// How a policy reads durations in days: `policy: {durations: {days_roll, days_end}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// What happens when calendar time ends on a day that is not a working day.
    pub days_roll: Roll,
    /// When the last day of working or calendar days ends.
    pub days_end: DaysEnd,
}

/// What happens when calendar time ends on a day that is not a working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roll {
    /// It ends on the next working day, as in PRC Civil Code art. 203.
    NextWorkingDay,
    /// It ends on that day all the same.
    None,
}

/// When the last day of working or calendar days ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaysEnd {
    /// At the end of the day's last window, as in PRC Civil Code art. 203; at 23:59:59 on a day without windows.
    CloseOfBusiness,
    /// At 23:59:59.
    Midnight,
}

/// Why a calendar gives no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// The answer lies on a date that the calendar does not cover.
    NotCovered {
        /// The calendar's name.
        calendar: Arc<str>,
        /// The first date that would have been needed.
        date: NaiveDate,
    },
    /// A duration whose clock does not count its unit, or a negative one.
    BadDuration(Duration),
    /// A share of a duration that is not from 0 to 1.
    BadShare(rust_decimal::Decimal),
    /// An instant beyond what can be represented.
    TooFar(Duration),
}

impl Default for Conventions {
    /// As PRC Civil Code art. 203 has it: roll to the next working day, end at the close of business.
    fn default() -> Conventions {
        Conventions { days_roll: Roll::NextWorkingDay, days_end: DaysEnd::CloseOfBusiness }
    }
}

impl Calendar {
    /// Lays out a calendar over its coverage.
    ///
    /// # Errors
    /// The first of [`CalendarDef::problems`], and a calendar without any open window.
    pub fn new(def: CalendarDef) -> Result<Calendar, CalendarProblem> {
        if let Some(problem) = def.problems().into_iter().next() {
            return Err(problem);
        }
        let layout = Layout::new(&def)?;
        Ok(Calendar { inner: Arc::new(Inner { def, layout }) })
    }

    /// What it was built from.
    pub fn def(&self) -> &CalendarDef {
        &self.inner.def
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.inner.def.name
    }

    /// Its time zone.
    pub fn zone(&self) -> Tz {
        self.inner.def.zone
    }

    /// The first and the last date it covers.
    pub fn coverage(&self) -> (NaiveDate, NaiveDate) {
        self.inner.def.coverage
    }

    /// Whether the day has open windows.
    ///
    /// # Errors
    /// A date outside the coverage.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, TimeError> {
        self.covered(date)?;
        Ok(!self.inner.def.windows(date).is_empty())
    }

    /// The end of the day's last window; nothing on a day without windows.
    ///
    /// # Errors
    /// A date outside the coverage.
    pub fn close_of(&self, date: NaiveDate) -> Result<Option<DateTime<Utc>>, TimeError> {
        self.covered(date)?;
        let end = self.inner.def.windows(date).iter().map(|window| window.end()).max();
        Ok(end.map(|end| zone::instant(self.zone(), date, end)))
    }

    fn layout(&self) -> &Layout {
        &self.inner.layout
    }

    fn covered(&self, date: NaiveDate) -> Result<(), TimeError> {
        let (first, last) = self.coverage();
        if first <= date && date <= last { Ok(()) } else { Err(self.not_covered(date)) }
    }

    fn not_covered(&self, date: NaiveDate) -> TimeError {
        TimeError::NotCovered { calendar: Arc::clone(self.name()), date }
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Calendar) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner.def == other.inner.def
    }
}

impl Eq for Calendar {}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.coverage();
        write!(f, "Calendar({} {first} to {last} {})", self.name(), self.zone())
    }
}

impl TimeError {
    /// What went wrong, for people.
    pub fn message(&self) -> Message {
        match self {
            TimeError::NotCovered { calendar, date } => {
                Message::new("time-not-covered", [calendar.to_string(), date.to_string()])
            }
            TimeError::BadDuration(duration) => Message::new("time-bad-duration", [duration]),
            TimeError::BadShare(share) => Message::new("time-bad-share", [share]),
            TimeError::TooFar(duration) => Message::new("time-too-far", [duration]),
        }
    }
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message().render(Lang::En))
    }
}

impl std::error::Error for TimeError {}

impl From<TimeError> for crate::error::Error {
    fn from(error: TimeError) -> crate::error::Error {
        let kind = match error {
            TimeError::NotCovered { .. } => crate::error::ErrorKind::NotCovered,
            _ => crate::error::ErrorKind::Malformed,
        };
        crate::error::Error::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests;
