//! Why a due date is what it is: the windows and days that counted, and those that did not.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use crate::calendar::window::DAY;
use crate::calendar::{Calendar, Conventions, StartDay, TimeError};
use crate::lang::{Lang, Message};
use crate::quantity::{ClockKind, Duration};
use crate::scalar::duration_words;
use crate::zone;

mod day;

pub use day::{DayExplanation, DayRule};

/// So many lines of a long explanation are shown at its start and at its end; those between are counted.
const LINES_SHOWN: usize = 5;

/// Why a due date is what it is, as data; [`DueExplanation::render`] puts it into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueExplanation {
    /// The calendar's name.
    pub calendar: Arc<str>,
    /// The zone of the dates.
    pub zone: Tz,
    /// When the duration starts.
    pub start: DateTime<Utc>,
    /// The duration.
    pub duration: Duration,
    /// When it is over.
    pub due: DateTime<Utc>,
    /// For business time: the windows it used, in order.
    pub windows: Vec<WindowUsed>,
    /// For working days: the days that counted, in order.
    pub days: Vec<DayCounted>,
    /// The days between start and due on which nothing counted, in order.
    pub skipped: Vec<SkippedDays>,
    /// For calendar time: the day it would have ended on, if it was rolled to a later one.
    pub rolled_from: Option<NaiveDate>,
    /// Whether the due instant is a close of business.
    pub at_close: bool,
    /// The first day that the calendar does not cover and only answered for provisionally, if there is one.
    pub provisional: Option<NaiveDate>,
    /// Whether the start day counts as the first.
    pub start_counted: bool,
}

/// Open time that business time used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowUsed {
    /// The day that the window belongs to.
    pub date: NaiveDate,
    /// The first second used.
    pub from: DateTime<Utc>,
    /// The end of what was used.
    pub to: DateTime<Utc>,
    /// The name of what the day makes up for, if it is a make-up day.
    pub make_up: Option<Arc<str>>,
}

/// A working day that counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCounted {
    /// The day.
    pub date: NaiveDate,
    /// The name of what the day makes up for, if it is a make-up day.
    pub make_up: Option<Arc<str>>,
}

/// Days in a row on which nothing counted, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedDays {
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// Why.
    pub why: Closed,
}

/// Why a day has no open windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Its weekday has none.
    Weekly,
    /// It is a holiday of this name.
    Holiday(Arc<str>),
    /// An exception closes it.
    Exception,
}

impl WindowUsed {
    /// The seconds used.
    pub fn seconds(&self) -> i64 {
        (self.to - self.from).num_seconds()
    }
}

impl Calendar {
    /// Computes a due date as [`Calendar::add`] does, and tells what it was counted from.
    ///
    /// Takes time in proportion to the days between.
    ///
    /// # Errors
    /// As for [`Calendar::add`], and a negative duration.
    pub fn explain(
        &self,
        start: DateTime<Utc>,
        duration: Duration,
        conventions: &Conventions,
    ) -> Result<DueExplanation, TimeError> {
        if duration.amount < 0 {
            return Err(TimeError::BadDuration(duration));
        }
        let due = self.add(start, duration, conventions)?;
        let mut told = DueExplanation {
            calendar: Arc::clone(self.name()),
            zone: self.zone(),
            start,
            duration,
            due,
            windows: Vec::new(),
            days: Vec::new(),
            skipped: Vec::new(),
            rolled_from: None,
            at_close: false,
            provisional: match duration.clock {
                ClockKind::Wall => None,
                _ => self.provisional_from(start, due),
            },
            start_counted: conventions.start_day == StartDay::Counted,
        };
        let from = zone::date_of(self.zone(), start);
        match duration.clock {
            ClockKind::Wall => {}
            ClockKind::Business => {
                told.windows = self.windows_between(start, due);
                // An overnight window may end on a day off that was not waited through.
                let last = told.windows.last().map_or(zone::date_of(self.zone(), due), |used| used.date);
                told.skipped = self.closed_days(from, last);
            }
            ClockKind::Working => {
                let (_, last) = self.last_day(start, duration, conventions)?;
                let uncounted = usize::from(!told.start_counted);
                let days = from.iter_days().skip(uncounted).take_while(|day| *day <= last);
                let counted = days.filter(|day| self.layout().is_working(*day));
                told.days = counted.map(|date| DayCounted { date, make_up: self.make_up(date) }).collect();
                let first = if told.start_counted { from } else { from.succ_opt().unwrap_or(from) };
                told.skipped = self.closed_days(first, last);
                told.at_close = self.close_of(last)? == Some(due);
            }
            ClockKind::Calendar => {
                let (end, last) = self.last_day(start, duration, conventions)?;
                told.rolled_from = (end != last).then_some(end);
                told.skipped = if end == last { Vec::new() } else { self.closed_days(end, last) };
                told.at_close = self.close_of(last)? == Some(due);
            }
        }
        Ok(told)
    }

