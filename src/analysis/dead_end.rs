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
            let left = left.iter().any(|id| id.idx() == idx);
            let reached = reached.iter().any(|id| id.idx() == idx);
            if state.done || left || !state.clocks.is_empty() || watched_always || !reached {
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
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    on_event: {go: record_only}\n",
                    &[],
                ),
            ],
        );
    }
}
