//! Ranges in words: `below 60`, `60 and above`, `60 to 100`, `不满 60 分`, `60 分以上`; bounds may be parameters.
//!
//! PRC Civil Code art. 1259: 以上, 以下 and 以内 include the number; 不满, 超过 and 以外 do not.

use rust_decimal::Decimal;

use crate::quantity::Unit;
use crate::scalar::number::{in_unit, number_with_unit, refuse_full_width};
use crate::scalar::{Scalar, ScalarProblem, refuse_long};

/// One end of a range as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A number; a percentage is held as its fraction.
    Number(Decimal, Unit),
    /// A parameter, by its name without `$`: `review_after`, `kpi_weights.sales`.
    Parameter(String),
}

/// A range as written; each end with whether it belongs to the range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeText {
    /// The lower end, if there is one.
    pub min: Option<(Bound, bool)>,
    /// The upper end, if there is one.
    pub max: Option<(Bound, bool)>,
}

/// A range of numbers of one unit; each end with whether it belongs to the range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberRange {
    /// The lower end, if there is one.
    pub min: Option<(Decimal, bool)>,
    /// The upper end, if there is one.
    pub max: Option<(Decimal, bool)>,
    /// The unit of the ends; none means that of whatever is compared.
    pub unit: Unit,
}

/// Which end a word sets, and whether the number belongs to the range.
#[derive(Clone, Copy)]
enum End {
    Min(bool),
    Max(bool),
}

const SUFFIXES: &[(&str, End)] = &[
    (" and above", End::Min(true)),
    (" or above", End::Min(true)),
    (" or more", End::Min(true)),
    (" and below", End::Max(true)),
    (" or below", End::Max(true)),
    (" or less", End::Max(true)),
    ("(含)以上", End::Min(true)),
    ("(含)以下", End::Max(true)),
    ("（含）以上", End::Min(true)),
    ("（含）以下", End::Max(true)),
    ("及以上", End::Min(true)),
    ("及以下", End::Max(true)),
    ("以上", End::Min(true)),
    ("以下", End::Max(true)),
    ("以内", End::Max(true)),
    ("以外", End::Min(false)),
];

const PREFIXES: &[(&str, End)] = &[
    ("below ", End::Max(false)),
    ("less than ", End::Max(false)),
    ("above ", End::Min(false)),
    ("more than ", End::Min(false)),
    ("up to ", End::Max(true)),
    ("at most ", End::Max(true)),
    ("at least ", End::Min(true)),
    ("不满", End::Max(false)),
    ("不足", End::Max(false)),
    ("低于", End::Max(false)),
    ("少于", End::Max(false)),
    ("不超过", End::Max(true)),
    ("不高于", End::Max(true)),
    ("不多于", End::Max(true)),
    ("至多", End::Max(true)),
    ("最多", End::Max(true)),
    ("超过", End::Min(false)),
    ("高于", End::Min(false)),
    ("多于", End::Min(false)),
    ("不低于", End::Min(true)),
    ("不少于", End::Min(true)),
    ("至少", End::Min(true)),
    ("满", End::Min(true)),
];

const SIGNS: &[(&str, &str, &str)] = &[
    (">=", "", " and above"),
    ("≥", "", " and above"),
    ("<=", "", " and below"),
    ("≤", "", " and below"),
    (">", "above ", ""),
    ("<", "below ", ""),
    ("==", "", ""),
    ("=", "", ""),
];

/// Reads a range whose ends are numbers.
///
/// # Errors
/// As for [`range_text`], and an end that is a parameter.
pub fn range(text: &str) -> Scalar<NumberRange> {
    range_text(text)?.resolve(|_| None)
}

/// Reads a range whose ends are numbers or parameters: `below $review_after`, `60 to 100`.
///
/// # Errors
/// A text that is no range, signs such as `>= 60` (the words are offered), ends of different units, ends in the wrong order.
pub fn range_text(text: &str) -> Scalar<RangeText> {
    let text = text.trim();
    refuse_long(text)?;
    refuse_full_width(text)?;
    if let Some((sign, before, after)) = SIGNS.iter().find(|(sign, _, _)| text.starts_with(sign)) {
        let bound = text.trim_start_matches(sign).trim();
        let fixed = format!("{before}{bound}{after}");
        let fixed = parse(&fixed).map(|_| fixed);
        return Err(ScalarProblem::new("scalar-range-signs", [text]).suggest_maybe(fixed));
    }
    let Some(found) = parse(text) else {
        let words = ["-", "~", "～", "–", "—"].iter().map(|dash| text.replacen(dash, " to ", 1));
        let fixed = words.filter(|fixed| fixed != text).find(|fixed| parse(fixed).is_some());
        let fixed = fixed.map(|fixed| fixed.split_whitespace().collect::<Vec<_>>().join(" "));
        return Err(ScalarProblem::new("scalar-not-a-range", [text]).suggest_maybe(fixed));
    };
    let found = found.share_unit(text)?;
    if found.parameters().next().is_none() {
        found.resolve(|_| None)?;
    }
    Ok(found)
}

