//! A state that nothing leaves, that no clock watches, and that is not done.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Model, StateId};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for workflow in &model.workflows {
        // A workflow of one state only keeps its case open and acts on events.
        if workflow.states.len() < 2 {
            continue;
        }
        let reached = workflow.graph.reachable_from(StateId(0));
        let left: BTreeSet<StateId> =
            workflow.graph.edges().filter(|(from, to, _)| from != to).map(|(from, _, _)| from).collect();
        let watched_always = workflow.clocks.iter().any(|clock| clock.state.is_none());
        for (idx, state) in workflow.states.iter().enumerate() {
            let id = StateId(idx as u16);
            let around = || [id].into_iter().chain(workflow.around(id));
            let left = around().any(|state| left.contains(&state));
            let watched = watched_always || around().any(|state| !workflow.state(state).clocks.is_empty());
            // What has states inside is left through those; an end inside is a way on where that is waited for.
            let waited_for = state.done && around().any(|outer| !workflow.state(outer).completed.is_empty());
            let over = (state.done && state.parent.is_none()) || waited_for || !state.is_atomic();
            if over || left || watched || !reached.contains(&id) {
                continue;
            }
            let message = Message::new("dead-end", [&state.name, &workflow.name]);
            let finding = Diagnostic::warning(Code::DeadEnd, state.span, message);
            found.push(finding.help(Message::plain("dead-end-help")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn a_live_state_without_way_out_or_clock_is_a_dead_end() {
        check(
            Code::DeadEnd,
            &[
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a: {on_event: {go: b}}\n      b: {on_event: {go: record_only}}\n",
                    &[(8, "b")],
                ),
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a: {on_event: {go: b}}\n      b: {clocks: {k: {within: 1 wall hours}}}\n",
                    &[],
                ),
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a: {on_event: {go: b}}\n      b:\n        states:\n          c: {on_event: {go: d}}\n          d: {done: yes}\n",
                    &[(11, "d")],
                ),
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a: {on_event: {go: b}}\n      b:\n        completed: e\n        states:\n          c: {on_event: {go: d}}\n          d: {done: yes}\n      e: {done: yes}\n",
                    &[],
                ),
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    on_event: {go: record_only}\n",
                    &[],
                ),
            ],
        );
    }
}
