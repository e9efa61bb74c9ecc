//! The periods of a recurring duty: which one holds a day, and where the next begins.

use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::calendar::TimeError;
use crate::error::{Error, ErrorKind, Result};
use crate::lang::Lang;
use crate::model::{Duty, Every, Model};
use crate::period::Period;

/// A period of a duty.
pub(super) struct Slot {
    /// `2026-H1`, `2026-W07`, `2026-02-02..2026-02-13`, `2026-02-10`.
    pub name: Arc<str>,
    /// Its first day.
    pub first: NaiveDate,
    /// Its last day.
    pub last: NaiveDate,
}

/// The period that holds a day, or the first one after it.
///
/// # Errors
/// The calendar does not cover it.
pub(super) fn holding(model: &Model, duty: &Duty, every: &Every, day: NaiveDate) -> Result<Option<Slot>> {
    Ok(match every {
        Every::Period(kind) => {
            let period = Period::of(*kind, day);
            let name = period.to_string().into();
            Some(Slot { name, first: period.first_day(), last: period.last_day() })
        }
        Every::Week => week(day),
        Every::WorkingDays { days, from } => {
            let calendar = model.calendar(duty.calendar);
            let day = day.max(*from);
            let through = calendar.working_days(*from, day).map_err(uncovered)?;
            // Days that are not worked lie before the period that they lead to.
            let worked = calendar.is_working_day(day).map_err(uncovered)?;
            let before = if worked { through.saturating_sub(1) } else { through } / days;
            let first = match before {
                0 => *from,
                before => {
                    let last = calendar.nth_working_day(*from, before * days).map_err(uncovered)?;
                    last.succ_opt().unwrap_or(last)
                }
            };
            let begins = calendar.nth_working_day(first, 1).map_err(uncovered)?;
            let last = calendar.nth_working_day(first, *days).map_err(uncovered)?;
            Some(Slot { name: format!("{begins}..{last}").into(), first, last })
        }
        Every::Rule(rule) => {
            rule.on_or_after(day).map(|day| Slot { name: day.to_string().into(), first: day, last: day })
        }
    })
}

/// The first day of the period that holds a day, where no calendar is needed to tell.
pub(super) fn first_day(every: &Every, day: NaiveDate) -> Option<NaiveDate> {
    match every {
        Every::Period(kind) => Some(Period::of(*kind, day).first_day()),
        Every::Week => day.week(Weekday::Mon).checked_first_day(),
        Every::WorkingDays { .. } | Every::Rule(_) => None,
    }
}

/// The first day of the period after the one that ends on a day; `None` where none follows.
pub(super) fn after(every: &Every, last: NaiveDate) -> Option<NaiveDate> {
    let next = last.succ_opt()?;
    match every {
        Every::Rule(rule) => rule.on_or_after(next),
        _ => Some(next),
    }
}

/// The week of a day, Monday to Sunday, by its ISO name.
fn week(day: NaiveDate) -> Option<Slot> {
    let first = day.week(Weekday::Mon).checked_first_day()?;
    let last = first.checked_add_days(Days::new(6))?;
    let iso = day.iso_week();
    Some(Slot { name: format!("{:04}-W{:02}", iso.year(), iso.week()).into(), first, last })
}

/// What a calendar does not cover.
pub(super) fn uncovered(problem: TimeError) -> Error {
    Error::new(ErrorKind::NotCovered, problem.message().render(Lang::En))
}
