//! An event reaches every live case that declares it, in document order: which transition is taken, and what refuses it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::context::Failure;
use super::run::{Run, Scene};
use super::state::Case;
use super::step::{Refusal, Sample};
use super::trace::{Entry, Reads};
use crate::error::Result;
use crate::model::{
    DatedBy, EventDef, EventId, Expression, Goal, LowerBound, MeasureTrigger, Opens, StateId, Transition,
    Workflow, WorkflowId,
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
fn of_case<'n>(note: &'n str, case: &str) -> Option<&'n str> {
    note.strip_prefix(case)?.strip_prefix(':')
}

/// What one case makes of an event.
enum Choice<'m> {
    /// This transition, the n-th of its list.
    Take(&'m Transition, usize, StateId),
    /// Only clocks mention it.
    ClockOnly,
    /// A no with its reason.
    Refuse(Box<Refusal>),
    /// The case does not mention it.
    Silent(Box<Refusal>),
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
            Choice::Take(transition, idx, state) => {
                delivery.taken = true;
                if self.model.event(event).decision
                    && let Some(number) = self.state.cases.get(case).map(|case| case.number)
                {
                    let name = self.case_name(workflow_id, number);
                    delivery.notes.push(format!("{name}:{}#{idx}", workflow.state(state).name).into());
                }
                self.count_towards_bound(case, workflow, state, event, scene);
                self.pause_on_event(case, event, scene)?;
                self.stop_on_event(case, event, scene)?;
                delivery.moved |= self.take_reopened(case, workflow, transition, state, scene)?;
                self.start_on_event(case, workflow, event, scene)?;
            }
            Choice::ClockOnly => {
                delivery.taken = true;
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
        transition: &Transition,
        state: StateId,
        scene: &Scene<'_>,
    ) -> Result<bool> {
        let closed = self.state.cases.get_mut(case).and_then(|case| case.closed.take());
        let moved = self.take(case, workflow, transition, state, scene)?;
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

    /// The first transition, in document order, whose guard holds.
    fn choose(
        &mut self,
        case: usize,
        workflow_id: WorkflowId,
        event: EventId,
        scene: &Scene<'_>,
        forced: &[Arc<str>],
    ) -> Result<Choice<'a>> {
        let model = self.model;
        let workflow = model.workflow(workflow_id);
        let Some((state, entered)) =
            self.state.cases.get(case).and_then(|case| case.configuration.first()).copied()
        else {
            return Ok(Choice::Silent(Box::new(Refusal::NotOpen { state: None })));
        };
        let own = listed(&workflow.state(state).on_event, event);
        let shared = listed(&workflow.on_event, event);
        if let Some(choice) = self.forced_choice(case, workflow, event, forced) {
            return Ok(choice);
        }
        if own.is_empty() && shared.is_empty() {
            return Ok(if mentioned_by_clock(workflow, event) {
                Choice::ClockOnly
            } else {
                Choice::Silent(Box::new(Refusal::NotInThisState {
                    workflow: workflow.name.clone(),
                    state: workflow.state(state).name.clone(),
                    takes: self.takes(workflow, state),
                }))
            });
        }
        // Where every way of the event leads out of the state, the lower bound is asked before any guard.
        let leaves = |transition: &Transition| !matches!(transition.goal, Goal::Stay);
        if own.iter().chain(shared).all(leaves)
            && let Some(refusal) = self.too_early(case, workflow_id, state, entered, scene)?
        {
            return Ok(Choice::Refuse(refusal));
        }
        let mut tried = Vec::new();
        for (idx, transition) in own.iter().chain(shared).enumerate() {
            match self.guard_holds(workflow_id, state, transition, scene)? {
                Some(true) => {}
                Some(false) => {
                    tried.extend(transition.guard.as_ref().map(|guard| guard.written.text.clone()));
                    continue;
                }
                None => return Ok(Choice::Refuse(self.last_undecided(transition, scene)?)),
            }
            if let Goal::Refuse(template) = &transition.goal {
                let message = Some(self.ctx(scene).say(template)?);
                return Ok(Choice::Refuse(Box::new(Refusal::Guard { tried, message })));
            }
            if let Goal::State(target) = transition.goal
                && target != state
                && let Some(refusal) = self.too_early(case, workflow_id, state, entered, scene)?
            {
                return Ok(Choice::Refuse(refusal));
            }
            return Ok(Choice::Take(transition, idx, state));
        }
        Ok(Choice::Refuse(Box::new(Refusal::Guard { tried, message: None })))
    }

    /// A decision that stands takes the transition it took, whatever its guards say now.
    fn forced_choice<'m>(
        &self,
        case: usize,
        workflow: &'m Workflow,
        event: EventId,
        forced: &[Arc<str>],
    ) -> Option<Choice<'m>> {
        if forced.is_empty() {
            return None;
        }
        let case = self.state.cases.get(case)?;
        let name = self.case_name(case.workflow, case.number);
        let note = forced.iter().find_map(|note| of_case(note, &name))?;
        let (state, idx) = note.rsplit_once('#')?;
        let (state, idx) = (workflow.find_state(state)?, idx.parse::<usize>().ok()?);
        let own = listed(&workflow.state(state).on_event, event);
        let transition = own.iter().chain(listed(&workflow.on_event, event)).nth(idx)?;
        Some(Choice::Take(transition, idx, state))
    }

    /// Whether a guard holds; `None`: undecided. Noted in the trace.
    fn guard_holds(
        &mut self,
        workflow: WorkflowId,
        state: StateId,
        transition: &Transition,
        scene: &Scene<'_>,
    ) -> Result<Option<bool>> {
        let Some(guard) = &transition.guard else { return Ok(Some(true)) };
        let mut reads = Reads::of(guard);
        let held = match self.ctx(scene).test(guard, Some(&mut reads)) {
            Ok(held) => Some(held),
            Err(Failure::Absent(_)) => None,
            Err(Failure::Error(error)) => return Err(error),
        };
        self.step.trace.entries.push(Entry::Guard {
            workflow,
            state,
            guard: guard.written.clone(),
            held,
            reads,
            clause: transition.clause,
        });
        Ok(held)
    }

    fn last_undecided(&self, transition: &Transition, scene: &Scene<'_>) -> Result<Box<Refusal>> {
        let path = match transition.guard.as_ref().map(|guard| self.ctx(scene).test(guard, None)) {
            Some(Err(Failure::Absent(path))) => path,
            _ => Arc::from("—"),
        };
        Ok(Box::new(Refusal::Undecided { path }))
    }

    /// The events a state takes, for a refusal that helps.
    fn takes(&self, workflow: &Workflow, state: StateId) -> Vec<Arc<str>> {
        let own = workflow.state(state).on_event.iter();
        own.chain(&workflow.on_event).map(|(event, _)| self.model.event(*event).name.clone()).collect()
    }

    /// The refusal while the lower bound of a state is not reached.
    fn too_early(
        &mut self,
        case: usize,
        workflow_id: WorkflowId,
        state: StateId,
        entered: DateTime<Utc>,
        scene: &Scene<'_>,
    ) -> Result<Option<Box<Refusal>>> {
        let workflow = self.model.workflow(workflow_id);
        let Some(bound) = &workflow.state(state).lasts_at_least else { return Ok(None) };
        let needed = self.ctx(scene).amount(&bound.amount)?;
        let (reached, so_far) = match bound.counted_by {
            Some(_) => {
                let counted = self.counted(case, state);
                let target = match &needed {
                    Value::Duration(duration) => Decimal::from(duration.amount),
                    other => other.as_decimal().unwrap_or_default(),
                };
                (Decimal::from(counted) >= target, counted.to_string())
            }
            None => self.time_since(bound, entered, &needed)?,
        };
        let (needed, so_far): (Arc<str>, Arc<str>) = (needed.to_string().into(), so_far.into());
        self.step.trace.entries.push(Entry::Bound {
            workflow: workflow_id,
            state,
            needed: needed.clone(),
            so_far: so_far.clone(),
            reached,
        });
        if reached {
            return Ok(None);
        }
        let message = bound.message.as_ref().map(|message| self.ctx(scene).say(message)).transpose()?;
        let state = workflow.state(state).name.clone();
        Ok(Some(Box::new(Refusal::TooEarly { state, needed, so_far, message })))
    }

    /// Time since entering: reached once the duration from the entry is over.
    fn time_since(
        &self,
        bound: &LowerBound,
        entered: DateTime<Utc>,
        needed: &Value,
    ) -> Result<(bool, String)> {
        let Value::Duration(duration) = needed else { return Ok((true, String::new())) };
        let calendar = self.model.calendar(bound.calendar);
        let reached_at = super::timing::due(calendar, entered, *duration, &self.model.header.conventions)?;
        let since = super::context::show(&Value::Instant(entered), self.model, crate::lang::Lang::Zh);
        Ok((self.at > reached_at, since))
    }

    fn counted(&self, case: usize, state: StateId) -> usize {
        self.state
            .cases
            .get(case)
            .and_then(|case| case.counted.iter().find(|(counted, _)| *counted == state))
            .map_or(0, |(_, values)| values.len())
    }

    fn count_towards_bound(
        &mut self,
        case: usize,
        workflow: &Workflow,
        state: StateId,
        event: EventId,
        scene: &Scene<'_>,
    ) {
        let Some(bound) = &workflow.state(state).lasts_at_least else { return };
        let Some((counter, slot)) = bound.counted_by else { return };
        if counter != event {
            return;
        }
        let Some(value) = scene.slots.and_then(|slots| slots.get(slot)).cloned() else { return };
        let Some(case) = self.state.cases.get_mut(case) else { return };
        match case.counted.iter_mut().find(|(counted, _)| *counted == state) {
            Some((_, values)) => {
                if let Err(place) = values.binary_search(&value) {
                    values.insert(place, value);
                }
            }
            None => case.counted.push((state, vec![value])),
        }
    }

    /// Takes a transition; tells whether the case moved.
    fn take(
        &mut self,
        case: usize,
        workflow: &Workflow,
        transition: &Transition,
        state: StateId,
        scene: &Scene<'_>,
    ) -> Result<bool> {
        let mut clauses = Vec::from_iter(transition.clause);
        if clauses.is_empty() {
            clauses.extend(workflow.state(state).clauses.iter().copied());
        }
        if clauses.is_empty() {
            clauses.extend(workflow.clauses.iter().copied());
        }
        match transition.goal {
            Goal::Stay | Goal::Refuse(_) => {
                self.run_effects(&transition.effects, Some(case), transition.clause, scene)?;
                Ok(false)
            }
            Goal::State(target) => self.enter(case, target, clauses, &transition.effects, scene),
        }
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

/// The transitions of an event in a sorted list.
fn listed(list: &[(EventId, Vec<Transition>)], event: EventId) -> &[Transition] {
    match list.binary_search_by_key(&event, |(id, _)| *id) {
        Ok(idx) => list.get(idx).map_or(&[], |(_, transitions)| transitions),
        Err(_) => &[],
    }
}

/// The entry of an event.
fn of_event<T>(list: &[(EventId, T)], event: EventId) -> Option<&T> {
    list.iter().find(|(id, _)| *id == event).map(|(_, entry)| entry)
}

fn mentioned_by_clock(workflow: &Workflow, event: EventId) -> bool {
    workflow.clocks.iter().any(|clock| clock.mentions(event))
}
