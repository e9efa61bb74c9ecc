//! What an expression sees: the subject, the event at hand, the result or clock being told, parameters at the right date.

use std::cell::RefCell;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::state::{Round, ScoreResult, State};
use super::{people, streak, table};
use crate::error::{Error, ErrorKind, Result};
use crate::lang::{Lang, Message};
use crate::model::{
    Amount, AsOf, Expression, Model, ParameterId, ParameterValues, Part, ScorePart, Source, Template,
};
use crate::record::Data;
use crate::scalar;
use crate::script::{Host, ScriptError};
use crate::value::{Unit, Value};

use super::step::Said;
use super::trace::Reads;

/// The event at hand.
#[derive(Clone, Copy)]
pub(super) struct Happening<'a> {
    /// Its data in slots.
    pub slots: &'a [Value],
    /// Who acts, as the record says it.
    pub by: Option<&'a Arc<str>>,
    /// What was read of other subjects at the door.
    pub reads: &'a Data,
}

/// Everything an expression may see.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub model: &'a Model,
    pub state: &'a State,
    /// The instant being judged.
    pub at: DateTime<Utc>,
    pub event: Option<Happening<'a>>,
    /// The result being told.
    pub result: Option<&'a ScoreResult>,
    /// The round being told.
    pub round: Option<&'a Round>,
    /// Who stopped the round.
    pub stopped_by: Option<&'a Arc<str>>,
    /// First day of the assessment period, where one is at hand.
    pub period_start: Option<NaiveDate>,
    /// One of a list, where something happens for each.
    pub item: Option<&'a Value>,
    /// Where the answers of host functions are kept, so that they become part of the record.
    pub answered: Option<&'a RefCell<Vec<(Arc<str>, Value)>>>,
}

/// Why an expression gave no value.
#[derive(Debug)]
pub(super) enum Failure {
    /// A value is missing: it decides nothing.
    Absent(Arc<str>),
    /// The world failed.
    Error(Error),
}

