//! Types of operators: which kinds and units go together.

use super::super::ast::{Arith, Compare, Expr, Kind};
use super::super::node::{Foreign, Node, Op};
use super::{Checker, Typed};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::value::{Type, Unit, Value};
use rust_decimal::Decimal;

/// See `Checker::wordy`.
const WORD: u8 = 2;

/// Whether a number is whole, and its unit.
fn number_of(ty: &Type) -> Option<(bool, Unit)> {
    match ty {
        Type::Integer(unit) => Some((true, *unit)),
        Type::Decimal(unit) => Some((false, *unit)),
        _ => None,
    }
}

fn number_type(whole: bool, unit: Unit) -> Type {
    if whole { Type::Integer(unit) } else { Type::Decimal(unit) }
}

impl Checker<'_> {
    pub(super) fn negate(&mut self, expr: &Expr, of: &Expr) -> Option<Typed> {
        let of_typed = self.check(of, None, false)?;
        let (ty, literal) = (of_typed.ty.clone(), of_typed.literal);
        match &ty {
            None => self.native = false,
            Some(ty) if number_of(ty).is_none() => {
                let message =
                    Message::new("script-needs-number", ["-".into(), self.source(of), ty.to_string()]);
                self.report(Code::TypeMismatch, of, message);
                return None;
            }
            Some(_) => {}
        }
        let op = match of_typed.node.op {
            Op::Const(Value::Number(x, unit)) => Op::Const(Value::Number(-x, unit)),
            _ => Op::Negate(Box::new(of_typed.node)),
        };
        Some(Typed { node: self.node(expr, op), ty, literal })
    }

    pub(super) fn arith(&mut self, expr: &Expr, op: Arith, left: &Expr, right: &Expr) -> Option<Typed> {
        let (a, b) = (self.check(left, None, false), self.check(right, None, false));
        let (a, b) = (a?, b?);
        let (ty, literal) = match (&a.ty, &b.ty) {
            (Some(Type::Date), Some(Type::Date)) if op == Arith::Sub => {
                (Some(Type::Integer(Unit::Days)), false)
            }
            (Some(Type::Text), Some(Type::Text) | None) | (None, Some(Type::Text)) if op == Arith::Add => {
                return Some(self.foreign(expr, Foreign::Concat(a.node, b.node), Some(Type::Text)));
            }
            (None, _) | (_, None) => {
                self.native = false;
                (None, false)
            }
            (Some(x), Some(y)) => {
                let (Some(x_number), Some(y_number)) = (number_of(x), number_of(y)) else {
                    let args = [
                        op.sign().into(),
                        self.source(left),
                        x.to_string(),
                        self.source(right),
                        y.to_string(),
                    ];
                    self.report(Code::TypeMismatch, expr, Message::new("script-arith-types", args));
                    return None;
                };
                let Some((whole, unit)) = result_of(op, (x_number, a.literal), (y_number, b.literal)) else {
                    let args = [op.sign().into(), self.source(left), name(x), self.source(right), name(y)];
                    self.report(Code::UnitMismatch, expr, Message::new("script-arith-units", args));
                    return None;
                };
                (Some(number_type(whole, unit)), a.literal && b.literal)
            }
        };
        let op = Op::Arith(op, Box::new(a.node), Box::new(b.node));
        Some(Typed { node: self.node(expr, op), ty, literal })
    }

    pub(super) fn compare(&mut self, expr: &Expr, op: Compare, left: &Expr, right: &Expr) -> Option<Typed> {
        let (a, b) = self.pair(left, right, None, false);
        let (a, b) = (a?, b?);
        for (several, one, of) in [(&a, &b, right), (&b, &a, left)] {
            if let Some(word) = one_of_several(several.ty.as_ref())
                && !op.orders()
                && one.ty.as_ref().is_none_or(|ty| one_of_several(Some(ty)).is_none())
            {
                let as_one = Typed { node: several.node.clone(), ty: Some(word.clone()), literal: false };
                self.comparable(expr, op.sign(), false, (of, one), (expr, &as_one))?;
                let (one, several) = (Box::new(one.node.clone()), Box::new(several.node.clone()));
                let op = Op::InList(one, several, op == Compare::NotEqual);
                return Some(self.typed(expr, op, Some(Type::Boolean)));
            }
        }
        self.comparable(expr, op.sign(), op.orders(), (left, &a), (right, &b))?;
        let op = Op::Compare(op, Box::new(a.node), Box::new(b.node));
        Some(self.typed(expr, op, Some(Type::Boolean)))
    }

    pub(super) fn is_in(&mut self, expr: &Expr, left: &Expr, right: &Expr, negated: bool) -> Option<Typed> {
        let boolean = Some(Type::Boolean);
        match &right.kind {
            Kind::Array(items) => {
                let a = self.check(left, None, false)?;
                if let Some(word) = one_of_several(a.ty.as_ref()).cloned() {
                    return self.any_in(expr, (left, &a), items, &word, negated);
                }
                let want = a.ty.clone();
                let mut nodes = Vec::new();
                let mut failed = false;
                for item in items {
                    let Some(typed) = self.check(item, want.as_ref(), false) else {
                        failed = true;
                        continue;
                    };
                    failed |= self.comparable(item, "in", false, (left, &a), (item, &typed)).is_none();
                    nodes.push(typed.node);
                }
                if failed {
                    return None;
                }
                Some(self.typed(expr, Op::OneOf(Box::new(a.node), nodes, negated), boolean))
            }
            Kind::Range(from, to, inclusive) => {
                let a = self.check(left, None, false)?;
                let upper = if *inclusive { Compare::LessEqual } else { Compare::Less };
                let mut bounds = Vec::new();
                for (op, bound) in [(Compare::GreaterEqual, from), (upper, to)] {
                    let b = self.check(bound, a.ty.as_ref(), false)?;
                    self.comparable(expr, op.sign(), true, (left, &a), (bound, &b))?;
                    let compare = Op::Compare(op, Box::new(a.node.clone()), Box::new(b.node));
                    bounds.push(self.node(expr, compare));
                }
                let both = self.node(expr, Op::All(bounds));
                let op = if negated {
                    Op::Not(Box::new(both))
                } else {
                    return Some(Typed { node: both, ty: boolean, literal: false });
                };
                Some(self.typed(expr, op, boolean))
            }
            _ => self.in_list(expr, left, right, negated),
        }
    }

    /// Whether several words that hold at once and a list have one in common.
    fn any_in(
        &mut self,
        expr: &Expr,
        (left, several): (&Expr, &Typed),
        items: &[Expr],
        word: &Type,
        negated: bool,
    ) -> Option<Typed> {
        let as_one = Typed { node: several.node.clone(), ty: Some(word.clone()), literal: false };
        let mut tests = Some(Vec::new());
        for item in items {
            let one = self.check(item, Some(word), false);
            let one =
                one.filter(|one| self.comparable(item, "in", false, (left, &as_one), (item, one)).is_some());
            let Some(one) = one else {
                tests = None;
                continue;
            };
            let test = Op::InList(Box::new(one.node), Box::new(several.node.clone()), false);
            let test = self.node(expr, test);
            tests.iter_mut().for_each(|tests| tests.push(test.clone()));
        }
        let any = self.node(expr, Op::Any(tests?));
        let op = if negated { Op::Not(Box::new(any)) } else { any.op };
        Some(self.typed(expr, op, Some(Type::Boolean)))
    }

    fn in_list(&mut self, expr: &Expr, left: &Expr, right: &Expr, negated: bool) -> Option<Typed> {
        let b = self.check(right, None, false)?;
        let element = match &b.ty {
            Some(Type::List(element)) => Some((**element).clone()),
            Some(Type::Text) => Some(Type::Text),
            None => None,
            Some(other) => {
                let message = Message::new("script-not-a-list", [self.source(right), other.to_string()]);
                self.report(Code::TypeMismatch, right, message);
                return None;
            }
        };
        let a = self.check(left, element.as_ref(), false)?;
        let as_element = Typed { node: b.node.clone(), ty: element, literal: false };
        self.comparable(expr, "in", false, (left, &a), (right, &as_element))?;
        let op = Op::InList(Box::new(a.node), Box::new(b.node), negated);
        Some(self.typed(expr, op, Some(Type::Boolean)))
    }

    /// Reports two values that do not compare.
    pub(super) fn comparable(
        &mut self,
        expr: &Expr,
        sign: &str,
        orders: bool,
        (left, a): (&Expr, &Typed),
        (right, b): (&Expr, &Typed),
    ) -> Option<()> {
        let (Some(x), Some(y)) = (&a.ty, &b.ty) else {
            self.native = false;
            return Some(());
        };
        let args = || [sign.to_owned(), self.source(left), x.to_string(), self.source(right), y.to_string()];
        if let (Some((_, u)), Some((_, v))) = (number_of(x), number_of(y)) {
            if u == v || a.literal || b.literal {
                return self
                    .percent_written_whole(expr, u, a, b)
                    .and(self.percent_written_whole(expr, v, b, a));
            }
            let args = [sign.to_owned(), self.source(left), name(x), self.source(right), name(y)];
            self.report(Code::UnitMismatch, expr, Message::new("script-compare-units", args));
            return None;
        }
        if !same_kind(x, y) {
            let message = Message::new("script-compare-types", args());
            let span = self.text.span_of(expr.start, expr.end);
            let finding = Diagnostic::error(Code::TypeMismatch, span, message);
            let dated = matches!((x, y), (Type::Date, Type::Instant) | (Type::Instant, Type::Date));
            let help = Message::plain("script-use-date-of");
            self.found.push(if dated { finding.help(help) } else { finding });
            return None;
        }
        if orders && !matches!(x, Type::Date | Type::Instant | Type::Duration) {
            self.report(Code::TypeMismatch, expr, Message::new("script-no-order", args()));
            return None;
        }
        Some(())
    }

    /// `share >= 80` would ask for 8000%: a whole number above 1 beside a percentage is a mistake.
    fn percent_written_whole(&mut self, expr: &Expr, unit: Unit, a: &Typed, b: &Typed) -> Option<()> {
        match &b.node.op {
            Op::Const(Value::Number(x, Unit::None))
                if unit == Unit::Percent && !a.literal && x.fract().is_zero() && *x > Decimal::ONE =>
            {
                let message = Message::new("script-percent-whole", [x]);
                self.report(Code::UnitMismatch, expr, message);
                None
            }
            _ => Some(()),
        }
    }

    /// Types two expressions that must go together; a word waits for the other side's type.
    pub(super) fn pair(
        &mut self,
        left: &Expr,
        right: &Expr,
        want: Option<&Type>,
        lenient: bool,
    ) -> (Option<Typed>, Option<Typed>) {
        if want.is_none() && self.wordy(left) > self.wordy(right) {
            let b = self.check(right, None, lenient);
            let Some(b) = b else { return (None, None) };
            let wanted = one_of_several(b.ty.as_ref()).or(b.ty.as_ref()).cloned();
            let a = self.check(left, wanted.as_ref(), lenient);
            return (a, Some(b));
        }
        let a = self.check(left, want, lenient);
        // Without the left side's type a bare word would only be reported as unknown besides.
        if a.is_none() && want.is_none() && self.wordy(right) == WORD {
            return (None, None);
        }
        let found = a.as_ref().and_then(|a| one_of_several(a.ty.as_ref()).or(a.ty.as_ref()));
        let wanted = want.or(found).cloned();
        let b = self.check(right, wanted.as_ref(), lenient);
        (a, b)
    }

    /// How much an expression looks like a word whose meaning the other side decides: `WORD` where nothing else is
    /// left, 1 where it could be a name of the scope too, 0 where it has a type of its own.
    fn wordy(&self, expr: &Expr) -> u8 {
        match &expr.kind {
            Kind::Text(_) => WORD,
            Kind::Path(path) if path.contains(['.', '$']) => 0,
            Kind::Path(path) if self.locals.iter().any(|local| local.name == *path) => 0,
            Kind::Path(path) if self.scope.resolve(path).is_ok() => 1,
            Kind::Path(_) => WORD,
            Kind::If(_, then, other) => {
                let other = other.as_ref().map_or(WORD, |other| self.wordy(other));
                self.wordy(then).min(other)
            }
            Kind::Block(_, Some(value)) => self.wordy(value),
            Kind::Switch(_, cases) => cases.iter().map(|case| self.wordy(&case.body)).min().unwrap_or(0),
            _ => 0,
        }
    }

    /// The common type of two branches.
    pub(super) fn unify(&mut self, expr: &Expr, a: &Typed, b: &Typed) -> Option<(Option<Type>, bool)> {
        let (Some(x), Some(y)) = (&a.ty, &b.ty) else {
            // A branch that returns has no type of its own.
            self.native = false;
            return Some((a.ty.clone().or(b.ty.clone()), a.literal && b.literal));
        };
        if let (Some((p, u)), Some((q, v))) = (number_of(x), number_of(y)) {
            if u == v || a.literal || b.literal {
                let unit = if a.literal { v } else { u };
                return Some((Some(number_type(p && q, unit)), a.literal && b.literal));
            }
            let message = Message::new("script-branches-differ", [name(x), name(y)]);
            self.report(Code::UnitMismatch, expr, message);
            return None;
        }
        if same_kind(x, y) {
            return Some((Some(x.clone()), false));
        }
        let message = Message::new("script-branches-differ", [x, y]);
        self.report(Code::TypeMismatch, expr, message);
        None
    }

    /// The expression as a value of the wanted type, or a finding.
    pub(super) fn fit(&mut self, typed: Typed, want: &Type, expr: &Expr) -> Option<Typed> {
        let Some(ty) = &typed.ty else {
            self.native = false;
            return Some(Typed { ty: Some(want.clone()), ..typed });
        };
        let (code, fits) = match (number_of(ty), number_of(want)) {
            (Some((whole, unit)), Some((want_whole, want_unit))) if unit == want_unit || typed.literal => {
                (Code::TypeMismatch, whole || !want_whole)
            }
            (Some(_), Some(_)) => (Code::UnitMismatch, false),
            _ => (Code::TypeMismatch, same_kind(ty, want)),
        };
        if fits {
            return Some(Typed { ty: Some(want.clone()), literal: false, ..typed });
        }
        let args = [self.source(expr), name(ty), name(want)];
        self.report(code, expr, Message::new("script-wrong-type", args));
        None
    }

    /// A node that only holds others together.
    pub(super) fn holder(&mut self, expr: &Expr, op: Op) -> Node {
        self.node(expr, op)
    }
}

