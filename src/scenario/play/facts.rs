//! What a run went through: states, moves, clauses, refusals.

use std::sync::Arc;

use crate::engine::{Entry, Step};
use crate::model::{ClauseId, Model};
use crate::scenario::Facts;

/// What steps went through.
pub fn of(model: &Model, steps: &[(Arc<str>, Step)]) -> Facts {
    let mut facts = Facts::default();
    for (_, step) in steps {
        gather(model, step, &mut facts);
    }
    facts
}

fn gather(model: &Model, step: &Step, facts: &mut Facts) {
    for entry in &step.trace.entries {
        match entry {
            Entry::Judged { record, outcome } => {
                let Some(refusal) = outcome.refusal() else { continue };
                facts.refusals.insert(refusal.reason().into());
                let kind = model.split_subject(&record.subject).map(|(kind, _)| model.kind(kind));
                let event = kind.and_then(|kind| kind.events.get(&record.event)).map(|id| model.event(*id));
                cite(model, event.and_then(|event| event.clause), facts);
            }
            Entry::Opened { workflow, .. } => {
                let workflow = model.workflow(*workflow);
                cite(model, workflow.clauses.iter().copied(), facts);
                if let Some(initial) = workflow.states.first() {
                    facts.states.insert(format!("{}.{}", workflow.name, initial.name).into());
                }
            }
            Entry::Guard { clause, .. } => cite(model, *clause, facts),
            Entry::FourEyes { .. } => {}
            Entry::Permission { permission, .. } => cite(model, model.permission(*permission).clause, facts),
            Entry::Bound { workflow, state, .. } => {
                let workflow = model.workflow(*workflow);
                let clauses = &workflow.state(*state).clauses;
                let clauses = if clauses.is_empty() { &workflow.clauses } else { clauses };
                cite(model, clauses.iter().copied(), facts);
            }
            Entry::Moved(moved) => {
                facts.clauses.extend(moved.clauses.iter().cloned());
                let workflow: Arc<str> = moved.case.split('/').next().unwrap_or("").into();
                for to in moved.to.iter() {
                    facts.states.insert(format!("{workflow}.{to}").into());
                    for from in moved.from.iter() {
                        facts.transitions.insert((workflow.clone(), from.clone(), to.clone()));
                    }
                }
            }
            Entry::Clock(change) => facts.clauses.extend(change.clause.iter().cloned()),
            Entry::Effect(effect) => facts.clauses.extend(effect.clause.iter().cloned()),
            Entry::Compensated { workflow, state, .. } => {
                cite(model, model.workflow(*workflow).state(*state).clauses.iter().copied(), facts);
            }
            Entry::Assigned { .. } => {}
            Entry::Scored { result, .. } => {
                let card = model.scorecard(result.card);
                cite(model, card.clauses.iter().copied(), facts);
                cite(model, card.indicators.iter().filter_map(|indicator| indicator.clause), facts);
            }
            Entry::Table { table, .. } => cite(model, model.table(*table).clauses.iter().copied(), facts),
            Entry::Duty { clause, .. } => cite(model, *clause, facts),
        }
    }
    if let Some(refusal) = step.outcome.refusal() {
        facts.refusals.insert(refusal.reason().into());
    }
}

fn cite(model: &Model, clauses: impl IntoIterator<Item = ClauseId>, facts: &mut Facts) {
    facts.clauses.extend(clauses.into_iter().map(|clause| model.clause(clause).id.clone()));
}
