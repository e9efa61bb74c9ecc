//! Holidays from iCalendar files (RFC 5545): whole-day events, once or every year. What it does not know, it refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::lang::Message;

/// The longest day off that is believed.
const DAYS_MAX: i64 = 400;

/// The most events that are read, and the most problems that are told.
const EVENTS_MAX: usize = 10_000;
const PROBLEMS_MAX: usize = 20;

/// The property by which Apple's calendars tell days off from days worked.
const SPECIAL_DAY: &str = "X-APPLE-SPECIAL-DAY";

/// Properties that would change which days an event names; where one stands, the event is refused.
const NOT_READ: &[&str] = &["RDATE", "EXRULE", "RECURRENCE-ID"];

/// Words in an event's name that say that its day is worked, not off.
const WORKED: &[&str] = &["补班", "上班", "(班)", "（班）"];

/// Days in a row of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcsDays {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// What the event is called.
    pub name: String,
    /// Whether the days are worked, to make up for a holiday of this name.
    pub make_up: bool,
}

/// Something in the file that cannot be read, with the bytes of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcsProblem {
    /// What was found and what was expected.
    pub message: Message,
    /// Which bytes of the text.
    pub at: Range<usize>,
}

/// Reads the days of a file; events that recur, until a last date.
///
/// Whole-day events count (`DTSTART` a date, `DTEND` exclusive, or `DURATION` in days or weeks, else one day), cancelled
/// ones do not. `RRULE` is read where it is plainly yearly, with `EXDATE`. Where a file says `X-APPLE-SPECIAL-DAY`, only
/// events with it count, and `ALTERNATE-WORKDAY` marks days that are worked.
///
/// # Errors
/// Every problem found, up to twenty; then no day is given.
pub fn read_ics(text: &str, until: NaiveDate) -> Result<Vec<IcsDays>, Vec<IcsProblem>> {
    let mut reader = Reader { problems: Vec::new(), events: Vec::new() };
    reader.read(text);
    let special = reader.events.iter().any(|event| event.get(SPECIAL_DAY).is_some());
    let mut days = Vec::new();
    for event in &reader.events {
        if special && event.get(SPECIAL_DAY).is_none() {
            continue;
        }
        match event.days(until) {
            Ok(found) => days.extend(found),
            Err(problem) if reader.problems.len() < PROBLEMS_MAX => reader.problems.push(problem),
            Err(_) => break,
        }
    }
    if reader.problems.is_empty() { Ok(days) } else { Err(reader.problems) }
}

/// One line, unfolded.
struct Line {
    name: String,
    params: String,
    value: String,
    at: Range<usize>,
}

/// The properties of one event that matter.
struct EventText {
    at: Range<usize>,
    lines: BTreeMap<String, Line>,
}

struct Reader {
    problems: Vec<IcsProblem>,
    events: Vec<EventText>,
}

impl Reader {
    fn read(&mut self, text: &str) {
        let mut open: Vec<(String, Range<usize>)> = Vec::new();
        for (line, at) in unfolded(text) {
            let Some(line) = Line::read(&line, at.clone()) else {
                return self.fail("ics-line", at);
            };
            if open.is_empty() && (line.name != "BEGIN" || line.value != "VCALENDAR") {
                return self.fail("ics-no-calendar", line.at);
            }
            match line.name.as_str() {
                "BEGIN" => {
                    if line.value == "VEVENT" {
                        if self.events.len() >= EVENTS_MAX {
                            return self.fail("ics-too-many", line.at);
                        }
                        self.events.push(EventText { at: line.at.clone(), lines: BTreeMap::new() });
                    }
                    open.push((line.value, line.at));
                }
                "END" => match open.pop() {
                    Some((name, _)) if name == line.value => {}
                    _ => return self.fail("ics-not-closed", line.at),
                },
                // What stands in an alarm within an event is not the event's.
                _ if open.last().is_some_and(|(name, _)| name == "VEVENT") => self.property(line),
                _ => {}
            }
        }
        match open.pop() {
            Some((_, at)) => self.fail("ics-not-closed", at),
            None if self.events.is_empty() => self.fail("ics-no-events", 0..0),
            None => {}
        }
    }

