//! A state that no way leads to.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Model, StateId};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for workflow in &model.workflows {
        let reached = workflow.graph.reachable_from(StateId(0));
        for (idx, state) in workflow.states.iter().enumerate() {
            if !reached.iter().any(|id| id.idx() == idx) {
                let message = Message::new("unreachable-state", [&state.name, &workflow.name]);
                let finding = Diagnostic::warning(Code::UnreachableState, state.span, message);
                found.push(finding.help(Message::plain("unreachable-state-help")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn a_state_is_reached_by_events_clocks_and_used_up_visits() {
        check(
            Code::UnreachableState,
            &[
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a: {on_event: {go: b}}\n      b: {done: yes}\n      c: {done: yes}\n",
                    &[(9, "c")],
                ),
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a: {on_event: {go: c}}\n      b:\n        allowed: 1\n        when_used_up: d\n        states:\n          c: {on_event: {go: a}}\n      d: {done: yes}\n",
                    &[],
                ),
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a: {clocks: {k: {within: 1 wall hours, breached: {to: b}}}, on_event: {go: a}}\n      b: {allowed: 1, when_used_up: c, on_event: {go: a}}\n      c: {done: yes}\n",
                    &[],
                ),
            ],
        );
    }
}
