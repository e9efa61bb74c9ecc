//! A subject in memory: its state, its records, and the pure functions an embedder calls.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::Ids;
use super::state::{RoundStatus, ScoreStatus, State};
use super::step::{Outcome, Refusal, Step};
use super::{Admitted, ReadRequest, awaited, context, derive, door, fold, four_eyes, judge, people, table};
use crate::error::{Error, ErrorKind, Result};
use crate::lang::Label;
use crate::model::{EventOrigin, Owner, Policy, Recipient, RoleRef, ScoreEvent};
use crate::record::{Data, Event, Record};
use crate::value::Value;

/// How many records lie between two snapshots.
const SNAPSHOT_EVERY: usize = 64;
/// How many snapshots are kept.
const SNAPSHOTS_KEPT: usize = 8;

/// A subject: what is known of it now, and the records that say so.
///
/// `PartialEq` compares the state, not the way it was reached.
#[derive(Clone, Debug)]
pub struct Subject {
    state: State,
    records: Vec<Arc<Record>>,
    ids: Ids,
    snapshots: Vec<State>,
    since_snapshot: usize,
}

/// What an actor could do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enabled {
    /// The event's name.
    pub event: Arc<str>,
    /// The case that would take it: `onboarding/1`; `None`: the subject itself.
    pub case: Option<Arc<str>>,
    /// What it is called.
    pub label: Option<Label>,
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueItem {
    /// The case, or the duty's or scorecard's name.
    pub of: Arc<str>,
    /// The clock, the period, or which one of a duty that follows events.
    pub what: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// When it is due; at that second is in time.
    pub due: DateTime<Utc>,
    /// Until when it is not late: `due`, or the end of a duty's grace.
    pub late_after: DateTime<Utc>,
    /// Whether it is late already.
    pub late: bool,
    /// Whether the clock stands still; `due` is then when it would have been.
    pub paused: bool,
    /// Who has to act, each a role with the persons who hold it as far as they are known: for a duty those who are
    /// answerable; for a clock those who may send what stops it or leads out of its state, and
    /// while it stands still what lets it go on; for a result those who may
    /// appeal, or decide an appeal. `anyone`, where the policy leaves it to anybody.
    pub owed_by: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// The clause behind it.
    pub clause: Option<Arc<str>>,
    /// The revision whose graph the case has, in eight digits, where the policy in force has another one.
    pub revision: Option<Arc<str>>,
}

impl PartialEq for Subject {
    fn eq(&self, other: &Subject) -> bool {
        self.state == other.state
    }
}

impl Policy {
    /// A subject that comes into being at an instant, with these fields.
    ///
    /// Where the policy says who may open it (`opened_by`), start from [`Policy::unopened`] and send the event `opened`
    /// by such a person.
    ///
    /// # Errors
    /// [`ErrorKind::Unknown`] for a kind the policy does not have, [`ErrorKind::Malformed`] for fields of another shape
    /// or an opening that the policy refuses.
    pub fn subject<N, V>(
        &self,
        id: &str,
        fields: impl IntoIterator<Item = (N, V)>,
        at: DateTime<Utc>,
    ) -> Result<Subject>
    where
        N: Into<Arc<str>>,
        V: Into<Value>,
    {
        let mut subject = self.unopened(id)?;
        let data: Data = fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let event = Event { name: "opened".into(), at: Some(at), data, ..Event::default() };
        let admitted = door::admit(&self.model, &subject.state, &event, at, None, Data::new())?;
        let record = match admitted {
            Admitted::Record(record) => record,
            Admitted::Refused(refusal) => {
                return Err(Error::new(
                    ErrorKind::Malformed,
                    refusal.message().render(crate::lang::Lang::En),
                ));
            }
        };
        let mut step = Step::default();
        let hash = subject.ids.hash(&record.id);
        subject.take(self, record, hash, &mut step)?;
        match step.outcome.refusal() {
            None => Ok(subject),
            Some(refusal) => {
                let why = refusal.message().render(crate::lang::Lang::En);
                Err(Error::new(ErrorKind::Malformed, format!("`{id}` cannot be opened so: {why}")))
            }
        }
    }

