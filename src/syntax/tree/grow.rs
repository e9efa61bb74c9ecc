//! Parser events to nodes, with a budget for nodes, depth and expanded aliases.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::{FileId, Span};
use crate::syntax::node::{Kind, Node, Style};
use crate::syntax::tree::explain::Unreadable;
use crate::syntax::tree::{Limits, signs};

/// Why growing ended early.
pub enum Stop {
    /// The text is not YAML.
    Unreadable(Box<Unreadable>),
    /// A limit was exceeded.
    Limit(Box<Diagnostic>),
}

/// A tree and how many nodes it took.
pub struct Grown {
    /// The tree; nothing for a text without content.
    pub tree: Option<Node>,
    /// Its nodes, expanded aliases included.
    pub nodes: usize,
}

/// Grows the tree of `text`; its places are those in the text.
pub fn grow(file: FileId, text: &str, limits: &Limits, found: &mut Vec<Diagnostic>) -> Result<Grown, Stop> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    // One more than our own limit, which then speaks first and knows the place.
    options.flow_nesting_limit = limits.depth + 2;
    options.block_nesting_limit = limits.depth + 2;
    let mut grower = Grower {
        file,
        text,
        limits,
        found,
        stack: Vec::new(),
        root: None,
        anchors: BTreeMap::new(),
        spent: Weight::default(),
        kept: Weight::default(),
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, place)) => {
                if !grower.take(event, place)? {
                    break;
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or_else(|| {
                    text.char_indices().nth(error.marker().index()).map_or(text.len(), |(at, _)| at)
                });
                let at = at.min(text.len());
                return Err(Stop::Unreadable(Box::new(Unreadable { kind: error.kind().clone(), at })));
            }
        }
    }
    Ok(Grown { nodes: grower.spent.nodes, tree: grower.root })
}

/// What nodes cost: their number, and the bytes of their texts.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: usize,
    bytes: usize,
}

/// A list or map that is still open.
struct Frame {
    start: usize,
    flow: bool,
    anchor: usize,
    before: Weight,
    kind: Open,
}

enum Open {
    List(Vec<Node>),
    Map(Vec<(Node, Node)>, Option<Node>),
}

struct Grower<'a> {
    file: FileId,
    text: &'a str,
    limits: &'a Limits,
    found: &'a mut Vec<Diagnostic>,
    stack: Vec<Frame>,
    root: Option<Node>,
    /// Finished anchored nodes with what they weigh.
    anchors: BTreeMap<usize, (Node, Weight)>,
    spent: Weight,
    /// What the copies in `anchors` weigh: nested anchors keep a node several times.
    kept: Weight,
}