    fn property(&mut self, line: Line) {
        let Some(event) = self.events.last_mut() else { return };
        if line.name == "EXDATE"
            && let Some(known) = event.lines.get_mut("EXDATE")
        {
            known.value = format!("{},{}", known.value, line.value);
            return;
        }
        let at = line.at.clone();
        let single = matches!(line.name.as_str(), "DTSTART" | "DTEND" | "DURATION" | "RRULE" | "SUMMARY");
        if event.lines.insert(line.name.clone(), line).is_some() && single {
            self.fail("ics-twice", at);
        }
    }

    fn fail(&mut self, key: &'static str, at: Range<usize>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(IcsProblem { message: Message::plain(key), at });
        }
    }
}

impl Line {
    /// `NAME;PARAMS:value`; a colon within quotes belongs to a parameter.
    fn read(text: &str, at: Range<usize>) -> Option<Line> {
        let mut quoted = false;
        let colon = text.char_indices().find(|(_, sign)| {
            quoted ^= *sign == '"';
            *sign == ':' && !quoted
        });
        let (head, value) = text.split_at(colon?.0);
        let (name, params) = head.split_once(';').unwrap_or((head, ""));
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain.then(|| Line {
            name: name.to_ascii_uppercase(),
            params: params.to_ascii_uppercase(),
            value: value.trim_start_matches(':').trim().to_owned(),
            at,
        })
    }

    fn problem(&self, key: &'static str) -> IcsProblem {
        IcsProblem { message: Message::new(key, [&self.value]), at: self.at.clone() }
    }

    /// A date, without a time of day.
    fn date(&self) -> Result<NaiveDate, IcsProblem> {
        let whole_day = self.params.is_empty() || self.params.split(';').any(|param| param == "VALUE=DATE");
        let date = plain_date(&self.value).filter(|_| whole_day);
        date.ok_or_else(|| self.problem("ics-not-a-date"))
    }
}

impl EventText {
    fn get(&self, name: &str) -> Option<&Line> {
        self.lines.get(name)
    }

    fn problem(&self, key: &'static str) -> IcsProblem {
        IcsProblem { message: Message::plain(key), at: self.at.clone() }
    }

    fn days(&self, until: NaiveDate) -> Result<Vec<IcsDays>, IcsProblem> {
        if self.get("STATUS").is_some_and(|status| status.value == "CANCELLED") {
            return Ok(Vec::new());
        }
        if let Some(line) = NOT_READ.iter().find_map(|name| self.get(name)) {
            return Err(IcsProblem {
                message: Message::new("ics-not-read", [&line.name]),
                at: line.at.clone(),
            });
        }
        let first = self.get("DTSTART").ok_or_else(|| self.problem("ics-no-start"))?.date()?;
        let length = self.length(first)?;
        let (name, make_up) = self.name()?;
        let mut left_out = BTreeSet::new();
        if let Some(line) = self.get("EXDATE") {
            for text in line.value.split(',') {
                left_out.insert(plain_date(text.trim()).ok_or_else(|| line.problem("ics-not-a-date"))?);
            }
        }
        let starts = match self.get("RRULE") {
            None => vec![first],
            Some(rule) => yearly(rule, first, until).ok_or_else(|| rule.problem("ics-rule"))?,
        };
        let each = starts.into_iter().filter(|first| !left_out.contains(first)).filter_map(|first| {
            let last = first.checked_add_days(Days::new(length - 1))?;
            Some(IcsDays { first, last, name: name.clone(), make_up })
        });
        Ok(each.collect())
    }

    /// How many days it lasts.
    fn length(&self, first: NaiveDate) -> Result<u64, IcsProblem> {
        let (days, line) = match (self.get("DTEND"), self.get("DURATION")) {
            (Some(end), None) => ((end.date()? - first).num_days(), end),
            (None, Some(length)) => {
                (whole_days(&length.value).ok_or_else(|| length.problem("ics-duration"))?, length)
            }
            (None, None) => return Ok(1),
            (Some(_), Some(length)) => return Err(length.problem("ics-two-ends")),
        };
        let days = u64::try_from(days).ok().filter(|_| (1..=DAYS_MAX).contains(&days));
        days.ok_or_else(|| line.problem("ics-length"))
    }

