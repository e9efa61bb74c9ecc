//! An overlay laid over its base, element by element.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::FileId;
use crate::syntax::node::{Kind, Node, Style};
use crate::syntax::raw::Text;
use crate::syntax::reader::{At, wrong_shape};
use crate::syntax::shape::{Expect, FILE, Shape};

use super::header::{Listed, listed};
use super::join::places;
use super::node::{added, one_line, same};
use super::rule::{self, Into, Rule};
use super::shadow::shadows;
use super::{Composed, Layer, Replaced, ReplacedKind, items, place, place_of, under};

/// What is at hand while one layer is laid over those below.
struct Lay<'a> {
    /// Whether a file belongs to a policy that the overlay extends.
    of_base: &'a dyn Fn(FileId) -> bool,
    kept: &'a BTreeSet<String>,
    /// By path, and whether it was met.
    replaces: BTreeMap<String, (Listed, Cell<bool>)>,
    composed: &'a mut Composed,
    found: &'a mut Vec<Diagnostic>,
}

/// A place in both: how it is gone into, and what may be said there.
#[derive(Clone, Copy)]
struct Spot {
    into: Into,
    rule: Rule,
    /// Whether it may stand in the overlay where the base has nothing.
    addable: bool,
}

/// Lays a layer over its base.
pub fn lay(
    mut base: Node,
    layer: &Layer,
    of_base: &dyn Fn(FileId) -> bool,
    kept: &BTreeSet<String>,
    composed: &mut Composed,
    found: &mut Vec<Diagnostic>,
) -> Node {
    let replaces = listed(&layer.tree, "replaces").into_iter();
    let replaces = replaces.map(|one| (one.path.value.clone(), (one, Cell::new(false)))).collect();
    let mut lay = Lay { of_base, kept, replaces, composed, found };
    for removal in listed(&layer.tree, "removes") {
        lay.remove(&mut base, &layer.tree, &removal);
    }
    let mut tree = layer.tree.clone();
    lay.shadows(&base, &mut tree);
    let (Kind::Map(into), Kind::Map(over)) = (&mut base.kind, &tree.kind) else { return base };
    let places = places(into);
    for (key, value) in over {
        let name = key.text().unwrap_or("");
        match FILE.key(name) {
            Some(_) if name == "policy" => {}
            Some(known) => {
                let rule = rule::rule(&FILE, name);
                let into_names = rule::into(&FILE, name, &known.expect);
                let spot = Spot { into: into_names, rule, addable: true };
                lay.put(into, places.get(name).copied(), (key, value), spot, name.to_owned(), None);
            }
            // The reader says what is wrong with it.
            None => into.push((key.clone(), value.clone())),
        }
    }
    let unused = lay.replaces.values().filter(|(_, used)| !used.get());
    let unused: Vec<Diagnostic> = unused
        .map(|(one, _)| {
            let message = Message::new("overlay-replaces-nothing", [&one.path.value]);
            Diagnostic::error(Code::UnknownElement, one.path.span, message)
        })
        .collect();
    lay.found.extend(unused);
    base
}

