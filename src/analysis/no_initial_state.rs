//! A workflow whose first state is done: a case would be over as soon as it opens.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Inside, Model};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for workflow in &model.workflows {
        if let Some(first) = workflow.states.first().filter(|state| state.done) {
            let message = Message::new("no-initial-state", [&workflow.name, &first.name]);
            let finding = Diagnostic::error(Code::NoInitialState, first.span, message);
            found.push(finding.help(Message::plain("no-initial-state-help")));
        }
        for state in &workflow.states {
            let Inside::One(initial) = state.inside else { continue };
            let initial = workflow.state(initial);
            if initial.done {
                let message = Message::new("initial-done", [&state.name, &initial.name]);
                let finding = Diagnostic::error(Code::NoInitialState, initial.span, message);
                found.push(finding.help(Message::plain("no-initial-state-help")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn a_case_does_not_begin_where_it_ends() {
        check(
            Code::NoInitialState,
            &[
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    states:\n      a: {done: yes}\n",
                    &[(6, "a")],
                ),
                (
                    "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    states:\n      a:\n        completed: b\n        states:\n          c: {done: yes}\n      b: {done: yes}\n",
                    &[(9, "c")],
                ),
                ("subjects: {o: {}}\nworkflows:\n  w: {subject: o}\n", &[]),
            ],
        );
    }
}
