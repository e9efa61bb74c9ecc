//! Properties: order of delivery does not matter; nothing that anybody writes makes the loader or the engine panic.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use rulebook::{Event, Options, Outcome, Policy, Record, Subject, points};

fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/sales-service");
        Policy::load(folder).unwrap_or_else(|report| panic!("{report}"))
    })
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 16, 0, 0).unwrap()
}

/// The state of a subject as bytes.
fn bytes(subject: &Subject) -> Vec<u8> {
    serde_json::to_vec(subject.state()).unwrap()
}

/// An event of a staff member's spring: attendance, exams, targets, months closed, appeals, decisions.
fn staff_event() -> impl Strategy<Value = Event> {
    let minute = 0_i64..90 * 24 * 60;
    let what = prop_oneof![
        4 => (0_i64..15, 0_usize..4).prop_map(|(day, topic)| {
            let topics = ["culture", "product", "skill", "service"];
            let date = (start() + TimeDelta::days(day + 1)).date_naive();
            Event::new("attended").by("trainer/sun").with("day", date).with("topic", topics[topic])
        }),
        3 => (0_i64..100).prop_map(|score| Event::new("exam_taken").by("hr/zhao").with("score", points(score))),
        1 => Just(Event::new("changed").by("hr/zhao").with("position", "service")),
        2 => (3_u32..6, 10_000_i64..90_000).prop_map(|(month, value)| {
            Event::new("monthly_kpi.target_set")
                .by("staff/zhou")
                .with("indicator", "sales")
                .with("period", format!("2026-{month:02}").as_str())
                .with("value", value)
        }),
        2 => (3_u32..6).prop_map(|month| {
            Event::new("monthly_kpi.target_acknowledged")
                .by("staff/li")
                .with("indicator", "sales")
                .with("period", format!("2026-{month:02}").as_str())
        }),
        1 => Just(Event::new("no_such_event").by("hr/zhao")),
    ];
    (minute, what).prop_map(|(minute, event)| event.at(start() + TimeDelta::minutes(minute)))
}

fn staff_events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(staff_event(), 1..24).prop_map(|events| {
        let numbered = |(idx, event): (usize, Event)| event.id(format!("e{idx}"));
        events.into_iter().enumerate().map(numbered).collect()
    })
}

/// A member of staff who is hired when spring begins.
fn li() -> Subject {
    let opened = Event::new("opened")
        .by("hr/zhao")
        .with("hired", (start() + TimeDelta::hours(12)).date_naive())
        .with("position", "sales")
        .with("manager", "zhou");
    let mut li = policy().unopened("staff/li").unwrap();
    let step = policy().step(&mut li, &opened.id("opened"), start()).unwrap();
    assert_eq!(step.outcome, Outcome::Moved);
    li
}

/// Delivers events one by one, as they were learned, and lets time pass until the end of spring.
fn deliver(events: &[Event]) -> Subject {
    let mut subject = li();
    let end = start() + TimeDelta::days(120);
    for event in events {
        policy().step(&mut subject, event, end).unwrap();
    }
    policy().advance(&mut subject, end).unwrap();
    subject
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_delivery_of_the_same_events_gives_the_same_bytes(
        events in staff_events(),
        order in prop::collection::vec(any::<Index>(), 24),
        again in prop::collection::vec(any::<Index>(), 0..8),
    ) {
        let mut shuffled = events.clone();
        for (idx, swap) in order.iter().enumerate().take(shuffled.len()) {
            let other = swap.index(shuffled.len());
            shuffled.swap(idx, other);
        }
        for index in again {
            let repeat = shuffled[index.index(shuffled.len())].clone();
            let place = index.index(shuffled.len() + 1);
            shuffled.insert(place, repeat);
        }
        let (straight, crooked) = (deliver(&events), deliver(&shuffled));
        prop_assert_eq!(
            String::from_utf8(bytes(&straight)).unwrap(),
            String::from_utf8(bytes(&crooked)).unwrap()
        );
        prop_assert_eq!(straight.records().len(), crooked.records().len());
    }

    #[test]
    fn folding_the_records_gives_the_state_that_stepping_gave(
        events in staff_events(),
        order in prop::collection::vec(any::<Index>(), 32),
    ) {
        let stepped = deliver(&events);
        let mut records: Vec<Arc<Record>> = stepped.records().to_vec();
        for (idx, swap) in order.iter().enumerate().take(records.len()) {
            let other = swap.index(records.len());
            records.swap(idx, other);
        }
        let folded = policy().fold("staff/li", &records, None, Some(start() + TimeDelta::days(120))).unwrap();
        prop_assert_eq!(
            String::from_utf8(bytes(&stepped)).unwrap(),
            String::from_utf8(bytes(&folded)).unwrap()
        );
    }

    #[test]
    fn a_repeat_changes_nothing_and_other_content_is_a_conflict(events in staff_events(), which in any::<Index>()) {
        let mut subject = deliver(&events);
        let before = bytes(&subject);
        let event = events[which.index(events.len())].clone();
        let now = start() + TimeDelta::days(120);
        let known = subject.records().iter().any(|record| Some(&record.id) == event.id.as_ref());
        let again = policy().step(&mut subject, &event, now).unwrap();
        if known {
            prop_assert_eq!(&again.outcome, &Outcome::Repeated);
            let other = policy().step(&mut subject, &event.clone().by("nobody/else"), now).unwrap();
            prop_assert_eq!(other.outcome.refusal().map(|refusal| refusal.reason()), Some("conflict"));
        }
        prop_assert_eq!(before, bytes(&subject));
    }
}

