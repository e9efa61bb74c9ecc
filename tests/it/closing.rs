//! A period of a scorecard is closed person by person, and what it is closed with does not depend on how.

use rulebook::chrono::{DateTime, TimeDelta, Utc};
use rulebook::{Delivery, Event, MemoryStore, Options, Outcome, Policy, Runtime, SqliteStore, Step, Store};

/// Staff are scored by the visits to their tickets; January is closed on the second working day of February. Whether praise
/// closes a ticket depends on whether the owner has a result, and every result is told. Two scorecards close at the same instant.
const DESK: &str = r#"
policy: {id: desk, effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}
roles: {anybody: {anyone: yes}, lead: {held_by: {zhou: {}}}}
subjects:
  staff: {person: yes, fields: {name: text}}
  ticket: {fields: {owner: person}}
measures:
  visits: {subject: ticket, on: visited, credited_to: ticket.owner, dated_by: event}
workflows:
  working:
    subject: staff
    opens: {for_every: staff}
    events: {noted: {by: anybody}, compared: {by: anybody, data: {with: person}}}
    states:
      unknown:
        on_event:
          noted: record_only
          compared: [{if: event.with.working == known, to: record_only, effects: [{notify: lead, message: "{event.with}"}]}, {otherwise: record_only}]
          kpi.period_closed: {to: known, effects: [{notify: lead, message: "{kpi.score}"}]}
      known:
        on_event:
          noted: record_only
          compared: [{if: event.with.working == known, to: record_only, effects: [{notify: lead, message: "{event.with}"}]}, {otherwise: record_only}]
  handling:
    subject: ticket
    opens: {for_every: ticket}
    events: {visited: {by: anybody}, praised: {by: anybody}}
    states:
      open:
        on_event:
          visited: record_only
          praised: [{if: ticket.owner.working == known, to: closed}, {otherwise: record_only}]
      closed: {done: yes}
parameter_sets: {weights: {total: 100%, as_of: period_start, versions: [{from: 2026-01-01, seen: 100%}]}}
scorecards:
  kpi: &card
    subject: staff
    period: month
    weights: $weights
    indicators: {seen: {of: count visits, map: {linear: {0: 0 points, 4: 100 points}}, missing: zero}}
    round: {places: 2, mode: half_up, at: total}
    bands: {good: 50 and above, poor: below 50}
    meets_standard: [good]
    finality: {published_by: 2nd working day, appeal: 3 working days, decided: 5 working days, decided_by: lead}
  bonus: *card
"#;

const PERSONS: u64 = 1_000;

