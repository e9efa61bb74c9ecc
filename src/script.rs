//! Expressions and functions: rhai text, typed and checked at load, run natively where pure and in a sandbox otherwise.
//! rhai is hidden inside; nothing above this module names it.
//!
//! A script is read into a tree (`parse`), given meaning and types (`check`), and run by a small interpreter (`eval`).
//! What that cannot run (closures, texts put together, maps) is written out again as rhai (`emit`) and run in the
//! hardened engine (`sandbox`). Operators and built-ins are one code for both (`ops`, `builtins`).

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::lang::Message;
use crate::source::Span;
use crate::value::{Type, Value};

mod ast;
pub mod builtins;
mod check;
mod emit;
mod eval;
mod lex;
mod library;
mod node;
mod ops;
mod parse;
mod sandbox;
mod scan;
mod text;

#[cfg(test)]
mod tests;

pub use library::{FunctionDef, Library};
pub use sandbox::{Limits, Sandbox};
pub use text::{Place, ScriptText};

use check::Checker;
use node::{Body, Op};

/// What names mean, given by the compiler.
pub trait Scope {
    /// The type of a whole path (`event.score`, `$kpi_weights.sales`, `band`), or names that may have been meant.
    fn resolve(&self, path: &str) -> Result<Type, Vec<String>>;

    /// Every name, for suggestions.
    fn names(&self) -> Vec<String>;
}

/// What a script reads: a path of its scope and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The path as written.
    pub path: Arc<str>,
    /// Its type.
    pub ty: Type,
}

/// Gives a running script its inputs and runs the host's functions.
pub trait Host {
    /// The value of an input, by its index in [`Compiled::inputs`]; [`Value::Absent`] where nothing is known.
    fn input(&mut self, idx: usize) -> Result<Value, ScriptError>;

    /// A known input that lies ready; `None`: ask [`Host::input`]. Looking counts as reading.
    fn look(&self, _idx: usize) -> Option<&Value> {
        None
    }

    /// Calls a function of the host. It must answer the same for the same arguments: a run may ask it again.
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, ScriptError>;
}

/// Why a script gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptError {
    /// A missing value decided nothing: the caller makes a refusal of it.
    Absent {
        /// The path that is not known.
        path: Arc<str>,
    },
    /// A limit was reached.
    Limit {
        /// Which.
        what: Message,
        /// Line in the file, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
        /// The place.
        span: Span,
    },
    /// An operation has no result: division by zero, overflow, a value of the wrong kind.
    Failed {
        /// What happened.
        message: Message,
        /// Line in the file, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
        /// The place.
        span: Span,
    },
    /// The host failed.
    Host(Message),
}

/// One expression, typed and ready to run; immutable.
#[derive(Debug)]
pub struct Compiled {
    sandbox: Arc<Sandbox>,
    body: Body,
    ty: Type,
    constant: Option<Value>,
    program: Option<emit::Program>,
}

/// Types a script. `expect` is the type that its place asks for.
///
/// # Errors
/// Every mistake found; only the first where the text cannot be read.
pub fn compile(
    sandbox: &Arc<Sandbox>,
    library: &Library,
    text: &ScriptText<'_>,
    scope: &dyn Scope,
    expect: Option<&Type>,
) -> Result<Compiled, Vec<Diagnostic>> {
    let tree = parse::parse(text, sandbox.limits()).map_err(|finding| vec![*finding])?;
    let (body, ty) = Checker::new(text, scope, library, &[]).finish(&tree, expect, true)?;
    let mut compiled = Compiled { sandbox: sandbox.clone(), body, ty, constant: None, program: None };
    if compiled.body.native {
        if compiled.body.inputs.is_empty() && !calls_host(&compiled.body.root) {
            compiled.constant = compiled.eval(&mut Nobody).ok();
        }
    } else {
        let program = emit::emit(&compiled.sandbox, &compiled.body, text.span);
        compiled.program = Some(program.map_err(|finding| vec![*finding])?);
    }
    Ok(compiled)
}

impl Compiled {
    /// What the expression reads, in order of first use, each once.
    pub fn inputs(&self) -> &[Input] {
        &self.body.inputs
    }

    /// The type of its value.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Whether it runs without rhai.
    #[cfg(test)]
    pub fn is_native(&self) -> bool {
        self.body.native
    }

    /// Its value, where it reads nothing.
    pub fn constant(&self) -> Option<&Value> {
        self.constant.as_ref()
    }

    /// The value. A bare input, or the branch that was taken, may be [`Value::Absent`]; any operation on it is an error.
    ///
    /// # Errors
    /// See [`ScriptError`].
    pub fn eval(&self, host: &mut dyn Host) -> Result<Value, ScriptError> {
        match &self.program {
            Some(program) => program.run(&self.sandbox, host, &self.body, &self.ty),
            None => eval::run(&self.body, &self.ty, &self.sandbox, host),
        }
    }

