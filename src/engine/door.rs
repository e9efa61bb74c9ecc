//! The door: which events become records, and in what shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use super::four_eyes;
use super::migrate::MIGRATED;
use super::people::{self, Acting};
use super::state::State;
use super::step::Refusal;
use super::{Admitted, ReadRequest};
use crate::error::Result;
use crate::model::{EventDef, EventId, EventOrigin, Model, Place, RoleKind, RoleRef, ScoreEvent};
use crate::record::{Data, Event, Record, to_plain_json};
use crate::scalar;
use crate::value::{Type, Unit, Value};

/// The built-in event that undoes a decision.
pub(crate) const WITHDRAW: &str = "withdraw";
/// The built-in record that tells a later reading of another subject.
pub(crate) const REREAD: &str = "reread";

/// See [`super::admit`].
pub(super) fn admit(
    model: &Model,
    state: &State,
    event: &Event,
    now: DateTime<Utc>,
    last_known: Option<DateTime<Utc>>,
    reads: Data,
) -> Result<Admitted> {
    let at = whole(event.at.unwrap_or(now));
    if at > now {
        let latest = horizon(model, now)?;
        if at > latest {
            return Ok(Admitted::Refused(Refusal::Horizon { at, latest }));
        }
    }
    let data = match shaped(model, state, event) {
        Ok(data) => data,
        Err(refusal) => return Ok(Admitted::Refused(refusal)),
    };
    let known = match event.known {
        Some(known) => whole(known),
        None => whole(last_known.map_or(now, |last| last.max(now))),
    };
    if let Some(refusal) = correction_refused(model, state, event, at, &reads, known) {
        return Ok(Admitted::Refused(refusal));
    }
    let mut record = Record {
        format: 1,
        id: event.id.clone().unwrap_or_default(),
        subject: state.subject.clone(),
        case: event.case.clone(),
        at,
        known,
        order: event.order,
        by: event.by.clone(),
        on_behalf_of: event.on_behalf_of.clone(),
        event: event.name.clone(),
        data,
        reads,
        accepted: None,
        taken: Vec::new(),
        corrects: event.corrects.clone(),
        void: event.void,
        reason: event.reason.clone(),
        raised_by: None,
    };
    if record.id.is_empty() {
        record.id = content_id(&record);
    }
    Ok(Admitted::Record(Arc::new(record)))
}

/// The latest instant an event may be dated.
fn horizon(model: &Model, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let header = &model.header;
    let calendar = model.calendar(header.calendar);
    if header.horizon.clock == crate::value::ClockKind::Calendar
        && header.horizon.unit == crate::value::TimeUnit::Days
    {
        return Ok(now + TimeDelta::days(header.horizon.amount.clamp(0, 36_500)));
    }
    super::timing::due(calendar, now, header.horizon, &header.conventions)
}

fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    if at.timestamp_subsec_nanos() == 0 {
        return at;
    }
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

/// The data in the declared types; every slot checked, nothing dropped.
fn shaped(model: &Model, state: &State, event: &Event) -> Result<Data, Refusal> {
    if event.name.as_ref() == WITHDRAW {
        return builtin(event, &["decision", "reason"]);
    }
    if event.name.as_ref() == REREAD {
        return Ok(event.data.clone());
    }
    if event.name.as_ref() == MIGRATED {
        return builtin(event, &["from", "to", "states", "clocks"]);
    }
    let def = find_event(model, state, &event.name)?;
    if let EventOrigin::Score(_, ScoreEvent::PeriodClosed | ScoreEvent::PeriodRevised) = def.origin {
        return builtin(event, &["period"]);
    }
    let mut data = Data::new();
    if event.void {
        return Ok(data);
    }
    for (name, value) in &event.data {
        let Some(field) = def.data.iter().find(|field| field.name == *name) else {
            let known: Vec<&str> = def.data.iter().map(|field| field.name.as_ref()).collect();
            return Err(Refusal::WrongShape {
                field: name.clone(),
                expected: known.join("、").into(),
                found: name.clone(),
            });
        };
        if value.is_absent() {
            continue;
        }
        match coerce(&field.ty, value, model) {
            Some(value) => {
                data.insert(name.clone(), value);
            }
            None => {
                return Err(Refusal::WrongShape {
                    field: name.clone(),
                    expected: expected(&field.ty).into(),
                    found: value.to_string().into(),
                });
            }
        }
    }
    let missing = def.data.iter().find(|field| !field.optional && !data.contains_key(&field.name));
    match missing {
        Some(field) if event.corrects.is_none() => Err(Refusal::WrongShape {
            field: field.name.clone(),
            expected: expected(&field.ty).into(),
            found: "—".into(),
        }),
        _ if def.origin == EventOrigin::Delegated => {
            super::delegate::refused(model, state, &data).map_or(Ok(data), Err)
        }
        _ => Ok(data),
    }
}

