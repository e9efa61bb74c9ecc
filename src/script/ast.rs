//! The tree of a script as written: nothing resolved, every node with its bytes.

use std::sync::Arc;

use rust_decimal::Decimal;

/// One expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// How many levels of expressions it holds, itself included.
    pub depth: usize,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `true`, `false`
    Boolean(bool),
    /// `80`
    Number(Decimal),
    /// `80%`, as its fraction.
    Percent(Decimal),
    /// `"迟到"`
    Text(Arc<str>),
    /// Backticks: texts and expressions in turn.
    Template(Vec<Expr>),
    /// `event.score`, `$pass_mark`, `band`
    Path(Arc<str>),
    /// `-x`
    Negate(Box<Expr>),
    /// `!x`
    Not(Box<Expr>),
    /// `+ - * / %`
    Arith(Arith, Box<Expr>, Box<Expr>),
    /// `== != < <= > >=`
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// `a && b && c`
    All(Vec<Expr>),
    /// `a || b || c`
    Any(Vec<Expr>),
    /// `x ?? y`
    Coalesce(Box<Expr>, Box<Expr>),
    /// `x in list`; `true` for `!in`.
    In(Box<Expr>, Box<Expr>, bool),
    /// `a..b`; `true` for `a..=b`.
    Range(Box<Expr>, Box<Expr>, bool),
    /// `if c { a } else { b }`
    If(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    /// `switch x { A => 1, _ => 2 }`
    Switch(Box<Expr>, Vec<Case>),
    /// `{ let x = 1; x + 1 }`
    Block(Vec<Statement>, Option<Box<Expr>>),
    /// `min(a, b)`
    Call(Name, Vec<Expr>),
    /// `xs.len()`
    Method(Box<Expr>, Name, Vec<Expr>),
    /// `(…).name`, `xs[0].name`
    Field(Box<Expr>, Name),
    /// `xs[0]`
    Index(Box<Expr>, Box<Expr>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `#{a: 1}`
    Map(Vec<(Arc<str>, Expr)>),
    /// `|x| x + 1`
    Closure(Vec<Name>, Box<Expr>),
}

/// A name and its bytes.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name.
    pub text: Arc<str>,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// One case of a `switch`.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it matches; none for `_`.
    pub patterns: Vec<Expr>,
    /// `if …` behind the patterns.
    pub guard: Option<Expr>,
    /// What it gives.
    pub body: Expr,
}

/// A statement before a block's value.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `let x = …;`
    Let(Name, Expr),
    /// `x = …;`, `x += …;`
    Assign(Expr, &'static str, Expr),
    /// `return …;`
    Return(Expr),
    /// An expression whose value is dropped.
    Plain(Expr),
}

/// An arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arith {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Arith {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Arith::Add => "+",
            Arith::Sub => "-",
            Arith::Mul => "*",
            Arith::Div => "/",
            Arith::Rem => "%",
        }
    }
}

impl Compare {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Compare::Equal => "==",
            Compare::NotEqual => "!=",
            Compare::Less => "<",
            Compare::LessEqual => "<=",
            Compare::Greater => ">",
            Compare::GreaterEqual => ">=",
        }
    }

    /// Whether it asks for an order and not just for equality.
    pub fn orders(self) -> bool {
        !matches!(self, Compare::Equal | Compare::NotEqual)
    }
}

impl Expr {
    /// The expressions directly inside.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            Kind::Boolean(_) | Kind::Number(_) | Kind::Percent(_) | Kind::Text(_) | Kind::Path(_) => {
                Vec::new()
            }
            Kind::Template(all) | Kind::All(all) | Kind::Any(all) | Kind::Array(all) => all.iter().collect(),
            Kind::Call(_, args) => args.iter().collect(),
            Kind::Negate(of) | Kind::Not(of) | Kind::Field(of, _) | Kind::Closure(_, of) => vec![of],
            Kind::Arith(_, a, b) | Kind::Compare(_, a, b) | Kind::Coalesce(a, b) => vec![a, b],
            Kind::In(a, b, _) | Kind::Range(a, b, _) | Kind::Index(a, b) => vec![a, b],
            Kind::Method(of, _, args) => std::iter::once(&**of).chain(args).collect(),
            Kind::If(a, b, c) => [Some(a), Some(b), c.as_ref()].into_iter().flatten().map(|e| &**e).collect(),
            Kind::Switch(of, cases) => {
                let mut all = vec![&**of];
                for case in cases {
                    all.extend(case.patterns.iter().chain(&case.guard));
                    all.push(&case.body);
                }
                all
            }
            Kind::Block(statements, value) => {
                let mut all = Vec::new();
                for statement in statements {
                    match statement {
                        Statement::Let(_, e) | Statement::Return(e) | Statement::Plain(e) => all.push(e),
                        Statement::Assign(target, _, e) => all.extend([target, e]),
                    }
                }
                all.extend(value.as_deref());
                all
            }
            Kind::Map(entries) => entries.iter().map(|(_, e)| e).collect(),
        }
    }
}
