//! A calendar laid out over its coverage: sums of open seconds and of working days, to be searched by halves.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::calendar::def::{CalendarDef, CalendarProblem};
use crate::calendar::window::DAY;
use crate::zone;

/// One open stretch of time, with the open seconds of all earlier ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// First open second, as seconds since 1970 UTC.
    pub(super) start: i64,
    /// First second after it.
    pub(super) end: i64,
    /// Open seconds before it.
    before: i64,
    /// The day it belongs to.
    pub(super) date: NaiveDate,
}

/// The sums. Holds what the definition says and nothing else, so it may be dropped and built again.
#[derive(Debug)]
pub(super) struct Layout {
    first: NaiveDate,
    // INVARIANT: ordered, none empty, none overlapping.
    stretches: Vec<Stretch>,
    /// The ends of stretches that another does not follow at once, in order.
    closes: Vec<i64>,
    /// For each covered day, how many working days lie before it; one entry more than days.
    working_before: Vec<u32>,
    /// The first second that is known: overnight windows of the day before the coverage are not.
    from: i64,
    /// The first second after the coverage and its last window.
    until: i64,
}

impl Layout {
    /// Lays out every day from a first to a last.
    pub(super) fn new(
        def: &CalendarDef,
        (first, last): (NaiveDate, NaiveDate),
    ) -> Result<Layout, CalendarProblem> {
        let mut layout = Layout {
            first,
            stretches: Vec::new(),
            closes: Vec::new(),
            working_before: vec![0],
            from: zone::instant(def.zone, first, overnight_max(def)).timestamp(),
            until: zone::day_end(def.zone, last).timestamp() + 1,
        };
        let (mut open, mut working) = (0_i64, 0_u32);
        for date in first.iter_days().take_while(|date| *date <= last) {
            let mut windows = def.windows(date).to_vec();
            windows.sort_unstable();
            // A civil day that the zone leaves out altogether, as Samoa did with 30 December 2011, is worked by nobody.
            let exists = zone::day_start(def.zone, date) <= zone::day_end(def.zone, date);
            working += u32::from(exists && !windows.is_empty());
            layout.working_before.push(working);
            for window in windows {
                let start = zone::instant(def.zone, date, window.start()).timestamp();
                let end = zone::instant(def.zone, date, window.end()).timestamp();
                // A window inside the hour that the clocks skip has no seconds.
                if start < end {
                    layout.stretches.push(Stretch { start, end, before: open, date });
                    open += end - start;
                    layout.until = layout.until.max(end);
                }
            }
        }
        if layout.stretches.is_empty() {
            return Err(CalendarProblem::NeverOpen);
        }
        let next = layout.stretches.iter().skip(1).map(|stretch| stretch.start);
        // What is open to the end of the last day may well go on after it.
        let ends_within =
            layout.stretches.last().map(|stretch| stretch.end + i64::from(stretch.end < layout.until));
        let closed = layout
            .stretches
            .iter()
            .zip(next.chain(ends_within))
            .filter(|(stretch, next)| stretch.end != *next);
        layout.closes = closed.map(|(stretch, _)| stretch.end).collect();
        Ok(layout)
    }

    /// Whether the calendar knows if it is open at an instant.
    pub(super) fn knows(&self, at: DateTime<Utc>) -> bool {
        self.from <= at.timestamp() && at.timestamp() <= self.until
    }

    /// The open seconds before an instant, within the coverage.
    pub(super) fn open_before(&self, at: i64) -> i64 {
        let idx = self.stretches.partition_point(|stretch| stretch.start <= at);
        match idx.checked_sub(1).and_then(|idx| self.stretches.get(idx)) {
            Some(stretch) => stretch.before + at.min(stretch.end) - stretch.start,
            None => 0,
        }
    }

    /// The instant at which so many open seconds have passed; at a window's end rather than at the next one's start.
    pub(super) fn after_open(&self, seconds: i64) -> Option<i64> {
        let idx =
            self.stretches.partition_point(|stretch| stretch.before + stretch.end - stretch.start < seconds);
        self.stretches.get(idx).map(|stretch| stretch.start + seconds - stretch.before)
    }

