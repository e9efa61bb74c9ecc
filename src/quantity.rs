//! Units of numbers, and durations: an amount, a unit and a clock.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The unit of a number. Numbers of different units are never compared or added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Unit {
    /// A bare number.
    #[default]
    None,
    /// `points`, 分.
    Points,
    /// `%`; held as a fraction.
    Percent,
    /// `yuan`, 元.
    Yuan,
    /// `periods`, 期: assessment periods of a scorecard.
    Periods,
    /// `times`, 次.
    Times,
    /// `samples`, 份.
    Samples,
    /// `people`, 人.
    People,
    /// `days`, 天: a plain count of days, without a clock.
    Days,
    /// `months`, 个月: a plain count of months.
    Months,
    /// `hours`, 小时: a plain count.
    Hours,
    /// `minutes`, 分钟: a plain count.
    Minutes,
}

/// Which clock a duration runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClockKind {
    /// Elapsed time, holidays included.
    Wall,
    /// Only inside a calendar's open windows.
    Business,
    /// Whole working days of a calendar; the start day does not count.
    Working,
    /// Civil days, weeks, months, quarters, years; the start day does not count.
    Calendar,
}

/// The unit of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimeUnit {
    /// A second.
    Seconds,
    /// A minute.
    Minutes,
    /// An hour.
    Hours,
    /// A day.
    Days,
    /// Seven days.
    Weeks,
    /// A civil month.
    Months,
    /// Three civil months.
    Quarters,
    /// Twelve civil months.
    Years,
}

/// A span of time: `5 business minutes`, `3 working days`, `1 calendar month`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Duration {
    /// How many units; may be zero, never negative in a policy.
    pub amount: i64,
    /// The unit.
    pub unit: TimeUnit,
    /// The clock that counts them.
    pub clock: ClockKind,
}

impl Unit {
    /// Every unit with its English and Chinese spellings; the first of each is how it is written out.
    pub const NAMES: &'static [(Unit, &'static [&'static str], &'static [&'static str])] = &[
        (Unit::Points, &["points", "point"], &["分"]),
        (Unit::Percent, &["%", "percent"], &["%"]),
        (Unit::Yuan, &["yuan", "CNY"], &["元"]),
        (Unit::Periods, &["periods", "period"], &["期"]),
        (Unit::Times, &["times", "time"], &["次"]),
        (Unit::Samples, &["samples", "sample"], &["份"]),
        (Unit::People, &["people", "person"], &["人"]),
        (Unit::Days, &["days", "day"], &["天"]),
        (Unit::Months, &["months", "month"], &["个月"]),
        (Unit::Hours, &["hours", "hour"], &["小时"]),
        (Unit::Minutes, &["minutes", "minute"], &["分钟"]),
    ];

    /// The unit spelled so, in English or Chinese.
    pub fn parse(text: &str) -> Option<Unit> {
        Unit::NAMES
            .iter()
            .find(|(_, en, zh)| en.contains(&text) || zh.contains(&text))
            .map(|(unit, _, _)| *unit)
    }

    /// How the unit is written in Chinese.
    pub fn zh(self) -> &'static str {
        Unit::NAMES
            .iter()
            .find(|(unit, _, _)| *unit == self)
            .and_then(|(_, _, zh)| zh.first().copied())
            .unwrap_or("")
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Unit::NAMES
            .iter()
            .find(|(unit, _, _)| unit == self)
            .and_then(|(_, en, _)| en.first().copied())
            .unwrap_or("");
        f.write_str(name)
    }
}

impl fmt::Display for ClockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClockKind::Wall => "wall",
            ClockKind::Business => "business",
            ClockKind::Working => "working",
            ClockKind::Calendar => "calendar",
        })
    }
}

impl Duration {
    /// How it compares with another, where one unit holds a fixed number of the other on the same clock.
    pub(crate) fn compare(&self, other: &Duration) -> Option<Ordering> {
        if self.clock != other.clock {
            return None;
        }
        let (a, b) = (base(self)?, base(other)?);
        (a.0 == b.0).then(|| a.1.cmp(&b.1))
    }
}

/// A duration in its clock's smallest fixed unit: which unit, how many.
fn base(duration: &Duration) -> Option<(TimeUnit, i128)> {
    let days_are_fixed = duration.clock == ClockKind::Wall;
    let (unit, factor) = match duration.unit {
        TimeUnit::Seconds => (TimeUnit::Seconds, 1),
        TimeUnit::Minutes => (TimeUnit::Seconds, 60),
        TimeUnit::Hours => (TimeUnit::Seconds, 3_600),
        TimeUnit::Days if days_are_fixed => (TimeUnit::Seconds, 86_400),
        TimeUnit::Weeks if days_are_fixed => (TimeUnit::Seconds, 604_800),
        TimeUnit::Days => (TimeUnit::Days, 1),
        // A working week has as many days as the calendar says.
        TimeUnit::Weeks if duration.clock == ClockKind::Calendar => (TimeUnit::Days, 7),
        TimeUnit::Weeks => (TimeUnit::Weeks, 1),
        TimeUnit::Months => (TimeUnit::Months, 1),
        TimeUnit::Quarters => (TimeUnit::Months, 3),
        TimeUnit::Years => (TimeUnit::Months, 12),
    };
    i128::from(duration.amount).checked_mul(factor).map(|amount| (unit, amount))
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            TimeUnit::Seconds => "second",
            TimeUnit::Minutes => "minute",
            TimeUnit::Hours => "hour",
            TimeUnit::Days => "day",
            TimeUnit::Weeks => "week",
            TimeUnit::Months => "month",
            TimeUnit::Quarters => "quarter",
            TimeUnit::Years => "year",
        };
        let plural = if self.amount == 1 { "" } else { "s" };
        write!(f, "{} {} {unit}{plural}", self.amount, self.clock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_compare_only_where_a_unit_is_fixed() {
        use ClockKind::*;
        use TimeUnit::*;
        let rows = [
            ((90, Minutes, Business), (1, Hours, Business), Some(Ordering::Greater)),
            ((24, Hours, Wall), (1, Days, Wall), Some(Ordering::Equal)),
            ((24, Hours, Business), (1, Days, Working), None),
            ((7, Days, Calendar), (1, Weeks, Calendar), Some(Ordering::Equal)),
            ((5, Days, Working), (1, Weeks, Working), None),
            ((30, Days, Calendar), (1, Months, Calendar), None),
            ((4, Quarters, Calendar), (1, Years, Calendar), Some(Ordering::Equal)),
        ];
        for (a, b, expected) in rows {
            let of = |(amount, unit, clock)| Duration { amount, unit, clock };
            assert_eq!(of(a).compare(&of(b)), expected, "{a:?} {b:?}");
        }
    }
}
