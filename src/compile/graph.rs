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
    let live: Vec<StateId> =
        states.iter().enumerate().filter(|(_, state)| !state.done).map(|(idx, _)| StateId(id(idx))).collect();
    let mut edges: Vec<(StateId, StateId, Span)> = Vec::new();
    for (idx, state) in states.iter().enumerate() {
        let from = StateId(id(idx));
        edges.extend(goals(&state.on_event).map(|(to, span)| (from, to, span)));
    }
    for (to, span) in goals(on_event) {
        edges.extend(live.iter().map(|from| (*from, to, span)));
    }
    for clock in clocks {
        let Some(to) = clock.breached.to else { continue };
        let span = clock.breached.span;
        match clock.state {
            Some(from) => edges.push((from, to, span)),
            None => edges.extend(live.iter().map(|from| (*from, to, span))),
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
    StateGraph::new(states.len(), edges)
}

fn goals(
    on_event: &[(crate::model::EventId, Vec<Transition>)],
) -> impl Iterator<Item = (StateId, Span)> + '_ {
    on_event.iter().flat_map(|(_, transitions)| transitions).filter_map(|transition| match transition.goal {
        Goal::State(to) => Some((to, transition.span)),
        _ => None,
    })
}
