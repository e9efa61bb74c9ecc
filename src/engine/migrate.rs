//! A case goes over to another graph of its workflow: recorded, judged like any record, at its place in the fold.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chart::{self, States};
use super::run::{Run, Scene};
use super::state::{Case, Round, RoundStatus};
use super::step::{ClockEvent, Moved, Outcome, Refusal};
use super::timing;
use super::trace::Entry;
use crate::error::Result;
use crate::model::{Clock, ClockId, Model, StateId, Workflow, WorkflowId};
use crate::record::{Data, Record};
use crate::value::Value;

/// The built-in record that a case goes over to another graph.
pub(crate) const MIGRATED: &str = "migrated";

/// What becomes of a running clock when its case goes over to another graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockChoice {
    /// It goes on and stays due when it was.
    Keep,
    /// It goes on and is due by the new limit from its start, not before the migration.
    Recompute,
    /// It ends without a verdict, and a new round begins.
    Restart,
    /// It ends without a verdict.
    End,
}

/// How a case goes over to another graph: by names, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// A revision that has the graph it leaves.
    pub from: Arc<str>,
    /// A revision that has the graph it goes over to.
    pub to: Arc<str>,
    /// State → state.
    pub states: BTreeMap<Arc<str>, Arc<str>>,
    /// Clock → what becomes of it.
    pub clocks: BTreeMap<Arc<str>, ClockChoice>,
}

impl ClockChoice {
    /// Every choice.
    pub const ALL: [ClockChoice; 4] =
        [ClockChoice::Keep, ClockChoice::Recompute, ClockChoice::Restart, ClockChoice::End];

    /// The choice in one word, as a plan writes it.
    pub fn word(self) -> &'static str {
        match self {
            ClockChoice::Keep => "keep",
            ClockChoice::Recompute => "recompute",
            ClockChoice::Restart => "restart",
            ClockChoice::End => "end",
        }
    }

    fn of(word: &str) -> Option<ClockChoice> {
        ClockChoice::ALL.into_iter().find(|choice| choice.word() == word)
    }
}

impl Passage {
    /// The data of the record.
    pub fn data(&self) -> Data {
        let pairs = |pairs: Vec<String>| Value::List(pairs.into_iter().map(Value::text).collect());
        let states = self.states.iter().map(|(from, to)| format!("{from}={to}")).collect();
        let clocks = self.clocks.iter().map(|(clock, choice)| format!("{clock}={}", choice.word())).collect();
        Data::from([
            ("from".into(), Value::text(&*self.from)),
            ("to".into(), Value::text(&*self.to)),
            ("states".into(), pairs(states)),
            ("clocks".into(), pairs(clocks)),
        ])
    }

    fn of(record: &Record) -> Option<Passage> {
        let text = |name: &str| record.data.get(name).and_then(Value::as_str).map(Arc::from);
        let pairs = |name: &str| -> Vec<(Arc<str>, Arc<str>)> {
            let Some(Value::List(values)) = record.data.get(name) else { return Vec::new() };
            let split = |value: &Value| value.as_str()?.split_once('=').map(|(a, b)| (a.into(), b.into()));
            values.iter().filter_map(split).collect()
        };
        Some(Passage {
            from: text("from")?,
            to: text("to")?,
            states: pairs("states").into_iter().collect(),
            clocks: pairs("clocks")
                .into_iter()
                .filter_map(|(clock, word)| Some((clock, ClockChoice::of(&word)?)))
                .collect(),
        })
    }
}

type Instant = chrono::DateTime<chrono::Utc>;

/// Both graphs, and what is what.
struct Way<'a> {
    old: &'a Workflow,
    new: &'a Workflow,
    to: WorkflowId,
    passage: Passage,
}

impl Way<'_> {
    fn state(&self, id: StateId) -> Option<StateId> {
        let name = &self.old.state(id).name;
        self.new.find_state(self.passage.states.get(name).unwrap_or(name))
    }

    /// The states that a case has in the new graph, each with the instant from which it is in it: where its atomic states
    /// lead, with everything around them and, where one leads to a state with others inside, those it begins with.
    ///
    /// `None` where that is no place for a case to be: a state has no place, ends the case, or excludes another.
    fn configuration(&self, old: &[(StateId, Instant)]) -> Option<Vec<(StateId, Instant)>> {
        let atomic = old.iter().filter(|(state, _)| self.old.state(*state).is_atomic());
        let atomic: Vec<(StateId, Instant)> =
            atomic.map(|(state, since)| Some((self.state(*state)?, *since))).collect::<Option<_>>()?;
        let over = |state: StateId| self.new.state(state).done && self.new.state(state).parent.is_none();
        if atomic.iter().any(|(state, _)| over(*state)) {
            return None;
        }
        let targets: States = atomic.iter().map(|(state, _)| *state).collect();
        let mut entered = States::new();
        chart::enter(self.new, &targets, None, &mut entered);
        if !chart::is_legal(self.new, &entered) {
            return None;
        }
        let around = old.iter().filter(|(state, _)| !self.old.state(*state).is_atomic());
        let around = around.filter_map(|(state, since)| Some((self.state(*state)?, *since)));
        let known: Vec<(StateId, Instant)> = atomic.iter().copied().chain(around).collect();
        let since = |state: StateId| {
            let itself = known.iter().filter(|(known, _)| *known == state).map(|(_, since)| *since).min();
            let inside = || known.iter().filter(|(known, _)| self.new.is_within(*known, state));
            let outside = || known.iter().filter(|(known, _)| self.new.is_within(state, *known));
            itself
                .or_else(|| inside().map(|(_, since)| *since).min())
                .or_else(|| outside().map(|(_, since)| *since).max())
        };
        entered.iter().map(|state| Some((*state, since(*state)?))).collect()
    }

    fn clock(&self, id: ClockId) -> Option<ClockId> {
        self.new.find_clock(&self.old.clock(id).name)
    }

    fn choice(&self, clock: &Clock) -> ClockChoice {
        let chosen = self.passage.clocks.get(&clock.name).copied();
        let there = self.new.find_clock(&clock.name).is_some();
        chosen.filter(|_| there).unwrap_or(ClockChoice::End)
    }
}

