//! Writes a typed script out as rhai, one line for each operation, so that rhai's line tells the place in the file.
//!
//! No text of the author reaches rhai: names become slots, words become texts, inputs become calls of our own.

use std::fmt::Write;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::node::{Arm, Body, Foreign, Function, Node, Op, Pattern, Step};
use super::sandbox::{Answer, Sandbox, Stop};
use super::text::Place;
use super::{Host, ScriptError, builtins, eval, ops};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::source::Span;
use crate::value::{Type, Value};

/// A script ready to run in rhai.
#[derive(Debug)]
pub struct Program {
    ast: rhai::AST,
    places: Vec<Place>,
    hosts: Vec<Arc<Function>>,
}

/// The rhai program of a body, with every function it needs.
pub fn emit(sandbox: &Sandbox, body: &Body, span: Span) -> Result<Program, Box<Diagnostic>> {
    let mut writer = Writer::new(body);
    writer.function("main", 0, body);
    // A function called for the first time joins the end of the list.
    let mut next = 0;
    while let Some(function) = writer.functions.get(next).cloned() {
        if let Some(body) = &function.body {
            writer.function(&format!("f_{next}"), function.params.len(), body);
        }
        next += 1;
    }
    let Writer { out, places, hosts, .. } = writer;
    match sandbox.engine().compile(&out) {
        Ok(ast) => Ok(Program { ast, places, hosts }),
        Err(error) => Err(Box::new(refusal(&error, span))),
    }
}

/// rhai refuses our text only where it is too much; anything else is told as it is.
fn refusal(error: &rhai::ParseError, span: Span) -> Diagnostic {
    use rhai::ParseErrorType as Kind;
    match error.err_type() {
        Kind::ExprTooDeep | Kind::TooManyFunctions | Kind::LiteralTooLarge(..) => {
            Diagnostic::error(Code::ScriptTooLarge, span, Message::plain("script-too-much"))
        }
        other => Diagnostic::error(Code::ScriptSyntax, span, Message::new("script-rhai", [other])),
    }
}

impl Program {
    /// Runs the program. A function of the host is asked between two runs, since rhai cannot hold the host:
    /// the next run finds the answer.
    pub fn run(
        &self,
        sandbox: &Sandbox,
        host: &mut dyn Host,
        body: &Body,
        ty: &Type,
    ) -> Result<Value, ScriptError> {
        let inputs: Vec<_> = (0..body.inputs.len()).map(|idx| host.input(idx)).collect();
        let paths: Vec<Arc<str>> = body.inputs.iter().map(|input| input.path.clone()).collect();
        let mut answers: Vec<Answer> = Vec::new();
        while answers.len() <= sandbox.limits().host_calls {
            let (result, stop) = sandbox.run(&self.ast, inputs.clone(), paths.clone(), answers.clone());
            let (idx, args, lenient, line) = match (result, stop) {
                (Ok(value), None) => return eval::finish(value, ty, body),
                (_, Some(Stop::Error(error))) => return Err(error),
                (_, Some(Stop::Ask { idx, args, lenient, line })) => (idx, args, lenient, line),
                (Err((fault, line)), None) => {
                    let place = self.place(line, body);
                    return Err(match fault {
                        Ok(message) => ScriptError::failed(message, place),
                        Err(limit) => ScriptError::limit(limit, place),
                    });
                }
            };
            let Some(function) = self.hosts.get(idx) else { break };
            let value = eval::call_host(host, function, args.clone(), lenient)
                .map_err(|fault| fault.at(self.place(line, body)))?;
            answers.push(Answer { idx, args, value });
        }
        let what = Message::new("script-limit-host", [sandbox.limits().host_calls]);
        Err(ScriptError::limit(what, body.place(&body.root)))
    }

    fn place(&self, line: usize, body: &Body) -> Place {
        let place = line.checked_sub(2).and_then(|idx| self.places.get(idx)).copied();
        place.unwrap_or_else(|| body.place(&body.root))
    }
}

/// How many conditions stand in one bracket.
const CHAIN: usize = 8;

struct Writer<'a> {
    out: String,
    /// The place of each line from the second.
    places: Vec<Place>,
    main: &'a Body,
    functions: Vec<Arc<Function>>,
    hosts: Vec<Arc<Function>>,
}

