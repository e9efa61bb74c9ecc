//! Who acts, and whether that person may.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::state::State;
use super::step::Refusal;
use crate::model::{Authority, EventDef, Holder, Model, Recipient, RoleKind, RoleRef, Sender};
use crate::value::Value;

/// The person behind an actor: `hr/zhao` and `staff/zhao` are `zhao`; an outsider such as `customer/7` stays whole.
pub(super) fn person_of(model: &Model, actor: &str) -> Arc<str> {
    let Some((prefix, name)) = actor.split_once('/') else { return actor.into() };
    let insider = model.kinds.iter().any(|kind| kind.person && kind.name.as_ref() == prefix)
        || model
            .roles
            .iter()
            .any(|role| role.name.as_ref() == prefix && !matches!(role.kind, RoleKind::Anyone))
        || model
            .origin
            .authority
            .iter()
            .any(|then| then.roles.get(prefix).is_some_and(|kind| !matches!(kind, RoleKind::Anyone)));
    if insider { name.into() } else { actor.into() }
}

/// The refusal when an actor may not send an event that becomes known at an instant; `None` when it may.
pub(super) fn wrong_role(
    model: &Model,
    state: &State,
    def: &EventDef,
    actor: Option<&Arc<str>>,
    at: DateTime<Utc>,
    known: DateTime<Utc>,
) -> Option<Refusal> {
    let then = model.authority(known);
    let id = model.kind(def.kind).events.get(&def.name);
    let senders = then.zip(id).and_then(|(then, id)| then.senders.get(id));
    let day = at.with_timezone(&model.header.zone).date_naive();
    let may = |actor: &Arc<str>| match senders {
        Some(senders) => senders.iter().any(|sender| match sender {
            Sender::Itself => holds(model, state, RoleRef::Itself, actor, day, then),
            Sender::Every(kind) => holds(model, state, RoleRef::Every(*kind), actor, day, then),
            Sender::Role(name) => {
                let kind = then.and_then(|then| then.roles.get(name));
                kind.is_some_and(|kind| holds_role(model, state, (name, kind), actor, day))
            }
        }),
        None => def.by.iter().any(|role| holds(model, state, *role, actor, day, then)),
    };
    let anyone = senders.map_or(def.by.is_empty(), Vec::is_empty);
    if anyone || actor.is_some_and(may) {
        return None;
    }
    let needed = match senders {
        Some(senders) => senders
            .iter()
            .map(|sender| match sender {
                Sender::Itself => role_name(model, RoleRef::Itself),
                Sender::Every(kind) => role_name(model, RoleRef::Every(*kind)),
                Sender::Role(name) => name.clone(),
            })
            .collect(),
        None => def.by.iter().map(|role| role_name(model, *role)).collect(),
    };
    Some(Refusal::WrongRole { actor: actor.cloned(), needed })
}

/// Whether an actor holds a role towards a subject on a day, as an earlier revision has it or this one.
pub(super) fn holds(
    model: &Model,
    state: &State,
    role: RoleRef,
    actor: &Arc<str>,
    day: NaiveDate,
    then: Option<&Authority>,
) -> bool {
    match role {
        RoleRef::Itself => {
            let person = person_of(model, actor);
            model.kind(state.kind).person && super::context::itself(model, state) == Value::Person(person)
        }
        RoleRef::Every(kind) => {
            let prefix = actor.split_once('/').map(|(prefix, _)| prefix);
            prefix == Some(model.kind(kind).name.as_ref())
        }
        RoleRef::Role(id) => {
            let role = model.role(id);
            let kind = then.and_then(|then| then.roles.get(&role.name)).unwrap_or(&role.kind);
            holds_role(model, state, (&role.name, kind), actor, day)
        }
    }
}

fn holds_role(
    model: &Model,
    state: &State,
    (name, kind): (&Arc<str>, &RoleKind),
    actor: &Arc<str>,
    day: NaiveDate,
) -> bool {
    let prefix = actor.split_once('/').map(|(prefix, _)| prefix);
    let person = person_of(model, actor);
    let acts_as = |name: &str| match prefix {
        Some(prefix) => {
            prefix == name || model.kinds.iter().any(|kind| kind.person && kind.name.as_ref() == prefix)
        }
        None => true,
    };
    match kind {
        RoleKind::HeldBy(holders) => {
            acts_as(name) && holders.iter().any(|holder| holder.person == person && holds_on(holder, day))
        }
        RoleKind::Of { kind, field } => {
            acts_as(name)
                && *kind == state.kind
                && state.fields.get(*field).is_some_and(|value| *value == Value::Person(person))
        }
        RoleKind::Every(kind) => {
            prefix == Some(name.as_ref()) || prefix == Some(model.kind(*kind).name.as_ref())
        }
        RoleKind::Anyone => prefix.is_none_or(|prefix| prefix == name.as_ref()),
    }
}

fn holds_on(holder: &Holder, day: NaiveDate) -> bool {
    holder.from.is_none_or(|from| from <= day) && holder.to.is_none_or(|to| day <= to)
}

/// What a role is called in a refusal.
pub(super) fn role_name(model: &Model, role: RoleRef) -> Arc<str> {
    match role {
        RoleRef::Itself => "self".into(),
        RoleRef::Role(id) => model.role(id).name.clone(),
        RoleRef::Every(kind) => model.kind(kind).name.clone(),
    }
}

/// The name and the persons behind a recipient on a day, as it is known at an instant.
pub(super) fn recipient(
    model: &Model,
    state: &State,
    to: &Recipient,
    day: NaiveDate,
    known: DateTime<Utc>,
) -> (Arc<str>, Vec<Arc<str>>) {
    let field_person = |field: usize| -> Vec<Arc<str>> {
        state.fields.get(field).and_then(Value::as_str).map(Arc::from).into_iter().collect()
    };
    match to {
        Recipient::Itself => ("self".into(), vec![person_or_subject(model, state)]),
        Recipient::Field(field) => {
            let kind = model.kind(state.kind);
            let name = kind.fields.get(*field).map_or("", |field| &field.name);
            (format!("{}.{name}", kind.name).into(), field_person(*field))
        }
        Recipient::Role(id) => {
            let role = model.role(*id);
            let then = model.authority(known).and_then(|then| then.roles.get(&role.name));
            let persons = match then.unwrap_or(&role.kind) {
                RoleKind::HeldBy(holders) => holders
                    .iter()
                    .filter(|holder| holds_on(holder, day))
                    .map(|holder| holder.person.clone())
                    .collect(),
                RoleKind::Of { kind, field } if *kind == state.kind => field_person(*field),
                _ => Vec::new(),
            };
            (role.name.clone(), persons)
        }
    }
}

fn person_or_subject(model: &Model, state: &State) -> Arc<str> {
    super::context::itself(model, state).as_str().map_or_else(|| state.subject.clone(), Arc::from)
}
