//! `policy:` of a policy that extends another: what it names, and what it takes over.

use std::collections::BTreeSet;

use crate::syntax::node::{Kind, Node};
use crate::syntax::raw::Text;
use crate::syntax::shape::{Expect, HEADER};

use super::node::{added, one_line, same};
use super::{Layer, Replaced, ReplacedKind, items, place_of, under};

/// What a policy says of itself that decides how it is put together.
#[derive(Clone, Debug)]
pub struct Header {
    /// `id:`
    pub id: Option<Text>,
    /// `extend:` the folders of its bases.
    pub extend: Vec<Text>,
}

/// A list of `removes:` or `replaces:`, flat.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The path.
    pub path: Text,
    /// `because:`
    pub because: Option<String>,
}

/// What a policy says for itself and does not take over: another has not adopted what this one's staff has.
const OWN: &[&str] = &["id", "title", "version", "adopted", "extend", "removes", "replaces"];

impl Header {
    /// The header of a file, if it has one.
    pub fn of(tree: &Node) -> Option<Header> {
        let Kind::Map(pairs) = &tree.kind else { return None };
        let (_, node) = pairs.iter().find(|(key, _)| key.text() == Some("policy"))?;
        let extend = under(node, "extend").map(items).unwrap_or_default();
        Some(Header {
            id: under(node, "id").and_then(text),
            extend: extend.iter().filter_map(text).collect(),
        })
    }
}

/// What a header lists under `removes:` or `replaces:`.
pub fn listed(tree: &Node, key: &str) -> Vec<Listed> {
    let Some(list) = under(tree, "policy").and_then(|header| under(header, key)) else { return Vec::new() };
    let mut all = Vec::new();
    for item in items(list) {
        let because = under(item, "because").and_then(Node::text).map(str::to_owned);
        for what in under(item, "what").map(items).unwrap_or_default() {
            all.extend(text(what).map(|path| Listed { path, because: because.clone() }));
        }
    }
    all
}

fn text(node: &Node) -> Option<Text> {
    node.text().map(|text| Text::new(text.to_owned(), node.span))
}

/// Gives the tree the last layer's header, with what it takes over from its bases.
pub fn settle(
    tree: &mut Node,
    layers: &[&Layer],
    last: usize,
    kept: &BTreeSet<String>,
    replaced: &mut Vec<Replaced>,
) {
    let mut told = Vec::new();
    let header = whole(layers, last, kept, &mut told);
    let Kind::Map(pairs) = &mut tree.kind else { return };
    pairs.retain(|(key, _)| key.text() != Some("policy"));
    pairs.splice(0..0, header);
    replaced.splice(0..0, told);
}

/// The header of a layer with all that it takes over; the first base that says something is the one.
fn whole(
    layers: &[&Layer],
    idx: usize,
    kept: &BTreeSet<String>,
    told: &mut Vec<Replaced>,
) -> Option<(Node, Node)> {
    let layer = layers.get(idx)?;
    let Kind::Map(pairs) = &layer.tree.kind else { return None };
    let (key, own) = pairs.iter().find(|(key, _)| key.text() == Some("policy"))?;
    let mut own = own.clone();
    let Kind::Map(into) = &mut own.kind else { return Some((key.clone(), own)) };
    for base in &layer.bases {
        let Some((_, Node { kind: Kind::Map(from), .. })) = whole(layers, *base, kept, &mut Vec::new())
        else {
            continue;
        };
        for (key, value) in from {
            take_over(into, key, value, kept, told);
        }
    }
    Some((key.clone(), own))
}

fn take_over(
    into: &mut Vec<(Node, Node)>,
    key: Node,
    value: Node,
    kept: &BTreeSet<String>,
    told: &mut Vec<Replaced>,
) {
    let name = key.text().unwrap_or("").to_owned();
    if OWN.contains(&name.as_str()) {
        return;
    }
    let Some((own_key, own)) = into.iter_mut().find(|(known, _)| known.text() == Some(&name)) else {
        into.push((key, value));
        return;
    };
    let expect = HEADER.key(&name).map(|key| key.expect);
    match (expect, &mut own.kind, value.kind) {
        // A pack that holds for the base holds for what extends it.
        (Some(Expect::Many(_)), _, kind) => {
            let all = added(items(&Node { kind, span: value.span }), items(own));
            *own = Node { kind: Kind::List(all), span: place_of(own_key, own) };
        }
        (Some(Expect::Map(_)), Kind::Map(own), Kind::Map(from)) => {
            for (key, value) in from {
                let sub = format!("policy.{name}.{}", key.text().unwrap_or(""));
                match own.iter_mut().find(|(known, _)| known.text() == key.text()) {
                    None => own.push((key, value)),
                    Some((own_key, own)) => say(sub, (own_key, own), (&key, value), kept, told),
                }
            }
        }
        (_, _, kind) => {
            let value = Node { kind, span: value.span };
            say(format!("policy.{name}"), (own_key, own), (&key, value), kept, told);
        }
    }
}

/// Tells what is said otherwise than by the base, or lets the base stand.
fn say(
    path: String,
    (own_key, own): (&Node, &mut Node),
    (key, base): (&Node, Node),
    kept: &BTreeSet<String>,
    told: &mut Vec<Replaced>,
) {
    if same(own, &base) || told.iter().any(|known| known.path == path) {
        return;
    }
    if kept.contains(&path) {
        *own = base;
        return;
    }
    told.push(Replaced {
        path,
        kind: ReplacedKind::Value,
        base: Some(Text::new(one_line(&base), place_of(key, &base))),
        now: Some(Text::new(one_line(own), place_of(own_key, own))),
        clause: None,
        because: None,
    });
}