    /// The latest instant from which so many open seconds pass until an instant: a window's start rather than the end before.
    pub(super) fn before_open(&self, at: i64, seconds: i64) -> Option<i64> {
        let target = self.open_before(at).checked_sub(seconds).filter(|target| *target >= 0)?;
        let idx = self.stretches.partition_point(|stretch| stretch.before <= target);
        let stretch = self.stretches.get(idx.checked_sub(1)?)?;
        Some(stretch.start + target - stretch.before)
    }

    /// The instant itself if it is open or a window ends then, else the end of the last window before it.
    pub(super) fn last_open(&self, at: i64) -> Option<i64> {
        let idx = self.stretches.partition_point(|stretch| stretch.start <= at);
        self.stretches.get(idx.checked_sub(1)?).map(|stretch| at.min(stretch.end))
    }

    /// The first close after an instant.
    pub(super) fn next_close(&self, at: i64) -> Option<i64> {
        self.closes.get(self.closes.partition_point(|close| *close <= at)).copied()
    }

    /// The first stretch that is open at an instant or opens after it.
    pub(super) fn stretch_from(&self, at: i64) -> Option<&Stretch> {
        self.stretches.get(self.stretches.partition_point(|stretch| stretch.end <= at))
    }

    /// The stretches that have some open time between two instants.
    pub(super) fn stretches_between(&self, from: i64, to: i64) -> impl Iterator<Item = &Stretch> {
        let idx = self.stretches.partition_point(|stretch| stretch.end <= from);
        self.stretches.iter().skip(idx).take_while(move |stretch| stretch.start < to)
    }

    /// The n-th working day on or after a covered date, n from 1.
    pub(super) fn nth_working(&self, from: NaiveDate, n: u64) -> Option<NaiveDate> {
        let wanted = u64::from(self.working_through(from.pred_opt()?)) + n;
        // The first day up to which so many working days have passed is the day itself.
        let idx = self.working_before.partition_point(|count| u64::from(*count) < wanted);
        self.day(idx.checked_sub(1)?)
    }

    /// The n-th working day on or before a covered date, counted back, n from 1.
    pub(super) fn nth_working_back(&self, to: NaiveDate, n: u64) -> Option<NaiveDate> {
        let wanted = (u64::from(self.working_through(to)) + 1).checked_sub(n)?;
        let idx = self.working_before.partition_point(|count| u64::from(*count) < wanted);
        self.day(idx.checked_sub(1)?)
    }

    /// How many working days lie in the coverage up to a date, the date included.
    pub(super) fn working_through(&self, date: NaiveDate) -> u32 {
        let days = (date - self.first).num_days() + 1;
        let idx = usize::try_from(days).unwrap_or(0).min(self.working_before.len() - 1);
        self.working_before.get(idx).copied().unwrap_or(0)
    }

    /// Whether a covered date is a working day.
    pub(super) fn is_working(&self, date: NaiveDate) -> bool {
        let before = date.pred_opt().map_or(0, |day| self.working_through(day));
        self.working_through(date) > before
    }

    /// The covered day of an index; nothing beyond the coverage.
    fn day(&self, idx: usize) -> Option<NaiveDate> {
        if idx + 1 >= self.working_before.len() {
            return None;
        }
        self.first.checked_add_signed(TimeDelta::days(i64::try_from(idx).ok()?))
    }
}

/// How far the calendar's windows may reach into the next day, in seconds.
fn overnight_max(def: &CalendarDef) -> u32 {
    let make_up = def.make_up.values().filter_map(|make_up| make_up.windows.as_ref());
    let windows = def.weekly.values().flatten().chain(def.exceptions.values()).chain(make_up).flatten();
    windows.map(|window| window.end().saturating_sub(DAY)).max().unwrap_or(0)
}
