//! Compares what is wanted with what has come about.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::engine::{self, Effect, EffectKind, Refusal, Round, Said, ScoreStatus, State};
use crate::error::{Error, Result};
use crate::lang::{Lang, Message};
use crate::model::{Policy, ScorecardId, WorkflowId};
use crate::scenario::plan::{ScoreWanted, Wanted};
use crate::scenario::tell::{both, plain};
use crate::scenario::written::OwedKind;
use crate::value::Value;

/// What has come about so far.
pub trait World {
    /// The state of a subject; `None`: nothing has happened to it.
    fn state(&mut self, subject: &str) -> Result<Option<State>>;
    /// What happened, in order.
    fn heard(&self) -> &[Heard];
    /// What is owed, in order; what was withdrawn is not among it.
    fn effects(&mut self) -> Result<Vec<Effect>>;
    /// The clauses cited by what happened.
    fn cited(&mut self) -> Result<BTreeSet<Arc<str>>>;
    /// The story of a subject.
    fn story(&mut self, subject: &str, lang: Lang) -> Result<String>;
    /// How many items wait for review.
    fn reviews(&mut self) -> Result<usize>;
    /// Records that were judged anew.
    fn rejudged(&self) -> Vec<Arc<str>>;
    /// Decisions whose ground is gone.
    fn ground_lost(&mut self) -> Result<Vec<Arc<str>>>;
}

/// An event that was sent, and what came of it at once.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The event.
    pub event: Arc<str>,
    /// The subject.
    pub subject: Arc<str>,
    /// Why it was refused, if it was.
    pub refusal: Option<Refusal>,
}

/// What differs.
#[derive(Clone, Debug)]
pub struct Differs {
    /// What it is about.
    pub about: Message,
    /// What was expected.
    pub expected: Message,
    /// What was found.
    pub found: Message,
}