    /// Its name, and whether its days are worked.
    fn name(&self) -> Result<(String, bool), IcsProblem> {
        let line = self.get("SUMMARY").filter(|line| !line.value.is_empty());
        let line = line.ok_or_else(|| self.problem("ics-no-summary"))?;
        let name = unescaped(&line.value);
        let make_up = match self.get(SPECIAL_DAY).map(|line| (line, line.value.as_str())) {
            Some((_, "ALTERNATE-WORKDAY")) => true,
            Some((_, "WORK-HOLIDAY")) => false,
            Some((line, _)) => return Err(line.problem("ics-special-day")),
            None if WORKED.iter().any(|word| name.contains(word)) => return Err(line.problem("ics-worked")),
            None => false,
        };
        let bare = ["（休）", "(休)", "（班）", "(班)"].iter().find_map(|mark| name.strip_suffix(mark));
        Ok((bare.map_or(name.as_str(), str::trim).to_owned(), make_up))
    }
}

/// The lines of the text, those continued on the next joined, with the bytes where they stand.
fn unfolded(text: &str) -> Vec<(String, Range<usize>)> {
    let mut lines: Vec<(String, Range<usize>)> = Vec::new();
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let at = start..start + line.len();
        start += whole.len();
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some((before, _))) => before.push_str(more),
            _ if line.is_empty() => {}
            _ => lines.push((line.to_owned(), at)),
        }
    }
    lines
}

/// Eight digits.
fn plain_date(text: &str) -> Option<NaiveDate> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let part = |range: Range<usize>| text.get(range)?.parse::<u32>().ok();
    if !digits {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(part(0..4)?).ok()?, part(4..6)?, part(6..8)?)
}

/// `P3D` or `P1W`.
fn whole_days(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (number, each) = match (rest.strip_suffix('D'), rest.strip_suffix('W')) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 7),
        _ => return None,
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()?.checked_mul(each)
}

/// The days on which a plainly yearly rule falls, the first included; nothing for any other rule.
fn yearly(rule: &Line, first: NaiveDate, until: NaiveDate) -> Option<Vec<NaiveDate>> {
    let (mut frequency, mut interval, mut count, mut last) = (None, 1_u32, u32::MAX, until);
    for part in rule.value.split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=')?;
        match key.to_ascii_uppercase().as_str() {
            "FREQ" => frequency = Some(value.eq_ignore_ascii_case("YEARLY")),
            "INTERVAL" => interval = value.parse().ok().filter(|interval| (1..=100).contains(interval))?,
            "COUNT" => count = value.parse().ok().filter(|count| *count > 0)?,
            "UNTIL" => last = last.min(plain_date(value.split('T').next()?)?),
            "BYMONTH" if value.parse() == Ok(first.month()) => {}
            "BYMONTHDAY" if value.parse() == Ok(first.day()) => {}
            "WKST" => {}
            _ => return None,
        }
    }
    frequency.filter(|yearly| *yearly)?;
    let years = (0_u32..).step_by(usize::try_from(interval).ok()?);
    let dates = years.map_while(|years| first.checked_add_months(Months::new(years.checked_mul(12)?)));
    let within = dates.take_while(|date| *date <= last);
    // 29 February comes in leap years only.
    Some(within.filter(|date| date.day() == first.day()).take(usize::try_from(count).ok()?).collect())
}

