//! Who acts, on whose behalf, and whether that person may.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use smallvec::SmallVec;

use super::state::State;
use super::step::Refusal;
use crate::model::{
    Authority, EventDef, EventId, EventOrigin, Model, ReadId, Recipient, RoleId, RoleKind, RoleRef, Sender,
};
use crate::record::{Data, Event, Record};
use crate::value::Value;

/// Who acts, as an event or a record says it.
#[derive(Clone, Copy)]
pub(super) struct Acting<'a> {
    /// Who sends it: `hr/zhao`.
    pub by: Option<&'a Arc<str>>,
    /// On whose behalf, where that is another person.
    pub on_behalf_of: Option<&'a Arc<str>>,
    /// When.
    pub at: DateTime<Utc>,
    /// What was read of other subjects at the door.
    pub reads: &'a Data,
    /// When it became known: it decides whose authority counts.
    pub known: DateTime<Utc>,
}

impl<'a> Acting<'a> {
    pub fn of_record(record: &'a Record) -> Acting<'a> {
        Acting {
            by: record.by.as_ref(),
            on_behalf_of: record.on_behalf_of.as_ref(),
            at: record.at,
            reads: &record.reads,
            known: record.known,
        }
    }

    /// The day in the policy's zone; asked for only where something hangs on it.
    fn day(&self, model: &Model) -> NaiveDate {
        crate::zone::date_of(model.header.zone, self.at)
    }

    pub fn of_event(
        event: &'a Event,
        at: DateTime<Utc>,
        reads: &'a Data,
        known: DateTime<Utc>,
    ) -> Acting<'a> {
        Acting { by: event.by.as_ref(), on_behalf_of: event.on_behalf_of.as_ref(), at, reads, known }
    }
}

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

/// Whether several people use a login, so that nobody knows who acted. Whatever stands before the name does not matter.
pub(super) fn is_shared(model: &Model, actor: &str) -> bool {
    !model.accounts.is_empty() && model.accounts.iter().any(|account| account.name.as_ref() == bare(actor))
}

/// A name without any role or kind before it: so persons are compared, for whoever claims another role is still the same.
pub(super) fn bare(actor: &str) -> &str {
    actor.rsplit_once('/').map_or(actor, |(_, name)| name)
}

/// The refusal when nobody who acts may send an event with these data; `None` when it may be sent.
pub(super) fn not_entitled<'n>(
    model: &Model,
    state: &State,
    def: &EventDef,
    acting: Acting<'_>,
    data: impl Iterator<Item = &'n Arc<str>>,
) -> Option<Refusal> {
    let fields = match def.origin {
        EventOrigin::Changed => model.kind(state.kind).fields.as_slice(),
        _ => return wrong_role(model, state, &def.by, acting, Asked::Event(def)),
    };
    let (mut own_count, mut count) = (0, 0);
    for name in data {
        count += 1;
        let own = fields.iter().find(|field| field.name == *name && !field.changed_by.is_empty());
        let Some(own) = own else { continue };
        own_count += 1;
        if let Some(refusal) = wrong_role(model, state, &own.changed_by, acting, Asked::Field(name)) {
            return Some(refusal);
        }
    }
    // What has no rule of its own follows that of the subject.
    match count > 0 && own_count == count {
        true => None,
        false => wrong_role(model, state, &def.by, acting, Asked::Event(def)),
    }
}

/// The refusal when a correction makes void what its sender could not have sent.
pub(crate) fn void_refused(
    model: &Model,
    state: &State,
    record: &Record,
    target: &Record,
) -> Option<Refusal> {
    let id = model.kind(state.kind).events.get(&target.event).filter(|_| record.void)?;
    not_entitled(model, state, model.event(*id), Acting::of_record(record), target.data.keys())
}

/// Whether an actor could send an event in his own name: who a path through other subjects names is read only at the door,
/// so such a role counts as held.
pub(super) fn could_send(
    model: &Model,
    state: &State,
    id: EventId,
    actor: &Arc<str>,
    now: DateTime<Utc>,
) -> bool {
    let def = model.event(id);
    let nothing = Data::new();
    let acting = Acting { by: Some(actor), on_behalf_of: None, at: now, reads: &nothing, known: now };
    let open = |role: &RoleRef| match role {
        RoleRef::Role(role) => matches!(model.role(*role).kind, RoleKind::Through { .. }),
        _ => false,
    };
    let may = |by: &[RoleRef], asked: Asked<'_>| {
        by.iter().any(open) || wrong_role(model, state, by, acting, asked).is_none()
    };
    let fields = match def.origin {
        EventOrigin::Changed => model.kind(state.kind).fields.as_slice(),
        _ => &[],
    };
    let some_field = fields
        .iter()
        .any(|field| !field.changed_by.is_empty() && may(&field.changed_by, Asked::Field(&field.name)));
    (may(&def.by, Asked::Event(def)) || some_field)
        && super::four_eyes::nobody_known(model, id, def, Some(actor)).is_none()
        && super::four_eyes::may(model, state, id, actor, now)
}

