//! Which transitions of a case an event takes, and what refuses it.
//!
//! From each atomic state outwards the first whose guard holds; of those that leave a state in common, the one further in
//! (SCXML, section 3.13 and appendix D). A refusal in one region refuses the event for the whole case.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::chart::{self, States};
use super::context::Failure;
use super::deliver::of_case;
use super::run::{Run, Scene};
use super::step::Refusal;
use super::trace::{Entry, Reads};
use crate::error::Result;
use crate::model::{EventId, Goal, LowerBound, StateId, Transition, Workflow, WorkflowId};
use crate::value::Value;

/// A transition that a case chose.
pub(super) struct Chosen<'m> {
    pub transition: &'m Transition,
    /// The state that has it; `None`: the workflow.
    pub source: Option<StateId>,
    /// The atomic state from which it was found, and its place on the way outwards from there: how a decision notes it.
    pub from: StateId,
    pub idx: usize,
}

/// What one case makes of an event.
pub(super) enum Choice<'m> {
    /// These transitions, in document order.
    Take(SmallVec<[Chosen<'m>; 1]>),
    /// Only clocks mention it.
    ClockOnly,
    /// A no with its reason.
    Refuse(Box<Refusal>),
    /// The case does not mention it.
    Silent(Box<Refusal>),
}

impl<'a> Run<'a> {
    /// The transitions that are taken together: from each atomic state outwards the first, in document order, whose guard
    /// holds; of those that leave the same state the one further in, else the first. Where one says no, all is refused.
    pub(super) fn choose(
        &mut self,
        case: usize,
        workflow_id: WorkflowId,
        event: EventId,
        scene: &Scene<'_>,
        forced: &[Arc<str>],
    ) -> Result<Choice<'a>> {
        let model = self.model;
        let workflow = model.workflow(workflow_id);
        let active = self.active(case);
        let Some(first) = chart::atomic(workflow, &active).next() else {
            return Ok(Choice::Silent(Box::new(Refusal::NotOpen { state: None })));
        };
        if let Some(choice) = self.forced_choice(case, workflow, event, forced) {
            return Ok(choice);
        }
        let mut search = Search::default();
        let mut chosen: SmallVec<[Chosen<'a>; 1]> = SmallVec::new();
        for from in chart::atomic(workflow, &active) {
            match self.first_from(from, workflow_id, event, &mut search, case, scene)? {
                Found::Chosen(one) => chosen.push(one),
                Found::Nothing => {}
                Found::Refused(refusal) => return Ok(Choice::Refuse(refusal)),
            }
        }
        if chosen.is_empty() {
            return Ok(match search.listed {
                true => Choice::Refuse(Box::new(Refusal::Guard { tried: search.tried, message: None })),
                false if mentioned_by_clock(workflow, event) => Choice::ClockOnly,
                false => Choice::Silent(Box::new(Refusal::NotInThisState {
                    workflow: workflow.name.clone(),
                    state: workflow.state(first).name.clone(),
                    takes: self.takes(workflow, &active),
                })),
            });
        }
        let remembered = self.state.cases.get(case).map(|case| case.history.as_slice()).unwrap_or_default();
        let leaves = |one: &Chosen<'_>| leaves(workflow, &active, one, remembered);
        if chosen.len() > 1 {
            remove_conflicts(workflow, &mut chosen, leaves);
        }
        let bound = |state: &StateId| workflow.state(*state).lasts_at_least.is_some();
        if active.iter().any(bound) {
            let left: States = chosen.iter().flat_map(leaves).filter(bound).collect();
            for state in left {
                if let Some(refusal) = self.too_early(case, workflow_id, state, scene)? {
                    return Ok(Choice::Refuse(refusal));
                }
            }
        }
        Ok(Choice::Take(chosen))
    }

    /// From an atomic state outwards, the first transition whose guard holds. What was looked at on the way from another
    /// state is not looked at again.
    fn first_from(
        &mut self,
        from: StateId,
        workflow_id: WorkflowId,
        event: EventId,
        search: &mut Search,
        case: usize,
        scene: &Scene<'_>,
    ) -> Result<Found<'a>> {
        let workflow = self.model.workflow(workflow_id);
        let mut idx = 0;
        // Where every way of the event leads out of the state, the lower bound is asked before any guard.
        if workflow.state(from).lasts_at_least.is_some() {
            let mut all =
                outwards(workflow, from).flat_map(|level| of_level(workflow, level, event)).peekable();
            if all.peek().is_some()
                && all.all(|transition| !matches!(transition.goal, Goal::Stay))
                && let Some(refusal) = self.too_early(case, workflow_id, from, scene)?
            {
                return Ok(Found::Refused(refusal));
            }
        }
        for level in outwards(workflow, from) {
            let list = of_level(workflow, level, event);
            if let Some((_, found)) = search.seen.iter().find(|(seen, _)| *seen == level) {
                if *found {
                    return Ok(Found::Nothing);
                }
                idx += list.len();
                continue;
            }
            search.listed |= !list.is_empty();
            for transition in list {
                match self.guard_holds(workflow_id, level.unwrap_or(from), transition, scene)? {
                    Some(true) => {}
                    Some(false) => {
                        search
                            .tried
                            .extend(transition.guard.as_ref().map(|guard| guard.written.text.clone()));
                        idx += 1;
                        continue;
                    }
                    None => return Ok(Found::Refused(self.last_undecided(transition, scene)?)),
                }
                if let Goal::Refuse(template) = &transition.goal {
                    let message = Some(self.ctx(scene).say(template)?);
                    let tried = std::mem::take(&mut search.tried);
                    return Ok(Found::Refused(Box::new(Refusal::Guard { tried, message })));
                }
                search.seen.push((level, true));
                return Ok(Found::Chosen(Chosen { transition, source: level, from, idx }));
            }
            search.seen.push((level, false));
        }
        Ok(Found::Nothing)
    }

    /// A decision that stands takes the transitions it took, whatever its guards say now.
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
        let mut chosen = SmallVec::new();
        for note in forced.iter().filter_map(|note| of_case(note, &name)) {
            let (state, idx) = note.rsplit_once('#')?;
            let (from, idx) = (workflow.find_state(state)?, idx.parse::<usize>().ok()?);
            let mut all = outwards(workflow, from)
                .flat_map(|level| of_level(workflow, level, event).iter().map(move |one| (level, one)));
            let (source, transition) = all.nth(idx)?;
            chosen.push(Chosen { transition, source, from, idx });
        }
        (!chosen.is_empty()).then_some(Choice::Take(chosen))
    }

    /// Whether a guard holds; `None`: undecided. Noted in the trace.
    pub(super) fn guard_holds(
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

    /// The events a case takes in some states, for a refusal that helps.
    fn takes(&self, workflow: &Workflow, active: &[StateId]) -> Vec<Arc<str>> {
        let own = active.iter().rev().flat_map(|state| &workflow.state(*state).on_event);
        let mut takes: Vec<Arc<str>> = Vec::new();
        for (event, _) in own.chain(&workflow.on_event) {
            let name = &self.model.event(*event).name;
            if !takes.contains(name) {
                takes.push(name.clone());
            }
        }
        takes
    }

    /// The refusal while the lower bound of a state is not reached.
    fn too_early(
        &mut self,
        case: usize,
        workflow_id: WorkflowId,
        state: StateId,
        scene: &Scene<'_>,
    ) -> Result<Option<Box<Refusal>>> {
        let workflow = self.model.workflow(workflow_id);
        let Some(bound) = &workflow.state(state).lasts_at_least else { return Ok(None) };
        let configuration = self.state.cases.get(case).map(|case| case.configuration.as_slice());
        let entered = configuration.unwrap_or_default().iter().find(|(active, _)| *active == state);
        let Some((_, entered)) = entered.copied() else { return Ok(None) };
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
        let reached_at = super::timing::counted(self.model, entered, *duration, &bound.counting)?;
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
}

/// What was looked at while the transitions of an event are chosen.
#[derive(Default)]
struct Search {
    /// The levels, and whether one of their transitions was chosen.
    seen: SmallVec<[(Option<StateId>, bool); 4]>,
    /// Whether any level has transitions for the event.
    listed: bool,
    /// The conditions that did not hold.
    tried: Vec<Arc<str>>,
}

/// What was found from one atomic state.
enum Found<'m> {
    Chosen(Chosen<'m>),
    Nothing,
    Refused(Box<Refusal>),
}

/// A state, the states around it from the inside out, and the workflow.
fn outwards(workflow: &Workflow, from: StateId) -> impl Iterator<Item = Option<StateId>> + '_ {
    [from].into_iter().chain(workflow.around(from)).map(Some).chain([None])
}

