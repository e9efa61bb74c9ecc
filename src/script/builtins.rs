//! The functions every script has: one table with signature and doc, which is also where their documentation comes from.

use chrono::Datelike;
use rust_decimal::{Decimal, RoundingStrategy};

use super::ast::Compare;
use super::ops::{self, Outcome, number};
use crate::lang::Message;
use crate::value::{Unit, Value};

/// What a parameter of a built-in takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A number of any unit; all such parameters of one call have the same unit.
    Number,
    /// A whole number, 0 to 28.
    Places,
    /// Numbers of one unit, or dates, or instants.
    Ordered,
    /// A date.
    Date,
    /// An instant.
    Instant,
    /// A text.
    Text,
    /// A text or a list.
    Sized,
    /// Something that the text or list before it can hold.
    Held,
    /// A value that may be unknown.
    Any,
    /// A value of the type of the one before it.
    Same,
}

/// What a built-in gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// The type of its first argument (of both, for the number kinds).
    Same,
    /// The unit of its first argument, as a decimal.
    Decimal,
    /// Yes or no.
    Boolean,
    /// A whole number of a unit.
    Integer(Unit),
    /// A date.
    Date,
}

/// Which built-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    /// `min`
    Min,
    /// `max`
    Max,
    /// `abs`
    Abs,
    /// `round_half_up`
    RoundHalfUp,
    /// `round_half_even`
    RoundHalfEven,
    /// `round_down`
    RoundDown,
    /// `round_up`
    RoundUp,
    /// `known`
    Known,
    /// `or_else`
    OrElse,
    /// `days_between`
    DaysBetween,
    /// `month_of`
    MonthOf,
    /// `year_of`
    YearOf,
    /// `date_of`
    DateOf,
    /// `starts_with`
    StartsWith,
    /// `contains`
    Contains,
    /// `len`
    Len,
}

/// A built-in function.
#[derive(Debug)]
pub struct Builtin {
    /// Which.
    pub id: Id,
    /// Its name.
    pub name: &'static str,
    /// Its parameters.
    pub takes: &'static [Takes],
    /// Its result.
    pub gives: Gives,
    /// How a call looks.
    pub usage: &'static str,
    /// One sentence in Chinese.
    pub zh: &'static str,
    /// One sentence in English.
    pub en: &'static str,
}

macro_rules! builtins {
    ($($id:ident $name:literal ($($takes:ident),*) -> $gives:expr, $usage:literal, $zh:literal, $en:literal;)*) => {
        &[$(Builtin {
            id: Id::$id, name: $name, takes: &[$(Takes::$takes),*], gives: $gives, usage: $usage, zh: $zh, en: $en,
        },)*]
    };
}

/// Every built-in.
pub const ALL: &[Builtin] = builtins! {
    Min "min" (Ordered, Ordered) -> Gives::Same, "min(a, b)",
        "两个值中较小(较早)的一个。", "The smaller or earlier of two values.";
    Max "max" (Ordered, Ordered) -> Gives::Same, "max(a, b)",
        "两个值中较大(较晚)的一个。", "The larger or later of two values.";
    Abs "abs" (Number) -> Gives::Same, "abs(x)",
        "去掉负号。", "The number without its sign.";
    RoundHalfUp "round_half_up" (Number, Places) -> Gives::Decimal, "round_half_up(x, 2)",
        "四舍五入到指定的小数位数;负数同样按绝对值进位。", "Rounds to that many decimals, half away from zero.";
    RoundHalfEven "round_half_even" (Number, Places) -> Gives::Decimal, "round_half_even(x, 2)",
        "四舍六入五成双。", "Rounds to that many decimals, half to the even digit.";
    RoundDown "round_down" (Number, Places) -> Gives::Decimal, "round_down(x, 0)",
        "舍去多余的小数位(向零)。", "Cuts off further decimals, towards zero.";
    RoundUp "round_up" (Number, Places) -> Gives::Decimal, "round_up(x, 0)",
        "只要有多余的小数位就进一(离零)。", "Rounds away from zero as soon as there are further decimals.";
    Known "known" (Any) -> Gives::Boolean, "known(event.score)",
        "这个值是否已知。", "Whether the value is known.";
    OrElse "or_else" (Any, Same) -> Gives::Same, "or_else(event.score, 0)",
        "这个值;未知时取后一个。写作 `x ?? y` 也一样。", "The value, or the second where it is unknown; `x ?? y` is the same.";
    DaysBetween "days_between" (Date, Date) -> Gives::Integer(Unit::Days), "days_between(a, b)",
        "从前一个日期到后一个日期的自然日天数,同日为 0。", "Civil days from the first date to the second; 0 on the same day.";
    MonthOf "month_of" (Date) -> Gives::Integer(Unit::None), "month_of(date)",
        "日期的月份,1 到 12。", "The month of a date, 1 to 12.";
    YearOf "year_of" (Date) -> Gives::Integer(Unit::None), "year_of(date)",
        "日期的年份。", "The year of a date.";
    DateOf "date_of" (Instant) -> Gives::Date, "date_of(instant)",
        "时刻在制度时区里的日期。", "The date of an instant in the policy's time zone.";
    StartsWith "starts_with" (Text, Text) -> Gives::Boolean, "starts_with(text, \"A\")",
        "文字是否以另一段文字开头。", "Whether a text begins with another.";
    Contains "contains" (Sized, Held) -> Gives::Boolean, "contains(text, \"迟到\")",
        "文字或列表里是否有它。", "Whether a text or a list holds it.";
    Len "len" (Sized) -> Gives::Integer(Unit::None), "len(text)",
        "文字的字数,或列表的项数。", "How many characters a text has, or items a list.";
};

