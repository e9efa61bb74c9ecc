//! Reads maps key by key, gathers every mistake, names unknown keys and the keys it would have taken.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, nearest};
use crate::lang::{Message, either};
use crate::source::{Span, Spanned};
use crate::syntax::node::{Kind, Node, Style};
use crate::syntax::raw::{Named, Text};
use crate::syntax::shape::{Expect, Shape, holders};
use crate::syntax::tree::{full_width_colon, joined_key};

/// Where something is read: the key it stands under, for messages.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The key or name.
    pub name: &'a str,
    /// Where the key stands.
    pub span: Span,
}

/// Something that can be read from a node; mistakes go into `found`.
pub trait FromNode: Sized {
    /// Reads it, or tells why not.
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Self>;
}

/// A map with known keys while it is read. Opening it reports unknown, repeated and missing keys at once.
pub struct Fields<'n, 'd> {
    /// Where the map stands.
    pub span: Span,
    shape: &'static Shape,
    pairs: BTreeMap<&'n str, (&'n Node, &'n Node)>,
    rest: Vec<(&'n Node, &'n Node)>,
    found: &'d mut Vec<Diagnostic>,
}

impl<'n, 'd> Fields<'n, 'd> {
    /// Opens a map; nothing if the node is not one. A place without content is a map without keys.
    pub fn open(
        at: At<'_>,
        node: &'n Node,
        shape: &'static Shape,
        found: &'d mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let entries: &[(Node, Node)] = match &node.kind {
            Kind::Map(entries) => entries,
            _ if node.is_empty() => &[],
            _ => {
                found.push(wrong_shape(at, node, &Expect::Map(shape)));
                return None;
            }
        };
        let mut pairs: BTreeMap<&str, (&Node, &Node)> = BTreeMap::new();
        let mut others = Vec::new();
        for (key, value) in entries {
            let Some(name) = key_text(key, found) else { continue };
            if let Some((first, _)) = pairs.get(name) {
                found.push(duplicate_key(name, key.span, first.span));
                continue;
            }
            pairs.insert(name, (key, value));
            if shape.key(name).is_none() {
                others.push((key, value));
            }
        }
        let (rest, meant) = match shape.rest {
            Some(_) => (others, Vec::new()),
            None => (Vec::new(), unknown_keys(&others, shape, &pairs, found)),
        };
        let place = match (&node.kind, entries.first()) {
            (Kind::Map(_), Some((first, _))) if at.span == node.span => first.span,
            _ => at.span,
        };
        let stands = |name: &&str| pairs.contains_key(name) || meant.contains(name);
        require(place, shape, stands, &pairs, found);
        let span = if node.is_empty() { at.span } else { node.span };
        Some(Fields { span, shape, pairs, rest, found })
    }

    /// What stands under a key, if it stands there and is not empty.
    pub fn opt<T: FromNode>(&mut self, name: &'static str) -> Option<T> {
        let (key, value) = self.pairs.get(name)?;
        let at = At { name, span: key.span };
        let expect = self.shape.key(name).map(|key| key.expect);
        if let Some(expect) = expect.filter(|expect| value.is_empty() && expect.is_text()) {
            let (zh, en) = expect.about();
            let message = Message::new("empty-value", [name.to_owned(), either(zh, en)]);
            self.found.push(Diagnostic::error(Code::WrongShape, key.span, message));
            return None;
        }
        T::read(at, value, self.found)
    }

    /// What stands under a key, or its default: an empty list.
    pub fn all<T: FromNode + Default>(&mut self, name: &'static str) -> T {
        self.opt(name).unwrap_or_default()
    }

    /// What stands under the keys of the author's choice, in document order.
    pub fn rest<T: FromNode>(&mut self) -> Vec<Named<T>> {
        let rest = std::mem::take(&mut self.rest);
        rest.into_iter().filter_map(|(key, value)| named(key, value, self.found)).collect()
    }
}

impl FromNode for Text {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Text> {
        match &node.kind {
            Kind::Scalar { text, style } => {
                let span = if *style == Style::Empty && node.span.start == node.span.end {
                    at.span
                } else {
                    node.span
                };
                Some(Spanned::new(text.clone(), span))
            }
            // `value: [X]` is how the template of a regulation writes a blank; YAML sees a list.
            Kind::List(items) if is_blank(items) => Some(Spanned::new("[X]".to_owned(), node.span)),
            _ => {
                found.push(wrong_shape(at, node, &Expect::Text));
                None
            }
        }
    }
}