impl Lay<'_> {
    /// What the overlay adds that blocks or redirects a rule of the base: kept where it is listed. What `kept` names is taken
    /// out of the overlay.
    fn shadows(&mut self, base: &Node, overlay: &mut Node) {
        for shadow in shadows(base, overlay, &|path| self.replaces.contains_key(path)) {
            let because = self.listed(&shadow.path);
            if self.kept.contains(&shadow.path) {
                take(overlay, &shadow.path);
                continue;
            }
            let Some(because) = because else {
                let (message, help) = if (self.of_base)(shadow.there.file) {
                    (shadow.message, Message::new("overlay-replaces-help", [&shadow.path]))
                } else {
                    let message = Message::new("overlay-bases-clash", [&shadow.path]);
                    (message, Message::plain("overlay-bases-clash-help"))
                };
                let finding = Diagnostic::error(Code::BaseChanged, shadow.at, message);
                self.found.push(finding.also(shadow.there, Message::plain("base-here")).help(help));
                continue;
            };
            self.composed.replaced.push(Replaced {
                path: shadow.path,
                kind: ReplacedKind::Element,
                base: shadow.base,
                now: Some(shadow.now),
                clause: None,
                because,
            });
        }
    }

    /// What the overlay says under one key.
    fn put(
        &mut self,
        into: &mut Vec<(Node, Node)>,
        at: Option<usize>,
        (key, value): (&Node, &Node),
        spot: Spot,
        path: String,
        clause: Option<&str>,
    ) {
        let Some((base_key, base)) = at.and_then(|at| into.get_mut(at)) else {
            let listed = self.listed(&path).is_some();
            if self.kept.contains(&path) {
                return;
            }
            if spot.addable || listed {
                into.push((key.clone(), value.clone()));
                let told = self.composed.replaced.iter().any(|one| one.path == path);
                if spot.rule == Rule::Placed && !told {
                    self.composed.replaced.push(Replaced {
                        path,
                        kind: ReplacedKind::Inserted,
                        base: None,
                        now: Some(Text::new(one_line(value), place_of(key, value))),
                        clause: clause.map(str::to_owned),
                        because: None,
                    });
                }
            } else {
                let message = Message::new("overlay-adds", [&path]);
                let finding = Diagnostic::error(Code::BaseChanged, key.span, message);
                let finding = match into.first() {
                    Some((first, _)) => finding.also(first.span, Message::plain("base-here")),
                    None => finding,
                };
                self.found.push(finding.help(Message::new("overlay-replaces-help", [&path])));
            }
            return;
        };
        let because = self.listed(&path);
        if self.kept.contains(&path) || same(base, value) {
            return;
        }
        if let Some(because) = because {
            self.tell(&path, ReplacedKind::Element, (base_key, base), (key, value), clause, because);
            (*base_key, *base) = (key.clone(), value.clone());
            return;
        }
        match spot.into {
            Into::Names(_) | Into::Keys(_) if value.is_empty() => {}
            Into::Names(_) | Into::Keys(_) if base.is_empty() => *base = value.clone(),
            Into::Names(_) | Into::Keys(_) if !matches!(value.kind, Kind::Map(_)) => {
                let at = At { name: key.text().unwrap_or(""), span: key.span };
                let expect = match spot.into {
                    Into::Keys(shape) => Expect::Map(shape),
                    _ => Expect::Names(&Expect::Text),
                };
                self.found.push(wrong_shape(at, value, &expect));
            }
            Into::Names(inner) => {
                if let (Kind::Map(into), Kind::Map(over)) = (&mut base.kind, &value.kind) {
                    self.names(into, over, inner, spot.rule, &path, clause);
                }
            }
            Into::Keys(shape) => self.keys(base, value, shape, &path),
            Into::Whole => self.whole((base_key, base), (key, value), spot.rule, &path, clause),
        }
    }

    fn names(
        &mut self,
        into: &mut Vec<(Node, Node)>,
        over: &[(Node, Node)],
        inner: &'static Expect,
        rule: Rule,
        path: &str,
        clause: Option<&str>,
    ) {
        let inner = match inner {
            Expect::Names(inner) => Into::Names(inner),
            Expect::Map(shape) => Into::Keys(shape),
            _ => Into::Whole,
        };
        let spot = Spot { into: inner, rule, addable: true };
        let places = places(into);
        let mut seen = BTreeSet::new();
        for (key, value) in over {
            let name = key.text().unwrap_or("");
            if !seen.insert(name) {
                // Written twice: the reader says so.
                into.push((key.clone(), value.clone()));
                continue;
            }
            let at = places.get(name).copied();
            self.put(into, at, (key, value), spot, format!("{path}.{name}"), clause);
        }
    }

    /// An element that both speak of.
    fn keys(&mut self, base: &mut Node, over: &Node, shape: &'static Shape, path: &str) {
        let Kind::Map(over) = &over.kind else { return };
        let cited =
            under(base, "clause").map(|node| items(node).iter().filter_map(Node::text).collect::<Vec<_>>());
        let own = over.iter().find(|(key, _)| key.text() == Some("clause")).and_then(|(_, node)| node.text());
        let clause = own.map(str::to_owned).or_else(|| cited.map(|cited| cited.join(", ")));
        let mut over: Vec<(Node, Node)> = over.clone();
        if matches!(shape.name, "parameter" | "parameter_set") {
            self.values(base, &mut over, shape, path, clause.as_deref());
        }
        let Kind::Map(into) = &mut base.kind else { return };
        let places = places(into);
        let mut seen = BTreeSet::new();
        for (key, value) in &over {
            let name = key.text().unwrap_or("");
            let (Some(known), true) = (shape.key(name), seen.insert(name)) else {
                // Not known here, or written twice: the reader says so.
                into.push((key.clone(), value.clone()));
                continue;
            };
            let rule = rule::rule(shape, name);
            let way = rule::into(shape, name, &known.expect);
            let spot = Spot { into: way, rule, addable: rule::may_add(shape, name, rule, way) };
            let at = places.get(name).copied();
            self.put(into, at, (key, value), spot, format!("{path}.{name}"), clause.as_deref());
        }
    }

    /// One thing that both say.
    fn whole(
        &mut self,
        (base_key, base): (&mut Node, &mut Node),
        (key, value): (&Node, &Node),
        rule: Rule,
        path: &str,
        clause: Option<&str>,
    ) {
        match rule {
            Rule::Words | Rule::Value => {
                let kind = if rule == Rule::Words { ReplacedKind::Words } else { ReplacedKind::Value };
                self.tell(path, kind, (base_key, base), (key, value), clause, None);
                (*base_key, *base) = (key.clone(), value.clone());
            }
            Rule::Added => {
                let all = added(items(base), items(value));
                *base = Node { kind: Kind::List(all), span: place_of(base_key, base) };
            }
            Rule::Placed => {
                let before = Text::new(one_line(base), place_of(base_key, base));
                let put_in = place::insert(base, items(value).to_vec(), key.span, self.found);
                self.composed.replaced.extend(put_in.iter().map(|item| Replaced {
                    path: path.to_owned(),
                    kind: ReplacedKind::Inserted,
                    base: Some(before.clone()),
                    now: Some(Text::new(one_line(item), item.span)),
                    clause: clause.map(str::to_owned),
                    because: None,
                }));
            }
            Rule::Kept => {
                let message =
                    Message::new("overlay-changes", [path.to_owned(), one_line(base), one_line(value)]);
                let finding = Diagnostic::error(Code::BaseChanged, place_of(key, value), message)
                    .also(place_of(base_key, base), Message::plain("base-here"));
                self.found.push(finding.help(Message::new("overlay-replaces-help", [path])));
            }
        }
    }

    /// The values of a parameter, or of what changes together: a value replaces all of them, a dated version stands beside
    /// those of other dates. What was dealt with is taken out of the overlay's keys.
    fn values(
        &mut self,
        base: &mut Node,
        over: &mut Vec<(Node, Node)>,
        shape: &'static Shape,
        path: &str,
        clause: Option<&str>,
    ) {
        let Kind::Map(into) = &mut base.kind else { return };
        let find = |pairs: &[(Node, Node)], name: &str| {
            pairs.iter().position(|(key, value)| key.text() == Some(name) && !value.is_empty())
        };
        let keys: &[&str] = if shape.name == "parameter" { &["value", "versions"] } else { &["versions"] };
        let (Some(own), Some(old)) =
            (keys.iter().find_map(|key| find(over, key)), keys.iter().find_map(|key| find(into, key)))
        else {
            return;
        };
        let said = over.iter().filter(|(key, _)| keys.iter().any(|name| key.text() == Some(name)));
        if said.count() > 1 || keys.iter().any(|key| self.listed(&format!("{path}.{key}")).is_some()) {
            return;
        }
        let (key, value) = over.remove(own);
        let Some((old_key, old_value)) = into.get(old).cloned() else { return };
        if self.kept.contains(path) || same(&old_value, &value) && old_key.text() == key.text() {
            return;
        }
        self.tell(path, ReplacedKind::Value, (&old_key, &old_value), (&key, &value), clause, None);
        into.retain(|(key, _)| !keys.iter().any(|name| key.text() == Some(name)));
        self.composed.since_ever.retain(|(name, _)| path.strip_prefix("parameters.") != Some(name));
        if key.text() == Some("value") {
            into.push((key, value));
            return;
        }
        let from = |version: &Node| under(version, "from").and_then(Node::text).unwrap_or("").to_owned();
        let mut versions: Vec<Node> = Vec::new();
        if old_key.text() == Some("value") {
            let text = old_value.text().unwrap_or("[X]").to_owned();
            let name = path.strip_prefix("parameters.").unwrap_or(path).to_owned();
            self.composed.since_ever.push((name, Text::new(text, old_value.span)));
        } else {
            versions.extend_from_slice(items(&old_value));
        }
        let mut old: BTreeMap<String, usize> =
            versions.iter().enumerate().map(|(idx, version)| (from(version), idx)).collect();
        for version in items(&value) {
            // A date that the overlay gives twice stands twice, and the compiler tells.
            match old.remove(&from(version)).and_then(|idx| versions.get_mut(idx)) {
                Some(known) => *known = version.clone(),
                None => versions.push(version.clone()),
            }
        }
        // Dates are written so that they sort as texts do; others are told by the compiler.
        versions.sort_by_key(from);
        into.push((key, Node { kind: Kind::List(versions), span: value.span }));
    }

    /// Takes an element of the base away.
    fn remove(&mut self, base: &mut Node, overlay: &Node, removal: &Listed) {
        let path = removal.path.value.as_str();
        if path.starts_with("policy") || find(base, path).is_none() {
            let message = Message::new("overlay-removes-nothing", [path]);
            self.found.push(Diagnostic::error(Code::UnknownElement, removal.path.span, message));
            return;
        }
        if let Some((key, _)) = find(overlay, path) {
            let message = Message::new("overlay-removes-own", [path]);
            let finding = Diagnostic::error(Code::BaseChanged, removal.path.span, message);
            self.found.push(finding.also(key.span, Message::plain("overlay-says-here")));
            return;
        }
        if self.kept.contains(path) {
            return;
        }
        if let Some((key, value)) = take(base, path) {
            let now = Node::scalar("", Style::Empty, removal.path.span);
            let because = removal.because.clone();
            self.tell(path, ReplacedKind::Removed, (&key, &value), (&now, &now), None, because);
        }
    }

    /// The reason that the overlay gives for replacing what stands at a path; nothing where it does not list it.
    fn listed(&self, path: &str) -> Option<Option<String>> {
        let (one, used) = self.replaces.get(path)?;
        used.set(true);
        Some(one.because.clone())
    }

    /// Keeps what was said otherwise; two bases that contradict one another are told.
    fn tell(
        &mut self,
        path: &str,
        kind: ReplacedKind,
        (base_key, base): (&Node, &Node),
        (key, value): (&Node, &Node),
        clause: Option<&str>,
        because: Option<String>,
    ) {
        let (there, here) = (place_of(base_key, base), place_of(key, value));
        if !(self.of_base)(there.file) {
            let finding =
                Diagnostic::error(Code::BaseChanged, here, Message::new("overlay-bases-clash", [path]));
            self.found.push(
                finding
                    .also(there, Message::plain("base-here"))
                    .help(Message::plain("overlay-bases-clash-help")),
            );
        }
        self.composed.replaced.push(Replaced {
            path: path.to_owned(),
            kind,
            base: Some(Text::new(one_line(base), there)),
            now: Some(Text::new(one_line(value), here)),
            clause: clause.map(str::to_owned),
            because,
        });
    }
}

