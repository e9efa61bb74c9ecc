//! A plain interpreter of statecharts, after W3C SCXML 1.0 (1 September 2015), section 3.13 and appendix D.
//!
//! States are paths of names, sets of states are ordered sets of paths, and what a transition leaves and enters is
//! worked out anew each time it is asked: slow, and so plain that it can be held against the text of the recommendation line by line.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::tree::{Act, Arrow, Depth, Goal, Node, Path, Shape, When};

/// What one event did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// `moved`, `stayed`, or why it was refused.
    pub outcome: String,
    /// For each microstep that moved: the states left and entered, in document order.
    pub moves: Vec<(Vec<String>, Vec<String>)>,
    pub calls: Vec<String>,
}

/// More events were raised by one event than the engine follows.
#[derive(Debug)]
pub struct Circle;

/// So many the engine follows.
const RAISED_MAX: usize = 100;

#[derive(Clone, Debug)]
pub struct Datum {
    pub k: i64,
    pub hint: Option<i64>,
}

#[derive(Clone)]
enum Internal {
    Raised(String, Datum),
    Done(Path),
}

#[derive(Clone)]
pub struct Machine<'t> {
    root: &'t Node,
    /// Every state in document order.
    all: Rc<Vec<Path>>,
    pub running: bool,
    pub configuration: BTreeSet<Path>,
    /// What the history of a state holds: one of each depth for every state that was left.
    history: BTreeMap<(Path, bool), BTreeSet<Path>>,
    pub n: Option<i64>,
    /// How often states with a limit were entered.
    visits: BTreeMap<Path, usize>,
    /// States left whose doing can be made good, the latest last.
    undoable: Vec<Path>,
    internal: VecDeque<Internal>,
    told: Told,
    /// What occurred, and how often.
    pub seen: BTreeMap<&'static str, usize>,
}

/// A transition that was selected.
#[derive(Clone)]
struct Selected<'t> {
    /// The state that has it; empty for the workflow.
    source: Path,
    goal: Goal,
    acts: &'t [Act],
    /// Which one it is.
    arrow: *const Arrow,
}

impl<'t> Selected<'t> {
    fn new(source: Path, arrow: &'t Arrow) -> Selected<'t> {
        Selected { source, goal: arrow.goal.clone(), acts: &arrow.acts, arrow }
    }
}

fn is_descendant(state: &Path, of: &Path) -> bool {
    state.len() > of.len() && state.starts_with(of)
}

/// From the parent outwards; the workflow last.
fn proper_ancestors(state: &Path) -> Vec<Path> {
    (0..state.len()).rev().map(|depth| state[..depth].to_vec()).collect()
}

impl<'t> Machine<'t> {
    /// Before anything was entered.
    pub fn new(root: &'t Node, n: Option<i64>) -> Machine<'t> {
        Machine {
            root,
            all: Rc::new(root.paths()),
            running: true,
            configuration: BTreeSet::new(),
            history: BTreeMap::new(),
            n,
            visits: BTreeMap::new(),
            undoable: Vec::new(),
            internal: VecDeque::new(),
            told: Told::default(),
            seen: BTreeMap::new(),
        }
    }

    fn saw(&mut self, what: &'static str, occurred: bool) {
        *self.seen.entry(what).or_default() += usize::from(occurred);
    }

    /// Enters the initial states.
    pub fn start(&mut self) -> Result<Told, Circle> {
        self.told = Told { outcome: "moved".to_owned(), ..Told::default() };
        // As if the workflow led to its first state.
        let first = self.all[0].clone();
        let goal = Goal::To { target: first, history: None, reenter: false, compensate: false };
        self.microstep(vec![Selected { source: Vec::new(), goal, acts: &[], arrow: std::ptr::null() }]);
        self.drain()?;
        Ok(self.told.clone())
    }

    /// Takes an event from outside and everything that comes of it.
    pub fn send(&mut self, event: &str, datum: &Datum) -> Result<Told, Circle> {
        self.told = Told::default();
        match self.deliver(event, datum) {
            Err(refused) => self.told.outcome = refused.to_owned(),
            Ok(()) => {
                self.drain()?;
                let moved = if self.told.moves.is_empty() { "stayed" } else { "moved" };
                self.told.outcome = moved.to_owned();
            }
        }
        Ok(self.told.clone())
    }

    /// Internal events, first come first.
    fn drain(&mut self) -> Result<(), Circle> {
        let mut count = 0;
        while let Some(internal) = self.internal.pop_front() {
            // Nobody waits for a completion that no transition names; so nobody counts it either.
            if let Internal::Done(state) = &internal
                && self.root.at(state).completed.is_empty()
            {
                continue;
            }
            count += 1;
            if count > RAISED_MAX {
                return Err(Circle);
            }
            match internal {
                Internal::Raised(event, datum) => drop(self.deliver(&event, &datum)),
                Internal::Done(state) => self.deliver_done(&state),
            }
        }
        Ok(())
    }

    fn deliver(&mut self, event: &str, datum: &Datum) -> Result<(), &'static str> {
        let selected = self.select(event, datum)?;
        let count = selected.len();
        let selected = self.remove_conflicting(selected);
        self.saw("conflicts", selected.len() < count);
        self.saw("transitions together", selected.len() > 1);
        self.microstep(selected);
        Ok(())
    }

