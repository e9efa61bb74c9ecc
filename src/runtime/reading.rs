//! What an event reads of other subjects, and who has to be told when that changes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::Runtime;
use crate::engine::{self, Admitted, REREAD, State, WITHDRAW};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{KindId, Model, Place, Property};
use crate::record::{Data, Event, Record, to_plain_json};
use crate::store::{Reading, Store};
use crate::value::Value;

/// How many records one event may make to be read again; more is a circle.
const REREADS_MAX: usize = 100_000;

/// The answers to what an event reads.
#[derive(Default)]
pub(super) struct Answers {
    /// Path → value.
    pub values: Data,
    /// The subjects that were asked.
    pub sources: Vec<Arc<str>>,
}

/// The kinds that are read by events of others.
pub(super) fn sources(model: &Model) -> Vec<KindId> {
    let kinds: BTreeSet<KindId> =
        model.reads.iter().flat_map(|read| read.hops.iter().map(|(kind, _)| *kind)).collect();
    kinds.into_iter().collect()
}

/// The records that count until an instant. A correction counts whenever it was made.
pub(super) fn until(records: Vec<Arc<Record>>, until: DateTime<Utc>) -> Vec<Arc<Record>> {
    let fits = |record: Arc<Record>| -> Option<Arc<Record>> {
        if record.at <= until {
            return Some(record);
        }
        let changes_others = record.corrects.is_some() || record.event.as_ref() == WITHDRAW;
        changes_others.then(|| Arc::new(Record { at: until, ..Record::clone(&record) }))
    };
    records.into_iter().filter_map(fits).collect()
}

impl<S: Store> Runtime<S> {
    /// Answers what an event to a subject reads of others, as they were at its instant.
    ///
    /// What the data of a correction name is read for the instant of the record that it corrects: there it will count.
    pub(super) fn answers(&mut self, own: &State, event: &Event, now: DateTime<Utc>) -> Result<Answers> {
        let model = self.policy.model.clone();
        let mut answers = Answers::default();
        let corrected = match &event.corrects {
            Some(target) => self.store.record(&event.subject, target)?.map(|record| record.at),
            None => None,
        };
        for request in engine::reads_needed(&model, own, event) {
            let of_data = matches!(model.read(request.read).place, Place::EventData(_));
            let at = corrected.filter(|_| of_data).unwrap_or(now);
            let mut value = Value::Absent;
            let mut subject = request.subject;
            for (kind, property) in &model.read(request.read).hops {
                value = Value::Absent;
                let Some(name) = subject.take() else { break };
                if model.split_subject(&name).map(|(kind, _)| kind) != Some(*kind) {
                    break;
                }
                value = match name == own.subject {
                    true if own.frontier <= at => property_at(&model, own, at, *property)?,
                    _ => self.look(&model, &name, at, *property)?,
                };
                subject = engine::subject_named(&model, &value);
                answers.sources.push(name);
            }
            answers.values.insert(request.path, value);
        }
        answers.sources.sort();
        answers.sources.dedup();
        Ok(answers)
    }

    /// A property of a subject at an instant.
    fn look(&mut self, model: &Model, subject: &str, at: DateTime<Utc>, property: Property) -> Result<Value> {
        if !self.cache.is_young(subject) {
            let entry = self.entry(subject)?;
            self.put(entry)?;
        }
        match self.cache.peek(subject) {
            Some(entry) if entry.state.frontier <= at => property_at(model, &entry.state, at, property),
            _ => Ok(engine::property(model, &self.state_at(subject, at)?, property)),
        }
    }

    /// The state of a subject at an instant, as far as it is known now.
    fn state_at(&mut self, subject: &str, at: DateTime<Utc>) -> Result<State> {
        let (seq, base) = self.base(subject, Some(at + TimeDelta::seconds(1)))?;
        let records = until(self.store.records(subject, seq)?, at);
        engine::fold(&self.policy.model, base, &records, Some(at), &mut |_| {})
    }

    /// Lets every record that has read a subject for an instant at or after `from` be judged anew, if it would read something else now.
    pub(super) fn tell_readers(
        &mut self,
        subject: &Arc<str>,
        from: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut changed = VecDeque::from([(subject.clone(), from)]);
        let mut count = 0;
        while let Some((source, from)) = changed.pop_front() {
            for reading in self.store.readers(&source, from)? {
                count += 1;
                if count > REREADS_MAX {
                    let detail = format!(
                        "more than {REREADS_MAX} records have read `{subject}` and what depends on it"
                    );
                    return Err(Error::new(ErrorKind::Script, detail));
                }
                if self.read_again(&reading, now)? {
                    changed.push_back((reading.reader, reading.at));
                }
            }
        }
        Ok(())
    }

    /// Reads again what a record has read; appends a `reread` record if that is something else now.
    fn read_again(&mut self, reading: &Reading, now: DateTime<Utc>) -> Result<bool> {
        let Some(record) = self.store.record(&reading.reader, &reading.record)? else { return Ok(false) };
        let mut then = record.reads.clone();
        let mut rereads = 0;
        for earlier in self.store.records(&reading.reader, 0)? {
            if earlier.event.as_ref() == REREAD && earlier.corrects.as_ref() == Some(&record.id) {
                then.extend(earlier.data.clone());
                rereads += 1;
            }
        }
        let event = Event {
            subject: record.subject.clone(),
            name: record.event.clone(),
            by: record.by.clone(),
            on_behalf_of: record.on_behalf_of.clone(),
            data: record.data.clone(),
            corrects: record.corrects.clone(),
            ..Event::default()
        };
        let own = self.state_at(&reading.reader, record.at)?;
        let answers = self.answers(&own, &event, record.at)?;
        let plain = |value: Option<&Value>| value.map_or_else(|| "null".to_owned(), to_plain_json);
        let data: Data = answers
            .values
            .into_iter()
            .filter(|(path, value)| plain(then.get(path)) != to_plain_json(value))
            .collect();
        if data.is_empty() {
            return Ok(false);
        }
        let event = Event {
            id: Some(format!("{REREAD}/{}/{}", record.id, rereads + 1).into()),
            subject: record.subject.clone(),
            name: REREAD.into(),
            at: Some(record.at),
            data,
            corrects: Some(record.id.clone()),
            ..Event::default()
        };
        let entry = self.entry(&reading.reader)?;
        let model = self.policy.model.clone();
        match engine::admit(
            &model,
            &entry.state,
            &event,
            now.max(record.at),
            self.last_known(&entry.head),
            Data::new(),
        )? {
            Admitted::Record(record) => {
                self.keep(entry, record, &[], now)?;
                Ok(true)
            }
            Admitted::Refused(_) => {
                self.put(entry)?;
                Ok(false)
            }
        }
    }
}

/// A property of a state whose frontier is not after the instant; what happens by itself before the instant is let happen.
fn property_at(model: &Model, state: &State, at: DateTime<Utc>, property: Property) -> Result<Value> {
    if state.next_due.is_none_or(|due| due >= at) {
        return Ok(engine::property(model, state, property));
    }
    let mut later = state.clone();
    engine::advance(model, &mut later, at)?;
    Ok(engine::property(model, &later, property))
}
