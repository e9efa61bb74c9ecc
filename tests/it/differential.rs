//! Calendars against numpy, pandas, python-dateutil and zoneinfo, over the answers that `scripts/differential.sh` has them write.
//!
//! A sample of the answers stands in the repository; the many thousand are made by the script, and missing where it was
//! not run: the test says so.
//!
//! Conventions that differ, and are brought into line here:
//! - In a shift that began before midnight, pandas skips days for a start after it; such starts are not asked of it, but
//!   counted minute by minute in plain Python.
//! - A local time that the clocks skip names the first instant after the gap, one that comes twice the earlier. Python's
//!   zoneinfo would move a skipped one by the length of the gap, so it is only asked for the offsets; the windows, days and
//!   minutes between are counted with them, minute by minute in UTC. An overnight window belongs to the day it starts on.
//!   Where a person writes an instant, a time that is skipped or comes twice is refused instead.
//!   Asia/Shanghai is asked about from 1985 to 1992: both sides know its summer time of 1986 to 1991.
//! - Wall hours pass as they do in UTC; calendar days end with the last second before the next local day begins, also where
//!   midnight is skipped; the close of a working day is the end of its last window.
//! - pandas lets a due instant that falls on a window's end begin the next window; here it stays, in time until the end.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use rulebook::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use rulebook::time::{
    Calendar, CalendarDef, ClockKind, Conventions, DaysEnd, Duration, MakeUp, Roll, TimeUnit, Tz, time_zone,
};
use serde_json::Value;

/// The kinds of questions about zones in which clocks are put forward and back.
const ZONED: [&str; 6] = ["zone_time", "zone_wall", "zone_days", "zone_working", "zone_between", "zone_due"];

const ZONE: Tz = Tz::Asia__Shanghai;

/// What the engines' answers are in: no rolling, days end at midnight.
fn plain() -> Conventions {
    Conventions { days_roll: Roll::None, days_end: DaysEnd::Midnight, ..Conventions::default() }
}

fn text<'v>(line: &'v Value, key: &str) -> &'v str {
    line[key].as_str().unwrap_or_else(|| panic!("{key} in {line}"))
}

fn date(line: &Value, key: &str) -> NaiveDate {
    text(line, key).parse().unwrap()
}

fn amount(line: &Value) -> i64 {
    line["amount"].as_i64().unwrap()
}

fn dates(line: &Value, key: &str) -> Vec<NaiveDate> {
    line[key].as_array().unwrap().iter().map(|day| day.as_str().unwrap().parse().unwrap()).collect()
}

fn local(at: NaiveDateTime) -> DateTime<Utc> {
    ZONE.from_local_datetime(&at).unwrap().to_utc()
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    local(day.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap()))
}

fn day_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&ZONE).date_naive()
}

fn calendar(line: &Value) -> Calendar {
    let covered = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let mut def = CalendarDef::new(text(line, "name"), ZONE, (covered(2024, 1, 1), covered(2027, 12, 31)));
    let windows: Vec<&str> =
        line["windows"].as_array().unwrap().iter().map(|window| window.as_str().unwrap()).collect();
    for day in line["week"].as_array().unwrap() {
        let weekday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][day.as_u64().unwrap() as usize];
        def = def.open(weekday, &windows).unwrap();
    }
    def.holidays = dates(line, "holidays").into_iter().map(|day| (day, "off".into())).collect();
    def.make_up = dates(line, "make_up").into_iter().map(|day| (day, MakeUp::from("made up"))).collect();
    Calendar::new(def).unwrap()
}

fn days(calendar: &Calendar, line: &Value) -> bool {
    let start = date(line, "start");
    let given = |amount| Duration { amount, unit: TimeUnit::Days, clock: ClockKind::Working };
    let add = |amount| day_of(calendar.add(noon(start), given(amount), &plain()).unwrap());
    let sub = |amount| day_of(calendar.sub(noon(start), given(amount), &plain()).unwrap());
    add(amount(line)) == date(line, "after")
        && add(0) == date(line, "zero")
        && sub(amount(line)) == date(line, "before")
        && u64::from(calendar.working_days(start, date(line, "to")).unwrap())
            == line["count"].as_u64().unwrap()
        && calendar.is_working_day(start).unwrap() == line["working"].as_bool().unwrap()
}

fn hours(calendar: &Calendar, line: &Value) -> bool {
    let start = local(text(line, "start").parse().unwrap());
    let given = Duration { amount: amount(line), unit: TimeUnit::Hours, clock: ClockKind::Business };
    let due = calendar.add(start, given, &plain()).unwrap();
    // On a window's end, pandas goes on to the next opening.
    let opening = calendar.next_open(due).unwrap();
    let theirs = local(text(line, "due").parse().unwrap());
    if calendar.is_open(due).unwrap() { theirs == due } else { theirs == opening || theirs == due }
}

fn minutes(calendar: &Calendar, line: &Value) -> bool {
    let start = local(text(line, "start").parse().unwrap());
    let given = Duration { amount: amount(line), unit: TimeUnit::Minutes, clock: ClockKind::Business };
    calendar.add(start, given, &plain()).unwrap() == local(text(line, "due").parse().unwrap())
}

fn months(calendar: &Calendar, line: &Value) -> bool {
    let units = [
        ("days", TimeUnit::Days),
        ("weeks", TimeUnit::Weeks),
        ("months", TimeUnit::Months),
        ("quarters", TimeUnit::Quarters),
        ("years", TimeUnit::Years),
    ];
    let (_, unit) = units.into_iter().find(|(word, _)| *word == text(line, "unit")).unwrap();
    let given = Duration { amount: amount(line), unit, clock: ClockKind::Calendar };
    let due = calendar.add(noon(date(line, "start")), given, &plain()).unwrap();
    day_of(due) == date(line, "end")
}