/// After the closing of January, on the third of February at 18:00.
const NOW: &str = "2026-02-03T19:00:00+08:00";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn desk<S: Store>(store: S) -> Runtime<S> {
    let policy = Policy::from_texts(&[("desk.yaml", DESK)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"));
    Runtime::new(policy, store).unwrap()
}

/// Everybody is opened, some not yet in January, and has a ticket that was visited up to four times.
fn fill<S: Store>(runtime: &mut Runtime<S>, persons: u64, compared: bool) {
    let mut events = Vec::new();
    for n in 0..persons {
        let hired =
            if n.is_multiple_of(50) { "2026-02-02T09:00:00+08:00" } else { "2026-01-05T09:00:00+08:00" };
        events.push(
            Event::new("opened")
                .to(format!("staff/p{n}"))
                .with("name", n.to_string().as_str())
                .at(at(hired))
                .id("opened"),
        );
        let opened =
            Event::new("opened").to(format!("ticket/{n}")).with("owner", format!("staff/p{n}").as_str());
        events.push(opened.at(at("2026-01-06T09:00:00+08:00")).id("opened"));
        events.extend((0..n % 5).map(|visit| visited(n, visit)));
    }
    let steps = runtime.batch(events, at("2026-02-02T12:00:00+08:00")).unwrap();
    assert_eq!(refused(&steps), [""; 0]);
    if !compared {
        return;
    }
    // Some have read somebody's result for an instant after the closing, before that has begun: they read it again.
    let compared = (0..persons).step_by(7).map(|n| {
        let with = format!("staff/p{}", n * 13 % persons);
        let event = Event::new("compared").to(format!("staff/p{n}")).by("anybody/chen").id("compared");
        event.with("with", with.as_str()).at(at("2026-02-03T18:30:00+08:00"))
    });
    let steps = runtime.batch(compared, at("2026-02-03T18:30:00+08:00")).unwrap();
    assert_eq!(refused(&steps), [""; 0]);
}

fn visited(n: u64, visit: u64) -> Event {
    let when = format!("2026-01-{:02}T10:00:00+08:00", 10 + visit);
    Event::new("visited")
        .to(format!("ticket/{n}"))
        .by("anybody/chen")
        .at(at(&when))
        .id(format!("visit{visit}"))
}

/// What may come in between two batches: late facts of January, later ones, and questions about results. Those of one call do not
/// depend on how many there are.
fn between(call: u64, persons: u64) -> Vec<Event> {
    let now = at(NOW);
    let (first, last, other) = (call, persons - 1 - call, (call * 37 + 11) % persons);
    let praised =
        |n: u64| Event::new("praised").to(format!("ticket/{n}")).by("anybody/chen").at(now).id("praised");
    let noted = |n: u64| Event::new("noted").to(format!("staff/p{n}")).by("anybody/chen").at(now).id("noted");
    let new = format!("staff/new{call}");
    let void = Event {
        void: true,
        corrects: Some("visit0".into()),
        reason: Some("重复".into()),
        ..visited(other / 5 * 5 + 3, 0)
    };
    vec![
        visited(first, 8),
        visited(last, 8),
        praised(other),
        noted(last / 2),
        void.id("void"),
        Event::new("opened")
            .to(new.clone())
            .with("name", new.as_str())
            .at(at("2026-01-07T09:00:00+08:00"))
            .id("opened"),
    ]
}

/// Everything that is kept: records, chains, results, samples, effects, review items.
fn kept<S: Store>(runtime: &mut Runtime<S>) -> Vec<String> {
    let mut lines = Vec::new();
    for name in runtime.subjects(None, "", usize::MAX).unwrap() {
        let records = runtime.records(&name).unwrap();
        lines.extend(records.iter().map(|record| serde_json::to_string(record).unwrap()));
        lines.push(format!("{:?}", runtime.store().head(&name).unwrap()));
        lines.push(format!("{:?}", runtime.scores(&name).unwrap()));
    }
    for delivery in [Delivery::Pending, Delivery::Done, Delivery::Withdrawn, Delivery::Undone] {
        let effects = runtime.store().outbox(delivery, usize::MAX).unwrap();
        lines.extend(effects.iter().map(|effect| format!("{delivery:?} {effect:?}")));
    }
    lines.extend(runtime.reviews().unwrap().iter().map(|review| format!("{review:?}")));
    lines.push(format!("{:?}", runtime.store().totals().unwrap()));
    lines
}

fn assert_same(found: &[String], expected: &[String]) {
    let first = found.iter().zip(expected).position(|(found, expected)| found != expected);
    if let Some(first) = first {
        panic!("line {first}: found\n{}\nexpected\n{}", found[first], expected[first]);
    }
    assert_eq!(found.len(), expected.len());
}

/// So many are closed: everybody but every fiftieth, by two scorecards.
fn results(persons: u64) -> u64 {
    2 * (persons - persons.div_ceil(50))
}

#[test]
fn in_batches_or_in_one_go_the_same_is_kept() {
    let mut whole = desk(MemoryStore::new());
    fill(&mut whole, PERSONS, true);
    let advanced = whole.advance(at(NOW)).unwrap();
    assert_eq!((advanced.closed, advanced.left, advanced.still_due), (results(PERSONS), 0, None));
    let expected = kept(&mut whole);

    let mut batched = desk(MemoryStore::new());
    fill(&mut batched, PERSONS, true);
    let (mut closed, mut calls) = (0, 0);
    loop {
        let advanced = batched.advance_some(at(NOW), 10).unwrap();
        assert!(advanced.closed <= 10, "{advanced:?}");
        closed += advanced.closed;
        calls += 1;
        assert_eq!(advanced.left, results(PERSONS) - closed);
        assert_eq!(advanced.still_due, (advanced.left > 0).then(|| at("2026-02-03T18:00:00+08:00")));
        if advanced.still_due.is_none() {
            break;
        }
    }
    assert_eq!((closed, calls), (results(PERSONS), 200), "who is not closed is looked at, too");
    assert_same(&kept(&mut batched), &expected);
    assert_eq!(batched.advance(at(NOW)).unwrap().closed, 0, "once");
}

/// Reasons why an event did not come to anything.
fn refused(steps: &[Step]) -> Vec<String> {
    let reasons = steps.iter().filter_map(|step| match &step.outcome {
        Outcome::Refused(why) => Some(why.reason().to_owned()),
        _ => None,
    });
    reasons.collect()
}

#[test]
fn what_arrives_between_two_batches_changes_nothing_that_is_being_closed() {
    between_batches(false, &[1, 10, 333]);
}

#[test]
fn what_is_read_again_between_two_batches_changes_nothing_that_is_being_closed() {
    between_batches(true, &[7, 100]);
}

/// The same events come between batches of some sizes, or after everything is closed.
fn between_batches(compared: bool, budgets: &[u64]) {
    let (persons, calls) = (300, 12);
    // A record that is read again comes when whom it has read is closed: the same, but not at the same place.
    let kept = |runtime: &mut Runtime<MemoryStore>| {
        let lines = kept(runtime).into_iter();
        let mut lines: Vec<String> =
            lines.filter(|line| !compared || !line.starts_with("Some(Head")).collect();
        if compared {
            lines.sort();
        }
        lines
    };
    let mut whole = desk(MemoryStore::new());
    fill(&mut whole, persons, compared);
    whole.advance(at(NOW)).unwrap();
    for call in 0..calls {
        assert_eq!(refused(&whole.batch(between(call, persons), at(NOW)).unwrap()), [""; 0]);
    }
    let reviews = whole.reviews().unwrap();
    assert!(reviews.len() > 4 * calls as usize, "late facts of January go to a person: {}", reviews.len());
    let expected = kept(&mut whole);

    for &budget in budgets {
        let mut batched = desk(MemoryStore::new());
        fill(&mut batched, persons, compared);
        // The samples are as the closing finds them; from its first batch on they stay so.
        let mut closed = batched.advance_some(at(NOW), budget).unwrap().closed;
        let mut call = 0;
        loop {
            if call < calls {
                batched.batch(between(call, persons), at(NOW)).unwrap();
                call += 1;
            }
            let advanced = batched.advance_some(at(NOW), budget.max(10)).unwrap();
            closed += advanced.closed;
            assert_eq!(advanced.left > 0, advanced.still_due.is_some());
            if advanced.still_due.is_none() && call == calls {
                break;
            }
        }
        assert!(
            compared || closed < results(persons),
            "some were closed because something arrived: {closed}"
        );
        assert_same(&kept(&mut batched), &expected);
    }
}

#[test]
fn a_review_item_that_is_settled_at_once_does_not_change_the_closing() {
    let mut runtime = desk(MemoryStore::new());
    fill(&mut runtime, 20, true);
    assert_eq!(runtime.advance_some(at(NOW), 1).unwrap().left, 2 * 19);
    // The last by name, who is far from their turn.
    runtime.submit(visited(9, 8), at(NOW)).unwrap();
    for review in runtime.reviews().unwrap() {
        assert!(runtime.settle(&review.id).unwrap());
    }
    runtime.advance(at(NOW)).unwrap();
    let record = runtime.store().record("staff/p9", "kpi/2026-01").unwrap().unwrap();
    assert_eq!(record.data["seen.count"].to_string(), "4");
}

#[test]
fn reopened_half_way_it_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let persons = 120;
    let fresh = |name: &str| {
        let mut runtime = desk(SqliteStore::open(folder.path().join(name)).unwrap());
        fill(&mut runtime, persons, false);
        runtime
    };
    let events = |call: u64| between(call, persons);
    let mut whole = fresh("whole.db");
    whole.advance(at(NOW)).unwrap();
    for call in 0..6 {
        whole.batch(events(call), at(NOW)).unwrap();
    }
    let expected = kept(&mut whole);

    let mut left = Vec::new();
    let mut runtime = fresh("reopened.db");
    for call in 0.. {
        // Each call comes later; what it keeps is known since the closing began.
        let now = at(NOW) + TimeDelta::minutes(call as i64);
        let advanced = runtime.advance_some(now, 13).unwrap();
        left.push(advanced.left);
        if call < 6 {
            runtime.batch(events(call), at(NOW)).unwrap();
        }
        // Nothing is told to the store at the end: the process simply stops.
        drop(runtime);
        runtime = desk(SqliteStore::open(folder.path().join("reopened.db")).unwrap());
        if advanced.still_due.is_none() {
            break;
        }
    }
    assert!(left.is_sorted_by(|one, other| one > other) && left.len() > 12, "{left:?}");
    assert_same(&kept(&mut runtime), &expected);
}
