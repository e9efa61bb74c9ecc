//! The runtime over a toy policy: repeats, lateness, rereads, closing, crashes.

use std::collections::BTreeMap;

use super::*;
use crate::engine::Outcome;
use crate::error::ErrorKind;
use crate::store::MemoryStore;

mod crash;
mod periods;
mod toy;

fn runtime() -> Runtime<MemoryStore> {
    Runtime::new(toy::policy("r1"), MemoryStore::new()).unwrap()
}

/// Shanghai time on a day of 2026: `3-05 10:00:00`.
fn at(text: &str) -> DateTime<Utc> {
    let local = chrono::NaiveDateTime::parse_from_str(&format!("2026-{text}"), "%Y-%m-%d %H:%M:%S").unwrap();
    use chrono::TimeZone;
    chrono_tz::Asia::Shanghai.from_local_datetime(&local).unwrap().with_timezone(&Utc)
}

fn event(subject: &str, name: &str, when: &str) -> Event {
    Event::new(name).to(subject).at(at(when)).id(format!("{name}@{when}"))
}

/// Says in one word what came of each event.
fn send<S: Store>(runtime: &mut Runtime<S>, events: impl IntoIterator<Item = Event>) -> Vec<&'static str> {
    let mut words = Vec::new();
    for event in events {
        let now = event.at.unwrap_or(at("12-01 00:00:00"));
        words.push(word(&runtime.submit(event, now).unwrap().outcome));
    }
    words
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Moved => "moved",
        Outcome::Stayed => "stayed",
        Outcome::Repeated => "repeated",
        Outcome::Refused(refusal) => refusal.reason(),
    }
}

/// Li is opened and ready on the first of January.
fn ready_li() -> [Event; 2] {
    [event("staff/li", "opened", "1-01 09:00:00"), event("staff/li", "certified", "1-02 09:00:00")]
}

/// Everything that a store holds, as text.
fn dump<S: Store>(runtime: &mut Runtime<S>) -> String {
    let mut lines = Vec::new();
    let names = runtime.subjects(None, "", 1_000_000).unwrap();
    for name in &names {
        let records = runtime.records(name).unwrap();
        lines.extend(records.iter().map(|record| serde_json::to_string(record).unwrap()));
        lines.push(serde_json::to_string(&runtime.subject(name).unwrap().unwrap()).unwrap());
        lines.extend(runtime.scores(name).unwrap().iter().map(|score| serde_json::to_string(score).unwrap()));
    }
    for delivery in [Delivery::Pending, Delivery::Done, Delivery::Withdrawn, Delivery::Undone] {
        for effect in runtime.store().outbox(delivery, usize::MAX).unwrap() {
            lines.push(format!("{delivery:?} {}", serde_json::to_string(&effect).unwrap()));
        }
    }
    let (from, to) = (DateTime::UNIX_EPOCH, at("12-31 00:00:00"));
    for person in ["li", "wu"] {
        lines.extend(
            runtime
                .store()
                .samples(person, "replies", from, to)
                .unwrap()
                .iter()
                .map(|sample| format!("{sample:?}")),
        );
    }
    lines.push(serde_json::to_string_pretty(&runtime.reviews().unwrap()).unwrap());
    lines.push(serde_json::to_string_pretty(&runtime.standing().unwrap()).unwrap());
    lines.join("\n")
}

/// What is true in the end, however it came about: records of rereads and withdrawn effects tell the way and are left out.
fn outcome<S: Store>(runtime: &mut Runtime<S>) -> String {
    let mut lines = Vec::new();
    for name in runtime.subjects(None, "", 1_000_000).unwrap() {
        lines.push(format!("{:?}", runtime.subject(&name).unwrap().unwrap()));
        lines.extend(runtime.scores(&name).unwrap().iter().map(|score| format!("{score:?}")));
        // What is kept folds to what is at hand.
        assert_eq!(runtime.as_known(&name, None, None).unwrap(), runtime.subject(&name).unwrap());
    }
    lines.extend(runtime.outbox(usize::MAX).unwrap().iter().map(|effect| format!("{effect:?}")));
    let (from, to) = (DateTime::UNIX_EPOCH, at("12-31 00:00:00"));
    let samples = runtime.store().samples("li", "replies", from, to).unwrap();
    lines.extend(samples.iter().map(|sample| format!("{sample:?}")));
    let standing = runtime.standing().unwrap();
    lines.push(format!("{:?} {:?} {:?}", standing.cases, standing.clocks, standing.unattributed));
    lines.join("\n")
}

