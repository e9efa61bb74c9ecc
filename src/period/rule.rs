//! Recurrence rules of RFC 5545 (section 3.3.10) as days: `FREQ=MONTHLY;BYDAY=2TU`.
//!
//! A duty falls on a day, so rules by the hour and parts about hours are refused, and so are the parts that hardly anybody
//! writes (`BYWEEKNO`, `BYYEARDAY`). No rule is followed beyond [`Recurrence::LAST_YEAR`]: one that never fires gives no days,
//! and nothing ever searches without end. A rule costs the same however far it reaches; only those with `COUNT` are laid out.

use std::sync::Arc;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use crate::lang::Message;

/// A recurrence rule that begins on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    text: Arc<str>,
    from: NaiveDate,
    rule: Rule,
    /// Every day of a rule with `COUNT`, ascending.
    counted: Option<Arc<[NaiveDate]>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The parts of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    frequency: Frequency,
    interval: u32,
    count: Option<usize>,
    until: Option<NaiveDate>,
    months: Vec<u32>,
    month_days: Vec<i32>,
    weekdays: Vec<(Option<i32>, Weekday)>,
    positions: Vec<i32>,
    week_start: Weekday,
}

impl Recurrence {
    /// The last year in which a rule fires.
    pub const LAST_YEAR: i32 = 2100;
    /// The most days that `COUNT` may ask for.
    pub const COUNT_MAX: i32 = 1_000;

    /// Reads a rule, with or without `RRULE:`, that begins on a day (`DTSTART`).
    ///
    /// The first day counts only if the rule holds on it.
    ///
    /// # Errors
    /// A part that RFC 5545 does not know or that a duty cannot follow, a value outside its range, `COUNT` beside `UNTIL`.
    pub fn parse(text: &str, from: NaiveDate) -> Result<Recurrence, Message> {
        let text = text.trim();
        let parts = text.strip_prefix("RRULE:").unwrap_or(text);
        let rule = Rule::read(parts)?;
        let counted = rule.count.map(|count| {
            let next = |day: &NaiveDate| day.succ_opt().and_then(|day| rule.on_or_after(from, day));
            std::iter::successors(rule.on_or_after(from, from), next).take(count).collect()
        });
        Ok(Recurrence { text: parts.into(), from, rule, counted })
    }

    /// The rule as it was written, without `RRULE:`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first day on or after a date on which it fires.
    pub fn on_or_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        match &self.counted {
            Some(days) => days.get(days.partition_point(|day| *day < date)).copied(),
            None => self.rule.on_or_after(self.from, date),
        }
    }
}

impl Rule {
    fn read(text: &str) -> Result<Rule, Message> {
        let mut rule = Rule {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Mon,
        };
        let mut seen: Vec<&str> = Vec::new();
        for part in text.split(';') {
            let Some((name, value)) = part.split_once('=') else {
                return Err(Message::new("rule-part", [part]));
            };
            if seen.contains(&name) {
                return Err(Message::new("rule-part-twice", [name]));
            }
            seen.push(name);
            rule.part(name, value)?;
        }
        if !seen.contains(&"FREQ") {
            return Err(Message::plain("rule-without-frequency"));
        }
        if rule.count.is_some() && rule.until.is_some() {
            return Err(Message::plain("rule-count-and-until"));
        }
        rule.judge()?;
        Ok(rule)
    }

