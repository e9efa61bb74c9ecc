//! What every store must do, as one suite that runs over each of them.

use std::collections::BTreeMap;

use super::*;
use crate::audit;
use crate::engine::{Cause, ClockEvent, EffectKind};
use crate::error::ErrorKind;
use crate::model::KindId;
use crate::quantity::{ClockKind, Duration, TimeUnit};

type Check = fn(&mut dyn Store);

const SUITE: &[(&str, Check)] = &[
    ("records come back as they were kept", records_come_back),
    ("another number of records than expected is stale", stale_is_told),
    ("an id is taken once", an_id_is_taken_once),
    ("ids among many records, also after a rollback", ids_among_many),
    ("what is rolled back never was", rollback_undoes),
    ("an effect is handed over until it is acknowledged", the_outbox_keeps_its_word),
    ("due subjects come in order", due_comes_in_order),
    ("many due at one instant come in batches", due_comes_in_batches),
    ("what is due is rolled back", due_is_rolled_back),
    ("samples are replaced and vanish", samples_are_replaced),
    ("saved states", saved_states),
    ("readings", readings_are_found),
    ("reviews keep the first value", reviews_keep_the_first_value),
    ("door refusals are journaled", rejections_are_journaled),
    ("totals", totals_count),
];

#[test]
fn memory() {
    for (name, check) in SUITE {
        println!("{name}");
        check(&mut MemoryStore::new());
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_temporary() {
    for (name, check) in SUITE {
        println!("{name}");
        check(&mut SqliteStore::temporary().unwrap());
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_file() {
    for (name, check) in SUITE {
        println!("{name}");
        let folder = tempfile::tempdir().unwrap();
        check(&mut SqliteStore::open(folder.path().join("store.db")).unwrap());
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn a_file_is_opened_again_and_another_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut store = SqliteStore::open(&path).unwrap();
    let kept = [kept("chat/1", "a", 10)];
    store.append(&Change { records: &kept, ..Change::new(&head("chat/1", 1, None), 0) }).unwrap();
    drop(store);
    let mut store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.records("chat/1", 0).unwrap(), [kept[0].record.clone()]);
    let before = store.foreign_writes().unwrap();
    SqliteStore::open(&path).unwrap().set_note("k", "v").unwrap();
    assert_ne!(store.foreign_writes().unwrap(), before, "another writer is noticed");
    store.set_note("format", "0").unwrap();
    drop(store);
    let err = SqliteStore::open(&path).err().unwrap();
    assert!(err.to_string().contains("format `0`"), "{err}");
    std::fs::write(&path, "no database at all, but long enough to be looked at ".repeat(40)).unwrap();
    assert_eq!(SqliteStore::open(&path).err().map(|err| err.kind()), Some(ErrorKind::Store));
}

#[cfg(feature = "sqlite")]
#[test]
fn what_is_due_outlives_the_process_and_comes_along_from_the_format_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut store = SqliteStore::open(&path).unwrap();
    for (subject, due) in [("chat/2", Some(5)), ("chat/10", Some(5)), ("chat/3", Some(1)), ("chat/4", None)] {
        store.append(&Change::new(&head(subject, 0, due), 0)).unwrap();
    }
    let expected = store.due(at(9), 9).unwrap();
    let names: Vec<&str> = expected.iter().map(|(_, name)| name.as_ref()).collect();
    assert_eq!(names, ["chat/3", "chat/10", "chat/2"]);
    drop(store);
    assert_eq!(SqliteStore::open(&path).unwrap().due(at(9), 9).unwrap(), expected);
    // As the version before has left it: an index on the instant alone, in `heads`.
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(
        "DROP TABLE due; CREATE INDEX heads_due ON heads (next_due) WHERE next_due IS NOT NULL;
         UPDATE notes SET value = '2' WHERE key = 'format';",
    )
    .unwrap();
    let plan = "EXPLAIN QUERY PLAN SELECT at, name FROM due WHERE at <= 1 ORDER BY at, name LIMIT 1";
    assert!(old.prepare(plan).is_err());
    drop(old);
    assert_eq!(SqliteStore::open(&path).unwrap().due(at(9), 9).unwrap(), expected);
    assert_eq!(SqliteStore::open(&path).unwrap().due(at(9), 9).unwrap(), expected, "once");
    let db = rusqlite::Connection::open(&path).unwrap();
    let plan: String = db.query_row(plan, [], |row| row.get(3)).unwrap();
    assert!(plan.contains("SEARCH due USING PRIMARY KEY") && !plan.contains("TEMP B-TREE"), "{plan}");
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_770_000_000 + seconds, 0).unwrap()
}

fn record(subject: &str, id: &str, seconds: i64) -> Record {
    let json = format!(
        r#"{{"format":1,"id":"{id}","subject":"{subject}","at":"2026-01-01T00:00:00Z","known":"2026-01-01T00:00:00Z","event":"said","data":{{"text":"你好","n":5.10}}}}"#
    );
    Record { at: at(seconds), known: at(seconds), ..serde_json::from_str(&json).unwrap() }
}

fn kept(subject: &str, id: &str, seconds: i64) -> Kept {
    let record = Arc::new(record(subject, id, seconds));
    let payload = audit::payload(&record).unwrap();
    let hash = audit::hash(&payload);
    Kept { record, payload, hash }
}

fn head(subject: &str, seq: u64, next_due: Option<i64>) -> Head {
    Head {
        subject: subject.into(),
        kind: subject.split('/').next().unwrap().into(),
        opened: Some(at(0)),
        seq,
        chain: audit::genesis(subject),
        known: Some(at(1)),
        frontier: at(2),
        next_due: next_due.map(at),
    }
}

fn effect(id: &str, seconds: i64) -> Arc<Effect> {
    Arc::new(Effect {
        id: id.into(),
        subject: "chat/1".into(),
        case: None,
        at: at(seconds),
        cause: Cause::Record("a".into()),
        clause: Some("1".into()),
        kind: EffectKind::Call { name: "ring".into(), args: BTreeMap::new() },
    })
}

fn sample(id: &str, person: Option<&str>, seconds: i64, value: &str) -> Sample {
    Sample {
        id: id.into(),
        measure: "sold".into(),
        person: person.map(Arc::from),
        at: at(seconds),
        value: value.parse().unwrap(),
        source: "chat/1".into(),
    }
}

fn saved(seq: u64, frontier: i64) -> Saved {
    let json = format!(
        r#"{{"subject":"chat/1","kind":0,"opened":null,"fields":[],"cases":[],"counts":[],"pending":[],"scores":[],
        "duties":[],"ground_lost":[],"last":null,"frontier":{},"next_due":null}}"#,
        serde_json::to_string(&at(frontier)).unwrap()
    );
    let state: State = serde_json::from_str(&json).unwrap();
    assert_eq!(state.kind, KindId(0));
    Saved { seq, revision: "r1".into(), state: Arc::new(state) }
}

