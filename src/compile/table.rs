//! `tables:`: columns with types, rows of cells.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::meaning::{AtHand, Frame, From};
use super::names;
use super::read;
use super::types::options_type;
use super::world::{Out, TableHead, World, is_unknown, unknown_type};
use crate::diag::{Code, Diagnostic};
use crate::lang::{Label, Message};
use crate::model::{CollectOf, Column, Hit, KindId, Table, Typed};
use crate::syntax::raw::{Named, RawInput, RawOtherwise, RawTable, RawType, Text};
use crate::value::{Type, Unit, Value};

mod cell;

/// Tables by name, with the columns they give.
pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for entry in &raw.tables {
        names::check(&entry.name, out);
        let table = &entry.value;
        let hit = hit(table, &mut Out::default());
        let columns: Vec<Typed> = table
            .outputs
            .iter()
            .map(|output| {
                names::check(&output.name, out);
                let full = format!("{}.{}", entry.name.value, output.name.value);
                let ty = world.read_type(&output.value, &full, out).ty;
                (output.name.value.as_str().into(), ty)
            })
            .collect();
        let before = out.found.len();
        let kind = kind_of(world, entry, out);
        let broken = out.found.len() > before;
        let answer = |ty: &Type| if broken { unknown_type() } else { given(ty, hit) };
        let outputs = columns.iter().map(|(name, ty)| (name.clone(), answer(ty))).collect();
        let askable = broken || table.inputs.iter().all(|input| origin(world, &input.value).is_some());
        let name = entry.name.value.as_str().into();
        let kind = kind.filter(|_| !broken);
        world.tables.push(TableHead { name, kind, columns, outputs, askable, broken });
    }
}

/// What an output gives when the table is asked.
fn given(ty: &Type, hit: Option<Hit>) -> Type {
    match hit {
        Some(Hit::Collect(CollectOf::List)) => Type::List(Box::new(ty.clone())),
        Some(Hit::Collect(CollectOf::Count)) => Type::Integer(Unit::None),
        Some(Hit::Collect(CollectOf::Sum | CollectOf::Min | CollectOf::Max)) => match ty {
            Type::Integer(unit) => Type::Decimal(*unit),
            other => other.clone(),
        },
        _ => ty.clone(),
    }
}

/// The expression that an input is read from: `from:`, or a path that stands for its type as well.
fn origin<'r>(world: &World<'_>, input: &'r RawInput) -> Option<&'r Text> {
    if let Some(from) = &input.from {
        return Some(from);
    }
    match &input.of {
        Some(RawType::Word(text)) if is_path(world, text) => Some(text),
        _ => None,
    }
}

/// Whether a word is a path rather than the name of a type.
fn is_path(world: &World<'_>, text: &Text) -> bool {
    let head = text.value.split('.').next().unwrap_or("");
    let named = world.find_kind(head).is_some()
        || world.find_card(head).is_some()
        || world.raw.tables.iter().any(|table| table.name.value == head);
    text.value.starts_with('$') || (text.value.contains('.') && named)
}

/// The kind of subject that a table reads from; two kinds in one table are reported.
fn kind_of(world: &World<'_>, entry: &Named<RawTable>, out: &mut Out) -> Option<KindId> {
    let mut found: Option<(KindId, &Text)> = None;
    for input in &entry.value.inputs {
        let Some(text) = origin(world, &input.value) else { continue };
        for kind in kinds_in(world, &text.value) {
            match found {
                None => found = Some((kind, text)),
                Some((first, at)) if first != kind => {
                    let args = [world.kind_name(first), world.kind_name(kind)];
                    let finding = Diagnostic::error(
                        Code::TypeMismatch,
                        text.span,
                        Message::new("table-two-kinds", args),
                    );
                    out.found.push(finding.also(at.span, Message::plain("first-here")));
                    return Some(first);
                }
                Some(_) => {}
            }
        }
    }
    found.map(|(kind, _)| kind)
}

/// The kinds whose subjects a script speaks of.
fn kinds_in(world: &World<'_>, script: &str) -> Vec<KindId> {
    let paths = script.split(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '_' | '.' | '$')));
    let of_path = |path: &str| {
        let (head, _) = path.split_once('.')?;
        if let Some(kind) = world.find_kind(head) {
            return Some(kind);
        }
        if let Some(card) = world.find_card(head) {
            return world.cards.get(card.idx())?.kind;
        }
        world.find_table(head).and_then(|table| world.tables.get(table.idx())?.kind)
    };
    paths.filter_map(of_path).collect()
}

pub(super) fn compile(world: &World<'_>, out: &mut Out) -> Option<Vec<Table>> {
    let raw = world.raw;
    let all: Vec<Option<Table>> =
        raw.tables.iter().zip(&world.tables).map(|(entry, head)| one(world, entry, head, out)).collect();
    all.into_iter().collect()
}

