//! An event reaches every live case that declares it, in document order: which transition is taken, and what refuses it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::choose::{Choice, Chosen};
use super::context::Failure;
use super::lifecycle::Taken;
use super::run::{Run, Scene};
use super::state::Case;
use super::step::{Refusal, Sample};
use crate::error::Result;
use crate::model::{
    ClauseId, DatedBy, EventDef, EventId, Expression, MeasureTrigger, Opens, StateId, Transition, Workflow,
    WorkflowId,
};
use crate::record::Record;
use crate::value::Value;

/// What came of delivering one event.
#[derive(Default)]
pub(super) struct Delivery {
    /// Somebody took it.
    pub taken: bool,
    /// Some case moved or opened.
    pub moved: bool,
    /// Why nobody took it.
    pub refusal: Option<Box<Refusal>>,
    /// What a decision did: `onboarding/1:not_qualified#0`.
    pub notes: Vec<Arc<str>>,
}

/// What a note of a decision says of a case: `not_qualified#0` of `onboarding/1:not_qualified#0`.
pub(super) fn of_case<'n>(note: &'n str, case: &str) -> Option<&'n str> {
    note.strip_prefix(case)?.strip_prefix(':')
}

impl<'a> Run<'a> {
    /// Delivers an event to the cases of the subject. `forced` are the notes of a decision that stands.
    pub fn deliver(
        &mut self,
        event: EventId,
        scene: &Scene<'_>,
        only_case: Option<&str>,
        forced: &[Arc<str>],
    ) -> Result<Delivery> {
        let model = self.model;
        let mut delivery = Delivery::default();
        let mut silent = None;
        for workflow_id in &model.kind(self.state.kind).workflows {
            let mentions = |graph: WorkflowId| model.workflow(graph).events.binary_search(&event).is_ok();
            // Most workflows have one graph alone.
            if !mentions(*workflow_id) && model.workflow(*workflow_id).line.editions.is_empty() {
                continue;
            }
            let mut cases: SmallVec<[(usize, WorkflowId); 4]> = SmallVec::new();
            for (idx, case) in self.state.cases.iter().enumerate() {
                let of_line = case.family == *workflow_id && mentions(case.workflow);
                if of_line && self.reaches(case, only_case, forced) {
                    cases.push((idx, case.workflow));
                }
            }
            let edition = model.edition(*workflow_id, self.known).filter(|graph| mentions(*graph));
            if edition.is_none() && cases.is_empty() {
                continue;
            }
            if cases.is_empty() && silent.is_none() {
                let latest = self.state.latest_case(*workflow_id);
                let latest = latest.and_then(|case| Some((case, case.configuration.first()?.0)));
                let state =
                    latest.map(|(case, state)| model.workflow(case.workflow).state(state).name.clone());
                silent = Some(Box::new(Refusal::NotOpen { state }));
            }
            for (case, graph) in cases {
                self.deliver_to_case(case, graph, event, scene, forced, &mut delivery, &mut silent)?;
            }
            let Some(workflow) = edition.map(|graph| model.workflow(graph)) else { continue };
            if let Opens::On(opener, guard) = &workflow.opens
                && *opener == event
                && self.opens_now(guard.as_ref(), scene)?
            {
                self.open_case(*workflow_id, scene)?;
                self.note_opening_act(*workflow_id, event, scene);
                delivery.taken = true;
                delivery.moved = true;
            }
        }
        if !delivery.taken && delivery.refusal.is_none() {
            delivery.refusal = silent;
        }
        Ok(delivery)
    }

    /// Whether an event reaches a case: a live one, or one for which a decision stands even if it is done by now another way.
    fn reaches(&self, case: &Case, only_case: Option<&str>, forced: &[Arc<str>]) -> bool {
        if only_case.is_none() && forced.is_empty() {
            return case.is_live();
        }
        let name = self.case_name(case.workflow, case.number);
        let stands = forced.iter().any(|note| of_case(note, &name).is_some());
        (case.is_live() || stands) && only_case.is_none_or(|only| only == name.as_ref())
    }

