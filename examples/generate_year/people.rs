//! Training, exams and monthly targets.

use chrono::{NaiveDate, NaiveDateTime};

use crate::cast::{Person, Target};
use crate::days::{day, later, on, working_after, working_before_month, working_days, working_from};
use crate::ledger::{Data, Ledger};
use crate::random::Random;

const TOPICS: [&str; 4] = ["culture", "product", "skill", "service"];
/// Days of attendance that the policy asks for.
const TRAINING_DAYS: u32 = 7;
/// The target of each month in percent of the person's own: slow in February and August, busy in November.
const SEASON: [i64; 13] = [100, 80, 100, 100, 95, 100, 100, 95, 105, 110, 120, 110, 100];

/// Enters everybody into the system, trains and examines them.
pub fn onboarding(cast: &mut [Person], ledger: &mut Ledger, random: &mut Random) {
    for person in cast {
        opened(person, ledger);
        let first = working_from(person.opened.date());
        let certified = match person.id.as_str() {
            "ding" | "fan" => at_the_resit(person, first, ledger),
            "luo" => examined_too_early(person, first, ledger, random),
            "mao" => never_qualified(person, first, ledger),
            "qiu" => trained_twice(person, first, ledger, random),
            "gu" => attendance_registered_late(person, first, ledger),
            _ if person.new && random.per_mille(150) => at_the_resit(person, first, ledger),
            _ => {
                let last = attends(person, first, TRAINING_DAYS, 0, ledger);
                // Those hired before 2026 have their exam on the last day of 2025.
                Some(exam(person, on(working_after(last, 1), 15, 0), random.between(80, 98), ledger))
            }
        };
        person.certified = certified;
    }
}

fn opened(person: &Person, ledger: &mut Ledger) {
    let data = Data::new()
        .text("hired", person.hired)
        .text("position", person.position)
        .text("manager", person.manager);
    ledger.happened(person.opened, &person.subject(), "opened", Some("hr/zhao"), data);
}

/// Attends on so many working days from a day on; gives the last one.
fn attends(person: &Person, first: NaiveDate, days: u32, topic: usize, ledger: &mut Ledger) -> NaiveDate {
    let mut last = first;
    for idx in 0..days {
        last = working_after(first, idx);
        attended(person, last, topic + idx as usize, ledger);
    }
    last
}

fn attended(person: &Person, day: NaiveDate, topic: usize, ledger: &mut Ledger) -> usize {
    let topic = TOPICS.get(topic % TOPICS.len()).copied().unwrap_or_default();
    let data = Data::new().text("day", day).text("topic", topic);
    ledger.happened(on(day, 17, 30), &person.subject(), "attended", Some("trainer/sun"), data)
}

/// An exam; gives the first day on which somebody who passes serves customers.
fn exam(person: &Person, at: NaiveDateTime, score: i64, ledger: &mut Ledger) -> NaiveDate {
    ledger.happened(at, &person.subject(), "exam_taken", Some("hr/zhao"), Data::new().number("score", score));
    at.date() + chrono::Days::new(1)
}

fn at_the_resit(person: &Person, first: NaiveDate, ledger: &mut Ledger) -> Option<NaiveDate> {
    let last = attends(person, first, TRAINING_DAYS, 0, ledger);
    let failed = working_after(last, 1);
    exam(person, on(failed, 15, 0), 72, ledger);
    Some(exam(person, on(working_after(failed, 1), 15, 0), 84, ledger))
}

fn examined_too_early(
    person: &Person,
    first: NaiveDate,
    ledger: &mut Ledger,
    random: &mut Random,
) -> Option<NaiveDate> {
    let last = attends(person, first, TRAINING_DAYS, 0, ledger);
    exam(person, on(working_after(first, 4), 10, 0), 95, ledger);
    Some(exam(person, on(working_after(last, 1), 15, 0), random.between(85, 95), ledger))
}

fn never_qualified(person: &Person, first: NaiveDate, ledger: &mut Ledger) -> Option<NaiveDate> {
    let last = attends(person, first, TRAINING_DAYS, 0, ledger);
    let failed = working_after(last, 1);
    exam(person, on(failed, 15, 0), 65, ledger);
    let again = working_after(failed, 2);
    exam(person, on(again, 15, 0), 70, ledger);
    let reason = "两次都没有及格,本人愿意去仓储岗位";
    decided(person, on(working_after(again, 1), 11, 0), "transfer", reason, ledger);
    None
}

