//! Events of every kind: built in, declared by workflows, and those of scorecards.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names;
use super::read;
use super::world::{Out, World, id};
use crate::diag::{Code, Diagnostic};
use crate::lang::{Label, Message};
use crate::model::{
    DELEGATIONS, DataField, EventDef, EventId, EventOrigin, KindId, Place, Property, Read, RoleRef,
    ScoreEvent, ScorecardId,
};
use crate::source::Span;
use crate::syntax::raw::{Named, RawEvent, RawScorecard, RawSubject, Text};
use crate::value::{ChoiceType, Type, Unit};

/// Names of events that the engine keeps for itself.
const KEPT: &[&str] = &["opened", "changed", "delegated", "withdraw", "reread"];

/// Slots that would hide `event.at` and `event.by`.
const SLOTS_KEPT: &[&str] = &["at", "by"];

pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    built_in(world, out);
    let raw = world.raw;
    for (idx, workflow) in raw.workflows.iter().enumerate() {
        let Some(kind) = world.flows.get(idx).and_then(|flow| flow.kind) else { continue };
        for event in &workflow.value.events {
            declared(world, kind, &workflow.name.value, event, out);
        }
    }
    conflicts(world, out);
    for (idx, card) in raw.scorecards.iter().enumerate() {
        if let Some(kind) = world.cards.get(idx).and_then(|card| card.kind) {
            of_card(world, kind, ScorecardId(id(idx)), card, out);
        }
    }
}

fn add(world: &mut World<'_>, event: EventDef) -> EventId {
    let (kind, name) = (event.kind, event.name.clone());
    let event_id = EventId(id(world.events.len()));
    world.events.push(event);
    if let Some(kind) = world.kinds.get_mut(kind.idx()) {
        kind.events.insert(name, event_id);
    }
    event_id
}

fn blank(name: &str, kind: KindId, span: Span, origin: EventOrigin) -> EventDef {
    EventDef {
        name: name.into(),
        label: None,
        clause: None,
        kind,
        by: Vec::new(),
        data: Vec::new(),
        decision: false,
        four_eyes: None,
        compared: false,
        origin,
        permissions: Vec::new(),
        measures: Vec::new(),
        reads: Vec::new(),
        span,
    }
}

/// `opened` and `changed`: their data are the fields, all of them optional.
fn built_in(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for (idx, entry) in raw.subjects.iter().enumerate() {
        let kind = KindId(id(idx));
        let fields = world.kind(kind).map_or(&[][..], |kind| &kind.fields);
        let data: Vec<DataField> = fields
            .iter()
            .map(|field| DataField {
                name: field.name.clone(),
                label: field.label.clone(),
                ty: field.ty.clone(),
                optional: true,
            })
            .collect();
        let builtin = [
            ("opened", EventOrigin::Opened, &entry.value.opened_by),
            ("changed", EventOrigin::Changed, &entry.value.changed_by),
        ];
        for (name, origin, by) in builtin {
            let by = world.senders(kind, by, out);
            let data = data.clone();
            add(world, EventDef { by, data, ..blank(name, kind, entry.name.span, origin) });
        }
        delegated(world, kind, entry, out);
        for (place, field) in entry.value.fields.iter().enumerate() {
            let changed_by = world.senders(kind, &field.value.changed_by, out);
            let kind = world.kinds.get_mut(kind.idx());
            if let Some(field) = kind.and_then(|kind| kind.fields.get_mut(place)) {
                field.changed_by = changed_by;
            }
        }
    }
}

/// `delegated`: sent by the person himself, for the roles that the policy lets him hand on.
fn delegated(world: &mut World<'_>, kind: KindId, entry: &Named<RawSubject>, out: &mut Out) {
    let Some(first) = entry.value.may_delegate.first() else { return };
    if !world.kind(kind).is_some_and(|kind| kind.person) {
        out.error(Code::TypeMismatch, first.span, Message::new("kind-no-person", [&entry.name.value]));
        return;
    }
    let mut roles = Vec::new();
    for text in &entry.value.may_delegate {
        match world.find_role(&text.value) {
            Some(role) => roles.push(role),
            None => world.unknown_role(text, out),
        }
    }
    let options = roles.iter().filter_map(|role| world.roles.get(role.idx())).map(|role| role.name.clone());
    let options = ChoiceType { name: "delegated.roles".into(), options: options.collect(), several: false };
    let options = Type::List(Box::new(Type::Choice(Arc::new(options))));
    let data = vec![
        slot("to", Type::Person, false),
        slot("roles", options, true),
        slot("from", Type::Date, false),
        slot("until", Type::Date, false),
        slot("reason", Type::Text, false),
    ];
    let by = vec![RoleRef::Itself];
    add(world, EventDef { by, data, ..blank("delegated", kind, entry.name.span, EventOrigin::Delegated) });
    if let Some(kind) = world.kinds.get_mut(kind.idx()) {
        kind.may_delegate = roles;
    }
    out.delegations = Some(out.intern(Read {
        path: DELEGATIONS.into(),
        place: Place::OnBehalfOf,
        hops: vec![(kind, Property::Delegations)],
        ty: Type::List(Box::new(Type::Text)),
    }));
}

