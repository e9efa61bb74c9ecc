//! What keeping costs: single events and batches, in memory and in SQLite, beside few and many other subjects.
//!
//! ```text
//! cargo bench --bench runtime
//! ```
//! The cost of an event must not grow with the number of subjects beside it. "hot" events go to a thousand chats in turn,
//! "cold" ones to every chat in turn, so that beyond the 20,000 subjects kept at hand each has to be loaded and saved.
//! `--quick` leaves out the 100,000.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench tells what it measured and stops at a surprise"
)]

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, Throughput};
use rulebook::{Event, MemoryStore, Policy, RunOptions, Runtime, SqliteStore, Store};

const POLICY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/sales-service");
/// Events of one measured batch.
const BATCH: usize = 500;
/// Chats that hot events go to.
const HOT: usize = 1_000;

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    let policy = Policy::load(POLICY).unwrap_or_else(|report| panic!("{report}"));
    let mut rows = Vec::new();
    for subjects in [1_000, 10_000, 100_000].into_iter().filter(|count| !quick || *count < 100_000) {
        let memory = Runtime::new(policy.clone(), MemoryStore::default()).expect("a runtime");
        rows.push(measure(&mut criterion, "memory", memory, subjects));
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path().join("bench.db")).expect("a store");
        let sqlite = Runtime::new(policy.clone(), store).expect("a runtime");
        rows.push(measure(&mut criterion, "sqlite", sqlite, subjects));
    }
    criterion.final_summary();
    report(&rows);
}

/// What one store did beside so many subjects, in microseconds an event.
struct Row {
    store: &'static str,
    subjects: usize,
    opening: u128,
    submitted: u128,
    hot: u128,
    cold: u128,
}

fn measure<S: Store>(
    criterion: &mut Criterion,
    store: &'static str,
    mut runtime: Runtime<S>,
    subjects: usize,
) -> Row {
    let began = Instant::now();
    let summary = runtime.run((0..subjects).map(opened), &RunOptions::default()).expect("a run");
    assert_eq!(summary.moved, subjects as u64, "{summary:?}");
    let opening = began.elapsed().as_micros() / subjects as u128;

    let mut traffic = Traffic { chats: HOT, sent: 0 };
    let mut group = criterion.benchmark_group(format!("{store}, {subjects} subjects"));
    group.throughput(Throughput::Elements(1));
    group.bench_function("submit", |bencher| {
        bencher.iter(|| {
            let (event, now) = traffic.next_event();
            let step = runtime.submit(event, now).expect("a step");
            assert!(step.outcome.refusal().is_none(), "{:?}", step.outcome);
        });
    });
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("batch", |bencher| bencher.iter(|| batch(&mut runtime, &mut traffic)));
    group.finish();

    let submitted = median(40, || {
        let (event, now) = traffic.next_event();
        runtime.submit(event, now).expect("a step");
    });
    let hot = median(9, || batch(&mut runtime, &mut traffic)) / BATCH as u128;
    traffic.chats = subjects;
    let cold = median(9, || batch(&mut runtime, &mut traffic)) / BATCH as u128;
    Row { store, subjects, opening, submitted, hot, cold }
}

fn batch<S: Store>(runtime: &mut Runtime<S>, traffic: &mut Traffic) {
    let mut now = start();
    let events: Vec<Event> = (0..BATCH)
        .map(|_| {
            let (event, at) = traffic.next_event();
            now = at;
            event
        })
        .collect();
    let steps = runtime.batch(events, now).expect("a batch");
    assert!(steps.iter().all(|step| step.outcome.refusal().is_none()));
}

/// The median time of a call in microseconds.
fn median(calls: usize, mut call: impl FnMut()) -> u128 {
    let mut times: Vec<u128> = (0..calls)
        .map(|_| {
            let began = Instant::now();
            call();
            began.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    times.get(calls / 2).copied().unwrap_or_default()
}

/// The n-th chat comes into being on the first morning.
fn opened(n: usize) -> Event {
    Event::new("opened")
        .to(format!("chat/{n}"))
        .at(start())
        .with("customer", "客户")
        .with("assigned_to", "li")
}

fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00+08:00".parse().expect("an instant")
}

/// Customers write and leave again, each time in another chat; always in order of time, and no clock is left running.
struct Traffic {
    chats: usize,
    sent: usize,
}

impl Traffic {
    fn next_event(&mut self) -> (Event, DateTime<Utc>) {
        let (turn, leaves) = (self.sent / 2, self.sent % 2 == 1);
        self.sent += 1;
        // A stride that visits every chat before it comes back.
        let subject = format!("chat/{}", turn.wrapping_mul(7_919) % self.chats);
        let at = start() + TimeDelta::milliseconds(1_000 + 10 * self.sent as i64);
        let event = match leaves {
            true => Event::new("customer_left").by("customer/7"),
            false => Event::new("customer_message").by("customer/7"),
        };
        // An id of our own: within a second the same chat may say the same thing twice.
        (event.to(subject).at(at).id(format!("t{}", self.sent)), at)
    }
}

fn report(rows: &[Row]) {
    println!("\nmicroseconds an event, median");
    println!(
        "{:8} {:>9} {:>13} {:>9} {:>11} {:>11}",
        "store", "subjects", "run, opening", "submit", "batch, hot", "batch, cold"
    );
    for Row { store, subjects, opening, submitted, hot, cold } in rows {
        println!("{store:8} {subjects:>9} {opening:>13} {submitted:>9} {hot:>11} {cold:>11}");
    }
    for store in ["memory", "sqlite"] {
        let mut of = rows.iter().filter(|row| row.store == store);
        if let (Some(few), Some(many)) = (of.next(), of.next_back()) {
            let tenths = many.hot * 10 / few.hot.max(1);
            println!(
                "{store}: a hot event beside {} subjects costs {}.{} x one beside {}",
                many.subjects,
                tenths / 10,
                tenths % 10,
                few.subjects
            );
        }
    }
}
