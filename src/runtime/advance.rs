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
    /// Subjects at which something happened by itself.
    pub subjects: u64,
    /// Effects that are owed since.
    pub effects: u64,
    /// Results of scorecards that were closed: persons times periods.
    pub closed: u64,
    /// Subjects at which the world failed; they stay due.
    pub failures: Vec<Failure>,
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
        let mut advanced = Advanced::default();
        while let Some((closes, idx)) = self.next_closing(now)? {
            self.drain(closes + TimeDelta::seconds(1), &mut advanced)?;
            advanced.closed += self.close_period(idx, now)?;
        }
        self.drain(now, &mut advanced)?;
        Ok(advanced)
    }

    /// Lets everything happen whose second is over at an instant.
    pub(super) fn drain(&mut self, now: DateTime<Utc>, advanced: &mut Advanced) -> Result<()> {
        let mut failed: BTreeSet<Arc<str>> =
            advanced.failures.iter().map(|failure| failure.subject.clone()).collect();
        loop {
            let mut due = self.store.due(now - TimeDelta::seconds(1), BATCH + failed.len())?;
            due.retain(|(_, subject)| !failed.contains(subject));
            if due.is_empty() {
                return Ok(());
            }
            let done = self.atomically(|runtime| {
                let mut done = Advanced::default();
                for (_, subject) in &due {
                    done.effects += runtime.pass(subject, now)?;
                    done.subjects += 1;
                }
                Ok(done)
            });
            match done {
                Ok(done) => {
                    advanced.subjects += done.subjects;
                    advanced.effects += done.effects;
                }
                Err(error) if is_fatal(&error) || self.open => return Err(error),
                Err(_) => self.drain_singly(&due, now, advanced, &mut failed)?,
            }
        }
    }

    /// One by one, so that a subject at which the world fails does not hold up the others.
    fn drain_singly(
        &mut self,
        due: &[(DateTime<Utc>, Arc<str>)],
        now: DateTime<Utc>,
        advanced: &mut Advanced,
        failed: &mut BTreeSet<Arc<str>>,
    ) -> Result<()> {
        for (_, subject) in due {
            match self.atomically(|runtime| runtime.pass(subject, now)) {
                Ok(effects) => {
                    advanced.subjects += 1;
                    advanced.effects += effects;
                }
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => {
                    failed.insert(subject.clone());
                    advanced.failures.push(Failure { subject: subject.clone(), detail: error.to_string() });
                }
            }
        }
        Ok(())
    }

    /// Lets time pass for one subject; tells how many effects are owed since.
    fn pass(&mut self, subject: &str, now: DateTime<Utc>) -> Result<u64> {
        let model = self.policy.model.clone();
        let mut entry = self.entry(subject)?;
        let step = engine::advance(&model, &mut entry.state, now)?;
        if entry.state.next_due.is_some_and(|due| due < now) {
            return Err(Error::new(
                ErrorKind::Script,
                format!("what is due at `{subject}` does not come to an end"),
            ));
        }
        let step = self.append(&mut entry, None, Judged::from(step), &[])?;
        self.put(entry)?;
        Ok(step.effects.len() as u64)
    }
}

/// Whether nothing further can be done with the store.
pub(super) fn is_fatal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Store | ErrorKind::Io | ErrorKind::Stale)
}
