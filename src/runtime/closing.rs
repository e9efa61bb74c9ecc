//! Closing the periods of scorecards: aggregates become a record, once; what changes afterwards goes to a person.
//!
//! A period is closed for everybody at the instant at which that begins, and kept person by person, so that one transaction
//! stays small. INVARIANT: every event that arrives in between finds a person closed. Before one is taken for somebody whose turn
//! is still to come, or reads them, they are closed; before one of their samples changes, the aggregates are taken down. Only what
//! was read of them before is read again when their turn comes: in the reader's records it follows what arrived until then.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::advance::{Advanced, BATCH};
use super::{Runtime, unwritable};
use crate::audit::Hash;
use crate::calendar::DayRule;
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
    /// How far the next one is, once its closing has begun.
    under_way: Option<UnderWay>,
}

/// A closing that has begun, as noted in the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct UnderWay {
    /// The period.
    period: Arc<str>,
    /// When its closing began: from then on it is known for everybody.
    known: DateTime<Utc>,
    /// By name, everybody up to here had their turn.
    after: Arc<str>,
    /// How many persons are still to be closed.
    left: u64,
}

/// The aggregates of somebody whose turn is still to come, taken down before one of their samples changes.
#[derive(Debug)]
pub(super) struct TakenDown {
    idx: usize,
    subject: Arc<str>,
    data: Data,
}

/// Where each scorecard stands, from the store's notes.
pub(super) fn recall<S: Store>(model: &Model, store: &mut S) -> Result<Vec<Closing>> {
    let mut closings = Vec::with_capacity(model.scorecards.len());
    for (idx, card) in (0..).zip(&model.scorecards) {
        let first = Period::of(card.period, model.header.effective);
        let closed = store.note(&note(&card.name))?.and_then(|name| name.parse::<Period>().ok());
        let next = closed.map_or(first, |closed| closed.next());
        let begun = store.note(&note_begun(&card.name))?.filter(|note| !note.is_empty());
        let begun: Option<UnderWay> =
            begun.map(|note| serde_json::from_str(&note)).transpose().map_err(unwritable)?;
        let under_way = begun.filter(|begun| begun.period.as_ref() == next.to_string());
        closings.push(Closing { card: ScorecardId(idx), first, next, under_way });
    }
    Ok(closings)
}

impl<S: Store> Runtime<S> {
    /// The earliest closing instant before `now`, and whose it is; one that has begun comes first.
    ///
    /// # Errors
    /// A period is over, and the calendar does not say when it is closed.
    pub(super) fn next_closing(&self, now: DateTime<Utc>) -> Result<Option<(DateTime<Utc>, usize)>> {
        let mut earliest: Option<(bool, DateTime<Utc>, usize)> = None;
        for (idx, closing) in self.closings.iter().enumerate() {
            let Some(closes) = self.closes_before(closing, now)? else { continue };
            let found = (closing.under_way.is_none(), closes, idx);
            earliest = Some(earliest.map_or(found, |earliest| earliest.min(found)));
        }
        Ok(earliest.map(|(_, closes, idx)| (closes, idx)))
    }

    /// When the next period of a scorecard is closed, if that is before an instant.
    fn closes_before(&self, closing: &Closing, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let model = &self.policy.model;
        if closing.ends(model) >= now {
            return Ok(None);
        }
        Ok(Some(closes_at(model, closing.card, closing.next)?).filter(|closes| *closes < now))
    }

    /// Closes the next period of a scorecard for everybody, or for as many persons as there is room for, a batch in each
    /// transaction. When it begins, everything until the closing instant must have been let happen.
    pub(super) fn close_period(
        &mut self,
        (closes, idx): (DateTime<Utc>, usize),
        now: DateTime<Utc>,
        at_most: &mut u64,
        advanced: &mut Advanced,
    ) -> Result<()> {
        loop {
            let room = usize::try_from(advanced.room(*at_most)).unwrap_or(BATCH).min(BATCH);
            let (closed, passed_over) = self.atomically(|runtime| {
                runtime.begin_closing(closes, now)?;
                runtime.close_some(idx, room)
            })?;
            advanced.closed += closed;
            // Who is only looked at takes from the room as well, so that a call stays short.
            *at_most = at_most.saturating_sub(passed_over);
            if self.closings.get(idx).is_none_or(|closing| closing.under_way.is_none()) {
                return Ok(());
            }
            if room == 0 {
                advanced.still_due = Some(closes);
                return Ok(());
            }
        }
    }

