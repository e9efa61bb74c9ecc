//! A function that the app answers: the policy declares it with its types (`host: yes`), the app gives it at load.
//!
//! What it answers becomes part of the record, so that judging the history again never asks twice.
//!
//! ```text
//! cargo run --example custom_function
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rulebook::{Event, Lang, Options, Policy, Value, yuan};

const POLICY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/policies/credit");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = load(credit_limit)?;
    let now: DateTime<Utc> = "2026-03-02T10:00:00+08:00".parse()?;
    let mut orders = Vec::new();
    for (id, customer, amount) in [("order/1", "甲公司", 30_000), ("order/2", "乙公司", 30_000)] {
        let mut order = policy.subject(id, [("customer", customer)], now)?;
        let placed = Event::new("placed").by("desk/jiang").with("amount", yuan(amount));
        let step = policy.step(&mut order, &placed, now + TimeDelta::minutes(5))?;
        println!(
            "{id} of {customer}: {:?} -> {:?}",
            step.outcome,
            order.configuration(&policy, "credit_check")
        );
        println!("{}\n", step.trace.explain(&policy, Lang::Zh));
        orders.push(order);
    }

    // Tomorrow everybody's limit is gone; what was judged yesterday stays as it was.
    let strict = load(|_| Ok(yuan(0)))?;
    for order in &orders {
        let again = strict.fold(order.id(), order.records(), None, None)?;
        println!("{} judged again: {:?}", order.id(), again.configuration(&strict, "credit_check"));
        if again.configuration(&strict, "credit_check") != order.configuration(&policy, "credit_check") {
            return Err("the past has changed".into());
        }
    }
    Ok(())
}

/// Loads the policy with a function of ours.
fn load(
    function: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
) -> Result<Policy, Box<dyn std::error::Error>> {
    let mut options = Options::default();
    options.functions.insert("credit_limit".into(), Arc::new(function));
    Ok(Policy::load_with(POLICY, &options).map_err(|report| report.to_string())?)
}

/// What the bank says of a customer.
fn credit_limit(args: &[Value]) -> Result<Value, String> {
    match args.first().and_then(Value::as_str) {
        Some("甲公司") => Ok(yuan(50_000)),
        Some(_) => Ok(yuan(10_000)),
        None => Err("a customer was expected".to_owned()),
    }
}
