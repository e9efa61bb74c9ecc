//! Explanations: a trace turned into prose, Chinese and English, for people who never see the YAML.
//!
//! A trace alone suffices: nothing here judges anything again. Each line says what happened, on which day, under which
//! clause, with which values and which version of a parameter, who is answerable, and what comes next.

use chrono::{DateTime, Utc};

use crate::engine::{DueItem, Effect, Refusal, ScoreResult, State, Step, Trace};
use crate::lang::Lang;
use crate::model::Policy;

mod coverage;
mod due;
mod refusal;
mod score;
mod standing;
mod story;
mod words;

pub use coverage::Coverage;
#[cfg(feature = "cli")]
pub(crate) use due::{
    counted, counted_ask, line as line_of_due, name as name_of_due, provisional as is_provisional, who,
};
pub use story::Move;
pub(crate) use words::Words;

impl Trace {
    /// Everything that happened, in order, one line each, with reasons indented below.
    pub fn explain(&self, policy: &Policy, lang: Lang) -> String {
        story::in_order(policy, self, lang)
    }
}

/// The whole story of a subject: newest first, grouped by day in the policy's zone, each entry with its clauses.
///
/// `steps` come as [`Policy::fold_telling`] tells them: oldest first.
pub fn story(policy: &Policy, steps: &[Step], lang: Lang) -> String {
    story::newest_first(policy, steps, None, lang)
}

/// As [`story`], of one case only: `coaching/2`.
pub fn story_of_case(policy: &Policy, steps: &[Step], case: &str, lang: Lang) -> String {
    story::newest_first(policy, steps, Some(case), lang)
}

/// Every move of every case of a subject, oldest first, with what led to it and under which clauses.
pub fn moves(policy: &Policy, steps: &[Step], lang: Lang) -> Vec<Move> {
    story::moves(policy, steps, lang)
}

/// Where a subject stands: its fields, its cases with their states, and everything due with its reckoning.
pub fn standing(policy: &Policy, state: &State, lang: Lang) -> String {
    standing::explain(&Words::new(&policy.model, lang), state)
}

/// How the due instant of a question was counted: from when, with which limit and calendar, which days were skipped.
///
/// `None` for an effect that asks nothing or sets no limit, and where the policy no longer states the limit that was set.
pub fn asked(policy: &Policy, state: &State, effect: &Effect, lang: Lang) -> Option<String> {
    due::counted_ask(&Words::new(&policy.model, lang), state, effect).map(|(told, _)| told)
}

/// What a subject is: its fields and its cases with their states.
#[cfg(feature = "cli")]
pub(crate) fn about(policy: &Policy, state: &State, lang: Lang) -> String {
    standing::about(&Words::new(&policy.model, lang), state)
}

/// Why the rules said no: the reason with its values, the clause, who has to act and what to do next.
pub fn refusal(policy: &Policy, refusal: &Refusal, lang: Lang) -> String {
    refusal::explain(&Words::new(&policy.model, lang), refusal, None)
}

/// As [`refusal`], of an event to a subject: its data and events by their labels, and who held a role then.
pub(crate) fn refusal_of(
    words: &Words<'_>,
    refusal: &Refusal,
    (subject, event): (&str, &str),
    at: Option<DateTime<Utc>>,
) -> String {
    let kind = words.model.split_subject(subject).map(|(kind, _)| kind);
    let setting = words::Setting { event: words.event_def(kind, event), kind, at };
    refusal::explain(words, refusal, Some(setting))
}

/// A result with every number: indicators, weights, contributions, rounding, band, and how far the next better band is.
pub fn score(policy: &Policy, result: &ScoreResult, lang: Lang) -> String {
    score::explain(&Words::new(&policy.model, lang), result)
}

