//! `parameters:`: values with types, versions and ranges; blanks are told one by one.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::header;
use super::names;
use super::read;
use super::world::{Out, World, is_unknown, unknown_type};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{AsOf, InFlight, Parameter, ParameterValues, Version};
use crate::scalar::{self, NumberRange, ScalarProblem};
use crate::source::Span;
use crate::syntax::raw::{Named, RawParameter, RawVersion, Text};
use crate::value::{Type, Unit, Value};

pub(super) const AS_OF: &[(&str, AsOf)] =
    &[("period_start", AsOf::PeriodStart), ("event", AsOf::Event), ("decision", AsOf::Decision)];
pub(super) const IN_FLIGHT: &[(&str, InFlight)] =
    &[("keep", InFlight::Keep), ("recompute", InFlight::Recompute)];

/// A value as it was read.
pub(super) enum Given {
    /// A value with its type.
    Value(Value, Type),
    /// A blank, with its type where the text behind it tells.
    Blank(Option<Type>),
    /// It could not be read; that was reported.
    Wrong,
}

pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for entry in &raw.parameters {
        names::check(&entry.name, out);
        let parameter = one(world, entry, out);
        world.parameters.push(parameter);
    }
}

fn one(world: &World<'_>, entry: &Named<RawParameter>, out: &mut Out) -> Parameter {
    let raw = &entry.value;
    let name = &entry.name.value;
    let clause = world.cite_one(&raw.clause, &format!("parameters.{name}"), out);
    let called = raw.label.as_ref().map_or(name, |label| &label.value);
    let cited = raw.clause.as_ref().map(|clause| clause.value.as_str());
    let range = raw.range.as_ref().and_then(|text| range(text, out).map(|range| (range, text)));
    let mut given: Vec<(Given, Period, Span)> = Vec::new();
    if let Some(value) = &raw.value {
        given.push((read_value(value, called, cited, out), Period::default(), value.span));
    }
    for (version, period) in raw.versions.iter().zip(periods(&raw.versions, out)) {
        if let Some(value) = &version.value {
            given.push((read_value(value, called, cited, out), period, value.span));
        }
    }
    let hint = range.as_ref().and_then(|(range, _)| range_type(range));
    let ty = common_type(given.iter().map(|(given, _, span)| (given, *span)), hint, out);
    let versions: Vec<Version> = given
        .into_iter()
        .map(|(given, period, span)| Version { from: period.from, to: period.to, value: given.value(), span })
        .collect();
    if let Some((range, text)) = &range {
        versions.iter().for_each(|version| check_range(version, range, text, out));
    }
    let calendar = raw.calendar.as_ref().and_then(|text| world.calendar_named(text, out));
    if let (Some(calendar), false) = (&raw.calendar, matches!(ty, Type::Duration) || is_unknown(&ty)) {
        let message = Message::new("calendar-without-duration", [name]);
        out.error(Code::TypeMismatch, calendar.span, message);
    }
    let conventions = header::conventions(&raw.durations, world.conventions, out);
    let parameter = Parameter {
        name: name.as_str().into(),
        label: world.label(&raw.label),
        clause,
        ty,
        values: ParameterValues::Dated(versions),
        as_of: read::word_or(&raw.as_of, AS_OF, AsOf::default(), out),
        in_flight: read::word_or(&raw.in_flight, IN_FLIGHT, InFlight::default(), out),
        calendar,
        conventions,
        span: entry.name.span,
    };
    if let Some(text) =
        raw.durations.first().filter(|_| !is_unknown(&parameter.ty) && !parameter.may_count_days())
    {
        out.error(Code::WrongShape, text.span, Message::plain("durations-without-days"));
    }
    parameter
}

impl Given {
    /// The value; absent for a blank.
    pub fn value(self) -> Value {
        match self {
            Given::Value(value, _) => value,
            Given::Blank(_) | Given::Wrong => Value::Absent,
        }
    }
}

/// Reads a value: a blank, a duration, an amount with unit, a date, yes or no. `called` and `clause` name a blank.
pub(super) fn read_value(text: &Text, called: &str, clause: Option<&str>, out: &mut Out) -> Given {
    if scalar::is_blank(&text.value) {
        out.found.push(Diagnostic::blank(text.span, called, clause));
        return Given::Blank(type_behind_blank(&text.value));
    }
    match plain_value(&text.value) {
        Ok((value, ty)) => Given::Value(value, ty),
        Err((code, problem)) => {
            out.found.push(read::problem(code, text.span, problem));
            Given::Wrong
        }
    }
}

/// A value of a parameter. An amount of time must name its clock, so that a bare `24 hours` is no count of hours.
fn plain_value(text: &str) -> Result<(Value, Type), (Code, ScalarProblem)> {
    let problem = match scalar::amount(text) {
        Ok(value) => {
            let ty = type_of(&value);
            return Ok((value, ty));
        }
        Err(problem) => problem,
    };
    if let Ok(date) = scalar::date(text) {
        return Ok((Value::Date(date), Type::Date));
    }
    if let Ok(yes) = scalar::yes_no(text) {
        return Ok((Value::Boolean(yes), Type::Boolean));
    }
    // Where the unit is one of time, what is wrong is the duration.
    let timed = matches!(scalar::quantity(text), Ok(Value::Number(_, unit)) if is_time(unit));
    Err((if timed { Code::BadDuration } else { Code::BadQuantity }, problem))
}

fn is_time(unit: Unit) -> bool {
    matches!(unit, Unit::Days | Unit::Months | Unit::Hours | Unit::Minutes)
}

