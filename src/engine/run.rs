//! One macro step in the making: the state that changes, the step that tells it, and the events raised on the way.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use super::context::{Context, Failure, Happening};
use super::notice::Occasion;
use super::people;
use super::state::{Round, ScoreResult, State};
use super::step::{Cause, Effect, EffectKind, Said, Step};
use super::trace::Entry;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ClauseId, EffectTemplate, EffectWhat, EventId, Expression, KindId, Model, Raise, RaisedTo, Recipient,
    StateId, WorkflowId,
};
use crate::record::{Data, Record, to_plain_json};
use crate::value::Value;

/// How many events one event may raise, directly and indirectly.
const RAISED_MAX: u32 = 100;

/// What is at hand while something is judged.
#[derive(Clone, Default)]
pub(super) struct Scene<'s> {
    /// The event's data, when there is an event.
    pub slots: Option<&'s [Value]>,
    /// Who acts, as the record says it.
    pub by: Option<&'s Arc<str>>,
    /// On whose behalf, as the record says it.
    pub on_behalf_of: Option<&'s Arc<str>>,
    /// Who is behind what happens, where some `four_eyes` has to know.
    pub persons: &'s [Arc<str>],
    /// What was read at the door.
    pub reads: Option<&'s Data>,
    /// The result being told.
    pub result: Option<Arc<ScoreResult>>,
    /// The round being told.
    pub round: Option<Round>,
    /// What a notice without a message of its own is about.
    pub occasion: Option<Occasion<'s>>,
    /// Who stopped the round.
    pub stopped_by: Option<Arc<str>>,
    /// Whom a refusal is logged against.
    pub against: Option<Arc<str>>,
    /// One of a list, where something happens for each.
    pub item: Option<Value>,
}

/// An event raised by an effect or by the engine, waiting its turn.
pub(super) struct Raised {
    pub event: EventId,
    pub slots: Vec<Value>,
    pub result: Option<Arc<ScoreResult>>,
}

/// What waits until the step at hand is through.
pub(super) enum Waiting {
    /// An event of the subject.
    Raised(Raised),
    /// Everything inside a state of a case is done.
    Completed { workflow: WorkflowId, number: u32, state: StateId },
    /// A case opens.
    Opening(WorkflowId),
    /// A field changed that an opening by date may hang on.
    Openings,
}

/// What makes things happen now.
enum Making<'a> {
    Nothing,
    Record(&'a Arc<str>),
    Other(Cause),
}

/// A macro step in the making.
pub(super) struct Run<'a> {
    pub model: &'a Model,
    pub state: &'a mut State,
    pub step: &'a mut Step,
    /// The instant being judged.
    pub at: DateTime<Utc>,
    /// When what makes things happen became known: it decides which revision's graphs and values count.
    pub known: DateTime<Utc>,
    pub queue: VecDeque<Waiting>,
    /// What host functions answered in this step: `name(arguments)` → value.
    pub answered: RefCell<Vec<(Arc<str>, Value)>>,
    /// Whom a `four_eyes` of this step was held against.
    pub compared: Vec<Arc<str>>,
    cause: Making<'a>,
    effect_count: u32,
    raised_count: u32,
}

