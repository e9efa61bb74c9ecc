//! Lets a planned scenario happen on a runtime in memory, checks on the way, and folds everything anew at the end.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::engine::{Effect, State, Step};
use crate::error::Result;
use crate::explain;
use crate::lang::{Lang, Message};
use crate::model::Policy;
use crate::runtime::Runtime;
use crate::scenario::check::{self, Differs, Heard, World};
use crate::scenario::plan::{Act, Check, Plan, Wanted};
use crate::scenario::tell::{both, place, plain};
use crate::scenario::{Facts, Failure, FailureKind, Scenario, Verdict};
use crate::source::Span;
use crate::store::MemoryStore;

mod facts;

/// A run in progress.
struct Play<'a> {
    policy: &'a Policy,
    scenario: &'a Scenario,
    runtime: Runtime<MemoryStore>,
    /// The virtual instant.
    now: Option<DateTime<Utc>>,
    heard: Vec<Heard>,
    rejudged: Vec<Arc<str>>,
    refusals: BTreeSet<Arc<str>>,
    failures: Vec<Failure>,
}

/// Plays a scenario.
///
/// # Errors
/// The store in memory failed.
pub fn play(policy: &Policy, scenario: &Scenario, plan: Plan) -> Result<Verdict> {
    let mut runtime = Runtime::new(policy.clone(), MemoryStore::default())?;
    for preset in plan.presets {
        runtime.preset(&preset.subject, &preset.card, &preset.period, preset.data);
    }
    let mut play = Play {
        policy,
        scenario,
        runtime,
        now: None,
        heard: Vec::new(),
        rejudged: Vec::new(),
        refusals: BTreeSet::new(),
        failures: Vec::new(),
    };
    if play.run(plan.acts, plan.checks, plan.end) {
        play.fold_anew()?;
    }
    let steps = play.told()?;
    let facts = Facts { refusals: play.refusals, ..facts::of(&policy.model, &steps) };
    play.failures.sort_by(|a, b| (&a.place, a.kind).cmp(&(&b.place, b.kind)));
    Ok(Verdict {
        scenario: scenario.name.clone(),
        passed: play.failures.is_empty(),
        failures: play.failures,
        facts,
        steps,
    })
}

