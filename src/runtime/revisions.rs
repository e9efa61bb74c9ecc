//! Revisions of the policy: a store keeps the log of those adopted, and running cases keep the graph of theirs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{CASES, REVISION, Runtime, closing, reading};
use crate::engine::{self, Effect, State};
use crate::error::{Error, ErrorKind, Result};
use crate::load::{Foreign, Unfit};
use crate::model::{Model, Policy};
use crate::record::{Adopted, Record};
use crate::store::{Change, Head, Saved, Store};

/// How many live cases follow one graph of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Live {
    /// The workflow.
    pub workflow: Arc<str>,
    /// The adopted revisions that have the graph, in order of adoption.
    pub revisions: Vec<Arc<str>>,
    /// Whether it is the graph of the policy in force.
    pub newest: bool,
    /// Live cases.
    pub cases: u64,
    /// Some of their subjects, the first by name.
    pub subjects: Vec<Arc<str>>,
}

/// How many subjects are named.
pub(super) const NAMED_MAX: usize = 5;

/// How a policy stands to the revisions that its store has adopted.
pub(super) struct Standing {
    /// The policy by itself, as it was loaded.
    pub own: Policy,
    /// Whether it is the newest in the log.
    pub in_force: bool,
    /// Whether old graphs take what the policy no longer has from their own revision.
    pub completes: bool,
    /// What the store is judged by, as far as this runtime knows.
    pub judged_by: Option<String>,
}

/// The error of old graphs that cannot be carried on.
pub(super) fn unfit(unfit: Unfit) -> Error {
    let graphs = unfit.graphs.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let detail = format!("graphs of earlier revisions cannot be carried on: {graphs}");
    Error::new(ErrorKind::PolicyInvalid, detail).because(unfit)
}

/// The error of a store that is another policy's.
fn of_another(foreign: Foreign) -> Error {
    let detail = format!(
        "this store belongs to the policy `{}`, not to `{}`; open it with that policy",
        foreign.policy, foreign.opened_with
    );
    Error::new(ErrorKind::PolicyInvalid, detail).because(foreign)
}

impl<S: Store> Runtime<S> {
    /// The revisions of the policy that the store has adopted, in order; the last is in force.
    ///
    /// # Errors
    /// The store fails.
    pub fn adopted(&mut self) -> Result<Vec<Adopted>> {
        self.store.adopted()
    }

    /// Every graph that live cases follow, in the order of the policy, the newest graph of each workflow first.
    ///
    /// # Errors
    /// The store fails, or a calendar or parameter does not cover a date of its records.
    pub fn live(&mut self) -> Result<Vec<Live>> {
        self.refresh()?;
        let model = self.policy.model.clone();
        let mut counts: BTreeMap<u16, (u64, Vec<Arc<str>>)> = BTreeMap::new();
        self.each_head(None, &mut |runtime, head| {
            let Some(state) = runtime.subject(&head.subject)? else { return Ok(()) };
            for case in state.cases.iter().filter(|case| case.is_live()) {
                let (count, subjects) = counts.entry(case.workflow.0).or_default();
                *count += 1;
                if subjects.len() < NAMED_MAX && subjects.last() != Some(&head.subject) {
                    subjects.push(head.subject.clone());
                }
            }
            Ok(())
        })?;
        let live = counts.into_iter().map(|(id, (cases, subjects))| {
            let workflow = model.workflow(crate::model::WorkflowId(id));
            let mut revisions = workflow.line.revisions.clone();
            if revisions.is_empty() {
                revisions.push(model.header.revision.clone());
            }
            let newest = workflow.earlier_revision().is_none();
            Live { workflow: workflow.name.clone(), revisions, newest, cases, subjects }
        });
        Ok(live.collect())
    }

