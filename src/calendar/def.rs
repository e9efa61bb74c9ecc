//! What a calendar is built from, and what can be wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate, Weekday};
use chrono_tz::Tz;

use crate::calendar::window::{DAY, Window, day_windows, weekdays};
use crate::lang::Message;
use crate::scalar::{self, Scalar};

/// The longest coverage that is laid out: a hundred years.
const COVERAGE_MONTHS_MAX: Months = Months::new(1200);

/// How far a provisional calendar goes on before and after its coverage: ten years.
const PROVISIONAL_MONTHS: Months = Months::new(120);

/// The windows of each weekday, Monday first.
pub type Week = [Vec<Window>; 7];

/// What a calendar answers for dates that it does not cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Beyond {
    /// Nothing: the question is an error.
    #[default]
    Refused,
    /// It goes on with its week and without holidays, for ten years before and after its coverage; what used that says so.
    Provisional,
}

/// A calendar as data. For one day, `exceptions` win over `make_up`, which wins over `holidays`, which win over `weekly`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarDef {
    /// Its name, as policies refer to it.
    pub name: Arc<str>,
    /// The zone of its local times.
    pub zone: Tz,
    /// The week in force from each date until the next; before the first date nothing is known.
    pub weekly: BTreeMap<NaiveDate, Week>,
    /// Days off, with the holiday's name.
    pub holidays: BTreeMap<NaiveDate, Arc<str>>,
    /// Days worked to make up for a holiday.
    pub make_up: BTreeMap<NaiveDate, MakeUp>,
    /// Days with windows of their own; no windows: closed.
    pub exceptions: BTreeMap<NaiveDate, Vec<Window>>,
    /// The first and the last date that the calendar answers for.
    pub coverage: (NaiveDate, NaiveDate),
    /// What it answers for other dates.
    pub beyond: Beyond,
}

/// A day worked to make up for a holiday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeUp {
    /// The holiday's name.
    pub name: Arc<str>,
    /// Its own windows, at least one. `None`: those of its weekday or, if that has none, of the first weekday, from Monday,
    /// that has any.
    pub windows: Option<Vec<Window>>,
}