#[test]
fn events_move_cases_and_refusals_tell_their_reason() {
    let mut runtime = runtime();
    assert_eq!(send(&mut runtime, ready_li()), ["moved", "moved"]);
    let outcomes = send(
        &mut runtime,
        [
            event("chat/1", "message", "1-05 09:58:00"),
            event("chat/1", "opened", "1-05 09:59:00"),
            event("chat/1", "message", "1-05 10:00:00").by("customer/7"),
            event("chat/1", "reply", "1-05 10:01:00").by("staff/wu"),
            event("chat/1", "reply", "1-05 10:02:00").by("staff/li"),
            event("chat/1", "close", "1-05 10:03:00").by("staff/li"),
            event("chat/1", "close", "1-05 10:04:00").by("staff/li"),
            event("chat/1", "shout", "1-05 10:05:00"),
            event("nowhere/1", "opened", "1-05 10:05:00"),
            event("chat/1", "reread", "1-05 10:05:00"),
            event("staff/li", "kpi.period_closed", "1-05 10:05:00"),
        ],
    );
    let expected = [
        "not_open",
        "moved",
        "stayed",
        "not_permitted",
        "stayed",
        "moved",
        "not_open",
        "unknown_event",
        "unknown_subject",
        "unknown_event",
        "unknown_event",
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(runtime.records("chat/1").unwrap().len(), 7, "refusals by a rule are records");
    let rejected = runtime.rejected(10).unwrap();
    assert_eq!(rejected.len(), 4, "refusals at the door are journaled");
    assert!(rejected[3].event.contains("shout"));
    let summary = runtime.standing().unwrap();
    assert_eq!(summary.subjects, BTreeMap::from([("chat".into(), 1), ("staff".into(), 1)]));
    assert_eq!(summary.cases["chat"], BTreeMap::from([("closed".into(), 1)]));
    assert_eq!(summary.clocks["chat.reply"], BTreeMap::from([("met".into(), 1)]));
    assert!(runtime.subject("chat/2").unwrap().is_none());
}

#[test]
fn a_repeat_changes_nothing_and_a_conflict_is_told() {
    let mut runtime = runtime();
    let opened = || event("chat/1", "opened", "1-05 10:00:00").with("customer", "王");
    assert_eq!(send(&mut runtime, [opened()]), ["moved"]);
    let before = dump(&mut runtime);
    assert_eq!(send(&mut runtime, [opened()]), ["repeated"]);
    let without_instant = Event { at: None, ..opened() };
    assert_eq!(send(&mut runtime, [without_instant]), ["repeated"]);
    assert_eq!(dump(&mut runtime), before);
    assert_eq!(send(&mut runtime, [opened().with("customer", "李")]), ["conflict"]);
    assert_eq!(runtime.records("chat/1").unwrap().len(), 1);
    assert_eq!(runtime.rejected(1).unwrap()[0].reason.as_ref(), "conflict");
}

#[test]
fn a_repeat_asks_nobody_else() {
    let mut first = runtime();
    let reply = || event("chat/1", "reply", "1-05 10:02:00").by("staff/li");
    send(&mut first, ready_li());
    send(
        &mut first,
        [event("chat/1", "opened", "1-05 09:59:00"), event("chat/1", "message", "1-05 10:00:00")],
    );
    assert_eq!(send(&mut first, [reply()]), ["stayed"]);
    let mut again = Runtime::new(toy::policy("r1"), first.into_store().unwrap()).unwrap();
    assert_eq!(send(&mut again, [reply()]), ["repeated"]);
    assert!(again.cache.peek("staff/li").is_none(), "what a repeat would read is of no account");
}

#[test]
fn an_event_refused_at_the_door_again_is_journaled_once() {
    let mut runtime = runtime();
    let shout = || event("chat/1", "shout", "1-05 10:05:00");
    let unnamed = || Event { id: None, ..shout() };
    let timeless = || Event { id: None, at: None, ..shout() };
    let nowhere = || event("nowhere/1", "opened", "1-05 10:05:00");
    for _ in 0..2 {
        send(&mut runtime, [shout(), unnamed(), nowhere()]);
    }
    assert_eq!(runtime.rejected(10).unwrap().len(), 3);
    // Without an id and an instant nothing says that it is the same one.
    for hour in ["10", "11"] {
        runtime.submit(timeless(), at(&format!("1-05 {hour}:00:00"))).unwrap();
    }
    assert_eq!(runtime.rejected(10).unwrap().len(), 5);
}

#[test]
fn a_correction_needs_a_record_to_correct() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    send(
        &mut runtime,
        [event("chat/1", "opened", "1-05 09:59:00"), event("chat/1", "message", "1-05 10:00:00")],
    );
    let void = |id: &str, when: &str| Event {
        corrects: Some(id.into()),
        void: true,
        reason: Some("entered twice".into()),
        ..event("chat/1", "message", when)
    };
    assert_eq!(send(&mut runtime, [void("nothing", "1-05 10:01:00")]), ["wrong_shape"]);
    runtime.advance(at("1-05 11:00:00")).unwrap();
    let owed = runtime.outbox(10).unwrap();
    assert_eq!(owed.len(), 1, "nobody has replied");
    assert!(runtime.acknowledge(&owed[0].id).unwrap());
    assert_eq!(send(&mut runtime, [void("message@1-05 10:00:00", "1-05 12:00:00")]), ["stayed"]);
    assert_eq!(runtime.undone(10).unwrap(), owed, "what was handed over lost its cause");
    assert_eq!(runtime.standing().unwrap().clocks, BTreeMap::new());
    let then = runtime.as_known("chat/1", Some(at("1-05 11:59:00")), None).unwrap().unwrap();
    assert_eq!(then.cases[0].finished.len() + then.cases[0].rounds.len(), 1, "as it was known before");
    let now = runtime.as_known("chat/1", None, None).unwrap().unwrap();
    assert_eq!(now.cases[0].finished.len() + now.cases[0].rounds.len(), 0);
}