    /// A subject that nothing has happened to: before its `opened` event.
    ///
    /// # Errors
    /// [`ErrorKind::Unknown`] for a kind the policy does not have.
    pub fn unopened(&self, id: &str) -> Result<Subject> {
        Ok(Subject {
            state: super::blank(&self.model, id)?,
            records: Vec::new(),
            ids: Ids::default(),
            snapshots: Vec::new(),
            since_snapshot: 0,
        })
    }

    /// Judges an event: what moves, what is owed, or why not. The subject changes; nothing else does.
    ///
    /// An event at or after the subject's frontier costs the same however long the history is; an older one is folded
    /// at its place and tells in `rejudged` what it changed. What guards read of other subjects is absent here; use
    /// [`Policy::step_with`] or a [`Runtime`](crate::Runtime) where a policy has such guards.
    ///
    /// # Errors
    /// The world failed: a script limit, a calendar or parameter that does not cover the date. The subject is unchanged.
    pub fn step(&self, subject: &mut Subject, event: &Event, now: DateTime<Utc>) -> Result<Step> {
        self.step_with(subject, event, now, Data::new())
    }

    /// As [`Policy::step`], with the answers to [`Policy::reads`]: path → value.
    ///
    /// # Errors
    /// As [`Policy::step`].
    pub fn step_with(
        &self,
        subject: &mut Subject,
        event: &Event,
        now: DateTime<Utc>,
        reads: Data,
    ) -> Result<Step> {
        let last_known = subject.records.last().map(|record| record.known);
        let mut record = match door::admit(&self.model, &subject.state, event, now, last_known, reads)? {
            Admitted::Record(record) => record,
            Admitted::Refused(refusal) => return Ok(refused(refusal)),
        };
        if let Some(decision) = withdrawn_by(&record).and_then(|id| subject.record(&id)) {
            Arc::make_mut(&mut record).reads.extend(four_eyes::of_decision(decision));
        }
        let hash = subject.ids.hash(&record.id);
        if let Some(known) = subject.ids.find(&subject.records, &record.id, hash) {
            return Ok(if known.same_content(&record) {
                Step { outcome: Outcome::Repeated, ..Step::default() }
            } else {
                refused(Refusal::Conflict { id: record.id.clone() })
            });
        }
        let target = record.corrects.as_ref().and_then(|target| subject.record(target));
        if let Some(refusal) =
            target.and_then(|target| people::void_refused(&self.model, &subject.state, &record, target))
        {
            return Ok(refused(refusal));
        }
        let mut step = Step::default();
        subject.take(self, record, hash, &mut step)?;
        Ok(step)
    }

    /// Lets time pass without an event: clocks warn and are breached, results become final, duties fall due.
    ///
    /// # Errors
    /// As [`Policy::step`].
    pub fn advance(&self, subject: &mut Subject, now: DateTime<Utc>) -> Result<Step> {
        let mut state = subject.state.clone();
        let step = judge::advance(&self.model, &mut state, now)?;
        subject.state = state;
        Ok(step)
    }

