//! `four_eyes:` and `not:` of an event: whom it must not rest on.

use std::sync::Arc;

use super::meaning::Frame;
use super::world::{Out, World};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{EventId, EventOrigin, FourEyes, KindId};
use crate::syntax::raw::{Named, RawEvent, Text};
use crate::value::Type;

/// What each event says; an event that several workflows declare says it once.
pub(super) fn compile(world: &World<'_>, out: &mut Out) -> Vec<(EventId, Arc<FourEyes>)> {
    let mut all: Vec<(EventId, Arc<FourEyes>)> = Vec::new();
    for (idx, workflow) in world.raw.workflows.iter().enumerate() {
        let Some(kind) = world.flows.get(idx).and_then(|flow| flow.kind) else { continue };
        for entry in &workflow.value.events {
            let raw = &entry.value;
            let Some(first) = raw.four_eyes.first().or(raw.not.first()) else { continue };
            let id = world.kind(kind).and_then(|kind| kind.events.get(entry.name.value.as_str()).copied());
            let Some(id) = id.filter(|id| !all.iter().any(|(known, _)| known == id)) else { continue };
            let of = raw.four_eyes.iter().filter_map(|text| other(world, kind, entry, id, text, out));
            let of = of.collect();
            let frame = Frame::judging(kind, id);
            let not =
                raw.not.iter().filter_map(|text| world.expression(text, &frame, Some(&Type::Person), out));
            let not = not.collect();
            all.push((id, Arc::new(FourEyes { of, not, span: first.span })));
        }
    }
    all
}

/// An event that other persons must be behind: one of the same workflow, or `opened`.
fn other(
    world: &World<'_>,
    kind: KindId,
    entry: &Named<RawEvent>,
    own: EventId,
    text: &Text,
    out: &mut Out,
) -> Option<EventId> {
    let id = world.event_of(kind, text, Code::UndeclaredEvent, out)?;
    if id == own {
        let message = Message::new("four-eyes-itself", [&text.value]);
        let finding = Diagnostic::error(Code::FourEyesVoid, text.span, message);
        out.found.push(finding.help(Message::plain("four-eyes-itself-help")));
        return None;
    }
    if world.event(id)?.origin == EventOrigin::Opened {
        return Some(id);
    }
    let declares =
        |name: &str, events: &[Named<RawEvent>]| events.iter().any(|event| event.name.value == name);
    let together = world.raw.workflows.iter().enumerate().any(|(idx, workflow)| {
        let events = &workflow.value.events;
        world.flows.get(idx).and_then(|flow| flow.kind) == Some(kind)
            && declares(&entry.name.value, events)
            && declares(&text.value, events)
    });
    if !together {
        let args = [&entry.name.value, &text.value];
        let finding = Diagnostic::error(Code::FourEyesVoid, text.span, Message::new("four-eyes-apart", args));
        out.found.push(finding.help(Message::plain("four-eyes-apart-help")));
        return None;
    }
    Some(id)
}
