//! Writes a year of a sales-service department as JSON lines: what happened, in the order it was learned.
//!
//! ```text
//! cargo run --release --example generate_year -- [--people 30] [--chats 5000] [--seed 2026] [--events N] [--out FILE]
//! ```
//! The same arguments give the same bytes on every machine: integers only, one small generator of numbers, no clock.
//! `--events` chooses the number of chats so that about that many events come out. Without `--out` the lines go to
//! standard output. The planned stories stand in `cast.rs` and `stories.rs`; the rest is everyday traffic.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "an example with fixed dates; a wrong one must stop it"
)]

mod cast;
mod chats;
mod days;
mod ledger;
mod oddities;
mod people;
mod random;
mod sales;
mod stories;

use std::fs::File;
use std::io::{self, BufWriter};

use ledger::Ledger;
use random::Random;

/// Events of an average chat, to turn `--events` into a number of chats.
const EVENTS_IN_TEN_CHATS: usize = 46;

struct Options {
    people: usize,
    chats: usize,
    events: Option<usize>,
    seed: u64,
    out: Option<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options(std::env::args().skip(1))?;
    let ledger = year(&options);
    match &options.out {
        Some(path) => ledger.write(&mut BufWriter::new(File::create(path)?))?,
        None => ledger.write(&mut BufWriter::new(io::stdout().lock()))?,
    }
    Ok(())
}

/// Everything that happens; each part draws from numbers of its own, so that one can change without the others.
fn year(options: &Options) -> Ledger {
    let mut ledger = Ledger::default();
    let mut cast = cast::cast(options.people, &mut Random::new(options.seed, 1));
    people::onboarding(&mut cast, &mut ledger, &mut Random::new(options.seed, 2));
    people::targets(&cast, &mut ledger, &mut Random::new(options.seed, 3));
    stories::performance(&mut ledger);
    sales::orders_and_visits(&cast, &mut ledger, &mut Random::new(options.seed, 4));
    let chats = match options.events {
        Some(events) => events.saturating_sub(ledger.len()) * 10 / EVENTS_IN_TEN_CHATS,
        None => options.chats,
    };
    chats::chats(&cast, chats, &mut ledger, &mut Random::new(options.seed, 5));
    chats::hotline(&mut ledger);
    oddities::oddities(&mut ledger);
    ledger
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { people: 30, chats: 5_000, events: None, seed: 2026, out: None };
    while let Some(name) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{name}` needs a value"))?;
        let number =
            || value.parse::<usize>().map_err(|_| format!("`{name}` needs a number, found `{value}`"));
        match name.as_str() {
            "--people" => options.people = number()?,
            "--chats" => options.chats = number()?,
            "--events" => options.events = Some(number()?),
            "--seed" => options.seed = number()? as u64,
            "--out" => options.out = Some(value),
            _ => return Err(format!("unknown option `{name}`: --people --chats --events --seed --out")),
        }
    }
    if options.people < cast::PLANNED {
        return Err(format!("at least {} people are needed: the planned stories are theirs", cast::PLANNED));
    }
    Ok(options)
}
