//! Which day a rule names, when it ends, and why: the days that counted, and those that did not.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{DayCounted, SkippedDays, calendar_words, counted_words, date_words, end_words};
use super::{head_words, provisional_words, say, shorten, skipped_words};
use crate::calendar::{Calendar, TimeError};
use crate::lang::Lang;
use crate::zone;

/// Which day is meant, by a calendar's working days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayRule {
    /// The n-th working day after a period that ends on a day, `nth` from 1.
    After {
        /// The period's last day.
        last: NaiveDate,
        /// Which working day.
        nth: u32,
    },
    /// The n-th working day of a period that begins on a day, `nth` from 1.
    Of {
        /// The period's first day.
        first: NaiveDate,
        /// Which working day.
        nth: u32,
    },
    /// The last working day of a period that ends on a day; the last one before it where the period has none.
    Last {
        /// The period's last day.
        last: NaiveDate,
    },
    /// The day itself, worked or not.
    On(NaiveDate),
}

/// Why a rule names a day, as data; [`DayExplanation::render`] puts it into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayExplanation {
    /// The calendar's name.
    pub calendar: Arc<str>,
    /// The zone of the dates.
    pub zone: Tz,
    /// The rule.
    pub rule: DayRule,
    /// The day that it names.
    pub day: NaiveDate,
    /// When that day ends: its close of business, or 23:59:59 on a day without windows.
    pub due: DateTime<Utc>,
    /// The working days that counted, in order; of a last working day that day alone.
    pub days: Vec<DayCounted>,
    /// The days between on which nothing counted, in order; for a last working day those after it.
    pub skipped: Vec<SkippedDays>,
    /// Whether the due instant is a close of business.
    pub at_close: bool,
    /// The first day that the calendar does not cover and only answered for provisionally, if there is one.
    pub provisional: Option<NaiveDate>,
}

impl DayRule {
    /// The day from which it is counted, onwards or back.
    pub fn from(self) -> NaiveDate {
        match self {
            DayRule::After { last, .. } => last.succ_opt().unwrap_or(last),
            DayRule::Of { first, .. } => first,
            DayRule::Last { last } => last,
            DayRule::On(day) => day,
        }
    }

    /// The rule in a language: `期后第 10 个工作日,从 7/1(周三) 数起`.
    fn words(self, lang: Lang) -> String {
        let from = date_words(self.from(), lang);
        match self {
            DayRule::After { nth, .. } => say(lang, "due-rule-after", [nth.to_string(), from]),
            DayRule::Of { nth, .. } => say(lang, "due-rule-of", [nth.to_string(), from]),
            DayRule::Last { .. } => say(lang, "due-rule-last", [from]),
            DayRule::On(_) => say(lang, "due-rule-on", [from]),
        }
    }
}

impl Calendar {
    /// The day that a rule names.
    ///
    /// # Errors
    /// As for [`Calendar::nth_working_day`] and [`Calendar::last_working_day`].
    pub fn day_by(&self, rule: DayRule) -> Result<NaiveDate, TimeError> {
        match rule {
            DayRule::After { nth, .. } | DayRule::Of { nth, .. } => self.nth_working_day(rule.from(), nth),
            DayRule::Last { last } => self.last_working_day(last),
            DayRule::On(day) => Ok(day),
        }
    }

    /// When the day that a rule names ends: its close of business, or 23:59:59 on a day without windows.
    ///
    /// # Errors
    /// As for [`Calendar::day_by`], and a day outside the coverage.
    pub fn end_by(&self, rule: DayRule) -> Result<DateTime<Utc>, TimeError> {
        let day = self.day_by(rule)?;
        Ok(self.close_of(day)?.unwrap_or_else(|| zone::day_end(self.zone(), day)))
    }

