//! Duties whatever the order of delivery: the same bytes, and every threshold once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use proptest::sample::Index;
use rulebook::{DutyNews, Entry, Event, Lang, Policy, Record, Subject, prose};

fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies/duties");
        Policy::load(folder).unwrap_or_else(|report| panic!("{report}"))
    })
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 2, 1, 16, 0, 0).unwrap()
}

fn end() -> DateTime<Utc> {
    start() + TimeDelta::days(100)
}

/// Dates some hours apart, so that events fall before, on and after what is due.
fn when() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..90 * 24).prop_map(|hour| start() + TimeDelta::hours(hour))
}

fn plant_event() -> impl Strategy<Value = Event> {
    let number = prop::sample::select(vec!["A1", "A2", "A3"]);
    let what = prop_oneof![
        3 => Just(Event::new("inspected").by("safety/sun")),
        2 => Just(Event::new("talk_held").by("safety/sun")),
        2 => Just(Event::new("swept")),
        1 => Just(Event::new("filed").by("safety/sun")),
        3 => number.clone().prop_map(|number| Event::new("accident").with("number", number)),
        2 => number.prop_map(|number| Event::new("reported").with("number", number).with("kind", "final")),
        1 => Just(Event::new("reported").with("kind", "final")),
        1 => Just(Event::new("reported").with("kind", "first")),
    ];
    (when(), what).prop_map(|(at, event)| event.at(at))
}

fn staff_event() -> impl Strategy<Value = Event> {
    let day = (0_i64..90).prop_map(|day| (start() + TimeDelta::days(day)).date_naive());
    let what = prop_oneof![
        3 => prop::sample::select(vec!["welder", "driver"])
            .prop_map(|post| Event::new("changed").with("post", post)),
        2 => day.clone().prop_map(|day| Event::new("changed").with("joined", day)),
        1 => day.prop_map(|day| Event::new("changed").with("left", day)),
        3 => Just(Event::new("trained").by("boss/zhou")),
        2 => Just(Event::new("briefed")),
    ];
    (when(), what).prop_map(|(at, event)| event.at(at))
}

fn numbered(events: Vec<Event>) -> Vec<Event> {
    events.into_iter().enumerate().map(|(idx, event)| event.id(format!("e{idx}"))).collect()
}

/// A plant or a member of staff, with the events delivered as they come; time passes on the way every `pause` events.
fn deliver(id: &str, events: &[Event], pause: usize) -> Subject {
    let mut subject = policy().unopened(id).unwrap();
    let opened = match id {
        "plant/a" => Event::new("opened").with("lead", "li"),
        _ => {
            let joined = (start() + TimeDelta::days(20)).date_naive();
            Event::new("opened").with("joined", joined).with("post", "welder").with("boss", "zhou")
        }
    };
    policy().step(&mut subject, &opened.id("opened"), start()).unwrap();
    for (idx, event) in events.iter().enumerate() {
        if pause > 0 && idx % pause == 0 {
            policy().advance(&mut subject, start() + TimeDelta::days(3 * idx as i64)).unwrap();
        }
        policy().step(&mut subject, event, end()).unwrap();
    }
    policy().advance(&mut subject, end()).unwrap();
    subject
}

fn bytes(subject: &Subject) -> String {
    serde_json::to_string(subject.state()).unwrap()
}

/// The same events in another order, some of them twice.
fn crooked(events: &[Event], order: &[Index], again: &[Index]) -> Vec<Event> {
    let mut shuffled = events.to_vec();
    for (idx, swap) in order.iter().enumerate().take(shuffled.len()) {
        let other = swap.index(shuffled.len());
        shuffled.swap(idx, other);
    }
    for index in again {
        let repeat = shuffled[index.index(shuffled.len())].clone();
        shuffled.insert(index.index(shuffled.len() + 1), repeat);
    }
    shuffled
}

/// What happened to each duty in the fold of a subject's records, and that no effect is owed twice.
fn news(subject: &Subject) -> BTreeMap<(Arc<str>, Arc<str>, DateTime<Utc>), Vec<DutyNews>> {
    let mut all: BTreeMap<_, Vec<DutyNews>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let records: &[Arc<Record>] = subject.records();
    policy()
        .fold_telling(subject.id(), records, None, Some(end()), &mut |step| {
            for effect in &step.effects {
                assert!(ids.insert(effect.id.clone()), "owed twice: {effect:?}");
            }
            for entry in &step.trace.entries {
                if let Entry::Duty { duty, of, due, what, .. } = entry {
                    all.entry((duty.clone(), of.clone(), *due)).or_default().push(what.clone());
                }
            }
            assert!(!prose::story(policy(), &[step], Lang::En).contains("explain-"), "a key without words");
        })
        .unwrap();
    all
}