    fn part(&mut self, name: &str, value: &str) -> Result<(), Message> {
        let wrong = || Message::new("rule-value", [name, value]);
        match name {
            "FREQ" => {
                self.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    "HOURLY" | "MINUTELY" | "SECONDLY" => return Err(Message::new("rule-by-hour", [value])),
                    _ => return Err(wrong()),
                }
            }
            "INTERVAL" => self.interval = number(value, 1, 1_000).and_then(whole).ok_or_else(wrong)?,
            "COUNT" => {
                let count = number(value, 1, Recurrence::COUNT_MAX).and_then(whole).ok_or_else(wrong)?;
                self.count = usize::try_from(count).ok();
            }
            "UNTIL" => self.until = Some(until(value).ok_or_else(wrong)?),
            "BYMONTH" => {
                let read = |text: &str| number(text, 1, 12).and_then(whole);
                self.months = list(value, read).ok_or_else(wrong)?;
            }
            "BYMONTHDAY" => {
                self.month_days = list(value, |text| number(text, -31, 31)).ok_or_else(wrong)?;
            }
            "BYSETPOS" => self.positions = list(value, |text| number(text, -366, 366)).ok_or_else(wrong)?,
            "BYDAY" => self.weekdays = list(value, nth_weekday).ok_or_else(wrong)?,
            "WKST" => self.week_start = weekday(value).ok_or_else(wrong)?,
            "BYHOUR" | "BYMINUTE" | "BYSECOND" => return Err(Message::new("rule-by-hour", [name])),
            "BYWEEKNO" | "BYYEARDAY" => return Err(Message::new("rule-unsupported", [name])),
            _ => return Err(Message::new("rule-part", [name])),
        }
        Ok(())
    }

    /// What RFC 5545 says may not stand together.
    fn judge(&self) -> Result<(), Message> {
        let nth = self.weekdays.iter().any(|(nth, _)| nth.is_some());
        if nth && matches!(self.frequency, Frequency::Daily | Frequency::Weekly) {
            return Err(Message::plain("rule-nth-weekday"));
        }
        if self.frequency == Frequency::Weekly && !self.month_days.is_empty() {
            return Err(Message::plain("rule-month-day-weekly"));
        }
        let by = self.months.is_empty() && self.month_days.is_empty() && self.weekdays.is_empty();
        if !self.positions.is_empty() && by {
            return Err(Message::plain("rule-position-alone"));
        }
        Ok(())
    }

    /// The first day on or after a date, of a rule that begins on a day.
    fn on_or_after(&self, from: NaiveDate, date: NaiveDate) -> Option<NaiveDate> {
        let date = date.max(from);
        let last = NaiveDate::from_ymd_opt(Recurrence::LAST_YEAR, 12, 31)?;
        let last = self.until.map_or(last, |until| until.min(last));
        let mut first = self.aligned(from, date)?;
        while first <= last {
            let (first_day, end) = self.span_of(first)?;
            let mut days =
                first_day.iter_days().take_while(|day| *day <= end).filter(|day| self.holds(*day, from));
            let found = if self.positions.is_empty() {
                days.find(|day| *day >= date)
            } else {
                self.chosen(&days.collect::<Vec<_>>()).into_iter().find(|day| *day >= date)
            };
            if let Some(day) = found {
                return Some(day).filter(|day| *day <= last);
            }
            first = self.after(first_day, self.interval)?;
        }
        None
    }

    /// The first day of the last span that counts and does not begin after a date.
    fn aligned(&self, from: NaiveDate, date: NaiveDate) -> Option<NaiveDate> {
        let ((first, _), (wanted, _)) = (self.span_of(from)?, self.span_of(date)?);
        let months = i64::from(wanted.year() - first.year()) * 12 + i64::from(wanted.month0())
            - i64::from(first.month0());
        let days = (wanted - first).num_days();
        let spans = match self.frequency {
            Frequency::Daily => days,
            Frequency::Weekly => days / 7,
            Frequency::Monthly => months,
            Frequency::Yearly => months / 12,
        };
        let spans = u32::try_from(spans).ok()?;
        self.after(first, spans - spans % self.interval)
    }

    /// The day, week, month or year that holds a date.
    fn span_of(&self, date: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        match self.frequency {
            Frequency::Daily => Some((date, date)),
            Frequency::Weekly => {
                let first = date.week(self.week_start).checked_first_day()?;
                Some((first, first.checked_add_days(Days::new(6))?))
            }
            Frequency::Monthly => {
                let first = date.with_day(1)?;
                Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
            }
            Frequency::Yearly => Some((date.with_ordinal(1)?, NaiveDate::from_ymd_opt(date.year(), 12, 31)?)),
        }
    }

    /// The first day of the span that comes so many spans after one.
    fn after(&self, first: NaiveDate, spans: u32) -> Option<NaiveDate> {
        match self.frequency {
            Frequency::Daily => first.checked_add_days(Days::new(u64::from(spans))),
            Frequency::Weekly => first.checked_add_days(Days::new(7 * u64::from(spans))),
            Frequency::Monthly => first.checked_add_months(Months::new(spans)),
            Frequency::Yearly => first.checked_add_months(Months::new(spans.checked_mul(12)?)),
        }
    }

    /// Whether a day of a span belongs to the rule; what no part says comes from the first day.
    fn holds(&self, day: NaiveDate, from: NaiveDate) -> bool {
        let (months, days, weekdays) =
            (!self.months.is_empty(), !self.month_days.is_empty(), !self.weekdays.is_empty());
        let month = match self.frequency {
            Frequency::Yearly if !months && !days && !weekdays => day.month() == from.month(),
            _ => !months || self.months.contains(&day.month()),
        };
        let month_day = match self.frequency {
            Frequency::Monthly | Frequency::Yearly if !days && !weekdays => day.day() == from.day(),
            _ => !days || self.month_days.iter().any(|nth| is_nth(*nth, day.day(), length_of_month(day))),
        };
        let weekday = match self.frequency {
            Frequency::Weekly if !weekdays => day.weekday() == from.weekday(),
            _ => !weekdays || self.weekdays.iter().any(|(nth, of)| self.is_weekday(day, *nth, *of)),
        };
        month && month_day && weekday
    }

    /// Whether a day is the n-th weekday of its month, or of its year where a yearly rule names no month.
    fn is_weekday(&self, day: NaiveDate, nth: Option<i32>, of: Weekday) -> bool {
        if day.weekday() != of {
            return false;
        }
        let Some(nth) = nth else { return true };
        let (place, length) = if self.frequency == Frequency::Yearly && self.months.is_empty() {
            (day.ordinal(), if day.leap_year() { 366 } else { 365 })
        } else {
            (day.day(), length_of_month(day))
        };
        let (before, behind) = ((place - 1) / 7 + 1, (length - place) / 7 + 1);
        if nth > 0 { i64::from(nth) == i64::from(before) } else { i64::from(-nth) == i64::from(behind) }
    }

    /// The days of a span that `BYSETPOS` chooses.
    fn chosen(&self, days: &[NaiveDate]) -> Vec<NaiveDate> {
        let count = u32::try_from(days.len()).unwrap_or(u32::MAX);
        let wanted = |idx: usize| {
            let place = u32::try_from(idx + 1).unwrap_or(u32::MAX);
            self.positions.iter().any(|nth| is_nth(*nth, place, count))
        };
        days.iter().enumerate().filter(|(idx, _)| wanted(*idx)).map(|(_, day)| *day).collect()
    }
}

