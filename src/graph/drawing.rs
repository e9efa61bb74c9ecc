//! What a diagram shows, before it is written in one language or another.

use std::collections::{BTreeMap, BTreeSet};

use crate::explain::Words;
use crate::model::{
    Amount, ClauseId, Clock, EventId, EventOrigin, Goal, History, Inside, Opens, ParameterValues, State,
    StateId, Transition, Way, Workflow,
};

/// A workflow as it is drawn.
pub(super) struct Drawing {
    /// The workflow's name.
    pub name: String,
    /// Its label with the clauses it serves.
    pub title: String,
    /// The workflow as the node around everything.
    pub root: Node,
    /// When a case begins; may be empty.
    pub begins: String,
    pub edges: Vec<Edge>,
}

/// A state, or the workflow around all of them.
pub(super) struct Node {
    /// 0 for the workflow, the place in document order from 1 for a state.
    pub number: usize,
    /// The name where it can stand in a diagram, else made from the number.
    pub id: String,
    pub label: String,
    /// Clocks, limits, and what happens without leaving.
    pub lines: Vec<String>,
    pub shape: Shape,
    /// Whether transitions lead back to where the case was directly inside, and to where it was however far in.
    pub shallow: bool,
    pub deep: bool,
    /// Whether a box inside stands for the state itself: it has lines, or edges from or to what is inside it.
    pub boxed: bool,
    pub inside: Vec<Node>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Atomic,
    Done,
    /// With the number of the state inside that is entered first.
    Compound(usize),
    Parallel,
}

/// Where an edge begins or ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Node(usize),
    /// The box of a state that has others inside.
    Box(usize),
    History(usize, History),
}

pub(super) struct Edge {
    pub from: End,
    pub to: End,
    pub lines: Vec<String>,
    /// Led there by no event: a breach, visits used up, completion.
    pub dashed: bool,
}

impl Drawing {
    pub fn new(words: &Words<'_>, workflow: &Workflow) -> Drawing {
        let mut draft = Draft {
            words,
            workflow,
            edges: Vec::new(),
            lines: BTreeMap::new(),
            boxed: BTreeSet::new(),
            history: Vec::new(),
        };
        draft.read();
        let label = draft.label_of_workflow();
        Drawing {
            name: workflow.name.to_string(),
            title: format!("{label}{}", draft.clauses(&workflow.clauses)),
            begins: draft.begins(),
            root: draft.root(),
            edges: draft.edges,
        }
    }

    /// A node by number.
    pub fn node(&self, number: usize) -> &Node {
        self.root.find(number).unwrap_or(&self.root)
    }

    /// Whether the workflow stands around its states: it has transitions or clocks of its own.
    pub fn wraps(&self) -> bool {
        self.root.boxed || self.edges.iter().any(|edge| edge.from == End::Node(0))
    }
}

impl Node {
    fn find(&self, number: usize) -> Option<&Node> {
        if self.number == number {
            return Some(self);
        }
        self.inside.iter().find_map(|node| node.find(number))
    }

    /// The label, and the lines below it.
    pub fn text(&self) -> Vec<&str> {
        [self.label.as_str()].into_iter().chain(self.lines.iter().map(String::as_str)).collect()
    }
}

/// What was gathered so far.
struct Draft<'a> {
    words: &'a Words<'a>,
    workflow: &'a Workflow,
    edges: Vec<Edge>,
    lines: BTreeMap<usize, Vec<String>>,
    boxed: BTreeSet<usize>,
    history: Vec<(usize, History)>,
}

fn number(state: StateId) -> usize {
    state.idx() + 1
}

fn owner(state: Option<StateId>) -> usize {
    state.map_or(0, number)
}

impl<'a> Draft<'a> {
    fn read(&mut self) {
        for clock in &self.workflow.clocks {
            self.clock(clock);
        }
        let workflow = self.workflow;
        self.listed(None, &workflow.on_event);
        for (idx, state) in workflow.states.iter().enumerate() {
            let id = StateId(idx as u16);
            self.limits(id, state);
            self.listed(Some(id), &state.on_event);
            let all_done = self.words.plain("graph-completed");
            for transition in &state.completed {
                self.transition(Some(id), &all_done, transition, true);
            }
        }
    }