impl<'a> Run<'a> {
    /// A run over a state.
    pub fn new(model: &'a Model, state: &'a mut State, step: &'a mut Step) -> Run<'a> {
        let at = state.frontier;
        Run {
            model,
            state,
            step,
            at,
            known: at,
            queue: VecDeque::new(),
            answered: RefCell::default(),
            compared: Vec::new(),
            cause: Making::Nothing,
            effect_count: 0,
            raised_count: 0,
        }
    }

    /// From here on, this is what makes things happen.
    pub fn begin(&mut self, cause: Cause, at: DateTime<Utc>) {
        self.cause = Making::Other(cause);
        self.at = at;
        self.known = at;
        self.effect_count = 0;
    }

    /// From here on, a record makes things happen.
    pub fn begin_record(&mut self, record: &'a Record) {
        self.cause = Making::Record(&record.id);
        self.at = record.at;
        self.known = record.known;
        self.effect_count = 0;
    }

    pub(super) fn begin_clock_cause(&mut self, case: usize, round: &Round, at: DateTime<Utc>, point: &str) {
        let name = match self.state.cases.get(case) {
            Some(case) => {
                let clock = &self.model.workflow(case.workflow).clock(round.clock).name;
                format!(
                    "{}/{}/{clock}/{}@{point}",
                    self.model.workflow(case.workflow).name,
                    case.number,
                    round.number
                )
            }
            None => String::new(),
        };
        self.begin(Cause::Clock(name.into()), at);
    }

    /// The context of a scene.
    pub fn ctx<'b>(&'b self, scene: &'b Scene<'_>) -> Context<'b> {
        static NOTHING: Data = Data::new();
        Context {
            model: self.model,
            state: self.state,
            at: self.at,
            known: self.known,
            event: scene.slots.map(|slots| Happening {
                slots,
                by: scene.by,
                reads: scene.reads.unwrap_or(&NOTHING),
            }),
            result: scene.result.as_deref(),
            round: scene.round.as_ref(),
            stopped_by: scene.stopped_by.as_ref(),
            period_start: scene.result.as_ref().map(|result| result.period),
            against: scene.against.as_ref(),
            item: scene.item.as_ref(),
            answered: Some(&self.answered),
        }
    }

    /// Today in the policy's zone.
    pub fn today(&self) -> NaiveDate {
        self.at.with_timezone(&self.model.header.zone).date_naive()
    }

    /// The first expression that names somebody.
    pub(super) fn first_person(
        &self,
        credited_to: &[Expression],
        scene: &Scene<'_>,
    ) -> Result<Option<Arc<str>>> {
        let ctx = self.ctx(scene);
        for expression in credited_to {
            match ctx.eval(expression, None) {
                Ok(Value::Absent) | Err(Failure::Absent(_)) => {}
                Ok(value) => return Ok(value.as_str().map(|name| people::person_of(self.model, name))),
                Err(Failure::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Runs effects in order.
    ///
    /// A missing value in an `assign` or `raise` leaves the field or slot absent; a guard that is undecided does not hold.
    pub fn run_effects(
        &mut self,
        effects: &[EffectTemplate],
        case: Option<usize>,
        clause: Option<ClauseId>,
        scene: &Scene<'_>,
    ) -> Result<()> {
        for effect in effects {
            if let Some(guard) = &effect.guard {
                match self.ctx(scene).test(guard, None) {
                    Ok(true) => {}
                    Ok(false) | Err(Failure::Absent(_)) => continue,
                    Err(Failure::Error(error)) => return Err(error),
                }
            }
            self.run_effect(&effect.what, case, clause, scene)?;
        }
        Ok(())
    }

    fn run_effect(
        &mut self,
        what: &EffectWhat,
        case: Option<usize>,
        clause: Option<ClauseId>,
        scene: &Scene<'_>,
    ) -> Result<()> {
        match what {
            EffectWhat::Notify { to, message } => {
                let message = self.said(message.as_ref(), scene)?;
                let message = message.or_else(|| self.unsaid(case, scene.occasion));
                for recipient in to {
                    let (role, to) = self.recipient(recipient, scene);
                    self.owe(case, clause, EffectKind::Notify { role, to, message: message.clone() });
                }
            }
            EffectWhat::Ask { to, decide, within, message } => {
                let message = self.said(message.as_ref(), scene)?;
                let due = match within {
                    Some((amount, by)) => match self.ctx(scene).amount(amount)? {
                        Value::Duration(duration) => {
                            Some(super::timing::counted(self.model, self.at, duration, by)?)
                        }
                        _ => None,
                    },
                    None => None,
                };
                for recipient in to {
                    let (role, to) = self.recipient(recipient, scene);
                    let (decide, message) = (decide.clone(), message.clone());
                    self.owe(case, clause, EffectKind::Ask { role, to, decide, due, message });
                }
            }
            EffectWhat::Assign(assignments) => {
                for (field, expression) in assignments {
                    let value = self.value_or_absent(expression, scene)?;
                    self.assign(*field, value);
                }
                self.reclassify(scene)?;
                self.queue.push_back(Waiting::Openings);
            }
            EffectWhat::OpenCase(workflow) => self.queue.push_back(Waiting::Opening(*workflow)),
            EffectWhat::Raise(raise) => {
                let Some(list) = &raise.for_each else { return self.raise(raise, case, clause, scene) };
                let Value::List(items) = self.value_or_absent(list, scene)? else { return Ok(()) };
                for item in items.iter() {
                    let scene = Scene { item: Some(item.clone()), ..scene.clone() };
                    self.raise(raise, case, clause, &scene)?;
                }
            }
            EffectWhat::Call { name, args } => {
                let mut filled = Data::new();
                for (name, expression) in args {
                    filled.insert(name.clone(), self.value_or_absent(expression, scene)?);
                }
                self.owe(case, clause, EffectKind::Call { name: name.clone(), args: filled });
            }
        }
        Ok(())
    }

    /// Sends an event: to the subject itself once the step is through, to another one as an effect.
    fn raise(
        &mut self,
        raise: &Raise,
        case: Option<usize>,
        clause: Option<ClauseId>,
        scene: &Scene<'_>,
    ) -> Result<()> {
        let model = self.model;
        let def = model.event(raise.event);
        let mut slots = vec![Value::Absent; def.data.len()];
        for (slot, expression) in &raise.data {
            let value = self.value_or_absent(expression, scene)?;
            if let Some(place) = slots.get_mut(*slot) {
                *place = value;
            }
        }
        let to = match &raise.to {
            RaisedTo::Itself => {
                let raised = Raised { event: raise.event, slots, result: scene.result.clone() };
                self.queue.push_back(Waiting::Raised(raised));
                return Ok(());
            }
            RaisedTo::Other(to) => super::door::subject_named(model, &self.value_or_absent(to, scene)?),
            RaisedTo::New(kind, named) => Some(self.new_name(*kind, named.as_ref(), case, scene)?),
        };
        let named = def.data.iter().zip(slots).filter(|(_, value)| !value.is_absent());
        let data = named.map(|(field, value)| (field.name.clone(), value)).collect();
        let (by, on_behalf_of) = (scene.by.cloned(), scene.on_behalf_of.cloned());
        self.owe(case, clause, EffectKind::Send { to, event: def.name.clone(), by, on_behalf_of, data });
        Ok(())
    }

    /// The name of a new subject: as the policy says, else made of this one's and of what brings it into being.
    fn new_name(
        &self,
        kind: KindId,
        named: Option<&Expression>,
        case: Option<usize>,
        scene: &Scene<'_>,
    ) -> Result<Arc<str>> {
        let kind = &self.model.kind(kind).name;
        let given = match named {
            Some(named) => self.value_or_absent(named, scene)?,
            None => Value::Absent,
        };
        let given = match &given {
            // Like `order/7`: the new one of another kind is `delivery/7`.
            Value::Subject(name) => name.split_once('/').map(|(_, own)| own),
            Value::Person(name) => Some(name.as_ref()),
            other => other.as_str(),
        };
        let name = match given.filter(|name| !name.is_empty()) {
            Some(name) => name.strip_prefix(&format!("{kind}/")).unwrap_or(name).to_owned(),
            None => {
                let own =
                    self.state.subject.split_once('/').map_or(self.state.subject.as_ref(), |(_, own)| own);
                let (case, cause) = (self.name_of(case), self.cause());
                let hash =
                    cause_hash(&self.state.subject, case.as_deref(), &cause, self.effect_count).finalize();
                let short: String = super::door::short_hex(&hash).chars().take(8).collect();
                format!("{own}-{short}")
            }
        };
        Ok(format!("{kind}/{name}").into())
    }

    fn said(&self, message: Option<&crate::model::Template>, scene: &Scene<'_>) -> Result<Option<Said>> {
        message.map(|template| self.ctx(scene).say(template)).transpose()
    }

    fn recipient(&self, to: &Recipient, scene: &Scene<'_>) -> (Arc<str>, Vec<Arc<str>>) {
        people::recipient(self.model, self.state, to, self.today(), scene.reads, self.known)
    }

    fn value_or_absent(&self, expression: &Expression, scene: &Scene<'_>) -> Result<Value> {
        match self.ctx(scene).eval(expression, None) {
            Ok(value) => Ok(value),
            Err(Failure::Absent(_)) => Ok(Value::Absent),
            Err(Failure::Error(error)) => Err(error),
        }
    }

    /// Sets a field.
    pub fn assign(&mut self, field: usize, value: Value) {
        let name = self.model.kind(self.state.kind).fields.get(field).map(|field| field.name.clone());
        if let (Some(place), Some(name)) = (self.state.fields.get_mut(field), name) {
            *place = value.clone();
            self.step.trace.entries.push(Entry::Assigned { at: self.at, field: name, value });
        }
    }

    fn name_of(&self, case: Option<usize>) -> Option<Arc<str>> {
        let case = case.and_then(|case| self.state.cases.get(case));
        case.map(|case| self.case_name(case.workflow, case.number))
    }

    /// What makes things happen now.
    fn cause(&self) -> Cause {
        match &self.cause {
            Making::Nothing => Cause::Opening(Arc::default()),
            Making::Record(id) => Cause::Record((*id).clone()),
            Making::Other(cause) => cause.clone(),
        }
    }

    /// Adds an effect that the host owes.
    pub fn owe(&mut self, case: Option<usize>, clause: Option<ClauseId>, kind: EffectKind) {
        let (case, cause) = (self.name_of(case), self.cause());
        let index = self.effect_count;
        self.effect_count += 1;
        let effect = Arc::new(Effect {
            id: effect_id(&self.state.subject, case.as_deref(), &cause, index, &kind),
            subject: self.state.subject.clone(),
            case,
            at: self.at,
            cause,
            clause: clause.map(|clause| self.model.clause(clause).id.clone()),
            kind,
        });
        self.step.effects.push(effect.clone());
        self.step.trace.entries.push(Entry::Effect(effect));
    }

    /// Does everything that waits, and what comes of that, first come first.
    ///
    /// # Errors
    /// A circle of events that raise each other.
    pub fn drain(&mut self, scene: &Scene<'_>) -> Result<()> {
        while let Some(waiting) = self.queue.pop_front() {
            // To look again at the openings by date raises nothing that could come back here without end.
            self.raised_count += u32::from(!matches!(waiting, Waiting::Openings));
            if self.raised_count > RAISED_MAX {
                return Err(self.circle(&waiting));
            }
            match waiting {
                Waiting::Raised(raised) => self.deliver_raised(raised, scene)?,
                Waiting::Completed { workflow, number, state } => {
                    self.completed(workflow, number, state, scene)?;
                }
                Waiting::Opening(workflow) => self.open_case(workflow, scene)?,
                Waiting::Openings => self.reconsider_openings(scene)?,
            }
        }
        Ok(())
    }

    fn deliver_raised(&mut self, raised: Raised, scene: &Scene<'_>) -> Result<()> {
        let scene = Scene {
            slots: Some(&raised.slots),
            by: scene.by,
            on_behalf_of: scene.on_behalf_of,
            persons: scene.persons,
            reads: scene.reads,
            result: raised.result.or_else(|| scene.result.clone()),
            ..Scene::default()
        };
        let delivery = self.deliver(raised.event, &scene, None, &[])?;
        self.duty_event(raised.event, &scene, None)?;
        self.note_restart(raised.event);
        if delivery.taken {
            self.take_samples(raised.event, &scene, None)?;
        }
        Ok(())
    }

    fn circle(&self, waiting: &Waiting) -> Error {
        let name = match waiting {
            Waiting::Raised(raised) => self.model.event(raised.event).name.clone(),
            Waiting::Completed { workflow, state, .. } => {
                self.model.workflow(*workflow).state(*state).name.clone()
            }
            Waiting::Opening(workflow) => self.model.workflow(*workflow).name.clone(),
            Waiting::Openings => self.state.subject.clone(),
        };
        let what =
            format!("more than {RAISED_MAX} events were raised in one step; `{name}` goes in a circle");
        Error::new(ErrorKind::Script, what)
    }
}

/// Stable: the same cause gives the same effect the same id in every fold.
///
/// What the effect says belongs to it: when a correction turns one notice into another, the first is withdrawn and the
/// second is owed, instead of the second passing for the first. A translation does not count.
fn effect_id(subject: &str, case: Option<&str>, cause: &Cause, index: u32, what: &EffectKind) -> Arc<str> {
    let mut hash = cause_hash(subject, case, cause, index);
    let mut part = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    let said = |message: &Option<Said>| message.as_ref().map(|said| said.own.clone()).unwrap_or_default();
    match what {
        EffectKind::Notify { role, to, message } => {
            part("notify");
            part(role);
            part(&to.join("\u{1f}"));
            part(&said(message));
        }
        EffectKind::Ask { role, to, decide, due, message } => {
            part("ask");
            part(role);
            part(&to.join("\u{1f}"));
            part(&decide.join("\u{1f}"));
            part(&due.map_or_else(String::new, |due| due.timestamp().to_string()));
            part(&said(message));
        }
        EffectKind::Send { to, event, data, .. } => {
            part("send");
            part(to.as_deref().unwrap_or(""));
            part(event);
            for (name, value) in data {
                part(name);
                part(&to_plain_json(value));
            }
        }
        EffectKind::Call { name, args } => {
            part("call");
            part(name);
            for (name, value) in args {
                part(name);
                part(&to_plain_json(value));
            }
        }
    }
    super::door::short_hex(&hash.finalize())
}

/// What an effect comes from: subject, case, cause and place among the effects of that.
fn cause_hash(subject: &str, case: Option<&str>, cause: &Cause, index: u32) -> Sha256 {
    let (kind, name) = match cause {
        Cause::Record(name) => ("record", name),
        Cause::Clock(name) => ("clock", name),
        Cause::Opening(name) => ("opening", name),
        Cause::Score(name) => ("score", name),
        Cause::Duty(name) => ("duty", name),
    };
    let mut hash = Sha256::new();
    for part in [subject, case.unwrap_or(""), kind, name.as_ref()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(index.to_le_bytes());
    hash
}
