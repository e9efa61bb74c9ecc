//! `workflows:`: states, transitions, lower bounds, visits; clocks and effects stand in files of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chart::{self, Place};
use super::clock::{self, Owner};
use super::expression::Wanted;
use super::graph;
use super::meaning::{AtHand, Frame, check_heads};
use super::measure::Measures;
use super::names;
use super::read;
use super::world::{Flow, Out, World, id};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{
    Amount, CaseNames, Clock, ClockId, EventId, Goal, History, Inside, KindId, Line, LowerBound, Opens,
    State, StateId, Transition, Visits, WaitsFor, Way, Workflow, WorkflowId,
};
use crate::source::Span;
use crate::syntax::raw::{
    Named, RawDurations, RawEntry, RawLowerBound, RawOpens, RawState, RawTransition, RawWaitsFor,
    RawWorkflow, Text,
};
use crate::value::ChoiceType;

/// The state of a workflow that names none.
const OPEN: &str = "open";
/// Where a transition leads that stays.
const RECORD_ONLY: &str = "record_only";

/// The states of a workflow by name, in document order.
pub(super) struct StateNames<'a> {
    pub workflow: &'a str,
    pub names: Vec<&'a str>,
    /// Which of them have states inside.
    pub enclosing: Vec<bool>,
}

type OnEvent = Vec<(EventId, Vec<Transition>)>;

/// Workflows by name, with their kinds and states.
pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for (idx, entry) in raw.workflows.iter().enumerate() {
        names::check(&entry.name, out);
        let kind = entry.value.subject.as_ref().and_then(|text| world.subject(text, out));
        let places = chart::places(&entry.value.states);
        let options: Vec<Arc<str>> = state_names(&places).into_iter().map(Arc::from).collect();
        for place in &places {
            names::check(&place.entry.name, out);
        }
        chart::check_names(&places, out);
        let kind = kind.filter(|_| !too_many(entry, places.len(), out));
        let name: Arc<str> = entry.name.value.as_str().into();
        let several = places.iter().any(|place| place.parent.is_some());
        let states = Arc::new(ChoiceType { name: name.clone(), options, several });
        if let Some(kind) = kind.and_then(|kind| world.kinds.get_mut(kind.idx())) {
            kind.workflows.push(WorkflowId(id(idx)));
        }
        world.flows.push(Flow { name, kind, states });
    }
    check_heads(world, out);
}

/// A workflow is drawn and walked as a graph; beyond so many states that is no longer quick.
fn too_many(entry: &Named<RawWorkflow>, count: usize, out: &mut Out) -> bool {
    const MOST: usize = 1_000;
    if count > MOST {
        let args = [entry.name.value.clone(), count.to_string(), MOST.to_string()];
        out.error(Code::TooLarge, entry.name.span, Message::new("too-many-states", args));
    }
    count > MOST
}

pub(super) fn state_names<'a>(places: &[Place<'a>]) -> Vec<&'a str> {
    if places.is_empty() {
        return vec![OPEN];
    }
    places.iter().map(|place| place.entry.name.value.as_str()).collect()
}

/// Every workflow; none where one of them is broken.
pub(super) fn compile(world: &World<'_>, measures: &mut Measures, out: &mut Out) -> Option<Vec<Workflow>> {
    let raw = world.raw;
    let all: Vec<Option<Workflow>> = raw
        .workflows
        .iter()
        .enumerate()
        .map(|(idx, entry)| one(world, WorkflowId(id(idx)), entry, measures, out))
        .collect();
    all.into_iter().collect()
}

