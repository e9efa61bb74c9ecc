//! One indicator: what it aggregates, its weight, and how the aggregate becomes points.

use rust_decimal::Decimal;

use super::is_percent;
use crate::compile::measure::Measures;
use crate::compile::read;
use crate::compile::world::{Out, World};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Aggregate, Indicator, KindId, MeasureId, Missing, ParameterId, Target, TargetBefore};
use crate::source::Span;
use crate::syntax::raw::{Named, RawIndicator, RawScorecard, RawTarget, Text};
use crate::value::Unit;

const AGGREGATES: &[(&str, Aggregate)] = &[
    ("sum", Aggregate::Sum),
    ("mean", Aggregate::Mean),
    ("count", Aggregate::Count),
    ("share_met", Aggregate::ShareMet),
];

const MISSING: &[(&str, Missing)] =
    &[("redistribute", Missing::Redistribute), ("zero", Missing::Zero), ("block", Missing::Block)];

/// Every indicator of a scorecard.
pub(super) fn compile(
    world: &World<'_>,
    entry: &Named<RawScorecard>,
    kind: KindId,
    measures: &Measures,
    out: &mut Out,
) -> Option<Vec<Indicator>> {
    let raw = &entry.value;
    let weights = weights(world, entry, out);
    let all: Vec<Option<Indicator>> = raw
        .indicators
        .iter()
        .enumerate()
        .map(|(idx, indicator)| {
            let weight = weights.as_ref().and_then(|weights| weights.get(idx).copied());
            one(world, &entry.name.value, indicator, kind, weight, measures, out)
        })
        .collect();
    all.into_iter().collect()
}

/// The weight of each indicator: the member of the set that has its name.
fn weights(world: &World<'_>, entry: &Named<RawScorecard>, out: &mut Out) -> Option<Vec<ParameterId>> {
    let raw = &entry.value;
    let Some(text) = &raw.weights else {
        let message = Message::new("missing-key", ["scorecard", "weights"]);
        let finding = Diagnostic::error(Code::MissingKey, entry.name.span, message);
        out.found.push(finding.help(Message::plain("weights-help")));
        return None;
    };
    let name = text.value.trim_start_matches('$');
    let Some(members) = world.sets.get(name) else {
        let known: Vec<String> = world.sets.keys().map(|name| format!("${name}")).collect();
        let known = known.iter().map(String::as_str);
        out.found.push(world.unknown(Code::UnknownParameter, "unknown-parameter-set", text, known));
        return None;
    };
    let member = |indicator: &str| {
        members.iter().copied().find(|id| {
            world.parameter(*id).is_some_and(|parameter| *parameter.name == *format!("{name}.{indicator}"))
        })
    };
    let mut all = Some(Vec::new());
    for indicator in &raw.indicators {
        match member(&indicator.name.value) {
            Some(id) => {
                if let Some(all) = &mut all {
                    all.push(id);
                }
                percent(world, id, text.span, out);
            }
            None => {
                let message = Message::new("weight-missing", [&text.value, &indicator.name.value]);
                let finding = Diagnostic::error(Code::UnknownParameter, indicator.name.span, message);
                out.found.push(finding.also(text.span, Message::plain("weights-here")));
                all = None;
            }
        }
    }
    for id in members {
        let Some(parameter) = world.parameter(*id) else { continue };
        let own = parameter.name.rsplit('.').next().unwrap_or("");
        if !raw.indicators.iter().any(|indicator| indicator.name.value == own) {
            let message =
                Message::new("weight-without-indicator", [parameter.name.as_ref(), &entry.name.value]);
            let finding = Diagnostic::error(Code::UnknownName, parameter.span, message);
            out.found.push(finding.also(text.span, Message::plain("weights-here")));
        }
    }
    all
}

fn percent(world: &World<'_>, id: ParameterId, at: Span, out: &mut Out) {
    let Some(parameter) = world.parameter(id) else { return };
    if !is_percent(&parameter.ty) {
        let message =
            Message::new("weight-no-percent", [parameter.name.to_string(), read::type_words(&parameter.ty)]);
        let finding = Diagnostic::error(Code::UnitMismatch, parameter.span, message);
        out.found.push(finding.also(at, Message::plain("weights-here")));
    }
}

fn one(
    world: &World<'_>,
    card: &str,
    entry: &Named<RawIndicator>,
    kind: KindId,
    weight: Option<ParameterId>,
    measures: &Measures,
    out: &mut Out,
) -> Option<Indicator> {
    crate::compile::names::check(&entry.name, out);
    let raw = &entry.value;
    let element = format!("scorecards.{card}.indicators.{}", entry.name.value);
    let clause = world.cite_one(&raw.clause, &element, out);
    let of = raw.of.as_ref().and_then(|text| of(world, text, measures, out));
    let target = raw.target.as_ref().map(|target| self::target(world, target, kind, out));
    let points = |text: &Option<Text>, out: &mut Out| -> Option<Option<Decimal>> {
        match text {
            Some(text) => read::number_in(text, &[Unit::Points, Unit::None], out).map(Some),
            None => Some(None),
        }
    };
    let (cap, floor) = (points(&raw.cap, out), points(&raw.floor, out));
    if let (Some(Some(cap)), Some(Some(floor)), Some(text)) = (cap, floor, &raw.floor)
        && floor > cap
    {
        let message = Message::new("floor-above-cap", [floor.to_string(), cap.to_string()]);
        out.error(Code::OutOfRange, text.span, message);
    }
    let unit = of.as_ref().and_then(|of| of.unit);
    let linear = linear(&raw.linear, unit, out);
    if let Some(of) = &of {
        way_to_points(entry, of, out);
    }
    let min_samples = match &raw.min_samples {
        Some(text) => read::count(text, &[Unit::Samples, Unit::None, Unit::Times], out),
        None => Some(1),
    };
    let missing = read::word_or(&raw.missing, MISSING, Missing::Block, out);
    let of = of?;
    Some(Indicator {
        name: entry.name.value.as_str().into(),
        label: world.label(&raw.label),
        clause,
        measure: of.measure,
        aggregate: of.aggregate,
        weight: weight?,
        target,
        cap: cap?,
        floor: floor?,
        linear: linear?,
        min_samples: min_samples?,
        missing,
        span: entry.name.span,
    })
}

