//! Durations: an amount, a unit and a clock. A span of days or hours without a clock has two readings, so it is refused.

use std::str::FromStr;

use crate::lang::Lang;
use crate::quantity::{ClockKind, Duration, TimeUnit};
use crate::scalar::number::{half_width, number_with_unit, split_number, with_digits};
use crate::scalar::{Scalar, ScalarProblem, refuse_long};
use crate::value::Value;

/// The most of any unit that a duration may count; far beyond any regulation, and far from overflow.
const AMOUNT_MAX: i64 = 1_000_000;

/// How a duration of a clock and unit is written in Chinese, after the amount; what is written so is read back as the same.
const WRITTEN_ZH: &[(ClockKind, TimeUnit, &str)] = &[
    (ClockKind::Wall, TimeUnit::Seconds, "秒(连续)"),
    (ClockKind::Wall, TimeUnit::Minutes, "分钟(连续)"),
    (ClockKind::Wall, TimeUnit::Hours, "小时(连续)"),
    (ClockKind::Wall, TimeUnit::Days, "天(连续)"),
    (ClockKind::Wall, TimeUnit::Weeks, "周(连续)"),
    (ClockKind::Business, TimeUnit::Seconds, "秒(工作时间)"),
    (ClockKind::Business, TimeUnit::Minutes, "分钟(工作时间)"),
    (ClockKind::Business, TimeUnit::Hours, "个工作小时"),
    (ClockKind::Working, TimeUnit::Days, "个工作日"),
    (ClockKind::Calendar, TimeUnit::Days, "个自然日"),
    (ClockKind::Calendar, TimeUnit::Weeks, "周"),
    (ClockKind::Calendar, TimeUnit::Months, "个月"),
    (ClockKind::Calendar, TimeUnit::Quarters, "个季度"),
    (ClockKind::Calendar, TimeUnit::Years, "年"),
];

/// The readings of a bare number, the likeliest first.
const BARE: &[(TimeUnit, ClockKind)] = &[
    (TimeUnit::Days, ClockKind::Working),
    (TimeUnit::Days, ClockKind::Calendar),
    (TimeUnit::Hours, ClockKind::Wall),
    (TimeUnit::Minutes, ClockKind::Business),
];

/// Reads a duration: `7 working days`, `5 business minutes`, `30 minutes (business time)`, `24 wall hours`, `1 month`,
/// `5 个工作日`, `30 分钟(工作时间)`, `24 小时(连续)`, `３ 天（自然日）`; 内 and 以内 at the end say nothing more.
///
/// Weeks, months, quarters and years without a clock are calendar time, as in PRC Civil Code art. 201 and 202.
///
/// # Errors
/// A bare number, bare hours, minutes or days (the readings are offered), a clock that cannot count the unit, an amount
/// that is not a whole number from 0 to 1,000,000.
pub fn duration(text: &str) -> Scalar<Duration> {
    let text = text.trim();
    refuse_long(text)?;
    let plain = half_width(text);
    let written = Written::read(plain.trim())?;
    written.settle(text)
}

/// Reads what [`Duration`]'s `Display` writes and all that [`duration`] reads; a leading `-` makes it negative.
///
/// ```
/// use rulebook::time::{ClockKind, Duration, TimeUnit};
///
/// let three: Duration = "3 个工作日".parse()?;
/// assert_eq!(three, Duration { amount: 3, unit: TimeUnit::Days, clock: ClockKind::Working });
/// assert_eq!("-3 working days".parse::<Duration>()?.amount, -3);
/// let refused = "24 hours".parse::<Duration>().unwrap_err();
/// assert_eq!(refused.suggestions, ["24 wall hours", "24 business hours"]);
/// # Ok::<(), rulebook::time::ScalarProblem>(())
/// ```
impl FromStr for Duration {
    type Err = ScalarProblem;

    fn from_str(text: &str) -> Scalar<Duration> {
        match text.trim().strip_prefix('-') {
            Some(rest) => duration(rest).map(|found| Duration { amount: -found.amount, ..found }),
            None => duration(text),
        }
    }
}

/// Words before the number that state the clock.
const STATED_FIRST: &[(&str, ClockKind)] =
    &[("连续", ClockKind::Wall), ("工作时间内", ClockKind::Business), ("工作时间", ClockKind::Business)];

