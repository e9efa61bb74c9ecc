//! The tree of one YAML file: every node knows where it stands, every scalar keeps its text.

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
}
