//! What is due happens in order, in pieces if the host likes, beside new events, and tells how late it was judged.

use std::collections::BTreeMap;

use rulebook::chrono::{DateTime, TimeDelta, Utc};
use rulebook::{Delivery, Event, MemoryStore, Options, Outcome, Passed, Policy, Runtime, SqliteStore, Store};

/// Tickets that warn after an hour and are breached after two; `far` ones escalate beyond what the calendar covers.
const DESK: &str = r#"
policy: {id: desk, effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}
roles: {anybody: {anyone: yes}, lead: {held_by: {zhou: {}}}}
subjects: {ticket: {fields: {}}, far: {fields: {}}}
workflows:
  handling:
    subject: ticket
    opens: {for_every: ticket}
    events: {answered: {by: anybody}}
    states:
      open:
        clocks:
          answer:
            within: 2 wall hours
            warn: {at: 50%, notify: lead, message: 过半}
            breached: {notify: lead, message: 超时}
        on_event: {answered: closed}
      closed: {done: yes}
  distant:
    subject: far
    opens: {for_every: far}
    events: {answered: {by: anybody}}
    states:
      open:
        clocks:
          answer:
            within: 2 wall hours
            breached: {notify: lead, message: 超时}
            escalate: {after: 400 working days, notify: lead, message: 升级}
        on_event: {answered: closed}
      closed: {done: yes}
"#;