    fn clock(&mut self, clock: &Clock) {
        let name = clock.label.as_ref().map_or(clock.name.as_ref(), |label| label.get(self.words.lang));
        let clause = self.clauses(self.cited(clock.state, &clock.clause));
        let mut line = self.words.say("graph-clock", [name, &self.amount(&clock.within)]);
        if !clock.starts.is_empty() {
            let [starts, stops] =
                [&clock.starts, &clock.stops].map(|events| self.words.list(self.events(events)));
            line.push_str(&self.words.say("graph-clock-between", [starts, stops]));
        }
        line.push_str(&clause);
        let own = owner(clock.state);
        self.lines.entry(own).or_default().push(line);
        if let Some(way) = clock.breached.to {
            let missed = self.words.say("graph-breached", [name]);
            let lines = vec![missed, clause];
            self.edge(clock.state, way, lines, true);
        }
    }

    fn limits(&mut self, id: StateId, state: &State) {
        if let Some(bound) = &state.lasts_at_least {
            let line = self.words.say("graph-at-least", [self.amount(&bound.amount)]);
            self.lines.entry(number(id)).or_default().push(line);
        }
        if let Some(visits) = &state.allowed {
            let amount = self.amount(&visits.amount);
            let line = self.words.say("graph-allowed", [&amount]);
            self.lines.entry(number(id)).or_default().push(line);
            let way = Way { target: visits.when_used_up, reenters: false, history: None, compensates: false };
            self.edge(Some(id), way, vec![self.words.say("graph-used-up", [&amount])], true);
        }
    }

    fn listed(&mut self, source: Option<StateId>, on_event: &[(EventId, Vec<Transition>)]) {
        for (event, transitions) in on_event {
            let event = self.event(*event);
            for transition in transitions {
                self.transition(source, &event, transition, false);
            }
        }
    }

    fn transition(&mut self, source: Option<StateId>, what: &str, transition: &Transition, dashed: bool) {
        let guard = match &transition.guard {
            Some(guard) => format!("[{}]", guard.written.text),
            None if transition.otherwise => format!("[{}]", self.words.plain("graph-otherwise")),
            None => String::new(),
        };
        let clause = self.clauses(self.cited(source, &transition.clause));
        let stays = match &transition.goal {
            Goal::State(way) => {
                let mut lines = vec![what.to_owned(), guard];
                for (does, key) in [(way.reenters, "graph-reenters"), (way.compensates, "graph-compensates")]
                {
                    lines.extend(does.then(|| self.words.plain(key)));
                }
                lines.push(clause);
                return self.edge(source, *way, lines, dashed);
            }
            Goal::Stay => "graph-stays",
            Goal::Refuse(_) => "graph-refuses",
        };
        let space = if guard.is_empty() { "" } else { " " };
        let line = format!("{what}{space}{guard} → {}{clause}", self.words.plain(stays));
        self.lines.entry(owner(source)).or_default().push(line);
    }

