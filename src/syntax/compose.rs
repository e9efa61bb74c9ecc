//! Several trees into one policy: files that add to one another, and an overlay laid over what it extends.
//!
//! All of it happens on trees, before anything is read: every node keeps its place, so that a finding points into the right
//! file of the right policy, and a part of an element (`workflows: {w: {states: {new: …}}}`) needs none of the keys that the
//! whole one must have. What may be said again and what is kept is one table, [`rule`].

use std::collections::BTreeSet;

use crate::diag::Diagnostic;
use crate::source::{FileId, Span};
use crate::syntax::node::{Kind, Node};
use crate::syntax::raw::Text;

mod header;
mod join;
mod lay;
mod node;
mod place;
mod rule;
mod shadow;

pub use header::Header;
pub use join::{gather, single, twice_help};

/// What an overlay says otherwise than its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The path of keys: `parameters.pass_mark`.
    pub path: String,
    /// What was done to it.
    pub kind: ReplacedKind,
    /// What the base says, on one line, and where; nothing where it says nothing.
    pub base: Option<Text>,
    /// What the overlay says, on one line, and where.
    pub now: Option<Text>,
    /// The clause that the element cites.
    pub clause: Option<String>,
    /// Why, where the overlay must say so.
    pub because: Option<String>,
}

/// What an overlay did to a place of its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplacedKind {
    /// A number, a calendar, the holders of a role: what an overlay may say otherwise.
    Value,
    /// Words for people: a label, a message, a translation.
    Words,
    /// A transition or a row of a table put into a list of the base, or transitions on an event that an element of the base did
    /// not speak of.
    Inserted,
    /// What `replaces:` lists; with nothing in the base, a region added to a parallel state.
    Element,
    /// What `removes:` lists.
    Removed,
}

/// One policy that takes part: all its files as one tree.
#[derive(Debug)]
pub struct Layer {
    /// Its files in one tree.
    pub tree: Node,
    /// Its files.
    pub files: BTreeSet<FileId>,
    /// The policies it extends, by index, directly.
    pub bases: Vec<usize>,
}

/// What comes out.
#[derive(Debug, Default)]
pub struct Composed {
    /// The policy as one tree.
    pub tree: Option<Node>,
    /// What the last layer says otherwise.
    pub replaced: Vec<Replaced>,
    /// Values that hold until the first dated version of their parameter.
    pub since_ever: Vec<(String, Text)>,
}

/// Lays the layers of a chain over one another in order: every base stands before what extends it. At the paths of `kept`
/// what the base says stands although an overlay says otherwise.
pub fn compose(
    layers: &[&Layer],
    chain: &[usize],
    kept: &BTreeSet<String>,
    found: &mut Vec<Diagnostic>,
) -> Composed {
    let mut composed = Composed::default();
    for idx in chain {
        let Some(layer) = layers.get(*idx) else { continue };
        let Some(base) = composed.tree.take() else {
            composed.tree = Some(layer.tree.clone());
            continue;
        };
        let below = ancestors(layers, *idx);
        let of_base = |file: FileId| {
            below.iter().filter_map(|idx| layers.get(*idx)).any(|layer| layer.files.contains(&file))
        };
        composed.replaced.clear();
        composed.tree = Some(lay::lay(base, layer, &of_base, kept, &mut composed, found));
    }
    if let (Some(last), Some(tree)) = (chain.last(), &mut composed.tree) {
        header::settle(tree, layers, *last, kept, &mut composed.replaced);
    }
    composed
}

/// All that a layer extends, through others as well, and itself.
fn ancestors(layers: &[&Layer], idx: usize) -> BTreeSet<usize> {
    let mut all = BTreeSet::from([idx]);
    let mut open = vec![idx];
    while let Some(next) = open.pop() {
        for base in layers.get(next).into_iter().flat_map(|layer| &layer.bases) {
            if all.insert(*base) {
                open.push(*base);
            }
        }
    }
    all
}

/// What stands under a key of a map.
pub fn under<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let Kind::Map(pairs) = &node.kind else { return None };
    pairs.iter().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| value)
}

/// The items of a list, or the one item that stands there without a list.
fn items(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ if node.is_empty() => &[],
        _ => std::slice::from_ref(node),
    }
}

/// The place of a node; of an empty one that of its key.
fn place_of(key: &Node, value: &Node) -> Span {
    if value.is_empty() { key.span } else { value.span }
}
