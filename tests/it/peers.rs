//! Calendars against two crates of their kind, `workclock` and `ule-hours`: random weeks, zones, holidays, pauses.
//!
//! Conventions that differ:
//! - A local time that a zone skips: both move it by the length of the gap, here it is the first instant after it. No window
//!   asked about begins or ends in a gap.
//! - `workclock` takes a holiday's hours out by the clock, here and in `ule-hours` an overnight shift belongs to the day it
//!   begins on. `workclock` is asked about holidays only where no shift is overnight; it knows no days with windows of
//!   their own and no pauses.
//! - Nothing added: `workclock` stays where it is, here and in `ule-hours` it is the next opening.
//! - A pause that begins at the very due second: in `ule-hours` the time was over before, here it is over when it goes on.

use rulebook::chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Timelike, Utc};
use rulebook::time::{Calendar, CalendarDef, ClockKind, Conventions, Duration, Pause, TimeUnit, Tz};
use ule_hours::jiff::{self, civil::Date};
use ule_hours::jiff::{SignedDuration, Timestamp};
use ule_hours::{Pauses, Schedule};
use workclock::{Break, Holidays, Schedule as WorkSchedule, Weekdays, WorkDay};

/// Zones, each with hours at which no clock jumps: Berlin, New York, Casablanca, Lord Howe (half an hour), Havana (at
/// midnight), Shanghai (never).
const ZONES: [Tz; 6] = [
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Africa__Casablanca,
    Tz::Australia__Lord_Howe,
    Tz::America__Havana,
    Tz::Asia__Shanghai,
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Numbers that come out alike in every run.
struct Dice(u64);

impl Dice {
    /// splitmix64.
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: i64) -> i64 {
        (self.roll() % limit as u64) as i64
    }
}

/// One calendar, in three engines.
struct Three {
    ours: Calendar,
    ule: Schedule,
    /// Nothing where `workclock` has other conventions.
    work: Option<WorkSchedule>,
}

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap()
}

fn jiff_date(day: NaiveDate) -> Date {
    jiff::civil::date(day.year() as i16, day.month() as i8, day.day() as i8)
}

fn stamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp::from_second(at.timestamp()).unwrap()
}

fn chrono_of(at: Timestamp) -> DateTime<Utc> {
    assert_eq!(at.subsec_nanosecond(), 0);
    Utc.timestamp_opt(at.as_second(), 0).unwrap()
}

fn clock_time(text: &str) -> jiff::civil::Time {
    let (hour, minute) = text.split_once(':').unwrap();
    jiff::civil::time(hour.parse().unwrap(), minute.parse().unwrap(), 0, 0)
}

fn weekdays(mask: i64) -> Weekdays {
    let days = (0..7).filter(|day| mask >> day & 1 == 1);
    days.map(|day| jiff::civil::Weekday::from_monday_zero_offset(day).unwrap()).collect()
}

fn three(dice: &mut Dice) -> Three {
    let zone = ZONES[dice.below(6) as usize];
    let mask = dice.below(127) + 1;
    let windows: &[&str] = [
        &["09:00-18:00"][..],
        &["08:15-12:00", "13:00-17:30"],
        &["05:00-09:00", "10:30-14:00", "16:00-20:45"],
        &["20:00-07:00"],
    ][dice.below(4) as usize];
    let overnight = windows == ["20:00-07:00"];
    let mut def = CalendarDef::new("c", zone, (first(), NaiveDate::from_ymd_opt(2028, 12, 31).unwrap()));
    let mut ule = Schedule::builder(zone.name()).unwrap();
    for (idx, day) in DAYS.iter().enumerate().filter(|(idx, _)| mask >> idx & 1 == 1) {
        def = def.open(day, windows).unwrap();
        let weekday = jiff::civil::Weekday::from_monday_zero_offset(idx as i8).unwrap();
        ule = ule.open([weekday], &windows.join(", ")).unwrap();
    }
    let mut off = Vec::new();
    for _ in 0..dice.below(30) {
        let day = first() + TimeDelta::days(dice.below(1_200));
        def = def.holiday("off", &day.to_string()).unwrap();
        ule = ule.closed_on(jiff_date(day));
        off.push(jiff_date(day));
    }
    let own_days = dice.below(2) * dice.below(6);
    for _ in 0..own_days {
        let day = first() + TimeDelta::days(dice.below(1_200));
        def = def.day(&day.to_string(), &["10:00-15:00"]).unwrap();
        ule = ule.special(jiff_date(day), "10:00-15:00").unwrap();
    }
    let work = (own_days == 0 && (!overnight || off.is_empty())).then(|| {
        let (begins, ends) =
            (windows[0].split_once('-').unwrap().0, windows.last().unwrap().split_once('-').unwrap().1);
        let mut built = WorkSchedule::builder().time_zone(zone.name());
        built = built.rule(WorkDay::new(clock_time(begins), clock_time(ends), weekdays(mask)));
        for pair in windows.windows(2) {
            let (from, to) = (pair[0].split_once('-').unwrap().1, pair[1].split_once('-').unwrap().0);
            built = built.rule(Break::new(clock_time(from), clock_time(to), weekdays(mask)));
        }
        built.rule(Holidays::new(off.iter().copied())).build().unwrap()
    });
    Three { ours: Calendar::new(def).unwrap(), ule: ule.build(), work }
}