impl<'a> Context<'a> {
    /// A context without event, result or clock.
    pub fn new(model: &'a Model, state: &'a State, at: DateTime<Utc>) -> Context<'a> {
        Context {
            model,
            state,
            at,
            event: None,
            result: None,
            round: None,
            stopped_by: None,
            period_start: None,
            item: None,
            answered: None,
        }
    }

    /// Evaluates an expression; notes what it read where somebody wants to know.
    pub fn eval(&self, expression: &Expression, reads: Option<&mut Reads>) -> Result<Value, Failure> {
        self.through(expression, reads, |view| expression.code.eval(view))
    }

    /// Evaluates a condition.
    pub fn test(&self, expression: &Expression, reads: Option<&mut Reads>) -> Result<bool, Failure> {
        self.through(expression, reads, |view| expression.code.test(view))
    }

    fn through<T>(
        &self,
        expression: &Expression,
        reads: Option<&mut Reads>,
        run: impl FnOnce(&mut dyn Host) -> Result<T, ScriptError>,
    ) -> Result<T, Failure> {
        let mut view = View { ctx: self, expression, reads: RefCell::new(reads), error: RefCell::new(None) };
        match run(&mut view) {
            Ok(value) => Ok(value),
            Err(failed) => match view.error.take() {
                Some(error) => Err(Failure::Error(error)),
                None => Err(self.failure(expression, failed)),
            },
        }
    }

    fn failure(&self, expression: &Expression, failed: ScriptError) -> Failure {
        let path = self.model.sources.get(expression.written.span.file).map_or("", |file| &file.path);
        match failed {
            ScriptError::Absent { path } => Failure::Absent(path),
            ScriptError::Limit { what, line, column, .. } => Failure::Error(Error::new(
                ErrorKind::Script,
                format!(
                    "{path}:{line}:{column}: script limit reached: {}",
                    what.render(crate::lang::Lang::En)
                ),
            )),
            ScriptError::Failed { message, line, column, .. } => Failure::Error(Error::new(
                ErrorKind::Script,
                format!("{path}:{line}:{column}: {}", message.render(crate::lang::Lang::En)),
            )),
            ScriptError::Host(message) => {
                Failure::Error(Error::new(ErrorKind::Script, message.render(crate::lang::Lang::En)))
            }
        }
    }

    /// The day that governs a parameter.
    pub fn day_of(&self, as_of: AsOf) -> NaiveDate {
        let today = || self.at.with_timezone(&self.model.header.zone).date_naive();
        match as_of {
            AsOf::PeriodStart => self.period_start.unwrap_or_else(today),
            AsOf::Event | AsOf::Decision => today(),
        }
    }

    /// The value of a parameter at its governing day.
    pub fn parameter(&self, id: ParameterId) -> Result<Value> {
        let parameter = self.model.parameter(id);
        match &parameter.values {
            ParameterValues::Dated(_) => {
                if let Some(version) = parameter.always() {
                    return Ok(version.value.clone());
                }
                let day = self.day_of(parameter.as_of);
                match parameter.version_on(day) {
                    Some(version) => Ok(version.value.clone()),
                    None => Err(Error::new(
                        ErrorKind::NotCovered,
                        format!("parameter `${}` has no version in force on {day}", parameter.name),
                    )),
                }
            }
            ParameterValues::ByRow { by, rows } => {
                let row = self.source(by)?;
                row.as_str().and_then(|row| rows.get(row)).cloned().ok_or_else(|| {
                    Error::new(
                        ErrorKind::NotCovered,
                        format!("parameter `${}` has no row for `{row}`", parameter.name),
                    )
                })
            }
        }
    }

    /// An amount as a duration or a count.
    pub fn amount(&self, amount: &Amount) -> Result<Value> {
        match amount {
            Amount::Duration(duration) => Ok(Value::Duration(*duration)),
            Amount::Count(count, unit) => Ok(Value::Number(*count, *unit)),
            Amount::Parameter(id) => self.parameter(*id),
        }
    }

    /// The value behind a source; absent where nothing is known.
    pub fn source(&self, source: &Source) -> Result<Value> {
        Ok(match source {
            Source::EventData(slot) => {
                self.event.and_then(|event| event.slots.get(*slot)).cloned().unwrap_or_default()
            }
            Source::EventAt => Value::Instant(self.at),
            Source::EventBy => match self.event.and_then(|event| event.by) {
                Some(by) => Value::Person(people::person_of(self.model, by)),
                None => Value::Absent,
            },
            Source::Field(field) => self.state.fields.get(*field).cloned().unwrap_or_default(),
            Source::Itself => itself(self.model, self.state),
            Source::Parameter(id) => self.parameter(*id)?,
            Source::Workflow(workflow) => {
                super::property(self.model, self.state, crate::model::Property::Workflow(*workflow))
            }
            Source::Score(card, part) => self.score(*card, *part),
            Source::Table(id, output) => {
                let (_, values) = table::ask(self, *id)?;
                values.get(*output).cloned().unwrap_or_default()
            }
            Source::Read(id) => {
                let read = self.model.read(*id);
                match self.event.and_then(|event| event.reads.get(&read.path)) {
                    Some(value) => super::door::coerce(&read.ty, value, self.model).unwrap_or_default(),
                    None => Value::Absent,
                }
            }
            Source::Item => self.item.cloned().unwrap_or_default(),
            Source::ClockDue => self.round.map_or(Value::Absent, |round| Value::Instant(round.due)),
            Source::ClockStarted => self.round.map_or(Value::Absent, |round| Value::Instant(round.started)),
            Source::StoppedBy => self.stopped_by.map_or(Value::Absent, |by| Value::Person(by.clone())),
        })
    }

    fn score(&self, card: crate::model::ScorecardId, part: ScorePart) -> Value {
        let Some(score) = self.state.scores.iter().find(|score| score.card == card) else {
            return Value::Absent;
        };
        let scorecard = self.model.scorecard(card);
        if let ScorePart::Streak(idx) = part {
            let rule = scorecard.streaks.get(idx);
            let length = rule.and_then(|rule| streak::length(rule, scorecard, score, self.model));
            return length
                .map_or(Value::Absent, |length| Value::Number(Decimal::from(length), Unit::Periods));
        }
        let told = self.result.filter(|result| result.card == card);
        let Some(result) = told.or_else(|| score.results.last()) else { return Value::Absent };
        match part {
            ScorePart::Score => {
                result.score.map_or(Value::Absent, |score| Value::Number(score, Unit::Points))
            }
            ScorePart::Band => result
                .band
                .and_then(|band| scorecard.bands.get(band))
                .map_or(Value::Absent, |band| Value::Choice(band.name.clone())),
            ScorePart::Result => Value::Choice(Arc::from(result.outcome.word())),
            ScorePart::PeriodStart => Value::Date(result.period),
            ScorePart::Streak(_) => Value::Absent,
        }
    }

    /// Fills in a message; a missing value shows as a dash. Values are worded in the language of the text around them.
    pub fn say(&self, template: &Template) -> Result<Said> {
        let mut values = Vec::with_capacity(template.places.len());
        for place in &template.places {
            match self.eval(place, None) {
                Ok(value) => values.push(value),
                Err(Failure::Absent(_)) => values.push(Value::Absent),
                Err(Failure::Error(error)) => return Err(error),
            }
        }
        let fill = |parts: &[Part], lang: Lang| -> Arc<str> {
            let mut text = String::new();
            for part in parts {
                match part {
                    Part::Text(part) => text.push_str(part),
                    Part::Place(idx) => {
                        let value = values.get(*idx).unwrap_or(&Value::Absent);
                        text.push_str(&show(value, self.model, lang));
                    }
                }
            }
            text.into()
        };
        Ok(Said {
            own: fill(&template.own, language_of(&template.own)),
            en: template.en.as_deref().map(|parts| fill(parts, Lang::En)),
        })
    }
}

