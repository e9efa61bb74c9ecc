//! A clause that binds and that no element cites.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{ClauseId, Model};

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    let cited: BTreeSet<ClauseId> = model.citations.iter().map(|citation| citation.clause).collect();
    for (idx, clause) in model.clauses.iter().enumerate() {
        let binds = clause.force.is_some() && clause.not_executable.is_none();
        if binds && !cited.iter().any(|id| id.idx() == idx) {
            let message = Message::new("clause-not-implemented", [&clause.id, &clause.title.own]);
            found.push(Diagnostic::note(Code::ClauseNotImplemented, clause.span, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn a_binding_clause_is_cited_somewhere() {
        check(
            Code::ClauseNotImplemented,
            &[(
                "clauses:\n  \"1\": {title: a}\n  \"2\": {title: b, force: must}\n  \"3\": {title: c, force: must}\n  \"4\": {title: d, force: may, executable: no, reason: e}\nparameters: {p: {clause: \"3\", value: 1}}\n",
                &[(3, "\"2\"")],
            )],
        );
    }
}
