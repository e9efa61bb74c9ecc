//! A store in memory: for tests, for embedders who keep records elsewhere, for short runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    Change, Delivery, Head, Kept, Outgoing, Reading, Rejected, Review, Saved, Score, Store, Totals,
    kind_word, verdict_word,
};
use crate::audit::Entry;
use crate::engine::{ClockChange, Effect, Sample};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;

/// A store that lives and dies with the process.
#[derive(Default)]
pub struct MemoryStore {
    tables: Tables,
    /// How to undo what was done since `begin`, in order of doing.
    undo: Option<Vec<Undo>>,
}

type Name = Arc<str>;
type Undo = Box<dyn FnOnce(&mut Tables) + Send>;

#[derive(Default)]
struct Tables {
    notes: BTreeMap<String, String>,
    heads: BTreeMap<Name, Head>,
    due: BTreeMap<(DateTime<Utc>, Name), ()>,
    records: BTreeMap<(Name, u64), Kept>,
    ids: BTreeMap<(Name, Name), u64>,
    /// By subject, records covered, and whether it is a milestone.
    saved: BTreeMap<(Name, u64, bool), Saved>,
    outbox: BTreeMap<Name, (Arc<Effect>, bool, bool)>,
    samples: BTreeMap<Name, Sample>,
    /// Person, measure, instant, id.
    credited: BTreeMap<(Name, Name, DateTime<Utc>, Name), ()>,
    scores: BTreeMap<(Name, Name, Name), Score>,
    /// Subject, case, clock, round, verdict.
    clocks: BTreeMap<(Name, Name, Name, u32, &'static str), Arc<ClockChange>>,
    readings: BTreeMap<Reading, ()>,
    reviews: BTreeMap<Name, Review>,
    rejected: BTreeMap<u64, Rejected>,
    rejected_ids: BTreeMap<Name, ()>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// Writes or removes one entry of one table, and remembers how to undo it.
    fn put<K, V>(&mut self, table: fn(&mut Tables) -> &mut BTreeMap<K, V>, key: K, value: Option<V>)
    where
        K: Ord + Clone + Send + 'static,
        V: Send + 'static,
    {
        let entries = table(&mut self.tables);
        let undo_key = self.undo.is_some().then(|| key.clone());
        let before = match value {
            Some(value) => entries.insert(key, value),
            None => entries.remove(&key),
        };
        if let (Some(undo), Some(key)) = (&mut self.undo, undo_key) {
            undo.push(Box::new(move |tables| {
                match before {
                    Some(before) => table(tables).insert(key, before),
                    None => table(tables).remove(&key),
                };
            }));
        }
    }

    fn put_head(&mut self, head: &Head) {
        let before = self.tables.heads.get(&head.subject).and_then(|head| head.next_due);
        if before != head.next_due {
            if let Some(due) = before {
                self.put(|tables| &mut tables.due, (due, head.subject.clone()), None);
            }
            if let Some(due) = head.next_due {
                self.put(|tables| &mut tables.due, (due, head.subject.clone()), Some(()));
            }
        }
        self.put(|tables| &mut tables.heads, head.subject.clone(), Some(head.clone()));
    }

    fn put_records(&mut self, head: &Head, expected: u64, records: &[Kept]) {
        for (seq, kept) in (expected + 1..).zip(records) {
            self.put(|tables| &mut tables.ids, (head.subject.clone(), kept.record.id.clone()), Some(seq));
            self.put(|tables| &mut tables.records, (head.subject.clone(), seq), Some(kept.clone()));
        }
    }

    fn put_effects(&mut self, effects: &[Arc<Effect>], withdrawn: &[Name]) {
        for effect in effects {
            let acknowledged =
                self.tables.outbox.get(&effect.id).is_some_and(|(_, acknowledged, _)| *acknowledged);
            self.put(
                |tables| &mut tables.outbox,
                effect.id.clone(),
                Some((effect.clone(), acknowledged, false)),
            );
        }
        for id in withdrawn {
            if let Some((effect, acknowledged, _)) = self.tables.outbox.get(id).cloned() {
                self.put(|tables| &mut tables.outbox, id.clone(), Some((effect, acknowledged, true)));
            }
        }
    }

    fn put_sample(&mut self, id: &Name, sample: Option<&Sample>) {
        let place = |sample: &Sample| {
            let person = sample.person.clone()?;
            Some((person, sample.measure.clone(), sample.at, sample.id.clone()))
        };
        if let Some(before) = self.tables.samples.get(id).and_then(place) {
            self.put(|tables| &mut tables.credited, before, None);
        }
        if let Some(after) = sample.and_then(place) {
            self.put(|tables| &mut tables.credited, after, Some(()));
        }
        self.put(|tables| &mut tables.samples, id.clone(), sample.cloned());
    }

    fn put_clocks(&mut self, subject: &Name, clocks: &[Arc<ClockChange>], stands: bool) {
        for clock in clocks {
            let Some(verdict) = verdict_word(clock) else { continue };
            let key = (subject.clone(), clock.case.clone(), clock.clock.clone(), clock.round, verdict);
            self.put(|tables| &mut tables.clocks, key, stands.then(|| clock.clone()));
        }
    }

    fn drop_saved(&mut self, subject: &Name, outdated: impl Fn(&Saved, bool) -> bool) {
        let keys: Vec<(Name, u64, bool)> = self
            .tables
            .saved
            .range((subject.clone(), 0, false)..=(subject.clone(), u64::MAX, true))
            .filter(|((_, _, milestone), saved)| outdated(saved, *milestone))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            self.put(|tables| &mut tables.saved, key, None);
        }
    }
}

