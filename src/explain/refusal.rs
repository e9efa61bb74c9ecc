//! Why the rules said no, and what to do about it.

use std::sync::Arc;

use super::words::{Setting, Words};
use crate::engine::Refusal;
use crate::lang::Lang;

/// The reason, the clause, whose turn it is, and the next step, in one paragraph.
///
/// What the policy's author has it say comes first and says it all; the catalogue adds only what the author left out.
pub(super) fn explain(words: &Words<'_>, refusal: &Refusal, setting: Option<Setting<'_>>) -> String {
    let setting = setting.unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    if let Some(said) = refusal.said() {
        let text = match (words.lang, &said.en) {
            (Lang::En, Some(en)) => en,
            _ => &said.own,
        };
        let mut text = with_labels(words, text);
        if !text.ends_with(['。', '.', '!', '?', '!', '?']) {
            text.push_str(&words.plain("explain-stop"));
        }
        parts.push(text);
    }
    let reason = reason(words, refusal, setting);
    let told = refusal.said().is_some() && matches!(refusal, Refusal::Guard { .. });
    if !told {
        parts.push(reason);
        if refusal.said().is_none() {
            parts.push(next(words, refusal, setting));
        }
    }
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    format!("{}{}", text.join(words.space()), clauses(words, refusal))
}

/// A text of the engine names scorecards by id; people know them by label.
fn with_labels(words: &Words<'_>, text: &str) -> String {
    let mut text = text.to_owned();
    for card in &words.model.scorecards {
        let label = words.name(card.label.as_ref(), &card.name);
        text =
            text.replace(&format!("「{}」", card.name), &label).replace(&format!("`{}`", card.name), &label);
    }
    text
}

/// What an act is held against: an event, or a path that names somebody.
pub(super) fn held_against(words: &Words<'_>, against: &str, setting: Setting<'_>) -> String {
    match against.contains('.') {
        true => words.path(against, setting),
        false => words.event(setting.kind, against),
    }
}

fn reason(words: &Words<'_>, refusal: &Refusal, setting: Setting<'_>) -> String {
    let quoted = |list: &[Arc<str>]| words.list(list.iter().map(|word| words.quote(word)));
    match refusal {
        Refusal::UnknownEvent { event, near } if near.is_empty() => {
            words.say("explain-refused-unknown-event", [words.quote(event)])
        }
        Refusal::UnknownEvent { event, near } => {
            words.say("explain-refused-unknown-event-near", [words.quote(event), quoted(near)])
        }
        Refusal::UnknownSubject { subject } => {
            words.say("explain-refused-unknown-subject", [words.quote(subject)])
        }
        Refusal::WrongShape { field, expected, found } => {
            let slot = setting.event.and_then(|def| def.data.iter().find(|slot| slot.name == *field));
            let name = words.name(slot.and_then(|slot| slot.label.as_ref()), field);
            let expected = words.expected(slot.map(|slot| &slot.ty), expected);
            let found =
                if found.as_ref() == "—" { words.plain("explain-not-written") } else { found.to_string() };
            words.say("explain-refused-wrong-shape", [name, expected, found])
        }
        Refusal::Horizon { at, latest } => {
            words.say("explain-refused-horizon", [words.instant(*at), words.instant(*latest)])
        }
        Refusal::Conflict { id } => words.say("explain-refused-conflict", [words.quote(id)]),
        Refusal::NotOpen { state: None } => words.plain("explain-refused-not-open"),
        Refusal::NotOpen { state: Some(state) } => {
            words.say("explain-refused-done", [any_state(words, state)])
        }
        Refusal::NotInThisState { workflow, state, takes } => {
            let takes = words.list(takes.iter().map(|event| words.event(setting.kind, event)));
            let takes = if takes.is_empty() { words.plain("explain-nothing") } else { takes };
            words.say(
                "explain-refused-not-in-this-state",
                [words.case(workflow), words.state(workflow, state), takes],
            )
        }
        Refusal::TooEarly { state, needed, so_far, .. } => words.say(
            "explain-refused-too-early",
            [any_state(words, state), words.quantity(needed), words.quantity(so_far)],
        ),
        Refusal::Guard { tried, .. } if tried.is_empty() => words.plain("explain-refused-no-way"),
        Refusal::Guard { tried, .. } => words.say("explain-refused-guard", [quoted(tried)]),
        Refusal::Undecided { path } => words.say("explain-refused-undecided", [words.path(path, setting)]),
        Refusal::NotPermitted { permission, condition, against, .. } => {
            let label = words
                .model
                .find_permission(permission)
                .and_then(|id| words.model.permission(id).label.as_ref());
            let name = words.name(label, permission);
            let text = words.say("explain-refused-not-permitted", [name, condition.to_string()]);
            match against {
                Some(person) => format!("{text}{}", words.say("explain-logged-against", [person])),
                None => text,
            }
        }
        Refusal::WrongRole { actor, on_behalf_of, needed, field } => {
            let needed = words.list(needed.iter().map(|role| words.role_with_holders(role, setting.at)));
            let needed = if needed.is_empty() { words.plain("explain-substitute") } else { needed };
            match (actor, on_behalf_of, field) {
                (None, ..) => words.say("explain-refused-nobody", [needed]),
                (Some(actor), Some(absent), _) => words
                    .say("explain-refused-no-substitute", [actor.to_string(), absent.to_string(), needed]),
                (Some(actor), None, Some(field)) => {
                    let field = words.field(setting.kind, field);
                    words.say("explain-refused-wrong-role-field", [actor.to_string(), field, needed])
                }
                (Some(actor), ..) => words.say("explain-refused-wrong-role", [actor.to_string(), needed]),
            }
        }
        Refusal::FourEyes { person, against, known } => {
            let named = against.contains('.');
            let key = if named { "explain-refused-four-eyes-named" } else { "explain-refused-four-eyes" };
            let against = held_against(words, against, setting);
            match (person, known) {
                (Some(person), true) => words.say(key, [person.to_string(), against]),
                (Some(person), false) => {
                    words.say("explain-refused-four-eyes-shared", [person.to_string(), against])
                }
                (None, _) => words.say("explain-refused-four-eyes-nobody", [against]),
            }
        }
        Refusal::Decided => words.plain("explain-refused-decided"),
    }
}

