//! The inputs of a decision table cut into pieces inside which every row answers alike.
//!
//! Each column has a representative value for every piece: each option of a choice, each bound of a range and what lies
//! between two bounds. So looking at representatives alone proves something of all inputs.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::model::{Bound, Cell, Model, ParameterId, ParameterValues, Row, Table};
use crate::value::{Type, Unit, Value};

/// A table with its parameters as they are at one time.
pub(super) struct Space {
    /// The day whose parameters these are; none where the table has no parameters.
    pub since: Option<NaiveDate>,
    /// For each column its representatives.
    pub columns: Vec<Vec<Value>>,
    /// For each row and column, which representatives match, as bits.
    masks: Vec<Vec<Vec<u64>>>,
}

/// How many comparisons of a row with a piece a walk may cost; beyond that a table is too large to be proved.
const COMPARISONS_MAX: usize = 5_000_000;

/// How many rows a table may have to be looked at as a whole.
pub(super) const ROWS_MAX: usize = 2_000;

/// What a walk came upon: the rows that match, and an example.
pub(super) struct Situation<'a> {
    /// The rows, ascending.
    pub rows: &'a [usize],
    /// For each column the index of its representative.
    pub example: &'a [usize],
}

/// The table at every time at which one of its parameters changes.
pub(super) fn spaces(model: &Model, table: &Table) -> Vec<Space> {
    if table.rows.len() > ROWS_MAX {
        return Vec::new();
    }
    let parameters = parameters(table);
    if parameters.is_empty() {
        return space(table, None, &|_| None).into_iter().collect();
    }
    let mut days: BTreeSet<NaiveDate> = BTreeSet::from([model.header.effective]);
    let mut choices: BTreeSet<&str> = BTreeSet::new();
    for id in &parameters {
        match &model.parameter(*id).values {
            ParameterValues::Dated(versions) => {
                days.extend(versions.iter().filter_map(|version| version.from))
            }
            ParameterValues::ByRow { rows, .. } => choices.extend(rows.keys().map(AsRef::as_ref)),
        }
    }
    let choices: Vec<Option<&str>> =
        if choices.is_empty() { vec![None] } else { choices.into_iter().map(Some).collect() };
    let mut all = Vec::new();
    for day in days {
        for choice in &choices {
            let value = |id: ParameterId| value_on(model, id, day, *choice);
            all.extend(space(table, Some(day), &value));
        }
    }
    all
}

/// The parameters that bound a cell.
fn parameters(table: &Table) -> BTreeSet<ParameterId> {
    let mut all = BTreeSet::new();
    for cell in table.rows.iter().flat_map(|row| &row.cells) {
        if let Cell::Range { min, max } = cell {
            for (bound, _) in min.iter().chain(max) {
                if let Bound::Parameter(id) = bound {
                    all.insert(*id);
                }
            }
        }
    }
    all
}

fn value_on(model: &Model, id: ParameterId, day: NaiveDate, choice: Option<&str>) -> Option<Decimal> {
    let parameter = model.parameter(id);
    match &parameter.values {
        ParameterValues::Dated(_) => parameter.version_on(day)?.value.as_decimal(),
        ParameterValues::ByRow { rows, .. } => rows.get(choice?)?.as_decimal(),
    }
}

/// A cell with its bounds as numbers.
enum Asked<'a> {
    Any,
    OneOf(&'a [Value]),
    Range(Option<(Decimal, bool)>, Option<(Decimal, bool)>),
}

/// The space of a table; none where a parameter has no value then.
fn space(
    table: &Table,
    since: Option<NaiveDate>,
    value: &dyn Fn(ParameterId) -> Option<Decimal>,
) -> Option<Space> {
    let asked: Vec<Vec<Asked<'_>>> =
        table.rows.iter().map(|row| cells(row, value)).collect::<Option<Vec<_>>>()?;
    let columns: Vec<Vec<Value>> = table
        .inputs
        .iter()
        .enumerate()
        .map(|(idx, column)| representatives(&column.ty, asked.iter().filter_map(|row| row.get(idx))))
        .collect();
    let masks = asked
        .iter()
        .map(|row| row.iter().zip(&columns).map(|(asked, values)| mask(asked, values)).collect())
        .collect();
    Some(Space { since, columns, masks })
}

