use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::period::Period;
use crate::quantity::{ClockKind, TimeUnit};
use crate::scalar;

const CLOSE: Conventions = Conventions {
    start_day: StartDay::NotCounted,
    month_end: MonthEnd::LastDay,
    days_roll: Roll::NextWorkingDay,
    days_end: DaysEnd::CloseOfBusiness,
};
const MIDNIGHT: Conventions = Conventions { days_roll: Roll::None, days_end: DaysEnd::Midnight, ..CLOSE };

static OFFICE: LazyLock<Calendar> = LazyLock::new(|| Calendar::new(office()).unwrap());

fn date(text: &str) -> NaiveDate {
    scalar::date(text).unwrap()
}

fn span(text: &str) -> Duration {
    scalar::duration(text).unwrap()
}

/// The shipped calendar, read with another YAML reader than the crate's own.
fn office() -> CalendarDef {
    let yaml: serde_yaml::Value = serde_yaml::from_str(CN_OFFICE).unwrap();
    let (name, text) = SHIPPED[0];
    assert_eq!(text, CN_OFFICE);
    let office = &yaml["calendars"][name];
    let texts = |value: &serde_yaml::Value| -> Vec<String> {
        value.as_sequence().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let entries = |key: &str| -> Vec<(String, Vec<String>)> {
        let map = office[key].as_mapping().unwrap();
        map.iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), texts(value))).collect()
    };
    let dated = |key: &str| {
        let mut days = BTreeMap::new();
        for (name, ranges) in entries(key) {
            let name: Arc<str> = Arc::from(name);
            for range in ranges {
                let (first, last) = scalar::date_range(&range).unwrap();
                for day in first.iter_days().take_while(|day| *day <= last) {
                    assert_eq!(days.insert(day, Arc::clone(&name)), None, "{day} stands twice");
                }
            }
        }
        days
    };
    let zone = scalar::time_zone(office["timezone"].as_str().unwrap()).unwrap();
    let coverage = scalar::date_range(office["coverage"].as_str().unwrap()).unwrap();
    let mut def = CalendarDef::new(name, zone, coverage);
    for (days, windows) in entries("hours") {
        let windows: Vec<&str> = windows.iter().map(String::as_str).collect();
        def = def.open(&days, &windows).unwrap();
    }
    CalendarDef { holidays: dated("holidays"), make_up: made_up(dated("make_up_days")), ..def }
}

fn made_up(days: BTreeMap<NaiveDate, Arc<str>>) -> BTreeMap<NaiveDate, MakeUp> {
    days.into_iter().map(|(day, name)| (day, MakeUp { name, windows: None })).collect()
}

/// A calendar with the same windows on every day named.
fn hours(zone: Tz, days: &str, windows: &[&str]) -> CalendarDef {
    let def = CalendarDef::new("desk", zone, (date("2026-01-01"), date("2026-12-31")));
    def.open(days, windows).unwrap()
}

fn local(calendar: &Calendar, text: &str) -> DateTime<Utc> {
    scalar::instant(text, calendar.zone()).unwrap()
}

