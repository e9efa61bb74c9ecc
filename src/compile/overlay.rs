//! What is replaced before compiling: values of parameters, and entries of overlays.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, nearest};
use crate::lang::Message;
use crate::source::Span;
use crate::syntax::raw::{Named, RawPolicy, RawVersion, Text};

/// Replaces the values of parameters by others.
pub fn apply(raw: &mut RawPolicy, values: &BTreeMap<Arc<str>, String>, found: &mut Vec<Diagnostic>) {
    for (name, value) in values {
        if !set(raw, name.trim_start_matches('$'), value) {
            let span = raw.policy.as_ref().map_or(Span::default(), |head| head.span);
            let message = Message::new("override-unknown", [name.as_ref()]);
            let finding = Diagnostic::error(Code::UnknownParameter, span, message);
            let names = names(raw);
            found.push(match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => finding.help(Message::new("did-you-mean", [near])),
                None => finding,
            });
        }
    }
}

/// Whether there was such a parameter.
fn set(raw: &mut RawPolicy, name: &str, value: &str) -> bool {
    if let Some(entry) = raw.parameters.iter_mut().find(|entry| entry.name.value == name) {
        let old = entry.value.value.take().map(|text| text.span);
        let dated =
            entry.value.versions.first().and_then(|version| version.value.as_ref()).map(|text| text.span);
        let span = old.or(dated).unwrap_or(entry.name.span);
        entry.value.versions.clear();
        entry.value.value = Some(Text::new(value.to_owned(), span));
        return true;
    }
    let parts: Vec<&str> = name.split('.').collect();
    let Some(set_name) = parts.first() else { return false };
    let Some(entry) = raw.parameter_sets.iter_mut().find(|entry| entry.name.value == *set_name) else {
        return false;
    };
    let set = &mut entry.value;
    match parts.as_slice() {
        [_, member] => {
            let in_version = |version: &mut RawVersion| replace(&mut version.members, member, value);
            let dated = set.versions.iter_mut().map(in_version).fold(false, |any, one| any | one);
            let rows = set.rows.iter_mut().map(|row| replace(&mut row.value, member, value));
            rows.fold(dated, |any, one| any | one)
        }
        [_, row, member] => set
            .rows
            .iter_mut()
            .find(|entry| entry.name.value == *row)
            .is_some_and(|entry| replace(&mut entry.value, member, value)),
        _ => false,
    }
}

fn replace(members: &mut [Named<Text>], name: &str, value: &str) -> bool {
    match members.iter_mut().find(|member| member.name.value == name) {
        Some(member) => {
            member.value.value = value.to_owned();
            true
        }
        None => false,
    }
}

fn names(raw: &RawPolicy) -> Vec<String> {
    let single = raw.parameters.iter().map(|entry| entry.name.value.clone());
    let members = raw.parameter_sets.iter().flat_map(|entry| {
        let of = entry.value.versions.iter().flat_map(|version| &version.members);
        of.map(|member| format!("{}.{}", entry.name.value, member.name.value))
    });
    single.chain(members).collect()
}

/// Lets the entries of an overlay stand in place of those of the same name; others are added.
pub fn overlay(raw: &mut RawPolicy, over: RawPolicy) {
    if over.policy.is_some() {
        raw.policy = over.policy;
    }
    put(&mut raw.clauses, over.clauses);
    put(&mut raw.parameters, over.parameters);
    put(&mut raw.parameter_sets, over.parameter_sets);
    put(&mut raw.subjects, over.subjects);
    put(&mut raw.roles, over.roles);
    raw.substitutes.extend(over.substitutes);
    put(&mut raw.accounts, over.accounts);
    put(&mut raw.calendars, over.calendars);
    put(&mut raw.functions, over.functions);
    put(&mut raw.workflows, over.workflows);
    put(&mut raw.permissions, over.permissions);
    put(&mut raw.measures, over.measures);
    put(&mut raw.scorecards, over.scorecards);
    put(&mut raw.tables, over.tables);
    put(&mut raw.duties, over.duties);
    for language in over.translations {
        match raw.translations.iter_mut().find(|known| known.name.value == language.name.value) {
            Some(known) => put(&mut known.value, language.value),
            None => raw.translations.push(language),
        }
    }
}

fn put<T>(known: &mut Vec<Named<T>>, more: Vec<Named<T>>) {
    for entry in more {
        match known.iter_mut().find(|old| old.name.value == entry.name.value) {
            Some(old) => *old = entry,
            None => known.push(entry),
        }
    }
}