/// What somebody asks leave for.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// To send an event.
    Event(&'a EventDef),
    /// To change a field.
    Field(&'a Arc<str>),
}

/// Who may: a role as it was when what is judged became known.
#[derive(Clone, Copy)]
enum Who<'m> {
    /// The subject itself.
    Itself,
    /// Every person of a kind.
    Every(&'m Arc<str>),
    /// The holders of a role; its id, where the policy still has it.
    Role { name: &'m Arc<str>, kind: &'m RoleKind, id: Option<RoleId> },
}

impl<'m> Who<'m> {
    /// Those who may, as the policy says it now or an earlier revision did.
    fn all(
        model: &'m Model,
        by: &[RoleRef],
        asked: Asked<'_>,
        then: Option<&'m Authority>,
    ) -> SmallVec<[Who<'m>; 4]> {
        let senders = match (then, asked) {
            (Some(then), Asked::Event(def)) => {
                model.kind(def.kind).events.get(&def.name).and_then(|id| then.senders.get(id))
            }
            _ => None,
        };
        match (senders, then) {
            (Some(senders), Some(then)) => {
                senders.iter().filter_map(|sender| Who::sent(model, sender, then)).collect()
            }
            _ => by.iter().map(|role| Who::of(model, *role, then)).collect(),
        }
    }

    fn of(model: &'m Model, role: RoleRef, then: Option<&'m Authority>) -> Who<'m> {
        match role {
            RoleRef::Itself => Who::Itself,
            RoleRef::Every(kind) => Who::Every(&model.kind(kind).name),
            RoleRef::Role(id) => {
                let role = model.role(id);
                let kind = then.and_then(|then| then.roles.get(&role.name)).unwrap_or(&role.kind);
                Who::Role { name: &role.name, kind, id: Some(id) }
            }
        }
    }

    fn sent(model: &'m Model, sender: &'m Sender, then: &'m Authority) -> Option<Who<'m>> {
        Some(match sender {
            Sender::Itself => Who::Itself,
            Sender::Every(kind) => Who::Every(&model.kind(*kind).name),
            Sender::Role(name) => {
                let id = model.roles.iter().position(|role| role.name == *name);
                let id = id.and_then(|idx| u16::try_from(idx).ok()).map(RoleId);
                Who::Role { name, kind: then.roles.get(name)?, id }
            }
        })
    }

    fn name(self) -> Arc<str> {
        match self {
            Who::Itself => "self".into(),
            Who::Every(name) | Who::Role { name, .. } => name.clone(),
        }
    }
}

/// The refusal when an actor holds none of some roles; `None` when it does. Without roles anybody may.
fn wrong_role(
    model: &Model,
    state: &State,
    by: &[RoleRef],
    acting: Acting<'_>,
    asked: Asked<'_>,
) -> Option<Refusal> {
    let then = model.authority(acting.known);
    let now = by.iter().map(|role| Who::of(model, *role, None));
    if then.is_none() && entitled(model, state, now, by.is_empty(), acting) {
        return None;
    }
    let who = Who::all(model, by, asked, then);
    if then.is_some() && entitled(model, state, who.iter().copied(), who.is_empty(), acting) {
        return None;
    }
    let field = match asked {
        Asked::Event(_) => None,
        Asked::Field(field) => Some(field.clone()),
    };
    Some(Refusal::WrongRole {
        actor: acting.by.cloned(),
        on_behalf_of: acting.on_behalf_of.cloned(),
        needed: who.iter().map(|who| who.name()).collect(),
        field,
    })
}

/// Whether whoever acts is one of those who may; `anybody`: no role is asked for.
fn entitled<'m>(
    model: &Model,
    state: &State,
    mut who: impl Iterator<Item = Who<'m>>,
    anybody: bool,
    acting: Acting<'_>,
) -> bool {
    match (acting.by, acting.on_behalf_of) {
        (_, None) if anybody => true,
        (None, _) => false,
        (Some(actor), Some(absent)) if anybody => {
            stands_in(model, &person_of(model, actor), &person_of(model, absent), None, acting)
        }
        (Some(actor), _) => who.any(|who| holds(model, state, who, actor, acting)),
    }
}

/// Whether an actor holds a role towards a subject: of his own, or as the substitute of whom he acts for.
fn holds(model: &Model, state: &State, who: Who<'_>, actor: &Arc<str>, acting: Acting<'_>) -> bool {
    let prefix = actor.split_once('/').map(|(prefix, _)| prefix);
    let person = person_of(model, actor);
    let acts_as = |name: &str| match prefix {
        Some(prefix) => {
            prefix == name || model.kinds.iter().any(|kind| kind.person && kind.name.as_ref() == prefix)
        }
        None => true,
    };
    if let Some(absent) = acting.on_behalf_of {
        // Nobody stands in for a person where it has to be that very person.
        let Who::Role { name, kind, id } = who else { return false };
        let absent = person_of(model, absent);
        return acts_as(name)
            && named(model, state, kind, &absent, acting)
            && stands_in(model, &person, &absent, id, acting);
    }
    match who {
        Who::Itself => {
            model.kind(state.kind).person && super::context::itself(model, state) == Value::Person(person)
        }
        Who::Every(kind) => prefix == Some(kind.as_ref()),
        Who::Role { name, kind: RoleKind::Every(kind), .. } => {
            prefix == Some(name.as_ref()) || prefix == Some(model.kind(*kind).name.as_ref())
        }
        Who::Role { name, kind: RoleKind::Anyone, .. } => prefix.is_none_or(|prefix| prefix == name.as_ref()),
        Who::Role { name, kind, .. } => acts_as(name) && named(model, state, kind, &person, acting),
    }
}

