//! A year of one member of the staff: opened, eleven attendances, an exam, eleven months closed (the twelfth closes in the next year).

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rulebook::{Event, Policy, Record, Subject, Value, points};
use rust_decimal::Decimal;

use super::rivals::{End, Month, Plain};

/// The year as records for rulebook and as plain values for the others.
pub struct Year {
    events: Vec<(Event, DateTime<Utc>)>,
    records: Vec<Arc<Record>>,
    /// The same events for the rivals.
    pub plain: Vec<Plain>,
}

/// Sales in yuan (the target is 100,000), mean survey score times its count, replies in time of a hundred.
const MONTHS: [(i64, i64, i64); 11] = [
    (96_000, 42, 97),
    (88_000, 40, 95),
    (71_000, 38, 90),
    (52_000, 30, 80),
    (75_000, 36, 92),
    (82_000, 41, 93),
    (104_000, 44, 98),
    (120_000, 46, 99),
    (66_000, 39, 91),
    (91_000, 43, 96),
    (99_000, 45, 94),
];
/// Surveys in each month.
const SURVEYS: i64 = 10;

/// `li`, hired on the day of an instant.
pub fn opened(policy: &Policy, at: DateTime<Utc>) -> Subject {
    let mut subject = policy.unopened("staff/li").expect("a subject");
    let event = Event::new("opened").by("hr/zhao").with("hired", at.date_naive()).with("position", "sales");
    let step = policy.step(&mut subject, &event.with("manager", "zhou"), at).expect("a step");
    assert!(step.outcome.refusal().is_none(), "{:?}", step.outcome);
    subject
}

impl Year {
    /// Steps through the year once to get its records.
    pub fn of(policy: &Policy) -> Year {
        let opened: DateTime<Utc> = "2026-01-05T09:00:00+08:00".parse().expect("an instant");
        let first = NaiveDate::from_ymd_opt(2026, 1, 5).expect("a day");
        let mut events = Vec::new();
        let mut plain = Vec::new();
        for n in 0..11 {
            let day =
                first + TimeDelta::days([0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12].get(n).copied().unwrap_or(11));
            let topic = n % 4;
            let name = ["culture", "product", "skill", "service"].get(topic).copied().unwrap_or_default();
            let at = opened + TimeDelta::hours(8) + (day - first);
            let event = Event::new("attended").by("trainer/sun").with("day", day).with("topic", name);
            events.push((event.at(at), at));
            plain.push(Plain::Attended { day, today: first + (day - first), topic });
        }
        let at = opened + TimeDelta::days(14);
        events.push((Event::new("exam_taken").by("hr/zhao").with("score", points(84)).at(at), at));
        plain.push(Plain::Exam { score: Decimal::from(84) });
        for (idx, (sales, surveys, met)) in MONTHS.iter().enumerate() {
            let month = idx as u32 + 1;
            // Around the tenth of the month after.
            let at: DateTime<Utc> =
                format!("2026-{:02}-10T18:00:00+08:00", month + 1).parse().expect("an instant");
            let number = |value: i64| Value::number(Decimal::from(value));
            let event = Event::new("monthly_kpi.period_closed")
                .with("period", format!("2026-{month:02}").as_str())
                .with("sales.sum", number(*sales))
                .with("sales.count", number(5))
                .with("sales.target", number(100_000))
                .with("satisfaction.sum", number(*surveys))
                .with("satisfaction.count", number(SURVEYS))
                .with("response.met", number(*met))
                .with("response.count", number(100));
            events.push((event.at(at), at));
            plain.push(Plain::Closed(Month { sales: *sales, surveys: *surveys, count: SURVEYS, met: *met }));
        }
        let mut year = Year { events, records: Vec::new(), plain };
        year.records = year.stepped(policy).records().to_vec();
        year
    }

    /// The subject folded from its records.
    pub fn folded(&self, policy: &Policy) -> Subject {
        policy.fold("staff/li", &self.records, None, None).expect("a fold")
    }

    /// The subject stepped through event by event.
    pub fn stepped(&self, policy: &Policy) -> Subject {
        let mut subject = opened(policy, "2026-01-05T09:00:00+08:00".parse().expect("an instant"));
        for (event, at) in &self.events {
            let step = policy.step(&mut subject, event, *at).expect("a step");
            assert!(step.outcome.refusal().is_none(), "{event:?}: {:?}", step.outcome);
        }
        subject
    }

    /// How the year ended, in the rivals' words.
    pub fn ends(&self, policy: &Policy, subject: &Subject) -> End {
        let bands = subject.state().scores.iter().flat_map(|score| &score.results);
        End {
            certified: subject.is_in(policy, "onboarding", "certified"),
            totals: bands.clone().filter_map(|result| result.score).collect(),
            bands: bands.filter_map(|result| result.band).collect(),
        }
    }
}
