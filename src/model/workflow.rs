//! Workflows: states, transitions, clocks, effects, and the graph behind them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    Amount, CalendarId, ClauseId, ClockId, Counting, EventId, Expression, KindId, MeasureId, RoleId, StateId,
    Template, WorkflowId,
};
use crate::lang::Label;
use crate::source::Span;

/// A workflow: a state graph for a kind of subject.
#[derive(Debug)]
pub struct Workflow {
    /// Its name.
    pub name: Arc<str>,
    /// What its cases are called.
    pub case_names: CaseNames,
    /// What it is called.
    pub label: Option<Label>,
    /// The clauses it serves.
    pub clauses: Vec<ClauseId>,
    /// The kind of subject.
    pub kind: KindId,
    /// When a case opens.
    pub opens: Opens,
    /// Its states in document order, nested ones after the one that encloses them; the first is the initial one.
    pub states: Vec<State>,
    /// Whether some state counts what events carry: towards a lower bound, or as an answer it waits for.
    pub counts: bool,
    /// Whether states stand inside others.
    pub nested: bool,
    /// Whether the state of a case is a list of states, as it is where states nest in any graph of the workflow.
    pub several: bool,
    /// Whether any state may be entered only so often.
    pub limits_visits: bool,
    /// Its clocks: those of the workflow first, then those of each state.
    pub clocks: Vec<Clock>,
    /// What holds in every state that is not done, after the state's own; sorted by event.
    pub on_event: Vec<(EventId, Vec<Transition>)>,
    /// Every event it declares or mentions, sorted.
    pub events: Vec<EventId>,
    /// Its graph.
    pub graph: StateGraph,
    /// How it stands among the graphs that other revisions of the policy have for it.
    pub line: Line,
    /// Where it stands.
    pub span: Span,
}

/// How a graph stands among those that other revisions of the policy have for the same workflow.
#[derive(Debug, Default)]
pub struct Line {
    /// Of the graph of an earlier revision: the workflow as the newest revision that has it knows it.
    pub head: Option<WorkflowId>,
    /// The adopted revisions that have this graph, in order of adoption.
    pub revisions: Vec<Arc<str>>,
    /// Of a workflow with several graphs: from when which of them opens new cases, ascending. `None`: it is no longer there, or
    /// not yet.
    pub editions: Vec<(DateTime<Utc>, Option<WorkflowId>)>,
}

/// The names of a workflow's cases: `onboarding/1`; the first ones ready made, as every step of a case tells its name.
#[derive(Debug)]
pub struct CaseNames {
    workflow: Arc<str>,
    ready: Vec<Arc<str>>,
}

/// When a case of a workflow opens.
#[derive(Debug)]
pub enum Opens {
    /// Together with the subject.
    WithSubject,
    /// Once, at the date (its first second) or instant that the expression gives; again considered when a field changes.
    At(Expression),
    /// At each such event for which the guard holds.
    On(EventId, Option<Expression>),
}

/// A state.
#[derive(Debug)]
pub struct State {
    /// Its name.
    pub name: Arc<str>,
    /// A configuration of this state alone, as steps tell it.
    pub alone: Arc<[Arc<str>]>,
    /// What it is called.
    pub label: Option<Label>,
    /// The clauses it serves.
    pub clauses: Vec<ClauseId>,
    /// The enclosing state, if any.
    pub parent: Option<StateId>,
    /// The states directly inside, in document order.
    pub children: Vec<StateId>,
    /// The last state inside it in document order; itself where there is none. Ids count in document order, an enclosing
    /// state before what it encloses.
    pub last: StateId,
    /// How many of the states inside are active at once.
    pub inside: Inside,
    /// Whether some transition comes back to where the case was inside.
    pub remembers: bool,
    /// Whether the case ends here or, inside another state, that state is completed.
    pub done: bool,
    /// What must have passed before an event may leave.
    pub lasts_at_least: Option<LowerBound>,
    /// Whose answers complete it.
    pub waits_for: Option<WaitsFor>,
    /// How often it may be entered, and where to go beyond that.
    /// How often it may be entered, on whatever way, and where to go beyond that.
    pub allowed: Option<Visits>,
    /// The clocks that start on entering.
    pub clocks: Vec<ClockId>,
    /// What it does on an event; sorted by event, transitions in document order.
    pub on_event: Vec<(EventId, Vec<Transition>)>,
    /// What it does when everything inside is done; transitions in document order.
    pub completed: Vec<Transition>,
    /// What happens on entering.
    pub effects: Vec<EffectTemplate>,
    /// What happens on leaving.
    pub on_leave: Vec<EffectTemplate>,
    /// What makes good for it when the case is called off after it was left.
    pub compensation: Vec<EffectTemplate>,
    /// Where it stands.
    pub span: Span,
}