/// The type of a value as read.
fn type_of(value: &Value) -> Type {
    match value {
        Value::Number(number, unit) if number.fract().is_zero() && *unit != Unit::Percent => {
            Type::Integer(*unit)
        }
        Value::Number(_, unit) => Type::Decimal(*unit),
        Value::Duration(_) => Type::Duration,
        Value::Date(_) => Type::Date,
        Value::Boolean(_) => Type::Boolean,
        _ => unknown_type(),
    }
}

/// `[X] working days` is a duration, `[X] points` an amount of points; `[X]` alone tells nothing.
fn type_behind_blank(text: &str) -> Option<Type> {
    let close = [']', '】', '］'];
    let unit = text.split_once(close).map(|(_, unit)| unit.trim()).filter(|unit| !unit.is_empty())?;
    for filled in [format!("1 {unit}"), format!("1{unit}")] {
        if let Ok((value, _)) = plain_value(&filled) {
            // A blank may well be filled with a broken number.
            return Some(match value {
                Value::Number(_, unit) => Type::Decimal(unit),
                other => type_of(&other),
            });
        }
    }
    None
}

/// The one type of several values; a value of another type is reported.
pub(super) fn common_type<'g>(
    given: impl Iterator<Item = (&'g Given, Span)> + Clone,
    hint: Option<Type>,
    out: &mut Out,
) -> Type {
    let mut common: Option<(Type, Span)> = None;
    for (given, span) in given.clone() {
        let Given::Value(_, ty) = given else { continue };
        common = Some(match common {
            None => (ty.clone(), span),
            Some((first, at)) => match join(&first, ty) {
                Some(joined) => (joined, at),
                None => {
                    let units = unit_of(&first).is_some() && unit_of(ty).is_some();
                    let code = if units { Code::UnitMismatch } else { Code::TypeMismatch };
                    let message =
                        Message::new("versions-differ", [read::type_words(ty), read::type_words(&first)]);
                    let finding = Diagnostic::error(code, span, message);
                    out.found.push(finding.also(at, Message::new("type-here", [read::type_words(&first)])));
                    (first, at)
                }
            },
        });
    }
    let behind = given.clone().find_map(|(given, _)| match given {
        Given::Blank(ty) => ty.clone(),
        _ => None,
    });
    common.map(|(ty, _)| ty).or(behind).or(hint).unwrap_or_else(unknown_type)
}

/// The type that holds values of both.
fn join(a: &Type, b: &Type) -> Option<Type> {
    if a == b {
        return Some(a.clone());
    }
    let (x, y) = (unit_of(a)?, unit_of(b)?);
    (x == y).then_some(Type::Decimal(x))
}

pub(super) fn unit_of(ty: &Type) -> Option<Unit> {
    match ty {
        Type::Integer(unit) | Type::Decimal(unit) => Some(*unit),
        _ => None,
    }
}

/// From when to when a version holds.
#[derive(Clone, Copy, Default)]
pub(super) struct Period {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

/// The periods of dated versions; those that are out of order or overlap are reported.
pub(super) fn periods(versions: &[RawVersion], out: &mut Out) -> Vec<Period> {
    let mut before: Option<(Period, Span)> = None;
    let mut all = Vec::new();
    for version in versions {
        let from = version.from.as_ref().and_then(|text| read::date(text, out));
        let to = version.to.as_ref().and_then(|text| read::date(text, out));
        let period = Period { from, to };
        let span = version.from.as_ref().map_or(version.span, |from| from.span);
        if let (Some(from), Some(to), Some(text)) = (from, to, &version.to)
            && to < from
        {
            let message = Message::new("to-before-from", [to.to_string(), from.to_string()]);
            out.error(Code::VersionsOverlap, text.span, message);
        }
        if let (Some(from), Some((Period { from: Some(first), to: last }, at))) = (from, before) {
            let clash = if from <= first {
                Some(Message::new("versions-order", [from.to_string(), first.to_string()]))
            } else {
                last.filter(|last| from <= *last)
                    .map(|last| Message::new("versions-overlap", [from.to_string(), last.to_string()]))
            };
            if let Some(message) = clash {
                let finding = Diagnostic::error(Code::VersionsOverlap, span, message);
                out.found.push(finding.also(at, Message::plain("version-before")));
            }
        }
        before = Some((period, span));
        all.push(period);
    }
    all
}

/// A range of numbers.
fn range(text: &Text, out: &mut Out) -> Option<NumberRange> {
    read::taken(scalar::range(&text.value), Code::BadRange, text, out)
}

/// The type that a range with units tells.
fn range_type(range: &NumberRange) -> Option<Type> {
    (range.unit != Unit::None).then_some(Type::Decimal(range.unit))
}

/// Whether the value of a version lies in the range.
fn check_range(version: &Version, range: &NumberRange, text: &Text, out: &mut Out) {
    let (value, unit) = match &version.value {
        Value::Number(value, unit) => (*value, *unit),
        Value::Duration(duration) => (Decimal::from(duration.amount), Unit::None),
        _ => return,
    };
    let Some(range) = range.with_unit(unit) else {
        let message = read::unit_message(&text.value, range.unit, unit);
        let finding = Diagnostic::error(Code::UnitMismatch, text.span, message);
        out.found.push(finding.also(version.span, Message::plain("value-here")));
        return;
    };
    if !range.contains(value) {
        let message = Message::new("out-of-range", [version.value.to_string(), text.value.clone()]);
        let finding = Diagnostic::error(Code::OutOfRange, version.span, message);
        out.found.push(finding.also(text.span, Message::plain("range-here")));
    }
}