    /// Begins to close every period that is closed at an instant. From here on nothing that arrives changes what they are closed with.
    fn begin_closing(&mut self, closes: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
        let model = self.policy.model.clone();
        for idx in 0..self.closings.len() {
            let Some(closing) = self.closings.get(idx) else { break };
            if closing.under_way.is_some()
                || self.closes_before(closing, closes + TimeDelta::seconds(1))? != Some(closes)
            {
                continue;
            }
            let kind = model.kind(model.scorecard(closing.card).kind).name.clone();
            let (ends, period) = (closing.ends(&model), closing.next.to_string().into());
            let left = self.store.count_opened(&kind, ends)?;
            let under_way = UnderWay { period, known: now, after: format!("{kind}/").into(), left };
            if let Some(closing) = self.closings.get_mut(idx) {
                closing.under_way = Some(under_way);
            }
            self.note_closing(idx)?;
        }
        Ok(())
    }

    /// Closes for the next persons by name; tells how many results were closed, and how many persons had nothing to close.
    fn close_some(&mut self, idx: usize, room: usize) -> Result<(u64, u64)> {
        let model = self.policy.model.clone();
        let (before, mut passed_over) = (self.closing_left(), 0);
        let begun = |runtime: &Runtime<S>| {
            let closing = runtime.closings.get(idx)?;
            closing
                .under_way
                .as_ref()
                .map(|under_way| (closing.card, under_way.after.clone(), under_way.left))
        };
        let Some((card, after, left)) = begun(self) else { return Ok((0, 0)) };
        let kind = &model.kind(model.scorecard(card).kind).name;
        let names = match left {
            0 => Vec::new(),
            _ => self.store.subjects(Some(kind), &after, room)?,
        };
        let at_end = room > 0 && names.len() < room;
        for name in names {
            passed_over += u64::from(!self.close_pending(idx, &name)?);
            if let Some(under_way) = self.closings.get_mut(idx).and_then(|closing| closing.under_way.as_mut())
            {
                under_way.after = name;
            }
        }
        let closed = before - self.closing_left();
        let through = at_end || begun(self).is_some_and(|(_, _, left)| left == 0);
        if let Some(closing) = self.closings.get_mut(idx).filter(|_| through) {
            self.store.set_note(&note(&model.scorecard(card).name), &closing.next.to_string())?;
            closing.next = closing.next.next();
            closing.under_way = None;
        }
        self.note_closing(idx)?;
        Ok((closed, passed_over))
    }

    /// Notes how far a closing is.
    fn note_closing(&mut self, idx: usize) -> Result<()> {
        let Some(closing) = self.closings.get(idx) else { return Ok(()) };
        let name = note_begun(&self.policy.model.scorecard(closing.card).name);
        let text = match &closing.under_way {
            Some(under_way) => serde_json::to_string(under_way).map_err(unwritable)?,
            None => String::new(),
        };
        self.store.set_note(&name, &text)
    }

    /// Whether a closing has begun and somebody's turn is still to come.
    fn is_closing(&self) -> bool {
        self.closings.iter().any(|closing| closing.under_way.is_some())
    }

    /// How many persons are still to be closed where that has begun.
    pub(super) fn closing_left(&self) -> u64 {
        self.closings.iter().filter_map(|closing| closing.under_way.as_ref()).map(|begun| begun.left).sum()
    }

    /// Closes for a person whose turn is still to come.
    pub(super) fn close_first(&mut self, subject: &Arc<str>) -> Result<()> {
        for idx in 0..self.closings.len() {
            if self.close_pending(idx, subject)? {
                self.note_closing(idx)?;
            }
        }
        Ok(())
    }