impl From<&str> for MakeUp {
    /// A day with the usual windows.
    fn from(name: &str) -> MakeUp {
        MakeUp { name: name.into(), windows: None }
    }
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
    /// A make-up day has windows of its own, and others by an exception.
    MakeUpAndException {
        /// The day.
        date: NaiveDate,
        /// The name of what the day makes up for.
        make_up: Arc<str>,
    },
    /// A make-up day is to be worked, and is given no windows to be worked in.
    MakeUpClosed {
        /// The day.
        date: NaiveDate,
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
    /// The coverage begins before the first week is in force.
    HoursLate {
        /// The first date of the coverage.
        first: NaiveDate,
        /// The date from which there are hours.
        from: NaiveDate,
    },
    /// The coverage ends before it begins.
    CoverageReversed {
        /// The first date.
        first: NaiveDate,
        /// The last date, before it.
        last: NaiveDate,
    },
    /// The coverage lies outside the years 1 to 9999.
    CoverageFar {
        /// The first date.
        first: NaiveDate,
        /// The last date.
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
    /// A calendar that is never open yet; [`CalendarDef::open`] and the others give it hours and days.
    pub fn new(name: impl Into<Arc<str>>, zone: Tz, coverage: (NaiveDate, NaiveDate)) -> CalendarDef {
        CalendarDef {
            name: name.into(),
            zone,
            weekly: BTreeMap::new(),
            holidays: BTreeMap::new(),
            make_up: BTreeMap::new(),
            exceptions: BTreeMap::new(),
            coverage,
            beyond: Beyond::Refused,
        }
    }

    /// Sets the windows of weekdays: `open("mon-fri", &["09:00-12:00", "13:00-18:00"])`.
    ///
    /// # Errors
    /// Weekdays or windows that cannot be read.
    pub fn open(self, days: &str, windows: &[&str]) -> Scalar<CalendarDef> {
        self.open_from(NaiveDate::MIN, days, windows)
    }

    /// As [`CalendarDef::open`], from a date on; the other weekdays stay as they were before.
    ///
    /// # Errors
    /// As for [`CalendarDef::open`].
    pub fn open_from(mut self, from: NaiveDate, days: &str, windows: &[&str]) -> Scalar<CalendarDef> {
        let windows = day_windows(windows).map_err(|(_, problem)| problem)?;
        let mut week =
            self.weekly.range(..=from).next_back().map(|(_, week)| week.clone()).unwrap_or_default();
        for day in weekdays(days)? {
            if let Some(slot) = week.get_mut(day.num_days_from_monday() as usize) {
                slot.clone_from(&windows);
            }
        }
        self.weekly.insert(from, week);
        Ok(self)
    }

    /// Adds days off: `holiday("春节", "2026-02-15 to 2026-02-23")`.
    ///
    /// # Errors
    /// A text that is neither a date nor a range of dates.
    pub fn holiday(mut self, name: &str, days: &str) -> Scalar<CalendarDef> {
        let name: Arc<str> = name.into();
        self.holidays.extend(days_of(scalar::date_range(days)?).map(|day| (day, Arc::clone(&name))));
        Ok(self)
    }

    /// Adds days that are worked to make up for a holiday: `make_up_day("春节", "2026-02-14")`.
    ///
    /// # Errors
    /// As for [`CalendarDef::holiday`].
    pub fn make_up_day(mut self, name: &str, days: &str) -> Scalar<CalendarDef> {
        let make_up = MakeUp::from(name);
        self.make_up.extend(days_of(scalar::date_range(days)?).map(|day| (day, make_up.clone())));
        Ok(self)
    }

    /// As [`CalendarDef::make_up_day`], with windows of their own: `make_up_hours("春节", "2026-02-14", &["09:00-12:00"])`.
    ///
    /// ```
    /// use rulebook::time::{Calendar, CalendarDef, date, instant, time_zone};
    ///
    /// let zone = time_zone("Asia/Shanghai")?;
    /// let office = CalendarDef::new("office", zone, (date("2026-01-01")?, date("2026-12-31")?))
    ///     .open("mon-fri", &["09:00-12:00", "13:00-18:00"])?
    ///     .holiday("春节", "2026-02-15 to 2026-02-23")?
    ///     .make_up_hours("春节", "2026-02-14", &["09:00-12:00"])?;
    /// let office = Calendar::new(office).map_err(|problem| problem.message().render(rulebook::Lang::En))?;
    ///
    /// // A Saturday, worked in the morning only.
    /// assert!(office.is_open(instant("2026-02-14 10:00", zone)?)?);
    /// assert!(!office.is_open(instant("2026-02-14 14:00", zone)?)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`CalendarDef::holiday`] and [`CalendarDef::open`].
    pub fn make_up_hours(mut self, name: &str, days: &str, windows: &[&str]) -> Scalar<CalendarDef> {
        let windows = day_windows(windows).map_err(|(_, problem)| problem)?;
        let make_up = MakeUp { name: name.into(), windows: Some(windows) };
        self.make_up.extend(days_of(scalar::date_range(days)?).map(|day| (day, make_up.clone())));
        Ok(self)
    }

    /// Gives days windows of their own, none for closed: `day("2026-02-16", &["08:00-16:00"])`.
    ///
    /// # Errors
    /// As for [`CalendarDef::holiday`] and [`CalendarDef::open`].
    pub fn day(mut self, days: &str, windows: &[&str]) -> Scalar<CalendarDef> {
        let windows = day_windows(windows).map_err(|(_, problem)| problem)?;
        self.exceptions.extend(days_of(scalar::date_range(days)?).map(|day| (day, windows.clone())));
        Ok(self)
    }

    /// The same calendar, going on provisionally beyond its coverage.
    #[must_use]
    pub fn provisional(mut self) -> CalendarDef {
        self.beyond = Beyond::Provisional;
        self
    }

    /// The windows of a date, in order; none on a day off. Beyond the coverage, those of its weekday.
    pub fn windows(&self, date: NaiveDate) -> &[Window] {
        let own = self.weekday_windows(date);
        if !self.covers(date) {
            return own;
        }
        if let Some(windows) = self.exceptions.get(&date) {
            return windows;
        }
        let make_up = self.make_up.get(&date);
        if let Some(windows) = make_up.and_then(|make_up| make_up.windows.as_ref()) {
            return windows;
        }
        if make_up.is_some() && own.is_empty() {
            let mut week = self.week(date).into_iter().flatten();
            return week.find(|windows| !windows.is_empty()).map_or(&[], Vec::as_slice);
        }
        if self.holidays.contains_key(&date) && make_up.is_none() {
            return &[];
        }
        own
    }

    /// Whether a date lies in the coverage.
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.coverage.0 <= date && date <= self.coverage.1
    }

    /// Everything that is wrong with it; a calendar can be laid out if nothing is, and it is ever open.
    pub fn problems(&self) -> Vec<CalendarProblem> {
        let mut problems = Vec::new();
        let (first, last) = self.coverage;
        if last < first {
            problems.push(CalendarProblem::CoverageReversed { first, last });
        } else if first.year() < 1 || last.year() > 9999 {
            problems.push(CalendarProblem::CoverageFar { first, last });
        } else if first.checked_add_months(COVERAGE_MONTHS_MAX).is_none_or(|limit| last >= limit) {
            problems.push(CalendarProblem::CoverageTooLong { first, last });
        }
        if let Some((from, _)) = self.weekly.first_key_value().filter(|(from, _)| **from > first) {
            problems.push(CalendarProblem::HoursLate { first, from: *from });
        }
        for (date, make_up) in &self.make_up {
            problems.extend(self.make_up_problem(*date, make_up));
        }
        for week in self.weekly.values() {
            let week_problems = week_overlaps(week);
            problems.extend(
                week_problems.into_iter().filter(|problem| !problems.contains(problem)).collect::<Vec<_>>(),
            );
        }
        if problems.is_empty() {
            problems.extend(self.date_overlaps());
        }
        problems
    }

    fn make_up_problem(&self, date: NaiveDate, of: &MakeUp) -> Option<CalendarProblem> {
        let make_up = Arc::clone(&of.name);
        let is_exception = self.exceptions.contains_key(&date);
        if of.windows.as_ref().is_some_and(Vec::is_empty) {
            return Some(CalendarProblem::MakeUpClosed { date, make_up });
        }
        if of.windows.is_some() && is_exception {
            return Some(CalendarProblem::MakeUpAndException { date, make_up });
        }
        let holiday = self.holidays.get(&date).filter(|_| !is_exception)?;
        Some(CalendarProblem::HolidayAndMakeUp { date, holiday: Arc::clone(holiday), make_up })
    }

    /// The first and the last date that it answers for, provisionally or not.
    pub(super) fn extent(&self) -> (NaiveDate, NaiveDate) {
        let (first, last) = self.coverage;
        match self.beyond {
            Beyond::Refused => (first, last),
            Beyond::Provisional => (
                first.checked_sub_months(PROVISIONAL_MONTHS).unwrap_or(first),
                last.checked_add_months(PROVISIONAL_MONTHS).unwrap_or(last),
            ),
        }
    }

    /// Overlaps that only dated entries bring about; looked for where such entries are, not day by day.
    fn date_overlaps(&self) -> Vec<CalendarProblem> {
        let dated = self.exceptions.keys().chain(self.make_up.keys()).chain(self.weekly.keys());
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

    /// The week in force on a date; before the first, the first.
    fn week(&self, date: NaiveDate) -> Option<&Week> {
        let known = self.weekly.range(..=date).next_back().or_else(|| self.weekly.first_key_value());
        known.map(|(_, week)| week)
    }

    fn weekday_windows(&self, date: NaiveDate) -> &[Window] {
        let idx = date.weekday().num_days_from_monday() as usize;
        self.week(date).and_then(|week| week.get(idx)).map_or(&[], Vec::as_slice)
    }
}

/// The days of a range, both included; the coverage is at most a hundred years, so more can never matter.
pub(super) fn days_of((first, last): (NaiveDate, NaiveDate)) -> impl Iterator<Item = NaiveDate> {
    first.iter_days().take_while(move |day| *day <= last).take(36_600)
}

/// The overlaps within a week, or from one of its days into the next.
fn week_overlaps(week: &Week) -> Vec<CalendarProblem> {
    let windows = |day: Weekday| week.get(day.num_days_from_monday() as usize).map_or(&[][..], Vec::as_slice);
    let days = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
    let found = days.filter_map(|weekday| {
        let (first, second) = overlap(windows(weekday), windows(weekday.succ()))?;
        Some(CalendarProblem::WeekdayOverlap { weekday, first, second })
    });
    found.collect()
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
            CalendarProblem::MakeUpAndException { date, make_up } => {
                Message::new("calendar-make-up-and-exception", [date.to_string(), make_up.to_string()])
            }
            CalendarProblem::MakeUpClosed { date, make_up } => {
                Message::new("calendar-make-up-closed", [date.to_string(), make_up.to_string()])
            }
            CalendarProblem::WeekdayOverlap { weekday, first, second } => Message::new(
                "calendar-weekday-overlap",
                [weekday.to_string().to_lowercase(), first.to_string(), second.to_string()],
            ),
            CalendarProblem::DateOverlap { date, first, second } => Message::new(
                "calendar-date-overlap",
                [date.to_string(), first.to_string(), second.to_string()],
            ),
            CalendarProblem::HoursLate { first, from } => Message::new("calendar-hours-late", [first, from]),
            CalendarProblem::CoverageReversed { first, last } => {
                Message::new("calendar-coverage-reversed", [first, last])
            }
            CalendarProblem::CoverageFar { first, last } => {
                Message::new("calendar-coverage-far", [first, last])
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
