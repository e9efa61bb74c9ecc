//! The imperative shell: it loads, judges, keeps records and effects in one transaction, and hands effects over.
//!
//! INVARIANT: only here do the store and `now` meet, and `now` is always given by the caller.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::audit::{self, AuditHead, Finding};
use crate::engine::{self, Effect, EffectKind, State, Step};
use crate::error::Result;
use crate::model::{KindId, Policy};
use crate::record::{Data, Event, Record};
use crate::store::{Delivery, Head, Outgoing, Rejected, Review, Saved, Score, Store};

mod advance;
mod cache;
mod closing;
mod keep;
mod reading;
mod relay;
mod run;
mod summary;
mod take;

#[cfg(test)]
mod tests;

pub use advance::{Advanced, Batch, Failure, Passed};
pub use run::RunOptions;
pub use summary::{Failed, Refused, Summary};

use cache::{Cache, Entry};
use closing::{Closing, TakenDown};

/// How many subjects are kept at hand unless said otherwise.
const SUBJECTS_MAX: usize = 20_000;

/// How much may have happened at a subject since its state was saved; less is folded again sooner than it is saved and read.
const UNSAVED_MAX: usize = 32;

/// How many names are asked from the store at once.
const PAGE: usize = 500;

/// The note that names the revision of the policy that judged last.
const REVISION: &str = "revision";

/// The note that counts cases by workflow and state.
const CASES: &str = "cases";

/// Runs a policy over a store.
///
/// Each call is one transaction: it happens whole or not at all, also when the machine stops in the middle. Effects lie in an
/// outbox until they are acknowledged; a host may see one twice, never miss one, and tells them apart by id.
pub struct Runtime<S: Store> {
    policy: Policy,
    store: S,
    cache: Cache,
    /// One for each scorecard.
    closings: Vec<Closing>,
    /// Aggregates of persons to be closed as soon as what changes their samples is kept.
    taken_down: Vec<TakenDown>,
    /// Kinds of subject that expressions about other subjects read.
    sources: Vec<KindId>,
    /// How many cases stand in each state, by workflow and state.
    cases: BTreeMap<Arc<str>, BTreeMap<Arc<str>, i64>>,
    /// Whether `cases` differs from the store's note.
    cases_changed: bool,
    /// Whether a transaction is open.
    open: bool,
    /// How many subjects the event at hand has reached one after the other.
    relays: u32,
    /// The store's mark of foreign writes when it was last looked at.
    foreign: u64,
    /// Subjects at which the world failed while time passed: they wait until all others had their turn.
    stuck: BTreeSet<Arc<str>>,
    /// How many subjects are due until an instant; `None`: nobody has asked, or it has to be counted again.
    backlog: Option<(DateTime<Utc>, u64)>,
    /// Aggregates given for a person and a period instead of those of the ledger; only scenarios give them.
    presets: BTreeMap<(Arc<str>, Arc<str>), Data>,
}

impl<S: Store> Runtime<S> {
    /// A runtime of a policy over a store.
    ///
    /// A store that another revision of the policy has judged is folded again, which takes time in proportion to its records;
    /// what that revision has told stands.
    ///
    /// # Errors
    /// The store fails, or a calendar or parameter does not cover a date of its records.
    pub fn new(policy: Policy, store: S) -> Result<Runtime<S>> {
        Runtime::with_capacity(policy, store, SUBJECTS_MAX)
    }

    /// As [`Runtime::new`], keeping at most so many subjects in memory.
    ///
    /// # Errors
    /// As [`Runtime::new`].
    pub fn with_capacity(policy: Policy, store: S, subjects_max: usize) -> Result<Runtime<S>> {
        let mut runtime = Runtime {
            sources: reading::sources(&policy.model),
            closings: Vec::new(),
            taken_down: Vec::new(),
            cases: BTreeMap::new(),
            cases_changed: false,
            cache: Cache::new(subjects_max),
            open: false,
            relays: 0,
            foreign: 0,
            stuck: BTreeSet::new(),
            backlog: None,
            presets: BTreeMap::new(),
            policy,
            store,
        };
        runtime.foreign = runtime.store.foreign_writes()?;
        runtime.recall()?;
        runtime.adopt_revision()?;
        Ok(runtime)
    }