impl Play<'_> {
    /// Everything that happens, with the checks at their instants; whether the world held.
    fn run(&mut self, acts: Vec<Act>, checks: Vec<Check>, end: DateTime<Utc>) -> bool {
        let spoken_of = refusals_spoken_of(&checks);
        let (mut timed, last): (Vec<Check>, Vec<Check>) =
            checks.into_iter().partition(|check| check.at.is_some());
        timed.sort_by_key(|check| check.at);
        let mut timed = timed.into_iter().peekable();
        for act in acts {
            while let Some(check) = timed.next_if(|check| check.at < Some(act.now)) {
                if !self.check(&check, check.at.unwrap_or(end)) {
                    return false;
                }
            }
            if !self.act(&act, &spoken_of) {
                return false;
            }
        }
        while let Some(check) = timed.next_if(|check| check.at <= Some(end)) {
            if !self.check(&check, check.at.unwrap_or(end)) {
                return false;
            }
        }
        let later = timed.map(|check| (check.at.unwrap_or(end), check));
        let all: Vec<_> = last.into_iter().map(|check| (end, check)).chain(later).collect();
        all.iter().all(|(at, check)| self.check(check, *at))
    }

    fn act(&mut self, act: &Act, spoken_of: &[Arc<str>]) -> bool {
        if !self.advance(act.now, act.span) {
            return false;
        }
        let Some(event) = &act.event else { return true };
        let step = match self.runtime.submit(event.clone(), act.now) {
            Ok(step) => step,
            Err(error) => {
                self.fail_happening(FailureKind::Error, act, plain(error.to_string()));
                return false;
            }
        };
        let refusal = step.outcome.refusal().cloned();
        let (name, subject) = (event.name.clone(), event.subject.clone());
        let heard = Heard { event: name, subject, at: event.at.unwrap_or(act.now), refusal };
        if let Some(refusal) = &heard.refusal {
            self.refusals.insert(refusal.reason().into());
            let policy = self.runtime.policy();
            let told = both(|lang| check::reason(policy, &heard, lang).unwrap_or_default());
            if act.given {
                self.fail_happening(FailureKind::Given, act, told);
            } else if refusal.at_the_door() && !spoken_of.contains(&event.name) {
                self.fail_happening(FailureKind::Refused, act, told);
            }
        }
        if !act.given {
            self.heard.push(heard);
        }
        self.rejudged.extend(step.rejudged.into_iter().map(|rejudged| rejudged.record));
        true
    }

    /// Time passes; whether the world held.
    fn advance(&mut self, now: DateTime<Utc>, span: Span) -> bool {
        if self.now.is_some_and(|at| at >= now) {
            return true;
        }
        self.now = Some(now);
        let failed = match self.runtime.advance(now) {
            Ok(advanced) => advanced.failures.into_iter().map(|failure| failure.detail).next(),
            Err(error) => Some(error.to_string()),
        };
        let Some(detail) = failed else { return true };
        let differs = Differs {
            about: Message::new("scenario-about-happening", ["advance"]),
            expected: Message::plain("scenario-no-failure"),
            found: plain(detail),
        };
        self.fail(FailureKind::Error, span, differs);
        false
    }

    fn check(&mut self, check: &Check, at: DateTime<Utc>) -> bool {
        if !self.advance(at, check.span) {
            return false;
        }
        let policy = self.policy;
        match check::check(policy, self, &check.wanted, at) {
            Ok(None) => {}
            Ok(Some(differs)) => self.fail(FailureKind::Expectation, check.span, differs),
            Err(error) => {
                let differs = Differs {
                    about: Message::new("scenario-about-happening", ["expect"]),
                    expected: Message::plain("scenario-no-failure"),
                    found: check::failed(&error),
                };
                self.fail(FailureKind::Error, check.span, differs);
            }
        }
        true
    }

    /// Every subject of the store.
    fn subjects(&mut self) -> Result<Vec<Arc<str>>> {
        self.runtime.subjects(None, "", usize::MAX)
    }

    /// Every step of every subject, as known now, in the order of their folds.
    fn told(&mut self) -> Result<Vec<(Arc<str>, Step)>> {
        let mut told = Vec::new();
        for subject in self.subjects()? {
            let steps = self.runtime.story(&subject, None, self.now)?;
            told.extend(steps.into_iter().map(|step| (subject.clone(), step)));
        }
        Ok(told)
    }

    /// Folds every subject from its records, delivered backwards: the state must be equal byte for byte.
    fn fold_anew(&mut self) -> Result<()> {
        for subject in self.subjects()? {
            match self.folded(&subject) {
                Ok((kept, anew)) if kept == anew => {}
                Ok((kept, anew)) => {
                    let (kept, anew) = first_difference(&kept, &anew);
                    self.fold_failed(&subject, plain(kept), plain(anew));
                }
                Err(error) => self.fold_failed(&subject, plain("—"), check::failed(&error)),
            }
        }
        Ok(())
    }

    /// The state as kept and as folded anew, as text.
    fn folded(&mut self, subject: &str) -> Result<(String, String)> {
        let Some(kept) = self.runtime.subject(subject)? else { return Ok(Default::default()) };
        let mut records = self.runtime.records(subject)?;
        records.reverse();
        let anew = self.policy.fold(subject, &records, None, Some(kept.frontier))?;
        let text = |state: &State| serde_json::to_string(state).unwrap_or_default();
        Ok((text(&kept), text(anew.state())))
    }

    fn fold_failed(&mut self, subject: &str, expected: Message, found: Message) {
        let about = Message::new("scenario-about-fold", [subject]);
        let differs = Differs { about, expected, found };
        self.fail(FailureKind::NotReproduced, self.scenario.span, differs);
    }

    fn fail_happening(&mut self, kind: FailureKind, act: &Act, found: Message) {
        let name = act.event.as_ref().map_or("advance", |event| &event.name);
        let key =
            if kind == FailureKind::Given { "scenario-about-given" } else { "scenario-about-happening" };
        let differs = Differs {
            about: Message::new(key, [name]),
            expected: Message::plain("scenario-accepted"),
            found,
        };
        self.fail(kind, act.span, differs);
    }

    fn fail(&mut self, kind: FailureKind, span: Span, differs: Differs) {
        let zone = self.policy.model.header.zone;
        self.failures.push(Failure {
            kind,
            place: place(&self.scenario.sources, span),
            at: self.now.map(|at| at.with_timezone(&zone)),
            about: differs.about,
            expected: differs.expected,
            found: differs.found,
        });
    }
}

impl World for Play<'_> {
    fn state(&mut self, subject: &str) -> Result<Option<State>> {
        self.runtime.subject(subject)
    }

    fn heard(&self) -> &[Heard] {
        &self.heard
    }

    fn effects(&mut self) -> Result<Vec<Effect>> {
        // Nobody takes them over here, so that everything owed still waits.
        self.runtime.outbox(usize::MAX)
    }

    fn cited(&mut self) -> Result<BTreeSet<Arc<str>>> {
        Ok(facts::of(&self.policy.model, &self.told()?).clauses)
    }

    fn story(&mut self, subject: &str, lang: Lang) -> Result<String> {
        let steps = self.runtime.story(subject, None, self.now)?;
        Ok(explain::story(self.policy, &steps, lang))
    }

    fn reviews(&mut self) -> Result<usize> {
        Ok(self.runtime.reviews()?.len())
    }

    fn rejudged(&self) -> Vec<Arc<str>> {
        self.rejudged.clone()
    }

    fn ground_lost(&mut self) -> Result<Vec<Arc<str>>> {
        let mut lost = Vec::new();
        for subject in self.subjects()? {
            let state = self.runtime.subject(&subject)?;
            lost.extend(state.into_iter().flat_map(|state| state.ground_lost).map(|lost| lost.decision));
        }
        Ok(lost)
    }
}

/// The events whose refusal the scenario speaks of; with `refused: none` every refusal is told anyway.
fn refusals_spoken_of(checks: &[Check]) -> Vec<Arc<str>> {
    let spoken = checks.iter().filter_map(|check| match &check.wanted {
        Wanted::Refused { event, .. } => Some(event.clone()),
        _ => None,
    });
    spoken.collect()
}

/// The surroundings of the first place where two texts differ.
fn first_difference(kept: &str, anew: &str) -> (String, String) {
    let at = kept.chars().zip(anew.chars()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| -> String {
        let part: String = text.chars().skip(at.saturating_sub(80)).take(200).collect();
        format!("…{part}…")
    };
    (around(kept), around(anew))
}