    fn windows_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<WindowUsed> {
        let used = self.layout().stretches_between(from.timestamp(), to.timestamp()).filter_map(|stretch| {
            let from = DateTime::from_timestamp(stretch.start, 0)?.max(from);
            let to = DateTime::from_timestamp(stretch.end, 0)?.min(to);
            Some(WindowUsed { date: stretch.date, from, to, make_up: self.make_up(stretch.date) })
        });
        used.collect()
    }

    /// The days without windows from one to another, those in a row and of one reason together.
    fn closed_days(&self, from: NaiveDate, to: NaiveDate) -> Vec<SkippedDays> {
        let mut found: Vec<SkippedDays> = Vec::new();
        for date in from.iter_days().take_while(|date| *date <= to) {
            let Some(why) = self.closed(date) else { continue };
            match found.last_mut() {
                Some(run) if run.why == why && run.last.succ_opt() == Some(date) => run.last = date,
                _ => found.push(SkippedDays { first: date, last: date, why }),
            }
        }
        found
    }

    fn closed(&self, date: NaiveDate) -> Option<Closed> {
        let def = self.def();
        if self.layout().is_working(date) {
            return None;
        }
        if !def.covers(date) {
            return Some(Closed::Weekly);
        }
        Some(match (def.exceptions.contains_key(&date), def.holidays.get(&date)) {
            (true, _) => Closed::Exception,
            (false, Some(name)) => Closed::Holiday(Arc::clone(name)),
            (false, None) => Closed::Weekly,
        })
    }

    fn make_up(&self, date: NaiveDate) -> Option<Arc<str>> {
        let make_up = self.def().make_up.get(&date).filter(|_| self.def().covers(date));
        make_up.map(|make_up| Arc::clone(&make_up.name))
    }
}

impl DueExplanation {
    /// The explanation in a language: the due date, what counted, what did not, and which calendar says so.
    pub fn render(&self, lang: Lang) -> String {
        self.render_under("due-head", lang)
    }

    /// As [`DueExplanation::render`], under another heading: it takes the day, the time and the duration.
    pub(crate) fn render_under(&self, head: &'static str, lang: Lang) -> String {
        let local = |at| zone::local(self.zone, at);
        let due = local(self.due);
        let head = head_words(head, due, duration_words(self.duration, lang), lang);
        let lines = self.lines(lang);
        let joined = shorten(lines, lang).join(&say(lang, "due-separator", [""; 0]));
        let note = match self.duration.clock {
            ClockKind::Business => say(lang, "due-closed-time", [""; 0]),
            _ => String::new(),
        };
        let start = local(self.start).date();
        let calendar = match self.duration.clock {
            ClockKind::Wall => String::new(),
            _ => calendar_words(&self.calendar, (start, due.date()), lang),
        };
        let stop = say(lang, "due-stop", [""; 0]);
        // A first uncovered day that is the start's own may lie before the coverage as well as after it.
        let provisional =
            self.provisional.map_or(String::new(), |day| provisional_words(day, day == start, lang));
        format!("{head}{joined}{stop}{note}{calendar}{provisional}").trim_end().to_owned()
    }