/// Whether a role names a person: one of its holders, or whom a field or a path names.
fn named(model: &Model, state: &State, kind: &RoleKind, person: &Arc<str>, acting: Acting<'_>) -> bool {
    match kind {
        RoleKind::HeldBy(holders) => {
            holders.iter().any(|holder| holder.person == *person && holder.on(acting.day(model)))
        }
        RoleKind::Of { kind, field } => {
            *kind == state.kind
                && state.fields.get(*field).is_some_and(|value| *value == Value::Person(person.clone()))
        }
        RoleKind::Through { kind, read } => {
            *kind == state.kind && through(model, *read, acting.reads).as_ref() == Some(person)
        }
        RoleKind::Every(_) | RoleKind::Anyone => false,
    }
}

/// The person at the end of a path, as it was read at the door.
fn through(model: &Model, read: ReadId, reads: &Data) -> Option<Arc<str>> {
    let read = model.read(read);
    let value = super::door::coerce(&read.ty, reads.get(&read.path)?, model)?;
    value.as_str().map(Arc::from)
}

/// Whether somebody stands in for a person: by the policy, or because the person has said so by an event of his own.
///
/// One substitute does not hand on what he holds for another: the person himself must hold the role.
fn stands_in(model: &Model, person: &str, absent: &str, role: Option<RoleId>, acting: Acting<'_>) -> bool {
    let by_policy = || {
        model.substitutes.iter().any(|substitute| {
            substitute.absent.as_ref() == absent
                && substitute.by.as_ref() == person
                && substitute.on(acting.day(model))
                && role.is_none_or(|role| substitute.covers(role))
        })
    };
    person != absent
        && (by_policy() || super::delegate::stands_in(model, person, role, acting.day(model), acting.reads))
}

/// What a role is called in a refusal.
pub(super) fn role_name(model: &Model, role: RoleRef) -> Arc<str> {
    match role {
        RoleRef::Itself => "self".into(),
        RoleRef::Role(id) => model.role(id).name.clone(),
        RoleRef::Every(kind) => model.kind(kind).name.clone(),
    }
}

/// The name and the persons behind a recipient on a day, as it is known at an instant, each followed by those who stand in for that person.
pub(super) fn recipient(
    model: &Model,
    state: &State,
    to: &Recipient,
    day: NaiveDate,
    reads: Option<&Data>,
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
            let of_field = |id: &RoleId| matches!(model.role(*id).kind, RoleKind::Of { kind, field: of } if kind == state.kind && of == *field);
            let persons =
                with_substitutes(model, field_person(*field), day, |roles| roles.iter().any(of_field));
            (format!("{}.{name}", kind.name).into(), persons)
        }
        Recipient::Role(id) => {
            let role = model.role(*id);
            let then = model.authority(known).and_then(|then| then.roles.get(&role.name));
            let persons = match then.unwrap_or(&role.kind) {
                RoleKind::HeldBy(holders) => holders
                    .iter()
                    .filter(|holder| holder.on(day))
                    .map(|holder| holder.person.clone())
                    .collect(),
                RoleKind::Of { kind, field } if *kind == state.kind => field_person(*field),
                RoleKind::Through { kind, read } if *kind == state.kind => {
                    reads.and_then(|reads| through(model, *read, reads)).into_iter().collect()
                }
                _ => Vec::new(),
            };
            (role.name.clone(), with_substitutes(model, persons, day, |roles| roles.contains(id)))
        }
    }
}

/// Persons, each followed by whoever stands in for that person on a day, if the roles named allow it; nobody twice.
fn with_substitutes(
    model: &Model,
    persons: Vec<Arc<str>>,
    day: NaiveDate,
    fits: impl Fn(&[RoleId]) -> bool,
) -> Vec<Arc<str>> {
    if model.substitutes.is_empty() {
        return persons;
    }
    let mut all: Vec<Arc<str>> = Vec::with_capacity(persons.len() + 1);
    for person in persons {
        let standing_in = model
            .substitutes
            .iter()
            .filter(|substitute| substitute.absent == person && substitute.on(day))
            .filter(|substitute| substitute.roles.is_empty() || fits(&substitute.roles))
            .map(|substitute| substitute.by.clone());
        let of_person: Vec<Arc<str>> = std::iter::once(person.clone()).chain(standing_in).collect();
        for one in of_person {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

fn person_or_subject(model: &Model, state: &State) -> Arc<str> {
    super::context::itself(model, state).as_str().map_or_else(|| state.subject.clone(), Arc::from)
}