fn of_level(workflow: &Workflow, level: Option<StateId>, event: EventId) -> &[Transition] {
    listed(level.map_or(&workflow.on_event, |state| &workflow.state(state).on_event), event)
}

/// The active states that a transition leaves.
fn leaves(
    workflow: &Workflow,
    active: &[StateId],
    one: &Chosen<'_>,
    remembered: &chart::Remembered,
) -> States {
    match &one.transition.goal {
        Goal::State(way) if !chart::stays(workflow, active, one.source, way) => {
            let targets = chart::targets(workflow, way, remembered);
            chart::left(workflow, active, chart::domain(workflow, one.source, way, &targets))
        }
        _ => States::new(),
    }
}

/// Of transitions that leave a state in common, only one is taken: one further in goes before one further out, else the
/// first in document order (SCXML, appendix D, `removeConflictingTransitions`).
fn remove_conflicts<'m>(
    workflow: &Workflow,
    chosen: &mut SmallVec<[Chosen<'m>; 1]>,
    leaves: impl Fn(&Chosen<'m>) -> States,
) {
    let mut kept: SmallVec<[(Chosen<'m>, States); 2]> = SmallVec::new();
    'each: for one in chosen.drain(..) {
        let left = leaves(&one);
        let mut beaten: SmallVec<[usize; 2]> = SmallVec::new();
        for (idx, (other, also)) in kept.iter().enumerate() {
            if !left.iter().any(|state| also.contains(state)) {
                continue;
            }
            let further_in = match (one.source, other.source) {
                (Some(own), Some(outer)) => own != outer && workflow.is_within(own, outer),
                (Some(_), None) => true,
                (None, _) => false,
            };
            if !further_in {
                continue 'each;
            }
            beaten.push(idx);
        }
        for idx in beaten.iter().rev() {
            kept.remove(*idx);
        }
        kept.push((one, left));
    }
    chosen.extend(kept.into_iter().map(|(one, _)| one));
}

/// The transitions of an event in a sorted list.
fn listed(list: &[(EventId, Vec<Transition>)], event: EventId) -> &[Transition] {
    match list.binary_search_by_key(&event, |(id, _)| *id) {
        Ok(idx) => list.get(idx).map_or(&[], |(_, transitions)| transitions),
        Err(_) => &[],
    }
}

fn mentioned_by_clock(workflow: &Workflow, event: EventId) -> bool {
    workflow.clocks.iter().any(|clock| clock.mentions(event))
}
