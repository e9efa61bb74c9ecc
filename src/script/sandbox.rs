//! The hardened rhai engine: hand-picked packages, every limit set, strict comparisons, no binary floats.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use rhai::packages::{
    BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicStringPackage, MoreStringPackage, Package,
};
use rhai::{
    AST, CallFnOptions, Dynamic, Engine, EvalAltResult, LexError, NativeCallContext, Position, Token,
};
use rust_decimal::Decimal;

use super::ast::{Arith, Compare};
use super::emit::no_value;
use super::ops::{self, Outcome};
use super::{ScriptError, builtins, scan};
use crate::lang::Message;
use crate::value::{Duration, Value};

/// What a script may use up. Every limit is set, since rhai's own differ between debug and release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations of one run.
    pub operations: u64,
    /// Levels of expressions inside expressions.
    pub depth: usize,
    /// Functions that call functions, one inside the other.
    pub call_levels: usize,
    /// Bytes of one script.
    pub script_bytes: usize,
    /// Characters of a text that a script makes.
    pub string_size: usize,
    /// Items of a list.
    pub array_size: usize,
    /// Entries of a map.
    pub map_size: usize,
    /// Locals alive at once.
    pub variables: usize,
    /// Functions and closures of one script, with those that it calls.
    pub functions: usize,
    /// Questions to the host in one run.
    pub host_calls: usize,
}

/// The hardened engine; one for all scripts of a policy.
pub struct Sandbox {
    engine: Engine,
    limits: Limits,
    zone: chrono_tz::Tz,
}

/// What one run shares with the functions it calls.
struct State {
    inputs: Vec<Result<Value, ScriptError>>,
    paths: Vec<Arc<str>>,
    answers: Vec<Answer>,
    stop: Option<Stop>,
}

/// The tag of a run: rhai hands it to every function of ours.
#[derive(Clone)]
struct Shared(Arc<Mutex<State>>);

/// An answer of the host.
#[derive(Clone)]
pub struct Answer {
    /// Which function, by its index in the program.
    pub idx: usize,
    /// What it was asked.
    pub args: Vec<Value>,
    /// What it answered.
    pub value: Value,
}

/// Why a run stopped on our side.
pub enum Stop {
    /// An input that is not known, or that the host could not give.
    Error(ScriptError),
    /// A question to the host.
    Ask {
        /// Which function.
        idx: usize,
        /// What it is asked.
        args: Vec<Value>,
        /// Whether the answer may be unknown.
        lenient: bool,
        /// The line of the question.
        line: usize,
    },
}

type Rhai<T> = Result<T, Box<EvalAltResult>>;