/// One event of a workflow; a second workflow of the kind may mention it without saying anything more.
fn declared(world: &mut World<'_>, kind: KindId, workflow: &str, entry: &Named<RawEvent>, out: &mut Out) {
    let name = &entry.name;
    if KEPT.contains(&name.value.as_str()) {
        out.error(Code::BadName, name.span, Message::new("event-name-kept", [&name.value]));
        return;
    }
    names::check(name, out);
    let raw = &entry.value;
    let clause = world.cite_one(&raw.clause, &format!("workflows.{workflow}.events.{}", name.value), out);
    let event = EventDef {
        label: world.label(&raw.label),
        clause,
        by: world.senders(kind, &raw.by, out),
        data: slots(world, entry, out),
        decision: read::yes(&raw.decision, out),
        ..blank(&name.value, kind, name.span, EventOrigin::Declared)
    };
    let known = world.kind(kind).and_then(|kind| kind.events.get(name.value.as_str()).copied());
    let Some(first) = known.and_then(|known| world.events.get_mut(known.idx())) else {
        add(world, event);
        return;
    };
    // The fuller declaration stands; where both say something, `conflicts` compares them.
    if says_nothing(first) && !says_nothing(&event) {
        let label = event.label.clone().or(first.label.take());
        *first = EventDef { label, ..event };
    }
}

fn says_nothing(event: &EventDef) -> bool {
    event.by.is_empty() && event.data.is_empty() && !event.decision
}

fn slots(world: &World<'_>, entry: &Named<RawEvent>, out: &mut Out) -> Vec<DataField> {
    let mut data = Vec::new();
    for slot in &entry.value.data {
        if SLOTS_KEPT.contains(&slot.name.value.as_str()) {
            let message = Message::new("slot-name-kept", [&slot.name.value]);
            out.error(Code::BadName, slot.name.span, message);
        }
        names::check(&slot.name, out);
        let full = format!("{}.{}", entry.name.value, slot.name.value);
        let declared = world.read_type(&slot.value, &full, out);
        data.push(DataField {
            name: slot.name.value.as_str().into(),
            label: declared.label,
            ty: declared.ty,
            optional: declared.optional,
        });
    }
    data
}

/// The same event declared in two workflows of a kind must be declared the same.
fn conflicts(world: &World<'_>, out: &mut Out) {
    let raw = world.raw;
    let mut seen: BTreeMap<(KindId, &str), (Shape, Span)> = BTreeMap::new();
    for (idx, workflow) in raw.workflows.iter().enumerate() {
        let Some(kind) = world.flows.get(idx).and_then(|flow| flow.kind) else { continue };
        for event in &workflow.value.events {
            let mut silent = Out::default();
            let shape = Shape {
                by: world.senders(kind, &event.value.by, &mut silent),
                data: slots(world, event, &mut silent),
                decision: read::yes(&event.value.decision, &mut silent),
                four_eyes: texts(&event.value.four_eyes),
                not: texts(&event.value.not),
            };
            if shape.says_nothing() {
                continue;
            }
            let key = (kind, event.name.value.as_str());
            match seen.get(&key) {
                None => drop(seen.insert(key, (shape, event.name.span))),
                Some((first, span)) => {
                    if let Some(what) = first.differs(&shape) {
                        let message = Message::new("event-conflict", [event.name.value.clone(), what]);
                        let finding = Diagnostic::error(Code::EventConflict, event.name.span, message);
                        out.found.push(
                            finding
                                .also(*span, Message::plain("first-here"))
                                .help(Message::plain("event-conflict-help")),
                        );
                    }
                }
            }
        }
    }
}

/// What a declaration says.
struct Shape {
    by: Vec<RoleRef>,
    data: Vec<DataField>,
    decision: bool,
    four_eyes: Vec<String>,
    not: Vec<String>,
}

fn texts(of: &[Text]) -> Vec<String> {
    of.iter().map(|text| text.value.clone()).collect()
}

impl Shape {
    fn says_nothing(&self) -> bool {
        let silent =
            [self.by.is_empty(), self.data.is_empty(), self.four_eyes.is_empty(), self.not.is_empty()];
        silent.into_iter().all(|silent| silent) && !self.decision
    }