/// The parts of `within` that no range covers, in order. Ranges of another unit are taken as if of the same.
pub fn uncovered(within: &NumberRange, ranges: &[NumberRange]) -> Vec<NumberRange> {
    ranges
        .iter()
        .fold(vec![within.clone()], |gaps, range| gaps.iter().flat_map(|gap| gap.without(range)).collect())
}

impl RangeText {
    /// The parameters that the ends name.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.min.iter().chain(self.max.iter()).filter_map(|(bound, _)| match bound {
            Bound::Parameter(name) => Some(name.as_str()),
            Bound::Number(..) => None,
        })
    }

    /// The range of numbers, with the values that parameters have. A bare number takes the unit of the other end.
    ///
    /// # Errors
    /// A parameter without a number, ends of different units, ends in the wrong order.
    pub fn resolve(&self, value: impl Fn(&str) -> Option<(Decimal, Unit)>) -> Scalar<NumberRange> {
        let end = |end: &Option<(Bound, bool)>| -> Scalar<Option<(Decimal, Unit, bool)>> {
            Ok(match end {
                None => None,
                Some((Bound::Number(number, unit), inclusive)) => Some((*number, *unit, *inclusive)),
                Some((Bound::Parameter(name), inclusive)) => {
                    let (number, unit) = value(name)
                        .ok_or_else(|| ScalarProblem::new("scalar-range-parameter", [format!("${name}")]))?;
                    Some((number, unit, *inclusive))
                }
            })
        };
        let (min, max) = (end(&self.min)?, end(&self.max)?);
        let unit = common_unit(min.map(|(_, unit, _)| unit), max.map(|(_, unit, _)| unit))
            .ok_or_else(|| ScalarProblem::new("scalar-range-units", [self.to_string()]))?;
        let scaled = |end: Option<(Decimal, Unit, bool)>| -> Scalar<Option<(Decimal, bool)>> {
            let Some((number, own, inclusive)) = end else { return Ok(None) };
            let number = if own == unit { Some(number) } else { in_unit(number, unit) };
            let number =
                number.ok_or_else(|| ScalarProblem::new("scalar-number-too-long", [self.to_string()]))?;
            Ok(Some((number, inclusive)))
        };
        let range = NumberRange { min: scaled(min)?, max: scaled(max)?, unit };
        if range.is_empty() {
            return Err(ScalarProblem::new("scalar-range-empty", [self.to_string()]));
        }
        Ok(range)
    }

    /// Gives a bare number the unit that the other number has: `60 to 100 points`.
    fn share_unit(self, text: &str) -> Scalar<RangeText> {
        let (Some((Bound::Number(low, a), with_low)), Some((Bound::Number(high, b), with_high))) =
            (&self.min, &self.max)
        else {
            return Ok(self);
        };
        let unit = common_unit(Some(*a), Some(*b))
            .ok_or_else(|| ScalarProblem::new("scalar-range-units", [text]))?;
        let scaled =
            |number: Decimal, own: Unit| if own == unit { Some(number) } else { in_unit(number, unit) };
        let too_long = || ScalarProblem::new("scalar-number-too-long", [text]);
        let low = scaled(*low, *a).ok_or_else(too_long)?;
        let high = scaled(*high, *b).ok_or_else(too_long)?;
        Ok(RangeText {
            min: Some((Bound::Number(low, unit), *with_low)),
            max: Some((Bound::Number(high, unit), *with_high)),
        })
    }
}

impl NumberRange {
    /// Whether a number lies in it.
    pub fn contains(&self, number: Decimal) -> bool {
        let above = self.min.is_none_or(|(min, inclusive)| number > min || (inclusive && number == min));
        let below = self.max.is_none_or(|(max, inclusive)| number < max || (inclusive && number == max));
        above && below
    }