    /// `done.state.x`: x alone listens to it.
    fn deliver_done(&mut self, state: &Path) {
        if !self.running || !self.configuration.contains(state) || !self.is_in_final_state(state) {
            return;
        }
        let arrows = &self.root.at(state).completed;
        if let Some(arrow) = arrows.iter().find(|arrow| self.holds(&arrow.when, None) == Some(true)) {
            let parallel = self.root.at(state).shape == Shape::Parallel;
            self.saw("completions", !parallel);
            self.saw("completions of parallel states", parallel);
            self.microstep(vec![Selected::new(state.clone(), arrow)]);
        }
    }

    // Selection.

    /// From each atomic state outwards the first transition that matches and holds.
    fn select(&self, event: &str, datum: &Datum) -> Result<Vec<Selected<'t>>, &'static str> {
        if !self.running {
            return Err("not_open");
        }
        let mut enabled: Vec<Selected<'t>> = Vec::new();
        let mut listed = false;
        for atomic in self.in_document_order(|state| self.is_atomic(state)) {
            let mut around = vec![atomic.clone()];
            around.extend(proper_ancestors(&atomic));
            'outwards: for state in around {
                let node = self.root.at(&state);
                for (_, arrows) in node.on_event.iter().filter(|(name, _)| name == event) {
                    listed = true;
                    for arrow in arrows {
                        match self.holds(&arrow.when, Some(datum)) {
                            None => return Err("undecided"),
                            Some(false) => {}
                            Some(true) if matches!(arrow.goal, Goal::Refuse) => return Err("guard"),
                            Some(true) => {
                                if !enabled.iter().any(|other| std::ptr::eq(other.arrow, arrow)) {
                                    enabled.push(Selected::new(state, arrow));
                                }
                                break 'outwards;
                            }
                        }
                    }
                }
            }
        }
        match (enabled.is_empty(), listed) {
            (true, true) => Err("guard"),
            (true, false) => Err("not_in_this_state"),
            (false, _) => Ok(enabled),
        }
    }

    /// `None`: it needs what nobody knows.
    fn holds(&self, when: &When, datum: Option<&Datum>) -> Option<bool> {
        let is_in = |name: &String| self.configuration.iter().any(|state| state.last() == Some(name));
        match when {
            When::Always | When::Otherwise => Some(true),
            When::FieldAbove(limit) => Some(self.n? > *limit),
            When::DatumAbove(limit) => Some(datum.unwrap().k > *limit),
            When::HintAbove(limit) => Some(datum.unwrap().hint? > *limit),
            When::In(state) => Some(is_in(state)),
            When::NotIn(state) => Some(!is_in(state)),
        }
    }

