//! Runs a typed script without rhai.

use std::sync::Arc;

use super::ast::Compare;
use super::node::{Arm, Body, Function, Node, Op, Pattern};
use super::ops;
use super::sandbox::Sandbox;
use super::{Host, ScriptError, builtins};
use crate::lang::Message;
use crate::value::{Type, Value};

/// A boxed error keeps the usual result small.
type Run<T> = Result<T, Box<ScriptError>>;

/// Whether a condition holds; the short way, without a value in between.
pub fn test(body: &Body, sandbox: &Sandbox, host: &mut dyn Host) -> Result<bool, ScriptError> {
    let mut budget = sandbox.limits().operations;
    let mut frame = Frame::new(body, Vec::new(), sandbox, host, &mut budget, 0).map_err(|error| *error)?;
    frame.test(&body.root).map_err(|error| *error)
}

/// The value of a script, as its type asks for it.
pub fn run(body: &Body, ty: &Type, sandbox: &Sandbox, host: &mut dyn Host) -> Result<Value, ScriptError> {
    let mut budget = sandbox.limits().operations;
    let mut frame = Frame::new(body, Vec::new(), sandbox, host, &mut budget, 0).map_err(|error| *error)?;
    let value = frame.eval(&body.root).map_err(|error| *error)?;
    finish(value, ty, body)
}

/// Gives a result its unit, or says that it is of another type than promised.
pub fn finish(value: Value, ty: &Type, body: &Body) -> Result<Value, ScriptError> {
    if let (Value::Boolean(_), Type::Boolean) = (&value, ty) {
        return Ok(value);
    }
    let shown = ops::show(&value);
    ops::conform(value, ty).ok_or_else(|| {
        let message = Message::new("script-wrong-result", [shown, ty.to_string()]);
        ScriptError::failed(message, body.place(&body.root))
    })
}

struct Frame<'a> {
    body: &'a Body,
    locals: Vec<Value>,
    sandbox: &'a Sandbox,
    host: &'a mut dyn Host,
    budget: &'a mut u64,
    depth: usize,
}

