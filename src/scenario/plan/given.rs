//! `given:` subjects that are there, who holds which role, and the two shorthands: attendance and samples.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Act, Planner, Preset, value_of};
use crate::diag::Code;
use crate::engine;
use crate::lang::Message;
use crate::model::{Aggregate, EventDef, KindId, LowerBound, Model, Opens, RoleKind, RoleRef, Source};
use crate::period::Period;
use crate::record::{Data, Event};
use crate::scalar;
use crate::scenario::read::{invalid, text_of};
use crate::source::Span;
use crate::syntax::node::Node;
use crate::syntax::raw::{Named, Text};
use crate::syntax::reader::{At, FromNode};
use crate::value::{Type, Unit, Value};

/// The shorthand for "every day that is asked for, every topic in turn".
const ALL: &str = "all";
/// The time of day at which a shorthand's events happen, in seconds: 09:00.
const IN_THE_MORNING: i64 = 9 * 3600;

/// Period → indicator → aggregate → value.
type Periods = Vec<Named<Vec<Named<Vec<Named<Text>>>>>>;

/// A subject that is given.
#[derive(Clone)]
struct Opening {
    name: Text,
    kind: KindId,
    at: DateTime<Utc>,
    data: Data,
}

impl<'a> Planner<'a> {
    /// The events that set the scene, and the aggregates given for periods.
    pub(super) fn given(&mut self, earliest: Option<DateTime<Utc>>) -> (Vec<Act>, Vec<Preset>) {
        let (mut acts, mut presets) = (Vec::new(), Vec::new());
        for entry in &self.written.given {
            let Some((kind, _)) = self.model.split_subject(&entry.name.value) else {
                // Holders of roles were put into the policy before.
                if !self.is_role(&entry.name.value) {
                    self.unknown_subject(&entry.name);
                }
                continue;
            };
            self.remember(&entry.name.value);
            self.subject(entry, kind, earliest, &mut acts, &mut presets);
        }
        (acts, presets)
    }

    fn is_role(&self, name: &str) -> bool {
        name.split_once('/').is_some_and(|(role, _)| self.model.find_role(role).is_some())
    }

    fn subject(
        &mut self,
        entry: &Named<Vec<Named<Node>>>,
        kind_id: KindId,
        earliest: Option<DateTime<Utc>>,
        acts: &mut Vec<Act>,
        presets: &mut Vec<Preset>,
    ) {
        let kind = self.model.kind(kind_id);
        let mut at = None;
        let mut shorthands = Vec::new();
        let mut data = Data::new();
        for field in &entry.value {
            let name = field.name.value.as_str();
            if kind.fields.iter().any(|known| *known.name == *name) {
                match value_of(&field.value) {
                    Some(value) => {
                        data.insert(name.into(), value);
                    }
                    None => {
                        let message = Message::new("scenario-not-value", [name]);
                        self.found.push(invalid(field.value.span, message));
                    }
                }
            } else if name == "at" {
                at = text_of(&field.value).and_then(|text| self.instant(&text));
            } else if name == "samples" && !kind.scorecards.is_empty() {
                presets.extend(self.samples(&entry.name, kind_id, &field.value));
            } else if let Some(bound) = self.counted_bound(kind_id, name) {
                match text_of(&field.value).filter(|text| text.value == ALL) {
                    Some(_) => shorthands.push((field.name.span, bound)),
                    None => {
                        let message = Message::new("scenario-only-all", [name]);
                        self.found.push(invalid(field.value.span, message));
                    }
                }
            } else {
                let message = Message::new("scenario-unknown-field", [kind.name.as_ref(), name]);
                let known: Vec<Arc<str>> = kind.fields.iter().map(|field| field.name.clone()).collect();
                self.unknown(Code::UnknownField, &field.name, message, &known);
            }
        }
        let at = at.unwrap_or_else(|| self.opens_at(kind_id, &data, earliest));
        let opening = Opening { name: entry.name.clone(), kind: kind_id, at, data };
        for (span, bound) in shorthands {
            acts.extend(self.attendance(&opening, bound, span));
        }
        // The opening stands before what happens at the same instant.
        acts.insert(0, self.opened(opening));
    }

    /// When a subject comes into being: on the date by which one of its workflows opens, else on the day of the earliest happening.
    fn opens_at(&self, kind: KindId, data: &Data, earliest: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let by_date = self.model.kind(kind).workflows.iter().find_map(|id| {
            let Opens::At(expression) = &self.model.workflow(*id).opens else { return None };
            let [input] = expression.inputs.as_slice() else { return None };
            let Source::Field(field) = input.source else { return None };
            let field = self.model.kind(kind).fields.get(field)?;
            engine::coerce(self.model, &field.ty, data.get(&field.name)?)
        });
        match by_date {
            Some(Value::Date(day)) => self.midnight(day),
            Some(Value::Instant(at)) => at,
            _ => match earliest {
                Some(at) => self.midnight(at.with_timezone(&self.model.header.zone).date_naive()),
                None => self.first_day(),
            },
        }
    }