#[test]
fn time_passes_once() {
    let mut runtime = runtime();
    send(
        &mut runtime,
        [event("chat/1", "opened", "1-05 09:59:00"), event("chat/1", "message", "1-05 10:00:00")],
    );
    assert_eq!(runtime.due(at("2-01 00:00:00"), 10).unwrap(), [(at("1-05 10:05:00"), "chat/1".into())]);
    assert_eq!(runtime.advance(at("1-05 10:05:00")).unwrap().subjects, 0, "at the due second is in time");
    let advanced = runtime.advance(at("1-05 10:05:01")).unwrap();
    assert_eq!((advanced.subjects, advanced.effects), (1, 1));
    let advanced = runtime.advance(at("1-05 12:00:00")).unwrap();
    assert_eq!((advanced.subjects, advanced.effects), (0, 0));
    let owed = runtime.outbox(10).unwrap();
    assert_eq!(owed.len(), 1);
    assert!(runtime.acknowledge(&owed[0].id).unwrap());
    assert_eq!(runtime.outbox(10).unwrap(), []);
    assert!(!runtime.acknowledge("nothing").unwrap());
}

#[test]
fn a_late_reply_takes_a_breach_back() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    send(
        &mut runtime,
        [event("chat/1", "opened", "1-05 09:59:00"), event("chat/1", "message", "1-05 10:00:00")],
    );
    runtime.advance(at("1-05 11:00:00")).unwrap();
    let owed = runtime.outbox(10).unwrap().remove(0);
    let late = event("chat/1", "reply", "1-05 10:04:00").by("staff/li");
    let step = runtime.submit(late, at("1-05 12:00:00")).unwrap();
    assert_eq!(step.withdrawn, std::slice::from_ref(&owed.id));
    assert_eq!(runtime.outbox(10).unwrap(), []);
    assert_eq!(runtime.effect(&owed.id).unwrap().unwrap().delivery, Delivery::Withdrawn);
    assert_eq!(runtime.standing().unwrap().clocks["chat.reply"], BTreeMap::from([("met".into(), 1)]));
    assert_eq!(runtime.standing().unwrap().cases["chat"], BTreeMap::from([("open".into(), 1)]));
}