/// A duty whose limit hangs on the subject, with a given limit for the small ones.
fn by_size(small: &str) -> Policy {
    let text = format!(
        "policy: {{id: t, effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}}
subjects: {{plant: {{fields: {{size: [small, large]}}}}}}
parameter_sets: {{limits: {{by: plant.size, rows: {{small: {{report: {small}}}, large: {{report: 5 working days}}}}}}}}
workflows: {{w: {{subject: plant, events: {{hurt: {{}}, reported: {{}}}}, on_event: {{hurt: record_only}}}}}}
duties: {{report: {{subject: plant, owed_by: self, after: hurt, within: $limits.report, done_by: reported}}}}
"
    );
    Policy::from_texts(&[("t.yaml", &text)], &rulebook::Options::default())
        .unwrap_or_else(|report| panic!("{report}"))
}

#[test]
fn a_limit_is_told_as_it_was_counted_then() {
    let policy = by_size("3 working days");
    let at = |text: &str| -> DateTime<Utc> { format!("{text}:00+08:00").parse().unwrap() };
    let mut plant = policy.subject("plant/a", [("size", "small")], at("2026-03-02T08:00")).unwrap();
    let mut happens = |event: Event, instant: &str| policy.step(&mut plant, &event, at(instant)).unwrap();
    happens(Event::new("hurt"), "2026-03-02T09:00");
    happens(Event::new("changed").with("size", "large"), "2026-03-03T09:00");
    let told = prose::standing(&policy, plant.state(), Lang::Zh);
    assert!(told.contains("期限: 3/5(周四) 18:00。3 个工作日: "), "the limit of a small one: {told}");
    // Where the policy no longer states the limit that was given, nothing is made up.
    let told = prose::standing(&by_size("4 working days"), plant.state(), Lang::Zh);
    assert!(told.contains("不再逐日列出") && !told.contains("4 个工作日: "), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_delivery_gives_the_same_bytes(
        plant in prop::collection::vec(plant_event(), 1..20),
        staff in prop::collection::vec(staff_event(), 1..20),
        order in prop::collection::vec(any::<Index>(), 20),
        again in prop::collection::vec(any::<Index>(), 0..6),
    ) {
        for (id, events) in [("plant/a", numbered(plant)), ("staff/wang", numbered(staff))] {
            let straight = deliver(id, &events, 0);
            let other = deliver(id, &crooked(&events, &order, &again), 3);
            prop_assert_eq!(bytes(&straight), bytes(&other));
            let folded = policy().fold(id, other.records(), None, Some(end())).unwrap();
            prop_assert_eq!(bytes(&straight), bytes(&folded));
            // Each limit can be told from the state alone.
            let told = prose::standing(policy(), straight.state(), Lang::Zh);
            let duties = policy().due(&straight).iter().filter(|item| !item.of.contains('/')).count();
            prop_assert_eq!(told.matches("期限: ").count(), duties, "{}", told);
        }
    }

    #[test]
    fn every_threshold_is_told_once(
        plant in prop::collection::vec(plant_event(), 1..20),
        staff in prop::collection::vec(staff_event(), 1..20),
    ) {
        for (id, events) in [("plant/a", numbered(plant)), ("staff/wang", numbered(staff))] {
            for (duty, told) in news(&deliver(id, &events, 0)) {
                let count = |wanted: fn(&DutyNews) -> bool| told.iter().filter(|news| wanted(news)).count();
                let opened = count(|news| matches!(news, DutyNews::Opened));
                let late = count(|news| matches!(news, DutyNews::Late));
                let ended = count(|news| {
                    !matches!(news, DutyNews::Opened | DutyNews::Late)
                });
                prop_assert!(late <= opened && ended <= opened && opened > 0, "{duty:?}: {told:?}");
                let waived = count(|news| matches!(news, DutyNews::Waived { .. }));
                // Once owed, a period is owed again only after it was waived; two events may have one number or one hour.
                let follows = ["accident_report", "briefing"].contains(&duty.0.as_ref());
                prop_assert!(follows || opened <= 1 + waived, "{duty:?}: {told:?}");
prop_assert!(count(|news| matches!(news, DutyNews::DoneLate)) <= late, "{duty:?}: {told:?}");
            }
        }
    }
}
