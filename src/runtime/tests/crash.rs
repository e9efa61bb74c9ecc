//! A process that is killed at any point loses nothing and invents nothing.
#![cfg(feature = "sqlite")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::store::SqliteStore;

/// Tells the child process which file to work on.
const FILE: &str = "RULEBOOK_CRASH_TEST_FILE";

/// How many events are submitted one by one; the others go in batches.
const SINGLY: usize = 60;

/// The whole work; everything that is done already is recognised. `each` hears of every event before it is taken.
fn work(path: &Path, each: fn()) -> Runtime<SqliteStore> {
    let mut runtime = Runtime::with_capacity(toy::policy("r1"), SqliteStore::open(path).unwrap(), 4).unwrap();
    let mut events = traffic().into_iter().inspect(|_| each());
    for event in events.by_ref().take(SINGLY) {
        let now = event.at.unwrap();
        runtime.submit(event, now).unwrap();
    }
    runtime.run(events, &RunOptions { batch: 10, ..RunOptions::default() }).unwrap();
    each();
    runtime.advance(at("3-20 00:00:00")).unwrap();
    runtime
}

/// Run by the test below in a process of its own; alone it has nothing to do.
#[test]
fn child() {
    if let Some(path) = std::env::var_os(FILE) {
        work(Path::new(&path), || println!("event"));
    }
}

/// How many chats wait for an answer when time passes.
const WAITING: usize = 1_200;

/// Opens chats that nobody answers, then lets time pass in small transactions; `each` hears of what is durable.
fn drained(path: &Path, each: &mut dyn FnMut(&Passed)) -> Runtime<SqliteStore> {
    let mut runtime =
        Runtime::with_capacity(toy::policy("r1"), SqliteStore::open(path).unwrap(), 50).unwrap();
    let events = (0..WAITING).flat_map(|n| {
        let when = at("1-05 10:00:00") + TimeDelta::seconds(n as i64 % 3);
        let to = |name: &str| Event::new(name).to(format!("chat/{n}")).at(when).id(name);
        [to("opened"), to("message")]
    });
    runtime.batch(events, at("1-05 10:01:00")).unwrap();
    while runtime.advance_telling(at("1-05 11:00:00"), 200, each).unwrap().still_due.is_some() {}
    runtime
}

/// Run by the test below in a process of its own; alone it has nothing to do.
#[test]
fn draining_child() {
    if let Some(path) = std::env::var_os(FILE) {
        drained(Path::new(&path), &mut |passed| println!("passed {}", passed.subject));
    }
}

#[test]
fn killed_while_it_drains_it_loses_nothing_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut order = Vec::new();
    let mut whole =
        drained(&folder.path().join("whole.db"), &mut |passed| order.push(passed.subject.to_string()));
    assert_eq!(order.len(), WAITING);
    let path = folder.path().join("killed.db");
    let mut told: Vec<String> = Vec::new();
    for lines in [1, 300, 5] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "runtime::tests::crash::draining_child", "--nocapture"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let heard = output.filter_map(|line| line.split_once("passed ").map(|(_, name)| name.to_owned()));
        told.extend(heard.take(lines));
        child.kill().unwrap();
        child.wait().unwrap();
        // What was told is durable, and what is left is what comes after it in the same order.
        let mut store = SqliteStore::open(&path).unwrap();
        let left = store.due(at("1-05 11:00:00"), usize::MAX).unwrap();
        let done = WAITING - left.len();
        assert!(told.len() <= done && told.iter().all(|name| order[..done].contains(name)), "{done}");
        assert!(left.iter().map(|(_, name)| name.as_ref()).eq(order[done..].iter().map(String::as_str)));
        let owed = store.outbox(Delivery::Pending, usize::MAX).unwrap();
        assert_eq!(owed.len(), done, "one breach told for each, in the same transaction");
    }
    let mut rest = Vec::new();
    let mut resumed = drained(&path, &mut |passed| rest.push(passed.subject.to_string()));
    assert!(!rest.is_empty() && order.ends_with(&rest));
    assert_eq!(dump(&mut resumed), dump(&mut whole));
}

/// Runs the work in a process and kills it after so many events, wherever it then is; tells how many records there are.
fn killed_after(path: &Path, events: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "runtime::tests::crash::child", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = lines.map_while(Result::ok).filter(|line| line.contains("event")).take(events).count();
    assert_eq!(told, events, "the process ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
    SqliteStore::open(path).unwrap().totals().unwrap().records
}

#[test]
fn killed_at_any_point_it_goes_on_as_if_nothing_had_been() {
    let folder = tempfile::tempdir().unwrap();
    let expected = dump(&mut work(&folder.path().join("whole.db"), || {}));
    let path = folder.path().join("killed.db");
    let mut seed = 11_u64;
    let mut records = Vec::new();
    for round in 1..=10 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let events = round * 35 + (seed >> 33) as usize % 35;
        records.push(killed_after(&path, events));
    }
    assert!(
        records.is_sorted() && records[0] < 80 && records[9] > 200,
        "each went on from the last: {records:?}"
    );
    let found = dump(&mut work(&path, || {}));
    assert!(found == expected, "{}", first_difference(&expected, &found));
    let mut whole = SqliteStore::open(folder.path().join("whole.db")).unwrap();
    let mut resumed = SqliteStore::open(&path).unwrap();
    for name in whole.subjects(None, "", usize::MAX).unwrap() {
        assert_eq!(resumed.head(&name).unwrap(), whole.head(&name).unwrap());
    }
}