    /// Folds records of one subject, in any order, as known until `known`, judged until `until`.
    ///
    /// The same records give the same subject, in whatever order they come.
    ///
    /// # Errors
    /// As [`Policy::step`]; [`ErrorKind::Unknown`] for a kind the policy does not have.
    pub fn fold(
        &self,
        id: &str,
        records: &[Arc<Record>],
        known: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Subject> {
        self.fold_telling(id, records, known, until, &mut |_| {})
    }

    /// As [`Policy::fold`], telling every step.
    ///
    /// # Errors
    /// As [`Policy::fold`].
    pub fn fold_telling(
        &self,
        id: &str,
        records: &[Arc<Record>],
        known: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
        each: &mut dyn FnMut(Step),
    ) -> Result<Subject> {
        let mut subject = self.unopened(id)?;
        let chosen: Vec<Arc<Record>> = records
            .iter()
            .filter(|record| known.is_none_or(|known| record.known <= known))
            .filter(|record| until.is_none_or(|until| record.at <= until))
            .cloned()
            .collect();
        subject.state = fold::fold(&self.model, subject.state, &chosen, until, each)?;
        subject.ids = Ids::of(&chosen);
        subject.records = chosen;
        Ok(subject)
    }

    /// What of other subjects an event needs before it can be judged.
    pub fn reads(&self, subject: &Subject, event: &Event) -> Vec<ReadRequest> {
        door::reads_needed(&self.model, &subject.state, event)
    }

    /// The next instant at which something happens by itself: call [`Policy::advance`] then.
    pub fn next_due(&self, subject: &Subject) -> Option<DateTime<Utc>> {
        next_due(&subject.state)
    }

    /// The events that an actor could send now; guards that look at the event's data are still to be judged.
    pub fn enabled(&self, subject: &Subject, actor: &str, now: DateTime<Utc>) -> Vec<Enabled> {
        let model = &self.model;
        let actor: Arc<str> = actor.into();
        let kind = model.kind(subject.state.kind);
        let mut enabled = Vec::new();
        for (name, id) in &kind.events {
            let def = model.event(*id);
            let internal = matches!(
                def.origin,
                EventOrigin::Score(_, ScoreEvent::PeriodClosed | ScoreEvent::Published | ScoreEvent::Final)
            );
            if internal || !people::could_send(model, &subject.state, *id, &actor, now) {
                continue;
            }
            let opened = subject.state.opened.is_some();
            let offer =
                |case: Option<Arc<str>>| Enabled { event: name.clone(), case, label: def.label.clone() };
            match def.origin {
                EventOrigin::Opened if !opened => enabled.push(offer(None)),
                EventOrigin::Changed | EventOrigin::Delegated | EventOrigin::Score(..) if opened => {
                    enabled.push(offer(None))
                }
                EventOrigin::Declared => {
                    for case in subject.state.cases.iter().filter(|case| case.is_live()) {
                        let workflow = model.workflow(case.workflow);
                        if takes(workflow, case, *id) {
                            enabled.push(offer(Some(workflow.case_names.get(case.number))));
                        }
                    }
                }
                _ => {}
            }
        }
        enabled
    }

    /// Everything that is running towards a due instant, soonest first.
    pub fn due(&self, subject: &Subject) -> Vec<DueItem> {
        due(&self.model, &subject.state)
    }

    /// As [`Policy::due`], of a state that a [`Runtime`](crate::Runtime) gave.
    pub fn due_of(&self, state: &State) -> Vec<DueItem> {
        due(&self.model, state)
    }

    /// Asks a decision table with given inputs: output name → value.
    ///
    /// # Errors
    /// [`ErrorKind::Unknown`] for a table the policy does not have, or when no row matches and there is no default.
    pub fn decide(&self, name: &str, inputs: &Data, at: DateTime<Utc>) -> Result<Data> {
        let id = self
            .model
            .find_table(name)
            .ok_or_else(|| Error::new(ErrorKind::Unknown, format!("the policy has no table `{name}`")))?;
        let table = self.model.table(id);
        if let Some(unknown) =
            inputs.keys().find(|input| !table.inputs.iter().any(|column| column.name == **input))
        {
            return Err(Error::new(ErrorKind::Malformed, format!("table `{name}` has no input `{unknown}`")));
        }
        let mut given = Vec::new();
        for column in &table.inputs {
            let value = inputs.get(&column.name).cloned().unwrap_or_default();
            let coerced = door::coerce(&column.ty, &value, &self.model).ok_or_else(|| {
                Error::new(
                    ErrorKind::Malformed,
                    format!("input `{}` is `{value}`, expected {}", column.name, column.ty),
                )
            })?;
            given.push((column.name.clone(), coerced));
        }
        let kind = crate::model::KindId(0);
        let state = super::blank_of(&self.model, "table/ask", kind);
        let ctx = context::Context::new(&self.model, &state, at);
        let (_, outputs) = table::ask_with(&ctx, table, given)?;
        Ok(table::named(&self.model, id, outputs).into_iter().collect())
    }
}

/// The next due instant as a host sees it: when the second is over.
pub(crate) fn next_due(state: &State) -> Option<DateTime<Utc>> {
    state.next_due.map(|at| at + TimeDelta::seconds(1))
}

/// Everything that is running towards a due instant.
pub(crate) fn due(model: &crate::model::Model, state: &State) -> Vec<DueItem> {
    let clause = |id: Option<crate::model::ClauseId>| id.map(|id| model.clause(id).id.clone());
    let day_of = |at: DateTime<Utc>| crate::zone::date_of(model.header.zone, at.max(state.frontier));
    let mut items = Vec::new();
    for case in state.cases.iter().filter(|case| case.is_live()) {
        let workflow = model.workflow(case.workflow);
        for round in &case.rounds {
            let clock = workflow.clock(round.clock);
            items.push(DueItem {
                of: workflow.case_names.get(case.number),
                what: clock.name.clone(),
                label: clock.label.clone().or_else(|| workflow.label.clone()),
                due: round.due,
                late_after: round.due,
                owed_by: awaited::of_clock(model, state, (workflow, case, round), day_of(round.due)),
                late: round.status == RoundStatus::Breached,
                paused: round.is_paused(),
                clause: clause(clock.clause.or_else(|| workflow.clauses.first().copied())),
                revision: workflow.earlier_revision().map(Arc::from),
            });
        }
    }
    for score in &state.scores {
        let card = model.scorecard(score.card);
        for result in &score.results {
            if let Some(due) = result.due {
                let by = match result.status {
                    ScoreStatus::Appealed => &card.finality.decided_by,
                    _ => &card.finality.appealed_by,
                };
                let held = |role: &RoleRef| awaited::of_role(model, state, *role, day_of(due), awaited::NOW);
                items.push(DueItem {
                    of: card.name.clone(),
                    what: result.period_name.clone(),
                    label: card.label.clone(),
                    due,
                    late_after: due,
                    owed_by: by.iter().map(held).collect(),
                    late: false,
                    paused: false,
                    clause: clause(card.clauses.first().copied()),
                    revision: None,
                });
            }
        }
    }
    for duty_state in &state.duties {
        let duty = model.duty(duty_state.duty);
        for open in &duty_state.open {
            items.push(DueItem {
                of: duty.name.clone(),
                what: open.name.clone(),
                label: duty.label.clone(),
                due: open.due,
                late_after: open.late_after,
                late: open.late,
                paused: false,
                owed_by: owners(model, state, duty, open.due),
                clause: clause(duty.clause),
                revision: None,
            });
        }
    }
    items.sort_by(|a, b| (a.due, &a.of, &a.what).cmp(&(b.due, &b.of, &b.what)));
    items
}

/// Who is answerable for a duty on the day on which it is due.
fn owners(
    model: &crate::model::Model,
    state: &State,
    duty: &crate::model::Duty,
    due: DateTime<Utc>,
) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
    let day = crate::zone::date_of(model.header.zone, due);
    let of = |owner: &Owner| match owner {
        Owner::Field(field) => people::recipient(model, state, &Recipient::Field(*field), day, None, due),
        Owner::Role(role) => awaited::of_role(model, state, *role, day, due),
    };
    duty.owed_by.iter().map(of).collect()
}