/// The built-in of a name.
pub fn find(name: &str) -> Option<&'static Builtin> {
    ALL.iter().find(|builtin| builtin.name == name)
}

/// The built-in of an id.
pub fn get(id: Id) -> Option<&'static Builtin> {
    ALL.iter().find(|builtin| builtin.id == id)
}

/// What a built-in gives for arguments of the right kinds. `zone` is the policy's time zone.
pub fn call(id: Id, args: &[Value], zone: chrono_tz::Tz) -> Outcome {
    match (id, args) {
        (Id::Min, [a, b]) => Ok(if ops::compare(Compare::Greater, a, b)? { b.clone() } else { a.clone() }),
        (Id::Max, [a, b]) => Ok(if ops::compare(Compare::Less, a, b)? { b.clone() } else { a.clone() }),
        (Id::Abs, [Value::Number(x, _)]) => Ok(number(x.abs())),
        (Id::RoundHalfUp, [Value::Number(x, _), places]) => {
            round(*x, places, RoundingStrategy::MidpointAwayFromZero)
        }
        (Id::RoundHalfEven, [Value::Number(x, _), places]) => {
            round(*x, places, RoundingStrategy::MidpointNearestEven)
        }
        (Id::RoundDown, [Value::Number(x, _), places]) => round(*x, places, RoundingStrategy::ToZero),
        (Id::RoundUp, [Value::Number(x, _), places]) => round(*x, places, RoundingStrategy::AwayFromZero),
        (Id::Known, [a]) => Ok(Value::Boolean(!a.is_absent())),
        (Id::OrElse, [a, b]) => Ok(if a.is_absent() { b.clone() } else { a.clone() }),
        (Id::DaysBetween, [Value::Date(a), Value::Date(b)]) => {
            Ok(number(Decimal::from(b.signed_duration_since(*a).num_days())))
        }
        (Id::MonthOf, [Value::Date(a)]) => Ok(number(Decimal::from(a.month()))),
        (Id::YearOf, [Value::Date(a)]) => Ok(number(Decimal::from(a.year()))),
        (Id::DateOf, [Value::Instant(at)]) => Ok(Value::Date(at.with_timezone(&zone).date_naive())),
        (Id::Contains, [Value::List(all), item]) => Ok(Value::Boolean(ops::one_of(item, all)?)),
        (Id::Len, [Value::List(all)]) => Ok(number(Decimal::from(all.len()))),
        (Id::Len, [a]) if a.as_str().is_some() => {
            Ok(number(Decimal::from(a.as_str().map_or(0, |text| text.chars().count()))))
        }
        (Id::StartsWith | Id::Contains, [a, b]) => match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) if id == Id::Contains => Ok(Value::Boolean(a.contains(b))),
            (Some(a), Some(b)) => Ok(Value::Boolean(a.starts_with(b))),
            _ => Err(wrong(id, args)),
        },
        _ => Err(wrong(id, args)),
    }
}

fn round(x: Decimal, places: &Value, strategy: RoundingStrategy) -> Outcome {
    let places =
        places.as_decimal().and_then(|places| u32::try_from(places).ok()).filter(|places| *places <= 28);
    match places {
        Some(places) => Ok(number(x.round_dp_with_strategy(places, strategy))),
        None => Err(Message::plain("script-bad-places")),
    }
}

fn wrong(id: Id, args: &[Value]) -> Message {
    let name = get(id).map_or("", |builtin| builtin.name).to_owned();
    let shown: Vec<String> = args.iter().map(ops::show).collect();
    Message::new("script-bad-arguments", [name, shown.join(", ")])
}
