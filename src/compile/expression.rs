//! Expressions of a policy: script text in the names of its place; amounts.

use super::header;
use super::meaning::{Frame, From, Unmeant};
use super::read;
use super::scope::View;
use super::world::{Out, World, is_unknown};
use crate::diag::{Code, Diagnostic};
use crate::lang::Message;
use crate::model::{
    Amount, Counting, Expression, Input, KindId, Parameter, ParameterId, ParameterValues, Source, Written,
};
use crate::scalar::{self, ScalarProblem};
use crate::script::{self, ScriptText};
use crate::syntax::raw::{RawDurations, Text};
use crate::value::{ClockKind, Type, Unit, Value};

/// What an amount is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A duration.
    Duration,
    /// A count.
    Count,
    /// Either.
    Either,
}

/// What an element is called and its clause: so a blank in it is listed.
pub(super) type Called<'t> = (&'t Text, Option<&'t Text>);

impl World<'_> {
    /// Compiles an expression that must give a type.
    pub fn expression(
        &self,
        text: &Text,
        frame: &Frame<'_>,
        expect: Option<&Type>,
        out: &mut Out,
    ) -> Option<Expression> {
        if expect.is_some_and(is_unknown) {
            return None;
        }
        self.script(&ScriptText::new(self.sources, text.span), frame, expect, out)
    }

    /// A condition.
    pub fn condition(&self, text: &Text, frame: &Frame<'_>, out: &mut Out) -> Option<Expression> {
        self.expression(text, frame, Some(&Type::Boolean), out)
    }

    /// An optional condition: `Err` where it is broken.
    pub fn guard(&self, text: &Option<Text>, frame: &Frame<'_>, out: &mut Out) -> Option<Option<Expression>> {
        match text {
            None => Some(None),
            Some(text) => self.condition(text, frame, out).map(Some),
        }
    }

    /// An expression that gives a date or an instant.
    pub fn moment(&self, text: &Text, frame: &Frame<'_>, out: &mut Out) -> Option<Expression> {
        let expression = self.expression(text, frame, None, out)?;
        let ty = expression.code.ty().clone();
        if matches!(ty, Type::Date | Type::Instant) {
            return Some(expression);
        }
        let message = Message::new("moment-expected", [text.value.clone(), read::type_words(&ty)]);
        out.error(Code::TypeMismatch, text.span, message);
        None
    }

    /// Compiles script text.
    pub fn script(
        &self,
        text: &ScriptText<'_>,
        frame: &Frame<'_>,
        expect: Option<&Type>,
        out: &mut Out,
    ) -> Option<Expression> {
        let view = View::new(self, frame);
        let compiled = script::compile(&self.sandbox, &self.library, text, &view, expect);
        if view.broken.get() {
            return None;
        }
        match compiled {
            Ok(code) => {
                let meant = view.meant.into_inner();
                let mut inputs = Vec::with_capacity(code.inputs().len());
                for input in code.inputs() {
                    let meaning = meant.get(input.path.as_ref())?;
                    let source = match &meaning.from {
                        From::Source(source) => source.clone(),
                        From::Read(read) => Source::Read(out.intern(read.clone())),
                    };
                    inputs.push(Input { path: input.path.clone(), ty: meaning.ty.clone(), source });
                }
                let words = text.text.split_whitespace().collect::<Vec<_>>().join(" ");
                let paths = inputs.iter().map(|input| input.path.clone()).collect();
                let written = Written { text: words.into(), span: text.span, paths };
                Some(Expression { code, inputs, written: written.into() })
            }
            Err(mistakes) => {
                let broken = self.broken_functions.iter().any(|name| text.text.contains(name.as_ref()));
                if !broken {
                    let not_here = view.not_here.into_inner();
                    out.found.extend(mistakes.into_iter().map(|finding| explained(finding, &not_here)));
                }
                None
            }
        }
    }

    /// A number that is always the same.
    pub fn constant(&self, text: &'static str, out: &mut Out) -> Option<Expression> {
        self.script(&ScriptText::bare(text), &Frame::default(), None, out)
    }

    /// An amount of an element that has a name and perhaps a clause, by which a blank is listed.
    pub fn amount_of(
        &self,
        text: &Text,
        wanted: Wanted,
        kind: KindId,
        (called, clause): Called<'_>,
        out: &mut Out,
    ) -> Option<Amount> {
        if scalar::is_blank(&text.value) {
            let clause = clause.map(|clause| clause.value.as_str());
            out.found.push(Diagnostic::blank(text.span, &called.value, clause));
            return None;
        }
        self.amount(text, wanted, kind, out)
    }

    /// An amount: a duration, a count, or `$parameter`.
    pub fn amount(&self, text: &Text, wanted: Wanted, kind: KindId, out: &mut Out) -> Option<Amount> {
        if scalar::is_blank(&text.value) {
            out.found.push(Diagnostic::blank(text.span, &text.value, None));
            return None;
        }
        if let Some(name) = text.value.trim().strip_prefix('$') {
            return self.amount_parameter(name, text, wanted, kind, out).map(Amount::Parameter);
        }
        let duration = scalar::duration(&text.value);
        let quantity = scalar::quantity(&text.value);
        match (wanted, duration, quantity) {
            (Wanted::Duration | Wanted::Either, Ok(duration), _) => Some(Amount::Duration(duration)),
            (Wanted::Count | Wanted::Either, _, Ok(Value::Number(number, unit))) if countable(unit) => {
                Some(Amount::Count(number, unit))
            }
            (Wanted::Duration, Err(problem), _) | (Wanted::Either, Err(problem), _) => {
                out.found.push(read::problem(Code::BadDuration, text.span, problem));
                None
            }
            (Wanted::Count, Ok(_), _) | (Wanted::Count, _, Ok(_)) => {
                out.error(Code::TypeMismatch, text.span, Message::new("count-wanted", [&text.value]));
                None
            }
            (Wanted::Count, Err(_), Err(problem)) => {
                out.found.push(read::problem(Code::BadQuantity, text.span, problem));
                None
            }
        }
    }

    fn amount_parameter(
        &self,
        name: &str,
        text: &Text,
        wanted: Wanted,
        kind: KindId,
        out: &mut Out,
    ) -> Option<ParameterId> {
        let Some(id) = self.find_parameter(name) else {
            let known: Vec<String> =
                self.parameters.iter().map(|parameter| format!("${}", parameter.name)).collect();
            let known = known.iter().map(String::as_str);
            out.found.push(self.unknown(Code::UnknownParameter, "unknown-parameter", text, known));
            return None;
        };
        if let Err(Unmeant::NotHere(message)) = self.row_at_hand(id, Some(kind)) {
            out.error(Code::UnknownName, text.span, message);
            return None;
        }
        let parameter = self.parameter(id)?;
        if is_unknown(&parameter.ty) {
            return None;
        }
        let duration = parameter.ty == Type::Duration;
        let count = matches!(&parameter.ty, Type::Integer(unit) | Type::Decimal(unit) if countable(*unit));
        let fits = match wanted {
            Wanted::Duration => duration,
            Wanted::Count => count,
            Wanted::Either => duration || count,
        };
        if !fits && wanted == Wanted::Duration && is_bare(&parameter.ty) {
            // The parameter is told of once, with everything that it is used for.
            out.bare.entry(id).or_default().push(text.span);
            return None;
        }
        if !fits {
            let key = if wanted == Wanted::Count { "count-parameter" } else { "duration-parameter" };
            let message = Message::new(key, [text.value.clone(), read::type_words(&parameter.ty)]);
            let finding = Diagnostic::error(Code::TypeMismatch, text.span, message);
            out.found.push(finding.also(parameter.span, Message::plain("declared-here")));
            return None;
        }
        Some(id)
    }

    /// By what an amount is counted: as stated, else as its parameter says, else as the policy does.
    pub fn counting(
        &self,
        calendar: &Option<Text>,
        durations: &RawDurations,
        amount: &Amount,
        out: &mut Out,
    ) -> Option<Counting> {
        let parameter = match amount {
            Amount::Parameter(id) => self.parameter(*id),
            _ => None,
        };
        let before = parameter.map_or(self.conventions, |parameter| parameter.conventions);
        let conventions = header::conventions(durations, before, out);
        let calendar = match calendar {
            Some(text) => self.calendar_named(text, out)?,
            None => parameter.and_then(|parameter| parameter.calendar).unwrap_or(self.calendar),
        };
        Some(Counting { calendar, conventions })
    }

    /// `days_roll:` and the like stand only where there are days or months to count.
    pub fn conventions_apply<'m>(
        &self,
        durations: &RawDurations,
        mut amounts: impl Iterator<Item = &'m Amount>,
        out: &mut Out,
    ) {
        if let Some(text) = durations.first().filter(|_| !amounts.any(|amount| self.may_count_days(amount))) {
            out.error(Code::WrongShape, text.span, Message::plain("durations-without-days"));
        }
    }

    /// Whether an amount may be in days or months, to which alone `durations:` apply.
    pub fn may_count_days(&self, amount: &Amount) -> bool {
        match amount {
            Amount::Duration(duration) => matches!(duration.clock, ClockKind::Working | ClockKind::Calendar),
            Amount::Count(..) => false,
            Amount::Parameter(id) => self.parameter(*id).is_none_or(Parameter::may_count_days),
        }
    }
}

