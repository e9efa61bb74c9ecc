//! Closing the periods of scorecards: aggregates become a record, once; what changes afterwards goes to a person.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::Runtime;
use crate::audit::Hash;
use crate::engine::{self, Admitted, Sample, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::lang::Lang;
use crate::model::{KindId, Model, Scorecard, ScorecardId};
use crate::period::Period;
use crate::record::{Data, Event};
use crate::store::{Review, Store};
use crate::value::Value;
use crate::zone;

/// The next period of a scorecard to be closed.
#[derive(Clone, Debug)]
pub(super) struct Closing {
    card: ScorecardId,
    /// The first period of all.
    first: Period,
    /// The next one; those before it are closed.
    next: Period,
}

/// Where each scorecard stands, from the store's notes.
pub(super) fn recall<S: Store>(model: &Model, store: &mut S) -> Result<Vec<Closing>> {
    let mut closings = Vec::with_capacity(model.scorecards.len());
    for (idx, card) in (0..).zip(&model.scorecards) {
        let first = Period::of(card.period, model.header.effective);
        let closed = store.note(&note(&card.name))?.and_then(|name| name.parse::<Period>().ok());
        let next = closed.map_or(first, |closed| closed.next());
        closings.push(Closing { card: ScorecardId(idx), first, next });
    }
    Ok(closings)
}

impl<S: Store> Runtime<S> {
    /// The earliest closing instant before `now`, and whose it is.
    ///
    /// # Errors
    /// A period is over, and the calendar does not say when it is closed.
    pub(super) fn next_closing(&self, now: DateTime<Utc>) -> Result<Option<(DateTime<Utc>, usize)>> {
        let model = &self.policy.model;
        let mut earliest: Option<(DateTime<Utc>, usize)> = None;
        for (idx, closing) in self.closings.iter().enumerate() {
            if zone::day_start(model.header.zone, closing.next.next().first_day()) >= now {
                continue;
            }
            let closes = closes_at(model, closing.card, closing.next)?;
            if closes < now && earliest.is_none_or(|earliest| (closes, idx) < earliest) {
                earliest = Some((closes, idx));
            }
        }
        Ok(earliest)
    }

    /// Closes the next period of a scorecard for everybody, in one transaction. All clocks until then must have been let run.
    pub(super) fn close_period(&mut self, idx: usize, now: DateTime<Utc>) -> Result<u64> {
        let Some(closing) = self.closings.get(idx).cloned() else { return Ok(0) };
        let model = self.policy.model.clone();
        let card = model.scorecard(closing.card);
        let ends = zone::day_start(model.header.zone, closing.next.next().first_day());
        let mut count = 0;
        self.atomically(|runtime| {
            let kind = model.kind(card.kind).name.clone();
            runtime.each_head(Some(&kind), &mut |runtime, head| {
                if head.opened.is_some_and(|opened| opened < ends) {
                    runtime.close_for(&head.subject, closing.card, closing.next, now)?;
                    count += 1;
                }
                Ok(())
            })?;
            runtime.store.set_note(&note(&card.name), &closing.next.to_string())?;
            if let Some(closing) = runtime.closings.get_mut(idx) {
                closing.next = closing.next.next();
            }
            Ok(())
        })?;
        Ok(count)
    }

    /// Somebody whose opening is told after periods were closed gets those that count for them.
    pub(super) fn close_for_latecomer(
        &mut self,
        subject: &Arc<str>,
        kind: KindId,
        opened: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let model = self.policy.model.clone();
        let opened_on = opened.with_timezone(&model.header.zone).date_naive();
        for closing in self.closings.clone() {
            let card = model.scorecard(closing.card);
            if card.kind != kind {
                continue;
            }
            let mut period = Period::of(card.period, opened_on);
            if period.first_day() < closing.first.first_day() {
                period = closing.first;
            }
            while period.first_day() < closing.next.first_day() {
                self.close_for(subject, closing.card, period, now)?;
                period = period.next();
            }
        }
        Ok(())
    }

    /// Closes one period for one person, once.
    fn close_for(
        &mut self,
        subject: &Arc<str>,
        card: ScorecardId,
        period: Period,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let model = self.policy.model.clone();
        let def = model.scorecard(card);
        let id: Arc<str> = format!("{}/{period}", def.name).into();
        if self.store.record(subject, &id)?.is_some() {
            return Ok(());
        }
        let mut data = match self.presets.get(&(subject.clone(), id.clone())) {
            Some(preset) => preset.clone(),
            None => self.measured(subject, def, period)?,
        };
        data.insert("period".into(), Value::text(period.to_string()));
        let closes = closes_at(&model, card, period)?;
        let event = Event {
            id: Some(id),
            subject: subject.clone(),
            name: model.event(def.events.period_closed).name.clone(),
            at: Some(closes),
            data,
            ..Event::default()
        };
        let entry = self.entry(subject)?;
        let now = now.max(closes);
        match engine::admit(&model, &entry.state, &event, now, self.last_known(&entry.head), Data::new())? {
            Admitted::Record(record) => self.keep(entry, record, &[], now).map(|_| ()),
            Admitted::Refused(refusal) => {
                let why = refusal.message().render(Lang::En);
                Err(Error::new(ErrorKind::Malformed, format!("`{subject}` cannot close `{period}`: {why}")))
            }
        }
    }

    /// The aggregates of a person's samples in a period.
    fn measured(&mut self, subject: &str, card: &Scorecard, period: Period) -> Result<Data> {
        let model = self.policy.model.clone();
        let from = zone::day_start(model.header.zone, period.first_day());
        let to = zone::day_start(model.header.zone, period.next().first_day());
        let mut data = Data::new();
        for indicator in &card.indicators {
            let measure = &model.measure(indicator.measure).name;
            let samples = self.store.samples(bare(subject), measure, from, to)?;
            aggregate(&indicator.name, &samples, &mut data)?;
        }
        Ok(data)
    }

    /// The review items for samples of closed periods that a step changes.
    pub(super) fn reviews_of(&mut self, step: &Step, because: &Arc<str>) -> Result<Vec<Review>> {
        let mut reviews = Vec::new();
        if step.samples.is_empty() && step.vanished.is_empty()
            || self.closings.iter().all(Closing::none_closed)
        {
            return Ok(reviews);
        }
        for sample in &step.samples {
            let before = self.store.sample(&sample.id)?;
            self.review(before.as_ref(), Some(sample), because, &mut reviews)?;
        }
        for id in &step.vanished {
            let before = self.store.sample(id)?;
            self.review(before.as_ref(), None, because, &mut reviews)?;
        }
        Ok(reviews)
    }

    fn review(
        &self,
        before: Option<&Sample>,
        after: Option<&Sample>,
        because: &Arc<str>,
        reviews: &mut Vec<Review>,
    ) -> Result<()> {
        let model = &self.policy.model;
        for closing in &self.closings {
            let card = model.scorecard(closing.card);
            let place = |sample: &Sample| -> Option<(Arc<str>, Period)> {
                let counts = card
                    .indicators
                    .iter()
                    .any(|indicator| model.measure(indicator.measure).name == sample.measure);
                let day = sample.at.with_timezone(&model.header.zone).date_naive();
                let period = Period::of(card.period, day);
                let closed = period.first_day() < closing.next.first_day()
                    && period.first_day() >= closing.first.first_day();
                (counts && closed).then(|| sample.person.clone().map(|person| (person, period))).flatten()
            };
            let (then, now) = (before.and_then(place), after.and_then(place));
            let places: Vec<(Arc<str>, Period)> = match (&then, &now) {
                (Some(then), Some(now)) if then != now => vec![then.clone(), now.clone()],
                _ => then.iter().chain(&now).take(1).cloned().collect(),
            };
            for place in places {
                let value = |sample: Option<&Sample>, at: &Option<(Arc<str>, Period)>| -> Option<Decimal> {
                    sample.filter(|_| at.as_ref() == Some(&place)).map(|sample| sample.value)
                };
                let (then, now) = (value(before, &then), value(after, &now));
                let Some(sample) = after.or(before).filter(|_| then != now) else { continue };
                let (person, period) = place;
                reviews.push(Review {
                    id: format!("{}/{period}/{person}/{}", card.name, sample.id).into(),
                    person: format!("{}/{person}", model.kind(card.kind).name).into(),
                    card: card.name.clone(),
                    period: period.to_string().into(),
                    sample: sample.id.clone(),
                    then,
                    now,
                    because: because.clone(),
                });
            }
        }
        Ok(())
    }
}

impl Closing {
    fn none_closed(&self) -> bool {
        self.next == self.first
    }
}

/// Sum, count, samples met, the ids, and a hash over ids and values, flat under the indicator's name.
fn aggregate(indicator: &str, samples: &[Sample], data: &mut Data) -> Result<()> {
    let mut sum = Decimal::ZERO;
    let mut met = 0_i64;
    let mut hash = Sha256::new();
    for sample in samples {
        sum = sum.checked_add(sample.value).ok_or_else(|| {
            Error::new(ErrorKind::Malformed, format!("the sum of `{indicator}` is beyond 28 digits"))
        })?;
        met += i64::from(sample.value == Decimal::ONE);
        hash.update(sample.id.as_bytes());
        hash.update([0]);
        hash.update(sample.value.normalize().to_string().as_bytes());
        hash.update([0]);
    }
    let ids: Vec<Value> = samples.iter().map(|sample| Value::Text(sample.id.clone())).collect();
    let mut put = |what: &str, value: Value| data.insert(format!("{indicator}.{what}").into(), value);
    put("sum", Value::number(sum));
    put("count", Value::number(Decimal::from(samples.len() as u64)));
    put("met", Value::number(met));
    put("samples", Value::List(ids.into()));
    put("hash", Value::text(Hash(hash.finalize().into()).to_string()));
    Ok(())
}

/// When a period is closed: close of the n-th working day of the next one, by the policy's calendar.
fn closes_at(model: &Model, card: ScorecardId, period: Period) -> Result<DateTime<Utc>> {
    let calendar = model.calendar(model.header.calendar);
    let failed = |problem: crate::calendar::TimeError| {
        Error::new(ErrorKind::NotCovered, problem.message().render(Lang::En))
    };
    let nth = model.scorecard(card).finality.published_on;
    let day = calendar.nth_working_day(period.next().first_day(), nth).map_err(failed)?;
    match calendar.close_of(day).map_err(failed)? {
        Some(close) => Ok(close),
        None => Ok(zone::day_end(model.header.zone, day)),
    }
}

fn bare(subject: &str) -> &str {
    subject.split_once('/').map_or(subject, |(_, name)| name)
}

fn note(card: &str) -> String {
    format!("closed/{card}")
}