    fn lines(&self, lang: Lang) -> Vec<String> {
        let start = zone::local(self.zone, self.start);
        let moment = |at: NaiveDateTime| [date_words(at.date(), lang), clock_words(at.time())];
        match self.duration.clock {
            ClockKind::Wall => vec![say(lang, "due-wall", moment(start))],
            ClockKind::Business => self.business_lines(lang),
            ClockKind::Working => self.working_lines(lang),
            ClockKind::Calendar => {
                let mut lines = vec![self.start_line(start.date(), lang)];
                let due = zone::date_of(self.zone, self.due);
                let ends = self.rolled_from.unwrap_or(due);
                lines.push(say(lang, "due-runs-out", [date_words(ends, lang)]));
                lines.extend(self.skipped.iter().map(|days| skipped_words(days, lang)));
                if self.rolled_from.is_some() {
                    lines.push(say(lang, "due-rolled", [date_words(due, lang)]));
                }
                lines.push(self.end_line(lang));
                lines
            }
        }
    }

    /// Windows by the day, with the days off between them, in order.
    fn business_lines(&self, lang: Lang) -> Vec<String> {
        let mut lines: Vec<(NaiveDate, String)> =
            self.skipped.iter().map(|days| (days.first, skipped_words(days, lang))).collect();
        let mut rest = self.windows.as_slice();
        while let Some(first) = rest.first() {
            let (day, others) = rest.split_at(rest.partition_point(|used| used.date == first.date));
            let spans: Vec<String> = day.iter().map(|used| self.span_words(used, lang)).collect();
            let seconds = day.iter().map(WindowUsed::seconds).sum();
            let spans = spans.join(&say(lang, "due-and", [""; 0]));
            let date = date_words(first.date, lang);
            let used = seconds_words(seconds, lang);
            lines.push((
                first.date,
                match &first.make_up {
                    None => say(lang, "due-window", [date, spans, used]),
                    Some(name) => say(lang, "due-window-make-up", [date, spans, used, name.to_string()]),
                },
            ));
            rest = others;
        }
        lines.sort_by_key(|(date, _)| *date);
        lines.into_iter().map(|(_, line)| line).collect()
    }

    fn working_lines(&self, lang: Lang) -> Vec<String> {
        let start = zone::date_of(self.zone, self.start);
        let mut lines: Vec<(NaiveDate, String)> =
            self.skipped.iter().map(|days| (days.first, skipped_words(days, lang))).collect();
        if self.duration.amount > 0 {
            if !self.start_counted {
                lines.push((start, self.start_line(start, lang)));
            }
            let days = self.days.iter().enumerate();
            lines.extend(days.map(|(idx, day)| (day.date, counted_words(day, idx + 1, lang))));
        }
        lines.sort_by_key(|(date, _)| *date);
        let mut lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
        lines.push(self.end_line(lang));
        lines
    }

    fn start_line(&self, start: NaiveDate, lang: Lang) -> String {
        let key = if self.start_counted { "due-start-day-counted" } else { "due-start-day" };
        say(lang, key, [date_words(start, lang)])
    }

    fn end_line(&self, lang: Lang) -> String {
        end_words(zone::local(self.zone, self.due).time(), self.at_close, lang)
    }

    /// `17:00–18:00`; an end at midnight is 24:00, as the window has it. Says where the clocks change within.
    fn span_words(&self, used: &WindowUsed, lang: Lang) -> String {
        let (from, to) = (zone::local(self.zone, used.from), zone::local(self.zone, used.to));
        let midnight = to.time() == NaiveTime::MIN && to.date() > from.date();
        let end = if midnight { format!("{}:00", DAY / 3600) } else { clock_words(to.time()) };
        let span = format!("{}–{end}", clock_words(from.time()));
        let ahead = (to - from).num_seconds() - used.seconds();
        let key = match ahead.signum() {
            0 => return span,
            1 => "due-clocks-forward",
            _ => "due-clocks-back",
        };
        say(lang, key, [span, seconds_words(ahead.abs(), lang)])
    }
}

