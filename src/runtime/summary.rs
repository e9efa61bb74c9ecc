//! What a run did and where everything stands after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Runtime;
use super::advance::{Advanced, Failure};
use crate::engine::{Outcome, Refusal, Step};
use crate::error::Result;
use crate::record::Event;
use crate::store::{Counts, Store};

/// How many failures, and how many refusals, are told in words; all are counted.
const FAILURES_TOLD: usize = 20;

/// What a run did, and where everything in the store stands after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Events read.
    pub events: u64,
    /// Lines of the input that are no events; whoever read the lines sets it.
    pub malformed: u64,
    /// Events by which a case moved.
    pub moved: u64,
    /// Events that were taken, and nothing moved.
    pub stayed: u64,
    /// Events that had been kept before.
    pub repeated: u64,
    /// Events with an id that had come with other content.
    pub conflicts: u64,
    /// Refused events by reason, conflicts among them.
    pub refused: Counts,
    /// The first of them, in the order they were read.
    pub refusals: Vec<Refused>,
    /// Events at which the world failed; they are not kept.
    pub failed: u64,
    /// The first of them in words.
    pub failures: Vec<Failed>,
    /// Subjects at which the world failed while time passed.
    pub overdue: Vec<Failure>,
    /// Results that were closed in this run.
    pub closed: u64,
    /// Records in the store.
    pub records: u64,
    /// Subjects by kind.
    pub subjects: Counts,
    /// Cases by workflow and state.
    pub cases: BTreeMap<Arc<str>, Counts>,
    /// Rounds of clocks: `workflow.clock` → `met`, `breached`, `met_late`.
    pub clocks: BTreeMap<Arc<str>, Counts>,
    /// Results: scorecard → period → band.
    pub scores: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Counts>>,
    /// Persons by the length of a running streak: `scorecard.streak` → length → persons.
    pub streaks: BTreeMap<Arc<str>, BTreeMap<u32, u64>>,
    /// Samples of closed periods that changed and wait for a person.
    pub reviews: u64,
    /// Effects: `notify`, `ask`, `call` → `pending`, `done`, `withdrawn`, `undone`.
    pub effects: BTreeMap<Arc<str>, Counts>,
    /// Samples credited to nobody, by measure.
    pub unattributed: Counts,
}

/// An event that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Which event of the run, from 1.
    pub event: u64,
    /// Its subject.
    pub subject: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// When it happened, if it says so.
    pub at: Option<DateTime<Utc>>,
    /// Why.
    pub refusal: Refusal,
}

/// An event at which the world failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Which event of the run, from 1.
    pub event: u64,
    /// Its subject.
    pub subject: Arc<str>,
    /// What failed.
    pub detail: String,
}

/// What a run counts while it goes.
#[derive(Default)]
pub(super) struct Tally {
    summary: Summary,
}

impl Tally {
    /// How many events were counted.
    pub fn events(&self) -> u64 {
        self.summary.events
    }

    /// Counts one event.
    pub fn count(&mut self, event: &Event, step: &Step) {
        let summary = &mut self.summary;
        summary.events += 1;
        match &step.outcome {
            Outcome::Moved => summary.moved += 1,
            Outcome::Stayed => summary.stayed += 1,
            Outcome::Repeated => summary.repeated += 1,
            Outcome::Refused(refusal) => {
                if summary.refusals.len() < FAILURES_TOLD {
                    summary.refusals.push(Refused {
                        event: summary.events,
                        subject: event.subject.clone(),
                        name: event.name.clone(),
                        at: event.at,
                        refusal: refusal.clone(),
                    });
                }
                summary.conflicts += u64::from(matches!(refusal, Refusal::Conflict { .. }));
                let reason = refusal.reason();
                match summary.refused.get_mut(reason) {
                    Some(count) => *count += 1,
                    None => {
                        summary.refused.insert(reason.into(), 1);
                    }
                }
            }
        }
    }

    /// Counts an event at which the world failed.
    pub fn fail(&mut self, failed: Failed) {
        self.summary.events += 1;
        self.summary.failed += 1;
        if self.summary.failures.len() < FAILURES_TOLD {
            self.summary.failures.push(failed);
        }
    }

    /// Counts what time did.
    pub fn add(&mut self, advanced: Advanced) {
        self.summary.closed += advanced.closed;
        let room = FAILURES_TOLD.saturating_sub(self.summary.overdue.len());
        self.summary.overdue.extend(advanced.failures.into_iter().take(room));
    }

    /// Adds what another one counted afterwards.
    pub fn merge(&mut self, other: Tally) {
        let (summary, other) = (&mut self.summary, other.summary);
        let room = FAILURES_TOLD.saturating_sub(summary.refusals.len());
        let before = summary.events;
        let later = |refused: Refused| Refused { event: before + refused.event, ..refused };
        summary.refusals.extend(other.refusals.into_iter().take(room).map(later));
        summary.events += other.events;
        summary.moved += other.moved;
        summary.stayed += other.stayed;
        summary.repeated += other.repeated;
        summary.conflicts += other.conflicts;
        for (reason, count) in other.refused {
            *summary.refused.entry(reason).or_default() += count;
        }
    }
}

impl<S: Store> Runtime<S> {
    /// Where everything stands, beside what a run has counted.
    pub(super) fn summary(&mut self, tally: Tally) -> Result<Summary> {
        let totals = self.store.totals()?;
        let positive = |states: &BTreeMap<Arc<str>, i64>| -> Counts {
            let states =
                states.iter().filter_map(|(state, count)| Some((state.clone(), u64::try_from(*count).ok()?)));
            states.filter(|(_, count)| *count > 0).collect()
        };
        Ok(Summary {
            records: totals.records,
            subjects: totals.subjects,
            cases: self.cases.iter().map(|(workflow, states)| (workflow.clone(), positive(states))).collect(),
            clocks: totals.clocks,
            scores: totals.scores,
            streaks: self.streaks()?,
            reviews: totals.reviews,
            effects: totals.effects,
            unattributed: totals.unattributed,
            ..tally.summary
        })
    }

    /// Where everything in the store stands; nothing is counted of a run.
    ///
    /// # Errors
    /// The store fails.
    pub fn standing(&mut self) -> Result<Summary> {
        self.refresh()?;
        self.summary(Tally::default())
    }

    /// How long the streaks of the latest results are.
    fn streaks(&mut self) -> Result<BTreeMap<Arc<str>, BTreeMap<u32, u64>>> {
        let model = self.policy.model.clone();
        let mut found: BTreeMap<Arc<str>, BTreeMap<u32, u64>> = BTreeMap::new();
        for kind in model.kinds.iter().filter(|kind| !kind.scorecards.is_empty()) {
            self.each_head(Some(&kind.name), &mut |runtime, head| {
                let Some(state) = runtime.subject(&head.subject)? else { return Ok(()) };
                for score in &state.scores {
                    let card = model.scorecard(score.card);
                    let lengths =
                        score.results.last().map(|result| result.streaks.as_slice()).unwrap_or_default();
                    for (streak, length) in card.streaks.iter().zip(lengths) {
                        let Some(length) = length.filter(|length| *length > 0) else { continue };
                        let name = format!("{}.{}", card.name, streak.name);
                        *found.entry(name.into()).or_default().entry(length).or_default() += 1;
                    }
                }
                Ok(())
            })?;
        }
        Ok(found)
    }
}
