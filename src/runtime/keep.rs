//! Judging a record and keeping everything that comes of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Entry, Runtime, UNSAVED_MAX};
use crate::audit;
use crate::engine::{self, ClockChange, Moved, REREAD, ScoreOutcome, State, Step, WITHDRAW};
use crate::error::Result;
use crate::model::Model;
use crate::record::Record;
use crate::store::{Change, Head, Kept, Reading, Saved, Score, Store};

/// How many records lie between two saved states that stay.
const MILESTONE_EVERY: u64 = 64;

/// What judging a record gave, beside the step.
#[derive(Default)]
pub(super) struct Judged {
    pub step: Step,
    /// What clocks do now, where that is more than the step tells.
    clocks: Option<Vec<Arc<ClockChange>>>,
    /// What clocks did before, and moves that happened before, and no longer stand.
    undone: Vec<Arc<ClockChange>>,
    unmoved: Vec<Arc<Moved>>,
    moved: Option<Vec<Arc<Moved>>>,
    /// Saved states from here on no longer hold.
    outdated: Option<DateTime<Utc>>,
}

impl<S: Store> Runtime<S> {
    /// Judges a new record of a subject and keeps what comes of it; then tells those who have read the subject.
    pub(super) fn keep(
        &mut self,
        mut entry: Box<Entry>,
        record: Arc<Record>,
        sources: &[Arc<str>],
        now: DateTime<Utc>,
    ) -> Result<Step> {
        let model = self.policy.model.clone();
        let judged = if engine::is_late(&entry.state, &record) {
            self.judge_late(&model, &mut entry, &record)?
        } else {
            self.mark_milestone(&mut entry)?;
            Judged { step: engine::judge(&model, &mut entry.state, record.clone())?, ..Judged::default() }
        };
        let kept = judged.step.record.clone().unwrap_or(record);
        let changed_from = judged.outdated.unwrap_or(kept.at);
        let (subject, kind) = (entry.state.subject.clone(), entry.state.kind);
        let opened = entry.state.opened.filter(|_| kept.event.as_ref() == "opened");
        let step = self.append(&mut entry, Some(&kept), judged, sources)?;
        self.put(entry)?;
        self.close_taken_down()?;
        self.relay(&subject, &step, now)?;
        if kept.event.as_ref() != REREAD && self.sources.contains(&kind) {
            self.tell_readers(&subject, changed_from, now)?;
        }
        if let Some(opened) = opened {
            self.close_for_latecomer(&subject, kind, opened, now)?;
        }
        Ok(step)
    }

    /// Writes a step of a subject: one change of the store, and the entry follows it.
    pub(super) fn append(
        &mut self,
        entry: &mut Entry,
        record: Option<&Arc<Record>>,
        judged: Judged,
        sources: &[Arc<str>],
    ) -> Result<Step> {
        let step = judged.step;
        let mut head = Head {
            opened: entry.state.opened,
            frontier: entry.state.frontier,
            next_due: entry.state.next_due,
            ..entry.head.clone()
        };
        let mut records = Vec::new();
        let mut readings = Vec::new();
        if let Some(record) = record {
            let payload = audit::payload(record)?;
            let hash = audit::hash(&payload);
            head.seq += 1;
            head.chain = audit::link(head.chain, hash);
            head.known = head.known.max(Some(record.known));
            readings.extend(sources.iter().map(|source| Reading {
                source: source.clone(),
                at: record.at,
                reader: head.subject.clone(),
                record: record.id.clone(),
            }));
            records.push(Kept { record: record.clone(), payload, hash });
        }
        let because = record.map_or_else(|| Arc::from(""), |record| record.id.clone());
        let reviews = self.reviews_of(&step, &because)?;
        let scores: Vec<Score> = step.scored.iter().map(|result| named(&self.policy.model, result)).collect();
        self.store.append(&Change {
            head: &head,
            expected: entry.head.seq,
            records: &records,
            outdated: judged.outdated,
            effects: &step.effects,
            withdrawn: &step.withdrawn,
            samples: &step.samples,
            vanished: &step.vanished,
            scores: &scores,
            clocks: judged.clocks.as_deref().unwrap_or(&step.clocks),
            undone: &judged.undone,
            readings: &readings,
            reviews: &reviews,
        })?;
        self.count_cases(&judged.unmoved, -1);
        self.count_cases(judged.moved.as_deref().unwrap_or(&step.moved), 1);
        entry.unsaved += match judged.outdated {
            // What was saved may be gone.
            Some(_) => UNSAVED_MAX,
            None => step.trace.entries.len(),
        };
        self.note_due(&head.subject, entry.head.next_due, head.next_due);
        entry.head = head;
        Ok(step)
    }