/// The language of a message: Chinese, if it has a Chinese sign or no text at all.
fn language_of(parts: &[Part]) -> Lang {
    let mut texts = parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Place(_) => None,
    });
    let chinese = |text: &Arc<str>| text.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign));
    if texts.clone().any(chinese) || texts.next().is_none() { Lang::Zh } else { Lang::En }
}

/// The subject as a value.
pub(super) fn itself(model: &Model, state: &State) -> Value {
    if model.kind(state.kind).person {
        let name = state.subject.split_once('/').map_or(state.subject.as_ref(), |(_, name)| name);
        Value::Person(Arc::from(name))
    } else {
        Value::Subject(state.subject.clone())
    }
}

/// A value for people: instants in the policy's zone, units and durations in a language.
pub(super) fn show(value: &Value, model: &Model, lang: Lang) -> String {
    match (value, lang) {
        (Value::Instant(at), _) => at.with_timezone(&model.header.zone).format("%Y-%m-%d %H:%M").to_string(),
        (Value::Duration(duration), _) => scalar::duration_words(*duration, lang),
        (Value::Number(number, unit), Lang::Zh) if !matches!(unit, Unit::None | Unit::Percent) => {
            format!("{} {}", number.normalize(), unit.zh())
        }
        (Value::Number(number, unit), Lang::En) if *number == Decimal::ONE && *unit != Unit::Percent => {
            format!("1 {}", unit.to_string().trim_end_matches('s')).trim_end().to_owned()
        }
        (Value::Boolean(flag), Lang::Zh) => if *flag { "是" } else { "否" }.to_owned(),
        (Value::List(values), _) => {
            let shown: Vec<String> = values.iter().map(|value| show(value, model, lang)).collect();
            shown.join(if lang == Lang::Zh { "、" } else { ", " })
        }
        (other, _) => other.to_string(),
    }
}

/// A context seen through one expression.
struct View<'a, 'b> {
    ctx: &'a Context<'a>,
    expression: &'a Expression,
    reads: RefCell<Option<&'b mut Reads>>,
    error: RefCell<Option<Error>>,
}

impl View<'_, '_> {
    fn note(&self, idx: usize, value: &Value) {
        if let Some(reads) = self.reads.borrow_mut().as_deref_mut() {
            reads.inputs.push((idx, value.clone()));
        }
    }
}

impl Host for View<'_, '_> {
    fn look(&self, idx: usize) -> Option<&Value> {
        let value = match &self.expression.inputs.get(idx)?.source {
            Source::EventData(slot) => self.ctx.event?.slots.get(*slot)?,
            Source::Field(field) => self.ctx.state.fields.get(*field)?,
            Source::Parameter(id) => &self.ctx.model.parameter(*id).always()?.value,
            _ => return None,
        };
        if value.is_absent() {
            return None;
        }
        self.note(idx, value);
        Some(value)
    }

    fn input(&mut self, idx: usize) -> Result<Value, ScriptError> {
        let Some(input) = self.expression.inputs.get(idx) else { return Ok(Value::Absent) };
        match self.ctx.source(&input.source) {
            Ok(value) => {
                self.note(idx, &value);
                Ok(value)
            }
            Err(error) => {
                self.error.replace(Some(error));
                Err(ScriptError::Host(Message::plain("input-failed")))
            }
        }
    }

    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, ScriptError> {
        let shown: Vec<String> = args.iter().map(Value::to_string).collect();
        let key: Arc<str> = format!("{name}({})", shown.join(", ")).into();
        let known = self.ctx.event.and_then(|event| event.reads.get(&key));
        let value = match known {
            Some(known) => known.clone(),
            None => match self.ctx.model.host.call(name, args) {
                Ok(value) => value,
                Err(why) => {
                    return Err(ScriptError::Host(Message::new("host-function-failed", [name, &why])));
                }
            },
        };
        if let Some(reads) = self.reads.borrow_mut().as_deref_mut() {
            reads.answers.push((key.clone(), typed(self.ctx.model, name, &value)));
        }
        if let (None, Some(answered)) = (known, self.ctx.answered) {
            answered.borrow_mut().push((key, value.clone()));
        }
        Ok(value)
    }
}

/// What a host function answered, in the type it declares: a kept answer is plain text, a fresh one is not.
fn typed(model: &Model, function: &str, answer: &Value) -> Value {
    let returns = model.library.returns(function);
    returns.and_then(|ty| super::door::coerce(ty, answer, model)).unwrap_or_else(|| answer.clone())
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}