pub(super) fn takes(
    workflow: &crate::model::Workflow,
    case: &super::Case,
    event: crate::model::EventId,
) -> bool {
    let listed = |list: &[(crate::model::EventId, Vec<crate::model::Transition>)]| {
        list.iter().any(|(id, _)| *id == event)
    };
    let by_state = case.configuration.iter().any(|(state, _)| listed(&workflow.state(*state).on_event));
    let by_clock = workflow.clocks.iter().any(|clock| clock.mentions(event));
    by_state || by_clock || listed(&workflow.on_event)
}

fn refused(refusal: Refusal) -> Step {
    Step { outcome: Outcome::Refused(refusal), ..Step::default() }
}

/// The id of the decision that a withdrawal names.
fn withdrawn_by(record: &Record) -> Option<String> {
    let withdraws = record.event.as_ref() == door::WITHDRAW && record.corrects.is_none();
    withdraws.then(|| record.data.get("decision").map(ToString::to_string)).flatten()
}

impl Subject {
    /// The record of an id.
    fn record(&self, id: &str) -> Option<&Arc<Record>> {
        self.ids.find(&self.records, id, self.ids.hash(id))
    }

    /// The full name: `staff/li`.
    pub fn id(&self) -> &str {
        &self.state.subject
    }

    /// Its state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Its records in the order they came.
    pub fn records(&self) -> &[Arc<Record>] {
        &self.records
    }

