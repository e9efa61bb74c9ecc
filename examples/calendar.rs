//! The calendar alone: a due date with the days that were counted, in Chinese and English, without any policy.
//!
//! ```text
//! cargo run --example calendar
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use rulebook::Lang;
use rulebook::time::{
    Calendar, CalendarDef, ClockKind, Conventions, Duration, Period, TimeUnit, calendars, date, instant,
    time_zone,
};

/// A branch over the calendar that ships: Saturday mornings, a short day, hours of its own in summer.
const BRANCH: &str = "
calendars:
  branch:
    extends: cn-office
    hours:
      - {sat: ['09:00-12:00']}
      - {from: 2026-07-01, to: 2026-08-31, mon-fri: ['07:30-13:30']}
    days: {2026-09-30: ['09:00-12:00']}
    beyond_coverage: provisional
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let all = calendars(&[("branch.yaml", BRANCH)]).map_err(|report| report.to_string())?;
    let branch = all.get("branch").ok_or("the text above defines it")?;
    let conventions = Conventions::default();

    // Three working days from the eve of National Day, and the reasons.
    let start = instant("2026-09-29 15:00", branch.zone())?;
    let limit: Duration = "3 个工作日".parse()?;
    let told = branch.explain(start, limit, &conventions)?;
    println!("{}\n{}\n", told.render(Lang::Zh), told.render(Lang::En));

    // Thirty working minutes late in the day go on when the branch opens again.
    let told = branch.explain(
        instant("2026-09-30 11:45", branch.zone())?,
        "30 分钟(工作时间)".parse()?,
        &conventions,
    )?;
    println!("{}\n{}\n", told.render(Lang::Zh), told.render(Lang::En));

    // The State Council has not announced 2027 yet: the week goes on, and the answer says so.
    let told = branch.explain(
        instant("2026-12-31 10:00", branch.zone())?,
        "2 working days".parse()?,
        &conventions,
    )?;
    println!("{}\n{}\n", told.render(Lang::Zh), told.render(Lang::En));

    // A length of time needs a clock; what it could mean is offered.
    let refused = "24 小时".parse::<Duration>().err().ok_or("it names no clock")?;
    println!("{}: {:?}\n", refused.message.render(Lang::Zh), refused.suggestions);

    // The other way round, and questions about days.
    let meeting = instant("2026-10-15 14:00", branch.zone())?;
    let here = |at: rulebook::chrono::DateTime<rulebook::chrono::Utc>| at.with_timezone(&branch.zone());
    println!(
        "at least 3 working days before {}: {}",
        here(meeting),
        here(branch.sub(meeting, limit, &conventions)?)
    );
    let open = branch.between(start, meeting, TimeUnit::Hours, ClockKind::Business, &conventions)?;
    println!("from {} until then: {open}", here(start));
    let october: Period = "2026-10".parse()?;
    let (first, last) = (october.first_day(), october.last_day());
    println!("working days of {october}: {}", branch.working_days(first, last)?);
    println!(
        "the 5th: {}, the last: {}",
        branch.nth_working_day_of(october, 5)?,
        branch.last_working_day_of(october)?
    );
    println!(
        "opens next after {}: {}\n",
        here(start),
        here(branch.next_open(instant("2026-10-01 08:00", branch.zone())?)?)
    );

    // Built in code: a night desk on Lord Howe Island, where clocks change by half an hour.
    let def = CalendarDef::new(
        "night",
        time_zone("Australia/Lord_Howe")?,
        (date("2025-01-01")?, date("2026-12-31")?),
    );
    let night = Calendar::new(def.open("sat-mon", &["20:00-04:00"])?)
        .map_err(|problem| problem.message().render(Lang::En))?;
    let told = night.explain(
        instant("2025-10-04 23:00", night.zone())?,
        "4 business hours".parse()?,
        &conventions,
    )?;
    println!("{}", told.render(Lang::En));
    Ok(())
}
