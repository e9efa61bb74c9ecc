//! `expect:` under a policy: which workflow, field, clock, scorecard, table is meant, and what value.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::Planner;
use crate::diag::{Code, Diagnostic, nearest};
use crate::engine;
use crate::lang::Message;
use crate::model::{KindId, Raise, RaisedTo, ScorecardId, TableId, WorkflowId};
use crate::period::Period;
use crate::record::Data;
use crate::scalar;
use crate::scenario::read::{bad_word, invalid};
use crate::scenario::written::{Owed, OwedKind, Refused, Scored, Want};
use crate::source::Span;
use crate::syntax::raw::{Named, Text};
use crate::value::Value;

/// The words for how a clock stands.
const STATUSES: &[&str] = &["running", "paused", "breached", "met", "met_late", "cancelled"];
/// The words for why an event is refused.
const REASONS: &[&str] = &[
    "unknown_event",
    "unknown_subject",
    "wrong_shape",
    "horizon",
    "conflict",
    "not_open",
    "not_in_this_state",
    "too_early",
    "guard",
    "undecided",
    "not_permitted",
    "wrong_role",
    "four_eyes",
    "decided",
];
/// The word for no case, no value.
pub const NONE: &str = "none";

/// Something to check at an instant.
#[derive(Clone, Debug)]
pub struct Check {
    /// When; `None`: at the end.
    pub at: Option<DateTime<Utc>>,
    /// Where it stands.
    pub span: Span,
    /// What is wanted.
    pub wanted: Wanted,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// The latest case of a workflow is in these states; empty: there is no case.
    States(Arc<str>, WorkflowId, Vec<Arc<str>>),
    /// A field has a value.
    Field(Arc<str>, usize, Value),
    /// Nothing that happened was refused.
    NotRefused,
    /// Something that happened was refused.
    Refused {
        /// Which event.
        event: Arc<str>,
        /// Of which subject.
        subject: Option<Arc<str>>,
        /// Why.
        reason: Option<Arc<str>>,
        /// What the refusal says.
        message: Option<Arc<str>>,
    },
    /// A clause was cited.
    Cites(Arc<str>),
    /// How the latest round of a clock stands.
    Status(Arc<str>, Arc<str>, Arc<str>),
    /// When the latest round of a clock is due.
    ClockDue(Arc<str>, Arc<str>, DateTime<Utc>),
    /// Something is owed, or must not be.
    Owed {
        /// Whether it must be.
        owed: bool,
        /// A notice, a question, a call.
        kind: OwedKind,
        /// The role, or the call's name.
        name: Arc<str>,
        /// About which subject.
        subject: Option<Arc<str>>,
        /// To which person.
        to: Option<Arc<str>>,
        /// What the message holds.
        message: Option<Arc<str>>,
    },
    /// One part of a result.
    Score(Arc<str>, ScorecardId, Arc<str>, ScoreWanted),
    /// The length of a streak; `None`: undecided.
    Streak(Arc<str>, ScorecardId, usize, Option<u32>),
    /// The next instant at which anything happens by itself; `None`: nothing will.
    NextDue(Arc<str>, Option<DateTime<Utc>>),
    /// The earliest limit that is still open, as `rulebook due` lists it; `None`: nothing is due.
    Due(Arc<str>, Option<DateTime<Utc>>),
    /// The story of a subject holds a text.
    Explains(Arc<str>, Arc<str>),
    /// A table answers so.
    Table(TableId, Data, Vec<(Arc<str>, Value)>),
    /// So many items wait for review.
    Reviews(usize),
    /// A record was judged anew.
    Rejudged(Arc<str>),
    /// A decision's ground is gone; `None`: of none.
    GroundLost(Option<Arc<str>>),
}

/// One part of a result.
#[derive(Clone, Debug)]
pub enum ScoreWanted {
    /// The total.
    Score(Decimal),
    /// The band.
    Band(Arc<str>),
    /// `scored`, `undetermined`, `exempt`.
    Result(Arc<str>),
    /// `published`, `appealed`, `final`.
    Status(Arc<str>),
    /// It is there at all.
    There,
}