impl Store for MemoryStore {
    fn begin(&mut self) -> Result<()> {
        if self.undo.is_some() {
            return Err(Error::new(ErrorKind::Store, "a transaction is open already"));
        }
        self.undo = Some(Vec::new());
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.undo = None;
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        for undo in self.undo.take().into_iter().flatten().rev() {
            undo(&mut self.tables);
        }
        Ok(())
    }

    fn foreign_writes(&mut self) -> Result<u64> {
        Ok(0)
    }

    fn note(&mut self, key: &str) -> Result<Option<String>> {
        Ok(self.tables.notes.get(key).cloned())
    }

    fn set_note(&mut self, key: &str, value: &str) -> Result<()> {
        self.put(|tables| &mut tables.notes, key.to_owned(), Some(value.to_owned()));
        Ok(())
    }

    fn head(&mut self, subject: &str) -> Result<Option<Head>> {
        Ok(self.tables.heads.get(subject).cloned())
    }

    fn records(&mut self, subject: &str, after: u64) -> Result<Vec<Arc<Record>>> {
        let subject: Name = subject.into();
        let range = (subject.clone(), after.saturating_add(1))..=(subject, u64::MAX);
        Ok(self.tables.records.range(range).map(|(_, kept)| kept.record.clone()).collect())
    }

    fn record(&mut self, subject: &str, id: &str) -> Result<Option<Arc<Record>>> {
        let subject: Name = subject.into();
        let Some(seq) = self.tables.ids.get(&(subject.clone(), id.into())) else { return Ok(None) };
        Ok(self.tables.records.get(&(subject, *seq)).map(|kept| kept.record.clone()))
    }

    fn entries(&mut self, subject: &str) -> Result<Vec<Entry>> {
        let subject: Name = subject.into();
        let entry = |((_, seq), kept): (&(Name, u64), &Kept)| Entry {
            seq: *seq,
            id: kept.record.id.clone(),
            payload: Some(kept.payload.clone()),
            hash: kept.hash,
        };
        Ok(self.tables.records.range((subject.clone(), 0)..=(subject, u64::MAX)).map(entry).collect())
    }