impl<'a> Frame<'a> {
    /// A frame for a body whose parameters are the first locals; counts it against the limits.
    fn new(
        body: &'a Body,
        mut locals: Vec<Value>,
        sandbox: &'a Sandbox,
        host: &'a mut dyn Host,
        budget: &'a mut u64,
        depth: usize,
    ) -> Run<Frame<'a>> {
        let limits = sandbox.limits();
        let place = || body.place(&body.root);
        *budget = budget.checked_sub(body.size).ok_or_else(|| {
            let what = Message::new("script-limit-operations", [limits.operations]);
            Box::new(ScriptError::limit(what, place()))
        })?;
        if depth > limits.call_levels {
            let what = Message::new("script-limit-calls", [limits.call_levels]);
            return Err(Box::new(ScriptError::limit(what, place())));
        }
        locals.resize(body.slots as usize, Value::Absent);
        Ok(Frame { body, locals, sandbox, host, budget, depth })
    }

    fn eval(&mut self, node: &Node) -> Run<Value> {
        match &node.op {
            Op::Const(value) => Ok(value.clone()),
            Op::Input(idx) => match self.host.input(*idx as usize).map_err(Box::new)? {
                Value::Absent => Err(Box::new(ScriptError::Absent { path: self.body.path(*idx) })),
                value => Ok(value),
            },
            Op::Maybe(idx) => self.host.input(*idx as usize).map_err(Box::new),
            Op::Local(slot) => self.local(node, *slot),
            Op::Block(lets, value) => {
                for (slot, node) in lets {
                    let value = self.eval(node)?;
                    if let Some(local) = self.locals.get_mut(*slot as usize) {
                        *local = value;
                    }
                }
                self.eval(value)
            }
            Op::Arith(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                ops::arith(*op, &a, &b).map_err(|message| self.failed(node, message))
            }
            Op::Compare(..) | Op::Not(_) | Op::All(_) | Op::Any(_) | Op::OneOf(..) | Op::InList(..) => {
                self.test(node).map(Value::Boolean)
            }
            Op::Negate(a) => {
                let a = self.eval(a)?;
                ops::negate(&a).map_err(|message| self.failed(node, message))
            }
            Op::OrElse(a, b) => match self.eval(a)? {
                Value::Absent => self.eval(b),
                value => Ok(value),
            },
            Op::If(cond, then, other) => {
                if self.test(cond)? {
                    self.eval(then)
                } else {
                    self.eval(other)
                }
            }
            Op::Switch(of, arms) => self.switch(node, of, arms),
            Op::Builtin(id, args) => {
                let args = self.all(args)?;
                builtins::call(*id, &args, self.sandbox.zone()).map_err(|message| self.failed(node, message))
            }
            Op::Call(function, args, inputs) => self.call(function, args, inputs),
            Op::Host(function, args, lenient) => {
                let args = self.all(args)?;
                let answer = call_host(self.host, function, args, *lenient);
                answer.map_err(|error| Box::new(error.at(self.body.place(node))))
            }
            // INVARIANT: a body with such a node is not native and runs in rhai.
            Op::Foreign(_) => Err(self.failed(node, Message::plain("script-not-native"))),
        }
    }

    fn local(&self, node: &Node, slot: u32) -> Run<Value> {
        match self.locals.get(slot as usize) {
            Some(value) => Ok(value.clone()),
            None => Err(self.failed(node, Message::plain("script-not-native"))),
        }
    }

    fn test(&mut self, node: &Node) -> Run<bool> {
        match &node.op {
            Op::Compare(op, a, b) => self.compare(node, *op, a, b),
            Op::Not(a) => Ok(!self.test(a)?),
            Op::All(all) => {
                for node in all {
                    if !self.test(node)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Op::Any(all) => {
                for node in all {
                    if self.test(node)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Op::OneOf(a, all, negated) => {
                let a = self.eval(a)?;
                let all = self.all(all)?;
                self.one_of(node, &a, &all, *negated)
            }
            Op::InList(a, list, negated) => match (self.eval(a)?, self.eval(list)?) {
                (a, Value::List(all)) => self.one_of(node, &a, &all, *negated),
                (a, text) => {
                    let held = builtins::call(builtins::Id::Contains, &[text, a], self.sandbox.zone());
                    let held = held.map_err(|message| self.failed(node, message))?;
                    Ok(held.as_bool() == Some(!*negated))
                }
            },
            _ => match self.eval(node)? {
                Value::Boolean(value) => Ok(value),
                other => {
                    let args = [ops::show(&other), Type::Boolean.to_string()];
                    Err(self.failed(node, Message::new("script-wrong-result", args)))
                }
            },
        }
    }

    /// What lies ready, as in most guards, is not copied.
    fn compare(&mut self, node: &Node, op: Compare, a: &Node, b: &Node) -> Run<bool> {
        let first = match self.look(a) {
            Some(first) => match self.look(b) {
                Some(second) => {
                    return ops::compare(op, first, second).map_err(|message| self.failed(node, message));
                }
                None => first.clone(),
            },
            None => self.eval(a)?,
        };
        let holds = match self.look(b) {
            Some(second) => ops::compare(op, &first, second),
            None => ops::compare(op, &first, &self.eval(b)?),
        };
        holds.map_err(|message| self.failed(node, message))
    }

    /// A value that need not be worked out.
    fn look<'v>(&'v self, node: &'v Node) -> Option<&'v Value> {
        match &node.op {
            Op::Const(value) => Some(value),
            Op::Input(idx) => self.host.look(*idx as usize),
            _ => None,
        }
    }

    fn all(&mut self, all: &[Node]) -> Run<Vec<Value>> {
        all.iter().map(|node| self.eval(node)).collect()
    }

    fn one_of(&self, node: &Node, a: &Value, all: &[Value], negated: bool) -> Run<bool> {
        let found = ops::one_of(a, all).map_err(|message| self.failed(node, message))?;
        Ok(found != negated)
    }

    fn switch(&mut self, node: &Node, of: &Node, arms: &[Arm]) -> Run<Value> {
        let of = self.eval(of)?;
        for arm in arms {
            let hit = arm.patterns.is_empty() || arm.patterns.iter().any(|pattern| matches(pattern, &of));
            let open = match &arm.guard {
                Some(guard) if hit => self.test(guard)?,
                _ => hit,
            };
            if open {
                return self.eval(&arm.body);
            }
        }
        Err(self.failed(node, Message::new("script-no-case", [ops::show(&of)])))
    }

    fn call(&mut self, function: &Arc<Function>, args: &[Node], inputs: &[u32]) -> Run<Value> {
        let args = self.all(args)?;
        let Some(body) = &function.body else { return Ok(Value::Absent) };
        let mut host = Renumbered { host: &mut *self.host, inputs };
        let depth = self.depth + 1;
        Frame::new(body, args, self.sandbox, &mut host, self.budget, depth)?.eval(&body.root)
    }

    fn failed(&self, node: &Node, message: Message) -> Box<ScriptError> {
        Box::new(ScriptError::failed(message, self.body.place(node)))
    }
}

/// Whether a case of a `switch` matches.
fn matches(pattern: &Pattern, value: &Value) -> bool {
    match pattern {
        Pattern::Is(expected) => ops::compare(Compare::Equal, expected, value) == Ok(true),
        Pattern::Range(from, to, inclusive) => value.as_decimal().is_some_and(|x| {
            let (from, to) = ((*from).into(), (*to).into());
            x >= from && if *inclusive { x <= to } else { x < to }
        }),
    }
}

/// Why a call of the host gave nothing, not yet at a place.
pub enum Fault {
    /// The error as it is.
    Error(ScriptError),
    /// A message for the place of the call.
    Message(Message),
}

impl Fault {
    /// The error, at the place of the call.
    pub fn at(self, place: super::Place) -> ScriptError {
        match self {
            Fault::Error(error) => error,
            Fault::Message(message) => ScriptError::failed(message, place),
        }
    }
}

/// Calls a function of the host with arguments and answer as declared.
pub fn call_host(
    host: &mut dyn Host,
    function: &Function,
    args: Vec<Value>,
    lenient: bool,
) -> Result<Value, Fault> {
    let typed: Vec<Value> = args
        .into_iter()
        .zip(&function.params)
        .map(|(arg, (_, ty))| ops::conform(arg.clone(), ty).unwrap_or(arg))
        .collect();
    let answer = host.call(&function.name, &typed).map_err(Fault::Error)?;
    if answer.is_absent() && !lenient {
        return Err(Fault::Error(ScriptError::Absent { path: function.name.clone() }));
    }
    let shown = ops::show(&answer);
    ops::conform(answer, &function.returns).ok_or_else(|| {
        let args = [function.name.to_string(), shown, function.returns.to_string()];
        Fault::Message(Message::new("script-host-answer", args))
    })
}

/// A function's inputs are some of its caller's.
struct Renumbered<'a> {
    host: &'a mut dyn Host,
    inputs: &'a [u32],
}

impl Host for Renumbered<'_> {
    fn input(&mut self, idx: usize) -> Result<Value, ScriptError> {
        let outer = self.inputs.get(idx).copied().unwrap_or(u32::MAX);
        self.host.input(outer as usize)
    }

    fn look(&self, idx: usize) -> Option<&Value> {
        self.host.look(self.inputs.get(idx).copied()? as usize)
    }

    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, ScriptError> {
        self.host.call(name, args)
    }
}
