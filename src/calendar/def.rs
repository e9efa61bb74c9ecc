//! What a calendar is built from, and what can be wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate, Weekday};
use chrono_tz::Tz;

use crate::calendar::window::{DAY, Window};
use crate::lang::Message;

/// The longest coverage that is laid out: a hundred years.
const COVERAGE_MONTHS_MAX: Months = Months::new(1200);

/// A calendar as data. For one day, `exceptions` win over `make_up`, which wins over `holidays`, which win over `weekly`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarDef {
    /// Its name, as policies refer to it.
    pub name: Arc<str>,
    /// The zone of its local times.
    pub zone: Tz,
    /// The windows of each weekday, Monday first.
    pub weekly: [Vec<Window>; 7],
    /// Days off, with the holiday's name.
    pub holidays: BTreeMap<NaiveDate, Arc<str>>,
    /// Days worked to make up for a holiday, with its name. A day whose weekday has no windows takes those of the
    /// first weekday, from Monday, that has any.
    pub make_up: BTreeMap<NaiveDate, Arc<str>>,
    /// Days with windows of their own; no windows: closed.
    pub exceptions: BTreeMap<NaiveDate, Vec<Window>>,
    /// The first and the last date that the calendar answers for.
    pub coverage: (NaiveDate, NaiveDate),
}

/// What is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CalendarProblem {
    /// No day of the coverage has a window.
    NeverOpen,
    /// One day is a holiday and a make-up day, and no exception settles it.
    HolidayAndMakeUp {
        /// The day.
        date: NaiveDate,
        /// The holiday's name.
        holiday: Arc<str>,
        /// The name of what the day makes up for.
        make_up: Arc<str>,
    },
    /// Two windows of a weekday overlap, or one reaches into the next day's.
    WeekdayOverlap {
        /// The weekday of the first window.
        weekday: Weekday,
        /// The window that starts first.
        first: Window,
        /// The window it overlaps with.
        second: Window,
    },
    /// Two windows overlap on a date, by an exception or a make-up day.
    DateOverlap {
        /// The date of the first window.
        date: NaiveDate,
        /// The window that starts first.
        first: Window,
        /// The window it overlaps with.
        second: Window,
    },
    /// The coverage ends before it begins.
    CoverageReversed {
        /// The first date.
        first: NaiveDate,
        /// The last date, before it.
        last: NaiveDate,
    },
    /// The coverage is longer than a hundred years.
    CoverageTooLong {
        /// The first date.
        first: NaiveDate,
        /// The last date.
        last: NaiveDate,
    },
}

impl CalendarDef {
    /// The windows of a date, in order; none on a day off. The coverage is not looked at.
    pub fn windows(&self, date: NaiveDate) -> &[Window] {
        if let Some(windows) = self.exceptions.get(&date) {
            return windows;
        }
        let own = self.weekday_windows(date.weekday());
        if self.make_up.contains_key(&date) && own.is_empty() {
            return self.weekly.iter().find(|windows| !windows.is_empty()).map_or(&[], Vec::as_slice);
        }
        if self.holidays.contains_key(&date) && !self.make_up.contains_key(&date) {
            return &[];
        }
        own
    }

    /// Everything that is wrong with it; a calendar can be laid out if nothing is, and it is ever open.
    pub fn problems(&self) -> Vec<CalendarProblem> {
        let mut problems = Vec::new();
        let (first, last) = self.coverage;
        if last < first {
            problems.push(CalendarProblem::CoverageReversed { first, last });
        } else if first.checked_add_months(COVERAGE_MONTHS_MAX).is_none_or(|limit| last >= limit) {
            problems.push(CalendarProblem::CoverageTooLong { first, last });
        }
        for (date, make_up) in &self.make_up {
            if let (Some(holiday), false) = (self.holidays.get(date), self.exceptions.contains_key(date)) {
                let (holiday, make_up) = (Arc::clone(holiday), Arc::clone(make_up));
                problems.push(CalendarProblem::HolidayAndMakeUp { date: *date, holiday, make_up });
            }
        }
        let mut weekday = Weekday::Mon;
        for _ in 0..7 {
            if let Some((first, second)) =
                overlap(self.weekday_windows(weekday), self.weekday_windows(weekday.succ()))
            {
                problems.push(CalendarProblem::WeekdayOverlap { weekday, first, second });
            }
            weekday = weekday.succ();
        }
        if problems.is_empty() {
            problems.extend(self.date_overlaps());
        }
        problems
    }

    /// Overlaps that only dated entries bring about; looked for where such entries are, not day by day.
    fn date_overlaps(&self) -> Vec<CalendarProblem> {
        let dated = self.exceptions.keys().chain(self.make_up.keys());
        let mut days: Vec<NaiveDate> =
            dated.flat_map(|date| [date.pred_opt(), Some(*date)]).flatten().collect();
        days.sort_unstable();
        days.dedup();
        let found = days.into_iter().filter_map(|date| {
            let (first, second) = overlap(self.windows(date), self.windows(date.succ_opt()?))?;
            Some(CalendarProblem::DateOverlap { date, first, second })
        });
        found.collect()
    }

    fn weekday_windows(&self, weekday: Weekday) -> &[Window] {
        self.weekly.get(weekday.num_days_from_monday() as usize).map_or(&[], Vec::as_slice)
    }
}

impl CalendarProblem {
    /// What was found and what was expected.
    pub fn message(&self) -> Message {
        match self {
            CalendarProblem::NeverOpen => Message::plain("calendar-never-open"),
            CalendarProblem::HolidayAndMakeUp { date, holiday, make_up } => Message::new(
                "calendar-holiday-and-make-up",
                [date.to_string(), holiday.to_string(), make_up.to_string()],
            ),
            CalendarProblem::WeekdayOverlap { weekday, first, second } => Message::new(
                "calendar-weekday-overlap",
                [weekday.to_string().to_lowercase(), first.to_string(), second.to_string()],
            ),
            CalendarProblem::DateOverlap { date, first, second } => Message::new(
                "calendar-date-overlap",
                [date.to_string(), first.to_string(), second.to_string()],
            ),
            CalendarProblem::CoverageReversed { first, last } => {
                Message::new("calendar-coverage-reversed", [first, last])
            }
            CalendarProblem::CoverageTooLong { first, last } => {
                Message::new("calendar-coverage-too-long", [first, last])
            }
        }
    }
}

/// The first two windows of a day that overlap, or the day's and the next day's.
fn overlap(day: &[Window], next: &[Window]) -> Option<(Window, Window)> {
    let mut sorted = day.to_vec();
    sorted.sort_unstable();
    let within = sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a.end() > b.start());
    let across = || {
        let (last, first) = (sorted.iter().max_by_key(|window| window.end())?, next.iter().min()?);
        (last.end() > first.start() + DAY).then_some((last, first))
    };
    within.or_else(across).map(|(a, b)| (*a, *b))
}