/// Reads what a parameter holds: a duration if the unit is one of time, else a quantity.
///
/// # Errors
/// As for [`duration`] and [`quantity`](crate::scalar::quantity); `3 days` is refused here, because a length of time needs a clock.
pub fn amount(text: &str) -> Scalar<Value> {
    refuse_long(text)?;
    match Written::read(half_width(text).trim()) {
        Ok(_) => duration(text).map(Value::Duration),
        Err(_) => number_with_unit(text).map(|(number, unit)| Value::Number(number, unit)),
    }
}

/// The duration in words of a language, as an author could write it: `3 working days`, `3 个工作日`.
pub fn duration_words(duration: Duration, lang: Lang) -> String {
    let zh = WRITTEN_ZH.iter().find(|(clock, unit, _)| *clock == duration.clock && *unit == duration.unit);
    match (lang, zh) {
        (Lang::Zh, Some((_, _, words))) => format!("{} {words}", duration.amount),
        _ => duration.to_string(),
    }
}

/// A duration as written: the clock may be missing, and may not fit the unit.
struct Written<'a> {
    number: &'a str,
    clock: Option<ClockKind>,
    unit: TimeUnit,
    lang: Lang,
}

impl<'a> Written<'a> {
    fn read(text: &'a str) -> Scalar<Written<'a>> {
        let (stated, text_after) = STATED_FIRST
            .iter()
            .find_map(|(word, clock)| Some((Some(*clock), text.strip_prefix(word)?.trim())))
            .unwrap_or((None, text));
        let (number, rest) = split_number(text_after);
        if number.is_empty() {
            return Err(ScalarProblem::new("scalar-no-number", [text]).suggest_maybe(with_digits(text)));
        }
        if rest.is_empty() {
            return Err(bare_number(text, number));
        }
        let (lang, found) =
            if rest.is_ascii() { (Lang::En, read_en(rest)) } else { (Lang::Zh, read_zh(rest)) };
        let Some((clock, unit)) = found else {
            return Err(ScalarProblem::new("scalar-not-a-duration", [text]));
        };
        if stated.is_some() && clock.is_some() && stated != clock {
            return Err(ScalarProblem::new("scalar-not-a-duration", [text]));
        }
        Ok(Written { number, clock: stated.or(clock), unit, lang })
    }

    /// The duration, once its clock is stated and can count its unit.
    fn settle(&self, text: &str) -> Scalar<Duration> {
        let digits = self.number.bytes().all(|byte| byte.is_ascii_digit());
        let amount = if digits { self.number.parse::<i64>().ok() } else { None };
        let Some(amount) = amount.filter(|amount| *amount <= AMOUNT_MAX) else {
            return Err(ScalarProblem::new("scalar-duration-amount", [text, self.number]));
        };
        let Some(clock) = self.clock.or_else(|| implied_clock(self.unit)) else {
            let key = if self.unit == TimeUnit::Days { "scalar-bare-days" } else { "scalar-bare-hours" };
            return Err(self.offer(ScalarProblem::new(key, [text]), amount, readings(self.unit)));
        };
        if !counts(clock, self.unit) {
            let meant: Vec<ClockKind> =
                readings(self.unit).iter().copied().filter(|other| near(clock, *other)).collect();
            let problem = ScalarProblem::new("scalar-clock-unit", [text]);
            return Err(self.offer(
                problem,
                amount,
                if meant.is_empty() { readings(self.unit) } else { &meant },
            ));
        }
        Ok(Duration { amount, unit: self.unit, clock })
    }

    fn offer(&self, problem: ScalarProblem, amount: i64, clocks: &[ClockKind]) -> ScalarProblem {
        clocks.iter().fold(problem, |problem, clock| {
            problem.suggest(duration_words(Duration { amount, unit: self.unit, clock: *clock }, self.lang))
        })
    }
}

/// The problem of a number that stands alone, with its readings.
fn bare_number(text: &str, number: &str) -> ScalarProblem {
    let problem = ScalarProblem::new("scalar-bare-number", [text]);
    let Some(amount) = number.parse::<i64>().ok().filter(|amount| (0..=AMOUNT_MAX).contains(amount)) else {
        return problem;
    };
    BARE.iter().fold(problem, |problem, (unit, clock)| {
        problem.suggest(Duration { amount, unit: *unit, clock: *clock }.to_string())
    })
}

/// The clock that a unit has when none is written.
fn implied_clock(unit: TimeUnit) -> Option<ClockKind> {
    match unit {
        TimeUnit::Weeks | TimeUnit::Months | TimeUnit::Quarters | TimeUnit::Years => {
            Some(ClockKind::Calendar)
        }
        TimeUnit::Seconds | TimeUnit::Minutes | TimeUnit::Hours | TimeUnit::Days => None,
    }
}

/// The clocks that an author may mean with a unit, the likeliest first.
fn readings(unit: TimeUnit) -> &'static [ClockKind] {
    match unit {
        TimeUnit::Seconds | TimeUnit::Minutes | TimeUnit::Hours => &[ClockKind::Wall, ClockKind::Business],
        TimeUnit::Days => &[ClockKind::Working, ClockKind::Calendar],
        TimeUnit::Weeks | TimeUnit::Months | TimeUnit::Quarters | TimeUnit::Years => &[ClockKind::Calendar],
    }
}

