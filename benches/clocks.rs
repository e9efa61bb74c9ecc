//! A million live clocks: what it costs to start them, to keep them in order, and to let them all run out.
//!
//! ```text
//! scripts/bench-clocks.sh [COUNT]
//! cargo bench --bench clocks -- memory same [COUNT]
//! ```
//! Tickets are opened in batches and each starts a clock. One process makes one measurement, so that its memory is that of
//! nothing else: `none`, the same tickets without a clock; `same`, all due at one second; `spread`, over two weeks in no
//! order. They are kept in `memory` or `sqlite`; `engine` and `index` are the parts alone: pure steps of which nothing is
//! kept, and a store that holds nothing but where subjects stand. The memory of a clock is the difference that it makes to
//! the same tickets without one, as the kernel counts the process's pages.

#![allow(missing_docs, clippy::expect_used, clippy::panic, reason = "a bench stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "it prints its findings")]

use std::time::Instant;

use rulebook::chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rulebook::{
    Change, Event, Hash, Head, MemoryStore, Options, Outcome, Policy, Runtime, SqliteStore, Store,
};

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

/// The n-th ticket comes in at nine, or in a minute of the next two weeks.
fn opened_at(idx: u64, spread: bool) -> DateTime<Utc> {
    // 7,919 is a prime: the minutes of two weeks in no order.
    let minute = if spread { (idx * 7_919 % 20_160) as i64 } else { 0 };
    first() + TimeDelta::minutes(minute)
}

fn event(idx: u64, spread: bool) -> Event {
    Event::new("opened").to(format!("ticket/{idx}")).by("customer/1").id("opened").at(opened_at(idx, spread))
}

/// When everything has run out.
fn last() -> DateTime<Utc> {
    first() + TimeDelta::days(60)
}

fn tell(what: &str, count: u64, took: f64) {
    println!("  {what}: {took:.2} s, {:.2} us each", took / count as f64 * 1e6);
}

/// Opens tickets, reads the index from end to end, lets everything run out.
fn whole<S: Store>(mut runtime: Runtime<S>, count: u64, clocks: u64, spread: bool) {
    let base = resident();
    let begun = Instant::now();
    let mut opened = 0;
    while opened < count {
        let events: Vec<Event> = (opened..count.min(opened + 2_000)).map(|idx| event(idx, spread)).collect();
        opened += events.len() as u64;
        runtime.batch(events, first() + TimeDelta::days(14)).expect("a batch");
    }
    tell("opened", count, begun.elapsed().as_secs_f64());
    println!("  {:.0} bytes of memory a ticket", (resident() - base) / count as f64);

    let begun = Instant::now();
    let due = runtime.due(last(), usize::MAX).expect("the index");
    assert!(due.is_sorted() && due.len() as u64 == count * clocks);
    drop(due);
    tell("index read", count, begun.elapsed().as_secs_f64());

    let begun = Instant::now();
    let (mut happened, mut calls, mut longest) = (0, 0, 0.0_f64);
    loop {
        let call = Instant::now();
        let advanced = runtime.advance_some(last(), 10_000).expect("time passes");
        longest = longest.max(call.elapsed().as_secs_f64());
        happened += advanced.subjects;
        calls += 1;
        assert_eq!(advanced.left, count * clocks - happened);
        if advanced.still_due.is_none() {
            break;
        }
    }
    assert_eq!(happened, count * clocks, "each clock runs out once");
    tell("run out", count, begun.elapsed().as_secs_f64());
    println!("  {calls} calls of at most 10,000, the longest {:.0} ms", longest * 1e3);
}

/// The pure steps alone, judged and told and forgotten.
fn engine(policy: &Policy, count: u64, spread: bool) {
    let (mut opening, mut draining) = (0.0, 0.0);
    for idx in 0..count {
        let event = event(idx, spread);
        let begun = Instant::now();
        let mut subject = policy.unopened(&event.subject).expect("a subject");
        let step = policy.step(&mut subject, &event, first() + TimeDelta::days(14)).expect("a step");
        opening += begun.elapsed().as_secs_f64();
        assert_eq!(step.outcome, Outcome::Moved);
        let begun = Instant::now();
        let step = policy.advance(&mut subject, last()).expect("a step");
        draining += begun.elapsed().as_secs_f64();
        assert_eq!(step.effects.len(), 1);
    }
    tell("opened", count, opening);
    tell("run out", count, draining);
}

/// Where subjects stand, first with nothing due, then due, then taken from the index in pages.
fn index(count: u64, spread: bool) {
    let mut store = MemoryStore::new();
    let head = |idx: u64, due: bool| Head {
        subject: format!("ticket/{idx}").into(),
        kind: "ticket".into(),
        opened: Some(first()),
        seq: 0,
        chain: Hash([0; 32]),
        known: None,
        frontier: first(),
        next_due: due.then(|| opened_at(idx, spread)),
    };
    for (what, due) in [("subjects written", false), ("made due", true)] {
        let heads: Vec<Head> = (0..count).map(|idx| head(idx, due)).collect();
        let base = resident();
        let begun = Instant::now();
        heads.iter().for_each(|head| store.append(&Change::new(head, 0)).expect("a change"));
        tell(what, count, begun.elapsed().as_secs_f64());
        println!("  {:.0} bytes of memory each", (resident() - base) / count as f64);
    }
    let begun = Instant::now();
    let mut taken = 0;
    loop {
        let due = store.due(last(), 256).expect("a page");
        if due.is_empty() {
            break;
        }
        for (_, subject) in due {
            let head = store.head(&subject).expect("a head").expect("a head");
            store.append(&Change::new(&Head { next_due: None, ..head }, 0)).expect("a change");
            taken += 1;
        }
    }
    assert_eq!(taken, count);
    tell("taken in pages of 256", count, begun.elapsed().as_secs_f64());
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let word = |place: usize, default: &str| args.get(place).map_or(default, String::as_str).to_owned();
    let (kept, due, count) = (word(0, "memory"), word(1, "same"), word(2, "100000"));
    let count: u64 = count.parse().expect("a number of tickets");
    let (clock, clocks) = if due == "none" { ("", 0) } else { (CLOCK, 1) };
    let spread = due == "spread";
    println!("{kept}, {due}: {count} tickets");
    match kept.as_str() {
        "memory" => {
            let runtime = Runtime::new(policy(clock), MemoryStore::new()).expect("a runtime");
            whole(runtime, count, clocks, spread);
        }
        "sqlite" => {
            let folder = tempfile::tempdir().expect("a folder");
            let store = SqliteStore::open(folder.path().join("clocks.db")).expect("a store");
            whole(Runtime::new(policy(clock), store).expect("a runtime"), count, clocks, spread);
        }
        "engine" => engine(&policy(CLOCK), count, spread),
        "index" => index(count, spread),
        other => panic!("`{other}`: memory, sqlite, engine or index"),
    }
}