    /// Whether the turn of one of several subjects is still to come.
    pub(super) fn any_pending(&mut self, subjects: &[Arc<str>]) -> Result<bool> {
        if !self.is_closing() {
            return Ok(false);
        }
        for subject in subjects {
            for idx in 0..self.closings.len() {
                if self.is_pending(idx, subject)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Closes for those whose samples are about to be others than when the closing began.
    pub(super) fn close_taken_down(&mut self) -> Result<()> {
        // They stay at hand until their turn: whoever is closed on the way is closed with what was taken down.
        while let Some(TakenDown { idx, subject, .. }) = self.taken_down.first() {
            let (idx, subject) = (*idx, subject.clone());
            if self.close_pending(idx, &subject)? {
                self.note_closing(idx)?;
            }
            self.taken_down.retain(|down| down.idx != idx || down.subject != subject);
        }
        Ok(())
    }

    /// Whether a period is being closed that a subject belongs to, and their turn is still to come.
    fn is_pending(&mut self, idx: usize, subject: &str) -> Result<bool> {
        let model = self.policy.model.clone();
        let Some(closing) = self.closings.get(idx).filter(|closing| closing.under_way.is_some()) else {
            return Ok(false);
        };
        let card = model.scorecard(closing.card);
        if model.split_subject(subject).map(|(kind, _)| kind) != Some(card.kind) {
            return Ok(false);
        }
        let (ends, id) = (closing.ends(&model), closed_id(&card.name, closing.next));
        let opened = self.store.head(subject)?.and_then(|head| head.opened);
        Ok(opened.is_some_and(|opened| opened < ends) && self.store.record(subject, &id)?.is_none())
    }

    /// Closes the period that is being closed for one person, if their turn is still to come; tells whether it was.
    fn close_pending(&mut self, idx: usize, subject: &Arc<str>) -> Result<bool> {
        if !self.is_pending(idx, subject)? {
            return Ok(false);
        }
        let Some(closing) = self.closings.get_mut(idx) else { return Ok(false) };
        let (card, period) = (closing.card, closing.next);
        let Some(under_way) = &mut closing.under_way else { return Ok(false) };
        under_way.left = under_way.left.saturating_sub(1);
        let known = under_way.known;
        let taken_down = self.taken_down.iter().find(|down| down.idx == idx && down.subject == *subject);
        let taken_down = taken_down.map(|down| down.data.clone());
        self.close_for(subject, card, period, taken_down, known)?;
        Ok(true)
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
            while closing.is_closed(period) {
                self.close_for(subject, closing.card, period, None, now)?;
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
        taken_down: Option<Data>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let model = self.policy.model.clone();
        let def = model.scorecard(card);
        let id = closed_id(&def.name, period);
        if self.store.record(subject, &id)?.is_some() {
            return Ok(());
        }
        let mut data = match self.presets.get(&(subject.clone(), id.clone())) {
            Some(preset) => preset.clone(),
            None => match taken_down {
                Some(data) => data,
                None => self.measured(subject, def, period)?,
            },
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
        match engine::admit(&model, &entry.state, &event, now, entry.head.known, Data::new())? {
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

    /// Takes down the aggregates of somebody whose turn is still to come, before a sample changes.
    fn take_down(&mut self, idx: usize, period: Period, subject: &Arc<str>) -> Result<()> {
        let Some(closing) = self.closings.get(idx).filter(|closing| closing.next == period) else {
            return Ok(());
        };
        let (card, known) = (closing.card, |down: &TakenDown| down.idx == idx && down.subject == *subject);
        if self.taken_down.iter().any(known) || !self.is_pending(idx, subject)? {
            return Ok(());
        }
        let model = self.policy.model.clone();
        let data = self.measured(subject, model.scorecard(card), period)?;
        self.taken_down.push(TakenDown { idx, subject: subject.clone(), data });
        Ok(())
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
        &mut self,
        before: Option<&Sample>,
        after: Option<&Sample>,
        because: &Arc<str>,
        reviews: &mut Vec<Review>,
    ) -> Result<()> {
        let model = self.policy.model.clone();
        for (idx, closing) in self.closings.clone().iter().enumerate() {
            let card = model.scorecard(closing.card);
            let place = |sample: &Sample| -> Option<(Arc<str>, Period)> {
                let counts = card
                    .indicators
                    .iter()
                    .any(|indicator| model.measure(indicator.measure).name == sample.measure);
                let day = sample.at.with_timezone(&model.header.zone).date_naive();
                let period = Period::of(card.period, day);
                (counts && closing.is_closed(period))
                    .then(|| sample.person.clone().map(|person| (person, period)))
                    .flatten()
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
                let subject: Arc<str> = format!("{}/{person}", model.kind(card.kind).name).into();
                self.take_down(idx, period, &subject)?;
                reviews.push(Review {
                    id: format!("{}/{period}/{person}/{}", card.name, sample.id).into(),
                    person: subject,
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
        self.next == self.first && self.under_way.is_none()
    }

    /// Whether a period is closed, or its closing has begun.
    fn is_closed(&self, period: Period) -> bool {
        let begun = self.under_way.is_some() && period == self.next;
        period.first_day() >= self.first.first_day() && (begun || period.first_day() < self.next.first_day())
    }

    /// When the next period ends.
    fn ends(&self, model: &Model) -> DateTime<Utc> {
        zone::day_start(model.header.zone, self.next.next().first_day())
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
    let nth = model.scorecard(card).finality.published_on;
    let rule = DayRule::After { last: period.last_day(), nth };
    model.calendar(model.header.calendar).end_by(rule).map_err(Error::from)
}

fn bare(subject: &str) -> &str {
    subject.split_once('/').map_or(subject, |(_, name)| name)
}

/// The id of the record with which a period is closed.
fn closed_id(card: &str, period: Period) -> Arc<str> {
    format!("{card}/{period}").into()
}

/// The note that names the last closed period.
fn note(card: &str) -> String {
    format!("closed/{card}")
}

/// The note that tells how far the closing of the next period is; empty: it has not begun.
fn note_begun(card: &str) -> String {
    format!("closing/{card}")
}
