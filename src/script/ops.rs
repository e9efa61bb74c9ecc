//! What operators and comparisons do. Both ways of running use these, so that both give the same answers.
//!
//! Units are settled when a script is typed; here a number is a number.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::ast::{Arith, Compare};
use crate::lang::Message;
use crate::value::{ClockKind, Duration, TimeUnit, Type, Unit, Value};

/// The result of an operation, or why there is none.
pub type Outcome = Result<Value, Message>;

/// `+ - * / %` on numbers; `-` on dates gives days.
pub fn arith(op: Arith, a: &Value, b: &Value) -> Outcome {
    if let (Value::Number(x, _), Value::Number(y, _)) = (a, b) {
        return numbers(op, *x, *y);
    }
    match (op, a, b) {
        (Arith::Sub, Value::Date(x), Value::Date(y)) => {
            Ok(number(Decimal::from(x.signed_duration_since(*y).num_days())))
        }
        _ => Err(mixed(op.sign(), a, b)),
    }
}

fn numbers(op: Arith, x: Decimal, y: Decimal) -> Outcome {
    if y.is_zero() && matches!(op, Arith::Div | Arith::Rem) {
        return Err(Message::plain("script-division-by-zero"));
    }
    let result = match op {
        Arith::Add => x.checked_add(y),
        Arith::Sub => x.checked_sub(y),
        Arith::Mul => x.checked_mul(y),
        Arith::Div => x.checked_div(y),
        Arith::Rem => x.checked_rem(y),
    };
    result.map(number).ok_or_else(|| Message::plain("script-overflow"))
}

/// A comparison; values of different kinds are an error, never just unequal.
#[inline]
pub fn compare(op: Compare, a: &Value, b: &Value) -> Result<bool, Message> {
    let order = match (a, b) {
        (Value::Number(x, _), Value::Number(y, _)) => x.cmp(y),
        _ if matches!(op, Compare::Equal | Compare::NotEqual) => equal(a, b)?,
        _ => order(a, b)?,
    };
    Ok(match op {
        Compare::Equal => order == Ordering::Equal,
        Compare::NotEqual => order != Ordering::Equal,
        Compare::Less => order == Ordering::Less,
        Compare::LessEqual => order != Ordering::Greater,
        Compare::Greater => order == Ordering::Greater,
        Compare::GreaterEqual => order != Ordering::Less,
    })
}

/// `Equal`, or something else.
fn equal(a: &Value, b: &Value) -> Result<Ordering, Message> {
    match (a, b) {
        (Value::Boolean(x), Value::Boolean(y)) => Ok(x.cmp(y)),
        (Value::List(x), Value::List(y)) => {
            if x.len() != y.len() {
                return Ok(Ordering::Less);
            }
            for (x, y) in x.iter().zip(y.iter()) {
                if equal(x, y)? != Ordering::Equal {
                    return Ok(Ordering::Less);
                }
            }
            Ok(Ordering::Equal)
        }
        _ => order(a, b),
    }
}

fn order(a: &Value, b: &Value) -> Result<Ordering, Message> {
    match (a, b) {
        (Value::Number(x, _), Value::Number(y, _)) => Ok(x.cmp(y)),
        (Value::Date(x), Value::Date(y)) => Ok(x.cmp(y)),
        (Value::Instant(x), Value::Instant(y)) => Ok(x.cmp(y)),
        (Value::Duration(x), Value::Duration(y)) => {
            durations(x, y).ok_or_else(|| Message::new("script-durations-differ", [x, y]))
        }
        _ => match (a.as_str(), b.as_str()) {
            (Some(x), Some(y)) => Ok(x.cmp(y)),
            _ => Err(mixed("==", a, b)),
        },
    }
}

/// Durations compare where one unit holds a fixed number of the other on the same clock.
fn durations(a: &Duration, b: &Duration) -> Option<Ordering> {
    if a.clock != b.clock {
        return None;
    }
    let (x, y) = (base(a)?, base(b)?);
    (x.0 == y.0).then(|| x.1.cmp(&y.1))
}

