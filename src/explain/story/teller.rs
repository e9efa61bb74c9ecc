//! Turns the entries of a trace into lines, one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Happening, Line};
use crate::engine::{
    ClockChange, ClockEvent, Effect, EffectKind, Entry, Moved, Outcome, Reads, Said, ScoreResult,
    ScoreStatus, Step, Trace, coerce,
};
use crate::explain::due::{self, Reckoned};
use crate::explain::words::{Setting, Words};
use crate::explain::{refusal, score};
use crate::lang::Lang;
use crate::model::{ClauseId, EventOrigin, KindId, Policy, StateId, TableId, WorkflowId, Written};
use crate::record::Record;
use crate::value::Value;

mod duty;

/// Tells entries one after the other; knows in which states the cases stand meanwhile.
pub(super) struct Teller<'a> {
    pub words: Words<'a>,
    /// Whether guards that did not hold, and everything else that led nowhere, are told as well.
    everything: bool,
    states: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    record: Option<Arc<Record>>,
    kind: Option<KindId>,
    /// What was told so far, in order.
    pub told: Vec<Happening>,
    /// Conditions of what is being told that did not hold: they explain an `otherwise`.
    failed: Vec<(WorkflowId, String, Option<ClauseId>)>,
    /// The latest notice: to whom, and what.
    noticed: Option<(String, String)>,
    /// Whether those are told at once: the event was refused because of them.
    failed_told: bool,
    /// The round that was breached last: case, clock, number.
    breached: Option<(Arc<str>, Arc<str>, u32)>,
}

impl<'a> Teller<'a> {
    /// A teller of one policy in one language.
    pub fn new(policy: &'a Policy, lang: Lang, everything: bool) -> Teller<'a> {
        Teller {
            words: Words::new(&policy.model, lang),
            everything,
            states: BTreeMap::new(),
            record: None,
            kind: None,
            told: Vec::new(),
            failed: Vec::new(),
            failed_told: false,
            breached: None,
            noticed: None,
        }
    }

    /// Tells every entry of a trace.
    pub fn tell(&mut self, trace: &Trace) {
        for entry in &trace.entries {
            match entry {
                Entry::Judged { record, outcome } => self.judged(record, outcome),
                Entry::Opened { at, case, workflow } => self.opened(*at, case, *workflow),
                Entry::Guard { workflow, state, guard, held, reads, clause } => {
                    self.guard(*workflow, *state, guard, *held, reads, *clause);
                }
                Entry::Permission { permission, condition, held, reads } => {
                    let permission = self.words.model.permission(*permission);
                    if *held != Some(true) || self.everything {
                        let name = self.words.name(permission.label.as_ref(), &permission.name);
                        let key =
                            if *held == Some(true) { "explain-permitted" } else { "explain-not-permitted" };
                        let reads = self.reads(reads, condition);
                        let line = self.words.say(key, [name, reads]);
                        self.line(line, permission.clause);
                    }
                }
                Entry::FourEyes { against, persons, clash } => {
                    // A clash is the refusal's own reason; what a decision rests on is told with everything.
                    if self.everything {
                        let setting = Setting { kind: self.kind, ..Setting::default() };
                        let against = refusal::held_against(&self.words, against, setting);
                        let key =
                            if clash.is_some() { "explain-four-eyes-clash" } else { "explain-four-eyes" };
                        let line = self.words.say(key, [against, self.words.list(persons)]);
                        self.line(line, None);
                    }
                }
                Entry::Bound { workflow, state, needed, so_far, reached } => {
                    // One that was not reached is the refusal's own reason.
                    if self.everything {
                        let workflow = self.words.model.workflow(*workflow);
                        let state = self.words.state(&workflow.name, &workflow.state(*state).name);
                        let key =
                            if *reached { "explain-bound-reached" } else { "explain-bound-not-reached" };
                        let (needed, so_far) = (self.words.quantity(needed), self.words.quantity(so_far));
                        let line = self.words.say(key, [state, needed, so_far]);
                        self.line(line, workflow.clauses.first().copied());
                    }
                }
                Entry::Compensated { at, case, workflow, state } => {
                    let state = self.words.model.workflow(*workflow).state(*state);
                    let name = self.words.name(state.label.as_ref(), &state.name);
                    let line = self.words.say("explain-compensated", [self.words.case(case), name]);
                    let clauses = state.clauses.iter().map(|id| self.words.model.clause(*id).id.clone());
                    self.put(*at, line, clauses.collect());
                }
                Entry::Moved(moved) => self.moved(moved),
                Entry::Clock(change) => self.clock(change),
                Entry::Effect(effect) => self.effect(effect),
                Entry::Assigned { at, field, value } => self.assigned(*at, field, value),
                Entry::Scored { at, result } => self.scored(*at, result),
                Entry::Table { table, inputs, row } => self.table(*table, inputs, *row),
                Entry::Duty { .. } => self.duty(entry),
            }
        }
    }

    /// What a late record or a correction changed.
    pub fn tell_changes(&mut self, step: &Step) {
        for change in &step.rejudged {
            let verdict = |verdict: &crate::engine::Verdict| match &verdict.refused {
                Some(reason) => self.words.say("explain-verdict-refused", [self.words.reason(reason)]),
                None if verdict.moved.is_empty() => self.words.plain("explain-verdict-stayed"),
                None => self.words.list(&verdict.moved),
            };
            let args = [change.record.to_string(), verdict(&change.then), verdict(&change.now)];
            let line = self.words.say("explain-rejudged", args);
            self.line(line, None);
        }
        if !step.withdrawn.is_empty() {
            let line = self.words.say("explain-withdrawn", [step.withdrawn.len()]);
            self.line(line, None);
        }
        for lost in &step.ground_lost {
            let line = self.words.say("explain-ground-lost", [&lost.decision, &lost.then, &lost.now]);
            self.line(line, None);
        }
    }

    fn setting(&self) -> Setting<'a> {
        let event = self.record.as_ref().and_then(|record| self.words.event_def(self.kind, &record.event));
        let at = self.told.last().map(|happening| happening.at);
        Setting { event, kind: self.kind, at }
    }

