//! How cases, their states and their clocks are named, those that only an earlier graph has included.

use std::sync::Arc;

use super::Words;
use crate::model::{StateId, Workflow};

impl<'a> Words<'a> {
    /// The graphs of a case's workflow: the newest first, then those of earlier revisions, the latest first.
    pub fn graphs(&self, case: &str) -> impl Iterator<Item = &'a Workflow> + use<'a> {
        let name = case.split('/').next().unwrap_or(case).to_owned();
        let newest = self.model.find_workflow(&name);
        let model = self.model;
        let of_name = move |workflow: &&Workflow| *workflow.name == *name && workflow.line.head.is_some();
        newest.map(|id| model.workflow(id)).into_iter().chain(model.workflows.iter().rev().filter(of_name))
    }

    /// A case by its label and number: `入职培训(第 2 次)`; the number only from the second on.
    pub fn case(&self, case: &str) -> String {
        let (workflow, number) = case.split_once('/').unwrap_or((case, "1"));
        let label = self.model.find_workflow(workflow).and_then(|id| self.model.workflow(id).label.as_ref());
        let name = self.name(label, workflow);
        if number == "1" { name } else { self.say("explain-nth-case", [name, number.to_owned()]) }
    }

    /// A state of a case by its label; one that only an earlier graph has by the label there.
    pub fn state(&self, case: &str, state: &str) -> String {
        let known = self.graphs(case).find_map(|graph| Some(graph.state(graph.find_state(state)?)));
        self.name(known.and_then(|state| state.label.as_ref()), state)
    }

    /// States of a case by their labels, told by the newest graph that has them all: of states inside each other the
    /// innermost, after those around it in the list.
    pub fn states(&self, case: &str, states: &[Arc<str>]) -> String {
        let of_graph = |graph: &'a Workflow| -> Option<(&'a Workflow, Vec<StateId>)> {
            let ids = states.iter().map(|state| graph.find_state(state)).collect::<Option<Vec<StateId>>>()?;
            Some((graph, ids))
        };
        match self.graphs(case).find_map(of_graph) {
            Some((graph, ids)) => self.states_of(graph, &ids),
            None => self.list(states.iter().map(|state| self.state(case, state))),
        }
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
        let known = self.graphs(case).find_map(|graph| Some(graph.clock(graph.find_clock(clock)?)));
        self.name(known.and_then(|clock| clock.label.as_ref()), clock)
    }

    /// What follows the name of a case that has the graph of an earlier revision; nothing for one of the newest.
    pub fn of_revision(&self, revision: Option<&str>) -> String {
        revision.map_or_else(String::new, |revision| self.say("explain-of-revision", [revision]))
    }
}
