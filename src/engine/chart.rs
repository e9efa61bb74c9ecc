//! Which states a transition leaves and enters.
//!
//! The rules are those of W3C SCXML 1.0 (1 September 2015), section 3.13 and appendix D, over states whose ids count in
//! document order, an enclosing state before what it encloses. One thing is asked for the other way round: a transition
//! from a state to itself, or into an atomic state that is active already, leaves nothing unless it says that it re-enters.

use smallvec::SmallVec;

use crate::model::{History, Inside, StateId, Way, Workflow};

/// States in document order.
pub(super) type States = SmallVec<[StateId; 4]>;

/// What a case remembers of the inside of states: the atomic states that were active.
pub(super) type Remembered = [(StateId, Vec<StateId>)];

/// Adds a state to states in document order.
fn insert(states: &mut States, state: StateId) {
    if let Err(place) = states.binary_search(&state) {
        states.insert(place, state);
    }
}

/// Whether a way leaves everything as it is. `source`: the state that has the transition; `None`: the workflow.
pub(super) fn stays(workflow: &Workflow, active: &[StateId], source: Option<StateId>, way: &Way) -> bool {
    let target = way.target;
    let itself = source == Some(target) || workflow.state(target).is_atomic();
    !way.reenters && itself && active.contains(&target)
}

/// The states that a way leads to: its target; by history, what is remembered inside it, else where it begins.
pub(super) fn targets(workflow: &Workflow, way: &Way, remembered: &Remembered) -> States {
    let Some(history) = way.history else { return SmallVec::from_slice(&[way.target]) };
    let state = workflow.state(way.target);
    let of_target = remembered.iter().find(|(state, _)| *state == way.target);
    match (history, of_target, state.inside) {
        (History::Deep, Some((_, atomic)), _) => atomic.iter().copied().collect(),
        (History::Shallow, Some((_, atomic)), _) => {
            let active = |child: &StateId| atomic.iter().any(|state| workflow.is_within(*state, *child));
            state.children.iter().copied().filter(active).collect()
        }
        (_, None, Inside::One(initial)) => SmallVec::from_slice(&[initial]),
        (_, None, _) => state.children.iter().copied().collect(),
    }
}

/// The innermost state around everything that a transition leaves and enters; `None`: the whole workflow.
pub(super) fn domain(
    workflow: &Workflow,
    source: Option<StateId>,
    way: &Way,
    targets: &[StateId],
) -> Option<StateId> {
    let source = source?;
    let inside =
        |outer: StateId| targets.iter().all(|target| *target != outer && workflow.is_within(*target, outer));
    if !way.reenters && matches!(workflow.state(source).inside, Inside::One(_)) && inside(source) {
        return Some(source);
    }
    let compound = |outer: &StateId| matches!(workflow.state(*outer).inside, Inside::One(_));
    workflow.around(source).filter(compound).find(|outer| inside(*outer))
}

/// The active states inside a domain.
pub(super) fn left(workflow: &Workflow, active: &[StateId], domain: Option<StateId>) -> States {
    let inside =
        |state: &StateId| domain.is_none_or(|outer| *state != outer && workflow.is_within(*state, outer));
    active.iter().copied().filter(inside).collect()
}

/// Adds the states that are entered for some targets inside a domain.
pub(super) fn enter(workflow: &Workflow, targets: &[StateId], domain: Option<StateId>, entered: &mut States) {
    for target in targets {
        enter_inside(workflow, *target, entered);
    }
    for target in targets {
        for outer in workflow.around(*target).take_while(|outer| Some(*outer) != domain) {
            insert(entered, outer);
            if workflow.state(outer).inside == Inside::All {
                enter_regions(workflow, outer, entered);
            }
        }
    }
}

/// Adds a state and those inside it that are entered with it.
fn enter_inside(workflow: &Workflow, state: StateId, entered: &mut States) {
    insert(entered, state);
    match workflow.state(state).inside {
        Inside::Nothing => {}
        Inside::One(initial) => enter_inside(workflow, initial, entered),
        Inside::All => enter_regions(workflow, state, entered),
    }
}

/// Adds the regions of a state of which nothing is entered yet.
fn enter_regions(workflow: &Workflow, state: StateId, entered: &mut States) {
    for region in &workflow.state(state).children {
        if !entered.iter().any(|state| workflow.is_within(*state, *region)) {
            enter_inside(workflow, *region, entered);
        }
    }
}

/// Whether everything inside a state is done.
pub(super) fn is_completed(workflow: &Workflow, active: &[StateId], state: StateId) -> bool {
    let children = &workflow.state(state).children;
    match workflow.state(state).inside {
        Inside::Nothing => false,
        Inside::One(_) => children.iter().any(|child| workflow.state(*child).done && active.contains(child)),
        Inside::All => children.iter().all(|child| is_completed(workflow, active, *child)),
    }
}

/// The active states without states inside, in document order.
pub(super) fn atomic<'a>(
    workflow: &'a Workflow,
    active: &'a [StateId],
) -> impl Iterator<Item = StateId> + 'a {
    active.iter().copied().filter(|state| workflow.state(*state).is_atomic())
}

/// Whether a case can be in these states: with each the one around it, of each state's inside one or all, and one outermost.
pub(super) fn is_legal(workflow: &Workflow, active: &[StateId]) -> bool {
    let inside = |state: StateId| {
        let children = &workflow.state(state).children;
        let count = children.iter().filter(|child| active.contains(child)).count();
        match workflow.state(state).inside {
            Inside::Nothing => true,
            Inside::One(_) => count == 1,
            Inside::All => count == children.len(),
        }
    };
    let around = |state: StateId| workflow.state(state).parent.is_none_or(|outer| active.contains(&outer));
    let outermost = active.iter().filter(|state| workflow.state(**state).parent.is_none()).count();
    outermost == 1 && active.iter().all(|state| inside(*state) && around(*state))
}
