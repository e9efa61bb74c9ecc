//! Where a subject stands now.

use super::due;
use super::words::Words;
use crate::engine::State;
use crate::model::StateId;
use crate::value::Value;

/// The subject and its kind, its fields, its cases, what is due and how that was counted.
pub(super) fn explain(words: &Words<'_>, state: &State) -> String {
    let mut out = about(words, state);
    for item in crate::engine::due(words.model, state) {
        out.push_str(&format!("  {}\n", due::explain(words, &item)));
        if let Some(counted) = due::counted(words, state, &item) {
            out.push_str(&format!("    {counted}\n"));
        }
    }
    out
}

/// The subject and its kind, its fields, its cases, and decisions that lost their ground.
pub(super) fn about(words: &Words<'_>, state: &State) -> String {
    let kind = words.model.kind(state.kind);
    let kind_name = words.name(kind.label.as_ref(), &kind.name);
    let mut out = words.in_brackets(&state.subject, &kind_name);
    if state.opened.is_none() {
        out.push_str(&words.plain("explain-not-opened"));
    }
    out.push('\n');
    let fields: Vec<String> = kind
        .fields
        .iter()
        .zip(&state.fields)
        .filter(|(_, value)| !matches!(value, Value::Absent))
        .map(|(field, value)| {
            format!("{} {}", words.name(field.label.as_ref(), &field.name), words.value_of(&field.ty, value))
        })
        .collect();
    if !fields.is_empty() {
        out.push_str(&format!("  {}\n", words.list(fields)));
    }
    for case in &state.cases {
        let workflow = words.model.workflow(case.workflow);
        if workflow.states.len() == 1 {
            continue; // A workflow that only listens has no states worth a word.
        }
        let name = words.case(&workflow.case_names.get(case.number));
        let active: Vec<StateId> = case.configuration.iter().map(|(state, _)| *state).collect();
        let states = words.states_of(workflow, &active);
        let since = case.configuration.iter().map(|(_, since)| *since).max().unwrap_or(case.opened);
        let key = if case.closed.is_some() { "explain-case-closed" } else { "explain-case-stands" };
        let line = words.say(key, [name, states, words.instant(case.closed.unwrap_or(since))]);
        out.push_str(&format!("  {line}\n"));
    }
    for lost in &state.ground_lost {
        let line = words.say("explain-ground-lost", [&lost.decision, &lost.then, &lost.now]);
        out.push_str(&format!("  {line}\n"));
    }
    out
}
