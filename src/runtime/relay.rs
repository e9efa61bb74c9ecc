//! Events that the case of one subject sends to another: they arrive in the same transaction, or nothing happens at all.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Runtime;
use crate::engine::{self, Admitted, Effect, EffectKind, Refusal, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Data, Event, Record};
use crate::store::Store;

/// How many subjects one event may reach one after the other.
const RELAYS_MAX: u32 = 100;

impl<S: Store> Runtime<S> {
    /// Delivers what a step of a subject sends to others, and takes back what it no longer sends. Tells whether there was any.
    pub(super) fn relay(&mut self, source: &Arc<str>, step: &Step, now: DateTime<Utc>) -> Result<bool> {
        let sends = |effect: &&Arc<Effect>| matches!(effect.kind, EffectKind::Send { .. });
        if step.withdrawn.is_empty() && !step.effects.iter().any(|effect| sends(&effect)) {
            return Ok(false);
        }
        if self.relays == RELAYS_MAX {
            let what = format!(
                "one event reaches more than {RELAYS_MAX} subjects one after the other; at `{source}` it goes in a circle"
            );
            return Err(Error::new(ErrorKind::Script, what));
        }
        self.relays += 1;
        let done = self.relay_each(source, step, now);
        self.relays -= 1;
        done
    }

    fn relay_each(&mut self, source: &Arc<str>, step: &Step, now: DateTime<Utc>) -> Result<bool> {
        let mut any = false;
        for id in &step.withdrawn {
            let Some(outgoing) = self.store.outgoing(id)? else { continue };
            any |= self.take_back(&outgoing.effect, now)?;
        }
        for effect in &step.effects {
            any |= self.send(source, effect, now)?;
        }
        Ok(any)
    }

    fn send(&mut self, source: &Arc<str>, effect: &Effect, now: DateTime<Utc>) -> Result<bool> {
        let EffectKind::Send { to, event, by, on_behalf_of, data } = &effect.kind else { return Ok(false) };
        let event = Event {
            id: Some(effect.id.clone()),
            subject: to.clone().unwrap_or_else(|| "—".into()),
            name: event.clone(),
            at: Some(effect.at),
            by: by.clone(),
            on_behalf_of: on_behalf_of.clone(),
            data: data.clone(),
            ..Event::default()
        };
        self.store.acknowledge(&effect.id)?;
        let model = self.policy.model.clone();
        if model.split_subject(&event.subject).is_none() {
            let refusal = Refusal::UnknownSubject { subject: event.subject.clone() };
            self.reject(&event, refusal, now)?;
            return Ok(true);
        }
        let entry = self.entry(&event.subject)?;
        let known = match entry.head.seq {
            0 => None,
            _ => self.store.record(&event.subject, &effect.id)?,
        };
        if let Some(known) = known {
            self.put(entry)?;
            return self.correct(&known, false, now).map(|()| true);
        }
        let latest = now.max(effect.at);
        match engine::admit(&model, &entry.state, &event, latest, entry.head.known, Data::new())? {
            Admitted::Refused(refusal) => {
                self.put(entry)?;
                self.reject(&event, refusal, now)?;
            }
            Admitted::Record(mut record) => {
                let answers = self.answers(&entry.state, &event, effect.at)?;
                let kept = Arc::make_mut(&mut record);
                kept.reads = answers.values;
                kept.subject = entry.state.subject.clone();
                kept.raised_by = Some(source.clone());
                self.keep(entry, record, &answers.sources, now)?;
            }
        }
        Ok(true)
    }

    /// What was sent lost its cause: where it arrived it is as if it had never been.
    fn take_back(&mut self, effect: &Effect, now: DateTime<Utc>) -> Result<bool> {
        let EffectKind::Send { to: Some(to), .. } = &effect.kind else { return Ok(false) };
        let Some(known) = self.store.record(to, &effect.id)? else { return Ok(false) };
        self.correct(&known, true, now).map(|()| true)
    }

    /// Voids what was sent, or lets it stand again.
    fn correct(&mut self, sent: &Arc<Record>, void: bool, now: DateTime<Utc>) -> Result<()> {
        let entry = self.entry(&sent.subject)?;
        let record = Record {
            id: format!("{}~{:012}", sent.id, entry.head.seq + 1).into(),
            known: entry.head.known.map_or(now, |known| known.max(now)),
            corrects: Some(sent.id.clone()),
            void,
            reason: sent.raised_by.clone(),
            reads: Data::new(),
            taken: Vec::new(),
            ..Record::clone(sent)
        };
        self.keep(entry, Arc::new(record), &[], now).map(drop)
    }
}
