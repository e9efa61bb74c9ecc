//! Cases open, enter states, and are done.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive;
use smallvec::SmallVec;

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
            let edition = model.edition(*workflow, self.known);
            if edition.is_some_and(|graph| matches!(model.workflow(graph).opens, Opens::WithSubject)) {
                self.open_case(*workflow, scene)?;
            }
        }
        self.look_at_openings(scene, true)?;
        self.begin_duties()?;
        Ok(())
    }

    /// Looks again at the cases that open by date; each opens once.
    pub fn reconsider_openings(&mut self, scene: &Scene<'_>) -> Result<()> {
        match self.state.opened {
            Some(_) => self.look_at_openings(scene, false),
            None => Ok(()),
        }
    }

    /// What lies before the first revision that had the workflow opens nothing, unless the subject itself is only known since.
    fn look_at_openings(&mut self, scene: &Scene<'_>, with_subject: bool) -> Result<()> {
        let model = self.model;
        for (idx, workflow) in model.kind(self.state.kind).workflows.iter().enumerate() {
            let edition = model.edition(*workflow, self.known);
            let Opens::At(expression) = &model.workflow(edition.unwrap_or(*workflow)).opens else { continue };
            if self.state.counts.get(idx).is_some_and(|count| *count > 0) {
                continue;
            }
            let at = self.opening_instant(expression, scene)?;
            self.state.pending.retain(|(_, pending)| pending != workflow);
            let there_at = |at| model.edition(*workflow, at).is_some();
            match at {
                Some(at) if at <= self.at => {
                    let opens = edition.is_some() && (with_subject || there_at(at));
                    if opens {
                        self.open_case(*workflow, scene)?;
                    }
                }
                // A workflow that comes or goes meanwhile opens by what counts then.
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
    ///
    /// The graph is the one that counts for what is known now; where the workflow is gone by now, the last one it had.
    pub fn open_case(&mut self, workflow_id: WorkflowId, scene: &Scene<'_>) -> Result<()> {
        let model = self.model;
        let family = model.head(workflow_id);
        let workflow_id = model.edition(family, self.known).unwrap_or(family);
        let workflow = model.workflow(workflow_id);
        let kinds = &model.kind(self.state.kind).workflows;
        let Some(count) =
            kinds.iter().position(|id| *id == family).and_then(|idx| self.state.counts.get_mut(idx))
        else {
            return Ok(());
        };
        *count += 1;
        let number = *count;
        let case = Case {
            workflow: workflow_id,
            family,
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
            acts: Vec::new(),
        };
        let place = self.state.cases.partition_point(|case| (case.family, case.number) < (family, number));
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
        self.go(place, &[taken], &workflow.clauses, scene)?;
        Ok(())
    }

    /// Takes transitions of a case that hold together: leaves states, the innermost first, runs the effects on the way, and
    /// enters states, the outermost first. Tells whether the case moved.
    pub fn go(
        &mut self,
        case: usize,
        taken: &[Taken<'_>],
        clauses: &[ClauseId],
        scene: &Scene<'_>,
    ) -> Result<bool> {
        let model = self.model;
        let Some(workflow) = self.state.cases.get(case).map(|case| model.workflow(case.workflow)) else {
            return Ok(false);
        };
        let (left, entered) = self.left_and_entered(case, workflow, taken, scene)?;
        self.leave(case, workflow, &left, scene)?;
        if taken.iter().any(|one| one.way.is_some_and(|way| way.compensates)) {
            self.compensate(case, workflow, scene)?;
        }
        self.note_compensable(case, workflow, &left);
        for one in taken {
            self.run_effects(one.effects, Some(case), one.clause, scene)?;
        }
        if left.is_empty() && entered.is_empty() {
            return Ok(false);
        }
        let done = entered
            .iter()
            .any(|state| workflow.state(*state).done && workflow.state(*state).parent.is_none());
        self.note_move(case, &left, &entered, done, clauses);
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
            let way = match workflow.limits_visits {
                true => self.within_visits(case, workflow, &active, (one.source, way), scene)?,
                false => way,
            };
            if !workflow.nested {
                if chart::stays(workflow, &active, one.source, &way) {
                    continue;
                }
                // Where no state is inside another, one is left and one entered.
                entered.push(way.target);
                return Ok((active, entered));
            }
            let Some((targets, domain)) = self.leads(case, workflow, &active, one.source, &way) else {
                continue;
            };
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

    /// Where a way leads, and the innermost active state around all that it leaves and enters; `None` where it stays.
    fn leads(
        &self,
        case: usize,
        workflow: &Workflow,
        active: &[StateId],
        source: Option<StateId>,
        way: &Way,
    ) -> Option<(States, Option<StateId>)> {
        if chart::stays(workflow, active, source, way) {
            return None;
        }
        let targets = chart::targets(workflow, way, self.state.cases.get(case)?.history.as_slice());
        let mut domain = chart::domain(workflow, source, way, &targets);
        while let Some(outer) = domain.filter(|outer| !active.contains(outer)) {
            domain = workflow.state(outer).parent;
        }
        Some((targets, domain))
    }

    /// The states a case is in, in document order.
    pub(super) fn active(&self, case: usize) -> States {
        let configuration = self.state.cases.get(case).map(|case| case.configuration.as_slice());
        let mut active = States::new();
        for (state, _) in configuration.unwrap_or_default() {
            active.push(*state);
        }
        active
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
            self.go(case, &[Taken::of(Some(state), transition, clauses)], clauses, scene)?;
            break;
        }
        Ok(())
    }

    /// Counts the visits that a way of a state (`None`: the workflow) makes: to each state that it enters, or to the one it
    /// stays in. Beyond what is allowed somewhere, outermost first, it leads elsewhere instead, and is counted there.
    fn within_visits(
        &mut self,
        case: usize,
        workflow: &Workflow,
        active: &[StateId],
        (source, mut way): (Option<StateId>, Way),
        scene: &Scene<'_>,
    ) -> Result<Way> {
        for _ in 0..=workflow.states.len() {
            let mut visited = States::new();
            match self.leads(case, workflow, active, source, &way) {
                Some((targets, domain)) => chart::enter(workflow, &targets, domain, &mut visited),
                None => visited.push(way.target),
            }
            let mut used_up = None;
            for state in &visited {
                let Some(limit) = &workflow.state(*state).allowed else { continue };
                if self.visits(case, *state) >= self.allowed(limit, scene)? {
                    used_up = Some((*state, limit.when_used_up));
                    break;
                }
            }
            let Some((state, target)) = used_up else {
                for state in visited.iter().filter(|state| workflow.state(**state).allowed.is_some()) {
                    self.count_visit(case, *state);
                }
                break;
            };
            self.count_visit(case, state);
            way = Way { target, history: None, ..way };
        }
        Ok(way)
    }

    fn allowed(&self, limit: &Visits, scene: &Scene<'_>) -> Result<u32> {
        Ok(match self.ctx(scene).amount(&limit.amount)? {
            Value::Number(number, _) => number.to_u32().unwrap_or(u32::MAX),
            _ => u32::MAX,
        })
    }

    fn visits(&self, case: usize, state: StateId) -> u32 {
        let visits = self.state.cases.get(case).map(|case| case.visits.as_slice()).unwrap_or_default();
        visits.iter().find(|(visited, _)| *visited == state).map_or(0, |(_, visits)| *visits)
    }

    fn count_visit(&mut self, case: usize, state: StateId) {
        let Some(case) = self.state.cases.get_mut(case) else { return };
        match case.visits.iter_mut().find(|(visited, _)| *visited == state) {
            Some((_, visits)) => *visits += 1,
            None => case.visits.push((state, 1)),
        }
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
        let mut cited: SmallVec<[ClauseId; 4]> = SmallVec::from_slice(clauses);
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
            self.state.cases.iter().map(|case| (case.family, case.number)).fold(
                Vec::new(),
                |mut latest: Vec<(WorkflowId, u32)>, (workflow, number)| {
                    match latest.iter_mut().find(|(known, _)| *known == workflow) {
                        Some(entry) => entry.1 = entry.1.max(number),
                        None => latest.push((workflow, number)),
                    }
                    latest
                },
            );
        self.state.cases.retain(|case| case.is_live() || latest.contains(&(case.family, case.number)));
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
