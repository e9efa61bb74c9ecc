//! Assessment and reporting periods: months, quarters, half-years and years, in order and by name.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::zone;

mod rule;

pub use rule::Recurrence;

/// How long a period is; all of them begin on the first of a month and divide a calendar year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    /// `month`
    Month,
    /// `quarter`
    Quarter,
    /// `half_year`
    HalfYear,
    /// `year`
    Year,
}

/// One period: a month, quarter, half-year or year. Ordered by its first day, then by its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    // INVARIANT: `first` is the first day of a period of this kind.
    first: NaiveDate,
    kind: PeriodKind,
}

impl PeriodKind {
    /// How many months it has: 1, 3, 6 or 12.
    pub fn months(self) -> u32 {
        match self {
            PeriodKind::Month => 1,
            PeriodKind::Quarter => 3,
            PeriodKind::HalfYear => 6,
            PeriodKind::Year => 12,
        }
    }

    /// The kind written so in a policy: `month`, `quarter`, `half_year`, `year`, or in Chinese.
    pub fn parse(text: &str) -> Option<PeriodKind> {
        match text.trim() {
            "month" | "月" | "每月" | "每个月" | "按月" | "月度" => Some(PeriodKind::Month),
            "quarter" | "季" | "每季" | "季度" | "每季度" | "每个季度" | "按季" | "按季度" => {
                Some(PeriodKind::Quarter)
            }
            "half_year" | "半年" | "每半年" | "按半年" | "半年度" => Some(PeriodKind::HalfYear),
            "year" | "年" | "每年" | "按年" | "年度" | "每年度" => Some(PeriodKind::Year),
            _ => None,
        }
    }
}

impl fmt::Display for PeriodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PeriodKind::Month => "month",
            PeriodKind::Quarter => "quarter",
            PeriodKind::HalfYear => "half_year",
            PeriodKind::Year => "year",
        })
    }
}

impl Period {
    /// The period of a kind that a date lies in.
    pub fn of(kind: PeriodKind, date: NaiveDate) -> Period {
        let month = date.month0() / kind.months() * kind.months() + 1;
        Period { kind, first: first_of(date.year(), month).unwrap_or(date) }
    }

    /// The period of a name: `2026-01`, `2026-Q1`, `2026-H1`, `2026`.
    pub fn parse(text: &str) -> Option<Period> {
        text.parse().ok()
    }

    /// The period that an instant lies in, by the civil date of a zone.
    pub fn at(kind: PeriodKind, at: DateTime<Utc>, zone: Tz) -> Period {
        Period::of(kind, zone::date_of(zone, at))
    }

    /// The kind.
    pub fn kind(self) -> PeriodKind {
        self.kind
    }

    /// The period after it.
    pub fn next(self) -> Period {
        let first = self.first.checked_add_months(Months::new(self.kind.months()));
        Period { first: first.unwrap_or(self.first), ..self }
    }

    /// The period before it.
    pub fn previous(self) -> Period {
        let first = self.first.checked_sub_months(Months::new(self.kind.months()));
        Period { first: first.unwrap_or(self.first), ..self }
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        self.next().first.pred_opt().unwrap_or(self.first)
    }

    /// Whether a civil date lies in it.
    pub fn contains(self, date: NaiveDate) -> bool {
        self.first <= date && date <= self.last_day()
    }

    /// Its first instant in a zone.
    pub fn start(self, zone: Tz) -> DateTime<Utc> {
        zone::instant(zone, self.first, 0)
    }

    /// The first instant in a zone that no longer belongs to it.
    pub fn end(self, zone: Tz) -> DateTime<Utc> {
        self.next().start(zone)
    }
}

/// How many months lie between the months of two dates: 0 in the same month, negative if the second is earlier.
pub fn months_between(from: NaiveDate, to: NaiveDate) -> i64 {
    let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
    months(to) - months(from)
}

/// Writes the name: `2026-01`, `2026-Q1`, `2026-H1`, `2026`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month0) = (self.first.year(), self.first.month0());
        match self.kind {
            PeriodKind::Month => write!(f, "{year:04}-{:02}", month0 + 1),
            PeriodKind::Quarter => write!(f, "{year:04}-Q{}", month0 / 3 + 1),
            PeriodKind::HalfYear => write!(f, "{year:04}-H{}", month0 / 6 + 1),
            PeriodKind::Year => write!(f, "{year:04}"),
        }
    }
}

