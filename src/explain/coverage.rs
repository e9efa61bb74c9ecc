//! Which clauses something executable stands behind, and which nothing implements yet.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{ClauseId, Model, Policy, Transition};

/// How far a policy implements its regulation, by clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Clauses that something executable cites.
    pub implemented: Vec<Arc<str>>,
    /// Clauses that nothing executable cites yet.
    pub missing: Vec<Arc<str>>,
    /// Clauses marked as not executable, with a reason in the policy.
    pub not_executable: Vec<Arc<str>>,
}

impl Policy {
    /// Sorts the clauses by whether something executable cites them; a parameter alone does nothing and does not count.
    pub fn coverage(&self) -> Coverage {
        let cited = cited(&self.model);
        let mut coverage = Coverage::default();
        for (idx, clause) in self.model.clauses.iter().enumerate() {
            let is_cited = u16::try_from(idx).is_ok_and(|idx| cited.contains(&ClauseId(idx)));
            let list = if is_cited {
                &mut coverage.implemented
            } else if clause.not_executable.is_some() {
                &mut coverage.not_executable
            } else {
                &mut coverage.missing
            };
            list.push(clause.id.clone());
        }
        coverage
    }
}

/// Every clause that a workflow, permission, scorecard, measure, table, duty or event cites.
fn cited(model: &Model) -> BTreeSet<ClauseId> {
    let mut cited = BTreeSet::new();
    for workflow in &model.workflows {
        cited.extend(&workflow.clauses);
        cited.extend(workflow.clocks.iter().filter_map(|clock| clock.clause));
        of_transitions(&workflow.on_event, &mut cited);
        for state in &workflow.states {
            cited.extend(&state.clauses);
            of_transitions(&state.on_event, &mut cited);
        }
    }
    for card in &model.scorecards {
        cited.extend(&card.clauses);
        cited.extend(card.indicators.iter().filter_map(|indicator| indicator.clause));
    }
    for table in &model.tables {
        cited.extend(&table.clauses);
        cited.extend(table.rows.iter().filter_map(|row| row.clause));
    }
    cited.extend(model.permissions.iter().filter_map(|permission| permission.clause));
    cited.extend(model.measures.iter().filter_map(|measure| measure.clause));
    cited.extend(model.duties.iter().filter_map(|duty| duty.clause));
    cited.extend(model.events.iter().filter_map(|event| event.clause));
    cited
}

fn of_transitions<T>(on_event: &[(T, Vec<Transition>)], cited: &mut BTreeSet<ClauseId>) {
    cited.extend(on_event.iter().flat_map(|(_, list)| list).filter_map(|transition| transition.clause));
}