impl<'a> Writer<'a> {
    fn new(main: &'a Body) -> Writer<'a> {
        Writer { out: String::new(), places: Vec::new(), main, functions: Vec::new(), hosts: Vec::new() }
    }

    fn function(&mut self, name: &str, params: usize, body: &Body) {
        let params: Vec<String> = (0..params).map(|slot| format!("l_{slot}")).collect();
        self.put(&format!("fn {name}({}) {{ ", params.join(", ")));
        self.node(&body.root, body);
        self.line(&body.root, body);
        self.put("}\n");
        self.places.push(body.place(&body.root));
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn line(&mut self, node: &Node, body: &Body) {
        self.out.push('\n');
        self.places.push(body.place(node));
    }

    fn node(&mut self, node: &Node, body: &Body) {
        match &node.op {
            Op::Const(value) => self.constant(value),
            Op::Input(idx) => self.input("rb_in", *idx, body),
            Op::Maybe(idx) => self.input("rb_get", *idx, body),
            Op::Local(slot) => self.put(&format!("l_{slot}")),
            Op::Block(lets, value) => {
                self.put("({ ");
                for (slot, node) in lets {
                    self.put(&format!("let l_{slot} = "));
                    self.node(node, body);
                    self.put("; ");
                }
                self.node(value, body);
                self.put(" })");
            }
            Op::Arith(op, a, b) => self.infix(node, (a, op.sign(), b), body),
            Op::Compare(op, a, b) => self.infix(node, (a, op.sign(), b), body),
            Op::OrElse(a, b) => self.infix(node, (a, "??", b), body),
            Op::Negate(a) => self.wrapped(node, "(-", a, body),
            Op::Not(a) => self.wrapped(node, "(!", a, body),
            Op::All(all) => self.chain(all, " && ", body),
            Op::Any(all) => self.chain(all, " || ", body),
            Op::If(cond, then, other) => {
                self.put("(if ");
                self.node(cond, body);
                self.put(" { ");
                self.node(then, body);
                self.put(" } else { ");
                self.node(other, body);
                self.put(" })");
            }
            Op::Switch(of, arms) => self.switch(node, of, arms, body),
            Op::Foreign(foreign) => self.foreign(node, foreign, body),
            Op::OneOf(..) | Op::InList(..) | Op::Builtin(..) | Op::Call(..) | Op::Host(..) => {
                self.call_of(node, body);
            }
        }
    }

    /// What is a call in rhai: membership, built-ins, named functions, the host.
    fn call_of(&mut self, node: &Node, body: &Body) {
        match &node.op {
            Op::OneOf(a, all, negated) => {
                self.call(node, if *negated { "!rb_one_of(" } else { "rb_one_of(" }, body);
                self.node(a, body);
                self.put(", [");
                self.list(all, body);
                self.put("]))");
            }
            Op::InList(a, list, negated) => {
                self.call(node, if *negated { "!rb_one_of(" } else { "rb_one_of(" }, body);
                self.list([&**a, &**list], body);
                self.put("))");
            }
            Op::Builtin(id, args) => {
                let name = builtins::get(*id).map_or("", |builtin| builtin.name);
                self.call(node, &format!("rb_{name}("), body);
                self.list(args, body);
                self.put("))");
            }
            Op::Call(function, args, _) => {
                let idx = position(&mut self.functions, function);
                self.call(node, &format!("f_{idx}("), body);
                self.list(args, body);
                self.put("))");
            }
            Op::Host(function, args, lenient) => {
                let idx = position(&mut self.hosts, function);
                let name = if *lenient { "rb_host_get" } else { "rb_host" };
                self.call(node, &format!("{name}({idx}, ["), body);
                self.list(args, body);
                self.put("]))");
            }
            _ => {}
        }
    }

    fn constant(&mut self, value: &Value) {
        match value {
            Value::Boolean(value) => self.put(if *value { "true" } else { "false" }),
            Value::Number(x, _) => self.number(*x),
            Value::Date(date) => self.put(&format!("rb_date(\"{date}\")")),
            other => {
                let quoted = quote(other.as_str().unwrap_or(""));
                self.put(&quoted);
            }
        }
    }

    fn number(&mut self, x: Decimal) {
        let whole = x.fract().is_zero().then(|| i64::try_from(x).ok()).flatten();
        // The smallest i64 cannot be written as minus a number that fits.
        match whole.filter(|whole| *whole > i64::MIN) {
            Some(whole) if whole < 0 => self.put(&format!("({whole})")),
            Some(whole) => self.put(&whole.to_string()),
            None => self.put(&format!("rb_decimal(\"{x}\")")),
        }
    }

    fn input(&mut self, name: &str, idx: u32, body: &Body) {
        let path = body.path(idx);
        let idx = self.main.inputs.iter().position(|input| input.path == path).unwrap_or(usize::MAX >> 1);
        self.put(&format!("{name}({idx})"));
    }

    fn call(&mut self, node: &Node, head: &str, body: &Body) {
        self.put("(");
        self.line(node, body);
        self.put(head);
    }

    fn infix(&mut self, node: &Node, (a, sign, b): (&Node, &str, &Node), body: &Body) {
        self.put("(");
        self.node(a, body);
        self.line(node, body);
        self.put(sign);
        self.put(" ");
        self.node(b, body);
        self.put(")");
    }

    fn wrapped(&mut self, node: &Node, head: &str, a: &Node, body: &Body) {
        self.line(node, body);
        self.put(head);
        self.node(a, body);
        self.put(")");
    }

    /// Long chains become a tree, since each link would be a level for rhai.
    fn chain(&mut self, all: &[Node], sign: &str, body: &Body) {
        self.put("(");
        if all.len() > CHAIN {
            let (first, second) = all.split_at(all.len() / 2);
            self.chain(first, sign, body);
            self.put(sign);
            self.chain(second, sign, body);
            self.put(")");
            return;
        }
        for (idx, node) in all.iter().enumerate() {
            if idx > 0 {
                self.put(sign);
            }
            self.node(node, body);
        }
        self.put(")");
    }

    fn list<'n>(&mut self, all: impl IntoIterator<Item = &'n Node>, body: &Body) {
        for (idx, node) in all.into_iter().enumerate() {
            if idx > 0 {
                self.put(", ");
            }
            self.node(node, body);
        }
    }

    fn switch(&mut self, node: &Node, of: &Node, arms: &[Arm], body: &Body) {
        self.put("(switch ");
        self.node(of, body);
        self.put(" { ");
        for arm in arms {
            self.patterns(&arm.patterns);
            if let Some(guard) = &arm.guard {
                self.put(" if ");
                self.node(guard, body);
            }
            self.put(" => ");
            self.node(&arm.body, body);
            self.put(", ");
        }
        if !arms.iter().any(|arm| arm.patterns.is_empty()) {
            self.put("_ => ");
            self.call(node, "rb_no_case()", body);
            self.put(")");
        }
        self.put(" })");
    }

    fn patterns(&mut self, patterns: &[Pattern]) {
        if patterns.is_empty() {
            self.put("_");
        }
        for (idx, pattern) in patterns.iter().enumerate() {
            if idx > 0 {
                self.put(" | ");
            }
            match pattern {
                Pattern::Is(value) => self.constant(value),
                Pattern::Range(from, to, true) => self.put(&format!("{from}..={to}")),
                Pattern::Range(from, to, false) => self.put(&format!("{from}..{to}")),
            }
        }
    }

    fn foreign(&mut self, node: &Node, foreign: &Foreign, body: &Body) {
        match foreign {
            Foreign::Method(of, name, args) => {
                self.put("(");
                self.node(of, body);
                self.line(node, body);
                self.put(&format!(".{name}("));
                self.list(args, body);
                self.put("))");
            }
            Foreign::Field(of, name) => {
                self.node(of, body);
                self.line(node, body);
                self.put(&format!(".{name}"));
            }
            Foreign::Index(of, idx) => {
                self.node(of, body);
                self.line(node, body);
                self.put("[");
                self.node(idx, body);
                self.put("]");
            }
            Foreign::Range(a, b, inclusive) => {
                self.infix(node, (a, if *inclusive { "..=" } else { ".." }, b), body);
            }
            Foreign::Closure(params, inner) => {
                let params: Vec<String> = params.iter().map(|slot| format!("l_{slot}")).collect();
                self.put(&format!("|{}| ", params.join(", ")));
                self.node(inner, body);
            }
            Foreign::Sequence(steps, value) => {
                self.put("({ ");
                for step in steps {
                    self.step(step, body);
                    self.put("; ");
                }
                if let Some(value) = value {
                    self.node(value, body);
                }
                self.put(" })");
            }
            Foreign::When(cond, then) => {
                self.put("if ");
                self.node(cond, body);
                self.put(" { ");
                self.node(then, body);
                self.put("; }");
            }
            made => self.made(node, made, body),
        }
    }

    /// Lists, maps and texts that a script makes.
    fn made(&mut self, node: &Node, made: &Foreign, body: &Body) {
        match made {
            Foreign::Array(all) => {
                self.put("[");
                self.list(all, body);
                self.put("]");
            }
            Foreign::Map(entries) => {
                self.put("#{");
                for (key, value) in entries {
                    let key = quote(key);
                    self.put(&key);
                    self.put(": ");
                    self.node(value, body);
                    self.put(", ");
                }
                self.put("}");
            }
            Foreign::Template(all) => {
                self.call(node, "rb_text([", body);
                self.list(all, body);
                self.put("]))");
            }
            Foreign::Concat(a, b) => {
                self.call(node, "rb_text([", body);
                self.list([a, b], body);
                self.put("]))");
            }
            _ => {}
        }
    }

    fn step(&mut self, step: &Step, body: &Body) {
        match step {
            Step::Let(slot, node) => {
                self.put(&format!("let l_{slot} = "));
                self.node(node, body);
            }
            Step::Assign(target, sign, value) => {
                self.node(target, body);
                self.line(value, body);
                self.put(&format!("{sign} "));
                self.node(value, body);
            }
            Step::Return(value) => {
                self.put("return ");
                self.node(value, body);
            }
            Step::Plain(node) => self.node(node, body),
        }
    }
}

/// The index of a function in a list that it joins at the first call.
fn position(all: &mut Vec<Arc<Function>>, function: &Arc<Function>) -> usize {
    all.iter().position(|known| known.name == function.name).unwrap_or_else(|| {
        all.push(function.clone());
        all.len() - 1
    })
}

/// A text as rhai writes it.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A message for a value that no script value stands for.
pub fn no_value(type_name: &str) -> Message {
    Message::new("script-no-such-value", [ops::show(&Value::text(type_name))])
}