/// Whether a clock counts a unit.
fn counts(clock: ClockKind, unit: TimeUnit) -> bool {
    match clock {
        ClockKind::Wall => !matches!(unit, TimeUnit::Months | TimeUnit::Quarters | TimeUnit::Years),
        ClockKind::Business => matches!(unit, TimeUnit::Seconds | TimeUnit::Minutes | TimeUnit::Hours),
        ClockKind::Working => unit == TimeUnit::Days,
        ClockKind::Calendar => !matches!(unit, TimeUnit::Seconds | TimeUnit::Minutes | TimeUnit::Hours),
    }
}

/// Whether two clocks are easily taken for each other: those that skip closed time, and those that do not.
fn near(a: ClockKind, b: ClockKind) -> bool {
    let skips = |clock| matches!(clock, ClockKind::Business | ClockKind::Working);
    skips(a) == skips(b)
}

/// The clock that a note in brackets names.
fn noted(note: &str) -> Option<ClockKind> {
    Some(match note {
        "business" | "business time" | "business hours" | "工作时间" | "工作时间内" => {
            ClockKind::Business
        }
        "wall" | "wall time" | "连续" | "连续计算" => ClockKind::Wall,
        "working" | "working days" | "工作日" => ClockKind::Working,
        "calendar" | "calendar days" | "自然日" | "日历日" => ClockKind::Calendar,
        _ => return None,
    })
}

/// What stands before a note in brackets, and the clock that the note names. Nothing if it names none.
fn split_note(text: &str) -> Option<(&str, Option<ClockKind>)> {
    match text.strip_suffix(')').and_then(|body| body.split_once('(')) {
        None => Some((text, None)),
        Some((body, note)) => Some((body.trim(), Some(noted(note.trim())?))),
    }
}

/// The clock stated in brackets or in words; nothing if both are and differ.
fn agreed(noted: Option<ClockKind>, clock: Option<ClockKind>) -> Option<Option<ClockKind>> {
    match (noted, clock) {
        (Some(noted), Some(clock)) if noted != clock => None,
        _ => Some(noted.or(clock)),
    }
}

fn read_en(rest: &str) -> Option<(Option<ClockKind>, TimeUnit)> {
    let lower = rest.to_ascii_lowercase();
    let (body, noted) = split_note(&lower)?;
    let words: Vec<&str> = body.split_whitespace().collect();
    let (clock, unit) = match words.as_slice() {
        [unit] => (None, *unit),
        [clock, unit] => (Some(*clock), *unit),
        _ => return None,
    };
    let clock = match clock {
        None => None,
        Some("wall") => Some(ClockKind::Wall),
        Some("business") => Some(ClockKind::Business),
        Some("working") => Some(ClockKind::Working),
        Some("calendar") => Some(ClockKind::Calendar),
        Some(_) => return None,
    };
    let unit = match unit.strip_suffix('s').unwrap_or(unit) {
        "second" => TimeUnit::Seconds,
        "minute" => TimeUnit::Minutes,
        "hour" => TimeUnit::Hours,
        "day" => TimeUnit::Days,
        "week" => TimeUnit::Weeks,
        "month" => TimeUnit::Months,
        "quarter" => TimeUnit::Quarters,
        "year" => TimeUnit::Years,
        _ => return None,
    };
    Some((agreed(noted, clock)?, unit))
}