fn records_come_back(store: &mut dyn Store) {
    assert_eq!(store.head("chat/1").unwrap(), None);
    assert_eq!(store.records("chat/1", 0).unwrap(), []);
    // Arrival order is kept, whatever the instants and ids.
    let first = [kept("chat/1", "b", 20), kept("chat/1", "a", 10)];
    store.append(&Change { records: &first, ..Change::new(&head("chat/1", 2, None), 0) }).unwrap();
    let second = [kept("chat/1", "c", 5)];
    store.append(&Change { records: &second, ..Change::new(&head("chat/1", 3, Some(9)), 2) }).unwrap();
    let ids =
        |records: Vec<Arc<Record>>| records.iter().map(|record| record.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(store.records("chat/1", 0).unwrap()), ["b", "a", "c"]);
    assert_eq!(ids(store.records("chat/1", 2).unwrap()), ["c"]);
    assert_eq!(ids(store.records("chat/2", 0).unwrap()), [""; 0]);
    let found = store.record("chat/1", "a").unwrap().unwrap();
    assert_eq!(found, first[1].record);
    assert_eq!(store.record("chat/1", "z").unwrap(), None);
    assert_eq!(store.head("chat/1").unwrap(), Some(head("chat/1", 3, Some(9))));
    let entries = store.entries("chat/1").unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(entries[0].payload.as_deref(), Some(first[0].payload.as_str()));
    let exported = audit::head("chat/1", first.iter().chain(&second).map(|kept| kept.hash));
    assert_eq!(audit::verify(&exported, &entries), []);
}