    /// The value of a field; `None` for a field that is not declared.
    pub fn field(&self, policy: &Policy, name: &str) -> Option<&Value> {
        let kind = policy.model.kind(self.state.kind);
        let idx = kind.fields.iter().position(|field| field.name.as_ref() == name)?;
        self.state.fields.get(idx)
    }

    /// The states that the latest case of a workflow is in; empty without a case.
    pub fn configuration(&self, policy: &Policy, workflow: &str) -> Vec<Arc<str>> {
        let Some(id) = policy.model.find_workflow(workflow) else { return Vec::new() };
        let Some(case) = self.state.latest_case(id) else { return Vec::new() };
        let def = policy.model.workflow(case.workflow);
        case.configuration.iter().map(|(state, _)| def.state(*state).name.clone()).collect()
    }

    /// Whether the latest case of a workflow is in a state.
    pub fn is_in(&self, policy: &Policy, workflow: &str, state: &str) -> bool {
        self.configuration(policy, workflow).iter().any(|active| active.as_ref() == state)
    }

    /// Takes a record: at the frontier it is judged, before it everything since the last snapshot is folded again.
    /// `hash` is that of its id; the step comes empty.
    fn take(&mut self, policy: &Policy, record: Arc<Record>, hash: u64, step: &mut Step) -> Result<()> {
        let model = &policy.model;
        // A withdrawal is decided at the door: its verdict must stand in the record before anything is folded with it.
        let record = match record.event.as_ref() == door::WITHDRAW && record.accepted.is_none() {
            true => judge::judge(model, &mut self.state.clone(), record.clone())?.record.unwrap_or(record),
            false => record,
        };
        let late = fold::is_late(&self.state, &record);
        if late {
            *step = self.fold_again(policy, &record)?;
        } else {
            self.judge_next(policy, record, step)?;
        }
        // INVARIANT: a record that was judged stands in its step.
        if let Some(kept) = &step.record {
            self.ids.insert(hash, self.records.len());
            self.records.push(kept.clone());
        }
        self.since_snapshot += 1;
        if !late && self.since_snapshot >= SNAPSHOT_EVERY {
            self.since_snapshot = 0;
            self.snapshots.push(self.state.clone());
            if self.snapshots.len() > SNAPSHOTS_KEPT {
                self.snapshots.remove(0);
            }
        }
        debug_assert_eq!(self.state.next_due, derive::next(&self.state));
        Ok(())
    }

    fn judge_next(&mut self, policy: &Policy, record: Arc<Record>, step: &mut Step) -> Result<()> {
        match judge::judge_into(&policy.model, &mut self.state, record, &[], step) {
            Ok(()) => Ok(()),
            Err(error) => {
                // The state may be half changed: fold it again without the record.
                let records = std::mem::take(&mut self.records);
                let frontier = self.state.frontier;
                let id = self.state.subject.clone();
                let mut rebuilt = policy.unopened(&id)?;
                rebuilt.state = fold::fold(&policy.model, rebuilt.state, &records, None, &mut |_| {})?;
                if rebuilt.state.frontier < frontier && !records.is_empty() {
                    // Time had passed that nothing can fail in again.
                    let _ = judge::advance(&policy.model, &mut rebuilt.state, frontier);
                }
                self.state = rebuilt.state;
                self.records = records;
                Err(error)
            }
        }
    }

    fn fold_again(&mut self, policy: &Policy, late: &Arc<Record>) -> Result<Step> {
        let find = |id: &str| self.record(id).map(|record| record.at);
        let from = fold::touches(late, find);
        let base = self.snapshots.iter().rev().find(|snapshot| snapshot.frontier < from).cloned();
        let base = match base {
            Some(base) => base,
            None => super::blank(&policy.model, &self.state.subject)?,
        };
        let old: Vec<Arc<Record>> = self
            .records
            .iter()
            .filter(|record| {
                base.last.as_ref().is_none_or(|(at, order, id)| record.place() > (*at, *order, id.as_ref()))
            })
            .cloned()
            .collect();
        let until = self.state.frontier.max(late.at);
        let (state, step) = fold::refold(&policy.model, base.clone(), &old, late, until)?;
        self.snapshots.retain(|snapshot| snapshot.frontier < from);
        self.state = state;
        Ok(step)
    }
}
