//! `roles:`: who holds them.

use super::meaning::{Frame, From, Meaning, Unmeant};
use super::names;
use super::read;
use super::world::{Out, World, is_unknown};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{Holder, Role, RoleKind};
use crate::syntax::raw::{RawRole, Text};
use crate::value::Type;

pub(super) fn declare(world: &mut World<'_>, out: &mut Out) {
    let raw = world.raw;
    for entry in &raw.roles {
        names::check(&entry.name, out);
        world.cite_one(&entry.value.clause, &format!("roles.{}", entry.name.value), out);
        // A role that could not be read keeps its name: it is then held by anyone, and the policy does not load.
        let kind = role_kind(world, &entry.value, out).unwrap_or(RoleKind::Anyone);
        world.roles.push(Role {
            name: entry.name.value.as_str().into(),
            label: world.label(&entry.value.label),
            kind,
            span: entry.name.span,
        });
    }
}

fn role_kind(world: &World<'_>, role: &RawRole, out: &mut Out) -> Option<RoleKind> {
    if let Some(of) = &role.of {
        return of_field(world, of, out);
    }
    if let Some(every) = &role.every {
        let kind = world.subject(every, out)?;
        if !world.kind(kind)?.person {
            out.error(Code::TypeMismatch, every.span, Message::new("kind-no-person", [&every.value]));
            return None;
        }
        return Some(RoleKind::Every(kind));
    }
    if let Some(anyone) = &role.anyone {
        if read::yes_no(anyone, out)? {
            return Some(RoleKind::Anyone);
        }
        out.error(Code::BadWord, anyone.span, Message::plain("anyone-no"));
        return None;
    }
    let mut holders = Vec::new();
    for holder in &role.held_by {
        let from = holder.from.as_ref().and_then(|text| read::date(text, out));
        let to = holder.to.as_ref().and_then(|text| read::date(text, out));
        if let (Some(from), Some(to), Some(text)) = (from, to, &holder.to)
            && to < from
        {
            let message = Message::new("to-before-from", [to.to_string(), from.to_string()]);
            out.error(Code::VersionsOverlap, text.span, message);
        }
        holders.push(Holder { person: holder.person.value.as_str().into(), from, to });
    }
    Some(RoleKind::HeldBy(holders))
}

/// `staff.manager`: a kind and a field of it that names a person.
fn of_field(world: &World<'_>, of: &Text, out: &mut Out) -> Option<RoleKind> {
    if of.value.matches('.').count() > 1 {
        return through(world, of, out);
    }
    let (kind, field) = world.field_path(of, out)?;
    let ty = &world.kind(kind)?.fields.get(field)?.ty;
    if *ty != Type::Person && !is_unknown(ty) {
        let message = Message::new("person-expected", [of.value.clone(), read::type_words(ty)]);
        out.error(Code::TypeMismatch, of.span, message);
        return None;
    }
    Some(RoleKind::Of { kind, field })
}

/// `staff.manager.manager`: a path through other subjects that ends at a person.
fn through(world: &World<'_>, of: &Text, out: &mut Out) -> Option<RoleKind> {
    let (head, _) = of.value.split_once('.')?;
    let kind = world.subject(&Text::new(head.to_owned(), of.span), out)?;
    let frame = Frame { kind: Some(kind), reads: true, ..Frame::default() };
    match world.meaning(&of.value, &frame) {
        Ok(meaning) if is_unknown(&meaning.ty) => None,
        Ok(Meaning { ty: Type::Person, from: From::Read(read) }) => {
            Some(RoleKind::Through { kind, read: out.intern(read) })
        }
        Ok(meaning) => {
            let message = Message::new("person-expected", [of.value.clone(), read::type_words(&meaning.ty)]);
            out.error(Code::TypeMismatch, of.span, message);
            None
        }
        Err(Unmeant::NotHere(message)) => {
            out.error(Code::UnknownField, of.span, message);
            None
        }
        Err(Unmeant::Unknown(near)) => {
            let message = Message::new("role-path-unknown", [&of.value]);
            let finding = Diagnostic::error(Code::UnknownField, of.span, message);
            out.found.push(match near.first() {
                Some(near) => finding.help(Message::new("did-you-mean", [near])).fix(of.span, near.as_str()),
                None => finding,
            });
            None
        }
    }
}

impl World<'_> {
    /// `kind.field` as written in roles and recipients.
    pub fn field_path(&self, text: &Text, out: &mut Out) -> Option<(crate::model::KindId, usize)> {
        let Some((head, tail)) = text.value.split_once('.') else {
            let message = Message::new("field-path-expected", [&text.value]);
            out.error(Code::UnknownField, text.span, message);
            return None;
        };
        let Some(kind) = self.find_kind(head) else {
            let known = self.kinds.iter().map(|kind| kind.name.as_ref());
            let part = Text::new(head.to_owned(), text.span);
            out.found.push(self.unknown(Code::UnknownSubject, "unknown-subject", &part, known));
            return None;
        };
        let fields = &self.kind(kind)?.fields;
        let field = fields.iter().position(|field| *field.name == *tail);
        if field.is_none() {
            let part = Text::new(tail.to_owned(), text.span);
            let known = fields.iter().map(|field| field.name.as_ref());
            let mut finding = self.unknown(Code::UnknownField, "unknown-field", &part, known);
            finding.message = Message::new("unknown-field", [head, tail]);
            out.found.push(finding);
        }
        Some((kind, field?))
    }
}
