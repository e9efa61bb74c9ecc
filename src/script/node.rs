//! A typed script: names are slots, words are options, every node knows its place.

use std::sync::Arc;

use super::Input;
use super::ast::{Arith, Compare};
use super::builtins;
use super::text::Place;
use crate::value::{Type, Value};

/// One step of a typed script.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// Where it stands: an index into the body's places.
    pub at: u32,
}

/// What a node does.
#[derive(Clone, Debug)]
pub enum Op {
    /// A value.
    Const(Value),
    /// An input that must be known.
    Input(u32),
    /// An input that may be unknown, where the script says what then.
    Maybe(u32),
    /// A local.
    Local(u32),
    /// `let`s, then a value.
    Block(Vec<(u32, Node)>, Box<Node>),
    /// Arithmetic.
    Arith(Arith, Box<Node>, Box<Node>),
    /// A comparison.
    Compare(Compare, Box<Node>, Box<Node>),
    /// `-x`
    Negate(Box<Node>),
    /// `!x`
    Not(Box<Node>),
    /// `&&`
    All(Vec<Node>),
    /// `||`
    Any(Vec<Node>),
    /// `x ?? y`; the second only where the first is unknown.
    OrElse(Box<Node>, Box<Node>),
    /// `x in [a, b]`; `true` for `!in`.
    OneOf(Box<Node>, Vec<Node>, bool),
    /// `x in xs`; `true` for `!in`.
    InList(Box<Node>, Box<Node>, bool),
    /// `if`
    If(Box<Node>, Box<Node>, Box<Node>),
    /// `switch`
    Switch(Box<Node>, Vec<Arm>),
    /// A built-in.
    Builtin(builtins::Id, Vec<Node>),
    /// A named function; the list says which input of the caller each input of the function is.
    Call(Arc<Function>, Vec<Node>, Arc<[u32]>),
    /// A function of the host; `true` where its answer may be unknown.
    Host(Arc<Function>, Vec<Node>, bool),
    /// Only rhai can do it.
    Foreign(Box<Foreign>),
}

/// One arm of a `switch`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it matches; empty for `_`.
    pub patterns: Vec<Pattern>,
    /// A condition besides.
    pub guard: Option<Node>,
    /// What it gives.
    pub body: Node,
}

/// What an arm matches.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// One value.
    Is(Value),
    /// Whole numbers: from, to, whether `to` is included.
    Range(i64, i64, bool),
}

/// What only rhai can do.
#[derive(Clone, Debug)]
pub enum Foreign {
    /// `xs.filter(…)`
    Method(Node, Arc<str>, Vec<Node>),
    /// `x.name`
    Field(Node, Arc<str>),
    /// `xs[0]`
    Index(Node, Node),
    /// `[a, b]`
    Array(Vec<Node>),
    /// `#{a: 1}`
    Map(Vec<(Arc<str>, Node)>),
    /// `a..b`
    Range(Node, Node, bool),
    /// `|x| …`
    Closure(Vec<u32>, Node),
    /// Backticks.
    Template(Vec<Node>),
    /// Texts put together.
    Concat(Node, Node),
    /// Statements and a value.
    Sequence(Vec<Step>, Option<Node>),
    /// `if` without `else`, as a statement.
    When(Node, Node),
}

/// A statement that only rhai can run.
#[derive(Clone, Debug)]
pub enum Step {
    /// `let`
    Let(u32, Node),
    /// `x = …`
    Assign(Node, &'static str, Node),
    /// `return`
    Return(Node),
    /// For its effect on locals.
    Plain(Node),
}

/// A typed script with all that running it needs.
#[derive(Clone, Debug)]
pub struct Body {
    /// The tree.
    pub root: Node,
    /// How many locals it has.
    pub slots: u32,
    /// What it reads, in order of first use.
    pub inputs: Vec<Input>,
    /// The places that nodes point to.
    pub places: Vec<Place>,
    /// Whether it runs without rhai.
    pub native: bool,
    /// How many nodes it has.
    pub size: u64,
}

/// A named function, with its body or of the host.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: Arc<str>,
    /// Its parameters.
    pub params: Vec<(Arc<str>, Type)>,
    /// Its result.
    pub returns: Type,
    /// Its body; none for a function of the host.
    pub body: Option<Body>,
}

impl Body {
    /// A node's place.
    pub fn place(&self, node: &Node) -> Place {
        self.places.get(node.at as usize).copied().unwrap_or_default()
    }

    /// An input's path.
    pub fn path(&self, idx: u32) -> Arc<str> {
        self.inputs.get(idx as usize).map_or_else(|| Arc::from(""), |input| input.path.clone())
    }
}
