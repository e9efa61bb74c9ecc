//! How the states of a workflow nest: document order, what is inside what, and what must not be written together.

use super::read;
use super::workflow::StateNames;
use super::world::{Out, id};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Clock, EventId, Goal, Inside, State, StateId, Transition};
use crate::syntax::raw::{Named, RawEntry, RawState, Text};

/// A state as written, with its place among the others; ids count in document order.
pub(super) struct Place<'a> {
    pub entry: &'a Named<RawState>,
    pub parent: Option<StateId>,
    /// Whether the states of its parent are parallel regions.
    pub region: bool,
    /// Directly inside.
    pub children: Vec<StateId>,
    /// The last one inside, however far in; itself where there is none.
    pub last: StateId,
}

/// Every state in document order, an enclosing one before those inside.
pub(super) fn places(states: &[Named<RawState>]) -> Vec<Place<'_>> {
    let mut all = Vec::new();
    for entry in states {
        place(entry, None, false, &mut all);
    }
    all
}

/// How far states may nest: deeper than people read.
const DEPTH_MAX: usize = 16;

fn place<'a>(
    entry: &'a Named<RawState>,
    parent: Option<StateId>,
    region: bool,
    all: &mut Vec<Place<'a>>,
) -> StateId {
    let own = StateId(id(all.len()));
    all.push(Place { entry, parent, region, children: Vec::new(), last: own });
    let regions = is_parallel(&entry.value);
    let mut children = Vec::new();
    for inner in &entry.value.states {
        children.push(place(inner, Some(own), regions, all));
    }
    let last = StateId(id(all.len().saturating_sub(1)));
    if let Some(place) = all.get_mut(own.idx()) {
        place.children = children;
        place.last = last;
    }
    own
}

fn is_parallel(raw: &RawState) -> bool {
    raw.parallel.as_ref().is_some_and(|text| crate::scalar::yes_no(&text.value) == Ok(true))
}

/// Names are unique in the whole workflow, so that a state is named by its bare name.
pub(super) fn check_names(places: &[Place<'_>], out: &mut Out) {
    let mut first: std::collections::BTreeMap<&str, &Text> = std::collections::BTreeMap::new();
    for place in places {
        let name = &place.entry.name;
        match first.get(name.value.as_str()) {
            Some(before) => {
                let message = Message::new("state-name-twice", [&name.value]);
                let finding = Diagnostic::error(Code::DuplicateName, name.span, message);
                out.found.push(finding.also(before.span, Message::plain("first-here")));
            }
            None => drop(first.insert(&name.value, name)),
        }
        let depth = std::iter::successors(place.parent, |outer| places.get(outer.idx())?.parent).count();
        if depth == DEPTH_MAX {
            let message = Message::new("states-too-deep", [&name.value, &DEPTH_MAX.to_string()]);
            out.error(Code::TooLarge, name.span, message);
        }
    }
}

/// What is inside a state.
pub(super) fn inside(place: &Place<'_>, states: &StateNames<'_>, out: &mut Out) -> Option<Inside> {
    let raw = &place.entry.value;
    let parallel = read::yes(&raw.parallel, out);
    if let (Some(waits), false) = (&raw.waits_for, place.children.is_empty()) {
        out.error(Code::WrongShape, waits.span, Message::plain("waits-for-with-states"));
    }
    let Some(first) = place.children.first() else {
        for (key, span) in [
            ("initial", raw.initial.as_ref().map(|text| text.span)),
            ("parallel", raw.parallel.as_ref().map(|text| text.span)),
            (
                "completed",
                raw.completed.first().map(|transition| transition.span).filter(|_| raw.waits_for.is_none()),
            ),
        ] {
            if let Some(span) = span {
                let with = if key == "completed" { "states / waits_for" } else { "states" };
                out.error(Code::WrongShape, span, Message::new("key-only-with", [key, with]));
            }
        }
        return Some(Inside::Nothing);
    };
    if parallel {
        if let Some(initial) = &raw.initial {
            out.error(Code::WrongShape, initial.span, Message::plain("parallel-with-initial"));
        }
        if place.children.len() < 2 {
            let span = raw.parallel.as_ref().map_or(place.entry.name.span, |text| text.span);
            out.error(Code::WrongShape, span, Message::plain("parallel-of-one"));
        }
        return Some(Inside::All);
    }
    let Some(initial) = &raw.initial else { return Some(Inside::One(*first)) };
    let named = |child: &&StateId| states.names.get(child.idx()) == Some(&initial.value.as_str());
    match place.children.iter().find(named) {
        Some(child) => Some(Inside::One(*child)),
        None => {
            let known: Vec<&str> =
                place.children.iter().filter_map(|child| states.names.get(child.idx()).copied()).collect();
            let message = Message::new(
                "initial-not-inside",
                [&initial.value, &place.entry.name.value, &known.join(" / ")],
            );
            out.error(Code::UnknownState, initial.span, message);
            None
        }
    }
}

/// What must not stand together.
pub(super) fn check(place: &Place<'_>, out: &mut Out) {
    let (raw, name) = (&place.entry.value, &place.entry.name);
    let done = raw.done.as_ref().filter(|text| crate::scalar::yes_no(&text.value) == Ok(true));
    if let Some(done) = done {
        let entry = raw.on_event.first().map(|entry| entry.name.span).filter(|_| place.parent.is_none());
        if let Some(span) = entry {
            let finding =
                Diagnostic::warning(Code::WrongShape, span, Message::new("done-with-events", [&name.value]));
            out.found.push(finding.help(Message::plain("done-with-events-help")));
        }
        if !place.children.is_empty() {
            out.error(Code::WrongShape, done.span, Message::new("done-with-states", [&name.value]));
        }
        if place.region {
            out.error(Code::WrongShape, done.span, Message::new("done-region", [&name.value]));
        }
    }
    if let (Some(allowed), true) = (&raw.allowed, place.region) {
        out.error(Code::WrongShape, allowed.span, Message::new("allowed-in-region", [&name.value]));
    }
}

/// How a state is entered means nothing where none is.
pub(super) fn no_way(entry: &RawEntry, out: &mut Out) {
    let keys = [("history", &entry.history), ("reenter", &entry.reenter), ("compensate", &entry.compensate)];
    for (key, text) in keys {
        if let Some(text) = text {
            out.error(Code::WrongShape, text.span, Message::new("key-only-with", [key, "to"]));
        }
    }
}

/// Marks the states to whose inside some transition comes back.
pub(super) fn remember(states: &mut [State], on_event: &[(EventId, Vec<Transition>)], clocks: &[Clock]) {
    let of_states = states
        .iter()
        .flat_map(|state| state.on_event.iter().flat_map(|(_, list)| list).chain(&state.completed));
    let of_all = on_event.iter().flat_map(|(_, list)| list);
    let goals = of_states.chain(of_all).filter_map(|transition| match transition.goal {
        Goal::State(way) => Some(way),
        _ => None,
    });
    let breaches = clocks.iter().filter_map(|clock| clock.breached.to);
    let remembered: Vec<StateId> =
        goals.chain(breaches).filter(|way| way.history.is_some()).map(|way| way.target).collect();
    for target in remembered {
        if let Some(state) = states.get_mut(target.idx()) {
            state.remembers = true;
        }
    }
}
