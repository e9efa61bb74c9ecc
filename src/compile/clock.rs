//! Clocks of workflows and states, and the measures that their samples make.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::effect::clock_frame;
use super::expression::{Called, Wanted};
use super::meaning::Frame;
use super::measure::Measures;
use super::names;
use super::read;
use super::workflow::StateNames;
use super::world::{Out, World, id};
use crate::diag::{Code, Diagnostic};
use crate::lang::{Lang, Message, either};
use crate::model::{
    Amount, Clock, ClockId, DatedBy, EventId, KindId, Measure, MeasureTrigger, ParameterValues, Point,
    Reclassified, SampleRule, StateId, Threshold, WorkflowId,
};
use crate::scalar;
use crate::source::Span;
use crate::syntax::raw::{Named, RawClock, RawSample, RawThreshold, Text};
use crate::value::{Duration, Type, Unit, Value};

/// The workflow that a clock belongs to.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub workflow: WorkflowId,
    pub name: &'a str,
    pub kind: KindId,
    pub states: &'a StateNames<'a>,
}

#[derive(Clone, Copy)]
enum Dated {
    Due,
    Started,
    Stopped,
}

impl World<'_> {
    /// Compiles a clock; `clock_id` is its place in the workflow.
    pub fn clock(
        &self,
        entry: &Named<RawClock>,
        owner: Owner<'_>,
        state: Option<StateId>,
        clock_id: ClockId,
        measures: &mut Measures,
        out: &mut Out,
    ) -> Option<Clock> {
        let raw = &entry.value;
        names::check(&entry.name, out);
        let element = format!("workflows.{}.clocks.{}", owner.name, entry.name.value);
        let clause = self.cite_one(&raw.clause, &element, out);
        let kind = owner.kind;
        let called = (raw.label.as_ref().unwrap_or(&entry.name), raw.clause.as_ref());
        let within =
            raw.within.as_ref().and_then(|text| self.amount_of(text, Wanted::Duration, kind, called, out));
        let counting =
            within.as_ref().and_then(|within| self.counting(&raw.calendar, &raw.durations, within, out));
        let starts = self.events_of(kind, &raw.starts, Code::UndeclaredEvent, out);
        let stops = self.events_of(kind, &raw.stops, Code::UndeclaredEvent, out);
        let not_stopped_by = self.events_of(kind, &raw.not_stopped_by, Code::UndeclaredEvent, out);
        let cancelled_by = self.events_of(kind, &raw.cancelled_by, Code::UndeclaredEvent, out);
        let pauses = self.events_of(kind, &raw.pauses, Code::UndeclaredEvent, out);
        let resumes = self.events_of(kind, &raw.resumes, Code::UndeclaredEvent, out);
        self.contradictions(raw, out);
        let paused_in = self.paused_in(raw, owner, state, out);
        let resumes_on_reenter = on_reenter(raw, state, out);
        let reclassified = self.reclassified(raw, within.as_ref(), out);
        let notify_in = raw.notify_in.as_ref().and_then(|text| self.calendar_named(text, out));
        let warnings = self.warnings(raw, within.as_ref(), called, kind, out);
        let escalations = self.escalations(&raw.escalate, called, kind, out);
        let points = warnings.iter().chain(&escalations).filter_map(|threshold| threshold.point.amount());
        if let Some(within) = &within {
            self.conventions_apply(&raw.durations, points.chain([within]), out);
        }
        let breached = self.breached(raw, owner, out);
        let sample = match &raw.sample {
            Some(sample) => Some(self.sample(sample, entry, owner, clock_id, &stops, clause, measures, out)?),
            None => None,
        };
        Some(Clock {
            name: entry.name.value.as_str().into(),
            label: self.label(&raw.label),
            clause,
            state,
            within: within?,
            counting: counting?,
            starts,
            stops,
            not_stopped_by,
            cancelled_by,
            pauses,
            resumes,
            paused_in,
            resumes_on_reenter,
            reclassified,
            warnings,
            breached,
            escalations,
            notify_in,
            sample,
            span: entry.name.span,
        })
    }

    /// The states in which it stands still. A clock of one state ends when that is left, and knows no other.
    fn paused_in(
        &self,
        raw: &RawClock,
        owner: Owner<'_>,
        state: Option<StateId>,
        out: &mut Out,
    ) -> Vec<StateId> {
        if let (Some(first), Some(_)) = (raw.paused_in.first(), state) {
            out.error(Code::WrongShape, first.span, Message::plain("clock-paused-in-own-state"));
        }
        raw.paused_in.iter().filter_map(|text| self.state_named(text, owner.states, out)).collect()
    }

    fn reclassified(&self, raw: &RawClock, within: Option<&Amount>, out: &mut Out) -> Reclassified {
        let words = [
            ("from_start", Reclassified::FromStart),
            ("from_now", Reclassified::FromNow),
            ("keep", Reclassified::Keep),
        ];
        let how = read::word_or(&raw.reclassified, &words, Reclassified::default(), out);
        if let (Some(text), Some(within)) = (&raw.reclassified, within) {
            let by_row = match within {
                Amount::Parameter(id) => {
                    self.parameter(*id).is_none_or(|parameter| parameter.depends_on_subject())
                }
                _ => false,
            };
            if !by_row {
                out.error(Code::WrongShape, text.span, Message::plain("clock-never-reclassified"));
            }
        }
        how
    }

    fn escalations(
        &self,
        raw: &[RawThreshold],
        called: Called<'_>,
        kind: KindId,
        out: &mut Out,
    ) -> Vec<Threshold> {
        let mut all = Vec::new();
        for step in raw {
            let after = step
                .after
                .as_ref()
                .and_then(|text| self.amount_of(text, Wanted::Duration, kind, called, out));
            let effects = self.happenings(step, &clock_frame(kind), out);
            let point = after.map(Point::After);
            all.extend(point.map(|point| Threshold { point, to: None, effects, span: step.span }));
        }
        all
    }

    /// An event cannot both stop a clock and not stop it.
    fn contradictions(&self, raw: &RawClock, out: &mut Out) {
        let ends = raw.stops.iter().chain(&raw.cancelled_by);
        for text in &raw.not_stopped_by {
            if let Some(first) = ends.clone().find(|stop| stop.value == text.value) {
                let message = Message::new("clock-contradiction", [&text.value]);
                let finding = Diagnostic::error(Code::EventConflict, text.span, message);
                out.found.push(finding.also(first.span, Message::plain("first-here")));
            }
        }
        for text in &raw.resumes {
            if let Some(first) = raw.pauses.iter().find(|pause| pause.value == text.value) {
                let message = Message::new("clock-pause-and-resume", [&text.value]);
                let finding = Diagnostic::error(Code::EventConflict, text.span, message);
                out.found.push(finding.also(first.span, Message::plain("first-here")));
            }
        }
        match (raw.pauses.first(), raw.resumes.first()) {
            (Some(pause), None) => {
                out.error(Code::WrongShape, pause.span, Message::plain("clock-never-resumes"));
            }
            (None, Some(resume)) => {
                out.error(Code::WrongShape, resume.span, Message::plain("clock-never-pauses"));
            }
            _ => {}
        }
        for text in &raw.cancelled_by {
            if let Some(first) = raw.stops.iter().find(|stop| stop.value == text.value) {
                let message = Message::new("clock-stop-and-cancel", [&text.value]);
                let finding = Diagnostic::error(Code::EventConflict, text.span, message);
                out.found.push(finding.also(first.span, Message::plain("first-here")));
            }
        }
    }

    fn warnings(
        &self,
        raw: &RawClock,
        within: Option<&Amount>,
        called: Called<'_>,
        kind: KindId,
        out: &mut Out,
    ) -> Vec<Threshold> {
        let mut all: Vec<Threshold> = Vec::new();
        for warn in &raw.warn {
            let point = match (&warn.at, &warn.before) {
                (Some(at), None) => share(at, out).map(Point::Share),
                (None, Some(text)) => {
                    let before = self.amount_of(text, Wanted::Duration, kind, called, out);
                    if let (Some(before), Some(within), Some(limit)) = (&before, within, &raw.within) {
                        self.warns_in_time((before, text), (within, limit), out);
                    }
                    before.map(Point::Before)
                }
                _ => {
                    out.error(Code::WrongShape, warn.span, Message::plain("warn-at-or-before"));
                    None
                }
            };
            let effects = self.happenings(warn, &clock_frame(kind), out);
            all.extend(point.map(|point| Threshold { point, to: None, effects, span: warn.span }));
        }
        all
    }

    /// A warning comes within the limit, as far as both are known and count alike.
    fn warns_in_time(&self, before: (&Amount, &Text), within: (&Amount, &Text), out: &mut Out) {
        let (befores, limits) = (self.durations_of(before.0), self.durations_of(within.0));
        let longer =
            |before: &Duration| limits.iter().all(|limit| before.compare(limit) == Some(Ordering::Greater));
        let longest = limits.iter().reduce(|one, other| match one.compare(other) {
            Some(Ordering::Less) => other,
            _ => one,
        });
        let (Some(before_all), Some(longest)) = (befores.first(), longest) else { return };
        if befores.iter().all(longer) {
            let words = |duration: &Duration| {
                let words = |lang| scalar::duration_words(*duration, lang);
                either(&words(Lang::Zh), &words(Lang::En))
            };
            let message = Message::new("warn-longer-than-limit", [words(before_all), words(longest)]);
            let finding = Diagnostic::error(Code::OutOfRange, before.1.span, message);
            out.found.push(finding.also(within.1.span, Message::plain("limit-here")));
        }
    }

    /// The durations that an amount may stand for.
    fn durations_of(&self, amount: &Amount) -> Vec<Duration> {
        let of = |value: &Value| match value {
            Value::Duration(duration) => Some(*duration),
            _ => None,
        };
        match amount {
            Amount::Duration(duration) => vec![*duration],
            Amount::Count(..) => Vec::new(),
            Amount::Parameter(id) => match self.parameter(*id).map(|parameter| &parameter.values) {
                Some(ParameterValues::Dated(versions)) => {
                    versions.iter().filter_map(|version| of(&version.value)).collect()
                }
                Some(ParameterValues::ByRow { rows, .. }) => rows.values().filter_map(of).collect(),
                None => Vec::new(),
            },
        }
    }

    fn breached(&self, raw: &RawClock, owner: Owner<'_>, out: &mut Out) -> Threshold {
        let Some(breached) = &raw.breached else {
            return Threshold { point: Point::Due, to: None, effects: Vec::new(), span: raw.span };
        };
        let entry = &breached.entry;
        let to = breached.to.as_ref().and_then(|to| self.way(to, entry, owner.states, out));
        if breached.to.is_none() {
            super::chart::no_way(entry, out);
        }
        let effects = self.happenings(breached, &clock_frame(owner.kind), out);
        Threshold { point: Point::Due, to, effects, span: breached.span }
    }

    #[expect(clippy::too_many_arguments, reason = "a sample belongs to its clock and to the measures")]
    fn sample(
        &self,
        raw: &RawSample,
        entry: &Named<RawClock>,
        owner: Owner<'_>,
        clock: ClockId,
        stops: &[EventId],
        clause: Option<crate::model::ClauseId>,
        measures: &mut Measures,
        out: &mut Out,
    ) -> Option<SampleRule> {
        let frame = Frame { kind: Some(owner.kind), clock: true, stops, ..Frame::default() };
        let credited: Vec<_> = raw
            .credited_to
            .iter()
            .map(|text| self.expression(text, &frame, Some(&Type::Person), out))
            .collect();
        let words = [("due", Dated::Due), ("started", Dated::Started), ("stopped", Dated::Stopped)];
        let dated = read::word_or(&raw.dated_by, &words, Dated::Due, out);
        let dated_by = || match dated {
            Dated::Due => DatedBy::Due,
            Dated::Started => DatedBy::Started,
            Dated::Stopped => DatedBy::Stopped,
        };
        let measure = measures.add(
            Measure {
                name: format!("{}.{}", owner.name, entry.name.value).into(),
                label: self.label(&entry.value.label),
                clause,
                kind: owner.kind,
                trigger: MeasureTrigger::Clock(owner.workflow, clock),
                guard: Vec::new(),
                value: Vec::new(),
                credited_to: Vec::new(),
                dated_by: dated_by(),
                span: entry.name.span,
            },
            Some(Unit::Percent),
        );
        let credited_to = credited.into_iter().collect::<Option<Vec<_>>>()?;
        Some(SampleRule { measure, credited_to, dated_by: dated_by() })
    }

    /// A state of a workflow by name.
    pub fn state_named(&self, text: &Text, states: &StateNames<'_>, out: &mut Out) -> Option<StateId> {
        let idx = states.names.iter().position(|name| *name == text.value);
        if idx.is_none() {
            let mut finding =
                self.unknown(Code::UnknownState, "unknown-state", text, states.names.iter().copied());
            finding.message = Message::new("unknown-state", [text.value.as_str(), states.workflow]);
            out.found.push(finding);
        }
        idx.map(|idx| StateId(id(idx)))
    }
}