/// What to do next, where the author has not said it.
fn next(words: &Words<'_>, refusal: &Refusal, setting: Setting<'_>) -> String {
    match refusal {
        Refusal::UnknownEvent { .. } | Refusal::UnknownSubject { .. } | Refusal::WrongShape { .. } => {
            words.plain("explain-next-sender")
        }
        Refusal::Horizon { .. } => words.plain("explain-next-horizon"),
        Refusal::Conflict { .. } => words.plain("explain-next-conflict"),
        Refusal::NotOpen { .. } => words.plain("explain-next-not-open"),
        Refusal::NotInThisState { .. } => words.plain("explain-next-state"),
        Refusal::TooEarly { .. } => words.plain("explain-next-too-early"),
        Refusal::Guard { .. } => words.plain("explain-next-guard"),
        Refusal::Undecided { path } => words.say("explain-next-undecided", [words.path(path, setting)]),
        Refusal::NotPermitted { .. } => words.plain("explain-next-not-permitted"),
        Refusal::WrongRole { .. } => words.plain("explain-next-wrong-role"),
        Refusal::FourEyes { .. } => words.plain("explain-next-four-eyes"),
        // The reason says it already.
        Refusal::Decided => String::new(),
    }
}

/// A state whose workflow is not told: the first that has it gives the label.
fn any_state(words: &Words<'_>, state: &str) -> String {
    let workflow = words.model.workflows.iter().find(|workflow| workflow.find_state(state).is_some());
    match workflow {
        Some(workflow) => words.state(&workflow.name, state),
        None => words.quote(state),
    }
}

/// The clause that a refusal itself carries; guards carry theirs in the trace.
fn clauses(words: &Words<'_>, refusal: &Refusal) -> String {
    let model = words.model;
    let id = |clause: crate::model::ClauseId| model.clause(clause).id.clone();
    let found: Vec<Arc<str>> = match refusal {
        Refusal::NotPermitted { permission, .. } => {
            let permission = model.find_permission(permission).map(|id| model.permission(id));
            permission.and_then(|permission| permission.clause).map(id).into_iter().collect()
        }
        Refusal::NotInThisState { workflow, state, .. } => {
            let workflow = workflow.split('/').next().unwrap_or(workflow);
            let Some(workflow) = model.find_workflow(workflow).map(|id| model.workflow(id)) else {
                return String::new();
            };
            let own = workflow.find_state(state).map(|state| workflow.state(state).clauses.clone());
            let cited = own.filter(|own| !own.is_empty()).unwrap_or_else(|| workflow.clauses.clone());
            cited.into_iter().map(id).collect()
        }
        Refusal::TooEarly { state, .. } => {
            let workflow = model.workflows.iter().find(|workflow| workflow.find_state(state).is_some());
            workflow.map(|workflow| workflow.clauses.iter().copied().map(id).collect()).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    words.clauses(found)
}
