//! Judging one record: roles, permissions, built-in events, workflows, duties, samples; decisions stand.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::context::Failure;
use super::deliver::Delivery;
use super::door::{REREAD, WITHDRAW};
use super::four_eyes;
use super::migrate::MIGRATED;
use super::people::{self, Acting};
use super::run::{Run, Scene};
use super::state::State;
use super::step::{GroundLost, Outcome, Refusal, Step};
use super::trace::{Entry, Reads};
use crate::error::Result;
use crate::model::{EventDef, EventId, EventOrigin, Expression, Model, Place, ScoreEvent, Source};
use crate::record::Record;
use crate::value::Value;

/// See [`super::judge`].
pub(super) fn judge(model: &Model, state: &mut State, record: Arc<Record>) -> Result<Step> {
    let mut step = Step::default();
    judge_into(model, state, record, &[], &mut step)?;
    Ok(step)
}

/// As [`judge`], into an empty step; `correctors` are the persons who corrected the record.
pub(super) fn judge_into(
    model: &Model,
    state: &mut State,
    record: Arc<Record>,
    correctors: &[Arc<str>],
    step: &mut Step,
) -> Result<()> {
    let mut run = Run::new(model, state, step);
    run.pass_until(record.at)?;
    run.begin_record(&record);
    let place = run.step.trace.entries.len();
    run.step.trace.entries.reserve(4);
    let known = event_of(model, run.state, &record.event);
    let (outcome, notes) = run.judge_record(&record, known, correctors)?;
    if outcome.refusal().is_none() {
        run.reconsider_duties()?;
    }
    run.forget_replaced();
    let answered = run.answered.take();
    let mut compared = std::mem::take(&mut run.compared);
    let mut kept = record;
    let decision = kept.event.as_ref() == WITHDRAW || known.is_some_and(|(_, def)| def.decision);
    if (decision && kept.accepted.is_none()) || !answered.is_empty() {
        let changed = Arc::make_mut(&mut kept);
        if decision && changed.accepted.is_none() {
            changed.accepted = Some(!matches!(outcome, Outcome::Refused(_)));
            changed.taken = notes;
            if !compared.is_empty() {
                compared.sort();
                compared.dedup();
                let against = compared.into_iter().map(Value::Text).collect();
                changed.reads.insert(four_eyes::AGAINST.into(), Value::List(against));
            }
        }
        changed.reads.extend(answered);
    }
    step.trace.entries.insert(place, Entry::Judged { record: kept.clone(), outcome: outcome.clone() });
    state.frontier = state.frontier.max(kept.at);
    let (at, order, _) = kept.place();
    state.last = Some((at, order, kept.id.clone()));
    state.next_due = super::derive::next(state);
    step.record = Some(kept);
    step.outcome = outcome;
    Ok(())
}

/// See [`super::advance`].
pub(super) fn advance(model: &Model, state: &mut State, until: DateTime<Utc>) -> Result<Step> {
    let mut step = Step::default();
    Run::new(model, state, &mut step).pass_until(until)?;
    if !step.moved.is_empty() {
        step.outcome = Outcome::Moved;
    }
    state.next_due = super::derive::next(state);
    Ok(step)
}

/// The event of a subject's kind by name.
pub(super) fn event_of<'m>(model: &'m Model, state: &State, name: &str) -> Option<(EventId, &'m EventDef)> {
    let id = model.kind(state.kind).events.get(name)?;
    Some((*id, model.event(*id)))
}

/// Whether a condition asks something of the person who acts.
fn asks_of_actor(model: &Model, condition: &Expression) -> bool {
    condition.inputs.iter().any(|input| match input.source {
        Source::EventBy => true,
        Source::Read(read) => model.read(read).place == Place::Actor,
        _ => false,
    })
}