    fn reads(&self, reads: &Reads, of: &Written) -> String {
        self.words.reads(reads.named(of), self.setting())
    }

    /// Begins something new.
    fn begin(&mut self, at: DateTime<Utc>, head: String, clauses: Vec<Arc<str>>) {
        self.failed.clear();
        self.failed_told = false;
        self.told.push(Happening { at, head, lines: Vec::new(), clauses, cases: Vec::new() });
    }

    /// Adds a line to what is being told, or begins anew where it happened at another instant.
    fn put(&mut self, at: DateTime<Utc>, line: String, clauses: Vec<Arc<str>>) {
        match self.told.last_mut() {
            Some(last) if last.at == at => {
                last.lines.push(Line { text: line, reason_of: None });
                last.clauses.extend(clauses);
            }
            _ => {
                self.record = None;
                self.begin(at, line, clauses);
            }
        }
    }

    /// Adds a line that has no instant of its own.
    fn line(&mut self, line: String, clause: Option<ClauseId>) {
        self.reason(line, clause, None);
    }

    /// As [`Teller::line`], as a reason for what a workflow does.
    fn reason(&mut self, text: String, clause: Option<ClauseId>, reason_of: Option<WorkflowId>) {
        if let Some(last) = self.told.last_mut() {
            last.lines.push(Line { text, reason_of });
            last.clauses.extend(clause.map(|id| self.words.model.clause(id).id.clone()));
        }
    }

    fn belongs_to(&mut self, case: &Arc<str>) {
        if let Some(last) = self.told.last_mut()
            && !last.cases.contains(case)
        {
            last.cases.push(case.clone());
        }
    }

