//! The policy as a scenario wants it: other parameters, other calendars, further holders of roles.
//!
//! Only a policy compiled anew differs, so that the one given is never touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::compile::Options;
use crate::diag::{Code, Diagnostic, Mark, Report, Severity, nearest};
use crate::lang::Message;
use crate::model::{Holder, Model, Policy, RoleId, RoleKind};
use crate::scalar;
use crate::scenario::read::{bad_word, invalid, text_of};
use crate::scenario::written::{Set, Written};
use crate::source::{Sources, Span};
use crate::syntax::node::{Kind as NodeKind, Node};
use crate::syntax::raw::{Named, Text};

/// Persons who hold a role in the scenario.
struct Holders {
    role: RoleId,
    /// Whether they replace those of the policy.
    instead: bool,
    holders: Vec<Holder>,
}

/// The policy as changed by `set:` and by roles in `given:`; nothing when the scenario changes nothing.
///
/// # Errors
/// Mistakes of the scenario, or of the policy with these changes.
pub fn changed(
    policy: &Policy,
    written: &Written,
    sources: &Arc<Sources>,
) -> Result<Option<Policy>, Box<Report>> {
    let mut found = Vec::new();
    let mut holders = given_holders(&policy.model, written, &mut found);
    let mut options = Options::default();
    if let Some(set) = &written.set {
        options.parameters = parameters(&policy.model, set, &mut found);
        holders.extend(set_holders(&policy.model, set, &mut found));
        options.overlays.extend(calendars(set, sources));
    }
    if !found.is_empty() {
        return Err(Box::new(Report::new(sources.as_ref().clone(), found)));
    }
    if options.parameters.is_empty() && options.overlays.is_empty() && holders.is_empty() {
        return Ok(None);
    }
    options.functions = policy.model.host.0.clone();
    options.base_values = policy.model.header.base_values.clone();
    let mut changed =
        recompiled(policy, &options).map_err(|report| Box::new(pointing_here(report, written, sources)))?;
    if let Some(model) = Arc::get_mut(&mut changed.model) {
        for more in holders {
            let Some(role) = model.roles.get_mut(more.role.idx()) else { continue };
            if let RoleKind::HeldBy(known) = &mut role.kind {
                if more.instead {
                    known.clear();
                }
                known.extend(more.holders);
            }
        }
    }
    Ok(Some(changed))
}

/// The policy compiled anew from its own texts, with other options.
pub(super) fn recompiled(policy: &Policy, options: &Options) -> Result<Policy, Report> {
    let own = policy.model.sources.iter().filter(|(_, file)| !file.path.starts_with('<'));
    let texts: Vec<(&str, &str)> = own.map(|(_, file)| (file.path.as_ref(), file.text.as_ref())).collect();
    Policy::from_texts(&texts, options)
}

/// The policy's report, each error pointing to the place in the scenario that brought it about as well.
fn pointing_here(mut report: Report, written: &Written, sources: &Sources) -> Report {
    let set = written.set.as_ref();
    let first = set.and_then(|set| {
        let parameter = set.parameters.first().map(|entry| entry.name.span);
        parameter.or_else(|| set.calendars.first().map(|entry| entry.name.span))
    });
    let Some((span, file)) = first.and_then(|span| Some((span, sources.get(span.file)?))) else {
        return report;
    };
    let file = report.sources.add(&file.path, &file.text);
    for finding in report.diagnostics.iter_mut().filter(|finding| finding.severity == Severity::Error) {
        let mark = Mark { span: Span { file, ..span }, message: Some(Message::plain("scenario-set-here")) };
        finding.marks.push(mark);
    }
    report
}

/// `given: {hr/zhao: {}}`: zhao holds the role as well.
fn given_holders(model: &Model, written: &Written, found: &mut Vec<Diagnostic>) -> Vec<Holders> {
    let mut all = Vec::new();
    for entry in &written.given {
        let name = entry.name.value.as_str();
        let Some((role, person)) = name.split_once('/') else { continue };
        if model.split_subject(name).is_some() {
            continue;
        }
        let Some(id) = model.find_role(role) else { continue };
        let (from, to) = term(&entry.value, found);
        match &model.role(id).kind {
            RoleKind::HeldBy(holders) => {
                let holds = |holder: &Holder| {
                    *holder.person == *person && holder.from.is_none() && holder.to.is_none()
                };
                if !holders.iter().any(holds) {
                    let holder = Holder { person: person.into(), from, to };
                    all.push(Holders { role: id, instead: false, holders: vec![holder] });
                }
            }
            _ => found.push(not_held(&entry.name, role)),
        }
    }
    all
}

/// `{from: 2026-03-01, to: 2026-03-31}`
fn term(fields: &[Named<Node>], found: &mut Vec<Diagnostic>) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let (mut from, mut to) = (None, None);
    for field in fields {
        let place = match field.name.value.as_str() {
            "from" => &mut from,
            "to" => &mut to,
            _ => {
                let finding = bad_word(&field.name, &["from", "to"]);
                found.push(Diagnostic { code: Code::UnknownKey, ..finding });
                continue;
            }
        };
        match text_of(&field.value).and_then(|text| scalar::date(&text.value).ok()) {
            Some(day) => *place = Some(day),
            None => {
                let message = Message::new("scenario-bad-date", [&field.name.value]);
                found.push(Diagnostic::error(Code::BadDate, field.value.span, message));
            }
        }
    }
    (from, to)
}