/// How many of the states inside a state are active at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// There are none: an atomic state.
    Nothing,
    /// One of them; on entering, this one.
    One(StateId),
    /// All of them: its parallel regions.
    All,
}

/// `lasts_at_least:`; transitions by events that leave the state are refused before.
#[derive(Debug)]
pub struct LowerBound {
    /// How much.
    pub amount: Amount,
    /// Counted by the distinct values of a slot of an event; `None`: time since entering.
    pub counted_by: Option<(EventId, usize)>,
    /// By what time is counted.
    pub counting: Counting,
    /// What the refusal says.
    pub message: Option<Template>,
}

/// `waits_for:`; the state is completed once each of a list has answered.
#[derive(Debug)]
pub struct WaitsFor {
    /// The list.
    pub each: Expression,
    /// The slot of an event that says who has answered.
    pub answered_by: (EventId, usize),
}

/// `allowed:` and `when_used_up:`
#[derive(Debug)]
pub struct Visits {
    /// How often the state may be entered.
    pub amount: Amount,
    /// Where to go instead.
    pub when_used_up: StateId,
}

/// One transition.
#[derive(Debug)]
pub struct Transition {
    /// The guard; `None`: always (`otherwise` included).
    pub guard: Option<Expression>,
    /// Written as `otherwise`.
    pub otherwise: bool,
    /// What it does.
    pub goal: Goal,
    /// Its effects.
    pub effects: Vec<EffectTemplate>,
    /// Its clause.
    pub clause: Option<ClauseId>,
    /// Where it stands.
    pub span: Span,
}

/// Where a transition goes.
#[derive(Debug)]
pub enum Goal {
    /// Nowhere: the event is recorded, clocks run on.
    Stay,
    /// Into a state.
    State(Way),
    /// The event is refused with a reason.
    Refuse(Template),
}

/// The way into a state.
///
/// From a state to itself, or into an atomic state that is active already, counts as a further visit but leaves
/// everything as it is, clocks included, unless the way re-enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The state.
    pub target: StateId,
    /// Whether what is active already is left and entered again.
    pub reenters: bool,
    /// Whether it leads back to where the case was inside the state when that was left.
    pub history: Option<History>,
    /// Whether what the states left before have done is made good, the latest first. What is being left is not done yet.
    pub compensates: bool,
}

/// How much of where the case was inside a state comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// The states directly inside; further in, everything begins anew.
    Shallow,
    /// Everything inside.
    Deep,
}

/// A clock.
#[derive(Debug)]
pub struct Clock {
    /// Its name.
    pub name: Arc<str>,
    /// What it is called.
    pub label: Option<Label>,
    /// Its clause.
    pub clause: Option<ClauseId>,
    /// The state it belongs to; `None`: the workflow.
    pub state: Option<StateId>,
    /// How long.
    pub within: Amount,
    /// By what its limit, its warnings and its escalations are counted.
    pub counting: Counting,
    /// Events that start a round (of a workflow's clock).
    pub starts: Vec<EventId>,
    /// Events that end every open round.
    pub stops: Vec<EventId>,
    /// Events said not to stop it.
    pub not_stopped_by: Vec<EventId>,
    /// Events that cancel every open round.
    pub cancelled_by: Vec<EventId>,
    /// Events at which its open rounds stand still.
    pub pauses: Vec<EventId>,
    /// Events at which they go on.
    pub resumes: Vec<EventId>,
    /// States in which they stand still.
    pub paused_in: Vec<StateId>,
    /// Whether leaving the state only pauses it, and coming back goes on with the same round.
    pub resumes_on_reenter: bool,
    /// What another limit for the same case (another row of a parameter) does to a running round.
    pub reclassified: Reclassified,
    /// Warnings in document order.
    pub warnings: Vec<Threshold>,
    /// What a breach does.
    pub breached: Threshold,
    /// What happens while a breached round goes on, in document order.
    pub escalations: Vec<Threshold>,
    /// Warnings and escalations wait until this calendar is open.
    pub notify_in: Option<CalendarId>,
    /// The sample that a finished round yields.
    pub sample: Option<SampleRule>,
    /// Where it stands.
    pub span: Span,
}

/// When something happens with a clock.
#[derive(Clone, Debug, PartialEq)]
pub enum Point {
    /// When this share of the time has passed, above 0 and below 1.
    Share(Decimal),
    /// So long before it is due.
    Before(Amount),
    /// When the due second is over.
    Due,
    /// So long after it was due.
    After(Amount),
}

impl Point {
    /// The amount of time from the due instant.
    pub fn amount(&self) -> Option<&Amount> {
        match self {
            Point::Before(amount) | Point::After(amount) => Some(amount),
            Point::Share(_) | Point::Due => None,
        }
    }
}