    fn judged(&mut self, record: &Arc<Record>, outcome: &Outcome) {
        self.kind = self.words.model.split_subject(&record.subject).map(|(kind, _)| kind);
        self.record = Some(record.clone());
        let words = &self.words;
        let def = words.event_def(self.kind, &record.event);
        let event = words.event(self.kind, &record.event);
        let by = match (&record.by, &record.on_behalf_of) {
            (Some(by), Some(absent)) => words.say("explain-by-for", [by, absent]),
            (Some(by), None) => words.say("explain-by", [by]),
            (None, _) => String::new(),
        };
        let by = match &record.raised_by {
            Some(source) => format!("{by}{}", words.say("explain-raised-by", [source])),
            None => by,
        };
        let told = format!("{}{by}", data(words, def, record));
        let mut head = match outcome {
            Outcome::Moved | Outcome::Stayed => format!("{event}{told}"),
            Outcome::Repeated => words.say("explain-repeated", [event]),
            Outcome::Refused(_) => words.say("explain-not-done", [event, told]),
        };
        if let Some(corrected) = &record.corrects {
            let reason = record.reason.as_deref().unwrap_or("—").to_owned();
            let key = if record.void { "explain-voids" } else { "explain-corrects" };
            head.push_str(&words.say(key, [corrected.to_string(), reason]));
        }
        if words.day_of(record.known) > words.day_of(record.at) {
            head.push_str(&words.say("explain-known-later", [words.instant(record.known)]));
        }
        let clauses = def.and_then(|def| def.clause).map(|id| words.model.clause(id).id.clone());
        self.begin(record.at, head, clauses.into_iter().collect());
        if let Outcome::Refused(reason) = outcome {
            self.failed_told = reason.said().is_none();
            let cases = self.addressed();
            let standing = self.standing(&cases);
            for case in &cases {
                self.belongs_to(case);
            }
            let text = refusal::explain(&self.words, reason, Some(self.setting()));
            self.line(text, None);
            if !standing.is_empty() && !reason.at_the_door() {
                let line = self.words.say("explain-still", [standing]);
                self.line(line, None);
            }
        }
        if let Some(case) = &record.case {
            self.belongs_to(case);
        }
    }

    /// The live cases that know the event.
    fn addressed(&self) -> Vec<Arc<str>> {
        let Some(event) = self.record.as_ref().map(|record| &record.event) else { return Vec::new() };
        let model = self.words.model;
        let id = self.kind.and_then(|kind| model.kind(kind).events.get(event).copied());
        let knows = |case: &str| {
            let workflow = case.split('/').next().unwrap_or(case);
            let workflow = model.find_workflow(workflow).map(|id| model.workflow(id));
            workflow.zip(id).is_some_and(|(workflow, id)| workflow.events.contains(&id))
        };
        self.states.keys().filter(|case| knows(case)).cloned().collect()
    }

    /// Those cases with their states.
    fn standing(&self, cases: &[Arc<str>]) -> String {
        let told =
            self.states.iter().filter(|(case, _)| cases.contains(case)).map(|(case, states)| {
                format!("{} {}", self.words.case(case), self.words.states(case, states))
            });
        self.words.list(told)
    }

    fn opened(&mut self, at: DateTime<Utc>, case: &Arc<str>, workflow: WorkflowId) {
        let clauses = &self.words.model.workflow(workflow).clauses;
        let clauses = clauses.iter().map(|id| self.words.model.clause(*id).id.clone()).collect();
        let line = self.words.say("explain-case-opened", [self.words.case(case)]);
        self.put(at, line, clauses);
        self.belongs_to(case);
    }

