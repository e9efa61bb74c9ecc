//! `subjects:`: kinds with their fields.

use super::names;
use super::read;
use super::world::{Out, World};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Field, Kind};

/// The kinds by name, so that types can name them.
pub(super) fn declare_names(world: &mut World<'_>, out: &mut Out) {
    let mut first_person = None;
    for entry in &world.raw.subjects {
        names::check(&entry.name, out);
        let person = read::yes(&entry.value.person, out);
        if let (true, Some(first)) = (person, first_person) {
            let message = Message::new("two-person-kinds", [&entry.name.value]);
            let finding = Diagnostic::error(Code::DuplicateName, entry.name.span, message);
            out.found.push(finding.also(first, Message::plain("first-here")));
        }
        if person && first_person.is_none() {
            first_person = Some(entry.name.span);
        }
        world.kinds.push(Kind {
            name: entry.name.value.as_str().into(),
            label: world.label(&entry.value.label),
            person,
            fields: Vec::new(),
            events: Default::default(),
            workflows: Vec::new(),
            scorecards: Vec::new(),
            duties: Vec::new(),
            may_delegate: Vec::new(),
            compares: false,
            span: entry.name.span,
        });
    }
}

/// Their fields, once kinds, workflows and scorecards have names.
pub(super) fn declare_fields(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for (idx, entry) in raw.subjects.iter().enumerate() {
        for field in &entry.value.fields {
            names::check(&field.name, out);
            let full = format!("{}.{}", entry.name.value, field.name.value);
            let declared = world.read_type(&field.value.of, &full, out);
            let clash = world
                .flows
                .iter()
                .any(|flow| *flow.name == *field.name.value && flow.kind.map(|kind| kind.idx()) == Some(idx));
            if clash {
                let message = Message::new("field-named-like-workflow", [&full]);
                out.error(Code::DuplicateName, field.name.span, message);
            }
            if let Some(kind) = world.kinds.get_mut(idx) {
                kind.fields.push(Field {
                    name: field.name.value.as_str().into(),
                    label: declared.label,
                    ty: declared.ty,
                    // Roles have no names yet; `event` fills it in.
                    changed_by: Vec::new(),
                });
            }
        }
    }
}
