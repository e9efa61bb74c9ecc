//! Compares what is wanted with what has come about.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::engine::{self, Effect, EffectKind, Refusal, Round, Said, ScoreStatus, State};
use crate::error::{Error, Result};
use crate::explain::{self, Words};
use crate::lang::{Label, Lang, Message};
use crate::model::{Policy, ScorecardId, StateId, Workflow, WorkflowId};
use crate::scenario::plan::{ScoreWanted, Wanted};
use crate::scenario::tell::{NONE, both, bracketed, each, list, named, none, plain, word_told};
use crate::scenario::written::OwedKind;
use crate::value::{Type, Value};

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
    /// When it happened.
    pub at: DateTime<Utc>,
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
            let def = model.workflow(*workflow);
            let told = |states: &[Arc<str>]| {
                list(states, |state, lang| {
                    let label = def.find_state(state).and_then(|id| def.state(id).label.as_ref());
                    named(label, state, lang)
                })
            };
            let about = about_labelled(subject, def.label.as_ref(), &def.name);
            differ(!are_those(def, states, &found), about, told(states), told(&found))
        }
        Wanted::Field(subject, field, value) => {
            let state = world.state(subject)?;
            let found =
                state.as_ref().and_then(|state| state.fields.get(*field)).cloned().unwrap_or_default();
            let kind = model.split_subject(subject).map(|(kind, _)| model.kind(kind));
            let Some(def) = kind.and_then(|kind| kind.fields.get(*field)) else { return Ok(None) };
            let about = about_labelled(subject, def.label.as_ref(), &def.name);
            let shown = |value: &Value| shown(policy, Some(&def.ty), value);
            differ(!same(&found, value), about, shown(value), shown(&found))
        }
        Wanted::NotRefused => not_refused(policy, world.heard()),
        Wanted::Refused { event, subject, reason, message } => {
            let wanted = (event.as_ref(), subject.as_deref(), reason.as_deref(), message.as_deref());
            refused(policy, world.heard(), wanted)
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
            let found = round.map_or_else(|| NONE.to_owned(), status_word);
            differ(
                found != **status,
                about_clock(policy, subject, clock, ""),
                word_told(status),
                word_told(&found),
            )
        }
        Wanted::ClockDue(subject, clock, due) => {
            let state = world.state(subject)?;
            let round = state.as_ref().and_then(|state| latest_round(policy, state, clock));
            let found = round.map(|round| round.due);
            differ(
                found != Some(*due),
                about_clock(policy, subject, clock, ".due"),
                instant(policy, Some(*due)),
                instant(policy, found),
            )
        }
        Wanted::Owed { .. } => owed(policy, &world.effects()?, wanted),
        Wanted::Score(subject, card, period, part) => {
            let state = world.state(subject)?;
            score(policy, state.as_ref(), subject, *card, period, part)
        }
        Wanted::Streak(subject, card, idx, length) => {
            let state = world.state(subject)?;
            let found = state.as_ref().and_then(|state| engine::streak(model, state, *card, *idx));
            let Some(streak) = model.scorecard(*card).streaks.get(*idx) else { return Ok(None) };
            let show = |length: Option<u32>| match length {
                Some(length) => plain(length.to_string()),
                None => Message::plain("scenario-undecided"),
            };
            let about = about_labelled(subject, streak.label.as_ref(), &streak.name);
            differ(found != *length, about, show(*length), show(found))
        }
        Wanted::Due(subject, at) => {
            let effects = world.effects()?;
            let state = world.state(subject)?;
            let found = state.and_then(|state| engine::awaited::limit(model, &state, &effects));
            differ(found != *at, about(subject, "due"), instant(policy, *at), instant(policy, found))
        }
        Wanted::NextDue(subject, at) => {
            let found = world.state(subject)?.and_then(|state| state.next_due);
            differ(found != *at, about(subject, "next_due"), instant(policy, *at), instant(policy, found))
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
            let table = model.table(*id);
            let name = &table.name;
            let answered = policy.decide(name, inputs, at)?;
            let pick = |name: &Arc<str>| answered.get(name).cloned().unwrap_or_default();
            let wrong = outputs.iter().find(|(name, value)| !same(&pick(name), value));
            wrong.map(|(output, value)| Differs {
                about: about(name, output),
                expected: shown(policy, table.type_of(output), value),
                found: shown(policy, table.type_of(output), &pick(output)),
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
            differ(wrong, about, id.as_deref().map_or_else(none, plain), join(&found))
        }
    })
}

fn differ(wrong: bool, about: Message, expected: Message, found: Message) -> Option<Differs> {
    wrong.then_some(Differs { about, expected, found })
}

fn about(subject: &str, part: &str) -> Message {
    Message::new("scenario-about", [subject, part])
}

/// As [`about`], the part with its label.
fn about_labelled(subject: &str, label: Option<&Label>, part: &str) -> Message {
    Message::new("scenario-about", [subject, &each(|lang| named(label, part, lang))])
}