/// The text of a property: `\,`, `\;`, `\\` and `\n` stand for signs.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        match (sign, sign == '\\') {
            (_, true) => match signs.next() {
                Some('n' | 'N') => plain.push(' '),
                Some(other) => plain.push(other),
                None => {}
            },
            (sign, false) => plain.push(sign),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn calendar(events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.replace('\n', "\r\n"))
    }

    fn event(lines: &str) -> String {
        calendar(&format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n"))
    }

    fn read(text: &str) -> Vec<String> {
        let days = read_ics(text, date("2028-12-31")).unwrap();
        let shown = days.iter().map(|days| {
            format!("{} {} {}{}", days.first, days.last, days.name, if days.make_up { " worked" } else { "" })
        });
        shown.collect()
    }

    #[test]
    fn whole_days_once_or_every_year() {
        let rows: [(&str, &[&str]); 8] = [
            ("DTSTART;VALUE=DATE:20260101\nSUMMARY:元旦", &["2026-01-01 2026-01-01 元旦"]),
            (
                "dtstart;value=date:20260215\nDTEND;VALUE=DATE:20260224\nSUMMARY:春\n 节",
                &["2026-02-15 2026-02-23 春节"],
            ),
            (
                "DTSTART:20260501\nDURATION:P5D\nSUMMARY:May\\, five days",
                &["2026-05-01 2026-05-05 May, five days"],
            ),
            (
                "DTSTART;VALUE=DATE:20260704\nRRULE:FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4\nEXDATE:20270704\nSUMMARY:x",
                &["2026-07-04 2026-07-04 x", "2028-07-04 2028-07-04 x"],
            ),
            (
                "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;COUNT=2\nSUMMARY:leap",
                &["2024-02-29 2024-02-29 leap", "2028-02-29 2028-02-29 leap"],
            ),
            (
                "DTSTART;VALUE=DATE:20251231\nDTEND;VALUE=DATE:20260102\nRRULE:FREQ=YEARLY;UNTIL=20261231T000000Z;INTERVAL=1\nSUMMARY:turn",
                &["2025-12-31 2026-01-01 turn", "2026-12-31 2027-01-01 turn"],
            ),
            ("DTSTART;VALUE=DATE:20260101\nSTATUS:CANCELLED\nSUMMARY:gone", &[]),
            (
                "DTSTART;VALUE=DATE:20260101\nSUMMARY:x\nBEGIN:VALARM\nTRIGGER:-PT15M\nSUMMARY:y\nDURATION:PT1H\nEND:VALARM",
                &["2026-01-01 2026-01-01 x"],
            ),
        ];
        for (lines, expected) in rows {
            assert_eq!(read(&event(lines)), expected, "{lines}");
        }
    }

    #[test]
    fn special_days_tell_days_off_from_days_worked() {
        let text = calendar(
            "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260214\nSUMMARY:春节（班）\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY\nEND:VEVENT\n\
             BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260215\nDTEND;VALUE=DATE:20260224\nSUMMARY:春节（休）\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY\nEND:VEVENT\n\
             BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260214\nSUMMARY:情人节\nEND:VEVENT\n",
        );
        assert_eq!(read(&text), ["2026-02-14 2026-02-14 春节 worked", "2026-02-15 2026-02-23 春节"]);
    }

    #[test]
    fn what_is_not_plain_is_refused_where_it_stands() {
        let good = "DTSTART;VALUE=DATE:20260101\nSUMMARY:x";
        let rows = [
            ("DTSTART:20260101T090000Z\nSUMMARY:x".to_owned(), "ics-not-a-date", "DTSTART:20260101T090000Z"),
            (
                "DTSTART;TZID=Asia/Shanghai:20260101\nSUMMARY:x".to_owned(),
                "ics-not-a-date",
                "DTSTART;TZID=Asia/Shanghai:20260101",
            ),
            (
                "DTSTART;VALUE=DATE:20260230\nSUMMARY:x".to_owned(),
                "ics-not-a-date",
                "DTSTART;VALUE=DATE:20260230",
            ),
            ("SUMMARY:x".to_owned(), "ics-no-start", "BEGIN:VEVENT"),
            ("DTSTART;VALUE=DATE:20260101".to_owned(), "ics-no-summary", "BEGIN:VEVENT"),
            (format!("{good}\nSUMMARY:y"), "ics-twice", "SUMMARY:y"),
            (format!("{good}\nDTEND;VALUE=DATE:20260101"), "ics-length", "DTEND;VALUE=DATE:20260101"),
            (format!("{good}\nDTEND;VALUE=DATE:20280101"), "ics-length", "DTEND;VALUE=DATE:20280101"),
            (format!("{good}\nDURATION:P1DT2H"), "ics-duration", "DURATION:P1DT2H"),
            (format!("{good}\nDTEND:20260102\nDURATION:P1D"), "ics-two-ends", "DURATION:P1D"),
            (format!("{good}\nRRULE:FREQ=WEEKLY"), "ics-rule", "RRULE:FREQ=WEEKLY"),
            (format!("{good}\nRRULE:FREQ=YEARLY;BYDAY=1MO"), "ics-rule", "RRULE:FREQ=YEARLY;BYDAY=1MO"),
            (format!("{good}\nRRULE:FREQ=YEARLY;INTERVAL=0"), "ics-rule", "RRULE:FREQ=YEARLY;INTERVAL=0"),
            (format!("{good}\nRDATE;VALUE=DATE:20260102"), "ics-not-read", "RDATE;VALUE=DATE:20260102"),
            (format!("{good}\nEXDATE:soon"), "ics-not-a-date", "EXDATE:soon"),
            ("DTSTART:20260214\nSUMMARY:春节补班".to_owned(), "ics-worked", "SUMMARY:春节补班"),
            (format!("{good}\nX-APPLE-SPECIAL-DAY:FUN"), "ics-special-day", "X-APPLE-SPECIAL-DAY:FUN"),
            (format!("{good}\nnonsense"), "ics-line", "nonsense"),
            (format!("{good}\nEND:VCALENDAR"), "ics-not-closed", "END:VCALENDAR"),
        ];
        for (lines, key, at) in rows {
            let text = event(&lines);
            let problems = read_ics(&text, date("2028-12-31")).unwrap_err();
            let shown: Vec<_> =
                problems.iter().map(|problem| (problem.message.key, &text[problem.at.clone()])).collect();
            assert_eq!(shown, [(key, at)], "{lines}");
        }
        for (text, key) in [
            ("", "ics-no-events"),
            ("policy: {}\n", "ics-no-calendar"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "ics-no-events"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:x\n", "ics-not-closed"),
        ] {
            assert_eq!(read_ics(text, date("2028-12-31")).unwrap_err()[0].message.key, key, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_within_its_bounds(
            lines in prop::collection::vec(
                prop::sample::select(vec![
                    "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "END:VCALENDAR", "DTSTART:20240229",
                    "DTSTART;VALUE=DATE:00010101", "DTEND:20260101", "DURATION:P1D", "DURATION:P99999999999999999999W",
                    "SUMMARY:x", "RRULE:FREQ=YEARLY", "RRULE:FREQ=YEARLY;COUNT=4294967295;INTERVAL=100", "RRULE:;;=",
                    "EXDATE:20240229,", "X-APPLE-SPECIAL-DAY:WORK-HOLIDAY", " folded", ":", ";", "\"", "春节:\\", "A;B=\":\":c", "",
                ]),
                0..14,
            ),
            noise in ".*",
        ) {
            for text in [format!("BEGIN:VCALENDAR\n{}\nEND:VCALENDAR", lines.join("\r\n")), noise] {
                match read_ics(&text, date("2100-12-31")) {
                    Ok(days) => prop_assert!(days.iter().all(|days| days.first <= days.last)),
                    Err(problems) => {
                        prop_assert!(!problems.is_empty() && problems.len() <= PROBLEMS_MAX);
                        prop_assert!(problems.iter().all(|problem| text.get(problem.at.clone()).is_some()));
                    }
                }
            }
        }
    }

    #[test]
    fn a_file_of_many_events_or_problems_is_bounded() {
        let one = "BEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:x\nRRULE:FREQ=DAILY\nEND:VEVENT\n";
        let problems = read_ics(&calendar(&one.repeat(1_000)), date("2028-12-31")).unwrap_err();
        assert_eq!(problems.len(), PROBLEMS_MAX);
        let many =
            calendar(&"BEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:x\nEND:VEVENT\n".repeat(EVENTS_MAX + 1));
        assert_eq!(read_ics(&many, date("2028-12-31")).unwrap_err()[0].message.key, "ics-too-many");
    }
}
