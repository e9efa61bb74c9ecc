//! Exact reading of what authors write as scalars, in English and in Chinese: numbers, quantities, durations, ranges, dates.
//!
//! Nothing is guessed: a text with two readings is a [`ScalarProblem`] that offers both.

use std::fmt;

use crate::lang::{Lang, Message};

mod date;
mod duration;
mod number;
mod range;

pub use date::{DayOfPeriod, date, date_range, day_of_period, instant, time_zone};
pub use duration::{amount, duration, duration_words};
pub use number::{decimal, half_width, is_blank, quantity};
pub use range::{Bound, NumberRange, RangeText, range, range_text, uncovered};

/// Why a scalar could not be read, and what the author may have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalarProblem {
    /// What was found and what was expected.
    pub message: Message,
    /// Texts that could stand instead, each readable; a single one is the likely fix, several are the readings to choose from.
    pub suggestions: Vec<String>,
}

/// The usual result of reading a scalar.
pub type Scalar<T> = Result<T, ScalarProblem>;

impl ScalarProblem {
    /// A problem whose message quotes these arguments.
    pub fn new<A: ToString>(key: &'static str, args: impl IntoIterator<Item = A>) -> ScalarProblem {
        ScalarProblem { message: Message::new(key, args), suggestions: Vec::new() }
    }

    /// The same problem with a text that could stand instead.
    #[must_use]
    pub fn suggest(mut self, text: impl Into<String>) -> ScalarProblem {
        self.suggestions.push(text.into());
        self
    }

    /// The same problem with a text that could stand instead, if there is one.
    #[must_use]
    pub fn suggest_maybe(mut self, text: Option<String>) -> ScalarProblem {
        self.suggestions.extend(text);
        self
    }
}

impl fmt::Display for ScalarProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message.render(Lang::En))?;
        match self.suggestions.is_empty() {
            true => Ok(()),
            false => write!(f, " (`{}`)", self.suggestions.join("`, `")),
        }
    }
}

impl std::error::Error for ScalarProblem {}

/// The longest scalar that is read, in bytes; every form is far shorter, and suggestions for a longer one would cost time.
const LENGTH_MAX: usize = 300;

/// A problem if a text is too long to be any scalar; it is quoted only by its beginning.
pub(crate) fn refuse_long(text: &str) -> Scalar<()> {
    if text.len() <= LENGTH_MAX {
        return Ok(());
    }
    let beginning: String = text.chars().take(20).collect();
    Err(ScalarProblem::new("scalar-too-long", [beginning]))
}

/// Reads `yes` or `no`: also `true`, `false`, 是, 否.
///
/// # Errors
/// Any other word; the help lists `yes` and `no`.
pub fn yes_no(text: &str) -> Scalar<bool> {
    refuse_long(text)?;
    match text.trim() {
        "yes" | "true" | "是" => Ok(true),
        "no" | "false" | "否" => Ok(false),
        other => {
            let problem = ScalarProblem::new("scalar-not-yes-no", [other]);
            Err(match other.to_ascii_lowercase().as_str() {
                "y" | "yes" | "true" | "on" | "1" => problem.suggest("yes"),
                "n" | "no" | "false" | "off" | "0" => problem.suggest("no"),
                _ => problem.suggest("yes").suggest("no"),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts made of the pieces that the readers look for, in any order.
    fn any_text() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "0",
            "7",
            "60",
            "99999999999",
            "２",
            "-",
            "+",
            ".",
            ",",
            ":",
            " ",
            "%",
            "$",
            "a",
            "到期日",
            "below ",
            " to ",
            " and above",
            "以上",
            "不满",
            "到",
            "working ",
            "wall",
            "hours",
            "days",
            "个",
            "工作",
            "日",
            "月",
            "年",
            "(连续)",
            "2026-02-29",
            "2026-03-08 02:30",
            "T",
            "Z",
            "+08:00",
            "第",
            "百",
            "十",
            "[X]",
            "th",
            "mon-",
            "周一",
            "24:00",
            "\u{3000}",
        ]);
        prop_oneof![".*", prop::collection::vec(pieces, 0..9).prop_map(|parts| parts.concat())]
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_with_readable_suggestions(text in any_text()) {
            let zone = chrono_tz::Tz::America__New_York;
            is_blank(&text);
            let readable = |problem: Option<ScalarProblem>, read: &dyn Fn(&str) -> bool| {
                problem.is_none_or(|problem| {
                    problem.message.render(Lang::En) != problem.message.key && problem.suggestions.iter().all(|text| read(text))
                })
            };
            // A suggested number may still lack a unit or be too long, but never be worse than what it replaces.
            let any = |_: &str| true;
            prop_assert!(readable(decimal(&text).err(), &any) && readable(quantity(&text).err(), &any));
            prop_assert!(readable(duration(&text).err(), &any) && readable(amount(&text).err(), &any));
            prop_assert!(readable(range_text(&text).err(), &any) && readable(day_of_period(&text).err(), &any));
            prop_assert!(readable(date(&text).err(), &|text| date(text).is_ok()));
            prop_assert!(readable(date_range(&text).err(), &|text| date_range(text).is_ok()));
            prop_assert!(readable(instant(&text, zone).err(), &any) && readable(time_zone(&text).err(), &|text| time_zone(text).is_ok()));
            if let Ok(found) = range_text(&text) {
                prop_assert_eq!(range_text(&found.to_string()).map_err(|problem| problem.message), Ok(found));
            }
        }
    }

    #[test]
    fn a_text_too_long_for_a_scalar_is_quoted_by_its_beginning() {
        let text = "到".repeat(100_000);
        for problem in [
            range_text(&text).unwrap_err(),
            quantity(&text).unwrap_err(),
            duration(&text).unwrap_err(),
            time_zone(&text).unwrap_err(),
            date(&text).unwrap_err(),
        ] {
            assert_eq!(problem.message, Message::new("scalar-too-long", ["到".repeat(20)]));
        }
    }

    #[test]
    fn yes_and_no() {
        for (text, expected) in
            [("yes", true), (" 是 ", true), ("true", true), ("no", false), ("否", false), ("false", false)]
        {
            assert_eq!(yes_no(text), Ok(expected));
        }
        for (text, offered) in
            [("Yes", &["yes"][..]), ("off", &["no"]), ("maybe", &["yes", "no"]), ("", &["yes", "no"])]
        {
            let problem = yes_no(text).unwrap_err();
            assert_eq!(problem.suggestions, offered);
            assert!(problem.message.render(Lang::Zh).contains(&format!("`{text}`")));
        }
    }
}
