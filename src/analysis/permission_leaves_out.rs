//! A permission that leaves out an event like those it covers: what it forbids can be done by the other name.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{EventDef, EventId, EventOrigin, Model, Permission, Workflow};

/// Signs that two names must begin with alike to be of one stem.
const STEM: usize = 5;

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for permission in &model.permissions {
        for workflow in &model.workflows {
            for id in workflow.events.iter().filter(|id| !permission.covers.contains(id)) {
                if let Some(covered) = like(model, permission, workflow, *id) {
                    let (event, kind) = (model.event(*id), &model.kind(workflow.kind).name);
                    let path = |event: &EventDef| format!("{kind}.{}", event.name);
                    let args = [permission.name.to_string(), path(covered), path(event)];
                    let finding = Diagnostic::warning(
                        Code::PermissionLeavesOut,
                        permission.span,
                        Message::new("permission-leaves-out", args),
                    );
                    let finding = finding.also(event.span, Message::plain("declared-here"));
                    found.push(finding.help(Message::new("permission-leaves-out-help", [path(event)])));
                }
            }
        }
    }
}

/// The event that a permission covers and that another of the workflow is like.
fn like<'m>(
    model: &'m Model,
    permission: &Permission,
    workflow: &Workflow,
    id: EventId,
) -> Option<&'m EventDef> {
    let event = model.event(id);
    if event.origin != EventOrigin::Declared || event.by.is_empty() {
        return None;
    }
    permission
        .covers
        .iter()
        .filter(|covered| workflow.events.contains(covered))
        .find(|covered| {
            let sibling = model.event(**covered);
            sibling.by == event.by
                && (same_stem(&sibling.name, &event.name) || same_clock(workflow, **covered, id))
        })
        .map(|covered| model.event(*covered))
}

fn same_stem(one: &str, two: &str) -> bool {
    let alike = one.chars().zip(two.chars()).take_while(|(one, two)| one == two).count();
    let needed = if one.is_ascii() { STEM } else { 2 };
    alike >= needed.min(one.chars().count())
}

/// Whether both start a clock, or both end it.
fn same_clock(workflow: &Workflow, one: EventId, two: EventId) -> bool {
    workflow.clocks.iter().any(|clock| {
        [&clock.starts, &clock.stops].into_iter().any(|list| list.contains(&one) && list.contains(&two))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn siblings_are_covered_together() {
        let head = "subjects: {s: {person: yes, changed_by: r, fields: {fit: boolean}}, o: {}}\nroles: {r: {held_by: [li]}, q: {held_by: [li]}}\nworkflows:\n  w:\n    subject: o\n    events: {replied: {by: r}, replied_again: {by: r}, answered: {by: r}, reply_seen: {by: q}, asked: {by: q}}\n    on_event: {replied_again: record_only, reply_seen: record_only}\n    clocks: {k: {within: 1 wall hours, starts: asked, stops: [replied, answered]}}\n";
        let policy =
            |covers: &str| format!("{head}permissions:\n  p: {{covers: {covers}, only_if: actor.fit}}\n");
        check(
            Code::PermissionLeavesOut,
            &[
                (&policy("o.replied"), &[(10, "p"), (10, "p")]),
                (&policy("[o.replied, o.replied_again]"), &[(10, "p")]),
                (&policy("[o.replied, o.replied_again, o.answered]"), &[]),
                (&policy("o.asked"), &[]),
            ],
        );
    }
}
