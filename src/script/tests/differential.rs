//! Random well-typed scripts give the same value, or the same kind of error, natively and by way of rhai;
//! and rhai reads the text of plain ones as we do.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

/// Makes texts from bytes: no more bytes, the simplest choice. So a failing case shrinks to a short script.
struct Maker<'a> {
    bytes: std::slice::Iter<'a, u8>,
    /// Only what rhai itself reads: no words, no built-ins, no dotted names.
    plain: bool,
    lets: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    Bare,
    Points,
}

impl Maker<'_> {
    fn pick(&mut self, n: usize) -> usize {
        self.bytes.next().map_or(0, |byte| *byte as usize % n)
    }

    fn one<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.pick(all.len())]
    }

    /// A whole script: a few `let`s and a value.
    fn script(&mut self) -> String {
        let mut out = String::new();
        for _ in 0..self.pick(3) {
            let value = self.number(Of::Bare, 2);
            out += &format!("let l{} = {value} + n1 * 0; ", self.lets);
            self.lets += 1;
        }
        out + &match self.pick(if self.plain { 2 } else { 5 }) {
            0 => self.condition(3),
            1 => self.number(Of::Bare, 3),
            2 => self.number(Of::Points, 3),
            3 => self.date(2),
            _ => format!("if {} {{ {} }} else {{ p1 }}", self.condition(2), self.number(Of::Points, 2)),
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["b1", "true", "b2", "false"]).into();
        }
        let d = depth - 1;
        let cmp = ["<", ">=", "==", "!=", ">", "<="];
        match self.pick(if self.plain { 11 } else { 19 }) {
            0 => self.one(&["b1", "b2"]).into(),
            1 => format!("{} {} {}", self.number(Of::Bare, d), self.one(&cmp), self.number(Of::Bare, d)),
            2 => format!("{} && {}", self.condition(d), self.condition(d)),
            3 => format!("{} || {}", self.condition(d), self.condition(d)),
            4 => format!("!({})", self.condition(d)),
            5 => format!("({}) {} ({})", self.condition(d), self.one(&["==", "!="]), self.condition(d)),
            6 => format!("!b1 == b2 && {}", self.condition(d)),
            7 => format!(
                "(if {} {{ {} }} else {{ {} }})",
                self.condition(d),
                self.condition(d),
                self.condition(d)
            ),
            8 => {
                let order = self.one(&["<", ">=", ">", "<="]);
                format!("{} {order} {} == b1", self.number(Of::Bare, d), self.number(Of::Bare, d))
            }
            9 => {
                let order = self.one(&["<", ">=", ">", "<="]);
                format!("b2 != {} {order} n1 ?? {}", self.number(Of::Bare, d), self.number(Of::Bare, d))
            }
            10 => format!("{} {} [1, n2, 0.5] == b1", self.number(Of::Bare, d), self.one(&["in", "!in"])),
            11 => format!("{} {} {}", self.number(Of::Points, d), self.one(&cmp), self.number(Of::Points, d)),
            12 => format!("{} {} {}", self.word(d), self.one(&["==", "!="]), self.word(d)),
            13 => format!("c1 {} [S, {}, c2]", self.one(&["in", "!in"]), self.one(&["A", "'B'"])),
            14 => format!("{} {} {}", self.date(d), self.one(&cmp), self.date(d)),
            15 => format!("known({})", self.one(&["e.p", "n1", "c1"])),
            16 => format!(
                "{} {} 0..{}",
                self.number(Of::Bare, d),
                self.one(&["in", "!in"]),
                self.number(Of::Bare, d)
            ),
            17 => {
                format!("t1.{}(\"{}\")", self.one(&["contains", "starts_with"]), self.one(&["a", "", "迟"]))
            }
            _ => format!("{} in xs", self.number(Of::Bare, d)),
        }
    }

    fn number(&mut self, of: Of, depth: usize) -> String {
        let mut out = self.term(of, depth);
        for _ in 0..self.pick(3) {
            let sign = self.one(&["+", "-"]);
            out += &format!(" {sign} {}", self.term(of, depth));
        }
        out
    }

    fn term(&mut self, of: Of, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(of);
        }
        let d = depth - 1;
        match self.pick(if self.plain { 8 } else { 15 }) {
            0 => self.leaf(of),
            1 => format!("({})", self.number(of, d)),
            2 => format!("{} * {}", self.leaf_typed(of), self.leaf(Of::Bare)),
            3 => format!("{} / {}", self.leaf_typed(of), self.leaf_typed(Of::Bare)),
            4 => format!("-{}", self.leaf(of)),
            5 => format!(
                "(if {} {{ {} }} else {{ {} }})",
                self.condition(d),
                self.number(of, d),
                self.number(of, d)
            ),
            6 => format!("{} % {}", self.leaf_typed(of), self.leaf_typed(Of::Bare)),
            7 => {
                let name = self.one(&["n2", "n3"]);
                let (a, b, c) = (self.number(of, d), self.number(of, d), self.number(of, d));
                format!("(switch {name} {{ 0 => {a}, 1 | -2 => {b}, 3..=9 => {a}, _ => {c} }})")
            }
            8 => format!(
                "{}({}, {})",
                self.one(&["min", "max", "or_else"]),
                self.number(of, d),
                self.number(of, d)
            ),
            9 => format!("abs({})", self.number(of, d)),
            10 => {
                let name = self.one(&["round_half_up", "round_half_even", "round_down", "round_up"]);
                format!("{name}({}, {})", self.number(of, d), self.pick(4))
            }
            11 => format!("({} ?? {})", if of == Of::Bare { "n1" } else { "e.p" }, self.number(of, d)),
            12 => {
                let (a, b) = (self.number(of, d), self.number(of, d));
                format!(
                    "(switch {} {{ S => {a}, 'A' | B if {} => {b}, _ => {a} }})",
                    self.one(&["c1", "c2"]),
                    self.condition(d)
                )
            }
            13 if of == Of::Points => format!("{} * {}", self.leaf_typed(of), self.one(&["r1", "50%"])),
            13 => self
                .one(&["months", "len(t1)", "xs.len()", "year_of(d1)", "month_of(d2)"])
                .replace("months", "n3"),
            14 if of == Of::Bare => format!("f({}, c1)", self.number(of, d)),
            _ => format!("{{ let x{d} = {}; x{d} + {} }}", self.leaf_typed(of), self.leaf_typed(of)),
        }
    }

    /// Something of the unit that is no bare literal.
    fn leaf_typed(&mut self, of: Of) -> String {
        match of {
            Of::Bare if self.lets > 0 && self.pick(3) == 1 => format!("l{}", self.pick(self.lets)),
            Of::Bare => self.one(&["n1", "n2", "n3"]).into(),
            Of::Points => self.one(&["p1", "e.p"]).into(),
        }
    }

    fn leaf(&mut self, of: Of) -> String {
        match self.pick(6) {
            0 => "1".into(),
            1 => self.one(&["0", "2", "0.5", "3", "7", "60", "0.1", "1.005", "9223372036854775807"]).into(),
            _ => self.leaf_typed(of),
        }
    }

    fn word(&mut self, depth: usize) -> String {
        match self.pick(4) {
            1 if depth > 0 => format!("(if {} {{ c1 }} else {{ S }})", self.condition(depth - 1)),
            2 => "c2".into(),
            _ => "c1".into(),
        }
    }

    fn date(&mut self, depth: usize) -> String {
        match self.pick(5) {
            1 => "d2".into(),
            2 => "date_of(at)".into(),
            3 if depth > 0 => {
                format!("{}({}, {})", self.one(&["min", "max"]), self.date(depth - 1), self.date(depth - 1))
            }
            4 if depth > 0 => {
                format!("(if {} {{ d1 }} else {{ {} }})", self.condition(depth - 1), self.date(depth - 1))
            }
            _ => "d1".into(),
        }
    }
}

