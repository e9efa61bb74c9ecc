//! Many events: in batches, advancing by event time.

use chrono::{DateTime, TimeDelta, Utc};

use super::advance::{Advanced, is_fatal};
use super::summary::{Failed, Tally};
use super::{Runtime, Summary};
use crate::error::Result;
use crate::record::Event;
use crate::store::Store;

/// How a run goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// How many events are made durable at once.
    pub batch: usize,
    /// Until when time passes after the last event; `None`: until the latest instant of an event.
    pub until: Option<DateTime<Utc>>,
    /// The real now, against which the policy's horizon is held; `None`: any date is believed.
    pub now: Option<DateTime<Utc>>,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions { batch: 1_000, until: None, now: None }
    }
}

impl<S: Store> Runtime<S> {
    /// Takes many events, best in order of time, and lets time pass by their instants.
    ///
    /// An event at which the world fails (a script limit, a date that no calendar covers) is counted and left out; the others
    /// are kept. Events that an earlier, interrupted run has kept are recognised as repeats if they have ids or state their instants.
    ///
    /// # Errors
    /// The store fails, or the calendar does not say when a period that is over is closed.
    pub fn run(&mut self, events: impl IntoIterator<Item = Event>, options: &RunOptions) -> Result<Summary> {
        self.stuck.clear();
        let mut tally = Tally::default();
        let mut latest: Option<DateTime<Utc>> = None;
        let mut batch: Vec<(Event, DateTime<Utc>)> = Vec::with_capacity(options.batch);
        for event in events {
            let told = event.at.max(event.known).or(latest).or(options.now).unwrap_or(DateTime::UNIX_EPOCH);
            let told = options.now.map_or(told, |now| told.min(now));
            let now = latest.map_or(told, |latest| latest.max(told));
            if self.next_closing(now)?.is_some() {
                self.take_batch(&mut batch, &mut tally)?;
                self.close_until(now, &mut tally)?;
            }
            latest = Some(now);
            batch.push((event, now));
            if batch.len() >= options.batch.max(1) {
                self.take_batch(&mut batch, &mut tally)?;
            }
        }
        self.take_batch(&mut batch, &mut tally)?;
        if let Some(until) = options.until.max(latest) {
            self.close_until(until, &mut tally)?;
            let mut advanced = Advanced::default();
            self.drain(until, until, u64::MAX, &mut advanced, &mut |_| {})?;
            tally.add(advanced);
        }
        self.stuck.clear();
        self.atomically(Runtime::save_all)?;
        self.summary(tally)
    }

    /// Takes a batch in one transaction; if the world fails at one event, one by one without it.
    fn take_batch(&mut self, batch: &mut Vec<(Event, DateTime<Utc>)>, tally: &mut Tally) -> Result<()> {
        let taken = self.atomically(|runtime| {
            let mut taken = Tally::default();
            for (event, now) in batch.iter() {
                let step = runtime.take(event, *now)?;
                taken.count(event, &step);
            }
            Ok(taken)
        });
        match taken {
            Ok(taken) => tally.merge(taken),
            Err(error) if is_fatal(&error) => return Err(error),
            Err(_) => {
                for (event, now) in batch.iter() {
                    match self.atomically(|runtime| runtime.take(event, *now)) {
                        Ok(step) => tally.count(event, &step),
                        Err(error) if is_fatal(&error) => return Err(error),
                        Err(error) => tally.fail(Failed {
                            event: tally.events() + 1,
                            subject: event.subject.clone(),
                            detail: error.to_string(),
                        }),
                    }
                }
            }
        }
        batch.clear();
        Ok(())
    }

    /// Closes every period whose closing instant is over; that instant is when it becomes known.
    fn close_until(&mut self, now: DateTime<Utc>, tally: &mut Tally) -> Result<()> {
        let (mut advanced, mut without_limit) = (Advanced::default(), u64::MAX);
        while let Some((closes, idx)) = self.next_closing(now)? {
            let closed = closes + TimeDelta::seconds(1);
            self.drain(closed, closed, u64::MAX, &mut advanced, &mut |_| {})?;
            self.close_period((closes, idx), closes, &mut without_limit, &mut advanced)?;
        }
        tally.add(advanced);
        Ok(())
    }
}