fn stale_is_told(store: &mut dyn Store) {
    let kept = [kept("chat/1", "a", 1)];
    let head = head("chat/1", 1, None);
    let change = Change { records: &kept, effects: &[effect("e", 1)], ..Change::new(&head, 1) };
    assert_eq!(store.append(&change).map_err(|err| err.kind()), Err(ErrorKind::Stale));
    assert_eq!(store.records("chat/1", 0).unwrap(), []);
    assert_eq!(store.outgoing("e").unwrap(), None, "nothing of a stale change is written");
    store.append(&Change { expected: 0, ..change }).unwrap();
    let again = store.append(&Change { expected: 0, ..change }).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Stale);
    assert!(again.to_string().contains("`chat/1` has 1 records where 0 were expected"), "{again}");
}

fn an_id_is_taken_once(store: &mut dyn Store) {
    let one = [kept("chat/1", "a", 1)];
    store.append(&Change { records: &one, ..Change::new(&head("chat/1", 1, None), 0) }).unwrap();
    let changed = head("chat/1", 2, Some(77));
    let err = store.append(&Change { records: &one, ..Change::new(&changed, 1) }).unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Conflict);
    assert_eq!(store.head("chat/1").unwrap(), Some(head("chat/1", 1, None)), "nothing of it is written");
    // Another subject may use the same id.
    let other = [kept("chat/2", "a", 1)];
    store.append(&Change { records: &other, ..Change::new(&head("chat/2", 1, None), 0) }).unwrap();
}

fn ids_among_many(store: &mut dyn Store) {
    let append = |store: &mut dyn Store, from: u64, ids: std::ops::Range<u64>| {
        let records: Vec<Kept> = ids.map(|id| kept("chat/1", &format!("r{id}"), 1)).collect();
        let head = head("chat/1", from + records.len() as u64, None);
        store.append(&Change { records: &records, ..Change::new(&head, from) }).map_err(|err| err.kind())
    };
    append(store, 0, 0..10).unwrap();
    store.begin().unwrap();
    append(store, 10, 10..40).unwrap();
    assert!(
        store.record("chat/1", "r5").unwrap().is_some() && store.record("chat/1", "r25").unwrap().is_some()
    );
    assert_eq!(append(store, 40, 25..26), Err(ErrorKind::Conflict));
    store.rollback().unwrap();
    assert_eq!(store.record("chat/1", "r25").unwrap(), None);
    append(store, 10, 50..53).unwrap();
    for (id, known) in [("r3", true), ("r9", true), ("r10", false), ("r51", true), ("r52", true)] {
        assert_eq!(store.record("chat/1", id).unwrap().is_some(), known, "{id}");
    }
    assert_eq!(append(store, 13, 52..53), Err(ErrorKind::Conflict));
}