    /// Gives the aggregates with which a period of a person will be closed, instead of those measured.
    pub(crate) fn preset(&mut self, subject: &str, card: &str, period: &str, data: Data) {
        self.presets.insert((subject.into(), format!("{card}/{period}").into()), data);
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The store.
    pub fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Gives the store back, every state saved that is not folded again as soon.
    ///
    /// # Errors
    /// The store fails.
    pub fn into_store(mut self) -> Result<S> {
        self.atomically(Runtime::save_all)?;
        Ok(self.store)
    }

    /// Judges one event and keeps what comes of it, durably, before it returns.
    ///
    /// # Errors
    /// The world failed: the store, a script limit, a calendar that does not cover the date. Nothing is changed then.
    pub fn submit(&mut self, event: Event, now: DateTime<Utc>) -> Result<Step> {
        self.atomically(|runtime| runtime.take(&event, now))
    }

    /// Judges several events in one transaction: all are kept, or none.
    ///
    /// # Errors
    /// As [`Runtime::submit`].
    pub fn batch(
        &mut self,
        events: impl IntoIterator<Item = Event>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Step>> {
        self.atomically(|runtime| events.into_iter().map(|event| runtime.take(&event, now)).collect())
    }

    /// The state of a subject now; `None` when nothing was ever kept of it.
    ///
    /// # Errors
    /// The store fails.
    pub fn subject(&mut self, id: &str) -> Result<Option<State>> {
        self.refresh()?;
        if let Some(entry) = self.cache.peek(id).filter(|entry| entry.head.seq > 0) {
            return Ok(Some(entry.state.clone()));
        }
        let Some(head) = self.store.head(id)? else { return Ok(None) };
        self.load(head).map(|entry| Some(entry.state))
    }

    /// The state of a subject as it was known at one instant, judged until another; `None`: nothing was known then.
    ///
    /// # Errors
    /// The store fails, or a calendar or parameter does not cover a date.
    pub fn as_known(
        &mut self,
        id: &str,
        known: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Option<State>> {
        self.fold_known(id, known, until, &mut |_| {})
    }

    /// Every step of a subject's history, in the order of the fold, as known at one instant and judged until another.
    ///
    /// # Errors
    /// As [`Runtime::as_known`].
    pub fn story(
        &mut self,
        id: &str,
        known: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        self.fold_known(id, known, until, &mut |step| steps.push(step))?;
        Ok(steps)
    }

    /// The records of a subject in arrival order.
    ///
    /// # Errors
    /// The store fails.
    pub fn records(&mut self, id: &str) -> Result<Vec<Arc<Record>>> {
        self.store.records(id, 0)
    }

    /// Names of subjects of a kind (or all) after a name, in order, at most `limit`; start with an empty name.
    ///
    /// # Errors
    /// The store fails.
    pub fn subjects(&mut self, kind: Option<&str>, after: &str, limit: usize) -> Result<Vec<Arc<str>>> {
        self.store.subjects(kind, after, limit)
    }

    /// The effects that wait to be handed over, earliest first, at most `limit`.
    ///
    /// # Errors
    /// The store fails.
    pub fn outbox(&mut self, limit: usize) -> Result<Vec<Effect>> {
        self.store.outbox(Delivery::Pending, limit)
    }

    /// The effects that lost their cause after the host had acknowledged them; somebody has to look.
    ///
    /// # Errors
    /// The store fails.
    pub fn undone(&mut self, limit: usize) -> Result<Vec<Effect>> {
        let mut undone = self.store.outbox(Delivery::Undone, usize::MAX)?;
        // What went to another subject was taken back there.
        undone.retain(|effect| !matches!(effect.kind, EffectKind::Send { .. }));
        undone.truncate(limit);
        Ok(undone)
    }

    /// One effect and how it stands.
    ///
    /// # Errors
    /// The store fails.
    pub fn effect(&mut self, id: &str) -> Result<Option<Outgoing>> {
        self.store.outgoing(id)
    }

    /// Says that the host has taken an effect over; tells whether there is such an effect.
    ///
    /// # Errors
    /// The store fails.
    pub fn acknowledge(&mut self, id: &str) -> Result<bool> {
        self.store.acknowledge(id)
    }

    /// What happens by itself until an instant, by instant and subject, at most `limit`; the first is when to call [`Runtime::advance`].
    ///
    /// # Errors
    /// The store fails.
    pub fn due(&mut self, until: DateTime<Utc>, limit: usize) -> Result<Vec<(DateTime<Utc>, Arc<str>)>> {
        self.store.due(until, limit)
    }

    /// The results of a subject, by scorecard and period.
    ///
    /// # Errors
    /// The store fails.
    pub fn scores(&mut self, id: &str) -> Result<Vec<Score>> {
        self.store.scores(id)
    }

    /// Samples of closed periods that changed; a person decides whether a period is revised.
    ///
    /// # Errors
    /// The store fails.
    pub fn reviews(&mut self) -> Result<Vec<Review>> {
        self.store.reviews()
    }

    /// Removes a review item that a person has dealt with; tells whether it was there.
    ///
    /// # Errors
    /// The store fails.
    pub fn settle(&mut self, review: &str) -> Result<bool> {
        self.store.settle(review)
    }

    /// The latest events that did not pass the door, newest first.
    ///
    /// # Errors
    /// The store fails.
    pub fn rejected(&mut self, limit: usize) -> Result<Vec<Rejected>> {
        self.store.rejected(limit)
    }

    /// The heads of the hash chains of all subjects, by subject: keep them elsewhere to prove later that nothing was altered.
    ///
    /// # Errors
    /// The store fails.
    pub fn audit_heads(&mut self) -> Result<Vec<AuditHead>> {
        let mut heads = Vec::new();
        self.each_head(None, &mut |_, head| {
            heads.push(AuditHead { subject: head.subject, seq: head.seq, chain: head.chain });
            Ok(())
        })?;
        Ok(heads)
    }

    /// Checks the store against heads that were exported before; empty: nothing was altered or dropped since.
    ///
    /// # Errors
    /// The store fails.
    pub fn verify(&mut self, against: &[AuditHead]) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for head in against {
            let entries = self.store.entries(&head.subject)?;
            findings.extend(audit::verify(head, &entries));
        }
        Ok(findings)
    }

    /// Does something in one transaction: it happens whole or not at all.
    fn atomically<T>(&mut self, work: impl FnOnce(&mut Runtime<S>) -> Result<T>) -> Result<T> {
        if self.open {
            return work(self);
        }
        self.begin()?;
        match work(self).and_then(|done| self.commit().map(|()| done)) {
            Ok(done) => Ok(done),
            Err(error) => {
                self.rollback()?;
                Err(error)
            }
        }
    }

    fn begin(&mut self) -> Result<()> {
        self.store.begin()?;
        self.open = true;
        self.refresh()
    }

    fn commit(&mut self) -> Result<()> {
        if std::mem::take(&mut self.cases_changed) {
            let note = serde_json::to_string(&self.cases).map_err(unwritable)?;
            self.store.set_note(CASES, &note)?;
        }
        self.store.commit()?;
        self.open = false;
        Ok(())
    }

    /// Undoes the transaction; what is at hand may have seen it and is forgotten.
    fn rollback(&mut self) -> Result<()> {
        self.open = false;
        self.store.rollback()?;
        self.cache.clear();
        self.backlog = None;
        self.taken_down.clear();
        self.recall()
    }

    /// Forgets what is at hand if somebody else has written to the store.
    fn refresh(&mut self) -> Result<()> {
        let foreign = self.store.foreign_writes()?;
        if foreign != self.foreign {
            self.foreign = foreign;
            self.cache.clear();
            self.backlog = None;
            self.recall()?;
        }
        Ok(())
    }

    /// Reads the notes.
    fn recall(&mut self) -> Result<()> {
        self.cases = match self.store.note(CASES)? {
            Some(note) => serde_json::from_str(&note).map_err(unwritable)?,
            None => BTreeMap::new(),
        };
        self.cases_changed = false;
        self.closings = closing::recall(&self.policy.model, &mut self.store)?;
        Ok(())
    }

    /// Folds every subject again if another revision of the policy has judged them.
    fn adopt_revision(&mut self) -> Result<()> {
        let revision = self.policy.model.header.revision.clone();
        let before = self.store.note(REVISION)?;
        if before.as_deref() == Some(revision.as_ref()) {
            return Ok(());
        }
        self.atomically(|runtime| {
            runtime.store.set_note(REVISION, &revision)?;
            if before.is_none() {
                return Ok(());
            }
            runtime.cases.clear();
            runtime.cases_changed = true;
            runtime.each_head(None, &mut |runtime, head| runtime.fold_anew(head))
        })
    }

    fn fold_anew(&mut self, mut head: Head) -> Result<()> {
        let model = self.policy.model.clone();
        let records = self.store.records(&head.subject, 0)?;
        let base = engine::blank(&model, &head.subject)?;
        let mut moved = Vec::new();
        let state =
            engine::fold(&model, base, &records, Some(head.frontier), &mut |step| moved.extend(step.moved))?;
        self.count_cases(&moved, 1);
        head.opened = state.opened;
        head.next_due = state.next_due;
        self.store.append(&crate::store::Change::new(&head, head.seq))?;
        let saved = Saved { seq: head.seq, revision: model.header.revision.clone(), state: Arc::new(state) };
        self.store.save(&head.subject, &saved, false)
    }

    /// Calls a function with the head of every subject of a kind (or all), by name.
    fn each_head(
        &mut self,
        kind: Option<&str>,
        each: &mut dyn FnMut(&mut Runtime<S>, Head) -> Result<()>,
    ) -> Result<()> {
        let mut after: Arc<str> = "".into();
        loop {
            let names = self.store.subjects(kind, &after, PAGE)?;
            let Some(last) = names.last() else { return Ok(()) };
            after = last.clone();
            for name in names {
                if let Some(head) = self.store.head(&name)? {
                    each(self, head)?;
                }
            }
        }
    }

    /// A subject, taken out of the cache or loaded; a new one is blank.
    fn entry(&mut self, subject: &str) -> Result<Box<Entry>> {
        if let Some(entry) = self.cache.take(subject) {
            return Ok(entry);
        }
        if let Some(head) = self.store.head(subject)? {
            return self.load(head).map(Box::new);
        }
        let model = &self.policy.model;
        let state = engine::blank(model, subject)?;
        let head = Head {
            subject: state.subject.clone(),
            kind: model.kind(state.kind).name.clone(),
            opened: None,
            seq: 0,
            chain: audit::genesis(subject),
            known: None,
            frontier: state.frontier,
            next_due: None,
        };
        Ok(Box::new(Entry { state, head, unsaved: 0, milestone: 0 }))
    }

    /// The state of a subject from the newest saved one and the records since.
    fn load(&mut self, head: Head) -> Result<Entry> {
        let model = self.policy.model.clone();
        let (seq, base) = self.base(&head.subject, None)?;
        if seq == head.seq && base.frontier == head.frontier {
            return Ok(Entry { state: base, milestone: seq, head, unsaved: 0 });
        }
        let records = self.store.records(&head.subject, seq)?;
        let mut unsaved = 0;
        let mut count = |step: Step| unsaved += step.trace.entries.len();
        let state = engine::fold(&model, base, &records, Some(head.frontier), &mut count)?;
        Ok(Entry { state, milestone: seq, head, unsaved })
    }

    /// The newest saved state with a frontier before an instant, or a blank one; and how many records it covers.
    fn base(&mut self, subject: &str, before: Option<DateTime<Utc>>) -> Result<(u64, State)> {
        let model = &self.policy.model;
        match self.store.saved(subject, &model.header.revision, before)? {
            Some(saved) => Ok((saved.seq, Arc::unwrap_or_clone(saved.state))),
            None => Ok((0, engine::blank(model, subject)?)),
        }
    }

    /// Puts a subject back; those that have to go are saved.
    fn put(&mut self, entry: Box<Entry>) -> Result<()> {
        for mut entry in self.cache.put(entry) {
            save(&mut self.store, &self.policy, &mut entry)?;
        }
        Ok(())
    }

    /// Saves every state that is not folded again as soon.
    fn save_all(&mut self) -> Result<()> {
        for entry in self.cache.all() {
            save(&mut self.store, &self.policy, entry)?;
        }
        Ok(())
    }

    fn fold_known(
        &mut self,
        id: &str,
        known: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
        each: &mut dyn FnMut(Step),
    ) -> Result<Option<State>> {
        let Some(head) = self.store.head(id)? else { return Ok(None) };
        let mut records = self.store.records(id, 0)?;
        records.retain(|record| known.is_none_or(|known| record.known <= known));
        if records.is_empty() {
            return Ok(None);
        }
        // Until now: exactly what is judged. Until an instant: with everything that happens in its second.
        let (last, limit) = match until {
            Some(until) => (until, until + TimeDelta::seconds(1)),
            None => (DateTime::<Utc>::MAX_UTC, head.frontier),
        };
        let records = reading::until(records, last);
        let base = engine::blank(&self.policy.model, id)?;
        engine::fold(&self.policy.model, base, &records, Some(limit), each).map(Some)
    }
}

fn save<S: Store>(store: &mut S, policy: &Policy, entry: &mut Entry) -> Result<()> {
    if entry.unsaved < UNSAVED_MAX || entry.head.seq == 0 {
        return Ok(());
    }
    entry.unsaved = 0;
    let revision = policy.model.header.revision.clone();
    let saved = Saved { seq: entry.head.seq, revision, state: Arc::new(entry.state.clone()) };
    store.save(&entry.head.subject, &saved, false)
}

fn unwritable(err: serde_json::Error) -> crate::error::Error {
    crate::error::Error::new(crate::error::ErrorKind::Store, "a note of the store is not readable")
        .because(err)
}
