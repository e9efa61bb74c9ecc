//! Running cases go over to the newest graph of their workflow: planned, checked against every one of them, carried out whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Runtime;
use super::revisions::NAMED_MAX;
use crate::diag::{Code, Diagnostic, Report, Severity, nearest};
use crate::engine::{self, Admitted, Case, ClockChoice, ClockEvent, Entry, MIGRATED, Passage, State, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::lang::{Lang, Message};
use crate::load::Migration;
use crate::model::{KindId, Model, StateId, Workflow, WorkflowId};
use crate::record::{Data, Event};
use crate::store::Store;
use crate::syntax::raw::Text;

/// What a migration does, or lacks.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The workflow.
    pub workflow: Arc<str>,
    /// The revision whose graph the cases go over to.
    pub to: Arc<str>,
    /// Every case that goes over, by subject.
    pub moves: Vec<Moving>,
    /// What is wrong with the plan or lacking in it; with an error nothing moves.
    pub report: Report,
    /// Whether it was carried out.
    pub done: bool,
}

/// A case that goes over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moving {
    /// The subject.
    pub subject: Arc<str>,
    /// The case: `onboarding/1`.
    pub case: Arc<str>,
    /// The last revision whose graph it has.
    pub from: Arc<str>,
    /// The states it stands in.
    pub leaves: Vec<Arc<str>>,
    /// The states it will stand in.
    pub enters: Vec<Arc<str>>,
    /// What each clock that runs does; one entry for each open round.
    pub clocks: Vec<(Arc<str>, ClockChoice)>,
    /// Clocks of the new graph that start.
    pub started: Vec<Arc<str>>,
}

/// A plan with its names looked up.
struct Meant {
    head: WorkflowId,
    kind: KindId,
    to: Arc<str>,
    /// The graphs that cases leave.
    old: Vec<WorkflowId>,
    states: BTreeMap<Arc<str>, Arc<str>>,
    clocks: BTreeMap<Arc<str>, ClockChoice>,
}

impl Meant {
    /// How the cases of a graph go over.
    fn passage(&self, model: &Model, graph: WorkflowId) -> Passage {
        Passage {
            from: model.workflow(graph).line.revisions.last().cloned().unwrap_or_default(),
            to: self.to.clone(),
            states: self.states.clone(),
            clocks: self.clocks.clone(),
        }
    }
}

/// Where live cases stand: state or clock → subjects, by graph.
type Seen = BTreeMap<(WorkflowId, Of, Arc<str>), BTreeSet<Arc<str>>>;

/// Of what a name is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    State,
    Clock,
}

impl<S: Store> Runtime<S> {
    /// What a migration would do to every live case, and what it lacks; nothing is changed.
    ///
    /// # Errors
    /// The store fails, or a calendar or parameter does not cover a date.
    pub fn plan(&mut self, migration: &Migration, now: DateTime<Utc>) -> Result<Plan> {
        self.refresh()?;
        self.as_if_adopted(now, |runtime| runtime.planned(migration, None, now))
    }

    /// Carries a migration out: every live case of the old graphs goes over, each with a record `migrated` that says who did it
    /// and why, all in one transaction. Where the plan lacks something, nothing happens, and its report says what. Once
    /// carried out, the same migration finds nothing more to move.
    ///
    /// ```
    /// # use rulebook::{Event, MemoryStore, Migration, Options, Policy, Runtime};
    /// # let policy = |version: u32, first: &str| {
    /// #     let text = format!("
    /// # policy: {{id: desk, version: {version}, effective: 2026-01-01, timezone: Asia/Shanghai}}
    /// # roles: {{desk: {{anyone: yes}}}}
    /// # subjects: {{chat: {{fields: {{}}}}}}
    /// # workflows:
    /// #   talk:
    /// #     subject: chat
    /// #     events: {{closed: {{by: desk}}}}
    /// #     states: {{{first}: {{on_event: {{closed: over}}}}, over: {{done: yes}}}}");
    /// #     Policy::from_texts(&[("desk.yaml", text)], &Options::default()).map_err(|report| report.to_string())
    /// # };
    /// # let monday = "2026-03-02T09:00:00+08:00".parse()?;
    /// # let tuesday = "2026-03-03T09:00:00+08:00".parse()?;
    /// let mut runtime = Runtime::new(policy(1, "open")?, MemoryStore::new())?;
    /// runtime.submit(Event::new("opened").to("chat/1").at(monday), monday)?;
    ///
    /// // The next revision calls the state otherwise; the case keeps its graph until it is moved.
    /// let mut runtime = Runtime::new(policy(2, "waiting")?, runtime.into_store()?)?;
    /// let text = "migrate: {workflow: talk, states: {open: waiting}, because: clearer words}";
    /// let migration = Migration::from_text("plan.yaml", text).map_err(|report| report.to_string())?;
    /// let plan = runtime.plan(&migration, tuesday)?;
    /// assert_eq!((plan.moves.len(), plan.done, plan.report.has_errors()), (1, false, false));
    /// let plan = runtime.migrate(&migration, "desk/lin", tuesday)?;
    /// assert!(plan.done && runtime.live()?.iter().all(|live| live.newest));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The store fails, or a calendar or parameter does not cover a date. Nothing is changed then.
    pub fn migrate(&mut self, migration: &Migration, by: &str, now: DateTime<Utc>) -> Result<Plan> {
        self.adopt(now)?;
        self.atomically(|runtime| runtime.planned(migration, Some(by), now))
    }