    /// The `opened` event, sent by somebody who may.
    fn opened(&self, opening: Opening) -> Act {
        let mut event = Event::new("opened").to(opening.name.value.as_str()).at(opening.at);
        if let Some(def) = self.event_named(opening.kind, "opened") {
            event.by = self.sender(def, &opening);
        }
        event.data = opening.data;
        Act { now: opening.at, span: opening.name.span, event: Some(event), given: true }
    }

    /// The lower bound of a state of the kind that counts distinct values of this event.
    fn counted_bound(&self, kind: KindId, event: &str) -> Option<(&'a LowerBound, &'a EventDef, usize)> {
        let model: &'a Model = self.model;
        let workflows = model.kind(kind).workflows.iter().map(|id| model.workflow(*id));
        workflows.flat_map(|workflow| &workflow.states).find_map(|state| {
            let bound = state.lasts_at_least.as_ref()?;
            let (id, slot) = bound.counted_by?;
            let def = model.event(id);
            (*def.name == *event).then_some((bound, def, slot))
        })
    }

    /// `attended: all`: once on each working day from the opening on, as often as the bound asks for.
    fn attendance(
        &mut self,
        opening: &Opening,
        (bound, def, slot): (&LowerBound, &EventDef, usize),
        span: Span,
    ) -> Vec<Act> {
        let model = self.model;
        let amount = engine::blank(model, &opening.name.value)
            .and_then(|state| engine::amount(model, &state, &bound.amount, opening.at));
        let count = match amount {
            Ok(Value::Duration(duration)) => duration.amount,
            Ok(Value::Number(number, _)) => i64::try_from(number).unwrap_or(0),
            _ => 0,
        };
        let first = opening.at.with_timezone(&model.header.zone).date_naive();
        let calendar = model.calendar(bound.counting.calendar);
        let mut acts = Vec::new();
        for n in 0..u32::try_from(count).unwrap_or(0) {
            let Ok(day) = calendar.nth_working_day(first, n + 1) else {
                self.found.push(invalid(span, Message::new("scenario-no-calendar", [first])));
                break;
            };
            let at = self.time_of(day, IN_THE_MORNING).max(opening.at);
            let mut event = Event::new(def.name.clone()).to(opening.name.value.as_str()).at(at);
            event.by = self.sender(def, &Opening { at, ..opening.clone() });
            for (idx, field) in def.data.iter().enumerate() {
                let value = match idx == slot {
                    true => dated(&field.ty, day, at),
                    false if field.optional => None,
                    false => plausible(&field.ty, n, day, at),
                };
                if let Some(value) = value {
                    event.data.insert(field.name.clone(), value);
                }
            }
            acts.push(Act { now: at, span, event: Some(event), given: true });
        }
        acts
    }

    /// Somebody who may send an event to a subject: `hr/zhao`. Nobody, where anyone may or nobody is known.
    fn sender(&self, def: &EventDef, opening: &Opening) -> Option<Arc<str>> {
        let day = opening.at.with_timezone(&self.model.header.zone).date_naive();
        def.by.iter().find_map(|role| match role {
            RoleRef::Itself => Some(opening.name.value.as_str().into()),
            RoleRef::Every(kind) => self.member(*kind, opening),
            RoleRef::Role(id) => {
                let role = self.model.role(*id);
                let person: Arc<str> = match &role.kind {
                    RoleKind::HeldBy(holders) => {
                        let in_force = |from: Option<NaiveDate>, to: Option<NaiveDate>| {
                            from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
                        };
                        let holder = holders.iter().find(|holder| in_force(holder.from, holder.to))?;
                        holder.person.clone()
                    }
                    RoleKind::Of { kind, field } if *kind == opening.kind => {
                        let field = self.model.kind(*kind).fields.get(*field)?;
                        let person = opening.data.get(&field.name)?.as_str()?;
                        person.rsplit('/').next()?.into()
                    }
                    RoleKind::Of { .. } | RoleKind::Through { .. } => return None,
                    RoleKind::Every(kind) => return self.member(*kind, opening),
                    RoleKind::Anyone => "1".into(),
                };
                Some(format!("{}/{person}", role.name).into())
            }
        })
    }

    /// A subject of a kind that the scenario gives; the one at hand first.
    fn member(&self, kind: KindId, opening: &Opening) -> Option<Arc<str>> {
        if opening.kind == kind {
            return Some(opening.name.value.as_str().into());
        }
        let of_kind = |name: &str| self.model.split_subject(name).is_some_and(|(found, _)| found == kind);
        let given = self.written.given.iter().find(|entry| of_kind(&entry.name.value))?;
        Some(given.name.value.as_str().into())
    }

