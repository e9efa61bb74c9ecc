//! A policy over a database file: events and effects are kept in one transaction, effects wait in an outbox until they
//! are acknowledged, and a restart loses nothing.
//!
//! ```text
//! cargo run --example embed_sqlite
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use chrono::{DateTime, Utc};
use rulebook::{EffectKind, Event, Policy, Runtime, SqliteStore};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/sales-service"))
        .map_err(|report| report.to_string())?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("desk.db");

    // The first day: the hotline fails at ten, the host's timer calls at eleven.
    {
        let mut runtime = Runtime::new(policy.clone(), SqliteStore::open(&file)?)?;
        let opened = Event::new("opened").to("hotline/main").at(at("2026-03-02T08:00:00+08:00")?);
        runtime.submit(opened, at("2026-03-02T08:00:00+08:00")?)?;
        let failed =
            Event::new("outage_started").to("hotline/main").by("hotline_desk/chen").with("cause", "停电");
        let step = runtime.submit(failed, at("2026-03-02T10:00:00+08:00")?)?;
        println!("10:00 {:?}, {} effects owed", step.outcome, step.effects.len());
        let due = runtime.due(at("2026-03-03T00:00:00+08:00")?, 10)?;
        println!("set a timer for {due:?}");
        let advanced = runtime.advance(at("2026-03-02T11:00:00+08:00")?)?;
        println!("11:00 {} subjects had something due, {} effects owed", advanced.subjects, advanced.effects);
        hand_over_one(&mut runtime)?;
        println!("left in the outbox: {}", runtime.outbox(100)?.len());
        // No farewell: the process could as well have been killed here.
    }

    // After the restart everything is where it was.
    let mut runtime = Runtime::new(policy, SqliteStore::open(&file)?)?;
    let state = runtime.subject("hotline/main")?.ok_or("the hotline is gone")?;
    println!("after the restart: {} cases, judged until {}", state.cases.len(), state.frontier);
    println!("records: {}", runtime.records("hotline/main")?.len());
    while hand_over_one(&mut runtime)? {}
    println!("left in the outbox: {}", runtime.outbox(100)?.len());
    let again = runtime.advance(at("2026-03-02T11:00:00+08:00")?)?;
    println!("the same hour again: {} effects owed", again.effects);
    Ok(())
}

/// Does what the first effect asks, then says so. Between the two the process may die: the effect comes again, with the
/// same id, so that the receiver can drop it.
fn hand_over_one(runtime: &mut Runtime<SqliteStore>) -> Result<bool, Box<dyn std::error::Error>> {
    let Some(effect) = runtime.outbox(1)?.into_iter().next() else { return Ok(false) };
    match &effect.kind {
        EffectKind::Notify { role, to, message } => {
            let text = message.as_ref().map_or("", |said| &said.own);
            println!("  [{}] tell {role} {to:?}: {text}", effect.id);
        }
        EffectKind::Ask { role, to, decide, .. } => {
            println!("  [{}] ask {role} {to:?} to decide: {decide:?}", effect.id);
        }
        EffectKind::Call { name, args } => println!("  [{}] call {name} with {args:?}", effect.id),
        // What goes to another subject the runtime has delivered already.
        EffectKind::Send { .. } => {}
    }
    Ok(runtime.acknowledge(&effect.id)?)
}

fn at(text: &str) -> Result<DateTime<Utc>, chrono::ParseError> {
    text.parse()
}