fn read_zh(rest: &str) -> Option<(Option<ClockKind>, TimeUnit)> {
    let plain = rest.replace(' ', "");
    let (body, noted) = split_note(without_within(&plain))?;
    let body = without_within(body);
    let (counted, body) = body.strip_prefix('个').map_or((false, body), |body| (true, body));
    let (word, unit) = ["工作", "自然", "日历", "连续"]
        .into_iter()
        .find_map(|word| Some((word, body.strip_prefix(word)?)))
        .unwrap_or(("", body));
    let unit = match unit {
        "秒" | "秒钟" => TimeUnit::Seconds,
        "分钟" => TimeUnit::Minutes,
        "小时" => TimeUnit::Hours,
        "日" | "天" => TimeUnit::Days,
        "周" | "星期" => TimeUnit::Weeks,
        // `3 月` is March.
        "月" if counted || !word.is_empty() => TimeUnit::Months,
        "季度" => TimeUnit::Quarters,
        "年" => TimeUnit::Years,
        _ => return None,
    };
    let clock = match word {
        "工作" if unit == TimeUnit::Days => Some(ClockKind::Working),
        "工作" => Some(ClockKind::Business),
        "自然" | "日历" => Some(ClockKind::Calendar),
        "连续" => Some(ClockKind::Wall),
        _ => None,
    };
    Some((agreed(noted, clock)?, unit))
}

