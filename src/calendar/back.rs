//! Time taken back from an instant: the latest start that still leaves a duration whole.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};

use super::compute::{Steps, add_wall, instant, negated, seconds_of, steps};
use crate::calendar::{Calendar, Conventions, MonthEnd, Roll, StartDay, TimeError};
use crate::quantity::{ClockKind, Duration, TimeUnit};
use crate::zone;

impl Calendar {
    /// The latest instant from which a duration is over by an instant: "at least 3 working days before the meeting".
    ///
    /// - *Wall*: elapsed time.
    /// - *Business*: the open seconds before the instant count; one that falls on a window's start stays there.
    /// - *Working*: the instant's civil date does not count; the n-th working day before it, at its end.
    /// - *Calendar*: the instant's civil date does not count; so many days or months before it, at that day's end. Where the
    ///   conventions roll, a day off rolls *back* to the working day before it, so that the whole time lies between. The
    ///   law knows no such case; this is the reading that cuts nobody's time short.
    ///
    /// Where the conventions count the start day, the instant's own day is the first counted. Never later than the instant,
    /// and never later for an earlier instant or a larger amount. Of open instants, business and wall time undo
    /// [`Calendar::add`]; days undo it by the civil date. A negative amount is added.
    ///
    /// ```
    /// # use rulebook::time::{Calendar, Conventions, instant};
    /// # let office = Calendar::cn_office().map_err(|report| report.to_string())?;
    /// let meeting = instant("2026-04-08 10:00", office.zone())?;
    /// let told_by = office.sub(meeting, "3 working days".parse()?, &Conventions::default())?;
    /// assert_eq!(told_by, instant("2026-04-02 18:00", office.zone())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A result outside the coverage; a clock that does not count the unit.
    pub fn sub(
        &self,
        end: DateTime<Utc>,
        duration: Duration,
        conventions: &Conventions,
    ) -> Result<DateTime<Utc>, TimeError> {
        if duration.amount < 0 {
            return self.add(end, negated(duration)?, conventions);
        }
        match duration.clock {
            ClockKind::Wall => add_wall(end, negated(duration)?),
            ClockKind::Business => {
                let seconds = seconds_of(duration).filter(|_| duration.unit < TimeUnit::Days);
                self.sub_business(end, seconds.ok_or(TimeError::BadDuration(duration))?)
            }
            ClockKind::Working | ClockKind::Calendar => {
                let day = self.first_day(zone::date_of(self.zone(), end), duration, conventions)?;
                Ok(self.end_of(day, conventions)?.min(end))
            }
        }
    }

    fn sub_business(&self, end: DateTime<Utc>, seconds: i64) -> Result<DateTime<Utc>, TimeError> {
        self.known(end)?;
        let found = match seconds {
            0 => self.layout().last_open(end.timestamp()),
            _ => self.layout().before_open(end.timestamp(), seconds),
        };
        found.and_then(instant).ok_or_else(|| self.before_all())
    }

    /// The day that lies so many working or calendar days before a date, rolled back where the conventions roll.
    fn first_day(
        &self,
        to: NaiveDate,
        duration: Duration,
        conventions: &Conventions,
    ) -> Result<NaiveDate, TimeError> {
        let amount = u64::try_from(duration.amount).map_err(|_| TimeError::BadDuration(duration))?;
        if duration.clock == ClockKind::Working {
            if duration.unit != TimeUnit::Days {
                return Err(TimeError::BadDuration(duration));
            }
            self.covered(to)?;
            return match (amount, conventions.start_day) {
                (0, _) => self.nth_back(to, 1),
                (_, StartDay::Counted) => self.nth_back(to, amount),
                (_, StartDay::NotCounted) => {
                    self.nth_back(to.pred_opt().ok_or_else(|| self.before_all())?, amount)
                }
            };
        }
        let day = civil_start(to, amount, duration, conventions)?;
        self.covered(day)?;
        match conventions.days_roll {
            Roll::NextWorkingDay => self.nth_back(day, 1),
            Roll::None => Ok(day),
        }
    }
}

/// The civil day from which calendar time runs until a date, before it is rolled.
fn civil_start(
    to: NaiveDate,
    amount: u64,
    duration: Duration,
    conventions: &Conventions,
) -> Result<NaiveDate, TimeError> {
    let counted = conventions.start_day == StartDay::Counted && amount > 0;
    let start = match steps(duration.unit, amount).ok_or(TimeError::BadDuration(duration))? {
        Steps::Days(days) => days.and_then(|days| to.checked_sub_days(Days::new(days))),
        Steps::Months(months) => months.and_then(|months| {
            let start = to.checked_sub_months(Months::new(months))?;
            let clamped = start.day() < to.day() && conventions.month_end == MonthEnd::NextDay && !counted;
            if clamped { start.succ_opt() } else { Some(start) }
        }),
    };
    let start = if counted { start.and_then(|start| start.succ_opt()) } else { start };
    start.ok_or(TimeError::TooFar(duration))
}