/// Whether entering the state again goes on with the round; only a clock of a state can.
fn on_reenter(raw: &RawClock, state: Option<StateId>, out: &mut Out) -> bool {
    if let (Some(text), None) = (&raw.on_reenter, state) {
        out.error(Code::WrongShape, text.span, Message::plain("clock-reenter-without-state"));
    }
    read::word_or(&raw.on_reenter, &[("restart", false), ("resume", true)], false, out)
}

/// Two clocks of one name could not be told apart.
pub(super) fn check_names(clocks: &[(&Text, Span)], out: &mut Out) {
    for (idx, (name, span)) in clocks.iter().enumerate() {
        if let Some((_, first)) = clocks.iter().take(idx).find(|(before, _)| before.value == name.value) {
            let message = Message::new("clock-name-twice", [&name.value]);
            let finding = Diagnostic::error(Code::DuplicateName, *span, message);
            out.found.push(finding.also(*first, Message::plain("first-here")));
        }
    }
}

/// A share of the time, between 0 and 1.
fn share(text: &Text, out: &mut Out) -> Option<Decimal> {
    let (number, unit) = read::number(text, out)?;
    if unit != Unit::Percent {
        out.error(Code::UnitMismatch, text.span, read::unit_message(&text.value, unit, Unit::Percent));
        return None;
    }
    if number <= Decimal::ZERO || number >= Decimal::ONE {
        out.error(Code::OutOfRange, text.span, Message::new("share-outside", [&text.value]));
        return None;
    }
    Some(number)
}
