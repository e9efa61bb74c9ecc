//! What the pure core costs: loading, one step, a history, a late event; and a staff year beside other ways to write it.
//!
//! ```text
//! cargo bench --bench engine
//! ```

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench tells what it measured and stops at a surprise"
)]

#[path = "engine/guarded.rs"]
mod guarded;
#[path = "engine/rivals.rs"]
mod rivals;
#[path = "engine/year.rs"]
mod year;

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use rulebook::{Event, Policy, Subject, points};

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const POLICY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/sales-service");

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let policy = load();
    loading(&mut criterion);
    guarded_step(&mut criterion);
    step_that_scores(&mut criterion, &policy);
    step_by_history(&mut criterion, &policy);
    late_event(&mut criterion, &policy);
    staff_year(&mut criterion, &policy);
    criterion.final_summary();
    ratios(&policy);
}

fn load() -> Policy {
    Policy::load(POLICY).unwrap_or_else(|report| panic!("{report}"))
}

fn start() -> DateTime<Utc> {
    "2026-03-23T09:00:00+08:00".parse().expect("an instant")
}

fn trainee(policy: &Policy) -> Subject {
    year::opened(policy, start())
}

/// The n-th attendance: ten minutes after the one before, one of seven days.
fn attendance(n: usize) -> (Event, DateTime<Utc>) {
    let day = start().date_naive() + TimeDelta::days(n as i64 % 7);
    let topic = ["culture", "product", "skill", "service"].get(n % 4).copied().unwrap_or_default();
    let at = start() + TimeDelta::days(10) + TimeDelta::minutes(10 * n as i64);
    (Event::new("attended").by("trainer/sun").with("day", day).with("topic", topic).at(at), at)
}

/// A trainee with so many attendances, none of them late.
fn with_history(policy: &Policy, length: usize) -> Subject {
    let mut subject = trainee(policy);
    for n in 0..length {
        let (event, at) = attendance(n);
        policy.step(&mut subject, &event, at).expect("a step");
    }
    subject
}

fn loading(criterion: &mut Criterion) {
    criterion.bench_function("load/sales-service", |bencher| bencher.iter(load));
}

/// How many guarded steps go through one core in a second; criterion tells them as elements.
fn guarded_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("100 guarded steps");
    group.throughput(Throughput::Elements(guarded::STEPS));
    for (name, named) in [("rulebook, ids given", true), ("rulebook, ids from content", false)] {
        let knocks = guarded::Knocks::new(named);
        group.bench_function(name, |bencher| {
            // One door at a time: a batch of thousands with all their records would measure fresh memory.
            bencher.iter_batched_ref(|| knocks.door(), |door| knocks.step(door), BatchSize::PerIteration);
        });
    }
    let scripted = guarded::Scripted::new();
    group.bench_function("rhai, the guard alone", |bencher| {
        bencher.iter(|| scripted.moves(black_box(5), black_box(2), black_box(3)))
    });
    group.bench_function("plain Rust", |bencher| {
        bencher.iter(|| guarded::by_hand(black_box(5), black_box(2), black_box(3)))
    });
    group.finish();
}

/// An exam: permissions, a lower bound, a score against a parameter, effects with messages.
fn step_that_scores(criterion: &mut Criterion, policy: &Policy) {
    let subject = with_history(policy, 7);
    let at = start() + TimeDelta::days(11);
    let exam = Event::new("exam_taken").by("hr/zhao").with("score", points(84)).at(at);
    criterion.bench_function("step/exam with guards, moves", |bencher| {
        bencher.iter_batched_ref(
            || subject.clone(),
            |subject| policy.step(subject, &exam, at).expect("a step"),
            BatchSize::SmallInput,
        );
    });
}

