//! The files of one policy: what one adds to a workflow of another, and all of them in one tree.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::Span;
use crate::syntax::node::{Kind, Node};
use crate::syntax::shape::{Expect, FILE, Shape};

use super::node::same;
use super::under;

/// Lets a file add to a workflow that another file declares: events, states, clocks and transitions under new names. The one
/// that declares it says what it is about (`subject:`); the others do not.
pub fn gather(trees: &mut [&mut Node], found: &mut Vec<Diagnostic>) {
    let mut declared: BTreeMap<String, usize> = BTreeMap::new();
    for (idx, tree) in trees.iter().enumerate() {
        for (name, workflow) in workflows(tree) {
            if under(workflow, "subject").is_some() {
                declared.entry(name.to_owned()).or_insert(idx);
            }
        }
    }
    let mut parts: BTreeMap<usize, Vec<(Node, Node)>> = BTreeMap::new();
    for (idx, tree) in trees.iter_mut().enumerate() {
        let Some(Kind::Map(pairs)) = workflows_mut(tree) else { continue };
        for (key, value) in std::mem::take(pairs) {
            let home = key.text().and_then(|name| declared.get(name)).filter(|home| **home != idx);
            match home {
                Some(home) if under(&value, "subject").is_none() && matches!(value.kind, Kind::Map(_)) => {
                    parts.entry(*home).or_default().push((key, value));
                }
                _ => pairs.push((key, value)),
            }
        }
    }
    for (home, parts) in parts {
        let Some(Kind::Map(pairs)) = trees.get_mut(home).and_then(|tree| workflows_mut(tree)) else {
            continue;
        };
        let places = places(pairs);
        for (key, value) in parts {
            let name = key.text().unwrap_or("");
            let known = places.get(name).and_then(|at| pairs.get_mut(*at));
            if let Some((_, known)) = known {
                union(known, value, Some(WORKFLOW), &format!("workflows.{name}"), found);
            }
        }
    }
}

/// Where each name stands first.
pub fn places(pairs: &[(Node, Node)]) -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    for (idx, (key, _)) in pairs.iter().enumerate() {
        if let Some(name) = key.text() {
            places.entry(name.to_owned()).or_insert(idx);
        }
    }
    places
}

const FILES: &Expect = &Expect::Map(&FILE);
const WORKFLOW: &Expect = &Expect::Map(&crate::syntax::shape::WORKFLOW);

fn workflows(tree: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let pairs = match under(tree, "workflows").map(|node| &node.kind) {
        Some(Kind::Map(pairs)) => pairs.as_slice(),
        _ => &[],
    };
    pairs.iter().filter_map(|(key, value)| Some((key.text()?, value)))
}

fn workflows_mut(tree: &mut Node) -> Option<&mut Kind> {
    let Kind::Map(pairs) = &mut tree.kind else { return None };
    pairs.iter_mut().find(|(key, _)| key.text() == Some("workflows")).map(|(_, value)| &mut value.kind)
}

/// All files of a policy that extends another, or is extended, in one tree. The same thing said in two files is told.
pub fn single(trees: Vec<Node>, found: &mut Vec<Diagnostic>) -> Node {
    let mut trees = trees.into_iter();
    let empty = || Node { kind: Kind::Map(Vec::new()), span: Span::default() };
    let mut all = trees.next().unwrap_or_else(empty);
    if all.is_empty() {
        all.kind = Kind::Map(Vec::new());
    }
    for tree in trees {
        union(&mut all, tree, Some(FILES), "", found);
    }
    all
}

/// Adds what another node says to a node of the same place.
fn union(
    known: &mut Node,
    more: Node,
    expect: Option<&'static Expect>,
    path: &str,
    found: &mut Vec<Diagnostic>,
) {
    if more.is_empty() {
        return;
    }
    let shape: Option<&'static Shape> = match expect {
        Some(Expect::Map(shape)) => Some(shape),
        _ => None,
    };
    let Kind::Map(pairs) = more.kind else { return };
    if known.is_empty() {
        known.kind = Kind::Map(Vec::new());
    }
    let Kind::Map(into) = &mut known.kind else { return };
    // Names that this node says twice are left for the reader to tell.
    let places = places(into);
    for (key, value) in pairs {
        let name = key.text().unwrap_or("").to_owned();
        let Some((first, there)) = places.get(&name).and_then(|at| into.get_mut(*at)) else {
            into.push((key, value));
            continue;
        };
        let inner = match (expect, shape) {
            (_, Some(shape)) => shape.key(&name).map(|key| &key.expect),
            (Some(Expect::Names(inner)), _) => Some(*inner),
            _ => None,
        };
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let goes_in = matches!(inner, Some(Expect::Map(_) | Expect::Names(_)));
        let header = path == "policy";
        if goes_in && !header && matches!((&there.kind, &value.kind), (Kind::Map(_), Kind::Map(_))) {
            union(there, value, inner, &path, found);
        } else if goes_in && !header && (there.is_empty() || value.is_empty()) {
            if there.is_empty() {
                *there = value;
            }
        } else {
            found.push(twice(&path, &key, &value, first, there));
        }
    }
}

fn twice(path: &str, key: &Node, value: &Node, first: &Node, there: &Node) -> Diagnostic {
    if path == "policy" {
        return Diagnostic::error(Code::DuplicateName, key.span, Message::plain("two-policies"))
            .also(first.span, Message::plain("first-here"));
    }
    let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
    let message = Message::new("duplicate-name", [section, name]);
    Diagnostic::error(Code::DuplicateName, key.span, message)
        .also(first.span, Message::plain("first-here"))
        .help(twice_help(same(value, there)))
}

/// What to do about the same name in two places.
pub fn twice_help(same: bool) -> Message {
    Message::plain(if same { "twice-the-same" } else { "twice-otherwise" })
}