    /// Whether no number lies in it.
    pub fn is_empty(&self) -> bool {
        match (self.min, self.max) {
            (Some((min, with_min)), Some((max, with_max))) => {
                min > max || (min == max && !(with_min && with_max))
            }
            _ => false,
        }
    }

    /// Whether some number lies in both.
    pub fn overlaps(&self, other: &NumberRange) -> bool {
        !self.intersect(other).is_empty()
    }

    /// What lies in both; may be empty.
    pub fn intersect(&self, other: &NumberRange) -> NumberRange {
        let min = match (self.min, other.min) {
            (Some(a), Some(b)) if a.0 == b.0 => Some((a.0, a.1 && b.1)),
            (Some(a), Some(b)) => Some(if a.0 > b.0 { a } else { b }),
            (a, b) => a.or(b),
        };
        let max = match (self.max, other.max) {
            (Some(a), Some(b)) if a.0 == b.0 => Some((a.0, a.1 && b.1)),
            (Some(a), Some(b)) => Some(if a.0 < b.0 { a } else { b }),
            (a, b) => a.or(b),
        };
        NumberRange { min, max, unit: self.unit }
    }

    /// The same range for something of this unit: a bare number takes it; nothing if the range has another.
    pub fn with_unit(&self, unit: Unit) -> Option<NumberRange> {
        if self.unit == unit {
            return Some(self.clone());
        }
        if self.unit != Unit::None {
            return None;
        }
        let scaled = |end: Option<(Decimal, bool)>| match end {
            None => Some(None),
            Some((number, inclusive)) => in_unit(number, unit).map(|number| Some((number, inclusive))),
        };
        Some(NumberRange { min: scaled(self.min)?, max: scaled(self.max)?, unit })
    }

    /// What remains of it outside another, in order.
    fn without(&self, other: &NumberRange) -> Vec<NumberRange> {
        if !self.overlaps(other) {
            return vec![self.clone()];
        }
        let below =
            other.min.map(|(min, inclusive)| NumberRange { max: Some((min, !inclusive)), ..self.clone() });
        let above =
            other.max.map(|(max, inclusive)| NumberRange { min: Some((max, !inclusive)), ..self.clone() });
        [below, above]
            .into_iter()
            .flatten()
            .map(|part| part.intersect(self))
            .filter(|part| !part.is_empty())
            .collect()
    }
}

/// Writes the range in the words that [`range_text`] reads.
impl std::fmt::Display for RangeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = |bound: &Bound| match bound {
            Bound::Parameter(name) => format!("${name}"),
            Bound::Number(number, unit) => crate::value::Value::Number(*number, *unit).to_string(),
        };
        match (&self.min, &self.max) {
            (Some((min, true)), Some((max, true))) if min == max => f.write_str(&words(min)),
            (Some((min, true)), Some((max, true))) => write!(f, "{} to {}", words(min), words(max)),
            (min, max) => {
                if let Some((min, inclusive)) = min {
                    let min = words(min);
                    f.write_str(&if *inclusive {
                        format!("{min} and above")
                    } else {
                        format!("above {min}")
                    })?;
                }
                if min.is_some() && max.is_some() {
                    f.write_str(", ")?;
                }
                if let Some((max, inclusive)) = max {
                    let max = words(max);
                    f.write_str(&if *inclusive {
                        format!("{max} and below")
                    } else {
                        format!("below {max}")
                    })?;
                }
                Ok(())
            }
        }
    }
}

impl std::fmt::Display for NumberRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bound = |end: Option<(Decimal, bool)>| {
            end.map(|(number, inclusive)| (Bound::Number(number, self.unit), inclusive))
        };
        RangeText { min: bound(self.min), max: bound(self.max) }.fmt(f)
    }
}

/// The unit of both ends: they agree, or only one has a unit.
fn common_unit(a: Option<Unit>, b: Option<Unit>) -> Option<Unit> {
    match (a.unwrap_or_default(), b.unwrap_or_default()) {
        (a, b) if a == b => Some(a),
        (Unit::None, unit) | (unit, Unit::None) => Some(unit),
        _ => None,
    }
}

fn parse(text: &str) -> Option<RangeText> {
    let text = text.trim();
    two_halves(text).or_else(|| one_sided(text)).or_else(|| from_to(text)).or_else(|| {
        let bound = bound(text)?;
        Some(RangeText { min: Some((bound.clone(), true)), max: Some((bound, true)) })
    })
}

