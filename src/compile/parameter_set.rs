//! `parameter_sets:`: what changes together, and rows chosen by a value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;

use super::header;
use super::names;
use super::parameter::{AS_OF, Given, IN_FLIGHT, Period, common_type, periods, read_value, unit_of};
use super::read;
use super::world::{Out, World, id, is_unknown};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Parameter, ParameterId, ParameterValues, Source, Version};
use crate::source::Span;
use crate::syntax::raw::{Named, RawParameterSet, RawVersion, Text};
use crate::value::{Type, Unit, Value};

/// A member while its values are gathered.
struct Member {
    name: Text,
    values: Vec<(Given, Slot, Span)>,
}

/// Which version or row a value belongs to.
#[derive(Clone)]
enum Slot {
    Dated(Period),
    Row(Arc<str>),
}

pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for entry in &raw.parameter_sets {
        names::check(&entry.name, out);
        if world.find_parameter(&entry.name.value).is_some() {
            let message = Message::new("duplicate-name", ["parameters", &entry.name.value]);
            out.error(Code::DuplicateName, entry.name.span, message);
        }
        let set = &entry.value;
        let mut members = if set.rows.is_empty() { dated(entry, out) } else { by_rows(entry, out) };
        let chooser = set.by.as_ref().and_then(|by| chooser(world, by, &set.rows, out));
        if let (None, Some((_, first))) = (&set.by, set.rows.first().map(|row| (row, row.name.span))) {
            out.error(Code::MissingKey, first, Message::new("rows-without-by", [&entry.name.value]));
        }
        check_total(set, &members, out);
        let total = set.total.as_ref().and_then(|total| read::number(total, &mut Out::default()));
        let ids =
            members.drain(..).map(|member| add(world, entry, member, total, chooser.as_ref(), out)).collect();
        world.sets.insert(entry.name.value.as_str().into(), ids);
    }
}

/// Adds a member as a parameter.
fn add(
    world: &mut World<'_>,
    entry: &Named<RawParameterSet>,
    member: Member,
    total: Option<(Decimal, Unit)>,
    chooser: Option<&(crate::model::KindId, Source)>,
    out: &mut Out,
) -> ParameterId {
    let set = &entry.value;
    let hint = total.map(|(_, unit)| Type::Decimal(unit));
    let ty = common_type(member.values.iter().map(|(given, _, span)| (given, *span)), hint, out);
    let name: Arc<str> = format!("{}.{}", entry.name.value, member.name.value).into();
    let clause = world.cite_one(&set.clause, &format!("parameter_sets.{name}"), out);
    let calendar = set.calendar.as_ref().and_then(|text| world.calendar_named(text, out));
    let (mut versions, mut rows) = (Vec::new(), BTreeMap::new());
    for (given, slot, span) in member.values {
        match slot {
            Slot::Dated(Period { from, to }) => {
                versions.push(Version { from, to, value: given.value(), span })
            }
            Slot::Row(row) => drop(rows.insert(row, given.value())),
        }
    }
    let parameter = ParameterId(id(world.parameters.len()));
    let values = match chooser {
        Some((kind, by)) => {
            world.row_kinds.insert(parameter, *kind);
            ParameterValues::ByRow { by: by.clone(), rows }
        }
        None => ParameterValues::Dated(versions),
    };
    world.parameters.push(Parameter {
        name,
        label: world.label(&set.label),
        clause,
        ty,
        values,
        as_of: read::word_or(&set.as_of, AS_OF, Default::default(), out),
        in_flight: read::word_or(&set.in_flight, IN_FLIGHT, Default::default(), out),
        calendar: calendar.filter(|_| set.calendar.is_some()),
        conventions: header::conventions(&set.durations, world.conventions, out),
        span: member.name.span,
    });
    parameter
}

/// The members of dated versions; each version has all of them.
fn dated(entry: &Named<RawParameterSet>, out: &mut Out) -> Vec<Member> {
    let set = &entry.value;
    let groups: Vec<(Slot, Span, &[Named<Text>])> = set
        .versions
        .iter()
        .zip(periods(&set.versions, out))
        .map(|(version, period)| (Slot::Dated(period), version.span, version.members.as_slice()))
        .collect();
    gather(entry, &groups, out)
}

/// The members of rows; each row has all of them.
fn by_rows(entry: &Named<RawParameterSet>, out: &mut Out) -> Vec<Member> {
    let groups: Vec<(Slot, Span, &[Named<Text>])> = entry
        .value
        .rows
        .iter()
        .map(|row| (Slot::Row(row.name.value.as_str().into()), row.name.span, row.value.as_slice()))
        .collect();
    gather(entry, &groups, out)
}

