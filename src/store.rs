//! Where records, effects and everything derived from them are kept.
//!
//! INVARIANT: everything but records, acknowledgements, door refusals and notes can be computed again from the records.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::audit::{Entry, Hash};
use crate::engine::{ClockChange, Effect, Sample, ScoreResult, State};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;

mod boxed;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(test)]
mod conformance;

pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// Where one subject stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The subject's full name.
    pub subject: Arc<str>,
    /// Its kind by name.
    pub kind: Arc<str>,
    /// When it was opened.
    pub opened: Option<DateTime<Utc>>,
    /// How many records it has; the guard against two writers.
    pub seq: u64,
    /// The last link of its hash chain.
    pub chain: Hash,
    /// The latest `known` of its records.
    pub known: Option<DateTime<Utc>>,
    /// Up to here everything has been judged.
    pub frontier: DateTime<Utc>,
    /// The next instant at which anything happens by itself.
    pub next_due: Option<DateTime<Utc>>,
}

/// A record with the text that is kept and hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The record.
    pub record: Arc<Record>,
    /// Its text.
    pub payload: String,
    /// The hash of the text.
    pub hash: Hash,
}

/// Everything one step changes. It is written whole or not at all.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The subject as it stands afterwards.
    pub head: &'a Head,
    /// How many records the writer believes the subject to have; another number is [`ErrorKind::Stale`](crate::ErrorKind::Stale).
    pub expected: u64,
    /// The records to append, in order; the last one has number `head.seq`.
    pub records: &'a [Kept],
    /// States that were saved with a frontier at or after this instant no longer hold.
    pub outdated: Option<DateTime<Utc>>,
    /// Effects that are owed; one that is known and withdrawn is owed again.
    pub effects: &'a [Arc<Effect>],
    /// Ids of effects that lost their cause.
    pub withdrawn: &'a [Arc<str>],
    /// Samples that came or changed.
    pub samples: &'a [Sample],
    /// Ids of samples that are no more.
    pub vanished: &'a [Arc<str>],
    /// Results of scorecards that came or changed.
    pub scores: &'a [Score],
    /// What clocks did.
    pub clocks: &'a [Arc<ClockChange>],
    /// What clocks did according to an earlier fold, and do no more.
    pub undone: &'a [Arc<ClockChange>],
    /// Other subjects that the record has read.
    pub readings: &'a [Reading],
    /// Samples of closed periods that changed.
    pub reviews: &'a [Review],
}

/// A state as saved: it covers the first `seq` records and everything until its frontier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// How many records it covers.
    pub seq: u64,
    /// The revision of the policy that folded it; useless to any other.
    pub revision: Arc<str>,
    /// The state.
    pub state: Arc<State>,
}

/// How an effect stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// To be handed over.
    Pending,
    /// The host has acknowledged it.
    Done,
    /// It lost its cause before anybody acknowledged it.
    Withdrawn,
    /// It lost its cause after the host had acknowledged it; somebody has to look.
    Undone,
}

/// An effect with the way it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    /// The effect.
    pub effect: Effect,
    /// How it stands.
    pub delivery: Delivery,
}

/// A result of a scorecard with the names of its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The scorecard.
    pub card: Arc<str>,
    /// The period: `2026-01`.
    pub period: Arc<str>,
    /// The band, or `undetermined`, or `exempt`.
    pub band: Arc<str>,
    /// The result.
    pub result: ScoreResult,
}

/// A record of one subject that has read another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// The subject that was read.
    pub source: Arc<str>,
    /// The instant it was read for.
    pub at: DateTime<Utc>,
    /// The subject whose record has read it.
    pub reader: Arc<str>,
    /// The record.
    pub record: Arc<str>,
}

/// A sample that changed after its period was closed; a person has to decide whether to revise the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Stable: scorecard, period, person and sample.
    pub id: Arc<str>,
    /// The person's subject.
    pub person: Arc<str>,
    /// The scorecard.
    pub card: Arc<str>,
    /// The period.
    pub period: Arc<str>,
    /// The sample.
    pub sample: Arc<str>,
    /// Its value when the period was closed; `None`: there was no such sample.
    pub then: Option<Decimal>,
    /// Its value now; `None`: it is no more.
    pub now: Option<Decimal>,
    /// The record that changed it.
    pub because: Arc<str>,
}