    /// Plans, and carries it out where somebody does it.
    fn planned(&mut self, migration: &Migration, by: Option<&str>, now: DateTime<Utc>) -> Result<Plan> {
        let model = self.policy.model.clone();
        let mut found = Vec::new();
        let meant = meant(&model, migration, &mut found);
        let mut plan = Plan {
            workflow: migration.written.workflow.value.as_str().into(),
            to: model.header.revision.clone(),
            moves: Vec::new(),
            report: Report::default(),
            done: false,
        };
        let mut standing = Vec::new();
        if let Some(meant) = &meant {
            let mut seen = Seen::new();
            self.each_head(Some(&model.kind(meant.kind).name), &mut |runtime, head| {
                let Some(mut state) = runtime.subject(&head.subject)? else { return Ok(()) };
                engine::advance(&model, &mut state, now)?;
                let names = leaving(&model, &state, &meant.old, &mut seen);
                if !names.is_empty() {
                    standing.push((head.subject, state, names));
                }
                Ok(())
            })?;
            check(&model, migration, meant, &seen, &mut found);
            if !found.iter().any(|finding| finding.severity == Severity::Error) {
                let states = standing.iter().map(|(_, state, _)| state);
                no_place(&model, migration, meant, states, &mut found);
            }
        }
        plan.report = Report::new(migration.sources.clone(), found);
        let (Some(meant), false) = (meant, plan.report.has_errors()) else { return Ok(plan) };
        for (subject, mut state, cases) in standing {
            for (case, graph) in cases {
                let event = event(&model, migration, &meant, graph, (&subject, &case), by, now);
                let step = match by {
                    Some(_) => self.go_over(&event, now)?,
                    None => {
                        let known = self.store.head(&subject)?.and_then(|head| self.last_known(&head));
                        match engine::admit(&model, &state, &event, now, known, Data::new())? {
                            Admitted::Record(record) => engine::judge(&model, &mut state, record)?,
                            Admitted::Refused(refusal) => return Err(refused(&subject, &case, &refusal)),
                        }
                    }
                };
                if let Some(refusal) = step.outcome.refusal() {
                    return Err(refused(&subject, &case, refusal));
                }
                plan.moves.extend(moving(&subject, &step));
            }
        }
        plan.done = by.is_some();
        Ok(plan)
    }

    fn go_over(&mut self, event: &Event, now: DateTime<Utc>) -> Result<Step> {
        let model = self.policy.model.clone();
        let entry = self.entry(&event.subject)?;
        let known = self.last_known(&entry.head);
        match engine::admit(&model, &entry.state, event, now, known, Data::new())? {
            Admitted::Record(record) => self.keep(entry, record, &[], now),
            Admitted::Refused(refusal) => {
                self.put(entry)?;
                Err(refused(&event.subject, event.case.as_deref().unwrap_or(""), &refusal))
            }
        }
    }
}

fn refused(subject: &str, case: &str, refusal: &engine::Refusal) -> Error {
    let why = refusal.message().render(Lang::En);
    Error::new(ErrorKind::Conflict, format!("`{subject}/{case}` cannot go over: {why}"))
}

/// The live cases of a subject that follow one of the graphs; their states and running clocks are noted.
fn leaving(model: &Model, state: &State, old: &[WorkflowId], seen: &mut Seen) -> Vec<(Arc<str>, WorkflowId)> {
    let mut cases = Vec::new();
    let leaves = |case: &&Case| case.is_live() && old.contains(&case.workflow);
    for case in state.cases.iter().filter(leaves) {
        let graph = model.workflow(case.workflow);
        let states = case.configuration.iter().map(|(state, _)| (Of::State, &graph.state(*state).name));
        let clocks = case.rounds.iter().map(|round| (Of::Clock, &graph.clock(round.clock).name));
        for (of, name) in states.chain(clocks) {
            seen.entry((case.workflow, of, name.clone())).or_default().insert(state.subject.clone());
        }
        cases.push((graph.case_names.get(case.number), case.workflow));
    }
    cases
}