fn one(world: &World<'_>, entry: &Named<RawTable>, head: &TableHead, out: &mut Out) -> Option<Table> {
    let raw = &entry.value;
    let name = entry.name.value.as_str();
    let clauses = world.cite_all(&raw.clause, &format!("tables.{name}"), out);
    let hit = hit(raw, out);
    if head.broken {
        return None;
    }
    let columns: Vec<Option<Column>> =
        raw.inputs.iter().map(|input| column(world, name, input, head, out)).collect();
    let types: Vec<(Arc<str>, Type)> = raw
        .inputs
        .iter()
        .zip(&columns)
        .map(|(input, column)| {
            let ty = column.as_ref().map_or_else(unknown_type, |column| column.ty.clone());
            (input.name.value.as_str().into(), ty)
        })
        .collect();
    if let Some(Hit::Collect(CollectOf::Sum | CollectOf::Min | CollectOf::Max)) = hit {
        for ((_, ty), output) in head.columns.iter().zip(&raw.outputs) {
            if super::parameter::unit_of(ty).is_none() && !is_unknown(ty) {
                let message =
                    Message::new("collect-no-number", [output.name.value.clone(), read::type_words(ty)]);
                out.error(Code::TypeMismatch, output.name.span, message);
            }
        }
    }
    let shape = cell::Shape { table: name, inputs: &types, outputs: &head.columns, kind: head.kind };
    let rows: Vec<_> = raw.rows.iter().map(|row| cell::row(world, row, &shape, out)).collect();
    let otherwise = match &raw.otherwise {
        None => Some(None),
        Some(RawOtherwise::Error(word)) => read::word(word, &[("error", ())], out).map(|()| None),
        Some(RawOtherwise::Row(row)) => cell::outputs(world, row, &shape, true, out).map(Some),
    };
    Some(Table {
        name: name.into(),
        label: world.label(&raw.label),
        clauses,
        hit: hit?,
        inputs: columns.into_iter().collect::<Option<Vec<_>>>()?,
        outputs: head.columns.clone(),
        labels: labels(world, raw),
        rows: rows.into_iter().collect::<Option<Vec<_>>>()?,
        otherwise: otherwise?,
        span: entry.name.span,
    })
}

/// The columns that have a label.
fn labels(world: &World<'_>, raw: &RawTable) -> BTreeMap<Arc<str>, Label> {
    let inputs = raw.inputs.iter().map(|input| (&input.name, &input.value.label));
    let outputs = raw.outputs.iter().filter_map(|output| match &output.value {
        RawType::Full { label, .. } => Some((&output.name, label)),
        _ => None,
    });
    let named =
        |(name, label): (&Text, &Option<Text>)| Some((name.value.as_str().into(), world.label(label)?));
    inputs.chain(outputs).filter_map(named).collect()
}

fn hit(raw: &RawTable, out: &mut Out) -> Option<Hit> {
    let Some(text) = &raw.hit else { return Some(Hit::Unique) };
    let plain = text.value.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = [
        ("unique", Hit::Unique),
        ("first", Hit::First),
        ("any", Hit::Any),
        ("collect", Hit::Collect(CollectOf::List)),
        ("collect sum", Hit::Collect(CollectOf::Sum)),
        ("collect min", Hit::Collect(CollectOf::Min)),
        ("collect max", Hit::Collect(CollectOf::Max)),
        ("collect count", Hit::Collect(CollectOf::Count)),
    ];
    read::word(&Text::new(plain, text.span), &words, out)
}

/// A column of inputs: a type, a path, or both.
fn column(
    world: &World<'_>,
    table: &str,
    entry: &Named<RawInput>,
    head: &TableHead,
    out: &mut Out,
) -> Option<Column> {
    names::check(&entry.name, out);
    let raw = &entry.value;
    let name: Arc<str> = entry.name.value.as_str().into();
    let stated = match &raw.of {
        Some(RawType::Word(text)) if is_path(world, text) && raw.from.is_none() => None,
        Some(RawType::Options { options, .. }) => {
            Some(options_type(options, &format!("{table}.{}", entry.name.value), out))
        }
        Some(of) => Some(world.read_type(of, &format!("{table}.{}", entry.name.value), out).ty),
        None => None,
    };
    let frame = Frame { kind: head.kind, event: AtHand::None, reads: false, ..Frame::default() };
    let Some(text) = origin(world, raw) else {
        if stated.is_none() {
            out.error(
                Code::MissingKey,
                entry.name.span,
                Message::new("input-without-type", [&entry.name.value]),
            );
        }
        return Some(Column { name, ty: stated?, from: None });
    };
    // A path that means nothing but unknown things says nothing.
    if let Ok(meaning) = world.meaning(&text.value, &frame)
        && is_unknown(&meaning.ty)
        && matches!(meaning.from, From::Source(_))
    {
        return None;
    }
    let from = world.expression(text, &frame, stated.as_ref(), out)?;
    let ty = stated.unwrap_or_else(|| from.code.ty().clone());
    Some(Column { name, ty, from: Some(from) })
}

/// The value of an output cell.
fn output_value(world: &World<'_>, ty: &Type, text: &Text, out: &mut Out) -> Option<Value> {
    if is_unknown(ty) {
        return None;
    }
    world.value_of(ty, text, out)
}
