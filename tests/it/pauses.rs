//! Clocks that stand still: against a slow reference that counts minute by minute and day by day, and in any order.

use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use proptest::prelude::*;
use proptest::sample::Index;
use rulebook::chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use rulebook::time::{Calendar, ClockKind, Conventions, DaysEnd, Duration, Pause, Roll, TimeUnit};
use rulebook::{ClockEvent, Event, Policy, Record, Step, Subject};

static OFFICE: LazyLock<Calendar> = LazyLock::new(|| Calendar::cn_office().unwrap());

/// A Monday before Qingming 2026, midnight in Shanghai.
fn monday() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 29, 16, 0, 0).unwrap()
}

fn minutes(amount: i64) -> TimeDelta {
    TimeDelta::minutes(amount)
}

fn date_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&OFFICE.zone()).date_naive()
}

/// Up to four pauses within two weeks, ordered, apart, on whole minutes.
fn pauses() -> impl Strategy<Value = Vec<Pause>> {
    prop::collection::btree_set(0_i64..14 * 24 * 60, 0..9).prop_map(|cuts| {
        let cuts: Vec<i64> = cuts.into_iter().collect();
        cuts.chunks_exact(2).map(|cut| (monday() + minutes(cut[0]), monday() + minutes(cut[1]))).collect()
    })
}

fn paused(pauses: &[Pause], at: DateTime<Utc>) -> bool {
    pauses.iter().any(|(from, to)| *from <= at && at < *to)
}

/// Counts minutes that run, one after the other.
fn minute_by_minute(start: DateTime<Utc>, wanted: i64, pauses: &[Pause], open: bool) -> DateTime<Utc> {
    let (mut at, mut counted) = (start, 0);
    while counted < wanted {
        if !paused(pauses, at) && (!open || OFFICE.is_open(at).unwrap()) {
            counted += 1;
        }
        at += minutes(1);
    }
    // What ends at the very start of a pause ends when that is over.
    pauses.iter().find(|(from, _)| *from == at).map_or(at, |(_, to)| *to)
}

/// Counts days whose close is not paused.
fn day_by_day(
    start: DateTime<Utc>,
    wanted: i64,
    pauses: &[Pause],
    working: bool,
    rules: &Conventions,
) -> NaiveDate {
    let (mut day, mut counted) = (date_of(start), 0);
    while counted < wanted {
        day = day.succ_opt().unwrap();
        let counts = !working || OFFICE.is_working_day(day).unwrap();
        // A pause from before the start is none of its own.
        let still = pauses.iter().filter(|(_, to)| *to > start).any(|(from, to)| {
            let close = OFFICE.end_of(day, rules).unwrap();
            *from <= close && close < *to
        });
        if counts && !still {
            counted += 1;
        }
    }
    day
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn minutes_that_stood_still_do_not_count(
        start in 0_i64..7 * 24 * 60, amount in 1_i64..1_500, pauses in pauses(), open in any::<bool>(),
    ) {
        let start = monday() + minutes(start);
        let clock = if open { ClockKind::Business } else { ClockKind::Wall };
        let given = Duration { amount, unit: TimeUnit::Minutes, clock };
        let due = OFFICE.add_paused(start, given, &pauses, &Conventions::default()).unwrap();
        let later: Vec<Pause> = pauses.iter().filter(|(_, to)| *to > start).copied().collect();
        prop_assert_eq!(due, minute_by_minute(start, amount, &later, open));
        prop_assert!(due >= OFFICE.add(start, given, &Conventions::default()).unwrap());
    }

    #[test]
    fn days_count_unless_time_stood_still_at_their_close(
        start in 0_i64..7 * 24 * 60, amount in 1_i64..15, pauses in pauses(), working in any::<bool>(), midnight in any::<bool>(),
    ) {
        let start = monday() + minutes(start);
        let days_end = if midnight { DaysEnd::Midnight } else { DaysEnd::CloseOfBusiness };
        let rules = Conventions { days_roll: Roll::None, days_end, ..Conventions::default() };
        let clock = if working { ClockKind::Working } else { ClockKind::Calendar };
        let given = Duration { amount, unit: TimeUnit::Days, clock };
        let due = OFFICE.add_paused(start, given, &pauses, &rules).unwrap();
        prop_assert_eq!(date_of(due), day_by_day(start, amount, &pauses, working, &rules));
        prop_assert!(due >= OFFICE.add(start, given, &rules).unwrap());
    }

    #[test]
    fn one_pause_more_never_makes_anything_due_earlier(
        start in 0_i64..7 * 24 * 60, amount in 1_i64..20, pauses in pauses(), which in any::<Index>(), kind in 0_usize..4,
    ) {
        prop_assume!(!pauses.is_empty());
        let start = monday() + minutes(start);
        let (unit, clock) = [
            (TimeUnit::Hours, ClockKind::Wall),
            (TimeUnit::Hours, ClockKind::Business),
            (TimeUnit::Days, ClockKind::Working),
            (TimeUnit::Days, ClockKind::Calendar),
        ][kind];
        let given = Duration { amount, unit, clock };
        let mut fewer = pauses.clone();
        fewer.remove(which.index(pauses.len()));
        let add = |pauses: &[Pause]| OFFICE.add_paused(start, given, pauses, &Conventions::default()).unwrap();
        prop_assert!(add(&fewer) <= add(&pauses));
    }
}

