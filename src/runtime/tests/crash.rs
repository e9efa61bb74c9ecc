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
