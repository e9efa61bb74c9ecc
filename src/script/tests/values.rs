//! Expression and value, by both ways of running.

use super::*;

fn yes() -> Value {
    Value::Boolean(true)
}

fn no() -> Value {
    Value::Boolean(false)
}

/// Both ways give the value; the last column says whether rhai is needed.
fn check(rows: &[(&str, Value, bool)]) {
    let (sandbox, world) = (sandbox(), world());
    let library = library(&sandbox);
    for (text, expected, native) in rows {
        let compiled = compile(&sandbox, &library, &ScriptText::bare(text), &world, None)
            .unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        let mut host = Run::new(&world, &compiled);
        assert_eq!(compiled.eval(&mut host).as_ref(), Ok(expected), "{text}");
        assert_eq!(compiled.eval_in_rhai(&mut host).as_ref(), Ok(expected), "{text} in rhai");
        assert_eq!(compiled.is_native(), *native, "{text}");
    }
}

#[test]
fn conditions() {
    check(&[
        ("event.score >= $pass_mark", yes(), true),
        ("event.score >= 80", yes(), true),
        ("80 <= event.score", yes(), true),
        ("event.score == 84.5", yes(), true),
        ("成绩 >= 60", no(), true),
        ("成绩 >= 59.99", yes(), true),
        ("staff.position == sales", yes(), true),
        ("sales == staff.position", yes(), true),
        ("staff.position == 'sales'", yes(), true),
        ("staff.position != \"技术员\"", yes(), true),
        ("staff.position == 技术员", no(), true),
        ("actor.onboarding == certified", yes(), true),
        ("band in [S, A]", no(), true),
        ("band !in [S, A]", yes(), true),
        ("band == D && failing >= 3 && !coached", no(), true),
        ("band == D || failing > 100", yes(), true),
        ("$kpi_weights.sales == 60%", yes(), true),
        ("$kpi_weights.sales > 0.5", yes(), true),
        ("event.by == 'li'", yes(), true),
        ("event.by in staff.team", yes(), true),
        ("skill in event.topics", yes(), true),
        ("culture in event.topics", no(), true),
        ("event.topics.contains(skill)", yes(), true),
        ("visit.order.owner == 'staff/li'", yes(), true),
        ("\"迟到\" in event.note", yes(), true),
        ("event.note.starts_with(\"迟到\")", yes(), true),
        ("contains(event.note, \"早退\")", no(), true),
        ("staff.hired < staff.left", yes(), true),
        ("date_of(event.at) == date_of(event.at)", yes(), true),
        ("staff.hired >= '2026-03-23' && '2026-03-24' > staff.hired", yes(), true),
        ("$chat_reply == $chat_reply", yes(), true),
        ("months in 6..12", yes(), true),
        ("months !in 1..=7", no(), true),
        ("true && coached == true", yes(), true),
        ("(if coached { S } else { A }) == band", no(), true),
        ("1.0 == 1 && 0.1 + 0.2 == 0.3", yes(), true),
        ("passes(event.score)", yes(), true),
        ("2 in staff.days", yes(), true),
        ("!(months > 5) || false", no(), true),
    ]);
}

#[test]
fn numbers_and_units() {
    let points = |text| unit(text, Unit::Points);
    check(&[
        ("event.score + 5", points("89.5"), true),
        ("event.score * $kpi_weights.sales", points("50.7"), true),
        ("$kpi_weights.sales * $kpi_weights.sales", unit("0.36", Unit::Percent), true),
        ("event.score / $pass_mark", num("1.05625"), true),
        ("sales / 4", unit("13120", Unit::Yuan), true),
        ("months / 2", num("3.5"), true),
        ("7 / 2", num("3.5"), true),
        ("7 % 4", num("3"), true),
        ("50% + 10%", unit("0.6", Unit::Percent), true),
        ("-months + 10", num("3"), true),
        ("2 + 3 * 4 - 6 / 3", num("12"), true),
        ("(2 + 3) * 4", num("20"), true),
        ("round_half_up(2.345, 2)", num("2.35"), true),
        ("round_half_up(-2.345, 2)", num("-2.35"), true),
        ("round_half_even(2.345, 2)", num("2.34"), true),
        ("round_down(2.349, 2)", num("2.34"), true),
        ("round_up(2.341, 2)", num("2.35"), true),
        ("min(event.score, 60)", points("60"), true),
        ("max(staff.hired, staff.left)", date("2026-04-02"), true),
        ("abs(-3.5)", num("3.5"), true),
        ("staff.left - staff.hired", unit("10", Unit::Days), true),
        ("days_between(staff.hired, staff.left) + 1", unit("11", Unit::Days), true),
        ("month_of(staff.hired) * 100 + year_of(staff.hired)", num("2326"), true),
        ("date_of(event.at)", date("2026-04-01"), true),
        ("len(event.note)", num("8"), true),
        ("staff.days.len()", num("3"), true),
        ("9223372036854775807 + 1", num("9223372036854775808"), true),
        ("12345678901234567890123", num("12345678901234567890123"), true),
        ("bonus_factor(S, months)", num("1.5"), true),
        ("奖金(S) + 奖金('A')", num("2500"), true),
        ("tenure(event.by) + 1", num("15"), true),
        ("tenure('nobody') ?? 0", num("0"), true),
    ]);
}