/// A text that is not the name of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a period: expected `2026-01`, `2026-Q1`, `2026-H1` or `2026`")]
pub struct NotAPeriod;

impl FromStr for Period {
    type Err = NotAPeriod;

    /// Reads a name as [`Period`]'s `Display` writes it, and nothing looser.
    fn from_str(text: &str) -> Result<Period, NotAPeriod> {
        let (year, part) = match text.split_once('-') {
            Some((year, part)) => (year, Some(part)),
            None => (text, None),
        };
        let year = digits(year, 4).ok_or(NotAPeriod)?;
        let (kind, idx) = match part {
            None => (PeriodKind::Year, 1),
            Some(part) => match (part.strip_prefix('Q'), part.strip_prefix('H')) {
                (Some(quarter), _) => (PeriodKind::Quarter, digits(quarter, 1).ok_or(NotAPeriod)?),
                (_, Some(half)) => (PeriodKind::HalfYear, digits(half, 1).ok_or(NotAPeriod)?),
                _ => (PeriodKind::Month, digits(part, 2).ok_or(NotAPeriod)?),
            },
        };
        let month = idx.checked_sub(1).ok_or(NotAPeriod)? * kind.months() + 1;
        let first = i32::try_from(year).ok().and_then(|year| first_of(year, month)).ok_or(NotAPeriod)?;
        Ok(Period { kind, first })
    }
}

fn first_of(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, 1)
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_of_a_date() {
        let rows = [
            (PeriodKind::Month, "2026-02-28", "2026-02", "2026-02-01", "2026-02-28", "2026-03", "2026-01"),
            (PeriodKind::Month, "2024-12-31", "2024-12", "2024-12-01", "2024-12-31", "2025-01", "2024-11"),
            (PeriodKind::Quarter, "2026-06-30", "2026-Q2", "2026-04-01", "2026-06-30", "2026-Q3", "2026-Q1"),
            (PeriodKind::HalfYear, "2026-07-01", "2026-H2", "2026-07-01", "2026-12-31", "2027-H1", "2026-H1"),
            (PeriodKind::Year, "2024-02-29", "2024", "2024-01-01", "2024-12-31", "2025", "2023"),
        ];
        for (kind, on, name, first, last, next, previous) in rows {
            let period = Period::of(kind, date(on));
            assert_eq!(period.to_string(), name);
            assert_eq!(name.parse(), Ok(period));
            assert_eq!((period.first_day(), period.last_day()), (date(first), date(last)), "{name}");
            assert_eq!(
                (period.next().to_string(), period.previous().to_string()),
                (next.into(), previous.into())
            );
            assert_eq!(period.next().previous(), period);
            assert!(period.contains(date(on)) && period < period.next());
            assert_eq!(PeriodKind::parse(&kind.to_string()), Some(kind));
        }
    }

    #[test]
    fn texts_that_name_no_period() {
        for text in [
            "",
            "26",
            "2026-1",
            "2026-13",
            "2026-00",
            "2026-Q0",
            "2026-Q5",
            "2026-H3",
            "2026-q1",
            "2026-01-01",
            "２０２６",
        ] {
            assert_eq!(text.parse::<Period>(), Err(NotAPeriod), "{text}");
        }
    }

    #[test]
    fn bounds_and_distances() {
        let june: Period = "2026-06".parse().unwrap();
        assert_eq!(june.start(Tz::Asia__Shanghai).to_rfc3339(), "2026-05-31T16:00:00+00:00");
        assert_eq!(june.end(Tz::Asia__Shanghai).to_rfc3339(), "2026-06-30T16:00:00+00:00");
        assert_eq!(Period::at(PeriodKind::Month, june.start(Tz::Asia__Shanghai), Tz::Asia__Shanghai), june);
        assert_eq!(
            Period::at(PeriodKind::Month, june.start(Tz::Asia__Shanghai), Tz::UTC).to_string(),
            "2026-05"
        );
        assert_eq!(months_between(date("2026-01-31"), date("2026-02-01")), 1);
        assert_eq!(months_between(date("2026-02-01"), date("2025-12-31")), -2);
    }
}
