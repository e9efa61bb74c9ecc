//! Gives every name a meaning and every expression a type; collects all mistakes.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::ast::{Expr, Kind, Name};
use super::node::{Body, Foreign, Function, Node, Op};
use super::text::{Place, ScriptText};
use super::{Input, Library, Scope, near};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::value::{ChoiceType, Type, Unit, Value};

mod block;
mod call;
mod operator;

/// A typed expression.
pub struct Typed {
    /// What to run.
    pub node: Node,
    /// Its type; none where only the run can tell.
    pub ty: Option<Type>,
    /// Whether it is made of bare numbers only, so that it takes the other side's unit.
    pub literal: bool,
}

/// A local name.
struct Local {
    name: Arc<str>,
    slot: u32,
    ty: Option<Type>,
    literal: bool,
}

/// Types one script.
pub struct Checker<'a> {
    text: &'a ScriptText<'a>,
    scope: &'a dyn Scope,
    library: &'a Library,
    locals: Vec<Local>,
    slots: u32,
    inputs: Vec<Input>,
    places: Vec<Place>,
    found: Vec<Diagnostic>,
    native: bool,
}

impl<'a> Checker<'a> {
    /// A checker with the parameters of a function as its first locals.
    pub fn new(
        text: &'a ScriptText<'a>,
        scope: &'a dyn Scope,
        library: &'a Library,
        params: &[(Arc<str>, Type)],
    ) -> Checker<'a> {
        let (inputs, places, found) = (Vec::new(), Vec::new(), Vec::new());
        let locals = Vec::new();
        let mut checker =
            Checker { text, scope, library, locals, slots: 0, inputs, places, found, native: true };
        for (name, ty) in params {
            checker.declare(name.clone(), Some(ty.clone()), false);
        }
        checker
    }

    /// The body and its type, or every mistake. Only where `lenient` may an unknown value be the result.
    pub fn finish(
        mut self,
        tree: &Expr,
        want: Option<&Type>,
        lenient: bool,
    ) -> Result<(Body, Type), Vec<Diagnostic>> {
        let typed = self.check(tree, want, lenient);
        let typed = typed.and_then(|typed| match want {
            Some(want) => self.fit(typed, want, tree),
            None => Some(typed),
        });
        let ty = typed.as_ref().and_then(|typed| typed.ty.clone()).or(want.cloned());
        if ty.is_none() && self.found.is_empty() {
            self.report(Code::TypeMismatch, tree, Message::plain("script-type-unknown"));
        }
        match (typed, ty) {
            (Some(typed), Some(ty)) if self.found.is_empty() => {
                let (slots, inputs, places, native) = (self.slots, self.inputs, self.places, self.native);
                let size = places.len() as u64;
                Ok((Body { root: typed.node, slots, inputs, places, native, size }, ty))
            }
            _ => Err(self.found),
        }
    }

    /// Types an expression. `want` is the type that its place asks for; a `lenient` place takes an unknown value.
    fn check(&mut self, expr: &Expr, want: Option<&Type>, lenient: bool) -> Option<Typed> {
        let boolean = Some(Type::Boolean);
        match &expr.kind {
            Kind::Boolean(value) => Some(self.constant(expr, Value::Boolean(*value), Type::Boolean, false)),
            Kind::Number(value) => Some(self.number(expr, *value, Unit::None, true)),
            Kind::Percent(value) => Some(self.number(expr, *value, Unit::Percent, false)),
            Kind::Text(text) => self.quoted(expr, text, want),
            Kind::Path(path) => self.path(expr, path, want, lenient),
            Kind::Template(parts) => {
                let parts = self.all(parts, None)?;
                Some(self.foreign(expr, Foreign::Template(parts), Some(Type::Text)))
            }
            Kind::Negate(of) => self.negate(expr, of),
            Kind::Not(of) => {
                let of = self.boolean(of)?;
                Some(self.typed(expr, Op::Not(Box::new(of)), boolean))
            }
            Kind::Arith(op, a, b) => self.arith(expr, *op, a, b),
            Kind::Compare(op, a, b) => self.compare(expr, *op, a, b),
            Kind::All(all) => {
                let all = self.booleans(all)?;
                Some(self.typed(expr, Op::All(all), boolean))
            }
            Kind::Any(all) => {
                let all = self.booleans(all)?;
                Some(self.typed(expr, Op::Any(all), boolean))
            }
            Kind::Coalesce(a, b) => self.or_else(expr, a, b, want, lenient),
            Kind::In(a, b, negated) => self.is_in(expr, a, b, *negated),
            Kind::If(cond, then, other) => self.branch(expr, cond, then, other.as_deref(), want, lenient),
            Kind::Switch(of, cases) => self.switch(expr, of, cases, want, lenient),
            Kind::Block(statements, value) => self.block(expr, statements, value.as_deref(), want, lenient),
            Kind::Call(name, args) => self.call(expr, name, args, want, lenient),
            Kind::Method(of, name, args) => self.method(expr, of, name, args),
            Kind::Field(..)
            | Kind::Index(..)
            | Kind::Array(_)
            | Kind::Map(_)
            | Kind::Closure(..)
            | Kind::Range(..) => self.dynamic(expr),
        }
    }

    /// What has no type of its own here and runs in rhai.
    fn dynamic(&mut self, expr: &Expr) -> Option<Typed> {
        let foreign = match &expr.kind {
            Kind::Field(of, name) => Foreign::Field(self.check(of, None, false)?.node, name.text.clone()),
            Kind::Index(of, idx) => {
                let of = self.check(of, None, false)?;
                let element = match &of.ty {
                    Some(Type::List(element)) => Some((**element).clone()),
                    _ => None,
                };
                let idx = self.check(idx, None, false)?.node;
                return Some(self.foreign(expr, Foreign::Index(of.node, idx), element));
            }
            Kind::Array(all) => Foreign::Array(self.all(all, None)?),
            Kind::Map(entries) => {
                let mut all = Vec::new();
                for (key, value) in entries {
                    all.push((key.clone(), self.check(value, None, false)?.node));
                }
                Foreign::Map(all)
            }
            Kind::Range(a, b, inclusive) => {
                let (a, b) = (self.check(a, None, false)?.node, self.check(b, None, false)?.node);
                Foreign::Range(a, b, *inclusive)
            }
            Kind::Closure(params, body) => return self.closure(expr, params, body, None),
            _ => return None,
        };
        Some(self.foreign(expr, foreign, None))
    }

    fn closure(
        &mut self,
        expr: &Expr,
        params: &[Name],
        body: &Expr,
        element: Option<&Type>,
    ) -> Option<Typed> {
        let outer = self.locals.len();
        let slots =
            params.iter().map(|name| self.declare(name.text.clone(), element.cloned(), false)).collect();
        let body = self.check(body, None, false);
        self.locals.truncate(outer);
        Some(self.foreign(expr, Foreign::Closure(slots, body?.node), None))
    }

    /// A name: a local, an option of the wanted choice, or something of the scope; in this order.
    fn path(&mut self, expr: &Expr, path: &Arc<str>, want: Option<&Type>, lenient: bool) -> Option<Typed> {
        let head = path.split('.').next().unwrap_or(path);
        if let Some(local) = self.locals.iter().rev().find(|local| &*local.name == head) {
            let (slot, ty, literal) = (local.slot, local.ty.clone(), local.literal);
            let mut node = self.node(expr, Op::Local(slot));
            if head.len() == path.len() {
                self.native &= ty.is_some();
                return Some(Typed { node, ty, literal });
            }
            if let Some(ty) = ty {
                let message = Message::new("script-no-members", [head.to_owned(), ty.to_string()]);
                self.report(Code::UnknownName, expr, message);
                return None;
            }
            for member in path.split('.').skip(1) {
                let field = Foreign::Field(node, Arc::from(member));
                node = self.node(expr, Op::Foreign(Box::new(field)));
            }
            self.native = false;
            return Some(Typed { node, ty: None, literal: false });
        }
        let bare = !path.contains(['.', '$']);
        let choice = match want {
            Some(Type::Choice(choice)) if bare => Some(choice),
            _ => None,
        };
        if let Some(choice) = choice.filter(|choice| choice.options.contains(path)) {
            let ty = Type::Choice(choice.clone());
            return Some(self.constant(expr, Value::Choice(path.clone()), ty, false));
        }
        match self.scope.resolve(path) {
            Ok(ty) => {
                let idx = self.input(path, &ty);
                let op = if lenient { Op::Maybe(idx) } else { Op::Input(idx) };
                Some(self.typed(expr, op, Some(ty)))
            }
            Err(candidates) => {
                match choice {
                    Some(choice) => self.bad_word(expr, path, choice),
                    None => self.unknown(expr, path, candidates),
                }
                None
            }
        }
    }

    fn quoted(&mut self, expr: &Expr, text: &Arc<str>, want: Option<&Type>) -> Option<Typed> {
        let (value, ty) = match want {
            Some(Type::Choice(choice)) => {
                if !choice.options.contains(text) {
                    self.bad_word(expr, text, choice);
                    return None;
                }
                (Value::Choice(text.clone()), Type::Choice(choice.clone()))
            }
            Some(Type::Person) => (Value::Person(text.clone()), Type::Person),
            Some(Type::Date) => {
                match NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10) {
                    Some(date) => (Value::Date(date), Type::Date),
                    None => {
                        self.report(Code::BadDate, expr, Message::new("script-bad-date", [text]));
                        return None;
                    }
                }
            }
            Some(Type::Subject(kind)) => (Value::Subject(text.clone()), Type::Subject(kind.clone())),
            _ => (Value::Text(text.clone()), Type::Text),
        };
        Some(self.constant(expr, value, ty, false))
    }

    fn branch(
        &mut self,
        expr: &Expr,
        cond: &Expr,
        then: &Expr,
        other: Option<&Expr>,
        want: Option<&Type>,
        lenient: bool,
    ) -> Option<Typed> {
        let cond_node = self.boolean(cond);
        let Some(other) = other else {
            self.report(Code::ScriptSyntax, expr, Message::plain("script-if-without-else"));
            return None;
        };
        let (then_typed, other_typed) = self.pair(then, other, want, lenient);
        let (then_typed, other_typed) = (then_typed?, other_typed?);
        let (ty, literal) = self.unify(expr, &then_typed, &other_typed)?;
        let (then, other) = (Box::new(then_typed.node), Box::new(other_typed.node));
        let node = self.node(expr, Op::If(Box::new(cond_node?), then, other));
        Some(Typed { node, ty, literal })
    }

    fn declare(&mut self, name: Arc<str>, ty: Option<Type>, literal: bool) -> u32 {
        let slot = self.slots;
        self.slots += 1;
        self.locals.push(Local { name, slot, ty, literal });
        slot
    }

    fn input(&mut self, path: &Arc<str>, ty: &Type) -> u32 {
        let idx = self.inputs.iter().position(|input| input.path == *path).unwrap_or_else(|| {
            self.inputs.push(Input { path: path.clone(), ty: ty.clone() });
            self.inputs.len() - 1
        });
        idx as u32
    }

    fn all(&mut self, all: &[Expr], want: Option<&Type>) -> Option<Vec<Node>> {
        let nodes: Vec<_> = all.iter().map(|expr| self.check(expr, want, false)).collect();
        nodes.into_iter().map(|typed| typed.map(|typed| typed.node)).collect()
    }

    fn boolean(&mut self, expr: &Expr) -> Option<Node> {
        let typed = self.check(expr, Some(&Type::Boolean), false)?;
        self.fit(typed, &Type::Boolean, expr).map(|typed| typed.node)
    }

    fn booleans(&mut self, all: &[Expr]) -> Option<Vec<Node>> {
        let nodes: Vec<_> = all.iter().map(|expr| self.boolean(expr)).collect();
        nodes.into_iter().collect()
    }

    fn node(&mut self, expr: &Expr, op: Op) -> Node {
        self.places.push(self.text.place(expr.start, expr.end));
        Node { op, at: (self.places.len() - 1) as u32 }
    }

    fn typed(&mut self, expr: &Expr, op: Op, ty: Option<Type>) -> Typed {
        Typed { node: self.node(expr, op), ty, literal: false }
    }

    fn constant(&mut self, expr: &Expr, value: Value, ty: Type, literal: bool) -> Typed {
        Typed { node: self.node(expr, Op::Const(value)), ty: Some(ty), literal }
    }

    fn number(&mut self, expr: &Expr, value: Decimal, unit: Unit, literal: bool) -> Typed {
        let whole = value.fract().is_zero() && unit != Unit::Percent;
        let ty = if whole { Type::Integer(unit) } else { Type::Decimal(unit) };
        self.constant(expr, Value::Number(value, unit), ty, literal)
    }

    fn foreign(&mut self, expr: &Expr, foreign: Foreign, ty: Option<Type>) -> Typed {
        self.native = false;
        self.typed(expr, Op::Foreign(Box::new(foreign)), ty)
    }

    fn source(&self, expr: &Expr) -> String {
        let text = self.text.text.get(expr.start as usize..expr.end as usize).unwrap_or("");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn report(&mut self, code: Code, expr: &Expr, message: Message) {
        let span = self.text.span_of(expr.start, expr.end);
        self.found.push(Diagnostic::error(code, span, message));
    }

    fn unknown(&mut self, expr: &Expr, path: &str, mut candidates: Vec<String>) {
        match path {
            "yes" | "是" => candidates = vec!["true".to_owned()],
            "no" | "否" => candidates = vec!["false".to_owned()],
            _ => {}
        }
        if candidates.is_empty() {
            let mut names = self.scope.names();
            names.extend(self.locals.iter().map(|local| local.name.to_string()));
            candidates = near(path, names.iter().map(String::as_str));
        }
        let code = if path.starts_with('$') { Code::UnknownParameter } else { Code::UnknownName };
        let span = self.text.span_of(expr.start, expr.end);
        let message = Message::new("script-unknown-name", [path]);
        self.suggest(Diagnostic::error(code, span, message), candidates);
    }

    fn bad_word(&mut self, expr: &Expr, word: &str, choice: &ChoiceType) {
        let span = self.text.span_of(expr.start, expr.end);
        let options: Vec<&str> = choice.options.iter().map(|option| &**option).collect();
        let message = Message::new("script-bad-word", [word, &choice.name, &options.join(", ")]);
        let candidates = near(word, options.iter().copied());
        self.suggest(Diagnostic::error(Code::BadWord, span, message), candidates);
    }

    fn suggest(&mut self, finding: Diagnostic, candidates: Vec<String>) {
        self.found.push(match candidates.as_slice() {
            [] => finding,
            [only] => {
                let span = finding.marks.first().map(|mark| mark.span);
                let finding = finding.help(Message::new("script-did-you-mean", [only]));
                match span {
                    Some(span) => finding.fix(span, only.clone()),
                    None => finding,
                }
            }
            several => finding.help(Message::new("script-did-you-mean", [several.join("`, `")])),
        });
    }
}

/// The function of a library that a call means.
fn function_of<'a>(library: &'a Library, name: &Name) -> Option<&'a Arc<Function>> {
    library.get(&name.text)
}
