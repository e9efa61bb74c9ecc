//! `completed:` of a state that can never be complete: nothing inside it is an end.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Inside, Model, StateId, Workflow};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for workflow in &model.workflows {
        for (idx, state) in workflow.states.iter().enumerate() {
            let endless = endless(workflow, StateId(idx as u16));
            let Some(endless) = endless.filter(|_| !state.completed.is_empty()) else { continue };
            let lacking = workflow.state(endless);
            let message = Message::new("never-completed", [&state.name, &lacking.name]);
            let finding = Diagnostic::warning(Code::DeadEnd, lacking.span, message);
            found.push(finding.help(Message::new("never-completed-help", [&lacking.name])));
        }
    }
}

/// The state inside, or the state itself, that has no end; none where it can be complete.
fn endless(workflow: &Workflow, id: StateId) -> Option<StateId> {
    let state = workflow.state(id);
    match state.inside {
        Inside::Nothing => (state.waits_for.is_none()).then_some(id),
        Inside::One(_) => (!state.children.iter().any(|child| workflow.state(*child).done)).then_some(id),
        Inside::All => state.children.iter().find_map(|child| endless(workflow, *child)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn every_region_needs_an_end_where_all_are_waited_for() {
        check(
            Code::DeadEnd,
            &[
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}, on: {}}\n    states:\n      p:\n        parallel: yes\n        completed: z\n        on_event: {on: z}\n        states:\n          a: {states: {b: {on_event: {go: c}}, c: {done: yes}}}\n          d: {states: {e: {on_event: {go: f}}, f: {}}}\n      z: {done: yes}\n",
                    &[(13, "d")],
                ),
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      p:\n        completed: z\n        states: {a: {on_event: {go: b}}, b: {done: yes}}\n      z: {done: yes}\n",
                    &[],
                ),
            ],
        );
    }
}
