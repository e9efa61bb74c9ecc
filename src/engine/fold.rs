//! Folding records: order, corrections, withdrawals; and what a late record changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::door::{REREAD, WITHDRAW};
use super::four_eyes;
use super::judge::{self, event_of};
use super::state::State;
use super::step::{Effect, Outcome, Rejudged, Sample, Step, Verdict};
use super::{GroundLost, ScoreResult};
use crate::error::Result;
use crate::model::{Model, Place};
use crate::record::Record;

/// See [`super::fold`].
pub(super) fn fold(
    model: &Model,
    base: State,
    records: &[Arc<Record>],
    until: Option<DateTime<Utc>>,
    each: &mut dyn FnMut(Step),
) -> Result<State> {
    let mut state = base;
    for Effective { record, correctors } in effective(model, &state, records) {
        let mut step = Step::default();
        judge::judge_into(model, &mut state, record, &correctors, &mut step)?;
        each(step);
    }
    if let Some(until) = until {
        each(judge::advance(model, &mut state, until)?);
    }
    Ok(state)
}

/// See [`super::refold`].
pub(super) fn refold(
    model: &Model,
    base: State,
    old: &[Arc<Record>],
    late: &Arc<Record>,
    until: DateTime<Utc>,
) -> Result<(State, Step)> {
    let mut before = Told::default();
    fold(model, base.clone(), old, Some(until), &mut |step| before.hear(step))?;
    let mut after = Told { wanted: Some(late.id.clone()), ..Told::default() };
    let all: Vec<Arc<Record>> = old.iter().chain([late]).cloned().collect();
    let state = fold(model, base, &all, Some(until), &mut |step| after.hear(step))?;
    Ok((state, difference(before, after, late)))
}

/// Whether a record has its place before what a state has already judged.
pub(super) fn is_late(state: &State, record: &Record) -> bool {
    if record.corrects.is_some() || record.event.as_ref() == WITHDRAW {
        return true;
    }
    record.at < state.frontier
        || state.last.as_ref().is_some_and(|(at, order, id)| record.place() < (*at, *order, id.as_ref()))
}

/// The earliest instant that a late record touches: its own, or that of the record it corrects or withdraws.
pub(super) fn touches(record: &Record, find: impl Fn(&str) -> Option<DateTime<Utc>>) -> DateTime<Utc> {
    let target = match &record.corrects {
        Some(target) => Some(target.to_string()),
        None if record.event.as_ref() == WITHDRAW => record.data.get("decision").map(ToString::to_string),
        None => None,
    };
    let target_at = target.and_then(|target| find(&target));
    target_at.map_or(record.at, |at| at.min(record.at))
}

/// A record as it counts.
struct Effective {
    record: Arc<Record>,
    /// Who corrected it: bare names.
    correctors: Vec<Arc<str>>,
}

