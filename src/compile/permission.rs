//! `permissions:`: "only who …", compiled once for each event covered, because the event's data differ.

use super::meaning::{AtHand, Frame};
use super::world::{Out, World};
use crate::diag::Code;
use crate::lang::Message;
use crate::model::{EventId, KindId, Permission};
use crate::syntax::raw::{Named, RawEffect, RawPermission, Text};
use crate::value::Type;

pub(super) fn compile(world: &World<'_>, out: &mut Out) -> Option<Vec<Permission>> {
    let raw = world.raw;
    let all: Vec<Option<Permission>> = raw.permissions.iter().map(|entry| one(world, entry, out)).collect();
    all.into_iter().collect()
}

pub(super) fn one(world: &World<'_>, entry: &Named<RawPermission>, out: &mut Out) -> Option<Permission> {
    let raw = &entry.value;
    let clause = world.cite_one(&raw.clause, &format!("permissions.{}", entry.name.value), out);
    let covered: Vec<Option<(KindId, EventId)>> =
        raw.covers.iter().map(|text| covered(world, text, out)).collect();
    let mut good = covered.iter().all(Option::is_some);
    let (mut only_if, mut log_against, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    raw.refused.iter().for_each(|effect| changes_nothing(effect, out));
    for (kind, event) in covered.iter().flatten() {
        let frame = Frame::judging(*kind, *event);
        if let Some(text) = &raw.only_if {
            match world.condition(text, &frame, out) {
                Some(condition) => only_if.push((*event, condition)),
                None => good = false,
            }
        }
        if let Some(text) = &raw.log_against {
            match world.expression(text, &frame, Some(&Type::Person), out) {
                Some(person) => log_against.push((*event, person)),
                None => good = false,
            }
        }
        if !raw.refused.is_empty() {
            let frame = Frame { against: true, ..frame };
            refused.push((*event, world.effects(&raw.refused, &frame, out)));
        }
    }
    // One message for all events: it can speak of the event's instant and sender, not of its data.
    let frame = Frame { event: AtHand::Any, reads: true, ..Frame::default() };
    let message = world.message(&raw.message, &frame, out)?;
    let permission = Permission {
        name: entry.name.value.as_str().into(),
        label: world.label(&raw.label),
        clause,
        covers: covered.into_iter().flatten().map(|(_, event)| event).collect(),
        only_if,
        log_against,
        message,
        refused,
        span: entry.name.span,
    };
    good.then_some(permission)
}

/// What is refused leaves the subject as it is: its effects are for others.
fn changes_nothing(effect: &RawEffect, out: &mut Out) {
    let raised = effect.raise.as_ref().filter(|_| effect.to.is_none());
    let assigned = effect.assign.first().map(|field| &field.name);
    for text in [raised, effect.open_case.as_ref(), assigned].into_iter().flatten() {
        out.error(Code::WrongShape, text.span, Message::plain("refused-changes-nothing"));
    }
}

/// `chat.staff_reply`: a kind of subject and one of its events.
fn covered(world: &World<'_>, text: &Text, out: &mut Out) -> Option<(KindId, EventId)> {
    let Some((head, tail)) = text.value.split_once('.') else {
        out.error(Code::WrongShape, text.span, Message::new("covers-shape", [&text.value]));
        return None;
    };
    let kind = world.subject(&Text::new(head.to_owned(), text.span), out)?;
    let events = &world.kind(kind)?.events;
    let event = events.get(tail).copied();
    if event.is_none() {
        let part = Text::new(tail.to_owned(), text.span);
        let known = events.keys().map(AsRef::as_ref);
        let mut finding =
            world.unknown(Code::PermissionCoversNothing, "permission-covers-nothing", &part, known);
        finding.message = Message::new("permission-covers-nothing", [head, tail]);
        out.found.push(finding);
    }
    Some((kind, event?))
}
