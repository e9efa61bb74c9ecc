//! Asking a decision table.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::context::{Context, Failure};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Bound, Cell, CollectOf, Hit, Model, Table, TableId};
use crate::value::{Unit, Value};

/// What a table was asked with: column → value.
type Inputs = Vec<(Arc<str>, Value)>;

/// What a table answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The inputs it was asked with.
    pub inputs: Inputs,
    /// The rows that counted, from 0; empty: the default.
    pub rows: Vec<usize>,
}

/// Asks a table over its own inputs: the row that counted and the outputs.
///
/// # Errors
/// No row matches and the table has no default; two rows match a `unique` table, or `any` rows disagree.
pub(super) fn ask(ctx: &Context<'_>, id: TableId) -> Result<(Answer, Vec<Value>)> {
    let table = ctx.model.table(id);
    let mut inputs = Vec::with_capacity(table.inputs.len());
    for column in &table.inputs {
        let value = match &column.from {
            Some(from) => match ctx.eval(from, None) {
                Ok(value) => value,
                Err(Failure::Absent(_)) => Value::Absent,
                Err(Failure::Error(error)) => return Err(error),
            },
            None => Value::Absent,
        };
        inputs.push((column.name.clone(), value));
    }
    ask_with(ctx, table, inputs)
}

/// Asks a table with given inputs, in the order of its columns.
pub(super) fn ask_with(ctx: &Context<'_>, table: &Table, inputs: Inputs) -> Result<(Answer, Vec<Value>)> {
    let mut hits = Vec::new();
    for (idx, row) in table.rows.iter().enumerate() {
        let mut matches = true;
        for (cell, (_, value)) in row.cells.iter().zip(&inputs) {
            if !cell_matches(ctx, cell, value)? {
                matches = false;
                break;
            }
        }
        if matches {
            hits.push(idx);
            if table.hit == Hit::First {
                break;
            }
        }
    }
    let outputs = settle(table, &hits, &inputs)?;
    Ok((Answer { inputs, rows: hits }, outputs))
}

fn settle(table: &Table, hits: &[usize], inputs: &Inputs) -> Result<Vec<Value>> {
    let rows: Vec<&Vec<Value>> =
        hits.iter().filter_map(|idx| table.rows.get(*idx)).map(|row| &row.outputs).collect();
    if let Hit::Collect(how) = table.hit {
        return Ok(collect(table, how, &rows));
    }
    let Some(first) = rows.first() else {
        return table.otherwise.clone().ok_or_else(|| refusal(table, "no row matches", inputs));
    };
    if table.hit == Hit::Unique && rows.len() > 1 {
        return Err(refusal(table, "more than one row matches", inputs));
    }
    if rows.iter().any(|row| row != first) {
        return Err(refusal(table, "matching rows disagree", inputs));
    }
    Ok((*first).clone())
}

fn collect(table: &Table, how: CollectOf, rows: &[&Vec<Value>]) -> Vec<Value> {
    if rows.is_empty()
        && let Some(otherwise) = &table.otherwise
    {
        return otherwise.clone();
    }
    (0..table.outputs.len())
        .map(|column| {
            let values: Vec<Value> = rows.iter().filter_map(|row| row.get(column)).cloned().collect();
            let unit = values.iter().find_map(|value| match value {
                Value::Number(_, unit) => Some(*unit),
                _ => None,
            });
            let numbers = || values.iter().filter_map(Value::as_decimal);
            let number = |value: Option<Decimal>| {
                value.map_or(Value::Absent, |value| Value::Number(value, unit.unwrap_or_default()))
            };
            match how {
                CollectOf::List => Value::List(values.into()),
                CollectOf::Count => Value::Number(Decimal::from(values.len()), Unit::None),
                CollectOf::Sum => number(numbers().try_fold(Decimal::ZERO, Decimal::checked_add)),
                CollectOf::Min => number(numbers().min()),
                CollectOf::Max => number(numbers().max()),
            }
        })
        .collect()
}

fn cell_matches(ctx: &Context<'_>, cell: &Cell, value: &Value) -> Result<bool> {
    Ok(match cell {
        Cell::Any => true,
        Cell::OneOf(values) => values.iter().any(|allowed| same(allowed, value)),
        Cell::Range { min, max } => {
            let Some(number) = value.as_decimal() else { return Ok(false) };
            let above = match min {
                Some((bound, included)) => {
                    let limit = bound_value(ctx, bound)?;
                    number > limit || (*included && number == limit)
                }
                None => true,
            };
            let below = match max {
                Some((bound, included)) => {
                    let limit = bound_value(ctx, bound)?;
                    number < limit || (*included && number == limit)
                }
                None => true,
            };
            above && below
        }
    })
}

fn same(allowed: &Value, value: &Value) -> bool {
    match (allowed.as_decimal(), value.as_decimal()) {
        (Some(a), Some(b)) => a == b,
        _ => allowed == value || (allowed.as_str().is_some() && allowed.as_str() == value.as_str()),
    }
}

fn bound_value(ctx: &Context<'_>, bound: &Bound) -> Result<Decimal> {
    match bound {
        Bound::Number(number) => Ok(*number),
        Bound::Parameter(id) => match ctx.parameter(*id)? {
            Value::Number(number, _) => Ok(number),
            Value::Duration(duration) => Ok(Decimal::from(duration.amount)),
            other => Err(Error::new(ErrorKind::Malformed, format!("`{other}` is no bound of a range"))),
        },
    }
}

fn refusal(table: &Table, what: &str, inputs: &Inputs) -> Error {
    let shown: Vec<String> = inputs.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    Error::new(ErrorKind::Unknown, format!("table `{}`: {what} for {}", table.name, shown.join(", ")))
}

/// The names of a table's outputs with their values.
pub(super) fn named(model: &Model, id: TableId, outputs: Vec<Value>) -> Vec<(Arc<str>, Value)> {
    model.table(id).outputs.iter().map(|(name, _)| name.clone()).zip(outputs).collect()
}
