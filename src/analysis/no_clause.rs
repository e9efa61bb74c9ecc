//! An element that cites no clause, in a policy that has clauses.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::Model;
use crate::source::Span;

pub(super) fn find(model: &Model, found: &mut Vec<Diagnostic>) {
    if model.clauses.is_empty() {
        return;
    }
    let mut silent = |section: &str, name: &str, span: Span| {
        let message = Message::new("no-clause", [section, name]);
        found.push(Diagnostic::note(Code::NoClause, span, message));
    };
    let mut sets: BTreeSet<&str> = BTreeSet::new();
    for parameter in model.parameters.iter().filter(|parameter| parameter.clause.is_none()) {
        match parameter.name.split_once('.') {
            // The members of a set have its clause; the set is told of once.
            Some((set, _)) if !sets.insert(set) => {}
            Some((set, _)) => silent("parameter_sets", set, parameter.span),
            None => silent("parameters", &parameter.name, parameter.span),
        }
    }
    for workflow in model.workflows.iter().filter(|workflow| workflow.clauses.is_empty()) {
        silent("workflows", &workflow.name, workflow.span);
    }
    for permission in model.permissions.iter().filter(|permission| permission.clause.is_none()) {
        silent("permissions", &permission.name, permission.span);
    }
    for card in model.scorecards.iter().filter(|card| card.clauses.is_empty()) {
        silent("scorecards", &card.name, card.span);
    }
    for table in model.tables.iter().filter(|table| table.clauses.is_empty()) {
        silent("tables", &table.name, table.span);
    }
    for duty in model.duties.iter().filter(|duty| duty.clause.is_none()) {
        silent("duties", &duty.name, duty.span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::check;

    #[test]
    fn elements_cite_clauses_where_there_are_any() {
        check(
            Code::NoClause,
            &[
                ("parameters: {p: {value: 1}}\n", &[]),
                (
                    "clauses: {\"1\": {title: a}}\nparameters: {p: {clause: \"1\", value: 1}}\nparameter_sets:\n  s: {versions: [{from: 2026-01-01, a: 1, b: 2}]}\nsubjects: {o: {}}\nworkflows:\n  w: {subject: o}\n",
                    &[(4, "a"), (7, "w")],
                ),
            ],
        );
    }
}