fn desk() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies/service-desk");
        Policy::load(folder).unwrap_or_else(|report| panic!("{report}"))
    })
}

fn ticket_events() -> impl Strategy<Value = Vec<Event>> {
    let what = prop::sample::select(vec![
        ("asked", "customer/7"),
        ("answered", "desk/chen"),
        ("waits", "desk/chen"),
        ("came_back", "customer/7"),
        ("alarm", "customer/7"),
        ("alarm_off", "desk/chen"),
        ("to_repair", "desk/chen"),
        ("to_customer", "desk/chen"),
        ("back", "customer/7"),
        ("changed:urgent", "desk/chen"),
        ("changed:general", "desk/chen"),
    ]);
    prop::collection::vec((0_i64..7 * 24 * 60, what), 1..20).prop_map(|drawn| {
        let event = |(idx, (minute, (name, by))): (usize, (i64, (&str, &str)))| {
            let (name, class) =
                name.split_once(':').map_or((name, None), |(name, class)| (name, Some(class)));
            let event = Event::new(name).by(by).at(monday() + minutes(minute)).id(format!("e{idx}"));
            class.map_or(event.clone(), |class| event.with("class", class))
        };
        drawn.into_iter().enumerate().map(event).collect()
    })
}

fn opened() -> Event {
    Event::new("opened").by("desk/chen").with("class", "general").at(monday()).id("opened")
}

fn end() -> DateTime<Utc> {
    monday() + TimeDelta::days(30)
}

fn deliver(events: &[Event]) -> Subject {
    let mut ticket = desk().unopened("ticket/1").unwrap();
    desk().step(&mut ticket, &opened(), end()).unwrap();
    for event in events {
        desk().step(&mut ticket, event, end()).unwrap();
    }
    desk().advance(&mut ticket, end()).unwrap();
    ticket
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn clocks_end_alike_in_whatever_order_events_arrive(
        events in ticket_events(), order in prop::collection::vec(any::<Index>(), 20), again in any::<Index>(),
    ) {
        let mut shuffled = events.clone();
        for (idx, swap) in order.iter().enumerate().take(shuffled.len()) {
            let other = swap.index(shuffled.len());
            shuffled.swap(idx, other);
        }
        shuffled.push(shuffled[again.index(shuffled.len())].clone());
        let state = |ticket: &Subject| serde_json::to_string(ticket.state()).unwrap();
        prop_assert_eq!(state(&deliver(&events)), state(&deliver(&shuffled)));
    }

    #[test]
    fn each_point_of_a_round_comes_once_and_breached_stays_breached(events in ticket_events()) {
        let ticket = deliver(&events);
        let records: Vec<Arc<Record>> = ticket.records().to_vec();
        let mut steps: Vec<Step> = Vec::new();
        desk().fold_telling("ticket/1", &records, None, Some(end()), &mut |step| steps.push(step)).unwrap();
        let changes: Vec<_> = steps.iter().flat_map(|step| &step.clocks).collect();
        let mut effects: Vec<_> = steps.iter().flat_map(|step| &step.effects).map(|effect| &effect.id).collect();
        let told = effects.len();
        effects.sort();
        effects.dedup();
        prop_assert_eq!(told, effects.len(), "an effect came twice");
        for change in &changes {
            let of_round = |other: &&&Arc<rulebook::ClockChange>| {
                (&other.case, &other.clock, other.round) == (&change.case, &change.clock, change.round)
            };
            let count = |event: ClockEvent| changes.iter().filter(of_round).filter(|other| other.event == event).count();
            prop_assert_eq!(count(ClockEvent::Started), 1);
            prop_assert!(count(ClockEvent::Breached) <= 1);
            prop_assert!(count(ClockEvent::Warned) <= 2);
            prop_assert!(count(ClockEvent::Escalated) <= 2);
            prop_assert!(count(ClockEvent::Met) == 0 || count(ClockEvent::Breached) == 0);
            prop_assert!(count(ClockEvent::Resumed) <= count(ClockEvent::Paused));
        }
    }
}

#[test]
fn random_tickets_pause_warn_escalate_and_change_their_limit() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..100 {
        let events = ticket_events().new_tree(&mut runner).unwrap().current();
        let records: Vec<Arc<Record>> = deliver(&events).records().to_vec();
        let each = &mut |step: Step| {
            for change in &step.clocks {
                *seen.entry(format!("{:?}", change.event)).or_insert(0) += 1;
            }
        };
        desk().fold_telling("ticket/1", &records, None, Some(end()), each).unwrap();
    }
    for event in ["Paused", "Resumed", "Warned", "Escalated", "Rescheduled", "Breached", "Met", "MetLate"] {
        assert!(seen.get(event).is_some_and(|count| *count >= 10), "{event}: {seen:?}");
    }
}
