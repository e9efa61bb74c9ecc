//! Numbers, quantities with units, and blanks.

use rust_decimal::Decimal;

use crate::quantity::Unit;
use crate::scalar::{Scalar, ScalarProblem, refuse_long};
use crate::value::Value;

/// Reads a decimal exactly: digits with at most one point, a leading `-` allowed.
///
/// # Errors
/// Full-width digits, thousands separators, exponents, a leading `+`, and more than 28 digits; a fix is offered where one is clear.
pub fn decimal(text: &str) -> Scalar<Decimal> {
    let text = text.trim();
    refuse_long(text)?;
    refuse_full_width(text)?;
    if !is_plain(text) {
        let fixed = plain_reading(text).filter(|fixed| is_plain(fixed));
        return Err(ScalarProblem::new("scalar-not-a-number", [text]).suggest_maybe(fixed));
    }
    let value =
        Decimal::from_str_exact(text).map_err(|_| ScalarProblem::new("scalar-number-too-long", [text]))?;
    Ok(if value.is_zero() { value.abs() } else { value })
}

/// Reads an amount with a unit as a number: `80 points`, `80 分`, `3 periods`, `1.5`. A percentage becomes its fraction: `60%` is 0.60.
///
/// # Errors
/// As for [`decimal`], and a unit that is not one of [`Unit::NAMES`].
pub fn quantity(text: &str) -> Scalar<Value> {
    number_with_unit(text).map(|(number, unit)| Value::Number(number, unit))
}

/// Whether the text is a blank still to be filled: empty, or holding `[X]`, `【X】`, `[ ]`, `____`.
pub fn is_blank(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.contains("__") || has_blank_brackets(text)
}

/// The text with full-width letters, digits, signs and spaces turned into their ASCII forms.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' | '\u{a0}' => ' ',
            '\u{2212}' => '-',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .collect()
}

/// A problem if digits, a sign, a point, `%` or `$` are written full-width: they look right and are not.
pub(super) fn refuse_full_width(text: &str) -> Scalar<()> {
    let wide = |c: char| matches!(c, '０'..='９' | '．' | '－' | '＋' | '％' | '＄' | '\u{2212}');
    if text.contains(wide) {
        return Err(ScalarProblem::new("scalar-full-width", [text]).suggest(half_width(text)));
    }
    Ok(())
}

/// The number and the unit, a percentage as its fraction.
pub(super) fn number_with_unit(text: &str) -> Scalar<(Decimal, Unit)> {
    let text = text.trim();
    refuse_long(text)?;
    refuse_full_width(text)?;
    let (number, rest) = split_number(text);
    if number.is_empty() {
        return Err(ScalarProblem::new("scalar-no-number", [text]).suggest_maybe(with_digits(text)));
    }
    if rest.is_empty() {
        return Ok((decimal(number)?, Unit::None));
    }
    let Some(unit) = Unit::parse(rest) else {
        let unit = near_unit(rest).map(|unit| format!("{number} {unit}"));
        return Err(ScalarProblem::new("scalar-unknown-unit", [text, rest, &unit_list()]).suggest_maybe(unit));
    };
    Ok((
        in_unit(decimal(number)?, unit)
            .ok_or_else(|| ScalarProblem::new("scalar-number-too-long", [text]))?,
        unit,
    ))
}

/// A number as written beside a unit, as the value holds it: exact, because only the point moves.
pub(super) fn in_unit(number: Decimal, unit: Unit) -> Option<Decimal> {
    let mut number = number;
    if unit == Unit::Percent {
        number.set_scale(number.scale() + 2).ok()?;
    }
    Some(number)
}

/// The leading number (digits, signs, separators) and what follows it, without the space between.
pub(super) fn split_number(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '_' | '-' | '+')))
        .map_or(text.len(), |(idx, _)| idx);
    let (number, rest) = text.split_at(end);
    (number.trim(), rest.trim())
}

/// The text with a leading Chinese numeral as digits: `三个工作日` → `3 个工作日`.
pub(super) fn with_digits(text: &str) -> Option<String> {
    let end = text.char_indices().find(|(_, c)| numeral(*c).is_none()).map_or(text.len(), |(idx, _)| idx);
    let (word, rest) = text.split_at(end);
    let (mut total, mut digit) = (0_u32, None);
    for c in word.chars() {
        match numeral(c)? {
            step @ (10 | 100) => {
                total = digit.take().unwrap_or(1_u32).saturating_mul(step).saturating_add(total)
            }
            value => digit = Some(value),
        }
    }
    let separator = if rest.is_empty() { "" } else { " " };
    (!word.is_empty())
        .then(|| format!("{}{separator}{}", total.saturating_add(digit.unwrap_or(0)), rest.trim()))
}

fn numeral(c: char) -> Option<u32> {
    "零一二三四五六七八九十".chars().zip(0..).find(|(sign, _)| *sign == c).map(|(_, value)| value).or(match c
    {
        '两' => Some(2),
        '百' => Some(100),
        _ => None,
    })
}