pub(super) fn one(
    world: &World<'_>,
    workflow: WorkflowId,
    entry: &Named<RawWorkflow>,
    measures: &mut Measures,
    out: &mut Out,
) -> Option<Workflow> {
    let raw = &entry.value;
    let name = entry.name.value.as_str();
    let kind = world.flows.get(workflow.idx())?.kind?;
    let clauses = world.cite_all(&raw.clause, &format!("workflows.{name}"), out);
    let opens = opens(world, raw, kind, out);
    let places = chart::places(&raw.states);
    let enclosing = places.iter().map(|place| !place.children.is_empty()).collect();
    let names = StateNames { workflow: name, names: state_names(&places), enclosing };
    let owner = Owner { workflow, name, kind, states: &names };
    let (all_clocks, of_states) = clocks(world, raw, &places, owner, measures, out);
    let states: Vec<Option<State>> = if places.is_empty() {
        vec![Some(only_state(&entry.name))]
    } else {
        let clocks = of_states.into_iter().chain(std::iter::repeat(Vec::new()));
        places.iter().zip(clocks).map(|(place, clocks)| state(world, place, owner, clocks, out)).collect()
    };
    let on_event = on_event(world, &raw.on_event, owner, out);
    let mut states = states.into_iter().collect::<Option<Vec<State>>>()?;
    let clocks = all_clocks.into_iter().collect::<Option<Vec<Clock>>>()?;
    chart::remember(&mut states, &on_event, &clocks);
    let graph = graph::build(&states, &on_event, &clocks);
    Some(Workflow {
        name: name.into(),
        case_names: CaseNames::of(&name.into()),
        label: world.label(&raw.label),
        clauses,
        kind,
        opens: opens?,
        events: mentioned(world, raw, kind, &states, &on_event, &clocks),
        counts: states.iter().any(|state| {
            let bound = state.lasts_at_least.as_ref();
            state.waits_for.is_some() || bound.is_some_and(|bound| bound.counted_by.is_some())
        }),
        nested: states.iter().any(|state| state.parent.is_some()),
        several: states.iter().any(|state| state.parent.is_some()),
        limits_visits: states.iter().any(|state| state.allowed.is_some()),
        states,
        clocks,
        on_event,
        graph,
        line: Line::default(),
        span: entry.name.span,
    })
}

fn only_state(name: &Text) -> State {
    State {
        name: OPEN.into(),
        alone: [OPEN.into()].into(),
        label: None,
        clauses: Vec::new(),
        parent: None,
        children: Vec::new(),
        last: StateId(0),
        inside: Inside::Nothing,
        remembers: false,
        done: false,
        lasts_at_least: None,
        waits_for: None,
        allowed: None,
        clocks: Vec::new(),
        on_event: Vec::new(),
        completed: Vec::new(),
        effects: Vec::new(),
        on_leave: Vec::new(),
        compensation: Vec::new(),
        span: name.span,
    }
}

fn opens(world: &World<'_>, raw: &RawWorkflow, kind: KindId, out: &mut Out) -> Option<Opens> {
    let Some(opens) = &raw.opens else { return Some(Opens::WithSubject) };
    if let Some(on) = &opens.on {
        let event = world.event_of(kind, on, Code::UndeclaredEvent, out)?;
        let guard = world.guard(&opens.guard, &Frame::judging(kind, event), out)?;
        if let Some(at) = &opens.at {
            out.error(Code::WrongShape, at.span, Message::new("key-only-with", ["at", "for_every"]));
        }
        return Some(Opens::On(event, guard));
    }
    opens_by_date(world, opens, kind, out)
}

fn opens_by_date(world: &World<'_>, opens: &RawOpens, kind: KindId, out: &mut Out) -> Option<Opens> {
    if let Some(text) = &opens.for_every {
        let named = world.subject(text, out)?;
        if named != kind {
            let message = Message::new("opens-other-kind", [&text.value, world.kind_name(kind)]);
            out.error(Code::UnknownSubject, text.span, message);
            return None;
        }
    }
    if let Some(guard) = &opens.guard {
        out.error(Code::WrongShape, guard.span, Message::new("key-only-with", ["if", "on"]));
    }
    match &opens.at {
        Some(at) => world.moment(at, &Frame::entering(kind), out).map(Opens::At),
        None => Some(Opens::WithSubject),
    }
}