    /// The policy with the graphs of every revision of a log, and whether old graphs had to take something from their own.
    pub(super) fn among(policy: &Policy, store: S, migrates: bool) -> Result<(Policy, bool, S)> {
        let mut store = store;
        let log = store.adopted()?;
        if let Some(foreign) = policy.whose(&log) {
            return Err(of_another(foreign));
        }
        let lacking = match policy.among(&log, false) {
            Ok(policy) => return Ok((policy, false, store)),
            Err(lacking) => lacking,
        };
        if !migrates {
            let live;
            (live, store) = Runtime::live_before(policy, &log, store)?;
            let needed = |(name, revisions): &(Arc<str>, Vec<Arc<str>>)| {
                live.as_ref().is_none_or(|live| {
                    live.iter().any(|live| {
                        live.workflow == *name && live.revisions.iter().any(|one| revisions.contains(one))
                    })
                })
            };
            if lacking.graphs.is_empty() || lacking.graphs.iter().any(needed) {
                return Err(unfit(lacking));
            }
        }
        Ok((policy.among(&log, true).map_err(unfit)?, true, store))
    }

    /// What was live when the last adopted revision was in force; `None`: that revision can no longer be read.
    fn live_before(policy: &Policy, log: &[Adopted], store: S) -> Result<(Option<Vec<Live>>, S)> {
        let options = &policy.model.origin.options;
        let before = log.last().and_then(|last| Policy::as_adopted(last, options));
        let Some(own) = before else { return Ok((None, store)) };
        let carried = own.among(log, false).map(|policy| (policy, false));
        let carried = carried.or_else(|_| own.among(log, true).map(|policy| (policy, true)));
        let Ok((before, completes)) = carried else { return Ok((None, store)) };
        let standing = Standing { own, in_force: false, completes, judged_by: None };
        let mut runtime = Runtime::over(standing, before, store, 1_000)?;
        let live = runtime.live()?;
        Ok((Some(live), runtime.store))
    }

    /// Adopts the policy if it is not the newest of the store's log: from now on what becomes known is judged by it.
    pub(super) fn adopt(&mut self, now: DateTime<Utc>) -> Result<()> {
        if self.standing.in_force {
            return Ok(());
        }
        let before = (self.policy.clone(), self.standing.judged_by.clone());
        match self.atomically(|runtime| runtime.adopt_now(now)) {
            Ok(()) => {
                self.standing.in_force = true;
                Ok(())
            }
            Err(error) => {
                self.standing.judged_by = before.1;
                self.follow(before.0)?;
                Err(error)
            }
        }
    }

    fn adopt_now(&mut self, now: DateTime<Utc>) -> Result<()> {
        // Somebody else may have adopted it meanwhile.
        if self.standing.in_force {
            return Ok(());
        }
        let mut log = self.store.adopted()?;
        let adopted = self.adoption(&log, now)?;
        self.store.adopt(&adopted)?;
        let known = adopted.known;
        log.push(adopted);
        let pending = self.policy.model.clone();
        let policy = self.standing.own.among(&log, self.standing.completes).map_err(unfit)?;
        self.follow(policy)?;
        let judged_by = self.policy.model.judged_by().to_string();
        let same = self.store.note(REVISION)?.as_ref() == Some(&judged_by);
        self.store.set_note(REVISION, &judged_by)?;
        self.standing.judged_by = Some(judged_by);
        if same {
            return Ok(());
        }
        self.cases.clear();
        self.cases_changed = true;
        self.each_head(None, &mut |runtime, head| runtime.fold_anew(head, &pending, known))
    }

