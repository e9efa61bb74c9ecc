//! What the store in memory holds, and how what was done is undone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::named::Named;
use crate::engine::{Effect, Sample};
use crate::record::Adopted;
use crate::store::{Delivery, Head, Kept, Reading, Rejected, Review, Saved, Score};

/// From how many records on the ids of a subject's records are looked up rather than walked through.
const IDS_FROM: usize = 16;

pub(super) type Name = Arc<str>;

/// How to undo one thing that was done.
pub(super) enum Undo {
    /// The last subject was not known.
    Subject,
    /// Where a subject stood.
    Head(u32, Head),
    /// How many records a subject had.
    Records(u32, usize),
    /// Which states of a subject were saved.
    Saved(u32, Vec<(Saved, bool)>),
    /// Whether something was in the index of what is due.
    Due(DateTime<Utc>, Name, bool),
    /// The last effect was not known.
    Effect,
    /// How an effect stood.
    Outbound(u32, Outbound),
    /// An entry of another table.
    Other(Box<dyn FnOnce(&mut Tables) + Send>),
}

/// What is kept of one subject.
pub(super) struct Subject {
    pub head: Head,
    pub records: Vec<Kept>,
    /// Places of records by id, once there are so many that this is worth it.
    ids: BTreeMap<Name, usize>,
    /// Saved states in order of saving, and whether each is a milestone.
    pub saved: Vec<(Saved, bool)>,
}

/// An effect and how it stands.
#[derive(Clone)]
pub(super) struct Outbound {
    pub effect: Arc<Effect>,
    pub acknowledged: bool,
    pub withdrawn: bool,
}

#[derive(Default)]
pub(super) struct Tables {
    pub notes: BTreeMap<String, String>,
    pub subjects: Named<Subject>,
    /// The subjects' names in order.
    pub names: BTreeMap<Name, u32>,
    pub due: BTreeSet<(DateTime<Utc>, Name)>,
    pub outbox: Named<Outbound>,
    /// Every effect by how it stands, instant and id.
    pub waiting: BTreeSet<(Delivery, DateTime<Utc>, Name)>,
    pub samples: BTreeMap<Name, Sample>,
    /// Person, measure, instant, id.
    pub credited: BTreeMap<(Name, Name, DateTime<Utc>, Name), ()>,
    pub scores: BTreeMap<(Name, Name, Name), Score>,
    /// Subject, case, clock, round, verdict.
    pub clocks: BTreeMap<(u32, Name, Name, u32, &'static str), ()>,
    pub readings: BTreeMap<Reading, ()>,
    pub reviews: BTreeMap<Name, Review>,
    pub rejected: BTreeMap<u64, Rejected>,
    pub rejected_ids: BTreeMap<Name, ()>,
    /// By number of adoption.
    pub adopted: BTreeMap<u64, Adopted>,
}

impl Subject {
    pub fn new(head: Head) -> Subject {
        Subject { head, records: Vec::new(), ids: BTreeMap::new(), saved: Vec::new() }
    }

    /// The place of a record.
    pub fn place(&self, id: &str) -> Option<usize> {
        match self.ids.is_empty() {
            true => self.records.iter().position(|kept| kept.record.id.as_ref() == id),
            false => self.ids.get(id).copied(),
        }
    }

    pub fn push(&mut self, kept: Kept) {
        if self.records.is_empty() {
            // Most subjects have few records, and there may be very many of them.
            self.records.reserve_exact(1);
        }
        self.records.push(kept);
        let known = self.ids.len();
        if known > 0 || self.records.len() >= IDS_FROM {
            for (place, kept) in self.records.iter().enumerate().skip(known) {
                self.ids.insert(kept.record.id.clone(), place);
            }
        }
    }

    fn truncate(&mut self, count: usize) {
        for kept in self.records.drain(count.min(self.records.len())..) {
            self.ids.remove(&kept.record.id);
        }
    }
}

impl Outbound {
    pub fn delivery(&self) -> Delivery {
        Delivery::of(self.acknowledged, self.withdrawn)
    }

    pub fn place(&self) -> (Delivery, DateTime<Utc>, Name) {
        (self.delivery(), self.effect.at, self.effect.id.clone())
    }
}

impl Tables {
    pub fn set_due(&mut self, due: DateTime<Utc>, subject: &Name, is_due: bool) {
        match is_due {
            true => self.due.insert((due, subject.clone())),
            false => self.due.remove(&(due, subject.clone())),
        };
    }

    pub fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Subject => {
                if let Some((name, _)) = self.subjects.pop() {
                    self.names.remove(&name);
                }
            }
            Undo::Head(number, head) => {
                if let Some(subject) = self.subjects.get_mut(number) {
                    subject.head = head;
                }
            }
            Undo::Records(number, count) => {
                if let Some(subject) = self.subjects.get_mut(number) {
                    subject.truncate(count);
                }
            }
            Undo::Saved(number, saved) => {
                if let Some(subject) = self.subjects.get_mut(number) {
                    subject.saved = saved;
                }
            }
            Undo::Due(due, subject, was_due) => self.set_due(due, &subject, was_due),
            Undo::Effect => {
                if let Some((_, last)) = self.outbox.pop() {
                    self.waiting.remove(&last.place());
                }
            }
            Undo::Outbound(number, before) => self.set_outbound(number, before),
            Undo::Other(undo) => undo(self),
        }
    }

    pub fn set_outbound(&mut self, number: u32, outbound: Outbound) {
        let Some(place) = self.outbox.get_mut(number) else { return };
        let (before, after) = (place.place(), outbound.place());
        *place = outbound;
        if before != after {
            self.waiting.remove(&before);
            self.waiting.insert(after);
        }
    }
}
