//! What a path in an expression means: its type, and where its value comes from.

use std::sync::Arc;

use super::names;
use super::world::{Card, Out, World, is_unknown, unknown_type};
use crate::diag::nearest;
use crate::lang::Message;
use crate::model::{
    EventId, KindId, ParameterId, Place, Property, Read, ScorePart, ScorecardId, Source, WorkflowId,
};
use crate::value::{Type, Unit};

/// Where an expression stands: what it is about.
#[derive(Clone, Copy, Default)]
pub(super) struct Frame<'a> {
    /// The kind of subject.
    pub kind: Option<KindId>,
    /// The event at hand.
    pub event: AtHand,
    /// Whether values of other subjects can be read here: only while an event is judged.
    pub reads: bool,
    /// Whether a clock is being told of.
    pub clock: bool,
    /// The events that stop a clock, where a sample is credited.
    pub stops: &'a [EventId],
    /// The type of one item, where something happens for each of a list.
    pub item: Option<&'a Type>,
}

/// The event at hand.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum AtHand {
    /// None; expressions may not speak of `event`.
    #[default]
    None,
    /// Some event; its instant and sender are known, its data are not.
    Any,
    /// This one.
    One(EventId),
}

/// What a path means.
#[derive(Clone)]
pub(super) struct Meaning {
    pub ty: Type,
    pub from: From,
}

/// Where the value comes from; a read gets its id only when the expression is good.
#[derive(Clone)]
pub(super) enum From {
    Source(Source),
    Read(Read),
}

/// Why a path means nothing.
pub(super) enum Unmeant {
    /// There is no such name; perhaps these were meant.
    Unknown(Vec<String>),
    /// There is, but not here.
    NotHere(Message),
}

type Result<T> = std::result::Result<T, Unmeant>;

impl<'a> Frame<'a> {
    /// A place about a subject, where no event is at hand.
    pub fn of(kind: KindId) -> Frame<'a> {
        Frame { kind: Some(kind), ..Frame::default() }
    }

    /// A place where an event of the subject is judged.
    pub fn judging(kind: KindId, event: EventId) -> Frame<'a> {
        Frame { kind: Some(kind), event: AtHand::One(event), reads: true, ..Frame::default() }
    }

    /// A place where something happens to a case: by an event or by a clock.
    pub fn entering(kind: KindId) -> Frame<'a> {
        Frame { kind: Some(kind), event: AtHand::None, reads: true, ..Frame::default() }
    }
}