/// The cost of an event at the frontier must not grow with what came before it.
///
/// Twenty-four events in a row, so that the copy of the subject that each round begins with does not decide.
fn step_by_history(criterion: &mut Criterion, policy: &Policy) {
    let mut group = criterion.benchmark_group("24 steps by length of history");
    group.throughput(Throughput::Elements(24));
    for length in [24, 240, 2_400] {
        let subject = with_history(policy, length);
        let events: Vec<_> = (length..length + 24).map(attendance).collect();
        group.bench_with_input(BenchmarkId::from_parameter(length), &length, |bencher, _| {
            bencher.iter_batched_ref(
                || subject.clone(),
                |subject| {
                    for (event, at) in &events {
                        policy.step(subject, event, *at).expect("a step");
                    }
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// A late event costs the records since the last snapshot before it, not the whole history.
fn late_event(criterion: &mut Criterion, policy: &Policy) {
    let mut group = criterion.benchmark_group("late event in 2400 records");
    let subject = with_history(policy, 2_400);
    for back in [1, 32, 128, 480, 2_400] {
        let (event, at) = attendance(2_400 - back);
        let event = event.at(at - TimeDelta::minutes(5));
        let (_, now) = attendance(2_400);
        group.bench_with_input(BenchmarkId::new("records back", back), &back, |bencher, _| {
            bencher.iter_batched_ref(
                || subject.clone(),
                |subject| policy.step(subject, &event, now).expect("a step"),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn staff_year(criterion: &mut Criterion, policy: &Policy) {
    let year = year::Year::of(policy);
    let mut group = criterion.benchmark_group("staff year of 24 events");
    group.bench_function("rulebook fold", |bencher| bencher.iter(|| year.folded(policy)));
    group.bench_function("rulebook steps", |bencher| bencher.iter(|| year.stepped(policy)));
    let mut rhai = rivals::Scripted::new();
    group.bench_function("rhai, guards compiled once", |bencher| {
        bencher.iter(|| rhai.year(black_box(&year.plain)))
    });
    group.bench_function("statig", |bencher| bencher.iter(|| rivals::machine(black_box(&year.plain))));
    group.bench_function("plain Rust", |bencher| bencher.iter(|| rivals::by_hand(black_box(&year.plain))));
    group.finish();
}

/// rulebook does more in that year than the others: twenty-two published and final results with their messages and bonus
/// calls, monthly duties that fall due, clocks, a trace of it all. The distance is the price of all that, not of dispatch.
///
/// The same once more side by side, in one run: how far each way is from plain Rust.
fn ratios(policy: &Policy) {
    let year = year::Year::of(policy);
    let mut rhai = rivals::Scripted::new();
    let ends = year.folded(policy);
    let expected = rivals::by_hand(&year.plain);
    assert_eq!(year.ends(policy, &ends), expected, "rulebook and plain Rust come to the same end");
    assert_eq!(rivals::machine(&year.plain), expected, "statig and plain Rust come to the same end");
    assert_eq!(rhai.year(&year.plain), expected, "rhai and plain Rust come to the same end");
    let limit = nanoseconds(|| drop(black_box(rivals::by_hand(black_box(&year.plain)))));
    let rows = [
        ("plain Rust", limit),
        ("statig", nanoseconds(|| drop(black_box(rivals::machine(black_box(&year.plain)))))),
        ("rhai, guards compiled once", nanoseconds(|| drop(black_box(rhai.year(black_box(&year.plain)))))),
        ("rulebook fold", nanoseconds(|| drop(black_box(year.folded(policy))))),
        ("rulebook steps", nanoseconds(|| drop(black_box(year.stepped(policy))))),
    ];
    println!("\na staff year of 24 events, median of 15 batches:");
    for (name, time) in rows {
        println!("{name:30} {time:>10} ns  {:>8}.{} x plain Rust", time / limit, time * 10 / limit % 10);
    }
}

/// The median time of one call in nanoseconds.
fn nanoseconds(mut call: impl FnMut()) -> u128 {
    let once = Instant::now();
    call();
    let calls = (20_000_000 / once.elapsed().as_nanos().max(1)).clamp(3, 20_000);
    let mut batches: Vec<u128> = (0..15)
        .map(|_| {
            let began = Instant::now();
            (0..calls).for_each(|_| call());
            began.elapsed().as_nanos() / calls
        })
        .collect();
    batches.sort_unstable();
    batches.get(7).copied().unwrap_or_default().max(1)
}