/// The event of the record. It comes last at its instant: what happened in the same second was still judged by the old graph.
fn event(
    model: &Model,
    migration: &Migration,
    meant: &Meant,
    graph: WorkflowId,
    (subject, case): (&Arc<str>, &Arc<str>),
    by: Option<&str>,
    now: DateTime<Utc>,
) -> Event {
    let passage = meant.passage(model, graph);
    Event {
        subject: subject.clone(),
        case: Some(case.clone()),
        name: MIGRATED.into(),
        at: Some(now),
        order: Some(i64::MAX),
        by: by.map(Arc::from),
        data: passage.data(),
        reason: Some(migration.written.because.value.as_str().into()),
        ..Event::default()
    }
}

fn moving(subject: &Arc<str>, step: &Step) -> Option<Moving> {
    let (case, revisions, from, to, clocks) = step.trace.entries.iter().find_map(|entry| match entry {
        Entry::Migrated { case, revisions, from, to, clocks, .. } => {
            Some((case, revisions, from, to, clocks))
        }
        _ => None,
    })?;
    let again = |name: &Arc<str>| {
        clocks.iter().any(|(clock, choice)| clock == name && *choice == ClockChoice::Restart)
    };
    let started =
        step.clocks.iter().filter(|change| change.event == ClockEvent::Started && change.case == *case);
    let started = started.map(|change| change.clock.clone()).filter(|name| !again(name));
    Some(Moving {
        subject: subject.clone(),
        case: case.clone(),
        from: revisions.0.clone(),
        leaves: from.to_vec(),
        enters: to.to_vec(),
        clocks: clocks.clone(),
        started: started.collect(),
    })
}

fn wrong(text: &Text, message: Message) -> Diagnostic {
    Diagnostic::error(Code::MigrationInvalid, text.span, message)
}

/// A finding about a name, with the nearest one that is known.
fn unknown<'n>(
    key: &'static str,
    text: &Text,
    of: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    let finding = wrong(text, Message::new(key, [text.value.as_str(), of]));
    match nearest(&text.value, known.iter().copied()) {
        Some(near) => finding.help(Message::new("did-you-mean", [near])).fix(text.span, near),
        None => finding.help(Message::new("known-names", [known.join(", ")])),
    }
}

/// Looks up what the plan names: the workflow, the revisions, states and clocks.
fn meant(model: &Model, migration: &Migration, found: &mut Vec<Diagnostic>) -> Option<Meant> {
    let written = &migration.written;
    let Some(head) = model.find_workflow(&written.workflow.value).map(|id| model.head(id)) else {
        let known =
            model.workflows.iter().filter(|flow| flow.line.head.is_none()).map(|flow| flow.name.as_ref());
        found.push(unknown("migrate-unknown-workflow", &written.workflow, &model.header.id, known));
        return None;
    };
    let newest = model.workflow(head);
    if newest.earlier_revision().is_some() {
        found.push(wrong(&written.workflow, Message::new("migrate-gone", [&written.workflow.value])));
        return None;
    }
    let graphs = || model.graphs_of(newest.kind).filter(|(id, _)| *id != head && model.head(*id) == head);
    let mut old: Vec<WorkflowId> = Vec::new();
    for text in &written.from {
        match chosen(model, head, text, found) {
            Some(id) if id != head && !old.contains(&id) => old.push(id),
            _ => {}
        }
    }
    if written.from.is_empty() {
        old.extend(graphs().map(|(id, _)| id));
    }
    // A plan may well name what only another revision has than those that this store has adopted.
    let known = || graphs().map(|(_, graph)| graph).chain([newest]);
    let old_states: BTreeSet<&str> = known().flat_map(states_of).collect();
    let old_clocks: BTreeSet<&str> = known().flat_map(clocks_of).collect();
    let (mut states, mut clocks) = (BTreeMap::new(), BTreeMap::new());
    for entry in &written.states {
        if !old_states.contains(&entry.name.value.as_str()) {
            found.push(not_left(&entry.name, &known().collect::<Vec<_>>(), newest));
        }
        match newest.find_state(&entry.value.value) {
            None => {
                let known = states_of(newest);
                found.push(unknown("migrate-unknown-state-new", &entry.value, &newest.name, known));
            }
            Some(state) if newest.state(state).done && newest.state(state).parent.is_none() => {
                found.push(wrong(&entry.value, Message::new("migrate-into-done", [&entry.value.value])));
            }
            Some(_) => {
                states.insert(entry.name.value.as_str().into(), entry.value.value.as_str().into());
            }
        }
    }
    for entry in &written.clocks {
        if !old_clocks.contains(&entry.name.value.as_str()) {
            let known = old_clocks.iter().copied();
            found.push(unknown("migrate-unknown-clock", &entry.name, &newest.name, known));
        }
        let choice = ClockChoice::ALL.into_iter().find(|choice| choice.word() == entry.value.value);
        match choice {
            None => {
                let words = ClockChoice::ALL.map(ClockChoice::word).join(", ");
                found.push(wrong(
                    &entry.value,
                    Message::new("migrate-choice", [entry.value.value.clone(), words]),
                ));
            }
            Some(choice) => {
                clocks.insert(entry.name.value.as_str().into(), choice);
            }
        }
    }
    Some(Meant { head, kind: newest.kind, to: model.header.revision.clone(), old, states, clocks })
}

