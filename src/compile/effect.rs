//! Effects: who is told or asked, what is set, opened, raised or called.

use super::expression::Wanted;
use super::meaning::{AtHand, Frame};
use super::world::{Out, World, id};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{
    EffectTemplate, EffectWhat, EventDef, EventOrigin, Expression, KindId, Raise, RaisedTo, Recipient,
    RoleKind, WorkflowId,
};
use crate::source::Span;
use crate::syntax::raw::{RawDurations, RawEffect, RawThreshold, Text};
use crate::value::Type;

impl World<'_> {
    /// Effects of a place; those with mistakes are left out after telling.
    pub fn effects(&self, raw: &[RawEffect], frame: &Frame<'_>, out: &mut Out) -> Vec<EffectTemplate> {
        raw.iter().filter_map(|effect| self.effect(effect, frame, out)).collect()
    }

    /// What happens at a point of a clock or when a duty is late: the notice first, then the effects.
    pub fn happenings(&self, raw: &RawThreshold, frame: &Frame<'_>, out: &mut Out) -> Vec<EffectTemplate> {
        let mut all = Vec::new();
        if !raw.notify.is_empty() {
            let span = raw.notify.first().map_or(raw.span, |first| first.span);
            all.extend(self.notify(&raw.notify, &raw.message, span, frame, out));
        } else if let Some(message) = &raw.message {
            out.error(Code::WrongShape, message.span, Message::plain("message-to-nobody"));
        }
        all.extend(self.effects(&raw.effects, frame, out));
        all
    }

    fn effect(&self, raw: &RawEffect, frame: &Frame<'_>, out: &mut Out) -> Option<EffectTemplate> {
        self.stray_keys(raw, out);
        let guard = self.guard(&raw.guard, frame, out);
        let kind = frame.kind?;
        let what = if !raw.notify.is_empty() {
            let notify = self.notify(&raw.notify, &raw.message, raw.span, frame, out);
            notify.map(|effect| effect.what)
        } else if !raw.ask.is_empty() {
            self.ask(raw, kind, frame, out)
        } else if !raw.assign.is_empty() {
            self.assign(raw, kind, frame, out)
        } else if let Some(workflow) = &raw.open_case {
            self.flow_of(kind, workflow, out).map(EffectWhat::OpenCase)
        } else if raw.raise.is_some() || raw.open.is_some() {
            self.raise(raw, kind, frame, out).map(|raise| EffectWhat::Raise(Box::new(raise)))
        } else {
            let name = raw.call.as_ref()?.value.as_str().into();
            let args: Option<Vec<_>> = raw
                .with
                .iter()
                .map(|arg| {
                    let value = self.expression(&arg.value, frame, None, out)?;
                    Some((arg.name.value.as_str().into(), value))
                })
                .collect();
            args.map(|args| EffectWhat::Call { name, args })
        };
        Some(EffectTemplate { guard: guard?, what: what?, span: raw.span })
    }

    /// Keys that only go with another kind of effect.
    fn stray_keys(&self, raw: &RawEffect, out: &mut Out) {
        let told = !raw.notify.is_empty() || !raw.ask.is_empty();
        let asked = !raw.ask.is_empty();
        let raised = raw.raise.is_some() || raw.open.is_some();
        let sent = raised || raw.call.is_some();
        let stray = [
            ("message", "notify / ask", raw.message.as_ref().map(|text| text.span).filter(|_| !told)),
            ("decide", "ask", raw.decide.first().map(|text| text.span).filter(|_| !asked)),
            ("within", "ask", raw.within.as_ref().map(|text| text.span).filter(|_| !asked)),
            ("to", "raise", raw.to.as_ref().map(|text| text.span).filter(|_| raw.raise.is_none())),
            ("named", "open", raw.named.as_ref().map(|text| text.span).filter(|_| raw.open.is_none())),
            ("for_each", "raise / open", raw.for_each.as_ref().map(|text| text.span).filter(|_| !raised)),
            ("with", "raise / open / call", raw.with.first().map(|arg| arg.name.span).filter(|_| !sent)),
        ];
        for (key, only_with, span) in stray {
            if let Some(span) = span {
                out.error(Code::WrongShape, span, Message::new("key-only-with", [key, only_with]));
            }
        }
    }

    fn notify(
        &self,
        to: &[Text],
        message: &Option<Text>,
        span: Span,
        frame: &Frame<'_>,
        out: &mut Out,
    ) -> Option<EffectTemplate> {
        let to = self.recipients(to, frame.kind?, frame, out);
        let message = self.message(message, frame, out)?;
        Some(EffectTemplate { guard: None, what: EffectWhat::Notify { to, message }, span })
    }

    fn ask(&self, raw: &RawEffect, kind: KindId, frame: &Frame<'_>, out: &mut Out) -> Option<EffectWhat> {
        let to = self.recipients(&raw.ask, kind, frame, out);
        if raw.decide.is_empty() {
            out.error(Code::MissingKey, raw.span, Message::plain("ask-without-decide"));
        }
        let within = match &raw.within {
            None => Some(None),
            Some(text) => self
                .amount(text, Wanted::Duration, kind, out)
                .and_then(|amount| {
                    Some((amount.clone(), self.counting(&None, &RawDurations::default(), &amount, out)?))
                })
                .map(Some),
        };
        let message = self.message(&raw.message, frame, out)?;
        let decide = raw.decide.iter().map(|option| option.value.as_str().into()).collect();
        Some(EffectWhat::Ask { to, decide, within: within?, message })
    }

    fn assign(&self, raw: &RawEffect, kind: KindId, frame: &Frame<'_>, out: &mut Out) -> Option<EffectWhat> {
        let fields = &self.kind(kind)?.fields;
        let mut all = Some(Vec::new());
        for entry in &raw.assign {
            let Some(idx) = fields.iter().position(|field| *field.name == *entry.name.value) else {
                let known = fields.iter().map(|field| field.name.as_ref());
                let mut finding = self.unknown(Code::UnknownField, "unknown-field", &entry.name, known);
                finding.message = Message::new("unknown-field", [self.kind_name(kind), &entry.name.value]);
                out.found.push(finding);
                all = None;
                continue;
            };
            let ty = fields.get(idx).map(|field| &field.ty);
            let value = self.expression(&entry.value, frame, ty, out);
            match (&mut all, value) {
                (Some(all), Some(value)) => all.push((idx, value)),
                _ => all = None,
            }
        }
        all.map(EffectWhat::Assign)
    }

    fn raise(&self, raw: &RawEffect, own: KindId, frame: &Frame<'_>, out: &mut Out) -> Option<Raise> {
        let for_each = match &raw.for_each {
            Some(text) => Some(self.list_of_items(text, frame, out)?),
            None => None,
        };
        let (for_each, item) = for_each.unzip();
        let frame = &Frame { item: item.as_ref().or(frame.item), ..*frame };
        let (kind, to) = self.raised_to(raw, own, frame, out)?;
        let event = match (&raw.raise, &raw.open) {
            (Some(event), _) => self.event_of(kind, event, Code::UnknownEvent, out)?,
            (None, Some(_)) => *self.kind(kind)?.events.get("opened")?,
            (None, None) => return None,
        };
        let text = raw.raise.as_ref().or(raw.open.as_ref())?;
        let def = self.event(event)?;
        let built_in = match raw.raise {
            Some(_) => def.origin != EventOrigin::Declared,
            None => false,
        };
        if def.decision {
            out.error(Code::UnknownEvent, text.span, Message::new("raise-decision", [&text.value]));
            return None;
        }
        if built_in {
            out.error(Code::UnknownEvent, text.span, Message::new("raise-built-in", [&text.value]));
            return None;
        }
        let data = self.raised_data(raw, def, text, frame, out)?;
        Some(Raise { event, to, data, for_each })
    }

    /// A list and the type of its items.
    pub fn list_of_items(&self, text: &Text, frame: &Frame<'_>, out: &mut Out) -> Option<(Expression, Type)> {
        let list = self.expression(text, frame, None, out)?;
        match list.code.ty() {
            Type::List(item) => {
                let item = item.as_ref().clone();
                Some((list, item))
            }
            other => {
                let message =
                    Message::new("list-expected", [text.value.clone(), super::read::type_words(other)]);
                out.error(Code::TypeMismatch, text.span, message);
                None
            }
        }
    }

    /// The kind of subject that an event goes to, and how it is named.
    fn raised_to(
        &self,
        raw: &RawEffect,
        own: KindId,
        frame: &Frame<'_>,
        out: &mut Out,
    ) -> Option<(KindId, RaisedTo)> {
        if let Some(kind) = &raw.open {
            let kind = self.subject(kind, out)?;
            let named = match &raw.named {
                Some(text) => Some(self.name_of_new(text, frame, out)?),
                None => None,
            };
            return Some((kind, RaisedTo::New(kind, named)));
        }
        let Some(text) = &raw.to else { return Some((own, RaisedTo::Itself)) };
        let to = self.expression(text, frame, None, out)?;
        let kind = match to.code.ty() {
            Type::Subject(kind) => self.find_kind(kind),
            Type::Person => self.person_kind(),
            _ => None,
        };
        match kind {
            Some(kind) => Some((kind, RaisedTo::Other(to))),
            None => {
                let found = super::read::type_words(to.code.ty());
                out.error(
                    Code::TypeMismatch,
                    text.span,
                    Message::new("subject-expected", [text.value.clone(), found]),
                );
                None
            }
        }
    }

    /// How a new subject is named: by a text, or like a subject or a person that is there.
    fn name_of_new(&self, text: &Text, frame: &Frame<'_>, out: &mut Out) -> Option<Expression> {
        let named = self.expression(text, frame, None, out)?;
        if matches!(named.code.ty(), Type::Text | Type::Subject(_) | Type::Person) {
            return Some(named);
        }
        let found = super::read::type_words(named.code.ty());
        out.error(Code::TypeMismatch, text.span, Message::new("name-expected", [text.value.clone(), found]));
        None
    }

    /// The data of an event that an effect sends; what it needs must be there.
    fn raised_data(
        &self,
        raw: &RawEffect,
        def: &EventDef,
        text: &Text,
        frame: &Frame<'_>,
        out: &mut Out,
    ) -> Option<Vec<(usize, Expression)>> {
        let mut slots = Some(Vec::new());
        for arg in &raw.with {
            let Some(idx) = def.data.iter().position(|slot| *slot.name == *arg.name.value) else {
                let known = def.data.iter().map(|slot| slot.name.as_ref());
                let mut finding = self.unknown(Code::UnknownField, "unknown-field", &arg.name, known);
                finding.message = Message::new("unknown-field", [def.name.as_ref(), &arg.name.value]);
                out.found.push(finding);
                slots = None;
                continue;
            };
            let ty = def.data.get(idx).map(|slot| &slot.ty);
            match (&mut slots, self.expression(&arg.value, frame, ty, out)) {
                (Some(slots), Some(value)) => slots.push((idx, value)),
                _ => slots = None,
            }
        }
        for slot in def.data.iter().filter(|slot| !slot.optional) {
            if !raw.with.iter().any(|arg| arg.name.value == *slot.name) {
                let message = Message::new("raise-lacks", [def.name.as_ref(), &slot.name]);
                let finding = Diagnostic::error(Code::MissingKey, text.span, message);
                out.found.push(finding.also(def.span, Message::plain("declared-here")));
            }
        }
        slots
    }

    /// A workflow of a kind by name.
    pub fn flow_of(&self, kind: KindId, text: &Text, out: &mut Out) -> Option<WorkflowId> {
        let of_kind = || self.flows.iter().enumerate().filter(|(_, flow)| flow.kind == Some(kind));
        let found = of_kind().find(|(_, flow)| *flow.name == *text.value).map(|(idx, _)| WorkflowId(id(idx)));
        if found.is_none() {
            let known = of_kind().map(|(_, flow)| flow.name.as_ref());
            let mut finding = self.unknown(Code::UnknownName, "unknown-workflow", text, known);
            finding.message = Message::new("unknown-workflow", [text.value.as_str(), self.kind_name(kind)]);
            out.found.push(finding);
        }
        found
    }

    /// Who is told: roles, fields that name a person, `self`.
    fn recipients(&self, texts: &[Text], kind: KindId, frame: &Frame<'_>, out: &mut Out) -> Vec<Recipient> {
        texts.iter().filter_map(|text| self.recipient(text, kind, frame, out)).collect()
    }

    fn recipient(&self, text: &Text, kind: KindId, frame: &Frame<'_>, out: &mut Out) -> Option<Recipient> {
        if text.value == "self" {
            return Some(Recipient::Itself);
        }
        if let Some(role) = self.find_role(&text.value) {
            self.role_fits(kind, role, text, out);
            let nobody = self.roles.get(role.idx()).map(|role| &role.kind);
            if matches!(nobody, Some(RoleKind::Through { .. })) && !frame.reads {
                out.error(Code::TypeMismatch, text.span, Message::new("no-reads-here", [&text.value]));
            }
            if matches!(nobody, Some(RoleKind::Every(_) | RoleKind::Anyone)) {
                let message = Message::new("recipient-nobody", [&text.value]);
                out.found.push(Diagnostic::warning(Code::UnknownRole, text.span, message));
            }
            return Some(Recipient::Role(role));
        }
        if !text.value.contains('.') {
            self.unknown_role(text, out);
            return None;
        }
        self.person_field(kind, text, out).map(Recipient::Field)
    }

    /// A field of a kind that names a person, by its path.
    pub fn person_field(&self, kind: KindId, text: &Text, out: &mut Out) -> Option<usize> {
        let (of, field) = self.field_path(text, out)?;
        if of != kind {
            let head = text.value.split('.').next().unwrap_or("");
            let message = Message::new("other-kind", [head, self.kind_name(kind)]);
            out.error(Code::UnknownName, text.span, message);
            return None;
        }
        let ty = &self.kind(of)?.fields.get(field)?.ty;
        if *ty != Type::Person && !super::world::is_unknown(ty) {
            let message = Message::new("person-expected", [text.value.clone(), super::read::type_words(ty)]);
            out.error(Code::TypeMismatch, text.span, message);
            return None;
        }
        Some(field)
    }
}

/// The frame of what happens at a point of a clock.
pub(super) fn clock_frame<'a>(kind: KindId) -> Frame<'a> {
    Frame { kind: Some(kind), event: AtHand::None, reads: false, clock: true, ..Frame::default() }
}