/// What another limit for the same case does to a running round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reclassified {
    /// The new limit counts from the start; never due before the change.
    #[default]
    FromStart,
    /// The new limit counts from the change.
    FromNow,
    /// The due instant stands.
    Keep,
}

/// A point of a clock and what happens there.
#[derive(Debug)]
pub struct Threshold {
    /// When.
    pub point: Point,
    /// Where the case goes.
    pub to: Option<Way>,
    /// What happens.
    pub effects: Vec<EffectTemplate>,
    /// Where it stands.
    pub span: Span,
}

/// `sample:` of a clock.
#[derive(Debug)]
pub struct SampleRule {
    /// The measure `workflow.clock`.
    pub measure: MeasureId,
    /// Expressions that name a person; the first that names somebody.
    pub credited_to: Vec<Expression>,
    /// Which instant chooses the period.
    pub dated_by: super::DatedBy,
}

/// An effect as the policy states it.
#[derive(Debug)]
pub struct EffectTemplate {
    /// Only when this holds.
    pub guard: Option<Expression>,
    /// What it does.
    pub what: EffectWhat,
    /// Where it stands.
    pub span: Span,
}

/// What an effect does.
#[derive(Debug)]
pub enum EffectWhat {
    /// Tells somebody.
    Notify { to: Vec<Recipient>, message: Option<Template> },
    /// Asks somebody to decide between options, until a due instant.
    Ask {
        to: Vec<Recipient>,
        decide: Vec<Arc<str>>,
        within: Option<(Amount, Counting)>,
        message: Option<Template>,
    },
    /// Sets fields of the subject.
    Assign(Vec<(usize, Expression)>),
    /// Opens a case of the same subject.
    OpenCase(WorkflowId),
    /// Sends an event.
    Raise(Box<Raise>),
    /// Asks the host to do something.
    Call { name: Arc<str>, args: Vec<(Arc<str>, Expression)> },
}

/// An event that an effect sends.
#[derive(Debug)]
pub struct Raise {
    /// The event; `opened` brings a new subject into being.
    pub event: EventId,
    /// Where it goes.
    pub to: RaisedTo,
    /// Slots of its data.
    pub data: Vec<(usize, Expression)>,
    /// A list: once for each item.
    pub for_each: Option<Expression>,
}

/// Where an event that an effect sends goes.
#[derive(Debug)]
pub enum RaisedTo {
    /// To the subject itself.
    Itself,
    /// To the subject or person that the expression names.
    Other(Expression),
    /// To a new subject of this kind, by this name; without one it is made of the subject's.
    New(KindId, Option<Expression>),
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The holders of a role.
    Role(RoleId),
    /// Whoever a field of the subject names.
    Field(usize),
    /// The subject itself.
    Itself,
}

/// The graph of a workflow: states as nodes, every way from one to another as an edge; where states nest, being in one is
/// being in those around it, and in some of those inside.
#[derive(Debug, Default)]
pub struct StateGraph {
    graph: petgraph::graph::DiGraph<StateId, Option<Span>>,
}

impl StateGraph {
    /// Builds the graph of states with edges `(from, to, where)`.
    pub fn new(states: &[State], edges: impl IntoIterator<Item = (StateId, StateId, Span)>) -> StateGraph {
        let mut graph = petgraph::graph::DiGraph::new();
        let nodes: Vec<_> = (0..states.len()).map(|idx| graph.add_node(StateId(idx as u16))).collect();
        let mut add = |from: StateId, to: StateId, span: Option<Span>| {
            if let (Some(from), Some(to)) = (nodes.get(from.idx()), nodes.get(to.idx())) {
                graph.add_edge(*from, *to, span);
            }
        };
        for (from, to, span) in edges {
            add(from, to, Some(span));
        }
        for (idx, state) in states.iter().enumerate() {
            let id = StateId(idx as u16);
            state.parent.iter().for_each(|parent| add(id, *parent, None));
            match state.inside {
                Inside::Nothing => {}
                Inside::One(initial) => add(id, initial, None),
                Inside::All => state.children.iter().for_each(|child| add(id, *child, None)),
            }
        }
        StateGraph { graph }
    }

    /// Every state that can be reached from one, itself included.
    pub fn reachable_from(&self, start: StateId) -> Vec<StateId> {
        let mut found = Vec::new();
        if start.idx() >= self.graph.node_count() {
            return found;
        }
        let mut walk = petgraph::visit::Dfs::new(&self.graph, petgraph::graph::NodeIndex::new(start.idx()));
        while let Some(node) = walk.next(&self.graph) {
            if let Some(state) = self.graph.node_weight(node) {
                found.push(*state);
            }
        }
        found.sort();
        found
    }