/// A list, or a single item without a list.
impl<T: FromNode> FromNode for Vec<T> {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Vec<T>> {
        Some(match &node.kind {
            Kind::List(items) => items
                .iter()
                .filter_map(|item| T::read(At { name: at.name, span: item.span }, item, found))
                .collect(),
            _ if node.is_empty() => Vec::new(),
            _ => T::read(at, node, found).into_iter().collect(),
        })
    }
}

/// A map with names of the author's choice.
impl<T: FromNode> FromNode for Vec<Named<T>> {
    fn read(at: At<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Vec<Named<T>>> {
        let entries = match &node.kind {
            Kind::Map(entries) => entries,
            _ if node.is_empty() => return Some(Vec::new()),
            _ => {
                found.push(wrong_shape(at, node, &Expect::Names(&Expect::Text)));
                return None;
            }
        };
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut all = Vec::new();
        for (key, value) in entries {
            let Some(name) = key_text(key, found) else { continue };
            if let Some(first) = seen.get(name) {
                found.push(duplicate_key(name, key.span, *first));
                continue;
            }
            seen.insert(name, key.span);
            all.extend(named(key, value, found));
        }
        Some(all)
    }
}

/// The finding for a node of another shape than expected.
pub fn wrong_shape(at: At<'_>, node: &Node, expect: &Expect) -> Diagnostic {
    if let (Kind::Scalar { text, style: Style::Plain }, false) = (&node.kind, expect.is_text()) {
        let start = node.span.start as usize;
        if let Some((name, _)) = text.split_once('：').filter(|(name, _)| !name.contains(' ')) {
            let sign = Span::new(node.span.file, start + name.len(), start + name.len() + '：'.len_utf8());
            return full_width_colon(name, node.span).fix(sign, ": ");
        }
        if let Some(finding) = joined(text, node.span) {
            return finding;
        }
    }
    let (zh, en) = expect.about();
    let (found_zh, found_en) = match &node.kind {
        Kind::Scalar { style: Style::Empty, .. } => ("空的", "nothing"),
        Kind::Scalar { .. } => ("一段文字", "a text"),
        Kind::List(_) => ("一个列表", "a list"),
        Kind::Map(_) => ("“键: 值”", "keys with values"),
    };
    let args = [at.name.to_owned(), either(zh, en), either(found_zh, found_en)];
    let finding = Diagnostic::error(Code::WrongShape, node.span, Message::new("wrong-shape", args));
    match (&node.kind, expect) {
        (Kind::Map(entries), Expect::Text) if entries.iter().all(|(_, value)| value.is_empty()) => {
            finding.help(Message::plain("wrong-shape-braces"))
        }
        (Kind::Scalar { .. }, Expect::Map(shape)) => {
            finding.help(Message::new("unknown-key-known", [known(shape)]))
        }
        (Kind::Scalar { .. }, Expect::Names(_)) => finding.help(Message::plain("wrong-shape-indent")),
        _ => finding,
    }
}

/// `label:文字` alone under its key: one text to YAML, and meant as a key with its value.
fn joined(text: &str, span: Span) -> Option<Diagnostic> {
    let (name, colon) = joined_key(text)?;
    let value = text.get(colon..).and_then(|value| value.split_whitespace().next()).unwrap_or("");
    let start = span.start as usize;
    let end = start + colon;
    let message = Message::new("looks-joined-key", [name]);
    Some(
        Diagnostic::error(Code::LooksWrong, Span::new(span.file, start, end), message)
            .help(Message::new("looks-joined-help", [name, value]))
            .fix(Span::new(span.file, end, end), " "),
    )
}

fn named<T: FromNode>(key: &Node, value: &Node, found: &mut Vec<Diagnostic>) -> Option<Named<T>> {
    let name = key.text()?;
    let at = At { name, span: key.span };
    let value = T::read(at, value, found)?;
    Some(Named { name: Spanned::new(name.to_owned(), key.span), value })
}

fn is_blank(items: &[Node]) -> bool {
    match items {
        [] => false,
        [only] => only.text().is_some_and(|text| text.chars().all(|sign| matches!(sign, 'X' | 'x'))),
        _ => false,
    }
}

fn key_text<'n>(key: &'n Node, found: &mut Vec<Diagnostic>) -> Option<&'n str> {
    let text = key.text();
    if text.is_none() {
        let (zh, en) = match &key.kind {
            Kind::Scalar { .. } => ("空的", "nothing"),
            Kind::List(_) => ("一个列表", "a list"),
            Kind::Map(_) => ("“键: 值”", "keys with values"),
        };
        let message = Message::new("key-not-text", [either(zh, en)]);
        found.push(Diagnostic::error(Code::WrongShape, key.span, message));
    }
    text
}

