//! Four eyes: who is behind an act, and whether the same person is behind another that must rest on somebody else.
//!
//! Persons are compared by their bare names, whatever role or kind they act under. Behind an act are who sent it, on whose
//! behalf, and whoever corrected its record. A login that several people use is nobody in particular: it is refused.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::context::{Context, Failure};
use super::people::{self, Acting};
use super::run::{Run, Scene};
use super::state::{Act, Case, State};
use super::step::Refusal;
use super::trace::Entry;
use crate::error::Result;
use crate::model::{EventDef, EventId, EventOrigin, FourEyes, Model, WorkflowId};
use crate::record::{Data, Record};
use crate::value::Value;

/// Under this name a decision keeps whom it was held against, and a withdrawal keeps the same of its decision.
pub(super) const AGAINST: &str = "four_eyes";

/// The persons behind an act: bare names, ascending.
pub(super) fn persons(
    by: Option<&Arc<str>>,
    on_behalf_of: Option<&Arc<str>>,
    correctors: &[Arc<str>],
) -> Vec<Arc<str>> {
    let acting = by.into_iter().chain(on_behalf_of).map(|actor| Arc::from(people::bare(actor)));
    let mut all: Vec<Arc<str>> = acting.chain(correctors.iter().cloned()).collect();
    all.sort();
    all.dedup();
    all
}

/// The refusal when it is not known who acts although it has to be: by nobody named, or by a login that several use.
pub(super) fn nobody_known(
    model: &Model,
    id: EventId,
    def: &EventDef,
    by: Option<&Arc<str>>,
) -> Option<Refusal> {
    if def.four_eyes.is_none() && !def.compared {
        return None;
    }
    let person = match by {
        None => None,
        Some(by) if people::is_shared(model, by) => Some(Arc::from(people::bare(by))),
        Some(_) => return None,
    };
    let own = def.four_eyes.as_deref().and_then(|four_eyes| first_named(model, four_eyes));
    let against = own.or_else(|| {
        let compares =
            |other: &&EventDef| other.four_eyes.as_ref().is_some_and(|four_eyes| four_eyes.of.contains(&id));
        model.events.iter().find(compares).map(|other| other.name.clone())
    });
    Some(Refusal::FourEyes { person, against: against.unwrap_or_default(), known: false })
}

fn first_named(model: &Model, four_eyes: &FourEyes) -> Option<Arc<str>> {
    let of = four_eyes.of.first().map(|of| model.event(*of).name.clone());
    of.or_else(|| four_eyes.not.first().map(|not| not.written.text.clone()))
}

/// What a withdrawal has to know of the decision that it withdraws, kept with it at the door.
pub(crate) fn of_decision(decision: &Record) -> Data {
    let mut kept = Data::new();
    kept.insert("decision.event".into(), Value::text(decision.event.as_ref()));
    if let Some(by) = &decision.by {
        kept.insert("decision.by".into(), Value::text(by.as_ref()));
    }
    if let Some(against) = decision.reads.get(AGAINST) {
        kept.insert(AGAINST.into(), against.clone());
    }
    kept
}

/// The persons of a kept list.
pub(super) fn listed(value: Option<&Value>) -> Vec<Arc<str>> {
    match value {
        Some(Value::List(persons)) => {
            persons.iter().filter_map(Value::as_str).map(|name| Arc::from(people::bare(name))).collect()
        }
        Some(single) => single.as_str().map(|name| Arc::from(people::bare(name))).into_iter().collect(),
        None => Vec::new(),
    }
}