/// Whether the states that a case stands in lead to states of another graph that it can be in together.
pub(crate) fn has_place(model: &Model, case: &Case, to: WorkflowId, passage: &Passage) -> bool {
    let (old, new) = (model.workflow(case.workflow), model.workflow(to));
    Way { old, new, to, passage: passage.clone() }.configuration(&case.configuration).is_some()
}

impl Run<'_> {
    /// Lets a case go over to another graph. Where earlier facts that came later have it elsewhere by then, it stays.
    pub(super) fn judge_migration(&mut self, record: &Record) -> Result<Outcome> {
        let model = self.model;
        let Some((case, way)) = self.way(model, record) else {
            return Ok(Outcome::Refused(Refusal::NotOpen { state: None }));
        };
        let Some(before) = self.state.cases.get(case).cloned() else { return Ok(Outcome::Stayed) };
        let told_at = self.step.trace.entries.len();
        let scene = Scene { by: record.by.as_ref(), ..Scene::default() };
        let again: Vec<ClockId> = before
            .rounds
            .iter()
            .filter(|round| way.choice(way.old.clock(round.clock)) == ClockChoice::Restart)
            .filter_map(|round| way.clock(round.clock))
            .collect();
        let told: Vec<(Arc<str>, ClockChoice)> = before
            .rounds
            .iter()
            .map(|round| way.old.clock(round.clock))
            .map(|clock| (clock.name.clone(), way.choice(clock)))
            .collect();
        self.end_rounds(case, &scene, |clock| match way.choice(clock) {
            ClockChoice::Restart | ClockChoice::End => Some(false),
            ClockChoice::Keep | ClockChoice::Recompute => None,
        })?;
        let left: Vec<&Clock> = match self.state.cases.get(case) {
            Some(case) => case.rounds.iter().map(|round| way.old.clock(round.clock)).collect(),
            None => Vec::new(),
        };
        self.rename(case, &way);
        for (idx, old) in left.into_iter().enumerate() {
            self.go_over(case, idx, old, way.choice(old), &scene)?;
        }
        for clock in again {
            self.start_round(case, clock, &scene)?;
        }
        let active: Vec<StateId> = before.configuration.iter().map(|(state, _)| *state).collect();
        for (idx, clock) in way.new.clocks.iter().enumerate() {
            let id = ClockId(idx as u16);
            if self.begins(case, id, clock) && !way.had(clock, &active) {
                self.start_round(case, id, &scene)?;
            }
        }
        Ok(self.note_migration(case, &way, &active, told, told_at))
    }

    /// The live case that a migration is about, if it still has the graph that it shall leave.
    fn way<'m>(&self, model: &'m Model, record: &Record) -> Option<(usize, Way<'m>)> {
        let (passage, name) = (Passage::of(record)?, record.case.as_deref()?);
        let of_name =
            |case: &Case| case.is_live() && self.case_name(case.workflow, case.number).as_ref() == name;
        let idx = self.state.cases.iter().position(of_name)?;
        let case = self.state.cases.get(idx)?;
        let to = model.graph_of(case.family, &passage.to)?;
        if to == case.workflow || model.graph_of(case.family, &passage.from) != Some(case.workflow) {
            return None;
        }
        let way = Way { old: model.workflow(case.workflow), new: model.workflow(to), to, passage };
        way.configuration(&case.configuration).is_some().then_some((idx, way))
    }

    /// Everything that a case holds under the names of the other graph; what that does not know is let go.
    fn rename(&mut self, case: usize, way: &Way<'_>) {
        let Some(case) = self.state.cases.get_mut(case) else { return };
        case.workflow = way.to;
        case.configuration = way.configuration(&case.configuration).unwrap_or_default();
        let history = std::mem::take(&mut case.history).into_iter();
        case.history = history
            .filter_map(|(outer, atomic)| Some((way.state(outer)?, atomic)))
            .map(|(outer, atomic)| {
                let inside = atomic.into_iter().filter_map(|state| way.state(state));
                (outer, inside.filter(|state| way.new.is_within(*state, outer)).collect::<Vec<_>>())
            })
            .filter(|(outer, atomic)| way.new.state(*outer).remembers && !atomic.is_empty())
            .collect();
        let to_compensate = std::mem::take(&mut case.to_compensate).into_iter();
        case.to_compensate = to_compensate.filter_map(|state| way.state(state)).collect();
        let mut visits: Vec<(StateId, u32)> = Vec::new();
        for (state, count) in std::mem::take(&mut case.visits) {
            let Some(state) = way.state(state) else { continue };
            match visits.iter_mut().find(|(known, _)| *known == state) {
                Some((_, known)) => *known += count,
                None => visits.push((state, count)),
            }
        }
        case.visits = visits;
        let mut counted: Vec<(StateId, Vec<Value>)> = Vec::new();
        for (state, values) in std::mem::take(&mut case.counted) {
            let Some(state) = way.state(state) else { continue };
            match counted.iter_mut().find(|(known, _)| *known == state) {
                Some((_, known)) => {
                    known.extend(values);
                    known.sort();
                    known.dedup();
                }
                None => counted.push((state, values)),
            }
        }
        case.counted = counted;
        let rename = |rounds: Vec<Round>| -> Vec<Round> {
            let named = |round: Round| Some(Round { clock: way.clock(round.clock)?, ..round });
            rounds.into_iter().filter_map(named).collect()
        };
        case.rounds = rename(std::mem::take(&mut case.rounds));
        case.finished = rename(std::mem::take(&mut case.finished));
        case.finished.sort_by_key(|round| round.clock);
        let counts = std::mem::take(&mut case.round_counts);
        case.round_counts =
            counts.into_iter().filter_map(|(clock, count)| Some((way.clock(clock)?, count))).collect();
    }

    /// An open round goes on under the clock of the new graph.
    fn go_over(
        &mut self,
        case: usize,
        idx: usize,
        old: &Clock,
        choice: ClockChoice,
        scene: &Scene<'_>,
    ) -> Result<()> {
        let round = self.state.cases.get(case).and_then(|case| case.rounds.get(idx));
        let Some(mut round) = round.cloned() else { return Ok(()) };
        let Some(def) = self.clock_of(case, round.clock) else { return Ok(()) };
        let before = round.due;
        let again = choice == ClockChoice::Recompute && round.status == RoundStatus::Running;
        if again {
            round.given = timing::given(&self.ctx(scene), def)?;
        }
        self.carry_on(&mut round, old, def, again, scene)?;
        if round.status == RoundStatus::Running {
            round.revised_at = timing::revised_after(self.model, def, self.at, self.known);
        }
        if round.due != before {
            let at = self.at;
            self.note_clock(case, &round, ClockEvent::Rescheduled, at);
        }
        self.put_back(case, idx, round);
        Ok(())
    }

    /// Whether a clock of the new graph would run where the case stands now, and does not.
    fn begins(&self, case: usize, id: ClockId, clock: &Clock) -> bool {
        let Some(case) = self.state.cases.get(case) else { return false };
        clock.starts.is_empty()
            && clock.state.is_none_or(|state| case.is_in(state))
            && !case.rounds.iter().any(|round| round.clock == id)
    }

    fn note_migration(
        &mut self,
        case: usize,
        way: &Way<'_>,
        left: &[StateId],
        clocks: Vec<(Arc<str>, ClockChoice)>,
        told_at: usize,
    ) -> Outcome {
        let Some((number, configuration)) =
            self.state.cases.get(case).map(|case| (case.number, case.configuration.clone()))
        else {
            return Outcome::Stayed;
        };
        let name = self.case_name(way.to, number);
        let from: Arc<[Arc<str>]> = left.iter().map(|state| way.old.state(*state).name.clone()).collect();
        let to: Arc<[Arc<str>]> =
            configuration.iter().map(|(state, _)| way.new.state(*state).name.clone()).collect();
        let migrated = Entry::Migrated {
            at: self.at,
            case: name.clone(),
            revisions: (way.passage.from.clone(), way.passage.to.clone()),
            from: from.clone(),
            to: to.clone(),
            clocks,
        };
        // First what it is, then what the clocks make of it.
        self.step.trace.entries.insert(told_at, migrated);
        if from != to {
            let moved =
                Arc::new(Moved { at: self.at, case: name, from, to, done: false, clauses: Vec::new() });
            self.step.moved.push(moved);
        }
        Outcome::Moved
    }
}

impl Way<'_> {
    /// Whether the old graph had a clock of this name that ran, or had run, where the case stood.
    fn had(&self, clock: &Clock, active: &[StateId]) -> bool {
        self.old.clocks.iter().any(|old| {
            old.name == clock.name
                && old.starts.is_empty()
                && old.state.is_none_or(|state| active.contains(&state))
        })
    }
}
