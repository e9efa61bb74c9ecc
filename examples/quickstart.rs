//! The first ten lines of an app that embeds a policy: load it, start a subject, send it events, read what came of them.
//!
//! ```text
//! cargo run --example quickstart
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rulebook::{Event, Lang, Outcome, Policy, points};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/sales-service"))
        .map_err(|report| report.to_string())?;

    // `li` starts on Monday, 23 March. Nothing here reads a clock: every call is told what time it is.
    let hired = NaiveDate::from_ymd_opt(2026, 3, 23).ok_or("no such day")?;
    let start: DateTime<Utc> = "2026-03-23T09:00:00+08:00".parse()?;
    let mut li = policy.unopened("staff/li")?;
    let opened = Event::new("opened").by("hr/zhao").with("hired", hired).with("position", "sales");
    policy.step(&mut li, &opened.with("manager", "zhou"), start)?;

    // Two days of training, and somebody is in a hurry.
    for (idx, topic) in ["culture", "product"].into_iter().enumerate() {
        let evening = start + TimeDelta::days(idx as i64) + TimeDelta::hours(8);
        let day = hired + TimeDelta::days(idx as i64);
        let attended = Event::new("attended").by("trainer/sun").with("day", day).with("topic", topic);
        policy.step(&mut li, &attended, evening)?;
    }
    let now = start + TimeDelta::days(2);
    let exam = Event::new("exam_taken").by("hr/zhao").with("score", points(95));
    let step = policy.step(&mut li, &exam, now)?;

    // A refusal is an ordinary outcome with its reason; an error would mean that the world failed.
    match &step.outcome {
        Outcome::Moved => println!("moved: {:?}", step.moved),
        Outcome::Stayed => println!("taken, nothing moved"),
        Outcome::Repeated => println!("known already"),
        Outcome::Refused(why) => {
            println!("refused ({}): {}", why.reason(), why.message().render(Lang::En));
            if let Some(said) = why.said() {
                println!("the policy says: {}", said.own);
            }
        }
    }
    println!("\n{}", step.trace.explain(&policy, Lang::Zh));
    println!("state: {:?}", li.configuration(&policy, "onboarding"));
    println!("next thing to happen by itself: {:?}", policy.next_due(&li));
    for item in policy.due(&li) {
        println!("due: {} {} at {}", item.of, item.what, item.due);
    }
    Ok(())
}