fn say<A: ToString>(lang: Lang, key: &'static str, args: impl IntoIterator<Item = A>) -> String {
    Message::new(key, args).render(lang)
}

/// `期限: 4/7(周二) 18:00。3 个工作日: `
fn head_words(key: &'static str, due: NaiveDateTime, by: String, lang: Lang) -> String {
    say(lang, key, [date_words(due.date(), lang), clock_words(due.time()), by])
}

/// `日历 cn-office 2026。`, with both years where the days lie in two.
fn calendar_words(calendar: &str, (first, last): (NaiveDate, NaiveDate), lang: Lang) -> String {
    let years = match (first.year(), last.year()) {
        (first, last) if first == last => last.to_string(),
        (first, last) => format!("{first}–{last}"),
    };
    say(lang, "due-calendar", [calendar.to_owned(), years])
}

fn provisional_words(day: NaiveDate, is_start: bool, lang: Lang) -> String {
    say(lang, if is_start { "due-provisional-early" } else { "due-provisional" }, [day])
}

fn counted_words(day: &DayCounted, nth: usize, lang: Lang) -> String {
    let (date, nth) = (date_words(day.date, lang), nth.to_string());
    match &day.make_up {
        None => say(lang, "due-day", [date, nth]),
        Some(name) => say(lang, "due-day-make-up", [date, nth, name.to_string()]),
    }
}

fn end_words(time: NaiveTime, at_close: bool, lang: Lang) -> String {
    say(lang, if at_close { "due-at-close" } else { "due-at-midnight" }, [clock_words(time)])
}

fn date_words(date: NaiveDate, lang: Lang) -> String {
    let key = match date.weekday().num_days_from_monday() {
        0 => "due-date-mon",
        1 => "due-date-tue",
        2 => "due-date-wed",
        3 => "due-date-thu",
        4 => "due-date-fri",
        5 => "due-date-sat",
        _ => "due-date-sun",
    };
    say(lang, key, [date.month(), date.day()])
}

fn clock_words(time: NaiveTime) -> String {
    if time.second() == 0 { time.format("%H:%M").to_string() } else { time.format("%H:%M:%S").to_string() }
}

fn seconds_words(seconds: i64, lang: Lang) -> String {
    let parts =
        [("due-hours", seconds / 3600), ("due-minutes", seconds / 60 % 60), ("due-seconds", seconds % 60)];
    let said =
        parts.into_iter().filter(|(_, amount)| *amount > 0).map(|(key, amount)| say(lang, key, [amount]));
    said.collect::<Vec<_>>().join(" ")
}

fn skipped_words(days: &SkippedDays, lang: Lang) -> String {
    let (first, last) = (date_words(days.first, lang), date_words(days.last, lang));
    let span = if days.first == days.last { first } else { format!("{first}–{last}") };
    match &days.why {
        Closed::Weekly => say(lang, "due-rest", [span]),
        Closed::Holiday(name) => say(lang, "due-holiday", [span, name.to_string()]),
        Closed::Exception => say(lang, "due-closed", [span]),
    }
}

/// A long list with its middle counted instead of shown.
fn shorten(lines: Vec<String>, lang: Lang) -> Vec<String> {
    if lines.len() <= 2 * LINES_SHOWN + 1 {
        return lines;
    }
    let left_out = lines.len() - 2 * LINES_SHOWN;
    let tail = lines.iter().skip(LINES_SHOWN + left_out).cloned();
    let head = lines.iter().take(LINES_SHOWN).cloned();
    head.chain([say(lang, "due-left-out", [left_out])]).chain(tail).collect()
}