fn gather(
    entry: &Named<RawParameterSet>,
    groups: &[(Slot, Span, &[Named<Text>])],
    out: &mut Out,
) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let label = entry.value.label.as_ref().unwrap_or(&entry.name);
    let clause = entry.value.clause.as_ref().map(|clause| clause.value.as_str());
    for (slot, _, values) in groups {
        for value in *values {
            let called = format!("{} · {}", label.value, value.name.value);
            let given = read_value(&value.value, &called, clause, out);
            let item = (given, slot.clone(), value.value.span);
            match places.get(value.name.value.as_str()).and_then(|place| members.get_mut(*place)) {
                Some(member) => member.values.push(item),
                None => {
                    names::check(&value.name, out);
                    places.insert(&value.name.value, members.len());
                    members.push(Member { name: value.name.clone(), values: vec![item] });
                }
            }
        }
    }
    for (_, span, values) in groups {
        let stated: BTreeSet<&str> = values.iter().map(|value| value.name.value.as_str()).collect();
        for member in &members {
            if !stated.contains(member.name.value.as_str()) {
                let message = Message::new("set-member-missing", [&member.name.value]);
                let finding = Diagnostic::error(Code::MissingKey, *span, message);
                out.found.push(finding.also(member.name.span, Message::plain("first-here")));
            }
        }
    }
    members
}

/// What chooses the row: a field with options, each of which has its row.
fn chooser(
    world: &World<'_>,
    by: &Text,
    rows: &[Named<Vec<Named<Text>>>],
    out: &mut Out,
) -> Option<(crate::model::KindId, Source)> {
    let (kind, field) = world.field_path(by, out)?;
    let ty = &world.kind(kind)?.fields.get(field)?.ty;
    if is_unknown(ty) {
        return None;
    }
    let Type::Choice(choice) = ty else {
        let message = Message::new("choice-expected", [by.value.clone(), read::type_words(ty)]);
        out.error(Code::TypeMismatch, by.span, message);
        return None;
    };
    let options: Vec<&str> = choice.options.iter().map(AsRef::as_ref).collect();
    for row in rows {
        if !options.contains(&row.name.value.as_str()) {
            out.found.push(read::bad_word(&row.name, &options));
        }
    }
    for option in options {
        if !rows.iter().any(|row| row.name.value == option) {
            out.error(Code::MissingKey, by.span, Message::new("row-missing", [option, &by.value]));
        }
    }
    Some((kind, Source::Field(field)))
}

/// The members add up to the total in every version.
fn check_total(set: &RawParameterSet, members: &[Member], out: &mut Out) {
    let Some(total_text) = &set.total else { return };
    let Some((total, unit)) = read::number(total_text, out) else { return };
    for version in &set.versions {
        check_version(set, version, members, (total, unit), total_text, out);
    }
}

fn check_version(
    set: &RawParameterSet,
    version: &RawVersion,
    members: &[Member],
    (total, unit): (Decimal, Unit),
    total_text: &Text,
    out: &mut Out,
) {
    let (mut sum, mut shown, mut lines) = (Decimal::ZERO, Vec::new(), Vec::new());
    for value in &version.members {
        let member = members.iter().find(|member| member.name.value == value.name.value);
        let given =
            member.and_then(|member| member.values.iter().find(|(_, _, span)| *span == value.value.span));
        let Some((Given::Value(found, ty), _, _)) = given else { return };
        let Value::Number(number, _) = found else { return };
        if unit_of(ty) != Some(unit) {
            let message = read::unit_message(&value.value.value, unit_of(ty).unwrap_or_default(), unit);
            let finding = Diagnostic::error(Code::UnitMismatch, value.value.span, message);
            out.found.push(finding.also(total_text.span, Message::plain("total-here")));
            return;
        }
        let Some(more) = sum.checked_add(*number) else { return };
        sum = more;
        shown.push(format!("{} {}", value.name.value, found));
        lines.push((value.value.span, found.to_string()));
    }
    if sum == total || lines.is_empty() {
        return;
    }
    let text = |number: Decimal| Value::Number(number, unit).to_string();
    let from = version.from.as_ref().map_or("—", |from| from.value.as_str());
    let (key, difference) =
        if sum < total { ("weights-lack", total - sum) } else { ("weights-exceed", sum - total) };
    let what = set.label.as_ref().map_or("", |label| label.value.as_str());
    let first = lines.first().map_or(version.span, |(span, _)| *span);
    let message = Message::new("weights-not-whole", [what.to_owned(), text(sum), text(total)]);
    let mut finding = Diagnostic::error(Code::WeightsNotWhole, first, message);
    for (span, number) in lines.iter().skip(1) {
        finding = finding.also(*span, Message::new("weight-here", [number]));
    }
    finding = finding.also(total_text.span, Message::plain("total-here"));
    out.found.push(
        finding
            .help(Message::new("weights-since", [from.to_owned(), shown.join(" + ")]))
            .help(Message::new(key, [text(difference)])),
    );
}