/// A failure of rhai: a message, or a limit; with its line.
pub type Fault = (Result<Message, Message>, usize);

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            operations: 20_000,
            depth: 32,
            call_levels: 8,
            script_bytes: 4_096,
            string_size: 4_096,
            array_size: 1_000,
            map_size: 200,
            variables: 64,
            functions: 64,
            host_calls: 32,
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("limits", &self.limits)
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// An engine with limits; `zone` is the policy's time zone, for `date_of`.
    pub fn new(limits: Limits, zone: chrono_tz::Tz) -> Sandbox {
        let mut engine = Engine::new_raw();
        for module in [
            BasicStringPackage::new().as_shared_module(),
            MoreStringPackage::new().as_shared_module(),
            BasicArrayPackage::new().as_shared_module(),
            BasicMapPackage::new().as_shared_module(),
            BasicIteratorPackage::new().as_shared_module(),
        ] {
            engine.register_global_module(module);
        }
        harden(&mut engine, &limits);
        register_operators(&mut engine);
        register_builtins(&mut engine, zone);
        register_inputs(&mut engine);
        register_texts(&mut engine, limits.string_size);
        Sandbox { engine, limits, zone }
    }

    /// What a script may use up.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The policy's time zone.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.zone
    }

    /// The engine, for the module that writes programs.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Runs the function `main` of a program.
    pub(super) fn run(
        &self,
        ast: &AST,
        inputs: Vec<Result<Value, ScriptError>>,
        paths: Vec<Arc<str>>,
        answers: Vec<Answer>,
    ) -> (Result<Value, Fault>, Option<Stop>) {
        let shared = Shared(Arc::new(Mutex::new(State { inputs, paths, answers, stop: None })));
        let options = CallFnOptions::new().eval_ast(false).with_tag(Dynamic::from(shared.clone()));
        let mut scope = rhai::Scope::new();
        let result = self.engine.call_fn_with_options::<Dynamic>(options, &mut scope, ast, "main", ());
        let stop = lock(&shared).stop.take();
        let value = match result {
            Ok(value) => from_rhai(&value).ok_or_else(|| (Ok(no_value(value.type_name())), 0)),
            Err(error) => Err(self.fault(&error)),
        };
        (value, stop)
    }

    /// What rhai's error means, at the innermost line.
    fn fault(&self, error: &EvalAltResult) -> Fault {
        use EvalAltResult as E;
        let line = |position: &Position| position.line().unwrap_or(0);
        let limits = &self.limits;
        match error {
            E::ErrorInFunctionCall(_, _, inner, position) => {
                let (fault, inner_line) = self.fault(inner);
                (fault, if inner_line == 0 { line(position) } else { inner_line })
            }
            E::ErrorTooManyOperations(at) => {
                (Err(Message::new("script-limit-operations", [limits.operations])), line(at))
            }
            E::ErrorStackOverflow(at) => {
                (Err(Message::new("script-limit-calls", [limits.call_levels])), line(at))
            }
            E::ErrorDataTooLarge(_, at) => {
                let sizes = [limits.string_size, limits.array_size, limits.map_size];
                (Err(Message::new("script-limit-size", sizes)), line(at))
            }
            E::ErrorTooManyVariables(at) => {
                (Err(Message::new("script-limit-variables", [limits.variables])), line(at))
            }
            E::ErrorRuntime(value, at) => {
                let message = value.clone().try_cast::<Message>();
                (Ok(message.unwrap_or_else(|| Message::new("script-rhai", [value]))), line(at))
            }
            other => (Ok(Message::new("script-rhai", [other])), line(&other.position())),
        }
    }
}

fn harden(engine: &mut Engine, limits: &Limits) {
    engine.set_strict_variables(true);
    engine.set_fail_on_invalid_map_property(true);
    engine.set_allow_looping(false);
    engine.set_allow_shadowing(false);
    engine.set_fast_operators(false);
    engine.set_optimization_level(rhai::OptimizationLevel::None);
    engine.set_max_operations(limits.operations);
    // One level of ours is a few of rhai's: brackets, a block, the operator.
    engine.set_max_expr_depths(limits.depth * 6 + 16, limits.depth * 6 + 16);
    engine.set_max_string_size(limits.string_size);
    engine.set_max_array_size(limits.array_size);
    engine.set_max_map_size(limits.map_size);
    engine.set_max_functions(limits.functions);
    engine.set_max_modules(0);
    engine.set_max_variables(limits.variables);
    // Closures of rhai's own methods take a level too.
    engine.set_max_call_levels(limits.call_levels * 2 + 2);
    for word in scan::KEYWORDS.iter().chain(scan::FUNCTIONS).filter(|word| **word != "fn") {
        engine.disable_symbol(*word);
    }
    // The literal's own digits make a decimal; a binary float never comes to be.
    #[expect(deprecated, reason = "rhai marks this hook as volatile; the version is pinned")]
    engine.on_parse_token(|token, _, _| match token {
        Token::FloatConstant(literal) => match Decimal::from_str_exact(&literal.1) {
            Ok(value) => Token::DecimalConstant(Box::new((value, literal.1.clone()))),
            Err(_) => Token::LexError(Box::new(LexError::MalformedNumber(literal.1.to_string()))),
        },
        other => other,
    });
}