    /// As [`Calendar::end_by`], telling which days counted and which did not.
    ///
    /// ```
    /// # use rulebook::Lang;
    /// # use rulebook::time::{Calendar, DayRule, date};
    /// # let office = Calendar::cn_office().map_err(|report| report.to_string())?;
    /// let told = office.explain_day(DayRule::Last { last: date("2026-10-31")? })?;
    /// assert_eq!(told.day, date("2026-10-30")?);
    /// assert!(told.render(Lang::Zh).contains("10/31(周六) 休息;往前最近的工作日是 10/30(周五)"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Calendar::end_by`].
    pub fn explain_day(&self, rule: DayRule) -> Result<DayExplanation, TimeError> {
        let (day, due, from) = (self.day_by(rule)?, self.end_by(rule)?, rule.from());
        let (first, last) = (from.min(day), from.max(day));
        let counts = |date: &NaiveDate| match rule {
            DayRule::After { .. } | DayRule::Of { .. } => self.layout().is_working(*date),
            DayRule::Last { .. } | DayRule::On(_) => *date == day && self.layout().is_working(day),
        };
        let counted = first.iter_days().take_while(|date| *date <= last).filter(counts);
        Ok(DayExplanation {
            calendar: Arc::clone(self.name()),
            zone: self.zone(),
            rule,
            day,
            due,
            days: counted.map(|date| DayCounted { date, make_up: self.make_up(date) }).collect(),
            skipped: self.closed_days(first, last),
            at_close: self.close_of(day)? == Some(due),
            provisional: self
                .provisional_from(zone::day_start(self.zone(), first), zone::day_start(self.zone(), last)),
        })
    }
}

impl DayExplanation {
    /// The explanation in a language: when it is due, by which rule, what counted, what did not, which calendar says so.
    pub fn render(&self, lang: Lang) -> String {
        self.render_under("due-head", lang)
    }

    /// As [`DayExplanation::render`], under another heading: it takes the day, the time and the rule.
    pub(crate) fn render_under(&self, head: &'static str, lang: Lang) -> String {
        let head = head_words(head, zone::local(self.zone, self.due), self.rule.words(lang), lang);
        let lines = shorten(self.lines(lang), lang).join(&say(lang, "due-separator", [""; 0]));
        let stop = say(lang, "due-stop", [""; 0]);
        let from = self.rule.from();
        let calendar = calendar_words(&self.calendar, (from.min(self.day), from.max(self.day)), lang);
        let provisional =
            self.provisional.map_or(String::new(), |day| provisional_words(day, day == from, lang));
        format!("{head}{lines}{stop}{calendar}{provisional}").trim_end().to_owned()
    }

    fn lines(&self, lang: Lang) -> Vec<String> {
        let mut lines: Vec<(NaiveDate, String)> =
            self.skipped.iter().map(|days| (days.first, skipped_words(days, lang))).collect();
        let day = date_words(self.day, lang);
        match self.rule {
            DayRule::After { .. } | DayRule::Of { .. } => {
                let days = self.days.iter().enumerate();
                lines.extend(days.map(|(idx, day)| (day.date, counted_words(day, idx + 1, lang))));
                lines.sort_by_key(|(date, _)| *date);
            }
            DayRule::Last { last } if self.day < last => {
                lines.push((last, say(lang, "due-back-to", [day.clone()])));
                lines.extend(self.make_up(&day, lang).map(|line| (last, line)));
            }
            DayRule::On(day) if !self.skipped.is_empty() => {
                lines.push((day, say(lang, "due-all-the-same", [""; 0])));
            }
            DayRule::Last { .. } | DayRule::On(_) => {
                let worked = || say(lang, "due-is-worked", [&day]);
                lines.push((self.day, self.make_up(&day, lang).unwrap_or_else(worked)));
            }
        }
        let mut lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
        lines.push(end_words(zone::local(self.zone, self.due).time(), self.at_close, lang));
        lines
    }

    /// That the day named is worked to make up for another.
    fn make_up(&self, day: &str, lang: Lang) -> Option<String> {
        let name = self.days.last()?.make_up.as_ref()?;
        Some(say(lang, "due-is-worked-make-up", [day, name]))
    }
}