/// What an indicator is made of.
struct Of {
    aggregate: Aggregate,
    measure: MeasureId,
    /// The unit of the aggregate, where it is known.
    unit: Option<Unit>,
}

/// `sum approved_amount`, `share_met chat.reply`.
fn of(world: &World<'_>, text: &Text, measures: &Measures, out: &mut Out) -> Option<Of> {
    let parts: Vec<&str> = text.value.split_whitespace().collect();
    let [how, name] = parts.as_slice() else {
        out.error(Code::WrongShape, text.span, Message::new("aggregate-shape", [&text.value]));
        return None;
    };
    let how = Text::new((*how).to_owned(), text.span);
    let aggregate = read::word(&how, AGGREGATES, out);
    let Some((measure, unit)) = measures.names.get(*name).copied() else {
        let part = Text::new((*name).to_owned(), text.span);
        let known = measures.names.keys().map(String::as_str);
        out.found.push(world.unknown(Code::UnknownName, "unknown-measure", &part, known));
        return None;
    };
    let aggregate = aggregate?;
    let of_clock = name.contains('.');
    if (aggregate == Aggregate::ShareMet) != of_clock && aggregate != Aggregate::Count {
        let key = if of_clock { "share-of-clock" } else { "share-of-events" };
        out.error(Code::TypeMismatch, text.span, Message::new(key, [&text.value]));
        return None;
    }
    let unit = match aggregate {
        Aggregate::ShareMet => Some(Unit::Percent),
        Aggregate::Count => Some(Unit::None),
        Aggregate::Sum | Aggregate::Mean => unit,
    };
    Some(Of { aggregate, measure, unit })
}

/// The aggregate becomes points by a target, by a map, or because it is in points.
fn way_to_points(entry: &Named<RawIndicator>, of: &Of, out: &mut Out) {
    let raw = &entry.value;
    if raw.target.is_some() && !raw.linear.is_empty() {
        let span = raw.linear.first().map_or(raw.span, |point| point.name.span);
        out.error(Code::WrongShape, span, Message::plain("target-and-map"));
    }
    let Some(unit) = of.unit else { return };
    if raw.target.is_none() && raw.linear.is_empty() && !matches!(unit, Unit::Points | Unit::None) {
        let span = raw.of.as_ref().map_or(entry.name.span, |of| of.span);
        let message = Message::new("no-way-to-points", [entry.name.value.clone(), read::shown(unit)]);
        let finding = Diagnostic::error(Code::UnitMismatch, span, message);
        out.found.push(finding.help(Message::plain("no-way-to-points-help")));
    }
}

/// The points of a linear map, ascending in what they map from.
fn linear(raw: &[Named<Text>], unit: Option<Unit>, out: &mut Out) -> Option<Vec<(Decimal, Decimal)>> {
    let mut points: Vec<(Decimal, Decimal)> = Vec::new();
    let before = out.found.len();
    for entry in raw {
        let from = read::number(&entry.name, out);
        let to = read::number_in(&entry.value, &[Unit::Points, Unit::None], out);
        let (Some((from, own)), Some(to)) = (from, to) else { continue };
        // A bare number stands for the measure's own unit; a share must be written in percent.
        let fits = unit.is_none_or(|unit| own == unit || (own == Unit::None && unit != Unit::Percent));
        if !fits {
            let message = read::unit_message(&entry.name.value, own, unit.unwrap_or_default());
            out.error(Code::UnitMismatch, entry.name.span, message);
            continue;
        }
        if points.last().is_some_and(|(last, _)| *last >= from) {
            out.error(Code::BadRange, entry.name.span, Message::new("map-order", [&entry.name.value]));
            continue;
        }
        points.push((from, to));
    }
    if let [first] = raw {
        out.error(Code::BadRange, first.name.span, Message::plain("map-one-point"));
    }
    (out.found.len() == before).then_some(points)
}

fn target(world: &World<'_>, raw: &RawTarget, kind: KindId, out: &mut Out) -> Target {
    let before = [("period_start", TargetBefore::PeriodStart), ("period_end", TargetBefore::PeriodEnd)];
    let mut silent = Out::default();
    Target {
        // Both were read for the events of the scorecard, and their mistakes told.
        set_by: world.senders(kind, &raw.set_by, &mut silent),
        acknowledged_by: world.senders(kind, &raw.acknowledged_by, &mut silent),
        before: read::word_or(&raw.before, &before, TargetBefore::PeriodStart, out),
    }
}