#[test]
fn any_order_of_delivery_gives_the_same() {
    let mut events = Vec::from(ready_li());
    for chat in 1..=3 {
        let name = format!("chat/{chat}");
        let when = |minute: u32| format!("1-05 10:{:02}:00", minute + chat);
        events.push(event(&name, "opened", &when(0)));
        events.push(event(&name, "message", &when(1)));
        events.push(event(&name, "reply", &when(3)).by("staff/li"));
        events.push(event(&name, "message", &when(4)));
        events.push(event(&name, "reply", &when(20)).by("staff/li"));
        events.push(event(&name, "close", &when(21)));
        events.push(event(&name, "message", &when(22)));
    }
    let end = at("1-06 00:00:00");
    let result = |events: Vec<Event>| {
        let mut runtime = runtime();
        for event in events {
            runtime.submit(event, end).unwrap();
        }
        runtime.advance(end).unwrap();
        outcome(&mut runtime)
    };
    let expected = result(events.clone());
    let mut seed = 7_u64;
    for round in 0..20 {
        for idx in (1..events.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            events.swap(idx, (seed >> 33) as usize % (idx + 1));
        }
        let found = result(events.clone());
        assert!(found == expected, "round {round}: {}", first_difference(&expected, &found));
    }
}

#[test]
fn what_was_read_of_others_is_read_again() {
    let mut runtime = runtime();
    send(&mut runtime, [event("staff/li", "opened", "1-01 09:00:00")]);
    let outcomes = send(
        &mut runtime,
        [
            event("chat/1", "opened", "1-05 09:59:00"),
            event("chat/1", "message", "1-05 10:00:00"),
            event("chat/1", "reply", "1-05 10:02:00").by("staff/li"),
        ],
    );
    assert_eq!(outcomes[2], "not_permitted");
    runtime.advance(at("1-05 11:00:00")).unwrap();
    assert_eq!(runtime.outbox(10).unwrap().len(), 1);
    // Only now it is told that Li had been certified long before.
    runtime.submit(event("staff/li", "certified", "1-02 09:00:00"), at("1-06 09:00:00")).unwrap();
    let records = runtime.records("chat/1").unwrap();
    assert_eq!(records.last().unwrap().event.as_ref(), "reread");
    assert_eq!(runtime.outbox(10).unwrap(), [], "the reply counts, the breach never was");
    assert_eq!(runtime.standing().unwrap().clocks["chat.reply"], BTreeMap::from([("met".into(), 1)]));
    // An event that changes nothing that was read makes no records.
    runtime.submit(event("staff/li", "certified", "1-03 09:00:00"), at("1-06 09:00:00")).unwrap();
    assert_eq!(runtime.records("chat/1").unwrap().len(), records.len());
}

#[test]
fn an_event_at_which_the_world_fails_is_left_out() {
    let mut runtime = runtime();
    let events = || {
        let mut events =
            vec![event("chat/1", "opened", "1-05 10:00:00"), event("chat/1", "message", "1-05 10:01:00")];
        events.push(event("chat/1", "fail", "1-05 10:02:00"));
        events.push(event("chat/1", "close", "1-05 10:03:00"));
        events
    };
    let error = runtime.batch(events(), at("1-05 11:00:00")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Script);
    assert_eq!(runtime.records("chat/1").unwrap().len(), 0, "a batch is kept whole or not at all");
    let summary = runtime.run(events(), &RunOptions::default()).unwrap();
    assert_eq!((summary.events, summary.moved, summary.stayed, summary.failed), (4, 2, 1, 1));
    assert_eq!((summary.failures[0].event, summary.failures[0].subject.as_ref()), (3, "chat/1"));
    assert_eq!(summary.cases["chat"], BTreeMap::from([("closed".into(), 1)]));
}