fn register_operators(engine: &mut Engine) {
    for op in [Arith::Add, Arith::Sub, Arith::Mul, Arith::Div, Arith::Rem] {
        engine.register_fn(op.sign(), move |a: Dynamic, b: Dynamic| -> Rhai<Dynamic> {
            give(ops::arith(op, &take(&a)?, &take(&b)?))
        });
    }
    for op in [
        Compare::Equal,
        Compare::NotEqual,
        Compare::Less,
        Compare::LessEqual,
        Compare::Greater,
        Compare::GreaterEqual,
    ] {
        engine.register_fn(op.sign(), move |a: Dynamic, b: Dynamic| -> Rhai<bool> {
            ops::compare(op, &take(&a)?, &take(&b)?).map_err(failed)
        });
    }
    engine.register_fn("-", |a: Dynamic| -> Rhai<Dynamic> { give(ops::negate(&take(&a)?)) });
    engine.register_fn("!", |a: bool| !a);
    engine.register_fn("rb_one_of", |a: Dynamic, all: Dynamic| -> Rhai<bool> {
        let (a, all) = (take(&a)?, take(&all)?);
        match &all {
            Value::List(all) => ops::one_of(&a, all).map_err(failed),
            text => match (text.as_str(), a.as_str()) {
                (Some(text), Some(part)) => Ok(text.contains(part)),
                _ => Err(failed(Message::new("script-mixed", ["in".into(), ops::show(&a), ops::show(&all)]))),
            },
        }
    });
    engine.register_fn("rb_no_case", || -> Rhai<Dynamic> {
        Err(failed(Message::new("script-no-case", ["?"])))
    });
    engine.register_fn("rb_date", |text: &str| -> Rhai<NaiveDate> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| failed(no_value("date")))
    });
    engine.register_fn("rb_decimal", |text: &str| -> Rhai<Dynamic> {
        Decimal::from_str_exact(text)
            .map(|x| to_rhai(&ops::number(x)))
            .map_err(|_| failed(no_value("decimal")))
    });
}

fn register_builtins(engine: &mut Engine, zone: chrono_tz::Tz) {
    for builtin in builtins::ALL {
        let (id, name) = (builtin.id, format!("rb_{}", builtin.name));
        if builtin.takes.len() == 1 {
            engine.register_fn(name, move |a: Dynamic| -> Rhai<Dynamic> {
                give(builtins::call(id, &[take(&a)?], zone))
            });
        } else {
            engine.register_fn(name, move |a: Dynamic, b: Dynamic| -> Rhai<Dynamic> {
                give(builtins::call(id, &[take(&a)?, take(&b)?], zone))
            });
        }
    }
}

fn register_inputs(engine: &mut Engine) {
    engine.register_fn("rb_in", |ctx: NativeCallContext<'_>, idx: i64| input(&ctx, idx, false));
    engine.register_fn("rb_get", |ctx: NativeCallContext<'_>, idx: i64| input(&ctx, idx, true));
    engine.register_fn("rb_host", |ctx: NativeCallContext<'_>, idx: i64, args: rhai::Array| {
        ask(&ctx, idx, &args, false)
    });
    engine.register_fn("rb_host_get", |ctx: NativeCallContext<'_>, idx: i64, args: rhai::Array| {
        ask(&ctx, idx, &args, true)
    });
}

fn register_texts(engine: &mut Engine, size: usize) {
    engine.register_fn("rb_text", move |parts: rhai::Array| -> Rhai<String> {
        let mut text = String::new();
        for part in &parts {
            text.push_str(&take(part)?.to_string());
            if text.len() > size {
                return Err(EvalAltResult::ErrorDataTooLarge("string".into(), Position::NONE).into());
            }
        }
        Ok(text)
    });
    engine.register_fn("to_string", |date: NaiveDate| Value::Date(date).to_string());
    engine.register_fn("to_string", |at: DateTime<Utc>| Value::Instant(at).to_string());
    engine.register_fn("to_string", |duration: Duration| Value::Duration(duration).to_string());
}

fn input(ctx: &NativeCallContext<'_>, idx: i64, lenient: bool) -> Rhai<Dynamic> {
    let shared = shared(ctx)?;
    let mut state = lock(&shared);
    let idx = usize::try_from(idx).unwrap_or(usize::MAX);
    let error = match state.inputs.get(idx) {
        Some(Ok(Value::Absent)) if !lenient => {
            ScriptError::Absent { path: state.paths.get(idx).cloned().unwrap_or_default() }
        }
        Some(Ok(value)) => return Ok(to_rhai(value)),
        Some(Err(error)) => error.clone(),
        None => ScriptError::Host(Message::plain("script-not-native")),
    };
    state.stop = Some(Stop::Error(error));
    Err(stopped())
}

