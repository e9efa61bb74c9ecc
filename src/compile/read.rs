//! Scalars with their findings: dates, durations, counts, words.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::world::Out;
use crate::diag::{Code, Diagnostic, Fix, nearest};
use crate::lang::{Message, either};
use crate::scalar::{self, ScalarProblem};
use crate::source::Span;
use crate::syntax::raw::Text;
use crate::value::{Duration, Type, Unit, Value};

/// The finding for a scalar that could not be read.
pub(super) fn problem(code: Code, span: Span, problem: ScalarProblem) -> Diagnostic {
    let mut finding = Diagnostic::error(code, span, problem.message);
    match problem.suggestions.as_slice() {
        [] => {}
        [only] => {
            finding = finding.help(Message::new("did-you-mean", [only]));
            finding.fix = Some(Fix { span, replacement: only.clone() });
        }
        several => finding = finding.help(Message::new("write-one-of", [several.join("`, `")])),
    }
    finding
}

/// `yes` or `no`; absent is no.
pub(super) fn yes(text: &Option<Text>, out: &mut Out) -> bool {
    text.as_ref().and_then(|text| yes_no(text, out)).unwrap_or(false)
}

pub(super) fn yes_no(text: &Text, out: &mut Out) -> Option<bool> {
    taken(scalar::yes_no(&text.value), Code::BadWord, text, out)
}

pub(super) fn date(text: &Text, out: &mut Out) -> Option<NaiveDate> {
    taken(scalar::date(&text.value), Code::BadDate, text, out)
}

pub(super) fn duration(text: &Text, out: &mut Out) -> Option<Duration> {
    taken(scalar::duration(&text.value), Code::BadDuration, text, out)
}

/// A number with its unit.
pub(super) fn number(text: &Text, out: &mut Out) -> Option<(Decimal, Unit)> {
    match taken(scalar::quantity(&text.value), Code::BadQuantity, text, out)? {
        Value::Number(number, unit) => Some((number, unit)),
        other => {
            let message = Message::new("number-expected", [other.to_string()]);
            out.error(Code::BadQuantity, text.span, message);
            None
        }
    }
}

/// A number in one of some units; the first is the one that messages name.
pub(super) fn number_in(text: &Text, units: &[Unit], out: &mut Out) -> Option<Decimal> {
    let (number, unit) = number(text, out)?;
    if units.contains(&unit) {
        return Some(number);
    }
    let wanted = units.first().copied().unwrap_or_default();
    out.error(Code::UnitMismatch, text.span, unit_message(&text.value, unit, wanted));
    None
}

/// A whole number from zero in one of some units.
pub(super) fn count(text: &Text, units: &[Unit], out: &mut Out) -> Option<u32> {
    let number = number_in(text, units, out)?;
    let whole = if number.fract().is_zero() { u32::try_from(number).ok() } else { None };
    if whole.is_none() {
        out.error(Code::BadNumber, text.span, Message::new("count-expected", [&text.value]));
    }
    whole
}

/// One of some words with what it means.
pub(super) fn word<T: Copy>(text: &Text, words: &[(&str, T)], out: &mut Out) -> Option<T> {
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text.value) {
        return Some(*meaning);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    out.found.push(bad_word(text, &known));
    None
}

/// One of some words, or a default where nothing stands.
pub(super) fn word_or<T: Copy>(text: &Option<Text>, words: &[(&str, T)], default: T, out: &mut Out) -> T {
    text.as_ref().and_then(|text| word(text, words, out)).unwrap_or(default)
}

/// The finding for a word that is none of those allowed.
pub(super) fn bad_word(text: &Text, known: &[&str]) -> Diagnostic {
    let message = Message::new("bad-word", [text.value.clone(), known.join(", ")]);
    let finding = Diagnostic::error(Code::BadWord, text.span, message);
    match nearest(&text.value, known.iter().copied()) {
        Some(near) => finding.help(Message::new("did-you-mean", [near])).fix(text.span, near),
        None => finding,
    }
}

/// A message about a unit that is not the wanted one.
pub(super) fn unit_message(text: &str, found: Unit, wanted: Unit) -> Message {
    Message::new("unit-other", [text.to_owned(), shown(found), shown(wanted)])
}

/// A unit for messages.
pub(super) fn shown(unit: Unit) -> String {
    match unit {
        Unit::None => either("没有单位的数", "a bare number"),
        Unit::Percent => "%".to_owned(),
        unit => either(unit.zh(), &unit.to_string()),
    }
}

/// A type for messages.
pub(super) fn type_words(ty: &Type) -> String {
    match ty {
        Type::Integer(unit) | Type::Decimal(unit) if *unit != Unit::None => shown(*unit),
        Type::Choice(choice) => choice.options.join(" / "),
        Type::Subject(kind) => kind.to_string(),
        Type::List(of) => either("列表", &format!("a list of {of}")),
        plain => {
            let zh = match plain {
                Type::Boolean => "是或否",
                Type::Integer(_) => "整数",
                Type::Decimal(_) => "数",
                Type::Text => "文字",
                Type::Date => "日期",
                Type::Instant => "时刻",
                Type::Duration => "时长",
                _ => "人",
            };
            either(zh, &plain.to_string())
        }
    }
}

/// What was read, or its problem told.
pub(super) fn taken<T>(read: Result<T, ScalarProblem>, code: Code, text: &Text, out: &mut Out) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(found) => {
            out.found.push(problem(code, text.span, found));
            None
        }
    }
}
