//! A million live clocks: what it costs to start them, to keep them, and to let them all run out.
//!
//! `cargo bench --bench clocks [-- COUNT]`. Tickets are opened in batches and each starts a clock; then all are due, in one
//! run at the same second, in another spread over two weeks. The memory of a clock is the difference that it makes to the
//! same tickets without one.

#![allow(missing_docs, clippy::expect_used, clippy::panic, reason = "a bench stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "it prints its findings")]

use std::time::Instant;

use rulebook::chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rulebook::{Event, MemoryStore, Options, Policy, Runtime, SqliteStore, Store};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const POLICY: &str = r#"
policy: {id: desk, title: 报修台, version: "1", effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}
roles: {customer: {anyone: yes}, lead: {held_by: [zhou]}}
subjects: {ticket: {opened_by: customer, fields: {}}}
workflows:
  answering:
    subject: ticket
    opens: {for_every: ticket}
    events: {answered: {by: lead}}
    states:
      open:
        CLOCKS
        on_event: {answered: closed}
      closed: {done: yes}
"#;
const CLOCK: &str = "clocks: {answer: {within: 4 business hours, breached: {notify: lead, message: 超时}}}";

fn policy(clock: &str) -> Policy {
    let text = POLICY.replace("CLOCKS", clock);
    Policy::from_texts(&[("desk.yaml", &text)], &Options::default())
        .unwrap_or_else(|report| panic!("{report}"))
}

fn first() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 1, 0, 0).single().expect("an instant")
}

/// Resident memory, bytes.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0);
    pages * 4096.0
}

/// Opens tickets in batches; tells how long it took.
fn open<S: Store>(runtime: &mut Runtime<S>, count: u64, spread: bool) -> f64 {
    let begun = Instant::now();
    let mut opened = 0;
    while opened < count {
        let events: Vec<Event> = (opened..count.min(opened + 2_000))
            .map(|idx| {
                // 7,919 is a prime: the minutes of two weeks in no order.
                let minute = if spread { (idx * 7_919 % 20_160) as i64 } else { 0 };
                let at = first() + TimeDelta::minutes(minute);
                Event::new("opened").to(format!("ticket/{idx}")).by("customer/1").id("opened").at(at)
            })
            .collect();
        opened += events.len() as u64;
        let now = first() + TimeDelta::days(14);
        runtime.batch(events, now).expect("a batch");
    }
    begun.elapsed().as_secs_f64()
}

/// Lets everything run out, so much at a time; tells how long it took, how many calls, and the longest of them.
fn drain<S: Store>(runtime: &mut Runtime<S>, count: u64, clocks: u64) -> (f64, u64, f64) {
    let now = first() + TimeDelta::days(60);
    let begun = Instant::now();
    let (mut happened, mut calls, mut longest) = (0, 0, 0.0_f64);
    loop {
        let call = Instant::now();
        let advanced = runtime.advance_some(now, 10_000).expect("time passes");
        longest = longest.max(call.elapsed().as_secs_f64());
        happened += advanced.subjects;
        calls += 1;
        if advanced.still_due.is_none() {
            break;
        }
    }
    assert_eq!(happened, count * clocks, "each clock runs out once");
    (begun.elapsed().as_secs_f64(), calls, longest)
}

fn tell(name: &str, count: u64, opened: f64, drained: Option<(f64, u64, f64)>) {
    let each = opened / count as f64 * 1e6;
    print!("{name}: {count} tickets in {opened:.1} s, {each:.1} us each");
    if let Some((all, calls, longest)) = drained {
        let each = all / count as f64 * 1e6;
        print!(
            "; run out in {all:.1} s, {each:.1} us each, {calls} calls, the longest {:.0} ms",
            longest * 1e3
        );
    }
    println!();
}

fn main() {
    let asked = std::env::args().filter_map(|arg| arg.parse::<u64>().ok()).next();
    let count = asked.unwrap_or(1_000_000);
    // The same tickets without a clock come first, so that what the process keeps for itself counts for neither.
    let base = resident();
    let mut runtime = Runtime::new(policy(""), MemoryStore::new()).expect("a runtime");
    let opened = open(&mut runtime, count, false);
    let without = resident() - base;
    tell("memory, no clock", count, opened, None);
    std::mem::forget(runtime);
    let base = resident();
    let mut runtime = Runtime::new(policy(CLOCK), MemoryStore::new()).expect("a runtime");
    let opened = open(&mut runtime, count, false);
    let with = resident() - base;
    let drained = drain(&mut runtime, count, 1);
    tell("memory, all due at one second", count, opened, Some(drained));
    let each = (with - without) / count as f64;
    println!("a ticket takes {:.0} bytes in all, its clock {each:.0} of them", with / count as f64);
    drop(runtime);
    let mut runtime = Runtime::new(policy(CLOCK), MemoryStore::new()).expect("a runtime");
    let opened = open(&mut runtime, count, true);
    let drained = drain(&mut runtime, count, 1);
    tell("memory, due over two weeks", count, opened, Some(drained));
    drop(runtime);
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("clocks.db")).expect("a store");
    let mut runtime = Runtime::new(policy(CLOCK), store).expect("a runtime");
    let opened = open(&mut runtime, count / 10, false);
    let drained = drain(&mut runtime, count / 10, 1);
    tell("sqlite, all due at one second", count / 10, opened, Some(drained));
}
