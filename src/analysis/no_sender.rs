//! An event that anybody may send although it moves a case: whoever it concerns could send it for himself.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Clock, EventId, EventOrigin, Goal, Kind, Model, Opens, RoleKind, Transition, Workflow};
use crate::source::Span;

/// A policy without roles has nobody to name. An event that an effect raises is sent by the engine.
pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    if model.roles.is_empty() {
        return;
    }
    let anyone = model.roles.iter().find(|role| matches!(role.kind, RoleKind::Anyone));
    for (idx, event) in model.events.iter().enumerate() {
        if !event.by.is_empty() || event.origin != EventOrigin::Declared {
            continue;
        }
        let is_event = |id: EventId| id.idx() == idx;
        if model.raises().any(|raise| is_event(raise.event)) {
            continue;
        }
        let place = moves(model, is_event).or(event.decision.then_some(event.span));
        let Some(place) = place else { continue };
        let finding =
            Diagnostic::warning(Code::NoSender, event.span, Message::new("no-sender", [&event.name]));
        let finding =
            if place == event.span { finding } else { finding.also(place, Message::plain("no-sender-here")) };
        found.push(finding.help(match anyone {
            Some(role) => Message::new("no-sender-help-role", [&role.name]),
            None => Message::plain("no-sender-help"),
        }));
    }
    changed_by_anybody(model, found);
}

/// A person whose fields anybody may change could change them himself: his own manager, his own position.
fn changed_by_anybody(model: &Model, found: &mut Vec<Diagnostic>) {
    let open = |kind: &&Kind| kind.person && kind.fields.iter().any(|field| field.changed_by.is_empty());
    for kind in model.kinds.iter().filter(open) {
        let mut events = kind.events.values().map(|id| model.event(*id));
        if events.any(|event| event.origin == EventOrigin::Changed && event.by.is_empty()) {
            let finding =
                Diagnostic::warning(Code::NoSender, kind.span, Message::new("no-changer", [&kind.name]));
            found.push(finding.help(Message::plain("no-changer-help")));
        }
    }
}

/// Where an event does more than stand in the records: it moves or opens a case, has effects, ends a clock, does a duty.
fn moves(model: &Model, is_event: impl Fn(EventId) -> bool) -> Option<Span> {
    let ends = |events: &[EventId]| events.iter().any(|event| is_event(*event));
    let of_workflows = model.workflows.iter().find_map(|workflow| {
        let transitions = transitions(workflow).filter(|(event, _)| is_event(*event));
        let moved = transitions.map(|(_, transition)| transition).find(|transition| match transition.goal {
            Goal::State(_) => true,
            Goal::Stay => !transition.effects.is_empty(),
            Goal::Refuse(_) => false,
        });
        let lists = |clock: &Clock| {
            [&clock.stops, &clock.cancelled_by, &clock.pauses, &clock.resumes]
                .into_iter()
                .any(|list| ends(list))
        };
        let stopped = || workflow.clocks.iter().find(|clock| lists(clock));
        let opened = matches!(workflow.opens, Opens::On(event, _) if is_event(event));
        moved
            .map(|transition| transition.span)
            .or_else(|| stopped().map(|clock| clock.span))
            .or(opened.then_some(workflow.span))
    });
    let of_duties = || model.duties.iter().find(|duty| ends(&duty.done_by)).map(|duty| duty.span);
    of_workflows.or_else(of_duties)
}

fn transitions(workflow: &Workflow) -> impl Iterator<Item = (EventId, &Transition)> {
    let of_states = workflow.states.iter().flat_map(|state| &state.on_event);
    let lists = of_states.chain(&workflow.on_event);
    lists.flat_map(|(event, list)| list.iter().map(|transition| (*event, transition)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    const WORKFLOW: &str = "subjects: {o: {fields: {a: {type: integer, optional: yes}}}}\nworkflows:\n  w:\n    subject: o\n    events:\n";
    const STATES: &str = "    states:\n      s:\n        on_event: {named: t, open_to_all: t, sent: t, noted: record_only, set: [{otherwise: record_only, effects: [{assign: {a: 1}}]}], refused: [{refuse: no}], called: t}\n        effects: [{raise: called}]\n      t: {done: yes}\n    clocks: {k: {starts: noted, within: 1 wall hours, stops: stopped}}\n";

    #[test]
    fn an_event_that_moves_a_case_names_its_senders() {
        let events = "      named: {by: r}\n      open_to_all: {by: all}\n      sent: {}\n      noted: {}\n      set: {}\n      refused: {}\n      called: {}\n      stopped: {}\n      settled: {decision: yes}\n";
        let with_roles = "roles: {r: {held_by: [li]}, all: {anyone: yes}}\n";
        let rest = "    on_event: {settled: record_only}\n";
        check(
            Code::NoSender,
            &[
                (
                    &format!("{WORKFLOW}{events}{STATES}{rest}{with_roles}"),
                    &[(8, "sent"), (10, "set"), (13, "stopped"), (14, "settled")],
                ),
                (
                    "subjects: {o: {}}\nworkflows: {w: {subject: o, events: {e: {}}, states: {s: {on_event: {e: t}}, t: {done: yes}}}}\n",
                    &[],
                ),
            ],
        );
    }

    #[test]
    fn a_person_with_fields_names_who_may_change_them() {
        check(
            Code::NoSender,
            &[
                (
                    "subjects:\n  staff: {person: yes, fields: {rank: integer}}\nroles: {hr: {held_by: [li]}}\n",
                    &[(2, "staff")],
                ),
                (
                    "subjects:\n  staff: {person: yes, changed_by: hr, fields: {rank: integer}}\nroles: {hr: {held_by: [li]}}\n",
                    &[],
                ),
                (
                    "subjects:\n  staff: {person: yes, fields: {rank: {type: integer, changed_by: hr}}}\nroles: {hr: {held_by: [li]}}\n",
                    &[],
                ),
                (
                    "subjects:\n  staff: {person: yes, fields: {rank: {type: integer, changed_by: hr}, desk: text}}\nroles: {hr: {held_by: [li]}}\n",
                    &[(2, "staff")],
                ),
                ("subjects:\n  order: {fields: {rank: integer}}\nroles: {hr: {held_by: [li]}}\n", &[]),
                ("subjects:\n  staff: {person: yes, fields: {rank: integer}}\n", &[]),
            ],
        );
    }

    #[test]
    fn an_event_that_opens_a_case_or_does_a_duty_names_its_senders() {
        check(
            Code::NoSender,
            &[(
                "subjects: {o: {}}\nroles: {r: {held_by: [li]}}\nworkflows:\n  w: {subject: o, opens: {on: begun}, events: {begun: {}, done: {}}, on_event: {done: record_only}}\nduties: {x: {subject: o, every: month, due: last working day, done_by: done}}\n",
                &[(4, "begun"), (4, "done")],
            )],
        );
    }
}