    #[expect(clippy::too_many_arguments, reason = "two of them gather results over all cases")]
    fn deliver_to_case(
        &mut self,
        case: usize,
        workflow_id: WorkflowId,
        event: EventId,
        scene: &Scene<'_>,
        forced: &[Arc<str>],
        delivery: &mut Delivery,
        silent: &mut Option<Box<Refusal>>,
    ) -> Result<()> {
        let workflow = self.model.workflow(workflow_id);
        match self.choose(case, workflow_id, event, scene, forced)? {
            Choice::Take(chosen) => {
                delivery.taken = true;
                if self.model.event(event).decision
                    && let Some(number) = self.state.cases.get(case).map(|case| case.number)
                {
                    let name = self.case_name(workflow_id, number);
                    let note = |one: &Chosen<'_>| {
                        format!("{name}:{}#{}", workflow.state(one.from).name, one.idx).into()
                    };
                    delivery.notes.extend(chosen.iter().map(note));
                }
                self.note_act(case, event, scene);
                self.count_answers(case, workflow, event, scene)?;
                self.pause_on_event(case, event, scene)?;
                self.stop_on_event(case, event, scene)?;
                delivery.moved |= self.take_reopened(case, workflow, &chosen, scene)?;
                self.start_on_event(case, workflow, event, scene)?;
            }
            Choice::ClockOnly => {
                delivery.taken = true;
                self.note_act(case, event, scene);
                self.pause_on_event(case, event, scene)?;
                self.stop_on_event(case, event, scene)?;
                self.start_on_event(case, workflow, event, scene)?;
            }
            Choice::Refuse(refusal) => {
                if delivery.refusal.is_none() {
                    delivery.refusal = Some(refusal);
                }
            }
            Choice::Silent(refusal) => {
                if !matches!(silent.as_deref(), Some(Refusal::NotInThisState { .. })) {
                    *silent = Some(refusal);
                }
            }
        }
        Ok(())
    }

    /// Takes a transition; a case that is done already is open for it, and done again unless it moves on.
    fn take_reopened(
        &mut self,
        case: usize,
        workflow: &Workflow,
        chosen: &[Chosen<'_>],
        scene: &Scene<'_>,
    ) -> Result<bool> {
        let closed = self.state.cases.get_mut(case).and_then(|case| case.closed.take());
        let moved = self.take(case, workflow, chosen, scene)?;
        if let Some(case) = self.state.cases.get_mut(case)
            && !moved
        {
            case.closed = closed;
        }
        Ok(moved)
    }

    fn opens_now(&self, guard: Option<&Expression>, scene: &Scene<'_>) -> Result<bool> {
        match guard.map(|guard| self.ctx(scene).test(guard, None)) {
            None => Ok(true),
            Some(Ok(held)) => Ok(held),
            Some(Err(Failure::Absent(_))) => Ok(false),
            Some(Err(Failure::Error(error))) => Err(error),
        }
    }

    /// Counts what an event carries towards lower bounds, and as an answer that is waited for.
    fn count_answers(
        &mut self,
        case: usize,
        workflow: &Workflow,
        event: EventId,
        scene: &Scene<'_>,
    ) -> Result<()> {
        if !workflow.counts {
            return Ok(());
        }
        for id in self.active(case) {
            let state = workflow.state(id);
            let bound = state.lasts_at_least.as_ref().and_then(|bound| bound.counted_by);
            let answer = state.waits_for.as_ref().map(|waits| waits.answered_by);
            let Some((_, slot)) = answer.or(bound).filter(|(counter, _)| *counter == event) else { continue };
            let Some(value) = scene.slots.and_then(|slots| slots.get(slot)).cloned() else { continue };
            let Some(case_state) = self.state.cases.get_mut(case) else { continue };
            let new = match case_state.counted.iter_mut().find(|(counted, _)| *counted == id) {
                Some((_, values)) => match values.binary_search(&value) {
                    Ok(_) => false,
                    Err(place) => {
                        values.insert(place, value);
                        true
                    }
                },
                None => {
                    case_state.counted.push((id, vec![value]));
                    true
                }
            };
            if new {
                self.note_answered(case, workflow, id, scene)?;
            }
        }
        Ok(())
    }

    /// Takes transitions together; tells whether the case moved.
    fn take(
        &mut self,
        case: usize,
        workflow: &Workflow,
        chosen: &[Chosen<'_>],
        scene: &Scene<'_>,
    ) -> Result<bool> {
        let mut taken: SmallVec<[Taken<'_>; 1]> = SmallVec::new();
        let mut clauses: SmallVec<[ClauseId; 4]> = SmallVec::new();
        for one in chosen {
            let cited = clauses_of(workflow, one.source.unwrap_or(one.from), one.transition);
            taken.push(Taken::of(one.source, one.transition, cited));
            for clause in cited {
                if !clauses.contains(clause) {
                    clauses.push(*clause);
                }
            }
        }
        self.go(case, &taken, &clauses, scene)
    }

    fn start_on_event(
        &mut self,
        case: usize,
        workflow: &Workflow,
        event: EventId,
        scene: &Scene<'_>,
    ) -> Result<()> {
        if !self.state.cases.get(case).is_some_and(Case::is_live) {
            return Ok(());
        }
        for (idx, clock) in workflow.clocks.iter().enumerate() {
            let active = clock
                .state
                .is_none_or(|state| self.state.cases.get(case).is_some_and(|case| case.is_in(state)));
            if active && clock.starts.contains(&event) {
                self.start_round(case, crate::model::ClockId(idx as u16), scene)?;
            }
        }
        Ok(())
    }

    /// The samples that an accepted event yields.
    pub fn take_samples(&mut self, event: EventId, scene: &Scene<'_>, record: Option<&Record>) -> Result<()> {
        let model = self.model;
        let def: &EventDef = model.event(event);
        for measure_id in &def.measures {
            let measure = model.measure(*measure_id);
            if !matches!(measure.trigger, MeasureTrigger::Events(_)) {
                continue;
            }
            if let Some(guard) = of_event(&measure.guard, event)
                && !self.opens_now(Some(guard), scene)?
            {
                continue;
            }
            let Some(value) = of_event(&measure.value, event) else { continue };
            let value = match self.ctx(scene).eval(value, None) {
                Ok(value) => value,
                Err(Failure::Absent(_)) => continue,
                Err(Failure::Error(error)) => return Err(error),
            };
            let value = match value {
                Value::Boolean(flag) => Decimal::from(u8::from(flag)),
                other => match other.as_decimal() {
                    Some(value) => value,
                    None => continue,
                },
            };
            let person = match of_event(&measure.credited_to, event) {
                Some(credited_to) => self.first_person(credited_to, scene)?,
                None => None,
            };
            let at = match &measure.dated_by {
                DatedBy::Expression(by_event) => self.dated(of_event(by_event, event), scene)?,
                _ => self.at,
            };
            let cause = record.map_or_else(
                || format!("{}@{}", def.name, self.at.timestamp()),
                |record| record.id.to_string(),
            );
            self.step.samples.push(Sample {
                id: format!("{}/{}/{cause}", measure.name, self.state.subject).into(),
                measure: measure.name.clone(),
                person,
                at,
                value,
                source: self.state.subject.clone(),
            });
        }
        Ok(())
    }

    fn dated(&self, by: Option<&Expression>, scene: &Scene<'_>) -> Result<DateTime<Utc>> {
        let Some(by) = by else { return Ok(self.at) };
        match self.ctx(scene).eval(by, None) {
            Ok(value) => Ok(super::lifecycle::instant_of(&value, self.model).unwrap_or(self.at)),
            Err(Failure::Absent(_)) => Ok(self.at),
            Err(Failure::Error(error)) => Err(error),
        }
    }
}

/// The clauses of a transition: its own, else those of its state or the first around that has any, else the workflow's.
pub(super) fn clauses_of<'m>(
    workflow: &'m Workflow,
    state: StateId,
    transition: &'m Transition,
) -> &'m [ClauseId] {
    if transition.clause.is_some() {
        return transition.clause.as_slice();
    }
    let around = [state].into_iter().chain(workflow.around(state));
    let mut of_states = around.map(|state| &workflow.state(state).clauses);
    of_states.find(|clauses| !clauses.is_empty()).unwrap_or(&workflow.clauses)
}

/// The entry of an event.
fn of_event<T>(list: &[(EventId, T)], event: EventId) -> Option<&T> {
    list.iter().find(|(id, _)| *id == event).map(|(_, entry)| entry)
}
