//! Cases open, enter states, and are done.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive;
use smallvec::SmallVec;

use super::context::Failure;
use super::run::{Run, Scene};
use super::state::Case;
use super::step::Moved;
use super::trace::Entry;
use crate::error::Result;
use crate::model::{ClauseId, ClockId, EffectTemplate, Expression, Model, Opens, StateId, WorkflowId};
use crate::value::Value;
use crate::zone;

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
            counted: Vec::new(),
            rounds: Vec::new(),
            finished: Vec::new(),
            round_counts: Vec::new(),
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
        let clauses = workflow.clauses.clone();
        self.enter(place, StateId(0), clauses, &[], scene)?;
        Ok(())
    }

    /// Enters a state: leaves the old one, runs the transition's effects, starts the state's clocks, runs its own effects.
    ///
    /// Entering the state the case is in counts as a further visit but keeps its clocks. Tells whether the case moved.
    pub fn enter(
        &mut self,
        case: usize,
        target: StateId,
        clauses: Vec<ClauseId>,
        effects: &[EffectTemplate],
        scene: &Scene<'_>,
    ) -> Result<bool> {
        let model = self.model;
        let Some(workflow) = self.state.cases.get(case).map(|case| model.workflow(case.workflow)) else {
            return Ok(false);
        };
        let target = self.within_visits(case, workflow, target, scene)?;
        let left: SmallVec<[StateId; 4]> = match self.state.cases.get(case) {
            Some(case) => case.configuration.iter().map(|(state, _)| *state).collect(),
            None => return Ok(false),
        };
        let clause = clauses.first().copied();
        if left.contains(&target) {
            self.run_effects(effects, Some(case), clause, scene)?;
            return Ok(false);
        }
        self.stop_on_leave(case, &left, scene)?;
        self.run_effects(effects, Some(case), clause, scene)?;
        let at = self.at;
        let done = workflow.state(target).done;
        if let Some(case) = self.state.cases.get_mut(case) {
            case.counted.retain(|(state, _)| !left.contains(state));
            case.configuration.clear();
            case.configuration.push((target, at));
        }
        self.note_move(case, &left, target, done, &clauses);
        self.pause_on_move(case, &left, target, scene)?;
        for clock in &workflow.state(target).clocks {
            if workflow.clock(*clock).starts.is_empty() {
                self.start_round(case, *clock, scene)?;
            }
        }
        let clause = workflow.state(target).clauses.first().copied().or(clause);
        self.run_effects(&workflow.state(target).effects, Some(case), clause, scene)?;
        if done {
            self.close(case, scene)?;
        }
        Ok(true)
    }

    /// Counts the visit; beyond what is allowed, the way goes elsewhere.
    fn within_visits(
        &mut self,
        case: usize,
        workflow: &crate::model::Workflow,
        mut target: StateId,
        scene: &Scene<'_>,
    ) -> Result<StateId> {
        for _ in 0..=workflow.states.len() {
            let Some(limit) = &workflow.state(target).allowed else { break };
            let allowed = match self.ctx(scene).amount(&limit.amount)? {
                Value::Number(number, _) => number.to_u32().unwrap_or(u32::MAX),
                _ => u32::MAX,
            };
            let Some(case) = self.state.cases.get_mut(case) else { break };
            let visits = match case.visits.iter_mut().find(|(state, _)| *state == target) {
                Some((_, visits)) => {
                    *visits += 1;
                    *visits
                }
                None => {
                    case.visits.push((target, 1));
                    1
                }
            };
            if visits <= allowed {
                break;
            }
            target = limit.when_used_up;
        }
        Ok(target)
    }

    fn note_move(
        &mut self,
        case: usize,
        left: &[StateId],
        target: StateId,
        done: bool,
        clauses: &[ClauseId],
    ) {
        let Some((workflow_id, number)) = self.state.cases.get(case).map(|case| (case.workflow, case.number))
        else {
            return;
        };
        let workflow = self.model.workflow(workflow_id);
        let mut cited = clauses.to_vec();
        for clause in &workflow.state(target).clauses {
            if !cited.contains(clause) {
                cited.push(*clause);
            }
        }
        let from = match left {
            [single] => workflow.state(*single).alone.clone(),
            several => several.iter().map(|state| workflow.state(*state).name.clone()).collect(),
        };
        let moved = Arc::new(Moved {
            at: self.at,
            case: self.case_name(workflow_id, number),
            from,
            to: workflow.state(target).alone.clone(),
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
