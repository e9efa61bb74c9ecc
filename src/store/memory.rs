//! A store in memory: for tests, for embedders who keep records elsewhere, for short runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Change, Delivery, Head, Kept, Outgoing, Reading, Rejected, Review, Saved, Score, Store, Totals,
    kind_word, verdict_word,
};
use crate::audit::Entry;
use crate::engine::{ClockChange, Effect, Sample};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;

mod named;
mod tables;

use tables::{Name, Outbound, Subject, Tables, Undo};

/// A store that lives and dies with the process.
#[derive(Default)]
pub struct MemoryStore {
    tables: Tables,
    /// Whether `begin` was called.
    open: bool,
    /// How to undo what was done since `begin`, in order of doing.
    undo: Vec<Undo>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn remember(&mut self, undo: Undo) {
        if self.open {
            self.undo.push(undo);
        }
    }

    /// Writes or removes one entry of one table, and remembers how to undo it.
    fn put<K, V>(&mut self, table: fn(&mut Tables) -> &mut BTreeMap<K, V>, key: K, value: Option<V>)
    where
        K: Ord + Clone + Send + 'static,
        V: Send + 'static,
    {
        let entries = table(&mut self.tables);
        let undo_key = self.open.then(|| key.clone());
        let before = match value {
            Some(value) => entries.insert(key, value),
            None => entries.remove(&key),
        };
        if let Some(key) = undo_key {
            self.undo.push(Undo::Other(Box::new(move |tables| {
                match before {
                    Some(before) => table(tables).insert(key, before),
                    None => table(tables).remove(&key),
                };
            })));
        }
    }

    /// Writes where a subject stands; tells its number.
    fn put_head(&mut self, known: Option<u32>, head: &Head) -> u32 {
        let mut before = None;
        let number = match known {
            Some(number) => {
                if let Some(subject) = self.tables.subjects.get_mut(number) {
                    before = subject.head.next_due;
                    let old = std::mem::replace(&mut subject.head, head.clone());
                    self.remember(Undo::Head(number, old));
                }
                number
            }
            None => {
                let subject = Subject::new(head.clone());
                let number = self.tables.subjects.add(head.subject.clone(), subject);
                self.tables.names.insert(head.subject.clone(), number);
                self.remember(Undo::Subject);
                number
            }
        };
        if before != head.next_due {
            for (due, is_due) in [(before, false), (head.next_due, true)] {
                let Some(due) = due else { continue };
                self.tables.set_due(due, &head.subject, is_due);
                self.remember(Undo::Due(due, head.subject.clone(), !is_due));
            }
        }
        number
    }

    fn put_records(&mut self, number: u32, records: &[Kept]) {
        let Some(subject) = self.tables.subjects.get_mut(number).filter(|_| !records.is_empty()) else {
            return;
        };
        let before = subject.records.len();
        records.iter().cloned().for_each(|kept| subject.push(kept));
        self.remember(Undo::Records(number, before));
    }

    fn put_effects(&mut self, effects: &[Arc<Effect>], withdrawn: &[Name]) {
        for effect in effects {
            let outbound = |acknowledged| Outbound { effect: effect.clone(), acknowledged, withdrawn: false };
            match self.tables.outbox.find(&effect.id) {
                Some(number) => {
                    let acknowledged = self.tables.outbox.get(number).is_some_and(|known| known.acknowledged);
                    self.put_outbound(number, outbound(acknowledged));
                }
                None => {
                    let outbound = outbound(false);
                    self.tables.waiting.insert(outbound.place());
                    self.tables.outbox.add(effect.id.clone(), outbound);
                    self.remember(Undo::Effect);
                }
            }
        }
        for id in withdrawn {
            let Some(number) = self.tables.outbox.find(id) else { continue };
            if let Some(known) = self.tables.outbox.get(number).cloned() {
                self.put_outbound(number, Outbound { withdrawn: true, ..known });
            }
        }
    }

