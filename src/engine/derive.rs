//! What happens by itself: the next instant, and letting time pass up to one.
//!
//! An instant is over when its second is over: a record at the due second comes first, and the breach is told from the
//! next second on.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::run::{Run, Scene};
use super::state::{RoundStatus, ScoreStatus, State};
use super::step::Cause;
use crate::error::Result;

/// Something that happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// A case opens.
    Opening(usize),
    /// A warning of a round: case, round.
    Warning(usize, usize),
    /// A breach of a round: case, round.
    Breach(usize, usize),
    /// Another version of a round's limit: case, round.
    Revision(usize, usize),
    /// An escalation of a breached round: case, round.
    Escalation(usize, usize),
    /// An appeal window or a decision period ends: scorecard, result.
    Result(usize, usize),
    /// A period of a duty begins.
    DutyBegins(usize),
    /// A duty's obligation begins or ends by its dates.
    DutyTurns(usize),
    /// A duty is late: duty, open one.
    DutyLate(usize, usize),
}

/// The next instant at which something happens by itself, before its second is over.
pub(super) fn next(state: &State) -> Option<DateTime<Utc>> {
    find(state).map(|(at, _)| at)
}

/// The earliest, ties in the order: openings, clocks in document order, results, duties.
fn find(state: &State) -> Option<(DateTime<Utc>, Due)> {
    let mut best: Option<(DateTime<Utc>, Due)> = None;
    let mut consider = |at: DateTime<Utc>, due: Due| {
        if best.is_none_or(|(earliest, _)| at < earliest) {
            best = Some((at, due));
        }
    };
    for (idx, (at, _)) in state.pending.iter().enumerate() {
        consider(*at, Due::Opening(idx));
    }
    for (case, case_state) in state.cases.iter().enumerate().filter(|(_, case)| case.is_live()) {
        for (idx, round) in case_state.rounds.iter().enumerate() {
            // While a round stands still, only its limit may change.
            let moves = !round.is_paused();
            if round.status == RoundStatus::Running {
                if let Some((at, _)) = round.points.first().filter(|_| moves) {
                    consider(*at, Due::Warning(case, idx));
                }
                if moves {
                    consider(round.due, Due::Breach(case, idx));
                }
                if let Some(at) = round.revised_at {
                    consider(at, Due::Revision(case, idx));
                }
            } else if let Some((at, _)) = round.points.first().filter(|_| moves) {
                consider(*at, Due::Escalation(case, idx));
            }
        }
    }
    for (card, score) in state.scores.iter().enumerate() {
        for (idx, result) in score.results.iter().enumerate() {
            if result.status != ScoreStatus::Final
                && let Some(due) = result.due
            {
                consider(due, Due::Result(card, idx));
            }
        }
    }
    for (idx, duty) in state.duties.iter().enumerate() {
        if let Some(begins) = duty.next.map(|(_, begins)| begins) {
            consider(begins, Due::DutyBegins(idx));
        }
        if let Some(turns) = duty.turns {
            consider(turns, Due::DutyTurns(idx));
        }
        for (open_idx, open) in duty.open.iter().enumerate().filter(|(_, open)| !open.late) {
            consider(open.late_after, Due::DutyLate(idx, open_idx));
        }
    }
    best
}

impl Run<'_> {
    /// Lets everything happen whose instant lies before `limit`.
    pub fn pass_until(&mut self, limit: DateTime<Utc>) -> Result<()> {
        if self.state.next_due.is_none_or(|next| next >= limit) {
            return Ok(());
        }
        while let Some((at, due)) = find(self.state) {
            if at >= limit {
                break;
            }
            self.happen(at, due)?;
            self.reconsider_duties()?;
            self.forget_replaced();
            self.state.frontier = self.state.frontier.max(at + TimeDelta::seconds(1));
        }
        Ok(())
    }

    fn happen(&mut self, at: DateTime<Utc>, due: Due) -> Result<()> {
        // What was due before the subject's frontier (a clock that was due at once) happens at the frontier's edge.
        match due {
            Due::Opening(idx) => {
                if idx >= self.state.pending.len() {
                    return Ok(());
                }
                let (_, workflow) = self.state.pending.remove(idx);
                if self.model.edition(workflow, at).is_none() {
                    return Ok(());
                }
                let name: Arc<str> = self.model.workflow(workflow).name.clone();
                self.begin(Cause::Opening(name), at);
                let scene = Scene::default();
                self.open_case(workflow, &scene)?;
                self.drain(&scene)
            }
            Due::Warning(case, round) => {
                (self.at, self.known) = (at, at);
                self.warn(case, round)
            }
            Due::Breach(case, round) => {
                (self.at, self.known) = (at, at);
                self.breach(case, round)
            }
            Due::Revision(case, round) => self.revise(case, round, at),
            Due::Escalation(case, round) => {
                (self.at, self.known) = (at, at);
                self.escalate(case, round)
            }
            Due::Result(card, result) => self.result_due(card, result, at),
            Due::DutyBegins(duty) => self.duty_begins(duty, at),
            Due::DutyTurns(duty) => {
                self.duty_turns(duty, at);
                Ok(())
            }
            Due::DutyLate(duty, open) => self.duty_late(duty, open, at),
        }
    }
}