    /// Counts moves of cases, or takes them back.
    pub(super) fn count_cases(&mut self, moved: &[Arc<Moved>], sign: i64) {
        for moved in moved {
            let workflow = moved.case.rsplit_once('/').map_or(moved.case.as_ref(), |(workflow, _)| workflow);
            let states = self.cases.entry(workflow.into()).or_default();
            for state in moved.from.iter() {
                *states.entry(state.clone()).or_default() -= sign;
            }
            for state in moved.to.iter() {
                *states.entry(state.clone()).or_default() += sign;
            }
            self.cases_changed = true;
        }
    }

    /// Folds again from the last saved state before everything that the record touches.
    fn judge_late(&mut self, model: &Model, entry: &mut Entry, late: &Arc<Record>) -> Result<Judged> {
        let target = match &late.corrects {
            Some(target) => Some(target.to_string()),
            None if late.event.as_ref() == WITHDRAW => late.data.get("decision").map(ToString::to_string),
            None => None,
        };
        let target = target.map(|id| self.store.record(&late.subject, &id)).transpose()?.flatten();
        let from = target.map_or(late.at, |target| target.at.min(late.at));
        let (seq, base) = self.base(&late.subject, Some(from))?;
        let old = self.store.records(&late.subject, seq)?;
        let late = match late.event.as_ref() {
            WITHDRAW => decided(model, &entry.state, late)?,
            _ => late.clone(),
        };
        let until = entry.state.frontier.max(late.at);
        let before = told(model, base.clone(), &old, entry.state.frontier)?;
        let (state, step) = engine::refold(model, base.clone(), &old, &late, until)?;
        let mut all = old;
        all.push(step.record.clone().unwrap_or(late));
        let after = told(model, base, &all, until)?;
        entry.state = state;
        entry.milestone = seq;
        Ok(Judged {
            step,
            clocks: Some(after.clocks),
            undone: before.clocks,
            moved: Some(after.moved),
            unmoved: before.moved,
            outdated: Some(from),
        })
    }

    fn mark_milestone(&mut self, entry: &mut Entry) -> Result<()> {
        if entry.head.seq < entry.milestone + MILESTONE_EVERY {
            return Ok(());
        }
        entry.milestone = entry.head.seq;
        let revision = self.policy.model.header.revision.clone();
        let saved = Saved { seq: entry.head.seq, revision, state: Arc::new(entry.state.clone()) };
        self.store.save(&entry.head.subject, &saved, true)
    }
}

/// What a fold told of clocks and cases.
#[derive(Default)]
struct Told {
    clocks: Vec<Arc<ClockChange>>,
    moved: Vec<Arc<Moved>>,
}

fn told(model: &Model, base: State, records: &[Arc<Record>], until: DateTime<Utc>) -> Result<Told> {
    let mut told = Told::default();
    engine::fold(model, base, records, Some(until), &mut |step| {
        told.clocks.extend(step.clocks);
        told.moved.extend(step.moved);
    })?;
    Ok(told)
}

/// A withdrawal with its verdict, which must stand in the record before anything is folded with it.
fn decided(model: &Model, state: &State, withdrawal: &Arc<Record>) -> Result<Arc<Record>> {
    let step = engine::judge(model, &mut state.clone(), withdrawal.clone())?;
    Ok(step.record.unwrap_or_else(|| withdrawal.clone()))
}

/// A result with the names of its parts.
fn named(model: &Model, result: &crate::engine::ScoreResult) -> Score {
    let card = model.scorecard(result.card);
    let band = match (result.outcome, result.band.and_then(|band| card.bands.get(band))) {
        (ScoreOutcome::Scored, Some(band)) => band.name.clone(),
        (ScoreOutcome::Exempt, _) => "exempt".into(),
        _ => "undetermined".into(),
    };
    Score { card: card.name.clone(), period: result.period_name.clone(), band, result: result.clone() }
}

impl From<Step> for Judged {
    fn from(step: Step) -> Judged {
        Judged { step, ..Judged::default() }
    }
}
