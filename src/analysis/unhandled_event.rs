//! An event that is declared and that nothing takes: whoever sends it is refused.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Clock, EventId, EventOrigin, Model, Opens};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    let mut handled: BTreeSet<EventId> = BTreeSet::new();
    for workflow in &model.workflows {
        let of_states = workflow.states.iter().flat_map(|state| &state.on_event);
        handled.extend(of_states.chain(&workflow.on_event).map(|(event, _)| *event));
        handled.extend(workflow.clocks.iter().flat_map(Clock::events));
        if let Opens::On(event, _) = &workflow.opens {
            handled.insert(*event);
        }
    }
    handled.extend(model.duties.iter().flat_map(|duty| duty.done_by.iter().chain(duty.triggers())));
    for (idx, event) in model.events.iter().enumerate() {
        let taken = handled.iter().any(|id| id.idx() == idx);
        if event.origin == EventOrigin::Declared && !taken {
            let message = Message::new("unhandled-event", [&event.name]);
            let finding = Diagnostic::warning(Code::UnhandledEvent, event.span, message);
            found.push(finding.help(Message::plain("unhandled-event-help")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn an_event_is_handled_by_states_clocks_openings_and_duties() {
        check(
            Code::UnhandledEvent,
            &[(
                "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events:\n      a: {}\n      b: {}\n      c: {}\n      d: {}\n      e: {}\n      f: {}\n    opens: {on: c}\n    clocks: {k: {within: 1 wall hours, stops: b}}\n    on_event: {a: record_only}\nduties: {x: {subject: o, after: f, within: 1 wall hours, done_by: e}}\n",
                &[(9, "d")],
            )],
        );
    }
}
