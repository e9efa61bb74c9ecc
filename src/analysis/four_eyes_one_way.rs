//! A `four_eyes` between events of parallel regions that only one of them names: who acts in the other order escapes it.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{EventId, Inside, Model, StateId, Workflow};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for (idx, event) in model.events.iter().enumerate() {
        let Some(four_eyes) = &event.four_eyes else { continue };
        let is_own = |id: &EventId| id.idx() == idx;
        for of in &four_eyes.of {
            let other = model.event(*of);
            if other.four_eyes.as_ref().is_some_and(|back| back.of.iter().any(is_own)) {
                continue;
            }
            let beside = |workflow: &Workflow| {
                let (own, others) = (taking(workflow, is_own), taking(workflow, |id| id == of));
                own.iter().any(|own| others.iter().any(|other| in_two_regions(workflow, *own, *other)))
            };
            if !model.workflows.iter().any(|workflow| workflow.kind == event.kind && beside(workflow)) {
                continue;
            }
            let message = Message::new("four-eyes-one-way", [&event.name, &other.name]);
            found.push(
                Diagnostic::warning(Code::FourEyesOneWay, four_eyes.span, message)
                    .also(other.span, Message::plain("declared-here"))
                    .help(Message::new("four-eyes-one-way-help", [&other.name, &event.name])),
            );
        }
    }
}

/// The states with a transition by an event.
fn taking(workflow: &Workflow, event: impl Fn(&EventId) -> bool) -> Vec<StateId> {
    let states = workflow.states.iter().zip(0..);
    let takes = states.filter(|(state, _)| state.on_event.iter().any(|(id, _)| event(id)));
    takes.map(|(_, idx)| StateId(idx)).collect()
}

/// Whether two states lie in different regions of one parallel state.
fn in_two_regions(workflow: &Workflow, one: StateId, other: StateId) -> bool {
    let parallel = workflow.states.iter().filter(|state| state.inside == Inside::All);
    let region_of = |regions: &[StateId], state: StateId| {
        regions.iter().copied().find(|region| workflow.is_within(state, *region))
    };
    parallel
        .map(|outer| (region_of(&outer.children, one), region_of(&outer.children, other)))
        .any(|regions| matches!(regions, (Some(one), Some(other)) if one != other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn parallel_acts_name_each_other() {
        let policy = |first: &str, states: &str| {
            format!(
                "subjects: {{o: {{opened_by: r}}}}\nroles: {{r: {{held_by: [li, wu]}}}}\nworkflows:\n  w:\n    subject: o\n    events: {{a: {{by: r{first}}}, b: {{by: r, four_eyes: a}}}}\n    states:\n{states}      end: {{done: yes}}\n"
            )
        };
        let parallel = "      both:\n        parallel: yes\n        completed: end\n        states:\n          left: {states: {x: {on_event: {a: y}}, y: {done: yes}}}\n          right: {states: {v: {on_event: {b: z}}, z: {done: yes}}}\n";
        let in_turn = "      x: {on_event: {a: y}}\n      y: {on_event: {b: end}}\n";
        check(
            Code::FourEyesOneWay,
            &[
                (&policy("", parallel), &[(6, "a")]),
                (&policy(", four_eyes: b", parallel), &[]),
                (&policy("", in_turn), &[]),
            ],
        );
        check(Code::FourEyesVoid, &[(&policy(", four_eyes: b", parallel), &[])]);
    }
}
