//! Expressions and their values, mistakes and their places, natively and by way of rhai.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;

use super::*;
use crate::diag::Code;
use crate::source::Sources;
use crate::value::{ChoiceType, ClockKind, Duration, TimeUnit, Unit};

mod differential;
mod mistakes;
mod values;

/// Names with types, and values for a run.
#[derive(Clone, Default)]
pub struct World {
    pub types: BTreeMap<String, Type>,
    pub values: BTreeMap<String, Value>,
}

impl World {
    fn with(mut self, path: &str, ty: Type, value: Value) -> World {
        self.types.insert(path.into(), ty);
        self.values.insert(path.into(), value);
        self
    }
}

impl Scope for World {
    fn resolve(&self, path: &str) -> Result<Type, Vec<String>> {
        self.types.get(path).cloned().ok_or_else(Vec::new)
    }

    fn names(&self) -> Vec<String> {
        self.types.keys().cloned().collect()
    }
}

/// A host over a world.
pub struct Run<'a> {
    world: &'a World,
    inputs: Vec<Input>,
    calls: usize,
}

impl<'a> Run<'a> {
    fn new(world: &'a World, compiled: &Compiled) -> Run<'a> {
        Run { world, inputs: compiled.inputs().to_vec(), calls: 0 }
    }
}

impl Host for Run<'_> {
    fn input(&mut self, idx: usize) -> Result<Value, ScriptError> {
        Ok(self.world.values.get(&*self.inputs[idx].path).cloned().unwrap_or_default())
    }

    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, ScriptError> {
        self.calls += 1;
        match (name, args) {
            ("tenure", [Value::Person(person)]) if &**person == "li" => Ok(num("14")),
            ("tenure", _) => Ok(Value::Absent),
            ("broken", _) => Err(ScriptError::Host(Message::plain("script-not-native"))),
            _ => Ok(Value::text("no such thing")),
        }
    }
}

pub fn num(text: &str) -> Value {
    Value::number(text.parse::<Decimal>().unwrap())
}

pub fn unit(text: &str, unit: Unit) -> Value {
    Value::Number(text.parse().unwrap(), unit)
}

pub fn choice(name: &str, options: &[&str]) -> Type {
    let options = options.iter().map(|option| Arc::from(*option)).collect();
    Type::Choice(Arc::new(ChoiceType { name: name.into(), options, several: false }))
}

pub fn date(text: &str) -> Value {
    Value::Date(text.parse::<NaiveDate>().unwrap())
}

pub fn duration(amount: i64, unit: TimeUnit, clock: ClockKind) -> Value {
    Value::Duration(Duration { amount, unit, clock })
}

pub fn world() -> World {
    let band = || choice("monthly_kpi.band", &["S", "A", "B", "C", "D"]);
    let at = DateTime::parse_from_rfc3339("2026-03-31T23:30:00Z").unwrap().to_utc();
    let people: Vec<Value> = ["li", "wang"].iter().map(|p| Value::Person(Arc::from(*p))).collect();
    let days: Vec<Value> = vec![num("3"), num("1"), num("2")];
    World::default()
        .with("event.score", Type::Decimal(Unit::Points), unit("84.5", Unit::Points))
        .with("event.note", Type::Text, Value::text("迟到 10 分钟"))
        .with("event.missing", Type::Decimal(Unit::Points), Value::Absent)
        .with("event.by", Type::Person, Value::Person("li".into()))
        .with("event.at", Type::Instant, Value::Instant(at))
        .with("event.topics", Type::List(Box::new(choice("topic", &["culture", "skill"]))), {
            Value::List(vec![Value::Choice("skill".into())].into())
        })
        .with("$pass_mark", Type::Integer(Unit::Points), unit("80", Unit::Points))
        .with("$kpi_weights.sales", Type::Decimal(Unit::Percent), unit("0.60", Unit::Percent))
        .with("$chat_reply", Type::Duration, duration(5, TimeUnit::Minutes, ClockKind::Business))
        .with("$finish", Type::Duration, duration(15, TimeUnit::Days, ClockKind::Working))
        .with("staff.position", choice("staff.position", &["sales", "service", "技术员"]), {
            Value::Choice("sales".into())
        })
        .with("staff.hired", Type::Date, date("2026-03-23"))
        .with("staff.left", Type::Date, date("2026-04-02"))
        .with("staff.days", Type::List(Box::new(Type::Integer(Unit::None))), Value::List(days.into()))
        .with("staff.team", Type::List(Box::new(Type::Person)), Value::List(people.into()))
        .with("visit.order.owner", Type::Subject("staff".into()), Value::Subject("staff/li".into()))
        .with("actor.onboarding", choice("onboarding", &["training", "certified"]), {
            Value::Choice("certified".into())
        })
        .with("band", band(), Value::Choice("D".into()))
        .with("failing", Type::Integer(Unit::Periods), unit("3", Unit::Periods))
        .with("coached", Type::Boolean, Value::Boolean(true))
        .with("months", Type::Integer(Unit::None), num("7"))
        .with("sales", Type::Decimal(Unit::Yuan), unit("52480", Unit::Yuan))
        .with("成绩", Type::Decimal(Unit::Points), unit("59.99", Unit::Points))
}

