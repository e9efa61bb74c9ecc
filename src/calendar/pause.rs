//! Due dates of time that stood still in between.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::compute::{add_wall, seconds_of, share_of};
use crate::calendar::{Calendar, Conventions, StartDay, TimeError};
use crate::quantity::{ClockKind, Duration, TimeUnit};
use crate::zone;

/// A pause: from an instant to another, the second not included.
pub type Pause = (DateTime<Utc>, DateTime<Utc>);

impl Calendar {
    /// As [`Calendar::add`], where time stood still in between. The pauses are ordered and do not overlap.
    ///
    /// Wall and business time go on where they stopped: what was left at the pause is left at its end. Working and
    /// calendar days count by the day: a day counts unless time stood still at that day's close, and each day that does
    /// not count is made up for by a further one; months keep their length and are lengthened by those days.
    ///
    /// A pause never makes a due instant earlier; one that begins after it changes nothing.
    ///
    /// # Errors
    /// As for [`Calendar::add`]; a negative duration.
    pub fn add_paused(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        pauses: &[Pause],
        conventions: &Conventions,
    ) -> Result<DateTime<Utc>, TimeError> {
        if pauses.is_empty() {
            return self.add(start, duration, conventions);
        }
        if duration.amount < 0 {
            return Err(TimeError::BadDuration(duration));
        }
        match duration.clock {
            ClockKind::Wall => {
                let seconds = seconds_of(duration).ok_or(TimeError::BadDuration(duration))?;
                self.run(start, seconds, pauses, false)
            }
            ClockKind::Business => {
                let seconds = seconds_of(duration).filter(|_| duration.unit < TimeUnit::Days);
                self.run(start, seconds.ok_or(TimeError::BadDuration(duration))?, pauses, true)
            }
            ClockKind::Working | ClockKind::Calendar => {
                self.add_paused_days(start, duration, pauses, conventions)
            }
        }
    }

    /// As [`Calendar::at_share`], where time stood still in between: a share of the seconds that passed.
    ///
    /// # Errors
    /// As for [`Calendar::add_paused`], and a share that is not from 0 to 1.
    pub fn at_share_paused(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        share: Decimal,
        pauses: &[Pause],
        conventions: &Conventions,
    ) -> Result<DateTime<Utc>, TimeError> {
        if pauses.is_empty() {
            return self.at_share(start, duration, share, conventions);
        }
        if share < Decimal::ZERO || share > Decimal::ONE {
            return Err(TimeError::BadShare(share));
        }
        let due = self.add_paused(start, duration, pauses, conventions)?;
        let open = matches!(duration.clock, ClockKind::Business | ClockKind::Working);
        let mut passed = self.passed(start, due, open)?;
        for (from, to) in pauses {
            passed -= self.passed((*from).max(start), (*to).min(due), open)?;
        }
        let at = match share_of(passed, share) {
            0 if share.is_zero() => start,
            0 => due,
            seconds => self.run(start, seconds, pauses, open)?,
        };
        Ok(at.min(due))
    }

    /// The seconds from one instant to another, all of them or the open ones.
    fn passed(&self, from: DateTime<Utc>, to: DateTime<Utc>, open: bool) -> Result<i64, TimeError> {
        match open {
            _ if to <= from => Ok(0),
            true => self.business_seconds(from, to),
            false => Ok((to - from).num_seconds()),
        }
    }

    /// The instant at which so many seconds have passed outside the pauses.
    fn run(
        &self,
        start: DateTime<Utc>,
        seconds: i64,
        pauses: &[Pause],
        open: bool,
    ) -> Result<DateTime<Utc>, TimeError> {
        let (mut at, mut left) = (start, seconds);
        for (from, to) in pauses.iter().filter(|(from, to)| *to > start && from < to) {
            if self.advance(at, left, open)? < *from {
                break;
            }
            // At the very second of the pause nothing is left, and the time is over when it goes on.
            left -= self.passed(at, *from, open)?;
            at = *to;
        }
        self.advance(at, left, open)
    }

    fn advance(&self, at: DateTime<Utc>, seconds: i64, open: bool) -> Result<DateTime<Utc>, TimeError> {
        match (open, seconds) {
            (_, 0) => Ok(at),
            (true, _) => self.add_business(at, seconds),
            (false, _) => {
                let span = Duration { amount: seconds, unit: TimeUnit::Seconds, clock: ClockKind::Wall };
                add_wall(at, span)
            }
        }
    }

    fn add_paused_days(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        pauses: &[Pause],
        conventions: &Conventions,
    ) -> Result<DateTime<Utc>, TimeError> {
        let day = zone::date_of(self.zone(), start);
        let first = match conventions.start_day {
            StartDay::Counted => day,
            StartDay::NotCounted => day.succ_opt().unwrap_or(day),
        };
        let working = duration.clock == ClockKind::Working;
        let mut made_up = 0;
        let last = loop {
            let last = self.day_after(start, duration, made_up, conventions)?;
            let mut stood_still = 0;
            for pause in pauses.iter().filter(|(from, to)| *to > start && from < to) {
                stood_still += self.days_stood_still(*pause, (first, last), working, conventions)?;
            }
            if stood_still <= made_up {
                break last;
            }
            made_up = stood_still;
        };
        let last = match working {
            true => last,
            false => self.rolled(last, conventions)?,
        };
        Ok(self.end_of(last, conventions)?.max(start))
    }

    /// The last day of a duration, so many counted days later, before it is rolled.
    fn day_after(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        days: i64,
        conventions: &Conventions,
    ) -> Result<NaiveDate, TimeError> {
        if duration.clock == ClockKind::Working {
            let amount = duration.amount.checked_add(days).ok_or(TimeError::TooFar(duration))?;
            return Ok(self.last_day(start, Duration { amount, ..duration }, conventions)?.0);
        }
        let (last, _) = self.last_day(start, duration, conventions)?;
        let later = last.checked_add_signed(TimeDelta::try_days(days).ok_or(TimeError::TooFar(duration))?);
        let later = later.ok_or(TimeError::TooFar(duration))?;
        self.covered(later)?;
        Ok(later)
    }

    /// How many counted days of a range lie in a pause with their close.
    fn days_stood_still(
        &self,
        (from, to): Pause,
        (first, last): (NaiveDate, NaiveDate),
        working: bool,
        conventions: &Conventions,
    ) -> Result<i64, TimeError> {
        let begins = self.first_closing(from, conventions)?.max(first);
        let ends = self.first_closing(to, conventions)?.pred_opt().unwrap_or(last).min(last);
        Ok(match working {
            _ if ends < begins => 0,
            true => i64::from(self.working_days(begins, ends)?),
            false => (ends - begins).num_days() + 1,
        })
    }

    /// The first day that ends at or after an instant; an overnight day ends on the next date.
    fn first_closing(&self, at: DateTime<Utc>, conventions: &Conventions) -> Result<NaiveDate, TimeError> {
        let date = zone::date_of(self.zone(), at);
        let before = date.pred_opt().filter(|day| self.covered(*day).is_ok());
        let after = date.succ_opt().unwrap_or(date);
        for day in before.into_iter().chain([date]) {
            if self.end_of(day, conventions)? >= at {
                return Ok(day);
            }
        }
        Ok(after)
    }
}