    /// Whether the condition holds.
    ///
    /// # Errors
    /// As [`Compiled::eval`]; an unknown value too.
    pub fn test(&self, host: &mut dyn Host) -> Result<bool, ScriptError> {
        if self.program.is_none() && matches!(self.body.root.op, Op::Compare(..) | Op::All(_) | Op::Any(_)) {
            return eval::test(&self.body, &self.sandbox, host);
        }
        match self.eval(host)? {
            Value::Boolean(value) => Ok(value),
            Value::Absent => Err(ScriptError::Absent { path: self.unknown_path(host) }),
            other => {
                let message =
                    Message::new("script-wrong-result", [other.to_string(), Type::Boolean.to_string()]);
                Err(ScriptError::failed(message, self.body.place(&self.body.root)))
            }
        }
    }

    /// The same value by way of rhai, for the test that holds both together.
    ///
    /// # Errors
    /// As [`Compiled::eval`].
    #[cfg(test)]
    pub fn eval_in_rhai(&self, host: &mut dyn Host) -> Result<Value, ScriptError> {
        let place = self.body.place(&self.body.root);
        match emit::emit(&self.sandbox, &self.body, place.span) {
            Ok(program) => program.run(&self.sandbox, host, &self.body, &self.ty),
            Err(finding) => Err(ScriptError::failed(finding.message, place)),
        }
    }

    /// Which unknown value became the result: the first branch's end that is not known.
    fn unknown_path(&self, host: &mut dyn Host) -> Arc<str> {
        let mut ends = Vec::new();
        ends_of(&self.body.root, &mut ends);
        let unknown = ends.into_iter().find_map(|end| match &end.op {
            Op::Maybe(idx) => {
                matches!(host.input(*idx as usize), Ok(Value::Absent)).then(|| self.body.path(*idx))
            }
            Op::Host(function, ..) => Some(function.name.clone()),
            _ => None,
        });
        unknown.unwrap_or_default()
    }
}

impl ScriptError {
    /// A failure at a place.
    pub fn failed(message: Message, place: Place) -> ScriptError {
        ScriptError::Failed { message, line: place.line, column: place.column, span: place.span }
    }

    /// A limit reached at a place.
    pub fn limit(what: Message, place: Place) -> ScriptError {
        ScriptError::Limit { what, line: place.line, column: place.column, span: place.span }
    }
}

/// The functions every expression may call: how a call looks, and one sentence in Chinese and English.
pub fn builtin_functions() -> impl Iterator<Item = [&'static str; 3]> {
    builtins::ALL.iter().map(|builtin| [builtin.usage, builtin.zh, builtin.en])
}

/// The names most like a word, best first; none that differ too much.
fn near<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut scored: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let distance = strsim::damerau_levenshtein(word, name);
            let tail = name.rsplit('.').next().unwrap_or(name);
            let longer = word.chars().count().max(name.chars().count());
            // Words with nothing in common are not near, however short.
            let limit = (longer / 3).max(1).min(longer.saturating_sub(1));
            let known_by_tail = name != word && tail == word;
            (known_by_tail || distance <= limit).then_some((if known_by_tail { 0 } else { distance }, name))
        })
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// The nodes that a script's value may come from unchanged.
fn ends_of<'n>(node: &'n node::Node, ends: &mut Vec<&'n node::Node>) {
    match &node.op {
        Op::Block(_, value) | Op::OrElse(_, value) => ends_of(value, ends),
        Op::If(_, a, b) => {
            ends_of(a, ends);
            ends_of(b, ends);
        }
        Op::Switch(_, arms) => arms.iter().for_each(|arm| ends_of(&arm.body, ends)),
        _ => ends.push(node),
    }
}

/// Whether running it needs a host.
fn calls_host(node: &node::Node) -> bool {
    let any = |nodes: &[node::Node]| nodes.iter().any(calls_host);
    match &node.op {
        Op::Host(..) | Op::Foreign(_) | Op::Input(_) | Op::Maybe(_) => true,
        Op::Const(_) | Op::Local(_) => false,
        Op::Block(lets, value) => lets.iter().any(|(_, node)| calls_host(node)) || calls_host(value),
        Op::Arith(_, a, b) | Op::Compare(_, a, b) | Op::OrElse(a, b) | Op::InList(a, b, _) => {
            calls_host(a) || calls_host(b)
        }
        Op::Negate(a) | Op::Not(a) => calls_host(a),
        Op::All(all) | Op::Any(all) | Op::Builtin(_, all) => any(all),
        Op::OneOf(a, all, _) => calls_host(a) || any(all),
        Op::If(a, b, c) => calls_host(a) || calls_host(b) || calls_host(c),
        Op::Switch(of, arms) => {
            calls_host(of)
                || arms.iter().any(|arm| calls_host(&arm.body) || arm.guard.as_ref().is_some_and(calls_host))
        }
        Op::Call(function, args, _) => {
            any(args) || function.body.as_ref().is_none_or(|body| calls_host(&body.root))
        }
    }
}

/// The host of an expression that reads nothing.
struct Nobody;

impl Host for Nobody {
    fn input(&mut self, _: usize) -> Result<Value, ScriptError> {
        Ok(Value::Absent)
    }

    fn call(&mut self, _: &str, _: &[Value]) -> Result<Value, ScriptError> {
        Ok(Value::Absent)
    }
}