    /// The ways `(from, to, where)` in the order they were given.
    pub fn edges(&self) -> impl Iterator<Item = (StateId, StateId, Span)> + '_ {
        use petgraph::visit::EdgeRef;
        self.graph.edge_references().filter_map(|edge| {
            let from = self.graph.node_weight(edge.source())?;
            let to = self.graph.node_weight(edge.target())?;
            Some((*from, *to, (*edge.weight())?))
        })
    }
}

impl Clock {
    /// Whether an event does something to it, or is said not to.
    pub fn mentions(&self, event: EventId) -> bool {
        let ends = [&self.stops, &self.cancelled_by, &self.not_stopped_by];
        let goes = [&self.starts, &self.pauses, &self.resumes];
        ends.into_iter().chain(goes).any(|list| list.contains(&event))
    }

    /// Every point at which something happens.
    pub fn thresholds(&self) -> impl Iterator<Item = &Threshold> {
        self.warnings.iter().chain([&self.breached]).chain(&self.escalations)
    }

    /// Every event that does something to it, or is said not to.
    pub fn events(&self) -> impl Iterator<Item = EventId> {
        let ends = [&self.stops, &self.cancelled_by, &self.not_stopped_by];
        let goes = [&self.starts, &self.pauses, &self.resumes];
        ends.into_iter().chain(goes).flatten().copied()
    }
}

impl CaseNames {
    const READY: u32 = 8;

    /// The names of the cases of a workflow of this name.
    pub fn of(workflow: &Arc<str>) -> CaseNames {
        let ready = (1..=CaseNames::READY).map(|number| format!("{workflow}/{number}").into()).collect();
        CaseNames { workflow: workflow.clone(), ready }
    }

    /// The name of the n-th case, from 1.
    pub fn get(&self, number: u32) -> Arc<str> {
        let ready = (number as usize).checked_sub(1).and_then(|idx| self.ready.get(idx));
        ready.cloned().unwrap_or_else(|| format!("{}/{number}", self.workflow).into())
    }
}

impl State {
    /// The states inside it, however far in, and itself: ids from first to last.
    pub fn holds(&self, own: StateId, other: StateId) -> bool {
        own <= other && other <= self.last
    }

    /// Whether no state is inside it.
    pub fn is_atomic(&self) -> bool {
        self.inside == Inside::Nothing
    }
}

impl Workflow {
    /// Whether a state is inside another, however far in, or is that state.
    pub fn is_within(&self, state: StateId, outer: StateId) -> bool {
        self.state(outer).holds(outer, state)
    }

    /// Every effect of its transitions, states and clocks.
    pub fn all_effects(&self) -> impl Iterator<Item = &EffectTemplate> {
        let lists = self.states.iter().flat_map(|state| &state.on_event).chain(&self.on_event);
        let completed = self.states.iter().flat_map(|state| &state.completed);
        let transitions = lists.flat_map(|(_, list)| list).chain(completed);
        let of_states =
            self.states.iter().flat_map(|state| [&state.effects, &state.on_leave, &state.compensation]);
        let of_clocks = self.clocks.iter().flat_map(Clock::thresholds).map(|threshold| &threshold.effects);
        transitions.map(|transition| &transition.effects).chain(of_states).chain(of_clocks).flatten()
    }

    /// The states around a state, from the inside out.
    pub fn around(&self, state: StateId) -> impl Iterator<Item = StateId> + '_ {
        std::iter::successors(self.state(state).parent, |outer| self.state(*outer).parent)
    }

    /// The revision whose graph it is, in eight digits, where the policy in force has another one.
    pub fn earlier_revision(&self) -> Option<&str> {
        let last = self.line.editions.last().is_none_or(|(_, graph)| graph.is_some());
        let revision = self.line.revisions.last().filter(|_| self.line.head.is_some() || !last)?;
        Some(revision.get(..8).unwrap_or(revision))
    }

    /// A state by id.
    #[expect(clippy::indexing_slicing, reason = "an id of this workflow indexes into this workflow")]
    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.idx()]
    }

    /// A clock by id.
    #[expect(clippy::indexing_slicing, reason = "an id of this workflow indexes into this workflow")]
    pub fn clock(&self, id: ClockId) -> &Clock {
        &self.clocks[id.idx()]
    }

    /// A state by name.
    pub fn find_state(&self, name: &str) -> Option<StateId> {
        let idx = self.states.iter().position(|state| state.name.as_ref() == name)?;
        u16::try_from(idx).ok().map(StateId)
    }

    /// A clock by name.
    pub fn find_clock(&self, name: &str) -> Option<ClockId> {
        let idx = self.clocks.iter().position(|clock| clock.name.as_ref() == name)?;
        u16::try_from(idx).ok().map(ClockId)
    }
}