    /// The clause of an element, else those of its state or of the first around it; the workflow's stand in the title.
    fn cited<'t>(&self, source: Option<StateId>, own: &'t Option<ClauseId>) -> &'t [ClauseId]
    where
        'a: 't,
    {
        if own.is_some() {
            return own.as_slice();
        }
        let around =
            source.into_iter().flat_map(|state| [state].into_iter().chain(self.workflow.around(state)));
        let mut all = around.map(|state| self.workflow.state(state).clauses.as_slice());
        all.find(|clauses| !clauses.is_empty()).unwrap_or_default()
    }

    fn edge(&mut self, source: Option<StateId>, way: Way, mut lines: Vec<String>, dashed: bool) {
        lines.iter_mut().for_each(|line| *line = line.trim().to_owned());
        lines.retain(|line| !line.is_empty());
        let (own, target) = (owner(source), number(way.target));
        let from = if self.holds(own, target) { self.boxed(own) } else { End::Node(own) };
        let to = match way.history {
            Some(history) => {
                self.history.push((target, history));
                End::History(target, history)
            }
            None if self.holds(target, own) => self.boxed(target),
            None => End::Node(target),
        };
        self.edges.push(Edge { from, to, lines, dashed });
    }

    /// Whether a node has others inside, and this one is among them or is that node.
    fn holds(&self, outer: usize, inner: usize) -> bool {
        let Some(inner) = inner.checked_sub(1).map(|idx| StateId(idx as u16)) else { return outer == inner };
        match outer.checked_sub(1).map(|idx| StateId(idx as u16)) {
            // Outside the workflow stands what ends it.
            None => !self.ends(inner),
            Some(outer) => !self.workflow.state(outer).is_atomic() && self.workflow.is_within(inner, outer),
        }
    }

    fn ends(&self, state: StateId) -> bool {
        let state = self.workflow.state(state);
        state.done && state.parent.is_none()
    }

    fn boxed(&mut self, number: usize) -> End {
        self.boxed.insert(number);
        End::Box(number)
    }

    fn root(&self) -> Node {
        let states = (0..self.workflow.states.len()).map(|idx| StateId(idx as u16));
        let outermost = states.filter(|id| self.workflow.state(*id).parent.is_none());
        let lines = self.lines.get(&0).cloned().unwrap_or_default();
        Node {
            number: 0,
            id: "w0".to_owned(),
            label: self.label_of_workflow(),
            boxed: !lines.is_empty() || self.boxed.contains(&0),
            lines,
            shape: Shape::Compound(1),
            shallow: false,
            deep: false,
            inside: outermost.map(|id| self.node(id)).collect(),
        }
    }

    fn node(&self, id: StateId) -> Node {
        let state = self.workflow.state(id);
        let number = number(id);
        let lines = self.lines.get(&number).cloned().unwrap_or_default();
        let label = state.label.as_ref().map_or(state.name.as_ref(), |label| label.get(self.words.lang));
        Node {
            number,
            id: if is_plain(&state.name) { state.name.to_string() } else { format!("s{number}") },
            label: format!("{label}{}", self.clauses(&state.clauses)),
            shape: match state.inside {
                Inside::Nothing if state.done => Shape::Done,
                Inside::Nothing => Shape::Atomic,
                Inside::One(initial) => Shape::Compound(self::number(initial)),
                Inside::All => Shape::Parallel,
            },
            shallow: self.history.contains(&(number, History::Shallow)),
            deep: self.history.contains(&(number, History::Deep)),
            boxed: !state.is_atomic() && (!lines.is_empty() || self.boxed.contains(&number)),
            lines,
            inside: state.children.iter().map(|child| self.node(*child)).collect(),
        }
    }

    fn label_of_workflow(&self) -> String {
        let label = self.workflow.label.as_ref();
        label.map_or(self.workflow.name.as_ref(), |label| label.get(self.words.lang)).to_owned()
    }

    fn begins(&self) -> String {
        match &self.workflow.opens {
            Opens::WithSubject => String::new(),
            Opens::At(at) => at.written.text.to_string(),
            Opens::On(event, None) => self.event(*event),
            Opens::On(event, Some(guard)) => format!("{} [{}]", self.event(*event), guard.written.text),
        }
    }

    fn event(&self, id: EventId) -> String {
        let def = self.words.model.event(id);
        match (&def.origin, &def.label) {
            (EventOrigin::Declared, Some(label)) => label.get(self.words.lang).to_owned(),
            (EventOrigin::Declared, None) => def.name.to_string(),
            _ => self.words.event(Some(self.workflow.kind), &def.name),
        }
    }

    fn events(&self, ids: &[EventId]) -> Vec<String> {
        ids.iter().map(|id| self.event(*id)).collect()
    }

    fn clauses(&self, ids: &[ClauseId]) -> String {
        self.words.clauses(ids.iter().map(|id| self.words.model.clause(*id).id.as_ref()))
    }

    /// An amount in words: a parameter by its label, with every value it may have.
    fn amount(&self, amount: &Amount) -> String {
        let parameter = match amount {
            Amount::Duration(duration) => return self.words.duration(*duration),
            Amount::Count(number, unit) => return self.words.amount(*number, *unit),
            Amount::Parameter(id) => self.words.model.parameter(*id),
        };
        let name = self.words.name(parameter.label.as_ref(), &parameter.name);
        let values: Vec<String> = match &parameter.values {
            ParameterValues::Dated(versions) => match versions.as_slice() {
                [only] => vec![self.words.value(&only.value)],
                several => several
                    .iter()
                    .map(|version| {
                        let from = version.from.map(|day| self.words.say("graph-from", [day]));
                        format!("{}{}", self.words.value(&version.value), from.unwrap_or_default())
                    })
                    .collect(),
            },
            ParameterValues::ByRow { rows, .. } => {
                rows.iter().map(|(row, value)| format!("{row} {}", self.words.value(value))).collect()
            }
        };
        format!("{name} {}", self.words.list(values))
    }
}

/// Whether a name can stand as an identifier in every language of diagrams; a letter and digits are kept for made ones.
pub(super) fn is_plain(name: &str) -> bool {
    const TAKEN: &[&str] = &[
        "as",
        "class",
        "classdef",
        "click",
        "default",
        "digraph",
        "direction",
        "edge",
        "end",
        "graph",
        "hide",
        "node",
        "note",
        "scale",
        "state",
        "strict",
        "style",
        "subgraph",
    ];
    let mut signs = name.chars();
    let made = signs.next().is_some_and(|sign| sign.is_ascii_alphabetic())
        && signs.all(|sign| sign.is_ascii_digit());
    let word = name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
    word && !made
        && name.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && !TAKEN.contains(&name.to_ascii_lowercase().as_str())
}
