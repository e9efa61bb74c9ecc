//! How states and clocks of cases are named, those that only an earlier graph has included.

use super::Words;
use crate::model::Workflow;

impl<'a> Words<'a> {
    /// The graphs of a case's workflow: the newest first, then those of earlier revisions, the latest first.
    pub fn graphs(&self, case: &str) -> impl Iterator<Item = &'a Workflow> + use<'a> {
        let name = case.split('/').next().unwrap_or(case).to_owned();
        let newest = self.model.find_workflow(&name);
        let model = self.model;
        let of_name = move |workflow: &&Workflow| *workflow.name == *name && workflow.line.head.is_some();
        newest.map(|id| model.workflow(id)).into_iter().chain(model.workflows.iter().rev().filter(of_name))
    }

    /// A state of a case by its label; one that only an earlier graph has by the label there.
    pub fn state(&self, case: &str, state: &str) -> String {
        let known = self.graphs(case).find_map(|graph| Some(graph.state(graph.find_state(state)?)));
        self.name(known.and_then(|state| state.label.as_ref()), state)
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
