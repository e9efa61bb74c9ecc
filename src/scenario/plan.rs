//! Gives a scenario its meaning under a policy: names become ids, texts become instants and values; mistakes are findings.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::diag::{Code, Diagnostic, nearest};
use crate::lang::Message;
use crate::model::{EventDef, EventOrigin, KindId, Model, ScoreEvent};
use crate::record::{Data, Event};
use crate::scalar;
use crate::scenario::read::{bad_instant, invalid};
use crate::scenario::written::{Happening, Refused, Want, Written};
use crate::source::Span;
use crate::syntax::node::{Kind as NodeKind, Node};
use crate::syntax::raw::{Named, Text};
use crate::value::Value;

mod given;
mod want;

pub use want::{Check, ScoreWanted, Wanted};

/// What is to be done and checked, in virtual time.
#[derive(Debug)]
pub struct Plan {
    /// What happens, in the order in which it is delivered; instants never go back.
    pub acts: Vec<Act>,
    /// Aggregates of periods that are given instead of measured.
    pub presets: Vec<Preset>,
    /// What is checked, in the order in which it is written.
    pub checks: Vec<Check>,
    /// The instant of the last happening.
    pub end: DateTime<Utc>,
}

/// One thing that is done.
#[derive(Clone, Debug)]
pub struct Act {
    /// When it reaches us.
    pub now: DateTime<Utc>,
    /// The line it comes from.
    pub span: Span,
    /// What arrives; `None`: time passes.
    pub event: Option<Event>,
    /// Whether it sets the scene: then a refusal is a mistake of the scenario.
    pub given: bool,
}

/// Aggregates given for a period: `samples:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// The person's subject.
    pub subject: Arc<str>,
    /// The scorecard.
    pub card: Arc<str>,
    /// The period: `2026-01`.
    pub period: Arc<str>,
    /// The aggregates, as `period_closed` carries them.
    pub data: Data,
}

/// What planning needs at hand.
pub(super) struct Planner<'a> {
    pub model: &'a Model,
    pub written: &'a Written,
    pub found: Vec<Diagnostic>,
    /// Subjects that the scenario speaks of.
    pub subjects: Vec<Arc<str>>,
}

/// Plans a scenario.
///
/// # Errors
/// Every mistake of the scenario that only the policy can tell.
pub fn plan(model: &Model, written: &Written) -> Result<Plan, Vec<Diagnostic>> {
    let mut planner = Planner { model, written, found: Vec::new(), subjects: Vec::new() };
    for clause in &written.clauses {
        planner.clause(clause);
    }
    let happenings = planner.happenings();
    let earliest = happenings.iter().map(|act| act.now).min();
    let (mut openings, presets) = planner.given(earliest);
    openings.sort_by_key(|act| act.now);
    let end = happenings
        .iter()
        .map(|act| act.now)
        .max()
        .or_else(|| openings.iter().map(|act| act.now).max())
        .unwrap_or_else(|| planner.first_day());
    // Shorthand that would go on after the scenario has ended has not happened yet.
    openings.retain(|act| act.now <= end || !is_shorthand(act));
    for late in openings.iter().filter(|act| act.now > end) {
        planner.found.push(invalid(late.span, Message::plain("scenario-opens-late")));
    }
    let acts = merge(openings, happenings);
    let checks = planner.checks();
    if planner.found.is_empty() { Ok(Plan { acts, presets, checks, end }) } else { Err(planner.found) }
}

fn is_shorthand(act: &Act) -> bool {
    act.event.as_ref().is_some_and(|event| event.name.as_ref() != "opened")
}

/// What is given comes before what happens at the same instant; happenings keep their order.
fn merge(openings: Vec<Act>, happenings: Vec<Act>) -> Vec<Act> {
    let mut acts = Vec::with_capacity(openings.len() + happenings.len());
    let mut openings = openings.into_iter().peekable();
    for act in happenings {
        while let Some(opening) = openings.next_if(|opening| opening.now <= act.now) {
            acts.push(opening);
        }
        acts.push(act);
    }
    acts.extend(openings);
    acts
}