#[test]
fn branches_and_steps() {
    let text = |text| Value::text(text);
    check(&[
        ("if band == D { \"差\" } else { \"好\" }", text("差"), true),
        ("if months > 12 { 3 } else if months > 6 { 2 } else { 1 }", num("2"), true),
        ("switch band { S | A => 1.5, B => 1, C | D => 0 }", num("0"), true),
        ("switch band { 'S' => 1, _ => 2 }", num("2"), true),
        ("switch months { 1 => 10, 2..=6 => 20, 7..9 => 30, _ => 40 }", num("30"), true),
        ("switch band { D if failing >= 3 => 1, D => 2, _ => 3 }", num("1"), true),
        ("switch coached { true => 1, _ => 0 }", num("1"), true),
        ("let x = event.score - 4.5; let y = x * 2; y", unit("160", Unit::Points), true),
        ("{ let x = 2; x * x }", num("4"), true),
        ("let 差 = 成绩 - 60; if 差 < 0 { 0 } else { 差 }", unit("0", Unit::Points), true),
        ("event.missing ?? event.score", unit("84.5", Unit::Points), true),
        ("or_else(event.missing, 12)", unit("12", Unit::Points), true),
        ("event.missing ?? event.missing ?? 1", unit("1", Unit::Points), true),
        ("known(event.missing)", no(), true),
        ("known(event.score) && !known(event.missing)", yes(), true),
        ("event.missing", Value::Absent, true),
        ("if coached { event.missing } else { event.score }", Value::Absent, true),
        ("coached || event.missing > 1", yes(), true),
        ("!coached && event.missing > 1", no(), true),
        ("// 注释\nmonths /* 月 */ + 1", num("8"), true),
    ]);
}

#[test]
fn what_needs_rhai() {
    let text = |text| Value::text(text);
    check(&[
        ("staff.days.filter(|x| x > 1).len()", num("2"), false),
        ("staff.days.all(|x| x >= 1)", yes(), false),
        ("event.topics.some(|t| t == skill)", yes(), false),
        ("staff.days.map(|x| x * 2.5).reduce(|sum, x| sum + x, 0) >= 15", yes(), false),
        ("event.note + \"!\"", text("迟到 10 分钟!"), false),
        ("`${event.by}: ${event.score} ${staff.hired}`", text("li: 84.5 2026-03-23"), false),
        ("#{a: 1, b: 2}.a == 1", yes(), false),
        ("[1, 2, 3][1] == 2", yes(), false),
        ("let x = 1; x += 2; x == 3", yes(), false),
        ("let x = 1; if coached { x = 5; } x + 1", num("6"), false),
        ("if coached { return 3; } 4", num("3"), false),
        ("over(1)", num("2"), false),
        ("let m = months; staff.days.filter(|x| x + m > 8).len()", num("2"), false),
        ("staff.days.filter(|x| x > tenure(event.by) - 13).len()", num("2"), false),
    ]);
}

#[test]
fn inputs_are_numbered_once_in_order() {
    let (sandbox, world) = (sandbox(), world());
    let library = library(&sandbox);
    let text = ScriptText::bare("event.score >= 60 && passes(event.score) && band == D && event.score > 0");
    let compiled = compile(&sandbox, &library, &text, &world, Some(&Type::Boolean)).unwrap();
    let paths: Vec<&str> = compiled.inputs().iter().map(|input| &*input.path).collect();
    assert_eq!(paths, ["event.score", "$pass_mark", "band"]);
    assert_eq!(compiled.ty(), &Type::Boolean);
    assert_eq!(compiled.constant(), None);
    let constant =
        compile(&sandbox, &library, &ScriptText::bare("1 + bonus_factor(S, 6)"), &world, None).unwrap();
    assert_eq!(constant.constant(), Some(&num("2.5")));
}

#[test]
fn the_expected_type_gives_the_unit() {
    let (sandbox, world) = (sandbox(), world());
    let library = library(&sandbox);
    let rows = [
        ("60", Type::Decimal(Unit::Points), unit("60", Unit::Points)),
        ("if coached { S } else { 'A' }", world.types["band"].clone(), Value::Choice("S".into())),
        ("'wang'", Type::Person, Value::Person("wang".into())),
        ("#{a: \"S\"}.a", world.types["band"].clone(), Value::Choice("S".into())),
    ];
    for (text, ty, expected) in rows {
        let compiled = compile(&sandbox, &library, &ScriptText::bare(text), &world, Some(&ty));
        let compiled = compiled.unwrap_or_else(|found| panic!("{text}: {found:#?}"));
        let mut host = Run::new(&world, &compiled);
        assert_eq!(compiled.eval(&mut host), Ok(expected.clone()), "{text}");
        assert_eq!(compiled.eval_in_rhai(&mut host), Ok(expected), "{text}");
    }
}
