//! Clocks: rounds start, warn, are met or breached; every instant is computed from what started them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::people;
use super::run::{Run, Scene};
use super::state::{Case, Round, RoundStatus};
use super::step::{ClockChange, ClockEvent, Sample};
use super::trace::Entry;
use crate::calendar::{Calendar, Conventions};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ClockId, DatedBy, EventId, StateId, WorkflowId};
use crate::value::{Duration, Value};

/// The due instant of a duration.
///
/// # Errors
/// The calendar does not cover it.
pub(super) fn due(
    calendar: &Calendar,
    start: DateTime<Utc>,
    duration: Duration,
    conventions: &Conventions,
) -> Result<DateTime<Utc>> {
    calendar
        .add(start, duration, conventions)
        .map_err(|problem| Error::new(ErrorKind::NotCovered, problem.message().render(crate::lang::Lang::En)))
}

impl Run<'_> {
    /// Starts a round of a clock in a case.
    pub(super) fn start_round(&mut self, case: usize, clock: ClockId, scene: &Scene<'_>) -> Result<()> {
        let Some(workflow) = self.state.cases.get(case).map(|case| case.workflow) else { return Ok(()) };
        let model = self.model;
        let def = model.workflow(workflow).clock(clock);
        let ctx = self.ctx(scene);
        let Value::Duration(duration) = ctx.amount(&def.within)? else {
            return Err(Error::new(ErrorKind::Malformed, format!("clock `{}` has no duration", def.name)));
        };
        let calendar = model.calendar(def.calendar);
        let due = due(calendar, self.at, duration, &model.header.conventions)?;
        let mut warnings = Vec::with_capacity(def.warnings.len());
        for (idx, warning) in def.warnings.iter().enumerate() {
            let at = calendar.at_share(self.at, duration, warning.share, &model.header.conventions).map_err(
                |problem| Error::new(ErrorKind::NotCovered, problem.message().render(crate::lang::Lang::En)),
            )?;
            warnings.push((at, idx as u8));
        }
        let at = self.at;
        let Some(case_state) = self.state.cases.get_mut(case) else { return Ok(()) };
        let number = match case_state.round_counts.iter_mut().find(|(counted, _)| *counted == clock) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                case_state.round_counts.push((clock, 1));
                1
            }
        };
        let round =
            Round { clock, number, started: at, due, status: RoundStatus::Running, stopped: None, warnings };
        self.note_clock(case, &round, ClockEvent::Started, at);
        if let Some(case_state) = self.state.cases.get_mut(case) {
            case_state.rounds.push(round);
        }
        Ok(())
    }

    /// What an event stops or cancels in a case, before any transition.
    pub(super) fn stop_on_event(&mut self, case: usize, event: EventId, scene: &Scene<'_>) -> Result<bool> {
        self.end_rounds(case, scene, |def| {
            if def.stops.contains(&event) {
                Some(true)
            } else if def.cancelled_by.contains(&event) {
                Some(false)
            } else {
                None
            }
        })
    }

    /// Leaving a state ends its clocks: in time is met. Where a breach moves the case, nobody has met anything.
    pub(super) fn stop_on_leave(&mut self, case: usize, left: &[StateId], scene: &Scene<'_>) -> Result<()> {
        let by_breach = scene.round.as_ref().is_some_and(|round| round.status == RoundStatus::Breached);
        self.end_rounds(case, scene, |def| {
            def.state.is_some_and(|state| left.contains(&state)).then_some(!by_breach)
        })?;
        Ok(())
    }

    /// A case that is done ends every clock that still runs, without a verdict.
    pub(super) fn cancel_all(&mut self, case: usize, scene: &Scene<'_>) -> Result<()> {
        self.end_rounds(case, scene, |_| Some(false))?;
        Ok(())
    }

    /// Ends the open rounds for which `how` says so: `true` stops, `false` cancels.
    fn end_rounds(
        &mut self,
        case: usize,
        scene: &Scene<'_>,
        how: impl Fn(&crate::model::Clock) -> Option<bool>,
    ) -> Result<bool> {
        let model = self.model;
        let Some(case_state) = self.state.cases.get_mut(case) else { return Ok(false) };
        if case_state.rounds.is_empty() {
            return Ok(false);
        }
        let workflow = model.workflow(case_state.workflow);
        let mut ended = Vec::new();
        case_state.rounds.retain(|round| match how(workflow.clock(round.clock)) {
            Some(stops) => {
                ended.push((round.clone(), stops));
                false
            }
            None => true,
        });
        let any = !ended.is_empty();
        for (mut round, stops) in ended {
            let was_breached = round.status == RoundStatus::Breached;
            round.stopped = Some(self.at);
            round.warnings.clear();
            let event = match (stops, was_breached) {
                (true, false) => ClockEvent::Met,
                (true, true) => ClockEvent::MetLate,
                (false, _) => ClockEvent::Cancelled,
            };
            // Breached stays breached: cancelling a breached round only closes it.
            round.status = match event {
                ClockEvent::Met => RoundStatus::Met,
                ClockEvent::MetLate => RoundStatus::MetLate,
                _ if was_breached => RoundStatus::Breached,
                _ => RoundStatus::Cancelled,
            };
            let at = self.at;
            self.note_clock(case, &round, event, at);
            if stops {
                self.clock_sample(case, &round, scene)?;
            }
            self.keep_finished(case, round);
        }
        Ok(any)
    }

    /// A warning point passed.
    pub(super) fn warn(&mut self, case: usize, round: usize) -> Result<()> {
        let Some(case_state) = self.state.cases.get_mut(case) else { return Ok(()) };
        let workflow = case_state.workflow;
        let Some(running) = case_state.rounds.get_mut(round) else { return Ok(()) };
        if running.warnings.is_empty() {
            return Ok(());
        }
        let (at, idx) = running.warnings.remove(0);
        let told = running.clone();
        self.begin_clock_cause(case, &told, at, Some(idx));
        self.note_clock(case, &told, ClockEvent::Warned, at);
        let model = self.model;
        let def = model.workflow(workflow).clock(told.clock);
        let scene = Scene { round: Some(told), ..Scene::default() };
        if let Some(warning) = def.warnings.get(usize::from(idx)) {
            self.run_effects(&warning.effects, Some(case), def.clause, &scene)?;
        }
        self.drain(&scene)
    }

    /// The due instant passed.
    pub(super) fn breach(&mut self, case: usize, round: usize) -> Result<()> {
        let Some(case_state) = self.state.cases.get_mut(case) else { return Ok(()) };
        let workflow = case_state.workflow;
        let Some(running) = case_state.rounds.get_mut(round) else { return Ok(()) };
        running.status = RoundStatus::Breached;
        running.warnings.clear();
        let told = running.clone();
        self.begin_clock_cause(case, &told, told.due, None);
        self.note_clock(case, &told, ClockEvent::Breached, told.due);
        self.forget_oldest_breached(case, told.clock);
        let model = self.model;
        let def = model.workflow(workflow).clock(told.clock);
        let scene = Scene { round: Some(told.clone()), ..Scene::default() };
        self.clock_sample(case, &told, &scene)?;
        self.run_effects(&def.breached.effects, Some(case), def.clause, &scene)?;
        if let Some(target) = def.breached.to {
            let clauses = def.clause.into_iter().collect();
            self.enter(case, target, clauses, &[], &scene)?;
        }
        self.drain(&scene)
    }

    /// Ends the oldest breached round of a clock when a case has too many: it stays breached, and no later stop counts for it.
    fn forget_oldest_breached(&mut self, case: usize, clock: ClockId) {
        let Some(case_state) = self.state.cases.get_mut(case) else { return };
        let breached = |round: &&Round| round.clock == clock && round.status == RoundStatus::Breached;
        if case_state.rounds.iter().filter(breached).count() <= Case::BREACHED_KEPT {
            return;
        }
        let Some(idx) = case_state.rounds.iter().position(|round| breached(&round)) else { return };
        let oldest = case_state.rounds.remove(idx);
        let at = self.at;
        self.note_clock(case, &oldest, ClockEvent::Cancelled, at);
    }

    /// Notes what a clock did in the step and its trace.
    fn note_clock(&mut self, case: usize, round: &Round, event: ClockEvent, at: DateTime<Utc>) {
        let Some((workflow, number)) = self.state.cases.get(case).map(|case| (case.workflow, case.number))
        else {
            return;
        };
        let def = self.model.workflow(workflow).clock(round.clock);
        let change = Arc::new(ClockChange {
            at,
            case: self.case_name(workflow, number),
            clock: def.name.clone(),
            round: round.number,
            started: round.started,
            due: round.due,
            event,
            clause: def.clause.map(|clause| self.model.clause(clause).id.clone()),
        });
        self.step.clocks.push(change.clone());
        self.step.trace.entries.push(Entry::Clock(change));
    }

    fn keep_finished(&mut self, case: usize, round: Round) {
        if let Some(case) = self.state.cases.get_mut(case) {
            case.finished.retain(|finished| finished.clock != round.clock);
            case.finished.push(round);
            case.finished.sort_by_key(|finished| finished.clock);
        }
    }

    /// The sample of a round: 1 when met in time, else 0; a late stop names who answered.
    fn clock_sample(&mut self, case: usize, round: &Round, scene: &Scene<'_>) -> Result<()> {
        let model = self.model;
        let Some((workflow, number)) = self.state.cases.get(case).map(|case| (case.workflow, case.number))
        else {
            return Ok(());
        };
        let def = model.workflow(workflow).clock(round.clock);
        let Some(rule) = &def.sample else { return Ok(()) };
        let scene = Scene {
            round: Some(round.clone()),
            stopped_by: round.stopped.and(scene.by).map(|by| people::person_of(model, by)),
            ..scene.clone()
        };
        let person = self.first_person(&rule.credited_to, &scene)?;
        let at = match rule.dated_by {
            DatedBy::Started => round.started,
            DatedBy::Stopped | DatedBy::Event => round.stopped.unwrap_or(round.due),
            DatedBy::Due | DatedBy::Expression(_) => round.due,
        };
        let met = round.status == RoundStatus::Met;
        self.step.samples.push(Sample {
            id: sample_id(
                model.measure(rule.measure).name.as_ref(),
                &self.state.subject,
                number,
                round.number,
            ),
            measure: model.measure(rule.measure).name.clone(),
            person,
            at,
            value: if met { Decimal::ONE } else { Decimal::ZERO },
            source: self.state.subject.clone(),
        });
        Ok(())
    }

    /// What a case is called: `chat/1`.
    pub(super) fn case_name(&self, workflow: WorkflowId, number: u32) -> Arc<str> {
        self.model.workflow(workflow).case_names.get(number)
    }
}

fn sample_id(measure: &str, subject: &str, case: u32, round: u32) -> Arc<str> {
    format!("{measure}/{subject}/{case}/{round}").into()
}