    fn guard(
        &mut self,
        workflow: WorkflowId,
        state: StateId,
        guard: &Written,
        held: Option<bool>,
        reads: &Reads,
        clause: Option<ClauseId>,
    ) {
        let key = match held {
            Some(true) => "explain-guard-held",
            Some(false) => "explain-guard-not-held",
            None => "explain-guard-undecided",
        };
        let place = self.words.place(guard.span).unwrap_or_else(|| {
            let workflow = self.words.model.workflow(workflow);
            format!("{}/{}", workflow.name, workflow.state(state).name)
        });
        let line = self.words.say(key, [guard.text.to_string(), self.reads(reads, guard), place]);
        if held == Some(false) && !self.everything && !self.failed_told {
            self.failed.push((workflow, line, clause));
        } else {
            self.reason(line, clause, (held == Some(true)).then_some(workflow));
        }
    }

    /// Where a workflow moved although no condition held, the last that did not hold is the reason.
    fn explain_otherwise(&mut self, workflow: Option<WorkflowId>) {
        let told = self.told.last();
        if told.is_some_and(|told| told.lines.iter().any(|line| line.reason_of == workflow)) {
            return;
        }
        let last = self.failed.iter().rposition(|(failed, _, _)| Some(*failed) == workflow);
        if let Some(idx) = last {
            let (failed, line, clause) = self.failed.swap_remove(idx);
            self.reason(line, clause, Some(failed));
        }
    }

    fn moved(&mut self, moved: &Moved) {
        let workflow = moved.case.split('/').next().and_then(|name| self.words.model.find_workflow(name));
        if !moved.from.is_empty() {
            self.explain_otherwise(workflow);
        }
        let words = &self.words;
        if workflow.is_some_and(|id| words.model.workflow(id).states.len() == 1) {
            return; // A workflow that only listens has no states worth a word.
        }
        let states = |list: &[Arc<str>]| words.states(&moved.case, list);
        let case = words.case(&moved.case);
        let mut line = if moved.from.is_empty() {
            words.say("explain-entered", [case, states(&moved.to)])
        } else {
            words.say("explain-moved", [case, states(&moved.from), states(&moved.to)])
        };
        if moved.done {
            line.push_str(&words.plain("explain-done"));
        }
        let states = self.states.entry(moved.case.clone()).or_default();
        states.retain(|state| !moved.from.contains(state));
        states.extend(moved.to.iter().cloned());
        if moved.done {
            self.states.remove(&moved.case);
        }
        self.put(moved.at, line, moved.clauses.clone());
        self.belongs_to(&moved.case);
    }

    fn clock(&mut self, change: &ClockChange) {
        let round = (change.case.clone(), change.clock.clone(), change.round);
        match change.event {
            ClockEvent::Breached => self.breached = Some(round),
            // A round that was breached has its verdict, however it ends.
            ClockEvent::Cancelled if change.at > change.due || self.breached == Some(round) => return,
            _ => {}
        }
        let words = &self.words;
        let name = words
            .say("explain-clock-of", [words.case(&change.case), words.clock(&change.case, &change.clock)]);
        let due = words.instant(change.due);
        let workflow = change.case.split('/').next().unwrap_or("");
        let clock = words.model.find_workflow(workflow).and_then(|id| {
            let workflow = words.model.workflow(id);
            workflow.find_clock(&change.clock).map(|clock| workflow.clock(clock))
        });
        let limit = clock.map(|clock| due::limit(words, clock, Some(change.given))).unwrap_or_default();
        let started = words.instant(change.started);
        let line = match change.event {
            ClockEvent::Started => words.say("explain-clock-started", [name, due, limit]),
            ClockEvent::Warned => words.say("explain-clock-warned", [name, due]),
            ClockEvent::Breached => words.say("explain-clock-breached", [name, due, started, limit]),
            ClockEvent::Paused => words.say("explain-clock-paused", [name]),
            ClockEvent::Resumed => words.say("explain-clock-resumed", [name, due]),
            ClockEvent::Rescheduled => words.say("explain-clock-rescheduled", [name, due, limit]),
            ClockEvent::Escalated => words.say("explain-clock-escalated", [name, due]),
            ClockEvent::Met => words.say("explain-clock-met", [name, due]),
            ClockEvent::MetLate => words.say("explain-clock-met-late", [name, due]),
            ClockEvent::Cancelled => words.say("explain-clock-cancelled", [name]),
        };
        let by_itself =
            matches!(change.event, ClockEvent::Warned | ClockEvent::Breached | ClockEvent::Escalated);
        let clauses: Vec<Arc<str>> = change.clause.iter().cloned().collect();
        if by_itself {
            let counted = clock.filter(|_| change.event == ClockEvent::Breached);
            let counted = counted.and_then(|clock| due::reckoning(words, clock, &Reckoned::told(change)));
            self.record = None;
            self.begin(change.at, line, clauses);
            if let Some(counted) = counted {
                self.line(counted, None);
            }
        } else {
            self.put(change.at, line, clauses);
        }
        self.belongs_to(&change.case);
    }

