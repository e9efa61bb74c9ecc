//! What operators and comparisons do. Both ways of running use these, so that both give the same answers.
//!
//! Units are settled when a script is typed; here a number is a number.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::ast::{Arith, Compare};
use crate::lang::Message;
use crate::value::{Type, Unit, Value};

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
            x.compare(y).ok_or_else(|| Message::new("script-durations-differ", [x, y]))
        }
        _ => match (a.as_str(), b.as_str()) {
            (Some(x), Some(y)) => Ok(x.cmp(y)),
            _ => Err(mixed("==", a, b)),
        },
    }
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
