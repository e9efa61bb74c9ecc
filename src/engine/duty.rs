//! Duties: each period opens one, an event discharges the oldest, lateness is told once.

use chrono::{DateTime, NaiveDate, Utc};

use super::context::Failure;
use super::run::{Run, Scene};
use super::state::DutyOpen;
use super::step::Cause;
use super::trace::Entry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Duty, DutyDue, EventId, Model};
use crate::period::Period;
use crate::zone;

/// A period's first day and first second.
fn beginning(model: &Model, period: Period) -> (NaiveDate, DateTime<Utc>) {
    let day = period.first_day();
    (day, zone::day_start(model.header.zone, day))
}

impl Run<'_> {
    /// The subject was opened: its first period is the one that holds that day, or the policy's first day.
    pub fn begin_duties(&mut self) {
        let model = self.model;
        let first_day = self.today().max(model.header.effective);
        for state in &mut self.state.duties {
            let period = Period::of(model.duty(state.duty).every, first_day);
            state.next = Some(beginning(model, period));
        }
    }

    /// A period begins: it owes one, if the condition holds.
    pub(super) fn duty_begins(&mut self, idx: usize, at: DateTime<Utc>) -> Result<()> {
        let model = self.model;
        let Some(state) = self.state.duties.get(idx) else { return Ok(()) };
        let (duty_id, Some((day, _))) = (state.duty, state.next) else { return Ok(()) };
        let duty = model.duty(duty_id);
        let period = Period::of(duty.every, day);
        self.begin(cause(duty, period), at);
        let owed = match &duty.only_if {
            Some(only_if) => match self.ctx(&Scene::default()).test(only_if, None) {
                Ok(held) => held,
                Err(Failure::Absent(_)) => false,
                Err(Failure::Error(error)) => return Err(error),
            },
            None => true,
        };
        let due = if owed { Some(due(model, duty, period)?) } else { None };
        let Some(state) = self.state.duties.get_mut(idx) else { return Ok(()) };
        state.next = Some(beginning(model, period.next()));
        if let Some(due) = due {
            state.open.push(DutyOpen { period: day, due, late: false });
            self.note_duty(duty, day, due, at, "opened");
        }
        Ok(())
    }

    /// A duty is late: told once, and still owed.
    pub(super) fn duty_late(&mut self, idx: usize, open: usize, at: DateTime<Utc>) -> Result<()> {
        let model = self.model;
        let Some(state) = self.state.duties.get_mut(idx) else { return Ok(()) };
        let duty = model.duty(state.duty);
        let Some(open) = state.open.get_mut(open) else { return Ok(()) };
        open.late = true;
        let (day, due) = (open.period, open.due);
        self.begin(cause(duty, Period::of(duty.every, day)), at);
        self.note_duty(duty, day, due, at, "late");
        let scene = Scene::default();
        self.run_effects(&duty.late, None, duty.clause, &scene)?;
        self.drain(&scene)
    }

    /// An accepted event discharges the oldest open duty that it is for; tells whether there was one.
    pub(super) fn discharge(&mut self, event: EventId) -> bool {
        let model = self.model;
        let at = self.at;
        let mut discharged = Vec::new();
        for state in &mut self.state.duties {
            let duty = model.duty(state.duty);
            if duty.done_by.contains(&event) && !state.open.is_empty() {
                discharged.push((duty, state.open.remove(0)));
            }
        }
        for (duty, open) in &discharged {
            let what = if at <= open.due { "done" } else { "done_late" };
            self.note_duty(duty, open.period, open.due, at, what);
        }
        !discharged.is_empty()
    }

    fn note_duty(
        &mut self,
        duty: &Duty,
        period: NaiveDate,
        due: DateTime<Utc>,
        at: DateTime<Utc>,
        what: &'static str,
    ) {
        self.step.trace.entries.push(Entry::Duty {
            at,
            duty: duty.name.clone(),
            period,
            due,
            what,
            clause: duty.clause,
        });
    }
}

fn cause(duty: &Duty, period: Period) -> Cause {
    Cause::Duty(format!("{}/{period}", duty.name).into())
}

/// When the duty of a period is due, by the policy's calendar.
fn due(model: &Model, duty: &Duty, period: Period) -> Result<DateTime<Utc>> {
    let calendar = model.calendar(model.header.calendar);
    let failed = |problem: crate::calendar::TimeError| {
        Error::new(ErrorKind::NotCovered, problem.message().render(crate::lang::Lang::En))
    };
    let day = match duty.due {
        DutyDue::WorkingDayAfter(n) => {
            calendar.nth_working_day(period.next().first_day(), n).map_err(failed)?
        }
        DutyDue::WorkingDayOf(n) => calendar.nth_working_day(period.first_day(), n).map_err(failed)?,
        DutyDue::LastWorkingDay => calendar.last_working_day(period.last_day()).map_err(failed)?,
        DutyDue::After(duration) => {
            let end = zone::day_end(model.header.zone, period.last_day());
            return super::timing::due(calendar, end, duration, &model.header.conventions);
        }
    };
    close_of(model, day)
}

/// The last second of a working day by the policy's conventions.
pub(super) fn close_of(model: &Model, day: NaiveDate) -> Result<DateTime<Utc>> {
    let calendar = model.calendar(model.header.calendar);
    match calendar.close_of(day) {
        Ok(Some(close)) => Ok(close),
        Ok(None) => Ok(zone::day_end(model.header.zone, day)),
        Err(problem) => {
            Err(Error::new(ErrorKind::NotCovered, problem.message().render(crate::lang::Lang::En)))
        }
    }
}
