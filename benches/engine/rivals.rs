//! The same year written otherwise: by hand, as a compiled state machine, and with rhai for the conditions.
//!
//! They do what a programmer would write for this one policy: moves, the score with its rounding, the band. They keep no
//! records, no trace, no clocks and no effects, and they know no clauses; that is what the distance pays for.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rhai::{AST, Engine, Scope};
use rust_decimal::{Decimal, RoundingStrategy};
use statig::prelude::*;

/// One event.
pub enum Plain {
    /// A day of training.
    Attended { day: NaiveDate, today: NaiveDate, topic: usize },
    /// An exam.
    Exam { score: Decimal },
    /// A month's figures.
    Closed(Month),
}

/// A month's figures.
pub struct Month {
    pub sales: i64,
    pub surveys: i64,
    pub count: i64,
    pub met: i64,
}

/// How a year ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Whether the exam was passed.
    pub certified: bool,
    /// Each month's total.
    pub totals: Vec<Decimal>,
    /// Each month's band, best first.
    pub bands: Vec<usize>,
}

/// Sales against the target, capped, 60 %; surveys from 1 to 5, 30 %; replies from 70 % to 95 %, 10 %.
fn total(month: &Month) -> Decimal {
    let hundred = Decimal::ONE_HUNDRED;
    let sales = (Decimal::from(month.sales) * hundred / Decimal::from(100_000)).min(Decimal::from(120));
    let mean = Decimal::from(month.surveys) / Decimal::from(month.count);
    let satisfaction = ((mean - Decimal::ONE) * hundred / Decimal::from(4)).clamp(Decimal::ZERO, hundred);
    let share = Decimal::from(month.met) / hundred;
    let (low, high) = (Decimal::new(70, 2), Decimal::new(95, 2));
    let response = ((share - low) * hundred / (high - low)).clamp(Decimal::ZERO, hundred);
    let total =
        sales * Decimal::new(60, 2) + satisfaction * Decimal::new(30, 2) + response * Decimal::new(10, 2);
    total.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn band(total: Decimal) -> usize {
    [95, 85, 70, 60].iter().position(|bound| total >= Decimal::from(*bound)).unwrap_or(4)
}

/// What both compiled ways remember.
#[derive(Default)]
struct Memory {
    days: BTreeSet<NaiveDate>,
    topics: [bool; 4],
    end: End,
}

impl Memory {
    fn attended(&mut self, day: NaiveDate, today: NaiveDate, topic: usize) {
        if day <= today {
            self.days.insert(day);
            if let Some(topic) = self.topics.get_mut(topic) {
                *topic = true;
            }
        }
    }

    fn may_sit(&self) -> bool {
        self.days.len() >= 7 && self.topics.iter().all(|topic| *topic)
    }

    fn closed(&mut self, month: &Month) {
        let total = total(month);
        self.end.totals.push(total);
        self.end.bands.push(band(total));
    }
}

/// By hand.
pub fn by_hand(events: &[Plain]) -> End {
    let mut memory = Memory::default();
    for event in events {
        match event {
            Plain::Attended { day, today, topic } => memory.attended(*day, *today, *topic),
            Plain::Exam { score } => {
                if memory.may_sit() && *score >= Decimal::from(80) {
                    memory.end.certified = true;
                }
            }
            Plain::Closed(month) => memory.closed(month),
        }
    }
    memory.end
}

/// The machine holds the state, its context the memory.
struct Onboarding;

#[state_machine(initial = "State::training()")]
impl Onboarding {
    #[state]
    fn training(context: &mut Memory, event: &Plain) -> Outcome<State> {
        match event {
            Plain::Attended { day, today, topic } => {
                context.attended(*day, *today, *topic);
                Handled
            }
            Plain::Exam { score } if context.may_sit() => {
                if *score >= Decimal::from(80) {
                    context.end.certified = true;
                    Transition(State::certified())
                } else {
                    Transition(State::resit())
                }
            }
            Plain::Exam { .. } => Handled,
            Plain::Closed(month) => {
                context.closed(month);
                Handled
            }
        }
    }

    #[state]
    fn resit(context: &mut Memory, event: &Plain) -> Outcome<State> {
        match event {
            Plain::Exam { score } if *score >= Decimal::from(80) => {
                context.end.certified = true;
                Transition(State::certified())
            }
            Plain::Closed(month) => {
                context.closed(month);
                Handled
            }
            _ => Handled,
        }
    }

    #[state]
    fn certified(context: &mut Memory, event: &Plain) -> Outcome<State> {
        if let Plain::Closed(month) = event {
            context.closed(month);
        }
        Handled
    }
}

/// As a compiled state machine.
pub fn machine(events: &[Plain]) -> End {
    let mut machine = Onboarding.state_machine();
    let mut memory = Memory::default();
    for event in events {
        machine.handle_with_context(event, &mut memory);
    }
    memory.end
}

/// With conditions and the score in rhai, each compiled once.
pub struct Scripted {
    engine: Engine,
    attended: AST,
    exam: AST,
    total: AST,
    band: AST,
}

impl Scripted {
    /// Compiles the scripts.
    pub fn new() -> Scripted {
        let engine = Engine::new();
        let compiled = |text: &str| engine.compile(text).expect("a script");
        let (attended, exam) =
            (compiled("day <= today"), compiled("days >= 7 && topics == 4 && score >= pass_mark"));
        let total = compiled(
            "let s = sales * hundred / target; if s > cap { s = cap; }
             let f = (surveys / count - one) * hundred / four;
             let r = (met / hundred - low) * hundred / (high - low);
             if r < zero { r = zero; } if r > hundred { r = hundred; }
             s * w1 + f * w2 + r * w3",
        );
        let band = compiled(
            "if t >= s { 0 } else if t >= a { 1 } else if t >= b { 2 } else if t >= c { 3 } else { 4 }",
        );
        Scripted { engine, attended, exam, total, band }
    }

    /// The year.
    pub fn year(&mut self, events: &[Plain]) -> End {
        let mut memory = Memory::default();
        for event in events {
            match event {
                Plain::Attended { day, today, topic } => {
                    let mut scope = Scope::new();
                    scope.push("day", day.to_string()).push("today", today.to_string());
                    if self.test(&mut scope, &self.attended) {
                        memory.attended(*day, *today, *topic);
                    }
                }
                Plain::Exam { score } => {
                    let mut scope = Scope::new();
                    scope.push("days", memory.days.len() as i64);
                    scope.push("topics", memory.topics.iter().filter(|topic| **topic).count() as i64);
                    scope.push("score", *score).push("pass_mark", Decimal::from(80));
                    memory.end.certified |= self.test(&mut scope, &self.exam);
                }
                Plain::Closed(month) => self.closed(month, &mut memory.end),
            }
        }
        memory.end
    }

    fn test(&self, scope: &mut Scope<'_>, script: &AST) -> bool {
        self.engine.eval_ast_with_scope(scope, script).expect("yes or no")
    }

    fn closed(&self, month: &Month, end: &mut End) {
        let mut scope = Scope::new();
        for (name, value) in [("sales", month.sales), ("surveys", month.surveys), ("count", month.count)] {
            scope.push(name, Decimal::from(value));
        }
        for (name, value) in [("met", month.met), ("target", 100_000), ("cap", 120), ("four", 4)] {
            scope.push(name, Decimal::from(value));
        }
        scope.push("hundred", Decimal::ONE_HUNDRED).push("one", Decimal::ONE).push("zero", Decimal::ZERO);
        for (name, value) in [("low", 70), ("high", 95), ("w1", 60), ("w2", 30), ("w3", 10)] {
            scope.push(name, Decimal::new(value, 2));
        }
        let exact: Decimal = self.engine.eval_ast_with_scope(&mut scope, &self.total).expect("a number");
        let total = exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        let mut scope = Scope::new();
        scope.push("t", total);
        for (name, value) in [("s", 95), ("a", 85), ("b", 70), ("c", 60)] {
            scope.push(name, Decimal::from(value));
        }
        let band: i64 = self.engine.eval_ast_with_scope(&mut scope, &self.band).expect("a band");
        end.totals.push(total);
        end.bands.push(band as usize);
    }
}