/// `set: {roles: {hr: [li, wu]}}`: these hold the role and nobody else.
fn set_holders(model: &Model, set: &Set, found: &mut Vec<Diagnostic>) -> Vec<Holders> {
    let mut all = Vec::new();
    for entry in &set.roles {
        let Some(id) = model.find_role(&entry.name.value) else {
            let names = model.roles.iter().map(|role| role.name.as_ref());
            let message = Message::new("scenario-unknown-role", [&entry.name.value]);
            found.push(unknown(Code::UnknownRole, &entry.name, message, names));
            continue;
        };
        if !matches!(model.role(id).kind, RoleKind::HeldBy(_)) {
            found.push(not_held(&entry.name, &entry.name.value));
            continue;
        }
        let holder = |person: &Text| Holder { person: person.value.as_str().into(), from: None, to: None };
        all.push(Holders { role: id, instead: true, holders: entry.value.iter().map(holder).collect() });
    }
    all
}

fn not_held(name: &Text, role: &str) -> Diagnostic {
    invalid(name.span, Message::new("scenario-role-not-held", [role]))
}

/// `set: {parameters: {pass_mark: 85 points, kpi_weights: {sales: 50%}}}`: full name → value.
fn parameters(model: &Model, set: &Set, found: &mut Vec<Diagnostic>) -> BTreeMap<Arc<str>, String> {
    let mut values = BTreeMap::new();
    for entry in &set.parameters {
        let mut leaves = Vec::new();
        flatten(&entry.name.value, entry.name.span, &entry.value, &mut leaves, found);
        for (name, span, value) in leaves {
            let known = model.parameters.iter().any(|parameter| *parameter.name == name);
            let of_row = model.parameters.iter().any(|parameter| row_of(&name, &parameter.name));
            if !known && !of_row {
                let message = Message::new("scenario-unknown-parameter", [&name]);
                let names = model.parameters.iter().map(|parameter| parameter.name.as_ref());
                let name = Text::new(name, span);
                found.push(unknown(Code::UnknownParameter, &name, message, names));
                continue;
            }
            values.insert(name.as_str().into(), value);
        }
    }
    values
}

/// Whether `limits.urgent.respond` is a row of `limits.respond`.
fn row_of(name: &str, parameter: &str) -> bool {
    match (name.split_once('.'), parameter.split_once('.')) {
        (Some((set, rest)), Some((of, member))) => {
            set == of && rest.split_once('.').is_some_and(|(_, last)| last == member)
        }
        _ => false,
    }
}

/// Members of sets under their full names.
fn flatten(
    name: &str,
    span: Span,
    node: &Node,
    into: &mut Vec<(String, Span, String)>,
    found: &mut Vec<Diagnostic>,
) {
    match &node.kind {
        NodeKind::Scalar { text, .. } if !node.is_empty() => into.push((name.to_owned(), span, text.clone())),
        NodeKind::Map(members) => {
            for (key, value) in members {
                let member = key.text().unwrap_or("");
                flatten(&format!("{name}.{member}"), key.span, value, into, found);
            }
        }
        _ => found.push(invalid(node.span, Message::new("scenario-parameter-value", [name]))),
    }
}

/// The calendars as a policy file of their own, at the same lines as in the scenario, so that findings point there.
fn calendars(set: &Set, sources: &Sources) -> Option<(String, String)> {
    let first = set.calendars.first()?;
    let file = sources.get(first.name.span.file)?;
    // In block style all stand in one column; within braces indentation means nothing.
    let indent = file.position(first.name.span.start).1.saturating_sub(1).max(1) as usize;
    let mut text = String::new();
    let mut line = 1;
    for entry in &set.calendars {
        let (at, _) = file.position(entry.name.span.start);
        let header = if line == 1 { at.saturating_sub(1).max(1) } else { at };
        while line < header {
            text.push('\n');
            line += 1;
        }
        if text.trim().is_empty() {
            text.push_str("calendars:\n");
            line += 1;
        }
        let end = entry.value.span.end.max(entry.name.span.end);
        let slice = sources.text(Span { end, ..entry.name.span });
        text.extend(std::iter::repeat_n(' ', indent));
        text.push_str(slice);
        text.push('\n');
        line += u32::try_from(slice.matches('\n').count()).unwrap_or(0) + 1;
    }
    Some((file.path.to_string(), text))
}

fn unknown<'n>(
    code: Code,
    name: &Text,
    message: Message,
    known: impl Iterator<Item = &'n str> + Clone,
) -> Diagnostic {
    let finding = Diagnostic::error(code, name.span, message);
    match nearest(&name.value, known) {
        Some(meant) => finding.help(Message::new("did-you-mean", [meant])),
        None => finding,
    }
}