fn is_plain(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

/// What a number in another notation most likely means.
fn plain_reading(text: &str) -> Option<String> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if text.contains(',') {
        let groups: Vec<&str> = text.split('.').next()?.split(',').skip(1).collect();
        return groups.iter().all(|group| group.len() == 3).then(|| text.replace(',', ""));
    }
    if let Some(fraction) = text.strip_prefix('.') {
        return Some(format!("0.{fraction}"));
    }
    if text.chars().any(|c| numeral(c).is_some()) {
        return with_digits(text);
    }
    Some(text.trim_end_matches('.').replace('_', ""))
}

fn has_blank_brackets(text: &str) -> bool {
    let pairs = [('[', ']'), ('【', '】'), ('［', '］')];
    pairs.iter().any(|(open, close)| {
        text.split(*open).skip(1).any(|after| {
            after.split_once(*close).is_some_and(|(inside, _)| {
                inside.trim().chars().all(|c| matches!(c, 'X' | 'x' | 'Ｘ' | '×' | '_' | '…' | '?' | '？'))
            })
        })
    })
}

fn near_unit(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let spellings = Unit::NAMES.iter().flat_map(|(_, en, zh)| en.iter().chain(zh.iter()));
    spellings
        .map(|name| (strsim::damerau_levenshtein(&lower, name), *name))
        .filter(|(distance, name)| *distance <= 2 && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

fn unit_list() -> String {
    let names = Unit::NAMES.iter().filter_map(|(_, en, zh)| Some((*en.first()?, *zh.first()?)));
    let each = names.map(|(en, zh)| if en == zh { en.to_owned() } else { format!("{en}/{zh}") });
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        for text in
            ["0", "5.10", "007", "-3", "79228162514264337593543950335", "0.0000000000000000000000000001"]
        {
            assert!(decimal(text).is_ok(), "{text}");
        }
        assert_eq!(decimal("5.10").unwrap().to_string(), "5.10");
        assert_eq!(decimal("-0").unwrap().to_string(), "0");
        let rows: [(&str, &str, &[&str]); 12] = [
            ("１２", "scalar-full-width", &["12"]),
            ("－3", "scalar-full-width", &["-3"]),
            ("1,000", "scalar-not-a-number", &["1000"]),
            ("1,00", "scalar-not-a-number", &[]),
            ("1_000", "scalar-not-a-number", &["1000"]),
            ("+5", "scalar-not-a-number", &["5"]),
            (".5", "scalar-not-a-number", &["0.5"]),
            ("5.", "scalar-not-a-number", &["5"]),
            ("1e3", "scalar-not-a-number", &[]),
            ("", "scalar-not-a-number", &[]),
            ("三", "scalar-not-a-number", &["3"]),
            ("0.00000000000000000000000000001", "scalar-number-too-long", &[]),
        ];
        for (text, key, offered) in rows {
            let problem = decimal(text).unwrap_err();
            assert_eq!(
                (problem.message.key, problem.suggestions),
                (key, offered.iter().map(|s| (*s).to_owned()).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn quantities() {
        let rows = [
            ("80 points", "80", Unit::Points),
            ("80 分", "80", Unit::Points),
            ("80分", "80", Unit::Points),
            ("60%", "0.60", Unit::Percent),
            ("33.30 %", "0.3330", Unit::Percent),
            ("100%", "1.00", Unit::Percent),
            ("3 periods", "3", Unit::Periods),
            ("3 期", "3", Unit::Periods),
            ("1", "1", Unit::None),
            ("1.5", "1.5", Unit::None),
            ("100 yuan", "100", Unit::Yuan),
            ("-100 元", "-100", Unit::Yuan),
            ("2 months", "2", Unit::Months),
            ("2 个月", "2", Unit::Months),
        ];
        for (text, number, unit) in rows {
            let Value::Number(value, found) = quantity(text).unwrap() else { panic!("{text}") };
            assert_eq!((value.to_string().as_str(), found), (number, unit), "{text}");
        }
        let rows: [(&str, &str, &[&str]); 6] = [
            ("６０％", "scalar-full-width", &["60%"]),
            ("80 pionts", "scalar-unknown-unit", &["80 points"]),
            ("80 斤", "scalar-unknown-unit", &[]),
            ("三期", "scalar-no-number", &["3 期"]),
            ("二十五分", "scalar-no-number", &["25 分"]),
            ("many", "scalar-no-number", &[]),
        ];
        for (text, key, offered) in rows {
            let problem = quantity(text).unwrap_err();
            assert_eq!(
                (problem.message.key, problem.suggestions),
                (key, offered.iter().map(|s| (*s).to_owned()).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn blanks() {
        for text in [
            "",
            "  ",
            "[X]",
            "[x] working days",
            "【X】",
            "【 】分",
            "第[X]个工作日",
            "［Ｘ］",
            "[]",
            "____ 天",
            "[XX]%",
        ] {
            assert!(is_blank(text), "{text}");
        }
        for text in ["0", "X", "[sales, service]", "3 working days", "不限", "a_b", "第[三]个"] {
            assert!(!is_blank(text), "{text}");
        }
    }
}