fn cells<'a>(row: &'a Row, value: &dyn Fn(ParameterId) -> Option<Decimal>) -> Option<Vec<Asked<'a>>> {
    let number = |bound: &Option<(Bound, bool)>| -> Option<Option<(Decimal, bool)>> {
        match bound {
            None => Some(None),
            Some((Bound::Number(number), included)) => Some(Some((*number, *included))),
            Some((Bound::Parameter(id), included)) => Some(Some((value(*id)?, *included))),
        }
    };
    row.cells
        .iter()
        .map(|cell| {
            Some(match cell {
                Cell::Any => Asked::Any,
                Cell::OneOf(values) => Asked::OneOf(values),
                Cell::Range { min, max } => Asked::Range(number(min)?, number(max)?),
            })
        })
        .collect()
}

/// One value for each piece that the cells of a column cut its type into.
fn representatives<'a>(ty: &Type, cells: impl Iterator<Item = &'a Asked<'a>>) -> Vec<Value> {
    let mut numbers: BTreeSet<Decimal> = BTreeSet::new();
    let mut values: Vec<Value> = Vec::new();
    let mut asked = false;
    for cell in cells {
        match cell {
            Asked::Any => continue,
            Asked::Range(min, max) => numbers.extend(min.iter().chain(max).map(|(number, _)| *number)),
            Asked::OneOf(of) => {
                for value in *of {
                    match value.as_decimal() {
                        Some(number) => drop(numbers.insert(number)),
                        None if !values.contains(value) => values.push(value.clone()),
                        None => {}
                    }
                }
            }
        }
        asked = true;
    }
    if !asked {
        // No row asks: one piece, whatever stands there.
        return vec![Value::Absent];
    }
    match ty {
        Type::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        Type::Choice(choice) => choice.options.iter().cloned().map(Value::Choice).collect(),
        Type::Integer(unit) => whole_pieces(&numbers, *unit),
        Type::Decimal(unit) => pieces(&numbers, *unit),
        // Of texts and the like there is always another one.
        _ => values.into_iter().chain([Value::Absent]).collect(),
    }
}

fn whole_pieces(bounds: &BTreeSet<Decimal>, unit: Unit) -> Vec<Value> {
    let mut all = BTreeSet::new();
    for bound in bounds {
        let (low, high) = (bound.floor(), bound.ceil());
        all.extend([low - Decimal::ONE, low, high, high + Decimal::ONE]);
    }
    plausible(all, bounds, unit)
}

fn pieces(bounds: &BTreeSet<Decimal>, unit: Unit) -> Vec<Value> {
    let mut all = bounds.clone();
    let two = Decimal::TWO;
    all.extend(bounds.iter().zip(bounds.iter().skip(1)).map(|(a, b)| a + (b - a) / two));
    let step = if unit == Unit::Percent { Decimal::new(1, 2) } else { Decimal::ONE };
    all.extend(bounds.first().map(|first| first - step));
    all.extend(bounds.last().map(|last| last + step));
    plausible(all, bounds, unit)
}

/// Negative numbers only where the table speaks of them: no policy counts −1 times.
fn plausible(all: BTreeSet<Decimal>, bounds: &BTreeSet<Decimal>, unit: Unit) -> Vec<Value> {
    let negative = bounds.first().is_some_and(|first| first.is_sign_negative() && !first.is_zero());
    let kept = all.into_iter().filter(|number| negative || *number >= Decimal::ZERO);
    kept.map(|number| Value::Number(number, unit)).collect()
}

