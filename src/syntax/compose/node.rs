//! Nodes compared and told, whatever their places.

use std::collections::BTreeSet;

use crate::syntax::node::{Kind, Node};

/// A longer text is cut.
const SIGNS_MAX: usize = 80;

/// Whether two nodes say the same, wherever and in whatever style they are written.
pub fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar { text: a, .. }, Kind::Scalar { text: b, .. }) => a == b,
        (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Kind::Map(b)) => {
            let both = |((ka, va), (kb, vb)): (&(Node, Node), &(Node, Node))| same(ka, kb) && same(va, vb);
            a.len() == b.len() && a.iter().zip(b).all(both)
        }
        (Kind::List(list), _) | (_, Kind::List(list)) => {
            let other = if matches!(a.kind, Kind::List(_)) { b } else { a };
            matches!(list.as_slice(), [only] if same(only, other))
        }
        _ => false,
    }
}

/// What a node says, as a text to compare by: equal where [`same`] holds of items that are not lists.
pub fn content(node: &Node) -> String {
    let mut text = String::new();
    collect(node, &mut text);
    text
}

fn collect(node: &Node, into: &mut String) {
    match &node.kind {
        Kind::Scalar { text, .. } => {
            into.push_str(text);
            into.push('\u{1}');
        }
        Kind::List(items) => {
            into.push('\u{2}');
            items.iter().for_each(|item| collect(item, into));
            into.push('\u{3}');
        }
        Kind::Map(pairs) => {
            into.push('\u{4}');
            for (key, value) in pairs {
                collect(key, into);
                collect(value, into);
            }
            into.push('\u{5}');
        }
    }
}

/// The items of a list with those of another that it does not hold already, after its own.
pub fn added(list: &[Node], more: &[Node]) -> Vec<Node> {
    let mut known: BTreeSet<String> = list.iter().map(content).collect();
    let fresh = more.iter().filter(|item| known.insert(content(item)));
    list.iter().chain(fresh).cloned().collect()
}

/// A node on one line, as it might be written in braces; cut where it is long.
pub fn one_line(node: &Node) -> String {
    let mut text = String::new();
    write(node, &mut text, true);
    if text.chars().count() > SIGNS_MAX {
        text = text.chars().take(SIGNS_MAX - 1).collect();
        text.push('…');
    }
    text
}

fn write(node: &Node, into: &mut String, outermost: bool) {
    if into.len() > 4 * SIGNS_MAX {
        return;
    }
    match &node.kind {
        Kind::Scalar { text, .. } => into.push_str(text.split('\n').next().unwrap_or("")),
        Kind::List(items) => {
            into.push('[');
            for (idx, item) in items.iter().enumerate() {
                into.push_str(if idx > 0 { ", " } else { "" });
                write(item, into, false);
            }
            into.push(']');
        }
        Kind::Map(pairs) => {
            into.push_str(if outermost { "" } else { "{" });
            for (idx, (key, value)) in pairs.iter().enumerate() {
                into.push_str(if idx > 0 { ", " } else { "" });
                write(key, into, false);
                if !value.is_empty() && !matches!(&value.kind, Kind::Map(pairs) if pairs.is_empty()) {
                    into.push_str(": ");
                    write(value, into, false);
                }
            }
            into.push_str(if outermost { "" } else { "}" });
        }
    }
}
