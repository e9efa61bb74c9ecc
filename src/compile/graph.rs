//! The graph of a workflow: every way from one state to another.

use crate::model::{Clock, Goal, State, StateGraph, StateId, Transition};
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
    let instead: Vec<(StateId, StateId, Span)> = edges
        .iter()
        .filter_map(|(from, to, span)| {
            let visits = states.get(to.idx())?.allowed.as_ref()?;
            Some((*from, visits.when_used_up, *span))
        })
        .collect();
    edges.extend(instead);
    StateGraph::new(states, edges)
}

fn goals<'a>(lists: impl Iterator<Item = &'a Vec<Transition>>) -> impl Iterator<Item = (StateId, Span)> {
    lists.flatten().filter_map(|transition| match transition.goal {
        Goal::State(way) => Some((way.target, transition.span)),
        _ => None,
    })
}