fn duplicate_key(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::DuplicateKey, span, Message::new("duplicate-key", [name]))
        .also(first, Message::plain("first-here"))
}

/// Reports every key that must stand and does not; a misspelt one has been told of already.
fn require(
    place: Span,
    shape: &'static Shape,
    stands: impl Fn(&&str) -> bool,
    pairs: &BTreeMap<&str, (&Node, &Node)>,
    found: &mut Vec<Diagnostic>,
) {
    for key in shape.keys.iter().filter(|key| key.required && !stands(&key.name)) {
        let message = Message::new("missing-key", [shape.name, key.name]);
        let (zh, en) = key.about;
        let help = Message::new("missing-key-help", [key.name.to_owned(), either(zh, en)]);
        found.push(Diagnostic::error(Code::MissingKey, place, message).help(help));
    }
    let standing: Vec<&str> = shape.one_of.iter().copied().filter(&stands).collect();
    if shape.one_of.is_empty() || standing.len() == 1 {
        return;
    }
    if standing.is_empty() {
        let message = Message::new("missing-one-of", [shape.name.to_owned(), quoted(shape.one_of)]);
        found.push(Diagnostic::error(Code::MissingKey, place, message));
    } else {
        let second = standing.get(1).and_then(|name| pairs.get(name)).map_or(place, |(key, _)| key.span);
        let message = Message::new("several-of", [shape.name.to_owned(), quoted(&standing)]);
        found.push(Diagnostic::error(Code::WrongShape, second, message));
    }
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn known(shape: &Shape) -> String {
    let names: Vec<&str> = shape.keys.iter().map(|key| key.name).collect();
    quoted(&names)
}

/// So many unknown keys of one map are told of; a map with more of them was meant for another place.
const UNKNOWN_TOLD_MAX: usize = 20;

/// Reports unknown keys and gives the keys that were probably meant.
fn unknown_keys(
    others: &[(&Node, &Node)],
    shape: &'static Shape,
    pairs: &BTreeMap<&str, (&Node, &Node)>,
    found: &mut Vec<Diagnostic>,
) -> Vec<&'static str> {
    let mut all_meant = Vec::new();
    for (key, _) in others.iter().take(UNKNOWN_TOLD_MAX) {
        let name = key.text().unwrap_or("");
        let meant = meant(name, shape, pairs);
        all_meant.extend(meant);
        found.push(unknown_key(name, key.span, shape, meant));
    }
    if let Some((key, _)) = others.get(UNKNOWN_TOLD_MAX) {
        let message = Message::new("more-findings", [others.len() - UNKNOWN_TOLD_MAX]);
        found.push(Diagnostic::error(Code::UnknownKey, key.span, message));
    }
    all_meant
}

/// The key that is not there yet and was probably meant.
fn meant(name: &str, shape: &'static Shape, pairs: &BTreeMap<&str, (&Node, &Node)>) -> Option<&'static str> {
    let free = || shape.keys.iter().filter(|key| !pairs.contains_key(key.name));
    free()
        .find(|key| key.also.contains(&name))
        .map(|key| key.name)
        .or_else(|| nearest(name, free().map(|key| key.name)))
        .or_else(|| {
            let word = nearest(name, free().flat_map(|key| key.also.iter().copied()))?;
            free().find(|key| key.also.contains(&word)).map(|key| key.name)
        })
}

/// The finding for a key that its map does not take.
fn unknown_key(name: &str, span: Span, shape: &Shape, meant: Option<&str>) -> Diagnostic {
    let finding = Diagnostic::error(Code::UnknownKey, span, Message::new("unknown-key", [name, shape.name]));
    if name == "<<" {
        return finding.help(Message::plain("merge-key"));
    }
    let finding = match meant {
        Some(meant) => finding.help(Message::new("did-you-mean", [meant])).fix(span, meant),
        None => match &holders(name)[..] {
            // A key that many maps take says nothing about where this one belongs.
            several @ ([_] | [_, _] | [_, _, _]) => {
                finding.help(Message::new("key-stands-elsewhere", [format!("`{name}`"), quoted(several)]))
            }
            _ => finding,
        },
    };
    finding.help(Message::new("unknown-key-known", [known(shape)]))
}