/// `60 and above, below 70`, `60 分以上不满 70 分`, `between 60 and 70`.
fn two_halves(text: &str) -> Option<RangeText> {
    if let Some((low, high)) = strip_prefix(text, "between ").and_then(|rest| rest.split_once(" and ")) {
        return Some(RangeText { min: Some((bound(low)?, true)), max: Some((bound(high)?, true)) });
    }
    let at_comma = [",", "，", "、"].iter().find_map(|comma| text.split_once(comma));
    let at_word = || {
        text.find("以上").map(|idx| text.split_at(idx + "以上".len())).filter(|(_, rest)| !rest.is_empty())
    };
    let (first, second) = at_comma.or_else(at_word)?;
    let (first, second) = (one_sided(first.trim())?, one_sided(second.trim())?);
    match (first, second) {
        (RangeText { min: Some(min), max: None }, RangeText { min: None, max: Some(max) })
        | (RangeText { min: None, max: Some(max) }, RangeText { min: Some(min), max: None }) => {
            Some(RangeText { min: Some(min), max: Some(max) })
        }
        _ => None,
    }
}

fn one_sided(text: &str) -> Option<RangeText> {
    let by_suffix = SUFFIXES.iter().find_map(|(word, end)| Some((bound(strip_suffix(text, word)?)?, *end)));
    let by_prefix =
        || PREFIXES.iter().find_map(|(word, end)| Some((bound(strip_prefix(text, word)?)?, *end)));
    let (bound, end) = by_suffix.or_else(by_prefix)?;
    Some(match end {
        End::Min(inclusive) => RangeText { min: Some((bound, inclusive)), max: None },
        End::Max(inclusive) => RangeText { min: None, max: Some((bound, inclusive)) },
    })
}

fn from_to(text: &str) -> Option<RangeText> {
    [" to ", "到", "至"].iter().find_map(|word| {
        text.match_indices(word).find_map(|(idx, word)| {
            let (low, high) = (text.get(..idx)?, text.get(idx + word.len()..)?);
            Some(RangeText { min: Some((bound(low)?, true)), max: Some((bound(high)?, true)) })
        })
    })
}

fn bound(text: &str) -> Option<Bound> {
    let text = text.trim();
    if let Some(name) = text.strip_prefix('$') {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let named = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(plain);
        return named.then(|| Bound::Parameter(name.to_owned()));
    }
    number_with_unit(text).ok().map(|(number, unit)| Bound::Number(number, unit))
}

fn strip_prefix<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| text.get(word.len()..))?
}