/// Values from bytes: mostly small and telling ones, now and then one that is not known.
fn values(bytes: &[u8], known: bool) -> World {
    let next = Cell::new(0);
    let byte = || {
        next.set(next.get() + 1);
        bytes.get(next.get() - 1).copied().unwrap_or(0) as usize
    };
    let numbers = [
        "0",
        "1",
        "2",
        "-2",
        "0.5",
        "3",
        "60",
        "59.99",
        "0.1",
        "-1.005",
        "7",
        "79228162514264337593543950335",
        "0.0000000000000000000000000001",
        "9223372036854775807",
        "2.50",
    ];
    let maybe = |value: Value| if known || byte() % 11 != 10 { value } else { Value::Absent };
    let number = |u: Unit| maybe(unit(numbers[byte() % numbers.len()], u));
    let whole = || maybe(unit(["0", "1", "2", "-2", "5", "12"][byte() % 6], Unit::None));
    let flag = || maybe(Value::Boolean(byte() % 2 == 1));
    let word = || maybe(Value::Choice(["S", "A", "B"][byte() % 3].into()));
    let day = || maybe(date(["2026-03-31", "2026-04-01", "2024-02-29"][byte() % 3]));
    let letters = || choice("band", &["S", "A", "B"]);
    let xs: Vec<Value> = (0..byte() % 4).map(|_| unit(numbers[byte() % 6], Unit::None)).collect();
    let at = DateTime::from_timestamp(1_775_000_000 + byte() as i64 * 3_600, 0).unwrap();
    let bare = || Type::Decimal(Unit::None);
    let points = || Type::Decimal(Unit::Points);
    let integer = || Type::Integer(Unit::None);
    World::default()
        .with("n1", bare(), number(Unit::None))
        .with("n2", integer(), whole())
        .with("n3", integer(), whole())
        .with("p1", points(), number(Unit::Points))
        .with("e.p", points(), number(Unit::Points))
        .with("r1", Type::Decimal(Unit::Percent), number(Unit::Percent))
        .with("b1", Type::Boolean, flag())
        .with("b2", Type::Boolean, flag())
        .with("c1", letters(), word())
        .with("c2", letters(), word())
        .with("d1", Type::Date, day())
        .with("d2", Type::Date, day())
        .with("at", Type::Instant, maybe(Value::Instant(at)))
        .with("t1", Type::Text, maybe(Value::text(["", "abc", "迟到"][byte() % 3])))
        .with("xs", Type::List(Box::new(bare())), Value::List(xs.into()))
}

