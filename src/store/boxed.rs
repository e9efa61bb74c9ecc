//! A boxed store is a store, so that the choice of one can be made when a program runs.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Change, Delivery, Head, Outgoing, Reading, Rejected, Review, Saved, Score, Store, Totals};
use crate::audit::Entry;
use crate::engine::{Effect, Sample};
use crate::error::Result;
use crate::record::Record;

impl<S: Store + ?Sized> Store for Box<S> {
    fn begin(&mut self) -> Result<()> {
        (**self).begin()
    }
    fn commit(&mut self) -> Result<()> {
        (**self).commit()
    }
    fn rollback(&mut self) -> Result<()> {
        (**self).rollback()
    }
    fn foreign_writes(&mut self) -> Result<u64> {
        (**self).foreign_writes()
    }
    fn note(&mut self, key: &str) -> Result<Option<String>> {
        (**self).note(key)
    }
    fn set_note(&mut self, key: &str, value: &str) -> Result<()> {
        (**self).set_note(key, value)
    }
    fn head(&mut self, subject: &str) -> Result<Option<Head>> {
        (**self).head(subject)
    }
    fn records(&mut self, subject: &str, after: u64) -> Result<Vec<Arc<Record>>> {
        (**self).records(subject, after)
    }
    fn record(&mut self, subject: &str, id: &str) -> Result<Option<Arc<Record>>> {
        (**self).record(subject, id)
    }
    fn entries(&mut self, subject: &str) -> Result<Vec<Entry>> {
        (**self).entries(subject)
    }
    fn append(&mut self, change: &Change<'_>) -> Result<()> {
        (**self).append(change)
    }
    fn save(&mut self, subject: &str, saved: &Saved, milestone: bool) -> Result<()> {
        (**self).save(subject, saved, milestone)
    }
    fn saved(
        &mut self,
        subject: &str,
        revision: &str,
        before: Option<DateTime<Utc>>,
    ) -> Result<Option<Saved>> {
        (**self).saved(subject, revision, before)
    }
    fn due(&mut self, until: DateTime<Utc>, limit: usize) -> Result<Vec<(DateTime<Utc>, Arc<str>)>> {
        (**self).due(until, limit)
    }
    fn due_count(&mut self, after: Option<DateTime<Utc>>, until: DateTime<Utc>) -> Result<u64> {
        (**self).due_count(after, until)
    }
    fn subjects(&mut self, kind: Option<&str>, after: &str, limit: usize) -> Result<Vec<Arc<str>>> {
        (**self).subjects(kind, after, limit)
    }
    fn count_opened(&mut self, kind: &str, before: DateTime<Utc>) -> Result<u64> {
        (**self).count_opened(kind, before)
    }
    fn readers(&mut self, source: &str, from: DateTime<Utc>) -> Result<Vec<Reading>> {
        (**self).readers(source, from)
    }
    fn samples(
        &mut self,
        person: &str,
        measure: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Sample>> {
        (**self).samples(person, measure, from, to)
    }
    fn sample(&mut self, id: &str) -> Result<Option<Sample>> {
        (**self).sample(id)
    }
    fn outbox(&mut self, delivery: Delivery, limit: usize) -> Result<Vec<Effect>> {
        (**self).outbox(delivery, limit)
    }
    fn outgoing(&mut self, id: &str) -> Result<Option<Outgoing>> {
        (**self).outgoing(id)
    }
    fn acknowledge(&mut self, id: &str) -> Result<bool> {
        (**self).acknowledge(id)
    }
    fn scores(&mut self, subject: &str) -> Result<Vec<Score>> {
        (**self).scores(subject)
    }
    fn reviews(&mut self) -> Result<Vec<Review>> {
        (**self).reviews()
    }
    fn settle(&mut self, id: &str) -> Result<bool> {
        (**self).settle(id)
    }
    fn reject(&mut self, rejected: &Rejected) -> Result<()> {
        (**self).reject(rejected)
    }
    fn rejected(&mut self, limit: usize) -> Result<Vec<Rejected>> {
        (**self).rejected(limit)
    }
    fn totals(&mut self) -> Result<Totals> {
        (**self).totals()
    }
}