fn ask(ctx: &NativeCallContext<'_>, idx: i64, args: &rhai::Array, lenient: bool) -> Rhai<Dynamic> {
    let shared = shared(ctx)?;
    let mut state = lock(&shared);
    let idx = usize::try_from(idx).unwrap_or(usize::MAX);
    let args = args.iter().map(take).collect::<Rhai<Vec<Value>>>()?;
    if let Some(answer) = state.answers.iter().find(|answer| answer.idx == idx && answer.args == args) {
        return Ok(to_rhai(&answer.value));
    }
    let line = ctx.call_position().line().unwrap_or(0);
    state.stop = Some(Stop::Ask { idx, args, lenient, line });
    Err(stopped())
}

fn shared(ctx: &NativeCallContext<'_>) -> Rhai<Shared> {
    ctx.tag().and_then(|tag| tag.clone().try_cast::<Shared>()).ok_or_else(stopped)
}

fn lock(shared: &Shared) -> std::sync::MutexGuard<'_, State> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stopped() -> Box<EvalAltResult> {
    EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into()
}

fn failed(message: Message) -> Box<EvalAltResult> {
    EvalAltResult::ErrorRuntime(Dynamic::from(message), Position::NONE).into()
}

fn give(outcome: Outcome) -> Rhai<Dynamic> {
    outcome.map(|value| to_rhai(&value)).map_err(failed)
}

fn take(value: &Dynamic) -> Rhai<Value> {
    from_rhai(value).ok_or_else(|| failed(no_value(value.type_name())))
}

/// A value as rhai holds it: whole numbers as integers, words and names as texts, units dropped.
fn to_rhai(value: &Value) -> Dynamic {
    match value {
        Value::Absent => Dynamic::UNIT,
        Value::Boolean(value) => Dynamic::from_bool(*value),
        Value::Number(x, _) => {
            let whole = x.fract().is_zero().then(|| i64::try_from(*x).ok()).flatten();
            whole.map_or_else(|| Dynamic::from_decimal(*x), Dynamic::from_int)
        }
        Value::Text(text) | Value::Choice(text) | Value::Person(text) | Value::Subject(text) => {
            Dynamic::from(text.to_string())
        }
        Value::Date(date) => Dynamic::from(*date),
        Value::Instant(at) => Dynamic::from(*at),
        Value::Duration(duration) => Dynamic::from(*duration),
        Value::List(all) => Dynamic::from_array(all.iter().map(to_rhai).collect()),
    }
}

/// A value of rhai as ours; nothing for maps, closures and other things of rhai alone.
fn from_rhai(value: &Dynamic) -> Option<Value> {
    // What a closure captured is shared; the value inside is what counts.
    let value = &value.flatten_clone();
    if value.is_unit() {
        return Some(Value::Absent);
    }
    if let Ok(value) = value.as_bool() {
        return Some(Value::Boolean(value));
    }
    if let Ok(x) = value.as_int() {
        return Some(ops::number(Decimal::from(x)));
    }
    if let Ok(x) = value.as_decimal() {
        return Some(ops::number(x));
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return Some(Value::text(text.as_str()));
    }
    if let Ok(c) = value.as_char() {
        return Some(Value::text(c.to_string()));
    }
    if let Ok(all) = value.as_array_ref() {
        return all.iter().map(from_rhai).collect::<Option<Vec<_>>>().map(|all| Value::List(all.into()));
    }
    let date = value.clone().try_cast::<NaiveDate>().map(Value::Date);
    let instant = || value.clone().try_cast::<DateTime<Utc>>().map(Value::Instant);
    let duration = || value.clone().try_cast::<Duration>().map(Value::Duration);
    date.or_else(instant).or_else(duration)
}

#[cfg(test)]
impl Sandbox {
    /// What rhai makes of a text as it stands, for the test of our grammar.
    pub(super) fn eval_raw(
        &self,
        text: &str,
        values: &std::collections::BTreeMap<String, Value>,
    ) -> Option<Value> {
        let mut scope = rhai::Scope::new();
        for (name, value) in values.iter().filter(|(name, _)| !name.contains('.')) {
            scope.push_dynamic(name.as_str(), to_rhai(value));
        }
        let value = self.engine.eval_with_scope::<Dynamic>(&mut scope, text).ok()?;
        from_rhai(&value)
    }
}