impl Run<'_> {
    /// The refusal when a person behind an act is behind another as well that must rest on somebody else.
    ///
    /// What was compared is noted in the trace, and with a decision that is accepted.
    pub(super) fn four_eyes(
        &mut self,
        record: &Record,
        id: EventId,
        def: &EventDef,
        scene: &Scene<'_>,
    ) -> Result<Option<Refusal>> {
        let model = self.model;
        if let Some(refusal) = nobody_known(model, id, def, record.by.as_ref()) {
            return Ok(Some(refusal));
        }
        let Some(four_eyes) = &def.four_eyes else { return Ok(None) };
        let mut others = Vec::new();
        for of in &four_eyes.of {
            behind(model, self.state, *of, id, record.case.as_deref(), &mut others);
        }
        for not in &four_eyes.not {
            match self.ctx(scene).eval(not, None) {
                Ok(value) => others.push((not.written.text.clone(), listed(Some(&value)))),
                // The field is empty: it keeps nobody out.
                Err(Failure::Absent(_)) => {}
                Err(Failure::Error(error)) => return Err(error),
            }
        }
        let mut refusal = None;
        for (against, persons) in others {
            let shared = persons.iter().find(|person| people::is_shared(model, person));
            let same = persons.iter().find(|person| scene.persons.contains(person));
            let clash = same.or(shared).cloned();
            if refusal.is_none()
                && let Some(person) = &clash
            {
                let known = same.is_some();
                let person = Some(person.clone());
                refusal = Some(Refusal::FourEyes { person, against: against.clone(), known });
            }
            self.compared.extend(persons.iter().cloned());
            self.step.trace.entries.push(Entry::FourEyes { against, persons, clash });
        }
        Ok(refusal)
    }

    /// Keeps who is behind an event that a case takes, where some `four_eyes` has to know.
    pub(super) fn note_act(&mut self, case: usize, event: EventId, scene: &Scene<'_>) {
        if !self.model.event(event).compared {
            return;
        }
        let Some(case) = self.state.cases.get_mut(case) else { return };
        note(case, event, scene.persons);
    }

    /// As [`Run::note_act`], of the case of a workflow that has just opened.
    pub(super) fn note_opening_act(&mut self, workflow: WorkflowId, event: EventId, scene: &Scene<'_>) {
        let newest = self.state.cases.iter().rposition(|case| case.workflow == workflow);
        if let Some(newest) = newest {
            self.note_act(newest, event, scene);
        }
    }

    /// Whether a withdrawal of a decision is refused: it needs a role that may take that decision, and the eyes that the
    /// decision needed; whoever took it may withdraw it.
    pub(super) fn withdrawal_refused(&self, record: &Record, id: EventId, def: &EventDef) -> Option<Refusal> {
        let model = self.model;
        if let Some(refusal) = nobody_known(model, id, def, record.by.as_ref()) {
            return Some(refusal);
        }
        let taken_by = record.reads.get("decision.by").and_then(Value::as_str);
        let own = record.on_behalf_of.is_none()
            && taken_by
                .zip(record.by.as_deref())
                .is_some_and(|(taken, by)| people::bare(taken) == people::bare(by));
        if own {
            return None;
        }
        let acting = Acting::of_record(record);
        if let Some(refusal) = people::not_entitled(model, self.state, def, acting, std::iter::empty()) {
            return Some(refusal);
        }
        let against = listed(record.reads.get(AGAINST));
        let persons = persons(record.by.as_ref(), record.on_behalf_of.as_ref(), &[]);
        let person = persons.into_iter().find(|person| against.contains(person))?;
        Some(Refusal::FourEyes { person: Some(person), against: def.name.clone(), known: true })
    }
}

/// Who is behind the latest act of an event, in every case that another event would reach; in every case that is live, where
/// none takes that other event and only a duty waits for it.
fn behind(
    model: &Model,
    state: &State,
    of: EventId,
    reaching: EventId,
    only_case: Option<&str>,
    others: &mut Vec<(Arc<str>, Vec<Arc<str>>)>,
) {
    let name = &model.event(of).name;
    if model.event(of).origin == EventOrigin::Opened && !state.opened_by.is_empty() {
        others.push((name.clone(), state.opened_by.clone()));
        return;
    }
    let named = |case: &&Case| {
        let workflow = model.workflow(case.workflow);
        only_case.is_none_or(|only| only == workflow.case_names.get(case.number).as_ref())
    };
    let takes = |case: &&Case| super::subject::takes(model.workflow(case.workflow), case, reaching);
    let live = || state.cases.iter().filter(|case| case.is_live()).filter(named);
    let awaited =
        || model.kind(state.kind).duties.iter().any(|duty| model.duty(*duty).done_by.contains(&reaching));
    let all = !live().any(|case| takes(&case)) && awaited();
    for case in live().filter(|case| all || takes(case)) {
        if let Some(act) = case.acts.iter().find(|act| act.event == of) {
            others.push((name.clone(), act.persons.clone()));
        }
    }
}

/// Whether a person could be behind an event now: not behind another that it is held against. What the event's data would
/// name is not known yet.
pub(super) fn may(model: &Model, state: &State, id: EventId, actor: &str, now: DateTime<Utc>) -> bool {
    let Some(four_eyes) = &model.event(id).four_eyes else { return true };
    let mut others = Vec::new();
    for of in &four_eyes.of {
        behind(model, state, *of, id, None, &mut others);
    }
    let ctx = Context::new(model, state, now);
    let named = four_eyes.not.iter().filter_map(|not| ctx.eval(not, None).ok());
    others.iter().flat_map(|(_, persons)| persons).all(|person| person.as_ref() != people::bare(actor))
        && named.flat_map(|value| listed(Some(&value))).all(|person| person.as_ref() != people::bare(actor))
}

/// The latest act of an event takes the place of the one before.
fn note(case: &mut Case, event: EventId, persons: &[Arc<str>]) {
    let act = Act { event, persons: persons.to_vec() };
    match case.acts.binary_search_by_key(&event, |act| act.event) {
        Ok(place) => {
            if let Some(known) = case.acts.get_mut(place) {
                *known = act;
            }
        }
        Err(place) => case.acts.insert(place, act),
    }
}
