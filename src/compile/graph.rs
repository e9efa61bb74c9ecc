//! The graph of a workflow: every way from one state to another.

use crate::model::{Clock, Goal, Inside, State, StateGraph, StateId, Transition};
use crate::source::Span;

use super::world::id;

/// The graph of states, their transitions, the transitions of the whole workflow, and its clocks.
pub(super) fn build(
    states: &[State],
    on_event: &[(crate::model::EventId, Vec<Transition>)],
    clocks: &[Clock],
) -> StateGraph {
    let outermost = states.iter().enumerate().filter(|(_, state)| state.parent.is_none());
    let live: Vec<StateId> =
        outermost.filter(|(_, state)| !state.done).map(|(idx, _)| StateId(id(idx))).collect();
    let mut edges: Vec<(StateId, StateId, Span)> = Vec::new();
    for (idx, state) in states.iter().enumerate() {
        let from = StateId(id(idx));
        let lists = state.on_event.iter().map(|(_, list)| list).chain([&state.completed]);
        edges.extend(goals(lists).map(|(to, span)| (from, to, span)));
    }
    for (to, span) in goals(on_event.iter().map(|(_, list)| list)) {
        edges.extend(live.iter().map(|from| (*from, to, span)));
    }
    for clock in clocks {
        let Some(to) = clock.breached.to else { continue };
        let span = clock.breached.span;
        match clock.state {
            Some(from) => edges.push((from, to.target, span)),
            None => edges.extend(live.iter().map(|from| (*from, to.target, span))),
        }
    }
    // Whoever would enter a state too often goes elsewhere instead.
    let mut instead: Vec<(StateId, StateId, Span)> = Vec::new();
    for (from, to, span) in &edges {
        let used_up = entered(states, *from, *to).into_iter().filter_map(|state| states.get(state.idx()));
        let goals = used_up.filter_map(|state| Some(state.allowed.as_ref()?.when_used_up));
        instead.extend(goals.map(|goal| (*from, goal, *span)));
    }
    edges.extend(instead);
    StateGraph::new(states, edges)
}

fn goals<'a>(lists: impl Iterator<Item = &'a Vec<Transition>>) -> impl Iterator<Item = (StateId, Span)> {
    lists.flatten().filter_map(|transition| match transition.goal {
        Goal::State(way) => Some((way.target, transition.span)),
        _ => None,
    })
}

/// The states that a way from one to another may enter: the other, those around it that are not around the first as well,
/// and those inside that it begins with.
fn entered(states: &[State], from: StateId, to: StateId) -> Vec<StateId> {
    let parent = |state: &StateId| states.get(state.idx()).and_then(|state| state.parent);
    let holds = |outer: StateId| states.get(outer.idx()).is_some_and(|state| state.holds(outer, from));
    let around = std::iter::successors(parent(&to), parent).filter(|outer| !holds(*outer));
    let mut all: Vec<StateId> = [to].into_iter().chain(around).collect();
    let mut begun = vec![to];
    while let Some(state) = begun.pop().and_then(|state| states.get(state.idx())) {
        let first = match state.inside {
            Inside::Nothing => Vec::new(),
            Inside::One(initial) => vec![initial],
            Inside::All => state.children.clone(),
        };
        all.extend(&first);
        begun.extend(first);
    }
    all
}