/// As [`about`], of a clock.
fn about_clock(policy: &Policy, subject: &str, clock: &str, part: &str) -> Message {
    let label = policy
        .model
        .workflows
        .iter()
        .find_map(|workflow| workflow.find_clock(clock).and_then(|id| workflow.clock(id).label.as_ref()));
    about_labelled(subject, label, &format!("{clock}{part}"))
}

fn join(names: &[Arc<str>]) -> Message {
    list(names, |name, _| name.to_owned())
}

/// A value in words; an option with its label.
fn shown(policy: &Policy, ty: Option<&Type>, value: &Value) -> Message {
    if value.is_absent() {
        return none();
    }
    both(|lang| {
        let words = Words::new(&policy.model, lang);
        let told = ty.map_or_else(|| words.value(value), |ty| words.value_of(ty, value));
        match value {
            Value::Choice(word) if **word != *told => bracketed(word, &told, lang),
            _ => told,
        }
    })
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

/// How a round stands in one word.
fn status_word(round: &Round) -> String {
    if round.is_paused() { "paused".to_owned() } else { word(round.status) }
}

fn instant(policy: &Policy, at: Option<DateTime<Utc>>) -> Message {
    let zone = policy.model.header.zone;
    at.map_or_else(none, |at| plain(at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()))
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

/// Whether a case is in all these states, and in no other but those around and inside them.
fn are_those(workflow: &Workflow, wanted: &[Arc<str>], found: &[Arc<str>]) -> bool {
    let ids = |names: &[Arc<str>]| -> Vec<StateId> {
        names.iter().filter_map(|name| workflow.find_state(name)).collect()
    };
    let (wanted, found) = (ids(wanted), ids(found));
    let mut atomic = found.iter().filter(|state| workflow.state(**state).is_atomic());
    wanted.iter().all(|state| found.contains(state))
        && atomic.all(|state| wanted.iter().any(|outer| workflow.is_within(*state, *outer)))
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
fn refusals<'a>(policy: &Policy, heard: impl Iterator<Item = &'a Heard> + Clone) -> Message {
    if !heard.clone().any(|heard| heard.refusal.is_some()) {
        return none();
    }
    both(|lang| {
        let told = heard.clone().filter_map(|heard| {
            Some(format!("{} {}: {}", heard.subject, heard.event, reason(policy, heard, lang)?))
        });
        told.collect::<Vec<String>>().join("\n")
    })
}

/// Why an event was refused: in one word, its label, and told in full. `None`: it was not.
pub fn reason(policy: &Policy, heard: &Heard, lang: Lang) -> Option<String> {
    let refusal = heard.refusal.as_ref()?;
    let words = Words::new(&policy.model, lang);
    let word = bracketed(refusal.reason(), &words.reason(refusal.reason()), lang);
    Some(format!(
        "{word} {}",
        explain::refusal_of(&words, refusal, (&heard.subject, &heard.event), Some(heard.at))
    ))
}

/// Whether a refusal says something: told in full, in short, or in the policy's own words.
fn says(policy: &Policy, heard: &Heard, refusal: &Refusal, text: &str) -> bool {
    let own = refusal.said().is_some_and(|said| said_holds(said, text));
    own || [Lang::Zh, Lang::En].into_iter().any(|lang| {
        refusal.message().render(lang).contains(text)
            || reason(policy, heard, lang).is_some_and(|told| told.contains(text))
    })
}

fn said_holds(said: &Said, text: &str) -> bool {
    said.own.contains(text) || said.en.as_ref().is_some_and(|en| en.contains(text))
}

fn in_lang(said: &Said, lang: Lang) -> &str {
    match (lang, &said.en) {
        (Lang::En, Some(en)) => en,
        _ => &said.own,
    }
}

fn not_refused(policy: &Policy, heard: &[Heard]) -> Option<Differs> {
    let refused = heard.iter().filter(|heard| heard.refusal.is_some());
    refused.clone().next()?;
    let about = Message::plain("scenario-about-refused");
    Some(Differs { about, expected: none(), found: refusals(policy, refused) })
}

/// What is wanted of a refusal: event, subject, reason, text.
type RefusalWanted<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn refused(policy: &Policy, heard: &[Heard], wanted: RefusalWanted<'_>) -> Option<Differs> {
    let (event, subject, wanted, message) = wanted;
    let of = heard
        .iter()
        .filter(|heard| *heard.event == *event)
        .filter(|heard| subject.is_none_or(|subject| *heard.subject == *subject));
    let fits = |heard: &Heard| {
        heard.refusal.as_ref().is_some_and(|refusal| {
            wanted.is_none_or(|wanted| refusal.reason() == wanted)
                && message.is_none_or(|text| says(policy, heard, refusal, text))
        })
    };
    if of.clone().any(fits) {
        return None;
    }
    let expected = both(|lang| {
        let words = Words::new(&policy.model, lang);
        let reason = wanted.map(|wanted| bracketed(wanted, &words.reason(wanted), lang));
        let reason = reason.unwrap_or_else(|| words.plain("scenario-refused"));
        let text = message.map(|text| format!(" {}", words.quote(text))).unwrap_or_default();
        format!("{event}: {reason}{text}")
    });
    let about = Message::plain("scenario-about-refused");
    Some(Differs { about, expected, found: refusals(policy, of) })
}

/// Role and message of an effect, as `notify`, `ask` or `call`.
///
/// What goes to another subject shows there.
fn parts(effect: &Effect) -> Option<(OwedKind, &Arc<str>, &[Arc<str>], Option<&Said>)> {
    match &effect.kind {
        EffectKind::Notify { role, to, message } => Some((OwedKind::Notify, role, to, message.as_ref())),
        EffectKind::Ask { role, to, message, .. } => Some((OwedKind::Ask, role, to, message.as_ref())),
        EffectKind::Call { name, .. } => Some((OwedKind::Call, name, &[], None)),
        EffectKind::Send { .. } => None,
    }
}

fn owed(policy: &Policy, effects: &[Effect], wanted: &Wanted) -> Option<Differs> {
    let Wanted::Owed { owed, kind, name, subject, to, message } = wanted else { return None };
    let of_subject = |effect: &&Effect| subject.as_ref().is_none_or(|subject| effect.subject == *subject);
    let fits = |effect: &&Effect| {
        let Some((found, role, persons, said)) = parts(effect) else { return false };
        let says = |text: &Arc<str>| said.is_some_and(|said| said_holds(said, text));
        found == *kind
            && role == name
            && to.as_ref().is_none_or(|to| persons.contains(to))
            && message.as_ref().is_none_or(says)
    };
    let matching: Vec<&Effect> = effects.iter().filter(of_subject).filter(fits).collect();
    if matching.is_empty() != *owed {
        return None;
    }
    let text = |lang| {
        let words = Words::new(&policy.model, lang);
        let to = to.as_ref().map(|to| format!(" → {to}")).unwrap_or_default();
        let message = message.as_ref().map(|text| format!(" {}", words.quote(text))).unwrap_or_default();
        format!("{}{to}{message}", whom(policy, *kind, name, lang))
    };
    let shown: Vec<&Effect> = match owed {
        true => effects.iter().filter(of_subject).collect(),
        false => matching,
    };
    let expected = match owed {
        true => both(text),
        false => both(|lang| Message::new("scenario-not-owed", [text(lang)]).render(lang)),
    };
    let found = both(|lang| {
        let lines: Vec<String> =
            shown.iter().filter_map(|effect| effect_line(policy, effect, lang)).collect();
        if lines.is_empty() { none().render(lang) } else { lines.join("\n") }
    });
    let about = Message::new("scenario-about-effects", [subject.as_deref().unwrap_or("*")]);
    Some(Differs { about, expected, found })
}

/// What is done and to whom, the role with its label: `ask hr(人力资源)`.
fn whom(policy: &Policy, kind: OwedKind, name: &str, lang: Lang) -> String {
    let told = match kind {
        OwedKind::Call => name.to_owned(),
        OwedKind::Notify | OwedKind::Ask => {
            let words = Words::new(&policy.model, lang);
            let role = words.role(name);
            if role == words.quote(name) { name.to_owned() } else { bracketed(name, &role, lang) }
        }
    };
    format!("{} {told}", kind.word())
}

fn effect_line(policy: &Policy, effect: &Effect, lang: Lang) -> Option<String> {
    let (kind, role, to, said) = parts(effect)?;
    let mut line = whom(policy, kind, role, lang);
    if !to.is_empty() {
        line.push_str(&format!(" → {}", to.join(", ")));
    }
    if let Some(said) = said {
        let text: String = in_lang(said, lang).chars().take(60).collect();
        line.push_str(&format!(": {text}"));
    }
    Some(line)
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
    let number = |number: Option<Decimal>| number.map_or_else(|| NONE.to_owned(), |n| n.to_string());
    let status = |status: ScoreStatus| word(status);
    let band = result.and_then(|result| result.band).and_then(|band| card.bands.get(band));
    let (wrong, name, expected, found) = match wanted {
        ScoreWanted::Score(score) => {
            let found = result.and_then(|result| result.score);
            (found != Some(*score), "score", score.to_string(), number(found))
        }
        ScoreWanted::Band(wanted) => {
            let found = band.map_or_else(|| NONE.to_owned(), |band| band.name.to_string());
            (found != **wanted, "band", wanted.to_string(), found)
        }
        ScoreWanted::Result(wanted) => {
            let found = result.map_or_else(|| NONE.to_owned(), |result| result.outcome.word().to_owned());
            (found != **wanted, "result", wanted.to_string(), found)
        }
        ScoreWanted::Status(wanted) => {
            let found = result.map_or_else(|| NONE.to_owned(), |result| status(result.status));
            (found != **wanted, "status", wanted.to_string(), found)
        }
        ScoreWanted::There => (result.is_none(), "result", period.to_owned(), NONE.to_owned()),
    };
    let about = about(subject, &format!("{} {period} {name}", card.name));
    differ(wrong, about, word_told(&expected), word_told(&found))
}

/// What is told when the world fails.
pub fn failed(error: &Error) -> Message {
    plain(error.to_string())
}