impl World<'_> {
    /// What a path means at a place.
    pub fn meaning(&self, path: &str, frame: &Frame<'_>) -> Result<Meaning> {
        if let Some(name) = path.strip_prefix('$') {
            return self.parameter_meaning(name, frame);
        }
        let mut parts = path.split('.');
        let head = parts.next().unwrap_or(path);
        let rest: Vec<&str> = parts.collect();
        if let (Some(item), "item") = (frame.item, path) {
            return Ok(plain(item.clone(), Source::Item));
        }
        match head {
            "event" => self.event_meaning(path, &rest, frame),
            "actor" => self.actor_meaning(path, &rest, frame),
            "clock" => clock_meaning(&rest, frame),
            _ => self.named_meaning(path, head, &rest, frame),
        }
    }

    fn parameter_meaning(&self, name: &str, frame: &Frame<'_>) -> Result<Meaning> {
        let Some(id) = self.find_parameter(name) else {
            if self.sets.contains_key(name) {
                let members = self.parameters.iter().filter(|p| p.name.starts_with(&format!("{name}.")));
                return Err(Unmeant::Unknown(members.map(|p| format!("${}", p.name)).take(3).collect()));
            }
            let names = self.parameters.iter().map(|parameter| parameter.name.as_ref());
            return Err(Unmeant::Unknown(
                nearest(name, names).map(|near| format!("${near}")).into_iter().collect(),
            ));
        };
        self.row_at_hand(id, frame.kind)?;
        let ty = self.parameter(id).map_or_else(unknown_type, |parameter| parameter.ty.clone());
        Ok(Meaning { ty, from: From::Source(Source::Parameter(id)) })
    }

    /// A parameter chosen by row can only be used where the chooser is at hand.
    pub fn row_at_hand(&self, id: ParameterId, kind: Option<KindId>) -> Result<()> {
        match self.row_kinds.get(&id) {
            Some(of) if kind != Some(*of) => {
                let name = self.parameter(id).map_or("", |parameter| &parameter.name);
                Err(Unmeant::NotHere(Message::new("row-not-at-hand", [name, self.kind_name(*of)])))
            }
            _ => Ok(()),
        }
    }

    fn event_meaning(&self, path: &str, rest: &[&str], frame: &Frame<'_>) -> Result<Meaning> {
        if frame.event == AtHand::None {
            return Err(Unmeant::NotHere(Message::plain("no-event-here")));
        }
        let (Some(first), tail) = (rest.first(), rest.get(1..).unwrap_or(&[])) else {
            return Err(Unmeant::Unknown(vec!["event.at".to_owned(), "event.by".to_owned()]));
        };
        match (*first, frame.event) {
            ("at", _) if tail.is_empty() => Ok(plain(Type::Instant, Source::EventAt)),
            ("by", _) if tail.is_empty() => Ok(plain(Type::Person, Source::EventBy)),
            ("by", _) => self.actor_meaning(path, tail, frame),
            (slot, AtHand::One(event)) => {
                let data = self.event(event).map_or(&[][..], |event| &event.data);
                let Some(idx) = data.iter().position(|field| *field.name == *slot) else {
                    let names = data.iter().map(|field| field.name.as_ref()).chain(["at", "by"]);
                    let near = nearest(slot, names).map(|near| format!("event.{near}"));
                    return Err(Unmeant::Unknown(near.into_iter().collect()));
                };
                let ty = data.get(idx).map_or_else(unknown_type, |field| field.ty.clone());
                self.onward(path, ty, Source::EventData(idx), Place::EventData(idx), tail, frame)
            }
            _ => Err(Unmeant::NotHere(Message::plain("no-event-data-here"))),
        }
    }

    fn actor_meaning(&self, path: &str, rest: &[&str], frame: &Frame<'_>) -> Result<Meaning> {
        if frame.event == AtHand::None {
            return Err(Unmeant::NotHere(Message::plain("no-actor-here")));
        }
        if rest.is_empty() {
            return Ok(plain(Type::Person, Source::EventBy));
        }
        self.hops(path, &Type::Person, Place::Actor, rest, frame)
    }

    fn named_meaning(&self, path: &str, head: &str, rest: &[&str], frame: &Frame<'_>) -> Result<Meaning> {
        if let ([tail], false) = (rest, frame.stops.is_empty()) {
            let stops = frame.stops.iter().filter_map(|id| self.event(*id)).any(|event| *event.name == *head);
            if stops && *tail == "by" {
                return Ok(plain(Type::Person, Source::StoppedBy));
            }
        }
        if let Some(kind) = self.find_kind(head) {
            if frame.kind != Some(kind) {
                return Err(self.other_kind(head, frame));
            }
            return self.subject_meaning(path, kind, rest, frame);
        }
        if let Some(card) = self.find_card(head) {
            return self.card_meaning(card, rest, frame);
        }
        if let Some(table) = self.find_table(head) {
            return self.table_meaning(table, rest, frame);
        }
        Err(Unmeant::Unknown(Vec::new()))
    }

    fn other_kind(&self, head: &str, frame: &Frame<'_>) -> Unmeant {
        Unmeant::NotHere(match frame.kind {
            Some(kind) => Message::new("other-kind", [head, self.kind_name(kind)]),
            None => Message::new("no-kind-here", [head]),
        })
    }

    fn subject_meaning(&self, path: &str, id: KindId, rest: &[&str], frame: &Frame<'_>) -> Result<Meaning> {
        let Some((first, tail)) = rest.split_first() else {
            return Ok(plain(self.kind_type(id), Source::Itself));
        };
        let Some((property, ty)) = self.property(id, first) else {
            return Err(self.no_property(id, first, path));
        };
        match property {
            Property::Field(field) => {
                self.onward(path, ty, Source::Field(field), Place::Field(field), tail, frame)
            }
            Property::Workflow(_) if !tail.is_empty() => Err(Unmeant::Unknown(Vec::new())),
            Property::Workflow(workflow) => Ok(plain(ty, Source::Workflow(workflow))),
            // No path names it.
            Property::Delegations => Err(Unmeant::Unknown(Vec::new())),
        }
    }

    /// A field or a workflow of a kind.
    fn property(&self, id: KindId, name: &str) -> Option<(Property, Type)> {
        let kind = self.kind(id)?;
        if let Some(field) = kind.fields.iter().position(|field| *field.name == *name) {
            return Some((Property::Field(field), kind.fields.get(field)?.ty.clone()));
        }
        let flow = self.flows.iter().position(|flow| &*flow.name == name && flow.kind == Some(id))?;
        let ty = self.flows.get(flow)?.state_type();
        Some((Property::Workflow(WorkflowId(super::world::id(flow))), ty))
    }

    fn no_property(&self, id: KindId, name: &str, path: &str) -> Unmeant {
        let fields =
            self.kind(id).map_or(&[][..], |kind| &kind.fields).iter().map(|field| field.name.as_ref());
        let flows = self.flows.iter().filter(|flow| flow.kind == Some(id)).map(|flow| flow.name.as_ref());
        let near = nearest(name, fields.chain(flows));
        let before = path.strip_suffix(name).unwrap_or("");
        Unmeant::Unknown(near.map(|near| format!("{before}{near}")).into_iter().collect())
    }

    /// A value of the subject or the event, or what it leads to.
    fn onward(
        &self,
        path: &str,
        ty: Type,
        source: Source,
        place: Place,
        tail: &[&str],
        frame: &Frame<'_>,
    ) -> Result<Meaning> {
        if tail.is_empty() {
            return Ok(plain(ty, source));
        }
        self.hops(path, &ty, place, tail, frame)
    }

    /// A path through other subjects.
    fn hops(
        &self,
        path: &str,
        first: &Type,
        place: Place,
        tail: &[&str],
        frame: &Frame<'_>,
    ) -> Result<Meaning> {
        let (mut ty, mut hops) = (first.clone(), Vec::new());
        for name in tail {
            if is_unknown(&ty) {
                return Ok(plain(ty, Source::Itself));
            }
            let kind = match &ty {
                Type::Person => self.person_kind(),
                Type::Subject(kind) => self.find_kind(kind),
                _ => None,
            };
            let Some(kind) = kind else {
                let message = match &ty {
                    Type::Person => Message::plain("no-person-kind"),
                    other => {
                        Message::new("no-fields-behind", [path.to_owned(), super::read::type_words(other)])
                    }
                };
                return Err(Unmeant::NotHere(message));
            };
            let Some((property, next)) = self.property(kind, name) else {
                return Err(self.no_property(kind, name, path));
            };
            hops.push((kind, property));
            ty = next;
        }
        if is_unknown(&ty) {
            return Ok(plain(ty, Source::Itself));
        }
        if !frame.reads {
            return Err(Unmeant::NotHere(Message::new("no-reads-here", [path])));
        }
        let read = Read { path: path.into(), place, hops, ty: ty.clone() };
        Ok(Meaning { ty, from: From::Read(read) })
    }

    fn card_meaning(&self, id: ScorecardId, rest: &[&str], frame: &Frame<'_>) -> Result<Meaning> {
        let Some(card) = self.cards.get(id.idx()) else { return Err(Unmeant::Unknown(Vec::new())) };
        if card.kind.is_some() && frame.kind != card.kind {
            let kind = card.kind.map_or("", |kind| self.kind_name(kind));
            return Err(Unmeant::NotHere(Message::new("card-of-other-kind", [card.name.as_ref(), kind])));
        }
        let [part] = rest else { return Err(Unmeant::Unknown(parts_of(card))) };
        let (ty, part) = match *part {
            "score" => (Type::Decimal(Unit::Points), ScorePart::Score),
            "band" => (Type::Choice(card.bands.clone()), ScorePart::Band),
            "result" => (Type::Choice(card.results.clone()), ScorePart::Result),
            "period_start" => (Type::Date, ScorePart::PeriodStart),
            streak => match card.streaks.iter().position(|name| **name == *streak) {
                Some(idx) => (Type::Integer(Unit::Periods), ScorePart::Streak(idx)),
                None => {
                    let known = parts_of(card);
                    let full = format!("{}.{streak}", card.name);
                    let near = nearest(&full, known.iter().map(String::as_str)).map(str::to_owned);
                    return Err(Unmeant::Unknown(near.map_or(known, |near| vec![near])));
                }
            },
        };
        Ok(plain(ty, Source::Score(id, part)))
    }

    fn table_meaning(&self, id: crate::model::TableId, rest: &[&str], frame: &Frame<'_>) -> Result<Meaning> {
        let Some(table) = self.tables.get(id.idx()) else { return Err(Unmeant::Unknown(Vec::new())) };
        if !table.askable {
            return Err(Unmeant::NotHere(Message::new("table-not-askable", [table.name.as_ref()])));
        }
        if table.kind.is_some() && table.kind != frame.kind {
            let kind = table.kind.map_or("", |kind| self.kind_name(kind));
            return Err(Unmeant::NotHere(Message::new("table-of-other-kind", [table.name.as_ref(), kind])));
        }
        let outputs = || table.outputs.iter().map(|(name, _)| format!("{}.{name}", table.name));
        let [output] = rest else { return Err(Unmeant::Unknown(outputs().take(3).collect())) };
        match table.outputs.iter().position(|(name, _)| **name == **output) {
            Some(idx) => {
                let ty = table.outputs.get(idx).map_or_else(unknown_type, |(_, ty)| ty.clone());
                Ok(plain(ty, Source::Table(id, idx)))
            }
            None => Err(Unmeant::Unknown(outputs().take(3).collect())),
        }
    }

    /// Every path that means something at a place, for suggestions; values of other subjects left out.
    pub fn paths(&self, frame: &Frame<'_>) -> Vec<String> {
        let mut all: Vec<String> =
            self.parameters.iter().map(|parameter| format!("${}", parameter.name)).collect();
        if frame.event != AtHand::None {
            all.extend(["event.at".to_owned(), "event.by".to_owned()]);
        }
        if let AtHand::One(event) = frame.event {
            let data = self.event(event).map_or(&[][..], |event| &event.data);
            all.extend(data.iter().map(|field| format!("event.{}", field.name)));
        }
        if let Some((id, kind)) = frame.kind.and_then(|id| Some((id, self.kind(id)?))) {
            all.push(kind.name.to_string());
            all.extend(kind.fields.iter().map(|field| format!("{}.{}", kind.name, field.name)));
            let flows = self.flows.iter().filter(|flow| flow.kind == Some(id));
            all.extend(flows.map(|flow| format!("{}.{}", kind.name, flow.name)));
            all.extend(self.cards.iter().filter(|card| card.kind == Some(id)).flat_map(parts_of));
            let tables =
                self.tables.iter().filter(|table| table.askable && table.kind.is_none_or(|of| of == id));
            all.extend(
                tables
                    .flat_map(|table| table.outputs.iter().map(|(name, _)| format!("{}.{name}", table.name))),
            );
        }
        if frame.clock {
            all.extend(["clock.due".to_owned(), "clock.started".to_owned()]);
        }
        all
    }
}

