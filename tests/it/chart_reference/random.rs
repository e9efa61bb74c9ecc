//! Random statecharts and random events for them.

use proptest::prelude::*;
use proptest::sample::Index;

use super::machine::Datum;
use super::tree::{Act, Arrow, Depth, Goal, Node, Path, Shape, When};

pub const EVENTS: [&str; 7] = ["e0", "e1", "e2", "e3", "r0", "r1", "unheard"];

/// The events that come from outside; those after them are mostly raised.
const SENT: usize = 4;
/// The last is declared, and no transition names it.
const HEARD: usize = 6;
const STATES_MAX: usize = 12;
const LEVELS_MAX: usize = 4;
/// How the name of a state ends that is there to complete the one around it.
const DONE: &str = "done";

/// What becomes a state, once it is known what else there is.
#[derive(Clone, Debug)]
struct StateSeed {
    parent: Index,
    place: Index,
    initial: Option<Index>,
    parallel: bool,
    done: bool,
    enter: Vec<ActSeed>,
    leave: Vec<ActSeed>,
    undo: bool,
    limit: Option<(usize, Index)>,
}

#[derive(Clone, Debug)]
struct ArrowSeed {
    source: Index,
    target: Index,
    /// `None`: for when all inside is done.
    event: Option<usize>,
    when: WhenSeed,
    goal: u8,
    history: Option<Depth>,
    reenter: bool,
    compensate: bool,
    /// Rather than anywhere, from where it can be to an end beside it; rather of a parallel state, if a completion.
    finish: bool,
    acts: Vec<ActSeed>,
}

#[derive(Clone, Debug)]
enum WhenSeed {
    Always,
    Otherwise,
    Field(i64),
    Datum(i64),
    Hint(i64),
    In(Index),
    NotIn(Index),
}

#[derive(Clone, Debug)]
enum ActSeed {
    Call,
    CallIf(i64),
    Raise(usize, i64),
    Set(i64),
    Add(i64),
}

/// A chart, and sequences of events to play on it.
#[derive(Clone, Debug)]
pub struct Played {
    pub root: Node,
    pub n: Option<i64>,
    pub sequences: Vec<Vec<(&'static str, Datum)>>,
}

pub fn played() -> impl Strategy<Value = Played> {
    let states = prop::collection::vec(state(), 2..=STATES_MAX);
    let arrows = prop::collection::vec(arrow(), 1..=48);
    let sequences = prop::collection::vec(prop::collection::vec(event(), 1..=30), 1..=4);
    // In some charts nearly everything leads to an end inside.
    let calm = prop::bool::weighted(0.25);
    (states, arrows, prop::option::of(0_i64..4), sequences, calm).prop_map(
        |(states, mut arrows, n, sequences, calm)| {
            arrows.iter_mut().enumerate().for_each(|(idx, arrow)| arrow.finish |= calm && idx % 4 > 0);
            Played { root: chart(&states, &arrows), n, sequences }
        },
    )
}

fn event() -> impl Strategy<Value = (&'static str, Datum)> {
    let which = prop_oneof![20 => 0..SENT, 1 => SENT..=HEARD];
    let hint = prop::option::weighted(0.7, 0_i64..4);
    (which, 0_i64..4, hint).prop_map(|(which, k, hint)| (EVENTS[which], Datum { k, hint }))
}

fn state() -> impl Strategy<Value = StateSeed> {
    let acts = || prop::collection::vec(act(), 0..=2);
    let index = any::<Index>;
    (
        (index(), index(), prop::option::of(index())),
        (prop::bool::weighted(0.6), prop::bool::weighted(0.4), prop::bool::weighted(0.2)),
        (acts(), acts(), prop::option::weighted(0.1, (1_usize..5, index()))),
    )
        .prop_map(|((parent, place, initial), (parallel, done, undo), (enter, leave, limit))| {
            StateSeed { parent, place, initial, parallel, done, enter, leave, undo, limit }
        })
}

fn arrow() -> impl Strategy<Value = ArrowSeed> {
    let when = prop_oneof![
        10 => Just(WhenSeed::Always),
        2 => Just(WhenSeed::Otherwise),
        3 => (0_i64..4).prop_map(WhenSeed::Field),
        4 => (0_i64..4).prop_map(WhenSeed::Datum),
        1 => (0_i64..4).prop_map(WhenSeed::Hint),
        2 => any::<Index>().prop_map(WhenSeed::In),
        2 => any::<Index>().prop_map(WhenSeed::NotIn),
    ];
    let history = prop_oneof![
        3 => Just(None), 2 => Just(Some(Depth::Shallow)), 3 => Just(Some(Depth::Deep))
    ];
    let event =
        prop_oneof![6 => (0..SENT).prop_map(Some), 2 => (SENT..HEARD).prop_map(Some), 2 => Just(None)];
    let (source, target, acts) = (any::<Index>(), any::<Index>(), prop::collection::vec(act(), 0..=2));
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.15), prop::bool::weighted(0.3));
    ((source, target, event, when), (0_u8..24, history, flags, acts)).prop_map(
        |((source, target, event, when), (goal, history, (reenter, compensate, finish), acts))| ArrowSeed {
            source,
            target,
            event,
            when,
            goal,
            history,
            reenter,
            compensate,
            finish,
            acts,
        },
    )
}

