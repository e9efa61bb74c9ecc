//! Delegation: a person lets another stand in for a time by an event of his own, and others read it at the door.

use std::sync::Arc;

use chrono::NaiveDate;

use super::people;
use super::run::{Run, Scene};
use super::state::{Delegation, State};
use super::step::Refusal;
use crate::model::{DELEGATIONS, EventDef, Model, RoleId};
use crate::record::Data;
use crate::value::Value;

/// The refusal of a delegation that cannot be: to oneself, to a login that several people use, ending before it begins.
pub(super) fn refused(model: &Model, state: &State, data: &Data) -> Option<Refusal> {
    let person = |name: &str| data.get(name).and_then(Value::as_str);
    let to = person("to")?;
    if people::bare(to) == people::bare(&state.subject) || people::is_shared(model, to) {
        return wrong("to", "another person", to);
    }
    let (Some(Value::Date(from)), Some(Value::Date(until))) = (data.get("from"), data.get("until")) else {
        return None;
    };
    if until < from { wrong("until", &format!("{from} or later"), &until.to_string()) } else { None }
}

fn wrong(field: &str, expected: &str, found: &str) -> Option<Refusal> {
    Some(Refusal::WrongShape { field: field.into(), expected: expected.into(), found: found.into() })
}

/// Whom a person lets stand in, as others read it.
pub(super) fn told(model: &Model, state: &State) -> Value {
    if model.kind(state.kind).may_delegate.is_empty() {
        return Value::Absent;
    }
    let one = |one: &Delegation| {
        Value::text(format!("{} {} {} {}", one.to, one.from, one.until, one.roles.join(",")))
    };
    Value::List(state.delegations.iter().map(one).collect())
}

/// Whether somebody stands in on a day because the person on whose behalf he acts has said so.
pub(super) fn stands_in(
    model: &Model,
    person: &str,
    role: Option<RoleId>,
    day: NaiveDate,
    reads: &Data,
) -> bool {
    let Some(Value::List(all)) = reads.get(DELEGATIONS) else { return false };
    let handed_on = |role: RoleId| model.kinds.iter().any(|kind| kind.may_delegate.contains(&role));
    let fits = |told: &str| {
        let mut parts = told.split(' ');
        let (to, from, until) = (parts.next(), date(parts.next()), date(parts.next()));
        let roles = parts.next().unwrap_or("");
        let covers = |role: RoleId| {
            let name = &model.role(role).name;
            handed_on(role) && (roles.is_empty() || roles.split(',').any(|one| one == name.as_ref()))
        };
        to == Some(person)
            && from.zip(until).is_some_and(|(from, until)| from <= day && day <= until)
            && role.is_none_or(covers)
    };
    all.iter().filter_map(Value::as_str).any(fits)
}

fn date(text: Option<&str>) -> Option<NaiveDate> {
    text?.parse().ok()
}

impl Run<'_> {
    /// Keeps a delegation; those whose last day is over are forgotten.
    pub(super) fn delegate(&mut self, def: &EventDef, scene: &Scene<'_>) {
        let today = self.today();
        let slot = |name: &str| {
            let idx = def.data.iter().position(|field| field.name.as_ref() == name)?;
            scene.slots?.get(idx)
        };
        let (Some(to), Some(Value::Date(from)), Some(Value::Date(until))) =
            (slot("to").and_then(Value::as_str), slot("from"), slot("until"))
        else {
            return;
        };
        let roles = match slot("roles") {
            Some(Value::List(roles)) => roles.iter().filter_map(Value::as_str).map(Arc::from).collect(),
            _ => Vec::new(),
        };
        let one = Delegation { to: to.into(), roles, from: *from, until: *until };
        self.state.delegations.retain(|known| known.until >= today && *known != one);
        self.state.delegations.push(one);
    }
}