fn mask(asked: &Asked<'_>, values: &[Value]) -> Vec<u64> {
    let mut bits = vec![0_u64; values.len().div_ceil(64)];
    for (idx, value) in values.iter().enumerate() {
        if matches(asked, value)
            && let Some(word) = bits.get_mut(idx / 64)
        {
            *word |= 1 << (idx % 64);
        }
    }
    bits
}

fn matches(asked: &Asked<'_>, value: &Value) -> bool {
    match asked {
        Asked::Any => true,
        Asked::OneOf(values) => values.iter().any(|one| match (one.as_decimal(), value.as_decimal()) {
            (Some(a), Some(b)) => a == b,
            _ => one == value,
        }),
        Asked::Range(min, max) => value.as_decimal().is_some_and(|number| {
            min.is_none_or(|(limit, with)| number > limit || (with && number == limit))
                && max.is_none_or(|(limit, with)| number < limit || (with && number == limit))
        }),
    }
}

impl Space {
    /// Whether a row can match at all.
    pub fn possible(&self, row: usize) -> bool {
        self.masks.get(row).is_some_and(|row| row.iter().all(|bits| bits.iter().any(|word| *word != 0)))
    }

    /// An example that two rows both match.
    pub fn both(&self, a: usize, b: usize) -> Option<Vec<usize>> {
        let (a, b) = (self.masks.get(a)?, self.masks.get(b)?);
        a.iter().zip(b).map(|(a, b)| first_common(a, b)).collect()
    }

    /// Looks at every distinct situation until `visit` says to stop. Tells whether all were looked at.
    pub fn walk(&self, visit: &mut dyn FnMut(Situation<'_>) -> bool) -> bool {
        let all: Vec<usize> = (0..self.masks.len()).collect();
        let mut seen: BTreeSet<(usize, Vec<usize>)> = BTreeSet::new();
        let mut open: Vec<(Vec<usize>, Vec<usize>)> = vec![(Vec::new(), all)];
        let mut spent = 0_usize;
        while let Some((example, rows)) = open.pop() {
            let column = example.len();
            if column == self.columns.len() || rows.is_empty() {
                if !visit(Situation { rows: &rows, example: &example }) {
                    return true;
                }
                continue;
            }
            if !seen.insert((column, rows.clone())) {
                continue;
            }
            let values = self.columns.get(column).map_or(0, Vec::len);
            spent += rows.len().saturating_mul(values);
            if spent > COMPARISONS_MAX {
                return false;
            }
            // In reverse, so that the first representatives come first off the stack.
            for idx in (0..values).rev() {
                let left = rows.iter().copied().filter(|row| self.bit(*row, column, idx)).collect();
                let mut longer = example.clone();
                longer.push(idx);
                open.push((longer, left));
            }
        }
        true
    }

    fn bit(&self, row: usize, column: usize, idx: usize) -> bool {
        let word = self.masks.get(row).and_then(|row| row.get(column)).and_then(|bits| bits.get(idx / 64));
        word.is_some_and(|word| word & (1 << (idx % 64)) != 0)
    }

    /// An example in words: `band = D, failing = 3 periods`; columns that nobody asks about are left out.
    pub fn words(&self, table: &Table, example: &[usize]) -> String {
        let parts =
            table.inputs.iter().zip(&self.columns).zip(example).filter_map(|((column, values), idx)| {
                let value = values.get(*idx)?;
                match value {
                    Value::Absent if values.len() == 1 => None,
                    Value::Absent => {
                        Some(format!("{} = {}", column.name, crate::lang::either("别的值", "something else")))
                    }
                    value => Some(format!("{} = {value}", column.name)),
                }
            });
        parts.collect::<Vec<_>>().join(", ")
    }
}

fn first_common(a: &[u64], b: &[u64]) -> Option<usize> {
    a.iter().zip(b).enumerate().find_map(|(idx, (a, b))| {
        let common = a & b;
        (common != 0).then(|| idx * 64 + common.trailing_zeros() as usize)
    })
}