/// The type of one of several words that hold at once, such as the states of a case.
fn one_of_several(ty: Option<&Type>) -> Option<&Type> {
    match ty {
        Some(Type::List(word)) => match word.as_ref() {
            Type::Choice(choice) if choice.several => Some(word),
            _ => None,
        },
        _ => None,
    }
}

/// Whether two types that are not numbers compare and unify.
pub(super) fn same_kind(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Choice(x), Type::Choice(y)) => x.name == y.name || x.options == y.options,
        (Type::List(x), Type::List(y)) => {
            same_kind(x, y) || number_of(x).is_some() && number_of(x) == number_of(y)
        }
        _ => a == b,
    }
}

/// The result of arithmetic: whether whole, and the unit. Nothing where units do not go together.
fn result_of(op: Arith, a: ((bool, Unit), bool), b: ((bool, Unit), bool)) -> Option<(bool, Unit)> {
    let (((p, u), u_free), ((q, v), v_free)) = (a, b);
    let whole = p && q;
    match op {
        Arith::Add | Arith::Sub if u == v || v_free => Some((whole, u)),
        Arith::Add | Arith::Sub if u_free => Some((whole, v)),
        Arith::Mul if v == Unit::None => Some((whole, u)),
        Arith::Mul if u == Unit::None => Some((whole, v)),
        Arith::Mul if v == Unit::Percent => Some((false, u)),
        Arith::Mul if u == Unit::Percent => Some((false, v)),
        Arith::Div if u == v => Some((false, Unit::None)),
        Arith::Div if v == Unit::None || v == Unit::Percent => Some((false, u)),
        Arith::Div if u_free => Some((false, Unit::None)),
        Arith::Rem if u == v || v == Unit::None => Some((whole, u)),
        _ => None,
    }
}

/// A type in a message; a number without unit says so.
fn name(ty: &Type) -> String {
    ty.to_string()
}