/// Names that begin a path must not mean two things.
pub(super) fn check_heads(world: &World<'_>, out: &mut Out) {
    let raw = world.raw;
    let heads = raw.subjects.iter().map(|entry| &entry.name);
    let heads = heads.chain(raw.scorecards.iter().map(|entry| &entry.name));
    let heads = heads.chain(raw.tables.iter().map(|entry| &entry.name));
    let mut seen: Vec<&crate::syntax::raw::Text> = Vec::new();
    for head in heads {
        names::check(head, &mut Out::default());
        if let Some(first) = seen.iter().find(|first| first.value == head.value) {
            let message = Message::new("name-means-two", [&head.value]);
            let finding =
                crate::diag::Diagnostic::error(crate::diag::Code::DuplicateName, head.span, message);
            out.found.push(finding.also(first.span, Message::plain("first-here")));
        }
        seen.push(head);
    }
}

fn parts_of(card: &Card) -> Vec<String> {
    let fixed = ["score", "band", "result", "period_start"].map(Arc::from);
    fixed.iter().chain(&card.streaks).map(|part: &Arc<str>| format!("{}.{part}", card.name)).collect()
}

fn clock_meaning(rest: &[&str], frame: &Frame<'_>) -> Result<Meaning> {
    if !frame.clock {
        return Err(Unmeant::NotHere(Message::plain("no-clock-here")));
    }
    match rest {
        ["due"] => Ok(plain(Type::Instant, Source::ClockDue)),
        ["started"] => Ok(plain(Type::Instant, Source::ClockStarted)),
        _ => Err(Unmeant::Unknown(vec!["clock.due".to_owned(), "clock.started".to_owned()])),
    }
}

fn plain(ty: Type, source: Source) -> Meaning {
    Meaning { ty, from: From::Source(source) }
}