    /// In what two declarations differ.
    fn differs(&self, other: &Shape) -> Option<String> {
        let types = |shape: &Shape| -> Vec<(Arc<str>, String, bool)> {
            shape.data.iter().map(|slot| (slot.name.clone(), spelled(&slot.ty), slot.optional)).collect()
        };
        if self.by != other.by {
            return Some("by".to_owned());
        }
        if types(self) != types(other) {
            return Some("data".to_owned());
        }
        if self.decision != other.decision {
            return Some("decision".to_owned());
        }
        if self.four_eyes != other.four_eyes {
            return Some("four_eyes".to_owned());
        }
        (self.not != other.not).then(|| "not".to_owned())
    }
}

fn spelled(ty: &Type) -> String {
    match ty {
        Type::Choice(choice) => choice.options.join("|"),
        other => other.to_string(),
    }
}

/// The events of a scorecard, as [`ScoreEvent`] documents them.
fn of_card(
    world: &mut World<'_>,
    kind: KindId,
    card: ScorecardId,
    entry: &Named<RawScorecard>,
    out: &mut Out,
) {
    let raw = &entry.value;
    let name = entry.name.value.as_str();
    let targets = || raw.indicators.iter().filter_map(|indicator| indicator.value.target.as_ref());
    let set_by: Vec<Text> = targets().flat_map(|target| target.set_by.clone()).collect();
    let acknowledged_by: Vec<Text> = targets().flat_map(|target| target.acknowledged_by.clone()).collect();
    let finality = raw.finality.as_ref();
    let appealed_by = finality.map_or(&[][..], |finality| &finality.appealed_by);
    let decided_by = finality.map_or(&[][..], |finality| &finality.decided_by);
    let mut appellants = world.senders(kind, appealed_by, out);
    if appellants.is_empty() {
        appellants.push(RoleRef::Itself);
    }
    let indicators: Vec<Arc<str>> = raw
        .indicators
        .iter()
        .filter(|indicator| indicator.value.target.is_some())
        .map(|indicator| indicator.name.value.as_str().into())
        .collect();
    let indicator = choice(&format!("{name}.indicator"), indicators);
    let outcome = choice(&format!("{name}.outcome"), vec!["upheld".into(), "overturned".into()]);
    let period = || slot("period", Type::Text, false);
    let rows = [
        (
            "target_set",
            ScoreEvent::TargetSet,
            unique(world.senders(kind, &set_by, out)),
            vec![
                slot("indicator", indicator.clone(), false),
                period(),
                slot("value", Type::Decimal(Unit::None), false),
            ],
        ),
        (
            "target_acknowledged",
            ScoreEvent::TargetAcknowledged,
            unique(world.senders(kind, &acknowledged_by, out)),
            vec![slot("indicator", indicator, false), period()],
        ),
        (
            "exempted",
            ScoreEvent::Exempted,
            world.senders(kind, &raw.exempted_by, out),
            vec![period(), slot("reason", Type::Text, false)],
        ),
        ("period_closed", ScoreEvent::PeriodClosed, Vec::new(), Vec::new()),
        ("period_revised", ScoreEvent::PeriodRevised, Vec::new(), Vec::new()),
        ("appealed", ScoreEvent::Appealed, appellants, vec![period(), slot("reason", Type::Text, false)]),
        (
            "appeal_decided",
            ScoreEvent::AppealDecided,
            world.senders(kind, decided_by, out),
            vec![
                period(),
                slot("outcome", outcome, false),
                slot("score", Type::Decimal(Unit::Points), true),
                slot("reason", Type::Text, false),
            ],
        ),
        ("published", ScoreEvent::Published, Vec::new(), Vec::new()),
        ("final", ScoreEvent::Final, Vec::new(), Vec::new()),
    ];
    let label: Option<Label> = world.label(&raw.label);
    for (event, which, by, data) in rows {
        let full = format!("{name}.{event}");
        let label = label.clone();
        let origin = EventOrigin::Score(card, which);
        add(world, EventDef { by, data, label, ..blank(&full, kind, entry.name.span, origin) });
    }
}

fn slot(name: &str, ty: Type, optional: bool) -> DataField {
    DataField { name: name.into(), label: None, ty, optional }
}

fn choice(name: &str, options: Vec<Arc<str>>) -> Type {
    Type::Choice(Arc::new(ChoiceType { name: name.into(), options, several: false }))
}

fn unique(roles: Vec<RoleRef>) -> Vec<RoleRef> {
    let mut all: Vec<RoleRef> = Vec::new();
    for role in roles {
        if !all.contains(&role) {
            all.push(role);
        }
    }
    all
}