/// An event that did not pass the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Stable: hash of the reason and the event, and of when it was noted where the event names neither id nor instant.
    pub id: Arc<str>,
    /// When.
    pub noted: DateTime<Utc>,
    /// The subject it named.
    pub subject: Arc<str>,
    /// The reason in one word.
    pub reason: Arc<str>,
    /// The event as it came, JSON.
    pub event: Arc<str>,
}

/// A number for each name.
pub type Counts = std::collections::BTreeMap<Arc<str>, u64>;

/// What a store can count without reading everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Opened subjects by kind.
    pub subjects: Counts,
    /// Finished or breached rounds: `workflow.clock` → `met`, `breached` (and not stopped since), `met_late`.
    pub clocks: std::collections::BTreeMap<Arc<str>, Counts>,
    /// Results: scorecard → period → band.
    pub scores: std::collections::BTreeMap<Arc<str>, std::collections::BTreeMap<Arc<str>, Counts>>,
    /// Effects: `notify`, `ask`, `call` → `pending`, `done`, `withdrawn`, `undone`.
    pub effects: std::collections::BTreeMap<Arc<str>, Counts>,
    /// Samples that are credited to nobody, by measure.
    pub unattributed: Counts,
    /// Review items.
    pub reviews: u64,
    /// Records.
    pub records: u64,
}

/// A place for records and what is derived from them.
///
/// Synchronous, used by one [`Runtime`](crate::Runtime) at a time; several processes may share one store if it guards
/// [`Change::expected`]. Outside [`begin`](Store::begin) and [`commit`](Store::commit) each call stands for itself; between them
/// all calls take effect together, and reads see what was written. Every error is of kind `Store`, or `Stale` where told.
pub trait Store: Send {
    /// Opens a transaction.
    fn begin(&mut self) -> Result<()>;

    /// Makes everything since [`begin`](Store::begin) durable.
    fn commit(&mut self) -> Result<()>;

    /// Undoes everything since [`begin`](Store::begin); without one it does nothing.
    fn rollback(&mut self) -> Result<()>;

    /// A number that changes when somebody else has written to the store.
    fn foreign_writes(&mut self) -> Result<u64>;

    /// A note of the runtime about the store as a whole.
    fn note(&mut self, key: &str) -> Result<Option<String>>;

    /// Writes a note.
    fn set_note(&mut self, key: &str, value: &str) -> Result<()>;

    /// Where a subject stands; `None` when nothing was ever kept of it.
    fn head(&mut self, subject: &str) -> Result<Option<Head>>;

    /// The records of a subject after the first `after`, in arrival order.
    fn records(&mut self, subject: &str, after: u64) -> Result<Vec<Arc<Record>>>;

    /// One record by id.
    fn record(&mut self, subject: &str, id: &str) -> Result<Option<Arc<Record>>>;

    /// The records of a subject as kept, in arrival order, for verification.
    fn entries(&mut self, subject: &str) -> Result<Vec<Entry>>;

