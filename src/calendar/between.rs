//! How much of a clock's time lies between two instants.

use chrono::{DateTime, NaiveDate, Utc};

use super::compute::{negated, seconds_of};
use crate::calendar::{Calendar, Conventions, TimeError};
use crate::period::months_between;
use crate::quantity::{ClockKind, Duration, TimeUnit};
use crate::zone;

impl Calendar {
    /// How many whole units of a clock have run out from one instant to another: the largest amount that, added to the
    /// first, is over by the second. Negative where the second is earlier.
    ///
    /// So a working day has run out at its close of business, not at its beginning. To count dates instead, see
    /// [`Calendar::working_days`]. What was [added](Calendar::add) comes out again, unless larger amounts end at the same
    /// instant, as rolled days do.
    ///
    /// ```
    /// # use rulebook::time::{Calendar, ClockKind, Conventions, TimeUnit, instant};
    /// # let office = Calendar::cn_office().map_err(|report| report.to_string())?;
    /// let (from, to) = (instant("2026-04-01 15:00", office.zone())?, instant("2026-04-07 18:00", office.zone())?);
    /// let between = |unit, clock| office.between(from, to, unit, clock, &Conventions::default());
    /// assert_eq!(between(TimeUnit::Days, ClockKind::Working)?.to_string(), "3 working days");
    /// assert_eq!(between(TimeUnit::Hours, ClockKind::Business)?.to_string(), "27 business hours");
    /// assert_eq!(between(TimeUnit::Hours, ClockKind::Wall)?.to_string(), "147 wall hours");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An instant outside the coverage; a clock that does not count the unit.
    pub fn between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        unit: TimeUnit,
        clock: ClockKind,
        conventions: &Conventions,
    ) -> Result<Duration, TimeError> {
        if to < from {
            return negated(self.between(to, from, unit, clock, conventions)?);
        }
        let one = Duration { amount: 1, unit, clock };
        let amount = match clock {
            ClockKind::Wall => (to - from).num_seconds() / fixed(one)?,
            ClockKind::Business if unit < TimeUnit::Days => self.business_seconds(from, to)? / fixed(one)?,
            ClockKind::Working if unit == TimeUnit::Days => {
                let (first, last) = (zone::date_of(self.zone(), from), zone::date_of(self.zone(), to));
                self.covered(first)?;
                self.covered(last)?;
                self.most(u64::from(self.working_days(first, last)?), from, to, one, conventions)?
            }
            ClockKind::Calendar if unit >= TimeUnit::Days => {
                let (first, last) = (zone::date_of(self.zone(), from), zone::date_of(self.zone(), to));
                self.covered(first)?;
                self.covered(last)?;
                self.most(units(first, last, unit), from, to, one, conventions)?
            }
            ClockKind::Business | ClockKind::Working | ClockKind::Calendar => {
                return Err(TimeError::BadDuration(one));
            }
        };
        Ok(Duration { amount, ..one })
    }

    /// The largest amount up to a limit that is over by an instant; found by halves, because more is never over earlier.
    fn most(
        &self,
        limit: u64,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        one: Duration,
        conventions: &Conventions,
    ) -> Result<i64, TimeError> {
        let (mut over, mut not_over) = (0_i64, i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1);
        while not_over - over > 1 {
            let amount = i64::midpoint(over, not_over);
            match self.add(from, Duration { amount, ..one }, conventions) {
                Ok(due) if due <= to => over = amount,
                // What is rolled beyond the coverage lies after all that is covered.
                Ok(_) | Err(TimeError::NotCovered { .. } | TimeError::TooFar(_)) => not_over = amount,
                Err(problem) => return Err(problem),
            }
        }
        Ok(over)
    }
}

/// The seconds of a unit of fixed length.
fn fixed(one: Duration) -> Result<i64, TimeError> {
    seconds_of(one).ok_or(TimeError::BadDuration(one))
}

/// At least as many units of calendar time as have run out between two dates, the start day counted or not.
fn units(first: NaiveDate, last: NaiveDate, unit: TimeUnit) -> u64 {
    let days = (last - first).num_days() + 1;
    let months = months_between(first, last) + 1;
    let most = match unit {
        TimeUnit::Weeks => days / 7,
        TimeUnit::Months => months,
        TimeUnit::Quarters => months / 3,
        TimeUnit::Years => months / 12,
        _ => days,
    };
    u64::try_from(most).unwrap_or(0)
}