fn builtin(event: &Event, needed: &[&str]) -> Result<Data, Refusal> {
    for name in needed {
        if event.data.get(*name).is_none_or(Value::is_absent) {
            return Err(Refusal::WrongShape {
                field: (*name).into(),
                expected: "text".into(),
                found: "—".into(),
            });
        }
    }
    Ok(event.data.clone())
}

fn find_event<'a>(model: &'a Model, state: &State, name: &Arc<str>) -> Result<&'a EventDef, Refusal> {
    let kind = model.kind(state.kind);
    let sendable = |id: &EventId| {
        !matches!(model.event(*id).origin, EventOrigin::Score(_, ScoreEvent::Published | ScoreEvent::Final))
    };
    match kind.events.get(name).filter(|id| sendable(id)) {
        Some(id) => Ok(model.event(*id)),
        None => {
            let mut near: Vec<(usize, Arc<str>)> = kind
                .events
                .iter()
                .filter(|(_, id)| sendable(id))
                .map(|(known, _)| (strsim::damerau_levenshtein(known, name), known.clone()))
                .filter(|(distance, known)| *distance <= (known.chars().count() / 3).max(1))
                .collect();
            near.sort();
            Err(Refusal::UnknownEvent {
                event: name.clone(),
                near: near.into_iter().take(3).map(|(_, name)| name).collect(),
            })
        }
    }
}

/// A correction needs a reason and somebody who could have sent the event itself.
fn correction_refused(
    model: &Model,
    state: &State,
    event: &Event,
    at: DateTime<Utc>,
    reads: &Data,
    known: DateTime<Utc>,
) -> Option<Refusal> {
    event.corrects.as_ref()?;
    if event.name.as_ref() == REREAD {
        return None;
    }
    if event.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        return Some(Refusal::WrongShape {
            field: "reason".into(),
            expected: "text".into(),
            found: "—".into(),
        });
    }
    let id = model.kind(state.kind).events.get(&event.name)?;
    let def = model.event(*id);
    let acting = Acting::of_event(event, at, reads, known);
    people::not_entitled(model, state, def, acting, event.data.keys())
        .or_else(|| four_eyes::nobody_known(model, *id, def, event.by.as_ref()))
}

/// An id from the content: the same content has the same id.
fn content_id(record: &Record) -> Arc<str> {
    let mut text = String::with_capacity(256);
    let mut part = |part: &str| {
        text.push_str(part);
        text.push('\0');
    };
    part(&record.subject);
    part(record.case.as_deref().unwrap_or(""));
    part(&record.event);
    part(record.by.as_deref().unwrap_or(""));
    part(&record.at.timestamp().to_string());
    part(&record.order.unwrap_or(0).to_string());
    for (name, value) in &record.data {
        part(name);
        part(&to_plain_json(value));
    }
    part(record.corrects.as_deref().unwrap_or(""));
    part(if record.void { "void" } else { "" });
    // Without it the id is the one that earlier versions gave.
    if let Some(person) = &record.on_behalf_of {
        part(person);
    }
    short_hex(&Sha256::digest(text.as_bytes()))
}