/// Checks one thing; `None`: as wanted.
///
/// # Errors
/// The world failed.
pub fn check(
    policy: &Policy,
    world: &mut dyn World,
    wanted: &Wanted,
    at: DateTime<Utc>,
) -> Result<Option<Differs>> {
    let model = &policy.model;
    Ok(match wanted {
        Wanted::States(subject, workflow, states) => {
            let found = states_of(policy, world.state(subject)?.as_ref(), *workflow);
            let mut sorted = states.clone();
            sorted.sort();
            let mut have = found.clone();
            have.sort();
            let name = &model.workflow(*workflow).name;
            differ(sorted != have, about(subject, name), join(states), join(&found))
        }
        Wanted::Field(subject, field, value) => {
            let state = world.state(subject)?;
            let found =
                state.as_ref().and_then(|state| state.fields.get(*field)).cloned().unwrap_or_default();
            let kind = model.split_subject(subject).map(|(kind, _)| model.kind(kind));
            let name = kind.and_then(|kind| kind.fields.get(*field)).map_or("", |field| &field.name);
            differ(!same(&found, value), about(subject, name), shown(value), shown(&found))
        }
        Wanted::NotRefused => not_refused(world.heard()),
        Wanted::Refused { event, subject, reason, message } => {
            refused(world.heard(), event, subject.as_deref(), reason.as_deref(), message.as_deref())
        }
        Wanted::Cites(clause) => {
            let found = world.cited()?;
            let listed: Vec<Arc<str>> = found.iter().cloned().collect();
            let about = Message::plain("scenario-about-clauses");
            differ(!found.contains(clause), about, plain(clause.as_ref()), join(&listed))
        }
        Wanted::Status(subject, clock, status) => {
            let state = world.state(subject)?;
            let round = state.as_ref().and_then(|state| latest_round(policy, state, clock));
            let found = round.map_or_else(|| dash().to_owned(), |round| word(round.status));
            differ(found != **status, about(subject, clock), plain(status.as_ref()), plain(found))
        }
        Wanted::ClockDue(subject, clock, due) => {
            let state = world.state(subject)?;
            let round = state.as_ref().and_then(|state| latest_round(policy, state, clock));
            let found = round.map(|round| round.due);
            differ(
                found != Some(*due),
                about(subject, &format!("{clock}.due")),
                instant(policy, Some(*due)),
                instant(policy, found),
            )
        }
        Wanted::Owed { .. } => owed(&world.effects()?, wanted),
        Wanted::Score(subject, card, period, part) => {
            let state = world.state(subject)?;
            score(policy, state.as_ref(), subject, *card, period, part)
        }
        Wanted::Streak(subject, card, idx, length) => {
            let state = world.state(subject)?;
            let found = state.as_ref().and_then(|state| engine::streak(model, state, *card, *idx));
            let name = model.scorecard(*card).streaks.get(*idx).map_or("", |streak| &streak.name);
            let show = |length: Option<u32>| {
                plain(length.map_or_else(|| "undecided".to_owned(), |length| length.to_string()))
            };
            differ(found != *length, about(subject, name), show(*length), show(found))
        }
        Wanted::Due(subject, at) => {
            let found = world.state(subject)?.and_then(|state| state.next_due);
            differ(found != *at, about(subject, "due"), instant(policy, *at), instant(policy, found))
        }
        Wanted::Explains(subject, text) => {
            let zh = world.story(subject, Lang::Zh)?;
            let en = world.story(subject, Lang::En)?;
            let holds = zh.contains(text.as_ref()) || en.contains(text.as_ref());
            let expected = both(|lang| Message::new("scenario-holds", [text]).render(lang));
            let found = both(|lang| beginning(if lang == Lang::Zh { &zh } else { &en }));
            differ(!holds, about(subject, "explains"), expected, found)
        }
        Wanted::Table(id, inputs, outputs) => {
            let name = &model.table(*id).name;
            let answered = policy.decide(name, inputs, at)?;
            let pick = |name: &Arc<str>| answered.get(name).cloned().unwrap_or_default();
            let wrong = outputs.iter().find(|(name, value)| !same(&pick(name), value));
            wrong.map(|(output, value)| Differs {
                about: about(name, output),
                expected: shown(value),
                found: shown(&pick(output)),
            })
        }
        Wanted::Reviews(count) => {
            let found = world.reviews()?;
            let about = Message::plain("scenario-about-reviews");
            differ(found != *count, about, plain(count.to_string()), plain(found.to_string()))
        }
        Wanted::Rejudged(id) => {
            let found = world.rejudged();
            let about = Message::plain("scenario-about-rejudged");
            differ(!found.contains(id), about, plain(id.as_ref()), join(&found))
        }
        Wanted::GroundLost(id) => {
            let found = world.ground_lost()?;
            let wrong = id.as_ref().map_or(!found.is_empty(), |id| !found.contains(id));
            let about = Message::plain("scenario-about-ground-lost");
            differ(wrong, about, plain(id.as_deref().unwrap_or("none")), join(&found))
        }
    })
}

fn differ(wrong: bool, about: Message, expected: Message, found: Message) -> Option<Differs> {
    wrong.then_some(Differs { about, expected, found })
}

fn about(subject: &str, part: &str) -> Message {
    Message::new("scenario-about", [subject, part])
}

fn dash() -> &'static str {
    "none"
}

fn join(names: &[Arc<str>]) -> Message {
    plain(if names.is_empty() { dash().to_owned() } else { names.join(", ") })
}

fn shown(value: &Value) -> Message {
    plain(if value.is_absent() { dash().to_owned() } else { value.to_string() })
}

/// Numbers are equal whatever zeros they end with.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Number(found, unit), Value::Number(wanted, of)) => found == wanted && unit == of,
        _ => found == wanted,
    }
}

fn word(status: impl serde::Serialize) -> String {
    serde_json::to_string(&status).unwrap_or_default().trim_matches('"').to_owned()
}

fn instant(policy: &Policy, at: Option<DateTime<Utc>>) -> Message {
    let zone = policy.model.header.zone;
    plain(at.map_or_else(
        || dash().to_owned(),
        |at| at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string(),
    ))
}

