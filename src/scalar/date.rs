//! Dates, instants, date ranges, time zones and days of a period.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::scalar::number::{half_width, with_digits};
use crate::scalar::{Scalar, ScalarProblem, refuse_long};
use crate::zone::{self, LocalTime};

/// A day named by its place in or after a period: `5th working day`, `10th working day after`, `last working day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOfPeriod {
    /// The how-manieth day, from 1; nothing means the last.
    pub nth: Option<u32>,
    /// Counts working days; otherwise every civil day.
    pub working: bool,
    /// Said to count after the period's end.
    pub after: bool,
}

/// Reads a date, zero-padded: `2026-02-16`.
///
/// # Errors
/// Any other notation (the fix is offered) and days that do not exist.
pub fn date(text: &str) -> Scalar<NaiveDate> {
    refuse_long(text)?;
    let text = text.trim();
    if let Some(date) = strict_date(text) {
        return date.ok_or_else(|| ScalarProblem::new("scalar-no-such-date", [text]));
    }
    let loose = loose_date(text).map(|date| date.to_string());
    Err(ScalarProblem::new("scalar-not-a-date", [text]).suggest_maybe(loose))
}

/// Reads an instant: local time in a zone (`2026-04-01 15:00`, seconds optional) or RFC 3339 with its offset.
///
/// # Errors
/// A local time that the zone skips or has twice (the readings are offered), fractions of a second, any other notation.
pub fn instant(text: &str, zone: Tz) -> Scalar<DateTime<Utc>> {
    refuse_long(text)?;
    let text = text.trim();
    let not_an_instant =
        || ScalarProblem::new("scalar-not-an-instant", [text]).suggest_maybe(loose_instant(text));
    let (day, time) = text.split_once(['T', ' ']).ok_or_else(not_an_instant)?;
    let (time, offset) = split_offset(time.trim());
    let seconds = seconds_of(time).ok_or_else(not_an_instant)?;
    let local = date(day)?.and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds);
    if let Some(offset) = offset {
        let ahead = offset_seconds(offset).ok_or_else(not_an_instant)?;
        return Ok((local - TimeDelta::seconds(ahead)).and_utc());
    }
    in_zone(text, local, zone)
}

/// Reads a range of dates, both included: `2026-02-15 to 2026-02-23`, `2026-02-15 至 2026-02-23`, or a single date.
///
/// # Errors
/// As for [`date`], and an end before the start.
pub fn date_range(text: &str) -> Scalar<(NaiveDate, NaiveDate)> {
    refuse_long(text)?;
    let text = text.trim();
    let halves = [" to ", "至", "到"].into_iter().find_map(|word| text.split_once(word));
    let (first, last) = match halves {
        Some((first, last)) => (date(first)?, date(last)?),
        None => date(text).map(|date| (date, date))?,
    };
    if last < first {
        return Err(ScalarProblem::new("scalar-dates-reversed", [text]).suggest(format!("{last} to {first}")));
    }
    Ok((first, last))
}

/// Reads a day of a period: `5th working day`, `10th working day after`, `last working day`, `第5个工作日`, `期后第10个工作日`.
///
/// # Errors
/// Any other notation, and a 0th day.
pub fn day_of_period(text: &str) -> Scalar<DayOfPeriod> {
    refuse_long(text)?;
    let plain = half_width(text.trim());
    let found = if plain.is_ascii() { day_en(&plain.to_ascii_lowercase()) } else { day_zh(&plain) };
    found.ok_or_else(|| ScalarProblem::new("scalar-not-a-day-of-period", [text.trim()]))
}

/// Reads a time zone by its IANA name: `Asia/Shanghai`.
///
/// # Errors
/// An unknown name; a near one is offered.
pub fn time_zone(text: &str) -> Scalar<Tz> {
    refuse_long(text)?;
    let text = text.trim();
    text.parse::<Tz>().map_err(|_| {
        let near = TZ_VARIANTS
            .iter()
            .map(|zone| {
                (strsim::damerau_levenshtein(&zone.name().to_lowercase(), &text.to_lowercase()), zone.name())
            })
            .filter(|(distance, _)| *distance <= 3)
            .min();
        let near = if text.eq_ignore_ascii_case("beijing") || text.starts_with("北京") {
            Some("Asia/Shanghai")
        } else {
            near.map(|(_, name)| name)
        };
        ScalarProblem::new("scalar-unknown-zone", [text]).suggest_maybe(near.map(str::to_owned))
    })
}

