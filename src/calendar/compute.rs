//! Due dates, open time and working days of a calendar; each a binary search in its layout.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::calendar::{Calendar, Conventions, DaysEnd, MonthEnd, Roll, StartDay, TimeError};
use crate::period::Period;
use crate::quantity::{ClockKind, Duration, TimeUnit};
use crate::scalar::DayOfPeriod;
use crate::zone;

impl Calendar {
    /// Whether an instant lies in an open window; the window's end does not.
    ///
    /// ```
    /// # use rulebook::time::{Calendar, instant};
    /// # let office = Calendar::cn_office().map_err(|report| report.to_string())?;
    /// let noon = instant("2026-04-03 12:00", office.zone())?;
    /// assert!(!office.is_open(noon)?);
    /// assert_eq!(office.next_open(noon)?, instant("2026-04-03 13:00", office.zone())?);
    /// assert_eq!(office.next_close(noon)?, instant("2026-04-03 18:00", office.zone())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// The next instant after this one at which a window ends and no other begins.
    ///
    /// # Errors
    /// An instant outside the coverage, or no such end after it within the coverage.
    pub fn next_close(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, TimeError> {
        self.known(at)?;
        self.layout().next_close(at.timestamp()).and_then(instant).ok_or_else(|| self.beyond())
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
        self.nth_back(to, 1)
    }

    /// The n-th working day of a month or another period, `n` from 1; 0 is read as 1.
    ///
    /// # Errors
    /// The period lies outside the coverage, or has fewer working days.
    pub fn nth_working_day_of(&self, period: Period, n: u32) -> Result<NaiveDate, TimeError> {
        let has = self.working_days(period.first_day(), period.last_day())?;
        if n.max(1) > has {
            let calendar = Some(Arc::clone(self.name()));
            return Err(TimeError::NoSuchDay { calendar, period, nth: n.max(1), has });
        }
        self.nth_working_day(period.first_day(), n)
    }

    /// The last working day of a month or another period.
    ///
    /// # Errors
    /// The period lies outside the coverage, or has no working day.
    pub fn last_working_day_of(&self, period: Period) -> Result<NaiveDate, TimeError> {
        let has = self.working_days(period.first_day(), period.last_day())?;
        self.nth_working_day_of(period, has)
    }

    /// How many working days lie from one date to another, both included; 0 if the second is earlier.
    ///
    /// ```
    /// # use rulebook::time::{Calendar, Period};
    /// # let office = Calendar::cn_office().map_err(|report| report.to_string())?;
    /// let month: Period = "2026-02".parse()?;
    /// assert_eq!(office.working_days(month.first_day(), month.last_day())?, 16);
    /// assert_eq!(office.last_working_day_of(month)?.to_string(), "2026-02-28");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// The date lies outside the coverage, or the period has no such day.
    pub fn day_of_period(&self, day: DayOfPeriod, period: Period) -> Result<NaiveDate, TimeError> {
        let first = if day.after { period.next().first_day() } else { period.first_day() };
        let date = match (day.nth, day.working) {
            (None, true) => self.last_working_day_of(period)?,
            (None, false) => period.last_day(),
            (Some(nth), true) if !day.after => self.nth_working_day_of(period, nth)?,
            (Some(nth), true) => self.nth_working_day(first, nth)?,
            (Some(nth), false) => {
                let days = Days::new(u64::from(nth.max(1)) - 1);
                let date = first.checked_add_days(days).ok_or_else(|| self.beyond())?;
                if !day.after && !period.contains(date) {
                    let has = period.last_day().signed_duration_since(first).num_days() + 1;
                    let has = u32::try_from(has).unwrap_or(0);
                    return Err(TimeError::NoSuchDay { calendar: None, period, nth, has });
                }
                date
            }
        };
        self.covered(date)?;
        Ok(date)
    }

    /// When the last moment of a day is: its close of business or 23:59:59, as the conventions say. A close at 24:00 is
    /// 23:59:59 too, so that what is due on a day has its date.
    ///
    /// # Errors
    /// The date lies outside the coverage.
    pub fn end_of(&self, date: NaiveDate, conventions: &Conventions) -> Result<DateTime<Utc>, TimeError> {
        let close = self.close_of(date)?;
        let midnight = zone::day_end(self.zone(), date);
        Ok(match conventions.days_end {
            DaysEnd::CloseOfBusiness => {
                close.filter(|close| *close != midnight + TimeDelta::seconds(1)).unwrap_or(midnight)
            }
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
    /// Where the conventions count the start day, it is the first of those days if it is one of them.
    /// Never earlier than the start, and never earlier for a later start or a larger amount. A negative amount is taken
    /// back as [`Calendar::sub`] does.
    ///
    /// # Errors
    /// A result outside the coverage; a clock that does not count the unit.
    pub fn add(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        conventions: &Conventions,
    ) -> Result<DateTime<Utc>, TimeError> {
        if duration.amount < 0 {
            return self.sub(start, negated(duration)?, conventions);
        }
        match duration.clock {
            ClockKind::Wall => add_wall(start, duration),
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
    /// As for [`Calendar::add`], a share that is not from 0 to 1, and a negative duration.
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
        if duration.amount < 0 {
            return Err(TimeError::BadDuration(duration));
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
                    let first = match conventions.start_day {
                        StartDay::Counted => from,
                        StartDay::NotCounted => from.succ_opt().ok_or_else(|| self.beyond())?,
                    };
                    self.nth_from(first, amount)?
                }
            };
            return Ok((last, last));
        }
        let last = civil_end(from, duration, conventions)?;
        self.covered(last)?;
        Ok((last, self.rolled(last, conventions)?))
    }

    /// A last day, rolled where it is a day off and the conventions roll.
    pub(super) fn rolled(&self, last: NaiveDate, conventions: &Conventions) -> Result<NaiveDate, TimeError> {
        match conventions.days_roll {
            Roll::NextWorkingDay => self.nth_from(last, 1),
            Roll::None => Ok(last),
        }
    }

    pub(super) fn add_business(
        &self,
        start: DateTime<Utc>,
        seconds: i64,
    ) -> Result<DateTime<Utc>, TimeError> {
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

    pub(super) fn nth_back(&self, to: NaiveDate, n: u64) -> Result<NaiveDate, TimeError> {
        self.covered(to)?;
        self.layout().nth_working_back(to, n).ok_or_else(|| self.before_all())
    }

    pub(super) fn known(&self, at: DateTime<Utc>) -> Result<(), TimeError> {
        if self.layout().knows(at) {
            return Ok(());
        }
        let (first, last) = self.extent();
        let date = zone::date_of(self.zone(), at);
        // Before the first day's opening the windows of the day before would have to be known.
        let inside = first <= date && date <= last;
        Err(self.not_covered(if inside { first.pred_opt().unwrap_or(date) } else { date }))
    }

    /// The calendar ends before the answer.
    pub(super) fn beyond(&self) -> TimeError {
        let last = self.extent().1;
        self.not_covered(last.succ_opt().unwrap_or(last))
    }

    /// The answer lies before the calendar begins.
    pub(super) fn before_all(&self) -> TimeError {
        let first = self.extent().0;
        self.not_covered(first.pred_opt().unwrap_or(first))
    }
}

pub(super) fn add_wall(start: DateTime<Utc>, duration: Duration) -> Result<DateTime<Utc>, TimeError> {
    let seconds = seconds_of(duration).ok_or(TimeError::BadDuration(duration))?;
    let span = TimeDelta::try_seconds(seconds).ok_or(TimeError::TooFar(duration))?;
    start.checked_add_signed(span).ok_or(TimeError::TooFar(duration))
}

/// The duration the other way.
pub(super) fn negated(duration: Duration) -> Result<Duration, TimeError> {
    let amount = duration.amount.checked_neg().ok_or(TimeError::TooFar(duration))?;
    Ok(Duration { amount, ..duration })
}

/// The seconds of a duration in units of fixed length; nothing for months and longer, or beyond 64 bits.
pub(super) fn seconds_of(duration: Duration) -> Option<i64> {
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

/// The civil day on which calendar time ends, before it is rolled.
fn civil_end(from: NaiveDate, duration: Duration, conventions: &Conventions) -> Result<NaiveDate, TimeError> {
    let amount = u64::try_from(duration.amount).map_err(|_| TimeError::BadDuration(duration))?;
    let counted = conventions.start_day == StartDay::Counted && amount > 0;
    let end = match steps(duration.unit, amount).ok_or(TimeError::BadDuration(duration))? {
        Steps::Days(days) => days.and_then(|days| from.checked_add_days(Days::new(days))),
        Steps::Months(months) => months.and_then(|months| {
            let end = from.checked_add_months(Months::new(months))?;
            let clamped = end.day() < from.day();
            match (clamped, conventions.month_end, counted) {
                // The start day counted, such a month ends the day before its first day that does not: on its last.
                (true, MonthEnd::LastDay, true) => end.succ_opt(),
                (true, MonthEnd::NextDay, _) => end.succ_opt(),
                _ => Some(end),
            }
        }),
    };
    let end = if counted { end.and_then(|end| end.pred_opt()) } else { end };
    end.ok_or(TimeError::TooFar(duration))
}

/// How many days or months calendar time moves; nothing inside for more than can be counted.
pub(super) enum Steps {
    Days(Option<u64>),
    Months(Option<u32>),
}

/// The days or months of an amount of calendar time; nothing for units that it does not count.
pub(super) fn steps(unit: TimeUnit, amount: u64) -> Option<Steps> {
    let months = |each: u64| amount.checked_mul(each).and_then(|months| u32::try_from(months).ok());
    Some(match unit {
        TimeUnit::Days => Steps::Days(Some(amount)),
        TimeUnit::Weeks => Steps::Days(amount.checked_mul(7)),
        TimeUnit::Months => Steps::Months(months(1)),
        TimeUnit::Quarters => Steps::Months(months(3)),
        TimeUnit::Years => Steps::Months(months(12)),
        TimeUnit::Seconds | TimeUnit::Minutes | TimeUnit::Hours => return None,
    })
}

/// The share of a number of seconds, rounded up to a whole second.
pub(super) fn share_of(seconds: i64, share: Decimal) -> i64 {
    (Decimal::from(seconds) * share).ceil().to_i64().unwrap_or(seconds).clamp(0, seconds.max(0))
}

pub(super) fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}