/// What stands at a path, with its key.
fn find<'n>(node: &'n Node, path: &str) -> Option<(&'n Node, &'n Node)> {
    match &node.kind {
        Kind::Map(pairs) => pairs.iter().find_map(|(key, value)| match rest(path, key.text()?)? {
            "" => Some((key, value)),
            rest => find(value, rest),
        }),
        Kind::List(list) => {
            list.iter().enumerate().find_map(|(idx, item)| match rest(path, &(idx + 1).to_string())? {
                "" => Some((item, item)),
                rest => find(item, rest),
            })
        }
        Kind::Scalar { .. } => None,
    }
}

/// Takes out what stands at a path.
fn take(node: &mut Node, path: &str) -> Option<(Node, Node)> {
    match &mut node.kind {
        Kind::Map(pairs) => {
            let at = pairs.iter().position(|(key, value)| {
                key.text()
                    .and_then(|name| rest(path, name))
                    .is_some_and(|rest| rest.is_empty() || find(value, rest).is_some())
            })?;
            match rest(path, pairs.get(at)?.0.text()?)?.to_owned().as_str() {
                "" => Some(pairs.remove(at)),
                rest => take(&mut pairs.get_mut(at)?.1, rest),
            }
        }
        Kind::List(list) => {
            let at =
                list.iter().enumerate().position(|(idx, _)| rest(path, &(idx + 1).to_string()).is_some())?;
            match rest(path, &(at + 1).to_string())? {
                "" => {
                    let item = list.remove(at);
                    Some((item.clone(), item))
                }
                rest => take(list.get_mut(at)?, rest),
            }
        }
        Kind::Scalar { .. } => None,
    }
}

/// What is left of a path below a name; the name may hold dots itself.
fn rest<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.').filter(|rest| !rest.is_empty()) }
}