pub fn sandbox() -> Arc<Sandbox> {
    Arc::new(Sandbox::new(Limits::default(), chrono_tz::Asia::Shanghai))
}

/// Host functions and two named ones.
pub fn library(sandbox: &Sandbox) -> Library {
    let band = || choice("monthly_kpi.band", &["S", "A", "B", "C", "D"]);
    let def =
        |name: &str, params: Vec<(&str, Type)>, returns: Type, body: Option<&'static str>| FunctionDef {
            name: name.into(),
            params: params.into_iter().map(|(name, ty)| (Arc::from(name), ty)).collect(),
            returns,
            body: body.map(ScriptText::bare),
        };
    let decimal = || Type::Decimal(Unit::None);
    let integer = || Type::Integer(Unit::None);
    let (library, found) = Library::compile(
        sandbox,
        vec![
            def("tenure", vec![("who", Type::Person)], integer(), None),
            def("broken", vec![], integer(), None),
            def("lying", vec![], integer(), None),
            def("bonus_factor", vec![("band", band()), ("months", integer())], decimal(), {
                Some("if band == S && months >= 6 { 1.5 } else { 1.0 }")
            }),
            def("奖金", vec![("等级", band())], decimal(), Some("bonus_factor(等级, 12) * 1000")),
            def("passes", vec![("score", Type::Decimal(Unit::Points))], Type::Boolean, {
                Some("score >= $pass_mark")
            }),
            def("over", vec![("limit", integer())], integer(), Some("[1, 2, 3].filter(|x| x > limit).len()")),
        ],
        &world(),
    );
    assert_eq!(found, []);
    library
}

#[test]
fn every_message_stands_in_the_catalogue_in_both_languages() {
    let sources = [
        include_str!("check.rs"),
        include_str!("check/block.rs"),
        include_str!("check/call.rs"),
        include_str!("check/operator.rs"),
        include_str!("builtins.rs"),
        include_str!("emit.rs"),
        include_str!("eval.rs"),
        include_str!("lex.rs"),
        include_str!("library.rs"),
        include_str!("ops.rs"),
        include_str!("parse.rs"),
        include_str!("sandbox.rs"),
        include_str!("scan.rs"),
        include_str!("../script.rs"),
    ];
    let used: std::collections::BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| source.split('"'))
        .filter(|text| text.starts_with("script-"))
        .collect();
    let catalogue: BTreeMap<_, _> =
        crate::lang::catalogue().map(|(key, zh, en)| (*key, (*zh, *en))).collect();
    let places = |text: &str| (0..6).filter(|n| text.contains(&format!("{{{n}}}"))).collect::<Vec<_>>();
    for key in &used {
        let (zh, en) = catalogue.get(key).unwrap_or_else(|| panic!("{key} is not in the catalogue"));
        assert_eq!(places(zh), places(en), "{key}");
    }
    let unused: Vec<_> =
        catalogue.keys().filter(|key| key.starts_with("script-") && !used.contains(*key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