fn strip_suffix<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.len().checked_sub(word.len())?;
    text.get(start..)?.eq_ignore_ascii_case(word).then(|| text.get(..start))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_in_words() {
        let rows = [
            ("below 60", "below 60"),
            ("Below 60 points", "below 60 points"),
            ("60 and above", "60 and above"),
            ("above 60", "above 60"),
            ("60 and below", "60 and below"),
            ("up to 60", "60 and below"),
            ("at least 60", "60 and above"),
            ("60 to 100", "60 to 100"),
            ("60 to 100 points", "60 points to 100 points"),
            ("0 to 100%", "0% to 100%"),
            ("between 60 and 100", "60 to 100"),
            ("60", "60"),
            ("60 points", "60 points"),
            ("-5 to 5", "-5 to 5"),
            ("60 and above, below 70", "60 and above, below 70"),
            ("不满 60 分", "below 60 points"),
            ("不满60分", "below 60 points"),
            ("60 分以上", "60 points and above"),
            ("60分及以上", "60 points and above"),
            ("60 分以下", "60 points and below"),
            ("60 分（含）以上", "60 points and above"),
            ("60 以内", "60 and below"),
            ("超过 60", "above 60"),
            ("不超过 60", "60 and below"),
            ("60 到 100", "60 to 100"),
            ("60至100分", "60 points to 100 points"),
            ("85 分以上不满 95 分", "85 points and above, below 95 points"),
            ("85 分以上,不满 95 分", "85 points and above, below 95 points"),
            ("60 以上 100 以下", "60 to 100"),
        ];
        for (text, expected) in rows {
            let found = range(text).unwrap();
            assert_eq!(found.to_string(), expected, "{text}");
            assert_eq!(range(&found.to_string()), Ok(found), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_range() {
        let rows: [(&str, &str, &[&str]); 14] = [
            ("S", "scalar-not-a-range", &[]),
            ("", "scalar-not-a-range", &[]),
            ("below", "scalar-not-a-range", &[]),
            ("60 to", "scalar-not-a-range", &[]),
            ("60-100", "scalar-not-a-range", &["60 to 100"]),
            ("60～100", "scalar-not-a-range", &["60 to 100"]),
            (">= 60", "scalar-range-signs", &["60 and above"]),
            ("> 60", "scalar-range-signs", &["above 60"]),
            ("<60 分", "scalar-range-signs", &["below 60 分"]),
            ("≤ 60", "scalar-range-signs", &["60 and below"]),
            ("不满６０分", "scalar-full-width", &["不满60分"]),
            ("100 to 60", "scalar-range-empty", &[]),
            ("60 points to 100 yuan", "scalar-range-units", &[]),
            ("below $limit", "scalar-range-parameter", &[]),
        ];
        for (text, key, offered) in rows {
            let problem = range(text).unwrap_err();
            assert_eq!(
                (problem.message.key, problem.suggestions),
                (key, offered.iter().map(|s| (*s).to_owned()).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn bounds_that_are_parameters() {
        let value = |name: &str| match name {
            "review_after" => Some((Decimal::from(3), Unit::Periods)),
            "线.及格" => Some((Decimal::new(60, 2), Unit::Percent)),
            _ => None,
        };
        let rows = [
            ("below $review_after", "below 3 periods"),
            ("$review_after and above", "3 periods and above"),
            ("$review_after", "3 periods"),
            ("1 to $review_after", "1 periods to 3 periods"),
            ("$review_after以上", "3 periods and above"),
            ("不满 $线.及格", "below 60%"),
            ("10 to $线.及格", "10% to 60%"),
        ];
        for (text, expected) in rows {
            let written = range_text(text).unwrap();
            assert_eq!(written.resolve(value).unwrap().to_string(), expected, "{text}");
            assert!(written.parameters().all(|name| value(name).is_some()));
        }
        for (text, key) in [
            ("5 to $review_after", "scalar-range-empty"),
            ("5 points to $review_after", "scalar-range-units"),
            ("below $nothing", "scalar-range-parameter"),
        ] {
            assert_eq!(range_text(text).unwrap().resolve(value).unwrap_err().message.key, key, "{text}");
        }
        assert_eq!(range_text("below $").unwrap_err().message.key, "scalar-not-a-range");
    }

    #[test]
    fn numbers_overlaps_and_gaps() {
        let of = |text: &str| range(text).unwrap();
        for (text, number, expected) in [
            ("below 60", "59.99", true),
            ("below 60", "60", false),
            ("60 and above", "60", true),
            ("above 60", "60", false),
            ("60 分以下", "60", true),
            ("超过 60", "60", false),
            ("60 to 100", "100", true),
            ("60 to 100", "100.01", false),
            ("60", "60.0", true),
        ] {
            assert_eq!(of(text).contains(number.parse().unwrap()), expected, "{text} {number}");
        }
        for (a, b, expected) in [
            ("below 60", "60 and above", false),
            ("60 and below", "60 and above", true),
            ("below 60", "above 60", false),
            ("60 to 70", "70 to 80", true),
            ("60", "50 to 70", true),
        ] {
            assert_eq!((of(a).overlaps(&of(b)), of(b).overlaps(&of(a))), (expected, expected), "{a} / {b}");
        }
        let gaps = |within: &str, ranges: &[&str]| {
            let within = if within.is_empty() { NumberRange::default() } else { of(within) };
            let ranges: Vec<NumberRange> = ranges.iter().map(|text| of(text)).collect();
            uncovered(&within, &ranges).iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
        };
        assert_eq!(gaps("", &["95 and above", "85 and above", "below 85"]), "");
        assert_eq!(gaps("", &["below 60", "above 60"]), "60");
        assert_eq!(
            gaps("0 to 100", &["10 to 20", "30 to 40"]),
            "0 and above, below 10 | above 20, below 30 | above 40, 100 and below"
        );
        assert!(!of("1 and above, below 2").with_unit(Unit::Points).unwrap().contains(Decimal::TWO));
        assert_eq!(of("below 60").with_unit(Unit::Percent), Some(of("below 60%")));
        assert_eq!(of("below 60 points").with_unit(Unit::Percent), None);
    }
}