/// Something that is due: until when, by which time limit and calendar, under which clause, late or not.
pub fn due(policy: &Policy, item: &DueItem, lang: Lang) -> String {
    due::explain(&Words::new(&policy.model, lang), item)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chrono::{DateTime, Utc};
    use rust_decimal::Decimal;

    use super::*;
    use crate::engine::{IndicatorResult, ScoreOutcome, ScoreStatus};
    use crate::lang::catalogue;
    use crate::record::{Data, Event};
    use crate::value::points;

    fn policy() -> Policy {
        Policy::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/sales-service")).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(&format!("{text}:00+08:00")).unwrap().to_utc()
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn indicator(samples: u32, aggregate: &str, points: &str, weight: &str) -> IndicatorResult {
        IndicatorResult {
            samples,
            aggregate: Some(decimal(aggregate)),
            target: None,
            points: Some(decimal(points)),
            weight: decimal(weight),
            effective_weight: decimal(weight),
            contribution: decimal(points) * decimal(weight),
            missing: None,
        }
    }

    /// A month that is one answer in time short of band C.
    fn result(policy: &Policy) -> ScoreResult {
        let sales =
            IndicatorResult { target: Some(decimal("100000")), ..indicator(12, "52480", "52.48", "0.6") };
        ScoreResult {
            card: policy.model.find_scorecard("monthly_kpi").unwrap(),
            period: "2026-01-01".parse().unwrap(),
            period_name: "2026-01".into(),
            record: "r".into(),
            outcome: ScoreOutcome::Scored,
            exact: Some(decimal("59.988")),
            score: Some(decimal("59.99")),
            band: Some(4),
            indicators: vec![sales, indicator(3, "3.8", "70", "0.3"), indicator(80, "0.8875", "75", "0.1")],
            status: ScoreStatus::Published,
            published: at("2026-02-06T18:00"),
            appealed: None,
            due: Some(at("2026-02-11T18:00")),
            final_at: None,
            revised: false,
            streaks: vec![Some(2)],
        }
    }

    #[test]
    fn a_result_tells_every_number_and_the_way_up() {
        let policy = policy();
        let result = result(&policy);
        insta::assert_snapshot!("score-zh", score(&policy, &result, Lang::Zh));
        insta::assert_snapshot!("score-en", score(&policy, &result, Lang::En));
    }

    #[test]
    fn the_way_up_is_the_shortest_and_reaches_the_band() {
        let policy = policy();
        let told = score(&policy, &result(&policy), Lang::Zh);
        // 12 yuan more is 59.9952, which rounds to 60.00; 11 would be 59.9946.
        assert!(told.contains("再多 12 元即 60"), "{told}");
        assert!(told.contains("多 1 个按时即 60.49"), "{told}");
    }

    #[test]
    fn missing_indicators_hand_their_weight_on() {
        let policy = policy();
        let mut result = result(&policy);
        result.indicators[1] = IndicatorResult {
            samples: 1,
            points: None,
            contribution: Decimal::ZERO,
            effective_weight: Decimal::ZERO,
            missing: Some("too_few".into()),
            ..result.indicators[1].clone()
        };
        let told = score(&policy, &result, Lang::Zh);
        assert!(told.contains("样本不足(1 份,至少 3 份),权重 30% 不计入"), "{told}");
        result.outcome = ScoreOutcome::Undetermined;
        (result.exact, result.score, result.band) = (None, None, None);
        result.indicators[0].points = None;
        result.indicators[0].missing = Some("no_target".into());
        let told = score(&policy, &result, Lang::En);
        assert!(told.contains("no target set and acknowledged in time"), "{told}");
        assert!(!told.contains("short of band"), "{told}");
    }

    /// What happens to a new employee who is examined too early, by the wrong person, and then fails once.
    fn steps(policy: &Policy) -> (crate::engine::Subject, Vec<Step>) {
        let fields = [("hired", "2026-03-23"), ("position", "sales"), ("manager", "zhou")];
        let mut subject = policy.unopened("staff/li").unwrap();
        let mut steps = Vec::new();
        let mut events = vec![(
            "2026-03-23T09:00",
            fields
                .iter()
                .fold(Event::new("opened").by("hr/zhao"), |event, (name, value)| event.with(*name, *value)),
        )];
        let topics = ["culture", "product", "skill", "service", "service", "service", "service"];
        let days = ["03-23", "03-24", "03-25", "03-26", "03-27", "03-30", "03-31"];
        for (day, topic) in days.iter().zip(topics) {
            let instant: &str = Box::leak(format!("2026-{day}T17:00").into_boxed_str());
            let event = Event::new("attended").by("trainer/sun").with("topic", topic);
            events.push((instant, event.with("day", format!("2026-{day}").as_str())));
        }
        let exam = |score: i64, by: &str| Event::new("exam_taken").by(by).with("score", points(score));
        events.insert(4, ("2026-03-25T18:00", exam(90, "hr/zhao")));
        events.push(("2026-04-01T15:00", exam(72, "staff/li")));
        events.push(("2026-04-01T15:30", exam(72, "hr/zhao")));
        events.push(("2026-04-07T18:00", exam(84, "hr/zhao")));
        for (instant, event) in events {
            let instant = at(instant);
            steps.push(policy.step_with(&mut subject, &event.at(instant), instant, Data::new()).unwrap());
        }
        (subject, steps)
    }

    #[test]
    fn a_story_in_both_languages() {
        let policy = policy();
        let (subject, steps) = steps(&policy);
        insta::assert_snapshot!("story-zh", story(&policy, &steps, Lang::Zh));
        insta::assert_snapshot!("story-en", story(&policy, &steps, Lang::En));
        insta::assert_snapshot!("trace-zh", steps.last().unwrap().trace.explain(&policy, Lang::Zh));
        insta::assert_snapshot!("standing-zh", standing(&policy, subject.state(), Lang::Zh));
        let item = policy.due(&subject).into_iter().next().unwrap();
        let told = due(&policy, &item, Lang::Zh);
        assert_eq!(told, "下月目标 2026-03: 2026-03-31 周二 18:00 已过期。由直接上级(zhou)负责。〔2.2.1〕");
    }

    #[test]
    fn moves_tell_why() {
        let policy = policy();
        let (_, steps) = steps(&policy);
        let moves = moves(&policy, &steps, Lang::Zh);
        let told: Vec<(&str, &str)> =
            moves.iter().map(|told| (told.from.as_str(), told.to.as_str())).collect();
        assert!(told.contains(&("培训中", "待补考")) && told.contains(&("待补考", "已持证")), "{told:?}");
        let resit = moves.iter().find(|told| told.to == "待补考").unwrap();
        assert!(resit.why.contains("72 分") && resit.why.contains("80 分"), "{}", resit.why);
    }

    #[test]
    fn every_refusal_says_what_next() {
        let policy = policy();
        let all = [
            Refusal::UnknownEvent { event: "exam".into(), near: vec!["exam_taken".into()] },
            Refusal::UnknownSubject { subject: "dog/1".into() },
            Refusal::WrongShape { field: "score".into(), expected: "points".into(), found: "x".into() },
            Refusal::Horizon { at: at("2027-01-01T00:00"), latest: at("2026-01-02T00:00") },
            Refusal::Conflict { id: "7".into() },
            Refusal::NotOpen { state: None },
            Refusal::NotOpen { state: Some("certified".into()) },
            Refusal::NotInThisState {
                workflow: "onboarding".into(),
                state: "resit".into(),
                takes: vec!["exam_taken".into()],
            },
            Refusal::TooEarly {
                state: "training".into(),
                needed: "7 working days".into(),
                so_far: "3".into(),
                message: None,
            },
            Refusal::Guard { tried: vec!["a > b".into()], message: None },
            Refusal::Undecided { path: "staff.hired".into() },
            Refusal::NotPermitted {
                permission: "serve_customer".into(),
                condition: "actor.onboarding == certified".into(),
                against: Some("zhou".into()),
                message: None,
            },
            Refusal::WrongRole {
                actor: Some("li".into()),
                on_behalf_of: None,
                needed: vec!["hr".into()],
                field: None,
            },
            Refusal::WrongRole {
                actor: Some("li".into()),
                on_behalf_of: Some("zhao".into()),
                needed: vec!["hr".into()],
                field: None,
            },
            Refusal::WrongRole {
                actor: Some("li".into()),
                on_behalf_of: None,
                needed: vec!["hr".into()],
                field: Some("position".into()),
            },
            Refusal::FourEyes { person: Some("li".into()), against: "submitted".into(), known: true },
            Refusal::FourEyes { person: Some("desk-1".into()), against: "order.owner".into(), known: false },
            Refusal::FourEyes { person: None, against: "submitted".into(), known: false },
            Refusal::Decided,
        ];
        for lang in [Lang::Zh, Lang::En] {
            let told: Vec<String> = all.iter().map(|one| refusal(&policy, one, lang)).collect();
            let name = if lang == Lang::Zh { "refusals-zh" } else { "refusals-en" };
            insta::assert_snapshot!(name, told.join("\n"));
        }
    }

    #[test]
    fn english_texts_hold_no_chinese() {
        let own = |key: &str| key.starts_with("explain-") || key.starts_with("shell-");
        for (key, zh, en) in catalogue().filter(|(key, ..)| own(key)) {
            assert!(
                en.is_ascii() || !en.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign)),
                "{key}"
            );
            assert!(!zh.is_empty(), "{key}");
        }
    }
}