    fn append(&mut self, change: &Change<'_>) -> Result<()> {
        let head = change.head;
        let found = self.tables.heads.get(&head.subject).map_or(0, |head| head.seq);
        super::check_expected(&head.subject, change.expected, found)?;
        for kept in change.records {
            if self.tables.ids.contains_key(&(head.subject.clone(), kept.record.id.clone())) {
                return Err(super::taken(&head.subject, &kept.record.id));
            }
        }
        self.put_head(head);
        self.put_records(head, change.expected, change.records);
        if let Some(outdated) = change.outdated {
            self.drop_saved(&head.subject, |saved, _| saved.state.frontier >= outdated);
        }
        self.put_effects(change.effects, change.withdrawn);
        for sample in change.samples {
            self.put_sample(&sample.id, Some(sample));
        }
        for id in change.vanished {
            self.put_sample(id, None);
        }
        for score in change.scores {
            let key = (head.subject.clone(), score.card.clone(), score.period.clone());
            self.put(|tables| &mut tables.scores, key, Some(score.clone()));
        }
        self.put_clocks(&head.subject, change.undone, false);
        self.put_clocks(&head.subject, change.clocks, true);
        for reading in change.readings {
            self.put(|tables| &mut tables.readings, reading.clone(), Some(()));
        }
        for review in change.reviews {
            let then = match self.tables.reviews.get(&review.id) {
                Some(known) => known.then,
                None => review.then,
            };
            self.put(
                |tables| &mut tables.reviews,
                review.id.clone(),
                Some(Review { then, ..review.clone() }),
            );
        }
        Ok(())
    }

    fn save(&mut self, subject: &str, saved: &Saved, milestone: bool) -> Result<()> {
        let subject: Name = subject.into();
        self.drop_saved(&subject, |_, known_milestone| !known_milestone && !milestone);
        self.put(|tables| &mut tables.saved, (subject, saved.seq, milestone), Some(saved.clone()));
        Ok(())
    }

    fn saved(
        &mut self,
        subject: &str,
        revision: &str,
        before: Option<DateTime<Utc>>,
    ) -> Result<Option<Saved>> {
        let subject: Name = subject.into();
        let range = (subject.clone(), 0, false)..=(subject, u64::MAX, true);
        let fits = |saved: &&Saved| {
            saved.revision.as_ref() == revision && before.is_none_or(|before| saved.state.frontier < before)
        };
        let found = self.tables.saved.range(range).rev().map(|(_, saved)| saved).filter(fits);
        Ok(found.max_by_key(|saved| (saved.seq, saved.state.frontier)).cloned())
    }

    fn due(&mut self, until: DateTime<Utc>, limit: usize) -> Result<Vec<(DateTime<Utc>, Arc<str>)>> {
        let due = self.tables.due.keys().take_while(|(at, _)| *at <= until).take(limit);
        Ok(due.cloned().collect())
    }

