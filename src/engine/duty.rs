//! Duties: each period or event opens one, an event discharges it, lateness is told once, and what hangs on a condition of
//! the subject is waived when that no longer holds.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::context::{Context, Failure};
use super::notice::Occasion;
use super::reckon::{self, Counted};
use super::run::{Run, Scene};
use super::state::DutyOpen;
use super::step::Cause;
use super::trace::{DutyNews, Entry, Reads};
use crate::error::{Error, ErrorKind, Result};
use crate::lang::Lang;
use crate::model::{Arises, Duty, DutyDue, EventId, Expression, Written};
use crate::value::Value;
use crate::zone;

mod slot;

use slot::Slot;

/// Whether a duty is owed now.
enum Standing {
    Owed,
    /// It is not, because of its condition.
    Fails(Arc<Written>, Reads),
    /// It is not yet.
    NotYet,
    /// It is no longer, since the end of this day.
    Ended(NaiveDate, Arc<Written>, Reads),
}

impl Run<'_> {
    /// The subject was opened: its first period is the one that holds that day, or the policy's first day.
    pub fn begin_duties(&mut self) -> Result<()> {
        let model = self.model;
        let today = self.today();
        let first_day = today.max(model.header.effective);
        for state in &mut self.state.duties {
            let duty = model.duty(state.duty);
            let Arises::Every(every) = &duty.arises else { continue };
            let slot = slot::holding(model, duty, every, first_day)?;
            // What has begun already is owed at once, if it is owed at all.
            let next = match slot {
                Some(slot) if slot.first <= today => slot::after(every, slot.last),
                Some(slot) => Some(slot.first.max(first_day)),
                None => None,
            };
            state.next = next.map(|day| (day, zone::day_start(model.header.zone, day)));
        }
        let conditional =
            |idx: &usize| self.state.duties.get(*idx).is_some_and(|s| !model.duty(s.duty).is_conditional());
        let plain: Vec<usize> = (0..self.state.duties.len()).filter(conditional).collect();
        if model.header.effective <= today {
            for idx in plain {
                self.open_period(idx)?;
            }
        }
        Ok(())
    }

    /// A period begins: it owes one, if the obligation stands.
    pub(super) fn duty_begins(&mut self, idx: usize, at: DateTime<Utc>) -> Result<()> {
        let model = self.model;
        let Some(state) = self.state.duties.get(idx) else { return Ok(()) };
        let (duty, Some((day, _))) = (model.duty(state.duty), state.next) else { return Ok(()) };
        let Arises::Every(every) = &duty.arises else { return Ok(()) };
        let slot = slot::holding(model, duty, every, day)?;
        let next = slot.as_ref().and_then(|slot| slot::after(every, slot.last));
        if let Some(state) = self.state.duties.get_mut(idx) {
            state.next = next.map(|day| (day, zone::day_start(model.header.zone, day)));
        }
        self.begin(cause(duty, slot.as_ref().map_or("", |slot| slot.name.as_ref())), at);
        if duty.is_conditional() {
            return self.reconsider_duty(idx);
        }
        self.open_period(idx)
    }

    /// The obligation begins or ends by its dates: it is looked at again.
    pub(super) fn duty_turns(&mut self, idx: usize, at: DateTime<Utc>) {
        let model = self.model;
        if let Some(state) = self.state.duties.get_mut(idx) {
            state.turns = None;
            let duty = model.duty(state.duty);
            self.begin(cause(duty, &at.timestamp().to_string()), at);
        }
    }

    /// Looks again at every duty that hangs on the subject: something may have changed.
    pub(super) fn reconsider_duties(&mut self) -> Result<()> {
        if self.state.opened.is_none() {
            return Ok(());
        }
        let model = self.model;
        for idx in 0..self.state.duties.len() {
            let conditional = self.state.duties.get(idx).is_some_and(|s| model.duty(s.duty).is_conditional());
            if conditional {
                self.reconsider_duty(idx)?;
            }
        }
        Ok(())
    }

    fn reconsider_duty(&mut self, idx: usize) -> Result<()> {
        let model = self.model;
        let Some(duty) = self.state.duties.get(idx).map(|state| model.duty(state.duty)) else {
            return Ok(());
        };
        let (standing, turns) = standing(&self.ctx(&Scene::default()), duty)?;
        if let Some(state) = self.state.duties.get_mut(idx) {
            state.turns = turns;
        }
        match standing {
            Standing::Owed => self.open_period(idx)?,
            Standing::NotYet => {}
            Standing::Fails(because, reads) => self.waive(idx, because, reads, |_| true),
            // A period that was over by then stays owed, and so does what followed an event of that time.
            Standing::Ended(last, because, reads) => {
                self.waive(idx, because, reads, |open| open.after.is_none() && open.period.1 > last);
            }
        }
        Ok(())
    }

    fn waive(&mut self, idx: usize, because: Arc<Written>, reads: Reads, which: impl Fn(&DutyOpen) -> bool) {
        let model = self.model;
        let Some(state) = self.state.duties.get_mut(idx) else { return };
        let duty = model.duty(state.duty);
        let (waived, kept) = std::mem::take(&mut state.open).into_iter().partition(which);
        state.open = kept;
        let waived: Vec<DutyOpen> = waived;
        if waived.iter().any(|open| Some(open.period.0) == state.current) {
            // Should it be owed again within its period, it comes up again.
            state.current = None;
        }
        for open in waived {
            let what = DutyNews::Waived { because: because.clone(), reads: reads.clone() };
            self.note_duty(duty, &open, what);
        }
    }

    /// Opens the duty of the period that holds today, unless it was owed before or its time is over.
    fn open_period(&mut self, idx: usize) -> Result<()> {
        let model = self.model;
        let today = self.today();
        let Some(state) = self.state.duties.get(idx) else { return Ok(()) };
        let (duty, current) = (model.duty(state.duty), state.current);
        let Arises::Every(every) = &duty.arises else { return Ok(()) };
        if !model.has_duty(duty, self.known) {
            return Ok(());
        }
        if today < model.header.effective || (current.is_some() && slot::first_day(every, today) == current) {
            return Ok(());
        }
        let Some(slot) = slot::holding(model, duty, every, today)? else { return Ok(()) };
        if slot.first > today || current.is_some_and(|current| current >= slot.first) {
            return Ok(());
        }
        let due = slot_due(&self.period_ctx(slot.first), duty, &slot)?;
        if let Some(state) = self.state.duties.get_mut(idx) {
            state.current = Some(slot.first);
        }
        if due < self.at {
            return Ok(());
        }
        let late_after = self.with_grace(duty, due, slot.first)?;
        let open = DutyOpen {
            name: slot.name,
            period: (slot.first, slot.last),
            opened: self.at,
            due,
            late_after,
            late: false,
            key: None,
            after: None,
        };
        self.open_duty(idx, open);
        Ok(())
    }

    fn open_duty(&mut self, idx: usize, open: DutyOpen) {
        let model = self.model;
        let Some(state) = self.state.duties.get_mut(idx) else { return };
        let duty = model.duty(state.duty);
        state.open.push(open.clone());
        self.note_duty(duty, &open, DutyNews::Opened);
    }

    /// Parameters that go by the period are those in force on its first day.
    fn period_ctx(&self, day: NaiveDate) -> Context<'_> {
        Context {
            period_start: Some(day),
            known: self.known,
            ..Context::new(self.model, self.state, self.at)
        }
    }

    fn with_grace(&self, duty: &Duty, due: DateTime<Utc>, day: NaiveDate) -> Result<DateTime<Utc>> {
        let Some((amount, by)) = &duty.grace else { return Ok(due) };
        let Value::Duration(grace) = self.period_ctx(day).amount(amount)? else { return Ok(due) };
        super::timing::counted(self.model, due, grace, by)
    }

    /// A duty is late: told once, and still owed.
    pub(super) fn duty_late(&mut self, idx: usize, open: usize, at: DateTime<Utc>) -> Result<()> {
        let model = self.model;
        let Some(state) = self.state.duties.get_mut(idx) else { return Ok(()) };
        let duty = model.duty(state.duty);
        let Some(open) = state.open.get_mut(open) else { return Ok(()) };
        open.late = true;
        let open = open.clone();
        self.begin(cause(duty, open.after.as_ref().unwrap_or(&open.name)), at);
        self.note_duty(duty, &open, DutyNews::Late);
        let scene = Scene { occasion: Some(Occasion::DutyLate(duty, &open)), ..Scene::default() };
        self.run_effects(&duty.late, None, duty.clause, &scene)?;
        self.drain(&scene)
    }

    /// Whether an event would open or discharge a duty now, or is declared for nothing else.
    pub(super) fn duty_takes(&self, event: EventId, scene: &Scene<'_>) -> Result<bool> {
        let model = self.model;
        let mut graphs = model.graphs_of(self.state.kind);
        let declared = graphs.any(|(_, graph)| graph.events.binary_search(&event).is_ok());
        for idx in 0..self.state.duties.len() {
            let Some(duty) = self.state.duties.get(idx).map(|state| model.duty(state.duty)) else { continue };
            if duty.done_by.contains(&event)
                && (!declared || self.discharged_by(idx, event, scene)?.is_some())
            {
                return Ok(true);
            }
            if duty.triggers().contains(&event) && self.is_owed(duty)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An event was accepted: it discharges what it is for and opens what follows it.
    pub(super) fn duty_event(
        &mut self,
        event: EventId,
        scene: &Scene<'_>,
        record: Option<&Arc<str>>,
    ) -> Result<()> {
        let model = self.model;
        for idx in 0..self.state.duties.len() {
            let Some(duty) = self.state.duties.get(idx).map(|state| model.duty(state.duty)) else { continue };
            if let Some(place) = self.discharged_by(idx, event, scene)? {
                self.discharge(idx, place)?;
            }
            if duty.triggers().contains(&event) && self.is_owed(duty)? {
                self.duty_follows(idx, duty, event, scene, record)?;
            }
        }
        Ok(())
    }

    /// Which open duty an event discharges: the one that it names, else the oldest.
    fn discharged_by(&self, idx: usize, event: EventId, scene: &Scene<'_>) -> Result<Option<usize>> {
        let model = self.model;
        let Some(state) = self.state.duties.get(idx) else { return Ok(None) };
        let duty = model.duty(state.duty);
        if state.open.is_empty() || !duty.done_by.contains(&event) {
            return Ok(None);
        }
        if let Some((_, done_if)) = duty.done_if.iter().find(|(of, _)| *of == event)
            && !holds(self.ctx(scene).test(done_if, None))?
        {
            return Ok(None);
        }
        Ok(match named(duty, event, scene) {
            Some(key) => state.open.iter().position(|open| open.key.as_ref() == Some(key)),
            None => Some(0),
        })
    }

    fn discharge(&mut self, idx: usize, place: usize) -> Result<()> {
        let model = self.model;
        let at = self.at;
        let Some(state) = self.state.duties.get_mut(idx).filter(|state| place < state.open.len()) else {
            return Ok(());
        };
        let duty = model.duty(state.duty);
        let open = state.open.remove(place);
        let what = if at <= open.due {
            DutyNews::Done
        } else if at <= open.late_after {
            DutyNews::DoneInGrace
        } else {
            DutyNews::DoneLate
        };
        let late = what == DutyNews::DoneLate;
        self.note_duty(duty, &open, what);
        if late {
            let scene = Scene { occasion: Some(Occasion::DutyDoneLate(duty, &open)), ..Scene::default() };
            self.run_effects(&duty.done_late, None, duty.clause, &scene)?;
        }
        Ok(())
    }

    /// An event brings a duty about, due so long after it.
    fn duty_follows(
        &mut self,
        idx: usize,
        duty: &Duty,
        event: EventId,
        scene: &Scene<'_>,
        record: Option<&Arc<str>>,
    ) -> Result<()> {
        let model = self.model;
        let day = self.today();
        let DutyDue::After(amount, by) = &duty.due else { return Ok(()) };
        let ctx = Context { period_start: Some(day), ..self.ctx(scene) };
        let Value::Duration(within) = ctx.amount(amount)? else { return Ok(()) };
        let due = super::timing::counted(model, self.at, within, by)?;
        let late_after = self.with_grace(duty, due, day)?;
        let key = named(duty, event, scene).cloned();
        let name = key.clone().unwrap_or(Value::Instant(self.at));
        let raised = || format!("{}@{}", model.event(event).name, self.at.timestamp());
        let open = DutyOpen {
            name: super::context::show(&name, model, Lang::En).into(),
            period: (day, day),
            opened: self.at,
            due,
            late_after,
            late: false,
            key,
            after: Some(record.cloned().unwrap_or_else(|| raised().into())),
        };
        self.open_duty(idx, open);
        Ok(())
    }

    fn is_owed(&self, duty: &Duty) -> Result<bool> {
        if self.today() < self.model.header.effective || !self.model.has_duty(duty, self.known) {
            return Ok(false);
        }
        Ok(matches!(standing(&self.ctx(&Scene::default()), duty)?.0, Standing::Owed))
    }

    fn note_duty(&mut self, duty: &Duty, open: &DutyOpen, what: DutyNews) {
        self.step.trace.entries.push(Entry::Duty {
            at: self.at,
            duty: duty.name.clone(),
            of: open.name.clone(),
            day: open.period.0,
            due: open.due,
            late_after: open.late_after,
            what,
            clause: duty.clause,
        });
    }
}

fn cause(duty: &Duty, of: &str) -> Cause {
    Cause::Duty(format!("{}/{of}", duty.name).into())
}

/// What an event says of which duty it means.
fn named<'s>(duty: &Duty, event: EventId, scene: &Scene<'s>) -> Option<&'s Value> {
    let (_, slot) = duty.matched_by.iter().find(|(of, _)| *of == event)?;
    scene.slots?.get(*slot).filter(|value| !value.is_absent())
}