fn rollback_undoes(store: &mut dyn Store) {
    store.rollback().unwrap();
    store.begin().unwrap();
    let first = [kept("chat/1", "a", 1)];
    store.append(&Change { records: &first, ..Change::new(&head("chat/1", 1, Some(5)), 0) }).unwrap();
    store.commit().unwrap();
    store.begin().unwrap();
    let second = [kept("chat/1", "b", 2)];
    let changed = head("chat/1", 2, Some(6));
    let change = Change {
        records: &second,
        effects: &[effect("e", 1)],
        samples: &[sample("s", Some("li"), 1, "1")],
        ..Change::new(&changed, 1)
    };
    store.append(&change).unwrap();
    store.set_note("k", "v").unwrap();
    store.save("chat/1", &saved(2, 5), false).unwrap();
    let fresh = [kept("chat/9", "a", 1)];
    store.append(&Change { records: &fresh, ..Change::new(&head("chat/9", 1, None), 0) }).unwrap();
    assert_eq!(store.records("chat/1", 0).unwrap().len(), 2, "reads see what was written");
    store.rollback().unwrap();
    assert_eq!(store.records("chat/1", 0).unwrap().len(), 1);
    assert_eq!(store.head("chat/1").unwrap(), Some(head("chat/1", 1, Some(5))));
    assert_eq!(store.head("chat/9").unwrap(), None);
    assert_eq!(store.due(at(9), 9).unwrap(), [(at(5), "chat/1".into())]);
    assert_eq!(store.outgoing("e").unwrap(), None);
    assert_eq!(store.sample("s").unwrap(), None);
    assert_eq!(store.note("k").unwrap(), None);
    assert_eq!(store.saved("chat/1", "r1", None).unwrap(), None);
    store.append(&change).unwrap();
    store.append(&Change { records: &fresh, ..Change::new(&head("chat/9", 1, None), 0) }).unwrap();
    assert_eq!(store.records("chat/9", 0).unwrap(), [fresh[0].record.clone()]);
}

fn the_outbox_keeps_its_word(store: &mut dyn Store) {
    let head = head("chat/1", 0, None);
    let owe = |store: &mut dyn Store, effects: &[Arc<Effect>], withdrawn: &[Arc<str>]| {
        store.append(&Change { effects, withdrawn, ..Change::new(&head, 0) }).unwrap();
    };
    let ids = |store: &mut dyn Store, delivery| {
        let effects = store.outbox(delivery, 10).unwrap();
        effects.iter().map(|effect| effect.id.to_string()).collect::<Vec<_>>()
    };
    owe(store, &[effect("late", 9), effect("b", 3), effect("a", 3)], &[]);
    assert_eq!(ids(store, Delivery::Pending), ["a", "b", "late"]);
    assert_eq!(store.outbox(Delivery::Pending, 1).unwrap(), [effect("a", 3).as_ref().clone()]);
    assert!(store.acknowledge("a").unwrap());
    assert!(store.acknowledge("a").unwrap(), "twice does no harm");
    assert!(!store.acknowledge("nobody").unwrap());
    assert_eq!(ids(store, Delivery::Pending), ["b", "late"]);
    // Owed again by a further fold: what is done stays done.
    owe(store, &[effect("a", 3), effect("b", 3)], &[]);
    assert_eq!(ids(store, Delivery::Pending), ["b", "late"]);
    owe(store, &[], &["a".into(), "b".into(), "unknown".into()]);
    assert_eq!(ids(store, Delivery::Pending), ["late"]);
    assert_eq!(ids(store, Delivery::Undone), ["a"]);
    assert_eq!(ids(store, Delivery::Withdrawn), ["b"]);
    owe(store, &[effect("a", 3), effect("b", 3)], &[]);
    assert_eq!(ids(store, Delivery::Pending), ["b", "late"]);
    assert_eq!(ids(store, Delivery::Done), ["a"]);
    assert_eq!(store.outgoing("b").unwrap().map(|found| found.delivery), Some(Delivery::Pending));
}