    fn put_outbound(&mut self, number: u32, outbound: Outbound) {
        let Some(before) = self.tables.outbox.get(number).cloned() else { return };
        self.tables.set_outbound(number, outbound);
        self.remember(Undo::Outbound(number, before));
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

    fn put_clocks(&mut self, number: u32, clocks: &[Arc<ClockChange>], stands: bool) {
        for clock in clocks {
            let Some(verdict) = verdict_word(clock) else { continue };
            let key = (number, clock.case.clone(), clock.clock.clone(), clock.round, verdict);
            self.put(|tables| &mut tables.clocks, key, stands.then_some(()));
        }
    }

    /// Drops saved states, and adds one.
    fn put_saved(
        &mut self,
        number: u32,
        outdated: impl Fn(&Saved, bool) -> bool,
        more: Option<(Saved, bool)>,
    ) {
        let open = self.open;
        let Some(subject) = self.tables.subjects.get_mut(number) else { return };
        if more.is_none() && !subject.saved.iter().any(|(saved, milestone)| outdated(saved, *milestone)) {
            return;
        }
        let before = open.then(|| subject.saved.clone());
        subject.saved.retain(|(saved, milestone)| !outdated(saved, *milestone));
        subject.saved.reserve_exact(usize::from(more.is_some()));
        subject.saved.extend(more);
        if let Some(before) = before {
            self.undo.push(Undo::Saved(number, before));
        }
    }
}

impl Store for MemoryStore {
    fn begin(&mut self) -> Result<()> {
        if self.open {
            return Err(Error::new(ErrorKind::Store, "a transaction is open already"));
        }
        self.open = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.open = false;
        self.undo.clear();
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        self.open = false;
        while let Some(undo) = self.undo.pop() {
            self.tables.undo(undo);
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
        Ok(self.tables.subjects.named(subject).map(|subject| subject.head.clone()))
    }

    fn records(&mut self, subject: &str, after: u64) -> Result<Vec<Arc<Record>>> {
        let Some(subject) = self.tables.subjects.named(subject) else { return Ok(Vec::new()) };
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(subject.records.iter().skip(after).map(|kept| kept.record.clone()).collect())
    }

    fn record(&mut self, subject: &str, id: &str) -> Result<Option<Arc<Record>>> {
        let Some(subject) = self.tables.subjects.named(subject) else { return Ok(None) };
        let found = subject.place(id).and_then(|place| subject.records.get(place));
        Ok(found.map(|kept| kept.record.clone()))
    }

    fn entries(&mut self, subject: &str) -> Result<Vec<Entry>> {
        let Some(subject) = self.tables.subjects.named(subject) else { return Ok(Vec::new()) };
        let entry = |(seq, kept): (u64, &Kept)| Entry {
            seq,
            id: kept.record.id.clone(),
            payload: Some(kept.payload.clone()),
            hash: kept.hash,
        };
        Ok((1..).zip(&subject.records).map(entry).collect())
    }

    fn append(&mut self, change: &Change<'_>) -> Result<()> {
        let head = change.head;
        let number = self.tables.subjects.find(&head.subject);
        let known = number.and_then(|number| self.tables.subjects.get(number));
        super::check_expected(&head.subject, change.expected, known.map_or(0, |known| known.head.seq))?;
        for kept in change.records {
            if known.is_some_and(|known| known.place(&kept.record.id).is_some()) {
                return Err(super::taken(&head.subject, &kept.record.id));
            }
        }
        let number = self.put_head(number, head);
        self.put_records(number, change.records);
        if let Some(outdated) = change.outdated {
            self.put_saved(number, |saved, _| saved.state.frontier >= outdated, None);
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
        self.put_clocks(number, change.undone, false);
        self.put_clocks(number, change.clocks, true);
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
        let Some(number) = self.tables.subjects.find(subject) else { return Ok(()) };
        // One of the same number of records and kind is replaced, as is the one before it unless that one is to stay.
        let outdated = |known: &Saved, known_milestone: bool| {
            !known_milestone && !milestone || known_milestone == milestone && known.seq == saved.seq
        };
        self.put_saved(number, outdated, Some((saved.clone(), milestone)));
        Ok(())
    }

    fn saved(
        &mut self,
        subject: &str,
        revision: &str,
        before: Option<DateTime<Utc>>,
    ) -> Result<Option<Saved>> {
        let Some(subject) = self.tables.subjects.named(subject) else { return Ok(None) };
        let fits = |saved: &&Saved| {
            saved.revision.as_ref() == revision && before.is_none_or(|before| saved.state.frontier < before)
        };
        let found = subject.saved.iter().map(|(saved, _)| saved).filter(fits);
        Ok(found.max_by_key(|saved| (saved.seq, saved.state.frontier)).cloned())
    }

    fn due(&mut self, until: DateTime<Utc>, limit: usize) -> Result<Vec<(DateTime<Utc>, Arc<str>)>> {
        let due = self.tables.due.iter().take_while(|(at, _)| *at <= until).take(limit);
        Ok(due.cloned().collect())
    }

    fn due_count(&mut self, after: Option<DateTime<Utc>>, until: DateTime<Utc>) -> Result<u64> {
        let next = |after: DateTime<Utc>| after.checked_add_signed(TimeDelta::seconds(1));
        let from = after.map_or(DateTime::<Utc>::MIN_UTC, |after| next(after).unwrap_or(after));
        let due = self.tables.due.range((from, Name::from(""))..).take_while(|(at, _)| *at <= until);
        Ok(due.count() as u64)
    }

    fn subjects(&mut self, kind: Option<&str>, after: &str, limit: usize) -> Result<Vec<Arc<str>>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let tables = &self.tables;
        let names = tables.names.range::<str, _>((Excluded(after), Unbounded));
        let is_of = |number: u32, kind: &str| {
            tables.subjects.get(number).is_some_and(|subject| subject.head.kind.as_ref() == kind)
        };
        let fitting = names.filter(|(_, number)| kind.is_none_or(|kind| is_of(**number, kind)));
        Ok(fitting.map(|(name, _)| name.clone()).take(limit).collect())
    }

    fn count_opened(&mut self, kind: &str, before: DateTime<Utc>) -> Result<u64> {
        let heads = self.tables.names.values().filter_map(|number| self.tables.subjects.get(*number));
        let fits =
            |head: &Head| head.kind.as_ref() == kind && head.opened.is_some_and(|opened| opened < before);
        Ok(heads.filter(|subject| fits(&subject.head)).count() as u64)
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
        let first = (delivery, DateTime::<Utc>::MIN_UTC, Name::from(""));
        let places = self.tables.waiting.range(first..).take_while(|(found, _, _)| *found == delivery);
        let effects = places.take(limit).filter_map(|(_, _, id)| self.tables.outbox.named(id));
        Ok(effects.map(|outbound| outbound.effect.as_ref().clone()).collect())
    }

    fn outgoing(&mut self, id: &str) -> Result<Option<Outgoing>> {
        let found = self.tables.outbox.named(id);
        Ok(found.map(|outbound| Outgoing {
            effect: outbound.effect.as_ref().clone(),
            delivery: outbound.delivery(),
        }))
    }

    fn acknowledge(&mut self, id: &str) -> Result<bool> {
        let Some(number) = self.tables.outbox.find(id) else { return Ok(false) };
        if let Some(known) = self.tables.outbox.get(number).cloned() {
            self.put_outbound(number, Outbound { acknowledged: true, ..known });
        }
        Ok(true)
    }

    fn scores(&mut self, subject: &str) -> Result<Vec<Score>> {
        let first: (Name, Name, Name) = (subject.into(), "".into(), "".into());
        let own = self.tables.scores.range(first..).take_while(|((of, _, _), _)| of.as_ref() == subject);
        Ok(own.map(|(_, score)| score.clone()).collect())
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
            records: tables.subjects.iter().map(|subject| subject.records.len() as u64).sum(),
            ..Totals::default()
        };
        for subject in tables.subjects.iter().filter(|subject| subject.head.opened.is_some()) {
            *totals.subjects.entry(subject.head.kind.clone()).or_default() += 1;
        }
        for (_, case, clock, _, verdict) in tables.clocks.keys() {
            let workflow = super::workflow_of(case);
            let name = format!("{workflow}.{clock}");
            *totals.clocks.entry(name.into()).or_default().entry((*verdict).into()).or_default() += 1;
        }
        super::count_rounds_once(&mut totals.clocks);
        for score in tables.scores.values() {
            let periods = totals.scores.entry(score.card.clone()).or_default();
            *periods.entry(score.period.clone()).or_default().entry(score.band.clone()).or_default() += 1;
        }
        for outbound in tables.outbox.iter() {
            let (kind, word) = (kind_word(&outbound.effect), outbound.delivery().word());
            *totals.effects.entry(kind.into()).or_default().entry(word.into()).or_default() += 1;
        }
        for sample in tables.samples.values().filter(|sample| sample.person.is_none()) {
            *totals.unattributed.entry(sample.measure.clone()).or_default() += 1;
        }
        Ok(totals)
    }
}