    /// The same notice to one more: joins the line before; tells whether it did.
    fn also_tell(&mut self, at: DateTime<Utc>, name: &str, text: &str) -> bool {
        let Some((names, told)) = self.noticed.as_mut().filter(|(_, told)| told == text) else {
            return false;
        };
        let Some(last) = self.told.last_mut().filter(|last| last.at == at) else { return false };
        let before = self.words.say("explain-notify", [names.as_str(), told.as_str()]);
        let Some(line) = last.lines.last_mut().filter(|line| line.text == before) else { return false };
        *names = self.words.list([names.as_str(), name]);
        line.text = self.words.say("explain-notify", [names.as_str(), text]);
        true
    }

    fn effect(&mut self, effect: &Effect) {
        let words = &self.words;
        let to = |role: &str, persons: &[Arc<str>]| words.recipient(role, persons);
        let said = |message: &Option<Said>| match message {
            Some(message) => words.say("explain-said", [spoken(words.lang, message)]),
            None => String::new(),
        };
        let line = match &effect.kind {
            EffectKind::Notify { role, to: persons, message } => {
                let (name, text) = (to(role, persons), said(message));
                if self.also_tell(effect.at, &name, &text) {
                    return;
                }
                let words = &self.words;
                let line = words.say("explain-notify", [name.clone(), text.clone()]);
                self.put(effect.at, line, effect.clause.iter().cloned().collect());
                self.noticed = Some((name, text));
                if let Some(case) = &effect.case {
                    self.belongs_to(case);
                }
                return;
            }
            EffectKind::Ask { role, to: persons, decide, due, message } => {
                let options = words.options_asked(effect.case.as_deref(), decide);
                let due = match due {
                    Some(due) => words.say("explain-ask-until", [words.instant(*due)]),
                    None => String::new(),
                };
                words.say("explain-ask", [to(role, persons), due, options, said(message)])
            }
            EffectKind::Send { to, event, data, .. } => {
                let to = to.as_deref().unwrap_or("—");
                let kind = words.model.split_subject(to).map(|(kind, _)| kind);
                let data = data.iter().map(|(name, value)| format!("{name} {}", words.value(value)));
                let key = if event.as_ref() == "opened" { "explain-sent-opened" } else { "explain-sent" };
                words.say(key, [to.to_owned(), words.event(kind, event), words.list(data)])
            }
            EffectKind::Call { name, args } => {
                let args = args.iter().map(|(name, value)| format!("{name} {}", words.value(value)));
                words.say("explain-call", [words.quote(name), words.list(args)])
            }
        };
        self.put(effect.at, line, effect.clause.iter().cloned().collect());
        if let Some(case) = &effect.case {
            self.belongs_to(case);
        }
    }

    fn assigned(&mut self, at: DateTime<Utc>, field: &str, value: &Value) {
        let opening = self
            .record
            .as_ref()
            .is_some_and(|record| matches!(record.event.as_ref(), "opened" | "changed") && !self.everything);
        if opening {
            return; // The data of the record say it already.
        }
        let words = &self.words;
        let line = words.say(
            "explain-assigned",
            [words.field(self.kind, field), words.field_value(self.kind, field, value)],
        );
        self.put(at, line, Vec::new());
    }