impl Run<'_> {
    fn judge_record(
        &mut self,
        record: &Arc<Record>,
        known: Option<(EventId, &EventDef)>,
        correctors: &[Arc<str>],
    ) -> Result<(Outcome, Vec<Arc<str>>)> {
        if record.event.as_ref() == REREAD || record.corrects.is_some() {
            // What a correction changes is judged where the corrected record stands.
            return Ok((Outcome::Stayed, Vec::new()));
        }
        if record.event.as_ref() == WITHDRAW {
            return Ok((self.judge_withdrawal(record), Vec::new()));
        }
        if record.event.as_ref() == MIGRATED {
            return Ok((self.judge_migration(record)?, Vec::new()));
        }
        let model = self.model;
        let Some((id, def)) = known else {
            let refusal = Refusal::UnknownEvent { event: record.event.clone(), near: Vec::new() };
            return Ok((Outcome::Refused(refusal), Vec::new()));
        };
        let slots = super::door::slots(model, def, &record.data);
        let persons = match model.kind(self.state.kind).compares || def.four_eyes.is_some() {
            true => four_eyes::persons(record.by.as_ref(), record.on_behalf_of.as_ref(), correctors),
            false => Vec::new(),
        };
        let scene = Scene {
            slots: Some(&slots),
            by: record.by.as_ref(),
            on_behalf_of: record.on_behalf_of.as_ref(),
            persons: &persons,
            reads: Some(&record.reads),
            ..Scene::default()
        };
        match record.accepted {
            Some(false) if def.decision => {
                let refusal = self.still_refused(record, id, def, &scene)?.unwrap_or(Refusal::Decided);
                return Ok((Outcome::Refused(refusal), Vec::new()));
            }
            Some(true) if def.decision => return self.judge_standing(record, id, def, &scene),
            _ => {}
        }
        if let Some(refusal) = self.not_allowed(record, id, def, &scene)? {
            return Ok((Outcome::Refused(refusal), Vec::new()));
        }
        self.apply(record, id, def, &scene, &[])
    }

    /// Roles and permissions; they do not bind what the engine itself appends.
    fn not_allowed(
        &mut self,
        record: &Record,
        id: EventId,
        def: &EventDef,
        scene: &Scene<'_>,
    ) -> Result<Option<Refusal>> {
        let model = self.model;
        if matches!(def.origin, EventOrigin::Score(_, ScoreEvent::PeriodClosed)) || record.raised_by.is_some()
        {
            return Ok(None);
        }
        let acting = Acting::of_record(record);
        if let Some(refusal) = people::not_entitled(model, self.state, def, acting, record.data.keys()) {
            return Ok(Some(refusal));
        }
        if let Some(refusal) = self.four_eyes(record, id, def, scene)? {
            return Ok(Some(refusal));
        }
        let shared = scene.by.is_some_and(|by| people::is_shared(model, by));
        for permission_id in def.permissions.iter().filter(|id| model.binds(**id, record.known)) {
            let permission = model.permission(*permission_id);
            let Some((_, only_if)) = permission.only_if.iter().find(|(event, _)| *event == id) else {
                continue;
            };
            let mut reads = Reads::of(only_if);
            let held = match self.ctx(scene).test(only_if, Some(&mut reads)) {
                // What several people use has no qualification, whatever is recorded of it.
                Ok(held) => held && !(shared && asks_of_actor(model, only_if)),
                // Nobody knows of the qualification: that is a no, not an open question.
                Err(Failure::Absent(_)) => false,
                Err(Failure::Error(error)) => return Err(error),
            };
            self.step.trace.entries.push(Entry::Permission {
                permission: *permission_id,
                condition: only_if.written.clone(),
                held: Some(held),
                reads,
            });
            if held {
                continue;
            }
            let against = match permission.log_against.iter().find(|(event, _)| *event == id) {
                Some((_, expression)) => match self.ctx(scene).eval(expression, None) {
                    Ok(value) => value.as_str().map(Arc::from),
                    Err(Failure::Absent(_)) => None,
                    Err(Failure::Error(error)) => return Err(error),
                },
                None => None,
            };
            let message =
                permission.message.as_ref().map(|message| self.ctx(scene).say(message)).transpose()?;
            let against = against.or_else(|| scene.by.map(|by| people::person_of(model, by)));
            if let Some((_, effects)) = permission.refused.iter().find(|(event, _)| *event == id) {
                let scene = Scene { against: against.clone(), ..scene.clone() };
                self.run_effects(effects, None, permission.clause, &scene)?;
            }
            return Ok(Some(Refusal::NotPermitted {
                permission: permission.name.clone(),
                condition: only_if.written.text.clone(),
                against,
                message,
            }));
        }
        Ok(None)
    }

    /// A decision that was refused stays refused; this is why it would be today, if it would.
    fn still_refused(
        &mut self,
        record: &Arc<Record>,
        id: EventId,
        def: &EventDef,
        scene: &Scene<'_>,
    ) -> Result<Option<Refusal>> {
        if let Some(refusal) = self.not_allowed(record, id, def, scene)? {
            return Ok(Some(refusal));
        }
        let (mut probe, mut unseen) = (self.state.clone(), Step::default());
        let mut run = Run::new(self.model, &mut probe, &mut unseen);
        run.begin_record(record);
        Ok(match run.apply(record, id, def, scene, &[])? {
            (Outcome::Refused(refusal), _) => Some(refusal),
            _ => None,
        })
    }

    /// A decision that was accepted stands: guards are ignored; whether they would still hold is told.
    fn judge_standing(
        &mut self,
        record: &Arc<Record>,
        id: EventId,
        def: &EventDef,
        scene: &Scene<'_>,
    ) -> Result<(Outcome, Vec<Arc<str>>)> {
        let (now, notes) = {
            let (mut probe, mut unseen) = (self.state.clone(), Step::default());
            let mut run = Run::new(self.model, &mut probe, &mut unseen);
            run.begin_record(record);
            match run.not_allowed(record, id, def, scene)? {
                Some(refusal) => (Some(refusal), Vec::new()),
                None => match run.apply(record, id, def, scene, &[])? {
                    (Outcome::Refused(refusal), _) => (Some(refusal), Vec::new()),
                    (_, notes) => (None, notes),
                },
            }
        };
        let lost = now.is_some() || notes != record.taken;
        if lost {
            let now: Arc<str> = match &now {
                Some(refusal) => refusal.reason().into(),
                None => notes.join(", ").into(),
            };
            let lost = GroundLost { decision: record.id.clone(), then: record.taken.join(", ").into(), now };
            if !self.state.ground_lost.contains(&lost) {
                self.state.ground_lost.push(lost.clone());
            }
            self.step.ground_lost.push(lost);
        }
        let forced: &[Arc<str>] = if lost { &record.taken } else { &[] };
        let (outcome, _) = self.apply(record, id, def, scene, forced)?;
        Ok((outcome, record.taken.clone()))
    }

    /// A withdrawal needs somebody who may take that very decision, or who took it. Accepted, it stands.
    fn judge_withdrawal(&mut self, record: &Record) -> Outcome {
        if record.accepted == Some(true) {
            return Outcome::Stayed;
        }
        let refusal = match record.reads.get("decision.event").and_then(Value::as_str) {
            Some(event) => event_of(self.model, self.state, event)
                .and_then(|(id, def)| self.withdrawal_refused(record, id, def)),
            None => self.withdrawal_of_any_refused(record),
        };
        match (refusal, record.accepted) {
            (Some(refusal), _) => Outcome::Refused(refusal),
            (None, Some(false)) => Outcome::Refused(Refusal::Decided),
            (None, _) => Outcome::Stayed,
        }
    }

    /// Where it is not known which event the decision was, somebody who may take any decision of this kind of subject.
    fn withdrawal_of_any_refused(&self, record: &Record) -> Option<Refusal> {
        let model = self.model;
        let mut needed = Vec::new();
        for id in model.kind(self.state.kind).events.values() {
            let def = model.event(*id);
            if !def.decision {
                continue;
            }
            let acting = Acting::of_record(record);
            match people::not_entitled(model, self.state, def, acting, std::iter::empty()) {
                None => return None,
                Some(Refusal::WrongRole { needed: roles, .. }) => needed.extend(roles),
                Some(_) => {}
            }
        }
        needed.sort();
        needed.dedup();
        let (actor, on_behalf_of) = (record.by.clone(), record.on_behalf_of.clone());
        Some(Refusal::WrongRole { actor, on_behalf_of, needed, field: None })
    }

    /// What an allowed event does.
    fn apply(
        &mut self,
        record: &Arc<Record>,
        id: EventId,
        def: &EventDef,
        scene: &Scene<'_>,
        forced: &[Arc<str>],
    ) -> Result<(Outcome, Vec<Arc<str>>)> {
        if self.state.opened.is_none() && def.origin != EventOrigin::Opened {
            return Ok((Outcome::Refused(Refusal::NotOpen { state: None }), Vec::new()));
        }
        let mut taken = false;
        let moves_before = self.step.moved.len();
        match def.origin {
            EventOrigin::Opened => {
                if self.state.opened.is_some() {
                    let refusal = Refusal::Guard { tried: vec!["opened".into()], message: None };
                    return Ok((Outcome::Refused(refusal), Vec::new()));
                }
                self.set_fields(def, scene);
                if def.compared {
                    self.state.opened_by = scene.persons.to_vec();
                }
                self.open_subject(scene)?;
                taken = true;
            }
            EventOrigin::Changed => {
                self.set_fields(def, scene);
                self.reclassify(scene)?;
                self.reconsider_openings(scene)?;
                taken = true;
            }
            EventOrigin::Delegated => {
                self.delegate(def, scene);
                taken = true;
            }
            EventOrigin::Score(card, what) => {
                if let Some(refusal) = self.score_event(card, what, def, record, scene)? {
                    return Ok((Outcome::Refused(refusal), Vec::new()));
                }
                taken = true;
            }
            EventOrigin::Declared => {}
        }
        let delivery: Delivery = self.deliver(id, scene, record.case.as_deref(), forced)?;
        taken |= delivery.taken;
        // What no case mentions may still be what a duty waits for; what a guard refuses may not.
        let unmentioned = delivery.refusal.as_deref().is_none_or(|refusal| {
            matches!(refusal, Refusal::NotOpen { .. } | Refusal::NotInThisState { .. })
        });
        if taken || (unmentioned && self.duty_takes(id, scene)?) {
            taken = true;
            self.duty_event(id, scene, Some(&record.id))?;
            self.note_restart(id);
        }
        if !taken {
            let refusal = delivery.refusal.map_or(Refusal::NotOpen { state: None }, |refusal| *refusal);
            return Ok((Outcome::Refused(refusal), Vec::new()));
        }
        self.take_samples(id, scene, Some(record))?;
        self.drain(scene)?;
        let moved = delivery.moved || self.step.moved.len() > moves_before;
        Ok((if moved { Outcome::Moved } else { Outcome::Stayed }, delivery.notes))
    }

    fn set_fields(&mut self, def: &EventDef, scene: &Scene<'_>) {
        let kind = self.model.kind(self.state.kind);
        for (field, data) in def.data.iter().enumerate() {
            let value = scene.slots.and_then(|slots| slots.get(field)).cloned().unwrap_or_default();
            if value == Value::Absent {
                continue;
            }
            if let Some(place) = kind.fields.iter().position(|known| known.name == data.name) {
                self.assign(place, value);
            }
        }
    }

    /// An event that restarts a streak happened.
    pub(super) fn note_restart(&mut self, event: EventId) {
        let model = self.model;
        let at = self.at;
        for score in &mut self.state.scores {
            let card = model.scorecard(score.card);
            if !card.streaks.iter().any(|streak| streak.restarts_after.contains(&event)) {
                continue;
            }
            match score.restarts.iter_mut().find(|(known, _)| *known == event) {
                Some((_, last)) => *last = at,
                None => score.restarts.push((event, at)),
            }
        }
    }
}
