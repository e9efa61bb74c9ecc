//! Rows of a table: what each asks of the inputs, and what it gives.

use std::sync::Arc;

use super::output_value;
use crate::compile::read;
use crate::compile::world::{Out, World, is_unknown};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Bound, Cell, KindId, Row, Typed};
use crate::scalar::{self, RangeText};
use crate::syntax::raw::{Named, RawRow, Text};
use crate::value::{Type, Unit, Value};

/// Keys of a row that are no columns.
const BESIDES: &[&str] = &["clause", "note"];

/// The columns of a table.
pub(super) struct Shape<'a> {
    pub table: &'a str,
    pub inputs: &'a [(Arc<str>, Type)],
    pub outputs: &'a [Typed],
    pub kind: Option<KindId>,
}

/// One row; an input that it leaves out matches anything.
pub(super) fn row(world: &World<'_>, raw: &RawRow, shape: &Shape<'_>, out: &mut Out) -> Option<Row> {
    unknown_columns(world, raw, shape, false, out);
    let element = format!("tables.{}.rows", shape.table);
    let clause = cells_of(raw, "clause")
        .and_then(|texts| texts.first())
        .and_then(|text| world.cite(text, &element, out));
    let cells: Vec<Option<Cell>> = shape
        .inputs
        .iter()
        .map(|(name, ty)| match cells_of(raw, name) {
            None => Some(Cell::Any),
            Some(texts) => cell(world, texts, ty, shape, out),
        })
        .collect();
    let outputs = outputs(world, raw, shape, false, out);
    let cells = cells.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Row { cells, outputs: outputs?, clause, span: raw.span })
}

fn cells_of<'r>(raw: &'r RawRow, name: &str) -> Option<&'r [Text]> {
    raw.cells.iter().find(|cell| cell.name.value == name).map(|cell| cell.value.as_slice())
}

/// The outputs of a row; every column needs its value.
pub(super) fn outputs(
    world: &World<'_>,
    raw: &RawRow,
    shape: &Shape<'_>,
    only_outputs: bool,
    out: &mut Out,
) -> Option<Vec<Value>> {
    if only_outputs {
        unknown_columns(world, raw, shape, true, out);
    }
    let mut all = Some(Vec::new());
    for (name, ty) in shape.outputs {
        let value = match cells_of(raw, name) {
            Some([text]) => output_value(world, ty, text, out),
            Some(texts) => list_value(world, ty, texts, raw, out),
            None => {
                let message = Message::new("row-lacks-output", [name.as_ref()]);
                out.error(Code::MissingKey, raw.span, message);
                None
            }
        };
        match (&mut all, value) {
            (Some(all), Some(value)) => all.push(value),
            _ => all = None,
        }
    }
    all
}

/// Several values in an output cell, where the column holds lists.
fn list_value(world: &World<'_>, ty: &Type, texts: &[Text], raw: &RawRow, out: &mut Out) -> Option<Value> {
    let Type::List(of) = ty else {
        let span = texts.get(1).map_or(raw.span, |text| text.span);
        out.error(Code::WrongShape, span, Message::plain("output-several"));
        return None;
    };
    let values: Vec<Option<Value>> = texts.iter().map(|text| output_value(world, of, text, out)).collect();
    let values: Option<Vec<Value>> = values.into_iter().collect();
    values.map(|values| Value::List(values.into()))
}

fn unknown_columns(world: &World<'_>, raw: &RawRow, shape: &Shape<'_>, only_outputs: bool, out: &mut Out) {
    let inputs = shape.inputs.iter().map(|(name, _)| name.as_ref()).filter(|_| !only_outputs);
    let known: Vec<&str> = inputs
        .chain(shape.outputs.iter().map(|(name, _)| name.as_ref()))
        .chain(BESIDES.iter().copied())
        .collect();
    for Named { name, .. } in &raw.cells {
        if !known.contains(&name.value.as_str()) {
            let mut finding = world.unknown(Code::UnknownKey, "unknown-column", name, known.iter().copied());
            finding.message = Message::new("unknown-column", [shape.table, &name.value]);
            out.found.push(finding);
        }
    }
}

