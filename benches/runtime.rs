//! What keeping costs: single events and batches, in memory and in SQLite, beside few and many other subjects.
//!
//! ```text
//! cargo bench --bench runtime
//! ```
//! The cost of an event must not grow with the number of subjects. `--quick` leaves out the 100,000.
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
    singly: u128,
    batched: u128,
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

    let mut traffic = Traffic { subjects, sent: 0 };
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
    group.bench_function("run", |bencher| {
        bencher.iter(|| {
            let events: Vec<Event> = (0..BATCH).map(|_| traffic.next_event().0).collect();
            runtime.run(events, &RunOptions::default()).expect("a run")
        });
    });
    group.finish();

    let began = Instant::now();
    for _ in 0..BATCH {
        let (event, now) = traffic.next_event();
        runtime.submit(event, now).expect("a step");
    }
    let singly = began.elapsed().as_micros() / BATCH as u128;
    let began = Instant::now();
    for _ in 0..10 {
        let (_, now) = traffic.next_event();
        let events: Vec<Event> = (0..BATCH).map(|_| traffic.next_event().0).collect();
        runtime.batch(events, now + TimeDelta::days(1)).expect("a batch");
    }
    let batched = began.elapsed().as_micros() / (10 * BATCH as u128);
    Row { store, subjects, opening, singly, batched }
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

/// Customers write, the robot answers, in turn, each time in another chat; always in order of time.
struct Traffic {
    subjects: usize,
    sent: usize,
}

impl Traffic {
    fn next_event(&mut self) -> (Event, DateTime<Utc>) {
        let (turn, robot) = (self.sent / 2, self.sent % 2 == 1);
        self.sent += 1;
        // A stride that visits every chat before it comes back.
        let subject = format!("chat/{}", turn.wrapping_mul(7_919) % self.subjects);
        let at = start() + TimeDelta::milliseconds(1_000 + 10 * self.sent as i64);
        let event = match robot {
            true => Event::new("bot_reply").by("robot/robot"),
            false => Event::new("customer_message").by("customer/7"),
        };
        // An id of our own: within a second the same chat may say the same thing twice.
        (event.to(subject).at(at).id(format!("t{}", self.sent)), at)
    }
}

fn report(rows: &[Row]) {
    println!("\n{:8} {:>9} {:>14} {:>14} {:>14}", "store", "subjects", "run, opening", "submit", "batch");
    for row in rows {
        let Row { store, subjects, opening, singly, batched } = row;
        println!("{store:8} {subjects:>9} {opening:>11} us {singly:>11} us {batched:>11} us");
    }
    for store in ["memory", "sqlite"] {
        let mut of = rows.iter().filter(|row| row.store == store);
        if let (Some(few), Some(many)) = (of.next(), of.next_back()) {
            let tenths = many.batched.max(1) * 10 / few.batched.max(1);
            println!(
                "{store}: an event beside {} subjects costs {}.{} x one beside {}",
                many.subjects,
                tenths / 10,
                tenths % 10,
                few.subjects
            );
        }
    }
}