/// Whether a place from 1 is the n-th of so many; negative counts from the end.
fn is_nth(nth: i32, place: u32, length: u32) -> bool {
    let from_end = i64::from(place) - i64::from(length) - 1;
    i64::from(nth) == i64::from(place) || i64::from(nth) == from_end
}

fn length_of_month(day: NaiveDate) -> u32 {
    u32::from(day.num_days_in_month())
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(read).collect()
}

/// A whole number of a range; zero only where the range begins there.
fn number(text: &str, least: i32, most: i32) -> Option<i32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|sign| sign.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| *number != 0 && (least..=most).contains(number))
}

fn whole(number: i32) -> Option<u32> {
    u32::try_from(number).ok()
}

/// `20261231` or an instant `20261231T235959Z`, of which the day counts.
fn until(text: &str) -> Option<NaiveDate> {
    let (day, time) = text.split_once('T').unwrap_or((text, "000000"));
    let time = time.strip_suffix('Z').unwrap_or(time);
    let plain =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|sign| sign.is_ascii_digit());
    if !plain(day, 8) || !plain(time, 6) {
        return None;
    }
    NaiveDate::parse_from_str(day, "%Y%m%d").ok()
}

fn nth_weekday(text: &str) -> Option<(Option<i32>, Weekday)> {
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() { None } else { Some(number(nth, -53, 53)?) };
    Some((nth, weekday(day)?))
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The days of a rule, one asked for after the other.
    fn days(rule: &Recurrence) -> impl Iterator<Item = NaiveDate> {
        let next = |day: &NaiveDate| rule.on_or_after(day.succ_opt().unwrap());
        std::iter::successors(rule.on_or_after(NaiveDate::MIN), next)
    }

    #[test]
    fn days_of_a_rule() {
        // From RFC 5545, section 3.8.5.3, and from calendars.
        let rows = [
            ("RRULE:FREQ=MONTHLY;BYDAY=2TU", "2026-01-01", "2026-01-13 2026-02-10 2026-03-10 2026-04-14"),
            ("FREQ=DAILY;COUNT=3", "1997-09-02", "1997-09-02 1997-09-03 1997-09-04"),
            ("FREQ=DAILY;INTERVAL=10;COUNT=3", "1997-09-02", "1997-09-02 1997-09-12 1997-09-22"),
            ("FREQ=WEEKLY;COUNT=2;WKST=SU;BYDAY=TU,TH", "1997-09-02", "1997-09-02 1997-09-04"),
            (
                "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
                "1997-08-05",
                "1997-08-05 1997-08-10 1997-08-19 1997-08-24",
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
                "1997-08-05",
                "1997-08-05 1997-08-17 1997-08-19 1997-08-31",
            ),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-15", "2026-01-31 2026-02-28 2026-03-31"),
            ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-01", "2026-01-31 2026-03-31 2026-05-31"),
            ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02", "1998-02-13 1998-03-13 1998-11-13"),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
                "1997-09-29",
                "1997-09-29 1997-10-30 1997-11-27",
            ),
            ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19", "1997-05-19 1998-05-18 1999-05-17"),
            ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13", "1997-03-13 1997-03-20 1997-03-27 1998-03-05"),
            ("FREQ=MONTHLY;BYDAY=-2SU,TH", "2026-03-14", "2026-03-19 2026-03-22 2026-03-26"),
            ("FREQ=WEEKLY;BYDAY=SA,SU;BYSETPOS=-1;WKST=SU", "2024-03-18", "2024-03-23 2024-03-30"),
            ("FREQ=YEARLY", "2024-02-29", "2024-02-29 2028-02-29"),
            (
                "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
                "1996-11-05",
                "1996-11-05 2000-11-07 2004-11-02",
            ),
        ];
        for (text, from, expected) in rows {
            let rule = Recurrence::parse(text, date(from)).unwrap();
            let expected: Vec<NaiveDate> = expected.split(' ').map(date).collect();
            assert_eq!(days(&rule).take(expected.len()).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn rules_end_by_count_by_date_and_never_begin() {
        let count = |text: &str| days(&Recurrence::parse(text, date("2026-01-01")).unwrap()).count();
        assert_eq!(count("FREQ=DAILY;UNTIL=20260110"), 10);
        assert_eq!(count("FREQ=DAILY;UNTIL=20260110T160000Z"), 10);
        assert_eq!(count("FREQ=MONTHLY;COUNT=5"), 5);
        assert_eq!(count("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), 0);
        assert_eq!(count("FREQ=DAILY;UNTIL=20251231"), 0);
        assert_eq!(count("FREQ=DAILY"), 27_393);
        let rule = Recurrence::parse("FREQ=WEEKLY;COUNT=2", date("2026-01-01")).unwrap();
        assert_eq!(rule.on_or_after(date("2026-01-02")), Some(date("2026-01-08")));
        assert_eq!(rule.on_or_after(date("2026-01-09")), None);
    }

    #[test]
    fn what_a_rule_may_not_say() {
        let rows = [
            ("", "rule-part"),
            ("MONTHLY", "rule-part"),
            ("INTERVAL=2", "rule-without-frequency"),
            ("FREQ=OFTEN", "rule-value"),
            ("FREQ=HOURLY", "rule-by-hour"),
            ("FREQ=DAILY;BYHOUR=9", "rule-by-hour"),
            ("FREQ=YEARLY;BYWEEKNO=20", "rule-unsupported"),
            ("FREQ=DAILY;INTERVAL=0", "rule-value"),
            ("FREQ=DAILY;COUNT=1001", "rule-value"),
            ("FREQ=DAILY;INTERVAL=99999999999", "rule-value"),
            ("FREQ=MONTHLY;BYDAY=2XX", "rule-value"),
            ("FREQ=MONTHLY;BYDAY=二", "rule-value"),
            ("FREQ=MONTHLY;BYDAY=0TU", "rule-value"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "rule-value"),
            ("FREQ=DAILY;UNTIL=2026-01-01", "rule-value"),
            ("FREQ=DAILY;COUNT=1;UNTIL=20260101", "rule-count-and-until"),
            ("FREQ=DAILY;FREQ=DAILY", "rule-part-twice"),
            ("FREQ=WEEKLY;BYDAY=2TU", "rule-nth-weekday"),
            ("FREQ=WEEKLY;BYMONTHDAY=2", "rule-month-day-weekly"),
            ("FREQ=MONTHLY;BYSETPOS=1", "rule-position-alone"),
            ("FREQ=MONTHLY;BYMOON=1", "rule-part"),
        ];
        for (text, key) in rows {
            assert_eq!(Recurrence::parse(text, date("2026-01-01")).unwrap_err().key, key, "{text}");
        }
    }
}