    /// `samples: {monthly_kpi: {2026-01: {sales: {sum, target}}}}`
    fn samples(&mut self, subject: &Text, kind: KindId, node: &Node) -> Vec<Preset> {
        let mut presets = Vec::new();
        let at = At { name: "samples", span: node.span };
        let cards: Vec<Named<Periods>> = Vec::read(at, node, &mut self.found).unwrap_or_default();
        for entry in cards {
            let known = self.model.kind(kind).scorecards.iter().map(|id| self.model.scorecard(*id));
            let names: Vec<Arc<str>> = known.clone().map(|card| card.name.clone()).collect();
            let Some(card) = known.into_iter().find(|card| *card.name == entry.name.value) else {
                let message = Message::new("scenario-unknown-card", [&entry.name.value]);
                self.unknown(Code::UnknownName, &entry.name, message, &names);
                continue;
            };
            for period in &entry.value {
                let parsed = Period::parse(&period.name.value).filter(|parsed| parsed.kind() == card.period);
                if parsed.is_none() {
                    let example = Period::of(card.period, self.model.header.effective);
                    let message =
                        Message::new("scenario-bad-period", [period.name.value.clone(), example.to_string()]);
                    self.found.push(invalid(period.name.span, message));
                    continue;
                }
                let mut data = Data::new();
                for indicator in &period.value {
                    let Some(rule) = card.indicators.iter().find(|rule| *rule.name == indicator.name.value)
                    else {
                        let names: Vec<Arc<str>> =
                            card.indicators.iter().map(|rule| rule.name.clone()).collect();
                        let message = Message::new("scenario-unknown-indicator", [&indicator.name.value]);
                        self.unknown(Code::UnknownName, &indicator.name, message, &names);
                        continue;
                    };
                    self.aggregates(rule.aggregate, &rule.name, &indicator.value, &mut data);
                }
                presets.push(Preset {
                    subject: subject.value.as_str().into(),
                    card: card.name.clone(),
                    period: period.name.value.as_str().into(),
                    data,
                });
            }
        }
        presets
    }

    /// The aggregates of one indicator, as `period_closed` carries them.
    fn aggregates(&mut self, how: Aggregate, indicator: &str, given: &[Named<Text>], data: &mut Data) {
        let mut numbers: Vec<(&str, Decimal)> = Vec::new();
        for entry in given {
            let name = entry.name.value.as_str();
            if !["sum", "count", "mean", "met", "target"].contains(&name) {
                let known: Vec<Arc<str>> = ["sum", "count", "mean", "met", "target"].map(Arc::from).into();
                let message = Message::new("scenario-unknown-aggregate", [name]);
                self.unknown(Code::UnknownKey, &entry.name, message, &known);
                continue;
            }
            match scalar::quantity(&entry.value.value) {
                Ok(Value::Number(number, _)) => numbers.push((name, number)),
                _ => {
                    let message = Message::new("scenario-not-number", [name, &entry.value.value]);
                    self.found.push(invalid(entry.value.span, message));
                }
            }
        }
        let find = |name: &str| numbers.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
        let mut put = |name: &str, number: Option<Decimal>| {
            if let Some(number) = number {
                data.insert(format!("{indicator}.{name}").into(), Value::Number(number, Unit::None));
            }
        };
        let count = find("count").or_else(|| (how == Aggregate::Sum).then_some(Decimal::ONE));
        let mean = find("mean").zip(count).and_then(|(mean, count)| mean.checked_mul(count));
        put("count", count);
        put("sum", find("sum").or(mean));
        put("met", find("met"));
        put("target", find("target"));
    }
}

/// A day as a value of a type.
fn dated(ty: &Type, day: NaiveDate, at: DateTime<Utc>) -> Option<Value> {
    Some(match ty {
        Type::Date => Value::Date(day),
        Type::Instant => Value::Instant(at),
        _ => Value::text(day.to_string()),
    })
}

/// Something of a type: choices in turn, numbers one.
fn plausible(ty: &Type, n: u32, day: NaiveDate, at: DateTime<Utc>) -> Option<Value> {
    Some(match ty {
        Type::Boolean => Value::Boolean(true),
        Type::Integer(unit) | Type::Decimal(unit) => Value::Number(Decimal::ONE, *unit),
        Type::Text => Value::text("—"),
        Type::Date => Value::Date(day),
        Type::Instant => Value::Instant(at),
        Type::Choice(choice) => {
            let turn = (n as usize).checked_rem(choice.options.len())?;
            Value::Choice(choice.options.get(turn)?.clone())
        }
        Type::Person => Value::Person("nobody".into()),
        Type::Subject(_) | Type::Duration | Type::List(_) => return None,
    })
}