fn holds(tested: std::result::Result<bool, Failure>) -> Result<bool> {
    match tested {
        Ok(held) => Ok(held),
        Err(Failure::Absent(_)) => Ok(false),
        Err(Failure::Error(error)) => Err(error),
    }
}

/// Whether a duty is owed now, and when its dates next change that.
fn standing(ctx: &Context<'_>, duty: &Duty) -> Result<(Standing, Option<DateTime<Utc>>)> {
    let zone = ctx.model.header.zone;
    if let Some(until) = &duty.until {
        let mut reads = Reads::of(until);
        let (last, turns) = match moment(ctx, until, &mut reads)? {
            Some(Value::Date(day)) => (Some(day), Some(zone::day_end(zone, day) + TimeDelta::seconds(1))),
            Some(Value::Instant(at)) => {
                let day = zone::date_of(zone, at);
                (day.pred_opt(), Some(at + TimeDelta::seconds(1)))
            }
            _ => (None, None),
        };
        if let (Some(last), Some(turns)) = (last, turns)
            && turns <= ctx.at
        {
            return Ok((Standing::Ended(last, until.written.clone(), reads), None));
        }
        let (standing, begins) = begun(ctx, duty)?;
        return Ok((standing, begins.into_iter().chain(turns).min()));
    }
    begun(ctx, duty)
}

