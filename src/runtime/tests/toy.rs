//! A policy small enough to see through: chats that have to be answered in five minutes by staff who are ready, and a monthly count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::calendar::{Calendar, CalendarDef, Conventions};
use crate::lang::Label;
use crate::model::*;
use crate::period::PeriodKind;
use crate::scalar::NumberRange;
use crate::script::{self, Library, Sandbox, Scope, ScriptText};
use crate::source::{Sources, Span};
use crate::value::{ChoiceType, ClockKind, Duration, TimeUnit, Type, Unit, Value};

const STAFF: KindId = KindId(0);
const CHAT: KindId = KindId(1);

/// Staff: `opened`, `certified` (from training to ready). Chats: `opened`, `message`, `reply` (only by staff who are ready),
/// `close` (from open to closed), `fail` (its guard divides by zero). The scorecard `kpi` counts replies, ten a month are 100 points.
pub(super) fn policy(revision: &str) -> Policy {
    let mut events = Events::default();
    let staff_opened = events.add(STAFF, "opened", EventOrigin::Opened);
    let certified = events.add(STAFF, "certified", EventOrigin::Declared);
    let score = events.score();
    let chat_opened = events.add(CHAT, "opened", EventOrigin::Opened);
    let message = events.add(CHAT, "message", EventOrigin::Declared);
    let reply = events.add(CHAT, "reply", EventOrigin::Declared);
    let close = events.add(CHAT, "close", EventOrigin::Declared);
    let fail = events.add(CHAT, "fail", EventOrigin::Declared);
    for (event, def) in (0..).map(EventId).zip(&mut events.defs) {
        if event == reply {
            def.reads = vec![ReadId(0)];
            def.permissions = vec![PermissionId(0)];
            def.measures = vec![MeasureId(0)];
        }
        if event == chat_opened {
            def.data =
                vec![DataField { name: "customer".into(), label: None, ty: Type::Text, optional: true }];
        }
    }
    let names = |kind: KindId| -> BTreeMap<Arc<str>, EventId> {
        let of_kind = (0..).map(EventId).zip(&events.defs).filter(|(_, def)| def.kind == kind);
        of_kind.map(|(id, def)| (def.name.clone(), id)).collect()
    };
    let kind = |name: &str, id: KindId, workflow: u16| Kind {
        name: name.into(),
        label: None,
        person: id == STAFF,
        fields: Vec::new(),
        events: names(id),
        workflows: vec![WorkflowId(workflow)],
        scorecards: Vec::new(),
        duties: Vec::new(),
        may_delegate: Vec::new(),
        compares: false,
        span: Span::default(),
    };
    let staff = Kind { scorecards: vec![ScorecardId(0)], ..kind("staff", STAFF, 0) };
    let customer = Field { name: "customer".into(), label: None, ty: Type::Text, changed_by: Vec::new() };
    let chat = Kind { fields: vec![customer], ..kind("chat", CHAT, 1) };
    let divided = expression("1 / 0 == 1", &[]);
    let states = vec![
        state(
            "open",
            false,
            vec![(message, stay()), (reply, stay()), (close, to(1)), (fail, guarded(divided))],
        ),
        state("closed", true, Vec::new()),
    ];
    let chat_events = vec![message, reply, close, fail];
    let chat_flow =
        Workflow { clocks: vec![reply_clock(message, reply)], ..workflow("chat", CHAT, states, chat_events) };
    let states = vec![
        state("training", false, vec![(certified, to(1))]),
        state("ready", false, vec![(certified, stay())]),
    ];
    let desk = workflow("desk", STAFF, states, vec![certified]);
    let _ = staff_opened;
    Policy::new(Model {
        header: header(revision),
        sources: Sources::default(),
        clauses: Vec::new(),
        parameters: vec![weight()],
        calendars: vec![calendar()],
        kinds: vec![staff, chat],
        roles: Vec::new(),
        substitutes: Vec::new(),
        accounts: Vec::new(),
        events: events.defs,
        workflows: vec![desk, chat_flow],
        permissions: vec![permission(reply)],
        measures: vec![measure(reply)],
        scorecards: vec![scorecard(score)],
        tables: Vec::new(),
        duties: Vec::new(),
        reads: vec![read()],
        delegations: None,
        library: Library::default(),
        host: Default::default(),
        citations: Vec::new(),
        options: BTreeMap::new(),
        origin: Origin::default(),
        replaced: Vec::new(),
    })
}

#[derive(Default)]
struct Events {
    defs: Vec<EventDef>,
}

impl Events {
    fn add(&mut self, kind: KindId, name: &str, origin: EventOrigin) -> EventId {
        self.defs.push(EventDef {
            name: name.into(),
            label: None,
            clause: None,
            kind,
            by: Vec::new(),
            data: Vec::new(),
            decision: false,
            four_eyes: None,
            compared: false,
            origin,
            permissions: Vec::new(),
            measures: Vec::new(),
            reads: Vec::new(),
            span: Span::default(),
        });
        EventId(self.defs.len() as u16 - 1)
    }

