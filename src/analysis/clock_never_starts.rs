//! A clock that nothing starts: it stands in a state where the case ends, or waits for an event that comes before the case.

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{EventOrigin, Model};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    for workflow in &model.workflows {
        for clock in &workflow.clocks {
            let done = clock.state.map(|state| workflow.state(state)).filter(|state| state.done);
            let only_opened = !clock.starts.is_empty()
                && clock.starts.iter().all(|event| model.event(*event).origin == EventOrigin::Opened);
            let message = match done {
                Some(state) => Message::new("clock-in-done-state", [&clock.name, &state.name]),
                None if only_opened => Message::new("clock-starts-opened", [&clock.name]),
                None => continue,
            };
            found.push(Diagnostic::error(Code::ClockNeverStarts, clock.span, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn clocks_of_done_states_and_of_the_opening_never_start() {
        check(
            Code::ClockNeverStarts,
            &[(
                "subjects: {o: {}}\nworkflows:\n  w:\n    subject: o\n    events: {go: {}}\n    clocks:\n      early: {within: 1 wall hours, starts: opened}\n      good: {within: 1 wall hours, starts: go}\n      whole: {within: 1 wall hours}\n    states:\n      a: {on_event: {go: b}}\n      b:\n        done: yes\n        clocks:\n          late: {within: 1 wall hours}\n",
                &[(7, "early"), (15, "late")],
            )],
        );
    }
}