/// A duration in its clock's smallest fixed unit: which unit, how many.
fn base(duration: &Duration) -> Option<(TimeUnit, i128)> {
    let days_are_fixed = duration.clock == ClockKind::Wall;
    let (unit, factor) = match duration.unit {
        TimeUnit::Seconds => (TimeUnit::Seconds, 1),
        TimeUnit::Minutes => (TimeUnit::Seconds, 60),
        TimeUnit::Hours => (TimeUnit::Seconds, 3_600),
        TimeUnit::Days if days_are_fixed => (TimeUnit::Seconds, 86_400),
        TimeUnit::Weeks if days_are_fixed => (TimeUnit::Seconds, 604_800),
        TimeUnit::Days => (TimeUnit::Days, 1),
        // A working week has as many days as the calendar says.
        TimeUnit::Weeks if duration.clock == ClockKind::Calendar => (TimeUnit::Days, 7),
        TimeUnit::Weeks => (TimeUnit::Weeks, 1),
        TimeUnit::Months => (TimeUnit::Months, 1),
        TimeUnit::Quarters => (TimeUnit::Months, 3),
        TimeUnit::Years => (TimeUnit::Months, 12),
    };
    i128::from(duration.amount).checked_mul(factor).map(|amount| (unit, amount))
}

/// `-x`
pub fn negate(a: &Value) -> Outcome {
    match a {
        Value::Number(x, _) => Ok(number(-*x)),
        _ => Err(Message::new("script-not-a-number", [show(a)])),
    }
}

/// Whether a value is one of several; the first that matches decides.
pub fn one_of(a: &Value, all: &[Value]) -> Result<bool, Message> {
    for item in all {
        if compare(Compare::Equal, a, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A value as the type asks for it: number with its unit, word as a choice or a name. Nothing where it does not fit.
pub fn conform(value: Value, ty: &Type) -> Option<Value> {
    match (ty, value) {
        (_, Value::Absent) => Some(Value::Absent),
        (Type::Integer(unit), Value::Number(x, _)) => {
            x.fract().is_zero().then(|| Value::Number(x.normalize(), *unit))
        }
        (Type::Decimal(unit), Value::Number(x, _)) => Some(Value::Number(x.normalize(), *unit)),
        (Type::Boolean, value @ Value::Boolean(_)) => Some(value),
        (Type::Date, value @ Value::Date(_)) => Some(value),
        (Type::Instant, value @ Value::Instant(_)) => Some(value),
        (Type::Duration, value @ Value::Duration(_)) => Some(value),
        (Type::Choice(choice), Value::Choice(word) | Value::Text(word)) => {
            choice.options.contains(&word).then_some(Value::Choice(word))
        }
        (Type::Text, Value::Text(text)) => Some(Value::Text(text)),
        (Type::Person, Value::Person(name) | Value::Text(name)) => Some(Value::Person(name)),
        (Type::Subject(_), Value::Subject(name) | Value::Text(name)) => Some(Value::Subject(name)),
        (Type::List(of), Value::List(all)) => all
            .iter()
            .map(|value| conform(value.clone(), of))
            .collect::<Option<Vec<_>>>()
            .map(|all| Value::List(all.into())),
        _ => None,
    }
}

/// A number without unit.
pub fn number(x: Decimal) -> Value {
    Value::Number(x, Unit::None)
}

/// Two values that an operation does not take together.
fn mixed(sign: &str, a: &Value, b: &Value) -> Message {
    Message::new("script-mixed", [sign.to_owned(), show(a), show(b)])
}

/// A value in a message.
pub fn show(value: &Value) -> String {
    match value.as_str() {
        Some(text) => format!("\"{}\"", text.chars().take(40).collect::<String>()),
        None => value.to_string().chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_compare_only_where_a_unit_is_fixed() {
        use ClockKind::*;
        use TimeUnit::*;
        let rows = [
            ((90, Minutes, Business), (1, Hours, Business), Some(Ordering::Greater)),
            ((24, Hours, Wall), (1, Days, Wall), Some(Ordering::Equal)),
            ((24, Hours, Business), (1, Days, Working), None),
            ((7, Days, Calendar), (1, Weeks, Calendar), Some(Ordering::Equal)),
            ((5, Days, Working), (1, Weeks, Working), None),
            ((30, Days, Calendar), (1, Months, Calendar), None),
            ((4, Quarters, Calendar), (1, Years, Calendar), Some(Ordering::Equal)),
        ];
        for (a, b, expected) in rows {
            let of = |(amount, unit, clock)| Duration { amount, unit, clock };
            assert_eq!(durations(&of(a), &of(b)), expected, "{a:?} {b:?}");
        }
    }
}