#[test]
fn the_chain_proves_what_was_kept() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    let heads = runtime.audit_heads().unwrap();
    assert_eq!((heads.len(), heads[0].seq), (1, 2));
    send(&mut runtime, [event("staff/li", "certified", "1-03 09:00:00")]);
    assert_eq!(runtime.verify(&heads).unwrap(), []);
    let gone = AuditHead { subject: "staff/wu".into(), ..heads[0].clone() };
    assert!(matches!(runtime.verify(&[gone]).unwrap()[..], [Finding::Dropped { expected: 2, found: 0, .. }]));
}

#[test]
fn another_revision_folds_again() {
    let mut runtime = runtime();
    send(&mut runtime, ready_li());
    send(
        &mut runtime,
        [event("chat/1", "opened", "1-05 09:59:00"), event("chat/1", "message", "1-05 10:00:00")],
    );
    let before = dump(&mut runtime);
    let store = runtime.into_store().unwrap();
    let mut runtime = Runtime::new(toy::policy("r2"), store).unwrap();
    assert_eq!(dump(&mut runtime), before);
    assert_eq!(runtime.store().note(REVISION).unwrap().as_deref(), Some("r1"), "opening writes nothing");
    assert_eq!(runtime.adopted().unwrap().len(), 1);
    assert_eq!(runtime.advance(at("1-06 00:00:00")).unwrap().effects, 1);
    assert_eq!(runtime.store().note(REVISION).unwrap().as_deref(), Some("r2"));
    let log: Vec<String> = runtime.adopted().unwrap().iter().map(|one| one.revision.to_string()).collect();
    assert_eq!(log, ["r1", "r2"]);
}

/// A few hundred events of a few chats, in order of time, with some that are late and some that come twice.
fn traffic() -> Vec<Event> {
    let mut events = Vec::from(ready_li());
    let start = at("1-05 10:00:00");
    for number in 0..400_i64 {
        let chat = format!("chat/{}", number % 7 + 7 * (number / 42));
        let name = ["opened", "message", "reply", "message", "reply", "close"][(number / 7 % 6) as usize];
        let late = if number % 23 == 0 { 600 } else { 0 };
        let spread = number / 140 * 20 * 86_400 + number * 37 % 60;
        let when = start + TimeDelta::seconds(number * 40 + spread - late);
        let event = Event::new(name).to(chat).at(when).by("staff/li").id(format!("e{number}"));
        if number % 31 == 0 {
            events.push(event.clone());
        }
        events.push(event);
    }
    events
}

#[test]
fn batches_caches_and_stores_make_no_difference() {
    fn result<S: Store>(store: S, subjects_max: usize, batch: usize) -> String {
        let mut runtime = Runtime::with_capacity(toy::policy("r1"), store, subjects_max).unwrap();
        let options = RunOptions { batch, ..RunOptions::default() };
        let summary = runtime.run(traffic(), &options).unwrap();
        assert!(summary.repeated > 5 && summary.clocks["chat.reply"].len() > 1, "{summary:#?}");
        dump(&mut runtime)
    }
    let expected = result(MemoryStore::new(), 1_000, 1_000);
    for (subjects_max, batch) in [(2, 1), (4, 7), (1_000, 50)] {
        let found = result(MemoryStore::new(), subjects_max, batch);
        assert!(found == expected, "{subjects_max} {batch}\n{}", first_difference(&expected, &found));
    }
    #[cfg(feature = "sqlite")]
    for (subjects_max, batch) in [(2, 3), (1_000, 1_000)] {
        let found = result(crate::store::SqliteStore::temporary().unwrap(), subjects_max, batch);
        assert!(found == expected, "sqlite {subjects_max} {batch}\n{}", first_difference(&expected, &found));
    }
}

fn first_difference(one: &str, two: &str) -> String {
    match one.lines().zip(two.lines()).find(|(one, two)| one != two) {
        Some((one, two)) => format!("{one}\n{two}"),
        None => format!("{} lines, {} lines", one.lines().count(), two.lines().count()),
    }
}
