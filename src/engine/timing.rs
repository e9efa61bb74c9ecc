//! When a round is due, warns and escalates; computed from its start, its pauses and what it was given, never counted up.

use chrono::{DateTime, Utc};

use super::context::Context;
use super::run::{Run, Scene};
use super::state::{Round, RoundStatus};
use crate::calendar::{Calendar, Conventions, Pause};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Amount, Clock, Counting, InFlight, Model, ParameterValues, Point, Reclassified, Threshold,
};
use crate::value::{Duration, Value};
use crate::zone;

/// The due instant of a duration that is counted as its element says.
///
/// # Errors
/// As [`Calendar::add`].
pub(super) fn counted(
    model: &Model,
    start: DateTime<Utc>,
    duration: Duration,
    by: &Counting,
) -> Result<DateTime<Utc>> {
    due(model.calendar(by.calendar), start, duration, &by.conventions)
}

/// The due instant of a duration.
///
/// # Errors
/// As [`Calendar::add`].
pub(super) fn due(
    calendar: &Calendar,
    start: DateTime<Utc>,
    duration: Duration,
    conventions: &Conventions,
) -> Result<DateTime<Utc>> {
    calendar.add(start, duration, conventions).map_err(Error::from)
}

/// How long a clock gives now.
pub(super) fn given(ctx: &Context<'_>, clock: &Clock) -> Result<Duration> {
    match ctx.amount(&clock.within)? {
        Value::Duration(duration) => Ok(duration),
        _ => Err(Error::new(ErrorKind::Malformed, format!("clock `{}` has no duration", clock.name))),
    }
}

/// When running rounds follow the next version of a clock's limit, after an instant.
pub(super) fn revised_after(model: &Model, clock: &Clock, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let Amount::Parameter(id) = clock.within else { return None };
    let parameter = model.parameter(id);
    let ParameterValues::Dated(versions) = &parameter.values else { return None };
    if parameter.in_flight != InFlight::Recompute {
        return None;
    }
    let begins = |from| zone::day_start(model.header.zone, from);
    versions.iter().filter_map(|version| version.from).map(begins).filter(|begins| *begins > at).min()
}

impl Run<'_> {
    /// Computes when a round is due and warns, not before `earliest`. Warnings that came already stay away.
    pub(super) fn schedule(
        &self,
        round: &mut Round,
        clock: &Clock,
        earliest: Option<DateTime<Utc>>,
        scene: &Scene<'_>,
    ) -> Result<()> {
        let model = self.model;
        let (calendar, conventions) = (model.calendar(clock.counting.calendar), &clock.counting.conventions);
        let pauses = round.pauses_since(round.counted_from);
        let due = calendar
            .add_paused(round.counted_from, round.given, &pauses, conventions)
            .map_err(Error::from)?;
        round.due = earliest.map_or(due, |earliest| due.max(earliest));
        let mut warnings = Vec::with_capacity(round.points.len());
        for (_, idx) in &round.points {
            let Some(warning) = clock.warnings.get(*idx as usize) else { continue };
            let at = self.warns_at(round, clock, warning, &pauses, scene)?;
            let at = earliest.map_or(at, |earliest| at.max(earliest));
            // A warning that would have to wait until after the due instant is no warning: the breach tells.
            warnings.extend(self.opening(clock, at)?.filter(|at| *at <= round.due).map(|at| (at, *idx)));
        }
        warnings.sort_unstable();
        round.points = warnings;
        Ok(())
    }

    fn warns_at(
        &self,
        round: &Round,
        clock: &Clock,
        warning: &Threshold,
        pauses: &[Pause],
        scene: &Scene<'_>,
    ) -> Result<DateTime<Utc>> {
        let model = self.model;
        let (calendar, conventions) = (model.calendar(clock.counting.calendar), &clock.counting.conventions);
        let from = round.counted_from;
        match &warning.point {
            Point::Share(share) => {
                calendar.at_share_paused(from, round.given, *share, pauses, conventions).map_err(Error::from)
            }
            Point::Before(amount) => match self.ctx(scene).amount(amount)? {
                Value::Duration(left) => {
                    Ok(calendar.sub(round.due, left, conventions).map_err(Error::from)?.max(from))
                }
                _ => Ok(round.due),
            },
            Point::Due | Point::After(_) => Ok(round.due),
        }
    }

    /// When what is told at an instant is told: then, or when the chosen calendar opens.
    fn opening(&self, clock: &Clock, at: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        match clock.notify_in {
            Some(calendar) => self.model.calendar(calendar).next_open(at).map(Some).map_err(Error::from),
            None => Ok(Some(at)),
        }
    }

    /// Computes when a breached round escalates; what came already stays away.
    pub(super) fn schedule_escalations(
        &self,
        round: &mut Round,
        clock: &Clock,
        scene: &Scene<'_>,
    ) -> Result<()> {
        let model = self.model;
        let (calendar, conventions) = (model.calendar(clock.counting.calendar), &clock.counting.conventions);
        let pauses = round.pauses_since(round.due);
        let mut escalations = Vec::with_capacity(round.points.len());
        for (_, idx) in &round.points {
            let Some(Point::After(amount)) =
                clock.escalations.get(*idx as usize).map(|threshold| &threshold.point)
            else {
                continue;
            };
            if let Value::Duration(after) = self.ctx(scene).amount(amount)? {
                let at = calendar.add_paused(round.due, after, &pauses, conventions).map_err(Error::from)?;
                escalations.extend(self.opening(clock, at)?.map(|at| (at, *idx)));
            }
        }
        escalations.sort_unstable();
        round.points = escalations;
        Ok(())
    }

    /// Gives a running round another limit, and tells whether it is due at another instant now.
    pub(super) fn reschedule(
        &self,
        round: &mut Round,
        clock: &Clock,
        given: Duration,
        how: Reclassified,
        scene: &Scene<'_>,
    ) -> Result<bool> {
        if round.status != RoundStatus::Running || round.given == given || how == Reclassified::Keep {
            return Ok(false);
        }
        round.given = given;
        if how == Reclassified::FromNow {
            round.counted_from = self.at;
        }
        if round.is_paused() {
            // When it goes on, it is computed.
            return Ok(false);
        }
        let before = round.due;
        self.schedule(round, clock, Some(self.at), scene)?;
        Ok(round.due != before)
    }
}