/// Tells of each parameter that is a bare number and used as a duration, with its readings and its uses.
pub(super) fn bare_durations(world: &World<'_>, out: &mut Out) {
    for (id, uses) in std::mem::take(&mut out.bare) {
        let Some(parameter) = world.parameter(id) else { continue };
        let (value, span) = match &parameter.values {
            ParameterValues::Dated(versions) => {
                versions.first().map(|version| (&version.value, version.span))
            }
            ParameterValues::ByRow { rows, .. } => rows.values().next().map(|value| (value, parameter.span)),
        }
        .unwrap_or((&Value::Absent, parameter.span));
        let text = Text::new(value.to_string(), span);
        let readings = scalar::duration(&text.value).err().map(|found| found.suggestions).unwrap_or_default();
        let problem = ScalarProblem {
            message: Message::new("parameter-bare-number", [&text.value]),
            suggestions: readings,
        };
        let finding = read::problem(Code::BadDuration, span, problem);
        out.found.push(
            uses.into_iter()
                .fold(finding, |finding, span| finding.also(span, Message::plain("duration-wanted-here"))),
        );
    }
}

/// Whether a type is that of a number without a unit.
fn is_bare(ty: &Type) -> bool {
    matches!(ty, Type::Integer(Unit::None) | Type::Decimal(Unit::None))
}

/// Units that say how often or how many.
fn countable(unit: Unit) -> bool {
    matches!(unit, Unit::None | Unit::Times | Unit::Periods | Unit::Samples | Unit::People | Unit::Days)
}

/// A finding about a name that means something elsewhere says why it does not here.
fn explained(mut finding: Diagnostic, not_here: &std::collections::BTreeMap<String, Message>) -> Diagnostic {
    let unknown = matches!(finding.code, Code::UnknownName | Code::UnknownParameter | Code::UnknownField);
    let path = finding.message.args.first().filter(|_| unknown);
    if let Some(message) = path.and_then(|path| not_here.get(path)) {
        finding.message = message.clone();
        finding.help.clear();
        finding.fix = None;
    }
    finding
}