/// The records in their order, each as the last correction has it; what was voided or withdrawn stays out.
///
/// A correction cannot target a decision; a withdrawal can target nothing else.
fn effective(model: &Model, state: &State, records: &[Arc<Record>]) -> Vec<Effective> {
    let mut corrections: BTreeMap<&str, &Arc<Record>> = BTreeMap::new();
    let mut correctors: BTreeMap<&str, Vec<Arc<str>>> = BTreeMap::new();
    let mut rereads: BTreeMap<&str, &Arc<Record>> = BTreeMap::new();
    let mut withdrawn: Vec<String> = Vec::new();
    for record in records {
        if let Some(target) = &record.corrects {
            if record.event.as_ref() != REREAD && model.kind(state.kind).compares {
                let by = four_eyes::persons(record.by.as_ref(), record.on_behalf_of.as_ref(), &[]);
                correctors.entry(target).or_default().extend(by);
            }
            let last = if record.event.as_ref() == REREAD { &mut rereads } else { &mut corrections };
            let entry = last.entry(target).or_insert(record);
            if (record.known, &record.id) > (entry.known, &entry.id) {
                *entry = record;
            }
        } else if record.event.as_ref() == WITHDRAW && record.accepted == Some(true) {
            withdrawn.extend(record.data.get("decision").map(ToString::to_string));
        }
    }
    let mut ordered: Vec<Effective> = Vec::with_capacity(records.len());
    for record in records {
        let decision = event_of(model, state, &record.event).is_some_and(|(_, def)| def.decision);
        if decision && withdrawn.iter().any(|target| *target == *record.id) {
            continue;
        }
        let correction =
            corrections.get(record.id.as_ref()).filter(|_| !decision && record.corrects.is_none());
        // A later reading reaches decisions too: they stand, and what lost its ground is told.
        let reread = rereads.get(record.id.as_ref()).copied();
        let record = match (correction, reread) {
            (Some(correction), _) if correction.void => continue,
            (None, None) => record.clone(),
            (correction, reread) => {
                let mut amended = Record::clone(record);
                amended.reads.extend(reread.into_iter().flat_map(|reread| reread.data.clone()));
                if let Some(correction) = correction {
                    correct(
                        model,
                        state,
                        &mut amended,
                        correction,
                        rereads.get(correction.id.as_ref()).copied(),
                    );
                }
                Arc::new(amended)
            }
        };
        let correctors = match correction {
            Some(_) => correctors.get(record.id.as_ref()).cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        ordered.push(Effective { record, correctors });
    }
    ordered.sort_by(|a, b| a.record.place().cmp(&b.record.place()));
    ordered.dedup_by(|a, b| a.record.id == b.record.id);
    ordered
}

/// Lets a record say what a correction says. Of what the correction has read only that counts which its own data name: who
/// corrects is not who acted, and whatever else there was to read had been read with the record.
fn correct(
    model: &Model,
    state: &State,
    record: &mut Record,
    correction: &Record,
    reread: Option<&Arc<Record>>,
) {
    record.data.extend(correction.data.clone());
    let Some((_, def)) = event_of(model, state, &record.event) else { return };
    for read in def.reads.iter().map(|read| model.read(*read)) {
        let Place::EventData(slot) = read.place else { continue };
        if def.data.get(slot).is_none_or(|slot| !correction.data.contains_key(&slot.name)) {
            continue;
        }
        let later = reread.and_then(|reread| reread.data.get(&read.path));
        if let Some(value) = later.or_else(|| correction.reads.get(&read.path)) {
            record.reads.insert(read.path.clone(), value.clone());
        }
    }
}

/// What a fold told, for comparing two of them.
#[derive(Default)]
struct Told {
    wanted: Option<Arc<str>>,
    own: Option<Step>,
    verdicts: BTreeMap<Arc<str>, Verdict>,
    effects: BTreeMap<Arc<str>, Arc<Effect>>,
    samples: BTreeMap<Arc<str>, Sample>,
    scored: BTreeMap<(u16, chrono::NaiveDate), Arc<ScoreResult>>,
    ground_lost: Vec<GroundLost>,
}

impl Told {
    fn hear(&mut self, step: Step) {
        if let Some(record) = &step.record {
            self.verdicts.insert(record.id.clone(), verdict(&step));
        }
        for effect in &step.effects {
            self.effects.insert(effect.id.clone(), effect.clone());
        }
        for sample in &step.samples {
            self.samples.insert(sample.id.clone(), sample.clone());
        }
        for result in &step.scored {
            self.scored.insert((result.card.0, result.period), result.clone());
        }
        self.ground_lost.extend(step.ground_lost.iter().cloned());
        if self.wanted.is_some() && step.record.as_ref().map(|record| &record.id) == self.wanted.as_ref() {
            self.own = Some(step);
        }
    }
}

fn verdict(step: &Step) -> Verdict {
    Verdict {
        refused: step.outcome.refusal().map(|refusal| refusal.reason().into()),
        moved: step
            .moved
            .iter()
            .map(|moved| format!("{}: {}", moved.case, moved.to.join(", ")).into())
            .collect(),
    }
}

fn difference(before: Told, after: Told, late: &Arc<Record>) -> Step {
    let mut step = after.own.unwrap_or_else(|| Step {
        record: Some(late.clone()),
        outcome: Outcome::Stayed,
        ..Step::default()
    });
    step.rejudged = before
        .verdicts
        .iter()
        .filter_map(|(record, then)| {
            let now = after.verdicts.get(record)?;
            (now != then).then(|| Rejudged { record: record.clone(), then: then.clone(), now: now.clone() })
        })
        .collect();
    step.effects = after
        .effects
        .iter()
        .filter(|(id, _)| !before.effects.contains_key(*id))
        .map(|(_, effect)| effect.clone())
        .collect();
    step.withdrawn = before.effects.keys().filter(|id| !after.effects.contains_key(*id)).cloned().collect();
    step.samples = after
        .samples
        .iter()
        .filter(|(id, sample)| before.samples.get(*id) != Some(*sample))
        .map(|(_, sample)| sample.clone())
        .collect();
    step.vanished = before.samples.keys().filter(|id| !after.samples.contains_key(*id)).cloned().collect();
    step.scored = after
        .scored
        .iter()
        .filter(|(key, result)| before.scored.get(*key) != Some(*result))
        .map(|(_, result)| result.clone())
        .collect();
    step.ground_lost =
        after.ground_lost.into_iter().filter(|lost| !before.ground_lost.contains(lost)).collect();
    step
}
