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
        /// The text after YAML's own unescaping and folding.
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