fn in_zone(text: &str, local: NaiveDateTime, zone: Tz) -> Scalar<DateTime<Utc>> {
    let written = |at: DateTime<Utc>| at.with_timezone(&zone).to_rfc3339();
    match zone::resolve(zone, local) {
        LocalTime::Once(at) => Ok(at),
        LocalTime::Twice(earlier, later) => {
            Err(ScalarProblem::new("scalar-local-time-twice", [text, zone.name()])
                .suggest(written(earlier))
                .suggest(written(later)))
        }
        LocalTime::Skipped(next) => {
            Err(ScalarProblem::new("scalar-local-time-skipped", [text, zone.name()]).suggest(written(next)))
        }
    }
}

/// The date in the strict notation; `Some(None)` if the notation is right and the day does not exist.
fn strict_date(text: &str) -> Option<Option<NaiveDate>> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
    Some(ymd(year, month, day))
}

/// The date in notations that people use: `2026/2/16`, `2026.2.16`, `2026年2月16日`, `２０２６-2-16`.
fn loose_date(text: &str) -> Option<NaiveDate> {
    let plain = half_width(text).replace(['年', '月', '/', '.'], "-").replace(['日', '号', ' '], "");
    let mut parts = plain.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let short = |text: &str| digits(text, text.len().clamp(1, 2));
    if parts.next().is_some() {
        return None;
    }
    ymd(digits(year, 4)?, short(month)?, short(day)?)
}

/// The instant in notations that people use: full-width colons, an hour of one digit, a loose date.
fn loose_instant(text: &str) -> Option<String> {
    let plain = half_width(text);
    let (day, time) = plain.split_once(['T', ' '])?;
    let padded = if time.find(':') == Some(1) { format!("0{}", time.trim()) } else { time.trim().to_owned() };
    seconds_of(&padded)?;
    Some(format!("{} {padded}", loose_date(day)?))
}

fn ymd(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The seconds after midnight of `15:00` or `15:00:30`.
fn seconds_of(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = match parts.next() {
        Some(second) => digits(second, 2)?,
        None => 0,
    };
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    valid.then(|| i64::from(hour * 3600 + minute * 60 + second))
}

fn split_offset(time: &str) -> (&str, Option<&str>) {
    match time.find(['Z', '+', '-']) {
        Some(idx) => {
            let (time, offset) = time.split_at(idx);
            (time, Some(offset))
        }
        None => (time, None),
    }
}

fn offset_seconds(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 3600 + minutes * 60))
}

fn day_en(text: &str) -> Option<DayOfPeriod> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (ordinal, working, after) = match words.as_slice() {
        [ordinal, "working", "day"] => (*ordinal, true, false),
        [ordinal, "working", "day", "after"] => (*ordinal, true, true),
        [ordinal, "calendar", "day"] => (*ordinal, false, false),
        [ordinal, "calendar", "day", "after"] => (*ordinal, false, true),
        _ => return None,
    };
    if ordinal == "last" {
        return (!after).then_some(DayOfPeriod { nth: None, working, after });
    }
    let number = ["st", "nd", "rd", "th"].iter().find_map(|suffix| ordinal.strip_suffix(suffix))?;
    nth_day(number, working, after)
}

fn day_zh(text: &str) -> Option<DayOfPeriod> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (day, working) = match (plain.strip_suffix("工作日"), plain.strip_suffix("自然日")) {
        (Some(day), _) => (day, true),
        (_, Some(day)) => (day, false),
        _ => return None,
    };
    if matches!(day, "最后一个" | "最后1个" | "末个") {
        return Some(DayOfPeriod { nth: None, working, after: false });
    }
    let (after, day) = match ["期后", "之后", "期末后"].iter().find_map(|word| day.strip_prefix(word))
    {
        Some(day) => (true, day),
        None => (false, day),
    };
    let number = day.strip_prefix('第')?.strip_suffix('个')?;
    let converted = with_digits(number);
    nth_day(converted.as_deref().unwrap_or(number), working, after)
}