impl Grower<'_> {
    /// Takes one event; `false` when the rest of the file is not to be read.
    fn take(&mut self, event: Event<'_>, place: granit_parser::Span) -> Result<bool, Stop> {
        let range = place.byte_range().unwrap_or(0..0);
        let span = self.span(range.start, range.end);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                let finding =
                    Diagnostic::error(Code::SeveralDocuments, span, Message::plain("several-documents"));
                self.found.push(finding.help(Message::plain("several-documents-help")));
                return Ok(false);
            }
            Event::Scalar(text, style, anchor, tag) => {
                if tag.is_some() {
                    self.tag(&place, range.end);
                }
                let before = self.spent;
                self.spend(1, text.len(), span)?;
                let node = self.scalar(&text, style, range, span);
                self.keep(anchor, &node, before, span)?;
                self.put(node);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.open(Open::List(Vec::new()), style, anchor, tag.is_some(), &place)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(Open::Map(Vec::new(), None), style, anchor, tag.is_some(), &place)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end)?,
            Event::Alias(id) => self.alias(id, span)?,
            Event::UnresolvedAlias(name) => self.unknown_alias(&name, span),
            _ => {}
        }
        Ok(true)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end.max(start))
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, range: std::ops::Range<usize>, span: Span) -> Node {
        let style = match style {
            ScalarStyle::Plain if range.is_empty() || matches!(text, "~" | "null" | "Null" | "NULL" | "") => {
                Style::Empty
            }
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            _ => Style::Block,
        };
        let text = if style == Style::Empty { "" } else { text };
        if style == Style::Plain {
            let place = match self.stack.last() {
                Some(Frame { kind: Open::Map(_, None), flow, .. }) => signs::Place::Key { flow: *flow },
                Some(Frame { kind: Open::Map(..), flow, .. }) => signs::Place::Value { flow: *flow },
                Some(Frame { flow, .. }) => signs::Place::Item { flow: *flow },
                None => signs::Place::Value { flow: false },
            };
            signs::check(text, place, span, self.found);
        }
        Node::scalar(text, style, span)
    }

    fn open(
        &mut self,
        kind: Open,
        style: StructureStyle,
        anchor: usize,
        tagged: bool,
        place: &granit_parser::Span,
    ) -> Result<(), Stop> {
        let range = place.byte_range().unwrap_or(0..0);
        if tagged {
            self.tag(place, range.end);
        }
        let span = self.span(range.start, range.end);
        if self.stack.len() >= self.limits.depth {
            return Err(limit(Code::TooDeep, span, Message::new("too-deep", [self.limits.depth])));
        }
        let before = self.spent;
        self.spend(1, 0, span)?;
        let flow = style == StructureStyle::Flow;
        self.stack.push(Frame { start: range.start, flow, anchor, before, kind });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        // A block ends where its last child ends; the parser only notices at the next token.
        let last = match &frame.kind {
            Open::List(items) => items.last().map(|node| node.span.end as usize),
            Open::Map(pairs, _) => pairs.last().map(|(_, value)| value.span.end as usize),
        };
        let end = match last {
            Some(last) if !frame.flow => last,
            _ => end,
        };
        let span = self.span(frame.start, end);
        let kind = match frame.kind {
            Open::List(items) => Kind::List(items),
            Open::Map(pairs, _) => Kind::Map(pairs),
        };
        let node = Node { kind, span };
        self.keep(frame.anchor, &node, frame.before, span)?;
        self.put(node);
        Ok(())
    }

    fn put(&mut self, node: Node) {
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame { kind: Open::List(items), .. }) => items.push(node),
            Some(Frame { kind: Open::Map(pairs, key), flow, .. }) => match key.take() {
                None => *key = Some(node),
                Some(key) => {
                    if *flow && node.is_empty() {
                        signs::check_joined(&key, self.found);
                    }
                    pairs.push((key, node));
                }
            },
        }
    }

    /// Keeps a copy of an anchored node for its aliases.
    fn keep(&mut self, anchor: usize, node: &Node, before: Weight, span: Span) -> Result<(), Stop> {
        if anchor == 0 {
            return Ok(());
        }
        let weight =
            Weight { nodes: self.spent.nodes - before.nodes, bytes: self.spent.bytes - before.bytes };
        self.kept = self.within(self.kept, weight.nodes, weight.bytes, span)?;
        self.anchors.insert(anchor, (node.clone(), weight));
        Ok(())
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        let Some((node, weight)) = self.anchors.get(&id) else {
            // The anchor is still open: the node would hold itself.
            let name = self.name_at(span).to_owned();
            self.unknown_alias(&name, span);
            return Ok(());
        };
        let (nodes, bytes) = (weight.nodes, weight.bytes);
        if self.stack.len() + depth(node) > self.limits.depth {
            return Err(limit(Code::TooDeep, span, Message::new("too-deep", [self.limits.depth])));
        }
        // Paid for before it is copied: a bomb never goes off.
        self.spent = self.within(self.spent, nodes, bytes, span)?;
        if let Some((node, _)) = self.anchors.get(&id) {
            let copy = node.clone();
            self.put(copy);
        }
        Ok(())
    }

    fn unknown_alias(&mut self, name: &str, span: Span) {
        let message = Message::new("alias-unknown", [name]);
        let raw = self.text.get(span.start as usize..span.end as usize);
        let mut finding =
            Diagnostic::error(Code::AliasUnknown, span, message).help(Message::plain("alias-unknown-help"));
        if let Some(raw) = raw {
            finding = finding.fix(span, format!("\"{raw}\""));
        }
        self.found.push(finding);
        self.put(Node::scalar("", Style::Empty, span));
    }

    fn name_at(&self, span: Span) -> &str {
        let (start, end) = (span.start as usize, span.end as usize);
        self.text.get(start..end).unwrap_or("").trim_start_matches('*')
    }

    /// `!word` is a tag to YAML; to an author it is a negation.
    fn tag(&mut self, place: &granit_parser::Span, end: usize) {
        let Some(tag) = place.tag_span().and_then(|span| span.byte_range()) else { return };
        let end = end.max(tag.end);
        let raw = self.text.get(tag.start..end).unwrap_or("").trim_end();
        let name = self.text.get(tag.clone()).unwrap_or("");
        let span = self.span(tag.start, tag.end);
        let mut finding = Diagnostic::error(Code::LooksWrong, span, Message::new("looks-tag", [name]))
            .help(Message::new("looks-tag-help", [raw.lines().next().unwrap_or(name)]));
        if !raw.contains(['\n', '"', '\\']) {
            finding = finding.fix(self.span(tag.start, tag.start + raw.len()), format!("\"{raw}\""));
        }
        self.found.push(finding);
    }

    fn spend(&mut self, nodes: usize, bytes: usize, span: Span) -> Result<(), Stop> {
        self.spent = self.within(self.spent, nodes, bytes, span)?;
        Ok(())
    }

    /// What is used up after so much more, if the limits allow it.
    fn within(&self, used: Weight, nodes: usize, bytes: usize, span: Span) -> Result<Weight, Stop> {
        let sum = Weight { nodes: used.nodes.saturating_add(nodes), bytes: used.bytes.saturating_add(bytes) };
        let bytes_max = self.limits.file_bytes.saturating_mul(4);
        if sum.nodes > self.limits.nodes || sum.bytes > bytes_max {
            let message = Message::new("too-many-nodes", [self.limits.nodes]);
            return Err(limit(Code::TooManyNodes, span, message));
        }
        Ok(sum)
    }
}

/// How many levels of lists and maps a node holds.
fn depth(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar { .. } => 0,
        Kind::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Kind::Map(pairs) => {
            1 + pairs.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0)
        }
    }
}

fn limit(code: Code, span: Span, message: Message) -> Stop {
    let help = match code {
        Code::TooDeep => Message::plain("too-deep-help"),
        _ => Message::plain("too-many-nodes-help"),
    };
    Stop::Limit(Box::new(Diagnostic::error(code, span, message).help(help)))
}
