//! One event: read of others, pass the door, recognise a repeat, judge.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Runtime;
use crate::audit;
use crate::engine::{self, Admitted, Outcome, REREAD, Refusal, State, Step, WITHDRAW};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EventOrigin, Model, ScoreEvent};
use crate::record::{Data, Event, Record};
use crate::store::{Rejected, Store};

impl<S: Store> Runtime<S> {
    /// Takes one event inside a transaction.
    pub(super) fn take(&mut self, event: &Event, now: DateTime<Utc>) -> Result<Step> {
        let model = self.policy.model.clone();
        let Some((kind, _)) = model.split_subject(&event.subject) else {
            let refusal = Refusal::UnknownSubject { subject: event.subject.clone() };
            return self.reject(event, refusal, now);
        };
        if is_internal(&model, kind, &event.name) {
            let refusal = Refusal::UnknownEvent { event: event.name.clone(), near: Vec::new() };
            return self.reject(event, refusal, now);
        }
        self.close_first(&event.subject)?;
        let entry = self.entry(&event.subject)?;
        // Whether somebody may correct is asked at the door, and may stand in another subject.
        let read = match event.corrects {
            Some(_) => self.answers(&entry.state, event, event.at.unwrap_or(now))?.values,
            None => Data::new(),
        };
        let admitted = engine::admit(&model, &entry.state, event, now, entry.head.known, read)?;
        let record = match admitted {
            Admitted::Record(record) => record,
            Admitted::Refused(refusal) => {
                self.put(entry)?;
                return self.reject(event, refusal, now);
            }
        };
        let known = match entry.head.seq {
            0 => None,
            _ => self.store.record(&event.subject, &record.id)?,
        };
        let refusal = match known {
            Some(known) if is_same(&known, &record, event)? => {
                self.put(entry)?;
                return Ok(Step { outcome: Outcome::Repeated, ..Step::default() });
            }
            Some(known) => Some(Refusal::Conflict { id: known.id.clone() }),
            None => self.no_target(&model, &entry.state, &record)?,
        };
        match refusal {
            Some(refusal) => {
                self.put(entry)?;
                self.reject(event, refusal, now)
            }
            None => {
                // A repeat asks nobody: what it would read was read the first time.
                let answers = self.answers(&entry.state, event, event.at.unwrap_or(now))?;
                if self.any_pending(&answers.sources)? {
                    // They are read as they are once they are closed.
                    self.put(entry)?;
                    answers.sources.iter().try_for_each(|source| self.close_first(source))?;
                    return self.take(event, now);
                }
                let mut record = record;
                let kept = Arc::make_mut(&mut record);
                kept.reads = answers.values;
                kept.reads.extend(self.of_decision(kept)?);
                // One name for all its records, not one for each.
                kept.subject = entry.state.subject.clone();
                self.keep(entry, record, &answers.sources, now)
            }
        }
    }

    /// What a withdrawal has to know of the decision that it withdraws.
    fn of_decision(&mut self, record: &Record) -> Result<Data> {
        if record.event.as_ref() != WITHDRAW || record.corrects.is_some() {
            return Ok(Data::new());
        }
        let target = record.data.get("decision").map(ToString::to_string).unwrap_or_default();
        let decision = self.store.record(&record.subject, &target)?;
        Ok(decision.map(|decision| engine::of_decision(&decision)).unwrap_or_default())
    }

    /// Journals an event that does not pass the door.
    pub(super) fn reject(&mut self, event: &Event, refusal: Refusal, now: DateTime<Utc>) -> Result<Step> {
        let text = serde_json::to_string(event).map_err(|err| {
            Error::new(ErrorKind::Malformed, "an event cannot be written as JSON").because(err)
        })?;
        let repeatable = event.id.is_some() || event.at.is_some();
        let noted = if repeatable { String::new() } else { now.to_rfc3339() };
        let id = audit::hash(&[refusal.reason(), &text, &noted].join("\0"));
        self.store.reject(&Rejected {
            id: id.to_string().into(),
            noted: now,
            subject: event.subject.clone(),
            reason: refusal.reason().into(),
            event: text.into(),
        })?;
        Ok(Step { outcome: Outcome::Refused(refusal), ..Step::default() })
    }

    /// A correction needs a record that is no decision; a withdrawal needs one that is.
    fn no_target(&mut self, model: &Model, state: &State, record: &Record) -> Result<Option<Refusal>> {
        let withdrawn = (record.event.as_ref() == WITHDRAW).then(|| record.data.get("decision")).flatten();
        let (field, target): (&str, Arc<str>) = match (&record.corrects, withdrawn) {
            (Some(target), _) => ("corrects", target.clone()),
            (None, Some(decision)) => ("decision", decision.to_string().into()),
            (None, None) => return Ok(None),
        };
        let known = self.store.record(&record.subject, &target)?;
        let fits = |known: &Arc<Record>| {
            known.corrects.is_none() && is_decision(model, known) == (field == "decision")
        };
        if let Some(known) = known.filter(fits) {
            return Ok(engine::void_refused(model, state, record, &known));
        }
        let expected = match field {
            "decision" => "id of a decision",
            _ => "id of a record that is no decision",
        };
        Ok(Some(Refusal::WrongShape { field: field.into(), expected: expected.into(), found: target }))
    }
}

/// Whether a record is of an event that settles something.
fn is_decision(model: &Model, record: &Record) -> bool {
    let kind = model.split_subject(&record.subject).map(|(kind, _)| kind);
    let id = kind.and_then(|kind| model.kind(kind).events.get(&record.event));
    id.is_some_and(|id| model.event(*id).decision)
}

/// Events that the runtime or the engine appends; nobody may send them.
fn is_internal(model: &Model, kind: crate::model::KindId, name: &str) -> bool {
    let origin = model.kind(kind).events.get(name).map(|id| model.event(*id).origin);
    name == REREAD
        || matches!(
            origin,
            Some(EventOrigin::Score(_, ScoreEvent::PeriodClosed | ScoreEvent::Published | ScoreEvent::Final))
        )
}

/// Whether an event that came again says the same. An instant it does not state is that of the first time.
///
/// Both are compared as they are kept: a value of a declared type and its text are the same.
fn is_same(known: &Record, again: &Record, event: &Event) -> Result<bool> {
    let mut again = again.clone();
    if event.at.is_none() {
        again.at = known.at;
    }
    let as_kept = |record: &Record| -> Result<Record> {
        let text = audit::payload(record)?;
        serde_json::from_str(&text).map_err(|err| {
            Error::new(ErrorKind::Store, format!("record `{}` is not readable", record.id)).because(err)
        })
    };
    Ok(as_kept(known)?.same_content(&as_kept(&again)?))
}
