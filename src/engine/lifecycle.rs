//! Cases open, enter states, and are done.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive;

use super::chart::{self, States};
use super::context::Failure;
use super::deliver::clauses_of;
use super::run::{Run, Scene, Waiting};
use super::state::Case;
use super::step::Moved;
use super::trace::Entry;
use crate::error::Result;
use crate::model::{
    ClauseId, ClockId, EffectTemplate, Expression, Goal, Inside, Model, Opens, StateId, Transition, Visits,
    Way, Workflow, WorkflowId,
};
use crate::value::Value;
use crate::zone;

/// A transition that is taken.
pub(super) struct Taken<'m> {
    /// The state that has it; `None`: the workflow.
    pub source: Option<StateId>,
    /// Where it leads; `None`: it stays.
    pub way: Option<Way>,
    /// What happens on the way.
    pub effects: &'m [EffectTemplate],
    /// Its clause.
    pub clause: Option<ClauseId>,
}

impl<'m> Taken<'m> {
    /// A transition of a state, with the clauses it cites.
    pub fn of(source: Option<StateId>, transition: &'m Transition, clauses: &[ClauseId]) -> Taken<'m> {
        let (way, clause) = match transition.goal {
            Goal::State(way) => (Some(way), clauses.first().copied()),
            Goal::Stay | Goal::Refuse(_) => (None, transition.clause),
        };
        Taken { source, way, effects: &transition.effects, clause }
    }
}

impl Run<'_> {
    /// The subject comes into being: its cases open, its duties begin.
    pub fn open_subject(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.state.opened = Some(self.at);
        let model = self.model;
        for workflow in &model.kind(self.state.kind).workflows {
            if matches!(model.workflow(*workflow).opens, Opens::WithSubject) {
                self.open_case(*workflow, scene)?;
            }
        }
        self.reconsider_openings(scene)?;
        self.begin_duties()?;
        Ok(())
    }

    /// Looks again at the cases that open by date; each opens once.
    pub fn reconsider_openings(&mut self, scene: &Scene<'_>) -> Result<()> {
        if self.state.opened.is_none() {
            return Ok(());
        }
        let model = self.model;
        for (idx, workflow) in model.kind(self.state.kind).workflows.iter().enumerate() {
            let Opens::At(expression) = &model.workflow(*workflow).opens else { continue };
            if self.state.counts.get(idx).is_some_and(|count| *count > 0) {
                continue;
            }
            let at = self.opening_instant(expression, scene)?;
            self.state.pending.retain(|(_, pending)| pending != workflow);
            match at {
                Some(at) if at <= self.at => self.open_case(*workflow, scene)?,
                Some(at) => {
                    self.state.pending.push((at, *workflow));
                    self.state.pending.sort();
                }
                None => {}
            }
        }
        Ok(())
    }

    fn opening_instant(&self, expression: &Expression, scene: &Scene<'_>) -> Result<Option<DateTime<Utc>>> {
        match self.ctx(scene).eval(expression, None) {
            Ok(value) => Ok(instant_of(&value, self.model)),
            Err(Failure::Absent(_)) => Ok(None),
            Err(Failure::Error(error)) => Err(error),
        }
    }

    /// Opens a case in its initial state.
    pub fn open_case(&mut self, workflow_id: WorkflowId, scene: &Scene<'_>) -> Result<()> {
        let model = self.model;
        let workflow = model.workflow(workflow_id);
        let kinds = &model.kind(self.state.kind).workflows;
        let Some(count) =
            kinds.iter().position(|id| *id == workflow_id).and_then(|idx| self.state.counts.get_mut(idx))
        else {
            return Ok(());
        };
        *count += 1;
        let number = *count;
        let case = Case {
            workflow: workflow_id,
            number,
            opened: self.at,
            closed: None,
            configuration: Vec::new(),
            visits: Vec::new(),
            history: Vec::new(),
            to_compensate: Vec::new(),
            counted: Vec::new(),
            rounds: Vec::new(),
            finished: Vec::new(),
            round_counts: Vec::new(),
        };
        let place =
            self.state.cases.partition_point(|case| (case.workflow, case.number) < (workflow_id, number));
        self.state.cases.insert(place, case);
        let name = self.case_name(workflow_id, number);
        self.step.trace.entries.push(Entry::Opened { at: self.at, case: name, workflow: workflow_id });
        for (idx, clock) in workflow.clocks.iter().enumerate() {
            if clock.state.is_none() && clock.starts.is_empty() {
                self.start_round(place, ClockId(idx as u16), scene)?;
            }
        }
        let first = Way { target: StateId(0), reenters: false, history: None, compensates: false };
        let taken =
            Taken { source: None, way: Some(first), effects: &[], clause: workflow.clauses.first().copied() };
        self.go(place, &[taken], workflow.clauses.clone(), scene)?;
        Ok(())
    }

