//! Clocks: rounds start, stand still and go on, warn, are met or breached, escalate.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::context::Context;
use super::lifecycle::Taken;
use super::notice::Occasion;
use super::people;
use super::run::{Run, Scene};
use super::state::{Case, Round, RoundStatus};
use super::step::{ClockChange, ClockEvent, Sample};
use super::timing;
use super::trace::Entry;
use crate::error::Result;
use crate::model::{
    Amount, Clock, ClockId, DatedBy, EventId, InFlight, Reclassified, StateId, Threshold, WorkflowId,
};
use crate::value::Duration;

impl<'a> Run<'a> {
    /// Starts a round of a clock in a case, or goes on with the one that leaving the state paused.
    pub(super) fn start_round(&mut self, case: usize, clock: ClockId, scene: &Scene<'_>) -> Result<()> {
        let Some(workflow) = self.state.cases.get(case).map(|case| case.workflow) else { return Ok(()) };
        let model = self.model;
        let def = model.workflow(workflow).clock(clock);
        if def.resumes_on_reenter && self.resume(case, scene, |id, _| id == clock)? {
            return Ok(());
        }
        let given = timing::given(&self.ctx(scene), def)?;
        let at = self.at;
        let mut round = Round {
            clock,
            number: 0,
            started: at,
            counted_from: at,
            given,
            due: at,
            status: RoundStatus::Running,
            stopped: None,
            pauses: Vec::new(),
            points: all_points(&def.warnings, at),
            revised_at: timing::revised_after(model, def, at, self.known),
        };
        self.schedule(&mut round, def, None, scene)?;
        let Some(case_state) = self.state.cases.get_mut(case) else { return Ok(()) };
        round.number = match case_state.round_counts.iter_mut().find(|(counted, _)| *counted == clock) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                case_state.round_counts.push((clock, 1));
                1
            }
        };
        let stands_still = def.paused_in.iter().any(|state| case_state.is_in(*state));
        self.note_clock(case, &round, ClockEvent::Started, at);
        if let Some(case_state) = self.state.cases.get_mut(case) {
            case_state.rounds.push(round);
        }
        if stands_still {
            self.pause(case, |id, _| id == clock);
        }
        Ok(())
    }

    /// Pauses and goes on with what an event says so of, before any transition.
    pub(super) fn pause_on_event(&mut self, case: usize, event: EventId, scene: &Scene<'_>) -> Result<()> {
        if self.state.cases.get(case).is_none_or(|case| case.rounds.is_empty()) {
            return Ok(());
        }
        self.pause(case, |_, def| def.pauses.contains(&event));
        self.resume(case, scene, |_, def| def.resumes.contains(&event))?;
        Ok(())
    }

    /// Pauses and goes on with what the states left and entered say so of.
    pub(super) fn pause_on_move(
        &mut self,
        case: usize,
        left: &[StateId],
        entered: &[StateId],
        scene: &Scene<'_>,
    ) -> Result<()> {
        if self.state.cases.get(case).is_none_or(|case| case.rounds.is_empty()) {
            return Ok(());
        }
        let stays_in = self.active(case);
        let stands =
            |def: &Clock, states: &[StateId]| def.paused_in.iter().any(|state| states.contains(state));
        self.pause(case, |_, def| stands(def, entered));
        self.resume(case, scene, |_, def| {
            stands(def, left) && !stands(def, entered) && !stands(def, &stays_in)
        })?;
        Ok(())
    }

    /// The open rounds of a case that `which` says and that stand still or not.
    fn rounds_that(
        &self,
        case: usize,
        paused: bool,
        which: impl Fn(ClockId, &Clock) -> bool,
    ) -> SmallVec<[usize; 4]> {
        let Some(case_state) = self.state.cases.get(case) else { return SmallVec::new() };
        let workflow = self.model.workflow(case_state.workflow);
        let rounds = case_state.rounds.iter().enumerate();
        let chosen = rounds.filter(|(_, round)| {
            round.is_paused() == paused && which(round.clock, workflow.clock(round.clock))
        });
        chosen.map(|(idx, _)| idx).collect()
    }

    fn pause(&mut self, case: usize, which: impl Fn(ClockId, &Clock) -> bool) {
        let at = self.at;
        for idx in self.rounds_that(case, false, which) {
            let round = self.state.cases.get_mut(case).and_then(|case| case.rounds.get_mut(idx));
            let Some(round) = round else { continue };
            round.pauses.push((at, None));
            let told = round.clone();
            self.note_clock(case, &told, ClockEvent::Paused, at);
        }
    }

    /// Tells whether any round goes on.
    fn resume(
        &mut self,
        case: usize,
        scene: &Scene<'_>,
        which: impl Fn(ClockId, &Clock) -> bool,
    ) -> Result<bool> {
        let at = self.at;
        let mut any = false;
        for idx in self.rounds_that(case, true, which) {
            let round = self.state.cases.get(case).and_then(|case| case.rounds.get(idx));
            let Some(mut round) = round.cloned() else { continue };
            self.go_on(case, &mut round, scene)?;
            self.note_clock(case, &round, ClockEvent::Resumed, at);
            self.put_back(case, idx, round);
            any = true;
        }
        Ok(any)
    }

    /// Ends the pause of a round and computes what is left of it.
    fn go_on(&self, case: usize, round: &mut Round, scene: &Scene<'_>) -> Result<()> {
        let at = self.at;
        let Some(last) = round.pauses.last_mut() else { return Ok(()) };
        last.1 = Some(at);
        if last.0 == at {
            round.pauses.pop();
        }
        let Some(def) = self.clock_of(case, round.clock) else { return Ok(()) };
        match round.status {
            // With a shorter limit than before its time may be over: then it is due as it goes on.
            RoundStatus::Running => self.schedule(round, def, Some(at), scene),
            RoundStatus::Breached => self.schedule_escalations(round, def, scene),
            _ => Ok(()),
        }
    }

    pub(super) fn clock_of(&self, case: usize, clock: ClockId) -> Option<&'a Clock> {
        let workflow = self.state.cases.get(case)?.workflow;
        Some(self.model.workflow(workflow).clock(clock))
    }

    pub(super) fn put_back(&mut self, case: usize, idx: usize, round: Round) {
        if let Some(place) = self.state.cases.get_mut(case).and_then(|case| case.rounds.get_mut(idx)) {
            *place = round;
        }
    }

    /// Looks again at the limits of running rounds: the subject changed, and may stand in another row of a parameter.
    pub(super) fn reclassify(&mut self, scene: &Scene<'_>) -> Result<()> {
        for case in 0..self.state.cases.len() {
            let rounds = self.rounds_that_run(case);
            for idx in rounds {
                let round = self.state.cases.get(case).and_then(|case| case.rounds.get(idx));
                let Some(mut round) = round.cloned() else { continue };
                let Some(def) = self.clock_of(case, round.clock) else { continue };
                let parameter = match &def.within {
                    Amount::Parameter(id) => self.model.parameter(*id),
                    _ => continue,
                };
                if !parameter.depends_on_subject() {
                    continue;
                }
                // Another row, not another revision: what runs keeps the values that counted when it began.
                let known = match parameter.in_flight {
                    InFlight::Keep => round.started.min(self.known),
                    InFlight::Recompute => self.known,
                };
                let given = timing::given(&Context { known, ..self.ctx(scene) }, def)?;
                self.reschedule_round(case, idx, &mut round, given, def.reclassified, scene)?;
            }
        }
        Ok(())
    }

    fn rounds_that_run(&self, case: usize) -> SmallVec<[usize; 4]> {
        let Some(case_state) = self.state.cases.get(case).filter(|case| case.is_live()) else {
            return SmallVec::new();
        };
        let rounds = case_state.rounds.iter().enumerate();
        rounds.filter(|(_, round)| round.status == RoundStatus::Running).map(|(idx, _)| idx).collect()
    }

    fn reschedule_round(
        &mut self,
        case: usize,
        idx: usize,
        round: &mut Round,
        given: Duration,
        how: Reclassified,
        scene: &Scene<'_>,
    ) -> Result<()> {
        let Some(def) = self.clock_of(case, round.clock) else { return Ok(()) };
        let moved = self.reschedule(round, def, given, how, scene)?;
        if moved {
            let at = self.at;
            self.note_clock(case, round, ClockEvent::Rescheduled, at);
        }
        self.put_back(case, idx, round.clone());
        Ok(())
    }

    /// Another version of a round's limit comes into force.
    pub(super) fn revise(&mut self, case: usize, idx: usize, at: DateTime<Utc>) -> Result<()> {
        (self.at, self.known) = (at, at);
        let round = self.state.cases.get(case).and_then(|case| case.rounds.get(idx));
        let Some(mut round) = round.cloned() else { return Ok(()) };
        let Some(def) = self.clock_of(case, round.clock) else { return Ok(()) };
        round.revised_at = timing::revised_after(self.model, def, at, at);
        let scene = Scene::default();
        let given = timing::given(&self.ctx(&scene), def)?;
        self.reschedule_round(case, idx, &mut round, given, Reclassified::FromStart, &scene)
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

    /// Leaving a state ends its clocks: in time is met. Where a breach moves the case, nobody has met anything. A clock
    /// that goes on when the state is entered again only pauses.
    pub(super) fn stop_on_leave(&mut self, case: usize, left: &[StateId], scene: &Scene<'_>) -> Result<()> {
        if self.state.cases.get(case).is_none_or(|case| case.rounds.is_empty()) {
            return Ok(());
        }
        let leaves = |def: &Clock| def.state.is_some_and(|state| left.contains(&state));
        self.pause(case, |_, def| def.resumes_on_reenter && leaves(def));
        let by_breach = scene.round.as_ref().is_some_and(|round| round.status == RoundStatus::Breached);
        self.end_rounds(case, scene, |def| (leaves(def) && !def.resumes_on_reenter).then_some(!by_breach))?;
        Ok(())
    }

    /// A case that is done ends every clock that still runs, without a verdict; one that only leaving its state paused
    /// has been kept to the end.
    pub(super) fn cancel_all(&mut self, case: usize, scene: &Scene<'_>) -> Result<()> {
        self.end_rounds(case, scene, |def| Some(def.resumes_on_reenter))?;
        Ok(())
    }

    /// Ends the open rounds for which `how` says so: `true` stops, `false` cancels.
    pub(super) fn end_rounds(
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
            if round.is_paused() && stops {
                self.go_on(case, &mut round, scene)?;
            } else if let Some((_, to)) = round.pauses.last_mut() {
                to.get_or_insert(self.at);
            }
            let was_breached = round.status == RoundStatus::Breached;
            round.stopped = Some(self.at);
            round.points.clear();
            round.revised_at = None;
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
        if running.points.is_empty() {
            return Ok(());
        }
        let (at, idx) = running.points.remove(0);
        let told = running.clone();
        self.begin_clock_cause(case, &told, at, &format!("warn{idx}"));
        self.note_clock(case, &told, ClockEvent::Warned, at);
        let model = self.model;
        let def = model.workflow(workflow).clock(told.clock);
        let occasion = Some(Occasion::Warned(def, told.due));
        let scene = Scene { round: Some(told), occasion, ..Scene::default() };
        if let Some(warning) = def.warnings.get(idx as usize) {
            self.run_effects(&warning.effects, Some(case), def.clause, &scene)?;
        }
        self.drain(&scene)
    }

    /// The due instant passed.
    pub(super) fn breach(&mut self, case: usize, round: usize) -> Result<()> {
        let Some(case_state) = self.state.cases.get_mut(case) else { return Ok(()) };
        let workflow = case_state.workflow;
        let Some(mut told) = case_state.rounds.get(round).cloned() else { return Ok(()) };
        told.status = RoundStatus::Breached;
        told.points.clear();
        told.revised_at = None;
        if let Some(def) = self.clock_of(case, told.clock) {
            told.points = all_points(&def.escalations, told.due);
            self.schedule_escalations(&mut told, def, &Scene::default())?;
        }
        self.put_back(case, round, told.clone());
        self.begin_clock_cause(case, &told, told.due, "breached");
        self.note_clock(case, &told, ClockEvent::Breached, told.due);
        self.forget_oldest_breached(case, told.clock);
        let model = self.model;
        let def = model.workflow(workflow).clock(told.clock);
        let occasion = Some(Occasion::Breached(def, told.due));
        let scene = Scene { round: Some(told.clone()), occasion, ..Scene::default() };
        self.clock_sample(case, &told, &scene)?;
        self.run_effects(&def.breached.effects, Some(case), def.clause, &scene)?;
        if let Some(target) = def.breached.to {
            let taken = Taken { source: def.state, way: Some(target), effects: &[], clause: def.clause };
            // What entering the state tells is no longer about the clock.
            self.go(case, &[taken], def.clause.as_slice(), &Scene { occasion: None, ..scene.clone() })?;
        }
        self.drain(&scene)
    }

    /// An escalation point of a breached round passed.
    pub(super) fn escalate(&mut self, case: usize, round: usize) -> Result<()> {
        let Some(case_state) = self.state.cases.get_mut(case) else { return Ok(()) };
        let Some(late) = case_state.rounds.get_mut(round) else { return Ok(()) };
        if late.points.is_empty() {
            return Ok(());
        }
        let (at, idx) = late.points.remove(0);
        let told = late.clone();
        self.begin_clock_cause(case, &told, at, &format!("step{idx}"));
        self.note_clock(case, &told, ClockEvent::Escalated, at);
        let Some(def) = self.clock_of(case, told.clock) else { return Ok(()) };
        let occasion = Some(Occasion::Escalated(def, told.due));
        let scene = Scene { round: Some(told), occasion, ..Scene::default() };
        if let Some(step) = def.escalations.get(idx as usize) {
            self.run_effects(&step.effects, Some(case), def.clause, &scene)?;
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
    pub(super) fn note_clock(&mut self, case: usize, round: &Round, event: ClockEvent, at: DateTime<Utc>) {
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
            counted_from: round.counted_from,
            given: round.given,
            pauses: round.pauses.clone(),
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

/// Every point of a list, before it is known when each comes.
fn all_points(list: &[Threshold], at: DateTime<Utc>) -> Vec<(DateTime<Utc>, u32)> {
    (0..list.len()).map(|idx| (at, idx as u32)).collect()
}

fn sample_id(measure: &str, subject: &str, case: u32, round: u32) -> Arc<str> {
    format!("{measure}/{subject}/{case}/{round}").into()
}
