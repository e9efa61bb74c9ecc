//! The tree of one YAML file: every node knows where it stands, every scalar keeps its text.

use sha2::{Digest, Sha256};

use crate::source::Span;

/// One node of a YAML file. Aliases are already expanded, within a budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A text as written; nothing is guessed about its type.
    Scalar {
        /// The text after YAML's own unescaping and folding; empty for [`Style::Empty`].
        text: String,
        /// How it was written.
        style: Style,
    },
    /// A list.
    List(Vec<Node>),
    /// Keys and values in document order; keys may repeat (the reader reports that).
    Map(Vec<(Node, Node)>),
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nothing at all: `key:` with no value; also `~` and `null`.
    Empty,
    /// Without quotes.
    Plain,
    /// In `'…'` or `"…"`.
    Quoted,
    /// A block, `|` or `>`.
    Block,
}

impl Node {
    /// A scalar at a place.
    pub fn scalar(text: impl Into<String>, style: Style, span: Span) -> Node {
        Node { kind: Kind::Scalar { text: text.into(), style }, span }
    }

    /// The text of a scalar that is not empty.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, style } if *style != Style::Empty => Some(text),
            _ => None,
        }
    }

    /// Whether nothing stands here: no value, `~` or `null`.
    pub fn is_empty(&self) -> bool {
        matches!(self.kind, Kind::Scalar { style: Style::Empty, .. })
    }

    /// A hash of what is written: keys, texts and their order, without places, comments and quotation marks.
    pub fn meaning(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        self.feed(&mut hash);
        hash.finalize().into()
    }

    fn feed(&self, hash: &mut Sha256) {
        let (kind, count) = match &self.kind {
            Kind::Scalar { style: Style::Empty, .. } => (0, 0),
            Kind::Scalar { text, .. } => (1, text.len()),
            Kind::List(items) => (2, items.len()),
            Kind::Map(entries) => (3, entries.len()),
        };
        hash.update([kind]);
        hash.update(count.to_le_bytes());
        match &self.kind {
            Kind::Scalar { style: Style::Empty, .. } => {}
            Kind::Scalar { text, .. } => hash.update(text.as_bytes()),
            Kind::List(items) => items.iter().for_each(|item| item.feed(hash)),
            Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
                key.feed(hash);
                value.feed(hash);
            }),
        }
    }
}