    /// Takes transitions of a case that hold together: leaves states, the innermost first, runs the effects on the way, and
    /// enters states, the outermost first. Tells whether the case moved.
    pub fn go(
        &mut self,
        case: usize,
        taken: &[Taken<'_>],
        clauses: Vec<ClauseId>,
        scene: &Scene<'_>,
    ) -> Result<bool> {
        let model = self.model;
        let Some(workflow) = self.state.cases.get(case).map(|case| model.workflow(case.workflow)) else {
            return Ok(false);
        };
        let (left, entered) = self.left_and_entered(case, workflow, taken, scene)?;
        if left.is_empty() && entered.is_empty() {
            for one in taken {
                self.run_effects(one.effects, Some(case), one.clause, scene)?;
            }
            return Ok(false);
        }
        self.leave(case, workflow, &left, scene)?;
        if taken.iter().any(|one| one.way.is_some_and(|way| way.compensates)) {
            self.compensate(case, workflow, scene)?;
        }
        self.note_compensable(case, workflow, &left);
        for one in taken {
            self.run_effects(one.effects, Some(case), one.clause, scene)?;
        }
        let done = entered
            .iter()
            .any(|state| workflow.state(*state).done && workflow.state(*state).parent.is_none());
        self.note_move(case, &left, &entered, done, &clauses);
        self.pause_on_move(case, &left, &entered, scene)?;
        let clause = clauses.first().copied();
        for state in &entered {
            self.enter(case, workflow, *state, clause, scene)?;
        }
        if done {
            self.close(case, scene)?;
        }
        Ok(true)
    }

    /// The states that transitions leave and enter. Where a limit on visits leads one into what another leaves, the first
    /// in document order goes.
    fn left_and_entered(
        &mut self,
        case: usize,
        workflow: &Workflow,
        taken: &[Taken<'_>],
        scene: &Scene<'_>,
    ) -> Result<(States, States)> {
        let active = self.active(case);
        let (mut left, mut entered) = (States::new(), States::new());
        for one in taken {
            let Some(way) = one.way else { continue };
            let way = self.within_visits(case, workflow, way, scene)?;
            if chart::stays(workflow, &active, one.source, &way) {
                continue;
            }
            let Some(remembered) = self.state.cases.get(case).map(|case| case.history.as_slice()) else {
                continue;
            };
            let targets = chart::targets(workflow, &way, remembered);
            let mut domain = chart::domain(workflow, one.source, &way, &targets);
            while let Some(outer) = domain.filter(|outer| !active.contains(outer)) {
                domain = workflow.state(outer).parent;
            }
            let leaves = chart::left(workflow, &active, domain);
            if leaves.iter().any(|state| left.contains(state)) {
                continue;
            }
            left.extend(leaves);
            chart::enter(workflow, &targets, domain, &mut entered);
        }
        left.sort_unstable();
        Ok((left, entered))
    }

    /// The states a case is in, in document order.
    pub(super) fn active(&self, case: usize) -> States {
        let configuration = self.state.cases.get(case).map(|case| case.configuration.as_slice());
        configuration.unwrap_or_default().iter().map(|(state, _)| *state).collect()
    }

    /// Leaves states: remembers where the case was inside, ends clocks, runs what happens on leaving.
    fn leave(&mut self, case: usize, workflow: &Workflow, left: &[StateId], scene: &Scene<'_>) -> Result<()> {
        if workflow.nested {
            self.remember(case, workflow, left);
        }
        self.stop_on_leave(case, left, scene)?;
        for id in left.iter().rev() {
            let state = workflow.state(*id);
            let clause = state.clauses.first().copied();
            self.run_effects(&state.on_leave, Some(case), clause, scene)?;
            if let Some(case) = self.state.cases.get_mut(case) {
                case.configuration.retain(|(active, _)| active != id);
                case.counted.retain(|(counted, _)| counted != id);
            }
        }
        Ok(())
    }

    fn remember(&mut self, case: usize, workflow: &Workflow, left: &[StateId]) {
        let active = self.active(case);
        let Some(case) = self.state.cases.get_mut(case) else { return };
        for outer in left.iter().filter(|state| workflow.state(**state).remembers) {
            let inside = chart::atomic(workflow, &active).filter(|state| workflow.is_within(*state, *outer));
            let inside = inside.collect();
            match case.history.iter_mut().find(|(state, _)| state == outer) {
                Some((_, atomic)) => *atomic = inside,
                None => case.history.push((*outer, inside)),
            }
        }
    }

    /// What was done in states that can be made good counts from when they are left.
    fn note_compensable(&mut self, case: usize, workflow: &Workflow, left: &[StateId]) {
        let Some(case) = self.state.cases.get_mut(case) else { return };
        for state in left.iter().rev().filter(|state| !workflow.state(**state).compensation.is_empty()) {
            case.to_compensate.retain(|known| known != state);
            case.to_compensate.push(*state);
        }
    }

    /// Makes good what states left before have done, the latest first.
    fn compensate(&mut self, case: usize, workflow: &Workflow, scene: &Scene<'_>) -> Result<()> {
        let states = self.state.cases.get_mut(case).map(|case| std::mem::take(&mut case.to_compensate));
        for id in states.unwrap_or_default().iter().rev() {
            let state = workflow.state(*id);
            if let Some((workflow, number)) =
                self.state.cases.get(case).map(|case| (case.workflow, case.number))
            {
                let case = self.case_name(workflow, number);
                self.step.trace.entries.push(Entry::Compensated { at: self.at, case, workflow, state: *id });
            }
            self.run_effects(&state.compensation, Some(case), state.clauses.first().copied(), scene)?;
        }
        Ok(())
    }

    /// Enters a state: its clocks start, what happens on entering happens; an end completes the state around it.
    fn enter(
        &mut self,
        case: usize,
        workflow: &Workflow,
        id: StateId,
        clause: Option<ClauseId>,
        scene: &Scene<'_>,
    ) -> Result<()> {
        let (at, state) = (self.at, workflow.state(id));
        let Some(case_state) = self.state.cases.get_mut(case) else { return Ok(()) };
        let place = case_state.configuration.partition_point(|(active, _)| *active < id);
        case_state.configuration.insert(place, (id, at));
        for clock in &state.clocks {
            if workflow.clock(*clock).starts.is_empty() {
                self.start_round(case, *clock, scene)?;
            }
        }
        self.run_effects(&state.effects, Some(case), state.clauses.first().copied().or(clause), scene)?;
        if let (true, Some(outer)) = (state.done, state.parent) {
            self.note_completed(case, workflow, outer);
        }
        self.note_answered(case, workflow, id, scene)?;
        Ok(())
    }

    /// An end inside a state was reached: that completes it, and where it is the last region to be so, what is around it.
    fn note_completed(&mut self, case: usize, workflow: &Workflow, state: StateId) {
        let active = self.active(case);
        let Some((id, number)) = self.state.cases.get(case).map(|case| (case.workflow, case.number)) else {
            return;
        };
        let around = workflow.state(state).parent.filter(|outer| {
            workflow.state(*outer).inside == Inside::All && chart::is_completed(workflow, &active, *outer)
        });
        for state in [state].into_iter().chain(around) {
            if !workflow.state(state).completed.is_empty() {
                self.queue.push_back(Waiting::Completed { workflow: id, number, state });
            }
        }
    }

    /// Each that a state waits for may have answered: that completes it.
    pub(super) fn note_answered(
        &mut self,
        case: usize,
        workflow: &Workflow,
        state: StateId,
        scene: &Scene<'_>,
    ) -> Result<()> {
        let Some(waits) = &workflow.state(state).waits_for else { return Ok(()) };
        let Some(case_state) = self.state.cases.get(case) else { return Ok(()) };
        let (id, number) = (case_state.workflow, case_state.number);
        let answered = case_state.counted.iter().find(|(counted, _)| *counted == state);
        let answered = answered.map_or(&[][..], |(_, values)| values);
        let all = match self.ctx(scene).eval(&waits.each, None) {
            Ok(Value::List(wanted)) => wanted.iter().all(|one| answered.binary_search(one).is_ok()),
            Ok(_) | Err(Failure::Absent(_)) => false,
            Err(Failure::Error(error)) => return Err(error),
        };
        if all {
            self.queue.push_back(Waiting::Completed { workflow: id, number, state });
        }
        Ok(())
    }

    /// Everything inside a state is done: the first of its transitions for that whose guard holds.
    pub(super) fn completed(
        &mut self,
        workflow_id: WorkflowId,
        number: u32,
        state: StateId,
        scene: &Scene<'_>,
    ) -> Result<()> {
        let model = self.model;
        let workflow = model.workflow(workflow_id);
        let this = |case: &Case| case.workflow == workflow_id && case.number == number && case.is_in(state);
        let Some(case) = self.state.cases.iter().position(this) else { return Ok(()) };
        // What was raised on the way may have led out of an end again.
        let whole =
            workflow.state(state).is_atomic() || chart::is_completed(workflow, &self.active(case), state);
        if !whole {
            return Ok(());
        }
        for transition in &workflow.state(state).completed {
            if self.guard_holds(workflow_id, state, transition, scene)? != Some(true) {
                continue;
            }
            let clauses = clauses_of(workflow, state, transition);
            self.go(case, &[Taken::of(Some(state), transition, clauses)], clauses.to_vec(), scene)?;
            break;
        }
        Ok(())
    }

    /// Counts the visits that a way makes; beyond what is allowed, it leads elsewhere.
    fn within_visits(
        &mut self,
        case: usize,
        workflow: &Workflow,
        mut way: Way,
        scene: &Scene<'_>,
    ) -> Result<Way> {
        for _ in 0..=workflow.states.len() {
            let mut state = way.target;
            let used_up = loop {
                if let Some(limit) = &workflow.state(state).allowed
                    && self.is_used_up(case, state, limit, scene)?
                {
                    break Some(limit.when_used_up);
                }
                match workflow.state(state).inside {
                    Inside::One(initial) if way.history.is_none() => state = initial,
                    _ => break None,
                }
            };
            let Some(target) = used_up else { break };
            way = Way { target, history: None, ..way };
        }
        Ok(way)
    }

    /// Counts a visit; whether there were too many.
    fn is_used_up(&mut self, case: usize, state: StateId, limit: &Visits, scene: &Scene<'_>) -> Result<bool> {
        let allowed = match self.ctx(scene).amount(&limit.amount)? {
            Value::Number(number, _) => number.to_u32().unwrap_or(u32::MAX),
            _ => u32::MAX,
        };
        let Some(case) = self.state.cases.get_mut(case) else { return Ok(false) };
        let visits = match case.visits.iter_mut().find(|(visited, _)| *visited == state) {
            Some((_, visits)) => {
                *visits += 1;
                *visits
            }
            None => {
                case.visits.push((state, 1));
                1
            }
        };
        Ok(visits > allowed)
    }

    fn note_move(
        &mut self,
        case: usize,
        left: &[StateId],
        entered: &[StateId],
        done: bool,
        clauses: &[ClauseId],
    ) {
        let Some((workflow_id, number)) = self.state.cases.get(case).map(|case| (case.workflow, case.number))
        else {
            return;
        };
        let workflow = self.model.workflow(workflow_id);
        let mut cited = clauses.to_vec();
        for clause in entered.iter().flat_map(|state| &workflow.state(*state).clauses) {
            if !cited.contains(clause) {
                cited.push(*clause);
            }
        }
        let names = |states: &[StateId]| match states {
            [single] => workflow.state(*single).alone.clone(),
            several => several.iter().map(|state| workflow.state(*state).name.clone()).collect(),
        };
        let moved = Arc::new(Moved {
            at: self.at,
            case: self.case_name(workflow_id, number),
            from: names(left),
            to: names(entered),
            done,
            clauses: cited.iter().map(|clause| self.model.clause(*clause).id.clone()).collect(),
        });
        self.step.moved.push(moved.clone());
        self.step.trace.entries.push(Entry::Moved(moved));
    }

    /// The case is done: what still runs is cancelled; of closed cases only the latest of each workflow is kept.
    fn close(&mut self, case: usize, scene: &Scene<'_>) -> Result<()> {
        self.cancel_all(case, scene)?;
        let at = self.at;
        if let Some(case) = self.state.cases.get_mut(case) {
            case.closed = Some(at);
        }
        Ok(())
    }

    /// Drops closed cases that a later one of the same workflow has replaced.
    pub fn forget_replaced(&mut self) {
        if self.state.cases.iter().all(Case::is_live) {
            return;
        }
        let latest: Vec<(WorkflowId, u32)> =
            self.state.cases.iter().map(|case| (case.workflow, case.number)).fold(
                Vec::new(),
                |mut latest: Vec<(WorkflowId, u32)>, (workflow, number)| {
                    match latest.iter_mut().find(|(known, _)| *known == workflow) {
                        Some(entry) => entry.1 = entry.1.max(number),
                        None => latest.push((workflow, number)),
                    }
                    latest
                },
            );
        self.state.cases.retain(|case| case.is_live() || latest.contains(&(case.workflow, case.number)));
    }
}

/// A date as its first second in the policy's zone, or an instant.
pub(super) fn instant_of(value: &Value, model: &Model) -> Option<DateTime<Utc>> {
    match value {
        Value::Instant(at) => Some(*at),
        Value::Date(date) => Some(zone::day_start(model.header.zone, *date)),
        _ => None,
    }
}