/// The value as it is shown, or which error at which place.
fn brief(result: &Result<Value, ScriptError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(ScriptError::Absent { path }) => format!("absent {path}"),
        Err(ScriptError::Limit { .. }) => "limit".into(),
        Err(ScriptError::Failed { message, line, column, .. }) => format!("{} {line}:{column}", message.key),
        Err(ScriptError::Host(_)) => "host".into(),
    }
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn functions(sandbox: &Sandbox) -> Library {
    let params =
        vec![(Arc::from("x"), Type::Decimal(Unit::None)), (Arc::from("w"), choice("band", &["S", "A", "B"]))];
    let body = "let y = x / 2; switch w { S => y, A if x > 1 => x - y, _ => x * 3 }";
    let def = FunctionDef {
        name: "f".into(),
        params,
        returns: Type::Decimal(Unit::None),
        body: Some(ScriptText::bare(body)),
    };
    let (library, found) = Library::compile(sandbox, vec![def], &World::default());
    assert_eq!(found, []);
    library
}

#[test]
fn both_ways_give_the_same() {
    let sandbox = sandbox();
    let library = functions(&sandbox);
    let (runs, errors, refused) = (Cell::new(0_u32), Cell::new(0_u32), Cell::new(0_u32));
    let cases = (vec(any::<u8>(), 0..120), vec(vec(any::<u8>(), 64), 4));
    let result = runner(3_000).run(&cases, |(bytes, worlds)| {
        let text = Maker { bytes: bytes.iter(), plain: false, lets: 0 }.script();
        let compiled = match compile(&sandbox, &library, &ScriptText::bare(&text), &values(&[], true), None) {
            Ok(compiled) => compiled,
            Err(found) => {
                // Only the depth of what was made may be at fault.
                prop_assert_eq!(found[0].code, Code::ScriptTooLarge, "{}: {:?}", text, found);
                refused.set(refused.get() + 1);
                return Ok(());
            }
        };
        prop_assert!(compiled.is_native(), "{}", text);
        for bytes in &worlds {
            let world = values(bytes, false);
            let native = compiled.eval(&mut Run::new(&world, &compiled));
            let in_rhai = compiled.eval_in_rhai(&mut Run::new(&world, &compiled));
            prop_assert_eq!(brief(&native), brief(&in_rhai), "{} with {:?}", text, world.values);
            runs.set(runs.get() + 1);
            errors.set(errors.get() + u32::from(native.is_err()));
        }
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    let (runs, errors, refused) = (runs.get(), errors.get(), refused.get());
    assert!(runs >= 10_000 && refused < 300, "{runs} runs, {refused} refused");
    assert!(errors > runs / 50 && errors < runs / 2, "{errors} errors in {runs} runs");
}

#[test]
fn rhai_reads_plain_scripts_as_we_do() {
    let sandbox = sandbox();
    let library = Library::default();
    let runs = Cell::new(0_u32);
    let cases = (vec(any::<u8>(), 0..120), vec(any::<u8>(), 64));
    let result = runner(3_000).run(&cases, |(bytes, world)| {
        let text = Maker { bytes: bytes.iter(), plain: true, lets: 0 }.script();
        let world = values(&world, true);
        let Ok(compiled) = compile(&sandbox, &library, &ScriptText::bare(&text), &world, None) else {
            return Ok(());
        };
        let native = compiled.eval(&mut Run::new(&world, &compiled));
        let raw = sandbox.eval_raw(&text, &world.values);
        match (&native, &raw) {
            (Ok(native), Some(raw)) => {
                let raw = ops::conform(raw.clone(), compiled.ty());
                prop_assert_eq!(Some(native), raw.as_ref(), "{} with {:?}", text, world.values);
                runs.set(runs.get() + 1);
            }
            (Err(ScriptError::Failed { .. }), None) => {}
            other => prop_assert!(false, "{}: {:?}", text, other),
        }
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    assert!(runs.get() > 2_000, "{} runs", runs.get());
}
