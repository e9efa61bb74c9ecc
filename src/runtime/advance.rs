//! Letting time pass: what is due happens, in order; then periods are closed.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::Runtime;
use super::keep::Judged;
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// How often something may happen at a subject, or a result be closed, in one transaction.
pub(super) const BATCH: usize = 1_000;

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
    /// The transactions in which it happened, in order; [`Runtime::advance_telling`] tells each item.
    pub batches: Vec<Batch>,
    /// The oldest instant that is still due, where [`Runtime::advance_some`] stopped before the end.
    pub still_due: Option<DateTime<Utc>>,
    /// How much waits then: the subjects that are still due, those at which the world failed left out, and the persons for whom
    /// the period that is being closed has yet to be closed.
    pub left: u64,
}

/// One transaction in which time passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// How often something happened at a subject.
    pub subjects: u64,
    /// How long after its instant the latest of it was judged, whole seconds.
    pub latest: i64,
}

/// Something that happened by itself at one subject at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passed {
    /// The subject.
    pub subject: Arc<str>,
    /// The instant at which it was due.
    pub due: DateTime<Utc>,
    /// How long after that it was judged, whole seconds: at least one, for at the due second an event is in time.
    pub late: i64,
    /// How many effects are owed since.
    pub effects: u64,
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
        // Whoever could not be judged before is tried again.
        self.stuck.clear();
        self.advance_some(now, u64::MAX)
    }

    /// As [`Runtime::advance`], but at most so much of what is due happens, the oldest first and by name within an instant, so
    /// that new events can be taken in between; [`Advanced::still_due`] tells whether to call again, [`Advanced::left`] how
    /// much waits. A result that is closed counts as well. A period is closed with what is known when its closing begins: what
    /// arrives before it is through becomes a review item, as if it had come after.
    ///
    /// A subject at which the world fails is told once and left out until everything else has happened.
    ///
    /// ```
    /// # use rulebook::{Event, MemoryStore, Options, Policy, Runtime};
    /// # let text = "
    /// # policy: {id: desk, effective: 2026-01-01, timezone: Asia/Shanghai}
    /// # roles: {desk: {anyone: yes}}
    /// # subjects: {chat: {fields: {}}}
    /// # workflows:
    /// #   talk:
    /// #     subject: chat
    /// #     opens: {for_every: chat}
    /// #     states: {open: {clocks: {answer: {within: 5 wall minutes, breached: {notify: desk, message: late}}}}}";
    /// # let policy = Policy::from_texts(&[("desk.yaml", text)], &Options::default()).map_err(|report| report.to_string())?;
    /// let mut runtime = Runtime::new(policy, MemoryStore::new())?;
    /// let nine = "2026-03-02T09:00:00+08:00".parse()?;
    /// for n in 0..250 {
    ///     runtime.submit(Event::new("opened").to(format!("chat/{n}")).at(nine), nine)?;
    /// }
    /// let ten = "2026-03-02T10:00:00+08:00".parse()?;
    /// let mut left = Vec::new();
    /// loop {
    ///     let advanced = runtime.advance_some(ten, 100)?;
    ///     assert_eq!(advanced.latest, 55 * 60, "seconds after it was due");
    ///     left.push(advanced.left);
    ///     // Here is the place to take the events that have come in the meantime.
    ///     if advanced.still_due.is_none() {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(left, [150, 50, 0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Runtime::advance`].
    pub fn advance_some(&mut self, now: DateTime<Utc>, at_most: u64) -> Result<Advanced> {
        self.advance_telling(now, at_most, &mut |_| {})
    }

    /// As [`Runtime::advance_some`], and each thing that happened is told as soon as it is durable.
    ///
    /// # Errors
    /// As for [`Runtime::advance`].
    pub fn advance_telling(
        &mut self,
        now: DateTime<Utc>,
        at_most: u64,
        each: &mut dyn FnMut(&Passed),
    ) -> Result<Advanced> {
        let mut advanced = Advanced::default();
        let mut at_most = at_most;
        while let Some((closes, idx)) = self.next_closing(now)? {
            self.drain(closes + TimeDelta::seconds(1), now, at_most, &mut advanced, each)?;
            if advanced.still_due.is_none() {
                self.close_period((closes, idx), now, &mut at_most, &mut advanced)?;
            }
            if advanced.still_due.is_some() {
                advanced.left = self.count_left(now)?;
                return Ok(advanced);
            }
        }
        self.drain(now, now, at_most, &mut advanced, each)?;
        match advanced.still_due {
            Some(_) => advanced.left = self.count_left(now)?,
            None => self.stuck.clear(),
        }
        Ok(advanced)
    }

    /// Lets everything happen whose second is over at an instant, as judged `now`; the oldest first over all subjects.
    pub(super) fn drain(
        &mut self,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
        at_most: u64,
        advanced: &mut Advanced,
        each: &mut dyn FnMut(&Passed),
    ) -> Result<()> {
        loop {
            let room = usize::try_from(advanced.room(at_most)).unwrap_or(BATCH).min(BATCH);
            let mut due = self.store.due(until - TimeDelta::seconds(1), room.max(1) + self.stuck.len())?;
            due.retain(|(_, subject)| !self.stuck.contains(subject));
            let Some((oldest, _)) = due.first() else { return Ok(()) };
            if room == 0 {
                advanced.still_due = Some(*oldest);
                return Ok(());
            }
            due.truncate(room);
            match self.atomically(|runtime| runtime.pass_all(&due, now)) {
                Ok(passed) => advanced.add(&passed, each),
                Err(error) if is_fatal(&error) || self.open => return Err(error),
                Err(_) => self.drain_singly(&due, now, advanced, each)?,
            }
        }
    }

    /// Lets what is due happen at one subject after the other, until what came of it is due before the next in the list.
    fn pass_all(&mut self, due: &[(DateTime<Utc>, Arc<str>)], now: DateTime<Utc>) -> Result<Vec<Passed>> {
        let mut passed = Vec::with_capacity(due.len());
        for (idx, (at, subject)) in due.iter().enumerate() {
            let (one, next) = self.pass(subject, *at, now)?;
            passed.push(one);
            if is_before(next, subject, due.get(idx + 1)) {
                break;
            }
        }
        Ok(passed)
    }

    /// One by one, so that a subject at which the world fails does not hold up the others.
    fn drain_singly(
        &mut self,
        due: &[(DateTime<Utc>, Arc<str>)],
        now: DateTime<Utc>,
        advanced: &mut Advanced,
        each: &mut dyn FnMut(&Passed),
    ) -> Result<()> {
        for (idx, (at, subject)) in due.iter().enumerate() {
            match self.atomically(|runtime| runtime.pass(subject, *at, now)) {
                Ok((one, next)) => {
                    advanced.add(std::slice::from_ref(&one), each);
                    if is_before(next, subject, due.get(idx + 1)) {
                        break;
                    }
                }
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => {
                    self.stuck.insert(subject.clone());
                    advanced.failures.push(Failure { subject: subject.clone(), detail: error.to_string() });
                }
            }
        }
        Ok(())
    }

    /// Lets time pass for one subject until an instant's second is over; tells what came of it and what is due there next.
    fn pass(
        &mut self,
        subject: &Arc<str>,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(Passed, Option<DateTime<Utc>>)> {
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
        self.close_taken_down()?;
        let (late, effects) = ((now - at).num_seconds(), step.effects.len() as u64);
        // Whoever was sent something may be due at once, before what comes next in any list.
        let next = if self.relay(subject, &step, now)? { Some(at) } else { next };
        Ok((Passed { subject: subject.clone(), due: at, late, effects }, next))
    }

    /// Notes that a subject is due at another instant than before, and that something new happened there.
    pub(super) fn note_due(
        &mut self,
        subject: &str,
        before: Option<DateTime<Utc>>,
        after: Option<DateTime<Utc>>,
    ) {
        if !self.stuck.is_empty() {
            self.stuck.remove(subject);
        }
        if let Some((until, count)) = &mut self.backlog {
            let is_due = |due: Option<DateTime<Utc>>| due.is_some_and(|due| due <= *until);
            match (is_due(before), is_due(after)) {
                (true, false) => *count = count.saturating_sub(1),
                (false, true) => *count += 1,
                _ => {}
            }
        }
    }

    /// How much waits: subjects that are due whose second is over, without those at which the world failed, and persons to be closed. Only what has become due
    /// since the last time is counted in the store.
    fn count_left(&mut self, now: DateTime<Utc>) -> Result<u64> {
        let until = now - TimeDelta::seconds(1);
        let known = self.backlog.filter(|(counted, _)| *counted <= until);
        let more = self.store.due_count(known.map(|(counted, _)| counted), until)?;
        let count = known.map_or(0, |(_, count)| count) + more;
        self.backlog = Some((until, count));
        Ok(count.saturating_sub(self.stuck.len() as u64) + self.closing_left())
    }
}

/// Whether a subject is due again before its follower in the list.
fn is_before(
    next: Option<DateTime<Utc>>,
    subject: &Arc<str>,
    follower: Option<&(DateTime<Utc>, Arc<str>)>,
) -> bool {
    next.zip(follower).is_some_and(|(next, (at, name))| (next, subject) < (*at, name))
}

impl Advanced {
    /// How much more may be done.
    pub(super) fn room(&self, at_most: u64) -> u64 {
        at_most.saturating_sub(self.subjects + self.failures.len() as u64 + self.closed)
    }

    fn add(&mut self, passed: &[Passed], each: &mut dyn FnMut(&Passed)) {
        let mut batch = Batch::default();
        for one in passed {
            each(one);
            batch.subjects += 1;
            batch.latest = batch.latest.max(one.late);
            self.effects += one.effects;
            self.late_in_all += one.late;
        }
        self.subjects += batch.subjects;
        self.latest = self.latest.max(batch.latest);
        self.batches.push(batch);
    }
}

/// Whether nothing further can be done with the store.
pub(super) fn is_fatal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Store | ErrorKind::Io | ErrorKind::Stale)
}