    fn remove_conflicting(&self, enabled: Vec<Selected<'t>>) -> Vec<Selected<'t>> {
        let mut filtered: Vec<Selected<'t>> = Vec::new();
        for one in enabled {
            let conflicting: Vec<usize> = (0..filtered.len())
                .filter(|idx| !self.exit_set(&one).is_disjoint(&self.exit_set(&filtered[*idx])))
                .collect();
            if conflicting.iter().all(|idx| is_descendant(&one.source, &filtered[*idx].source)) {
                for idx in conflicting.into_iter().rev() {
                    filtered.remove(idx);
                }
                filtered.push(one);
            }
        }
        filtered
    }

    // Where transitions lead.

    /// The states that a transition names; none for one that has no target, and none for one that stays where it is.
    fn effective_targets(&self, Selected { source, goal, .. }: &Selected<'t>) -> BTreeSet<Path> {
        let Goal::To { target, history, reenter, .. } = goal else { return BTreeSet::new() };
        let active_already = self.configuration.contains(target);
        if !reenter && active_already && (source == target || self.is_atomic(target)) {
            return BTreeSet::new();
        }
        match history {
            None => [target.clone()].into(),
            Some(depth) => match self.history.get(&(target.clone(), *depth == Depth::Deep)) {
                Some(states) => states.clone(),
                None => self.initial(target),
            },
        }
    }

    fn domain(&self, one: &Selected<'t>) -> Option<Path> {
        let source = &one.source;
        let targets = self.effective_targets(one);
        let Goal::To { reenter, .. } = &one.goal else { return None };
        if targets.is_empty() {
            return None;
        }
        let encloses = |state: &Path| {
            self.is_compound(state) && targets.iter().all(|target| is_descendant(target, state))
        };
        // The workflow is around everything and is never left.
        if source.is_empty() || (!reenter && encloses(source)) {
            return Some(source.clone());
        }
        proper_ancestors(source).into_iter().find(encloses)
    }

    fn exit_set(&self, one: &Selected<'t>) -> BTreeSet<Path> {
        let Some(domain) = self.domain(one) else { return BTreeSet::new() };
        self.configuration.iter().filter(|state| is_descendant(state, &domain)).cloned().collect()
    }

    fn entry_set(&self, selected: &[Selected<'t>]) -> BTreeSet<Path> {
        let mut entered = BTreeSet::new();
        for one in selected {
            let Some(domain) = self.domain(one) else { continue };
            let targets = self.effective_targets(one);
            self.add_descendants(&targets, &mut entered);
            for target in targets {
                self.add_ancestors(&target, &domain, &mut entered);
            }
        }
        entered
    }

    fn add_descendants(&self, states: &BTreeSet<Path>, entered: &mut BTreeSet<Path>) {
        for state in states {
            entered.insert(state.clone());
            match self.root.at(state).shape {
                Shape::Atomic { .. } => {}
                Shape::Compound { .. } => self.add_descendants(&self.initial(state), entered),
                Shape::Parallel => self.add_regions(state, entered),
            }
        }
    }

    fn add_ancestors(&self, state: &Path, within: &Path, entered: &mut BTreeSet<Path>) {
        for outer in proper_ancestors(state).into_iter().take_while(|outer| outer != within) {
            entered.insert(outer.clone());
            if self.root.at(&outer).shape == Shape::Parallel {
                self.add_regions(&outer, entered);
            }
        }
    }

    fn add_regions(&self, parallel: &Path, entered: &mut BTreeSet<Path>) {
        for region in self.root.children(parallel) {
            if !entered.iter().any(|state| is_descendant(state, &region)) {
                self.add_descendants(&[region].into(), entered);
            }
        }
    }

    /// Where a state is entered that no transition names anything inside of.
    fn initial(&self, state: &Path) -> BTreeSet<Path> {
        let children = self.root.children(state);
        match &self.root.at(state).shape {
            Shape::Compound { initial: Some(name) } => {
                children.into_iter().filter(|child| child.last() == Some(name)).collect()
            }
            Shape::Compound { initial: None } => children.into_iter().take(1).collect(),
            Shape::Parallel => children.into_iter().collect(),
            Shape::Atomic { .. } => BTreeSet::new(),
        }
    }

    // A microstep.

    fn microstep(&mut self, selected: Vec<Selected<'t>>) {
        let compensates = selected.iter().any(|one| matches!(one.goal, Goal::To { compensate: true, .. }));
        let selected = self.within_limits(selected);
        let left: BTreeSet<Path> = selected.iter().flat_map(|one| self.exit_set(one)).collect();
        let entered = self.entry_set(&selected);
        for one in &selected {
            self.tally(one);
        }
        self.save_history(&left);
        let mut leaving = self.in_document_order(|state| left.contains(state));
        let names_left = names(&leaving);
        leaving.reverse();
        for state in &leaving {
            self.run(&self.root.at(state).leave);
            self.configuration.remove(state);
        }
        if compensates {
            self.saw("compensations", !self.undoable.is_empty());
            for state in std::mem::take(&mut self.undoable).iter().rev() {
                self.run(&self.root.at(state).undo);
            }
        }
        for state in leaving.into_iter().filter(|state| !self.root.at(state).undo.is_empty()) {
            self.undoable.retain(|known| *known != state);
            self.undoable.push(state);
        }
        for one in &selected {
            self.run(one.acts);
        }
        self.enter(entered, names_left);
    }

    /// Counts visits, and leads elsewhere what would enter a state too often. Where that leaves what an earlier transition
    /// leaves, the earlier one goes, and of the later only what it does on the way.
    fn within_limits(&mut self, selected: Vec<Selected<'t>>) -> Vec<Selected<'t>> {
        if !self.all.iter().any(|state| self.root.at(state).limit.is_some()) {
            return selected;
        }
        let mut kept: Vec<Selected<'t>> = Vec::new();
        for mut one in selected {
            for _ in 0..=self.all.len() {
                let Goal::To { target, .. } = &one.goal else { break };
                let entered = match self.domain(&one) {
                    Some(_) => self.entry_set(std::slice::from_ref(&one)),
                    None => [target.clone()].into(),
                };
                let limited: Vec<Path> = self
                    .all
                    .iter()
                    .filter(|state| entered.contains(*state) && self.root.at(state).limit.is_some())
                    .cloned()
                    .collect();
                let visits = |state: &Path| self.visits.get(state).copied().unwrap_or_default();
                let too_often = limited.iter().find_map(|state| {
                    let (allowed, elsewhere) = self.root.at(state).limit.clone()?;
                    (visits(state) >= allowed).then(|| (state.clone(), elsewhere))
                });
                self.saw("visits used up", too_often.is_some());
                match too_often {
                    None => {
                        for state in limited {
                            *self.visits.entry(state).or_default() += 1;
                        }
                        break;
                    }
                    Some((state, elsewhere)) => {
                        *self.visits.entry(state).or_default() += 1;
                        if let Goal::To { target, history, .. } = &mut one.goal {
                            (*target, *history) = (elsewhere, None);
                        }
                    }
                }
            }
            let leaves = self.exit_set(&one);
            if kept.iter().any(|earlier| !self.exit_set(earlier).is_disjoint(&leaves)) {
                one.goal = Goal::Stay;
            }
            kept.push(one);
        }
        kept
    }

    fn tally(&mut self, one: &Selected<'t>) {
        // The opening is no transition.
        if one.arrow.is_null() {
            return;
        }
        let source = &one.source;
        let Goal::To { target, history, reenter, .. } = &one.goal else {
            return self.saw("transitions without target", true);
        };
        let domain = self.domain(one);
        self.saw("transitions that stay", domain.is_none());
        self.saw("transitions of the workflow", source.is_empty() && domain.is_some());
        self.saw("transitions inside their source", domain.as_ref() == Some(source) && !source.is_empty());
        self.saw("transitions that re-enter where they are", *reenter && self.configuration.contains(target));
        if let (Some(depth), true) = (history, domain.is_some()) {
            let deep = *depth == Depth::Deep;
            let remembered = self.history.contains_key(&(target.clone(), deep));
            self.saw("deep history", deep && remembered);
            self.saw("shallow history", !deep && remembered);
            self.saw("history by default", !remembered);
        }
    }

    fn save_history(&mut self, left: &BTreeSet<Path>) {
        for state in left {
            let inside = self.configuration.iter().filter(|inner| is_descendant(inner, state));
            let (children, atomic) = (
                inside.clone().filter(|inner| inner.len() == state.len() + 1).cloned().collect(),
                inside.filter(|inner| self.is_atomic(inner)).cloned().collect(),
            );
            self.history.insert((state.clone(), false), children);
            self.history.insert((state.clone(), true), atomic);
        }
    }

    fn enter(&mut self, entered: BTreeSet<Path>, names_left: Vec<String>) {
        let entering: Vec<Path> = self.all.iter().filter(|state| entered.contains(*state)).cloned().collect();
        if !(entering.is_empty() && names_left.is_empty()) {
            self.told.moves.push((names_left, names(&entering)));
        }
        for state in entering {
            self.configuration.insert(state.clone());
            self.run(&self.root.at(&state).enter);
            if self.root.at(&state).shape != (Shape::Atomic { done: true }) {
                continue;
            }
            let parent = state[..state.len() - 1].to_vec();
            if parent.is_empty() {
                self.running = false;
                continue;
            }
            let grandparent = parent[..parent.len() - 1].to_vec();
            self.internal.push_back(Internal::Done(parent));
            if self.root.at(&grandparent).shape == Shape::Parallel
                && self.root.children(&grandparent).iter().all(|region| self.is_in_final_state(region))
            {
                self.internal.push_back(Internal::Done(grandparent));
            }
        }
    }

    fn is_in_final_state(&self, state: &Path) -> bool {
        let children = self.root.children(state);
        match self.root.at(state).shape {
            Shape::Compound { .. } => children.iter().any(|child| {
                self.configuration.contains(child)
                    && self.root.at(child).shape == (Shape::Atomic { done: true })
            }),
            Shape::Parallel => children.iter().all(|child| self.is_in_final_state(child)),
            Shape::Atomic { .. } => false,
        }
    }

    fn run(&mut self, acts: &[Act]) {
        for act in acts {
            match act {
                Act::Call(name) => self.told.calls.push(name.clone()),
                Act::CallIfFieldAbove(name, limit) => {
                    if self.n.is_some_and(|n| n > *limit) {
                        self.told.calls.push(name.clone());
                    }
                }
                Act::Raise(event, k) => {
                    self.internal.push_back(Internal::Raised(event.clone(), Datum { k: *k, hint: None }));
                }
                Act::Set(n) => self.n = Some(*n),
                Act::Add(n) => self.n = self.n.map(|before| before + n),
            }
        }
    }

    // The tree and the configuration.

    fn is_atomic(&self, state: &Path) -> bool {
        matches!(self.root.at(state).shape, Shape::Atomic { .. })
    }

    fn is_compound(&self, state: &Path) -> bool {
        matches!(self.root.at(state).shape, Shape::Compound { .. })
    }

    fn in_document_order(&self, wanted: impl Fn(&Path) -> bool) -> Vec<Path> {
        let active = self.all.iter().filter(|state| self.configuration.contains(*state));
        active.filter(|state| wanted(state)).cloned().collect()
    }

    /// The names of the active states in document order.
    pub fn active(&self) -> Vec<String> {
        names(&self.in_document_order(|_| true))
    }
}

fn names(states: &[Path]) -> Vec<String> {
    states.iter().map(|state| state.last().unwrap().clone()).collect()
}

/// What section 3.11 asks of a configuration and these states lack.
pub fn illegal(root: &Node, active: &BTreeSet<Path>) -> Option<String> {
    for state in active {
        let parent = state[..state.len() - 1].to_vec();
        if !parent.is_empty() && !active.contains(&parent) {
            return Some(format!("{state:?} is active, the state around it is not"));
        }
    }
    for state in active.iter().cloned().chain([Vec::new()]) {
        let children = root.children(&state);
        let count = children.iter().filter(|child| active.contains(*child)).count();
        let (legal, wanted) = match root.at(&state).shape {
            Shape::Atomic { .. } => (count == 0, "none"),
            Shape::Compound { .. } => (count == 1, "one"),
            Shape::Parallel => (count == children.len(), "all"),
        };
        if !legal {
            return Some(format!("of those inside {state:?}, {count} are active instead of {wanted}"));
        }
    }
    None
}
