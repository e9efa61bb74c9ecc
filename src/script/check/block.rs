//! Types of `switch`, of blocks and of their statements.

use std::sync::Arc;

use super::super::ast::{Case, Expr, Kind, Statement};
use super::super::node::{Arm, Foreign, Node, Op, Pattern, Step};
use super::{Checker, Typed};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::value::Type;

impl Checker<'_> {
    pub(super) fn switch(
        &mut self,
        expr: &Expr,
        of: &Expr,
        cases: &[Case],
        want: Option<&Type>,
        lenient: bool,
    ) -> Option<Typed> {
        let of = self.check(of, None, false)?;
        self.reachable(cases);
        let (mut arms, mut result, mut failed) = (Vec::new(), None::<Typed>, false);
        for case in cases {
            let patterns: Vec<Pattern> =
                case.patterns.iter().filter_map(|one| self.pattern(one, &of)).collect();
            failed |= patterns.len() < case.patterns.len();
            let guard = case.guard.as_ref().map(|guard| self.boolean(guard));
            let wanted = want.cloned().or(result.as_ref().and_then(|typed| typed.ty.clone()));
            let (Some(body), false) =
                (self.check(&case.body, wanted.as_ref(), lenient), matches!(guard, Some(None)))
            else {
                failed = true;
                continue;
            };
            arms.push(Arm { patterns, guard: guard.flatten(), body: body.node.clone() });
            result = Some(match result {
                None => body,
                Some(before) => {
                    let (ty, literal) = self.unify(&case.body, &before, &body)?;
                    Typed { node: before.node, ty, literal }
                }
            });
        }
        if failed {
            return None;
        }
        self.complete(expr, &of, &arms)?;
        let result = result?;
        let node = self.node(expr, Op::Switch(Box::new(of.node), arms));
        Some(Typed { node, ty: result.ty, literal: result.literal })
    }

    /// Reports cases that their order keeps from ever being reached.
    fn reachable(&mut self, cases: &[Case]) {
        let (mut complete, mut ranged) = (false, false);
        for case in cases {
            if complete {
                self.report(Code::ScriptSyntax, &case.body, Message::plain("script-case-after-default"));
            }
            complete |= case.patterns.is_empty();
            for pattern in &case.patterns {
                let range = matches!(pattern.kind, Kind::Range(..));
                if ranged && !range {
                    self.report(Code::ScriptSyntax, pattern, Message::plain("script-case-after-range"));
                }
                ranged |= range;
            }
        }
    }

    /// Reports what no case takes.
    fn complete(&mut self, expr: &Expr, of: &Typed, arms: &[Arm]) -> Option<()> {
        let open = |taken: &dyn Fn(&Pattern) -> bool| {
            !arms
                .iter()
                .any(|arm| arm.guard.is_none() && (arm.patterns.is_empty() || arm.patterns.iter().any(taken)))
        };
        let missing: Vec<&str> = match &of.ty {
            Some(Type::Choice(choice)) => {
                let is = |word: &Arc<str>| {
                    open(&|p| matches!(p, Pattern::Is(value) if value.as_str() == Some(word)))
                };
                choice.options.iter().filter(|word| is(word)).map(|word| &**word).collect()
            }
            _ if open(&|_| false) => vec!["_"],
            _ => Vec::new(),
        };
        if missing.is_empty() {
            return Some(());
        }
        self.report(Code::ScriptSyntax, expr, Message::new("script-switch-open", [missing.join(", ")]));
        None
    }

    fn pattern(&mut self, pattern: &Expr, of: &Typed) -> Option<Pattern> {
        if let Kind::Range(a, b, inclusive) = &pattern.kind {
            let (from, to) = (self.whole(a)?, self.whole(b)?);
            return Some(Pattern::Range(from, to, *inclusive));
        }
        let switchable = matches!(
            of.ty,
            None | Some(
                Type::Choice(_)
                    | Type::Integer(_)
                    | Type::Boolean
                    | Type::Text
                    | Type::Person
                    | Type::Subject(_)
            )
        );
        if !switchable {
            let ty = of.ty.as_ref().map_or(String::new(), Type::to_string);
            self.report(Code::TypeMismatch, pattern, Message::new("script-switch-type", [ty]));
            return None;
        }
        let typed = self.check(pattern, of.ty.as_ref(), false)?;
        let typed = match &of.ty {
            Some(ty) => self.fit(typed, ty, pattern)?,
            None => typed,
        };
        match typed.node.op {
            Op::Const(value) => Some(Pattern::Is(value)),
            _ => {
                self.report(Code::ScriptSyntax, pattern, Message::plain("script-case-not-literal"));
                None
            }
        }
    }

    fn whole(&mut self, expr: &Expr) -> Option<i64> {
        let typed = self.check(expr, None, false)?;
        let value = match &typed.node.op {
            Op::Const(value) => value.as_decimal().filter(|x| x.fract().is_zero()),
            _ => None,
        };
        let whole = value.and_then(|x| i64::try_from(x).ok());
        if whole.is_none() {
            self.report(Code::ScriptSyntax, expr, Message::plain("script-case-not-literal"));
        }
        whole
    }

    pub(super) fn block(
        &mut self,
        expr: &Expr,
        statements: &[Statement],
        value: Option<&Expr>,
        want: Option<&Type>,
        lenient: bool,
    ) -> Option<Typed> {
        let outer = self.locals.len();
        let typed = self.block_inside(expr, statements, value, want, lenient);
        self.locals.truncate(outer);
        typed
    }

    fn block_inside(
        &mut self,
        expr: &Expr,
        statements: &[Statement],
        value: Option<&Expr>,
        want: Option<&Type>,
        lenient: bool,
    ) -> Option<Typed> {
        let steps: Vec<Option<Step>> = statements.iter().map(|step| self.step(step, want)).collect();
        let Some(value) = value else {
            let returns = matches!(statements.last(), Some(Statement::Return(_)));
            if !returns {
                self.report(Code::ScriptSyntax, expr, Message::plain("script-no-value"));
                return None;
            }
            let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
            return Some(self.foreign(expr, Foreign::Sequence(steps, None), None));
        };
        let value = self.check(value, want, lenient);
        let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
        let value = value?;
        let pure = steps.iter().all(|step| matches!(step, Step::Let(..)));
        let (ty, literal) = (value.ty.clone(), value.literal);
        if !pure {
            return Some(self.foreign(expr, Foreign::Sequence(steps, Some(value.node)), ty));
        }
        if steps.is_empty() {
            return Some(value);
        }
        let lets = steps.into_iter().filter_map(|step| match step {
            Step::Let(slot, node) => Some((slot, node)),
            _ => None,
        });
        let node = self.node(expr, Op::Block(lets.collect(), Box::new(value.node)));
        Some(Typed { node, ty, literal })
    }

    fn step(&mut self, statement: &Statement, want: Option<&Type>) -> Option<Step> {
        match statement {
            Statement::Let(name, value) => {
                let typed = self.check(value, None, false);
                if self.locals.iter().any(|local| local.name == name.text) {
                    let span = self.text.span_of(name.start, name.end);
                    let message = Message::new("script-let-twice", [&name.text]);
                    self.found.push(Diagnostic::error(Code::DuplicateName, span, message));
                }
                // A name that failed is still declared, so that its uses are not reported besides.
                let (ty, literal) = typed.as_ref().map_or((None, false), |t| (t.ty.clone(), t.literal));
                let slot = self.declare(name.text.clone(), ty, literal);
                Some(Step::Let(slot, typed?.node))
            }
            Statement::Assign(target, sign, value) => {
                let head = match &target.kind {
                    Kind::Path(path) => path.split('.').next().unwrap_or("").to_owned(),
                    _ => String::new(),
                };
                let is_path = matches!(target.kind, Kind::Path(_));
                if is_path && !self.locals.iter().any(|local| *local.name == *head) {
                    let message = Message::new("script-assign-not-local", [head]);
                    self.report(Code::ScriptForbidden, target, message);
                    return None;
                }
                let target_typed = self.check(target, None, false)?;
                let value_typed = self.check(value, target_typed.ty.as_ref(), false)?;
                let value_typed = match &target_typed.ty {
                    Some(ty) if !target_typed.literal => self.fit(value_typed, ty, value)?,
                    _ => value_typed,
                };
                self.native = false;
                Some(Step::Assign(target_typed.node, sign, value_typed.node))
            }
            Statement::Return(value) => {
                let typed = self.check(value, want, false)?;
                let typed = match want {
                    Some(want) => self.fit(typed, want, value)?,
                    None => typed,
                };
                self.native = false;
                Some(Step::Return(typed.node))
            }
            Statement::Plain(expr) => {
                self.native = false;
                if let Kind::If(cond, then, None) = &expr.kind {
                    let cond = self.boolean(cond)?;
                    let then = self.body_of_when(then, want)?;
                    let when = Foreign::When(cond, then);
                    return Some(Step::Plain(self.node(expr, Op::Foreign(Box::new(when)))));
                }
                Some(Step::Plain(self.check(expr, None, true)?.node))
            }
        }
    }

    /// The block of an `if` without `else`: statements that need not give a value.
    fn body_of_when(&mut self, then: &Expr, want: Option<&Type>) -> Option<Node> {
        let Kind::Block(statements, value) = &then.kind else { return None };
        let outer = self.locals.len();
        let steps: Vec<Option<Step>> = statements.iter().map(|step| self.step(step, want)).collect();
        let mut steps = steps.into_iter().collect::<Option<Vec<_>>>();
        if let (Some(steps), Some(value)) = (&mut steps, value) {
            let node = self.check(value, None, true);
            steps.extend(node.map(|typed| Step::Plain(typed.node)));
        }
        self.locals.truncate(outer);
        Some(self.node(then, Op::Foreign(Box::new(Foreign::Sequence(steps?, None)))))
    }
}
