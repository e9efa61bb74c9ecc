//! Letting time pass: what is due happens, in order; then periods are closed.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::Runtime;
use super::keep::Judged;
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// How many subjects are let run in one transaction.
const BATCH: usize = 256;

/// What came of letting time pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Advanced {
    /// How often something happened at a subject by itself: once for each instant at each subject.
    pub subjects: u64,
    /// Effects that are owed since.
    pub effects: u64,
    /// Results of scorecards that were closed: persons times periods.
    pub closed: u64,
    /// Subjects at which the world failed; they stay due.
    pub failures: Vec<Failure>,
    /// How long after its instant the latest of it was judged, whole seconds; [`Advanced::late_in_all`] tells the sum.
    pub latest: i64,
    /// The sum over everything that happened: how long after its instant it was judged, whole seconds.
    pub late_in_all: i64,
    /// The oldest instant that is still due, where [`Runtime::advance_some`] stopped before the end.
    pub still_due: Option<DateTime<Utc>>,
}

/// A subject at which the world failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The subject.
    pub subject: Arc<str>,
    /// What failed.
    pub detail: String,
}

impl<S: Store> Runtime<S> {
    /// Lets time pass until an instant: clocks warn and are breached, results become final, duties fall due, periods are closed.
    ///
    /// It may be interrupted at any point and called again; nothing happens twice.
    ///
    /// # Errors
    /// The store fails, or the calendar does not say when a period that is over is closed.
    pub fn advance(&mut self, now: DateTime<Utc>) -> Result<Advanced> {
        self.advance_some(now, u64::MAX)
    }

    /// As [`Runtime::advance`], but at most so much of what is due happens, the oldest first, so that new events can be
    /// taken in between; [`Advanced::still_due`] tells whether to call again. A period that is over is closed in one piece.
    ///
    /// # Errors
    /// As for [`Runtime::advance`].
    pub fn advance_some(&mut self, now: DateTime<Utc>, at_most: u64) -> Result<Advanced> {
        let mut advanced = Advanced::default();
        while let Some((closes, idx)) = self.next_closing(now)? {
            self.drain(closes + TimeDelta::seconds(1), now, at_most, &mut advanced)?;
            if advanced.still_due.is_some() {
                return Ok(advanced);
            }
            advanced.closed += self.close_period(idx, now)?;
        }
        self.drain(now, now, at_most, &mut advanced)?;
        Ok(advanced)
    }

    /// Lets everything happen whose second is over at an instant, as judged `now`; the oldest first over all subjects.
    pub(super) fn drain(
        &mut self,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
        at_most: u64,
        advanced: &mut Advanced,
    ) -> Result<()> {
        let mut failed: BTreeSet<Arc<str>> =
            advanced.failures.iter().map(|failure| failure.subject.clone()).collect();
        loop {
            let room = usize::try_from(at_most.saturating_sub(advanced.subjects)).unwrap_or(BATCH).min(BATCH);
            let mut due = self.store.due(until - TimeDelta::seconds(1), room.max(1) + failed.len())?;
            due.retain(|(_, subject)| !failed.contains(subject));
            let Some((oldest, _)) = due.first() else { return Ok(()) };
            if room == 0 {
                advanced.still_due = Some(*oldest);
                return Ok(());
            }
            due.truncate(room);
            match self.atomically(|runtime| runtime.pass_all(&due, now)) {
                Ok(done) => advanced.add(&done),
                Err(error) if is_fatal(&error) || self.open => return Err(error),
                Err(_) => self.drain_singly(&due, now, advanced, &mut failed)?,
            }
        }
    }

    /// Lets what is due happen at one subject after the other, until what came of it is due before the next in the list.
    fn pass_all(&mut self, due: &[(DateTime<Utc>, Arc<str>)], now: DateTime<Utc>) -> Result<Advanced> {
        let mut done = Advanced::default();
        for (idx, (at, subject)) in due.iter().enumerate() {
            let (one, next) = self.pass(subject, *at, now)?;
            done.add(&one);
            if next.is_some_and(|next| due.get(idx + 1).is_some_and(|(following, _)| next < *following)) {
                break;
            }
        }
        Ok(done)
    }

    /// One by one, so that a subject at which the world fails does not hold up the others.
    fn drain_singly(
        &mut self,
        due: &[(DateTime<Utc>, Arc<str>)],
        now: DateTime<Utc>,
        advanced: &mut Advanced,
        failed: &mut BTreeSet<Arc<str>>,
    ) -> Result<()> {
        for (at, subject) in due {
            match self.atomically(|runtime| runtime.pass(subject, *at, now)) {
                Ok((one, _)) => advanced.add(&one),
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => {
                    failed.insert(subject.clone());
                    advanced.failures.push(Failure { subject: subject.clone(), detail: error.to_string() });
                }
            }
        }
        Ok(())
    }

    /// Lets time pass for one subject until an instant's second is over; tells what came of it and what is due there next.
    fn pass(
        &mut self,
        subject: &str,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(Advanced, Option<DateTime<Utc>>)> {
        let model = self.policy.model.clone();
        let mut entry = self.entry(subject)?;
        let step = engine::advance(&model, &mut entry.state, at + TimeDelta::seconds(1))?;
        let next = entry.state.next_due;
        if next.is_some_and(|due| due <= at) {
            return Err(Error::new(
                ErrorKind::Script,
                format!("what is due at `{subject}` does not come to an end"),
            ));
        }
        let step = self.append(&mut entry, None, Judged::from(step), &[])?;
        self.put(entry)?;
        let late = (now - at).num_seconds();
        let effects = step.effects.len() as u64;
        let one = Advanced { subjects: 1, effects, latest: late, late_in_all: late, ..Advanced::default() };
        Ok((one, next))
    }
}

impl Advanced {
    fn add(&mut self, more: &Advanced) {
        self.subjects += more.subjects;
        self.effects += more.effects;
        self.latest = self.latest.max(more.latest);
        self.late_in_all += more.late_in_all;
    }
}

/// Whether nothing further can be done with the store.
pub(super) fn is_fatal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Store | ErrorKind::Io | ErrorKind::Stale)
}
