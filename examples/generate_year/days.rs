//! The working days of 2026 in mainland China, as the State Council announced them, and instants on them.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

/// Holidays as (month, first day, last day).
const HOLIDAYS: [(u32, u32, u32); 7] =
    [(1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7)];
/// Saturdays and Sundays that are worked.
const MAKE_UP: [(u32, u32); 6] = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)];

/// The last day of ordinary traffic: every clock started until then is due within 2026.
pub fn last_day() -> NaiveDate {
    day(12, 24)
}

/// A day of 2026.
pub fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day of the year")
}

/// An instant of 2026 in the policy's zone.
pub fn at(month: u32, of_month: u32, hour: u32, minute: u32) -> NaiveDateTime {
    on(day(month, of_month), hour, minute)
}

/// An instant on a day.
pub fn on(day: NaiveDate, hour: u32, minute: u32) -> NaiveDateTime {
    day.and_hms_opt(hour, minute, 0).expect("an instant of the day")
}

/// So many seconds later.
pub fn later(at: NaiveDateTime, seconds: i64) -> NaiveDateTime {
    at + TimeDelta::seconds(seconds)
}

/// Whether the office works on a day.
pub fn is_working(day: NaiveDate) -> bool {
    let (month, of_month) = (day.month(), day.day());
    if day.year() == 2026 {
        if MAKE_UP.contains(&(month, of_month)) {
            return true;
        }
        if HOLIDAYS.iter().any(|(m, first, last)| *m == month && (*first..=*last).contains(&of_month)) {
            return false;
        }
    }
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The first working day at or after a day.
pub fn working_from(mut day: NaiveDate) -> NaiveDate {
    while !is_working(day) {
        day = day + Days::new(1);
    }
    day
}

/// The n-th working day after a day.
pub fn working_after(mut day: NaiveDate, count: u32) -> NaiveDate {
    for _ in 0..count {
        day = working_from(day + Days::new(1));
    }
    day
}

/// The working days of a month of 2026.
pub fn working_days(month: u32) -> Vec<NaiveDate> {
    day(month, 1).iter_days().take_while(|day| day.month() == month).filter(|day| is_working(*day)).collect()
}

/// The working day that lies so many before the month's first day: 1 is the last one of the month before.
pub fn working_before_month(month: u32, count: usize) -> NaiveDate {
    let first = day(month, 1);
    let mut before = first - Days::new(1);
    let mut left = count;
    loop {
        if is_working(before) {
            left -= 1;
            if left == 0 {
                return before;
            }
        }
        before = before - Days::new(1);
    }
}