fn act() -> impl Strategy<Value = ActSeed> {
    // What raises events seldom hears them: few charts go in circles.
    let raised = prop_oneof![6 => SENT..HEARD, 1 => 0..SENT];
    prop_oneof![
        8 => Just(ActSeed::Call),
        2 => (0_i64..4).prop_map(ActSeed::CallIf),
        1 => (raised, 0_i64..4).prop_map(|(event, k)| ActSeed::Raise(event, k)),
        1 => (0_i64..4).prop_map(ActSeed::Set),
        1 => (1_i64..3).prop_map(ActSeed::Add),
    ]
}

/// Numbers the calls of a chart, so that each has its own name.
struct Calls(usize);

impl Calls {
    fn acts(&mut self, what: &str, seeds: &[ActSeed]) -> Vec<Act> {
        let one = |seed: &ActSeed| {
            self.0 += 1;
            let name = format!("{what}{}", self.0);
            match seed {
                ActSeed::Call => Act::Call(name),
                ActSeed::CallIf(n) => Act::CallIfFieldAbove(name, *n),
                ActSeed::Raise(event, k) => Act::Raise(EVENTS[*event].to_owned(), *k),
                ActSeed::Set(n) => Act::Set(*n),
                ActSeed::Add(n) => Act::Add(*n),
            }
        };
        seeds.iter().map(one).collect()
    }
}

fn chart(states: &[StateSeed], arrows: &[ArrowSeed]) -> Node {
    let mut root = tree(states);
    let mut calls = Calls(0);
    let all = root.paths();
    for path in &all {
        let seed = &states[number(path)];
        let region = root.at(&path[..path.len() - 1]).shape == Shape::Parallel;
        let node = root.at_mut(path);
        let limit = seed.limit.filter(|_| !region);
        node.limit = limit.map(|(allowed, elsewhere)| (allowed, elsewhere.get(&all).clone()));
        node.enter = calls.acts("in_", &seed.enter);
        node.leave = calls.acts("out_", &seed.leave);
        if seed.undo {
            node.undo = calls.acts("undo_", &[ActSeed::Call]);
        }
    }
    for seed in arrows {
        add_arrow(&mut root, seed, &mut calls);
    }
    root
}

/// The place of a state among the seeds; its name says it.
fn number(path: &Path) -> usize {
    path.last().unwrap().trim_matches(|sign: char| !sign.is_ascii_digit()).parse().unwrap()
}

fn tree(states: &[StateSeed]) -> Node {
    let mut root = Node::new("");
    root.shape = Shape::Compound { initial: None };
    for (idx, seed) in states.iter().enumerate() {
        let mut around = vec![Vec::new()];
        around.extend(root.paths().into_iter().filter(|path| path.len() < LEVELS_MAX));
        let parent = root.at_mut(&around[seed.parent.index(around.len())]);
        let place = seed.place.index(parent.inside.len() + 1);
        parent.inside.insert(place, Node::new(&format!("s{idx}")));
    }
    // What is inside a state decides what it may be. A region often has something inside, so that it can be completed.
    for path in root.paths() {
        let seed = &states[number(&path)];
        let region = root.at(&path[..path.len() - 1]).inside.len() > 1
            && path.len() > 1
            && states[number(&path[..path.len() - 1].to_vec())].parallel;
        let node = root.at_mut(&path);
        let parallel = seed.parallel && !node.inside.is_empty();
        if region && !parallel && path.len() < LEVELS_MAX {
            let inside = |end: &str| Node::new(&format!("{}_{end}", path[path.len() - 1]));
            if node.inside.is_empty() {
                node.inside.push(inside("begun"));
            }
            node.inside.push(inside(DONE));
        }
    }
    let is_end = |node: &Node| node.name.ends_with(DONE);
    for path in root.paths() {
        let seed = &states[number(&path)];
        let parent = root.at(&path[..path.len() - 1]);
        let initial = match &parent.shape {
            Shape::Compound { initial: Some(initial) } => *initial == path[path.len() - 1],
            _ => parent.inside[0].name == path[path.len() - 1],
        };
        let named = path[path.len() - 1].ends_with(DONE);
        let done = (seed.done || named) && !initial && parent.shape != Shape::Parallel;
        let node = root.at_mut(&path);
        node.shape = match node.inside.len() {
            0 => Shape::Atomic { done },
            2.. if seed.parallel && !node.inside.iter().any(is_end) => Shape::Parallel,
            inside => {
                let named = seed.initial.map(|index| node.inside[index.index(inside)].name.clone());
                let initial = named.filter(|name| !name.ends_with(DONE));
                Shape::Compound { initial }
            }
        };
    }
    root
}