/// The clocks of the workflow, then those of each state; and which each state has.
fn clocks(
    world: &World<'_>,
    raw: &RawWorkflow,
    places: &[Place<'_>],
    owner: Owner<'_>,
    measures: &mut Measures,
    out: &mut Out,
) -> (Vec<Option<Clock>>, Vec<Vec<ClockId>>) {
    let of_states = places.iter().flat_map(|place| &place.entry.value.clocks);
    let named: Vec<(&Text, Span)> =
        raw.clocks.iter().chain(of_states).map(|clock| (&clock.name, clock.name.span)).collect();
    clock::check_names(&named, out);
    let mut all = Vec::new();
    for entry in &raw.clocks {
        let clock_id = ClockId(id(all.len()));
        all.push(world.clock(entry, owner, None, clock_id, measures, out));
    }
    let mut by_state = Vec::new();
    for (idx, place) in places.iter().enumerate() {
        let mut own = Vec::new();
        for entry in &place.entry.value.clocks {
            let clock_id = ClockId(id(all.len()));
            all.push(world.clock(entry, owner, Some(StateId(id(idx))), clock_id, measures, out));
            own.push(clock_id);
        }
        by_state.push(own);
    }
    (all, by_state)
}

fn state(
    world: &World<'_>,
    place: &Place<'_>,
    owner: Owner<'_>,
    clocks: Vec<ClockId>,
    out: &mut Out,
) -> Option<State> {
    let entry = place.entry;
    let raw = &entry.value;
    let element = format!("workflows.{}.states.{}", owner.name, entry.name.value);
    let clauses = world.cite_all(&raw.clause, &element, out);
    let lasts_at_least = match &raw.lasts_at_least {
        Some(bound) => lower_bound(world, bound, owner.kind, out).map(Some),
        None => Some(None),
    };
    let waits_for = match &raw.waits_for {
        Some(waits) => waits_for(world, waits, raw, owner.kind, out).map(Some),
        None => Some(None),
    };
    let allowed = visits(world, raw, owner, out);
    let mut on_event = on_event(world, &raw.on_event, owner, out);
    if let Some(Some(waits)) = &waits_for {
        takes_answers(&mut on_event, waits, raw);
    }
    let frame = Frame::entering(owner.kind);
    let effects = world.effects(&raw.effects, &frame, out);
    let on_leave = world.effects(&raw.on_leave, &frame, out);
    let compensation = world.effects(&raw.compensation, &frame, out);
    let completed =
        raw.completed.iter().filter_map(|raw| transition(world, raw, owner, &frame, out)).collect();
    let inside = chart::inside(place, owner.states, out);
    chart::check(place, out);
    Some(State {
        name: entry.name.value.as_str().into(),
        alone: [entry.name.value.as_str().into()].into(),
        label: world.label(&raw.label),
        clauses,
        parent: place.parent,
        children: place.children.clone(),
        last: place.last,
        inside: inside?,
        remembers: false,
        done: read::yes(&raw.done, out),
        lasts_at_least: lasts_at_least?,
        waits_for: waits_for?,
        allowed: allowed?,
        clocks,
        on_event,
        completed,
        effects,
        on_leave,
        compensation,
        span: entry.name.span,
    })
}

fn lower_bound(world: &World<'_>, raw: &RawLowerBound, kind: KindId, out: &mut Out) -> Option<LowerBound> {
    let wanted = if raw.counted_by.is_some() { Wanted::Either } else { Wanted::Duration };
    let amount = raw.amount.as_ref().and_then(|text| world.amount(text, wanted, kind, out));
    let counted_by = match &raw.counted_by {
        Some(text) => Some(counted_by(world, text, kind, out)?),
        None => None,
    };
    // The bound is asked while some event is judged that would leave the state.
    let frame = Frame { kind: Some(kind), event: AtHand::Any, reads: true, ..Frame::default() };
    let message = world.message(&raw.message, &frame, out)?;
    let amount = amount?;
    let counting = world.counting(&None, &RawDurations::default(), &amount, out)?;
    Some(LowerBound { amount, counted_by, counting, message })
}

/// Who is waited for, and what says that they have answered.
fn waits_for(
    world: &World<'_>,
    raw: &RawWaitsFor,
    state: &RawState,
    kind: KindId,
    out: &mut Out,
) -> Option<WaitsFor> {
    if state.completed.is_empty() {
        out.error(Code::MissingKey, raw.span, Message::plain("waits-for-nothing"));
    }
    if let Some(bound) = state.lasts_at_least.as_ref().filter(|bound| bound.counted_by.is_some()) {
        out.error(Code::WrongShape, bound.span, Message::plain("waits-for-and-counts"));
    }
    let (each, item) = world.list_of_items(raw.each.as_ref()?, &Frame::entering(kind), out)?;
    let text = raw.answered_by.as_ref()?;
    let Some((event, slot)) = text.value.rsplit_once('.') else {
        out.error(Code::WrongShape, text.span, Message::new("answered-by-shape", [&text.value]));
        return None;
    };
    let answered_by = slot_of(world, event, slot, text, kind, out)?;
    let ty = &world.event(answered_by.0)?.data.get(answered_by.1)?.ty;
    if *ty != item {
        let found = [text.value.clone(), read::type_words(ty), read::type_words(&item)];
        out.error(Code::TypeMismatch, text.span, Message::new("answered-by-other", found));
    }
    Some(WaitsFor { each, answered_by })
}

/// A state takes the answers it waits for, also where that is not written out.
fn takes_answers(on_event: &mut OnEvent, waits: &WaitsFor, raw: &RawState) {
    let event = waits.answered_by.0;
    let Err(place) = on_event.binary_search_by_key(&event, |(known, _)| *known) else { return };
    let span = raw.waits_for.as_ref().map_or(raw.span, |waits| waits.span);
    let transition = Transition {
        guard: None,
        otherwise: false,
        goal: Goal::Stay,
        effects: Vec::new(),
        clause: None,
        span,
    };
    on_event.insert(place, (event, vec![transition]));
}

/// `distinct attended.day`: different values of a slot of an event.
fn counted_by(world: &World<'_>, text: &Text, kind: KindId, out: &mut Out) -> Option<(EventId, usize)> {
    let path = text.value.strip_prefix("distinct ").map(str::trim);
    let Some((event, slot)) = path.and_then(|path| path.rsplit_once('.')) else {
        let message = Message::new("counted-by-shape", [&text.value]);
        out.error(Code::WrongShape, text.span, message);
        return None;
    };
    slot_of(world, event, slot, text, kind, out)
}

/// A slot of an event of a kind.
fn slot_of(
    world: &World<'_>,
    event: &str,
    slot: &str,
    text: &Text,
    kind: KindId,
    out: &mut Out,
) -> Option<(EventId, usize)> {
    let named = Text::new(event.to_owned(), text.span);
    let event_id = world.event_of(kind, &named, Code::UndeclaredEvent, out)?;
    let data = &world.event(event_id)?.data;
    let idx = data.iter().position(|field| *field.name == *slot);
    if idx.is_none() {
        let part = Text::new(slot.to_owned(), text.span);
        let known = data.iter().map(|field| field.name.as_ref());
        let mut finding = world.unknown(Code::UnknownField, "unknown-field", &part, known);
        finding.message = Message::new("unknown-field", [event, slot]);
        out.found.push(finding);
    }
    Some((event_id, idx?))
}

fn visits(world: &World<'_>, raw: &RawState, owner: Owner<'_>, out: &mut Out) -> Option<Option<Visits>> {
    let Some(text) = &raw.allowed else {
        if let Some(stray) = &raw.when_used_up {
            out.error(
                Code::WrongShape,
                stray.span,
                Message::new("key-only-with", ["when_used_up", "allowed"]),
            );
        }
        return Some(None);
    };
    let amount: Option<Amount> = world.amount(text, Wanted::Count, owner.kind, out);
    let Some(to) = &raw.when_used_up else {
        let finding = Diagnostic::error(Code::MissingKey, text.span, Message::plain("allowed-without-goal"));
        out.found.push(finding.help(Message::plain("allowed-without-goal-help")));
        return None;
    };
    let when_used_up = world.state_named(to, owner.states, out)?;
    Some(Some(Visits { amount: amount?, when_used_up }))
}

/// Transitions by event, sorted by event.
fn on_event(
    world: &World<'_>,
    raw: &[Named<Vec<RawTransition>>],
    owner: Owner<'_>,
    out: &mut Out,
) -> OnEvent {
    let mut all: BTreeMap<EventId, Vec<Transition>> = BTreeMap::new();
    for entry in raw {
        let event = world.event_of(owner.kind, &entry.name, Code::UndeclaredEvent, out);
        let Some(event) = event else { continue };
        let frame = Frame::judging(owner.kind, event);
        let transitions = entry.value.iter().filter_map(|raw| transition(world, raw, owner, &frame, out));
        all.entry(event).or_default().extend(transitions);
    }
    all.into_iter().collect()
}

fn transition(
    world: &World<'_>,
    raw: &RawTransition,
    owner: Owner<'_>,
    frame: &Frame<'_>,
    out: &mut Out,
) -> Option<Transition> {
    if let Some(insert) = &raw.insert {
        out.error(Code::UnknownElement, insert.span, Message::plain("overlay-insert-alone"));
    }
    let clause = world.cite_one(&raw.clause, &format!("workflows.{}.transitions", owner.name), out);
    let guard = world.guard(&raw.guard, frame, out);
    if let (Some(otherwise), true) = (&raw.otherwise, raw.guard.is_some()) {
        out.error(Code::WrongShape, otherwise.span, Message::plain("otherwise-with-if"));
    }
    let ways = [&raw.to, &raw.otherwise, &raw.refuse].into_iter().flatten().collect::<Vec<_>>();
    if let [_, second, ..] = ways.as_slice() {
        out.error(Code::WrongShape, second.span, Message::plain("transition-two-ways"));
    }
    let goal = match (&raw.refuse, raw.to.as_ref().or(raw.otherwise.as_ref())) {
        (Some(refuse), _) => world.template(refuse, frame, out).map(Goal::Refuse),
        (None, None) => Some(Goal::Stay),
        (None, Some(to)) if to.value == RECORD_ONLY => Some(Goal::Stay),
        (None, Some(to)) => world.way(to, &raw.entry, owner.states, out).map(Goal::State),
    };
    if !matches!(goal, None | Some(Goal::State(_))) {
        chart::no_way(&raw.entry, out);
    }
    if let (Some(refuse), AtHand::None) = (&raw.refuse, frame.event) {
        out.error(Code::WrongShape, refuse.span, Message::plain("refuse-without-event"));
    }
    let effects = world.effects(&raw.effects, frame, out);
    if let (Some(Goal::Refuse(_)), Some(effect)) = (&goal, raw.effects.first()) {
        out.error(Code::WrongShape, effect.span, Message::plain("refuse-with-effects"));
    }
    let otherwise = raw.otherwise.is_some();
    Some(Transition { guard: guard?, otherwise, goal: goal?, effects, clause, span: raw.span })
}

impl World<'_> {
    /// The way into a state.
    pub fn way(&self, to: &Text, entry: &RawEntry, states: &StateNames<'_>, out: &mut Out) -> Option<Way> {
        let words = [("shallow", Some(History::Shallow)), ("deep", Some(History::Deep))];
        let history = read::word_or(&entry.history, &words, None, out);
        let reenters = read::yes(&entry.reenter, out);
        let compensates = read::yes(&entry.compensate, out);
        let target = self.state_named(to, states, out)?;
        if let Some(text) = &entry.history
            && states.enclosing.get(target.idx()) != Some(&true)
        {
            out.error(Code::WrongShape, text.span, Message::new("history-of-atomic", [&to.value]));
        }
        Some(Way { target, reenters, history, compensates })
    }
}

/// Every event that a workflow declares or mentions, sorted.
fn mentioned(
    world: &World<'_>,
    raw: &RawWorkflow,
    kind: KindId,
    states: &[State],
    on_event: &OnEvent,
    clocks: &[Clock],
) -> Vec<EventId> {
    let known = world.kind(kind).map(|kind| &kind.events);
    let by_name = |name: &Text| known.and_then(|events| events.get(name.value.as_str()).copied());
    let mut all: Vec<EventId> = raw.events.iter().filter_map(|event| by_name(&event.name)).collect();
    all.extend(raw.opens.iter().filter_map(|opens| opens.on.as_ref()).filter_map(by_name));
    all.extend(on_event.iter().map(|(event, _)| *event));
    for state in states {
        all.extend(state.on_event.iter().map(|(event, _)| *event));
        all.extend(state.lasts_at_least.iter().filter_map(|bound| bound.counted_by).map(|(event, _)| event));
        all.extend(state.waits_for.iter().map(|waits| waits.answered_by.0));
    }
    all.extend(clocks.iter().flat_map(Clock::events));
    all.sort_unstable();
    all.dedup();
    all
}
