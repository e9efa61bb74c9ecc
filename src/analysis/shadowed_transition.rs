//! A transition that is never taken: an earlier one in its list always holds, or its own condition never does.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Model, Transition};
use crate::value::Value;

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for workflow in &model.workflows {
        let of_states = workflow.states.iter().flat_map(|state| &state.on_event);
        let of_events = of_states.chain(&workflow.on_event).map(|(_, list)| list);
        for list in of_events.chain(workflow.states.iter().map(|state| &state.completed)) {
            in_list(list, found);
        }
    }
}

fn in_list(list: &[Transition], found: &mut Vec<Diagnostic>) {
    let mut always: Option<&Transition> = None;
    for transition in list {
        let constant = transition.guard.as_ref().and_then(|guard| guard.code.constant());
        if let Some(first) = always {
            let message = Message::plain("shadowed-transition");
            let finding = Diagnostic::error(Code::ShadowedTransition, transition.span, message);
            found.push(finding.also(first.span, Message::plain("always-before")));
        } else if constant == Some(&Value::Boolean(false)) {
            let span = transition.guard.as_ref().map_or(transition.span, |guard| guard.written.span);
            found.push(Diagnostic::error(Code::ShadowedTransition, span, Message::plain("never-holds")));
        } else if transition.guard.is_none() || constant == Some(&Value::Boolean(true)) {
            always = Some(transition);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn nothing_may_stand_behind_a_transition_that_always_holds() {
        let rows: &[(&str, &[(u32, &str)])] = &[
            (
                "subjects: {o: {fields: {n: integer}}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a:\n        on_event:\n          go:\n            - otherwise: b\n            - {if: o.n > 1, to: a}\n      b: {done: yes}\n",
                &[(11, "{if: o.n > 1, to: a}")],
            ),
            (
                "subjects: {o: {fields: {n: integer}}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    states:\n      a:\n        on_event:\n          go:\n            - {if: 1 > 2, to: b}\n            - {if: o.n > 1, to: b}\n            - {otherwise: record_only}\n      b: {done: yes}\n",
                &[(10, "1 > 2")],
            ),
        ];
        check(Code::ShadowedTransition, rows);
    }
}