/// The first sixteen bytes of a hash as hex.
pub(super) fn short_hex(hash: &[u8]) -> Arc<str> {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    let mut text = String::with_capacity(32);
    for byte in hash.iter().take(16) {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text.into()
}

/// The slots of an event's data.
pub(super) fn slots(model: &Model, def: &EventDef, data: &Data) -> SmallVec<[Value; 4]> {
    def.data
        .iter()
        .map(|field| match data.get(&field.name) {
            Some(value) => coerce(&field.ty, value, model).unwrap_or_default(),
            None => Value::Absent,
        })
        .collect()
}

/// A value as one of a declared type; `None` when it cannot be one.
pub(super) fn coerce(ty: &Type, value: &Value, model: &Model) -> Option<Value> {
    Some(match (ty, value) {
        (Type::Integer(unit), Value::Number(number, found)) if unit == found && number.scale() == 0 => {
            value.clone()
        }
        (_, Value::Absent) => Value::Absent,
        (Type::Boolean, Value::Boolean(_))
        | (Type::Text, Value::Text(_))
        | (Type::Date, Value::Date(_))
        | (Type::Instant, Value::Instant(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Subject(_), Value::Subject(_))
        | (Type::Person, Value::Person(_)) => value.clone(),
        (Type::Boolean, Value::Text(text)) => Value::Boolean(scalar::yes_no(text).ok()?),
        (Type::Integer(unit), Value::Number(number, found)) => whole_number(*unit, *number, *found)?,
        (Type::Decimal(unit), Value::Number(number, found)) => number_of(*unit, *number, *found)?,
        (Type::Integer(unit), Value::Text(text)) => {
            let Value::Number(number, found) = scalar::quantity(text).ok()? else { return None };
            whole_number(*unit, number, found)?
        }
        (Type::Decimal(unit), Value::Text(text)) => {
            let Value::Number(number, found) = scalar::quantity(text).ok()? else { return None };
            number_of(*unit, number, found)?
        }
        (Type::Text, other) if !matches!(other, Value::List(_)) => Value::text(other.to_string()),
        (Type::Date, Value::Text(text)) => Value::Date(scalar::date(text).ok()?),
        (Type::Instant, Value::Text(text)) => Value::Instant(scalar::instant(text, model.header.zone).ok()?),
        (Type::Duration, Value::Text(text)) => Value::Duration(scalar::duration(text).ok()?),
        (Type::Choice(choice), other) => {
            let word = match other {
                Value::Boolean(flag) => if *flag { "yes" } else { "no" }.to_owned(),
                Value::Number(number, Unit::None) => number.to_string(),
                other => other.as_str()?.to_owned(),
            };
            Value::Choice(choice.options.iter().find(|option| option.as_ref() == word)?.clone())
        }
        (Type::Person, other) => {
            Value::Person(people::person_of(model, other.as_str().filter(|name| !name.is_empty())?))
        }
        (Type::Subject(kind), other) => {
            let name = other.as_str().filter(|name| !name.is_empty())?;
            match name.split_once('/') {
                Some((prefix, rest)) if prefix == kind.as_ref() && !rest.is_empty() => {
                    Value::Subject(name.into())
                }
                Some(_) => return None,
                None => Value::Subject(format!("{kind}/{name}").into()),
            }
        }
        (Type::List(of), Value::List(values)) => {
            let values: Option<Vec<Value>> = values.iter().map(|value| coerce(of, value, model)).collect();
            Value::List(values?.into())
        }
        (Type::List(of), single) => Value::List([coerce(of, single, model)?].into()),
        _ => return None,
    })
}

fn whole_number(unit: Unit, number: Decimal, found: Unit) -> Option<Value> {
    (number.scale() == 0 || number.fract().is_zero()).then(|| number_of(unit, number, found)).flatten()
}

fn number_of(unit: Unit, number: Decimal, found: Unit) -> Option<Value> {
    (found == unit || found == Unit::None).then_some(Value::Number(number, unit))
}

fn expected(ty: &Type) -> String {
    match ty {
        Type::Choice(choice) => choice.options.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" | "),
        other => other.to_string(),
    }
}

/// See [`super::reads_needed`].
pub(super) fn reads_needed(model: &Model, state: &State, event: &Event) -> Vec<ReadRequest> {
    let kind = model.kind(state.kind);
    let Some(id) = kind.events.get(&event.name) else {
        return if event.name.as_ref() == WITHDRAW {
            reads_of_withdrawal(model, state, event)
        } else {
            Vec::new()
        };
    };
    let def = model.event(*id);
    let mut requests: BTreeMap<Arc<str>, ReadRequest> = BTreeMap::new();
    let delegations = model.delegations.filter(|_| event.on_behalf_of.is_some());
    for read_id in def.reads.iter().chain(&delegations) {
        let read = model.read(*read_id);
        let first = match read.place {
            Place::OnBehalfOf => {
                event.on_behalf_of.as_ref().map(|person| Value::Person(people::person_of(model, person)))
            }
            Place::Actor => event.by.as_ref().map(|by| Value::Person(people::person_of(model, by))),
            Place::Field(field) => state.fields.get(field).cloned(),
            Place::EventData(slot) => def.data.get(slot).and_then(|field| {
                event.data.get(&field.name).and_then(|value| coerce(&field.ty, value, model))
            }),
        };
        let subject = first.and_then(|value| subject_named(model, &value));
        requests.entry(read.path.clone()).or_insert(ReadRequest {
            path: read.path.clone(),
            subject,
            read: *read_id,
        });
    }
    requests.into_values().collect()
}

/// Who may withdraw a decision may stand in another subject.
fn reads_of_withdrawal(model: &Model, state: &State, event: &Event) -> Vec<ReadRequest> {
    let mut requests: BTreeMap<Arc<str>, ReadRequest> = BTreeMap::new();
    let events = model.kind(state.kind).events.values().map(|id| model.event(*id));
    for sender in events.filter(|def| def.decision).flat_map(|def| &def.by) {
        let RoleRef::Role(role) = sender else { continue };
        let RoleKind::Through { read: id, .. } = model.role(*role).kind else { continue };
        let read = model.read(id);
        let Place::Field(field) = read.place else { continue };
        let subject = state.fields.get(field).and_then(|value| subject_named(model, value));
        requests.insert(read.path.clone(), ReadRequest { path: read.path.clone(), subject, read: id });
    }
    if let (Some(id), Some(person)) = (model.delegations, &event.on_behalf_of) {
        let path = model.read(id).path.clone();
        let subject = subject_named(model, &Value::Person(people::person_of(model, person)));
        requests.insert(path.clone(), ReadRequest { path, subject, read: id });
    }
    requests.into_values().collect()
}

/// The subject that a value names: a person's subject, or a subject.
pub(crate) fn subject_named(model: &Model, value: &Value) -> Option<Arc<str>> {
    match value {
        Value::Subject(name) => Some(name.clone()),
        Value::Person(name) => {
            if name.contains('/') {
                return None;
            }
            let kind = model.kind(model.person_kind()?);
            Some(format!("{}/{name}", kind.name).into())
        }
        _ => None,
    }
}