fn add_arrow(root: &mut Node, seed: &ArrowSeed, calls: &mut Calls) {
    let all = root.paths();
    // A final state has no transitions, and only what has something inside is completed.
    let done = |path: &Path| root.at(path).shape == Shape::Atomic { done: true };
    let mut sources: Vec<Path> = all.iter().filter(|path| !done(path)).cloned().collect();
    match seed.event {
        Some(_) => sources.push(Vec::new()),
        None => sources.retain(|path| !root.at(path).inside.is_empty()),
    }
    if sources.is_empty() {
        return;
    }
    let end_beside = |path: &Path| {
        let around = path.split_last().filter(|(_, around)| !around.is_empty());
        around.and_then(|(_, around)| root.children(&around.to_vec()).into_iter().find(done))
    };
    let preferred = |path: &&Path| match seed.event {
        Some(_) => end_beside(path).is_some(),
        None => root.at(path).shape == Shape::Parallel,
    };
    let few: Vec<Path> = sources.iter().filter(preferred).cloned().collect();
    if seed.finish && !few.is_empty() {
        sources = few;
    }
    let source = sources[seed.source.index(sources.len())].clone();
    let target = match end_beside(&source) {
        Some(end) if seed.finish && seed.event.is_some() => end,
        _ => seed.target.get(&all).clone(),
    };
    let name = |index: &Index| index.get(&all).last().unwrap().clone();
    let when = match &seed.when {
        WhenSeed::Always => When::Always,
        WhenSeed::Otherwise => When::Otherwise,
        WhenSeed::Field(n) => When::FieldAbove(*n),
        WhenSeed::Datum(n) if seed.event.is_some() => When::DatumAbove(*n),
        WhenSeed::Hint(n) if seed.event.is_some() => When::HintAbove(*n),
        WhenSeed::Datum(_) | WhenSeed::Hint(_) => When::Always,
        WhenSeed::In(index) => When::In(name(index)),
        WhenSeed::NotIn(index) => When::NotIn(name(index)),
    };
    let goal = match seed.goal {
        0 if seed.event.is_some() => Goal::Refuse,
        0..=2 => Goal::Stay,
        _ => {
            let history = seed.history.filter(|_| !root.at(&target).inside.is_empty());
            Goal::To { target, history, reenter: seed.reenter, compensate: seed.compensate }
        }
    };
    let acts = match goal {
        Goal::Refuse => Vec::new(),
        _ => calls.acts("way_", &seed.acts),
    };
    let raised = seed.event.is_some_and(|event| event >= SENT);
    let acts: Vec<Act> = acts.into_iter().filter(|act| !(raised && matches!(act, Act::Raise(..)))).collect();
    let source = root.at_mut(&source);
    let list = match seed.event {
        None => &mut source.completed,
        Some(event) => {
            let event = EVENTS[event];
            match source.on_event.iter().position(|(name, _)| name == event) {
                Some(idx) => &mut source.on_event[idx].1,
                None => {
                    source.on_event.push((event.to_owned(), Vec::new()));
                    &mut source.on_event.last_mut().unwrap().1
                }
            }
        }
    };
    // Nothing stands behind what always holds.
    if !list.last().is_some_and(|last| matches!(last.when, When::Always | When::Otherwise)) {
        list.push(Arrow { when, goal, acts });
    }
}