fn due_comes_in_order(store: &mut dyn Store) {
    for (subject, due) in [("chat/3", Some(5)), ("chat/1", Some(7)), ("chat/2", Some(5)), ("staff/4", None)] {
        store.append(&Change::new(&head(subject, 0, due), 0)).unwrap();
    }
    let due = |store: &mut dyn Store, until, limit| {
        let due = store.due(at(until), limit).unwrap();
        due.iter().map(|(_, name)| name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(due(store, 100, 10), ["chat/2", "chat/3", "chat/1"]);
    assert_eq!(due(store, 5, 10), ["chat/2", "chat/3"], "inclusive");
    assert_eq!(due(store, 4, 10), [""; 0]);
    assert_eq!(due(store, 100, 1), ["chat/2"]);
    store.append(&Change::new(&head("chat/2", 0, Some(9)), 0)).unwrap();
    store.append(&Change::new(&head("chat/3", 0, None), 0)).unwrap();
    assert_eq!(due(store, 100, 10), ["chat/1", "chat/2"]);
    let names = |names: Vec<Arc<str>>| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(store.subjects(None, "", 10).unwrap()), ["chat/1", "chat/2", "chat/3", "staff/4"]);
    assert_eq!(names(store.subjects(Some("chat"), "chat/1", 1).unwrap()), ["chat/2"]);
    for (name, opened) in [("chat/1", Some(4)), ("chat/2", Some(5)), ("chat/3", None)] {
        let opened = Head { opened: opened.map(at), ..store.head(name).unwrap().unwrap() };
        store.append(&Change::new(&opened, opened.seq)).unwrap();
    }
    assert_eq!(store.count_opened("chat", at(4)).unwrap(), 0);
    assert_eq!(store.count_opened("chat", at(5)).unwrap(), 1);
    assert_eq!(store.count_opened("chat", at(6)).unwrap(), 2);
    assert_eq!(store.count_opened("staff", at(6)).unwrap(), 1);
}

/// Subjects are told in the order of their names, not in that of their coming, and each once.
fn due_comes_in_batches(store: &mut dyn Store) {
    let name = |n: u64| format!("chat/{}", n * 7_919 % 1_000);
    store.begin().unwrap();
    for n in 0..1_000 {
        store.append(&Change::new(&head(&name(n), 0, Some(if n < 900 { 5 } else { 6 })), 0)).unwrap();
    }
    store.commit().unwrap();
    assert_eq!(store.due_count(None, at(4)).unwrap(), 0);
    assert_eq!(store.due_count(None, at(5)).unwrap(), 900);
    assert_eq!(store.due_count(Some(at(5)), at(6)).unwrap(), 100, "from the next second on");
    assert_eq!(store.due_count(Some(at(6)), at(9)).unwrap(), 0);
    let expected = store.due(at(9), usize::MAX).unwrap();
    assert!(expected.is_sorted());
    assert_eq!(expected.len(), 1_000);
    let mut found = Vec::new();
    loop {
        let batch = store.due(at(9), 64).unwrap();
        store.begin().unwrap();
        for (_, subject) in &batch {
            store.append(&Change::new(&head(subject, 0, None), 0)).unwrap();
        }
        store.commit().unwrap();
        if batch.is_empty() {
            break;
        }
        found.extend(batch);
        assert_eq!(store.due_count(None, at(9)).unwrap(), 1_000 - found.len() as u64);
    }
    assert_eq!(found, expected);
}

fn due_is_rolled_back(store: &mut dyn Store) {
    store.append(&Change::new(&head("chat/1", 0, Some(5)), 0)).unwrap();
    store.append(&Change::new(&head("chat/2", 0, Some(5)), 0)).unwrap();
    let before = store.due(at(9), 9).unwrap();
    store.begin().unwrap();
    for (subject, due) in [("chat/1", Some(7)), ("chat/2", None), ("chat/3", Some(1)), ("chat/1", Some(2))] {
        store.append(&Change::new(&head(subject, 0, due), 0)).unwrap();
    }
    let during = [(at(1), "chat/3".into()), (at(2), "chat/1".into())];
    assert_eq!(store.due(at(9), 9).unwrap(), during, "reads see what was written");
    store.rollback().unwrap();
    assert_eq!(store.due(at(9), 9).unwrap(), before);
    assert_eq!(store.head("chat/3").unwrap(), None);
    store.append(&Change::new(&head("chat/3", 0, Some(5)), 0)).unwrap();
    assert_eq!(store.due_count(None, at(5)).unwrap(), 3);
}

fn samples_are_replaced(store: &mut dyn Store) {
    let head = head("chat/1", 0, None);
    let write = |store: &mut dyn Store, samples: &[Sample], vanished: &[Arc<str>]| {
        store.append(&Change { samples, vanished, ..Change::new(&head, 0) }).unwrap();
    };
    let found = |store: &mut dyn Store, person: &str, from, to| {
        let samples = store.samples(person, "sold", at(from), at(to)).unwrap();
        samples.iter().map(|sample| format!("{}={}", sample.id, sample.value)).collect::<Vec<_>>()
    };
    let first = [
        sample("s2", Some("li"), 10, "2.50"),
        sample("s1", Some("li"), 20, "1"),
        sample("s3", None, 10, "3"),
    ];
    write(store, &first, &[]);
    assert_eq!(found(store, "li", 10, 20), ["s2=2.50"], "the end is not included; numbers keep their places");
    assert_eq!(found(store, "li", 0, 99), ["s1=1", "s2=2.50"], "by id");
    // Another person, another value, another instant.
    write(store, &[sample("s2", Some("wu"), 12, "4")], &[]);
    assert_eq!(found(store, "li", 0, 99), ["s1=1"]);
    assert_eq!(found(store, "wu", 12, 13), ["s2=4"]);
    assert_eq!(found(store, "wu", 10, 11), [""; 0]);
    write(store, &[], &["s2".into(), "s9".into()]);
    assert_eq!(found(store, "wu", 0, 99), [""; 0]);
    assert_eq!(store.sample("s2").unwrap(), None);
    assert_eq!(store.sample("s3").unwrap(), Some(sample("s3", None, 10, "3")));
    assert_eq!(store.totals().unwrap().unattributed, BTreeMap::from([("sold".into(), 1)]));
}

fn saved_states(store: &mut dyn Store) {
    let head = head("chat/1", 0, None);
    store.append(&Change::new(&head, 0)).unwrap();
    assert_eq!(store.saved("chat/1", "r1", None).unwrap(), None);
    let seq = |store: &mut dyn Store, before: Option<i64>| {
        store.saved("chat/1", "r1", before.map(at)).unwrap().map(|saved| saved.seq)
    };
    store.save("chat/1", &saved(1, 10), true).unwrap();
    store.save("chat/1", &saved(2, 20), false).unwrap();
    store.save("chat/1", &saved(3, 30), false).unwrap();
    assert_eq!(store.saved("chat/1", "r1", None).unwrap(), Some(saved(3, 30)));
    assert_eq!(seq(store, Some(30)), Some(1), "only the milestone stays beside the newest");
    assert_eq!(seq(store, Some(31)), Some(3));
    assert_eq!(seq(store, Some(10)), None);
    assert_eq!(store.saved("chat/1", "r2", None).unwrap(), None, "of another revision");
    store.save("chat/1", &saved(3, 40), false).unwrap();
    assert_eq!(store.saved("chat/1", "r1", None).unwrap(), Some(saved(3, 40)), "time has passed");
    store.append(&Change { outdated: Some(at(40)), ..Change::new(&head, 0) }).unwrap();
    assert_eq!(seq(store, None), Some(1));
    store.append(&Change { outdated: Some(at(10)), ..Change::new(&head, 0) }).unwrap();
    assert_eq!(seq(store, None), None);
}

fn readings_are_found(store: &mut dyn Store) {
    let reading = |source: &str, seconds, reader: &str, record: &str| Reading {
        source: source.into(),
        at: at(seconds),
        reader: reader.into(),
        record: record.into(),
    };
    let readings = [
        reading("staff/li", 20, "chat/1", "b"),
        reading("staff/li", 10, "chat/2", "a"),
        reading("staff/wu", 10, "chat/1", "b"),
        reading("staff/li", 20, "chat/1", "b"),
    ];
    store.append(&Change { readings: &readings, ..Change::new(&head("chat/1", 0, None), 0) }).unwrap();
    assert_eq!(store.readers("staff/li", at(0)).unwrap(), [readings[1].clone(), readings[0].clone()]);
    assert_eq!(store.readers("staff/li", at(11)).unwrap(), [readings[0].clone()]);
    assert_eq!(store.readers("staff/li", at(21)).unwrap(), []);
    assert_eq!(store.readers("staff/nobody", at(0)).unwrap(), []);
}

fn reviews_keep_the_first_value(store: &mut dyn Store) {
    let review = |then: Option<i64>, now: Option<i64>| Review {
        id: "kpi/2026-01/li/s1".into(),
        person: "staff/li".into(),
        card: "kpi".into(),
        period: "2026-01".into(),
        sample: "s1".into(),
        then: then.map(Decimal::from),
        now: now.map(Decimal::from),
        because: "r".into(),
    };
    let head = head("staff/li", 0, None);
    for review in [review(Some(1), Some(2)), review(Some(2), None)] {
        store.append(&Change { reviews: &[review], ..Change::new(&head, 0) }).unwrap();
    }
    assert_eq!(store.reviews().unwrap(), [review(Some(1), None)]);
    assert!(store.settle("kpi/2026-01/li/s1").unwrap());
    assert!(!store.settle("kpi/2026-01/li/s1").unwrap());
    assert_eq!(store.reviews().unwrap(), []);
}

fn rejections_are_journaled(store: &mut dyn Store) {
    let rejected = |reason: &str| Rejected {
        id: reason.into(),
        noted: at(1),
        subject: "chat/1".into(),
        reason: reason.into(),
        event: "{}".into(),
    };
    for reason in ["horizon", "conflict", "wrong_shape"] {
        store.reject(&rejected(reason)).unwrap();
    }
    assert_eq!(store.rejected(2).unwrap(), [rejected("wrong_shape"), rejected("conflict")]);
    store.reject(&Rejected { noted: at(2), ..rejected("horizon") }).unwrap();
    let found = store.rejected(9).unwrap();
    assert_eq!(
        found,
        ["wrong_shape", "conflict", "horizon"].map(rejected),
        "the same one once, as it first came"
    );
    store.begin().unwrap();
    store.reject(&rejected("not_open")).unwrap();
    store.rollback().unwrap();
    store.reject(&rejected("not_open")).unwrap();
    assert_eq!(store.rejected(1).unwrap(), [rejected("not_open")]);
}

fn totals_count(store: &mut dyn Store) {
    let clock = |case: &str, round, event| {
        Arc::new(ClockChange {
            at: at(1),
            case: case.into(),
            clock: "reply".into(),
            round,
            started: at(1),
            due: at(2),
            counted_from: at(1),
            given: Duration { amount: 1, unit: TimeUnit::Seconds, clock: ClockKind::Wall },
            pauses: Vec::new(),
            event,
            clause: None,
        })
    };
    let clocks = [
        clock("chat/1", 1, ClockEvent::Started),
        clock("chat/1", 1, ClockEvent::Breached),
        clock("chat/1", 1, ClockEvent::MetLate),
        clock("chat/1", 2, ClockEvent::Met),
        clock("chat/2", 1, ClockEvent::Breached),
        clock("chat/2", 2, ClockEvent::Cancelled),
    ];
    let kept = [kept("chat/1", "a", 1)];
    let one = head("chat/1", 1, None);
    let change =
        Change { records: &kept, clocks: &clocks, effects: &[effect("e", 1)], ..Change::new(&one, 0) };
    store.append(&change).unwrap();
    store.append(&Change::new(&Head { opened: None, ..head("chat/2", 0, None) }, 0)).unwrap();
    let totals = store.totals().unwrap();
    let counts = |pairs: &[(&str, u64)]| -> Counts {
        pairs.iter().map(|(name, count)| (Arc::from(*name), *count)).collect()
    };
    assert_eq!(totals.records, 1);
    assert_eq!(totals.subjects, counts(&[("chat", 1)]), "only opened ones count");
    let expected = counts(&[("met_late", 1), ("met", 1), ("breached", 1)]);
    assert_eq!(totals.clocks, BTreeMap::from([("chat.reply".into(), expected)]));
    let undone = [clock("chat/1", 1, ClockEvent::MetLate)];
    store.append(&Change { undone: &undone, ..Change::new(&one, 1) }).unwrap();
    let expected = counts(&[("met", 1), ("breached", 2)]);
    assert_eq!(store.totals().unwrap().clocks, BTreeMap::from([("chat.reply".into(), expected)]));
    assert_eq!(totals.effects, BTreeMap::from([("call".into(), counts(&[("pending", 1)]))]));
}
