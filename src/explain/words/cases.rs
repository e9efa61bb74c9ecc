//! Names of cases, their states and their clocks.

use std::sync::Arc;

use super::Words;
use crate::model::{StateId, Workflow};

impl Words<'_> {
    /// A case by its label and number: `入职培训(第 2 次)`; the number only from the second on.
    pub fn case(&self, case: &str) -> String {
        let (workflow, number) = case.split_once('/').unwrap_or((case, "1"));
        let label = self.model.find_workflow(workflow).and_then(|id| self.model.workflow(id).label.as_ref());
        let name = self.name(label, workflow);
        if number == "1" { name } else { self.say("explain-nth-case", [name, number.to_owned()]) }
    }

    /// A state of a case by its label.
    pub fn state(&self, case: &str, state: &str) -> String {
        let workflow = case.split('/').next().unwrap_or(case);
        let label = self.model.find_workflow(workflow).and_then(|id| {
            let workflow = self.model.workflow(id);
            workflow.state(workflow.find_state(state)?).label.as_ref()
        });
        self.name(label, state)
    }

    /// States of a case by their labels: of states inside each other the innermost, after those around it in the list.
    pub fn states(&self, case: &str, states: &[Arc<str>]) -> String {
        let workflow = case.split('/').next().unwrap_or(case);
        let Some(workflow) = self.model.find_workflow(workflow).map(|id| self.model.workflow(id)) else {
            return self.list(states);
        };
        let ids: Vec<StateId> = states.iter().filter_map(|state| workflow.find_state(state)).collect();
        self.states_of(workflow, &ids)
    }

    /// As [`Words::states`], by id.
    pub fn states_of(&self, workflow: &Workflow, states: &[StateId]) -> String {
        let holds_one =
            |outer: StateId| states.iter().any(|state| *state != outer && workflow.is_within(*state, outer));
        let innermost = states.iter().copied().filter(|state| !holds_one(*state));
        self.list(innermost.map(|state| {
            let around = workflow.around(state).filter(|outer| states.contains(outer));
            let mut path: Vec<String> = [state]
                .into_iter()
                .chain(around)
                .map(|state| {
                    let state = workflow.state(state);
                    self.name(state.label.as_ref(), &state.name)
                })
                .collect();
            path.reverse();
            path.join(" › ")
        }))
    }

    /// A clock of a case by its label.
    pub fn clock(&self, case: &str, clock: &str) -> String {
        let workflow = case.split('/').next().unwrap_or(case);
        let label = self.model.find_workflow(workflow).and_then(|id| {
            let workflow = self.model.workflow(id);
            workflow.clock(workflow.find_clock(clock)?).label.as_ref()
        });
        self.name(label, clock)
    }
}
