//! Business time: calendars of open windows, holidays and make-up days, and the due dates they give.
//!
//! A [`Calendar`] is built once from a [`CalendarDef`] and lays its whole coverage out as sums, so that every question
//! is a binary search. Outside its coverage nothing is guessed: the answer is [`TimeError::NotCovered`]; a calendar that
//! says [`Beyond::Provisional`] goes on with its week and no holidays for ten years either way, and says where it did.
//!
//! Local times that a zone skips are shifted forward to the first instant after the gap; local times that exist twice
//! take the earlier. An overnight window belongs to the day it starts on.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::lang::{Lang, Message};
use crate::period::Period;
use crate::quantity::Duration;
use crate::zone;

mod back;
mod between;
mod compute;
mod def;
mod explain;
mod ics;
mod layout;
mod pause;
mod shipped;
mod window;

pub use def::{Beyond, CalendarDef, CalendarProblem, MakeUp, Week};
pub use explain::{Closed, DayCounted, DayExplanation, DayRule, DueExplanation, SkippedDays, WindowUsed};
pub use ics::read_ics;
pub use pause::Pause;
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
    /// The first and the last date that it answers for, provisionally or not.
    extent: (NaiveDate, NaiveDate),
}

/// How a policy reads durations in days and months: `policy: {durations: {start_day, month_end, days_roll, days_end}}`.
///
/// The default is how the PRC Civil Code reads them; art. 204 lets the parties agree otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// Whether the day on which working or calendar time starts is its first.
    pub start_day: StartDay,
    /// Where a month ends that has no day of the start's number.
    pub month_end: MonthEnd,
    /// What happens when calendar time ends on a day that is not a working day.
    pub days_roll: Roll,
    /// When the last day of working or calendar days ends.
    pub days_end: DaysEnd,
}

/// Whether the day on which working or calendar time starts is its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartDay {
    /// The day after it is the first, as in PRC Civil Code art. 201. One month from 15 January ends on 15 February.
    NotCounted,
    /// It is the first. One month from 15 January ends on 14 February.
    Counted,
}

/// Where a month ends that has no day of the start's number: one month from 31 January.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonthEnd {
    /// On its last day, as in PRC Civil Code art. 202: 28 February.
    LastDay,
    /// On the first day of the next: 1 March.
    NextDay,
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
    /// At the end of the day's last window, as in PRC Civil Code art. 203; at 23:59:59 on a day without windows, or
    /// where the window ends at 24:00.
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
    /// A duration whose clock does not count its unit, or a negative one where only a positive one has a meaning.
    BadDuration(Duration),
    /// A period has fewer days, or fewer working days, than asked for.
    NoSuchDay {
        /// The calendar whose working days were counted; nothing for civil days.
        calendar: Option<Arc<str>>,
        /// The period.
        period: Period,
        /// Which day of it, from 1.
        nth: u32,
        /// How many it has.
        has: u32,
    },
    /// A share of a duration that is not from 0 to 1.
    BadShare(rust_decimal::Decimal),
    /// An instant beyond what can be represented.
    TooFar(Duration),
}

impl Default for Conventions {
    /// As PRC Civil Code art. 201 to 203 have it: the start day does not count, a month without such a day ends on its last,
    /// a last day off rolls to the next working day, and the last day ends at the close of business.
    fn default() -> Conventions {
        Conventions {
            start_day: StartDay::NotCounted,
            month_end: MonthEnd::LastDay,
            days_roll: Roll::NextWorkingDay,
            days_end: DaysEnd::CloseOfBusiness,
        }
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
        let extent = def.extent();
        let layout = Layout::new(&def, extent)?;
        Ok(Calendar { inner: Arc::new(Inner { def, layout, extent }) })
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

    /// The first date from one instant to a later one that the calendar only answers for provisionally: by its week,
    /// without holidays. Nothing if it covers them all, or refuses what it does not cover.
    ///
    /// Elapsed time asks no calendar, so a result of it is never provisional.
    pub fn provisional_from(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<NaiveDate> {
        if self.inner.def.beyond == Beyond::Refused {
            return None;
        }
        let (first, last) = self.coverage();
        let (from, to) = (zone::date_of(self.zone(), from), zone::date_of(self.zone(), to));
        if from < first {
            return Some(from);
        }
        let after = last.succ_opt().unwrap_or(last);
        (to > last).then(|| from.max(after))
    }

    /// Whether the day has open windows.
    ///
    /// # Errors
    /// A date outside the coverage.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, TimeError> {
        self.covered(date)?;
        Ok(self.layout().is_working(date))
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

    /// The first and the last date it answers for.
    fn extent(&self) -> (NaiveDate, NaiveDate) {
        self.inner.extent
    }

    fn covered(&self, date: NaiveDate) -> Result<(), TimeError> {
        let (first, last) = self.extent();
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
            TimeError::NoSuchDay { calendar: Some(calendar), period, nth, has } => Message::new(
                "time-no-such-working-day",
                [calendar.to_string(), period.to_string(), nth.to_string(), has.to_string()],
            ),
            TimeError::NoSuchDay { calendar: None, period, nth, has } => {
                Message::new("time-no-such-day", [period.to_string(), nth.to_string(), has.to_string()])
            }
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