/// What a cell asks: anything, some values, or a range.
fn cell(world: &World<'_>, texts: &[Text], ty: &Type, shape: &Shape<'_>, out: &mut Out) -> Option<Cell> {
    if is_unknown(ty) {
        return None;
    }
    if let [only] = texts
        && matches!(only.value.trim(), "any" | "-" | "*" | "任意")
        && !matches!(ty, Type::Text)
    {
        return Some(Cell::Any);
    }
    let (Type::Integer(unit) | Type::Decimal(unit)) = ty else {
        let values: Vec<Option<Value>> = texts.iter().map(|text| world.value_of(ty, text, out)).collect();
        return values.into_iter().collect::<Option<Vec<_>>>().map(Cell::OneOf);
    };
    match texts {
        [only] => number_cell(world, only, *unit, shape, out),
        several => {
            let units = [*unit, Unit::None];
            let numbers: Vec<Option<Value>> = several
                .iter()
                .map(|text| read::number_in(text, &units, out).map(|number| Value::Number(number, *unit)))
                .collect();
            numbers.into_iter().collect::<Option<Vec<_>>>().map(Cell::OneOf)
        }
    }
}

/// One number, or a range whose ends may be parameters.
fn number_cell(world: &World<'_>, text: &Text, unit: Unit, shape: &Shape<'_>, out: &mut Out) -> Option<Cell> {
    if let Ok(Value::Number(number, own)) = scalar::quantity(&text.value) {
        if own != unit && own != Unit::None {
            out.error(Code::UnitMismatch, text.span, read::unit_message(&text.value, own, unit));
            return None;
        }
        let number = if own == Unit::None && unit == Unit::Percent {
            number / rust_decimal::Decimal::ONE_HUNDRED
        } else {
            number
        };
        return Some(Cell::OneOf(vec![Value::Number(number, unit)]));
    }
    let range: RangeText = read::taken(scalar::range_text(&text.value), Code::BadRange, text, out)?;
    let min = bound(world, range.min, text, unit, shape, out)?;
    let max = bound(world, range.max, text, unit, shape, out)?;
    Some(Cell::Range { min, max })
}

fn bound(
    world: &World<'_>,
    end: Option<(scalar::Bound, bool)>,
    text: &Text,
    unit: Unit,
    shape: &Shape<'_>,
    out: &mut Out,
) -> Option<Option<(Bound, bool)>> {
    match end {
        None => Some(None),
        Some((scalar::Bound::Number(number, own), included)) => {
            if own != unit && own != Unit::None {
                out.error(Code::UnitMismatch, text.span, read::unit_message(&text.value, own, unit));
                return None;
            }
            let percent = own == Unit::None && unit == Unit::Percent;
            let number = if percent { number / rust_decimal::Decimal::ONE_HUNDRED } else { number };
            Some(Some((Bound::Number(number), included)))
        }
        Some((scalar::Bound::Parameter(name), included)) => {
            let id = parameter(world, &name, text, unit, shape, out)?;
            Some(Some((Bound::Parameter(id), included)))
        }
    }
}

fn parameter(
    world: &World<'_>,
    name: &str,
    text: &Text,
    unit: Unit,
    shape: &Shape<'_>,
    out: &mut Out,
) -> Option<crate::model::ParameterId> {
    let Some(id) = world.find_parameter(name) else {
        let part = Text::new(format!("${name}"), text.span);
        let known: Vec<String> =
            world.parameters.iter().map(|parameter| format!("${}", parameter.name)).collect();
        let known = known.iter().map(String::as_str);
        out.found.push(world.unknown(Code::UnknownParameter, "unknown-parameter", &part, known));
        return None;
    };
    if let Err(crate::compile::meaning::Unmeant::NotHere(message)) = world.row_at_hand(id, shape.kind) {
        out.error(Code::UnknownName, text.span, message);
        return None;
    }
    let parameter = world.parameter(id)?;
    if is_unknown(&parameter.ty) {
        return None;
    }
    match &parameter.ty {
        Type::Integer(own) | Type::Decimal(own) if *own == unit => Some(id),
        Type::Integer(own) | Type::Decimal(own) => {
            let message = read::unit_message(&format!("${name}"), *own, unit);
            let finding = Diagnostic::error(Code::UnitMismatch, text.span, message);
            out.found.push(finding.also(parameter.span, Message::plain("declared-here")));
            None
        }
        other => {
            let message = Message::new("bound-no-number", [name.to_owned(), read::type_words(other)]);
            let finding = Diagnostic::error(Code::TypeMismatch, text.span, message);
            out.found.push(finding.also(parameter.span, Message::plain("declared-here")));
            None
        }
    }
}