fn nth_day(number: &str, working: bool, after: bool) -> Option<DayOfPeriod> {
    let nth = digits(number, number.len().clamp(1, 3)).filter(|nth| *nth > 0)?;
    Some(DayOfPeriod { nth: Some(nth), working, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(" 2026-02-16 ").unwrap().to_string(), "2026-02-16");
        assert_eq!(date("2024-02-29").unwrap().to_string(), "2024-02-29");
        let rows: [(&str, &str, &[&str]); 9] = [
            ("2026-2-3", "scalar-not-a-date", &["2026-02-03"]),
            ("2026/02/16", "scalar-not-a-date", &["2026-02-16"]),
            ("2026年2月16日", "scalar-not-a-date", &["2026-02-16"]),
            ("２０２６-02-16", "scalar-not-a-date", &["2026-02-16"]),
            ("16.02.2026", "scalar-not-a-date", &[]),
            ("2026-02-16-01", "scalar-not-a-date", &[]),
            ("2026-02-30", "scalar-no-such-date", &[]),
            ("2026-00-10", "scalar-no-such-date", &[]),
            ("soon", "scalar-not-a-date", &[]),
        ];
        for (text, key, offered) in rows {
            let problem = date(text).unwrap_err();
            assert_eq!(
                (problem.message.key, problem.suggestions),
                (key, offered.iter().map(|s| (*s).to_owned()).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn instants() {
        let rows = [
            ("2026-04-01 15:00", Tz::Asia__Shanghai, "2026-04-01T07:00:00Z"),
            ("2026-04-01 15:00:30", Tz::Asia__Shanghai, "2026-04-01T07:00:30Z"),
            ("2026-04-01T15:00", Tz::Asia__Shanghai, "2026-04-01T07:00:00Z"),
            ("2026-04-01T15:00:00+08:00", Tz::UTC, "2026-04-01T07:00:00Z"),
            ("2026-04-01T15:00:00-05:30", Tz::UTC, "2026-04-01T20:30:00Z"),
            ("2026-04-01T15:00:00Z", Tz::Asia__Shanghai, "2026-04-01T15:00:00Z"),
        ];
        for (text, zone, expected) in rows {
            assert_eq!(
                instant(text, zone).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                expected,
                "{text}"
            );
        }
        let rows: [(&str, &str, &[&str]); 8] = [
            ("2026-03-08 02:30", "scalar-local-time-skipped", &["2026-03-08T03:00:00-04:00"]),
            (
                "2026-11-01 01:30",
                "scalar-local-time-twice",
                &["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"],
            ),
            ("2026-04-01 15：00", "scalar-not-an-instant", &["2026-04-01 15:00"]),
            ("2026-04-01 9:00", "scalar-not-an-instant", &["2026-04-01 09:00"]),
            ("2026-04-01 24:00", "scalar-not-an-instant", &[]),
            ("2026-04-01 15:00:00.5", "scalar-not-an-instant", &[]),
            ("2026-04-01", "scalar-not-an-instant", &[]),
            ("2026-02-30 10:00", "scalar-no-such-date", &[]),
        ];
        for (text, key, offered) in rows {
            let problem = instant(text, Tz::America__New_York).unwrap_err();
            assert_eq!(
                (problem.message.key, problem.suggestions),
                (key, offered.iter().map(|s| (*s).to_owned()).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn date_ranges() {
        let rows = [
            ("2026-02-15 to 2026-02-23", "2026-02-15", "2026-02-23"),
            ("2026-02-15 至 2026-02-23", "2026-02-15", "2026-02-23"),
            ("2026-02-15到2026-02-23", "2026-02-15", "2026-02-23"),
            ("2026-02-15", "2026-02-15", "2026-02-15"),
        ];
        for (text, first, last) in rows {
            assert_eq!(date_range(text), Ok((first.parse().unwrap(), last.parse().unwrap())), "{text}");
        }
        let reversed = date_range("2026-02-23 to 2026-02-15").unwrap_err();
        assert_eq!(reversed.suggestions, ["2026-02-15 to 2026-02-23"]);
        assert_eq!(date_range("2026-02-15 to 16").unwrap_err().message.key, "scalar-not-a-date");
    }

    #[test]
    fn days_of_a_period() {
        let rows = [
            ("5th working day", Some(5), true, false),
            ("1st working day", Some(1), true, false),
            ("10th working day after", Some(10), true, true),
            ("last working day", None, true, false),
            ("15th calendar day after", Some(15), false, true),
            ("第5个工作日", Some(5), true, false),
            ("第 5 个工作日", Some(5), true, false),
            ("第五个工作日", Some(5), true, false),
            ("期后第10个工作日", Some(10), true, true),
            ("最后一个工作日", None, true, false),
        ];
        for (text, nth, working, after) in rows {
            assert_eq!(day_of_period(text), Ok(DayOfPeriod { nth, working, after }), "{text}");
        }
        for text in [
            "0th working day",
            "5 working days",
            "5th day",
            "last working day after",
            "第个工作日",
            "工作日",
            "",
        ] {
            assert_eq!(day_of_period(text).unwrap_err().message.key, "scalar-not-a-day-of-period", "{text}");
        }
    }

    #[test]
    fn time_zones() {
        assert_eq!(time_zone("Asia/Shanghai"), Ok(Tz::Asia__Shanghai));
        for (text, near) in [
            ("Asia/Shangai", "Asia/Shanghai"),
            ("asia/shanghai", "Asia/Shanghai"),
            ("北京时间", "Asia/Shanghai"),
        ] {
            assert_eq!(time_zone(text).unwrap_err().suggestions, [near]);
        }
        assert!(time_zone("nowhere at all").unwrap_err().suggestions.is_empty());
    }
}