fn trained_twice(
    person: &Person,
    first: NaiveDate,
    ledger: &mut Ledger,
    random: &mut Random,
) -> Option<NaiveDate> {
    let last = attends(person, first, TRAINING_DAYS, 0, ledger);
    let failed = working_after(last, 1);
    exam(person, on(failed, 15, 0), 71, ledger);
    // The resit has to be taken within 3 working days; nobody came.
    let decision = working_after(failed, 5);
    decided(person, on(decision, 11, 0), "retrain", "住院没能补考,重新培训", ledger);
    let last = attends(person, working_after(decision, 1), TRAINING_DAYS, 0, ledger);
    Some(exam(person, on(working_after(last, 1), 15, 0), random.between(85, 95), ledger))
}

fn attendance_registered_late(person: &Person, first: NaiveDate, ledger: &mut Ledger) -> Option<NaiveDate> {
    let sixth = attends(person, first, TRAINING_DAYS - 1, 0, ledger);
    let seventh = working_after(sixth, 1);
    let missing = attended(person, seventh, 2, ledger);
    let refused = working_after(seventh, 1);
    exam(person, on(refused, 15, 0), 91, ledger);
    let registered = working_after(refused, 1);
    ledger.learned(missing, on(registered, 10, 0));
    Some(registered + chrono::Days::new(1))
}

fn decided(person: &Person, at: NaiveDateTime, choice: &str, reason: &str, ledger: &mut Ledger) {
    let data = Data::new().text("choice", choice).text("reason", reason);
    ledger.happened(at, &person.subject(), "hr_decided", Some("hr/zhao"), data);
}

/// The target of a month (13: the January after).
pub fn target_of(person: &Person, month: u32) -> i64 {
    let season = SEASON.get(month as usize - 1).copied().unwrap_or(100);
    person.target * season / 100 / 1_000 * 1_000
}

/// Every month's targets for everybody who sells: set and acknowledged before the month, as a rule.
pub fn targets(cast: &[Person], ledger: &mut Ledger, random: &mut Random) {
    for person in cast.iter().filter(|person| person.position == "sales") {
        for month in 1..=13 {
            let before = 1 + random.between(0, 2) as usize;
            let minutes = random.between(0, 90);
            let set_on = match month {
                13 => day(12, 22),
                month => working_before_month(month, before),
            };
            if person.opened.date() > set_on || person.gone.is_some_and(|gone| gone <= set_on) {
                continue;
            }
            month_target(person, month, later(on(set_on, 10, 0), minutes * 60), ledger);
        }
    }
}

fn month_target(person: &Person, month: u32, set_at: NaiveDateTime, ledger: &mut Ledger) {
    let how = person.months.get(month as usize - 1).map_or(Target::InTime, |month| month.target);
    let in_month = |n: usize, hour: u32| {
        let days = working_days(month.min(12));
        on(days.get(n).copied().unwrap_or(set_at.date()), hour, 0)
    };
    let (set_at, acknowledged_at) = match how {
        Target::InTime => (set_at, Some(later(set_at, 4 * 3_600 + 300))),
        Target::SetLate => (in_month(1, 10), Some(in_month(1, 15))),
        Target::AcknowledgedLate => (set_at, Some(in_month(0, 9))),
        Target::NeverAcknowledged => (set_at, None),
    };
    let period = if month == 13 { "2027-01".to_owned() } else { format!("2026-{month:02}") };
    let subject = person.subject();
    let data = Data::new()
        .text("indicator", "sales")
        .text("period", &period)
        .text("value", format!("{} yuan", target_of(person, month)));
    // From July on `liu` answers to somebody else; see `stories.rs`.
    let manager = if person.id == "liu" && set_at.date() >= day(7, 1) { "zhou" } else { person.manager };
    let by = format!("manager/{manager}");
    ledger.happened(set_at, &subject, "monthly_kpi.target_set", Some(&by), data);
    if let Some(at) = acknowledged_at {
        let data = Data::new().text("indicator", "sales").text("period", &period);
        ledger.happened(at, &subject, "monthly_kpi.target_acknowledged", Some(&subject), data);
    }
}
