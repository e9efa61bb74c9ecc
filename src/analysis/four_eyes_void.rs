//! A `four_eyes` that names an event which never comes before: it keeps nobody out.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{EventId, EventOrigin, Model, Opens, StateId, Workflow};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for (idx, event) in model.events.iter().enumerate() {
        let Some(four_eyes) = &event.four_eyes else { continue };
        let is_own = |id: EventId| id.idx() == idx;
        if model.raises().any(|raise| is_own(raise.event)) {
            let message = Message::new("four-eyes-raised", [&event.name]);
            found.push(
                Diagnostic::warning(Code::FourEyesVoid, four_eyes.span, message)
                    .help(Message::plain("four-eyes-raised-help")),
            );
        }
        for of in &four_eyes.of {
            let other = model.event(*of);
            if other.origin == EventOrigin::Opened {
                continue;
            }
            let mut together =
                model.workflows.iter().filter(|workflow| workflow.kind == event.kind).filter(|workflow| {
                    workflow.events.contains(of) && workflow.events.iter().any(|id| is_own(*id))
                });
            if together.any(|workflow| comes_before(workflow, |id| id == *of, is_own)) {
                continue;
            }
            let message = Message::new("four-eyes-never", [&other.name, &event.name]);
            let finding = Diagnostic::warning(Code::FourEyesVoid, four_eyes.span, message);
            found.push(finding.also(other.span, Message::plain("declared-here")));
        }
    }
}

/// Whether a case may take one event and later another.
fn comes_before(
    workflow: &Workflow,
    first: impl Fn(EventId) -> bool,
    second: impl Fn(EventId) -> bool,
) -> bool {
    let opens = matches!(workflow.opens, Opens::On(event, _) if first(event));
    let anywhere = |event: &dyn Fn(EventId) -> bool| {
        workflow.on_event.iter().any(|(id, _)| event(*id))
            || workflow.clocks.iter().any(|clock| {
                let lists = [&clock.starts, &clock.stops, &clock.cancelled_by, &clock.pauses, &clock.resumes];
                lists.into_iter().flatten().any(|id| event(*id))
            })
    };
    if opens || workflow.states.is_empty() || anywhere(&first) || anywhere(&second) {
        return true;
    }
    let taking = |event: &dyn Fn(EventId) -> bool| -> Vec<StateId> {
        let takes = |idx: usize| {
            let state = workflow.states.get(idx)?;
            let takes = state.on_event.iter().any(|(id, _)| event(*id));
            takes.then_some(StateId(u16::try_from(idx).ok()?))
        };
        (0..workflow.states.len()).filter_map(takes).collect()
    };
    let later = taking(&second);
    taking(&first).iter().any(|state| {
        let reached = workflow.graph.reachable_from(*state);
        later.iter().any(|later| later == state || reached.iter().any(|reached| reached == later))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn what_is_compared_comes_before() {
        let head = "subjects: {o: {opened_by: r}}\nroles: {r: {held_by: [li, wu]}}\nworkflows:\n  w:\n    subject: o\n    events: {a: {by: r}, b: {by: r, four_eyes: c}, c: {by: r}}\n";
        let policy = |states: &str| format!("{head}    states:\n{states}");
        check(
            Code::FourEyesVoid,
            &[
                (
                    &policy(
                        "      x: {on_event: {a: y}}\n      y: {on_event: {b: z}}\n      z: {on_event: {c: end}}\n      end: {done: yes}\n",
                    ),
                    &[(6, "c")],
                ),
                (
                    &policy(
                        "      x: {on_event: {a: y}}\n      y: {on_event: {c: z}}\n      z: {on_event: {b: end}}\n      end: {done: yes}\n",
                    ),
                    &[],
                ),
                (
                    &policy(
                        "      x: {on_event: {a: y}}\n      y: {on_event: {b: z}}\n      z: {on_event: {c: x}}\n",
                    ),
                    &[],
                ),
                (
                    &policy(
                        "      x: {on_event: {a: y, c: y}}\n      y: {effects: [{raise: b}], on_event: {b: x}}\n",
                    ),
                    &[(6, "c")],
                ),
            ],
        );
    }
}