impl Planner<'_> {
    /// What happens, each with the instant at which it reaches us: `known`, else `at`, never before the one above it.
    fn happenings(&mut self) -> Vec<Act> {
        let mut acts = Vec::new();
        let mut clock: Option<DateTime<Utc>> = None;
        for happening in &self.written.happens {
            let Some(mut act) = self.happening(happening) else { continue };
            act.now = clock.map_or(act.now, |clock| clock.max(act.now));
            clock = Some(act.now);
            acts.push(act);
        }
        acts
    }

    fn happening(&mut self, happening: &Happening) -> Option<Act> {
        if let Some(advance) = &happening.advance {
            let now = self.instant(advance)?;
            return Some(Act { now, span: happening.span, event: None, given: false });
        }
        let named = happening.event.as_ref()?;
        let at = self.instant(happening.at.as_ref()?)?;
        let known = match &happening.known {
            Some(known) => Some(self.instant(known)?),
            None => None,
        };
        let to = happening.to.as_ref()?;
        let kind = self.addressed(to, &named.name);
        if let Some(kind) = kind {
            self.event_known(kind, named, happening);
        }
        if let Some(by) = &happening.by {
            self.actor_known(by, &named.name);
        }
        let text = |text: &Option<Text>| text.as_ref().map(|text| Arc::from(text.value.as_str()));
        let mut event = Event::new(named.name.value.as_str()).to(to.value.as_str()).at(at);
        event.by = text(&happening.by);
        event.on_behalf_of = text(&happening.on_behalf_of);
        event.id = text(&happening.id);
        event.case = text(&happening.case);
        event.corrects = text(&happening.corrects);
        event.reason = text(&happening.reason);
        event.order = happening.order.as_ref().and_then(|order| order.value.parse().ok());
        event.void = happening.void.as_ref().is_some_and(|void| scalar::yes_no(&void.value).unwrap_or(false));
        event.data = self.data(&named.value);
        Some(Act { now: known.unwrap_or(at), span: happening.span, event: Some(event), given: false })
    }

    /// The kind of the subject that an event is for.
    fn addressed(&mut self, to: &Text, event: &Text) -> Option<KindId> {
        self.remember(&to.value);
        let kind = self.model.split_subject(&to.value).map(|(kind, _)| kind);
        if kind.is_none() && !self.refusal_expected(&event.value, "unknown_subject") {
            self.unknown_subject(to);
        }
        kind
    }

    /// The event and the names of its data, unless the scenario expects exactly that to be refused.
    fn event_known(&mut self, kind: KindId, named: &Named<Vec<Named<Node>>>, happening: &Happening) {
        let name = &named.name.value;
        if matches!(name.as_str(), "withdraw" | "reread") {
            return;
        }
        let kind = self.model.kind(kind);
        let Some(id) = kind.events.get(name.as_str()) else {
            if !self.refusal_expected(name, "unknown_event") {
                let message = Message::new("scenario-unknown-event", [kind.name.as_ref(), name.as_str()]);
                let known: Vec<Arc<str>> = kind.events.keys().cloned().collect();
                self.unknown(Code::UnknownEvent, &named.name, message, &known);
            }
            return;
        };
        let def = self.model.event(*id);
        let free =
            matches!(def.origin, EventOrigin::Score(_, ScoreEvent::PeriodClosed | ScoreEvent::PeriodRevised));
        if free || happening.void.is_some() || self.refusal_expected(name, "wrong_shape") {
            return;
        }
        let known: Vec<Arc<str>> = def.data.iter().map(|field| field.name.clone()).collect();
        for entry in &named.value {
            if !known.iter().any(|field| **field == entry.name.value) {
                let message =
                    Message::new("scenario-unknown-data", [name.as_str(), entry.name.value.as_str()]);
                self.unknown(Code::UnknownField, &entry.name, message, &known);
            }
        }
    }

    /// The role or kind before the name of an actor: `hr/zhao`.
    fn actor_known(&mut self, by: &Text, event: &Text) {
        let Some((prefix, _)) = by.value.split_once('/') else {
            self.found.push(invalid(by.span, Message::new("scenario-bad-actor", [&by.value])));
            return;
        };
        let known = self.prefixes();
        if !known.iter().any(|name| **name == *prefix) && !self.refusal_expected(&event.value, "wrong_role") {
            let message = Message::new("scenario-unknown-role", [prefix]);
            self.unknown(Code::UnknownRole, by, message, &known);
        }
    }

    /// Kinds of person and roles: what may stand before the name of an actor.
    fn prefixes(&self) -> Vec<Arc<str>> {
        let kinds = self.model.kinds.iter().map(|kind| kind.name.clone());
        kinds.chain(self.model.roles.iter().map(|role| role.name.clone())).collect()
    }

    /// Whether the scenario expects this event to be refused for this reason, or for one it does not name.
    fn refusal_expected(&self, event: &str, reason: &str) -> bool {
        let fits = |refused: &Refused| {
            refused.event.as_ref().is_some_and(|name| name.value == event)
                && refused.reason.as_ref().is_none_or(|name| name.value == reason)
        };
        self.written
            .expect
            .iter()
            .flat_map(|line| &line.wants)
            .any(|want| matches!(want, Want::Refused(refused) if fits(refused)))
    }

    /// Data as they are sent: texts, which the declared types read at the door.
    fn data(&mut self, entries: &[Named<Node>]) -> Data {
        let mut data = Data::new();
        for entry in entries {
            match value_of(&entry.value) {
                Some(value) => {
                    data.insert(entry.name.value.as_str().into(), value);
                }
                None => {
                    let message = Message::new("scenario-not-value", [&entry.name.value]);
                    self.found.push(invalid(entry.value.span, message));
                }
            }
        }
        data
    }

    pub fn instant(&mut self, text: &Text) -> Option<DateTime<Utc>> {
        let read = scalar::instant(&text.value, self.model.header.zone).ok();
        if read.is_none() {
            self.found.push(bad_instant(text));
        }
        read
    }

    pub fn clause(&mut self, clause: &Text) {
        if !self.model.clauses.iter().any(|known| *known.id == clause.value) {
            let known: Vec<Arc<str>> = self.model.clauses.iter().map(|clause| clause.id.clone()).collect();
            let message = Message::new("scenario-unknown-clause", [&clause.value]);
            self.unknown(Code::UnknownClause, clause, message, &known);
        }
    }

    pub fn unknown_subject(&mut self, name: &Text) {
        let prefix = name.value.split_once('/').map_or(name.value.as_str(), |(prefix, _)| prefix);
        let known: Vec<Arc<str>> = self.model.kinds.iter().map(|kind| kind.name.clone()).collect();
        let finding = Diagnostic::error(
            Code::UnknownSubject,
            name.span,
            Message::new("scenario-unknown-subject", [&name.value]),
        );
        let finding = match nearest(prefix, known.iter().map(AsRef::as_ref)) {
            Some(meant) => finding.help(Message::new("did-you-mean", [meant])),
            None => finding,
        };
        self.found.push(finding.help(Message::new("scenario-known", [known.join(", ")])));
    }

    /// A finding for an unknown name, with the nearest known one.
    pub fn unknown(&mut self, code: Code, name: &Text, message: Message, known: &[Arc<str>]) {
        let finding = Diagnostic::error(code, name.span, message);
        let finding = match nearest(&name.value, known.iter().map(AsRef::as_ref)) {
            Some(meant) => finding.help(Message::new("did-you-mean", [meant])).fix(name.span, meant),
            None => finding,
        };
        let listed: Vec<&str> = known.iter().take(30).map(AsRef::as_ref).collect();
        self.found.push(finding.help(Message::new("scenario-known", [listed.join(", ")])));
    }

    pub fn remember(&mut self, subject: &str) {
        if !self.subjects.iter().any(|known| **known == *subject) {
            self.subjects.push(subject.into());
        }
    }

    pub fn event_named(&self, kind: KindId, name: &str) -> Option<&EventDef> {
        self.model.kind(kind).events.get(name).map(|id| self.model.event(*id))
    }

    /// The first second of the policy's first day.
    pub fn first_day(&self) -> DateTime<Utc> {
        self.midnight(self.model.header.effective)
    }

    /// The first second of a day in the policy's zone.
    pub fn midnight(&self, day: chrono::NaiveDate) -> DateTime<Utc> {
        crate::zone::day_start(self.model.header.zone, day)
    }

    /// A time of a day in the policy's zone, as seconds after midnight.
    pub fn time_of(&self, day: chrono::NaiveDate, seconds: i64) -> DateTime<Utc> {
        self.midnight(day) + TimeDelta::seconds(seconds)
    }
}

/// A node as a value: text, a list of texts, or nothing.
pub(super) fn value_of(node: &Node) -> Option<Value> {
    match &node.kind {
        NodeKind::Scalar { .. } if node.is_empty() => Some(Value::Absent),
        NodeKind::Scalar { text, .. } => Some(Value::text(text)),
        NodeKind::List(items) => {
            let values: Option<Vec<Value>> = items.iter().map(value_of).collect();
            values.map(|values| Value::List(values.into()))
        }
        NodeKind::Map(_) => None,
    }
}
