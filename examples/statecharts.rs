//! States inside states: two checks side by side, and where a case comes back to after it was put on hold.
//!
//! ```text
//! cargo run --example statecharts
//! ```
//! `history: deep` comes back to the very step; `history: shallow` to the same check, which then begins anew.

#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use chrono::{DateTime, TimeDelta, Utc};
use rulebook::{Event, Lang, Options, Policy, prose};

const POLICY: &str = r#"
policy: {id: bid, title: 投标审核, version: "1", effective: 2026-01-01, timezone: Asia/Shanghai, calendar: cn-office}
roles: {clerk: {anyone: yes}}
subjects: {bid: {opened_by: clerk, fields: {customer: text}}}
workflows:
  checking:
    subject: bid
    events:
      next: {by: clerk}
      hold: {by: clerk}
      go_on: {by: clerk}
      look_again: {by: clerk}
    states:
      check:
        initial: terms
        on_event: {hold: on_hold}
        states:
          terms:
            states:
              read: {on_event: {next: discussed}}
              discussed: {on_event: {next: price}}
          price:
            states:
              asked: {on_event: {next: counted}}
              counted: {on_event: {next: checked}}
          checked: {done: yes}
        completed: sent
      on_hold:
        on_event:
          go_on: [{to: check, history: deep}]
          look_again: [{to: check, history: shallow}]
      sent: {done: yes}
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::from_texts(&[("bid.yaml", POLICY)], &Options::default())
        .map_err(|report| report.to_string())?;
    let start: DateTime<Utc> = "2026-03-02T09:00:00+08:00".parse()?;
    let mut bid = policy.unopened("bid/b1")?;
    let opened = Event::new("opened").by("clerk/an").with("customer", "甲公司");
    policy.step(&mut bid, &opened, start)?;

    let days = ["next", "next", "next", "hold", "go_on", "hold", "look_again", "next", "next"];
    for (event, minutes) in days.into_iter().zip((10..).step_by(10)) {
        let step =
            policy.step(&mut bid, &Event::new(event).by("clerk/an"), start + TimeDelta::minutes(minutes))?;
        let moved =
            step.moved.iter().map(|moved| format!("{} > {}", moved.from.join(" "), moved.to.join(" ")));
        println!("{event:<10} {}", moved.collect::<Vec<_>>().join("; "));
    }
    println!("{}", prose::standing(&policy, bid.state(), Lang::En));
    Ok(())
}