fn instant(line: &Value, key: &str) -> DateTime<Utc> {
    text(line, key).parse().unwrap()
}

/// Every day has the same windows, except those off.
fn zone_calendar(line: &Value) -> Calendar {
    let zone = time_zone(text(line, "zone")).unwrap();
    let windows: Vec<&str> =
        line["windows"].as_array().unwrap().iter().map(|window| window.as_str().unwrap()).collect();
    let def = CalendarDef::new(text(line, "name"), zone, (date(line, "first"), date(line, "last")));
    let mut def = def.open("mon-sun", &windows).unwrap();
    def.holidays = dates(line, "holidays").into_iter().map(|day| (day, "off".into())).collect();
    Calendar::new(def).unwrap()
}

/// What a local time names: as the start of a window, and as people write it.
fn zone_time(line: &Value) -> bool {
    let zone = time_zone(text(line, "zone")).unwrap();
    let local: NaiveDateTime = text(line, "local").parse().unwrap();
    let (day, clock) = (local.date(), local.format("%H:%M").to_string());
    let around = (day.pred_opt().unwrap(), day.succ_opt().unwrap());
    let def = CalendarDef::new("once", zone, around);
    let once = Calendar::new(def.day(&day.to_string(), &[&format!("{clock}-24:00")]).unwrap()).unwrap();
    let day_before = zone.from_local_datetime(&around.0.and_hms_opt(12, 0, 0).unwrap()).unwrap().to_utc();
    let written = rulebook::time::instant(&format!("{day} {clock}"), zone);
    once.next_open(day_before).unwrap() == instant(line, "at")
        && match line["named"].as_u64().unwrap() {
            1 => written.unwrap() == instant(line, "at"),
            0 | 2 => written.is_err(),
            _ => false,
        }
}

/// The other questions about a zone.
fn in_zone(calendar: &Calendar, kind: &str, line: &Value) -> bool {
    let start = instant(line, "start");
    let due = |unit, clock, conventions| {
        calendar.add(start, Duration { amount: amount(line), unit, clock }, &conventions).unwrap()
    };
    match kind {
        "zone_wall" => {
            let due = due(TimeUnit::Hours, ClockKind::Wall, plain());
            due.with_timezone(&calendar.zone()).naive_local()
                == text(line, "local").parse::<NaiveDateTime>().unwrap()
        }
        "zone_days" => due(TimeUnit::Days, ClockKind::Calendar, plain()) == instant(line, "end"),
        "zone_working" => {
            due(TimeUnit::Days, ClockKind::Working, Conventions::default()) == instant(line, "close")
        }
        "zone_between" => {
            let minutes = calendar
                .between(start, instant(line, "to"), TimeUnit::Minutes, ClockKind::Business, &plain())
                .unwrap();
            minutes.amount == line["minutes"].as_i64().unwrap()
        }
        "zone_due" => due(TimeUnit::Minutes, ClockKind::Business, plain()) == instant(line, "due"),
        other => panic!("{other}"),
    }
}

/// Compares every line; tells how many of each kind.
fn compare(lines: &str) -> BTreeMap<String, usize> {
    let mut calendars: BTreeMap<String, Calendar> = BTreeMap::new();
    let office = Calendar::cn_office().unwrap();
    let any = {
        let mut def = office.def().clone();
        def.coverage.1 = NaiveDate::from_ymd_opt(2028, 12, 31).unwrap();
        Calendar::new(def).unwrap()
    };
    let mut counts = BTreeMap::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let kind = text(&line, "kind").to_owned();
        let agreed = match kind.as_str() {
            "zone_calendar" => {
                calendars.insert(text(&line, "name").to_owned(), zone_calendar(&line));
                true
            }
            "zone_time" => zone_time(&line),
            zoned if zoned.starts_with("zone_") => in_zone(&calendars[text(&line, "calendar")], zoned, &line),
            "calendar" => {
                calendars.insert(text(&line, "name").to_owned(), calendar(&line));
                true
            }
            "days" => days(&calendars[text(&line, "calendar")], &line),
            "hours" => hours(&calendars[text(&line, "calendar")], &line),
            "minutes" => minutes(&calendars[text(&line, "calendar")], &line),
            "months" => months(&any, &line),
            other => panic!("{other}"),
        };
        assert!(agreed, "{line}");
        *counts.entry(kind).or_insert(0) += 1;
    }
    counts
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_sample_of_numpy_pandas_dateutil_and_zoneinfo_agrees() {
    let lines = std::fs::read_to_string(folder().join("tests/differential/sample.jsonl")).unwrap();
    let counts = compare(&lines);
    for kind in ["days", "hours", "months"] {
        assert!(counts[kind] >= 80, "{counts:?}");
    }
    for kind in ZONED {
        assert!(counts[kind] >= 70, "{counts:?}");
    }
}

#[test]
fn many_thousand_answers_of_numpy_pandas_dateutil_and_zoneinfo_agree() {
    let path = folder().join("target/differential/vectors.jsonl");
    let Ok(lines) = std::fs::read_to_string(&path) else {
        // Not `eprintln!`, which is kept back from those who watch a test that passes.
        let told = "SKIPPED: no answers to compare with; scripts/differential.sh makes them (it needs python3 and pip)";
        writeln!(std::io::stderr(), "{told}").unwrap();
        return;
    };
    let counts = compare(&lines);
    for kind in ["days", "hours", "minutes", "months"] {
        assert!(counts[kind] >= if kind == "minutes" { 1_000 } else { 5_000 }, "{counts:?}");
    }
    for kind in ZONED {
        assert!(counts[kind] >= 3_000, "{counts:?}");
    }
}
