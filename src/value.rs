//! Values and their types: exact numbers with units, dates, choices, people.
//!
//! INVARIANT: no binary float is reachable from a value.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use crate::quantity::{ClockKind, Duration, TimeUnit, Unit};

/// One value: of a field, of an event's data, of a parameter, of an expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Value {
    /// Nothing is known. Comparing it is never silently false: a guard that needs it is undecided.
    #[default]
    Absent,
    /// Yes or no.
    Boolean(bool),
    /// An exact decimal with its unit; an integer is a number without decimals.
    /// A percentage is held as its fraction: `60%` is `0.60` with [`Unit::Percent`].
    Number(Decimal, Unit),
    /// Free text.
    Text(Arc<str>),
    /// A civil date in the policy's time zone.
    Date(NaiveDate),
    /// An instant, whole seconds.
    Instant(DateTime<Utc>),
    /// A span of time with its unit and its clock.
    Duration(Duration),
    /// One of a declared list of words: a band, a position, a state.
    Choice(Arc<str>),
    /// A person by bare name: `li`.
    Person(Arc<str>),
    /// A subject by full name: `order/o9`.
    Subject(Arc<str>),
    /// Several values of one type.
    List(Arc<[Value]>),
}

/// The type of a value, as declared in a policy or derived from an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Yes or no.
    Boolean,
    /// A whole number with a unit (`integer` is without unit).
    Integer(Unit),
    /// A decimal number with a unit (`decimal` is without unit).
    Decimal(Unit),
    /// Free text.
    Text,
    /// A civil date.
    Date,
    /// An instant.
    Instant,
    /// A span of time.
    Duration,
    /// One of a list of words.
    Choice(Arc<ChoiceType>),
    /// A person.
    Person,
    /// A subject of the named kind.
    Subject(Arc<str>),
    /// Several values of one type.
    List(Box<Type>),
}

/// A list of words and where it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceType {
    /// A name for messages: `staff.position`, `monthly_kpi.band`, `onboarding`.
    pub name: Arc<str>,
    /// The words, in document order.
    pub options: Vec<Arc<str>>,
    /// Whether several may hold at once: the states of a workflow in which states nest.
    pub several: bool,
}

impl Value {
    /// A number without a unit.
    pub fn number(value: impl Into<Decimal>) -> Value {
        Value::Number(value.into(), Unit::None)
    }

    /// A text.
    pub fn text(text: impl AsRef<str>) -> Value {
        Value::Text(Arc::from(text.as_ref()))
    }

    /// Whether nothing is known.
    pub fn is_absent(&self) -> bool {
        matches!(self, Value::Absent)
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Value::Number(value, _) => Some(*value),
            _ => None,
        }
    }

    /// The word, name or text inside, if there is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Choice(text) | Value::Person(text) | Value::Subject(text) => {
                Some(text)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Absent => f.write_str("—"),
            Value::Boolean(value) => f.write_str(if *value { "yes" } else { "no" }),
            Value::Number(value, Unit::Percent) => {
                write!(f, "{}%", (*value * Decimal::ONE_HUNDRED).normalize())
            }
            Value::Number(value, Unit::None) => write!(f, "{}", value.normalize()),
            Value::Number(value, unit) => write!(f, "{} {unit}", value.normalize()),
            Value::Text(text) | Value::Choice(text) => f.write_str(text),
            Value::Person(text) | Value::Subject(text) => f.write_str(text),
            Value::Date(date) => write!(f, "{date}"),
            Value::Instant(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%SZ")),
            Value::Duration(duration) => write!(f, "{duration}"),
            Value::List(values) => {
                f.write_str("[")?;
                for (idx, value) in values.iter().enumerate() {
                    if idx > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Boolean => f.write_str("boolean"),
            Type::Integer(Unit::None) => f.write_str("integer"),
            Type::Decimal(Unit::None) => f.write_str("decimal"),
            Type::Integer(unit) | Type::Decimal(unit) => write!(f, "{unit}"),
            Type::Text => f.write_str("text"),
            Type::Date => f.write_str("date"),
            Type::Instant => f.write_str("instant"),
            Type::Duration => f.write_str("duration"),
            Type::Choice(choice) => write!(f, "{}", choice.name),
            Type::Person => f.write_str("person"),
            Type::Subject(kind) => write!(f, "{kind}"),
            Type::List(of) => write!(f, "list of {of}"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::number(value)
    }
}

impl From<Decimal> for Value {
    fn from(value: Decimal) -> Value {
        Value::number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::text(value)
    }
}

impl From<NaiveDate> for Value {
    fn from(value: NaiveDate) -> Value {
        Value::Date(value)
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(value: DateTime<Utc>) -> Value {
        Value::Instant(value)
    }
}

/// So many points.
pub fn points(value: impl Into<Decimal>) -> Value {
    Value::Number(value.into(), Unit::Points)
}

/// So many yuan.
pub fn yuan(value: impl Into<Decimal>) -> Value {
    Value::Number(value.into(), Unit::Yuan)
}