fn shown(calendar: &Calendar, at: DateTime<Utc>) -> String {
    at.with_timezone(&calendar.zone()).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn check(calendar: &Calendar, conventions: &Conventions, rows: &[(&str, &str, &str)]) {
    for (start, duration, expected) in rows {
        let due = calendar.add(local(calendar, start), span(duration), conventions).unwrap();
        assert_eq!(shown(calendar, due), *expected, "{start} + {duration}");
        let told = calendar.explain(local(calendar, start), span(duration), conventions).unwrap();
        assert_eq!(told.due, due);
    }
}

/// From the Python package chinesecalendar 1.11.0, which follows the State Council's notices.
#[test]
fn the_shipped_calendar_has_the_working_days_of_each_month() {
    let rows = [
        (2024, [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
        (2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]),
        (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
    ];
    for (year, months) in rows {
        for (month, expected) in (1..).zip(months) {
            let period: Period = format!("{year}-{month:02}").parse().unwrap();
            let counted = OFFICE.working_days(period.first_day(), period.last_day()).unwrap();
            assert_eq!(counted, expected, "{period}");
        }
        let days = OFFICE.working_days(date(&format!("{year}-01-01")), date(&format!("{year}-12-31")));
        assert_eq!(days.unwrap(), months.iter().sum::<u32>());
    }
}

/// Every day on which China works against the pattern of the week, from the same package.
#[test]
fn the_shipped_calendar_departs_from_the_week_on_these_days() {
    let off = "2024-01-01 2024-02-12 2024-02-13 2024-02-14 2024-02-15 2024-02-16 2024-04-04 2024-04-05 2024-05-01 \
        2024-05-02 2024-05-03 2024-06-10 2024-09-16 2024-09-17 2024-10-01 2024-10-02 2024-10-03 2024-10-04 2024-10-07 \
        2025-01-01 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-02-03 2025-02-04 2025-04-04 2025-05-01 2025-05-02 \
        2025-05-05 2025-06-02 2025-10-01 2025-10-02 2025-10-03 2025-10-06 2025-10-07 2025-10-08 2026-01-01 2026-01-02 \
        2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23 2026-04-06 2026-05-01 2026-05-04 2026-05-05 \
        2026-06-19 2026-09-25 2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07";
    let worked = "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12 2025-01-26 \
        2025-02-08 2025-04-27 2025-09-28 2025-10-11 2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10";
    let (first, last) = OFFICE.coverage();
    let (mut found_off, mut found_worked) = (Vec::new(), Vec::new());
    for day in first.iter_days().take_while(|day| *day <= last) {
        let weekday = day.weekday().num_days_from_monday() < 5;
        match (weekday, OFFICE.is_working_day(day).unwrap()) {
            (true, false) => found_off.push(day.to_string()),
            (false, true) => found_worked.push(day.to_string()),
            _ => {}
        }
    }
    assert_eq!(found_off, off.split_whitespace().collect::<Vec<_>>());
    assert_eq!(found_worked, worked.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn due_dates_in_china() {
    check(
        &OFFICE,
        &CLOSE,
        &[
            // Qingming lies between: 2, 3 and 7 April count.
            ("2026-04-01 15:00", "3 working days", "2026-04-07 18:00:00"),
            ("2026-04-01 23:59:59", "3 working days", "2026-04-07 18:00:00"),
            ("2026-04-04 10:00", "1 working day", "2026-04-07 18:00:00"),
            ("2026-04-01 15:00", "0 working days", "2026-04-01 18:00:00"),
            ("2026-04-01 19:00", "0 working days", "2026-04-01 19:00:00"),
            ("2026-04-04 10:00", "0 working days", "2026-04-07 18:00:00"),
            // The Sunday before National Day is worked, with the lunch break of a weekday.
            ("2026-09-18 17:00", "4 business hours", "2026-09-20 12:00:00"),
            ("2026-09-18 17:00", "14401 wall seconds", "2026-09-18 21:00:01"),
            ("2026-09-18 17:00", "1 business hour", "2026-09-18 18:00:00"),
            ("2026-09-18 17:00", "0 business hours", "2026-09-18 17:00:00"),
            ("2026-09-18 12:00", "0 business hours", "2026-09-18 13:00:00"),
            ("2026-09-18 12:30", "5 business minutes", "2026-09-18 13:05:00"),
            ("2026-09-18 20:00", "5 business minutes", "2026-09-20 09:05:00"),
            ("2026-09-30 18:00", "24 wall hours", "2026-10-01 18:00:00"),
            ("2026-09-30 18:00", "2 wall weeks", "2026-10-14 18:00:00"),
            // Calendar time: clamped to the month's end, rolled, ended at the close of business.
            ("2026-01-31 10:00", "1 month", "2026-02-28 18:00:00"),
            ("2024-01-31 10:00", "1 month", "2024-02-29 18:00:00"),
            ("2025-12-31 10:00", "2 calendar months", "2026-02-28 18:00:00"),
            ("2026-03-28 10:00", "7 calendar days", "2026-04-07 18:00:00"),
            ("2026-03-27 10:00", "1 week", "2026-04-03 18:00:00"),
            ("2026-01-30 10:00", "1 quarter", "2026-04-30 18:00:00"),
            ("2024-02-29 10:00", "1 year", "2025-02-28 18:00:00"),
        ],
    );
    check(
        &OFFICE,
        &MIDNIGHT,
        &[
            ("2026-04-01 15:00", "3 working days", "2026-04-07 23:59:59"),
            ("2026-03-28 10:00", "7 calendar days", "2026-04-04 23:59:59"),
        ],
    );
    let not_rolled = Conventions { days_roll: Roll::None, ..CLOSE };
    check(&OFFICE, &not_rolled, &[("2026-03-28 10:00", "7 calendar days", "2026-04-04 23:59:59")]);
}

#[test]
fn beyond_the_coverage_nothing_is_guessed() {
    let not_covered = |day: &str| TimeError::NotCovered { calendar: "cn-office".into(), date: date(day) };
    let rows = [
        ("2026-12-31 17:00", "2 business hours", "2027-01-01"),
        ("2026-12-30 17:00", "2 working days", "2027-01-01"),
        ("2026-12-30 17:00", "9999 working days", "2027-01-01"),
        ("2026-12-31 17:00", "1 month", "2027-01-31"),
        ("2027-01-04 09:00", "1 business minute", "2027-01-04"),
        ("2023-12-31 09:00", "1 working day", "2023-12-31"),
        ("2023-12-31 09:00", "1 business hour", "2023-12-31"),
    ];
    for (start, duration, day) in rows {
        let found = OFFICE.add(local(&OFFICE, start), span(duration), &CLOSE);
        assert_eq!(found, Err(not_covered(day)), "{start} + {duration}");
    }
    // The last window of the coverage may be used to its end, and elapsed time needs no calendar.
    check(
        &OFFICE,
        &CLOSE,
        &[
            ("2026-12-31 17:00", "1 business hour", "2026-12-31 18:00:00"),
            ("2026-12-30 17:00", "1 working day", "2026-12-31 18:00:00"),
            ("2023-12-31 10:00", "1 calendar day", "2024-01-02 18:00:00"),
            ("2026-12-31 17:00", "24 wall hours", "2027-01-01 17:00:00"),
        ],
    );
    assert_eq!(OFFICE.is_working_day(date("2027-01-01")), Err(not_covered("2027-01-01")));
    assert_eq!(OFFICE.is_open(local(&OFFICE, "2027-01-01 10:00")), Err(not_covered("2027-01-01")));
    assert_eq!(OFFICE.next_open(local(&OFFICE, "2026-12-31 18:00")), Err(not_covered("2027-01-01")));
    assert_eq!(OFFICE.last_working_day(date("2024-01-01")), Err(not_covered("2023-12-31")));
    assert_eq!(OFFICE.nth_working_day(date("2026-12-31"), 2), Err(not_covered("2027-01-01")));
    assert_eq!(
        not_covered("2027-01-01").to_string(),
        "the calendar `cn-office` does not cover 2027-01-01; add that date, nothing is guessed"
    );
}

/// Instants and dates at the ends of what can be represented are answered or refused like any other.
#[test]
fn the_ends_of_time() {
    for zone in [Tz::Pacific__Kiritimati, Tz::Pacific__Pago_Pago, Tz::Asia__Shanghai] {
        let calendar = Calendar::new(hours(zone, "mon-fri", &["09:00-18:00"])).unwrap();
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(calendar.is_open(at).is_err() && calendar.next_open(at).is_err());
            for (unit, clock) in [
                (TimeUnit::Minutes, ClockKind::Business),
                (TimeUnit::Days, ClockKind::Working),
                (TimeUnit::Months, ClockKind::Calendar),
            ] {
                for amount in [-1_000_000, -1, 0, 1, 1_000_000, i64::MAX, i64::MIN] {
                    let duration = Duration { amount, unit, clock };
                    assert!(calendar.add(at, duration, &CLOSE).is_err(), "{at} {duration}");
                    assert!(calendar.sub(at, duration, &CLOSE).is_err(), "{at} {duration}");
                }
                assert!(calendar.between(DateTime::<Utc>::MIN_UTC, at, unit, clock, &CLOSE).is_err());
            }
        }
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            assert!(calendar.is_working_day(day).is_err() && calendar.working_days(day, day).is_err());
            let far = CalendarDef { coverage: (day, day), ..calendar.def().clone() };
            assert!(matches!(Calendar::new(far).unwrap_err(), CalendarProblem::CoverageFar { .. }));
        }
    }
    let ends = CalendarDef { coverage: (date("0001-01-01"), date("0002-01-01")), ..office() };
    assert!(Calendar::new(ends.clone().provisional()).is_ok());
    assert!(
        Calendar::new(CalendarDef { coverage: (date("9998-01-01"), date("9999-12-31")), ..ends }).is_ok()
    );
}

#[test]
fn durations_that_no_clock_counts() {
    let start = local(&OFFICE, "2026-04-01 15:00");
    let rows = [
        (1, TimeUnit::Days, ClockKind::Business),
        (1, TimeUnit::Weeks, ClockKind::Working),
        (1, TimeUnit::Hours, ClockKind::Calendar),
        (1, TimeUnit::Months, ClockKind::Wall),
        (i64::MAX, TimeUnit::Weeks, ClockKind::Wall),
        (i64::MAX, TimeUnit::Hours, ClockKind::Business),
    ];
    for (amount, unit, clock) in rows {
        let duration = Duration { amount, unit, clock };
        assert_eq!(OFFICE.add(start, duration, &CLOSE), Err(TimeError::BadDuration(duration)));
    }
    for (unit, clock) in [(TimeUnit::Seconds, ClockKind::Wall), (TimeUnit::Years, ClockKind::Calendar)] {
        for amount in [i64::MAX, i64::MIN] {
            let duration = Duration { amount, unit, clock };
            assert_eq!(OFFICE.add(start, duration, &CLOSE), Err(TimeError::TooFar(duration)));
        }
    }
    let duration = Duration { amount: i64::MAX, unit: TimeUnit::Seconds, clock: ClockKind::Business };
    assert!(matches!(OFFICE.add(start, duration, &CLOSE), Err(TimeError::NotCovered { .. })));
}

#[test]
fn questions_about_days_and_instants() {
    for (at, open, next) in [
        ("2026-04-01 08:59:59", false, "2026-04-01 09:00:00"),
        ("2026-04-01 09:00", true, "2026-04-01 09:00:00"),
        ("2026-04-01 11:59:59", true, "2026-04-01 11:59:59"),
        ("2026-04-01 12:00", false, "2026-04-01 13:00:00"),
        ("2026-04-03 18:00", false, "2026-04-07 09:00:00"),
        ("2026-05-09 09:00", true, "2026-05-09 09:00:00"),
    ] {
        assert_eq!(OFFICE.is_open(local(&OFFICE, at)), Ok(open), "{at}");
        assert_eq!(shown(&OFFICE, OFFICE.next_open(local(&OFFICE, at)).unwrap()), next, "{at}");
    }
    assert_eq!(OFFICE.close_of(date("2026-04-04")), Ok(None));
    assert_eq!(OFFICE.close_of(date("2026-04-07")), Ok(Some(local(&OFFICE, "2026-04-07 18:00"))));
    assert_eq!(OFFICE.nth_working_day(date("2026-04-03"), 1), Ok(date("2026-04-03")));
    assert_eq!(OFFICE.nth_working_day(date("2026-04-03"), 2), Ok(date("2026-04-07")));
    assert_eq!(OFFICE.last_working_day(date("2026-04-06")), Ok(date("2026-04-03")));
    assert_eq!(OFFICE.working_days(date("2026-04-04"), date("2026-04-06")), Ok(0));
    assert_eq!(OFFICE.working_days(date("2026-04-07"), date("2026-04-01")), Ok(0));
    let seconds = |from, to| OFFICE.business_seconds(local(&OFFICE, from), local(&OFFICE, to));
    assert_eq!(seconds("2026-04-03 11:00", "2026-04-07 10:00"), Ok(3600 + 5 * 3600 + 3600));
    assert_eq!(seconds("2026-04-07 10:00", "2026-04-03 11:00"), Ok(0));
    let march: Period = "2026-03".parse().unwrap();
    for (text, expected) in [
        ("5th working day", "2026-03-06"),
        ("5th working day after", "2026-04-08"),
        ("last working day", "2026-03-31"),
        ("10th calendar day after", "2026-04-10"),
        ("最后一个工作日", "2026-03-31"),
    ] {
        let day = scalar::day_of_period(text).unwrap();
        assert_eq!(OFFICE.day_of_period(day, march), Ok(date(expected)), "{text}");
    }
}

#[test]
fn conventions_can_be_agreed_otherwise() {
    let plain = Conventions { days_roll: Roll::None, ..CLOSE };
    let next_day = Conventions { month_end: MonthEnd::NextDay, ..plain };
    let counted = Conventions { start_day: StartDay::Counted, ..plain };
    let both = Conventions { start_day: StartDay::Counted, ..next_day };
    for (conventions, rows) in [
        (plain, ["2026-02-28", "2026-02-15", "2026-01-20", "2026-01-19", "2026-01-15"]),
        (next_day, ["2026-03-01", "2026-02-15", "2026-01-20", "2026-01-19", "2026-01-15"]),
        (counted, ["2026-02-28", "2026-02-14", "2026-01-19", "2026-01-16", "2026-01-15"]),
        (both, ["2026-02-28", "2026-02-14", "2026-01-19", "2026-01-16", "2026-01-15"]),
    ] {
        let starts = [
            "2026-01-31 10:00",
            "2026-01-15 10:00",
            "2026-01-15 10:00",
            "2026-01-15 10:00",
            "2026-01-15 10:00",
        ];
        let amounts = ["1 month", "1 month", "5 calendar days", "2 working days", "0 working days"];
        for ((start, amount), expected) in starts.iter().zip(amounts).zip(rows) {
            let due = OFFICE.add(local(&OFFICE, start), span(amount), &conventions).unwrap();
            assert_eq!(shown(&OFFICE, due)[..10], *expected, "{start} + {amount} {conventions:?}");
        }
    }
    let told = OFFICE.explain(local(&OFFICE, "2026-04-03 10:00"), span("2 working days"), &counted).unwrap();
    assert_eq!(
        told.render(Lang::En),
        "due Tue 4/7 18:00. 2 working days: Fri 4/3 is day 1; Sat 4/4–Mon 4/6 is off for 清明节; Tue 4/7 is day 2; \
         it ends at the close of business, 18:00. Calendar cn-office 2026."
    );
    let told = OFFICE.explain(local(&OFFICE, "2026-04-07 10:00"), span("2 calendar days"), &counted).unwrap();
    assert!(
        told.render(Lang::Zh).contains("起算日 4/7(周二) 计入;4/8(周三) 届满"),
        "{}",
        told.render(Lang::Zh)
    );
}

#[test]
fn time_taken_back_leaves_the_whole_time_between() {
    let rows = [
        ("2026-04-08 10:00", "3 working days", "2026-04-02 18:00:00"),
        ("2026-04-05 10:00", "1 working day", "2026-04-03 18:00:00"),
        ("2026-04-05 10:00", "0 working days", "2026-04-03 18:00:00"),
        ("2026-04-08 10:00", "0 working days", "2026-04-08 10:00:00"),
        ("2026-09-20 12:00", "4 business hours", "2026-09-18 17:00:00"),
        ("2026-09-21 09:00", "8 business hours", "2026-09-20 09:00:00"),
        ("2026-09-19 09:00", "0 business hours", "2026-09-18 18:00:00"),
        ("2026-09-18 18:00", "0 business hours", "2026-09-18 18:00:00"),
        ("2026-09-18 10:00", "24 wall hours", "2026-09-17 10:00:00"),
        // Thirty days before 5 November is 6 October, in the holidays of National Day: back to the last day worked.
        ("2026-11-05 10:00", "30 calendar days", "2026-09-30 18:00:00"),
        ("2026-03-31 10:00", "1 month", "2026-02-28 18:00:00"),
        ("2026-05-31 10:00", "1 quarter", "2026-02-28 18:00:00"),
    ];
    for (end, amount, expected) in rows {
        let found = OFFICE.sub(local(&OFFICE, end), span(amount), &CLOSE).unwrap();
        assert_eq!(shown(&OFFICE, found), expected, "{end} - {amount}");
        let negative: Duration = format!("-{amount}").parse().unwrap();
        if negative.amount < 0 {
            assert_eq!(OFFICE.add(local(&OFFICE, end), negative, &CLOSE), Ok(found));
            assert_eq!(OFFICE.sub(found, negative, &CLOSE), OFFICE.add(found, span(amount), &CLOSE));
        }
    }
    let at = |text| local(&OFFICE, text);
    let next_day = Conventions { month_end: MonthEnd::NextDay, days_roll: Roll::None, ..CLOSE };
    let counted = Conventions { start_day: StartDay::Counted, days_roll: Roll::None, ..CLOSE };
    for (conventions, amount, expected) in [
        (next_day, "1 month", "2026-03-01"),
        (counted, "1 month", "2026-03-01"),
        (counted, "2 calendar days", "2026-03-30"),
        (counted, "2 working days", "2026-03-30"),
    ] {
        let found = OFFICE.sub(at("2026-03-31 10:00"), span(amount), &conventions).unwrap();
        assert_eq!(shown(&OFFICE, found)[..10], *expected, "{amount} {conventions:?}");
    }
    for amount in ["3 working days", "10 business hours", "7 calendar days"] {
        let found = OFFICE.sub(at("2024-01-02 10:00"), span(amount), &CLOSE);
        assert!(matches!(found, Err(TimeError::NotCovered { .. })), "{amount}: {found:?}");
    }
    let bad = Duration { amount: 1, unit: TimeUnit::Weeks, clock: ClockKind::Working };
    assert_eq!(OFFICE.sub(at("2026-03-31 10:00"), bad, &CLOSE), Err(TimeError::BadDuration(bad)));
    let negative = Duration { amount: -1, unit: TimeUnit::Days, clock: ClockKind::Working };
    assert_eq!(
        OFFICE.explain(at("2026-03-31 10:00"), negative, &CLOSE),
        Err(TimeError::BadDuration(negative))
    );
    assert_eq!(
        OFFICE.at_share(at("2026-03-31 10:00"), negative, Decimal::ONE, &CLOSE),
        Err(TimeError::BadDuration(negative))
    );
}

#[test]
fn what_has_run_out_between_two_instants() {
    use {ClockKind::*, TimeUnit::*};
    let plain = Conventions { days_roll: Roll::None, ..CLOSE };
    let between = |from, to, unit, clock| {
        OFFICE
            .between(local(&OFFICE, from), local(&OFFICE, to), unit, clock, &plain)
            .map(|found| found.amount)
    };
    let rows = [
        ("2026-04-01 15:00", "2026-04-07 18:00", Days, Working, 3),
        ("2026-04-01 15:00", "2026-04-07 17:59:59", Days, Working, 2),
        ("2026-04-01 15:00", "2026-04-07 18:00", Minutes, Business, 27 * 60),
        ("2026-04-01 15:00", "2026-04-07 18:00", Hours, Business, 27),
        ("2026-04-01 15:00", "2026-04-07 18:00", Hours, Wall, 147),
        ("2026-04-01 15:00", "2026-04-07 18:00", Days, Wall, 6),
        ("2026-04-01 15:00", "2026-04-07 18:00", Days, Calendar, 6),
        ("2026-04-01 15:00", "2026-04-08 18:00", Weeks, Calendar, 1),
        ("2026-01-31 15:00", "2026-02-28 23:59:59", Months, Calendar, 1),
        ("2026-01-31 15:00", "2026-03-31 17:00", Months, Calendar, 1),
        ("2024-02-29 15:00", "2026-02-28 23:59:59", Years, Calendar, 2),
        ("2024-02-29 15:00", "2026-02-28 23:59:59", Quarters, Calendar, 8),
        ("2024-02-29 15:00", "2026-02-28 17:59:59", Quarters, Calendar, 7),
        ("2026-04-07 18:00", "2026-04-01 15:00", Days, Working, -3),
    ];
    for (from, to, unit, clock, expected) in rows {
        assert_eq!(between(from, to, unit, clock), Ok(expected), "{from} to {to} in {clock} {unit:?}");
    }
    for (unit, clock) in [(Weeks, Working), (Days, Business), (Hours, Calendar), (Months, Wall)] {
        let bad = Duration { amount: 1, unit, clock };
        assert_eq!(
            between("2026-04-01 15:00", "2026-04-07 18:00", unit, clock),
            Err(TimeError::BadDuration(bad))
        );
    }
    assert!(between("2026-04-01 15:00", "2027-04-07 18:00", Days, Working).is_err());
    // What is rolled beyond the coverage is not over yet.
    let rolled = OFFICE.between(
        local(&OFFICE, "2026-01-01 00:00"),
        local(&OFFICE, "2026-12-31 23:00"),
        Days,
        Calendar,
        &CLOSE,
    );
    assert_eq!(rolled.unwrap().amount, 364);
}

#[test]
fn days_of_a_month_that_it_has_not_are_not_looked_for_in_the_next() {
    let months: [Period; 2] = ["2026-02".parse().unwrap(), "2026-03".parse().unwrap()];
    assert_eq!(OFFICE.nth_working_day_of(months[0], 16), Ok(date("2026-02-28")));
    let missing = OFFICE.nth_working_day_of(months[0], 17).unwrap_err();
    assert_eq!(missing.to_string(), "2026-02 has 16 working days in the calendar `cn-office`, and no day 17");
    assert_eq!(
        OFFICE.day_of_period(scalar::day_of_period("17th working day").unwrap(), months[0]),
        Err(missing)
    );
    assert_eq!(OFFICE.last_working_day_of(months[1]), Ok(date("2026-03-31")));
    let closed = Calendar::new(
        hours(Tz::Asia__Shanghai, "mon-fri", &["09:00-18:00"])
            .holiday("搬迁", "2026-02-01 to 2026-02-28")
            .unwrap(),
    )
    .unwrap();
    assert!(matches!(closed.last_working_day_of(months[0]), Err(TimeError::NoSuchDay { has: 0, .. })));
    let day = |text| OFFICE.day_of_period(scalar::day_of_period(text).unwrap(), months[0]);
    assert_eq!(day("28th calendar day"), Ok(date("2026-02-28")));
    assert_eq!(day("29th calendar day").unwrap_err().to_string(), "2026-02 has 28 days, and no day 29");
    assert_eq!(day("29th calendar day after"), Ok(date("2026-03-29")));
    assert!(matches!(closed.nth_working_day_of(months[0], 0), Err(TimeError::NoSuchDay { nth: 1, .. })));
    assert!(OFFICE.last_working_day_of("2027-01".parse().unwrap()).is_err());
}

#[test]
fn closes_of_windows_that_meet_are_none() {
    let desk =
        Calendar::new(hours(Tz::Asia__Shanghai, "mon-fri", &["08:00-12:00", "12:00-16:00", "18:00-24:00"]))
            .unwrap();
    let close = |calendar: &Calendar, at: &str| {
        calendar
            .next_close(local(calendar, at))
            .map(|at| shown(calendar, at))
            .map_err(|error| error.to_string())
    };
    assert_eq!(close(&desk, "2026-04-01 09:00").as_deref(), Ok("2026-04-01 16:00:00"));
    assert_eq!(close(&desk, "2026-04-01 16:00").as_deref(), Ok("2026-04-02 00:00:00"));
    assert_eq!(close(&desk, "2026-04-03 23:00").as_deref(), Ok("2026-04-04 00:00:00"));
    assert_eq!(close(&OFFICE, "2026-12-31 17:00").as_deref(), Ok("2026-12-31 18:00:00"));
    // Whoever is always open never closes, as far as the calendar knows.
    let always = Calendar::new(hours(Tz::America__New_York, "mon-sun", &["00:00-24:00"])).unwrap();
    assert!(close(&always, "2026-04-01 09:00").unwrap_err().contains("2027-01-01"));
}

#[test]
fn hours_change_on_a_date() {
    let def = hours(Tz::Asia__Shanghai, "mon-fri", &["09:00-18:00"]);
    let def = def.open_from(date("2026-07-01"), "mon-sat", &["08:00-14:00"]).unwrap();
    let calendar = Calendar::new(def.open_from(date("2026-09-01"), "sat", &[]).unwrap()).unwrap();
    check(
        &calendar,
        &CLOSE,
        &[
            ("2026-06-30 17:00", "2 business hours", "2026-07-01 09:00:00"),
            ("2026-07-03 13:00", "2 business hours", "2026-07-04 09:00:00"),
            ("2026-07-03 13:00", "1 working day", "2026-07-04 14:00:00"),
            ("2026-09-04 13:00", "1 working day", "2026-09-07 14:00:00"),
        ],
    );
    let late = CalendarDef::new("late", Tz::UTC, (date("2026-01-01"), date("2026-12-31")));
    let late = late.open_from(date("2026-02-01"), "mon", &["09:00-10:00"]).unwrap();
    assert_eq!(
        Calendar::new(late).unwrap_err().message().render(Lang::En),
        "the coverage begins on 2026-01-01, the hours only on 2026-02-01"
    );
    let night = hours(Tz::Asia__Shanghai, "sun", &["22:00-06:00"]);
    let night = night.open_from(date("2026-06-29"), "mon", &["05:00-12:00"]).unwrap();
    let night = night.open_from(date("2026-06-29"), "sun", &[]).unwrap();
    assert_eq!(
        Calendar::new(night).unwrap_err().message().render(Lang::En),
        "the windows 22:00-06:00 and 05:00-12:00 from 2026-06-28 on overlap"
    );
}

#[test]
fn a_provisional_calendar_goes_on_and_says_so() {
    let mut def = CalendarDef { name: "branch".into(), ..office() }.provisional();
    // What stands for a date that is not covered has no effect: the week alone goes on.
    def.holidays.insert(date("2027-01-01"), "元旦".into());
    def.make_up.insert(date("2027-01-03"), "元旦".into());
    def.exceptions.insert(date("2027-01-04"), Vec::new());
    let branch = Calendar::new(def).unwrap();
    check(
        &branch,
        &CLOSE,
        &[
            ("2026-12-31 17:00", "2 business hours", "2027-01-01 10:00:00"),
            ("2026-12-30 17:00", "2 working days", "2027-01-01 18:00:00"),
            ("2026-12-31 17:00", "1 month", "2027-02-01 18:00:00"),
            ("2023-12-29 17:00", "1 working day", "2024-01-02 18:00:00"),
            ("2022-10-03 08:00", "1 business hour", "2022-10-03 10:00:00"),
        ],
    );
    let told = |start: &str, amount: &str, lang| {
        branch.explain(local(&branch, start), span(amount), &CLOSE).unwrap().render(lang)
    };
    assert!(
        told("2026-12-30 17:00", "2 working days", Lang::Zh).ends_with(
            "日历 branch 2026–2027。暂定: 日历尚未覆盖 2027-01-01 起的日期,暂按每周的安排推算,不含节假日。"
        ),
        "{}",
        told("2026-12-30 17:00", "2 working days", Lang::Zh)
    );
    assert!(
        told("2023-12-29 17:00", "1 working day", Lang::En).ends_with(
            "Calendar branch 2023–2024. Provisional: the calendar does not cover 2023-12-29, so its week was assumed without holidays."
        ),
        "{}",
        told("2023-12-29 17:00", "1 working day", Lang::En)
    );
    assert!(!told("2026-12-30 17:00", "1 working day", Lang::En).contains("Provisional"));
    assert!(!told("2026-12-31 17:00", "24 wall hours", Lang::En).contains("Provisional"));
    let from = |a: &str, b: &str| branch.provisional_from(local(&branch, a), local(&branch, b));
    assert_eq!(from("2026-12-31 17:00", "2027-01-05 10:00"), Some(date("2027-01-01")));
    assert_eq!(from("2027-03-01 17:00", "2027-03-05 10:00"), Some(date("2027-03-01")));
    assert_eq!(from("2023-03-01 17:00", "2024-03-05 10:00"), Some(date("2023-03-01")));
    assert_eq!(from("2026-03-01 17:00", "2026-12-31 10:00"), None);
    assert_eq!(
        OFFICE.provisional_from(local(&OFFICE, "2026-12-31 17:00"), local(&OFFICE, "2027-01-05 10:00")),
        None
    );
    // It does not go on for ever.
    let far = branch.add(local(&branch, "2026-12-30 17:00"), span("4000 working days"), &CLOSE);
    assert_eq!(far, Err(TimeError::NotCovered { calendar: "branch".into(), date: date("2037-01-01") }));
}

#[test]
fn shares_of_a_duration() {
    let at = |start: &str, duration: &str, share: &str| {
        let share = scalar::decimal(share).unwrap();
        let at = OFFICE.at_share(local(&OFFICE, start), span(duration), share, &CLOSE);
        at.map(|at| shown(&OFFICE, at))
    };
    let rows = [
        ("2026-09-18 17:00", "4 business hours", "0", "2026-09-18 17:00:00"),
        ("2026-09-18 17:00", "4 business hours", "0.25", "2026-09-18 18:00:00"),
        ("2026-09-18 17:00", "4 business hours", "0.5", "2026-09-20 10:00:00"),
        ("2026-09-18 17:00", "4 business hours", "1", "2026-09-20 12:00:00"),
        ("2026-09-18 20:00", "4 business hours", "0.5", "2026-09-20 11:00:00"),
        ("2026-09-30 18:00", "24 wall hours", "0.75", "2026-10-01 12:00:00"),
        // 3 + 8 + 8 + 8 open hours until the close of 7 April; a third of them are 9.
        ("2026-04-01 15:00", "3 working days", "0.33333333", "2026-04-02 16:00:00"),
        ("2026-04-01 15:00", "3 working days", "1", "2026-04-07 18:00:00"),
        ("2026-04-06 00:00", "1 calendar day", "0.5", "2026-04-06 21:00:00"),
    ];
    for (start, duration, share, expected) in rows {
        assert_eq!(at(start, duration, share).unwrap(), expected, "{share} of {duration}");
    }
    for share in ["-0.1", "1.01"] {
        assert!(matches!(at("2026-04-01 15:00", "1 working day", share), Err(TimeError::BadShare(_))));
    }
}

#[test]
fn clocks_put_forward_and_back() {
    let zone = Tz::America__New_York;
    // On 8 March 2026 02:00 to 03:00 is skipped; on 1 November 01:00 to 02:00 comes twice.
    let always = Calendar::new(hours(zone, "mon-sun", &["00:00-24:00"])).unwrap();
    check(
        &always,
        &MIDNIGHT,
        &[
            ("2026-03-07 12:00", "24 wall hours", "2026-03-08 13:00:00"),
            ("2026-03-07 12:00", "24 business hours", "2026-03-08 13:00:00"),
            ("2026-10-31 12:00", "24 wall hours", "2026-11-01 11:00:00"),
            ("2026-10-31 12:00", "1 calendar day", "2026-11-01 23:59:59"),
            ("2026-03-07 12:00", "1 working day", "2026-03-08 23:59:59"),
        ],
    );
    let seconds = |calendar: &Calendar, from: &str, to: &str| {
        calendar.business_seconds(local(calendar, from), local(calendar, to)).unwrap()
    };
    assert_eq!(seconds(&always, "2026-03-08 00:00", "2026-03-09 00:00"), 23 * 3600);
    assert_eq!(seconds(&always, "2026-11-01 00:00", "2026-11-02 00:00"), 25 * 3600);
    // A night shift is an hour shorter or longer, and belongs to the day it starts on.
    let nights = Calendar::new(hours(zone, "sat", &["22:00-06:00"])).unwrap();
    assert_eq!(seconds(&nights, "2026-03-07 12:00", "2026-03-08 12:00"), 7 * 3600);
    assert_eq!(seconds(&nights, "2026-10-31 12:00", "2026-11-01 12:00"), 9 * 3600);
    check(&nights, &CLOSE, &[("2026-03-07 23:00", "5 business hours", "2026-03-08 05:00:00")]);
    // A window inside the skipped hour has no time; one inside the doubled hour is open the first time only.
    let early = Calendar::new(hours(zone, "sun", &["02:00-03:00", "03:00-03:30"])).unwrap();
    assert_eq!(seconds(&early, "2026-03-08 00:00", "2026-03-08 12:00"), 1800);
    let twice = Calendar::new(hours(zone, "sun", &["01:00-01:30"])).unwrap();
    assert_eq!(seconds(&twice, "2026-11-01 00:00", "2026-11-01 12:00"), 1800);
}

#[test]
fn a_day_that_a_zone_leaves_out_is_no_working_day() {
    let apia = CalendarDef::new("apia", Tz::Pacific__Apia, (date("2011-12-01"), date("2012-01-31")));
    let apia = Calendar::new(apia.open("mon-fri", &["09:00-17:00"]).unwrap()).unwrap();
    assert_eq!(apia.is_working_day(date("2011-12-30")), Ok(false));
    assert_eq!(apia.working_days(date("2011-12-26"), date("2012-01-02")), Ok(5));
    check(
        &apia,
        &CLOSE,
        &[
            ("2011-12-29 10:00", "1 working day", "2012-01-02 17:00:00"),
            ("2011-12-29 16:00", "2 business hours", "2012-01-02 10:00:00"),
            ("2011-12-29 10:00", "24 wall hours", "2011-12-31 10:00:00"),
        ],
    );
}

#[test]
fn overnight_shifts() {
    let nights = Calendar::new(hours(Tz::Asia__Shanghai, "mon-fri", &["22:00-06:00"])).unwrap();
    check(
        &nights,
        &CLOSE,
        &[
            ("2026-04-03 23:00", "7 business hours", "2026-04-04 06:00:00"),
            ("2026-04-03 23:00", "8 business hours", "2026-04-06 23:00:00"),
            ("2026-04-04 02:00", "5 business hours", "2026-04-06 23:00:00"),
            // Friday's shift closes on Saturday morning.
            ("2026-04-02 12:00", "1 working day", "2026-04-04 06:00:00"),
        ],
    );
    let told = nights.explain(local(&nights, "2026-04-03 23:00"), span("7 business hours"), &CLOSE).unwrap();
    assert_eq!((told.windows.len(), told.skipped.len()), (1, 0));
    assert_eq!(nights.is_open(local(&nights, "2026-04-04 05:59:59")), Ok(true));
    assert_eq!(nights.is_open(local(&nights, "2026-04-04 06:00")), Ok(false));
    assert_eq!(nights.is_working_day(date("2026-04-04")), Ok(false));
    // The night before the coverage is not known; the last night reaches beyond it.
    assert!(nights.is_open(local(&nights, "2026-01-01 05:00")).is_err());
    assert_eq!(nights.is_open(local(&nights, "2026-01-01 06:00")), Ok(false));
    check(&nights, &CLOSE, &[("2026-12-31 23:00", "7 business hours", "2027-01-01 06:00:00")]);
}

#[test]
fn exceptions_win_over_make_up_days_and_holidays() {
    let mut def = office();
    def.exceptions.insert(date("2026-02-16"), day_windows(&["08:00-16:00"]).unwrap());
    def.exceptions.insert(date("2026-02-14"), Vec::new());
    let calendar = Calendar::new(def.open("sat", &["09:00-12:00"]).unwrap()).unwrap();
    let close = |day: &str| calendar.close_of(date(day)).unwrap().map(|at| shown(&calendar, at));
    assert_eq!(close("2026-02-16").as_deref(), Some("2026-02-16 16:00:00"));
    assert_eq!(close("2026-02-14"), None);
    assert_eq!(close("2026-02-17"), None);
    // A make-up Saturday keeps Saturday's own windows, a make-up Sunday takes Monday's.
    assert_eq!(close("2026-02-28").as_deref(), Some("2026-02-28 12:00:00"));
    assert_eq!(close("2026-09-20").as_deref(), Some("2026-09-20 18:00:00"));
    assert_ne!(calendar, *OFFICE);
    assert_eq!(OFFICE.clone(), Calendar::new(office()).unwrap());
}

#[test]
fn calendars_that_cannot_be() {
    let zone = Tz::Asia__Shanghai;
    let problem = |def: CalendarDef| Calendar::new(def).unwrap_err().message().render(Lang::En);
    let good = || hours(zone, "mon-fri", &["09:00-18:00"]);
    let mut both = good();
    both.holidays.insert(date("2026-02-14"), "春节".into());
    both.make_up.insert(date("2026-02-14"), "元旦".into());
    let twice = good().make_up_hours("元旦", "2026-02-14", &["09:00-12:00"]).unwrap();
    let idle = good().make_up_hours("元旦", "2026-02-14", &[]).unwrap();
    let night = good().make_up_hours("元旦", "2026-02-15", &["20:00-10:00"]).unwrap();
    let mut long = good();
    long.coverage = (date("1950-01-01"), date("2050-01-01"));
    let mut reversed = good();
    reversed.coverage = (date("2026-02-01"), date("2026-01-01"));
    let mut across = hours(zone, "mon-fri", &["22:00-06:00"]);
    across.exceptions.insert(date("2026-04-04"), day_windows(&["05:00-08:00"]).unwrap());
    let mut closed = good();
    closed.coverage = (date("2026-04-04"), date("2026-04-05"));
    let rows = [
        (
            both.clone(),
            "2026-02-14 is both a holiday (春节) and a make-up day (元旦); keep one of them, or state its windows under `days`",
        ),
        (
            twice.day("2026-02-14", &["08:00-10:00"]).unwrap(),
            "2026-02-14 is a make-up day (元旦) with windows of its own, and has others under `days`; keep one of them",
        ),
        (idle, "2026-02-14 is a make-up day (元旦), to be worked, and has no windows"),
        (night, "the windows 20:00-10:00 and 09:00-18:00 from 2026-02-15 on overlap"),
        (long, "the coverage 1950-01-01 to 2050-01-01 is longer than a hundred years"),
        (reversed, "the coverage ends on 2026-01-01, before it begins on 2026-02-01"),
        (across, "the windows 22:00-06:00 and 05:00-08:00 from 2026-04-03 on overlap"),
        (
            hours(zone, "mon", &["09:00-12:00", "11:00-13:00"]),
            "the windows 09:00-12:00 and 11:00-13:00 of mon overlap",
        ),
        (
            hours(zone, "sun-mon", &["08:00-10:00", "20:00-09:00"]),
            "the windows 20:00-09:00 and 08:00-10:00 of sun overlap",
        ),
        (hours(zone, "mon", &[]), "the calendar is never open in the time it covers"),
        (closed, "the calendar is never open in the time it covers"),
    ];
    for (def, expected) in rows {
        assert_eq!(problem(def), expected);
    }
    both.exceptions.insert(date("2026-02-14"), Vec::new());
    assert!(Calendar::new(both).is_ok());
    let mut century = good();
    century.coverage = (date("1950-01-01"), date("2049-12-31"));
    let century = Calendar::new(century).unwrap();
    check(&century, &CLOSE, &[("1990-01-01 09:00", "10000 working days", "2028-05-01 18:00:00")]);
}

#[test]
fn explanations_say_what_counted() {
    let rows = [
        (
            "2026-09-18 17:00",
            "4 business hours",
            "期限: 9/20(周日) 12:00。4 个工作小时: 9/18(周五) 17:00–18:00 用 1 小时;9/19(周六) 休息;\
             9/20(周日) 国庆节调休上班,09:00–12:00 用 3 小时。时段以外不计。日历 cn-office 2026。",
            "due Sun 9/20 12:00. 4 business hours: Fri 9/18 17:00–18:00 gives 1 h; Sat 9/19 is off; \
             Sun 9/20 is worked to make up for 国庆节, 09:00–12:00 gives 3 h. \
             Time outside the windows does not count. Calendar cn-office 2026.",
        ),
        (
            "2026-04-01 15:00",
            "3 working days",
            "期限: 4/7(周二) 18:00。3 个工作日: 起算日 4/1(周三) 不计;4/2(周四) 第 1 天;4/3(周五) 第 2 天;\
             4/4(周六)–4/6(周一) 清明节放假;4/7(周二) 第 3 天;18:00 下班时截止。日历 cn-office 2026。",
            "due Tue 4/7 18:00. 3 working days: the start day Wed 4/1 does not count; Thu 4/2 is day 1; \
             Fri 4/3 is day 2; Sat 4/4–Mon 4/6 is off for 清明节; Tue 4/7 is day 3; \
             it ends at the close of business, 18:00. Calendar cn-office 2026.",
        ),
        (
            "2026-03-28 10:00",
            "7 calendar days",
            "期限: 4/7(周二) 18:00。7 个自然日: 起算日 3/28(周六) 不计;4/4(周六) 届满;\
             4/4(周六)–4/6(周一) 清明节放假;顺延到 4/7(周二);18:00 下班时截止。日历 cn-office 2026。",
            "due Tue 4/7 18:00. 7 calendar days: the start day Sat 3/28 does not count; it runs out on Sat 4/4; \
             Sat 4/4–Mon 4/6 is off for 清明节; so it is put off to Tue 4/7; \
             it ends at the close of business, 18:00. Calendar cn-office 2026.",
        ),
        (
            "2026-09-30 18:00",
            "24 wall hours",
            "期限: 10/1(周四) 18:00。24 小时(连续): 自 9/30(周三) 18:00 起连续计算,节假日不扣除。",
            "due Thu 10/1 18:00. 24 wall hours: runs on from Wed 9/30 18:00, holidays included.",
        ),
    ];
    for (start, duration, zh, en) in rows {
        let told = OFFICE.explain(local(&OFFICE, start), span(duration), &CLOSE).unwrap();
        assert_eq!(told.render(Lang::Zh), zh);
        assert_eq!(told.render(Lang::En), en);
    }
    let told =
        OFFICE.explain(local(&OFFICE, "2025-12-25 11:30"), span("90 business minutes"), &CLOSE).unwrap();
    assert_eq!(told.windows.iter().map(WindowUsed::seconds).collect::<Vec<_>>(), [1800, 3600]);
    let told = OFFICE.explain(local(&OFFICE, "2025-03-03 11:30"), span("200 working days"), &CLOSE).unwrap();
    assert_eq!(told.days.len(), 200);
    let text = told.render(Lang::Zh);
    assert!(text.contains("项略") && text.contains("第 200 天") && text.contains("cn-office 2025"), "{text}");
}

/// Calendars of several shapes: lunch and make-up days, all hours under summer time, night shifts.
fn any_calendar() -> impl Strategy<Value = Calendar> {
    let desk = |zone, days, windows: &[&str]| Calendar::new(hours(zone, days, windows)).unwrap();
    prop_oneof![
        Just(OFFICE.clone()),
        Just(desk(Tz::America__New_York, "mon-sun", &["00:00-24:00"])),
        Just(desk(Tz::America__New_York, "mon-sat", &["01:30-02:30", "22:00-01:15"])),
        Just(desk(Tz::Europe__London, "wed-sun", &["08:00-12:00", "12:00-16:00", "18:00-06:00"])),
    ]
}

fn any_duration() -> impl Strategy<Value = Duration> {
    let of = |unit, clock, max: i64| (0..max).prop_map(move |amount| Duration { amount, unit, clock });
    prop_oneof![
        of(TimeUnit::Minutes, ClockKind::Business, 9_000),
        of(TimeUnit::Seconds, ClockKind::Business, 90_000),
        of(TimeUnit::Days, ClockKind::Working, 40),
        of(TimeUnit::Days, ClockKind::Calendar, 60),
        of(TimeUnit::Months, ClockKind::Calendar, 3),
        of(TimeUnit::Hours, ClockKind::Wall, 900),
    ]
}

/// An instant of 2026 until the end of September.
fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    (1_767_340_800_i64..1_790_726_400).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

fn any_conventions() -> impl Strategy<Value = Conventions> {
    let roll = prop_oneof![Just(Roll::NextWorkingDay), Just(Roll::None)];
    let end = prop_oneof![Just(DaysEnd::CloseOfBusiness), Just(DaysEnd::Midnight)];
    let start = prop_oneof![Just(StartDay::NotCounted), Just(StartDay::Counted)];
    let month = prop_oneof![Just(MonthEnd::LastDay), Just(MonthEnd::NextDay)];
    (start, month, roll, end).prop_map(|(start_day, month_end, days_roll, days_end)| Conventions {
        start_day,
        month_end,
        days_roll,
        days_end,
    })
}

/// The due instant of business time, counted second by second in steps of a minute or less: slow and plain.
fn plain_business(calendar: &Calendar, start: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    let mut at = start;
    let mut left = seconds;
    while left > 0 {
        let step = (60 - at.timestamp() % 60).min(left);
        if calendar.is_open(at).unwrap() {
            left -= step;
            at += chrono::TimeDelta::seconds(step);
        } else {
            at += chrono::TimeDelta::seconds(60 - at.timestamp() % 60);
        }
    }
    at
}

#[test]
fn a_day_is_explained_by_what_was_skipped() {
    let rows = [
        // The half-year report: ten working days after it.
        (
            DayRule::After { last: date("2026-06-30"), nth: 10 },
            "期限: 7/14(周二) 18:00。期后第 10 个工作日,从 7/1(周三) 数起: 7/1(周三) 第 1 天;7/2(周四) 第 2 天;\
             7/3(周五) 第 3 天;7/4(周六)–7/5(周日) 休息;7/6(周一) 第 4 天;(中间 3 项略);7/10(周五) 第 8 天;\
             7/11(周六)–7/12(周日) 休息;7/13(周一) 第 9 天;7/14(周二) 第 10 天;18:00 下班时截止。日历 cn-office 2026。",
        ),
        // National Day takes the first days of October, and the Saturday after them is worked.
        (
            DayRule::Of { first: date("2026-10-01"), nth: 3 },
            "期限: 10/10(周六) 18:00。期内第 3 个工作日,从 10/1(周四) 数起: 10/1(周四)–10/7(周三) 国庆节放假;\
             10/8(周四) 第 1 天;10/9(周五) 第 2 天;10/10(周六) 国庆节调休上班,第 3 天;18:00 下班时截止。日历 cn-office 2026。",
        ),
        (
            DayRule::Last { last: date("2026-10-31") },
            "期限: 10/30(周五) 18:00。到 10/31(周六) 为止的最后一个工作日: 10/31(周六) 休息;\
             往前最近的工作日是 10/30(周五);18:00 下班时截止。日历 cn-office 2026。",
        ),
        (
            DayRule::Last { last: date("2026-09-30") },
            "期限: 9/30(周三) 18:00。到 9/30(周三) 为止的最后一个工作日: 9/30(周三) 是工作日;18:00 下班时截止。日历 cn-office 2026。",
        ),
        (
            DayRule::On(date("2026-10-03")),
            "期限: 10/3(周六) 23:59:59。10/3(周六) 当天: 10/3(周六) 国庆节放假;仍以这一天为准;23:59:59 截止。日历 cn-office 2026。",
        ),
        (
            DayRule::On(date("2026-10-10")),
            "期限: 10/10(周六) 18:00。10/10(周六) 当天: 10/10(周六) 国庆节调休上班;18:00 下班时截止。日历 cn-office 2026。",
        ),
    ];
    for (rule, told) in rows {
        let explained = OFFICE.explain_day(rule).unwrap();
        assert_eq!(explained.render(Lang::Zh), told);
        assert_eq!(OFFICE.end_by(rule), Ok(explained.due));
        assert_eq!(OFFICE.day_by(rule), Ok(explained.day));
    }
    let english = OFFICE.explain_day(DayRule::Last { last: date("2026-10-31") }).unwrap().render(Lang::En);
    assert_eq!(
        english,
        "due Fri 10/30 18:00. The last working day up to Sat 10/31: Sat 10/31 is off; the working day before that is \
         Fri 10/30; it ends at the close of business, 18:00. Calendar cn-office 2026."
    );
    let beyond = DayRule::After { last: date("2026-12-31"), nth: 3 };
    assert_eq!(OFFICE.explain_day(beyond), Err(OFFICE.end_by(beyond).unwrap_err()));
    let desk = Calendar::new(CalendarDef { beyond: Beyond::Provisional, ..office() }).unwrap();
    let told = desk.explain_day(beyond).unwrap();
    assert_eq!(told.provisional, Some(date("2027-01-01")));
    assert!(told.render(Lang::Zh).contains("暂定"));
}

proptest! {
    #[test]
    fn business_time_added_is_business_time_between(
        calendar in any_calendar(), start in any_instant(), seconds in 1_i64..400_000,
    ) {
        let duration = Duration { amount: seconds, unit: TimeUnit::Seconds, clock: ClockKind::Business };
        let due = calendar.add(start, duration, &CLOSE).unwrap();
        prop_assert_eq!(calendar.business_seconds(start, due), Ok(seconds));
        // The last second counted was open, so no earlier due is possible.
        prop_assert_eq!(calendar.is_open(due - chrono::TimeDelta::seconds(1)), Ok(true));
        let told = calendar.explain(start, duration, &CLOSE).unwrap();
        prop_assert_eq!(told.windows.iter().map(WindowUsed::seconds).sum::<i64>(), seconds);
    }

    #[test]
    fn business_time_is_what_a_minute_by_minute_count_gives(
        calendar in any_calendar(), start in any_instant(), seconds in 1_i64..30_000,
    ) {
        let duration = Duration { amount: seconds, unit: TimeUnit::Seconds, clock: ClockKind::Business };
        let due = calendar.add(start, duration, &CLOSE).unwrap();
        prop_assert_eq!(due, plain_business(&calendar, start, seconds));
    }

    #[test]
    fn working_days_are_what_a_day_by_day_count_gives(
        calendar in any_calendar(), start in any_instant(), amount in 1_i64..40,
    ) {
        let duration = Duration { amount, unit: TimeUnit::Days, clock: ClockKind::Working };
        let first = zone::date_of(calendar.zone(), start);
        let mut days = first.iter_days().skip(1).filter(|day| calendar.is_working_day(*day).unwrap());
        let last = days.nth(usize::try_from(amount - 1).unwrap()).unwrap();
        let close = calendar.close_of(last).unwrap().unwrap();
        let midnight = zone::day_start(calendar.zone(), last.succ_opt().unwrap());
        let close = if close == midnight { close - chrono::TimeDelta::seconds(1) } else { close };
        prop_assert_eq!(calendar.add(start, duration, &CLOSE), Ok(close));
        prop_assert_eq!(calendar.working_days(first.succ_opt().unwrap(), last), Ok(u32::try_from(amount).unwrap()));
    }

    #[test]
    fn later_starts_and_larger_amounts_are_never_due_earlier(
        calendar in any_calendar(), start in any_instant(), later in 0_i64..200_000, duration in any_duration(),
        more in 0_i64..20, conventions in any_conventions(),
    ) {
        let due = calendar.add(start, duration, &conventions).unwrap();
        prop_assert!(due >= start);
        let from_later = calendar.add(start + chrono::TimeDelta::seconds(later), duration, &conventions).unwrap();
        prop_assert!(from_later >= due);
        let longer = Duration { amount: duration.amount + more % 2, ..duration };
        prop_assert!(calendar.add(start, longer, &conventions).unwrap() >= due);
    }

    #[test]
    fn shares_lie_in_order_between_start_and_due(
        calendar in any_calendar(), start in any_instant(), duration in any_duration(), conventions in any_conventions(),
        a in 0_i64..=100, b in 0_i64..=100,
    ) {
        let at = |percent: i64| calendar.at_share(start, duration, Decimal::new(percent, 2), &conventions).unwrap();
        let due = calendar.add(start, duration, &conventions).unwrap();
        let (low, high) = (at(a.min(b)), at(a.max(b)));
        prop_assert!(start <= low && low <= high && high <= due);
        prop_assert_eq!((at(0), at(100)), (start, due));
    }
}
