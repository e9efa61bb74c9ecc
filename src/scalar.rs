//! Exact reading of what authors write as scalars, in English and in Chinese: numbers, quantities, durations, ranges, dates.
//!
//! Nothing is guessed: a text with two readings is a [`ScalarProblem`] that offers both.

use crate::lang::Message;

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

/// Reads `yes` or `no`: also `true`, `false`, 是, 否.
///
/// # Errors
/// Any other word; the help lists `yes` and `no`.
pub fn yes_no(text: &str) -> Scalar<bool> {
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
    use super::*;
    use crate::lang::Lang;

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