/// The first lines of a story: enough to see what it tells of.
fn beginning(story: &str) -> String {
    const LINES: usize = 12;
    let mut lines: Vec<&str> = story.lines().take(LINES).collect();
    if story.lines().nth(LINES).is_some() {
        lines.push("…");
    }
    lines.join("\n")
}

fn states_of(policy: &Policy, state: Option<&State>, id: WorkflowId) -> Vec<Arc<str>> {
    let workflow = policy.model.workflow(id);
    let case = state.and_then(|state| state.latest_case(id));
    let active = case.map(|case| case.configuration.as_slice()).unwrap_or_default();
    active.iter().map(|(state, _)| workflow.state(*state).name.clone()).collect()
}

/// The latest round of a clock in any case of a subject.
fn latest_round<'s>(policy: &Policy, state: &'s State, clock: &str) -> Option<&'s Round> {
    state
        .cases
        .iter()
        .flat_map(|case| case.rounds.iter().chain(&case.finished).map(move |round| (case, round)))
        .filter(|(case, round)| *policy.model.workflow(case.workflow).clock(round.clock).name == *clock)
        .max_by_key(|(case, round)| (round.started, case.number, round.number))
        .map(|(_, round)| round)
}

/// The refusals that were heard, one line each.
fn refusals<'a>(heard: impl Iterator<Item = &'a Heard> + Clone) -> Message {
    both(|lang| {
        let lines: Vec<String> = heard
            .clone()
            .filter_map(|heard| {
                let refusal = heard.refusal.as_ref()?;
                Some(format!("{} {}: {}", heard.subject, heard.event, reason(refusal, lang)))
            })
            .collect();
        if lines.is_empty() { dash().to_owned() } else { lines.join("\n") }
    })
}

/// A refusal: its word and what it says.
pub fn reason(refusal: &Refusal, lang: Lang) -> String {
    let mut text = format!("{} ({}", refusal.reason(), refusal.message().render(lang));
    if let Some(said) = refusal.said() {
        text.push_str(" — ");
        text.push_str(in_lang(said, lang));
    }
    text.push(')');
    text
}

fn in_lang(said: &Said, lang: Lang) -> &str {
    match (lang, &said.en) {
        (Lang::En, Some(en)) => en,
        _ => &said.own,
    }
}

fn not_refused(heard: &[Heard]) -> Option<Differs> {
    let refused = heard.iter().filter(|heard| heard.refusal.is_some());
    refused.clone().next()?;
    Some(Differs {
        about: Message::plain("scenario-about-refused"),
        expected: plain("none"),
        found: refusals(refused),
    })
}

fn refused(
    heard: &[Heard],
    event: &str,
    subject: Option<&str>,
    wanted: Option<&str>,
    message: Option<&str>,
) -> Option<Differs> {
    let of = heard
        .iter()
        .filter(|heard| *heard.event == *event)
        .filter(|heard| subject.is_none_or(|subject| *heard.subject == *subject));
    let fits = |heard: &Heard| {
        heard.refusal.as_ref().is_some_and(|refusal| {
            wanted.is_none_or(|wanted| refusal.reason() == wanted)
                && message.is_none_or(|text| {
                    [Lang::Zh, Lang::En].iter().any(|lang| reason(refusal, *lang).contains(text))
                })
        })
    };
    if of.clone().any(fits) {
        return None;
    }
    let expected = format!("{event}: {}", wanted.unwrap_or("refused"));
    Some(Differs {
        about: Message::plain("scenario-about-refused"),
        expected: plain(match message {
            Some(text) => format!("{expected} 「{text}」"),
            None => expected,
        }),
        found: refusals(of),
    })
}

/// Role and message of an effect, as `notify`, `ask` or `call`.
fn parts(effect: &Effect) -> (OwedKind, &Arc<str>, &[Arc<str>], Option<&Said>) {
    match &effect.kind {
        EffectKind::Notify { role, to, message } => (OwedKind::Notify, role, to, message.as_ref()),
        EffectKind::Ask { role, to, message, .. } => (OwedKind::Ask, role, to, message.as_ref()),
        EffectKind::Call { name, .. } => (OwedKind::Call, name, &[], None),
    }
}

