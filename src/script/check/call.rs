//! Types of calls: built-ins, named functions, functions of the host, methods.

use std::sync::Arc;

use super::super::ast::{Expr, Kind, Name};
use super::super::builtins::{self, Builtin, Gives, Takes};
use super::super::near;
use super::super::node::{Foreign, Function, Op};
use super::operator::same_kind;
use super::{Checker, Typed, function_of};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::value::{Type, Unit};

/// Methods of texts, lists and maps that only rhai runs.
const METHODS: &[&str] = &[
    "all",
    "some",
    "filter",
    "map",
    "reduce",
    "find",
    "index_of",
    "is_empty",
    "len",
    "contains",
    "get",
    "sort",
    "sorted",
    "reverse",
    "dedup",
    "push",
    "pop",
    "shift",
    "insert",
    "remove",
    "extract",
    "retain",
    "join",
    "to_upper",
    "to_lower",
    "trim",
    "starts_with",
    "ends_with",
    "sub_string",
    "replace",
    "split",
    "keys",
    "values",
    "to_string",
    "truncate",
    "chop",
    "pad",
    "zip",
    "split_rev",
    "clear",
    "set",
    "append",
    "for_each",
    "make_upper",
    "make_lower",
    "chars",
    "crop",
];

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        name: &Name,
        args: &[Expr],
        want: Option<&Type>,
        lenient: bool,
    ) -> Option<Typed> {
        if let Some(function) = function_of(self.library, name) {
            let function = function.clone();
            return self.named(expr, &function, args, lenient);
        }
        if let Some(builtin) = builtins::find(&name.text) {
            let args: Vec<&Expr> = args.iter().collect();
            return self.builtin(expr, builtin, &args, want, lenient);
        }
        let span = self.text.span_of(name.start, name.end);
        if self.locals.iter().any(|local| local.name == name.text) {
            let message = Message::new("script-call-of-local", [&name.text]);
            self.found.push(Diagnostic::error(Code::ScriptForbidden, span, message));
            return None;
        }
        let names = builtins::ALL.iter().map(|builtin| builtin.name).chain(self.library.names());
        let candidates = near(&name.text, names);
        let message = Message::new("script-unknown-function", [&name.text]);
        self.suggest(Diagnostic::error(Code::UnknownName, span, message), candidates);
        None
    }

    fn named(
        &mut self,
        expr: &Expr,
        function: &Arc<Function>,
        args: &[Expr],
        lenient: bool,
    ) -> Option<Typed> {
        let params: Vec<String> = function.params.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        let usage = format!("{}({})", function.name, params.join(", "));
        self.count(expr, args.len(), function.params.len(), &usage)?;
        let mut nodes = Vec::new();
        for (arg, (_, ty)) in args.iter().zip(&function.params) {
            let typed = self.check(arg, Some(ty), false);
            nodes.push(typed.and_then(|typed| self.fit(typed, ty, arg)).map(|typed| typed.node));
        }
        let nodes = nodes.into_iter().collect::<Option<Vec<_>>>()?;
        let op = match &function.body {
            None => Op::Host(function.clone(), nodes, lenient),
            Some(body) => {
                let inputs: Vec<u32> =
                    body.inputs.iter().map(|input| self.input(&input.path, &input.ty)).collect();
                self.native &= body.native;
                Op::Call(function.clone(), nodes, inputs.into())
            }
        };
        Some(self.typed(expr, op, Some(function.returns.clone())))
    }

    fn builtin(
        &mut self,
        expr: &Expr,
        builtin: &'static Builtin,
        args: &[&Expr],
        want: Option<&Type>,
        lenient: bool,
    ) -> Option<Typed> {
        self.count(expr, args.len(), builtin.takes.len(), builtin.usage)?;
        if let (builtins::Id::OrElse, [a, b]) = (builtin.id, args) {
            return self.or_else(expr, a, b, want, lenient);
        }
        let mut typed: Vec<Typed> = Vec::new();
        let pair = matches!(builtin.takes, [Takes::Ordered, Takes::Ordered]);
        if let (true, [a, b]) = (pair, args) {
            let (a, b) = self.pair(a, b, None, false);
            typed.extend([a?, b?]);
        } else {
            for (arg, takes) in args.iter().zip(builtin.takes) {
                let element = match (takes, typed.first().and_then(|first| first.ty.as_ref())) {
                    (Takes::Held, Some(Type::List(element))) => Some((**element).clone()),
                    _ => None,
                };
                typed.push(self.check(arg, element.as_ref(), *takes == Takes::Any)?);
            }
        }
        for ((arg, takes), one) in args.iter().zip(builtin.takes).zip(&typed) {
            if !self.takes(*takes, one, typed.first()) {
                let ty = one.ty.as_ref().map_or(String::new(), Type::to_string);
                let message =
                    Message::new("script-argument-type", [builtin.usage.to_owned(), self.source(arg), ty]);
                self.report(Code::TypeMismatch, arg, message);
                return None;
            }
        }
        let (ty, literal) = match builtin.gives {
            Gives::Boolean => (Some(Type::Boolean), false),
            Gives::Integer(unit) => (Some(Type::Integer(unit)), false),
            Gives::Date => (Some(Type::Date), false),
            Gives::Same | Gives::Decimal => self.result_type(expr, builtin, args, &typed)?,
        };
        self.native &= typed.iter().all(|one| one.ty.is_some());
        let nodes = typed.into_iter().map(|one| one.node).collect();
        Some(Typed { node: self.holder(expr, Op::Builtin(builtin.id, nodes)), ty, literal })
    }

    fn result_type(
        &mut self,
        expr: &Expr,
        builtin: &Builtin,
        args: &[&Expr],
        typed: &[Typed],
    ) -> Option<(Option<Type>, bool)> {
        match (builtin.gives, typed, args) {
            (Gives::Same, [a, b], [left, right]) => {
                self.comparable(expr, builtin.name, true, (left, a), (right, b))?;
                self.unify(expr, a, b)
            }
            (Gives::Decimal, [a, ..], _) => {
                let ty = a.ty.clone().map(|ty| match ty {
                    Type::Integer(unit) => Type::Decimal(unit),
                    other => other,
                });
                Some((ty, a.literal))
            }
            (_, [a, ..], _) => Some((a.ty.clone(), a.literal)),
            _ => None,
        }
    }

    fn takes(&self, takes: Takes, one: &Typed, first: Option<&Typed>) -> bool {
        let Some(ty) = &one.ty else { return true };
        match takes {
            Takes::Number => matches!(ty, Type::Integer(_) | Type::Decimal(_)),
            Takes::Places => matches!(ty, Type::Integer(Unit::None)),
            Takes::Ordered => {
                matches!(
                    ty,
                    Type::Integer(_) | Type::Decimal(_) | Type::Date | Type::Instant | Type::Duration
                )
            }
            Takes::Date => *ty == Type::Date,
            Takes::Instant => *ty == Type::Instant,
            Takes::Text => *ty == Type::Text,
            Takes::Sized => matches!(ty, Type::Text | Type::List(_)),
            Takes::Held => match first.and_then(|first| first.ty.as_ref()) {
                Some(Type::List(element)) => {
                    let numbers = |ty: &Type| match ty {
                        Type::Integer(unit) | Type::Decimal(unit) => Some(*unit),
                        _ => None,
                    };
                    match (numbers(ty), numbers(element)) {
                        (Some(a), Some(b)) => a == b || one.literal,
                        _ => same_kind(ty, element),
                    }
                }
                _ => *ty == Type::Text,
            },
            Takes::Any | Takes::Same => true,
        }
    }

    /// `x ?? y`: the first may be unknown, then the second stands in.
    pub(super) fn or_else(
        &mut self,
        expr: &Expr,
        first: &Expr,
        second: &Expr,
        want: Option<&Type>,
        lenient: bool,
    ) -> Option<Typed> {
        let a = self.check(first, want, true)?;
        let b = self.check(second, want.or(a.ty.as_ref()), lenient)?;
        let (ty, literal) = self.unify(expr, &a, &b)?;
        let op = Op::OrElse(Box::new(a.node), Box::new(b.node));
        Some(Typed { node: self.holder(expr, op), ty, literal })
    }

    pub(super) fn method(&mut self, expr: &Expr, of: &Expr, name: &Name, args: &[Expr]) -> Option<Typed> {
        let builtin = builtins::find(&name.text).filter(|builtin| builtin.takes.len() == args.len() + 1);
        let receiver = self.check(of, None, false)?;
        if let (Some(builtin), Some(_)) = (builtin, &receiver.ty) {
            let all: Vec<&Expr> = std::iter::once(of).chain(args).collect();
            return self.builtin(expr, builtin, &all, None, false);
        }
        if !METHODS.contains(&&*name.text) {
            let span = self.text.span_of(name.start, name.end);
            let candidates = near(&name.text, METHODS.iter().copied());
            let message = Message::new("script-unknown-function", [&name.text]);
            self.suggest(Diagnostic::error(Code::UnknownName, span, message), candidates);
            return None;
        }
        let element = match &receiver.ty {
            Some(Type::List(element)) => Some((**element).clone()),
            _ => None,
        };
        let mut nodes = Vec::new();
        for arg in args {
            let typed = match &arg.kind {
                // A closure over a list takes its items.
                Kind::Closure(params, body) if params.len() == 1 => {
                    self.closure(arg, params, body, element.as_ref())
                }
                _ => self.check(arg, element.as_ref(), false),
            };
            nodes.push(typed.map(|typed| typed.node));
        }
        let nodes = nodes.into_iter().collect::<Option<Vec<_>>>()?;
        let ty = match &*name.text {
            "filter" => receiver.ty.clone(),
            "all" | "some" | "is_empty" => Some(Type::Boolean),
            "len" | "index_of" => Some(Type::Integer(Unit::None)),
            "to_upper" | "to_lower" | "sub_string" => Some(Type::Text),
            _ => None,
        };
        Some(self.foreign(expr, Foreign::Method(receiver.node, name.text.clone(), nodes), ty))
    }

    fn count(&mut self, expr: &Expr, found: usize, expected: usize, usage: &str) -> Option<()> {
        if found == expected {
            return Some(());
        }
        let args = [usage.to_owned(), expected.to_string(), found.to_string()];
        self.report(Code::ScriptArguments, expr, Message::new("script-argument-count", args));
        None
    }
}