    /// Writes what a step changes.
    ///
    /// # Errors
    /// `Stale`, when the subject has another number of records than expected; nothing is written then.
    /// `Conflict`, when a record's id is taken.
    fn append(&mut self, change: &Change<'_>) -> Result<()>;

    /// Saves a state. It replaces the one saved before it, unless that one was saved as a `milestone`.
    fn save(&mut self, subject: &str, saved: &Saved, milestone: bool) -> Result<()>;

    /// The newest saved state of a revision, with a frontier before an instant if one is given.
    fn saved(
        &mut self,
        subject: &str,
        revision: &str,
        before: Option<DateTime<Utc>>,
    ) -> Result<Option<Saved>>;

    /// Subjects at which something happens by itself until an instant (inclusive), by instant and name, at most `limit`.
    fn due(&mut self, until: DateTime<Utc>, limit: usize) -> Result<Vec<(DateTime<Utc>, Arc<str>)>>;

    /// How many subjects something happens at by itself until an instant (inclusive), and not until an earlier one if that is given.
    fn due_count(&mut self, after: Option<DateTime<Utc>>, until: DateTime<Utc>) -> Result<u64>;

    /// Names of subjects of a kind (or all) after a name, in order of name, at most `limit`.
    fn subjects(&mut self, kind: Option<&str>, after: &str, limit: usize) -> Result<Vec<Arc<str>>>;

    /// How many subjects of a kind were opened before an instant.
    fn count_opened(&mut self, kind: &str, before: DateTime<Utc>) -> Result<u64>;

    /// Records that have read a subject for an instant at or after `from`, by instant.
    fn readers(&mut self, source: &str, from: DateTime<Utc>) -> Result<Vec<Reading>>;

    /// The samples of a person (bare name) and measure with `from <= at < to`, by id.
    fn samples(
        &mut self,
        person: &str,
        measure: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Sample>>;

    /// One sample by id.
    fn sample(&mut self, id: &str) -> Result<Option<Sample>>;

    /// Effects that stand in a way, by instant and id, at most `limit`.
    fn outbox(&mut self, delivery: Delivery, limit: usize) -> Result<Vec<Effect>>;

    /// One effect by id.
    fn outgoing(&mut self, id: &str) -> Result<Option<Outgoing>>;

    /// Notes that the host has taken an effect over; tells whether there is such an effect.
    fn acknowledge(&mut self, id: &str) -> Result<bool>;

    /// The results of a subject, by scorecard and period.
    fn scores(&mut self, subject: &str) -> Result<Vec<Score>>;

    /// Samples of closed periods that changed, by id.
    fn reviews(&mut self) -> Result<Vec<Review>>;

    /// Removes a review item once a person has dealt with it; tells whether it was there.
    fn settle(&mut self, id: &str) -> Result<bool>;

    /// Journals an event that did not pass the door; one that is journaled already stays as it first came.
    fn reject(&mut self, rejected: &Rejected) -> Result<()>;

    /// The latest events that did not pass the door, newest first, at most `limit`.
    fn rejected(&mut self, limit: usize) -> Result<Vec<Rejected>>;

    /// The counts of everything.
    fn totals(&mut self) -> Result<Totals>;
}

/// The kind of an effect in one word.
fn kind_word(effect: &Effect) -> &'static str {
    match effect.kind {
        crate::engine::EffectKind::Notify { .. } => "notify",
        crate::engine::EffectKind::Ask { .. } => "ask",
        crate::engine::EffectKind::Send { .. } => "send",
        crate::engine::EffectKind::Call { .. } => "call",
    }
}

/// Every late stop follows a breach: counts each round once.
fn count_rounds_once(clocks: &mut std::collections::BTreeMap<Arc<str>, Counts>) {
    for counts in clocks.values_mut() {
        let late = counts.get("met_late").copied().unwrap_or(0);
        if let Some(breached) = counts.get_mut("breached") {
            *breached = breached.saturating_sub(late);
        }
        counts.retain(|_, count| *count > 0);
    }
}

/// What a change of a clock says of its round; `None` while the round is open and in time.
fn verdict_word(change: &ClockChange) -> Option<&'static str> {
    use crate::engine::ClockEvent;
    match change.event {
        ClockEvent::Breached => Some("breached"),
        ClockEvent::Met => Some("met"),
        ClockEvent::MetLate => Some("met_late"),
        ClockEvent::Started
        | ClockEvent::Warned
        | ClockEvent::Paused
        | ClockEvent::Resumed
        | ClockEvent::Rescheduled
        | ClockEvent::Escalated
        | ClockEvent::Cancelled => None,
    }
}

impl Delivery {
    fn of(acknowledged: bool, withdrawn: bool) -> Delivery {
        match (acknowledged, withdrawn) {
            (false, false) => Delivery::Pending,
            (true, false) => Delivery::Done,
            (false, true) => Delivery::Withdrawn,
            (true, true) => Delivery::Undone,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Delivery::Pending => "pending",
            Delivery::Done => "done",
            Delivery::Withdrawn => "withdrawn",
            Delivery::Undone => "undone",
        }
    }
}

impl<'a> Change<'a> {
    /// A change that only says where the subject stands.
    pub fn new(head: &'a Head, expected: u64) -> Change<'a> {
        Change {
            head,
            expected,
            records: &[],
            outdated: None,
            effects: &[],
            withdrawn: &[],
            samples: &[],
            vanished: &[],
            scores: &[],
            clocks: &[],
            undone: &[],
            readings: &[],
            reviews: &[],
        }
    }
}

/// The workflow of a case: `chat` of `chat/1`.
fn workflow_of(case: &str) -> &str {
    case.rsplit_once('/').map_or(case, |(workflow, _)| workflow)
}

/// The guard against two writers.
fn check_expected(subject: &str, expected: u64, found: u64) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let detail =
        format!("`{subject}` has {found} records where {expected} were expected; somebody else wrote to it");
    Err(Error::new(ErrorKind::Stale, detail))
}

/// The error for an id that the subject has already.
fn taken(subject: &str, id: &str) -> Error {
    Error::new(ErrorKind::Conflict, format!("`{subject}` has a record `{id}` already"))
}