    fn score(&mut self) -> ScorecardEvents {
        let mut add = |name: &str, what| {
            self.add(STAFF, &format!("kpi.{name}"), EventOrigin::Score(ScorecardId(0), what))
        };
        ScorecardEvents {
            target_set: add("target_set", ScoreEvent::TargetSet),
            target_acknowledged: add("target_acknowledged", ScoreEvent::TargetAcknowledged),
            exempted: add("exempted", ScoreEvent::Exempted),
            period_closed: add("period_closed", ScoreEvent::PeriodClosed),
            period_revised: add("period_revised", ScoreEvent::PeriodRevised),
            appealed: add("appealed", ScoreEvent::Appealed),
            appeal_decided: add("appeal_decided", ScoreEvent::AppealDecided),
            published: add("published", ScoreEvent::Published),
            finalised: add("final", ScoreEvent::Final),
        }
    }
}

fn header(revision: &str) -> Header {
    Header {
        id: "toy".into(),
        title: Label::new("toy"),
        version: "1".into(),
        revision: revision.into(),
        effective: day(2026, 1, 1),
        effective_span: Span::default(),
        id_span: Span::default(),
        bases: Vec::new(),
        base_values: BTreeSet::new(),
        zone: chrono_tz::Asia::Shanghai,
        calendar: CalendarId(0),
        horizon: Duration { amount: 1, unit: TimeUnit::Days, clock: ClockKind::Calendar },
        conventions: Conventions::default(),
        adopted: BTreeMap::new(),
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Nine to six, Monday to Friday.
fn calendar() -> Calendar {
    let def = CalendarDef::new("office", chrono_tz::Asia::Shanghai, (day(2026, 1, 1), day(2026, 12, 31)));
    Calendar::new(def.open("mon-fri", &["09:00-18:00"]).unwrap()).unwrap()
}

fn workflow(name: &str, kind: KindId, mut states: Vec<State>, events: Vec<EventId>) -> Workflow {
    for (idx, state) in states.iter_mut().enumerate() {
        state.last = StateId(idx as u16);
    }
    Workflow {
        name: name.into(),
        case_names: CaseNames::of(&name.into()),
        label: None,
        clauses: Vec::new(),
        kind,
        opens: Opens::WithSubject,
        counts: false,
        nested: false,
        several: false,
        limits_visits: states.iter().any(|state| state.allowed.is_some()),
        states,
        clocks: Vec::new(),
        on_event: Vec::new(),
        events,
        graph: StateGraph::default(),
        line: Line::default(),
        span: Span::default(),
    }
}

fn state(name: &str, done: bool, on_event: Vec<(EventId, Transition)>) -> State {
    State {
        name: name.into(),
        alone: [name.into()].into(),
        label: None,
        clauses: Vec::new(),
        parent: None,
        children: Vec::new(),
        last: StateId(0),
        inside: Inside::Nothing,
        remembers: false,
        done,
        lasts_at_least: None,
        waits_for: None,
        allowed: None,
        clocks: Vec::new(),
        on_event: on_event.into_iter().map(|(event, transition)| (event, vec![transition])).collect(),
        completed: Vec::new(),
        effects: Vec::new(),
        on_leave: Vec::new(),
        compensation: Vec::new(),
        span: Span::default(),
    }
}

fn transition(guard: Option<Expression>, goal: Goal) -> Transition {
    Transition { guard, otherwise: false, goal, effects: Vec::new(), clause: None, span: Span::default() }
}

fn stay() -> Transition {
    transition(None, Goal::Stay)
}

fn to(state: u16) -> Transition {
    let target = StateId(state);
    transition(None, Goal::State(Way { target, reenters: false, history: None, compensates: false }))
}

fn guarded(guard: Expression) -> Transition {
    transition(Some(guard), Goal::Stay)
}

fn reply_clock(message: EventId, reply: EventId) -> Clock {
    let notify = EffectTemplate {
        guard: None,
        what: EffectWhat::Notify { to: vec![Recipient::Itself], message: None },
        span: Span::default(),
    };
    Clock {
        name: "reply".into(),
        label: None,
        clause: None,
        state: None,
        within: Amount::Duration(Duration { amount: 5, unit: TimeUnit::Minutes, clock: ClockKind::Wall }),
        counting: Counting { calendar: CalendarId(0), conventions: Conventions::default() },
        starts: vec![message],
        stops: vec![reply],
        not_stopped_by: Vec::new(),
        cancelled_by: Vec::new(),
        pauses: Vec::new(),
        resumes: Vec::new(),
        paused_in: Vec::new(),
        resumes_on_reenter: false,
        reclassified: Reclassified::default(),
        escalations: Vec::new(),
        notify_in: None,
        warnings: Vec::new(),
        breached: Threshold { point: Point::Due, to: None, effects: vec![notify], span: Span::default() },
        sample: None,
        span: Span::default(),
    }
}

fn read() -> Read {
    Read {
        path: "actor.desk".into(),
        place: Place::Actor,
        hops: vec![(STAFF, Property::Workflow(WorkflowId(0)))],
        ty: desk_type(),
    }
}

fn desk_type() -> Type {
    Type::Choice(Arc::new(ChoiceType {
        name: "desk".into(),
        options: vec!["training".into(), "ready".into()],
        several: false,
    }))
}

fn permission(reply: EventId) -> Permission {
    let condition =
        expression("actor.desk == ready", &[("actor.desk", desk_type(), Source::Read(ReadId(0)))]);
    Permission {
        name: "serve".into(),
        label: None,
        clause: None,
        covers: vec![reply],
        only_if: vec![(reply, condition)],
        log_against: Vec::new(),
        refused: Vec::new(),
        message: None,
        span: Span::default(),
    }
}

fn measure(reply: EventId) -> Measure {
    Measure {
        name: "replies".into(),
        label: None,
        clause: None,
        kind: CHAT,
        trigger: MeasureTrigger::Events(vec![reply]),
        guard: Vec::new(),
        value: vec![(reply, expression("1", &[]))],
        credited_to: vec![(
            reply,
            vec![expression("event.by", &[("event.by", Type::Person, Source::EventBy)])],
        )],
        dated_by: DatedBy::Event,
        span: Span::default(),
    }
}

fn weight() -> Parameter {
    let value = Value::Number(Decimal::ONE, Unit::Percent);
    Parameter {
        name: "weight".into(),
        label: None,
        clause: None,
        ty: Type::Decimal(Unit::Percent),
        values: ParameterValues::Dated(vec![Version { from: None, to: None, value, span: Span::default() }]),
        earlier: Vec::new(),
        as_of: AsOf::PeriodStart,
        in_flight: InFlight::Keep,
        calendar: None,
        conventions: Conventions::default(),
        span: Span::default(),
    }
}

fn scorecard(events: ScorecardEvents) -> Scorecard {
    let indicator = Indicator {
        name: "replies".into(),
        label: None,
        clause: None,
        measure: MeasureId(0),
        aggregate: Aggregate::Count,
        weight: ParameterId(0),
        target: None,
        cap: None,
        floor: None,
        linear: vec![(Decimal::ZERO, Decimal::ZERO), (Decimal::TEN, Decimal::ONE_HUNDRED)],
        min_samples: 0,
        missing: Missing::Zero,
        span: Span::default(),
    };
    let fifty = Decimal::from(50);
    let band = |name: &str, min, max| Band {
        name: name.into(),
        range: NumberRange { min, max, unit: Unit::Points },
        meets_standard: name == "good",
    };
    Scorecard {
        name: "kpi".into(),
        label: None,
        clauses: Vec::new(),
        kind: STAFF,
        applies_to: None,
        period: PeriodKind::Month,
        indicators: vec![indicator],
        rounding: Rounding { places: 2, mode: RoundingMode::HalfUp, each_indicator: false },
        bands: vec![band("good", Some((fifty, true)), None), band("poor", None, Some((fifty, false)))],
        band_type: Arc::new(ChoiceType {
            name: "kpi.band".into(),
            options: vec!["good".into(), "poor".into()],
            several: false,
        }),
        finality: Finality {
            published_on: 2,
            appeal: None,
            decided: None,
            appealed_by: Vec::new(),
            decided_by: Vec::new(),
        },
        streaks: Vec::new(),
        events,
        span: Span::default(),
    }
}

struct Paths<'a>(&'a [(&'a str, Type, Source)]);

impl Scope for Paths<'_> {
    fn resolve(&self, path: &str) -> Result<Type, Vec<String>> {
        let found = self.0.iter().find(|(known, _, _)| *known == path);
        found.map(|(_, ty, _)| ty.clone()).ok_or_else(Vec::new)
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

fn expression(text: &str, paths: &[(&str, Type, Source)]) -> Expression {
    let sandbox = Arc::new(Sandbox::new(script::Limits::default(), chrono_tz::Asia::Shanghai));
    let script = ScriptText::bare(text);
    let code = script::compile(&sandbox, &Library::default(), &script, &Paths(paths), None).unwrap();
    let input = |input: &script::Input| {
        let (_, _, source) = paths.iter().find(|(path, _, _)| *path == input.path.as_ref()).unwrap();
        Input { path: input.path.clone(), ty: input.ty.clone(), source: source.clone() }
    };
    let inputs: Vec<Input> = code.inputs().iter().map(input).collect();
    let paths = inputs.iter().map(|input| input.path.clone()).collect();
    let written = Written { text: text.into(), span: Span::default(), paths };
    Expression { code, inputs, written: written.into() }
}