    /// The entry of the log. It counts from now, and never for what is known already.
    fn adoption(&mut self, log: &[Adopted], now: DateTime<Utc>) -> Result<Adopted> {
        let mut known = DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now);
        if let Some(last) = log.last() {
            known = known.max(last.known);
            self.each_head(None, &mut |_, head| {
                let after = head.known.map(|known| known + TimeDelta::seconds(1));
                known = after.map_or(known, |after| known.max(after));
                Ok(())
            })?;
        }
        let own = &self.standing.own.model;
        Ok(Adopted { revision: own.header.revision.clone(), known, sources: own.origin.texts.clone() })
    }

    /// Judges by another policy from here on.
    pub(super) fn follow(&mut self, policy: Policy) -> Result<()> {
        self.sources = reading::sources(&policy.model);
        self.closings = closing::recall(&policy.model, &mut self.store)?;
        self.cache.clear();
        self.policy = policy;
        Ok(())
    }

    /// Does something as if the policy had been adopted already; nothing is written.
    pub(super) fn as_if_adopted<T>(
        &mut self,
        now: DateTime<Utc>,
        work: impl FnOnce(&mut Runtime<S>) -> Result<T>,
    ) -> Result<T> {
        if self.standing.in_force {
            return work(self);
        }
        let mut log = self.store.adopted()?;
        log.push(self.adoption(&log, now)?);
        let policy = self.standing.own.among(&log, self.standing.completes).map_err(unfit)?;
        let before = self.policy.clone();
        self.follow(policy)?;
        let done = work(self);
        self.follow(before)?;
        done
    }

    /// The latest `known` that a new record of a subject may not come before: its own last, and the last adoption.
    pub(super) fn last_known(&self, head: &Head) -> Option<DateTime<Utc>> {
        let adopted = self.policy.model.origin.adopted.last().map(|(_, known)| *known);
        // What is not adopted yet counts from no instant that could be reached.
        head.known.max(adopted.filter(|known| *known < DateTime::<Utc>::MAX_UTC))
    }

    /// Folds a subject by the revision just adopted. What had been told before it stands; what is judged after it is told anew.
    fn fold_anew(&mut self, mut head: Head, pending: &Model, adopted: DateTime<Utc>) -> Result<()> {
        let model = self.policy.model.clone();
        let records = self.store.records(&head.subject, 0)?;
        let mut moved = Vec::new();
        let (state, after) = told(&model, &head, &records, adopted, &mut |step| moved.extend(step))?;
        self.count_cases(&moved, 1);
        head.opened = state.opened;
        head.next_due = state.next_due;
        let mut change = Change::new(&head, head.seq);
        let before = match head.frontier > adopted {
            true => told(pending, &head, &records, adopted, &mut |_| {})?.1,
            false => BTreeMap::new(),
        };
        let owed: Vec<Arc<Effect>> = match head.frontier > adopted {
            true => {
                after.iter().filter(|(id, _)| !before.contains_key(*id)).map(|(_, one)| one.clone()).collect()
            }
            false => Vec::new(),
        };
        let gone: Vec<Arc<str>> = before.keys().filter(|id| !after.contains_key(*id)).cloned().collect();
        change.effects = &owed;
        change.withdrawn = &gone;
        self.store.append(&change)?;
        let saved = Saved { seq: head.seq, revision: model.judged_by().clone(), state: Arc::new(state) };
        self.store.save(&head.subject, &saved, false)
    }

    /// Somebody else has written to the store: another policy may judge it by now.
    pub(super) fn look_again(&mut self) -> Result<()> {
        let judged_by = self.store.note(REVISION)?;
        if self.standing.judged_by == judged_by {
            return Ok(());
        }
        let log = self.store.adopted()?;
        let own = &self.standing.own;
        let is_last = log.last().is_some_and(|last| last.revision == own.model.header.revision);
        if self.standing.in_force && !is_last {
            let detail = "another revision of the policy was adopted meanwhile; open the store again with it";
            return Err(Error::new(ErrorKind::Stale, detail));
        }
        let policy = own.among(&log, self.standing.completes).map_err(unfit)?;
        self.follow(policy)?;
        self.standing.in_force = is_last;
        self.standing.judged_by = judged_by;
        Ok(())
    }

    pub(super) fn recall_cases(&mut self) -> Result<()> {
        self.cases = match self.store.note(CASES)? {
            Some(note) => serde_json::from_str(&note).map_err(super::unwritable)?,
            None => BTreeMap::new(),
        };
        self.cases_changed = false;
        Ok(())
    }
}

type Owed = BTreeMap<Arc<str>, Arc<Effect>>;

/// A subject folded, and the effects that come to be owed from an instant on.
fn told(
    model: &Model,
    head: &Head,
    records: &[Arc<Record>],
    from: DateTime<Utc>,
    moved: &mut dyn FnMut(Vec<Arc<engine::Moved>>),
) -> Result<(State, Owed)> {
    let base = engine::blank(model, &head.subject)?;
    let mut owed = Owed::new();
    let state = engine::fold(model, base, records, Some(head.frontier), &mut |step| {
        let later = step.effects.iter().filter(|effect| effect.at >= from);
        owed.extend(later.map(|effect| (effect.id.clone(), effect.clone())));
        moved(step.moved);
    })?;
    Ok((state, owed))
}
