//! Which clauses something executable stands behind, and which nothing implements yet.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::Policy;

/// How far a policy implements its regulation, by clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Clauses that an element of the policy cites.
    pub implemented: Vec<Arc<str>>,
    /// Clauses that bind somebody and that nothing cites yet.
    pub missing: Vec<Arc<str>>,
    /// Clauses marked as not executable, with a reason in the policy.
    pub not_executable: Vec<Arc<str>>,
    /// Clauses that bind nobody: purpose, scope and the like.
    pub binding_nobody: Vec<Arc<str>>,
}

impl Policy {
    /// Sorts the clauses by whether anything implements them.
    pub fn coverage(&self) -> Coverage {
        let cited: BTreeSet<usize> =
            self.model.citations.iter().map(|citation| citation.clause.idx()).collect();
        let mut coverage = Coverage::default();
        for (idx, clause) in self.model.clauses.iter().enumerate() {
            let list = if cited.contains(&idx) {
                &mut coverage.implemented
            } else if clause.not_executable.is_some() {
                &mut coverage.not_executable
            } else if clause.force.is_none() {
                &mut coverage.binding_nobody
            } else {
                &mut coverage.missing
            };
            list.push(clause.id.clone());
        }
        coverage
    }
}