/// The files of the policy that ships.
fn shipped() -> &'static Vec<(String, String)> {
    static FILES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/sales-service");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
            .into_iter()
            .filter(|path| path.extension().is_some_and(|ext| ext == "yaml"))
            .map(|path| {
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    std::fs::read_to_string(&path).unwrap(),
                )
            })
            .collect()
    })
}

/// What an author's hand may do to a file.
#[derive(Clone, Debug)]
enum Slip {
    Drop(Index),
    Repeat(Index, Index),
    Swap(Index, Index),
    Cut(Index),
    Put(Index, &'static str),
    Word(Index, &'static str),
    Sign(Index, &'static str, &'static str),
}

fn slip() -> impl Strategy<Value = Slip> {
    let odd = prop::sample::select(vec![
        "",
        "0",
        "-1",
        "yes",
        "[]",
        "{}",
        "$nothing",
        "60 and above",
        "3 working days",
        "24 hours",
        "9999999999999999999999999999999",
        "2026-02-30",
        "if",
        "event.score >= ",
        "(((((((",
        "otherwise",
        "total",
        "[X]",
        "[X] working days",
        "certified",
        "staff",
        "&a *a",
        "|",
        "“甲”",
        "1/0",
    ]);
    let signs = prop::sample::select(vec![
        (": ", ":"),
        (": ", "："),
        ("  ", "\t"),
        ("    ", "\t\t"),
        ("", "%"),
        ("", "\t"),
        ("}", ""),
        ("\"", ""),
        (", ", "，"),
    ]);
    prop_oneof![
        any::<Index>().prop_map(Slip::Drop),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Slip::Repeat(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Slip::Swap(a, b)),
        any::<Index>().prop_map(Slip::Cut),
        (any::<Index>(), odd.clone()).prop_map(|(at, text)| Slip::Put(at, text)),
        (any::<Index>(), odd).prop_map(|(at, text)| Slip::Word(at, text)),
        (any::<Index>(), signs).prop_map(|(at, (right, wrong))| Slip::Sign(at, right, wrong)),
    ]
}

fn slipped(text: &str, slips: &[Slip]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for slip in slips {
        if lines.is_empty() {
            break;
        }
        let count = lines.len();
        match slip {
            Slip::Drop(at) => drop(lines.remove(at.index(count))),
            Slip::Repeat(from, to) => {
                let line = lines[from.index(count)].clone();
                lines.insert(to.index(count + 1), line);
            }
            Slip::Swap(a, b) => lines.swap(a.index(count), b.index(count)),
            Slip::Cut(at) => {
                let line = &mut lines[at.index(count)];
                let half = line.chars().count() / 2;
                *line = line.chars().take(half).collect();
            }
            Slip::Sign(at, right, wrong) => {
                let line = &mut lines[at.index(count)];
                *line = line.replacen(right, wrong, 1);
            }
            Slip::Put(at, text) => {
                let line = &mut lines[at.index(count)];
                if let Some(colon) = line.find(':') {
                    line.truncate(colon + 1);
                    line.push(' ');
                    line.push_str(text);
                }
            }
            Slip::Word(at, text) => {
                let line = &mut lines[at.index(count)];
                let indent: String = line.chars().take_while(|sign| *sign == ' ').collect();
                let mut words: Vec<&str> = line.split_whitespace().collect();
                if let Some(last) = words.last_mut() {
                    *last = text;
                }
                *line = format!("{indent}{}", words.join(" "));
            }
        }
    }
    lines.join("\n")
}

/// Loads texts; if there is a policy, opens a subject of each kind it might have and sends it what comes to mind.
fn load_and_try(texts: &[(String, String)]) {
    let (policy, report) = Policy::report_texts(texts, &Options::default());
    assert!(
        policy.is_some() != report.has_errors(),
        "a policy without errors loads, one with errors does not"
    );
    let _ = report.render_text(rulebook::Lang::Zh, false);
    let Some(policy) = policy else { return };
    let at = start();
    for kind in ["staff", "chat", "order", "visit", "thing"] {
        let Ok(mut subject) = policy.unopened(&format!("{kind}/x")) else { continue };
        let events = [
            Event::new("opened").by("hr/zhao"),
            Event::new("changed").by("hr/zhao").with("hired", at.date_naive()),
            Event::new("attended").by("trainer/sun").with("day", at.date_naive()).with("topic", "skill"),
            Event::new("exam_taken").by("hr/zhao").with("score", points(80)),
            Event::new("customer_message").by("customer/7"),
            Event::new("staff_reply").by("staff/li"),
            Event::new("go").with("n", 3),
        ];
        for (idx, event) in (1..).zip(events) {
            let at = at + TimeDelta::hours(idx);
            // An error is the world failing (a script limit, a date not covered); what matters is that it is told.
            let _ = policy.step(&mut subject, &event.at(at), at);
        }
        let _ = policy.advance(&mut subject, at + TimeDelta::days(400));
        let _ = policy.enabled(&subject, "hr/zhao", at);
        let _ = policy.due(&subject);
    }
}

/// A small policy of random states, transitions, clocks and tables; some of it makes sense, some does not.
fn random_policy() -> impl Strategy<Value = String> {
    let state = prop_oneof![20 => Just("a"), 20 => Just("b"), 1 => Just("gone")];
    let sound = prop::sample::select(vec![
        "event.n > 3",
        "event.n >= $limit",
        "thing.level == low",
        "known(thing.size) && thing.size < 5 && event.n != 2",
        "1 / event.n > 0",
        "twice(event.n) > 4",
        "known(thing.size)",
        "thing.flow == a",
        "event.n in [1, 2]",
        "pick.out == on",
    ]);
    let odd =
        prop::sample::select(vec!["event.m", "thing.size", "thing.level > 3", "event.n >", "nowhere.at.all"]);
    let guard = prop_oneof![30 => sound, 1 => odd];
    let clock = prop::sample::select(vec![
        "1 working days",
        "5 business minutes",
        "3 calendar days",
        "0 wall hours",
        "$limit",
        "1 month",
        "9 hours",
    ]);
    let transition =
        (guard, state.clone(), prop::bool::weighted(0.05)).prop_map(|(guard, state, otherwise)| {
            // `otherwise` makes whatever follows unreachable, which is a mistake; it is rare here.
            if otherwise {
                format!("          - {{otherwise: {state}}}\n")
            } else {
                format!("          - {{if: \"{guard}\", to: {state}}}\n")
            }
        });
    let body = (prop::collection::vec(transition, 1..4), clock, state, any::<[bool; 3]>()).prop_map(
        |(transitions, clock, to, [clocked, done, raises])| {
            let mut text = String::new();
            if done {
                text.push_str("        done: yes\n");
            }
            text.push_str(&format!("        on_event:\n         go:\n{}", transitions.concat()));
            if clocked {
                text.push_str(&format!(
                    "        clocks: {{k: {{within: {clock}, breached: {{to: {to}}}}}}}\n"
                ));
            }
            if raises {
                text.push_str("        effects: [{raise: go, with: {n: \"thing.size\"}}]\n");
            }
            text
        },
    );
    prop::collection::vec(body, 2..5).prop_map(|bodies| {
        let mut text = String::from(concat!(
            "policy: {id: x, title: x, version: \"1\", effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}\n",
            "parameters: {limit: {value: 3}}\n",
            "subjects: {thing: {fields: {level: [low, high], size: integer}}}\n",
            "functions: {twice: {params: {n: integer}, returns: integer, body: \"n * 2\"}}\n",
            "tables: {pick: {hit: first, inputs: {size: {type: integer, from: thing.size}}, outputs: {out: [on, off]}, ",
            "rows: [{size: below 3, out: on}], otherwise: {out: off}}}\n",
            "workflows:\n  flow:\n    subject: thing\n    events: {go: {data: {n: integer}}}\n    states:\n",
        ));
        for (name, body) in ["a", "b", "c", "d"].iter().zip(bodies) {
            text.push_str(&format!("      {name}:\n{body}"));
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_slip_of_the_pen_never_panics(
        file in any::<Index>(),
        slips in prop::collection::vec(slip(), 1..6),
    ) {
        let mut texts = shipped().clone();
        let at = file.index(texts.len());
        texts[at].1 = slipped(&texts[at].1, &slips);
        load_and_try(&texts);
    }

    #[test]
    fn a_random_policy_never_panics(text in random_policy()) {
        load_and_try(&[("policy.yaml".to_owned(), text)]);
    }
}

#[test]
fn random_springs_move_something_often_enough_to_mean_something() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut ends = std::collections::BTreeMap::new();
    let mut late = 0;
    for _ in 0..60 {
        let events = staff_events().new_tree(&mut runner).unwrap().current();
        let subject = deliver(&events);
        *ends.entry(subject.configuration(policy(), "onboarding")).or_insert(0) += 1;
        late += usize::from(events.windows(2).any(|pair| pair[0].at > pair[1].at));
    }
    assert!(ends.len() >= 2, "every spring ends alike: {ends:?}");
    assert!(late >= 30, "only {late} of 60 springs deliver anything late");
}

#[test]
fn random_policies_load_often_enough_to_mean_something() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let loaded = (0..200)
        .filter(|_| {
            let text = random_policy().new_tree(&mut runner).unwrap().current();
            Policy::from_texts(&[("policy.yaml", text)], &Options::default()).is_ok()
        })
        .count();
    assert!(loaded >= 10, "only {loaded} of 200 random policies load");
}
