//! What an overlay adds to a workflow that blocks or redirects a rule of its base without changing a word of it: a further
//! region of a parallel state, which then completes later, and a transition that comes before one further out.

use std::collections::BTreeMap;

use crate::lang::Message;
use crate::scalar::yes_no;
use crate::source::Span;
use crate::syntax::node::{Kind, Node};
use crate::syntax::raw::Text;

use super::node::{one_line, same};
use super::{place_of, under};

/// An addition that only `replaces:` allows.
pub struct Shadow {
    /// The path of what is added.
    pub path: String,
    /// Its key in the overlay.
    pub at: Span,
    /// What the overlay says, on one line, and where.
    pub now: Text,
    /// What the base says that it comes before; nothing for a region.
    pub base: Option<Text>,
    /// What of the base it touches.
    pub there: Span,
    /// What it does.
    pub message: Message,
}

/// What the base says on an event further out, by event.
type Outer<'n> = BTreeMap<&'n str, (&'n Node, &'n Node)>;

/// All such additions of an overlay. Elements of the base that `replaces:` lists are exchanged as a whole and not gone into.
pub fn shadows(base: &Node, overlay: &Node, listed: &dyn Fn(&str) -> bool) -> Vec<Shadow> {
    let mut walk = Walk { listed, all: Vec::new() };
    let known = under(base, "workflows");
    for (key, value) in under(overlay, "workflows").into_iter().flat_map(pairs) {
        let name = key.text().unwrap_or("");
        let path = format!("workflows.{name}");
        if let (Some(workflow), false) = (known.and_then(|node| under(node, name)), listed(&path)) {
            let outer = further_in(&Outer::new(), Some(workflow));
            walk.states(Some(workflow), value, &outer, &path);
        }
    }
    walk.all
}

struct Walk<'w> {
    listed: &'w dyn Fn(&str) -> bool,
    all: Vec<Shadow>,
}

impl Walk<'_> {
    /// The states inside a workflow or a state; the base may not have it.
    fn states(&mut self, base: Option<&Node>, over: &Node, outer: &Outer<'_>, path: &str) {
        let path_of_states = format!("{path}.states");
        let known = base.and_then(|node| under(node, "states"));
        if known.is_some() && (self.listed)(&path_of_states) {
            return;
        }
        for (key, value) in under(over, "states").into_iter().flat_map(pairs) {
            let name = key.text().unwrap_or("");
            let path_of_state = format!("{path_of_states}.{name}");
            let state = known.and_then(|node| under(node, name));
            if state.is_none() {
                self.region(base, (key, value), &path_of_state, path);
            } else if (self.listed)(&path_of_state) {
                continue;
            }
            self.events(state, value, outer, &path_of_state);
            self.states(state, value, &further_in(outer, state), &path_of_state);
        }
    }

    /// A state that the base does not have, inside one that may be parallel.
    fn region(&mut self, base: Option<&Node>, (key, value): (&Node, &Node), path: &str, parallel: &str) {
        let find = |name: &str| {
            let found = base.into_iter().flat_map(pairs).find(|(key, _)| key.text() == Some(name));
            found.filter(|(_, value)| !value.is_empty())
        };
        let Some((mark, yes)) =
            find("parallel").filter(|(_, yes)| yes.text().is_some_and(|text| yes_no(text).unwrap_or(false)))
        else {
            return;
        };
        let (mark, what) = find("completed").map_or((mark, yes), |(key, value)| (key, value));
        self.all.push(Shadow {
            path: path.to_owned(),
            at: key.span,
            now: Text::new(one_line(value), place_of(key, value)),
            base: None,
            there: place_of(mark, what),
            message: Message::new("overlay-adds-region", [path, parallel]),
        });
    }

    /// The events that a state speaks of and the base's does not.
    fn events(&mut self, base: Option<&Node>, over: &Node, outer: &Outer<'_>, path: &str) {
        let path = format!("{path}.on_event");
        let known = base.and_then(|node| under(node, "on_event"));
        if known.is_some() && (self.listed)(&path) {
            return;
        }
        for (key, value) in under(over, "on_event").into_iter().flat_map(pairs) {
            let event = key.text().unwrap_or("");
            if known.is_some_and(|known| under(known, event).is_some()) {
                continue;
            }
            let Some((base_key, base)) = outer.get(event).filter(|(_, base)| !same(base, value)) else {
                continue;
            };
            let path = format!("{path}.{event}");
            let before = one_line(base);
            let there = place_of(base_key, base);
            self.all.push(Shadow {
                at: key.span,
                now: Text::new(one_line(value), place_of(key, value)),
                base: Some(Text::new(before.clone(), there)),
                there,
                message: Message::new("overlay-comes-before", [&path, event, &before]),
                path,
            });
        }
    }
}

/// What holds inside a workflow or a state of the base: the nearest that speaks of an event decides.
fn further_in<'n>(outer: &Outer<'n>, base: Option<&'n Node>) -> Outer<'n> {
    let mut all = outer.clone();
    let own = base.and_then(|node| under(node, "on_event")).into_iter().flat_map(pairs);
    all.extend(own.filter_map(|(key, value)| Some((key.text()?, (key, value)))));
    all
}

fn pairs(node: &Node) -> &[(Node, Node)] {
    match &node.kind {
        Kind::Map(pairs) => pairs,
        _ => &[],
    }
}