impl Planner<'_> {
    /// Every expectation, one check for each thing wanted.
    pub(super) fn checks(&mut self) -> Vec<Check> {
        let mut checks = Vec::new();
        let written = self.written;
        for line in &written.expect {
            let at = match &line.at {
                Some(text) => match self.instant(text) {
                    Some(at) => Some(at),
                    None => continue,
                },
                None => None,
            };
            for want in &line.wants {
                for (span, wanted) in self.want(want) {
                    checks.push(Check { at, span, wanted });
                }
            }
        }
        checks
    }

    fn want(&mut self, want: &Want) -> Vec<(Span, Wanted)> {
        match want {
            Want::Subject(entry) => self.subject_wanted(entry),
            Want::NotRefused(span) => vec![(*span, Wanted::NotRefused)],
            Want::Refused(refused) => self.refusal(refused).into_iter().collect(),
            Want::Cites(clauses) => {
                for clause in clauses {
                    self.clause(clause);
                }
                let cited = |clause: &Text| (clause.span, Wanted::Cites(clause.value.as_str().into()));
                clauses.iter().map(cited).collect()
            }
            Want::Clock(entry) => self.clock(entry),
            Want::Effect(owed) => self.owed(owed, true).into_iter().collect(),
            Want::NoEffect(owed) => self.owed(owed, false).into_iter().collect(),
            Want::Score(entry) => self.score(&entry.name, &entry.value),
            Want::Streak(entry) => self.streaks(entry),
            Want::Due(entry) => self.due(entry, Wanted::Due).into_iter().collect(),
            Want::NextDue(entry) => self.due(entry, Wanted::NextDue).into_iter().collect(),
            Want::Explains(entry) => {
                self.of_scenario(&entry.name);
                let subject: Arc<str> = entry.name.value.as_str().into();
                let holds =
                    |text: &Text| (text.span, Wanted::Explains(subject.clone(), text.value.as_str().into()));
                entry.value.iter().map(holds).collect()
            }
            Want::Table(entry) => self.table(entry).into_iter().collect(),
            Want::Reviews(text) => match text.value.parse() {
                Ok(count) => vec![(text.span, Wanted::Reviews(count))],
                Err(_) => {
                    self.not_number("reviews", text);
                    Vec::new()
                }
            },
            Want::Rejudged(ids) => {
                ids.iter().map(|id| (id.span, Wanted::Rejudged(id.value.as_str().into()))).collect()
            }
            Want::GroundLost(ids) => {
                let lost = |id: &Text| {
                    let decision = (id.value != NONE).then(|| id.value.as_str().into());
                    (id.span, Wanted::GroundLost(decision))
                };
                ids.iter().map(lost).collect()
            }
        }
    }

    /// `staff/li: {onboarding: certified, coached_until: 2026-03-11}`
    fn subject_wanted(&mut self, entry: &Named<Vec<Named<Vec<Text>>>>) -> Vec<(Span, Wanted)> {
        let Some(kind_id) = self.of_scenario(&entry.name) else { return Vec::new() };
        let model = self.model;
        let kind = model.kind(kind_id);
        let subject: Arc<str> = entry.name.value.as_str().into();
        let mut wanted = Vec::new();
        for part in &entry.value {
            let name = part.name.value.as_str();
            let span = part.value.first().map_or(part.name.span, |text| text.span);
            let workflow = kind.workflows.iter().find(|id| *model.workflow(**id).name == *name);
            let field = kind.fields.iter().position(|field| *field.name == *name);
            match (workflow, field) {
                (Some(workflow), _) => {
                    if let Some(states) = self.states(*workflow, &part.value) {
                        wanted.push((span, Wanted::States(subject.clone(), *workflow, states)));
                    }
                }
                (None, Some(field)) => {
                    if let Some(value) = self.field_value(kind_id, field, &part.value, part.name.span) {
                        wanted.push((span, Wanted::Field(subject.clone(), field, value)));
                    }
                }
                (None, None) => {
                    let workflows = kind.workflows.iter().map(|id| model.workflow(*id).name.clone());
                    let fields = kind.fields.iter().map(|field| field.name.clone());
                    let known: Vec<Arc<str>> = workflows.chain(fields).collect();
                    let message = Message::new("scenario-unknown-part", [kind.name.as_ref(), name]);
                    self.unknown(Code::UnknownName, &part.name, message, &known);
                }
            }
        }
        wanted
    }

    fn states(&mut self, workflow: WorkflowId, texts: &[Text]) -> Option<Vec<Arc<str>>> {
        let model = self.model;
        let workflow = model.workflow(workflow);
        if let [only] = texts
            && only.value == NONE
        {
            return Some(Vec::new());
        }
        let known: Vec<Arc<str>> = workflow.states.iter().map(|state| state.name.clone()).collect();
        let mut states = Vec::new();
        for text in texts {
            match workflow.find_state(&text.value) {
                Some(state) => states.push(workflow.state(state).name.clone()),
                None => {
                    let message =
                        Message::new("scenario-unknown-state", [workflow.name.as_ref(), &text.value]);
                    self.unknown(Code::UnknownState, text, message, &known);
                }
            }
        }
        (states.len() == texts.len() && !texts.is_empty()).then_some(states)
    }

    fn field_value(&mut self, kind: KindId, field: usize, texts: &[Text], place: Span) -> Option<Value> {
        let field = self.model.kind(kind).fields.get(field)?;
        let given = match texts {
            [] => Value::Absent,
            [only] if only.value == NONE => Value::Absent,
            [only] => Value::text(&only.value),
            several => Value::List(several.iter().map(|text| Value::text(&text.value)).collect()),
        };
        let value = engine::coerce(self.model, &field.ty, &given);
        if value.is_none() {
            let shown: Vec<&str> = texts.iter().map(|text| text.value.as_str()).collect();
            let message = Message::new(
                "scenario-bad-value",
                [field.name.to_string(), field.ty.to_string(), shown.join(", ")],
            );
            let span = texts.first().map_or(place, |text| text.span);
            self.found.push(Diagnostic::error(Code::TypeMismatch, span, message));
        }
        value
    }

    fn refusal(&mut self, refused: &Refused) -> Option<(Span, Wanted)> {
        let event = refused.event.as_ref()?;
        let happens = self.written.happens.iter().filter_map(|happening| happening.event.as_ref());
        let names: Vec<Arc<str>> = happens.map(|event| event.name.value.as_str().into()).collect();
        if !names.iter().any(|name| **name == event.value) {
            let message = Message::new("scenario-does-not-happen", [&event.value]);
            self.unknown(Code::ScenarioInvalid, event, message, &names);
        }
        if let Some(reason) =
            refused.reason.as_ref().filter(|reason| !REASONS.contains(&reason.value.as_str()))
        {
            self.found.push(bad_word(reason, REASONS));
        }
        let text = |text: &Option<Text>| text.as_ref().map(|text| Arc::from(text.value.as_str()));
        let wanted = Wanted::Refused {
            event: event.value.as_str().into(),
            subject: text(&refused.subject),
            reason: text(&refused.reason),
            message: text(&refused.message),
        };
        Some((refused.reason.as_ref().unwrap_or(event).span, wanted))
    }

    /// `chat/88: {reply: met, due: "2026-03-02 10:05:00"}`
    fn clock(&mut self, entry: &Named<Vec<Named<Text>>>) -> Vec<(Span, Wanted)> {
        let Some(kind) = self.of_scenario(&entry.name) else { return Vec::new() };
        let model = self.model;
        let workflows = model.kind(kind).workflows.iter().map(|id| model.workflow(*id));
        let known: Vec<Arc<str>> =
            workflows.flat_map(|workflow| &workflow.clocks).map(|clock| clock.name.clone()).collect();
        let subject: Arc<str> = entry.name.value.as_str().into();
        let (due, clocks): (Vec<_>, Vec<_>) = entry.value.iter().partition(|part| part.name.value == "due");
        let mut wanted = Vec::new();
        for part in &clocks {
            let name = part.name.value.as_str();
            if !known.iter().any(|clock| **clock == *name) {
                let message = Message::new("scenario-unknown-clock", [entry.name.value.as_str(), name]);
                self.unknown(Code::UnknownName, &part.name, message, &known);
                continue;
            }
            if !STATUSES.contains(&part.value.value.as_str()) {
                self.found.push(bad_word(&part.value, STATUSES));
                continue;
            }
            let status = part.value.value.as_str().into();
            wanted.push((part.value.span, Wanted::Status(subject.clone(), name.into(), status)));
        }
        if let Some(due) = due.first() {
            match clocks.as_slice() {
                [clock] => {
                    if let Some(at) = self.instant(&due.value) {
                        let name = clock.name.value.as_str().into();
                        wanted.push((due.value.span, Wanted::ClockDue(subject, name, at)));
                    }
                }
                _ => self.found.push(invalid(due.name.span, Message::plain("scenario-due-of-one"))),
            }
        }
        wanted
    }

    fn owed(&mut self, owed: &Owed, wanted: bool) -> Option<(Span, Wanted)> {
        let (kind, name) = owed.what.as_ref()?;
        if *kind != OwedKind::Call {
            self.recipient(name);
        }
        if let Some(subject) = &owed.subject {
            self.of_scenario(subject);
        }
        let text = |text: &Option<Text>| text.as_ref().map(|text| Arc::from(text.value.as_str()));
        let wanted = Wanted::Owed {
            owed: wanted,
            kind: *kind,
            name: name.value.as_str().into(),
            subject: text(&owed.subject),
            to: text(&owed.to),
            message: text(&owed.message),
        };
        Some((name.span, wanted))
    }

    /// Who may be told: a role, `self`, or a field `order.owner`.
    fn recipient(&mut self, name: &Text) {
        let mut known: Vec<Arc<str>> = vec!["self".into()];
        known.extend(self.model.roles.iter().map(|role| role.name.clone()));
        for kind in &self.model.kinds {
            let of = |field: &crate::model::Field| format!("{}.{}", kind.name, field.name).into();
            known.extend(kind.fields.iter().map(of));
        }
        if !known.iter().any(|role| **role == name.value) {
            let message = Message::new("scenario-unknown-role", [&name.value]);
            self.unknown(Code::UnknownRole, name, message, &known);
        }
    }

    fn score(&mut self, name: &Text, wanted: &Scored) -> Vec<(Span, Wanted)> {
        let Some(kind) = self.of_scenario(name) else { return Vec::new() };
        let model = self.model;
        let cards = &model.kind(kind).scorecards;
        let names: Vec<Arc<str>> = cards.iter().map(|id| model.scorecard(*id).name.clone()).collect();
        let card = match &wanted.card {
            Some(card) => cards.iter().find(|id| *model.scorecard(**id).name == card.value),
            None => cards.first().filter(|_| cards.len() == 1),
        };
        let Some(card_id) = card.copied() else {
            let message = Message::new("scenario-unknown-card", [&name.value]);
            self.unknown(Code::UnknownName, wanted.card.as_ref().unwrap_or(name), message, &names);
            return Vec::new();
        };
        let card = model.scorecard(card_id);
        let Some(period) = &wanted.period else { return Vec::new() };
        if Period::parse(&period.value).is_none_or(|parsed| parsed.kind() != card.period) {
            let example = Period::of(card.period, model.header.effective).to_string();
            let message = Message::new("scenario-bad-period", [period.value.clone(), example]);
            self.found.push(invalid(period.span, message));
        }
        let mut parts = Vec::new();
        if let Some(score) = &wanted.score {
            match scalar::quantity(&score.value) {
                Ok(Value::Number(number, _)) => parts.push((score.span, ScoreWanted::Score(number))),
                _ => self.not_number("score", score),
            }
        }
        if let Some(band) = &wanted.band {
            if !card.bands.iter().any(|known| *known.name == band.value) {
                let bands: Vec<&str> = card.bands.iter().map(|band| band.name.as_ref()).collect();
                self.found.push(bad_word(band, &bands));
            }
            parts.push((band.span, ScoreWanted::Band(band.value.as_str().into())));
        }
        if let Some(result) = &wanted.result {
            parts.push((result.span, ScoreWanted::Result(result.value.as_str().into())));
        }
        if let Some(status) = &wanted.status {
            parts.push((status.span, ScoreWanted::Status(status.value.as_str().into())));
        }
        if parts.is_empty() {
            parts.push((period.span, ScoreWanted::There));
        }
        let subject: Arc<str> = name.value.as_str().into();
        let period: Arc<str> = period.value.as_str().into();
        parts
            .into_iter()
            .map(|(span, part)| (span, Wanted::Score(subject.clone(), card_id, period.clone(), part)))
            .collect()
    }

    fn streaks(&mut self, entry: &Named<Vec<Named<Text>>>) -> Vec<(Span, Wanted)> {
        let Some(kind) = self.of_scenario(&entry.name) else { return Vec::new() };
        let model = self.model;
        let mut known = Vec::new();
        for id in &model.kind(kind).scorecards {
            let streaks = model.scorecard(*id).streaks.iter().enumerate();
            known.extend(streaks.map(|(idx, streak)| (*id, idx, streak.name.clone())));
        }
        let mut wanted = Vec::new();
        for part in &entry.value {
            let Some((card, idx, _)) = known.iter().find(|(_, _, name)| **name == part.name.value) else {
                let names: Vec<Arc<str>> = known.iter().map(|(_, _, name)| name.clone()).collect();
                let message = Message::new("scenario-unknown-streak", [&part.name.value]);
                self.unknown(Code::UnknownName, &part.name, message, &names);
                continue;
            };
            let length = match (part.value.value.as_str(), scalar::quantity(&part.value.value)) {
                ("undecided", _) => None,
                (_, Ok(Value::Number(number, _))) if number.is_integer() => u32::try_from(number).ok(),
                _ => {
                    self.not_number(&part.name.value, &part.value);
                    continue;
                }
            };
            let subject = entry.name.value.as_str().into();
            wanted.push((part.value.span, Wanted::Streak(subject, *card, *idx, length)));
        }
        wanted
    }

    fn due(
        &mut self,
        entry: &Named<Text>,
        wanted: fn(Arc<str>, Option<DateTime<Utc>>) -> Wanted,
    ) -> Option<(Span, Wanted)> {
        self.of_scenario(&entry.name)?;
        let at = match entry.value.value.as_str() {
            NONE => None,
            _ => Some(self.instant(&entry.value)?),
        };
        Some((entry.value.span, wanted(entry.name.value.as_str().into(), at)))
    }

    /// A table with the cells of one question: inputs are given, outputs are wanted.
    fn table(&mut self, entry: &Named<Vec<Named<Text>>>) -> Option<(Span, Wanted)> {
        let model = self.model;
        let Some(id) = model.find_table(&entry.name.value) else {
            let known: Vec<Arc<str>> = model.tables.iter().map(|table| table.name.clone()).collect();
            let message = Message::new("scenario-unknown-table", [&entry.name.value]);
            self.unknown(Code::UnknownName, &entry.name, message, &known);
            return None;
        };
        let table = model.table(id);
        let mut inputs = Data::new();
        let mut outputs = Vec::new();
        let mut span = entry.name.span;
        for cell in &entry.value {
            let name = cell.name.value.as_str();
            if table.inputs.iter().any(|column| *column.name == *name) {
                inputs.insert(name.into(), Value::text(&cell.value.value));
                continue;
            }
            let Some((name, ty)) = table.outputs.iter().find(|(known, _)| **known == *name) else {
                let inputs = table.inputs.iter().map(|column| column.name.clone());
                let known: Vec<Arc<str>> =
                    inputs.chain(table.outputs.iter().map(|(name, _)| name.clone())).collect();
                let message = Message::new("scenario-unknown-column", [entry.name.value.as_str(), name]);
                self.unknown(Code::UnknownName, &cell.name, message, &known);
                continue;
            };
            span = cell.value.span;
            match engine::coerce(model, ty, &Value::text(&cell.value.value)) {
                Some(value) => outputs.push((name.clone(), value)),
                None => {
                    let message = Message::new(
                        "scenario-bad-value",
                        [name.to_string(), ty.to_string(), cell.value.value.clone()],
                    );
                    self.found.push(Diagnostic::error(Code::TypeMismatch, cell.value.span, message));
                }
            }
        }
        if outputs.is_empty() {
            let message = Message::new("scenario-table-no-output", [&entry.name.value]);
            self.found.push(invalid(entry.name.span, message));
        }
        Some((span, Wanted::Table(id, inputs, outputs)))
    }

    /// The kind of a subject that the scenario speaks of, or that an effect may bring into being; another one, and one that
    /// resembles a subject given, is probably misspelt.
    fn of_scenario(&mut self, name: &Text) -> Option<KindId> {
        let Some((kind, _)) = self.model.split_subject(&name.value) else {
            self.unknown_subject(name);
            return None;
        };
        if self.subjects.iter().any(|known| **known == name.value) {
            return Some(kind);
        }
        let given = self.written.given.iter().map(|entry| entry.name.value.as_str());
        let alike = nearest(&name.value, given.filter(|name| self.is_of(name, kind)));
        let opened = |raise: &Raise| matches!(raise.to, RaisedTo::New(of, _) if of == kind);
        if alike.is_none() && self.model.raises().any(opened) {
            return Some(kind);
        }
        let meant = alike.or_else(|| nearest(&name.value, self.subjects.iter().map(AsRef::as_ref)));
        let finding = invalid(name.span, Message::new("scenario-subject-not-given", [&name.value]));
        let finding = match meant {
            Some(meant) => finding.help(Message::new("did-you-mean", [meant])).fix(name.span, meant),
            None => finding,
        };
        self.found.push(finding);
        None
    }

    fn is_of(&self, name: &str, kind: KindId) -> bool {
        self.model.split_subject(name).is_some_and(|(of, _)| of == kind)
    }

    fn not_number(&mut self, name: &str, text: &Text) {
        let message = Message::new("scenario-not-number", [name, &text.value]);
        self.found.push(Diagnostic::error(Code::BadNumber, text.span, message));
    }
}
