//! Due dates, open time and working days of a calendar; each a binary search in its layout.

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::calendar::{Calendar, Conventions, DaysEnd, Roll, TimeError};
use crate::period::Period;
use crate::quantity::{ClockKind, Duration, TimeUnit};
use crate::scalar::DayOfPeriod;
use crate::zone;

impl Calendar {
    /// Whether an instant lies in an open window; the window's end does not.
    ///
    /// # Errors
    /// An instant outside the coverage.
    pub fn is_open(&self, at: DateTime<Utc>) -> Result<bool, TimeError> {
        self.known(at)?;
        let next = self.layout().stretch_from(at.timestamp());
        Ok(next.is_some_and(|stretch| stretch.start <= at.timestamp()))
    }

    /// The instant itself if it is open, else when the next window opens.
    ///
    /// # Errors
    /// An instant outside the coverage, or no window after it within the coverage.
    pub fn next_open(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, TimeError> {
        self.known(at)?;
        let next = self.layout().stretch_from(at.timestamp()).ok_or_else(|| self.beyond())?;
        Ok(at.max(instant(next.start).ok_or_else(|| self.beyond())?))
    }

    /// The open seconds from one instant to another; 0 if the second is not later.
    ///
    /// # Errors
    /// An instant outside the coverage.
    pub fn business_seconds(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<i64, TimeError> {
        self.known(from)?;
        self.known(to)?;
        let seconds = self.layout().open_before(to.timestamp()) - self.layout().open_before(from.timestamp());
        Ok(seconds.max(0))
    }

    /// The n-th working day on or after a date, `n` from 1; 0 is read as 1.
    ///
    /// # Errors
    /// The date, or the day found, lies outside the coverage.
    pub fn nth_working_day(&self, from: NaiveDate, n: u32) -> Result<NaiveDate, TimeError> {
        self.nth_from(from, u64::from(n.max(1)))
    }

    /// The last working day on or before a date.
    ///
    /// # Errors
    /// The date lies outside the coverage, or no covered day before it is worked.
    pub fn last_working_day(&self, to: NaiveDate) -> Result<NaiveDate, TimeError> {
        self.covered(to)?;
        let before = || self.not_covered(self.coverage().0.pred_opt().unwrap_or(to));
        self.layout().last_working(to).ok_or_else(before)
    }

    /// How many working days lie from one date to another, both included; 0 if the second is earlier.
    ///
    /// # Errors
    /// A date outside the coverage.
    pub fn working_days(&self, from: NaiveDate, to: NaiveDate) -> Result<u32, TimeError> {
        self.covered(from)?;
        self.covered(to)?;
        let before = from.pred_opt().map_or(0, |day| self.layout().working_through(day));
        Ok(self.layout().working_through(to).saturating_sub(before))
    }

    /// The date that a day of a period names: within the period, or counted from the day after its end.
    ///
    /// # Errors
    /// The date lies outside the coverage.
    pub fn day_of_period(&self, day: DayOfPeriod, period: Period) -> Result<NaiveDate, TimeError> {
        let first = if day.after { period.next().first_day() } else { period.first_day() };
        let date = match (day.nth, day.working) {
            (None, true) => self.last_working_day(period.last_day())?,
            (None, false) => period.last_day(),
            (Some(nth), true) => self.nth_working_day(first, nth)?,
            (Some(nth), false) => {
                first.checked_add_days(Days::new(u64::from(nth.max(1)) - 1)).ok_or_else(|| self.beyond())?
            }
        };
        self.covered(date)?;
        Ok(date)
    }

    /// When the last moment of a day is: its close of business or 23:59:59, as the conventions say.
    ///
    /// # Errors
    /// The date lies outside the coverage.
    pub fn end_of(&self, date: NaiveDate, conventions: &Conventions) -> Result<DateTime<Utc>, TimeError> {
        let close = self.close_of(date)?;
        let midnight = zone::day_end(self.zone(), date);
        Ok(match conventions.days_end {
            DaysEnd::CloseOfBusiness => close.unwrap_or(midnight),
            DaysEnd::Midnight => midnight,
        })
    }

    /// When a duration that starts at an instant is over; an event in that second is still in time.
    ///
    /// - *Wall*: elapsed time. Needs no calendar, so the coverage is not asked.
    /// - *Business*: only open windows count. A start outside them counts from the next opening; a due that falls on a
    ///   window's end stays there.
    /// - *Working*: the start's civil date does not count; ends with the n-th working day after it. 0 days end with the
    ///   start's day, or with the next working day if that is none.
    /// - *Calendar*: the start's civil date does not count (PRC Civil Code art. 201); months end on the same day, or on
    ///   the month's last where there is none (art. 202); rolled and ended as the conventions say (art. 203).
    ///
    /// Never earlier than the start, and never earlier for a later start or a larger amount.
    ///
    /// # Errors
    /// A result outside the coverage; a clock that does not count the unit; a negative amount.
    pub fn add(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        conventions: &Conventions,
    ) -> Result<DateTime<Utc>, TimeError> {
        if duration.amount < 0 {
            return Err(TimeError::BadDuration(duration));
        }
        match duration.clock {
            ClockKind::Wall => self.add_wall(start, duration),
            ClockKind::Business => {
                let seconds = seconds_of(duration).filter(|_| duration.unit < TimeUnit::Days);
                self.add_business(start, seconds.ok_or(TimeError::BadDuration(duration))?)
            }
            ClockKind::Working | ClockKind::Calendar => {
                let (_, last) = self.last_day(start, duration, conventions)?;
                Ok(self.end_of(last, conventions)?.max(start))
            }
        }
    }

    /// The first second at which a share of a duration has passed: 0 is the start, 1 the due instant.
    ///
    /// Shares of wall and calendar time are of the seconds between start and due; shares of business time and of
    /// working days are of the open seconds between them.
    ///
    /// # Errors
    /// As for [`Calendar::add`], and a share that is not from 0 to 1.
    pub fn at_share(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        share: Decimal,
        conventions: &Conventions,
    ) -> Result<DateTime<Utc>, TimeError> {
        if share < Decimal::ZERO || share > Decimal::ONE {
            return Err(TimeError::BadShare(share));
        }
        let due = self.add(start, duration, conventions)?;
        if share.is_zero() {
            return Ok(start);
        }
        if share == Decimal::ONE {
            return Ok(due);
        }
        let at = match duration.clock {
            ClockKind::Wall | ClockKind::Calendar => {
                let seconds = share_of((due - start).num_seconds(), share);
                start.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(due)
            }
            ClockKind::Business | ClockKind::Working => {
                match share_of(self.business_seconds(start, due)?, share) {
                    0 => due,
                    seconds => self.add_business(start, seconds)?,
                }
            }
        };
        Ok(at.min(due))
    }

    /// The day on which working or calendar time runs out, before and after it is rolled.
    pub(super) fn last_day(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        conventions: &Conventions,
    ) -> Result<(NaiveDate, NaiveDate), TimeError> {
        let from = zone::date_of(self.zone(), start);
        if duration.clock == ClockKind::Working {
            let amount = u64::try_from(duration.amount).ok().filter(|_| duration.unit == TimeUnit::Days);
            let last = match amount.ok_or(TimeError::BadDuration(duration))? {
                0 => self.nth_from(from, 1)?,
                amount => {
                    self.covered(from)?;
                    self.nth_from(from.succ_opt().ok_or_else(|| self.beyond())?, amount)?
                }
            };
            return Ok((last, last));
        }
        let last = civil_end(from, duration)?;
        self.covered(last)?;
        match conventions.days_roll {
            Roll::NextWorkingDay => Ok((last, self.nth_from(last, 1)?)),
            Roll::None => Ok((last, last)),
        }
    }

    fn add_wall(&self, start: DateTime<Utc>, duration: Duration) -> Result<DateTime<Utc>, TimeError> {
        let seconds = seconds_of(duration).ok_or(TimeError::BadDuration(duration))?;
        let span = TimeDelta::try_seconds(seconds).ok_or(TimeError::TooFar(duration))?;
        start.checked_add_signed(span).ok_or(TimeError::TooFar(duration))
    }

    fn add_business(&self, start: DateTime<Utc>, seconds: i64) -> Result<DateTime<Utc>, TimeError> {
        let open = self.next_open(start)?;
        if seconds == 0 {
            return Ok(open);
        }
        let target = self.layout().open_before(open.timestamp()).checked_add(seconds);
        target
            .and_then(|target| self.layout().after_open(target))
            .and_then(instant)
            .ok_or_else(|| self.beyond())
    }

    fn nth_from(&self, from: NaiveDate, n: u64) -> Result<NaiveDate, TimeError> {
        self.covered(from)?;
        self.layout().nth_working(from, n).ok_or_else(|| self.beyond())
    }

    fn known(&self, at: DateTime<Utc>) -> Result<(), TimeError> {
        if self.layout().knows(at) {
            return Ok(());
        }
        let (first, last) = self.coverage();
        let date = zone::date_of(self.zone(), at);
        // Before the first day's opening the windows of the day before would have to be known.
        let inside = first <= date && date <= last;
        Err(self.not_covered(if inside { first.pred_opt().unwrap_or(date) } else { date }))
    }

    /// The calendar ends before the answer.
    fn beyond(&self) -> TimeError {
        let last = self.coverage().1;
        self.not_covered(last.succ_opt().unwrap_or(last))
    }
}

/// The seconds of a duration in units of fixed length; nothing for months and longer, or beyond 64 bits.
fn seconds_of(duration: Duration) -> Option<i64> {
    let unit = match duration.unit {
        TimeUnit::Seconds => 1,
        TimeUnit::Minutes => 60,
        TimeUnit::Hours => 3_600,
        TimeUnit::Days => 86_400,
        TimeUnit::Weeks => 7 * 86_400,
        TimeUnit::Months | TimeUnit::Quarters | TimeUnit::Years => return None,
    };
    duration.amount.checked_mul(unit)
}

/// The civil day on which calendar time ends: the start day does not count, and a month without such a day ends on its last.
fn civil_end(from: NaiveDate, duration: Duration) -> Result<NaiveDate, TimeError> {
    let amount = u64::try_from(duration.amount).map_err(|_| TimeError::BadDuration(duration))?;
    let days = |each: u64| from.checked_add_days(Days::new(amount.checked_mul(each)?));
    let months =
        |each: u64| from.checked_add_months(Months::new(u32::try_from(amount.checked_mul(each)?).ok()?));
    let end = match duration.unit {
        TimeUnit::Days => days(1),
        TimeUnit::Weeks => days(7),
        TimeUnit::Months => months(1),
        TimeUnit::Quarters => months(3),
        TimeUnit::Years => months(12),
        TimeUnit::Seconds | TimeUnit::Minutes | TimeUnit::Hours => {
            return Err(TimeError::BadDuration(duration));
        }
    };
    end.ok_or(TimeError::TooFar(duration))
}

/// The share of a number of seconds, rounded up to a whole second.
fn share_of(seconds: i64, share: Decimal) -> i64 {
    (Decimal::from(seconds) * share).ceil().to_i64().unwrap_or(seconds).clamp(0, seconds.max(0))
}

fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}
