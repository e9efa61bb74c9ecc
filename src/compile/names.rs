//! Names: which may be given, and what to say when one is not known.

use super::world::{Out, World};
use crate::diag::{Code, Diagnostic, nearest};
use crate::lang::Message;
use crate::model::{CalendarId, EventId, KindId, RoleKind, RoleRef};
use crate::syntax::raw::Text;

/// At most so many known names are listed when none is near.
const LISTED_MAX: usize = 12;

/// At most so many names are compared, so that a file full of slips is told of in bounded time.
const COMPARED_MAX: usize = 500;

/// Words that mean something of their own in an expression or in a `to:`.
const RESERVED: &[&str] = &[
    "event",
    "actor",
    "clock",
    "self",
    "record_only",
    "otherwise",
    "true",
    "false",
    "yes",
    "no",
    "and",
    "or",
    "not",
    "in",
    "if",
    "else",
    "switch",
    "let",
    "const",
    "return",
];

/// Whether a name can stand in an expression as it is; if not, that is reported.
pub(super) fn check(name: &Text, out: &mut Out) -> bool {
    if RESERVED.contains(&name.value.as_str()) {
        out.error(Code::BadName, name.span, Message::new("name-reserved", [&name.value]));
        return false;
    }
    let mut signs = name.value.chars();
    let good = signs.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && signs.all(|sign| sign.is_alphanumeric() || sign == '_');
    if good {
        return true;
    }
    let mut finding = Diagnostic::error(Code::BadName, name.span, Message::new("name-signs", [&name.value]))
        .help(Message::plain("name-signs-help"));
    let mended: String =
        name.value.chars().map(|sign| if sign.is_alphanumeric() { sign } else { '_' }).collect();
    if mended.chars().next().is_some_and(char::is_alphabetic) && !mended.contains("__") {
        finding = finding.fix(name.span, mended);
    }
    out.found.push(finding);
    false
}

impl World<'_> {
    /// The finding for a name that nothing declares, with the nearest name or a list of those known.
    pub fn unknown<'n>(
        &self,
        code: Code,
        key: &'static str,
        text: &Text,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Diagnostic {
        let known: Vec<&str> = known.into_iter().collect();
        let finding = Diagnostic::error(code, text.span, Message::new(key, [&text.value]));
        let near = nearest(&text.value, known.iter().take(COMPARED_MAX).copied());
        match near {
            Some(near) if self.sources.text(text.span) == text.value => {
                finding.help(Message::new("did-you-mean", [near])).fix(text.span, near)
            }
            Some(near) => finding.help(Message::new("did-you-mean", [near])),
            None if known.is_empty() => finding.help(Message::plain("known-names-none")),
            None => {
                let mut listed = known.iter().take(LISTED_MAX).copied().collect::<Vec<_>>().join(", ");
                if known.len() > LISTED_MAX {
                    listed.push_str(", …");
                }
                finding.help(Message::new("known-names", [listed]))
            }
        }
    }

    /// A kind of subject by name.
    pub fn subject(&self, text: &Text, out: &mut Out) -> Option<KindId> {
        let found = self.find_kind(&text.value);
        if found.is_none() {
            let known = self.kinds.iter().map(|kind| kind.name.as_ref());
            out.found.push(self.unknown(Code::UnknownSubject, "unknown-subject", text, known));
        }
        found
    }

    /// A calendar by name.
    pub fn calendar_named(&self, text: &Text, out: &mut Out) -> Option<CalendarId> {
        let found = self.calendar_names.get(text.value.as_str()).copied();
        // A calendar with mistakes has a name and no id; its uses are not reported besides.
        let declared = self.raw.calendars.iter().any(|entry| entry.name.value == text.value);
        if found.is_none() && !declared {
            let known = self.calendar_names.keys().map(AsRef::as_ref);
            out.found.push(self.unknown(Code::UnknownCalendar, "unknown-calendar", text, known));
        }
        found
    }

    /// An event of a kind by name.
    pub fn event_of(&self, kind: KindId, text: &Text, code: Code, out: &mut Out) -> Option<EventId> {
        let kind = self.kind(kind)?;
        let found = kind.events.get(text.value.as_str()).copied();
        if found.is_none() {
            let key = if code == Code::UndeclaredEvent { "undeclared-event" } else { "unknown-event" };
            let known = kind.events.keys().map(AsRef::as_ref);
            let mut finding = self.unknown(code, key, text, known);
            finding.message = Message::new(key, [text.value.as_str(), &kind.name]);
            out.found.push(finding);
        }
        found
    }

    /// Events of a kind by name.
    pub fn events_of(&self, kind: KindId, texts: &[Text], code: Code, out: &mut Out) -> Vec<EventId> {
        texts.iter().filter_map(|text| self.event_of(kind, text, code, out)).collect()
    }

    /// Who may send an event of a kind: roles, `self`, or the name of a kind whose subjects are persons.
    pub fn senders(&self, kind: KindId, texts: &[Text], out: &mut Out) -> Vec<RoleRef> {
        texts.iter().filter_map(|text| self.sender(kind, text, out)).collect()
    }

    pub fn sender(&self, kind: KindId, text: &Text, out: &mut Out) -> Option<RoleRef> {
        if text.value == "self" {
            if !self.kind(kind)?.person {
                let message = Message::new("self-no-person", [self.kind_name(kind)]);
                out.error(Code::TypeMismatch, text.span, message);
                return None;
            }
            return Some(RoleRef::Itself);
        }
        if let Some(role) = self.find_role(&text.value) {
            self.role_fits(kind, role, text, out);
            return Some(RoleRef::Role(role));
        }
        if let Some(other) = self.find_kind(&text.value) {
            if !self.kind(other)?.person {
                let message = Message::new("kind-no-person", [&text.value]);
                out.error(Code::TypeMismatch, text.span, message);
                return None;
            }
            return Some(RoleRef::Every(other));
        }
        self.unknown_role(text, out);
        None
    }

    /// A role that is read from a field holds only for subjects that have the field.
    pub fn role_fits(&self, kind: KindId, role: crate::model::RoleId, text: &Text, out: &mut Out) {
        let Some(role) = self.roles.get(role.idx()) else { return };
        if let RoleKind::Of { kind: of, .. } | RoleKind::Through { kind: of, .. } = &role.kind
            && *of != kind
        {
            let args = [role.name.as_ref(), self.kind_name(*of), self.kind_name(kind)];
            out.error(Code::TypeMismatch, text.span, Message::new("role-of-other-kind", args));
        }
    }

    pub fn unknown_role(&self, text: &Text, out: &mut Out) {
        let declared = self.raw.roles.iter().any(|entry| entry.name.value == text.value);
        if !declared {
            let known = self.roles.iter().map(|role| role.name.as_ref()).chain(["self"]);
            let finding = self.unknown(Code::UnknownRole, "unknown-role", text, known);
            let anyone = matches!(text.value.as_str(), "anyone" | "anybody" | "everyone" | "任何人");
            out.found.push(if anyone { finding.help(Message::plain("anyone-help")) } else { finding });
        }
    }
}