/// The text without a closing 内: `3 个工作日内` is as long as `3 个工作日`.
fn without_within(text: &str) -> &str {
    ["以内", "之内", "内"].iter().find_map(|word| text.strip_suffix(word)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        use {ClockKind::*, TimeUnit::*};
        let rows = [
            ("7 working days", 7, Working, Days),
            ("1 working day", 1, Working, Days),
            ("5 business minutes", 5, Business, Minutes),
            ("2 Business Hours", 2, Business, Hours),
            ("24 wall hours", 24, Wall, Hours),
            ("2 wall days", 2, Wall, Days),
            ("7 calendar days", 7, Calendar, Days),
            ("1 calendar month", 1, Calendar, Months),
            ("1 month", 1, Calendar, Months),
            ("2 weeks", 2, Calendar, Weeks),
            ("1 quarter", 1, Calendar, Quarters),
            ("10 years", 10, Calendar, Years),
            ("5 个工作日", 5, Working, Days),
            ("5个工作日", 5, Working, Days),
            ("5 工作日", 5, Working, Days),
            ("30 分钟(工作时间)", 30, Business, Minutes),
            ("30 分钟（工作时间）", 30, Business, Minutes),
            ("4 个工作小时", 4, Business, Hours),
            ("24 小时(连续)", 24, Wall, Hours),
            ("24小时（连续）", 24, Wall, Hours),
            ("连续 24 小时", 24, Wall, Hours),
            ("7 个自然日", 7, Calendar, Days),
            ("7 日历天", 7, Calendar, Days),
            ("1 个月", 1, Calendar, Months),
            ("1 个自然月", 1, Calendar, Months),
            ("2 周", 2, Calendar, Weeks),
            ("1 个季度", 1, Calendar, Quarters),
            ("1 年", 1, Calendar, Years),
            ("0 working days", 0, Working, Days),
            ("30 minutes (business time)", 30, Business, Minutes),
            ("24 hours (wall)", 24, Wall, Hours),
            ("3 days (working days)", 3, Working, Days),
            ("３ 个工作日", 3, Working, Days),
            ("３０　分钟（工作时间）", 30, Business, Minutes),
            ("２４ 小时（连续）", 24, Wall, Hours),
            ("3 天（自然日）", 3, Calendar, Days),
            ("3日(工作日)", 3, Working, Days),
            ("3 个工作日内", 3, Working, Days),
            ("24 小时以内(连续)", 24, Wall, Hours),
            ("工作时间内 30 分钟", 30, Business, Minutes),
        ];
        for (text, amount, clock, unit) in rows {
            assert_eq!(duration(text), Ok(Duration { amount, unit, clock }), "{text}");
        }
    }

    #[test]
    fn refused_durations_offer_their_readings() {
        let rows: [(&str, &str, &[&str]); 26] = [
            ("24 hours", "scalar-bare-hours", &["24 wall hours", "24 business hours"]),
            ("1 minute", "scalar-bare-hours", &["1 wall minute", "1 business minute"]),
            ("3 days", "scalar-bare-days", &["3 working days", "3 calendar days"]),
            ("24 小时", "scalar-bare-hours", &["24 小时(连续)", "24 个工作小时"]),
            ("5 分钟", "scalar-bare-hours", &["5 分钟(连续)", "5 分钟(工作时间)"]),
            ("3 天", "scalar-bare-days", &["3 个工作日", "3 个自然日"]),
            ("3日", "scalar-bare-days", &["3 个工作日", "3 个自然日"]),
            ("3 business days", "scalar-clock-unit", &["3 working days"]),
            ("4 working hours", "scalar-clock-unit", &["4 business hours"]),
            ("24 calendar hours", "scalar-clock-unit", &["24 wall hours"]),
            ("2 wall months", "scalar-clock-unit", &["2 calendar months"]),
            ("2 working weeks", "scalar-clock-unit", &["2 calendar weeks"]),
            ("3 天(工作时间)", "scalar-clock-unit", &["3 个工作日"]),
            ("1.5 business hours", "scalar-duration-amount", &[]),
            ("-3 working days", "scalar-duration-amount", &[]),
            ("99999999999999999999 weeks", "scalar-duration-amount", &[]),
            (
                "30",
                "scalar-bare-number",
                &["30 working days", "30 calendar days", "30 wall hours", "30 business minutes"],
            ),
            ("-30", "scalar-bare-number", &[]),
            ("24 小时内", "scalar-bare-hours", &["24 小时(连续)", "24 个工作小时"]),
            ("连续 24 个工作小时", "scalar-not-a-duration", &[]),
            ("24 wall hours (business)", "scalar-not-a-duration", &[]),
            ("24 hours (billable)", "scalar-not-a-duration", &[]),
            ("3 工作日(自然日)", "scalar-not-a-duration", &[]),
            ("三个工作日", "scalar-no-number", &["3 个工作日"]),
            ("3 月", "scalar-not-a-duration", &[]),
            ("3 moons", "scalar-not-a-duration", &[]),
        ];
        for (text, key, offered) in rows {
            let problem = duration(text).unwrap_err();
            assert_eq!(
                (problem.message.key, problem.suggestions.as_slice()),
                (key, &*offered.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()),
                "{text}"
            );
            for text in problem.suggestions {
                assert!(duration(&text).is_ok(), "{text} is offered and cannot be read");
            }
        }
    }

    #[test]
    fn words_are_read_back() {
        for (clock, unit, _) in WRITTEN_ZH {
            assert!(counts(*clock, *unit));
            for lang in [Lang::Zh, Lang::En] {
                let span = Duration { amount: 2, unit: *unit, clock: *clock };
                assert_eq!(duration(&duration_words(span, lang)), Ok(span));
            }
        }
    }

    #[test]
    fn amounts_are_durations_or_quantities() {
        assert_eq!(amount("3 working days").unwrap().to_string(), "3 working days");
        assert_eq!(amount("80 分").unwrap().to_string(), "80 points");
        assert_eq!(amount("60%").unwrap().to_string(), "60%");
        assert_eq!(amount("2").unwrap().to_string(), "2");
        assert_eq!(amount("3 days").unwrap_err().message.key, "scalar-bare-days");
        assert_eq!(amount("３ 天").unwrap_err().message.key, "scalar-bare-days");
        assert_eq!(amount("８０ 分").unwrap_err().message.key, "scalar-full-width");
        assert_eq!("-3 个工作日".parse::<Duration>().unwrap().to_string(), "-3 working days");
        assert_eq!("-3 working days".parse::<Duration>().unwrap().amount, -3);
        assert!("--3 working days".parse::<Duration>().is_err());
    }
}