fn desk<S: Store>(store: S) -> Runtime<S> {
    let policy = Policy::from_texts(&[("desk.yaml", DESK)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"));
    Runtime::new(policy, store).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-03-02T{text}+08:00").parse().unwrap()
}

/// Instants within an hour, by chance, always the same ones; every tenth ticket shares nine o'clock.
fn opened(n: u64) -> DateTime<Utc> {
    let mut seed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let second = if n.is_multiple_of(10) { 0 } else { (seed >> 33) % 3_600 };
    at("09:00:00") + TimeDelta::seconds(second as i64)
}

fn open<S: Store>(runtime: &mut Runtime<S>, kind: &str, count: u64) {
    let events =
        (0..count).map(|n| Event::new("opened").to(format!("{kind}/{n}")).at(opened(n)).id("opened"));
    let steps = runtime.batch(events, at("10:00:00")).unwrap();
    assert!(steps.iter().all(|step| step.outcome == Outcome::Moved));
}

fn answer(n: u64, when: DateTime<Utc>) -> Event {
    Event::new("answered").to(format!("ticket/{n}")).by("anybody/chen").at(when).id("answered")
}

/// Where every subject stands, and every effect with how it stands.
fn standing<S: Store>(runtime: &mut Runtime<S>) -> Vec<String> {
    let mut lines = Vec::new();
    for name in runtime.subjects(None, "", usize::MAX).unwrap() {
        lines.push(format!("{:?}", runtime.subject(&name).unwrap().unwrap().cases));
    }
    for delivery in [Delivery::Pending, Delivery::Done, Delivery::Withdrawn, Delivery::Undone] {
        let effects = runtime.store().outbox(delivery, usize::MAX).unwrap();
        assert!(effects.is_sorted_by_key(|effect| (effect.at, effect.id.clone())));
        lines.extend(effects.iter().map(|effect| format!("{delivery:?} {effect:?}")));
    }
    lines
}

#[test]
fn new_events_are_taken_between_batches_and_everything_comes_in_order() {
    fn check<S: Store>(mut runtime: Runtime<S>, count: u64, expected: &[String]) {
        open(&mut runtime, "ticket", count);
        let now = at("13:00:00");
        let mut passed: Vec<Passed> = Vec::new();
        let mut calls = 0;
        loop {
            let told = passed.len();
            let advanced = runtime.advance_telling(now, 100, &mut |one| passed.push(one.clone())).unwrap();
            let told = &passed[told..];
            assert_eq!(advanced.subjects, told.len() as u64);
            assert_eq!(advanced.latest, told.iter().map(|one| one.late).max().unwrap());
            assert_eq!(advanced.late_in_all, told.iter().map(|one| one.late).sum::<i64>());
            assert_eq!(advanced.batches.iter().map(|batch| batch.subjects).sum::<u64>(), advanced.subjects);
            assert_eq!(advanced.batches.iter().map(|batch| batch.latest).max(), Some(advanced.latest));
            assert!(told.iter().all(|one| one.late == (now - one.due).num_seconds() && one.effects == 1));
            let waiting = runtime.due(now - TimeDelta::seconds(1), usize::MAX).unwrap();
            assert_eq!(advanced.left, waiting.len() as u64);
            assert_eq!(advanced.still_due, waiting.first().map(|(due, _)| *due));
            if advanced.still_due.is_none() {
                break;
            }
            assert_eq!(advanced.subjects, 100);
            // Somebody answers a ticket that waits, and another one is opened: both are taken at once.
            let step = runtime.submit(answer(calls, now), now).unwrap();
            assert_eq!(step.outcome, Outcome::Moved, "{step:?}");
            let more = Event::new("opened").to(format!("ticket/new{calls}")).at(now).id("opened");
            assert_eq!(runtime.submit(more, now).unwrap().outcome, Outcome::Moved);
            calls += 1;
        }
        assert!(passed.is_sorted_by_key(|one| (one.due, one.subject.clone())), "over all subjects");
        let mut each: BTreeMap<&str, u32> = BTreeMap::new();
        passed.iter().for_each(|one| *each.entry(&one.subject).or_default() += 1);
        assert!(each.values().all(|times| *times <= 2), "nothing happens twice");
        // Whoever answered while something was still due had it judged with the answer: breached, then met late.
        assert!(
            passed.len() as u64 > 2 * count - 2 * calls && calls > count / 60,
            "{} {calls}",
            passed.len()
        );
        let found = standing(&mut runtime);
        assert_eq!(found.len(), expected.len());
        assert!(found == expected);
    }

    // In one piece, then the same events.
    let count = 10_000;
    let mut whole = desk(MemoryStore::new());
    open(&mut whole, "ticket", count);
    let now = at("13:00:00");
    let advanced = whole.advance(now).unwrap();
    assert_eq!((advanced.subjects, advanced.effects, advanced.left), (2 * count, 2 * count, 0));
    assert_eq!((advanced.latest, advanced.still_due), (3 * 3_600, None), "warned at ten, judged at one");
    // How many calls it takes depends on what the answers have judged: the reference takes as many.
    let calls = {
        let mut runtime = desk(MemoryStore::new());
        open(&mut runtime, "ticket", count);
        let mut calls = 0;
        while runtime.advance_some(now, 100).unwrap().still_due.is_some() {
            runtime.submit(answer(calls, now), now).unwrap();
            calls += 1;
        }
        calls
    };
    let events = (0..calls).flat_map(|call| {
        [answer(call, now), Event::new("opened").to(format!("ticket/new{call}")).at(now).id("opened")]
    });
    whole.batch(events, now).unwrap();
    let expected = standing(&mut whole);
    check(desk(MemoryStore::new()), count, &expected);
    check(desk(SqliteStore::temporary().unwrap()), count, &expected);
}

#[test]
fn answers_that_arrive_after_a_thousand_breaches_take_them_all_back() {
    fn check<S: Store>(mut runtime: Runtime<S>, count: u64) {
        open(&mut runtime, "ticket", count);
        let now = at("13:00:00");
        while runtime.advance_some(now, 300).unwrap().still_due.is_some() {}
        let owed = runtime.outbox(usize::MAX).unwrap();
        assert_eq!(owed.len() as u64, 2 * count);
        // Each was answered in its last second, except every seventh: two seconds too late.
        let answers = (0..count).map(|n| {
            let late = if n.is_multiple_of(7) { 2 } else { 0 };
            answer(n, opened(n) + TimeDelta::hours(2) + TimeDelta::seconds(late))
        });
        let steps = runtime.batch(answers.clone(), now).unwrap();
        for (n, step) in (0_u64..).zip(&steps) {
            assert_eq!(step.withdrawn.len(), usize::from(!n.is_multiple_of(7)), "{n}: {step:?}");
        }
        let mut sooner = desk(MemoryStore::new());
        open(&mut sooner, "ticket", count);
        sooner.batch(answers, now).unwrap();
        sooner.advance(now).unwrap();
        let clocks = sooner.store().totals().unwrap().clocks;
        assert_eq!(runtime.store().totals().unwrap().clocks, clocks);
        let late = count.div_ceil(7);
        assert_eq!(
            clocks["handling.answer"],
            [("met".into(), count - late), ("met_late".into(), late)].into()
        );
        for name in sooner.subjects(None, "", usize::MAX).unwrap() {
            let (one, other) =
                (runtime.subject(&name).unwrap().unwrap(), sooner.subject(&name).unwrap().unwrap());
            assert_eq!((one.cases, one.next_due), (other.cases, other.next_due), "{name}");
        }
        assert_eq!(runtime.outbox(usize::MAX).unwrap(), sooner.outbox(usize::MAX).unwrap());
        assert_eq!(runtime.advance(now).unwrap().subjects, 0, "nothing is due again");
    }
    check(desk(MemoryStore::new()), 1_000);
    check(desk(SqliteStore::temporary().unwrap()), 1_000);
}

#[test]
fn subjects_at_which_the_world_fails_do_not_hold_up_the_others() {
    let mut runtime = desk(MemoryStore::new());
    // By name the distant ones come first at every instant that is shared.
    open(&mut runtime, "far", 40);
    open(&mut runtime, "ticket", 40);
    let now = at("13:00:00");
    let (mut subjects, mut failures, mut calls) = (0, Vec::new(), 0);
    loop {
        let advanced = runtime.advance_some(now, 10).unwrap();
        assert!(advanced.subjects + advanced.failures.len() as u64 <= 10, "a failure is work, too");
        subjects += advanced.subjects;
        failures.extend(advanced.failures.iter().map(|failure| failure.subject.to_string()));
        assert_eq!(advanced.left > 0, advanced.still_due.is_some());
        calls += 1;
        if advanced.still_due.is_none() {
            break;
        }
    }
    assert_eq!((subjects, failures.len(), calls), (80, 40, 12), "each told once");
    assert_eq!(runtime.due(now, 100).unwrap().len(), 40, "they stay due");
    // Everything else is done: now they are tried again.
    let again = runtime.advance(now).unwrap();
    assert_eq!((again.subjects, again.failures.len()), (0, 40));
    assert!(again.failures[0].detail.contains("does not cover"), "{:?}", again.failures[0]);
}

/// Clocks that end in every way there is.
const ENDINGS: &str = r#"
policy: {id: t, effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}
roles: {customer: {anyone: yes}, desk: {held_by: {chen: {to: 2026-03-05}, wu: {from: 2026-03-06}}}, owner: {of: case.owner}, lead: {held_by: [zhou]}}
subjects: {case: {fields: {owner: person}}}
workflows:
  w:
    subject: case
    events: {came: {by: customer}, noted: {by: lead}, answered: {by: [desk, owner]}, moved: {by: owner}, solved: {by: lead}, pinged: {}}
    clocks:
      answer: {starts: came, stops: answered, within: 2 working days}
      ping: {starts: came, stops: pinged, within: 2 working days}
      solve: {within: 5 working days, paused_in: [away]}
    on_event: {came: record_only, answered: record_only, pinged: record_only, noted: record_only}
    states:
      open:
        clocks: {leave: {within: 10 working days}}
        on_event: {noted: record_only, moved: away}
      away:
        on_event: {solved: over}
      over: {done: yes}
"#;

#[test]
fn who_has_to_act_follows_from_what_ends_a_clock() {
    let policy = Policy::from_texts(&[("t.yaml", ENDINGS)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"));
    let mut case = policy.subject("case/1", [("owner", "li")], at("09:00:00")).unwrap();
    let acting = |case: &rulebook::Subject| -> BTreeMap<String, String> {
        let held = |held: &(std::sync::Arc<str>, Vec<std::sync::Arc<str>>)| {
            format!("{}:{}", held.0, held.1.join("+"))
        };
        let items = policy.due(case).into_iter();
        items
            .map(|item| (item.what.to_string(), item.owed_by.iter().map(held).collect::<Vec<_>>().join(" ")))
            .collect()
    };
    let row = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(clock, who)| ((*clock).to_owned(), (*who).to_owned())).collect()
    };
    policy.step(&mut case, &Event::new("came").by("customer/7"), at("10:00:00")).unwrap();
    // Due on 4 March, when chen still holds the desk; leaving the state needs its owner, the end of the case the lead.
    let open = [
        ("answer", "desk:chen owner:li"),
        ("ping", "anyone:"),
        ("solve", "lead:zhou"),
        ("leave", "owner:li"),
    ];
    assert_eq!(acting(&case), row(&open));
    // While the case is away the time to solve stands still until the lead acts.
    policy.step(&mut case, &Event::new("moved").by("owner/li"), at("11:00:00")).unwrap();
    let away = [("answer", "desk:chen owner:li"), ("ping", "anyone:"), ("solve", "lead:zhou")];
    assert_eq!(acting(&case), row(&away));
    // What is overdue waits for whoever holds the role by now.
    policy.advance(&mut case, at("11:00:00") + TimeDelta::days(7)).unwrap();
    policy
        .step(&mut case, &Event::new("noted").by("lead/zhou"), at("12:00:00") + TimeDelta::days(7))
        .unwrap();
    assert_eq!(acting(&case)["answer"], "desk:wu owner:li");
}