/// What is wrong with a name of a state in which no live case of the graphs stands, the newest among them as the last resort.
fn not_left<'m>(name: &Text, graphs: &[&'m Workflow], newest: &'m Workflow) -> Diagnostic {
    let encloses = |graph: &'m Workflow| {
        let outer = graph.find_state(&name.value).filter(|outer| !graph.state(*outer).is_atomic())?;
        let within = |state: &&str| graph.find_state(state).is_some_and(|id| graph.is_within(id, outer));
        Some(states_of(graph).into_iter().filter(within).collect::<Vec<_>>().join(", "))
    };
    if let Some(inside) = graphs.iter().copied().find_map(encloses) {
        return wrong(name, Message::new("migrate-state-encloses", [&name.value]))
            .help(Message::new("migrate-states-inside", [inside]));
    }
    let old = graphs.iter().copied().filter(|graph| graph.earlier_revision().is_some());
    let mut known: BTreeSet<&str> = old.flat_map(states_of).collect();
    if known.is_empty() {
        known.extend(states_of(newest));
    }
    unknown("migrate-unknown-state-old", name, &newest.name, known)
}

/// The graph of a revision that the plan names by at least eight digits.
fn chosen(model: &Model, head: WorkflowId, text: &Text, found: &mut Vec<Diagnostic>) -> Option<WorkflowId> {
    let digits = text.value.len() >= 8 && text.value.chars().all(|sign| sign.is_ascii_hexdigit());
    if !digits {
        found.push(wrong(text, Message::new("migrate-revision-digits", [&text.value])));
        return None;
    }
    let adopted = || model.origin.adopted.iter().map(|(revision, _)| revision);
    let fits: BTreeSet<&Arc<str>> =
        adopted().filter(|revision| revision.starts_with(text.value.as_str())).collect();
    if fits.len() > 1 {
        found.push(wrong(text, Message::new("migrate-revision-several", [&text.value])));
        return None;
    }
    let graph = model.graph_of(head, &text.value);
    if graph.is_none() {
        let name = &model.workflow(head).name;
        let revisions = adopted().map(|revision| short(revision));
        found.push(unknown("migrate-revision-unknown", text, name, revisions));
    }
    graph
}

fn short(revision: &str) -> &str {
    revision.get(..8).unwrap_or(revision)
}

/// The states in which a live case may stand: those without states inside that do not end it.
fn states_of(workflow: &Workflow) -> Vec<&str> {
    let stands = |state: &&crate::model::State| state.is_atomic() && !(state.done && state.parent.is_none());
    workflow.states.iter().filter(stands).map(|state| state.name.as_ref()).collect()
}

fn clocks_of(workflow: &Workflow) -> Vec<&str> {
    let runs = |clock: &&crate::model::Clock| clock.state.is_none_or(|state| !workflow.state(state).done);
    workflow.clocks.iter().filter(runs).map(|clock| clock.name.as_ref()).collect()
}