    fn scored(&mut self, at: DateTime<Utc>, result: &ScoreResult) {
        let mut lines = if result.status == ScoreStatus::Published || self.everything {
            score::lines(&self.words, result)
        } else {
            score::short(&self.words, result)
        };
        let clauses = self.words.model.scorecard(result.card).clauses.iter();
        let clauses: Vec<Arc<str>> = clauses.map(|id| self.words.model.clause(*id).id.clone()).collect();
        if lines.is_empty() {
            return;
        }
        let head = lines.remove(0);
        self.put(at, head, clauses);
        for line in lines {
            self.line(line, None);
        }
    }

    fn table(&mut self, table: TableId, inputs: &[(Arc<str>, Value)], row: Option<usize>) {
        let table = self.words.model.table(table);
        let chosen = row.and_then(|row| table.rows.get(row));
        let outputs = chosen.map(|row| row.outputs.as_slice()).or(table.otherwise.as_deref()).unwrap_or(&[]);
        let pairs = |names: Vec<(String, String)>| {
            self.words.list(names.into_iter().map(|(name, value)| format!("{name} {value}")))
        };
        let named = |name: &str| match table.labels.get(name) {
            Some(label) => label.get(self.words.lang).to_owned(),
            None => name.to_owned(),
        };
        let worded = |name: &str, value: &Value| match table.type_of(name) {
            Some(ty) => self.words.value_of(ty, value),
            None => self.words.value(value),
        };
        let asked = inputs.iter().map(|(name, value)| (named(name), worded(name, value))).collect();
        let given = table
            .outputs
            .iter()
            .zip(outputs)
            .map(|((name, _), value)| (named(name), worded(name, value)))
            .collect();
        let name = self.words.name(table.label.as_ref(), &table.name);
        let line = match row {
            Some(row) => {
                let place = chosen.and_then(|row| self.words.place(row.span)).unwrap_or_default();
                let args = [name, pairs(asked), (row + 1).to_string(), pairs(given), place];
                self.words.say("explain-table-row", args)
            }
            None => self.words.say("explain-table-otherwise", [name, pairs(asked), pairs(given)]),
        };
        let clause = chosen.and_then(|row| row.clause).or_else(|| table.clauses.first().copied());
        self.line(line, clause);
    }
}

/// The data of a record by their labels: `: 考试分 84 分`.
///
/// A closed period is told by its result; its data are for machines.
fn data(words: &Words<'_>, def: Option<&crate::model::EventDef>, record: &Record) -> String {
    if record.data.is_empty()
        || record.event.ends_with(".period_closed")
        || record.event.ends_with(".period_revised")
    {
        return String::new();
    }
    let card = def.and_then(|def| match def.origin {
        EventOrigin::Score(card, _) => Some(words.model.scorecard(card)),
        _ => None,
    });
    let shown = record.data.iter().map(|(name, value)| {
        if let Some(card) = card {
            return score::data(words, card, name, value);
        }
        let slot = def.and_then(|def| def.data.iter().find(|slot| slot.name == *name));
        let label = words.name(slot.and_then(|slot| slot.label.as_ref()), name);
        // Records keep plain text; the declared type says what it means.
        let typed = slot.and_then(|slot| Some((&slot.ty, coerce(words.model, &slot.ty, value)?)));
        let worded = typed.map_or_else(|| words.value(value), |(ty, value)| words.value_of(ty, &value));
        format!("{label} {worded}")
    });
    words.say("explain-data", [words.list(shown)])
}

fn spoken(lang: Lang, said: &Said) -> String {
    match (lang, &said.en) {
        (Lang::En, Some(en)) => en.to_string(),
        _ => said.own.to_string(),
    }
}
