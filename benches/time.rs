//! What a deadline costs: calendars beside two crates of their kind, over short and long spans.
//!
//! A week of 09:00-12:00 and 13:00-18:00 in Shanghai, thirty days off, and starts spread over a year.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench stops at the first surprise"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rulebook::chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use rulebook::time::{Calendar, CalendarDef, ClockKind, Conventions, Duration, TimeUnit, Tz};
use ule_hours::jiff::civil::{Date, date, time};
use ule_hours::jiff::{SignedDuration, Timestamp};

/// How many starts are asked in a row.
const STARTS: i64 = 200;
/// Open seconds of a working day.
const DAY: i64 = 8 * 3_600;

struct Engines {
    ours: Calendar,
    ule: ule_hours::Schedule,
    work: workclock::Schedule,
    starts: Vec<(DateTime<Utc>, Timestamp)>,
}

fn engines() -> Engines {
    let covered = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a date");
    let off: Vec<Date> = (1..=10).flat_map(|month| [3, 4, 5].map(|day| date(2026, month, day))).collect();
    let mut def =
        CalendarDef::new("office", Tz::Asia__Shanghai, (covered(2020, 1, 1), covered(2045, 12, 31)));
    def = def.open("mon-fri", &["09:00-12:00", "13:00-18:00"]).expect("windows");
    let mut ule = ule_hours::Schedule::builder("Asia/Shanghai").expect("a zone");
    ule = ule.mon_fri("09:00-12:00, 13:00-18:00").expect("windows").horizon_days(20_000);
    for day in &off {
        def = def.holiday("off", &day.to_string()).expect("a day");
        ule = ule.closed_on(*day);
    }
    let week = workclock::Weekdays::MON_TO_FRI;
    let work = workclock::Schedule::builder()
        .time_zone("Asia/Shanghai")
        .rule(workclock::WorkDay::new(time(9, 0, 0, 0), time(18, 0, 0, 0), week))
        .rule(workclock::Break::new(time(12, 0, 0, 0), time(13, 0, 0, 0), week))
        .rule(workclock::Holidays::new(off));
    let first = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().expect("an instant");
    let starts = (0..STARTS).map(|idx| first + TimeDelta::minutes(idx * 2_591)).map(|at| {
        let stamp = Timestamp::from_second(at.timestamp()).expect("an instant");
        (at, stamp)
    });
    Engines {
        ours: Calendar::new(def).expect("a calendar"),
        ule: ule.build(),
        work: work.build().expect("a schedule"),
        starts: starts.collect(),
    }
}

fn given(amount: i64, unit: TimeUnit, clock: ClockKind) -> Duration {
    Duration { amount, unit, clock }
}

/// A deadline of so many open seconds, in all three; `also` in ours alone.
fn deadline(criterion: &mut Criterion, engines: &Engines, name: &str, seconds: i64, also: Option<Duration>) {
    let rules = Conventions::default();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(STARTS as u64));
    let mut ours = |label: &str, given: Duration| {
        group.bench_function(label, |bencher| {
            bencher.iter(|| {
                for (at, _) in &engines.starts {
                    black_box(engines.ours.add(black_box(*at), given, &rules).expect("covered"));
                }
            });
        });
    };
    ours("rulebook, business time", given(seconds, TimeUnit::Seconds, ClockKind::Business));
    if let Some(also) = also {
        ours("rulebook, working days", also);
    }
    let budget = SignedDuration::from_secs(seconds);
    group.bench_function("ule-hours", |bencher| {
        bencher.iter(|| {
            for (_, at) in &engines.starts {
                black_box(engines.ule.add(black_box(*at), budget).expect("open"));
            }
        });
    });
    group.bench_function("workclock", |bencher| {
        bencher.iter(|| {
            for (_, at) in &engines.starts {
                black_box(engines.work.add(black_box(*at), budget).expect("open"));
            }
        });
    });
    group.finish();
}

/// The open time of a span of so many days, in all three.
fn between(criterion: &mut Criterion, engines: &Engines, name: &str, days: i64) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(STARTS as u64));
    let far = |at: DateTime<Utc>| at + TimeDelta::days(days);
    let far_stamp = |at: Timestamp| at + SignedDuration::from_hours(days * 24);
    group.bench_function("rulebook", |bencher| {
        bencher.iter(|| {
            for (at, _) in &engines.starts {
                black_box(engines.ours.business_seconds(*at, far(*at)).expect("covered"));
            }
        });
    });
    group.bench_function("ule-hours", |bencher| {
        bencher.iter(|| {
            for (_, at) in &engines.starts {
                black_box(engines.ule.between(*at, far_stamp(*at)));
            }
        });
    });
    group.bench_function("workclock", |bencher| {
        bencher.iter(|| {
            for (_, at) in &engines.starts {
                black_box(engines.work.between(*at, far_stamp(*at)));
            }
        });
    });
    group.finish();
}

fn all(criterion: &mut Criterion) {
    let engines = engines();
    let days = |amount| Some(given(amount, TimeUnit::Days, ClockKind::Working));
    deadline(criterion, &engines, "deadline of 5 minutes", 300, None);
    deadline(criterion, &engines, "deadline of 5 days", 5 * DAY, days(5));
    deadline(criterion, &engines, "deadline of 10 days", 10 * DAY, days(10));
    deadline(criterion, &engines, "deadline of 10 years", 2_500 * DAY, days(2_500));
    between(criterion, &engines, "open time of 10 days", 10);
    between(criterion, &engines, "open time of 10 years", 3_652);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(std::time::Duration::from_millis(500))
        .measurement_time(std::time::Duration::from_secs(2));
    targets = all
}
criterion_main!(benches);