fn instant(dice: &mut Dice) -> DateTime<Utc> {
    let day = first() + TimeDelta::days(370 + dice.below(500));
    Utc.from_utc_datetime(&day.and_hms_opt(0, 0, 0).unwrap()) + TimeDelta::seconds(dice.below(86_400))
}

fn business(seconds: i64) -> Duration {
    Duration { amount: seconds, unit: TimeUnit::Seconds, clock: ClockKind::Business }
}

#[test]
fn business_time_agrees_with_two_crates() {
    let mut dice = Dice(20_261_127);
    let rules = Conventions::default();
    let (mut asked_ule, mut asked_work, mut changes) = (0, 0, 0);
    for _ in 0..120 {
        let Three { ours, ule, work } = three(&mut dice);
        for _ in 0..100 {
            let start = instant(&mut dice);
            let seconds = dice.below(200_000);
            let due = ours.add(start, business(seconds), &rules).unwrap();
            let other = start + TimeDelta::seconds(dice.below(40 * 86_400));
            let between = ours.business_seconds(start, other).unwrap();
            let open = ours.next_open(start).unwrap();
            let budget = SignedDuration::from_secs(seconds);
            assert_eq!(
                due,
                chrono_of(ule.add(stamp(start), budget).unwrap()),
                "{ours:?} {start} + {seconds} s"
            );
            assert_eq!(open, chrono_of(ule.next_open(stamp(start)).unwrap()), "{ours:?} {start}");
            assert_eq!(
                between,
                ule.between(stamp(start), stamp(other)).as_secs(),
                "{ours:?} {start} {other}"
            );
            assert_eq!(ours.is_open(start).unwrap(), ule.is_open(stamp(start)), "{ours:?} {start}");
            asked_ule += 4;
            let offset = |at: DateTime<Utc>| at.with_timezone(&ours.zone()).naive_local() - at.naive_utc();
            changes += u32::from(offset(start) != offset(due));
            if let Some(work) = &work {
                if seconds > 0 {
                    assert_eq!(due, chrono_of(work.add(stamp(start), budget).unwrap()), "{ours:?} {start}");
                    let back = ours.sub(other, business(seconds), &rules).unwrap();
                    let theirs = chrono_of(work.sub(stamp(other), budget).unwrap());
                    assert_eq!(back, theirs, "{ours:?} {other} - {seconds} s");
                    asked_work += 2;
                }
                let theirs = work.between(stamp(start), stamp(other)).as_secs();
                assert_eq!(between, theirs, "{ours:?} {start} {other}");
                asked_work += 1;
            }
        }
    }
    assert!(asked_ule == 48_000 && asked_work > 10_000, "{asked_ule} {asked_work}");
    assert!(changes > 100, "{changes} spans lie over a change of the clocks");
}

#[test]
fn time_that_stood_still_agrees_with_ule_hours() {
    let mut dice = Dice(3);
    let (mut asked, mut moved) = (0, 0);
    for _ in 0..60 {
        let Three { ours, ule, .. } = three(&mut dice);
        for _ in 0..100 {
            let start = instant(&mut dice);
            let seconds = 1 + dice.below(200_000);
            let mut at = start;
            let mut pauses: Vec<Pause> = Vec::new();
            for _ in 0..dice.below(4) {
                let from = at + TimeDelta::seconds(dice.below(3 * 86_400));
                at = from + TimeDelta::seconds(1 + dice.below(5 * 86_400));
                pauses.push((from, at));
                at += TimeDelta::seconds(1);
            }
            let mut theirs = Pauses::new();
            for (from, to) in &pauses {
                theirs.add(stamp(*from), stamp(*to));
            }
            let due = ours.add_paused(start, business(seconds), &pauses, &Conventions::default()).unwrap();
            let told =
                chrono_of(ule.add_with(stamp(start), SignedDuration::from_secs(seconds), &theirs).unwrap());
            let at_a_pause = pauses.iter().any(|(from, to)| told == *from && due == *to);
            assert!(
                due == told || at_a_pause,
                "{ours:?} {start} + {seconds} s, {pauses:?}: {due}, not {told}"
            );
            asked += 1;
            moved += u32::from(due != ours.add(start, business(seconds), &Conventions::default()).unwrap());
        }
    }
    assert!(asked == 6_000 && moved > 1_000, "{asked} {moved}");
}

#[test]
fn the_dice_fall_on_every_hour() {
    let mut dice = Dice(1);
    let hours: std::collections::BTreeSet<u32> = (0..500).map(|_| instant(&mut dice).hour()).collect();
    assert_eq!(hours.len(), 24);
}