/// Whether every state and clock of the old graphs has its place, and every clock stands where its cases come to.
fn check(model: &Model, migration: &Migration, meant: &Meant, seen: &Seen, found: &mut Vec<Diagnostic>) {
    let written = &migration.written;
    let newest = model.workflow(meant.head);
    let at = |key: &'static str, args: Vec<String>| {
        Diagnostic::error(Code::MigrationInvalid, written.workflow.span, Message::new(key, args))
    };
    let with_subjects = |finding: Diagnostic, graph: WorkflowId, of: Of, name: &str| match seen.get(&(
        graph,
        of,
        name.into(),
    )) {
        Some(subjects) => {
            let named: Vec<&str> = subjects.iter().take(NAMED_MAX).map(AsRef::as_ref).collect();
            let args = [subjects.len().to_string(), named.join(", ")];
            finding.help(Message::new("migrate-subjects", args))
        }
        None => finding.help(Message::plain("migrate-nobody-now")),
    };
    for (id, old) in meant.old.iter().map(|id| (*id, model.workflow(*id))) {
        // A graph that nobody follows needs no way out of it.
        if !seen.keys().any(|(graph, _, _)| *graph == id) {
            continue;
        }
        let revision = short(old.line.revisions.last().map_or("", AsRef::as_ref)).to_owned();
        for name in states_of(old) {
            if !written.states.iter().any(|entry| entry.name.value == name) {
                let finding = at("migrate-state-lacking", vec![name.to_owned(), revision.clone()]);
                found.push(with_subjects(finding, id, Of::State, name));
            }
        }
        for name in clocks_of(old) {
            let Some(entry) = written.clocks.iter().find(|entry| entry.name.value == name) else {
                let finding = at("migrate-clock-lacking", vec![name.to_owned(), revision.clone()]);
                found.push(with_subjects(finding, id, Of::Clock, name));
                continue;
            };
            let goes_on = meant.clocks.get(name).is_some_and(|choice| *choice != ClockChoice::End);
            let new = newest.find_clock(name).map(|clock| newest.clock(clock));
            let stands = match (old.find_clock(name).map(|clock| old.clock(clock)), new) {
                (Some(_), None) if goes_on => {
                    found.push(wrong(&entry.value, Message::new("migrate-clock-gone", [name, &newest.name])));
                    continue;
                }
                (Some(old_clock), Some(new_clock)) if goes_on => {
                    new_clock.state.map(|place| (old_clock, place))
                }
                _ => None,
            };
            // A clock of a state must stand where the cases come to, else leaving that state would not end it.
            if let Some((old_clock, place)) = stands {
                let within = |graph: &Workflow, name: &str, outer: StateId| {
                    graph.find_state(name).is_some_and(|state| graph.is_within(state, outer))
                };
                let from = states_of(old).into_iter();
                let from: Vec<&str> = match old_clock.state {
                    Some(state) => from.filter(|name| within(old, name, state)).collect(),
                    None => from.collect(),
                };
                let goes = |from: &&str| meant.states.get(*from).is_some_and(|to| !within(newest, to, place));
                let place = &newest.state(place).name;
                if let Some(from) = from.into_iter().find(goes) {
                    let args = [name.to_owned(), place.to_string(), from.to_owned()];
                    found.push(wrong(&entry.value, Message::new("migrate-clock-elsewhere", args)));
                }
            }
        }
    }
}

/// Cases whose states lead to states that exclude one another: each such combination once, with the subjects.
fn no_place<'s>(
    model: &Model,
    migration: &Migration,
    meant: &Meant,
    states: impl Iterator<Item = &'s State>,
    found: &mut Vec<Diagnostic>,
) {
    let mut cases: BTreeMap<Vec<Arc<str>>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for state in states {
        for case in state.cases.iter().filter(|case| case.is_live() && meant.old.contains(&case.workflow)) {
            if engine::has_place(model, case, meant.head, &meant.passage(model, case.workflow)) {
                continue;
            }
            let graph = model.workflow(case.workflow);
            let stands = case.configuration.iter().map(|(state, _)| graph.state(*state));
            let stands = stands.filter(|state| state.is_atomic()).map(|state| state.name.clone());
            let name = format!("{}/{}", state.subject, graph.case_names.get(case.number));
            cases.entry(stands.collect()).or_default().insert(name.into());
        }
    }
    for (stands, cases) in cases {
        let leads = stands.iter().map(|name| meant.states.get(name).unwrap_or(name).as_ref());
        let leads = leads.collect::<Vec<_>>().join(", ");
        let is_one = |name: &Text| stands.iter().any(|state| state.as_ref() == name.value);
        let place = migration.written.states.iter().find(|entry| is_one(&entry.name));
        let place = place.map_or(&migration.written.workflow, |entry| &entry.value);
        let named: Vec<&str> = cases.iter().take(NAMED_MAX).map(AsRef::as_ref).collect();
        found.push(
            wrong(place, Message::new("migrate-no-place", [stands.join(", "), leads]))
                .help(Message::new("migrate-cases", [cases.len().to_string(), named.join(", ")])),
        );
    }
}