fn owed(effects: &[Effect], wanted: &Wanted) -> Option<Differs> {
    let Wanted::Owed { owed, kind, name, subject, to, message } = wanted else { return None };
    let of_subject = |effect: &&Effect| subject.as_ref().is_none_or(|subject| effect.subject == *subject);
    let fits = |effect: &&Effect| {
        let (found, role, persons, said) = parts(effect);
        let says = |text: &Arc<str>| {
            said.is_some_and(|said| {
                said.own.contains(text.as_ref())
                    || said.en.as_ref().is_some_and(|en| en.contains(text.as_ref()))
            })
        };
        found == *kind
            && role == name
            && to.as_ref().is_none_or(|to| persons.contains(to))
            && message.as_ref().is_none_or(says)
    };
    let matching: Vec<&Effect> = effects.iter().filter(of_subject).filter(fits).collect();
    if matching.is_empty() != *owed {
        return None;
    }
    let mut text = format!("{} {name}", kind.word());
    if let Some(to) = to {
        text.push_str(&format!(" → {to}"));
    }
    if let Some(message) = message {
        text.push_str(&format!(" 「{message}」"));
    }
    let shown: Vec<&Effect> = match owed {
        true => effects.iter().filter(of_subject).collect(),
        false => matching,
    };
    let expected = match owed {
        true => plain(text),
        false => both(|lang| Message::new("scenario-not-owed", [&text]).render(lang)),
    };
    let found = both(|lang| {
        let lines: Vec<String> = shown.iter().map(|effect| effect_line(effect, lang)).collect();
        if lines.is_empty() { dash().to_owned() } else { lines.join("\n") }
    });
    let about = Message::new("scenario-about-effects", [subject.as_deref().unwrap_or("*")]);
    Some(Differs { about, expected, found })
}

fn effect_line(effect: &Effect, lang: Lang) -> String {
    let (kind, role, to, said) = parts(effect);
    let mut line = format!("{} {role}", kind.word());
    if !to.is_empty() {
        line.push_str(&format!(" → {}", to.join(", ")));
    }
    if let Some(said) = said {
        let text: String = in_lang(said, lang).chars().take(60).collect();
        line.push_str(&format!(": {text}"));
    }
    line
}

fn score(
    policy: &Policy,
    state: Option<&State>,
    subject: &str,
    card_id: ScorecardId,
    period: &str,
    wanted: &ScoreWanted,
) -> Option<Differs> {
    let card = policy.model.scorecard(card_id);
    let scores = state.and_then(|state| state.scores.iter().find(|score| score.card == card_id));
    let result = scores.and_then(|score| score.results.iter().find(|result| *result.period_name == *period));
    let number = |number: Option<Decimal>| number.map_or_else(|| dash().to_owned(), |n| n.to_string());
    let status = |status: ScoreStatus| word(status);
    let band = result.and_then(|result| result.band).and_then(|band| card.bands.get(band));
    let (wrong, name, expected, found) = match wanted {
        ScoreWanted::Score(score) => {
            let found = result.and_then(|result| result.score);
            (found != Some(*score), "score", score.to_string(), number(found))
        }
        ScoreWanted::Band(wanted) => {
            let found = band.map_or_else(|| dash().to_owned(), |band| band.name.to_string());
            (found != **wanted, "band", wanted.to_string(), found)
        }
        ScoreWanted::Result(wanted) => {
            let found = result.map_or_else(|| dash().to_owned(), |result| result.outcome.word().to_owned());
            (found != **wanted, "result", wanted.to_string(), found)
        }
        ScoreWanted::Status(wanted) => {
            let found = result.map_or_else(|| dash().to_owned(), |result| status(result.status));
            (found != **wanted, "status", wanted.to_string(), found)
        }
        ScoreWanted::There => (result.is_none(), "result", period.to_owned(), dash().to_owned()),
    };
    let about = about(subject, &format!("{} {period} {name}", card.name));
    differ(wrong, about, plain(expected), plain(found))
}

/// What is told when the world fails.
pub fn failed(error: &Error) -> Message {
    plain(error.to_string())
}