/// As [`standing`], where no end has come.
fn begun(ctx: &Context<'_>, duty: &Duty) -> Result<(Standing, Option<DateTime<Utc>>)> {
    if let Some(from) = &duty.from {
        let mut reads = Reads::of(from);
        let begins = match moment(ctx, from, &mut reads)? {
            Some(Value::Date(day)) => zone::day_start(ctx.model.header.zone, day),
            Some(Value::Instant(at)) => at,
            // Nobody knows when it begins: it has not.
            _ => return Ok((Standing::NotYet, None)),
        };
        if ctx.at < begins {
            return Ok((Standing::NotYet, Some(begins)));
        }
    }
    let Some(only_if) = &duty.only_if else { return Ok((Standing::Owed, None)) };
    let mut reads = Reads::of(only_if);
    let held = holds(ctx.test(only_if, Some(&mut reads)))?;
    let standing = if held { Standing::Owed } else { Standing::Fails(only_if.written.clone(), reads) };
    Ok((standing, None))
}

fn moment(ctx: &Context<'_>, expression: &Expression, reads: &mut Reads) -> Result<Option<Value>> {
    match ctx.eval(expression, Some(reads)) {
        Ok(value) => Ok(Some(value)),
        Err(Failure::Absent(_)) => Ok(None),
        Err(Failure::Error(error)) => Err(error),
    }
}

/// When the duty of a period is due, by the duty's calendar.
fn slot_due(ctx: &Context<'_>, duty: &Duty, slot: &Slot) -> Result<DateTime<Utc>> {
    let model = ctx.model;
    let counted = match (&duty.due, reckon::day_of_duty(duty, (slot.first, slot.last))) {
        (DutyDue::After(amount, by), _) => {
            let from = reckon::duty_counts_from(model, duty, slot.last, ctx.at);
            let Value::Duration(given) = ctx.amount(amount)? else {
                let message = format!("duty `{}` has no duration", duty.name);
                return Err(Error::new(ErrorKind::Malformed, message));
            };
            Counted::Time { from, given, counting: *by }
        }
        (_, Some(rule)) => Counted::Day(rule, duty.calendar),
        (_, None) => return Ok(zone::day_end(model.header.zone, slot.last)),
    };
    counted.due(model)
}