    fn subjects(&mut self, kind: Option<&str>, after: &str, limit: usize) -> Result<Vec<Arc<str>>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let heads = self.tables.heads.range::<str, _>((Excluded(after), Unbounded));
        let fitting = heads.filter(|(_, head)| kind.is_none_or(|kind| head.kind.as_ref() == kind));
        Ok(fitting.map(|(name, _)| name.clone()).take(limit).collect())
    }

    fn readers(&mut self, source: &str, from: DateTime<Utc>) -> Result<Vec<Reading>> {
        let first = Reading { source: source.into(), at: from, reader: "".into(), record: "".into() };
        let readings = self.tables.readings.range(first..).map(|(reading, ())| reading);
        Ok(readings.take_while(|reading| reading.source.as_ref() == source).cloned().collect())
    }

    fn samples(
        &mut self,
        person: &str,
        measure: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Sample>> {
        let key =
            |at| -> (Name, Name, DateTime<Utc>, Name) { (person.into(), measure.into(), at, "".into()) };
        let ids = self.tables.credited.range(key(from)..key(to)).map(|((_, _, _, id), ())| id);
        let mut found: Vec<Sample> = ids.filter_map(|id| self.tables.samples.get(id)).cloned().collect();
        found.sort_by(|one, two| one.id.cmp(&two.id));
        Ok(found)
    }

    fn sample(&mut self, id: &str) -> Result<Option<Sample>> {
        Ok(self.tables.samples.get(id).cloned())
    }

    fn outbox(&mut self, delivery: Delivery, limit: usize) -> Result<Vec<Effect>> {
        let fitting = self
            .tables
            .outbox
            .values()
            .filter(|(_, acknowledged, withdrawn)| Delivery::of(*acknowledged, *withdrawn) == delivery);
        let mut effects: Vec<&Effect> = fitting.map(|(effect, _, _)| effect.as_ref()).collect();
        effects.sort_by(|one, two| (one.at, &one.id).cmp(&(two.at, &two.id)));
        Ok(effects.into_iter().take(limit).cloned().collect())
    }

    fn outgoing(&mut self, id: &str) -> Result<Option<Outgoing>> {
        let found = self.tables.outbox.get(id).cloned();
        Ok(found.map(|(effect, acknowledged, withdrawn)| Outgoing {
            effect: effect.as_ref().clone(),
            delivery: Delivery::of(acknowledged, withdrawn),
        }))
    }

    fn acknowledge(&mut self, id: &str) -> Result<bool> {
        let Some((effect, _, withdrawn)) = self.tables.outbox.get(id).cloned() else { return Ok(false) };
        self.put(|tables| &mut tables.outbox, id.into(), Some((effect, true, withdrawn)));
        Ok(true)
    }

    fn scores(&mut self, subject: &str) -> Result<Vec<Score>> {
        let fitting = self.tables.scores.iter().filter(|((of, _, _), _)| of.as_ref() == subject);
        Ok(fitting.map(|(_, score)| score.clone()).collect())
    }

    fn reviews(&mut self) -> Result<Vec<Review>> {
        Ok(self.tables.reviews.values().cloned().collect())
    }

    fn settle(&mut self, id: &str) -> Result<bool> {
        let known = self.tables.reviews.contains_key(id);
        self.put(|tables| &mut tables.reviews, id.into(), None);
        Ok(known)
    }

    fn reject(&mut self, rejected: &Rejected) -> Result<()> {
        if self.tables.rejected_ids.contains_key(&rejected.id) {
            return Ok(());
        }
        self.put(|tables| &mut tables.rejected_ids, rejected.id.clone(), Some(()));
        let number = self.tables.rejected.last_key_value().map_or(1, |(last, _)| last + 1);
        self.put(|tables| &mut tables.rejected, number, Some(rejected.clone()));
        Ok(())
    }

    fn rejected(&mut self, limit: usize) -> Result<Vec<Rejected>> {
        Ok(self.tables.rejected.values().rev().take(limit).cloned().collect())
    }

    fn totals(&mut self) -> Result<Totals> {
        let tables = &self.tables;
        let mut totals = Totals {
            reviews: tables.reviews.len() as u64,
            records: tables.records.len() as u64,
            ..Totals::default()
        };
        for head in tables.heads.values().filter(|head| head.opened.is_some()) {
            *totals.subjects.entry(head.kind.clone()).or_default() += 1;
        }
        for ((_, _, _, _, verdict), change) in &tables.clocks {
            let workflow = super::workflow_of(&change.case);
            let name = format!("{workflow}.{}", change.clock);
            *totals.clocks.entry(name.into()).or_default().entry((*verdict).into()).or_default() += 1;
        }
        super::count_rounds_once(&mut totals.clocks);
        for score in tables.scores.values() {
            let periods = totals.scores.entry(score.card.clone()).or_default();
            *periods.entry(score.period.clone()).or_default().entry(score.band.clone()).or_default() += 1;
        }
        for (effect, acknowledged, withdrawn) in tables.outbox.values() {
            let word = Delivery::of(*acknowledged, *withdrawn).word();
            *totals.effects.entry(kind_word(effect).into()).or_default().entry(word.into()).or_default() += 1;
        }
        for sample in tables.samples.values().filter(|sample| sample.person.is_none()) {
            *totals.unattributed.entry(sample.measure.clone()).or_default() += 1;
        }
        Ok(totals)
    }
}
